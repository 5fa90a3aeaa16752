#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Loads the module, runs test programs and joins their TAP into one stream:
# each line is renumbered and gets its program's name in front, a program that
# dies before its plan is fulfilled gets a failed line of its own.

set -u
cd "$(dirname "$0")" || exit 1
export TCPWATCH_KO=${TCPWATCH_KO:-$PWD/../module/tcpwatch.ko}

count_file=$(mktemp)
trap 'rm -f "$count_file"' EXIT

# Renumber one program's lines; $1 its name, $2 the lines before.
renumber() {
	awk -v name="${1%.*}" -v n="$2" -v out="$count_file" '
	/^1\.\.[0-9]+$/ { plan = substr($0, 4); next }
	/^TAP version/ { next }
	/^(not )?ok [0-9]+/ {
		done++
		sub(/ok [0-9]+( -)?/, "ok " ++n " - " name ":")
	}
	{ print; fflush() }
	END {
		if (plan == "" || done < plan)
			print "not ok " ++n " - " name ": ended before its plan"
		print n > out
	}'
}

# In virtual time the clock jumps ahead while the machine waits for its disk:
# have all that the tests run in memory before they begin.
warm_up() {
	local tool path

	{
		# The last is what the client loads to serve.
		for path in $(for tool in awk dmesg insmod ip nft python3 \
				rmmod setpriv sh ss sysctl tc \
				"${TCPWATCH_CLIENT:-../build/tools/tcpwatch}"
			do
				command -v "$tool"
			done
			ldconfig -p | grep -o '/.*/libmicrohttpd[^ ]*')
		do
			echo "$path"
			ldd "$path" 2> /dev/null | grep -o '/[^ ]*'
		done
		find "$(python3 -c 'import _json; print(_json.__file__)' |
			xargs dirname)" -name '*.so'
	} | sort -u | xargs cat > /dev/null
	python3 -c 'import tcpw; tcpw.warm_up()'
}

warm_up
if ! grep -qs '^tcpwatch ' /proc/modules && ! insmod "$TCPWATCH_KO"; then
	echo "Bail out! cannot load $TCPWATCH_KO"
	exit 1
fi

echo "TAP version 13"
count=0
failed=0
for prog in "$@"; do
	"./$prog" 2>&1 | renumber "$prog" "$count"
	[ "${PIPESTATUS[0]}" -eq 0 ] || failed=1
	count=$(<"$count_file")
done
echo "1..$count"
rmmod tcpwatch || failed=1
exit "$failed"
