#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Races between CPUs at native speed: the lab kernel with two CPUs and without
# sanitizers, and a thief of CPU time beside it.
#
# Environment: SMP_CONNECTIONS, how many (200000); SMP_SEED, SMP_WAVES

. selftests/suites/lib.sh

export TCPWATCH_LAB=native_smp
: "${SMP_CONNECTIONS:=200000}"
limit=$((1800 + SMP_CONNECTIONS / 100))

selftests/vm/uml.sh build >&2 || exit 1
copy=build/smp-lab
source_copy "$copy"
make -C "$(selftests/vm/uml.sh dir)" ARCH=um M="$PWD/$copy" W=1 modules \
	CONFIG_DEBUG_INFO_BTF_MODULES= > build/smp-lab.log 2>&1 || {
	tail build/smp-lab.log >&2
	exit 1
}
build_programs || exit 1

selftests/vm/steal.py & # ends with this script, which is the machine then
# Page faults are slow there: Python keeps the memory that it had once.
exec selftests/vm/uml.sh boot -m 4G -T "$limit" -L -- \
	env PYTHONMALLOC=malloc MALLOC_MMAP_THRESHOLD_=1073741824 \
	MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=16777216 \
	TCPWATCH_KO="$PWD/$copy/module/tcpwatch.ko" \
	SMP_CONNECTIONS="$SMP_CONNECTIONS" SMP_SEED="${SMP_SEED:-1}" \
	${SMP_WAVES:+SMP_WAVES="$SMP_WAVES"} \
	make --no-print-directory -C selftests run_smp
