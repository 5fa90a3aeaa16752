#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""How a connection begins: active, passive, refused, retransmitted, crossing,
over IPv4, IPv6 and IPv4-mapped IPv6, and with a wrong acknowledgment."""
import socket
import time

import tcpw
from tcpw import agree, check, expect, quiet, uncorrected


def opened(table, active, passive, simultaneous=0):
    expect("open", table.row["open"], {"active": active, "passive": passive,
                                       "simultaneous": simultaneous})


def loopback_pair(family):
    client, server = tcpw.pair(family)
    table = agree()
    expect("entered", table.entered(),
           {"SYN-SENT": 1, "SYN-RECV": 1, "ESTAB": 2})
    opened(uncorrected(table), 1, 1)
    expect("flows", table.row["flows"], {"now": 2})
    client.close()
    server.close()


def test_ipv4(_):
    loopback_pair(socket.AF_INET)


def test_ipv6(_):
    loopback_pair(socket.AF_INET6)


def test_ipv4_mapped(_):
    lsock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    lsock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    lsock.bind(("::", 0))
    lsock.listen()
    one = tcpw.connect(lsock, socket.AF_INET, "127.0.0.1")
    two = tcpw.connect(lsock, socket.AF_INET6, "::ffff:127.0.0.1")
    table = agree()
    expect("flows", table.row["flows"], {"now": 4})
    opened(uncorrected(table), 2, 2)
    for sock in one + two:
        sock.close()
    agree()


def test_refused(_):
    with tcpw.listen() as lsock:
        port = lsock.getsockname()[1]
    client = socket.socket()
    check(client.connect_ex(("127.0.0.1", port)), "connected to nobody")
    table = agree()
    expect("refused", table.row["refused"], {"in": 1, "out": 1})
    expect("entered", table.entered(), {"SYN-SENT": 1, "UNCONN": 1})
    expect("failed-out", uncorrected(table).row["failed-out"],
           {"refused": 1, "other": 0})
    expect("close", table.row["close"], {"rst-in": 0})
    expect("flows", table.row["flows"], {"now": 0})


def test_syn_retransmitted(_):
    with tcpw.listen() as lsock:
        tcpw.netem("lo", "loss", "100%")
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(lsock.getsockname())
        time.sleep(0.5)
        expect("now", agree().now(), {"SYN-SENT": 1})
        time.sleep(1)
        tcpw.netem("lo", "delay", "0")
        time.sleep(3)
        lsock.accept()[0].close()
    quiet()
    table = tcpw.Table()
    again = tcpw.mib("TCPSynRetrans")
    check(again, "the SYN was not sent again")
    expect("retransmit", table.row["retransmit"],
           {"syn": again, "syn,ack": 0})
    opened(table, 1, 1)


def test_synack_retransmitted(_):
    with tcpw.veth_pair() as (a, b):
        tcpw.static_neighbours(a, b)
        with b:
            lsock = tcpw.listen(addr="10.11.12.2", port=80)
            tcpw.netem("vb", "loss", "100%")
        with a:
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("10.11.12.2", 80))
        with b:
            time.sleep(4.5)
            table = agree()
            expect("now", table.now(), {"SYN-RECV": 1})
            check(table.row["retransmit"]["syn,ack"] >= 2,
                  f"no SYN,ACK again: {table.row['retransmit']}")
            tcpw.netem("vb", "delay", "0")
            time.sleep(5)
            server, _ = lsock.accept()
            expect("now", agree().now(), {"ESTAB": 1})
        with a:
            table = agree()
            check(table.row["retransmit"]["syn"] >= 2,
                  f"no SYN again: {table.row['retransmit']}")
            client.close()
            server.close()


def test_syn_sent_given_up(_):
    tcpw.sysctl("net/ipv4/tcp_syn_retries", 1)
    tcpw.netem("lo", "loss", "100%")
    client = socket.socket()
    check(client.connect_ex(("127.0.0.1", 9)), "connected to nobody")
    table = agree()
    expect("entered", table.entered(), {"SYN-SENT": 1, "UNCONN": 1})
    expect("failed-out", table.row["failed-out"], {"timeout": 1, "other": 0})


def crossing(family):
    """Both ends connect to each other while the SYNs are on their way."""
    if tcpw.kernel() < (5, 15):
        raise tcpw.NotHere("this kernel takes no crossing SYN,ACK")
    tcpw.netem("lo", "delay", "3s")
    ends = []
    for port, peer in ((4001, 4002), (4002, 4001)):
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.bind((tcpw.LOOPBACK[family], port))
        sock.setblocking(False)
        sock.connect_ex((tcpw.LOOPBACK[family], peer))
        ends.append(sock)
    expect("now", agree().now(), {"SYN-SENT": 2})
    time.sleep(15)
    return ends


def simultaneous(family):
    ends = crossing(family)
    table = agree()
    expect("now", table.now(), {"ESTAB": 2})
    expect("entered", table.entered(),
           {"SYN-SENT": 2, "SYN-RECV": 2, "ESTAB": 2})
    opened(uncorrected(table), 0, 0, 2)
    for sock in ends:
        sock.close()


def test_simultaneous_ipv4(_):
    simultaneous(socket.AF_INET)


def test_simultaneous_ipv6(_):
    simultaneous(socket.AF_INET6)


def test_self_connect(_):
    sock = socket.socket()
    sock.bind(("127.0.0.1", 4003))
    sock.connect(("127.0.0.1", 4003))
    table = agree()
    expect("now", table.now(), {"ESTAB": 1})
    opened(uncorrected(table), 0, 0, 1)
    sock.close()
    agree()


def test_bad_ack(_):
    """A SYN,ACK that acknowledges what was never sent is not believed."""
    tcpw.netem("lo", "delay", "1s")
    client = socket.socket()
    client.bind(("127.0.0.1", 4004))
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", 4005))
    tcpw.raw_send("127.0.0.1", "127.0.0.1", tcpw.tcp_header(
        "127.0.0.1", "127.0.0.1", 4005, 4004, 1000, 12345,
        tcpw.SYN | tcpw.ACK))
    time.sleep(1.2)
    table = tcpw.Table()
    expect("anomaly", table.row["anomaly"], {"bad-ack": 1})
    expect("now", table.now(), {"SYN-SENT": 1})
    client.close()
    agree()


def test_syn_alone_creates_nothing(_):
    """SYNs to nobody and to a listener that must answer with cookies."""
    tcpw.sysctl("net/ipv4/tcp_syncookies", 2)
    lsock = tcpw.listen(port=4006)
    for sport in range(5000, 5050):
        tcpw.raw_send("127.0.0.2", "127.0.0.1", tcpw.tcp_header(
            "127.0.0.2", "127.0.0.1", sport, 4006, 1000, 0, tcpw.SYN))
    table = agree()
    expect("refused", table.row["refused"], {"cookies": 50})
    expect("flows", table.row["flows"], {"now": 0})
    expect("table", table.row["table"], {"created": 0})
    # a real client gets through: the mirror learns of it from the kernel
    client, server = tcpw.connect(lsock)
    expect("now", agree().now(), {"ESTAB": 2})
    client.close()
    server.close()
    agree()


tcpw.main(globals())
