#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The netlink family, asked by the kernel's own generic client with nothing
but the spec: what it tells equals what /proc/tcpwatch and ss tell, and bad
requests are refused with a reason."""
import collections
import contextlib
import json
import os
import select
import socket
import subprocess
import time

import tcpw
import ynl
from tcpw import check, expect

SO_RCVBUFFORCE = 33      # the socket module does not name it

NOBODY = 65534


def ss_name(state):
    """A state of the spec as ss prints it."""
    return state.upper()


def refused(func, *args):
    """What the kernel says when it refuses; the request must fail."""
    try:
        func(*args)
    except Exception as err:        # the client's NlError
        return str(err)
    raise tcpw.Failed(f"{args} was not refused")


def subscribed():
    """The client, a member of the group."""
    nl = ynl.family()
    nl.ntf_subscribe("transitions")
    return nl


def some_of_each(lsock):
    """Sockets in ESTAB, CLOSE-WAIT, FIN-WAIT-2 and TIME-WAIT; to be kept."""
    keep = [tcpw.connect(lsock) for _ in range(4)]
    keep[0][0].shutdown(socket.SHUT_WR)
    keep[1][0].close()
    keep[1][1].close()
    tcpw.quiet()
    return keep


# --- the command line, all of it ---

def test_spec(_):
    wrong = ynl.validate()
    check(not wrong, wrong)


def test_cli_do(_):
    for command in ynl.COMMANDS["do"]:
        got = ynl.cli("--do", command)
        check(got["netns"] == os.stat("/proc/self/ns/net").st_ino,
              f"{command}: netns {got['netns']}")


def test_cli_dump(_):
    with tcpw.listen() as lsock:
        keep = some_of_each(lsock)
        for command in ynl.COMMANDS["dump"]:
            with tcpw.host() if command == "stats-dump" else \
                    contextlib.nullcontext():
                got = ynl.cli("--dump", command)
            check(isinstance(got, list), f"{command}: {got}")
        flow = next(flow for flow in ynl.cli("--dump", "flow-dump")
                    if flow["state"] == "estab")    # which stays
        one = ynl.cli("--do", "flow-get", "--json", json.dumps(
            {key: flow[key] for key in ("laddr", "raddr", "lport", "rport")}))
        check(one["state"] == flow["state"], f"{one} is not {flow}")
    del keep


def test_cli_set(_):
    ynl.cli("--do", "config-set", "--json",
            '{"max-flows": 77, "event-queue": 256, "sweep-ms": 500}')
    expect("config", ynl.cli("--do", "config-get"),
           {"max-flows": 77, "event-queue": 256, "sweep-ms": 500})
    with open("/proc/sys/net/tcpwatch/max_flows", encoding="ascii") as ctl:
        check(int(ctl.read()) == 77, "sysctl differs")


def test_cli_subscribe(_):
    """Connections until the client, which takes its time, tells of one."""
    cmd = ynl.command("--subscribe", "transitions", "--duration", "90")
    got = ""
    with tcpw.BUSY, subprocess.Popen(cmd, stdout=subprocess.PIPE, text=True,
                                     env={"PYTHONUNBUFFERED": "1"}) as client:
        for _ in range(150):
            for sock in tcpw.pair():
                sock.close()
            if select.select([client.stdout], [], [], 0.5)[0]:
                got = os.read(client.stdout.fileno(), 1 << 20).decode()
                break
        client.kill()
    message = json.JSONDecoder().raw_decode(got)[0]
    check(message["name"] == "transitions-ntf", got)
    check(message["msg"]["event"][0]["old"] == "unconn", got)
    check(message["msg"]["seq"] >= 1, got)


# --- what it tells ---

def test_stats_equal_proc(_):
    nl = ynl.family()
    with tcpw.listen() as lsock:
        keep = some_of_each(lsock)
        table = tcpw.agree()
        stats = nl.do("stats-get", {})
        for row in stats["state"]:
            name = ss_name(row["state"])
            expect(name, table.state[name],
                   {key: row[key] for key in ("now", "entered", "left")})
            shown = table.state[name]["mean-ms"]
            check(round((shown or 0) * 1000) == row["mean-ns"] // 1000,
                  f"{name}: {row}, {table.state[name]}")
        check(len(stats["state"]) == 11, "not all states")
        for key, row in (("open", "open"), ("close", "close"),
                         ("fail-active", "failed-out"),
                         ("fail-passive", "failed-in"), ("audit", "audit")):
            same = {word: count for word, count in stats[key].items()
                    if word in table.row[row]}
            check(same, f"{key} has nothing in common with the row {row}")
            expect(key, table.row[row], same)
        for key, row in (("end", "time-wait"), ("late", "late")):
            expect(key, table.row[row], stats["time-wait"][key])
        check(stats["memory"]["flows"] == table.row["flows"]["now"], "flows")
    del keep


def test_histograms(_):
    nl = ynl.family()
    with tcpw.listen() as lsock:
        keep = some_of_each(lsock)
        answers = [nl.do("hist-get", {}),
                   nl.do("stats-get", {"histograms": True})]
        states = {row["state"]: row for row in answers[1]["state"]}
    del keep
    for answer in answers:
        floors = answer["bucket-floor"]
        check(floors[0] == 0 and floors == sorted(floors), "bounds")
        check(len(answer["hist"]) == 15, f"{len(answer['hist'])} histograms")
        for hist in answer["hist"]:
            counts = hist.get("buckets", [])
            check(sum(counts) == hist["count"], f"sum of {hist}")
            if not counts:
                continue
            check(counts[0] and counts[-1], f"empty ends: {hist}")
            check(floors[hist["first"]] <= hist["min-ns"], f"least of {hist}")
            last = hist["first"] + len(counts) - 1
            check(floors[last] <= hist["max-ns"] < floors[last + 1],
                  f"greatest of {hist}")
    for hist in answers[1]["hist"]:
        if hist["span"] in states:
            row = states[hist["span"]]
            check(row["count"] == hist["count"] and
                  row["mean-ns"] == hist["sum-ns"] // max(1, hist["count"]),
                  f"{row} is not {hist}")


def ss_flows():
    """What ss says: the state by both ends."""
    out = tcpw.run("ss", "-tanH")
    rows = (line.split() for line in out.splitlines())
    return {(row[3], row[4]): row[0] for row in rows if row[0] != "LISTEN"}


def ends(flow):
    """Both ends of a flow as ss prints them."""
    def end(addr, port):
        return f"[{addr}]:{port}" if ":" in addr else f"{addr}:{port}"
    return (end(flow["laddr"], flow["lport"]),
            end(flow["raddr"], flow["rport"]))


def test_flows_equal_ss(_):
    nl = ynl.family()
    keep = []
    for family in (socket.AF_INET, socket.AF_INET6):
        with tcpw.listen(family) as lsock:
            keep += some_of_each(lsock)
    flows = nl.dump("flow-dump", {})
    check({ends(flow): ss_name(flow["state"]) for flow in flows} == ss_flows(),
          f"{flows}\n{ss_flows()}")
    check(len(flows) == len(ss_flows()), "some came twice")
    check(all(flow["state"] == flow["kernel-state"] for flow in flows),
          f"not the kernel's: {flows}")
    roles = collections.Counter(flow["role"] for flow in flows)
    check(roles["active"] >= 6 and roles["passive"] >= 6, f"{roles}")
    del keep


def test_filters(_):
    nl = ynl.family()
    keep = []
    for family in (socket.AF_INET, socket.AF_INET6):
        with tcpw.listen(family) as lsock:
            keep += some_of_each(lsock)
            port = lsock.getsockname()[1]
    flows = nl.dump("flow-dump", {})

    def those(**wanted):
        return [flow for flow in flows
                if all(flow[key] == value for key, value in wanted.items())]

    for request, wanted in (
            ({"states": ["estab"]}, those(state="estab")),
            ({"states": ["close-wait", "time-wait"]},
             those(state="close-wait") + those(state="time-wait")),
            ({"family": 10}, those(family=10)),
            ({"laddr": "127.0.0.1"}, those(family=2)),
            ({"laddr": "127.0.0.0", "laddr-len": 9}, those(family=2)),
            ({"laddr": "128.0.0.0", "laddr-len": 1}, []),
            ({"raddr": "::", "raddr-len": 127}, those(family=10)),
            ({"raddr": "::", "raddr-len": 0}, those(family=10)),
            ({"raddr": "::"}, []),
            ({"lport": port}, those(lport=port)),
            ({"rport": port, "states": ["estab"]},
             those(rport=port, state="estab")),
            ({"min-age-ns": 0}, flows),
            ({"min-age-ns": 10 ** 15}, []),
            ({"cause": "out"}, those(cause="out")),
            ({"cause": "timer"}, those(cause="timer"))):
        got = nl.dump("flow-dump", request)
        check(sorted(map(ends, got)) == sorted(map(ends, wanted)),
              f"{request}: {got}")
    time.sleep(0.5)
    keep.append(tcpw.pair())
    young = nl.dump("flow-dump", {"min-age-ns": 400_000_000})
    check(len(young) == len(flows), f"by age: {young}")


def test_listeners(_):
    nl = ynl.family()
    socks = [tcpw.listen(), tcpw.listen(socket.AF_INET6), tcpw.listen()]
    tcpw.quiet(0.2)
    got = sorted((row["laddr"], row["lport"], row["sockets"])
                 for row in nl.dump("listener-get", {}))
    want = sorted(sock.getsockname()[:2] + (1,) for sock in socks)
    check(got == want, f"{got} is not {want}")


def test_stuck(_):
    nl = ynl.family()
    nl.do("config-set", {"sweep-ms": 200})
    client, server = tcpw.pair()
    client.close()
    time.sleep(2)
    rows = nl.dump("stuck-get", {})
    states = {row["state"]: row for row in rows}
    check(set(states) == {"close-wait", "fin-wait-2"}, f"{rows}")
    row = states["close-wait"]
    check(row["wait"] == "application-has-not-closed" and
          row["inode"] == os.fstat(server.fileno()).st_ino and
          row["uid"] == 0 and 1.9e9 < row["age-ns"] < 4e9, f"{row}")
    oldest = {row["state"]: row["oldest-ns"]
              for row in nl.do("stats-get", {})["state"]}
    check(oldest["close-wait"] >= row["age-ns"], f"{oldest}")


def test_port_pressure(_):
    nl = ynl.family()
    nl.do("config-set", {"sweep-ms": 200})
    tcpw.sysctl("net/ipv4/ip_local_port_range", "40000\t40099")
    with tcpw.listen() as lsock:
        keep = [tcpw.connect(lsock) for _ in range(10)]
        for client, server in keep[:3]:
            client.close()
            server.close()
        time.sleep(1)
        rows = nl.dump("port-pressure-get", {})
        expect("destination", rows[0],
               {"live": 7, "time-wait": 3, "ports": 100,
                "rport": lsock.getsockname()[1]})
        check(rows[-1]["others"] == 0, f"{rows}")


def test_matrix_is_the_sum_of_events(_):
    nl, told = ynl.family(), subscribed()
    for family in (socket.AF_INET, socket.AF_INET6):
        with tcpw.listen(family) as lsock:
            keep = some_of_each(lsock)
            tcpw.linger0(keep[3][1])
            keep[3][1].close()
    del keep
    tcpw.quiet(0.3)
    events = collections.Counter()
    for message in told.poll_ntf(0.3):
        for event in message["msg"].get("event", []):
            wire = event["verdict"] in ("expected", "confirmed")
            events[event["old"], event["new"], event["cause"], wire] += 1
    matrix = collections.Counter()
    for row in nl.dump("matrix-get", {}):
        if row["cause"] != "seed":
            matrix[row["old"], row["new"], row["cause"],
                   row["verdict"] != "kernel-first"] += row["count"]
    matrix = collections.Counter({key: count for key, count in matrix.items()
                                  if "listen" not in key})
    check(events == matrix, f"{events - matrix} only told, "
          f"{matrix - events} only counted")
    check(sum(events.values()) > 60, f"{events}")
    told.sock.close()


# --- the stream ---

def told_events(told, seconds=0.3):
    """(number, event) of what was told."""
    for message in told.poll_ntf(seconds):
        seq = message["msg"]["seq"]
        for event in message["msg"].get("event", []):
            yield seq, event
            seq += 1


def test_events_of_a_connection(_):
    told = subscribed()
    began = time.monotonic_ns()
    with tcpw.listen() as lsock:
        client, server = tcpw.connect(lsock)
        port, peer = lsock.getsockname()[1], client.getsockname()[1]
    client.send(b"x" * 100)
    time.sleep(0.1)
    client.close()
    time.sleep(0.1)
    server.recv(200)
    server.close()
    tcpw.quiet(0.2)
    rows = list(told_events(told))
    check([seq for seq, _ in rows] == list(range(1, len(rows) + 1)),
          "numbers")
    moves = {peer: [], port: []}
    for _, event in rows:
        moves[event["lport"]].append((event["old"], event["new"]))
        check(began < event["time-ns"] < time.monotonic_ns(), f"{event}")
    check(moves[peer] == [
        ("unconn", "syn-sent"), ("syn-sent", "estab"),
        ("estab", "fin-wait-1"), ("fin-wait-1", "fin-wait-2"),
        ("fin-wait-2", "time-wait")], f"{moves[peer]}")
    check(moves[port] == [
        ("unconn", "syn-recv"), ("syn-recv", "estab"),
        ("estab", "close-wait"), ("close-wait", "last-ack"),
        ("last-ack", "unconn")], f"{moves[port]}")
    by_move = {(event["lport"], event["new"]): event for _, event in rows}
    syn = by_move[peer, "syn-sent"]
    check(syn["segment"]["flags"] in ("0x2", "0xc2") and
          "ack" not in syn["segment"] and
          syn["segment"]["payload"] == 0 and
          syn["segment"]["direction"] == "out", f"{syn}")
    check(syn["pid"] == os.getpid() and syn["uid"] == 0 and
          syn["comm"] == open("/proc/self/comm", encoding="ascii")
          .read().strip(), f"{syn}")
    fin = by_move[peer, "fin-wait-1"]
    check(fin["segment"]["seq"] == (syn["segment"]["seq"] + 101) % 2 ** 32,
          f"{fin}")
    check(0.1e9 < fin["duration-ns"] < 1e9, f"{fin}")
    check(fin["pid"] == os.getpid() and fin["verdict"] == "confirmed",
          f"{fin}")
    check("pid" not in by_move[port, "close-wait"], "a process sent us a FIN?")
    told.sock.close()


def test_no_reader_no_work(_):
    nl = ynl.family()
    for sock in tcpw.pair():
        sock.close()
    tcpw.quiet(0.2)
    stats = nl.do("stats-get", {})
    check(stats["events"]["seq"] == 0 and
          stats["memory"]["event-bytes"] == 0, f"{stats['events']}")


def test_reader_of_another_namespace(_):
    """Where nobody hears, the queues stay small; a reader that comes later
    has what it needs for as long as it stays."""
    nl = ynl.family()
    nl.do("config-set", {"sweep-ms": 100})
    keep = [tcpw.pair()]
    with tcpw.netns() as other:
        with other:
            elsewhere = subscribed()
        for sock in tcpw.pair():
            sock.close()
        tcpw.quiet(0.3)
        told = subscribed()
        for sock in tcpw.pair():
            sock.close()
        check(list(told_events(told)), "nothing is told")
        time.sleep(1)               # comparisons of everything
        memory = nl.do("stats-get", {})["memory"]
        check(memory["event-bytes"] >= 8192 * 64, f"{memory}")
        elsewhere.sock.close()
    told.sock.close()
    time.sleep(1)
    memory = nl.do("stats-get", {})["memory"]
    check(memory["event-bytes"] == 0, f"still there: {memory}")
    del keep


def test_numbers_go_on_when_the_reader_is_slow(_):
    """What does not fit into its buffer is missing in the numbers, and
    nothing else."""
    nl, told = ynl.family(), subscribed()
    told.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000)
    for sock in tcpw.pair():    # the first ones find a small queue
        sock.close()
    tcpw.quiet(0.2)
    for _ in range(300):
        for sock in tcpw.pair():
            sock.close()
    tcpw.quiet(0.2)
    seqs = []
    for _ in range(3):          # the overrun is an error of one recvmsg()
        try:
            seqs += [seq for seq, _ in told_events(told)]
        except OSError as err:
            check(err.errno == 105, f"{err}")
    for sock in tcpw.pair():
        sock.close()
    tcpw.quiet(0.2)
    seqs += [seq for seq, _ in told_events(told)]
    events = nl.do("stats-get", {})["events"]
    check(seqs == sorted(set(seqs)), "numbers out of order")
    check(seqs[-1] == events["seq"] == events["sent"] + events["lost"],
          f"{seqs[-1]}, {events}")
    check(events["lost"] == 0, f"{events}")
    check(len(seqs) < events["seq"], "nothing was lost: no test")
    told.sock.close()


def test_first_burst_has_room(_):
    """A reader that has joined loses nothing of a first burst, even when the
    worker that sends the events has to wait for the CPU."""
    nl, told = ynl.family(), subscribed()
    nl.do("stats-get", {})
    told.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    with tcpw.listen() as lsock:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        try:
            for _ in range(100):
                socket.create_connection(lsock.getsockname()[:2]).close()
                lsock.accept()[0].close()
        finally:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    tcpw.quiet(0.2)
    seqs = [seq for seq, _ in told_events(told)]
    events = nl.do("stats-get", {})["events"]
    check(events["lost"] == 0 and len(seqs) >= 800, f"{len(seqs)}, {events}")
    told.sock.close()


# --- who may ask what ---

def test_unprivileged(_):
    nl, told = ynl.family(), ynl.family()
    with tcpw.listen() as lsock:
        keep = some_of_each(lsock)
        os.seteuid(NOBODY)
        try:
            for command in ("stats-get", "hist-get", "timewait-get",
                            "config-get"):
                nl.do(command, {})
            nl.dump("matrix-get", {})
            for command in ("stats-dump", "flow-dump", "listener-get",
                            "stuck-get", "port-pressure-get"):
                text = refused(nl.dump, command, {})
                check("not permitted" in text, f"{command}: {text}")
            text = refused(nl.do, "config-set", {"max-flows": 1})
            check("not permitted" in text, text)
            text = refused(nl.do, "flow-get", {
                "laddr": "127.0.0.1", "raddr": "127.0.0.1", "lport": 1,
                "rport": 2})
            check("not permitted" in text, text)
            told.sock.close()   # what it may is what its opener might
            told.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
            if tcpw.kernel() >= (6, 1):
                text = refused(told.ntf_subscribe, "transitions")
                check("not permitted" in text, text)
            else:               # it may join there, and is told nothing
                told.ntf_subscribe("transitions")
        finally:
            os.seteuid(0)
        other = subscribed()
        keep += [tcpw.connect(lsock)]
        tcpw.quiet(0.2)
        check(list(told_events(other)), "root is told nothing, either")
        check(not list(told_events(told)), "nobody is told of transitions")
        told.sock.close()
        other.sock.close()
    del keep


def test_another_namespace(_):
    nl = ynl.family()
    with tcpw.netns() as other:
        with other:
            keep = tcpw.pair()
        with open(f"/run/netns/{other.name}", "rb") as target:
            fd = target.fileno()
            stats = nl.do("stats-get", {"netns-fd": fd})
            check(stats["netns"] == os.fstat(fd).st_ino, f"{stats['netns']}")
            check(len(nl.dump("flow-dump", {"netns-fd": fd})) == 2, "flows")
            tcpw.run("ip", "netns", "set", other.name, "7")
            check(nl.do("stats-get", {"netns-id": 7})["netns"]
                  == stats["netns"], "by id")
            own = nl.do("stats-get", {})
            check(own["netns"] != stats["netns"] and
                  own["memory"]["flows"] == 0, "not mine")
            check(not nl.dump("flow-dump", {}), "saw another's")
            with tcpw.host():           # who alone may ask for all of them
                nl_host = ynl.family()
            rows = nl_host.dump("stats-dump", {})
            inums = [row["netns"] for row in rows]
            check(stats["netns"] in inums and own["netns"] in inums and
                  len(set(inums)) == len(inums), f"{inums}")
            everywhere = nl_host.dump("flow-dump", {"all-netns": True})
            check(sum(row["netns"] == stats["netns"] for row in everywhere)
                  == 2, f"{everywhere}")
            os.seteuid(NOBODY)
            try:
                text = refused(nl.do, "stats-get", {"netns-fd": fd})
            finally:
                os.seteuid(0)
            check("another network namespace" in text, text)
        for sock in keep:
            sock.close()


def test_refusals(_):
    nl = ynl.family()
    full = {"laddr": "127.0.0.1", "raddr": "127.0.0.1", "lport": 1, "rport": 2}
    for what, command, request, reason in (
            ("dump", "flow-dump", {"laddr-len": 8}, "needs its address"),
            ("dump", "flow-dump", {"laddr": "10.0.0.0", "laddr-len": 33},
             "longer than the address"),
            ("dump", "flow-dump", {"laddr": b"abc"}, "4 or 16 bytes"),
            ("dump", "flow-dump", {"laddr": b"abc" * 7}, ""),
            ("dump", "flow-dump", {"family": 7}, "2 (IPv4) or 10"),
            ("dump", "flow-dump", {"family": 10, "laddr": "10.0.0.1"},
             "belong together"),
            ("dump", "flow-dump", {"laddr": "::1", "raddr": "10.0.0.1"},
             "belong together"),
            ("dump", "flow-dump", {"laddr": "::ffff:10.0.0.1"},
             "IPv4-mapped"),
            ("dump", "flow-dump", {"states": ["listen"]}, "listener-get"),
            ("dump", "flow-dump", {"states": 1}, ""),
            ("dump", "flow-dump", {"cause": 200}, ""),
            ("dump", "flow-dump", {"netns-fd": 0, "netns-id": 1}, "not both"),
            ("dump", "flow-dump", {"netns-fd": 0, "all-netns": True},
             "not both"),
            ("dump", "flow-dump", {"netns-fd": 12345}, "file descriptor"),
            ("dump", "matrix-get", {"netns-id": 12345}, "has this id"),
            ("do", "stats-get", {"netns-fd": 12345}, "file descriptor"),
            ("do", "flow-get", full, "no such endpoint"),
            ("do", "flow-get", {"laddr": "127.0.0.1"}, "is named by"),
            ("do", "flow-get", {**full, "raddr": "::1"}, "belong together"),
            ("do", "config-set", {}, "no setting"),
            ("do", "config-set", {"event-queue": 100}, "power of two"),
            ("do", "config-set", {"event-queue": 32}, "out of range"),
            ("do", "config-set", {"max-flows": 2 ** 24 + 1}, "out of range"),
            ("do", "config-set", {"sweep-ms": 1}, "out of range")):
        text = refused(getattr(nl, what), command, request)
        check(reason in text, f"{command} {request}: {text}")
    expect("config", nl.do("config-get", {}),
           {"max-flows": 2 ** 20, "event-queue": 8192, "sweep-ms": 10000})


def test_max_flows(_):
    nl = ynl.family()
    nl.do("config-set", {"max-flows": 4})
    with tcpw.listen() as lsock:
        keep = [tcpw.connect(lsock) for _ in range(4)]
        memory = nl.do("stats-get", {})["memory"]
        check(memory["flows"] == 4 and memory["overflow"] >= 4, f"{memory}")
    del keep


if __name__ == "__main__":
    tcpw.main(globals())
