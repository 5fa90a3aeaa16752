#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Agreement while connections begin, or do not: refused, rejected, timed out,
more than a listener takes, cookies, deferred, Fast Open, and both at once."""
import socket
import time

import agree_lib
import tcpw
from agree_lib import FAMILIES, close_all
from tcpw import LOOPBACK, check, start, sysctl

MAPPED = "::ffff:127.0.0.1"


def attempts(port, count=1):
    """Clients to a port: IPv4, IPv6, IPv4-mapped."""
    return [start(family, addr, port)
            for family, addr in ((socket.AF_INET, "127.0.0.1"),
                                 (socket.AF_INET6, "::1"),
                                 (socket.AF_INET6, MAPPED))
            for _ in range(count)]


def serve(port, backlog=128, **options):
    """A listener for all three, options by name."""
    sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for name, value in options.items():
        sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    sock.bind(("::", port))
    sock.listen(backlog)
    return sock


def test_refused(at):
    tcpw.netem("lo", "delay", "2s")
    clients = at.keep(*attempts(9, 3))
    at.compare({"SYN-SENT": 9})
    time.sleep(10)
    at.compare({})
    check(all(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
              for sock in clients), "connected to nobody")


def test_timed_out(at):
    sysctl("net/ipv4/tcp_syn_retries", 1)
    tcpw.netem("lo", "loss", "100%")
    at.keep(*attempts(9, 2))
    hasty = at.keep(socket.socket())
    hasty.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500)
    hasty.setblocking(False)
    hasty.connect_ex(("127.0.0.1", 10))
    at.compare({"SYN-SENT": 7})
    time.sleep(1.5)
    at.compare()
    time.sleep(4)
    at.compare({})


def test_unreachable(at):
    tcpw.run("ip", "route", "add", "unreachable", "10.7.7.0/24")
    tcpw.run("ip", "-6", "route", "add", "prohibit", "fd00:77::/64")
    for family, addr in ((socket.AF_INET, "10.7.7.7"),
                         (socket.AF_INET, "10.8.8.8"),
                         (socket.AF_INET6, "fd00:77::7"),
                         (socket.AF_INET6, "fd00:88::8")):
        at.keep(start(family, addr, 80))
    at.compare({})


def test_icmp_rejected(at):
    """SYNs and SYN,ACKs answered by ICMP, going out and coming in."""
    out, into = ("filter hook output priority 0",
                 "filter hook input priority 0")
    agree_lib.nft(
        (into, "tcp dport 81 reject with icmpx port-unreachable"),
        (into, "tcp dport 82 reject with icmpx admin-prohibited"),
        (out, "tcp dport 83 reject with icmpx host-unreachable"),
        (out, "tcp sport 84 tcp flags & (syn|ack) == syn|ack"
              " reject with icmpx port-unreachable"),
        (into, "tcp sport 85 tcp flags & (syn|ack) == syn|ack"
               " reject with icmpx port-unreachable"))
    listeners = [serve(port) for port in range(81, 86)]
    for port in range(81, 86):
        at.keep(*attempts(port))
    at.compare()
    time.sleep(3)
    at.compare()
    for sock in listeners:
        sock.close()
    time.sleep(30)
    at.compare()


def test_reset_by_firewall(at):
    """RSTs that no socket sent, at the beginning and in the middle."""
    lsock = serve(90)
    before = at.keep(*attempts(90))
    servers = [at.keep(lsock.accept()[0]) for _ in before]
    at.compare({"ESTAB": 6})
    agree_lib.nft(("filter hook input priority 0",
                   "tcp dport 90 reject with tcp reset"))
    at.keep(*attempts(90))
    at.compare({"ESTAB": 6})
    for sock in before:
        sock.send(b"no further")
    at.compare({"ESTAB": 3})
    for sock in servers:
        sock.send(b"to nobody")
    at.compare()
    time.sleep(5)
    at.compare()


def test_syn_backlog_overflow(at):
    sysctl("net/ipv4/tcp_syncookies", 0)
    sysctl("net/ipv4/tcp_synack_retries", 2)
    agree_lib.blackhole()
    at.keep(tcpw.listen(addr="10.9.9.1", port=80, backlog=5))
    for sport in range(2000, 2100):
        agree_lib.syn_from_hole(80, sport)
    at.compare()
    check(tcpw.mib("ListenDrops"), "nothing was dropped")
    time.sleep(4)
    at.compare()
    time.sleep(20)
    at.compare({})


def accept_queue_overflow(at, abort):
    """Clients that believe to be connected, servers that do not."""
    sysctl("net/ipv4/tcp_abort_on_overflow", abort)
    sysctl("net/ipv4/tcp_synack_retries", 3)
    lsock = serve(91, backlog=2)
    clients = attempts(91, 5)
    at.compare()
    time.sleep(2)
    at.compare()
    check(tcpw.mib("ListenOverflows"), "nothing overflowed")
    servers = [lsock.accept()[0] for _ in range(2)]
    time.sleep(5)
    at.compare()
    time.sleep(30)
    at.compare()
    for sock in clients:
        try:
            sock.send(b"hello?")
        except (ConnectionError, BlockingIOError):
            pass
    at.compare()
    lsock.close()
    close_all([clients, servers])
    at.compare()


def test_accept_queue_overflow(at):
    accept_queue_overflow(at, 0)


def test_accept_queue_overflow_aborted(at):
    accept_queue_overflow(at, 1)


def test_syn_cookies(at):
    sysctl("net/ipv4/tcp_syncookies", 2)
    agree_lib.blackhole()
    lsock = serve(92)
    for sport in range(2000, 2100):
        agree_lib.syn_from_hole(92, sport)
    at.compare({})
    for _ in range(2):
        clients = attempts(92, 10)
        servers = [lsock.accept()[0] for _ in clients]
        at.compare()
        close_all([clients[::2], servers, clients])
        at.compare()
    # an ACK that belongs to no cookie
    for seq in (1, 2 ** 31):
        tcpw.raw_send("10.9.9.9", "10.9.9.1", tcpw.tcp_header(
            "10.9.9.9", "10.9.9.1", 2000, 92, 1001, seq, tcpw.ACK))
    at.compare()


def test_defer_accept(at):
    """The handshake is over for the client only, until it speaks."""
    sysctl("net/ipv4/tcp_synack_retries", 2)
    lsock = serve(93, TCP_DEFER_ACCEPT=2)
    speaks, silent, leaves = (attempts(93, 3) for _ in range(3))
    at.compare({"ESTAB": 27, "SYN-RECV": 27})
    for sock in speaks:
        sock.send(b"GET")
    for sock in leaves:
        sock.close()
    servers = [lsock.accept()[0] for _ in speaks]
    at.compare()
    time.sleep(3)
    at.compare()
    time.sleep(15)
    at.compare()
    lsock.close()
    close_all([speaks, silent, servers])
    at.compare()


def test_fast_open(at):
    """With and without a cookie, data at once, deferred, and closed."""
    tcp_fastopen_connect = 30
    sysctl("net/ipv4/tcp_fastopen", 3)
    lsock = serve(94, TCP_FASTOPEN=16)
    for _ in range(2):          # the first asks for the cookie
        clients = [agree_lib.fast_open(family, b"hello", addr, 94)
                   for family, addr in ((socket.AF_INET, "127.0.0.1"),
                                        (socket.AF_INET6, "::1"))
                   for _ in range(4)]
        servers = [lsock.accept()[0] for _ in clients]
        at.compare()
        close_all([clients[::2], servers, clients])
        at.compare()
    check(tcpw.mib("TCPFastOpenPassive"), "no data in a SYN")
    for late in (socket.socket(), socket.socket(), socket.socket()):
        at.keep(late).setsockopt(socket.IPPROTO_TCP, tcp_fastopen_connect, 1)
        late.connect(("127.0.0.1", 94))
    at.compare()
    late.close()
    at.kept[0].send(b"at last")
    at.compare()
    # nobody listens any more
    lsock.close()
    at.kept[1].setblocking(False)
    try:
        at.kept[1].send(b"too late")
    except (ConnectionError, BlockingIOError):
        pass
    at.compare()


def crossing(port, family):
    """Two sockets that connect to each other."""
    addr = LOOPBACK[family]
    return [start(family, addr, port + 1, (addr, port)),
            start(family, addr, port, (addr, port + 1))]


def test_simultaneous_open(at):
    tcpw.netem("lo", "delay", "3s")
    begin = time.monotonic()
    pairs = [crossing(4200 + 10 * number, FAMILIES[number % 2])
             for number in range(6)]
    at.compare({"SYN-SENT": 12})
    # in SYN-RECV some are closed at once
    time.sleep(max(0, begin + 3.3 - time.monotonic()))
    for number, ends in enumerate(pairs[:4]):
        ends[0].close()
        if number >= 2:
            ends[1].close()
    at.compare()
    time.sleep(20)
    at.compare()
    close_all(pairs)
    time.sleep(20)
    at.compare()


def test_self_connect(at):
    socks = []
    for port, family in enumerate(FAMILIES * 2, 4300):
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.bind((LOOPBACK[family], port))
        sock.connect((LOOPBACK[family], port))
        sock.send(b"to myself")
        socks.append(sock)
    at.compare({"ESTAB": 4})
    socks[0].shutdown(socket.SHUT_WR)
    socks[1].shutdown(socket.SHUT_WR)
    at.compare()
    close_all([socks])
    at.compare()


agree_lib.main(globals())
