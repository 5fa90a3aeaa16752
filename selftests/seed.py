#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Loading on a machine that has connections: the first reading says what ss
says, in every state and among thousands of sockets (SEED_CONNECTIONS), under
traffic, and no CPU is held up.  Each test begins with the module unloaded and
ends with it loaded."""
import contextlib
import os
import signal
import socket
import time

import agree_lib
import tcpw
from tcpw import agree, check, expect

MANY = int(os.environ.get("SEED_CONNECTIONS", "4000"))


def seeded():
    """Load, and compare the very first reading with ss."""
    while True:
        before = tcpw.ss_states()
        tcpw.load()
        table = tcpw.Table()
        if tcpw.ss_states() == before:
            break
        tcpw.unload()   # a timer of the kernel's went off in between
    check(table.now() == before,
          f"tcpwatch says {table.now()}, ss says {before}\n{table.text}")
    expect("audit", table.row["audit"], {"drift": 0, "unknown": 0})
    return table


@contextlib.contextmanager
def unloaded():
    """The module is away for the time of a with block, unless it loads it."""
    tcpw.unload()
    try:
        yield
    finally:
        if not os.path.exists("/proc/tcpwatch"):
            tcpw.load()


def across(a, b, lsock):
    """A connection from a to b: (client, server)."""
    with a:
        client = socket.create_connection(lsock.getsockname())
    with b:
        return client, lsock.accept()[0]


def every_state(a, b):
    """Sockets of b in every state there is; returns what keeps them."""
    with b:
        # on loopback, before anything is lost
        keep = [*tcpw.pair(), *tcpw.pair(socket.AF_INET6)]
        for how in ("full", "mini", "time-wait"):
            client, server = tcpw.pair()
            if how == "full":
                client.shutdown(socket.SHUT_WR)
                keep.append(client)
            else:
                client.close()
            if how == "time-wait":
                tcpw.wait_close(server)
                server.close()
            else:
                keep.append(server)
        lsock = tcpw.listen(addr="10.11.12.2", port=80)
    conns = [across(a, b, lsock) for _ in range(4)]
    with b:
        tcpw.netem("vb", "loss", "100%")
        conns[0][1].shutdown(socket.SHUT_WR)    # FIN-WAIT-1
        conns[1][1].shutdown(socket.SHUT_WR)    # CLOSING
    with a:
        for client, _ in conns[1:]:             # CLOSE-WAIT
            client.shutdown(socket.SHUT_WR)
    tcpw.quiet()
    with b:
        conns[3][1].shutdown(socket.SHUT_WR)    # LAST-ACK
        keep.append(tcpw.start(socket.AF_INET, "10.11.12.1", 9))  # SYN-SENT
    with a:                                     # SYN-RECV
        keep.append(tcpw.start(socket.AF_INET, "10.11.12.2", 80))
    return keep + [lsock, *sum(conns, ())]


def test_every_state(_):
    with tcpw.veth_pair() as (a, b), unloaded():
        tcpw.static_neighbours(a, b)
        with b:
            tcpw.sysctl("net/ipv4/ip_local_port_range", "10000 65000")
            tcpw.sysctl("net/ipv4/tcp_fin_timeout", 300)
            keep = crowd(MANY)
        keep += every_state(a, b)
        with b:
            tcpw.quiet(0.5)
            table = seeded()
            check(sorted(table.now()) == sorted(["LISTEN"] + tcpw.STATES),
                  f"not every state: {table.now()}")
            agree()
        # they go on from there
        with b:
            tcpw.netem("vb", "delay", "0")
            time.sleep(15)
            expect("audit", agree().row["audit"], {"drift": 0, "unknown": 0})
            for sock in keep:
                sock.close()
            tcpw.quiet(0.5)
            table = agree()
            expect("audit", table.row["audit"], {"drift": 0, "unknown": 0})
            expect("anomaly", table.row["anomaly"], {"bad-ack": 0})
        with a:
            table = agree()
            expect("audit", table.row["audit"], {"drift": 0, "unknown": 0})


def test_time_wait_ends_in_time(_):
    """One that was there before has its 60 s from when it began."""
    with unloaded():
        client, server = tcpw.pair()
        client.close()
        server.close()
        time.sleep(30)
        expect("now", seeded().now(), {"TIME-WAIT": 1})
        expect("close", tcpw.Table().row["close"], {"active": 0})
        time.sleep(38)          # with HZ=100 its timer is up to 5.12 s late
        table = agree()
        expect("flows", table.row["flows"], {"now": 0})
        expect("corrected", table.moved, {("TIME-WAIT", "UNCONN", "timer"): 1})


class Watcher:
    """A process that runs whenever it may, and knows for how long it could
    not: the longest time for which the CPU was not given away."""

    def __enter__(self):
        self.result, out = os.pipe()
        stopped, self.stop = os.pipe()
        if not os.fork():
            self.watch(stopped, out)
            os._exit(0)
        os.close(out)
        os.close(stopped)
        time.sleep(0.05)
        return self

    @staticmethod
    def watch(stopped, out):
        """In the child: until there is something to read from @stopped."""
        os.set_blocking(stopped, False)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
        longest, last = 0, time.monotonic()
        while True:
            time.sleep(0.0005)
            now = time.monotonic()
            longest, last = max(longest, now - last), now
            try:
                os.read(stopped, 1)
                break
            except BlockingIOError:
                pass
        os.write(out, f"{longest:.6f}".encode())

    def __exit__(self, *_):
        os.write(self.stop, b".")
        self.longest = float(os.read(self.result, 64))
        os.wait()
        os.close(self.stop)
        os.close(self.result)


def crowd(count):
    """Loopback connections in the states that last."""
    socks = []
    lsock = tcpw.listen(addr="0.0.0.0", port=9999)
    for number, (client, server) in enumerate(tcpw.many(lsock, count)):
        socks += [client, server]
        if number % 4 == 1:
            client.shutdown(socket.SHUT_WR)
        elif number % 4 == 2:
            client.close()
        elif number % 16 == 3:
            client.close()
            server.close()
    return [lsock, *socks]


def longest_hold():
    """For how long loading keeps the CPU, the least of several times."""
    holds = []
    for _ in range(3):
        with Watcher() as watcher:
            tcpw.load()
        holds.append(watcher.longest)
        tcpw.unload()
    return min(holds)


def test_many_connections(_):
    """Seeding gives the CPU away in between: the longest time for which it is
    held is the kernel's own, loading any module, as without connections."""
    tcpw.sysctl("net/ipv4/ip_local_port_range", "10000 65000")
    tcpw.sysctl("net/ipv4/tcp_fin_timeout", 300)
    with unloaded():
        bare = longest_hold()
        keep = crowd(MANY)
        full = longest_hold()
        table = seeded()
        print(f"# {MANY} connections: {table.now()}; the CPU was held for"
              f" {full * 1e3:.2f} ms, with none for {bare * 1e3:.2f} ms")
        check(full < bare * 1.2, f"held for {full} s, not {bare} s")
        expect("audit", agree().row["audit"], {"drift": 0, "unknown": 0})
        for sock in keep:
            sock.close()
        expect("audit", agree().row["audit"], {"drift": 0, "unknown": 0})


def test_who_opened(here):
    """An end whose port had a listener when the module came did not open its
    connection; it stays so when the listener goes.  In all namespaces."""
    with tcpw.netns() as other, unloaded():
        keep, lsocks = [], []
        for ns in (here, other):
            with ns:
                for addr in ("127.0.0.1", "::"):
                    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
                    lsocks.append(tcpw.listen(family, addr, 7000 + len(lsocks)))
                    for _ in range(3):
                        keep += tcpw.connect(lsocks[-1], socket.AF_INET,
                                             "127.0.0.1")
        tcpw.load()
        for lsock in lsocks:
            lsock.close()
        time.sleep(tcpw.WALK)
        for number, ns in enumerate((here, other)):
            with ns:
                rows = agree_lib.proc_lines("tcpwatch_ports")
            live = {row[3]: int(row[4]) for row in rows if len(row) > 2}
            ports = (str(7000 + 2 * number), str(7001 + 2 * number))
            check(live == dict.fromkeys(ports, 3) and rows[-1][1] == "0",
                  f"{rows}, not thrice {ports}")
        for sock in keep:
            sock.close()


@contextlib.contextmanager
def traffic():
    """A process that opens and closes connections without a pause, for the
    time of a with block; then it stands still, and what it has stays open.
    What comes of it: a function that ends it."""
    pause = 0.001 if tcpw.clock_stands_still() else 0
    pid = os.fork()
    if not pid:
        keep = []
        with tcpw.listen(addr="0.0.0.0", port=9998) as lsock:
            while True:
                keep += tcpw.connect(lsock, addr="127.0.0.3")
                if len(keep) > 200:
                    for sock in keep[:100]:
                        sock.close()
                    del keep[:100]
                if pause:
                    time.sleep(pause)
    time.sleep(0.5)

    def finish():
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    try:
        yield finish
    finally:
        os.kill(pid, signal.SIGSTOP)


def test_under_traffic(ns):
    """Nothing that happens while the module is loaded is lost."""
    tcpw.sysctl("net/ipv4/ip_local_port_range", "10000 65000")
    tcpw.sysctl("net/ipv4/tcp_fin_timeout", 300)
    # a large crowd takes so long to list that TIME-WAITs end meanwhile
    agree_lib.PATIENCE = 200
    with unloaded():
        keep = crowd(MANY)
        at = agree_lib.Agreement("loading", ns)
        for _ in range(3):
            with traffic() as finish:
                tcpw.load()
                time.sleep(0.1)
            at.compare()
            seen = tcpw.Table()
            finish()
            at.compare()
            tcpw.unload()
        tcpw.load()
        at.compare()
        at.finish(None)
        check(seen.entered()["TIME-WAIT"] > 50, f"no traffic\n{seen.text}")
        for sock in keep:
            sock.close()


def test_walk_goes_on(_):
    """Every flow is compared with the kernel every 10 s, unasked."""
    with unloaded():
        keep = crowd(MANY)
        tcpw.load()
        for _ in range(6):
            time.sleep(5)
            sweep = tcpw.Table().row["sweep"]
            check(sweep["age-ms"] <= 10500, f"the walk rests: {sweep}")
        check(2 <= sweep["passes"] <= 6 and sweep["took-ms"] <= 5500,
              f"the walk is wrong: {sweep}")
        for sock in keep:
            sock.close()


tcpw.main(globals())
