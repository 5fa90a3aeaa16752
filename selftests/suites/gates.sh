#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a reviewer would check by machine: style, annotations, layers, shell.

. selftests/suites/lib.sh

# The kernel's own checkpatch.pl, from its source package.
selftests/vm/uml.sh source >&2 || exit 1
checkpatch=$(selftests/vm/uml.sh src)/scripts/checkpatch.pl

# What netdev's checks ignore, and what a tree outside the kernel cannot have.
ignored=MACRO_ARG_REUSE,ALLOC_SIZEOF_STRUCT,CAMELCASE,FILE_PATH_CHANGES
ignored+=,COMMIT_LOG_LONG_LINE,NO_AUTHOR_SIGN_OFF,GIT_COMMIT_ID
ignored+=,BAD_REPORTED_BY_LINK,SPDX_LICENSE_TAG
# What old kernels do not have yet, and the names that pure.h must define.
ignored+=,ALLOC_WITH_SIZEOF,CONST_STRUCT,PREFER_KERNEL_TYPES

# But for trace.h, which looks as the kernel's trace headers do, and for what
# is made from the spec.
code() {
	git ls-files '*.c' '*.h' ':!module/mirror/trace.h' ':!*-gen.[ch]' \
		':!module/include'
}

scripts() {
	git ls-files '*.sh'
	echo .ci/run
}

check_style() {
	perl "$checkpatch" --no-tree --strict --max-line-length=80 -q \
		--ignore "$ignored" -f "$@"
}

# Not by checkpatch, which takes a minute for it.
check_spelling() {
	git ls-files -z ':!COPYING' | xargs -0 codespell -q 3 -L ot
}

# compat.h is where version differences belong.
check_compat() {
	ignored+=,LINUX_VERSION_CODE,CONSTANT_COMPARISON,CONST_STRUCT
	check_style module/compat.h
}

check_versions() {
	git grep -l LINUX_VERSION_CODE -- 'module/*' ':!module/compat.h'
}

# The table keeps its columns, headers their aligned comments.
check_format() {
	git ls-files 'module/*.c' 'selftests/*.c' 'tools/*.c' |
		grep -v -e fsm_table.c -e '-gen\.c$' |
		xargs clang-format --dry-run -Werror
}

check_sparse() {
	local copy status

	copy=$(mktemp -d)
	source_copy "$copy"
	make -C "$(make --no-print-directory show-kdir)" \
		M="$copy" W=1 C=2 CONFIG_DEBUG_INFO_BTF_MODULES= modules 2>&1 |
		grep -E 'warning|error'
	[ "${PIPESTATUS[1]}" -eq 1 ]
	status=$?
	rm -rf "$copy"
	return "$status"
}

# The pure core knows no kernel object, and nothing outside of it.
check_pure() {
	local file

	for file in module/core/*.[ch]; do
		grep -HnwE 'sk_buff|struct sock|jiffies|ktime_get\w*|rcu_\w+|kmalloc|kzalloc|kfree|pr_\w+|printk|spin_\w+' \
			"$file" | grep -v ':[0-9]*: \*'
		grep -Hn '^#include "' "$file" | grep -v '"core/'
	done
}

# No folder of module/ calls or includes one to its right.
check_layers() {
	local copy status

	copy=$(mktemp -d)
	source_copy "$copy"
	make -C "$(make --no-print-directory show-kdir)" M="$copy" \
		TCPW_WHOLE=n CONFIG_DEBUG_INFO_BTF_MODULES= modules \
		> "$copy/log" 2>&1 || cat "$copy/log"
	selftests/layers.py "$copy/module"
	status=$?
	rm -rf "$copy"
	return "$status"
}

# What is made from the spec is what is committed.
check_genl() {
	local copy source status

	copy=$(mktemp -d)
	source=$(selftests/vm/uml.sh src)
	git ls-files -z --cached --others --exclude-standard module tools |
		xargs -0 cp --parents -t "$copy"
	(cd "$copy" && module/netlink/genl.sh "$source") &&
		diff -r module "$copy/module" -x '*.o*' -x '*.ko' -x '.*' \
			-x '*.mod*' -x modules.order &&
		diff tools/spec-gen.c "$copy/tools/spec-gen.c"
	status=$?
	rm -rf "$copy"
	return "$status"
}

# Each header compiles on its own.
check_headers() {
	local header

	for header in module/core/{pure,seq,seg,fsm,verdict}.h; do
		gcc -std=gnu11 -Wall -Wextra -fsyntax-only -x c "$header" \
			-Imodule -Wno-pragma-once-outside-header || return 1
	done
}

check_flow_size() {
	local copy size

	copy=$(mktemp -d)
	source_copy "$copy"
	make --no-print-directory -C "$copy" \
		KDIR="$(make --no-print-directory show-kdir)" > /dev/null 2>&1
	size=$(pahole -C tcpw_flow "$copy/module/tcpwatch.ko" |
		sed -n 's/.*size: \([0-9]*\),.*/\1/p')
	rm -rf "$copy"
	echo "struct tcpw_flow: ${size:-unknown} bytes"
	[ -n "$size" ] && [ "$size" -le 104 ]
}

check_spdx() {
	git ls-files | grep -E '\.(c|h|sh|py|pl|config)$|Makefile|Kbuild' |
		while read -r file; do
			head -n 3 "$file" | grep -q SPDX-License-Identifier ||
				echo "$file: no SPDX line"
		done
}

# What the repository must not name: places on one machine, mirrors.
check_paths() {
	git grep -nE '(/w[o]rk/|/r[o]ot/|deb\.d[e]bian\.org|snapshot\.d[e]bian)' \
		-- ':!COPYING'
}

# Userspace: no atomic types of the kernel's, and its attributes by hand.
check_tools() {
	ignored+=,VOLATILE,PREFER_DEFINED_ATTRIBUTE_MACRO
	check_style "$@"
}

mapfile -t files < <(code | grep -v -e '^module/compat.h$' -e '^tools/')
mapfile -t tools < <(code | grep '^tools/')
mapfile -t shell < <(scripts)
t checkpatch silent check_style "${files[@]}"
t checkpatch-tools silent check_tools "${tools[@]}"
t checkpatch-compat silent check_compat
t spelling silent check_spelling
t clang-format check_format
t sparse check_sparse
t shellcheck silent shellcheck -x -e SC1091,SC2317 "${shell[@]}"
t pure-core silent check_pure
t layers check_layers
t genl check_genl
t headers check_headers
t versions-in-compat silent check_versions
t flow-size check_flow_size
t spdx silent check_spdx
t no-machine-paths silent check_paths
plan
