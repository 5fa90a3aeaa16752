#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Network namespaces: each sees its own flows and nothing of another's, new
ones are watched from their first segment, and they can go at any time."""
import os
import socket

import tcpw
from tcpw import agree, check, expect


def test_two_over_veth(_):
    for v4 in (True, False):
        with tcpw.veth_pair() as (a, b):
            family = socket.AF_INET if v4 else socket.AF_INET6
            addr = "10.11.12.2" if v4 else "fd00:11::2"
            with b:
                lsock = tcpw.listen(family, addr, 80)
            with a:
                client = socket.socket(family)
                client.connect((addr, 80))
                server, _ = lsock.accept()
                table = agree()
                expect("entered", table.entered(),
                       {"SYN-SENT": 1, "SYN-RECV": 0, "ESTAB": 1})
            with b:
                table = agree()
                expect("entered", table.entered(),
                       {"SYN-SENT": 0, "SYN-RECV": 1, "ESTAB": 1})
            client.close()
            server.close()
            with a:
                expect("now", agree().now(), {"TIME-WAIT": 1})
            with b:
                expect("flows", agree().row["flows"], {"now": 0})


def test_others_see_nothing(_):
    client, server = tcpw.pair()
    with tcpw.netns() as other:
        with other:
            table = tcpw.Table()
            expect("flows", table.row["flows"], {"now": 0})
            check(not table.entered(), f"saw {table.entered()}")
    client.close()
    server.close()


def test_reader_sees_its_own(ns):
    """/proc/tcpwatch leads every reader to its own namespace."""
    client, server = tcpw.pair()
    mine = tcpw.run("cat", "/proc/tcpwatch")
    check(f"netns {os.stat('/proc/self/ns/net').st_ino} " in mine,
          f"not my namespace: {mine}")
    outside = tcpw.run("nsenter", "-t", "1", "-n", "cat", "/proc/tcpwatch")
    check(f"netns {os.stat('/proc/1/ns/net').st_ino} " in outside,
          f"not the first namespace: {outside}")
    expect("flows", tcpw.Table().row["flows"], {"now": 2})
    client.close()
    server.close()


def test_gone_with_live_flows(ns):
    """A namespace deleted under connections, TIME-WAITs and listeners."""
    for _ in range(20):
        with tcpw.netns() as doomed:
            with doomed:
                keep = [tcpw.pair() for _ in range(5)]
                for client, server in keep[:3]:
                    client.close()
                    server.close()
                expect("now", agree().now(), {"ESTAB": 4, "TIME-WAIT": 3})
        for client, server in keep[3:]:
            client.close()
            server.close()


tcpw.main(globals())
