#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `make vm` runs: a shell in the VM with the module loaded. Started
# outside of the VM, it boots one for itself.

cd "$(dirname "$0")/../.." || exit
if [ "$(hostname)" != tcpwatch-vm ]; then
	exec selftests/vm/stock.sh -v -i -- "$PWD/selftests/vm/shell.sh"
fi

insmod module/tcpwatch.ko || exit
cat << 'HINT'

tcpwatch is loaded:   cat /proc/tcpwatch   (beside it: ss -tan)
Some traffic:         selftests/demo_client.py
Leave with exit; nothing you change here survives (Ctrl-A X kills the VM).

HINT
PS1='tcpwatch-vm:\w# ' bash --norc -i
exit 0
