#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""How a connection ends: who closes first, both at once, half, by RST, by
nobody's FIN arriving, and how TIME-WAIT goes away."""
import socket
import time

import tcpw
from tcpw import agree, check, expect, quiet, uncorrected

FAMILIES = (socket.AF_INET, socket.AF_INET6)
NORMAL = {"FIN-WAIT-1": 1, "FIN-WAIT-2": 1, "TIME-WAIT": 1, "CLOSE-WAIT": 1,
          "LAST-ACK": 1, "UNCONN": 1}


def closed(table, **kinds):
    names = ("active", "passive", "simultaneous", "rst_in", "rst_out",
             "unread", "timeout", "destroyed", "other")
    expect("close", table.row["close"],
           {kind.replace("_", "-"): kinds.get(kind, 0) for kind in names})


def normal(family, server_first):
    first, second = tcpw.pair(family)
    if server_first:
        first, second = second, first
    first.close()
    table = agree()
    expect("now", table.now(), {"FIN-WAIT-2": 1, "CLOSE-WAIT": 1})
    tcpw.wait_close(second)
    second.close()
    table = agree()
    expect("now", table.now(), {"TIME-WAIT": 1})
    expect("entered", table.entered(), NORMAL)
    closed(uncorrected(table), active=1, passive=1)


def test_client_first_ipv4(_):
    normal(socket.AF_INET, False)


def test_client_first_ipv6(_):
    normal(socket.AF_INET6, False)


def test_server_first_ipv4(_):
    normal(socket.AF_INET, True)


def test_server_first_ipv6(_):
    normal(socket.AF_INET6, True)


def test_fin_and_ack_in_one(_):
    """The peer closes before its ACK is due: FIN-WAIT-1 sees FIN and ACK."""
    tcpw.netem("lo", "delay", "20ms")
    client, server = tcpw.pair()
    client.send(b"x")
    server.recv(1)
    client.close()
    tcpw.wait_close(server)
    server.close()
    time.sleep(0.2)
    table = agree()
    expect("entered", table.entered(), NORMAL)
    closed(uncorrected(table), active=1, passive=1)


def simultaneous(family):
    client, server = tcpw.pair(family)
    tcpw.netem("lo", "delay", "3s")
    start = time.monotonic()
    client.close()
    server.close()
    expect("now", agree().now(), {"FIN-WAIT-1": 2})
    time.sleep(start + 3.5 - time.monotonic())
    expect("now", agree().now(), {"CLOSING": 2})
    time.sleep(15)
    table = agree()
    expect("now", table.now(), {"TIME-WAIT": 2})
    expect("entered", table.entered(),
           {"FIN-WAIT-1": 2, "FIN-WAIT-2": 0, "CLOSING": 2, "TIME-WAIT": 2})
    closed(uncorrected(table), simultaneous=2)


def test_simultaneous_ipv4(_):
    simultaneous(socket.AF_INET)


def test_simultaneous_ipv6(_):
    simultaneous(socket.AF_INET6)


def test_half_close(_):
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        client.shutdown(socket.SHUT_WR)
        tcpw.wait_close(server)
        server.send(b"still here" * 1000)
        expect("now", agree().now(), {"FIN-WAIT-2": 1, "CLOSE-WAIT": 1})
        server.close()
        tcpw.wait_close(client)
        client.close()
        closed(uncorrected(agree()), active=count, passive=count)


def test_reset_by_linger(_):
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        tcpw.linger0(client)
        client.close()
        table = agree()
        expect("flows", table.row["flows"], {"now": 0})
        closed(uncorrected(table), rst_in=count, rst_out=count)
        server.close()


def test_reset_by_unread_data(_):
    client, server = tcpw.pair()
    client.send(b"never read")
    quiet()
    server.close()
    table = agree()
    expect("flows", table.row["flows"], {"now": 0})
    closed(uncorrected(table), rst_in=1, unread=1)
    client.close()


def test_reset_in_every_state(_):
    """The survivor of each half-way state is reset by its peer."""
    # CLOSE-WAIT and FIN-WAIT-2
    client, server = tcpw.pair()
    client.shutdown(socket.SHUT_WR)
    expect("now", agree().now(), {"FIN-WAIT-2": 1, "CLOSE-WAIT": 1})
    tcpw.linger0(server)
    server.close()
    closed(uncorrected(agree()), rst_in=1, rst_out=1)
    client.close()
    # FIN-WAIT-1 and ESTAB: the FIN is still on its way
    client, server = tcpw.pair()
    tcpw.netem("lo", "delay", "3s")
    client.shutdown(socket.SHUT_WR)
    expect("now", agree().now(), {"FIN-WAIT-1": 1, "ESTAB": 1})
    tcpw.linger0(server)
    server.close()
    time.sleep(15)
    table = agree()
    expect("flows", table.row["flows"], {"now": 0})
    check(table.row["close"]["rst-in"] >= 2, f"no reset: {table.text}")
    client.close()


def test_close_in_syn_sent(_):
    tcpw.netem("lo", "loss", "100%")
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", 9))
    expect("now", agree().now(), {"SYN-SENT": 1})
    client.close()
    table = agree()
    closed(table)
    expect("failed-out", table.row["failed-out"], {"cancelled": 1, "other": 0})
    expect("flows", table.row["flows"], {"now": 0})


def test_fin_retransmitted(_):
    client, server = tcpw.pair()
    tcpw.netem("lo", "loss", "100%")
    client.close()
    expect("now", agree().now(), {"FIN-WAIT-1": 1, "ESTAB": 1})
    time.sleep(2)
    tcpw.netem("lo", "delay", "0")
    time.sleep(10)
    table = agree()
    expect("now", table.now(), {"FIN-WAIT-2": 1, "CLOSE-WAIT": 1})
    check(table.row["retransmit"]["fin"] >= 2,
          f"no FIN again: {table.row['retransmit']}")
    server.close()
    agree()


def test_fin_behind_zero_window(_):
    """close() with data that the peer has no room for: no FIN on the wire."""
    client, server = tcpw.pair()
    tcpw.fill(client)
    client.close()
    expect("now", agree().now(), {"FIN-WAIT-1": 1, "ESTAB": 1})
    tcpw.wait_close(server)
    server.close()
    time.sleep(1)
    table = agree()
    expect("now", table.now(), {"TIME-WAIT": 1})
    expect("entered", table.entered(), NORMAL)


def test_time_wait_expires(_):
    client, server = tcpw.pair()
    client.close()
    server.close()
    expect("now", agree().now(), {"TIME-WAIT": 1})
    time.sleep(55)
    expect("now", agree().now(), {"TIME-WAIT": 1})
    time.sleep(10)
    table = agree()
    expect("flows", table.row["flows"], {"now": 0})
    expect("entered", table.entered(), {"TIME-WAIT": 1, "UNCONN": 2})


def test_orphaned_fin_wait_2(_):
    """The socket goes, FIN-WAIT-2 lives on in a timewait socket."""
    tcpw.sysctl("net/ipv4/tcp_fin_timeout", 20)
    client, server = tcpw.pair()
    client.close()
    expect("now", agree().now(), {"FIN-WAIT-2": 1, "CLOSE-WAIT": 1})
    time.sleep(15)
    expect("now", agree().now(), {"FIN-WAIT-2": 1, "CLOSE-WAIT": 1})
    time.sleep(10)
    expect("now", agree().now(), {"CLOSE-WAIT": 1})
    server.close()
    quiet()
    agree()


def test_time_wait_reused_by_connect(_):
    """The same tuple again while it is in TIME-WAIT (tcp_tw_reuse)."""
    tcpw.sysctl("net/ipv4/tcp_tw_reuse", 1)
    lsock = tcpw.listen(port=4010)
    for _ in range(3):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind(("127.0.0.1", 4011))
        client.connect(("127.0.0.1", 4010))
        server, _ = lsock.accept()
        client.close()
        quiet()
        server.close()
        expect("now", agree().now(), {"TIME-WAIT": 1})
        time.sleep(2)
    expect("entered", agree().entered(), {"TIME-WAIT": 3, "SYN-SENT": 3})


def test_time_wait_reopened_by_syn(_):
    """The server closed first; the same client comes back."""
    lsock = tcpw.listen(port=4012)
    for _ in range(3):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind(("127.0.0.1", 4013))
        client.connect(("127.0.0.1", 4012))
        server, _ = lsock.accept()
        server.close()
        quiet()
        client.close()
        expect("now", agree().now(), {"TIME-WAIT": 1})
        time.sleep(2)
    expect("entered", agree().entered(), {"TIME-WAIT": 3, "SYN-RECV": 3})


tcpw.main(globals())
