#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs one test program with the module loaded, or some of its tests: what
# `make test` runs in a VM.
#
# Usage: one.sh PROGRAM [TEST]...	(of selftests; TEST without "test_")

set -u
cd "$(dirname "$0")" || exit 1
export TCPWATCH_KO=${TCPWATCH_KO:-$PWD/../module/tcpwatch.ko}

if [ $# -eq 0 ] || [ ! -x "$1" ]; then
	echo "one.sh: name a test program, as close.py, and tests of it, as" \
		"fin_retransmitted: make test T=\"close.py fin_retransmitted\"" >&2
	exit 2
fi
prog=$1
shift
insmod "$TCPWATCH_KO" || exit 1
"./$prog" "$@"
status=$?
rmmod tcpwatch || status=1
exit "$status"
