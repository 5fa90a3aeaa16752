#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs in the VM, in virtual time, where a nanosecond stands for instructions:
measures what tcpwatch and its peers cost, and prints one figure per line as
JSON: name, value in ns, and what else belongs to it.

Usage: guest.py GROUP...    (hooks cycle quick scrape crowd million; on a clock
                             of the host: smp native native_smp)"""
import os
import socket
import sys

import tcpw
from connections import cycle, group_cycle
from measuring import BENCH_KO, measure, module, tell
from readers import group_crowd, group_million, group_scrape, hold
from segments import (empty_hook, fins, group_hooks, group_native,
                      group_native_smp, group_smp, hook)


def group_quick():
    """What make check looks at."""
    with module(BENCH_KO):
        empty_hook(1)
        hook("empty")
        empty_hook(0)
        with module():
            hook("tcpwatch")
            fins("tcpwatch")
    names = ["none", "tcpwatch", "tcpwatch+monitor"]
    for _ in range(4):
        for who in names:
            cycle(who, 500)
        names.reverse()
    with tcpw.netns() as ns, ns:
        read_quick()


def read_quick():
    """A summary, and each time the same one: connections that end meanwhile
    would be in other rows each time."""
    one, other = tcpw.pair()
    with one, other, hold(1000):
        one.shutdown(socket.SHUT_WR)
        measure("cycle", 100)
        with module():
            with open("/proc/tcpwatch", encoding="ascii") as text:
                length = len(text.read())
            tcpw.check(length > os.sysconf("SC_PAGE_SIZE"),
                       f"a text of {length} bytes is not made twice anyway")
            tell("read/proc/1000", measure("read", "/proc/tcpwatch", 20)[0])
            tell("read/netlink/1000", measure("stats", 20)[0])


def quieten():
    """Nothing that moves pages about on its own, or by chance; Python's hash
    tables, of those who watch by eBPF, alike each time."""
    os.environ["PYTHONHASHSEED"] = "0"
    for path, value in (("/sys/kernel/mm/transparent_hugepage/enabled",
                         "never"),
                        ("/proc/sys/vm/compaction_proactiveness", "0"),
                        ("/proc/sys/kernel/randomize_va_space", "0")):
        if os.path.exists(path):        # the lab kernel has fewer
            with open(path, "w", encoding="ascii") as ctl:
                ctl.write(value)


GROUPS = {
    "hooks": group_hooks,
    "cycle": group_cycle,
    "quick": group_quick,
    "scrape": group_scrape,
    "crowd": group_crowd,
    "million": group_million,
    "smp": group_smp,
    "native": group_native,
    "native_smp": group_native_smp,
}


def main():
    """Run the groups that are named."""
    quieten()
    for name in sys.argv[1:]:
        GROUPS[name]()


if __name__ == "__main__":
    main()
