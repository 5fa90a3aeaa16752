#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kselftests on the distribution's stock kernel, in virtual time.
#
# Usage: stock.sh [TARGET]	(of selftests/Makefile)

. selftests/suites/lib.sh

target=${1:-run_tests}
copy=build/$target
source_copy "$copy"
make --no-print-directory -C "$copy" modules \
	KDIR="/lib/modules/$(selftests/vm/stock.sh -p)/build" >&2 || exit 1

# The audit must be able to fail: a module that is wrong on purpose.
broken=
if [ "$target" = run_agree ]; then
	broken=build/broken
	source_copy "$broken"
	make --no-print-directory -C "$broken" modules TCPW_BROKEN_ROW=y \
		KDIR="/lib/modules/$(selftests/vm/stock.sh -p)/build" >&2 ||
		exit 1
fi
build_programs || exit 1

# The kernel's own netlink client, from its source package.
selftests/vm/uml.sh source >&2 || exit 1
ynl=$(selftests/vm/uml.sh src)/tools/net/ynl/pyynl/cli.py

exec selftests/vm/stock.sh -t -m 6G -T 4500 -- \
	env TCPWATCH_KO="$PWD/$copy/module/tcpwatch.ko" YNL_CLI="$ynl" \
	${broken:+BROKEN_KO="$PWD/$broken/module/tcpwatch.ko"} \
	${CROWD_CONNECTIONS:+CROWD_CONNECTIONS="$CROWD_CONNECTIONS"} \
	${STREAM_CONNECTIONS:+STREAM_CONNECTIONS="$STREAM_CONNECTIONS"} \
	make --no-print-directory -C selftests "$target"
