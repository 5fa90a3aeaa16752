#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Bad weather: loss, duplication, reordering and corruption between two
namespaces.  At every quiet moment both tables must say what ss says."""
import random
import select
import socket
import time

import tcpw
from tcpw import agree, check

CONNECTIONS = 40


def churn(a, b, rng):
    """Open connections, talk a little, close them in one way or another."""
    with b:
        lsock = tcpw.listen(addr="10.11.12.2", port=80)
        lsock.setblocking(False)
    clients = []
    with a:
        for _ in range(CONNECTIONS):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("10.11.12.2", 80))
            clients.append(sock)
    servers = []
    deadline = time.monotonic() + 20
    while len(servers) < CONNECTIONS and time.monotonic() < deadline:
        if select.select([lsock], [], [], 1)[0]:
            servers.append(lsock.accept()[0])
    both(a, b)
    for sock in clients + servers:
        try:
            sock.send(b"x" * rng.randrange(1, 5000))
        except (BlockingIOError, ConnectionError):
            pass
    both(a, b)
    rng.shuffle(clients)
    for sock in clients[:CONNECTIONS // 2] + servers[:CONNECTIONS // 2]:
        end(sock, rng)
    both(a, b)
    for sock in clients[CONNECTIONS // 2:] + servers[CONNECTIONS // 2:]:
        end(sock, rng)
    lsock.close()
    both(a, b)


def end(sock, rng):
    way = rng.randrange(3)
    if way == 0:
        tcpw.linger0(sock)
    elif way == 1:
        try:
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    sock.close()


def both(a, b):
    """Compare in the middle of it all, and again when it has calmed down."""
    for ns in (a, b):
        with ns:
            settled()
    time.sleep(5)
    for ns in (a, b):
        with ns:
            settled()


def settled():
    """A timer of the kernel's may fire in the 10 ms before a reading: twice
    in a row it does not."""
    try:
        return agree()
    except tcpw.Failed:
        return agree()


def weather(*netem):
    with tcpw.veth_pair() as (a, b):
        for ns, dev in ((a, "va"), (b, "vb")):
            with ns:
                tcpw.netem(dev, *netem)
        churn(a, b, random.Random(7))
        time.sleep(200)     # every retransmission ends, every TIME-WAIT too
        for ns in (a, b):
            with ns:
                table = agree()
                check(table.row["anomaly"]["malformed"] == 0, table.text)


def test_calm(_):
    weather("delay", "0")


def test_loss(_):
    weather("loss", "10%", "delay", "5ms")


def test_duplication(_):
    weather("duplicate", "30%", "delay", "5ms")


def test_reordering(_):
    weather("delay", "20ms", "10ms", "reorder", "30%", "50%")


def test_corruption(_):
    weather("corrupt", "5%", "delay", "5ms")


def test_all_at_once(_):
    weather("loss", "5%", "duplicate", "10%", "corrupt", "2%", "delay", "20ms",
            "10ms")


tcpw.main(globals())
