#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What stock.sh and uml.sh share on the host's side: the run directory with
# the job that init.sh reads in the guest, the time limit, and the verdict
# from the guest's exit status and its kernel log. Sourced, not run.

me=${0##*/}
PATH=$PATH:/usr/sbin:/sbin	# modprobe and depmod, for those who are not root

vmdir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034 # for the scripts that source this one
repo=$(cd "$vmdir/../.." && pwd -P)
cache=${TCPWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tcpwatch}

# The exit status when there is no status of the command to pass on, and when
# the time limit ended the run (as timeout(1) has them).
EX_RUN=125
EX_TIME=124

die() {
	echo "$me: $*" >&2
	exit "$EX_RUN"
}

# Whether the tools are here: need GROUP TOOL..., GROUP being setup.sh's.
need() {
	local group=$1 tool

	shift
	for tool; do
		command -v "$tool" > /dev/null ||
			die "needs $tool: run selftests/vm/setup.sh $group"
	done
}

need_cache() {
	mkdir -p "$cache" || die "cannot make the cache directory $cache"
	cache=$(cd "$cache" && pwd -P)
}

# Sets $run: a directory of this run's own, which ends with the script.
make_run_dir() {
	need_cache
	run=$(mktemp -d "$cache/run.XXXXXX") || die "cannot write to $cache"
	: > "$run/console"
	: > "$run/status"
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

clean_up() {
	if [ -n "${machine:-}" ]; then
		kill "$machine"
		wait "$machine" 2> /dev/null
	fi
	rm -rf "$run"
}

# What init.sh is to do, as shell assignments: job NAME VALUE...
job() {
	local name=$1

	shift
	printf 'JOB_%s=(' "$name"
	printf ' %q' "$@"
	printf ' )\n'
} >> "$run/job"

# Runs the machine's command line under the time limit, in the background so
# that a signal to this script is acted upon at once. Sets $timed_out.
run_machine() {
	local limit=$1 start=$SECONDS

	shift
	timeout --foreground -s KILL "$limit" "$@" <&0 &
	machine=$!
	wait "$machine" 2> /dev/null
	machine=
	timed_out=
	[ "$limit" -eq 0 ] || [ $((SECONDS - start)) -lt "$limit" ] ||
		timed_out=1
}

# Prints the kernel log around the first line that matches, for a reader who
# wants to know what happened, not to scroll.
show_log() {
	local pattern=$1 first

	first=$(grep -a -n -m 1 -E -- "$pattern" "$run/console" | cut -d: -f1)
	: "${first:=$(wc -l < "$run/console")}"
	[ "$first" -gt 10 ] && first=$((first - 10)) || first=1
	sed -n "$first,$((first + 150))p" "$run/console" | tr -d '\r' >&2
}

# Turns what the run left behind into this script's exit status:
# verdict LIMIT REPORT_PATTERN
verdict() {
	local limit=$1 reports=$2 status

	status=$(tr -d '\r\n' < "$run/status")
	if [ -n "$reports" ] && grep -a -q -E -- "$reports" "$run/console"; then
		show_log "$reports"
		die "the guest's kernel reported a fault (log above)"
	fi
	[ -z "$status" ] || exit "$status"
	if [ -n "$timed_out" ]; then
		echo "$me: no end after $limit seconds, stopped" >&2
		exit "$EX_TIME"
	fi
	show_log 'Kernel panic'
	die "the guest ended without a result (its log is above)"
}
