#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Races between CPUs: the stock kernel in real time, in two VMs side by side,
# one with 2 CPUs and one with 4.  Each takes CPU time from the other, and a
# thief takes some from both.
#
# Usage: smp.sh [SUITE [FLAVOUR]]	(another kernel of Debian's, see
#					 selftests/vm/kernel.sh)
# Environment: SMP_CONNECTIONS, how many in each (4000); SMP_SEED, SMP_WAVES

. selftests/suites/lib.sh

# Many times what it takes where nothing else runs.
limit=$((1800 + ${SMP_CONNECTIONS:=4000} / 20))

kernel=() compiler=()
if [ $# -eq 0 ]; then
	version=$(selftests/vm/stock.sh -p)
	headers=/lib/modules/$version/build
else
	read -r dir version < <(selftests/vm/kernel.sh "$@") || exit 1
	headers=$dir/usr/src/linux-headers-$version
	kernel=(-r "$dir" -k "$version")
	# its compiler is not here: its name, not its version, is what is missing
	compiler=(CC=gcc)
fi
copy=build/smp-$version
source_copy "$copy"
make --no-print-directory -C "$copy" modules "${compiler[@]}" \
	KDIR="$headers" >&2 || exit 1
build_programs || exit 1

started=()
trap 'kill "${started[@]}" 2> /dev/null' EXIT
trap 'exit 143' TERM INT HUP

# start CPUS: the tests in a VM with so many of them.
start() {
	selftests/vm/stock.sh -s "$1" -m 3G -T "$limit" "${kernel[@]}" -- \
		env TCPWATCH_KO="$PWD/$copy/module/tcpwatch.ko" \
		SMP_CONNECTIONS="$SMP_CONNECTIONS" SMP_SEED="${SMP_SEED:-$1}" \
		${SMP_WAVES:+SMP_WAVES="$SMP_WAVES"} \
		make --no-print-directory -C selftests run_smp \
		> "$copy/cpus-$1" 2>&1 &
	started+=($!)
}

# as_tests CPUS STATUS: what such a VM printed, its tests numbered on and the
# CPUs in their names.  A VM that dies says nothing: its end is a test.
as_tests() {
	awk -v n="$tests" -v cpus="$1" '
		/^1\.\.[0-9]+$/ || /^TAP version/ { next }
		/^(not )?ok / {
			sub(/ok [0-9]+ - smp:/, "ok " ++n " - " cpus "-cpus:")
		}
		{ print }' "$copy/cpus-$1"
	tests=$((tests + $(grep -c -E '^(not )?ok ' "$copy/cpus-$1")))
	t "$1-cpus: ended well" test "$2" -eq 0
}

selftests/vm/steal.py &
started+=($!)
start 2
start 4
for cpus in 2 4; do
	wait "${started[cpus / 2]}"
	as_tests "$cpus" $?
done
plan
