#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Several CPUs, in real time: connections of all kinds as fast as they go, in
waves.  Between the waves the mirror is what the kernel has, endpoint by
endpoint, and every sum of the counters holds.

SMP_CONNECTIONS says how many connections there are in all, SMP_WAVES in how
many waves, SMP_SEED what the dice begin with.
"""
import collections
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback

import agree_lib
import books
import client
import tcpw
from serve import Http, Server

CONNECTIONS = int(os.environ.get("SMP_CONNECTIONS", "4000"))
# A wave's events stay in memory until it has been looked at: small waves.
WAVES = int(os.environ.get("SMP_WAVES", max(3, CONNECTIONS // 5000)))
SEED = int(os.environ.get("SMP_SEED", "1"))
CHURN = os.environ.get("CHURN", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../build/selftests/churn"))
SHOWN = 20              # of what differs, per check
LATE = 12               # seconds, where ends are polled
CHAINS = 12             # of endpoints whose last steps are shown

# All that a workload is checked for, a TAP line each.
CHECKS = ("differ", "drift", "unknown", "missing", "range", "entered-left",
          "matrix", "flows", "opens", "handshakes", "ways", "time-wait",
          "laps", "audit-sums", "kernel", "proc", "metrics", "stream",
          "events", "event-laps", "churn")


class Place:
    """A namespace of a workload, and who watches it from inside."""

    def __init__(self, name, ns, stack):
        self.name = name
        self.ns = ns
        self.scrapes = 0
        self.compared = self.differ = 0
        self.books = None
        work = stack.enter_context(tempfile.TemporaryDirectory())
        events = os.path.join(work, "events")
        self.stream = books.Stream(events)
        with ns:
            client.run("config", "event-queue", "65536")
            stack.enter_context(Server())
            out = stack.enter_context(open(events, "a", encoding="ascii"))
            # it reads all events: it goes before those who make them
            monitor = client.start("-j", "monitor", "-r", "-b", "67108864",
                                   before=("chrt", "-f", "1"), stdout=out)
            stack.callback(client.end, monitor)
            client.wait_for_members(1)

    def look(self, sheet):
        """Compare with the kernel and check every sum."""
        with self.ns, contextlib.ExitStack() as stack:
            self.compare(sheet)
            self.books = books.read(
                lambda: stack.enter_context(self.connect()))
            mine = books.Sheet()
            books.check_all(self.books, mine)
            books.check_stream(self.books, self.stream, mine)
        sheet.merge(mine, self.name)

    @contextlib.contextmanager
    def connect(self):
        """A connection to serve, which is accepted already."""
        self.scrapes += 1
        with Http() as http:
            http.get("/healthz")
            yield http

    def compare(self, sheet):
        """The mirror has what the kernel has while no segment comes."""
        missing, extra, count = difference()
        self.compared += count
        self.differ += len({end._replace(state="") for end in missing + extra})
        sheet.add("differ", [f"{self.name}: {line}" for line in
                             agree_lib.listed("kernel", missing)
                             + agree_lib.listed("tcpwatch", extra)])


def segments():
    """How many came and went."""
    counts = books.kernel_counts()
    return counts["InSegs"], counts["OutSegs"]


def still_point():
    """(what the kernel had all the time, what it had at any time, what
    tcpwatch has), read while no segment came or went.  A timer may have gone
    off meanwhile: what came and went is in the second alone."""
    deadline = time.monotonic() + books.PATIENCE
    while time.monotonic() < deadline:
        before = segments()
        tcpw.quiet()
        first = agree_lib.diag_endpoints(agree_lib.diag_dump())
        mirror = agree_lib.mirror_endpoints()
        if next(agree_lib.POINTS) % agree_lib.SS_EVERY == 0:
            said = agree_lib.ss_endpoints()
        else:
            said = first
        last = agree_lib.diag_endpoints(agree_lib.diag_dump())
        if segments() == before:
            return first & said & last, first | said | last, mirror
    raise tcpw.Failed(f"no quiet point in {books.PATIENCE} s")


def difference():
    """(endpoints that only the kernel has, those that only tcpwatch has, how
    many were compared).  A timer may have ended a socket just before the
    kernel's were read, and tcpwatch may notice just after its own were: what
    differs has to be there at a second point.  Where the kernel does not
    report the ends of timewait sockets they are found later, as /proc/tcpwatch
    says."""
    deadline = time.monotonic() + LATE
    kernel, either, mirror = still_point()
    missing, extra = kernel - mirror, mirror - either
    late = True
    while (missing or extra) and late:
        late = tcpw.Table().polled() and time.monotonic() < deadline
        kernel, either, mirror = still_point()
        missing &= kernel - mirror
        extra &= mirror - either
    return missing, extra, (either | mirror).total()


class Workload:
    """Waves of connections, and what came of them."""

    def __init__(self, name, count, places, *args):
        self.name = name
        self.count = count
        self.places = places
        self.args = args
        self.sheet = books.Sheet()
        self.told = collections.Counter()       # by kind and word
        self.churn = None

    def start(self, wave):
        """Begin a wave of connections."""
        self.churn = subprocess.Popen(
            [CHURN, "-n", str(self.count // WAVES), "-s",
             str(SEED * 1000 + wave), *self.args], text=True,
            stdout=subprocess.PIPE)

    def wait(self):
        """Wait until it has ended."""
        out, _ = self.churn.communicate()
        tcpw.check(self.churn.returncode == 0, "churn failed")
        for line in out.splitlines():
            self.tell(line.split())

    def tell(self, words):
        """A line of churn."""
        for word, value in zip(words[2::2], words[3::2]):
            self.told[words[1], word] += int(value)

    def look(self):
        """At every place."""
        for place in self.places:
            place.look(self.sheet)

    def drain(self):
        """Wait until no TIME-WAIT is left, and look for the last time."""
        deadline = time.monotonic() + books.PATIENCE
        for place in self.places:
            with place.ns:
                while tcpw.timewait_sockets():
                    if time.monotonic() > deadline:
                        raise tcpw.Failed("TIME-WAIT does not end")
                    time.sleep(1)
        self.look()
        self.check_churn()

    def check_churn(self):
        """Our counters are what churn says that it did."""
        first, last = self.places[0], self.places[-1]
        stats = first.books.stats
        opened = self.told["all", "opened"]
        for what, got, want in (
                ("failed", self.told["all", "failed"], 0),
                ("opened active", stats["open"]["active"],
                 opened + first.scrapes),
                ("opened passive", last.books.stats["open"]["passive"],
                 opened + last.scrapes),
                ("refused", stats["fail-active"]["refused"],
                 self.told["refused", "begun"]),
                ("cancelled", stats["fail-active"]["cancelled"],
                 self.told["lost", "begun"])):
            self.sheet.equal("churn", what, got, want)

    def audit(self, name):
        """The sum of an audit counter over its places."""
        return sum(place.books.stats["audit"].get(name, 0)
                   for place in self.places if place.books)

    def summary(self):
        """The workload's line, and its causes."""
        causes = collections.Counter()
        for place in self.places:
            for row in place.books.matrix if place.books else ():
                causes[row["cause"]] += row["count"]
        total = causes.total() or 1
        print(f"# smp: {self.name} connections {self.told['all', 'begun']}"
              f" compared {sum(p.compared for p in self.places)}"
              f" differ {sum(p.differ for p in self.places)}"
              f" drift {self.audit('drift')} unknown {self.audit('unknown')}"
              f" missing {self.audit('missing')}")
        print(f"# smp: {self.name} causes", " ".join(
            f"{cause} {100 * count / total:.3f}%"
            for cause, count in causes.most_common()), flush=True)

    def show_corrections(self):
        """What the audit says, and each chain of steps with a correction:
        how often it came, and one example."""
        for place in self.places:
            rows = agree_lib.audit_rows(place.books.table) \
                if place.books else []
            for line in rows:
                print(f"# {self.name} {place.name}: {line}")
            chains = collections.defaultdict(list)
            for steps in place.stream.suspects.values():
                chains[kind_of(steps)].append(steps)
            for alike in sorted(chains.values(), key=len)[:CHAINS]:
                print(f"# {self.name} {place.name}: {len(alike)} like this:")
                for row in alike[0]:
                    print("#   " + step(row, alike[0][0]["time-ns"]))
        sys.stdout.flush()


def kind_of(steps):
    """What chains that are alike have in common."""
    return tuple((row["old"], row["new"], row["cause"], row["verdict"])
                 for row in steps)


def step(row, since):
    """One transition as a person reads it."""
    seg = row.get("segment")
    what = "" if not seg else \
        f" {seg['direction']} flags {seg['flags']} seq {seg['seq']}"
    return (f"{(row['time-ns'] - since) / 1e6:+11.3f} ms {row['old']} ->"
            f" {row['new']} {row['cause']} {row['verdict']}{what}")


# --- the workloads ---

def loopback(stack, count):
    """All on one machine."""
    ns = stack.enter_context(tcpw.netns())
    with ns:
        tcpw.sysctl("net/ipv4/tcp_max_tw_buckets", 262144)
        agree_lib.blackhole()
        tcpw.run("ip", "addr", "add", "fd00:9::1/64", "dev", "hole", "nodad")
        for number in range(1, 9):
            tcpw.run("ip", "addr", "add", f"fd00:1::{number}/128", "dev",
                     "lo", "nodad")
        near = [f"127.0.{number}.1" for number in range(1, 9)]
        near += [f"fd00:1::{number}" for number in range(1, 9)]
    args = [word for addr in near for word in ("-a", addr)]
    return Workload("loopback", count, [Place("host", ns, stack)], *args,
                    "-l", "10.9.9.9", "-l", "fd00:9::9", "-t", "6",
                    *spaces(ns, ns))


def veth(stack, count):
    """Two hosts with a bad network between them."""
    a, b = stack.enter_context(tcpw.veth_pair())
    tcpw.static_neighbours(a, b)
    for ns, dev in ((a, "va"), (b, "vb")):
        with ns:
            tcpw.sysctl("net/ipv4/tcp_max_tw_buckets", 262144)
            for addr in ("10.11.12.99", "fd00:11::99"):
                tcpw.run("ip", "neigh", "replace", addr, "lladdr",
                         "02:00:00:00:00:99", "dev", dev)
            tcpw.netem(dev, "limit", "10000", "delay", "3ms", "2ms",
                       "reorder", "90%", "loss", "0.5%")
    return Workload("veth", count, [Place("client", a, stack),
                                    Place("server", b, stack)],
                    "-a", "10.11.12.2", "-a", "fd00:11::2",
                    "-l", "10.11.12.99", "-l", "fd00:11::99", "-t", "40",
                    "-q", "2000", *spaces(a, b))


def spaces(a, b):
    """Options of churn for where its clients and its servers are."""
    return "-C", f"/run/netns/{a.name}", "-S", f"/run/netns/{b.name}"


def report(number, work):
    """The TAP lines of a workload; the number of the last, and whether all
    is well."""
    well = True
    for name in CHECKS:
        number += 1
        lines = work.sheet.wrong[name]
        good = work.sheet.checked[name] and not lines
        well = well and good
        print(f"{'ok' if good else 'not ok'} {number} - {work.name}_{name}")
        if not work.sheet.checked[name]:
            print("# it was not checked")
        for line in lines[:SHOWN]:
            print("# " + line)
        if len(lines) > SHOWN:
            print(f"# and {len(lines) - SHOWN} more")
    sys.stdout.flush()
    return number, well


def each(works, func, *args):
    """The same of every workload; what stops one is reported."""
    for work in works:
        try:
            getattr(work, func)(*args)
        except Exception:       # a broken test is a failed one
            work.sheet.add("churn", traceback.format_exc().splitlines())


def go(stack, works):
    """All workloads side by side, in waves; a quiet point after each."""
    works += [loopback(stack, CONNECTIONS * 7 // 10),
              veth(stack, CONNECTIONS * 3 // 10)]
    for wave in range(WAVES):
        times = [time.monotonic()]
        for func, args in (("start", (wave,)), ("wait", ()), ("look", ())):
            each(works, func, *args)
            times.append(time.monotonic())
        print(f"# wave {wave + 1} of {WAVES}: {times[2] - times[0]:.1f} s,"
              f" the look at it {times[3] - times[2]:.1f} s", flush=True)
    each(works, "drain")


def main():
    """Run it; the exit status is that of kselftest."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (300000, 300000))
    print("TAP version 13")
    print(f"1..{2 * len(CHECKS)}", flush=True)
    works, number, well = [], 0, []
    with contextlib.ExitStack() as stack:
        go(stack, works)
        for work in works:
            work.summary()
            if any(work.sheet.wrong.values()):
                work.show_corrections()
            number, good = report(number, work)
            well.append(good)
    sys.exit(0 if well and all(well) else 1)


if __name__ == "__main__":
    main()
