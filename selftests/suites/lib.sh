# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# TAP for suites that are written in shell; sourced, from the repository's top.

tests=0

# Suites run side by side: each builds the module in a place of its own,
# source_copy DIR makes one.
source_copy() {
	rm -rf "$1"
	mkdir -p "$1"
	git ls-files -z --cached --others --exclude-standard \
		Kbuild Makefile module | xargs -0 cp --parents -t "$1"
}

# What the tests run beside the module: the client, and programs in C.
build_programs() {
	mkdir -p build
	flock build/programs.lock sh -c '
		make --no-print-directory -s -C selftests programs &&
		make --no-print-directory -s -C tools' >&2
}

# t NAME COMMAND...: one test; what the command prints is shown if it fails.
t() {
	local name=$1 out status

	shift
	tests=$((tests + 1))
	out=$("$@" 2>&1)
	status=$?
	if [ "$status" -eq 0 ]; then
		echo "ok $tests - $name"
		return
	fi
	echo "not ok $tests - $name"
	echo "# '$*' ended with status $status"
	printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
}

# Fails where the command prints anything.
silent() {
	local out

	out=$("$@" 2>&1)
	[ -z "$out" ] || {
		printf '%s\n' "$out"
		return 1
	}
}

plan() {
	echo "1..$tests"
}
