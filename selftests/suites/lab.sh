#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# KUnit and the kselftests on the lab kernel, under its sanitizers: KASAN,
# lockdep, PROVE_RCU, DEBUG_ATOMIC_SLEEP, DEBUG_OBJECTS, UBSAN, kmemleak.

. selftests/suites/lib.sh

selftests/vm/uml.sh build >&2 || exit 1

copy=build/lab
source_copy "$copy"
make -C "$(selftests/vm/uml.sh dir)" ARCH=um M="$PWD/$copy" W=1 modules \
	> build/lab.log 2>&1 || {
	tail build/lab.log >&2
	exit 1
}
build_programs || exit 1
exec selftests/vm/uml.sh boot -t -m 3G -T 3600 -- \
	env YNL_CLI="$(selftests/vm/uml.sh src)/tools/net/ynl/pyynl/cli.py" \
	TCPWATCH_KO="$PWD/$copy/module/tcpwatch.ko" \
	KUNIT_KO="$PWD/$copy/module/tests/tcpwatch_kunit.ko" \
	make --no-print-directory -C selftests run_lab_tests
