#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kselftests on another stock kernel of Debian's, in virtual time.
#
# Usage: other.sh SUITE [FLAVOUR]	(see selftests/vm/kernel.sh)

. selftests/suites/lib.sh

read -r dir version < <(selftests/vm/kernel.sh "$@") || exit 1
copy=build/other-$version
source_copy "$copy"
# their compiler is not here: its name, not its version, is what is missing
make --no-print-directory -C "$copy" modules CC=gcc \
	KDIR="$dir/usr/src/linux-headers-$version" >&2 || exit 1
build_programs || exit 1
selftests/vm/uml.sh source >&2 || exit 1
ynl=$(selftests/vm/uml.sh src)/tools/net/ynl/pyynl/cli.py

# Without these modules tests would be skipped one by one: say it at once.
# shellcheck disable=SC2016 # expanded in the guest
with_modules='
if ! modprobe -n -a veth dummy sch_netem nf_tables; then
	echo "Bail out! the guest finds no modules of its kernel"
	exit 1
fi
exec "$@"'
exec selftests/vm/stock.sh -t -m 4G -T 4500 -r "$dir" -k "$version" -- \
	sh -c "$with_modules" sh \
	env TCPWATCH_KO="$PWD/$copy/module/tcpwatch.ko" YNL_CLI="$ynl" \
	AGREE_CONNECTIONS=2000 AGREE_CHURN=10 SEED_CONNECTIONS=1000 \
	OVERLOAD_CONNECTIONS=1000 \
	make --no-print-directory -C selftests run_all
