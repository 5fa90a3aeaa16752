#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Agreement where a peer sends what no ordinary TCP sends.  It sits behind a
tun device and sends each segment by itself; its packets enter the kernel in
process context."""
import errno
import fcntl
import os
import select
import socket
import struct
import time

import agree_lib
import tcpw
from agree_lib import MSG_FASTOPEN
from tcpw import ACK, FIN, PSH, RST, SYN, check, sysctl

TUNSETIFF = 0x400454ca
IFF_TUN_NO_PI = 0x1001
OURS = {socket.AF_INET: "10.8.8.1", socket.AF_INET6: "fd00:8::1"}
PEERS = {socket.AF_INET: "10.8.8.9", socket.AF_INET6: "fd00:8::9"}
HEADER = {4: 20, 6: 40}         # octets of an IP header without options
MSS = b"\x02\x04\x03\xe8"       # 1000


def stamp(value):
    """A timestamp option (RFC 7323), padded."""
    return b"\x01\x01\x08\x0a" + struct.pack("!II", value, 0)


class Wire:
    """The peer's side of the tun device."""

    def __init__(self, at):
        try:
            self.file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        except OSError as err:
            tcpw.run("modprobe", "tun")
            if err.errno != errno.ENOENT:
                raise
            self.file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        at.keep(self)
        fcntl.ioctl(self.file, TUNSETIFF,
                    struct.pack("16sH22x", b"peer", IFF_TUN_NO_PI))
        for addr in ("10.8.8.1/24", "fd00:8::1/64"):
            tcpw.run("ip", "addr", "add", addr, "dev", "peer",
                     *(["nodad"] if ":" in addr else []))
        tcpw.run("ip", "link", "set", "peer", "up")

    def close(self):
        """Nobody is there any more."""
        os.close(self.file)

    def read(self):
        """The TCP segments that have come: (flags, seq, ack), oldest first."""
        found = []
        while select.select([self.file], [], [], 0.05)[0]:
            packet = os.read(self.file, 65536)
            version = packet[0] >> 4
            if packet[9 if version == 4 else 6] != socket.IPPROTO_TCP:
                continue
            seq, ack, _, flags = struct.unpack_from("!IIBB", packet,
                                                    HEADER[version] + 4)
            found.append((flags, seq, ack))
        return found

    def write(self, src, dst, segment):
        """A packet from the peer."""
        if tcpw.family_of(dst) == socket.AF_INET6:
            header = struct.pack("!IHBB", 6 << 28, len(segment),
                                 socket.IPPROTO_TCP, 64)
            header += tcpw.packed(src) + tcpw.packed(dst)
        else:
            ends = tcpw.packed(src) + tcpw.packed(dst)
            parts = [struct.pack("!BBHHHBB", 0x45, 0, 20 + len(segment), 0, 0,
                                 64, socket.IPPROTO_TCP), b"\0\0", ends]
            parts[1] = struct.pack("!H", tcpw.csum(b"".join(parts)))
            header = b"".join(parts)
        os.write(self.file, header + segment)


class Peer:
    """Its numbers begin at 0 with its SYN, and so do ours."""
    ports = 20000

    def __init__(self, at, wire, family, port):
        Peer.ports += 1
        self.at, self.wire, self.family = at, wire, family
        self.port, self.our_port = Peer.ports, port
        self.isn, self.our_isn = 70000 + Peer.ports, 0

    def ends(self):
        """Address and port to connect to."""
        return PEERS[self.family], self.port

    def hear(self):
        """What came of ours meanwhile: the flags of each segment."""
        heard = self.wire.read()
        for flags, seq, _ in heard:
            if flags & SYN:
                self.our_isn = seq
        return [flags for flags, _, _ in heard]

    def say(self, flags, seq, ack=0, data=b"", options=b""):
        """One segment; then compare."""
        src, dst = PEERS[self.family], OURS[self.family]
        self.wire.write(src, dst, tcpw.tcp_header(
            src, dst, self.port, self.our_port, self.isn + seq,
            self.our_isn + ack if flags & ACK else 0, flags,
            payload=options + data, doff=5 + len(options) // 4))
        heard = self.hear()
        self.at.compare()
        return heard


def serve(at, family, port, **options):
    """A listener at our address."""
    lsock = socket.socket(family)
    lsock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    lsock.bind((OURS[family], port))
    for name, value in options.items():
        lsock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    lsock.listen()
    return at.keep(lsock)


def each_family(at, port):
    """(family, a peer that talks to this port of ours), the ports going on."""
    wire = Wire(at)
    for number, family in enumerate(OURS):
        yield family, Peer(at, wire, family, port + number)


def opened(at, peer, family, options=MSS):
    """The peer connects: (listener, accepted socket)."""
    lsock = serve(at, family, peer.our_port)
    heard = peer.say(SYN, 0, options=options)
    check(heard and heard[0] == SYN | ACK, f"no SYN,ACK came: {heard}")
    peer.say(ACK, 1, 1)
    return lsock, lsock.accept()[0]


def small_fin_wait_2(at, peer, family):
    """Ours closes, the peer acknowledges it: a timewait socket is left."""
    _, sock = opened(at, peer, family)
    sock.close()
    peer.hear()
    at.compare()
    peer.say(ACK, 1, 2)


def only_end(row, **want):
    """Counters of a row of /proc/tcpwatch that are not 0."""
    got = {name: count for name, count in tcpw.Table().row[row].items()
           if count and name not in ("kernel-ms", "rfc9293-ms")}
    want = {name.replace("_", "-"): count for name, count in want.items()}
    check(got == want, f"{row}: {got}, not {want}")


def test_small_fin_wait_2_ack_beyond(at):
    """It looks at no ACK: a FIN that acknowledges too much is taken."""
    for family, peer in each_family(at, 7000):
        small_fin_wait_2(at, peer, family)
        peer.say(FIN | ACK, 1, 3)
    at.compare({"TIME-WAIT": 2})


def test_small_fin_wait_2_data(at):
    """Data end it, also with a FIN, and beyond the first octet."""
    for family, peer in each_family(at, 7010):
        small_fin_wait_2(at, peer, family)
        peer.say(FIN | PSH | ACK, 1, 2, b"x" * 100)
        again = Peer(at, peer.wire, family, peer.our_port + 100)
        small_fin_wait_2(at, again, family)
        again.say(PSH | ACK, 1, 2, b"x")
    at.compare({})
    only_end("small-fin2", data=4)


def test_request_and_old_timestamps(at):
    """A RST and an ACK that PAWS refuses at a request, then one it takes."""
    for family, peer in each_family(at, 7020):
        lsock = serve(at, family, peer.our_port)
        peer.say(SYN, 0, options=MSS + stamp(1000))
        peer.say(RST, 1, options=stamp(1))
        peer.say(RST | ACK, 1, 1, options=stamp(1))
        peer.say(FIN | ACK, 1, 1, options=stamp(1))
        peer.say(ACK, 1, 1, options=stamp(1))
        peer.say(ACK, 1, 1, options=stamp(1001))
        lsock.accept()[0].close()
        peer.say(FIN | ACK, 1, 2, options=stamp(1002))
    rows = [row for row in agree_lib.audit_rows(tcpw.Table())
            if " defer " in row]
    check(not rows, f"nobody deferred: {rows}")


def crossed(at, peer, family, options):
    """Ours connects, the peer's SYN crosses it."""
    sock = at.keep(socket.socket(family))
    sock.bind((OURS[family], peer.our_port))
    sock.setblocking(False)
    sock.connect_ex(peer.ends())
    check(SYN in peer.hear(), "no SYN came")
    peer.say(SYN, 0, options=options)
    return sock


def test_crossed_and_odd_acks(at):
    """Linux leaves SYN-RECV by an ACK that does not acknowledge its SYN."""
    peers = list(each_family(at, 7030))
    for turn, acks in enumerate(((0, 1), (1,), (0, 0), (-1, 0, 1))):
        for family, first in peers:
            peer = Peer(at, first.wire, family, first.our_port + 2 * turn)
            sock = crossed(at, peer, family, MSS + stamp(1000))
            for number, ack in enumerate(acks):
                peer.say(ACK, 1, ack, options=stamp(2000 + number))
            time.sleep(1)
            peer.say(ACK, 1, 1, options=stamp(3000))
            sock.close()
            peer.say(FIN | ACK, 1, 2, options=stamp(3001))


def test_cookie_and_fin(at):
    """A segment with a FIN, with and without data, brings the cookie back."""
    sysctl("net/ipv4/tcp_syncookies", 2)
    for family, first in each_family(at, 7040):
        for number, data in enumerate((b"", b"x" * 100)):
            peer = Peer(at, first.wire, family, first.our_port + 10 * number)
            lsock = serve(at, family, peer.our_port)
            peer.say(SYN, 0, options=MSS)
            peer.say(FIN | PSH | ACK, 1, 1, data)
            lsock.accept()[0].close()
            peer.hear()
            at.compare()
            peer.say(ACK, 2 + len(data), 2)


def test_fast_open_and_fin(at):
    """What comes with a SYN,ACK is read by a Fast Open client alone: a FIN,
    data and a FIN; after one with a wrong echo, which is refused."""
    sysctl("net/ipv4/tcp_fastopen", 5)  # a client without a cookie
    echo = struct.pack("!II", 1000, 12345)
    turn = 0
    for family, first in each_family(at, 7050):
        for data in (b"", b"y" * 20):
            for fast in (True, False):
                turn += 2
                peer = Peer(at, first.wire, family, first.our_port + turn)
                sock = socket.socket(family)
                sock.bind((OURS[family], peer.our_port))
                sock.setblocking(False)
                size = fast_open(sock, peer) if fast else plain_open(sock, peer)
                check(SYN in peer.hear(), "no SYN came")
                peer.say(SYN | ACK, 0, 1 + size,
                         options=MSS + b"\x01\x01\x08\x0a" + echo)
                peer.say(SYN | FIN | ACK, 0, 1 + size, data, MSS)
                peer.say(FIN | ACK, 1, 1 + size, data)
                sock.close()
                peer.hear()
                at.compare()
                peer.say(ACK, 2 + len(data), 2 + size)


def fast_open(sock, peer):
    """Connect by a SYN with data; how many octets."""
    return sock.sendto(b"x" * 500, MSG_FASTOPEN, peer.ends())


def plain_open(sock, peer):
    """By one without."""
    sock.connect_ex(peer.ends())
    return 0


def test_fast_open_child_and_paws(at):
    """A child in SYN-RECV refuses an ACK with an old timestamp."""
    sysctl("net/ipv4/tcp_fastopen", 0x602)      # a server without cookies
    for family, peer in each_family(at, 7060):
        lsock = serve(at, family, peer.our_port, TCP_FASTOPEN=5)
        peer.say(SYN, 0, data=b"x" * 10, options=MSS + stamp(1000))
        sock = lsock.accept()[0]
        peer.say(FIN | ACK, 11, 1, options=stamp(1))
        peer.say(ACK, 11, 1, options=stamp(1))
        peer.say(RST, 11, options=stamp(1))
        peer.say(ACK, 11, 1, options=stamp(2000))
        time.sleep(0.5)
        peer.say(ACK, 11, 1, options=stamp(2000))
        sock.close()
        peer.say(FIN | ACK, 11, 2, options=stamp(2001))


if __name__ == "__main__":
    agree_lib.main(globals())
