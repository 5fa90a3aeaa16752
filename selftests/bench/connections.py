# SPDX-License-Identifier: GPL-2.0
"""What whole connections cost: one machine's own, those between two hosts, and
what is sent through one."""
import collections
import json
import re
import socket
import time

import tcpw
from measuring import (CLIENT, CONNTRACK_RULE, Reader, conntrack, in_memory,
                       measure, module, nobody, tell)


def reader_of(kind):
    """A peer that prints each event."""
    return {
        "monitor": lambda: Reader(CLIENT, "monitor", "-n"),
        "monitor-json": lambda: Reader(CLIENT, "monitor", "-n", "-j"),
        "conntrack-E": lambda: Reader("conntrack", "-E"),
        "tcpstates": lambda: Reader("tcpstates"),
        "tcplife": lambda: Reader("tcplife"),
    }[kind]()


def events_of(kind, lines):
    """How many events there are among the lines, and how many it says it
    lost; None where it does not say."""
    if kind == "monitor":
        lost = [int(line.split()[1]) for line in lines
                if line.startswith("lost ")]
        return sum(" -> " in line for line in lines), sum(lost)
    if kind == "monitor-json":
        rows = [json.loads(line) for line in lines]
        return (sum("new" in row for row in rows),
                sum(row.get("lost", 0) for row in rows))
    if kind == "conntrack-E":
        return sum("[" in line for line in lines), None
    return max(0, len(lines) - 1), None


CYCLES = {
    "none": (nobody, None),
    "tcpwatch": (module, None),
    "tcpwatch+monitor": (module, "monitor"),
    "tcpwatch+monitor-json": (module, "monitor-json"),
    "conntrack": (conntrack, None),
    "conntrack+E": (conntrack, "conntrack-E"),
    "tcpstates": (nobody, "tcpstates"),
    "tcplife": (nobody, "tcplife"),
}


def nothing_ends():
    """A thousand TIME-WAITs of something that was measured a minute ago end
    within what is measured now, and are as dear as a tenth of it."""
    with open("/proc/net/sockstat", encoding="ascii") as rows:
        found = re.search(r"^TCP: .* tw (\d+)", rows.read(), re.M)
    tcpw.check(found and found[1] == "0",
               f"sockets are left: {found and found[0]}")


def cycle(who, count):
    """Connect, request, close in a namespace of its own."""
    watch, kind = CYCLES[who]
    nothing_ends()
    with tcpw.netns() as ns, ns, watch():
        if not kind:
            tell(f"cycle/{who}", measure("cycle", count)[0])
            return
        with reader_of(kind) as reader:
            value = measure("cycle", count, reader.process.pid)[0]
            time.sleep(1)
            events, lost = events_of(kind, reader.lines())
            # a hundred cycles go before those that are measured
            tell(f"cycle/{who}", value, events=events / (count + 100),
                 cycles=count + 100, lost=lost)


def far(who):
    """The same between two hosts, each with its own end, both of them
    watched."""
    nothing_ends()
    with tcpw.veth_pair() as (near, there):
        tcpw.static_neighbours(near, there)
        with there:
            listener = socket.create_server(("10.11.12.2", 0), backlog=128)
            if who == "conntrack":
                tcpw.run(*CONNTRACK_RULE)
        with near, listener, CYCLES[who][0]():
            fd = listener.fileno()
            return float(tcpw.run(in_memory(), "far", "2000", str(fd),
                                  pass_fds=(fd,)))


def bulk(who):
    """Through one connection, a write: the first after a load may be dearer
    than all others."""
    nothing_ends()
    with tcpw.netns() as ns, ns, CYCLES[who][0]():
        return min(measure("bulk", 300)[0] for _ in range(3))


def ranked(name, figure, times, rank):
    """Tell the one of that rank from below: by how the kernel's own caches
    lie, all is dearer in some runs, which may be half of them."""
    found = collections.defaultdict(list)
    for who in ("none", "tcpwatch", "conntrack") * times:
        found[who].append(figure(who))
    for who, values in found.items():
        tell(f"{name}/{who}", sorted(values)[rank])


def group_cycle():
    """Seven times, each other time the other way round; the first of them are
    dearer for some, and for longest for those who watch by eBPF."""
    names = list(CYCLES)
    for _ in range(7):
        for who in names:
            cycle(who, 2000)
        names.reverse()
    for who in ("tcpwatch", "tcpstates", "tcplife") * 4:
        cycle(who, 2000)
    ranked("far", far, 15, 3)
    ranked("bulk", bulk, 7, 0)      # to the digit, but for that
