#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Faults made on purpose: doctor finds each, says whose it is and since when,
and finds nothing else; and nothing on a machine that is well."""
import json
import os
import pty
import socket
import subprocess
import tempfile
import time

import agree
import agree_lib
import client
import tcpw
from tcpw import check

COMM = "plan\033[7mter" # what this process calls itself
FOUND = 4               # exit status


def watch():
    """Have the walk that finds who is stuck go by often."""
    client.run("config", "sweep-ms", "200")


def examine(during=None, seconds=2, status=FOUND):
    """What doctor finds, by id; during() happens between its two looks."""
    ours, theirs = pty.openpty()
    with client.start("-j", "doctor", "-i", str(seconds), stderr=theirs,
                      stdout=subprocess.PIPE) as doctor:
        with tcpw.BUSY:         # it tells a terminal when it has looked once
            said = os.read(ours, 1000)
        check(b"looking for" in said, f"{said}")
        if during:
            during()
        out = doctor.communicate()[0]
    os.close(theirs)
    os.close(ours)
    findings = json.loads(out)
    check(doctor.returncode == status,
          f"ended with {doctor.returncode}: {findings}")
    for finding in findings:
        check(finding["why"] and finding["advice"] and finding["what"],
              f"says nothing: {finding}")
    ids = [finding["id"] for finding in findings]
    check(len(ids) == len(set(ids)), f"twice: {findings}")
    return dict(zip(ids, findings))


def only(findings, *ids):
    """These were found and nothing else; the first of them."""
    check(set(findings) == set(ids),
          f"found {list(findings)}, not {ids}: {findings}")
    return findings[ids[0]] if ids else None


def inode(sock):
    """The number of a socket, as /proc/PID/fd has it."""
    return os.fstat(sock.fileno()).st_ino


def mine(finding, sock):
    """It is said to be a socket of this process."""
    who = {"pid": os.getpid(), "comm": COMM, "uid": 0, "inode": inode(sock)}
    check(finding.get("who") == who, f"{finding} is not of {who}")


def single(finding, severity, ends, since):
    """It names one endpoint, and since when."""
    sockets = finding["sockets"]
    check(finding["severity"] == severity and len(sockets) == 1,
          f"not one {severity}: {finding}")
    got = (sockets[0]["laddr"], sockets[0]["lport"],
           sockets[0]["raddr"], sockets[0]["rport"])
    check(got == ends, f"{got} is not {ends}")
    age = time.monotonic() - since
    check(abs(finding["since-ns"] / 1e9 - age) < 1 and
          finding["since-ns"] == sockets[0]["age-ns"],
          f"{finding} is not {age} s old")


def ends_of(sock):
    """Both ends, flat."""
    return sock.getsockname()[:2] + sock.getpeername()[:2]


# --- endpoints that stay ---

def test_close_wait(_):
    """The application does not close."""
    watch()
    one, other = tcpw.pair()
    since = time.monotonic()
    one.close()
    time.sleep(50)
    only(examine(status=0), "fin-wait-2-orphan")    # a notice
    time.sleep(12)
    finding = only(examine(), "close-wait")
    single(finding, "warning", ends_of(other), since)
    mine(finding, other)
    client.run("config", "sweep-ms", "10000")
    time.sleep(3600)
    check(only(examine(), "close-wait")["severity"] == "critical",
          "an hour is not worse")
    other.close()
    only(examine(status=0))


def test_close_wait_leak(_):
    """Many of one process are one finding, and worse."""
    watch()
    with tcpw.listen() as lsock:
        pairs = [tcpw.connect(lsock) for _ in range(20)]
    for one, _ in pairs:
        one.close()
    time.sleep(62)
    finding = only(examine(), "close-wait")
    # the kernel module tells sixteen of a state
    check(finding["severity"] == "critical" and
          len(finding["sockets"]) == 16, f"{finding}")
    check(finding["who"]["pid"] == os.getpid(), f"{finding}")
    text = client.run("doctor", "-i", "0", status=FOUND)[0]
    check(f"plan?[7mter (pid {os.getpid()})" in text, text)
    del pairs


def test_peer_is_dead(_):
    """FIN-WAIT-1: nobody acknowledges our FIN."""
    watch()
    one, other = tcpw.pair()
    tcpw.netem("lo", "loss", "100%")
    since = time.monotonic()
    one.shutdown(socket.SHUT_WR)
    time.sleep(12)
    finding = only(examine(), "fin-not-acknowledged")
    single(finding, "warning", ends_of(one), since)
    mine(finding, one)
    check(finding["sockets"][0]["rtx"] >= 3 and
          finding["sockets"][0]["state"] == "fin-wait-1", f"{finding}")
    one.close()
    other.close()


def test_peer_died_after_its_fin(_):
    """LAST-ACK: likewise, nobody owns it any more."""
    watch()
    one, other = tcpw.pair()
    one.shutdown(socket.SHUT_WR)
    tcpw.quiet()
    tcpw.netem("lo", "loss", "100%")
    since = time.monotonic()
    ends = ends_of(other)
    other.close()
    time.sleep(12)
    finding = only(examine(), "half-open-last-ack")
    single(finding, "warning", ends, since)
    check("pid" not in finding.get("who", {}), f"an owner? {finding}")
    one.close()


def test_zero_window(_):
    """We have closed, the peer does not read."""
    watch()
    one, other = tcpw.pair()
    tcpw.fill(one)
    ends = ends_of(one)
    since = time.monotonic()
    one.close()
    time.sleep(32)
    single(only(examine(), "fin-behind-zero-window"), "warning", ends, since)
    other.close()


def test_peer_does_not_close(_):
    """FIN-WAIT-2 that is owned lasts for ever."""
    watch()
    with tcpw.veth_pair() as (a, b), a:
        watch()
        with b:
            lsock = tcpw.listen(addr="10.11.12.2", port=80)
        one = socket.create_connection(("10.11.12.2", 80))
        other, _ = lsock.accept()
        since = time.monotonic()
        one.shutdown(socket.SHUT_WR)
        time.sleep(100)
        only(examine(status=0))
        time.sleep(22)
        finding = only(examine(), "fin-wait-2")
        single(finding, "warning", ends_of(one), since)
        mine(finding, one)
        for sock in (lsock, one, other):
            sock.close()


def test_syn_is_dropped(_):
    """SYN-SENT: a firewall drops it."""
    watch()
    agree_lib.nft(("filter hook input priority 0",
                   "tcp dport 81 drop"))
    one = tcpw.start(socket.AF_INET, "127.0.0.1", 81)
    since = time.monotonic()
    time.sleep(5)
    finding = only(examine(), "syn-sent")
    single(finding, "warning", one.getsockname() + ("127.0.0.1", 81), since)
    mine(finding, one)
    check(finding["sockets"][0]["rtx"] >= 2, f"{finding}")
    one.close()
    only(examine(status=0))


def test_nobody_answers_our_syn_ack(_):
    """SYN-RECV: forged clients; a few are a notice, many are not."""
    watch()
    agree_lib.blackhole()
    with tcpw.listen(addr="10.9.9.1", port=80):
        agree_lib.syn_from_hole(80, 1000)
        time.sleep(8)
        finding = only(examine(status=0), "syn-recv")
        check(finding["severity"] == "notice" and
              finding["sockets"][0]["raddr"] == "10.9.9.9" and
              finding["sockets"][0]["lport"] == 80, f"{finding}")
        for number in range(20):
            agree_lib.syn_from_hole(80, 2000 + number)
        time.sleep(8)
        check(only(examine(), "syn-recv")["severity"] == "warning", "many")


# --- what runs out ---

def test_accept_queue_full(_):
    """Nobody accepts: two get in, the others' SYNs are dropped."""
    watch()
    with tcpw.listen(port=8000, backlog=1) as lsock:
        clients = []

        def come():
            clients.extend(tcpw.start(socket.AF_INET, *lsock.getsockname())
                           for _ in range(6))
        findings = examine(come, 6)
        finding = findings["accept-queue-full"]
        check(finding["severity"] == "warning" and
              "127.0.0.1:8000" in finding["what"], f"{finding}")
        check(set(findings) <= {"accept-queue-full", "syn-sent"},
              f"{findings}")
        for sock in clients:
            sock.close()


def test_ports_run_out(_):
    """Nine of ten local ports to one destination; then all."""
    watch()
    tcpw.sysctl("net/ipv4/ip_local_port_range", "40000\t40019")
    with tcpw.listen(port=8000) as lsock:
        keep = [tcpw.connect(lsock) for _ in range(10)]
        time.sleep(10)
        keep += [tcpw.connect(lsock) for _ in range(7)]
        time.sleep(1)
        finding = only(examine(), "port-exhaustion")
        check("127.0.0.1:8000" in finding["what"] and
              "17 of 20" in finding["what"], f"{finding}")
        keep += [tcpw.connect(lsock) for _ in range(3)]
        time.sleep(1)
        finding = only(examine(), "port-exhaustion")
        check(finding["severity"] == "critical" and
              "20 of 20" in finding["what"], f"{finding}")
    for one, other in keep:
        tcpw.linger0(one)
        one.close()
        other.close()
    time.sleep(1)
    only(examine(status=0))


def test_time_wait_not_created(_):
    """There are too many: a warning while it happens, then a notice."""
    tcpw.sysctl("net/ipv4/tcp_max_tw_buckets", 2)

    def come_and_go():
        for _ in range(10):
            for sock in tcpw.pair():
                sock.close()
    finding = only(examine(come_and_go), "time-wait-not-created")
    refused = tcpw.mib("TCPTimeWaitOverflow")
    found = int(finding["what"].split()[0])
    check(finding["severity"] == "warning" and 5 <= found == refused,
          f"{refused} refused: {finding}")
    finding = only(examine(status=0), "time-wait-not-created")
    check(finding["severity"] == "notice", f"{finding}")


def test_syn_flood(_):
    """Cookies are sent."""
    agree_lib.blackhole()
    with tcpw.listen(addr="10.9.9.1", port=80, backlog=8):
        def flood():
            for number in range(200):
                agree_lib.syn_from_hole(80, 10000 + number)
        findings = examine(flood)
        finding = findings["syn-cookies"]
        sent = tcpw.mib("SyncookiesSent")
        check(finding["severity"] == "warning" and sent > 100 and
              finding["what"].startswith(f"{sent} "), f"{finding}, {sent}")
        check(set(findings) <= {"syn-cookies", "accept-queue-full"},
              f"{findings}")


def test_table_full(_):
    """It is tcpwatch itself that does not see everything."""
    client.run("config", "max-flows", "4")
    with tcpw.listen() as lsock:
        keep = []
        findings = examine(
            lambda: keep.extend(tcpw.connect(lsock) for _ in range(6)))
        findings.pop("missing", None)   # known only after a walk
        check(only(findings, "table-full", "table-nearly-full")["severity"]
              == "critical", f"{findings}")
        time.sleep(tcpw.WALK)
        finding = only(examine(), "missing", "table-full", "table-nearly-full")
        check(finding["severity"] == "critical" and
              finding["what"].startswith("8 "), f"{finding}")
    del keep


def test_refused_again_and_again(_):
    """Something connects where nobody listens."""
    def knock():
        for _ in range(50):
            with socket.socket() as sock:
                sock.connect_ex(("127.0.0.1", 9))
            time.sleep(0.01)
    finding = only(examine(knock), "refused", "refused-out")
    check(finding["what"].startswith("50 "), f"{finding}")


# --- where nothing is wrong ---

def test_nothing_happens(_):
    check(client.run("doctor", "-i", "1")[0] == "nothing found\n",
          "what was found?")
    only(examine(status=0))


def test_healthy(_):
    """A web server under load, its connections used again, some idle ones."""
    if tcpw.clock_stands_still():
        raise tcpw.Skip("wrk never pauses, so its time would never be over")
    watch()
    keep = [tcpw.pair() for _ in range(5)]
    with tempfile.TemporaryDirectory() as work:
        nginx = agree.start_nginx(work, 100)
        try:
            for seconds in (1, 3):
                with subprocess.Popen(
                        ["wrk", "-t", "1", "-c", "50", "-d",
                         str(seconds + 1), "http://127.0.0.1:8080/"],
                        stdout=subprocess.PIPE, text=True) as wrk:
                    time.sleep(0.5)
                    only(examine(None, seconds, 0))
                    said = wrk.communicate()[0]
                check(wrk.returncode == 0, "wrk failed")
        finally:
            nginx.terminate()
            nginx.wait()
    closed = tcpw.Table().row["close"]
    print(f"# {closed['active']} connections closed; "
          f"{''.join(line for line in said.splitlines() if '/sec' in line)}",
          flush=True)
    time.sleep(61)
    only(examine(status=0))
    del keep


if __name__ == "__main__":
    with open("/proc/self/comm", "w", encoding="ascii") as comm:
        comm.write(COMM)
    tcpw.main(globals())
