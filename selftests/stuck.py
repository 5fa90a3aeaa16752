#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Endpoints that stay where they ought not to, with the reason; and ports that
run out, with the time when."""
import collections
import os
import socket
import time

import agree_lib
import tcpw
from tcpw import agree, check, expect

COLUMNS = ("family", "state", "laddr", "lport", "raddr", "rport", "if", "ms",
           "why", "rtx", "unacked", "unsent", "window", "timer-ms", "uid",
           "inode")
DESTS = ("family", "laddr", "raddr", "rport", "live", "time-wait", "ports",
         "per-1000s", "left-ms")


def stuck(state):
    """The endpoints listed in a state, oldest first."""
    rows = [dict(zip(COLUMNS, words))
            for words in agree_lib.proc_lines("tcpwatch_stuck")]
    return [row for row in rows if row["state"] == state]


def inode(sock):
    """The inode of a socket, as ss and /proc/PID/fd print it."""
    return os.fstat(sock.fileno()).st_ino


def oldest(state, why, since, **want):
    """The oldest endpoint in a state: its age, its reason and more."""
    rows = stuck(state)
    check(rows, f"nothing in {state}\n{tcpw.Table().text}")
    row = rows[0]
    age = (time.monotonic() - since) * 1e3
    check(abs(int(row["ms"]) - age) < 100 and row["why"] == why,
          f"{row}, not {why} for {age:.0f} ms")
    for key, value in want.items():
        check(int(row[key.replace("_", "-")]) == value, f"{key}: {row}")
    shown = tcpw.Table().row["oldest-ms"][state]
    check(abs(shown - age) < 100, f"oldest {shown}, not {age}")
    return row


def test_close_wait(_):
    """A server that never closes."""
    client, server = tcpw.pair()
    time.sleep(1)
    since = time.monotonic()
    client.shutdown(socket.SHUT_WR)
    time.sleep(tcpw.WALK)
    oldest("CLOSE-WAIT", "application-has-not-closed", since,
           inode=inode(server), uid=0, rtx=0)
    oldest("FIN-WAIT-2", "peer-has-not-closed", since, inode=inode(client))
    # gone at once, though no walk has been by
    server.close()
    tcpw.quiet()
    check(not stuck("CLOSE-WAIT") and not stuck("FIN-WAIT-2"), "still there")
    expect("oldest", tcpw.Table().row["oldest-ms"], {"CLOSE-WAIT": 0})
    client.close()


def test_orphan(_):
    """FIN-WAIT-2 without an owner, in a timewait socket and in a full one."""
    client, server = tcpw.pair()
    since = time.monotonic()
    client.close()
    time.sleep(tcpw.WALK)
    row = oldest("FIN-WAIT-2", "orphan-waits-for-fin", since)
    left = 60 - (time.monotonic() - since)
    check(abs(int(row["timer-ms"]) / 1e3 - left) < 0.2, f"{row}, not {left}")
    server.close()
    tcpw.sysctl("net/ipv4/tcp_fin_timeout", 90)
    client, server = tcpw.pair()
    since = time.monotonic()
    client.close()
    time.sleep(tcpw.WALK)
    row = oldest("FIN-WAIT-2", "orphan-waits-for-fin", since)
    left = 30 - (time.monotonic() - since)
    check(abs(int(row["timer-ms"]) / 1e3 - left) < 0.5, f"{row}, not {left}"
          f"{tcpw.run('ss', '-tano')}")
    server.close()


def test_fin_not_acknowledged(_):
    """A peer that has vanished: each state that waits for the ACK."""
    client, server = tcpw.pair()
    crossing, crossed = tcpw.pair()
    last, first = tcpw.pair()
    first.shutdown(socket.SHUT_WR)
    tcpw.quiet()
    tcpw.netem("lo", "delay", "1s")
    crossing.shutdown(socket.SHUT_WR)
    crossed.shutdown(socket.SHUT_WR)
    time.sleep(0.5)
    tcpw.netem("lo", "loss", "100%", "delay", "1s")
    since = time.monotonic()
    client.close()
    last.close()
    time.sleep(tcpw.WALK)
    for state in ("FIN-WAIT-1", "LAST-ACK"):
        rows = [row for row in stuck(state)
                if row["why"] == "fin-not-acknowledged"]
        check(rows and max(int(row["rtx"]) for row in rows) >= 3,
              f"{state}: {stuck(state)}")
    row = [row for row in stuck("FIN-WAIT-1")
           if row["lport"] == str(server.getpeername()[1])][0]
    fins = tcpw.Table().row["retransmit"]["fin"]
    check(int(row["rtx"]) >= 3 and int(row["unacked"]) == 1
          and abs(int(row["ms"]) - (time.monotonic() - since) * 1e3) < 100,
          f"{row}")
    print(f"# FIN-WAIT-1 after {row['ms']} ms: {row['why']}, {row['rtx']}"
          f" retransmissions; {fins} FINs again in all")
    for sock in (server, crossing, crossed, first):
        sock.close()


def test_fin_behind_window(_):
    """close() with data that the peer has no room for."""
    client, server = tcpw.pair()
    tcpw.fill(client)
    since = time.monotonic()
    client.close()
    time.sleep(tcpw.WALK)
    row = oldest("FIN-WAIT-1", "fin-behind-zero-window", since, window=0)
    check(int(row["unsent"]) > 1, f"{row}")
    server.close()


def test_handshakes(_):
    """SYN-SENT and SYN-RECV that nobody answers; a full accept queue."""
    agree_lib.blackhole()
    lsock = tcpw.listen(addr="10.9.9.1", port=80)
    since = time.monotonic()
    agree_lib.syn_from_hole(80, 1000)
    client = tcpw.start(socket.AF_INET, "10.9.9.9", 80)
    time.sleep(tcpw.WALK)
    row = oldest("SYN-SENT", "no-answer-to-syn", since, inode=inode(client))
    check(int(row["rtx"]) >= 3, f"{row}")
    row = oldest("SYN-RECV", "no-answer-to-syn-ack", since)
    check(int(row["rtx"]) >= 3, f"{row}")
    client.close()
    lsock.close()
    lazy = tcpw.listen()
    lazy.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 60)
    clients = [tcpw.start(socket.AF_INET, *lazy.getsockname())]
    time.sleep(tcpw.WALK)
    rows = [row["why"] for row in stuck("SYN-RECV") if row["raddr"] ==
            "127.0.0.1"]
    check("not-accepted" in rows, f"{rows}\n{tcpw.run('ss', '-tano')}")
    for sock in clients + [lazy]:
        sock.close()


def test_oldest_of_many(_):
    """Sixteen, the oldest, in order; ages of all."""
    keep = []
    with tcpw.listen() as lsock:
        for _ in range(40):
            client, server = tcpw.connect(lsock)
            client.shutdown(socket.SHUT_WR)
            keep += [client, server]
            time.sleep(0.1)
    time.sleep(tcpw.WALK)
    rows = stuck("CLOSE-WAIT")
    ages = [int(row["ms"]) for row in rows]
    want = [str(sock.getsockname()[1]) for sock in keep[:32:2]]
    check(ages == sorted(ages, reverse=True)
          and [row["rport"] for row in rows] == want,
          f"{[row['rport'] for row in rows]}, not {want}")
    with open("/proc/net/tcpwatch_hist", encoding="ascii") as proc:
        counts = collections.Counter()
        for name, _, count in map(str.split, proc):
            counts[name] += int(count)
    expect("ages", counts, {"age-CLOSE-WAIT": 40, "age-FIN-WAIT-2": 40,
                            "age-LAST-ACK": 0})
    for sock in keep:
        sock.close()


def test_not_for_everyone(_):
    """Who may not administer the network may not see whose they are."""
    for name in ("tcpwatch_stuck", "tcpwatch_ports"):
        if not os.fork():
            os.setuid(12345)
            try:
                agree_lib.proc_lines(name)
            except PermissionError:
                os._exit(0)
            os._exit(1)
        check(os.wait()[1] == 0, f"{name} can be read by everyone")


# --- ports ---

def dests():
    """The destinations listed, and the others."""
    rows = agree_lib.proc_lines("tcpwatch_ports")
    return ([dict(zip(DESTS, words)) for words in rows if len(words) > 2],
            int(rows[-1][1]))


def test_destinations(_):
    """Each with its connections, those in TIME-WAIT apart."""
    keep = []
    for number, (live, over) in enumerate(((5, 2), (3, 0), (0, 9))):
        with tcpw.listen(addr="127.0.0.1", port=7000 + number) as lsock:
            for index in range(live + over):
                client, server = tcpw.connect(lsock)
                if index < live:
                    keep += [client, server]
                    continue
                client.close()
                server.close()
    client, server = tcpw.pair(socket.AF_INET6)
    keep += [client, server]
    time.sleep(tcpw.WALK)
    rows, others = dests()
    got = {(row["family"], row["rport"]): (int(row["live"]),
                                           int(row["time-wait"]))
           for row in rows}
    want = {("4", "7000"): (5, 2), ("4", "7001"): (3, 0),
            ("4", "7002"): (0, 9),
            ("6", str(client.getpeername()[1])): (1, 0)}
    check(got == want and others == 0, f"{rows}, {others} others")
    check([row["rport"] for row in rows][:2] == ["7002", "7000"], f"{rows}")
    for sock in keep:
        sock.close()


def test_many_destinations(_):
    """More than there is room for: the sum is right, the large one is there."""
    socks = []
    with tcpw.listen(addr="0.0.0.0", port=7000) as lsock:
        for number in range(400):
            addr = f"127.1.{number // 200}.{number % 200 + 1}"
            socks += tcpw.connect(lsock, addr=addr)
        for _ in range(50):
            socks += tcpw.connect(lsock, addr="127.0.0.1")
    time.sleep(tcpw.WALK)
    rows, others = dests()
    total = sum(int(row["live"]) for row in rows) + others
    check(total == 450, f"{total} in all\n{rows}")
    check(rows[0]["raddr"] == "127.0.0.1" and int(rows[0]["live"]) >= 45
          and len(rows) == 16, f"{rows[0]} of {len(rows)}")
    for sock in socks:
        sock.close()


def test_ports_run_out(_):
    """The time that is left is said before connect() fails."""
    tcpw.sysctl("net/ipv4/ip_local_port_range", "20000 23999")
    tcpw.sysctl("net/ipv4/ip_local_reserved_ports", "20100-20199")
    socks, said = [], []
    begun = time.monotonic()
    next_look = begun + 20
    with tcpw.listen(port=7000, backlog=64) as lsock:
        while True:
            client = socket.socket()
            if client.connect_ex(("127.0.0.1", 7000)):
                break
            socks += [client, lsock.accept()[0]]
            # connect() takes longer once half of the ports are taken
            pace = begun + len(socks) / 2 * 0.02 - time.monotonic()
            time.sleep(max(0, pace))
            if time.monotonic() < next_look:
                continue
            next_look += 4
            rows, _ = dests()
            if rows and rows[0]["left-ms"] != "-":
                left = int(rows[0]["left-ms"]) / 1e3
                said.append((time.monotonic(), left))
                expect("ports", rows[0], {"ports": "3900"})
    end = time.monotonic()
    check(len(socks) == 2 * 3900, f"{len(socks) // 2} ports")
    check(len(said) >= 3, f"nothing was said in {end - begun} s")
    for when, left in said:
        print(f"# after {when - begun:5.1f} s: {left:5.1f} s left, it was"
              f" {end - when:5.1f} s")
    # of the time that it takes in all
    worst = max(abs(when + left - end) for when, left in said)
    check(worst <= 0.1 * (end - begun), f"{worst} s off")
    early = [item for item in said if end - item[0] > 10]
    for when, left in early:
        check(abs(left - (end - when)) <= 0.1 * (end - when),
              f"{left} s left, it was {end - when}")
    for sock in socks:
        sock.close()


tcpw.main(globals())
