#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A full table, and a large one: what does not fit is counted, what is there
is served, and reading costs the same with 20 connections and with thousands
(OVERLOAD_CONNECTIONS)."""
import errno
import os
import socket
import time

import tcpw
from tcpw import agree, check, expect


def many(lsock, count):
    """The sockets of as many connections, clients at the even places."""
    return [sock for ends in tcpw.many(lsock, count) for sock in ends]


def test_full_table(_):
    tcpw.sysctl("net/tcpwatch/max_flows", 10)
    lsock = tcpw.listen(addr="0.0.0.0")
    socks = many(lsock, 8)
    table = tcpw.Table()
    expect("flows", table.row["flows"], {"now": 10, "limit": 10})
    check(table.row["table"]["overflow"] >= 6, table.text)
    for sock in socks:
        check(sock.send(b"served all the same") == 19, "not served")
    for sock in socks:
        tcpw.linger0(sock)
        sock.close()
    tcpw.quiet()
    expect("flows", tcpw.Table().row["flows"], {"now": 0})
    # room again
    client, server = tcpw.connect(lsock, addr="127.0.0.1")
    expect("now", agree().now(), {"ESTAB": 2})
    client.close()
    server.close()


def test_limit_is_checked(_):
    for bad in ("-1", "x", str(2 ** 32), str(2 ** 24 + 1)):
        try:
            tcpw.sysctl("net/tcpwatch/max_flows", bad)
        except OSError as err:
            check(err.errno == errno.EINVAL, f"{bad}: {err}")
        else:
            check(False, f"max_flows took {bad}")
    expect("flows", tcpw.Table().row["flows"], {"limit": 2 ** 20})


def read_cost():
    """Seconds for one reading, the cheapest of several."""
    costs = []
    with open("/proc/tcpwatch", "rb", buffering=0) as proc:
        for _ in range(20):
            proc.seek(0)
            start = time.perf_counter()
            proc.read(65536)
            costs.append(time.perf_counter() - start)
    return min(costs)


MANY = int(os.environ.get("OVERLOAD_CONNECTIONS", "6000")) // 4 * 4


def test_many_connections(_):
    tcpw.sysctl("net/ipv4/ip_local_port_range", "10000 65000")
    lsock = tcpw.listen(addr="0.0.0.0", port=9999)
    socks = many(lsock, 20)
    expect("now", agree().now(), {"ESTAB": 40})
    few = read_cost()
    start = time.monotonic()
    socks += many(lsock, MANY - 20)
    table = agree()
    expect("now", table.now(), {"ESTAB": 2 * MANY})
    cost = read_cost()
    print(f"# {MANY} connections opened in {time.monotonic() - start:.1f} s;"
          f" one reading: {few * 1e6:.1f} us with 20,"
          f" {cost * 1e6:.1f} us with {MANY}")
    check(cost <= few * 1.2, f"reading took {cost:.6f} s, not {few:.6f} s")
    for sock in socks[:MANY:2]:
        sock.close()
    expect("now", agree().now(),
           {"ESTAB": MANY, "FIN-WAIT-2": MANY // 2, "CLOSE-WAIT": MANY // 2})
    for sock in socks:
        sock.close()
    agree()


tcpw.main(globals())
