#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes from the spec what is made from it: the UAPI header, the policies and
# operations, the client's tables.
#
# Usage: genl.sh SOURCE	(a kernel source tree, 7.2 or later; run from the top)
#
# The kernel's generator looks for a kernel tree around the spec, and for the
# schema beside it, so it gets a small tree of that shape.

set -eu

source=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
touch "$tree/MAINTAINERS"
mkdir -p "$tree/netlink/specs"
cp "$source/Documentation/netlink/genetlink.yaml" "$tree/netlink/"
cp module/netlink/specs/tcpwatch.yaml "$tree/netlink/specs/"

# generate MODE KIND FILE
generate() {
	local made

	made=$tree/$(basename "$3")
	/usr/bin/python3 "$source/tools/net/ynl/pyynl/ynl_gen_c.py" \
		--mode "$1" "--$2" \
		--spec "$tree/netlink/specs/tcpwatch.yaml" -o "$made"
	sed -i 's|To regenerate run: .* \*/|To regenerate run: make genl */|' "$made"
	cp "$made" "$3"
}

mkdir -p module/include/uapi/linux
generate uapi header module/include/uapi/linux/tcpwatch.h
generate kernel header module/netlink/genl-gen.h
generate kernel source module/netlink/genl-gen.c
if [ -e tools/gen.py ]; then
	/usr/bin/python3 tools/gen.py > "$tree/spec-gen.c"
	cp "$tree/spec-gen.c" tools/spec-gen.c
fi
