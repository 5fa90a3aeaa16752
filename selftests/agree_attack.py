#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Agreement under forged segments: RST, SYN, FIN and anything else, with
numbers inside and outside of the window, wrong ACKs and bad checksums, at
connections in each state (RFC 5961)."""
import random
import socket
import time

import agree_lib
import tcpw
from agree_lib import FAMILIES, close_all
from tcpw import ACK, FIN, PSH, RST, SYN, established, next_numbers

FLAGS = (RST, RST | ACK, SYN, SYN | ACK, SYN | RST, FIN, FIN | ACK, ACK, 0,
         FIN | SYN | RST | PSH | ACK)
SEQS = (-2 ** 31, -70000, -2, -1, 0, 1, 500, 30000, 2 ** 20, 2 ** 30)
ACKS = (0, 1, -1, 2 ** 30, -2 ** 30)


class Victim:
    """One end of a loopback connection whose numbers we know."""

    def __init__(self, sock):
        self.family = sock.family
        self.local, self.remote = sock.getsockname(), sock.getpeername()
        self.rcv_nxt, self.snd_nxt = next_numbers(sock)

    def shoot(self, seq, ack, flags, **more):
        """Send it a segment in its peer's name, numbers relative to the
        right ones."""
        src, dst = self.remote[0], self.local[0]
        tcpw.raw_send(src, dst, tcpw.tcp_header(
            src, dst, self.remote[1], self.local[1], self.rcv_nxt + seq,
            self.snd_nxt + ack, flags, **more))


def connections(port):
    """One over each family: (client, server, a Victim for each of them)."""
    found = []
    for family in FAMILIES:
        ends = established(port, family)
        found.append(ends + tuple(Victim(sock) for sock in ends))
        port += 10
    return found


def barrage(at, victims, flags, seqs, acks):
    """All of these segments at each victim."""
    for victim in victims:
        for seq in seqs:
            for ack in acks:
                victim.shoot(seq, ack, flags)
    at.compare()


def test_blind_rst(at):
    """Only the exact number resets."""
    ends = connections(4400)
    for flags in (RST, RST | ACK):
        barrage(at, [end for con in ends for end in con[2:]], flags,
                [seq for seq in SEQS if seq], ACKS)
    at.compare({"ESTAB": 4})
    for con in ends:
        con[2].shoot(0, 0, RST, good_csum=False)
    at.compare({"ESTAB": 4})
    for con in ends:
        con[2].shoot(0, 0, RST)
    at.compare({"ESTAB": 2})
    for con in ends:
        con[3].shoot(0, 2 ** 30, RST | ACK)
    at.compare()
    close_all(con[:2] for con in ends)


def test_blind_syn(at):
    ends = connections(4430)
    for flags in (SYN, SYN | ACK):
        barrage(at, [end for con in ends for end in con[2:]], flags, SEQS,
                ACKS)
    at.compare()
    close_all(con[:2] for con in ends)


def test_blind_fin_and_data(at):
    """Wrong ACKs, no ACK, beyond the window, ahead of what is missing."""
    ends = connections(4460)
    outside = [seq for seq in SEQS if seq]
    victims = [end for con in ends for end in con[2:]]
    barrage(at, victims, FIN, outside + [0], ACKS)
    barrage(at, victims, FIN | ACK, [0], [2 ** 30, -2 ** 30])
    barrage(at, victims, FIN | ACK, [-2 ** 31, -70000, 2 ** 30], [0])
    for victim in victims[1::2]:
        victim.shoot(0, 0, FIN | ACK, payload=b"forged", good_csum=False)
    at.compare({"ESTAB": 4})
    close_all(con[:2] for con in ends)


def test_early_fin(at):
    """A FIN ahead of missing data counts when the data have come."""
    ends = connections(4520)
    for con in ends:
        con[2].shoot(100, 0, FIN | ACK)
        con[3].shoot(100, 0, FIN | ACK, payload=b"in between")
    at.compare({"ESTAB": 4})
    for con in ends:
        con[1].send(b"y" * 100)         # what was missing
    at.compare({"ESTAB": 2, "CLOSE-WAIT": 2})
    close_all(con[:2] for con in ends)


def test_bad_checksums(at):
    ends = connections(4490)
    for con in ends:
        for victim in con[2:]:
            for flags in FLAGS:
                for seq in (0, 1):
                    victim.shoot(seq, 0, flags, good_csum=False)
    at.compare({"ESTAB": 4})
    close_all(con[:2] for con in ends)


def at_halfway(at, port, halfway):
    """Every kind of segment, a volley for each, at ends in some state."""
    for number, flags in enumerate(FLAGS):
        ends = connections(port + 20 * number)
        halfway(ends)
        at.compare()
        for con in ends:
            for victim in con[2:]:
                for seq in SEQS:
                    victim.shoot(seq, ACKS[number % len(ACKS)], flags)
        at.compare()
        close_all(con[:2] for con in ends)
        at.compare()


def test_established(at):
    at_halfway(at, 5000, lambda ends: None)


def test_half_closed(at):
    """FIN-WAIT-2 and CLOSE-WAIT."""
    at_halfway(at, 5200, lambda ends: [con[0].shutdown(socket.SHUT_WR)
                                       for con in ends])


def test_half_orphaned(at):
    """FIN-WAIT-2 without its socket, and CLOSE-WAIT."""
    at_halfway(at, 5400, lambda ends: [con[1].close() for con in ends])


def test_time_wait(at):
    def both(ends):
        for con in ends:
            con[0].close()
            tcpw.quiet()
            con[1].close()
    at_halfway(at, 5600, both)


def test_fin_wait_1(at):
    """The FIN waits behind data that the peer has no room for."""
    def filled(ends):
        for con in ends:
            tcpw.fill(con[0])
            con[0].shutdown(socket.SHUT_WR)
    at_halfway(at, 5800, filled)


def test_listener(at):
    """Everything at a port that listens, and at one that does not."""
    agree_lib.blackhole()
    at.keep(tcpw.listen(addr="10.9.9.1", port=80))
    for dport in (80, 81):
        for sport, flags in enumerate(FLAGS, 2000):
            for ack in (0, 7):
                tcpw.raw_send("10.9.9.9", "10.9.9.1", tcpw.tcp_header(
                    "10.9.9.9", "10.9.9.1", sport, dport, 1000, ack, flags))
    at.compare({"SYN-RECV": 1})


def test_syn_recv(at):
    """A request, a listener behind it, and every segment at it."""
    tcpw.sysctl("net/ipv4/tcp_synack_retries", 1)
    agree_lib.blackhole()
    at.keep(tcpw.listen(addr="10.9.9.1", port=80))
    for sport, flags in enumerate(FLAGS * 2, 3000):
        agree_lib.syn_from_hole(80, sport)
        for seq in SEQS:
            tcpw.raw_send("10.9.9.9", "10.9.9.1", tcpw.tcp_header(
                "10.9.9.9", "10.9.9.1", sport, 80, 1001 + seq, 7, flags,
                good_csum=sport < 3000 + len(FLAGS)))
    at.compare()
    time.sleep(10)
    at.compare({})


def test_syn_sent(at):
    """No peer there: RSTs and SYN,ACKs with a wrong ACK, then SYNs."""
    agree_lib.blackhole()
    for sport, flags in enumerate(FLAGS, 3100):
        at.keep(tcpw.start(socket.AF_INET, "10.9.9.9", 80,
                           ("10.9.9.1", sport)))
        for ack in ACKS:
            tcpw.raw_send("10.9.9.9", "10.9.9.1", tcpw.tcp_header(
                "10.9.9.9", "10.9.9.1", 80, sport, 1000, 77 + ack, flags))
        at.compare()
    time.sleep(3)
    at.compare()


def test_random_segments(at):
    """Whatever the dice say, mostly near the right numbers."""
    rng = random.Random(11)
    for number in range(15):
        ends = connections(6000 + 20 * number)
        for con in ends:
            way = rng.randrange(4)
            if way < 2:
                con[way].shutdown(socket.SHUT_WR)
            tcpw.quiet()
            for _ in range(30):
                rng.choice(con[2:]).shoot(
                    rng.choice(SEQS) + rng.randrange(3),
                    rng.choice(ACKS[:3]), rng.randrange(64),
                    payload=b"z" * rng.choice((0, 0, 1, 100)),
                    good_csum=rng.random() < 0.9)
        at.compare()
        close_all(con[:2] for con in ends)
        at.compare()


agree_lib.main(globals())
