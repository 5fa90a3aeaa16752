#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Agreement in bad weather: churn between two namespaces under netem, then
peers that vanish and what gives up on them."""
import os
import random
import socket
import time

import agree_lib
import tcpw
from tcpw import check, sysctl


CHURN = int(os.environ.get("AGREE_CHURN", "40"))    # connections


def weather(at, *netem):
    """Churn over a veth pair with this on both of its ends."""
    with tcpw.veth_pair() as (a, b):
        for ns, dev in ((a, "va"), (b, "vb")):
            with ns:
                tcpw.netem(dev, *netem)

        def look():
            at.everywhere(a, b)
            time.sleep(5)
            at.everywhere(a, b)

        tcpw.churn(a, b, random.Random(agree_lib.TOTAL["compared"]), look,
                   CHURN)
        time.sleep(200)
        at.everywhere(a, b)


def test_calm(at):
    weather(at, "delay", "0")


def test_loss(at):
    weather(at, "loss", "5%", "delay", "5ms")


def test_duplication(at):
    weather(at, "duplicate", "30%", "delay", "5ms")


def test_reordering(at):
    weather(at, "delay", "20ms", "10ms", "reorder", "30%", "50%")


def test_corruption(at):
    weather(at, "corrupt", "5%", "delay", "5ms")


def test_1mbit(at):
    weather(at, "rate", "1mbit")


def test_delay_200ms(at):
    weather(at, "delay", "200ms")


def test_all_at_once(at):
    weather(at, "loss", "5%", "duplicate", "10%", "corrupt", "2%", "delay",
            "20ms", "10ms", "reorder", "10%")


def vanish(at, prepare, disturb, wait):
    """Connections between two namespaces whose link goes down: prepare()
    both ends of each before, disturb() them after."""
    with tcpw.veth_pair() as (a, b):
        ends = []
        for family, addr in ((socket.AF_INET, "10.11.12.2"),
                             (socket.AF_INET6, "fd00:11::2")):
            with b:
                lsock = tcpw.listen(family, addr, 80)
            with a:
                ends += [tcpw.connect(lsock) for _ in range(4)]
            lsock.close()
        for client, server in ends:
            prepare(client, server)
        at.everywhere(a, b)
        tcpw.run("ip", "-n", b.name, "link", "set", "vb", "down")
        for client, server in ends:
            disturb(client, server)
        at.everywhere(a, b)
        for _ in range(3):
            time.sleep(wait)
            at.everywhere(a, b)
        tcpw.run("ip", "-n", b.name, "link", "set", "vb", "up")
        time.sleep(5)
        at.everywhere(a, b)
        for pair in ends:
            for sock in pair:
                sock.close()
        time.sleep(5)
        at.everywhere(a, b)


def nothing(*_):
    """No preparation, no disturbance."""


def send(client, server):
    """Data for a peer that is not there."""
    client.send(b"x" * 5000)
    server.send(b"y")


def keepalive(client, _):
    """Give up after some 3 s of silence."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)


def test_keepalive_gives_up(at):
    vanish(at, keepalive, nothing, 2)


def test_user_timeout_gives_up(at):
    def prepare(client, _):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 2000)
    vanish(at, prepare, send, 3)


def test_user_timeout_ends_keepalive(at):
    def prepare(client, server):
        keepalive(client, server)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 50)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 2000)
    vanish(at, prepare, nothing, 3)


def test_retransmission_gives_up(at):
    with tcpw.veth_pair() as (a, b):
        tcpw.static_neighbours(a, b)
        for ns in (a, b):
            with ns:
                sysctl("net/ipv4/tcp_retries2", 3)
                sysctl("net/ipv4/tcp_orphan_retries", 2)
        with b:
            lsock = tcpw.listen(addr="10.11.12.2", port=80)
        with a:
            ends = [tcpw.connect(lsock) for _ in range(9)]
        for ns, dev in ((a, "va"), (b, "vb")):
            with ns:
                tcpw.netem(dev, "loss", "100%")
        for client, server in ends[::3]:        # data
            send(client, server)
        for client, _ in ends[1::3]:            # a FIN, the socket is kept
            client.shutdown(socket.SHUT_WR)
        for client, server in ends[2::3]:       # orphans
            client.close()
            server.close()
        for _ in range(4):
            at.everywhere(a, b)
            time.sleep(3)
        time.sleep(60)
        at.everywhere(a, b)
        with a:
            check(tcpw.mib("TCPAbortOnTimeout"), "nobody gave up")


def test_zero_window_gives_up(at):
    """A probe that nobody answers, and an orphan behind it."""
    with tcpw.veth_pair() as (a, b):
        tcpw.static_neighbours(a, b)
        with a:
            sysctl("net/ipv4/tcp_retries2", 4)
            sysctl("net/ipv4/tcp_orphan_retries", 2)
        with b:
            lsock = tcpw.listen(addr="10.11.12.2", port=80)
        with a:
            ends = [tcpw.connect(lsock) for _ in range(4)]
        for client, _ in ends:
            tcpw.fill(client)
        time.sleep(1)
        for client, _ in ends[:2]:
            client.close()
        at.everywhere(a, b)
        with b:
            tcpw.netem("vb", "loss", "100%")
        for _ in range(3):
            time.sleep(10)
            at.everywhere(a, b)
        time.sleep(100)
        at.everywhere(a, b)
        agree_lib.close_all(ends)
        at.everywhere(a, b)


agree_lib.main(globals())
