#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Agreement while connections end: every way to close, FIN-WAIT-2 without its
socket, and TIME-WAIT taken over, ended early or never begun."""
import socket
import time

import agree_lib
import tcpw
from agree_lib import FAMILIES, both_ways, close_all
from tcpw import ACK, RST, check, quiet, sysctl


def test_linger0(at):
    pairs = both_ways(2)
    at.compare({"ESTAB": 16})
    for first, _ in pairs:
        tcpw.linger0(first)
        first.close()
    at.compare({})
    close_all(pairs)
    at.compare({})


def test_unread_data(at):
    pairs = both_ways(2)
    for _, second in pairs:
        second.send(b"never read")
    at.compare({"ESTAB": 16})
    for first, _ in pairs:
        first.close()
    at.compare({})
    close_all(pairs)


def test_shutdown_each_way(at):
    """One end by SHUT_how, then the other by SHUT_other, then both close."""
    hows = (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR)
    sets = [(how, other, both_ways()) for how in hows for other in hows]
    for how, _, pairs in sets:
        for first, _ in pairs:
            first.shutdown(how)
    at.compare({"ESTAB": 24, "FIN-WAIT-2": 24, "CLOSE-WAIT": 24})
    for _, other, pairs in sets:
        for _, second in pairs:
            second.shutdown(other)
    at.compare()
    for _, _, pairs in sets:
        for first, _ in pairs:
            first.close()
    at.compare()
    for _, _, pairs in sets:
        close_all(pairs)
    at.compare()


def test_simultaneous(at):
    pairs = both_ways(2)
    tcpw.netem("lo", "delay", "3s")
    start = time.monotonic()
    close_all(pairs)
    at.compare({"FIN-WAIT-1": 16})
    time.sleep(max(0, start + 3.5 - time.monotonic()))
    at.compare({"CLOSING": 16})
    time.sleep(12)
    at.compare({"TIME-WAIT": 16})


def test_orphaned_fin_wait_2(at):
    """Nobody holds the socket: the peer is silent, closes, sends, resets."""
    sysctl("net/ipv4/tcp_fin_timeout", 20)
    silent, closes, sends, resets = (both_ways() for _ in range(4))
    for pairs in (silent, closes, sends, resets):
        for first, _ in pairs:
            first.close()
    at.compare({"FIN-WAIT-2": 16, "CLOSE-WAIT": 16})
    close_all(closes)
    for _, second in sends:
        second.send(b"to nobody")
    for _, second in resets:
        tcpw.linger0(second)
        second.close()
    at.compare({"FIN-WAIT-2": 4, "CLOSE-WAIT": 4, "TIME-WAIT": 4})
    time.sleep(30)
    at.compare({"CLOSE-WAIT": 4, "TIME-WAIT": 4})
    close_all(silent + sends)
    at.compare({"TIME-WAIT": 4})
    time.sleep(40)
    at.compare({})


def test_linger2_negative(at):
    """No FIN-WAIT-2 without a socket: a RST instead."""
    pairs, halves = both_ways(), both_ways()
    for first, _ in pairs + halves:
        first.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, -1)
    for first, _ in halves:
        first.shutdown(socket.SHUT_WR)
    at.compare({"ESTAB": 8, "FIN-WAIT-2": 4, "CLOSE-WAIT": 4})
    for first, _ in pairs + halves:
        first.close()
    at.compare()
    close_all(pairs + halves)
    at.compare({})


def test_linger2_short(at):
    pairs = both_ways()
    for first, _ in pairs:
        first.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, 3)
        first.close()
    at.compare({"FIN-WAIT-2": 4, "CLOSE-WAIT": 4})
    time.sleep(6)
    at.compare({"CLOSE-WAIT": 4})
    close_all(pairs)
    at.compare({})


def test_fin_timeout_5(at):
    sysctl("net/ipv4/tcp_fin_timeout", 5)
    pairs, late = both_ways(), both_ways()
    for first, _ in pairs + late:
        first.close()
    at.compare({"FIN-WAIT-2": 8, "CLOSE-WAIT": 8})
    close_all(late)
    at.compare({"FIN-WAIT-2": 4, "CLOSE-WAIT": 4, "TIME-WAIT": 4})
    time.sleep(10)
    at.compare({"CLOSE-WAIT": 4, "TIME-WAIT": 4})
    close_all(pairs)
    at.compare({"TIME-WAIT": 4})


def test_fin_timeout_90(at):
    """30 s in the socket, 30 s in a timewait socket."""
    sysctl("net/ipv4/tcp_fin_timeout", 90)
    silent, early, late = both_ways(), both_ways(), both_ways()
    for first, _ in silent + early + late:
        first.close()
    at.compare({"FIN-WAIT-2": 12, "CLOSE-WAIT": 12})
    close_all(early)
    at.compare({"FIN-WAIT-2": 8, "CLOSE-WAIT": 8, "TIME-WAIT": 4})
    time.sleep(40)
    close_all(late)
    at.compare({"FIN-WAIT-2": 4, "CLOSE-WAIT": 4, "TIME-WAIT": 8})
    time.sleep(40)
    at.compare({"CLOSE-WAIT": 4, "TIME-WAIT": 4})
    close_all(silent)
    at.compare({"TIME-WAIT": 4})


def test_behind_zero_window(at):
    """The FIN has to wait for room; the peer reads, resets, or closes."""
    reads, resets, closes = both_ways(), both_ways(), both_ways()
    for first, _ in reads + resets + closes:
        tcpw.fill(first)
        first.close()
    at.compare({"FIN-WAIT-1": 12, "ESTAB": 12})
    for _, second in reads:
        tcpw.wait_close(second)
    for _, second in resets:
        tcpw.linger0(second)
        second.close()
    for _, second in closes:
        second.shutdown(socket.SHUT_WR)
    time.sleep(2)
    at.compare()
    close_all(reads + closes)
    time.sleep(2)
    at.compare({"TIME-WAIT": 4})


def test_in_syn_sent(at):
    tcpw.netem("lo", "loss", "100%")
    socks = [tcpw.start(family, tcpw.LOOPBACK[family], 9)
             for family in FAMILIES for _ in range(3)]
    at.compare({"SYN-SENT": 6})
    for sock in socks[::3]:
        sock.close()
    for sock in socks[1::3]:
        sock.shutdown(socket.SHUT_WR)
    for sock in socks[2::3]:
        tcpw.linger0(sock)
        sock.close()
    at.compare({})


def test_listener_in_syn_recv(at):
    """Its requests outlive it until their next timer or segment."""
    agree_lib.blackhole()
    lsock = tcpw.listen(addr="10.9.9.1", port=80)
    for sport in range(2000, 2020):
        agree_lib.syn_from_hole(80, sport)
    at.compare({"SYN-RECV": 20})
    lsock.close()
    at.compare()
    tcpw.raw_send("10.9.9.9", "10.9.9.1", tcpw.tcp_header(
        "10.9.9.9", "10.9.9.1", 2000, 80, 1001, 0, RST))
    tcpw.raw_send("10.9.9.9", "10.9.9.1", tcpw.tcp_header(
        "10.9.9.9", "10.9.9.1", 2001, 80, 1001, 77, ACK))
    at.compare()
    time.sleep(10)
    at.compare({})


def test_listener_with_accept_queue(at):
    lsock = tcpw.listen()
    ends = [tcpw.start(socket.AF_INET, *lsock.getsockname())
            for _ in range(10)]
    at.compare({"ESTAB": 20})
    lsock.close()
    at.compare({})
    close_all([ends])


def test_fast_open_child_in_syn_recv(at):
    """accept() before the handshake is over, then every way to close."""
    with tcpw.veth_pair() as (a, b):
        for ns in (a, b):
            with ns:
                sysctl("net/ipv4/tcp_fastopen", 0x607)
        tcpw.static_neighbours(a, b)
        with b:
            lsock = tcpw.listen(addr="10.11.12.2", port=80)
            tcpw.netem("vb", "loss", "100%")
        with a:
            clients = [agree_lib.fast_open(socket.AF_INET, b"hello",
                                           "10.11.12.2", 80)
                       for _ in range(4)]
        servers = [lsock.accept()[0] for _ in clients]
        with a:
            at.compare({"SYN-SENT": 4})
        with b:
            at.compare({"SYN-RECV": 4})
        for server in servers[1:]:
            server.recv(5)
        servers[0].close()                      # unread data: a RST
        servers[1].close()
        servers[2].shutdown(socket.SHUT_WR)
        at.everywhere(a, b)
        with b:
            tcpw.netem("vb", "delay", "0")
        time.sleep(10)
        at.everywhere(a, b)
        close_all([clients, servers])
        time.sleep(10)
        at.everywhere(a, b)


# --- TIME-WAIT ---

def again(lsock, port, server_first):
    """One more connection from the same port, closed in this order."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(("127.0.0.1", port))
    client.connect(lsock.getsockname())
    server, _ = lsock.accept()
    ends = (server, client) if server_first else (client, server)
    ends[0].close()
    quiet()
    ends[1].close()


def test_time_wait_reused_by_connect(at):
    sysctl("net/ipv4/tcp_tw_reuse", 1)
    lsock = tcpw.listen(port=4010)
    for _ in range(3):
        for port in range(5000, 5005):
            again(lsock, port, False)
        at.compare({"TIME-WAIT": 5})
        time.sleep(2)
    # and with a port that the kernel chooses
    sysctl("net/ipv4/ip_local_port_range", "6000 6004")
    for _ in range(15):
        client, server = tcpw.connect(lsock)
        client.close()
        server.close()
        time.sleep(1.1)
    at.compare()
    check(tcpw.mib("TWRecycled"), "no TIME-WAIT was taken over")


def taken_over():
    """Timewait sockets that connect() took over: as the kernel counts them, as
    we do, and those of ours in FIN-WAIT-2."""
    row = tcpw.Table().row
    fin2 = row["small-fin2"]["reused"]
    return tcpw.mib("TWRecycled"), row["time-wait"]["reused"] + fin2, fin2


def test_fin_wait2_reused_by_connect(at):
    """A chosen port takes over a timewait socket in FIN-WAIT-2 as well."""
    lsock = tcpw.listen(port=4011)
    before = taken_over()
    for _ in range(3):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind(("127.0.0.1", 5000))
        client.connect(lsock.getsockname())
        server, _ = lsock.accept()
        client.close()
        at.compare({"FIN-WAIT-2": 1, "CLOSE-WAIT": 1})
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind(("127.0.0.1", 5000))
        client.connect(lsock.getsockname())     # our RST ends the other end
        close_all([[server, client], [lsock.accept()[0]]])
        quiet()
    at.compare()
    kernel, ours, fin2 = (now - then for now, then
                          in zip(taken_over(), before))
    check(kernel == ours and fin2 == 3,
          f"kernel {kernel}, ours {ours}, of them in FIN-WAIT-2 {fin2}")


def test_time_wait_reopened_by_syn(at):
    lsock = tcpw.listen(port=4012)
    for _ in range(3):
        for port in range(5000, 5005):
            again(lsock, port, True)
        at.compare({"TIME-WAIT": 5})
        time.sleep(2)


def assassinate(at, rfc1337, left):
    """RSTs into TIME-WAIT: beside, in the window, and exact."""
    sysctl("net/ipv4/tcp_rfc1337", rfc1337)
    for port, family in ((4020, socket.AF_INET), (4030, socket.AF_INET6)):
        addr = tcpw.LOOPBACK[family]
        client, server = tcpw.established(port, family)
        rcv_nxt, snd_nxt = tcpw.next_numbers(client)
        client.close()
        quiet()
        server.close()
        for seq in (rcv_nxt - 100, rcv_nxt + 100):
            tcpw.raw_send(addr, addr, tcpw.tcp_header(
                addr, addr, port, port + 1, seq, snd_nxt + 1, RST | ACK))
        at.compare()
        tcpw.raw_send(addr, addr, tcpw.tcp_header(
            addr, addr, port, port + 1, rcv_nxt + 1, 0, RST, good_csum=False))
        at.compare()
        tcpw.raw_send(addr, addr, tcpw.tcp_header(
            addr, addr, port, port + 1, rcv_nxt + 1, 0, RST))
    at.compare(left)
    time.sleep(30)
    at.compare(left)
    time.sleep(40)
    at.compare({})


def test_time_wait_assassinated(at):
    assassinate(at, 0, {})


def test_time_wait_protected(at):
    assassinate(at, 1, {"TIME-WAIT": 2})


def test_time_wait_extended(at):
    """A late segment begins the 60 s anew.  Our answer is reset by the end
    that is no more, which only tcp_rfc1337 survives."""
    sysctl("net/ipv4/tcp_rfc1337", 1)
    client, server = tcpw.established(4040)
    rcv_nxt, snd_nxt = tcpw.next_numbers(client)
    client.close()
    quiet()
    server.close()
    at.compare({"TIME-WAIT": 1})
    time.sleep(40)
    tcpw.raw_send("127.0.0.1", "127.0.0.1", tcpw.tcp_header(
        "127.0.0.1", "127.0.0.1", 4040, 4041, rcv_nxt, snd_nxt + 1, ACK,
        payload=b"late"))
    at.compare({"TIME-WAIT": 1})
    time.sleep(40)
    at.compare({"TIME-WAIT": 1})
    time.sleep(30)
    at.compare({})


def test_time_wait_overflow(at):
    sysctl("net/ipv4/tcp_max_tw_buckets", 3)
    pairs = both_ways(3)
    for first, _ in pairs:
        first.close()
    at.compare()
    close_all(pairs)
    at.compare()
    check(tcpw.mib("TCPTimeWaitOverflow"), "no overflow")
    time.sleep(65)
    at.compare({})


agree_lib.main(globals())
