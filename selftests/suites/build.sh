#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module builds without a warning (W=1) against each of the distribution's
# kernels, and make says what is missing when it cannot.

. selftests/suites/lib.sh

# build KDIR: a build in a place of its own; prints what a reader should see.
build() {
	local copy status

	copy=$(mktemp -d) || return 1
	source_copy "$copy"
	make --no-print-directory -C "$copy" CC=gcc KDIR="$1" \
		> "$copy/log" 2>&1
	status=$?
	grep -iE 'warning|error|\*\*\*' "$copy/log" && status=1
	[ -e "$copy/module/tcpwatch.ko" ] || status=1
	rm -rf "$copy"
	return "$status"
}

# A wrong KDIR ends with one line that names the package to install.
missing_headers() {
	local out

	out=$(make --no-print-directory KDIR=/nowhere 2>&1 | grep -v '^make[:[]')
	echo "$out"
	[ "$(echo "$out" | wc -l)" -eq 1 ] &&
		[[ $out == *"install the package linux-headers-amd64"* ]]
}

unknown_suite() {
	local out

	out=$(selftests/check.sh no-such-suite 2>&1) && return 1
	echo "$out"
	[[ $out == *"no suite 'no-such-suite'"* ]]
}

# other NAME SUITE [FLAVOUR]: the kernel of another suite.
other() {
	local name=$1 dir version

	shift
	read -r dir version < <(selftests/vm/kernel.sh "$@")
	t "$name $version" build "$dir/usr/src/linux-headers-$version"
}

stock=$(make --no-print-directory show-kdir)
t "stock $(basename "$(dirname "$stock")")" build "$stock"
other backports bookworm-backports
other preempt-rt bookworm rt
other oldoldstable bullseye
t missing-headers missing_headers
t unknown-suite unknown_suite
plan
