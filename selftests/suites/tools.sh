#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The client: it builds without a warning with both compilers, its unit tests
# under the sanitizers, its decoder under a fuzzer, and how it is installed.

. selftests/suites/lib.sh

work=$PWD/build/suite-tools
rm -rf "$work"

# build CC
build() {
	make --no-print-directory -s -C tools O="$work/$1" CC="$1" \
		CFLAGS='-O2 -Werror'
}

installed() {
	local root=$work/root

	make --no-print-directory -s -C tools O="$work/gcc" install \
		DESTDIR="$root" PREFIX=/usr || return 1
	(cd "$root" && find . -type f | sort)
	[ -x "$root/usr/sbin/tcpwatch" ] || return 1
	make --no-print-directory -s -C tools O="$work/gcc" uninstall \
		DESTDIR="$root" PREFIX=/usr || return 1
	[ -z "$(find "$root" -type f)" ]
}

# Without the module: one line that says so, and 3.
absent() {
	local said status

	said=$("$work/gcc/tcpwatch" show 2>&1)
	status=$?
	echo "$said"
	[ "$status" -eq 3 ] && [ "$(wc -l <<< "$said")" -eq 1 ]
}

units() {
	local said

	said=$(make --no-print-directory -s -C tools O="$work/check" check 2>&1)
	echo "$said" | grep -v '^ok'
	! grep -q '^not ok' <<< "$said" && grep -q '^ok' <<< "$said"
}

t build-gcc silent build gcc
t build-clang silent build clang
t units units
t fuzz-decode make --no-print-directory -s -C tools O="$work/fuzz" \
	fuzz-decode FUZZ_SECONDS="${FUZZ_SECONDS:-60}"
t installed installed
t absent absent
plan
