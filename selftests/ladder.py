#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Ladders of connections whose story is known: what is drawn, to the letter.
Each is drawn live and again from what monitor wrote, which must be the same.
"""
import contextlib
import json
import os
import socket
import tempfile
import time

import client
import tcpw
from tcpw import check

PORT = 8000             # of the server; the client's is the next one


@contextlib.contextmanager
def recorded(work):
    """What happens in a with block goes to a file, as monitor writes it."""
    path = os.path.join(work, "events")
    with open(path, "w", encoding="ascii") as out:
        monitor = client.start("-j", "monitor", stdout=out)
        try:
            client.wait_for_members(1)
            yield path
            tcpw.quiet()
            client.end(monitor)
        finally:
            monitor.kill()


def drawn(play, *options):
    """The ladders of what a function does."""
    with tempfile.TemporaryDirectory() as work:
        live = os.path.join(work, "live")
        with open(live, "w", encoding="ascii") as out, \
                recorded(work) as events:
            ladder = client.start("ladder", *options, stdout=out)
            try:
                client.wait_for_members(2)
                play()
                tcpw.quiet()
                if "-c" in options:     # it ends by itself
                    with tcpw.BUSY:
                        check(ladder.wait(20) == 0, "the ladder failed")
                else:
                    client.end(ladder)
            finally:
                ladder.kill()
        with open(live, encoding="ascii") as text:
            text = text.read()
        again = client.run("ladder", "-i", events, *options)[0]
        check(text == again, f"live:\n{text}from the file:\n{again}")
        return text


def expect(play, *options, want):
    """The ladder must be this one."""
    got = drawn(play, "-T", *options)
    check(got == want.lstrip("\n"), f"got:\n{got}want:{want}")


def talk(one, other):
    """100 octets there, 50 back."""
    one.send(b"x" * 100)
    tcpw.check(len(other.recv(1000)) == 100, "lost")
    other.send(b"x" * 50)
    tcpw.check(len(one.recv(1000)) == 50, "lost")


def normal(family=socket.AF_INET):
    """The client closes, and the server after it."""
    one, other = tcpw.established(PORT, family)
    talk(one, other)
    one.close()
    time.sleep(0.1)
    other.close()


def crossing():
    """Both open and both close, at the same time."""
    tcpw.netem("lo", "delay", "50ms")
    ends = [socket.socket(), socket.socket()]
    for number, end in enumerate(ends):
        end.setblocking(False)
        end.bind(("127.0.0.1", PORT + number))
    for number, end in enumerate(ends):
        end.connect_ex(("127.0.0.1", PORT + 1 - number))
    time.sleep(1)
    for end in ends:
        end.close()
    time.sleep(1)
    tcpw.netem("lo", "delay", "0")


def reset():
    """The server closes with a RST."""
    one, other = tcpw.established(PORT)
    talk(one, other)
    tcpw.linger0(other)
    other.close()
    tcpw.quiet()
    one.close()


def refused():
    """Nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", PORT + 1))
        check(one.connect_ex(("127.0.0.1", PORT)) != 0, "connected")


# --- both ends, side by side ---

def test_normal(_):
    """Up to the end of TIME-WAIT."""
    def play():
        normal()
        time.sleep(68)
    expect(play, want="""
127.0.0.1:8001                                      127.0.0.1:8000
SYN-SENT    |-- SYN seq=0 ---------------------------->|
ESTAB       |<- SYN,ACK seq=0 ack=1 -------------------| SYN-RECV
            |-- ACK seq=1 ack=1 ---------------------->| ESTAB
FIN-WAIT-1  |-- FIN,ACK seq=101 ack=51 --------------->| CLOSE-WAIT
FIN-WAIT-2  |<- ACK seq=51 ack=102 --------------------|
TIME-WAIT   |<- FIN,ACK seq=51 ack=102 ----------------| LAST-ACK
            |-- ACK seq=102 ack=52 ------------------->| UNCONN
UNCONN      |[timer]                                   |
""")


def test_time_wait_goes_on(_):
    expect(normal, "-w", want="""
127.0.0.1:8001                                      127.0.0.1:8000
SYN-SENT    |-- SYN seq=0 ---------------------------->|
ESTAB       |<- SYN,ACK seq=0 ack=1 -------------------| SYN-RECV
            |-- ACK seq=1 ack=1 ---------------------->| ESTAB
FIN-WAIT-1  |-- FIN,ACK seq=101 ack=51 --------------->| CLOSE-WAIT
FIN-WAIT-2  |<- ACK seq=51 ack=102 --------------------|
TIME-WAIT   |<- FIN,ACK seq=51 ack=102 ----------------| LAST-ACK
            |-- ACK seq=102 ack=52 ------------------->| UNCONN
(TIME-WAIT goes on)
""")


def test_ipv6(_):
    expect(lambda: normal(socket.AF_INET6), "-w", want="""
[::1]:8001                                              [::1]:8000
SYN-SENT    |-- SYN seq=0 ---------------------------->|
ESTAB       |<- SYN,ACK seq=0 ack=1 -------------------| SYN-RECV
            |-- ACK seq=1 ack=1 ---------------------->| ESTAB
FIN-WAIT-1  |-- FIN,ACK seq=101 ack=51 --------------->| CLOSE-WAIT
FIN-WAIT-2  |<- ACK seq=51 ack=102 --------------------|
TIME-WAIT   |<- FIN,ACK seq=51 ack=102 ----------------| LAST-ACK
            |-- ACK seq=102 ack=52 ------------------->| UNCONN
(TIME-WAIT goes on)
""")


def test_crossing(_):
    """Half arrows where a segment is under way when the other one leaves."""
    if tcpw.kernel() < (5, 15):
        raise tcpw.NotHere("it refuses the SYN,ACKs of a simultaneous open")
    expect(crossing, "-w", want="""
127.0.0.1:8000                                      127.0.0.1:8001
SYN-SENT    |-- SYN seq=0 ----------------.            |
            |            . SYN seq=0 ------------------| SYN-SENT
            |            ' SYN seq=0 ----------------->| SYN-RECV
SYN-RECV    |<- SYN seq=0 ----------------'            |
ESTAB       |<- SYN,ACK seq=0 ack=1 -------------------|
            |-- SYN,ACK seq=0 ack=1 ------------------>| ESTAB
FIN-WAIT-1  |-- FIN,ACK seq=1 ack=1 ------.            |
            |            . FIN,ACK seq=1 ack=1 --------| FIN-WAIT-1
            |            ' FIN,ACK seq=1 ack=1 ------->| CLOSING
CLOSING     |<- FIN,ACK seq=1 ack=1 ------'            |
TIME-WAIT   |<- ACK seq=2 ack=2 -----------------------|
            |-- ACK seq=2 ack=2 ---------------------->| TIME-WAIT
(TIME-WAIT goes on)
""")


def test_reset(_):
    expect(reset, want="""
127.0.0.1:8001                                      127.0.0.1:8000
SYN-SENT    |-- SYN seq=0 ---------------------------->|
ESTAB       |<- SYN,ACK seq=0 ack=1 -------------------| SYN-RECV
            |-- ACK seq=1 ack=1 ---------------------->| ESTAB
UNCONN      |<- RST,ACK seq=51 ack=101 ----------------| UNCONN
""")


def test_refused(_):
    expect(refused, want="""
127.0.0.1:8001                                      127.0.0.1:8000
SYN-SENT    |-- SYN seq=0 ---------------------------->|
UNCONN      |<- RST,ACK seq=0 ack=1 -------------------|
""")


def test_not_over(_):
    """What has no end when the reader ends."""
    keep = []
    expect(lambda: keep.extend(tcpw.established(PORT)), want="""
127.0.0.1:8001                                      127.0.0.1:8000
SYN-SENT    |-- SYN seq=0 ---------------------------->|
ESTAB       |<- SYN,ACK seq=0 ack=1 -------------------| SYN-RECV
            |-- ACK seq=1 ack=1 ---------------------->| ESTAB
(not over)
""")
    del keep


def test_what_was_before(_):
    """A connection that was there when the reader came.  The second end is
    closed at once, so its FIN carries the ACK that would be sent 40 ms later.
    """
    one, other = tcpw.established(PORT)
    talk(one, other)

    def play():
        other.close()
        one.close()
    expect(play, "-w", want="""
127.0.0.1:8000                                      127.0.0.1:8001
ESTAB       |[before]                          [before]| ESTAB
FIN-WAIT-1  |-- FIN,ACK seq=0 ack=0 ------------------>| CLOSE-WAIT
FIN-WAIT-2  |<- FIN,ACK seq=0 ack=1 -------------------| LAST-ACK
TIME-WAIT   |[the same segment]                        |
            |-- ACK seq=1 ack=1 ---------------------->| UNCONN
(TIME-WAIT goes on)
""")


# --- one end of two ---

def over_veth(family, addrs, active, want):
    """The client's or the server's side of a connection between two."""
    with tcpw.veth_pair() as (a, b):
        tcpw.static_neighbours(a, b)
        reader = a if active else b

        def play():
            with b:
                lsock = tcpw.listen(family, addrs[1], PORT)
            with a:
                one = socket.socket(family)
                one.bind((addrs[0], PORT + 1))
                one.connect((addrs[1], PORT))
            with lsock:
                other, _ = lsock.accept()
            talk(one, other)
            one.close()
            time.sleep(0.1)
            other.close()
            time.sleep(0.1)
        with reader:
            expect(play, "-w", want=want)


def test_only_the_client(_):
    over_veth(socket.AF_INET, ("10.11.12.1", "10.11.12.2"), True, """
10.11.12.1:8001                                    10.11.12.2:8000
SYN-SENT    |-- SYN seq=0 ---------------------------->|
ESTAB       |<- SYN,ACK seq=0 ack=1 -------------------|
FIN-WAIT-1  |-- FIN,ACK seq=101 ack=51 --------------->|
FIN-WAIT-2  |<- ACK seq=51 ack=102 --------------------|
TIME-WAIT   |<- FIN,ACK seq=51 ack=102 ----------------|
(TIME-WAIT goes on)
""")


def test_only_the_server(_):
    over_veth(socket.AF_INET6, ("fd00:11::1", "fd00:11::2"), False, """
[fd00:11::2]:8000                                [fd00:11::1]:8001
SYN-RECV    |-- SYN,ACK seq=0 ack=1 ------------------>|
ESTAB       |<- ACK seq=1 ack=1 -----------------------|
CLOSE-WAIT  |<- FIN,ACK seq=101 ack=51 ----------------|
LAST-ACK    |-- FIN,ACK seq=51 ack=102 --------------->|
UNCONN      |<- ACK seq=102 ack=52 --------------------|
""")


# --- which ones, and how many ---

def test_ends_that_are_asked_for(_):
    """One of three, and no more is waited for."""
    def play():
        for port in (7000, PORT, 7100):
            for sock in tcpw.established(port):
                tcpw.linger0(sock)
                sock.close()
                tcpw.quiet()
    text = drawn(play, "-T", "-c", "1", f":{PORT}", "127.0.0.1")
    head = text.splitlines()[0].split()
    check(head == [f"127.0.0.1:{PORT + 1}", f"127.0.0.1:{PORT}"], text)
    check(len(drawn(play, "-T").split("\n\n")) == 3, "not three")


def test_times(_):
    """Times since the first segment, of the clock, and in JSON."""
    def play():
        normal()
        time.sleep(68)
    with tempfile.TemporaryDirectory() as work:
        with recorded(work) as events:
            began = time.monotonic()
            play()
        text = client.run("ladder", "-i", events)[0].splitlines()
        check(text[0].split()[0] == "ms" and
              text[1].split()[0] == "0.000", f"{text}")
        # the kernel's timer takes up to 4 s longer, polling may add to it
        check(60000 < float(text[-1].split()[0]) < 66000, f"{text}")
        clock = client.run("-t", "ladder", "-i", events)[0].splitlines()
        check(abs(float(clock[1].split()[0]) - began) < 0.5,
              f"{clock}, not {began}")
        ladder = json.loads(client.run("-j", "ladder", "-i", events)[0])
        check(ladder["over"] and ladder["left"]["role"] == "active" and
              len(ladder["rows"]) == len(text) - 1, f"{ladder}")


if __name__ == "__main__":
    tcpw.main(globals())
