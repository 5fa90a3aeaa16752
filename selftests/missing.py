#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Endpoints that the kernel has and tcpwatch has not: they are counted, said
so, and adopted as soon as there is room."""
import contextlib
import os
import time

import agree_lib
import client
import tcpw
from tcpw import agree, check, expect

SOON = 3                # seconds until a pass that is asked for has ended


def limit(number):
    """Set how many endpoints may be held."""
    tcpw.sysctl("net/tcpwatch/max_flows", number)


def connections(count, lsock):
    """Both ends of loopback connections, in pairs."""
    return list(tcpw.many(lsock, count))


def endpoints():
    """How many ss has, listeners left out."""
    states = tcpw.ss_states()
    states.pop("LISTEN", None)
    return sum(states.values())


def expect_missing(held):
    """The table holds so many, and says how many more ss has."""
    lacks = endpoints() - held
    table = tcpw.Table()
    expect("flows", table.row["flows"], {"now": held})
    expect("audit", table.row["audit"], {"missing": lacks})
    says = "incomplete" in table.text.splitlines()[1].split()
    check(says == bool(lacks), f"{lacks} are missing\n{table.text}")
    return lacks


def expect_whole(name, ns):
    """Endpoint by endpoint what the kernel has, and no doubt about it."""
    at = agree_lib.Agreement(name, ns)
    at.compare()
    at.finish(None)
    expect_missing(endpoints())
    expect("audit", agree().row["audit"],
           {"drift": 0, "unknown": 0, "missing": 0})


def end(pairs):
    """Close connections by RST."""
    for ours, theirs in pairs:
        tcpw.linger0(ours)
        ours.close()
        theirs.close()


def expect_told(lacks):
    """The client says the same, to people and to programs."""
    said = client.run("show")[0]
    check((", incomplete" in said) == bool(lacks) and
          f" missing {lacks}\n" in said, said)
    expect("audit", client.tell("show")["audit"], {"missing": lacks})


def test_full_table(ns):
    """Limit 50, 200 connections: 350 are missing until the limit is raised."""
    limit(50)
    lsock = tcpw.listen(addr="0.0.0.0")
    pairs = connections(200, lsock)
    time.sleep(tcpw.WALK)
    check(expect_missing(50) == 350, "the test is wrong")
    expect_told(350)
    overflow = tcpw.Table().row["table"]["overflow"]
    time.sleep(2 * tcpw.WALK)
    check(tcpw.Table().row["table"]["overflow"] == overflow,
          "looking counts as creation")
    limit(150)
    time.sleep(SOON)
    check(expect_missing(150) == 250, "the test is wrong")
    limit(1000)
    time.sleep(SOON)
    expect_whole("limit raised", ns)
    expect_told(0)
    moved = tcpw.Table().moved
    expect("found", moved, {("UNCONN", "ESTAB", "seed"): 350,
                            ("UNCONN", "ESTAB", "adopt"): 0})
    expect("open", tcpw.Table().row["open"], {"cookie": 0})
    end(pairs)
    expect_whole("limit raised, closed", ns)


def test_room(ns):
    """Those that are missing are adopted as soon as there is room for them,
    and the count follows those that go."""
    limit(40)
    lsock = tcpw.listen(addr="0.0.0.0")
    held, lost = connections(20, lsock), connections(25, lsock)
    time.sleep(tcpw.WALK)
    check(expect_missing(40) == 50, "the test is wrong")
    end(lost[20:])
    time.sleep(tcpw.WALK)
    check(expect_missing(40) == 40, "the test is wrong")
    end(held)
    time.sleep(SOON)
    expect_whole("room", ns)
    check(endpoints() == 40, "the test is wrong")


def test_every_state(ns):
    """A state that a socket can stay in is no obstacle."""
    tcpw.sysctl("net/ipv4/tcp_fin_timeout", 120)
    limit(0)
    keep = []
    for family in tcpw.LOOPBACK:
        for how in ("estab", "full", "mini", "time-wait"):
            ours, theirs = tcpw.pair(family)
            keep += [ours, theirs]
            if how == "full":
                ours.shutdown(tcpw.socket.SHUT_WR)
            elif how != "estab":
                ours.close()
            if how == "time-wait":
                tcpw.wait_close(theirs)
                theirs.close()
    keep.append(tcpw.start(tcpw.socket.AF_INET, "192.0.2.1", 9))
    time.sleep(tcpw.WALK)
    expect_missing(0)
    limit(1000)
    time.sleep(SOON)
    expect_whole("every state", ns)
    time.sleep(60)
    expect_whole("every state, later", ns)


@contextlib.contextmanager
def own_table(buckets):
    """A namespace whose sockets are in a table of their own."""
    if not os.path.exists("/proc/sys/net/ipv4/tcp_child_ehash_entries"):
        raise tcpw.NotHere("this kernel has one table for all namespaces")
    tcpw.sysctl("net/ipv4/tcp_child_ehash_entries", buckets)
    with tcpw.netns() as ns, ns:
        with open("/proc/sys/net/ipv4/tcp_ehash_entries",
                  encoding="ascii") as ctl:
            check(int(ctl.read()) == buckets, "it has no table of its own")
        yield ns


def test_own_table(_):
    """The same in a table of few buckets, with more candidates than one look
    takes; and in one bucket."""
    for buckets in (16, 1):
        with own_table(buckets) as ns:
            limit(10)
            lsock = tcpw.listen(addr="0.0.0.0")
            pairs = connections(800, lsock)
            time.sleep(tcpw.WALK)
            if buckets > 1:
                check(expect_missing(10) == 1590, "the test is wrong")
            expect("flows", tcpw.Table().row["flows"], {"now": 10})
            check("incomplete" in tcpw.Table().text, "it is said nowhere")
            limit(100000)
            time.sleep(tcpw.WALK)
            expect_whole(f"{buckets} buckets", ns)
            end(pairs)
            expect_whole(f"{buckets} buckets, closed", ns)


def test_namespace_goes(_):
    """One that ends while some are missing leaves nothing behind."""
    before = tcpw.kernel_log()
    for tables in (tcpw.netns, lambda: own_table(64)):
        with tables() as ns, ns:
            limit(4)
            end_later = connections(40, tcpw.listen(addr="0.0.0.0"))
            time.sleep(tcpw.WALK)
            expect_missing(4)
            limit(3)            # a pass begins
            end(end_later)
    time.sleep(tcpw.WALK)
    check(tcpw.kernel_log() == before, "\n".join(tcpw.kernel_log()))


def churn(lsock, seconds):
    """Connections that come and go, in a child process."""
    pid = os.fork()
    if pid:
        return pid
    until = time.monotonic() + seconds
    pause = 0.001 if tcpw.clock_stands_still() else 0
    keep = []
    while time.monotonic() < until:
        keep.append(tcpw.connect(lsock, addr="127.0.0.3"))
        if len(keep) > 50:
            end(keep[:40])
            for ours, theirs in keep[40:]:
                ours.close()
                theirs.close()
            keep = []
        if pause:
            time.sleep(pause)
    os._exit(0)


def test_beginnings_are_not_missing(ns):
    """What is just beginning is not missing: passes without a pause find
    nothing in a crowd that comes and goes, and adopt nothing."""
    lsock = tcpw.listen(addr="0.0.0.0")
    pid = churn(lsock, 20)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        limit(2 ** 20)          # asks for a pass
        expect("audit", tcpw.Table().row["audit"], {"missing": 0})
        time.sleep(0.1)
    os.waitpid(pid, 0)
    time.sleep(SOON)
    table = tcpw.Table()
    seeds = [move for move in table.moved if move[2] == "seed"]
    check(not seeds, f"adopted what was no orphan: {seeds}\n{table.text}")
    check(table.row["table"]["created"] > 200, f"no churn\n{table.text}")
    expect_whole("beginnings", ns)


tcpw.main(globals())
