#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tens of thousands of endpoints, and of connections at full speed: nothing is
told twice or left out, and what is lost is told as lost.  make soak has more
of them."""
import collections
import json
import os
import signal
import subprocess
import tempfile
import time

import agree
import client
import tcpw
from tcpw import check

CROWD = int(os.environ.get("CROWD_CONNECTIONS", "15000"))
STREAM = int(os.environ.get("STREAM_CONNECTIONS", "15000"))


def churn():
    """A process that opens and closes connections for as long as it lives."""
    pid = os.fork()
    if pid:
        return pid
    tcpw.LIBC.prctl(1, signal.SIGKILL)      # PR_SET_PDEATHSIG
    with tcpw.listen(addr="127.9.9.9") as lsock:
        while True:
            for sock in tcpw.connect(lsock):
                sock.close()


def opened():
    """Connections that were opened so far, both ends counted."""
    return tcpw.Table().state["ESTAB"]["entered"]


def dump_slowly(path):
    """A dump that is held up again and again until some thousand connections
    have come and gone; how many ends of connections came."""
    with open(path, "w", encoding="ascii") as out:
        before = opened()
        dump = subprocess.Popen([client.PATH, "-n", "list", "-o",
                                 "local,peer,state"], stdout=out)
        while dump.poll() is None and opened() < before + 4000:
            dump.send_signal(signal.SIGSTOP)
            time.sleep(0.1)
            dump.send_signal(signal.SIGCONT)
            time.sleep(0.05)
        check(dump.wait() == 0, "the dump failed")
        return opened() - before


def told(path):
    """How often each endpoint was told, and in which state, by both ends."""
    counts, states = collections.Counter(), {}
    with open(path, encoding="ascii") as rows:
        for row in rows:
            words = row.split()
            if ":" in words[0]:
                counts[tuple(words[:2])] += 1
                states[tuple(words[:2])] = words[2]
    return counts, states


def by_ss():
    """Both ends of all sockets, as ss has them."""
    rows = (row.split() for row in tcpw.run("ss", "-tanH").splitlines())
    return {(row[3], row[4]): row[0] for row in rows if row[0] != "LISTEN"}


def both_ends(pairs):
    """Both ends of both sockets of each pair, as ss prints them."""
    for pair in pairs:
        for sock in pair:
            local, peer = sock.getsockname(), sock.getpeername()
            yield f"{local[0]}:{local[1]}", f"{peer[0]}:{peer[1]}"


def expect_each_once(path, pairs):
    """What was there all the time is told once each, in the state that ss
    says; ss itself may miss some while others come and go."""
    lasting = set(both_ends(pairs))
    before = by_ss()
    turnover = dump_slowly(path)
    ss = {**before, **by_ss()}
    unknown = sum(ss.get(ends) != "ESTAB" for ends in lasting)
    check(unknown < 10, f"ss does not know {unknown} of {len(lasting)}")
    counts, states = told(path)
    wrong = {ends: (counts[ends], states.get(ends)) for ends in lasting
             if counts[ends] != 1 or states[ends] != "ESTAB"}
    check(not wrong, f"{len(wrong)} of {len(lasting)} not told once: "
          f"{list(wrong.items())[:5]}")
    twice = [ends for ends, count in counts.items() if count != 1]
    print(f"# {len(lasting)} lasted, each told once, {unknown} of them not "
          f"by ss; {turnover} ends of connections came meanwhile, "
          f"{len(twice)} of others told twice", flush=True)
    check(turnover >= 2000, f"only {turnover} came and went")


def dump(count, more):
    """Dumps with so many connections, and again with more of them."""
    tcpw.sysctl("net/ipv4/ip_local_port_range", "1024\t65535")
    with tempfile.TemporaryDirectory() as work, \
            tcpw.listen(addr="0.0.0.0", backlog=4096) as lsock:
        keep = tcpw.many(lsock, count)
        crowd = churn()
        path = os.path.join(work, "dump")
        try:
            expect_each_once(path, keep)
            if more:
                keep += tcpw.many(lsock, more)
                expect_each_once(path, keep)
        finally:
            os.kill(crowd, signal.SIGKILL)
            os.waitpid(crowd, 0)
        for pair in keep:
            for sock in pair:
                tcpw.linger0(sock)
                sock.close()


def test_dump_while_the_table_grows(_):
    """It has 32,768 buckets, and grows at three quarters of that."""
    dump(12000, 1000)


def test_dump(_):
    dump(CROWD, 0)


class Replay:
    """The states that a reader of monitor -j -r knows."""

    def __init__(self):
        self.states = {}
        self.up_to = 0           # the snapshot has all up to this number
        self.received = 0
        self.lost = 0
        self.losses = 0
        self.resyncs = 0
        self.next = 0

    def number(self, seq, count=1):
        """Numbers must follow each other, received or lost."""
        check(not self.next or seq == self.next,
              f"number {seq} after {self.next - 1}")
        self.next = seq + count

    def line(self, row):
        """One line of what the client printed."""
        if "resync" in row:
            self.states = {}
            self.up_to = row["seq"]
            self.resyncs += 1
        elif "snapshot" in row:
            self.states[key_of(row)] = row["state"]
        elif "lost" in row:
            self.number(row["seq"], row["lost"])
            self.lost += row["lost"]
            self.losses += 1
        else:
            self.number(row["seq"])
            self.received += 1
            if row["seq"] > self.up_to:
                self.event(row)

    def event(self, row):
        """A transition that the snapshot may not have."""
        if row["new"] == "unconn":
            self.states.pop(key_of(row), None)
        else:
            self.states[key_of(row)] = row["new"]


def key_of(row):
    """Both ends as ss prints them."""
    return (f"{row['laddr']}:{row['lport']}", f"{row['raddr']}:{row['rport']}")


def full_speed(work, count):
    """Connections without an end until there were enough."""
    nginx = agree.start_nginx(work, 100)
    try:
        while opened() < 2 * count:
            subprocess.run(
                ["wrk", "-t", "1", "-c", "50", "-d", "5", "-H",
                 "Connection: close", "http://127.0.0.1:8080/"],
                stdout=subprocess.DEVNULL, check=True)
    finally:
        nginx.terminate()
        nginx.wait()


def replay(path):
    """What a reader knows at the end."""
    reader = Replay()
    with open(path, encoding="ascii") as rows:
        for row in rows:
            reader.line(json.loads(row))
    return reader


def stop_for_a_while(monitor):
    """Let a process sleep in the midst of it."""
    before = opened()
    while opened() < before + 200:
        time.sleep(0.05)
    os.kill(monitor.pid, signal.SIGSTOP)
    while opened() < before + 2000:
        time.sleep(0.05)
    os.kill(monitor.pid, signal.SIGCONT)
    os._exit(0)


def stream(buffer, pause=False):
    """monitor -j through all of it; what a reader knows then equals ss."""
    tcpw.sysctl("net/ipv4/ip_local_port_range", "1024\t65535")
    with tempfile.TemporaryDirectory() as work, \
            open(os.path.join(work, "events"), "w", encoding="ascii") as out:
        keep = [tcpw.pair() for _ in range(20)]     # before it listens
        monitor = subprocess.Popen(
            [client.PATH, "-j", "monitor", "-r", "-b", buffer], stdout=out)
        with tcpw.BUSY:
            while not os.path.getsize(out.name):    # it has joined then
                time.sleep(0.1)
        began = client.tell("show")["events"]["seq"]
        keep += [tcpw.pair() for _ in range(20)]
        sleeper = os.fork() if pause else -1
        if sleeper == 0:
            stop_for_a_while(monitor)
        full_speed(work, max(STREAM // 10, 3000) if pause else STREAM)
        if pause:
            os.waitpid(sleeper, 0)
        for number, (one, _) in enumerate(keep):
            if number % 2:
                one.close()
        tcpw.quiet(2)
        reader = None
        for _ in range(20):     # a timer may go off in between
            ss = by_ss()
            tcpw.quiet(0.3)
            if by_ss() == ss:
                break
        monitor.terminate()
        check(monitor.wait() == 0, "monitor failed")
        seq = client.tell("show")["events"]["seq"]
        ss = by_ss()
        reader = replay(out.name)
        states = {key: state.upper() for key, state in reader.states.items()}
        print(f"# {reader.received} transitions received, {reader.lost} "
              f"lost in {reader.losses} gaps, {reader.resyncs} snapshots, "
              f"{len(ss)} endpoints at the end", flush=True)
        check(reader.received + reader.lost == seq - began,
              f"{reader.received} + {reader.lost} is not {seq} - {began}")
        wrong = {key: (states.get(key), ss.get(key))
                 for key in states.keys() | ss.keys()
                 if states.get(key) != ss.get(key)}
        check(not wrong, f"{len(wrong)} differ from ss: "
              f"{list(wrong.items())[:5]}")
    return reader


def test_stream_with_a_pause(_):
    """A reader that does not read for a while: what it missed is told as
    lost, and it knows all states again after that."""
    reader = stream("0", pause=True)
    check(reader.lost and reader.resyncs > 1, "nothing was lost: no test")


def test_stream_with_the_default_buffer(_):
    reader = stream("0")
    check(reader.received > STREAM, "hardly anything received")


if __name__ == "__main__":
    tcpw.main(globals())
