#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What came of handshakes, connections, TIME-WAITs and late segments: each is
made on purpose, over both families, and counted once and as nothing else."""
import collections
import os
import socket
import struct
import time

import agree_lib
import tcpw
from trace import Trace
from tcpw import agree, check, expect

FAMILIES = (socket.AF_INET, socket.AF_INET6)
NOT_COUNTS = ("kernel-ms", "rfc9293-ms", "three-way", "four-way", "restarts",
              "fast-open-out", "fast-open-in")


def only(table, row, **want):
    """These counters of a row have these values, all the others are zero."""
    want = {name.replace("_", "-"): count for name, count in want.items()}
    got = {name: count for name, count in table.row[row].items()
           if count and name not in NOT_COUNTS}
    check(got == {name: count for name, count in want.items() if count},
          f"{row}: {got}, not {want}\n{table.text}")


def polled():
    """Where the kernel does not tell that a socket was destroyed, the walk
    finds out within 10 s."""
    if tcpw.Table().polled():
        time.sleep(tcpw.WALK)


def clean(table):
    """Nothing was a mistake of ours."""
    expect("audit", table.row["audit"], {"drift": 0, "unknown": 0})
    return table


# --- connections ---

def test_active_and_passive(_):
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        client.close()
        tcpw.wait_close(server)
        server.close()
        only(clean(agree()), "close", active=count, passive=count)


def test_simultaneous(_):
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        tcpw.netem("lo", "delay", "100ms")
        client.close()
        server.close()
        time.sleep(1)
        tcpw.netem("lo", "delay", "0")
        only(clean(agree()), "close", simultaneous=2 * count)


def test_reset(_):
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        tcpw.linger0(client)
        client.close()
        only(clean(agree()), "close", rst_out=count, rst_in=count)
        server.close()


def test_unread_data(_):
    """One end closes with data to read, before and after the peer's FIN."""
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        client.send(b"never read")
        tcpw.quiet()
        server.close()
        only(clean(agree()), "close", unread=2 * count - 1,
             rst_in=2 * count - 1)
        client.close()
        client, server = tcpw.pair(family)
        client.send(b"never read")
        client.shutdown(socket.SHUT_WR)
        tcpw.quiet()
        server.close()
        only(clean(agree()), "close", unread=2 * count, rst_in=2 * count)
        client.close()


def test_all_read(_):
    """The peer's FIN that nobody has read is no data."""
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        client.send(b"read")
        client.shutdown(socket.SHUT_WR)
        server.recv(4)
        tcpw.linger0(server)
        tcpw.quiet()
        server.close()
        only(clean(agree()), "close", rst_out=count, rst_in=count)
        client.close()


def test_timeout(_):
    """The peer no longer answers; the survivor is reset afterwards."""
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000)
        tcpw.netem("lo", "loss", "100%")
        client.send(b"x")
        time.sleep(5)
        tcpw.netem("lo", "delay", "0")
        only(clean(agree()), "close", timeout=count, rst_out=count - 1)
        tcpw.linger0(server)
        server.close()
        only(clean(agree()), "close", timeout=count, rst_out=count)
        client.close()


def test_no_fin_comes(_):
    """FIN-WAIT-2 without an owner gives up; the peer is reset when it ends."""
    tcpw.sysctl("net/ipv4/tcp_fin_timeout", 5)
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        client.close()
        time.sleep(8)
        only(clean(agree()), "close", timeout=count, rst_in=count - 1)
        server.close()      # its FIN meets nobody
        only(clean(agree()), "close", timeout=count, rst_in=count)


def test_destroyed(_):
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        tcpw.run("ss", "-K", "-t", "state", "established", "sport", "=",
                 f":{client.getsockname()[1]}")
        only(clean(agree()), "close", destroyed=count, rst_in=count)
        client.close()
        server.close()


def ended():
    """What the first namespace says of those that ended, as (row)."""
    with open("/proc/1/net/tcpwatch", encoding="ascii") as proc:
        for line in proc:
            words = line.split()
            if words and words[0] == "netns":
                return dict(zip(words[1::2], map(int, words[2::2])))
    raise tcpw.Failed("no row netns")


def test_netns_ends(_):
    """What a namespace takes with it is counted by the first one."""
    before = ended()
    with tcpw.netns() as ns, ns:
        for family in FAMILIES:
            client, server = tcpw.pair(family)
            client.close()
            server.close()
        tcpw.quiet()
        only(clean(agree()), "close", active=2, passive=2)
    for _ in range(100):
        time.sleep(0.1)
        after = ended()
        if after["ended"] > before["ended"]:
            break
    expect("ended", {key: after[key] - before[key] for key in after},
           {"flows": 2, "time-wait": 2})


# --- handshakes ---

def test_handshakes_that_fail(_):
    tcpw.sysctl("net/ipv4/tcp_syn_retries", 1)
    for count, family in enumerate(FAMILIES, 1):
        addr = tcpw.LOOPBACK[family]
        refused = socket.socket(family)
        check(refused.connect_ex((addr, 9)), "connected to nobody")
        only(clean(agree()), "failed-out", refused=count, timeout=count - 1,
             cancelled=count - 1, destroyed=count - 1)
        tcpw.netem("lo", "loss", "100%")
        lost = socket.socket(family)
        check(lost.connect_ex((addr, 9)), "connected to nobody")
        only(clean(agree()), "failed-out", refused=count, timeout=count,
             cancelled=count - 1, destroyed=count - 1)
        cancelled = tcpw.start(family, addr, 9)
        cancelled.close()
        only(clean(agree()), "failed-out", refused=count, timeout=count,
             cancelled=count, destroyed=count - 1)
        destroyed = tcpw.start(family, addr, 9)
        tcpw.run("ss", "-K", "-t", "state", "syn-sent")
        only(clean(agree()), "failed-out", refused=count, timeout=count,
             cancelled=count, destroyed=count)
        tcpw.netem("lo", "delay", "0")
        for sock in (refused, lost, destroyed):
            sock.close()
    only(agree(), "close")
    only(agree(), "open")


def test_unreachable(_):
    """ICMP says that there is no way."""
    agree_lib.nft(("filter hook input priority 0",
                   "tcp dport 9 reject with icmpx type port-unreachable"))
    tcpw.sysctl("net/ipv4/tcp_syn_retries", 1)
    sock = socket.socket()
    check(sock.connect_ex(("127.0.0.1", 9)), "connected to nobody")
    only(clean(agree()), "failed-out", unreachable=1)
    sock.close()


def test_unreachable_non_blocking(_):
    """The same with a time-out, as most libraries connect: the error comes
    while connect() runs, the socket forgets it as soon as it is asked for it,
    and the process closes."""
    with tcpw.veth_pair() as (a, b), a:
        tcpw.static_neighbours(a, b)
        with b:
            agree_lib.nft(("filter hook input priority 0",
                           "tcp dport 81 reject; tcp dport 82 reject with "
                           "icmpx type admin-prohibited; tcp dport 83 drop"))
        for addr, port in (("10.11.12.2", 81), ("10.11.12.2", 82),
                           ("fd00:11::2", 81), ("fd00:11::2", 82)):
            with socket.socket(tcpw.family_of(addr)) as sock:
                sock.settimeout(2)
                begin = time.monotonic()
                check(sock.connect_ex((addr, port)), "connected")
                check(time.monotonic() - begin < 1.9,
                      f"no error came from {addr} {port}")
        only(clean(agree()), "failed-out", unreachable=4)
        # and who loses patience
        with socket.socket() as sock:
            sock.settimeout(0.3)
            check(sock.connect_ex(("10.11.12.2", 83)), "connected")
        only(clean(agree()), "failed-out", unreachable=4, cancelled=1)


def test_unreachable_was_another(_):
    """An ICMP error about a number that was never sent says nothing."""
    agree_lib.blackhole()
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(("10.9.9.9", 80))
    lport = sock.getsockname()[1]
    quoted = tcpw.tcp_header("10.9.9.1", "10.9.9.9", lport, 80, 12345, 0,
                             tcpw.SYN)
    ends = tcpw.packed("10.9.9.1") + tcpw.packed("10.9.9.9")
    error = struct.pack("!BBHIBBHHHBBH", 3, 1, 0, 0, 0x45, 0, 40, 0, 0, 64,
                        socket.IPPROTO_TCP, 0) + ends + quoted
    error = error[:2] + struct.pack("!H", tcpw.csum(error)) + error[4:]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW,
                       socket.IPPROTO_ICMP) as raw:
        raw.sendto(error, ("10.9.9.1", 0))
    expect("now", agree().now(), {"SYN-SENT": 1})
    sock.close()
    only(clean(agree()), "failed-out", cancelled=1)


def test_requests_that_fail(_):
    """SYN-RECV: given up, reset by the peer."""
    tcpw.sysctl("net/ipv4/tcp_synack_retries", 1)
    agree_lib.blackhole()
    lsock = tcpw.listen(addr="10.9.9.1", port=80)
    for sport in (1000, 1001):
        agree_lib.syn_from_hole(80, sport)
    expect("now", agree().now(), {"SYN-RECV": 2})
    tcpw.raw_send("10.9.9.9", "10.9.9.1", tcpw.tcp_header(
        "10.9.9.9", "10.9.9.1", 1000, 80, 1001, 0, tcpw.RST))
    only(clean(agree()), "failed-in", reset=1)
    time.sleep(10)
    only(clean(agree()), "failed-in", reset=1, timeout=1)
    lsock.close()


def test_handshakes_marked(_):
    """SYN cookies and Fast Open."""
    tcpw.sysctl("net/ipv4/tcp_syncookies", 2)
    ends = tcpw.pair()
    only(clean(agree()), "open", active=1, cookie=1)
    for sock in ends:
        sock.close()
    tcpw.sysctl("net/ipv4/tcp_syncookies", 1)
    tcpw.sysctl("net/ipv4/tcp_fastopen", 0x207)     # without a cookie
    with tcpw.listen() as lsock:
        lsock.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
        client = socket.socket()
        client.sendto(b"early", agree_lib.MSG_FASTOPEN, lsock.getsockname())
        server = lsock.accept()[0]
        check(server.recv(5) == b"early", "no Fast Open")
    table = clean(agree())
    only(table, "open", active=2, passive=1, cookie=1)
    expect("open", table.row["open"], {"fast-open-out": 1, "fast-open-in": 1})


# --- TIME-WAIT ---

def time_wait(family, port):
    """A client in TIME-WAIT with known ports; what it expects and sends next.
    The peer's RSTs for what it answers do not arrive."""
    client, server = tcpw.established(port, family)
    rcv, snd = tcpw.next_numbers(client)
    stamp = server.getsockopt(socket.IPPROTO_TCP, 24)       # TCP_TIMESTAMP
    client.close()
    tcpw.wait_close(server)
    server.close()
    tcpw.quiet()
    return rcv + 1, snd + 1, stamp & 0xffffffff


def no_resets():
    """RSTs do not leave: nobody answers for a peer that is gone."""
    agree_lib.nft(("filter hook output priority 0",
                   "tcp flags & (rst | ack) == rst drop"))


def inject(family, port, seq, ack, flags, payload=b"", stamp=None):
    """A segment to the client of time_wait()."""
    addr = tcpw.LOOPBACK[family]
    words = 5
    if stamp is not None:
        payload = struct.pack("!BBBBII", 1, 1, 8, 10, stamp & 0xffffffff,
                              0) + payload
        words = 8
    tcpw.raw_send(addr, addr, tcpw.tcp_header(
        addr, addr, port, port + 1, seq, ack, flags, payload, doff=words))


def test_expired(_):
    for family in FAMILIES:
        time_wait(family, 5000)
    only(clean(agree()), "time-wait")
    time.sleep(67)
    only(clean(agree()), "time-wait", expired=2)


def again(family):
    """A connection with ports that may be in TIME-WAIT."""
    addr = tcpw.LOOPBACK[family]
    with tcpw.listen(family, port=5000) as lsock:
        client = socket.socket(family)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind((addr, 5001))
        client.connect((addr, 5000))
        return client, lsock.accept()[0]


def close_in_turn(first, second):
    """Leave the first in TIME-WAIT, for longer than a second."""
    first.close()
    tcpw.wait_close(second)
    second.close()
    time.sleep(2)


def taken_again(what, in_turn):
    """TIME-WAIT gives way to a connection with the same ports."""
    for count, family in enumerate(FAMILIES, 1):
        close_in_turn(*in_turn(again(family)))
        client, server = again(family)
        only(clean(agree()), "time-wait", **{what: count})
        tcpw.linger0(server)
        server.close()
        client.close()


def test_reused(_):
    """By connect() from the same port: the client was first to close."""
    tcpw.sysctl("net/ipv4/tcp_tw_reuse", 1)
    taken_again("reused", tuple)


def test_reopened(_):
    """By a SYN to a listener: the server was."""
    taken_again("reopened", reversed)


def test_killed_by_rst(_):
    for count, family in enumerate(FAMILIES, 1):
        rcv, _, _ = time_wait(family, 5000)
        inject(family, 5000, rcv, 0, tcpw.RST)
        only(clean(agree()), "time-wait", rst=count)
    only(agree(), "late")


def test_time_wait_destroyed(_):
    for count, family in enumerate(FAMILIES, 1):
        time_wait(family, 5000)
        tcpw.run("ss", "-K", "-t", "state", "time-wait")
        if "TIME-WAIT" in tcpw.ss_states():
            raise tcpw.NotHere("this kernel destroys no TIME-WAIT")
        polled()
        only(clean(agree()), "time-wait", destroyed=count)


def test_not_created(_):
    """The peer's FIN comes with the ACK of ours: the exchange is complete."""
    tcpw.sysctl("net/ipv4/tcp_max_tw_buckets", 0)
    tcpw.netem("lo", "delay", "20ms")
    for count, family in enumerate(FAMILIES, 1):
        client, server = tcpw.pair(family)
        client.send(b"x")
        server.recv(1)
        client.close()
        tcpw.wait_close(server)
        server.close()
        time.sleep(0.2)
        table = clean(agree())
        only(table, "time-wait", not_created=count)
        only(table, "close", active=count, passive=count)
        check(tcpw.mib("TCPTimeWaitOverflow") == count, "no overflow")


def test_not_created_for_fin_wait_2(_):
    """The ACK of the FIN comes alone, and the peer's FIN right behind it."""
    tcpw.sysctl("net/ipv4/tcp_max_tw_buckets", 0)
    for _ in range(20):
        client, server = tcpw.pair()
        client.close()
        server.recv(1)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        server.close()
    table = clean(agree())
    only(table, "small-fin2", not_created=20)
    only(table, "time-wait")
    # the peer's FIN finds no socket, and is answered with RST
    only(table, "close", rst_out=20, rst_in=20)
    # it lasts no longer than the segment, however late that is looked into
    check(table.state["FIN-WAIT-2"]["max-ms"] < 1, table.text)
    check(tcpw.mib("TCPTimeWaitOverflow") == 20, "not as the kernel counts")


def late_segments(family, port, numbers):
    """Another number of segments of each class; how many restart."""
    rcv, snd, stamp = numbers
    classes = [
        ("fin", 1, (rcv - 1, snd, tcpw.FIN | tcpw.ACK), {}),
        ("data", 2, (rcv - 21, snd, tcpw.ACK), {"payload": b"x" * 20}),
        ("ack", 3, (rcv, snd, tcpw.ACK), {}),
        ("out-of-window", 4, (rcv + 10000, snd, tcpw.ACK), {}),
        ("paws", 5, (rcv, snd, tcpw.ACK), {"stamp": stamp - 100000}),
        ("syn", 6, (rcv - 1000, 0, tcpw.SYN), {}),
        ("rst", 7, (rcv + 5, snd, tcpw.RST | tcpw.ACK), {}),
    ]
    for _, times, args, options in classes:
        for _ in range(times):
            inject(family, port, *args, **options)
            time.sleep(0.1)
    # one that would end it, but for its timestamp
    inject(family, port, rcv, snd, tcpw.RST | tcpw.ACK, stamp=stamp - 100000)
    # one that a listener would take: nobody listens
    inject(family, port, rcv + 100, 0, tcpw.SYN)
    counts = {name: times for name, times, _, _ in classes}
    counts["syn"] += 1
    counts["rst"] += 1
    return counts, 1 + 2 + 3 + 4 + 5


def test_late_segments(_):
    """All classes; TIME-WAIT begins anew as often as the kernel says."""
    no_resets()
    total, restarts = {}, 0
    schedule = {"schedule": ("__inet_twsk_schedule", "again=%dx:u8")}
    with Trace(**schedule) as trace:
        for number, family in enumerate(FAMILIES):
            port = 5000 + 10 * number
            numbers = time_wait(family, port)
            counts, again = late_segments(family, port, numbers)
            for name, count in counts.items():
                total[name] = total.get(name, 0) + count
            restarts += again
        kernel = sum(at["again"] for _, at in trace.read("schedule"))
    table = clean(agree())
    expect("now", table.now(), {"TIME-WAIT": 2})
    expect("stays", table.state["last-restart"], {"count": 0})
    only(table, "late", **total)
    only(table, "late-fin2")
    only(table, "time-wait")
    # a FIN after the ACK finds a timewait socket, and schedules it anew
    kernel -= table.row["close"]["four-way"]
    check(kernel == restarts == table.row["time-wait"]["restarts"],
          f"the kernel began anew {kernel} times, not {restarts}\n{table.text}")
    # the last restart counts, and so does the beginning
    time.sleep(64)
    table = clean(agree())
    only(table, "time-wait", expired=2)
    check(60000 <= table.state["last-restart"]["min-ms"] <= 62100
          and table.state["TIME-WAIT"]["min-ms"] > 61000, table.text)


def test_late_in_fin_wait_2(_):
    """The same without a full socket in FIN-WAIT-2."""
    for number, family in enumerate(FAMILIES, 1):
        port = 5000 + 10 * number
        client, server = tcpw.established(port, family)
        rcv, snd = tcpw.next_numbers(client)
        client.close()
        tcpw.quiet()
        inject(family, port, rcv, snd + 1, tcpw.ACK)
        inject(family, port, rcv - 30, snd + 1, tcpw.ACK, b"x" * 20)
        inject(family, port, rcv + 500000, snd + 1, tcpw.ACK)
        table = clean(agree())
        only(table, "late-fin2", ack=number, data=number,
             out_of_window=number)
        only(table, "late")
        tcpw.wait_close(server)
        server.close()
    only(clean(agree()), "close", active=2, passive=2)


def small_fin_wait_2(family):
    """A client in FIN-WAIT-2 without its socket; its numbers, the server."""
    while True:
        client, server = tcpw.established(5000, family)
        rcv, snd = tcpw.next_numbers(client)
        client.close()
        tcpw.quiet()
        if tcpw.timewait_sockets():
            return rcv, snd + 1, server
        # close() was not over yet when the ACK came: the socket stays
        tcpw.linger0(server)
        server.close()


def test_small_fin_wait_2(_):
    """Each end of a FIN-WAIT-2 that is only a timewait socket."""
    tcpw.sysctl("net/ipv4/tcp_fin_timeout", 5)
    for count, family in enumerate(FAMILIES, 1):
        _, _, server = small_fin_wait_2(family)
        time.sleep(8)
        server.close()
        only(clean(agree()), "small-fin2", expired=count, rst=count - 1,
             data=count - 1, destroyed=count - 1)
        rcv, _, server = small_fin_wait_2(family)
        inject(family, 5000, rcv + 1, 0, tcpw.RST)
        server.close()
        only(clean(agree()), "small-fin2", expired=count, rst=count,
             data=count - 1, destroyed=count - 1)
        _, _, server = small_fin_wait_2(family)
        server.send(b"too late")
        only(clean(agree()), "small-fin2", expired=count, rst=count,
             data=count, destroyed=count - 1)
        server.close()
        _, _, server = small_fin_wait_2(family)
        tcpw.run("ss", "-K", "-t", "state", "fin-wait-2")
        left = tcpw.ss_states().get("FIN-WAIT-2", 0)
        tcpw.quiet(0.4)
        tcpw.linger0(server)
        server.close()
        tcpw.quiet(0.4)
        if left:        # this kernel cannot: the RST ends it
            raise tcpw.NotHere("this kernel destroys no small FIN-WAIT-2")
        if tcpw.Table().polled():
            raise tcpw.NotHere("polling cannot tell this from a time-out")
        only(clean(agree()), "small-fin2", expired=count, rst=count,
             data=count, destroyed=count)
    only(agree(), "time-wait")


def test_reset_reasons(_):
    """Where the kernel says why it sends a RST: as its own event says."""
    if "rst-reason" not in tcpw.Table().text:
        check(tcpw.kernel() < (6, 12), "the reasons are missing")
        raise tcpw.NotHere("this kernel tells no reasons")
    with Trace("tcp/tcp_send_reset") as trace:
        test_unread_data(None)
        client, server = tcpw.pair()
        tcpw.linger0(client)
        client.close()
        server.close()
        refused = socket.socket()
        check(refused.connect_ex(("127.0.0.1", 9)), "connected to nobody")
        refused.close()
        want = collections.Counter(at["reason"] for _, at in
                                   trace.read("tcp_send_reset"))
    table = clean(agree())
    check(sum(want.values()) >= 6 and table.row["rst-reason"] == dict(want),
          f"{table.row['rst-reason']}, not {dict(want)}")


def test_owner(_):
    """Whose TIME-WAIT it was."""
    if not os.fork():
        os.setuid(12345)
        client, server = tcpw.pair()
        client.close()
        server.close()
        os._exit(0)
    os.wait()
    tcpw.quiet()
    rows = [words for words in agree_lib.proc_lines("tcpwatch_flows")
            if words[1] == "TIME-WAIT"]
    check(len(rows) == 1, f"{rows}")
    restarts, left, uid, cgroup = rows[0][11:15]
    # the lab kernel's sockets know no cgroup
    known = int(cgroup) > 0 or tcpw.clock_stands_still()
    check(uid == "12345" and known and restarts == "0"
          and 59000 < int(left) <= 60000, f"{rows}")


tcpw.main(globals())
