#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Agreement where no header tells what happens: a socket filter drops what
every number is right of, and a socket is bound to an interface while it is
connected."""
import contextlib
import ctypes
import socket
import struct
import time

import agree_lib
import tcpw
from agree_lib import FAMILIES, close_all
from tcpw import ACK, FIN, PSH, RST, SYN, check

SO_BINDTODEVICE = 25
SO_ATTACH_FILTER = 26
DROP = struct.pack("HBBI", 6, 0, 0, 0)          # ret 0: keep no octet

# Flags, and where sequence number and ACK stand: all but one would be taken.
SEGMENTS = ((RST, 0, 0), (RST | ACK, 0, 0), (FIN | ACK, 0, 0), (SYN, 0, 0),
            (FIN | ACK, 0, 1), (ACK, 0, 1), (FIN | ACK | PSH, 0, 0),
            (RST, -1, 0), (ACK, 0, 0), (SYN | ACK, 0, 0), (RST, 1, 0))


def drop_all(sock):
    """The socket takes no segment any more."""
    code = ctypes.create_string_buffer(DROP)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("@HP", 1, ctypes.addressof(code)))


def numbered(sock):
    """How to send this socket a segment as if its peer had."""
    local, peer = sock.getsockname(), sock.getpeername()
    rcv_nxt, snd_nxt = tcpw.next_numbers(sock)

    def send(flags, seq, ack):
        tcpw.raw_send(peer[0], local[0], tcpw.tcp_header(
            peer[0], local[0], peer[1], local[1], rcv_nxt + seq,
            snd_nxt + ack, flags))
    return send


def filtered(at, port, halfway):
    """Each segment for both ends of a connection that takes none, halfway
    through; then both are closed at once."""
    for family in FAMILIES:
        for flags, seq, ack in SEGMENTS:
            ends = tcpw.established(port, family)
            port += 4
            for sock in ends:
                drop_all(sock)
            halfway(*ends)
            tcpw.quiet()
            senders = [numbered(sock) for sock in ends]
            at.compare()
            for send in senders:
                send(flags, seq, ack)
            at.compare()
            close_all([ends])
            at.compare()
    tcpw.quiet(70)


def test_filter_in_estab(at):
    """A socket filter drops segments of an established connection."""
    filtered(at, 9000, lambda client, server: None)


def test_filter_after_our_fin(at):
    """The same once one end has sent its FIN."""
    filtered(at, 9200, lambda client, server:
             client.shutdown(socket.SHUT_WR))


def test_filter_after_both_fins(at):
    """And where the other has."""
    filtered(at, 9400, lambda client, server:
             server.shutdown(socket.SHUT_WR))


def bind_to(sock, dev):
    """Bind to an interface, or to none."""
    sock.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, dev.encode() + b"\0")


def test_bound_while_connected(at):
    """Sockets that are bound to an interface after they have connected, and
    freed again, at every step of a connection's life."""
    tcpw.run("ip", "link", "add", "other", "type", "dummy")
    tcpw.run("ip", "link", "set", "other", "up")
    for number, family in enumerate(FAMILIES):
        lsock = tcpw.listen(family, port=12500 + number)
        client, server = tcpw.connect(lsock)
        at.compare()
        for sock, dev in ((client, "lo"), (server, "lo"), (lsock, "lo"),
                          (client, ""), (client, "lo"), (server, "")):
            bind_to(sock, dev)
            at.compare()
        second = tcpw.connect(lsock)
        at.compare()
        client.send(b"x")
        server.send(b"x")
        at.compare()
        client.shutdown(socket.SHUT_WR)
        at.compare()
        bind_to(server, "lo")
        server.close()
        at.compare()
        close_all([(client, *second)])
        at.compare()
        bind_to(lsock, "")
        at.compare()
        lsock.close()
        at.compare()


def test_bound_where_nothing_comes(at):
    """The walk looks for a socket that it no longer finds, and each has its
    own interface in the list."""
    tcpw.run("ip", "link", "add", "other", "type", "dummy")
    tcpw.run("ip", "link", "set", "other", "up")
    for family in FAMILIES:
        with tcpw.listen(family) as lsock:
            ends = [tcpw.connect(lsock) for _ in range(4)]
            for first, second in ends:
                bind_to(first, "lo")
                bind_to(second, "other")
            time.sleep(tcpw.WALK)
            at.compare()
            listed = sorted(dev for dev in bound_ifs() if dev)
            lo, other = map(socket.if_nametoindex, ("lo", "other"))
            check(listed == sorted([lo, other] * 4), f"listed: {listed}")
            for first, second in ends:
                bind_to(second, "lo")
            time.sleep(tcpw.WALK)
            at.compare()
            check(sorted(dev for dev in bound_ifs() if dev) == [lo] * 8,
                  "bound once more, and listed as before")
            for first, second in ends:
                close_all([(first, second)])
                at.compare()
    tcpw.quiet(70)


@contextlib.contextmanager
def two_networks():
    """Namespaces with the same addresses, one behind an interface that a VRF
    has, one behind one that it has not."""
    with tcpw.netns() as plain, tcpw.netns() as routed:
        tcpw.run("ip", "link", "add", "red", "type", "vrf", "table", "10")
        tcpw.run("ip", "link", "set", "red", "up")
        for peer, dev in ((plain, "va"), (routed, "vb")):
            tcpw.run("ip", "link", "add", dev, "type", "veth", "peer", "name",
                     "far", "netns", peer.name)
            if peer is routed:
                tcpw.run("ip", "link", "set", dev, "master", "red")
            for where, name, host in (([], dev, 1),
                                      (["-n", peer.name], "far", 2)):
                for addr in (f"10.55.0.{host}/24", f"fd00:55::{host}/64"):
                    tcpw.run("ip", *where, "addr", "add", addr, "dev", name,
                             *(["nodad"] if ":" in addr else []))
                tcpw.run("ip", *where, "link", "set", name, "up")
        yield plain, routed


def twins(family, addr, ports, peers):
    """Two connections of one tuple, [(client, server)]: the first client is
    bound to nothing, the other to a VRF."""
    ends = []
    for peer, dev in zip(peers, ("", "red")):
        with peer:
            lsock = tcpw.listen(family, addr[1], ports[1])
        client = socket.socket(family)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bind_to(client, dev)
        client.bind((addr[0], ports[0]))
        client.connect((addr[1], ports[1]))
        ends.append((client, lsock.accept()[0]))
        lsock.close()
    return ends


def test_twins(at):
    """Two connections whose tuples are the same, in a VRF and outside: each
    has its own flow, whichever moves and whichever ends first."""
    with two_networks() as peers:
        for number, family in enumerate(FAMILIES):
            addr = ("10.55.0.1", "10.55.0.2") if family == socket.AF_INET \
                else ("fd00:55::1", "fd00:55::2")
            for first in (0, 1):
                ends = twins(family, addr, (12600 + 2 * number + first, 80),
                             peers)
                at.compare()
                red = socket.if_nametoindex("red")
                check(sorted(bound_ifs()) == [0, red], bound_ifs())
                client, server = ends[first]
                client.shutdown(socket.SHUT_WR)
                at.compare()
                server.send(b"x")
                at.compare()
                tcpw.linger0(server)
                server.close()
                at.compare()
                check(bound_ifs() == [(red, 0)[first]], bound_ifs())
                client.close()
                client, server = ends[1 - first]
                server.close()
                at.compare()
                client.close()
                at.compare()
    tcpw.quiet(70)


def bound_ifs():
    """The interface of each connection that has not been closed."""
    return [end.ifindex for end in agree_lib.mirror_endpoints()
            if end.state not in ("LISTEN", "TIME-WAIT")]


if __name__ == "__main__":
    agree_lib.main(globals())
