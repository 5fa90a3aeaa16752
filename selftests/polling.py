#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The ends of request and timewait sockets: with kprobes they show at once,
without within what the header of /proc/tcpwatch states."""
import contextlib
import os
import time

import tcpw
import ynl
from tcpw import check, expect

ENDS = {"TIME-WAIT": "06", "FIN-WAIT-2": "05", "SYN-RECV": "03"}
RESOLUTION = 0.35       # seconds: 250 ms, and the walk itself


@contextlib.contextmanager
def loaded_with(*params):
    """The module with these parameters for the time of a with block."""
    tcpw.unload()
    tcpw.run("insmod", tcpw.MODULE, *params)
    try:
        yield
    finally:
        tcpw.unload()
        tcpw.load()


def begin():
    """One socket in each of the three states; what keeps them there."""
    tcpw.sysctl("net/ipv4/tcp_fin_timeout", 20)
    tcpw.sysctl("net/ipv4/tcp_synack_retries", 1)
    client, server = tcpw.pair()
    client.close()
    server.close()
    orphan, keep = tcpw.pair()
    orphan.close()
    # a network that swallows the SYN,ACK
    tcpw.run("ip", "link", "add", "hole", "type", "dummy")
    tcpw.run("ip", "addr", "add", "10.9.9.1/24", "dev", "hole")
    tcpw.run("ip", "link", "set", "hole", "up")
    lsock = tcpw.listen(addr="10.9.9.1", port=80)
    tcpw.raw_send("10.9.9.9", "10.9.9.1", tcpw.tcp_header(
        "10.9.9.9", "10.9.9.1", 1234, 80, 1000, 0, tcpw.SYN))
    tcpw.quiet(0.1)
    expect("now", tcpw.Table().now(), dict.fromkeys(ENDS, 1))
    return keep, lsock


def kernel_lacks():
    """Those of the three states that no socket is in any more."""
    with open("/proc/net/tcp", encoding="ascii") as proc:
        states = {line.split()[3] for line in proc}
    return {name for name, number in ENDS.items() if number not in states}


def longest_shown():
    """Until all are over: the longest time for which tcpwatch showed a state
    that the kernel no longer had."""
    kept = begin()
    worst, gone_at = 0, {}
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        for state in kernel_lacks():
            gone_at.setdefault(state, time.monotonic())
        now = tcpw.Table().now()
        for state, since in gone_at.items():
            if state in now:
                worst = max(worst, time.monotonic() - since)
        if len(gone_at) == len(ENDS) and not set(now) & set(ENDS):
            break
        time.sleep(0.02)
    else:
        check(False, f"not over: {tcpw.Table().text}")
    for sock in kept:
        sock.close()
    table = tcpw.Table()
    for state in ENDS:
        expect("moved", table.moved, {(state, "UNCONN", "timer"): 1})
    expect("audit", table.row["audit"], {"drift": 0, "unknown": 0})
    return worst


def test_polled(_):
    with loaded_with("kprobes=0"):
        check(tcpw.Table().polled(), tcpw.Table().text)
        worst = longest_shown()
    print(f"# polled: shown for {worst * 1e3:.0f} ms too long")
    check(worst < RESOLUTION, f"shown for {worst:.3f} s too long")


def test_header(_):
    """How often is said as it is set."""
    with loaded_with("kprobes=0"):
        for sweep_ms, said in ((10000, "250ms/10s"), (1500, "250ms/1500ms"),
                               (200, "100ms/200ms")):
            ynl.cli("--do", "config-set", "--json",
                    f'{{"sweep-ms": {sweep_ms}}}')
            first = tcpw.Table().text.splitlines()[0]
            check(first.endswith(f" ends polled/{said}"), first)


@contextlib.contextmanager
def written(path, during, after):
    """What a file of the kernel's says for the time of a with block."""
    with open(path, "w", encoding="ascii") as knob:
        knob.write(during)
    try:
        yield
    finally:
        with open(path, "w", encoding="ascii") as knob:
            knob.write(after)


def expect_armed():
    """The header says reported, and it is so."""
    check(not tcpw.Table().polled(), tcpw.Table().text)
    with tcpw.netns() as ns, ns:
        worst = longest_shown()
    check(worst < tcpw.QUIET, f"armed: shown for {worst:.3f} s too long")


def disarmed(path):
    """Probes that are disarmed are noticed within one walk: the header says
    polled, and is right; once armed again they are believed again."""
    if tcpw.Table().polled() or not os.path.exists(path):
        raise tcpw.NotHere(f"no kprobes, or no {path}")
    kept = tcpw.pair()          # so that there is something to walk over
    with written(path, "0", "1"):
        time.sleep(tcpw.WALK)
        check(tcpw.Table().polled(), tcpw.Table().text)
        expect("stats", ynl.cli("--do", "stats-get"), {"ends": "polled"})
        worst = longest_shown()
        check(worst < RESOLUTION, f"shown for {worst:.3f} s too long")
    print(f"# disarmed: shown for {worst * 1e3:.0f} ms too long")
    time.sleep(tcpw.WALK)
    expect_armed()
    for sock in kept:
        sock.close()


def test_disarmed(_):
    disarmed("/sys/kernel/debug/kprobes/enabled")


def test_ftrace_off(_):
    disarmed("/proc/sys/kernel/ftrace_enabled")


def test_end_while_disarmed(_):
    """What ended unreported is found before the header says again that all
    is reported: a TIME-WAIT that is cut short takes a whole walk."""
    path = "/sys/kernel/debug/kprobes/enabled"
    if tcpw.Table().polled() or not os.path.exists(path):
        raise tcpw.NotHere(f"no kprobes, or no {path}")
    client, server = tcpw.pair()
    client.close()
    server.close()
    kept = tcpw.pair()
    with written(path, "0", "1"):
        time.sleep(tcpw.WALK)
        tcpw.run("ss", "-K", "state", "time-wait")
        tcpw.quiet(0.1)
        if "TIME-WAIT" in tcpw.ss_states():
            raise tcpw.NotHere("this kernel destroys no TIME-WAIT")
    deadline = time.monotonic() + tcpw.WALK
    while tcpw.Table().polled():
        check(time.monotonic() < deadline, "armed, and still polled")
        time.sleep(0.02)
    expect("now", tcpw.agree().now(), {"TIME-WAIT": 0, "ESTAB": 2})
    for sock in kept:
        sock.close()


def test_reported(_):
    if tcpw.Table().polled():
        print("# this kernel has no kprobes: nothing is reported")
        return
    worst = longest_shown()
    print(f"# reported: shown for {worst * 1e3:.0f} ms too long")
    check(worst < tcpw.QUIET, f"shown for {worst:.3f} s too long")


tcpw.main(globals())
