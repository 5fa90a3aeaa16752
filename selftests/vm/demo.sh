#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `make demo` shows, run in the guest: the module beside a real web
# server's traffic and ss(8), then beside a scripted client whose every state
# change is known beforehand. Fails when tcpwatch counted any other number.

set -u -o pipefail

cd "$(dirname "$0")/../.." || exit
port=8080
urls=("http://127.0.0.1:$port/" "http://[::1]:$port/")
proc=/proc/tcpwatch
scenes=tcpwatch-scenes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The module is loaded into the VM's kernel, never into another.
[ "$(hostname)" = tcpwatch-vm ] || {
	echo "demo.sh runs in the VM: make demo" >&2
	exit 1
}

step() {
	printf '\n=== %s\n' "$*"
}

die() {
	echo "demo: $*" >&2
	exit 1
}

# Reads /proc/tcpwatch on standard input and prints column $1 of each state's
# row: "STATE NUMBER".
column() {
	awk -v name="$1" '
		$1 == "state" {
			for (i = 2; i <= NF; i++)
				if ($i == name)
					column = i
			next
		}
		column && NF == 0 { exit }
		column { print $1, $column }'
}

start_nginx() {
	cat > "$work/nginx.conf" <<-CONF
	user root;
	worker_processes 2;
	pid $work/nginx.pid;
	error_log $work/error.log;
	events { worker_connections 4096; }
	http {
		access_log off;
		keepalive_requests 1000000;
		server {
			listen 127.0.0.1:$port;
			listen [::1]:$port;
			location / { return 200 "hello\n"; }
		}
	}
	CONF
	nginx -e "$work/error.log" -c "$work/nginx.conf" ||
		die "nginx does not start"
}

curl_all() {
	local url

	for url in "${urls[@]}" "${urls[@]}" "${urls[@]}"; do
		curl -sS -o /dev/null -w '%{url}: %{http_code}\n' "$url" ||
			die "curl failed"
	done
}

# Puts load on both addresses for $1 seconds; the rest is for wrk.
load() {
	local seconds=$1 url

	shift
	for url in "${urls[@]}"; do
		wrk -t 1 -c 40 -d "$seconds" "$@" "$url" |
			grep -E 'Running|requests in|Socket errors' &
	done
}

# Prints what tcpwatch and ss count in each state, side by side. Connections
# that are just changing may be seen before by one and after by the other:
# those get a second look.
beside_ss() {
	local tries

	for tries in 1 2 3; do
		column now < "$proc" | grep -v UNCONN > "$work/now"
		ss -H -tan | awk '{ n[$1]++ } END { for (s in n) print s, n[s] }' \
			> "$work/ss"
		awk '
			FILENAME ~ /ss$/ { ss[$1] = $2; next }
			FNR == 1 { printf "%-11s %10s %10s\n",
				   "state", "tcpwatch", "ss -tan" }
			{ printf "%-11s %10d %10d\n", $1, $2, ss[$1]
			  if ($2 != ss[$1] + 0) differ = 1
			  delete ss[$1] }
			END { for (s in ss) printf "%-11s %10s %10d\n",
				      s, "-", ss[s]
			      exit differ }' "$work/ss" "$work/now" \
			> "$work/table" && break
		[ "$tries" = 3 ] || sleep 0.5
	done || {
		cat "$work/table"
		die "tcpwatch and ss differ"
	}
	cat "$work/table"
	echo "tcpwatch and ss agree"
}

# The audit of /proc/tcpwatch, on standard input, must have found nothing: $1
# says where it was read.
judge_audit() {
	awk -v where="$1" '
		$1 == "audit" {
			for (i = 2; i < NF; i += 2)
				n[$i] = $(i + 1)
			seen = 1
		}
		END {
			printf "audit %s: drift %s, unknown %s, missing %s\n",
			       where, n["drift"], n["unknown"], n["missing"]
			exit !seen || n["drift"] != "0" ||
			     n["unknown"] != "0" || n["missing"] != "0"
		}' || die "the audit $1 found what must not be"
}

in_scenes() {
	ip netns exec "$scenes" "$@"
}

# A network namespace has a /proc/tcpwatch of its own: only the script is
# counted there.
play_scenes() {
	ip netns add "$scenes" || die "cannot make a network namespace"
	in_scenes ip link set lo up
	in_scenes cat "$proc" | column entered > "$work/before"
	in_scenes selftests/demo_client.py | tee "$work/script" |
		sed -u '/^expected entered:/,$d'
	[ "${PIPESTATUS[0]}" -eq 0 ] || die "the scripted client failed"
	in_scenes cat "$proc" | column entered > "$work/after"
}

# Prints what the script says it caused beside what tcpwatch counted.
judge_scenes() {
	sed '1,/^expected entered:/d' "$work/script" > "$work/expected"
	[ -s "$work/expected" ] || die "the scripted client expects nothing"
	awk '
		FILENAME ~ /before$/ { before[$1] = $2; next }
		FILENAME ~ /after$/ { counted[$1] = $2 - before[$1]; next }
		FNR == 1 { printf "%-11s %10s %10s\n",
			   "entered", "script", "tcpwatch" }
		{ differ = $2 != counted[$1] + 0
		  printf "%-11s %10d %10d%s\n", $1, $2, counted[$1],
			 differ ? "  differs" : ""
		  failed += differ }
		END { exit failed > 0 }' \
		"$work/before" "$work/after" "$work/expected" ||
		die "tcpwatch counted otherwise than the script caused"
	echo "entered counts equal what the script caused"
}

main() {
	step "insmod module/tcpwatch.ko on $(uname -sr)"
	insmod module/tcpwatch.ko || die "the module does not load"
	step "$proc before"
	cat "$proc"
	beside_ss

	step "nginx on 127.0.0.1:$port and [::1]:$port, a few requests by curl"
	start_nginx
	curl_all
	step "wrk: 80 connections that stay open"
	load 8
	sleep 3
	step "$proc during"
	cat "$proc"
	beside_ss
	wait
	step "wrk: a new connection for each request"
	load 2 -H 'Connection: close'
	wait

	step "a scripted client: each way to begin and to end a connection"
	play_scenes
	step "$proc in the script's network namespace"
	in_scenes cat "$proc"
	judge_scenes
	in_scenes cat "$proc" | judge_audit "of the script"

	step "$proc after"
	cat "$proc"
	beside_ss
	judge_audit "of everything" < "$proc"
	nginx -e "$work/error.log" -c "$work/nginx.conf" -s stop
	step "rmmod tcpwatch"
	rmmod tcpwatch || die "the module does not unload"
	printf '\ndemo: ok\n'
}

main
