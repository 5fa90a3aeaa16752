# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Packages of another Debian suite, without changing what this machine has:
# an apt with lists of its own, and packages that are extracted, not
# installed. Sourced behind lib.sh, with $suite set.

# shellcheck disable=SC2154 # cache, suite, run: of the script that sources

# An apt of its own, so that the machine's package lists stay as they are.  A
# frozen mirror's lists are past their date; their signatures are checked.
# What is installed here has no say in what the suite has.
separate() {
	local apt=$cache/apt-$suite

	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	: > "$apt/status"
	"$@" -q -o Dir::Etc::sourcelist="$apt/sources.list" \
		-o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$apt/lists" \
		-o Dir::State::status="$apt/status" \
		-o Dir::Cache="$apt/cache" \
		-o Debug::NoLocking=1 -o APT::Sandbox::User=root \
		-o Acquire::Check-Valid-Until=false
}

# The archive that this machine already installs from, whatever its name.
# shellcheck disable=SC2016 # apt expands the format
archive() {
	apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' "$@" | head -n 1
}

write_source_list() {
	local uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	uri=$(archive 'Label: Debian')
	: "${uri:=$(archive)}"
	[ -n "$uri" ] || die "apt knows no archive: run apt-get update"
	mkdir -p "$cache/apt-$suite"
	echo "deb [signed-by=$keyring] $uri $suite main" \
		> "$cache/apt-$suite/sources.list"
}

# Reads the suite's package lists.
update_suite() {
	write_source_list
	separate apt-get update > "$run/log" 2>&1 || {
		cat "$run/log" >&2
		die "cannot read Debian's suite $suite: is the archive" \
			"reachable?"
	}
}

# Fetches packages into $run.
download() {
	(cd "$run" && separate apt-get download "$@" > "$run/log" 2>&1) || {
		cat "$run/log" >&2
		die "cannot fetch $*"
	}
}
