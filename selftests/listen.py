#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Listening sockets: as many as ss says, and what became of the handshakes at
each, against what the kernel counts itself."""
import socket
import time

import tcpw
from tcpw import agree, check, expect, mib

COLUMNS = ("sockets", "drops", "cookies-out", "cookies-in", "refused",
           "timeout", "deferred")


def listener(sock):
    """The row of a listener, by column."""
    addr, port = sock.getsockname()[:2]
    with open("/proc/net/tcpwatch_listeners", encoding="ascii") as proc:
        for line in proc:
            words = line.split()
            if words[1:3] == [addr, str(port)]:
                return dict(zip(COLUMNS, map(int, words[4:])))
    raise tcpw.Failed(f"{addr} {port} is not listed")


def test_come_and_go(_):
    """Bound or not, both families, several at one port."""
    socks = [tcpw.listen(), tcpw.listen(socket.AF_INET6, "::"),
             socket.socket()]
    socks[2].listen()
    for _ in range(3):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("127.0.0.1", 7777))
        sock.listen()
        socks.append(sock)
    expect("now", agree().now(), {"LISTEN": 6})
    expect("shared", listener(socks[3]), {"sockets": 3})
    for number, sock in enumerate(socks, 1):
        sock.close()
        expect("now", agree().now(), {"LISTEN": 6 - number})
    table = agree()
    expect("LISTEN", table.state["LISTEN"], {"entered": 6, "left": 6})
    expect("audit", table.row["audit"], {"drift": 0})


def test_many_at_one_port(_):
    """More than the first table holds, and away again."""
    socks = []
    for number in range(300):
        sock = tcpw.listen(addr=f"127.0.{number // 200}.{number % 200 + 1}",
                           port=7777)
        socks.append(sock)
    expect("now", agree().now(), {"LISTEN": 300})
    while socks:
        for sock in socks[:40]:
            expect("row", listener(sock), {"sockets": 1})
            sock.close()
        del socks[:40]
        for sock in socks:
            expect("row", listener(sock), {"sockets": 1})
    expect("now", agree().now(), {"LISTEN": 0})


def test_seeded(_):
    """Those that were there before the module."""
    tcpw.unload()
    try:
        socks = [tcpw.listen(), tcpw.listen(socket.AF_INET6, "::")]
    finally:
        tcpw.load()
    expect("now", tcpw.Table().now(), {"LISTEN": 2})
    for sock in socks:
        expect("row", listener(sock), {"sockets": 1})
        sock.close()
    expect("now", agree().now(), {"LISTEN": 0})


def test_cookies(_):
    tcpw.sysctl("net/ipv4/tcp_syncookies", 2)
    lsock, both = tcpw.listen(), tcpw.listen(socket.AF_INET6, "::")
    if tcpw.is_realtime():
        tcpw.quiet()    # there a listener is known a moment later
    conns = [tcpw.connect(lsock) for _ in range(5)]
    conns.append(tcpw.connect(both, socket.AF_INET, "127.0.0.1"))
    table = agree()
    expect("cookies", listener(lsock), {"cookies-out": 5, "cookies-in": 5})
    expect("cookies", listener(both), {"cookies-out": 1, "cookies-in": 1})
    check(mib("SyncookiesSent") == table.row["refused"]["cookies"] == 6,
          table.text)
    check(table.moved.get(("UNCONN", "ESTAB", "adopt")) == 6
          == mib("SyncookiesRecv"), table.text)
    for ends in conns:
        for sock in ends:
            sock.close()


def test_overflow(_):
    """A full accept queue: SYNs are dropped."""
    tcpw.sysctl("net/ipv4/tcp_syncookies", 0)
    lsock = tcpw.listen(backlog=1)
    clients = [tcpw.start(socket.AF_INET, *lsock.getsockname())
               for _ in range(6)]
    time.sleep(2)
    agree()
    row, drops = listener(lsock), mib("ListenDrops")
    check(row["drops"] == drops > 0, f"{row}, the kernel says {drops}")
    for sock in clients:
        sock.close()


def test_given_up(_):
    """Nobody sends the last ACK."""
    with tcpw.veth_pair() as (a, b):
        tcpw.static_neighbours(a, b)
        with b:
            tcpw.sysctl("net/ipv4/tcp_synack_retries", 1)
            lsock = tcpw.listen(addr="10.11.12.2", port=80)
            tcpw.netem("vb", "loss", "100%")
        with a:
            client = tcpw.start(socket.AF_INET, "10.11.12.2", 80)
            time.sleep(0.5)
            client.close()
        with b:
            time.sleep(8)
            table = agree()
            expect("row", listener(lsock), {"timeout": 1, "refused": 0})
            expect("moved", table.moved, {("SYN-RECV", "UNCONN", "timer"): 1})


tcpw.main(globals())
