#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The command line: what it ends with, what it complains of, that it tells
the same as the kernel's own client and as ss, and where it puts colour."""
import collections
import json
import os
import pty
import socket
import subprocess
import time

import client
import tcpw
import ynl
from netlink import ends, some_of_each
from tcpw import check

COMMANDS = ("show", "list", "listeners", "monitor", "matrix", "timewait",
            "ports", "ladder", "doctor", "config")
ABSENT = "tcpwatch: is the module loaded? (no netlink family \"tcpwatch\")\n"
# What each command asks the kernel for.
SAME = (
    (["show"], "do", "stats-get", {}),
    (["show", "-H"], "do", "stats-get", {"histograms": True}),
    (["list"], "dump", "flow-dump", {}),
    (["listeners"], "dump", "listener-get", {}),
    (["matrix"], "dump", "matrix-get", {}),
    (["timewait"], "do", "timewait-get", {}),
    (["ports"], "dump", "port-pressure-get", {}),
    (["config"], "do", "config-get", {}),
)


def complains(*args, status, text, before=()):
    """It must end with that status, print nothing and say one line."""
    out, err = client.run(*args, status=status, before=before)
    check(not out, f"{args} printed {out}")
    check(err.startswith("tcpwatch: ") and err.count("\n") == 1,
          f"{args} complained: {err}")
    check(text in err, f"{args}: {err} does not say: {text}")


def crowd():
    """Connections of both families in several states, and listeners."""
    keep = []
    for number, family in enumerate((socket.AF_INET, socket.AF_INET6)):
        lsock = tcpw.listen(family, port=8000 + number)
        keep += [lsock, some_of_each(lsock)]
    tcpw.sysctl("net/ipv4/ip_local_port_range", "40000\t40999")
    with tcpw.listen(addr="127.0.0.2", port=8002) as lsock:
        keep.append(some_of_each(lsock))
    tcpw.quiet()
    return keep


# --- what goes wrong ---

def test_module_absent(_):
    """Status 3 and a line that says so, whatever is asked."""
    tcpw.unload()
    try:
        for command in COMMANDS:
            _, err = client.run(command, status=3)
            check(err == ABSENT, f"{command}: {err}")
            _, err = client.run("-j", command, status=3)
            check(err == ABSENT, f"-j {command}: {err}")
        _, err = client.run(status=3)
        check(err == ABSENT, err)
        # what needs no module
        for args in (["help"], ["-h"], ["-V"], ["doctor", "-h"]):
            out, err = client.run(*args)
            check(out and not err, f"{args}: {err}")
        # wrong arguments are wrong all the same
        client.run("list", "state", "nowhere", status=1)
    finally:
        tcpw.load()


def test_wrong_arguments(_):
    for args, text in (
            (["lst"], 'no command "lst"'),
            (["show", "now"], 'what is "now"?'),
            (["matrix", "all"], '"all"'),
            (["list", "-o", "stat"], 'no "stat"'),
            (["monitor", "-c", "x"], "-c takes how many"),
            (["monitor", "-b", "-1"], "-b takes a number of bytes"),
            (["ladder", "-c", "0"], '-c takes a number, not "0"'),
            (["ladder", "1.2.3.4:x"], '"1.2.3.4:x" is no ADDR:PORT'),
            (["ladder", "a", "b", "c"], "two ends"),
            (["doctor", "-i", "soon"], 'not "soon"'),
            (["serve", "-l", "here"], '"here" is no ADDR:PORT'),
            (["config", "sweep"], 'there is no "sweep"; there is:'),
            (["config", "sweep-ms", "x"], 'takes a number, not "x"'),
            (["config", "sweep-ms", "200", "max-flows"],
             "max-flows has no value"),
            (["-N", "no-such", "show"], 'network namespace "no-such"'),
            (["-N", "/dev/null", "show"], 'network namespace "/dev/null"')):
        complains(*args, status=1, text=text)
    for args in (["-Z"], ["list", "-Z"], ["config", "-Z"], ["ladder", "-Z"],
                 ["-N"]):
        out, err = client.run(*args, status=1)
        check(not out and ("-- 'Z'" in err or "-- 'N'" in err),
              f"{args}: {err}")


def test_wrong_filters(_):
    """Where it is wrong stands below it."""
    for words, text, at in (
            (["state", "estb"], "this is no state", "estb"),
            (["state", "estab", "and"], "expected state", ""),
            (["src", "1.2.3"], "this is no address", "1.2.3"),
            (["src", "1.2.3.4/33"], "prefix length", "1.2.3.4/33"),
            (["sport", "=", "70000"], "this is no port", "70000"),
            (["(", "sport", "1"], "a ) is missing", ""),
            (["sport", "1", ")"], "", ")"),
            (["age", "10s"], "age is compared with", "10s"),
            (["age", ">", "10x"], "this is no time", "10x"),
            (["colour", "red"], "expected state", "colour"),
            (["cause", "<", "in"], "compared with = or !=", "<")):
        for command in ("list", "monitor"):
            out, err = client.run(command, *words, status=1)
            lines = err.splitlines()
            check(not out and len(lines) == 3 and text in lines[0] and
                  lines[1].strip() == " ".join(words) and
                  lines[2].strip() == "^", f"{words}: {err}")
            check(lines[1][lines[2].index("^"):].startswith(at),
                  f"{words}: {err}")


def test_refused(_):
    """What the kernel says is what is told, and by which attribute."""
    before = client.tell("config")
    for args, text in (
            (["config", "sweep-ms", "1"], "out of range"),
            (["config", "event-queue", "100"], "power of two"),
            (["config", "max-flows", str(2 ** 24 + 1)], "out of range")):
        complains(*args, status=2, text=text)
        _, err = client.run(*args, status=2)
        check(args[1] in err, f"{args}: {err}")
    needy = [["list"], ["listeners"], ["ports"], ["show", "-a"],
             ["config", "max-flows", "9"]]
    if tcpw.kernel() >= (6, 1):         # before, it may join, to no avail
        needy += [["monitor"], ["ladder"]]
    for args in needy:
        complains(*args, status=2, text="", before=client.NOBODY)
    for args in (["show"], ["matrix"], ["config"]):
        client.run(*args, before=client.NOBODY)
    out, err = client.run("doctor", "-i", "0", before=client.NOBODY)
    check(out == "nothing found\n" and err ==
          "tcpwatch: counters only; the rest needs CAP_NET_ADMIN\n",
          f"{out}{err}")
    check(client.tell("config") == before, "something was set")


def test_output_fails(_):
    """A full device is an error, and told."""
    for args in (["show"], ["-j", "show"], ["list"], ["-j", "list"],
                 ["-j", "list", "sport", "gt", "1"], ["doctor", "-i", "0"],
                 ["help"], ["-h"], ["-V"]):
        with open("/dev/full", "w", encoding="ascii") as full, tcpw.BUSY:
            done = subprocess.run([client.PATH, *args], stdout=full,
                                  stderr=subprocess.PIPE, text=True,
                                  check=False)
        check(done.returncode == 2 and "No space left" in done.stderr,
              f"{args}: {done.returncode} {done.stderr}")


def test_monitor_when_the_module_goes(_):
    for args in (["monitor"], ["-j", "monitor", "-r"], ["ladder"]):
        with client.start(*args, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as reader:
            try:
                client.wait_for_members(1)
                for sock in tcpw.pair():
                    sock.close()
                tcpw.quiet()
                tcpw.unload()
                with tcpw.BUSY:
                    out, err = reader.communicate(timeout=20)
            finally:
                reader.kill()
                tcpw.load()
            check(reader.returncode == 3 and err == ABSENT,
                  f"{args}: {reader.returncode}, {err}")
            check("ladder" in args or out, f"{args} printed nothing")


# --- the same as others tell ---

def shape(value, path="", into=None):
    """Which keys there are, and where; of what lists have, all."""
    into = set() if into is None else into
    if isinstance(value, dict):
        for key, below in value.items():
            into.add(f"{path}/{key}")
            shape(below, f"{path}/{key}", into)
    elif isinstance(value, list):
        for below in value:
            shape(below, path + "[]", into)
    return into


def same_keys(nl, args, how, command, request):
    """The client's JSON has the keys that the answer has attributes."""
    theirs = shape(getattr(nl, how)(command, request))
    ours = shape(client.tell(*args))
    check(ours == theirs and len(ours) > 3,
          f"{args}: only here {ours - theirs}, only there {theirs - ours}")
    pretty = shape(json.loads(client.run("-jp", *args)[0]))
    check(pretty == ours, f"{args}: -p differs")


def test_keys_are_the_attributes(_):
    nl, keep = ynl.family(), crowd()
    client.run("config", "sweep-ms", "200")
    time.sleep(1)
    for same in SAME:
        same_keys(nl, *same)
    with tcpw.host():
        same_keys(ynl.family(), ["show", "-a"], "dump", "stats-dump", {})
    del keep


def test_flows_are_the_same(_):
    """All values, but for those that grow with time."""
    nl, keep = ynl.family(), crowd()

    def still(flow):
        return {key: value for key, value in flow.items()
                if key not in ("age-ns", "left-ns")}
    theirs = {ends(flow): still(flow) for flow in nl.dump("flow-dump", {})}
    ours = {ends(flow): still(flow) for flow in client.tell("list")}
    check(len(ours) > 15 and ours == theirs,
          f"{[(ours.get(key), theirs.get(key)) for key in ours | theirs]}")
    listeners = client.tell("list", "-l")
    check(listeners == client.tell("listeners") and len(listeners) == 2,
          f"{listeners}")
    del keep


def listed(*args):
    """Sockets by state and both ends, as list prints them."""
    out = client.run("-n", "list", "-o", "state,local,peer", *args)[0]
    return collections.Counter(tuple(line.split())
                               for line in out.splitlines()[1:])


def by_ss(*args):
    """The same, as ss prints them; one state alone it does not name."""
    out = tcpw.run("ss", "-tnHO", *args)
    rows = [line.split() for line in out.splitlines()]
    return collections.Counter(
        ("",) + tuple(row[2:4]) if row[0].isdigit() else
        (row[0],) + tuple(row[3:5]) for row in rows)


def without_state(rows):
    """Both ends only."""
    return collections.Counter(row[1:] for row in rows.elements())


def test_list_equals_ss(_):
    keep = crowd()
    ss = collections.Counter(
        (row[0], row[1], row[2].replace("*", "0.0.0.0", 1)
         if row[0] != "LISTEN" else "*:*")
        for row in by_ss("-a").elements())
    ours = listed("-a")
    check(ours == ss and sum(ours.values()) > 15,
          f"only here {ours - ss}, only there {ss - ours}")
    check({row[0] for row in ours} == {
        "LISTEN", "ESTAB", "CLOSE-WAIT", "FIN-WAIT-2", "TIME-WAIT"},
        f"{ours}")
    del keep


def test_filters_equal_those_of_ss(_):
    keep = crowd()
    for text in (
            "state established", "state time-wait", "state connected",
            "state synchronized", "state bucket", "state big",
            "state close-wait state fin-wait-2", "exclude time-wait",
            "exclude time-wait exclude established",
            "state all dst 127.0.0.1", "state all src 127.0.0.0/8",
            "state all src 127.0.0.2/32", "state all dst [::1]",
            "state all dst 127.0.0.1:8000", "state all dst [::1]:8001",
            "state all sport = :8000", "state all sport = 8001",
            "state all sport != :8000", "state all dport ge :8001",
            "state all dport > :8000", "state all sport lt :8002",
            "state all ( sport = :8000 or dport = :8000 )",
            "state all sport = :8000 or dport = :8001",
            "state all not sport = :8000",
            "state all ! ( sport = :8000 or dport = :8000 )",
            "state established ( dport = :8000 or dport = :8002 )",
            "state established sport gt 1000 and src 127.0.0.2",
            "state all src = 127.0.0.1 && dport == 8000 || dport eq 8001"):
        ours, ss = listed(*text.split()), by_ss(*text.split())
        ss = collections.Counter(
            {row: n for row, n in ss.items() if row[0] != "LISTEN"
             and not row[2].endswith(":*")})
        check(without_state(ours) == without_state(ss),
              f"{text}: only here {without_state(ours) - without_state(ss)}, "
              f"only there {without_state(ss) - without_state(ours)}")
        check(ours, f"{text}: nothing, no test")
    for option in ("-4", "-6"):
        ours, ss = listed("-a", option), by_ss("-a", option)
        check(without_state(ours).keys() and
              sum(ours.values()) == sum(ss.values()), f"{option}: {ours}")
    del keep


# --- which namespace, and colour ---

def test_namespace(_):
    """By name, by path and by pid."""
    with tcpw.netns() as other:
        with other:
            keep = tcpw.pair()
            with tcpw.BUSY:
                sleeper = subprocess.Popen(["sleep", "1000"])
        try:
            inode = os.stat(f"/run/netns/{other.name}").st_ino
            for name in (other.name, f"/run/netns/{other.name}",
                         str(sleeper.pid), f"/proc/{sleeper.pid}/ns/net"):
                check(client.tell("-N", name, "show")["netns"] == inode,
                      name)
                check(len(client.tell("-N", name, "list")) == 2, name)
            check(not client.tell("list"), "its own")
            with tcpw.host():
                flows = client.tell("list", "-A")
            check(sum(flow["netns"] == inode for flow in flows) == 2,
                  "not of all")
            complains("-N", other.name, "show", status=2, text="",
                      before=client.NOBODY)
        finally:
            sleeper.kill()
            sleeper.wait()
        for sock in keep:
            sock.close()


def on_terminal(*args, **env):
    """What it prints on a terminal."""
    ours, theirs = pty.openpty()
    with tcpw.BUSY:
        done = subprocess.run([client.PATH, *args], stdout=theirs,
                              check=False, env={**os.environ, **env})
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 65536):
            text += part
    except OSError:             # nobody has it open any more
        pass
    os.close(ours)
    check(done.returncode in (0, 4), f"{args}: {done.returncode}")
    return text.decode()


def test_colour(_):
    """On a terminal only, and not where NO_COLOR says no."""
    tcpw.sysctl("net/ipv4/ip_local_port_range", "40000\t40003")
    client.run("config", "sweep-ms", "200")
    keep = []
    with tcpw.listen(port=8000) as lsock:
        keep += [tcpw.connect(lsock) for _ in range(4)]
        time.sleep(1)
        for args in (["show"], ["list"], ["doctor", "-i", "0"], ["ports"]):
            check("\033[" in on_terminal(*args, NO_COLOR=""), f"{args}: none")
            check("\033" not in on_terminal(*args, NO_COLOR="1"),
                  f"{args}: in spite of NO_COLOR")
            check("\033" not in on_terminal("-j", *args, NO_COLOR=""),
                  f"-j {args}: colour")
            out, _ = client.run(*args, status=4 if args[0] == "doctor" else 0)
            check("\033" not in out, f"{args}: in a pipe")
    del keep


if __name__ == "__main__":
    tcpw.main(globals())
