#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Does anything cost more instructions than it did?

selftests/bench/bench.sh build/quick.figures quick >&2 || exit 1
exec selftests/bench/report.py -q build/quick.figures \
	selftests/bench/allowed.json
