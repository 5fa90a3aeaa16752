#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Loads the KUnit module and prints its results, every parameter of every case
# a line of its own, as flat TAP.

results=/sys/kernel/debug/kunit

if ! insmod "${KUNIT_KO:-../module/tests/tcpwatch_kunit.ko}"; then
	echo "Bail out! cannot load the KUnit module"
	exit 1
fi

# The innermost lines are the tests; the others sum them up.
cat "$results"/tcpwatch_*/results | awk '
	/^ *# Subtest: / { suite = $NF; next }
	/^ *(not )?ok [0-9]+/ {
		depth = match($0, /[^ ]/)
		if (depth < last)	# sums up what stood deeper
			{ last = depth; next }
		last = depth
		verdict = /not ok/ ? "not ok" : "ok"
		sub(/^ *(not )?ok [0-9]+( -)? */, "")
		print verdict, ++n, "-", suite ":", $0
		next
	}
	/^ *# .*(EXPECT|ASSERT|FAIL|Expected)/ { print "# " $0 }
	END { print "1.." n }'
rmmod tcpwatch_kunit
