#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All tests: installs what they need, runs the suites, two side by side, and
# ends with "N passed, N failed, N skipped".  In CI nothing may be skipped.
#
# Usage: check.sh [SUITE]...	(gates core build lab stock agree crowd tools
#				 smp smp-lab bench;
#				 linux-5.10 linux-6.1-rt linux-6.12
#				 smp-5.10 smp-6.1-rt smp-6.12)
# Environment: JOBS, how many suites run at a time

set -u
cd "$(dirname "$0")/.." || exit 1

if [ $# -eq 0 ]; then
	set -- lab smp stock agree crowd gates build tools bench core # the longest first
fi
for suite; do
	if [ ! -x "selftests/suites/$suite.sh" ]; then
		echo "check.sh: no suite '$suite': use gates core build lab" \
			"stock agree crowd smp smp-lab tools bench" \
			"linux-5.10 linux-6.1-rt linux-6.12" \
			"smp-5.10 smp-6.1-rt smp-6.12" >&2
		exit 2
	fi
done

# What an outer make passes on is not meant for the tests'.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

selftests/vm/setup.sh build core gates lab tools vm traffic || exit 1
exec perl selftests/tap.pl "$@"
