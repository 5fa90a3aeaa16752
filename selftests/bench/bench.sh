#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the module and what measures it, and runs guest.py in virtual time;
# the groups smp and native in that of this machine.
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

# modules_of DIR MAKE...: both modules, for a kernel.
modules_of() {
	local dir=$1

	shift
	source_copy "$dir"
	mkdir "$dir/bench"
	cp selftests/bench/Kbuild selftests/bench/*.c "$dir/bench"
	"$@" M="$PWD/$dir" CONFIG_DEBUG_INFO_BTF_MODULES= W=1 modules &&
		"$@" M="$PWD/$dir/bench" CONFIG_DEBUG_INFO_BTF_MODULES= W=1 \
			modules
}

prepare() {
	modules_of "$copy" make -C "$headers" && build_programs
}

# guest MODULES GROUP...: the command that measures.
guest() {
	local modules=$PWD/$1

	shift
	command=(env TCPWATCH_KO="$modules/module/tcpwatch.ko"
		BENCH_KO="$modules/bench/tcpwatch_bench.ko"
		MEASURE="$PWD/build/selftests/measure"
		TCPWATCH_CLIENT="$PWD/build/tools/tcpwatch"
		PYTHONPATH="$PWD/selftests"
		python3 selftests/bench/guest.py "$@")
}

# The lab kernels without sanitizers are named as the groups that want them.
native() {
	local dir

	export TCPWATCH_LAB=$1
	selftests/vm/uml.sh build >&2 || return
	dir=$(selftests/vm/uml.sh dir)
	modules_of "$copy-$1" make -C "$dir" ARCH=um \
		> "build/bench-$1.log" 2>&1 || {
		tail "build/bench-$1.log" >&2
		return 1
	}
	guest "$copy-$1" "$@"
	selftests/vm/uml.sh boot -m 2G -T 600 -L -- "${command[@]}"
}

# measure GROUP...
measure() {
	guest "$copy" "$@"
	case $1 in
	native*) native "$@" ;;
	smp) selftests/vm/stock.sh -s 2 -m 4G -T 600 -- "${command[@]}" ;;
	*) selftests/vm/stock.sh -t -m "$memory" -T 1500 -- "${command[@]}" ;;
	esac
}

mkdir -p build
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
	measure "${groups[@]}" > "$copy/$number.figures" &
	jobs+=($!)
	number=$((number + 1))
done
status=0
for job in "${jobs[@]}"; do
	wait "$job" || status=1
done
mkdir -p "$(dirname "$figures")"
cat "$copy"/*.figures > "$figures"
[ "$status" -eq 0 ] || grep -v '^{' "$figures" >&2
exit "$status"
