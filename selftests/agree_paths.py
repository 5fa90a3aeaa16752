#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Agreement on unusual paths: sockets destroyed from outside, namespaces that
go, IPv6 extension headers and scopes, bound devices and VRF, MPTCP, sockmap,
conntrack and NAT."""
import ctypes
import os
import platform
import signal
import socket
import struct
import time

import agree_lib
import tcpw
from agree_lib import both_ways, close_all
from tcpw import ACK, FIN, RST, SYN, check, quiet, sysctl

IPPROTO_MPTCP = 262


def every_state(at):
    """Connections in as many states as loopback and a hole can hold."""
    agree_lib.blackhole()
    pairs = both_ways(6)
    for number, (first, second) in enumerate(pairs):
        if number % 6 == 1:
            first.shutdown(socket.SHUT_WR)
        elif number % 6 == 2:
            first.close()
        elif number % 6 == 3:
            first.close()
            quiet()
            second.close()
        elif number % 6 == 4:
            tcpw.fill(first)
            first.close()
    at.keep(*(sock for ends in pairs for sock in ends))
    at.keep(tcpw.listen(addr="10.9.9.1", port=80))
    for sport in range(2000, 2004):
        agree_lib.syn_from_hole(80, sport)
        at.keep(tcpw.start(socket.AF_INET, "10.9.9.9", sport))
    at.compare()


def test_destroyed(at):
    """ss -K of each state, one after the other, then of all."""
    every_state(at)
    for state in ("syn-recv", "syn-sent", "time-wait", "fin-wait-2",
                  "fin-wait-1", "close-wait", "established", "all"):
        tcpw.run("ss", "-K", "-t", "state", state)
        at.compare()
    time.sleep(66)      # TIME-WAIT cannot be destroyed before 6.1
    at.compare({})


def test_link_lost(at):
    """Every state while the loopback device itself goes down and comes up."""
    every_state(at)
    tcpw.run("ip", "link", "set", "lo", "down")
    at.compare()
    time.sleep(3)
    at.compare()
    tcpw.run("ip", "link", "set", "lo", "up")
    time.sleep(10)
    at.compare()


def in_child(ns, *steps):
    """A process in a namespace that runs the steps and waits to be killed;
    returns when they are done."""
    done, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        with ns:
            kept = [step() for step in steps]
            os.write(tell, b"%d" % len(kept))
            signal.pause()
        os._exit(0)
    os.close(tell)
    check(os.read(done, 1), "the child failed")
    os.close(done)
    return pid


def end_child(pid):
    """Kill it, and with it the last hold on its sockets."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_namespace_deleted(at):
    """With live connections, timewait sockets and orphans, over and over; the
    peers in the namespace that stays must agree."""
    for how in ("alive", "link down", "killed late"):
        with tcpw.veth_pair() as (a, b):
            with a:
                lsock = tcpw.listen(addr="10.11.12.1", port=80)

            def client():
                return [tcpw.connect(lsock, addr="10.11.12.1")
                        for _ in range(5)]

            def local():
                pairs = both_ways(2)
                close_all(pairs[:4])
                return pairs

            pid = in_child(b, client, local)
            at.everywhere(a, b)
            if how == "link down":
                tcpw.run("ip", "-n", b.name, "link", "set", "vb", "down")
            if how != "killed late":
                end_child(pid)
            tcpw.run("ip", "netns", "del", b.name)
            if how == "killed late":
                end_child(pid)
            tcpw.run("ip", "netns", "add", b.name)      # for veth_pair
            with a:
                at.compare()
            time.sleep(3)
            with a:
                at.compare()
            lsock.close()
    with at.ns:
        at.compare({})


# --- IPv6 ---

def test_extension_headers(at):
    """Connections behind options, forged segments behind every header."""
    with tcpw.listen(socket.AF_INET6) as lsock:
        padding = struct.pack("!BBBB4x", 0, 0, 1, 4)    # PadN fills 8 octets
        pairs = []
        for option in (socket.IPV6_DSTOPTS, socket.IPV6_HOPOPTS):
            client = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
            client.setsockopt(socket.IPPROTO_IPV6, option, padding)
            client.connect(lsock.getsockname()[:2])
            pairs.append((client, lsock.accept()[0]))
    at.compare({"ESTAB": 4})
    pairs[0][0].close()
    pairs[1][1].close()
    at.compare({"FIN-WAIT-2": 2, "CLOSE-WAIT": 2})
    close_all(pairs)
    at.compare({"TIME-WAIT": 2})

    options = struct.pack("!BBBB4x", socket.IPPROTO_TCP, 0, 1, 4)
    fragment = struct.pack("!BBHI", socket.IPPROTO_TCP, 0, 0, 7)
    beyond = struct.pack("!BBHI", socket.IPPROTO_TCP, 0, 8, 8)
    ends = [tcpw.established(4500 + 10 * number, socket.AF_INET6)
            for number in range(4)]
    for header, nexthdr, (client, server) in zip(
            (options, fragment, beyond, options), (60, 44, 44, 0), ends):
        rcv_nxt, snd_nxt = tcpw.next_numbers(client)
        for seq, flags in ((rcv_nxt + 5, RST), (rcv_nxt, SYN),
                           (rcv_nxt, FIN | ACK), (rcv_nxt + 1, RST)):
            tcpw.raw_send("::1", "::1", tcpw.tcp_header(
                "::1", "::1", server.getsockname()[1],
                client.getsockname()[1], seq, snd_nxt, flags), header, nexthdr)
            at.compare()
    close_all(ends)


def test_small_mtu(at):
    """The smallest MTU of IPv6 under large writes."""
    tcpw.run("ip", "link", "set", "lo", "mtu", "1280")
    pairs = both_ways()
    for first, second in pairs:
        first.sendall(b"x" * 20000)
        got = 0
        while got < 20000:
            got += len(second.recv(65536))
        first.close()
    at.compare({"FIN-WAIT-2": 4, "CLOSE-WAIT": 4})
    close_all(pairs)
    at.compare({"TIME-WAIT": 4})


def test_link_local(at):
    with tcpw.veth_pair() as (a, b):
        addr = {}
        for ns, dev in ((a, "va"), (b, "vb")):
            addr[dev] = "fe80::1" if dev == "va" else "fe80::2"
            tcpw.run("ip", "-n", ns.name, "addr", "add", addr[dev] + "/64",
                     "dev", dev, "nodad")
        with b:
            lsock = tcpw.listen(socket.AF_INET6, "::", 80)
            scoped = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
            scoped.bind((addr["vb"], 81, 0, socket.if_nametoindex("vb")))
            scoped.listen()
        ends = []
        with a:
            index = socket.if_nametoindex("va")
            for port, listener in ((80, lsock), (81, scoped)) * 3:
                client = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
                client.connect((addr["vb"], port, 0, index))
                ends.append((client, listener.accept()[0]))
        at.everywhere(a, b)
        for client, _ in ends[:2]:
            client.close()
        for _, server in ends[2:4]:
            server.close()
        at.everywhere(a, b)
        close_all(ends)
        at.everywhere(a, b)
        lsock.close()
        scoped.close()


def test_ipv4_mapped(at):
    lsock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    lsock.bind(("::", 0))
    lsock.listen()
    pairs = [tcpw.connect(lsock, family, addr)
             for family, addr in ((socket.AF_INET, "127.0.0.1"),
                                  (socket.AF_INET6, "::ffff:127.0.0.1"),
                                  (socket.AF_INET6, "::1"))
             for _ in range(4)]
    at.compare({"ESTAB": 24})
    for client, server in pairs[::4]:
        client.close()
    for client, server in pairs[1::4]:
        server.close()
    for client, server in pairs[2::4]:
        tcpw.linger0(client)
        client.close()
    at.compare()
    close_all(pairs)
    at.compare()
    lsock.close()


# --- devices ---

def bound(dev, family=socket.AF_INET):
    """A socket of one device only."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if dev:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                        dev.encode())
    return sock


def through(at, a, b, client_dev, server_dev, port):
    """Connections from a to b through these devices, ended in several ways."""
    ends = []
    with b:
        lsock = bound(server_dev)
        lsock.bind(("0.0.0.0", port))
        lsock.listen()
    with a:
        for _ in range(5):
            client = bound(client_dev)
            client.settimeout(5)
            client.connect(("10.11.12.2", port))
            ends.append((client, lsock.accept()[0]))
    at.everywhere(a, b)
    for client, _ in ends[:2]:
        client.close()
    for _, server in ends[2:4]:
        server.close()
    at.everywhere(a, b)
    close_all(ends)
    at.everywhere(a, b)
    lsock.close()


def test_bound_to_device(at):
    with tcpw.veth_pair() as (a, b):
        for port, devs in enumerate((("va", "vb"), ("va", None), (None, "vb")),
                                    80):
            through(at, a, b, *devs, port)
        # the same address and port, twice, on two devices
        with b:
            socks = []
            for dev in ("lo", "vb"):
                sock = bound(dev)
                sock.bind(("0.0.0.0", 90))
                sock.listen()
                socks.append(sock)
            at.compare()
            close_all([socks])


def test_vrf(at):
    with tcpw.veth_pair() as (a, b):
        try:
            for ns, dev in ((a, "va"), (b, "vb")):
                tcpw.run("ip", "-n", ns.name, "link", "add", "red", "type",
                         "vrf", "table", "10")
                tcpw.run("ip", "-n", ns.name, "link", "set", "red", "up")
                tcpw.run("ip", "-n", ns.name, "link", "set", dev, "master",
                         "red")
        except tcpw.Failed as err:
            raise tcpw.Skip(f"no VRF: {err}") from err
        for port, devs in enumerate((("red", "red"), ("va", "vb"),
                                     ("red", "vb")), 80):
            through(at, a, b, *devs, port)
        with b:
            sysctl("net/ipv4/tcp_l3mdev_accept", 1)
        through(at, a, b, "red", None, 83)
        # a SYN that nobody answers
        with a:
            client = bound("red")
            client.setblocking(False)
            client.connect_ex(("10.11.12.77", 80))
        at.everywhere(a, b)
        client.close()
        at.everywhere(a, b)


# --- what sits on top of TCP ---

def test_mptcp(at):
    sysctl("net/mptcp/enabled", 1)
    try:
        lsock = socket.socket(socket.AF_INET, socket.SOCK_STREAM,
                              IPPROTO_MPTCP)
    except OSError as err:
        raise tcpw.Skip(f"no MPTCP: {err}") from err
    lsock.bind(("127.0.0.1", 0))
    lsock.listen()
    ends = []
    for protocol in (IPPROTO_MPTCP, 0) * 4:
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
        client.connect(lsock.getsockname())
        server, _ = lsock.accept()
        client.send(b"hello")
        server.recv(5)
        server.send(b"hello")
        client.recv(5)
        ends.append((client, server))
    at.compare({"ESTAB": 16})
    for client, _ in ends[:2]:
        client.close()
    for _, server in ends[2:4]:
        server.close()
    for client, _ in ends[4:6]:
        client.shutdown(socket.SHUT_WR)
    for client, _ in ends[6:]:
        tcpw.linger0(client)
        client.close()
    at.compare()
    close_all(ends)
    at.compare()
    lsock.close()
    time.sleep(70)
    at.compare()


def bpf(command, attr):
    """bpf(2); Skip where it is not to be had."""
    number = {"x86_64": 321, "aarch64": 280}.get(platform.machine())
    if number is None:
        raise tcpw.Skip("bpf(2) has an unknown number here")
    attr = ctypes.create_string_buffer(attr, 128)
    result = tcpw.LIBC.syscall(number, command, attr, len(attr))
    if result < 0:
        raise tcpw.Skip(f"bpf: {os.strerror(ctypes.get_errno())}")
    return result


def sockmap_of(socks):
    """A sockmap of these sockets; what is sent to the first comes out at the
    second's reader, without a segment."""
    sockmap = bpf(0, struct.pack("=5I", 15, 4, 4, 2, 0))
    # return bpf_msg_redirect_map(msg, &sockmap, 1, BPF_F_INGRESS)
    code = struct.pack("=" + "BBhi" * 7,
                       0x18, 0x12, 0, sockmap, 0, 0, 0, 0,
                       0xb7, 0x03, 0, 1, 0xb7, 0x04, 0, 1,
                       0x85, 0x00, 0, 60, 0xb7, 0x00, 0, 1, 0x95, 0x00, 0, 0)
    insns, gpl = (ctypes.create_string_buffer(data)
                  for data in (code, b"GPL"))
    prog = bpf(5, struct.pack("=IIQQ", 16, 7, ctypes.addressof(insns),
                              ctypes.addressof(gpl)))
    bpf(8, struct.pack("=4I", sockmap, prog, 7, 0))     # BPF_SK_MSG_VERDICT
    for index, sock in enumerate(socks):
        key, value = (ctypes.create_string_buffer(struct.pack("=I", number))
                      for number in (index, sock.fileno()))
        bpf(2, struct.pack("=IxxxxQQQ", sockmap, ctypes.addressof(key),
                           ctypes.addressof(value), 0))
    return sockmap, prog


def test_sockmap_redirect(at):
    one, two = tcpw.pair(), tcpw.pair()
    fds = sockmap_of((one[0], two[1]))
    two[1].settimeout(5)
    for _ in range(10):
        one[0].send(b"around the stack")
        check(two[1].recv(100) == b"around the stack", "not redirected")
    at.compare({"ESTAB": 4})
    one[0].close()
    two[1].close()
    at.compare({"FIN-WAIT-2": 2, "CLOSE-WAIT": 2})
    close_all([one, two])
    at.compare()
    for fd in fds:
        os.close(fd)


def test_conntrack_and_nat(at):
    """Local redirection, DNAT and masquerading at both ends, and a filter on
    conntrack's verdict."""
    with tcpw.veth_pair() as (a, b):
        with a:
            agree_lib.nft(
                ("nat hook output priority -100",
                 "ip daddr 10.11.12.2 tcp dport 8080 dnat ip to"
                 " 10.11.12.2:80"),
                ("nat hook output priority -99",
                 "ip daddr 10.99.99.99 tcp dport 8081 dnat ip to"
                 " 127.0.0.1:81"),
                ("nat hook postrouting priority 100",
                 "oifname va tcp dport 80 masquerade to :20000-30000"),
                ("filter hook input priority 0", "ct state invalid drop"))
            tcpw.run("ip", "route", "add", "10.99.99.0/24", "dev", "lo")
            local = tcpw.listen(addr="127.0.0.1", port=81)
        with b:
            agree_lib.nft(
                ("nat hook prerouting priority -100",
                 "tcp dport 8082 redirect to :80"),
                ("filter hook input priority 0", "ct state invalid drop"))
            lsock = tcpw.listen(addr="10.11.12.2", port=80)
        ends = []
        with a:
            for addr, port, listener in (("10.11.12.2", 8080, lsock),
                                         ("10.11.12.2", 8082, lsock),
                                         ("10.11.12.2", 80, lsock),
                                         ("10.99.99.99", 8081, local)) * 4:
                client = socket.socket()
                client.settimeout(5)
                client.connect((addr, port))
                ends.append((client, listener.accept()[0]))
        at.everywhere(a, b)
        for number, (client, server) in enumerate(ends[:8]):
            (client, server)[number // 4].close()
        for client, _ in ends[8:12]:
            tcpw.linger0(client)
            client.close()
        at.everywhere(a, b)
        close_all(ends)
        at.everywhere(a, b)
        local.close()
        lsock.close()
        time.sleep(70)
        at.everywhere(a, b)


agree_lib.main(globals())
