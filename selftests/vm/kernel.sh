#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Another Debian suite's stock kernel and its headers, fetched once and
# extracted into the cache; nothing is installed. Prints the directory and
# the kernel's version, for stock.sh -r and -k and for make KDIR=.
#
# Usage: kernel.sh SUITE [FLAVOUR]	(bookworm-backports, bullseye; rt)

set -u -o pipefail
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/apt.sh
. "$(dirname "$0")/apt.sh"

# The packages that $1 depends on and whose name matches $2.
depends() {
	separate apt-cache depends "$1" |
		sed -n "s/^ *Depends: \($2\)$/\1/p"
}

# Headers name their common part by an absolute path.
relocate() {
	local makefile

	for makefile in "$1"/usr/src/linux-headers-*/Makefile; do
		sed -i "s|/usr/src/|$1/usr/src/|" "$makefile"
	done
	for makefile in "$1"/usr/src/linux-headers-*/scripts \
		"$1"/usr/src/linux-headers-*/tools; do
		[ ! -L "$makefile" ] || ln -sfn \
			"$(echo "$1"/usr/lib/linux-kbuild-*)/${makefile##*/}" \
			"$makefile"
	done
}

fetch() {
	local image headers package part=$dir.part

	update_suite
	image=$(depends "linux-image-${flavour}amd64" 'linux-image-.*-amd64')
	version=${image#linux-image-}
	headers=linux-headers-$version
	[ -n "$version" ] ||
		die "suite $suite has no linux-image-${flavour}amd64"
	echo "$me: fetching kernel $version of $suite" >&2
	# shellcheck disable=SC2046 # package names
	download "$image" "$headers" \
		$(depends "$headers" 'linux-\(headers\|kbuild\)-.*')
	rm -rf "$part"
	mkdir -p "$part"
	for package in "$run"/*.deb; do
		dpkg-deb -x "$package" "$part" || die "cannot extract $package"
	done
	# What an interrupted run left there has no version file.
	rm -rf "$dir"
	mv "$part" "$dir"
	relocate "$dir"
	echo "$version" > "$dir/version"
}

suite=${1:?usage: kernel.sh SUITE [FLAVOUR]}
flavour=${2:+$2-}
make_run_dir
dir=$cache/kernels/$flavour$suite
mkdir -p "$cache/kernels"
# Suites run side by side: one fetches, the other waits for it.
exec 9> "$dir.lock"
flock 9
[ -e "$dir/version" ] || fetch
exec 9>&-
echo "$dir $(cat "$dir/version")"
