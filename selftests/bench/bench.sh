#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the module and what measures it, and runs guest.py in virtual time.
#
# Usage: bench.sh FIGURES GROUP... [-- GROUP...]...	(of guest.py)
#	 Groups after each -- are measured in a VM of their own, side by side.

set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
. selftests/suites/lib.sh

figures=$1
shift
copy=build/bench
headers=/lib/modules/$(selftests/vm/stock.sh -p)/build

prepare() {
	source_copy "$copy"
	mkdir "$copy/bench"
	cp selftests/bench/Kbuild selftests/bench/*.c "$copy/bench"
	make --no-print-directory -C "$copy" modules KDIR="$headers" &&
		make --no-print-directory -C "$headers" M="$PWD/$copy/bench" \
			CONFIG_DEBUG_INFO_BTF_MODULES= W=1 modules &&
		build_programs
}

# measure NUMBER GROUP...
measure() {
	local number=$1

	shift
	selftests/vm/stock.sh -t -m "$memory" -T 1500 -- \
		env TCPWATCH_KO="$PWD/$copy/module/tcpwatch.ko" \
		BENCH_KO="$PWD/$copy/bench/tcpwatch_bench.ko" \
		MEASURE="$PWD/build/selftests/measure" \
		TCPWATCH_CLIENT="$PWD/build/tools/tcpwatch" \
		python3 selftests/bench/guest.py "$@" |
		tee "$copy/$number.figures" >&2
}

prepare > build/bench.log 2>&1 || {
	tail build/bench.log >&2
	exit 1
}

rm -f "$copy"/*.figures
number=0
jobs=()
while [ $# -gt 0 ]; do
	groups=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		groups+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	memory=4G
	[[ " ${groups[*]} " != *" million "* ]] || memory=12G
	measure "$number" "${groups[@]}" &
	jobs+=($!)
	number=$((number + 1))
done
status=0
for job in "${jobs[@]}"; do
	wait "$job" || status=1
done
mkdir -p "$(dirname "$figures")"
cat "$copy"/*.figures > "$figures"
exit $status
