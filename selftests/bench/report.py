#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Turns the figures of guest.py into instructions, compares them with the
budgets of the design and with the peers', and reports that.

Usage: report.py FIGURES DIR       a line each; DIR/results.json, report.html
       report.py -q FIGURES FILE   TAP: no more than FILE allows
       report.py -u FIGURES FILE   write FILE
       report.py -d FIGURES FIGURES  do two runs say the same?
FIGURES is what guest.py printed."""
import collections
import json
import os
import statistics
import sys

NS = 8                  # of virtual time for each instruction: -icount shift=3
MARGIN = 1.03           # of what was committed

# Why a budget is missed, where it is.
REASONS = {
    "cycle/added":
        "Both observers look each connection up: at every segment that does "
        "not know its socket (on the loopback device none that arrives does), "
        "at every change of a socket's state, and where the two disagree. The "
        "hooks and the parsing alone, with no look-up at all, take 4.7 %. "
        "On the loopback device each segment is seen twice, by either end, "
        "where nf_conntrack looks it up once and costs about as much; between "
        "two hosts (far/added) nf_conntrack costs more by far.",
    "cycle/added-with-reader":
        "The same, and ten transitions, each told, read and printed: see "
        "event/tcpwatch+monitor.",
    "cycle/added-with-json":
        "The same, and ten transitions, each told, read and printed: see "
        "event/tcpwatch+monitor-json.",
}

# What begins so does not repeat, and why.
UNSTEADY = {
    "read/node-exporter":
        "Go's runtime wakes threads and collects garbage by a clock: the same "
        "scrape takes a few percent more or less each time.",
    "cycle/conntrack+E":
        "conntrack -E loses events where its socket is full, now more and now "
        "fewer of them: 0.1 to 0.4 % of what it costs.",
}

# Of which guest.py's ranked() tells no median, and why.
CHOSEN = {
    "far":
        "The fourth from below of 15 runs of each: in some boots nearly half "
        "of them are 1.5 % dearer, whoever watches. It is not known why.",
    "bulk":
        "A write of 64 KiB, in the cheapest of 21 runs of each: in some the "
        "kernel's own allocator takes longer, by 0.7 to 1.1 % of a write.",
}

# What is compared: the budget is that of value / other.
Row = collections.namedtuple("Row", "name unit value peer other ratio budget")

# What begins so was measured by the clock of the host.
HOSTS_CLOCK = "native", "smp"


class Figures:
    """What was measured, by name.  Where it was told more than once, the
    median; by a clock of the host, which others keep busy, the least."""

    def __init__(self, path):
        self.rows = collections.defaultdict(list)
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("{"):
                    row = json.loads(line)
                    self.rows[row["name"]].append(row)

    def ns(self, name):
        """A time."""
        values = [row["value"] for row in self.rows[name]]
        if name.startswith(HOSTS_CLOCK):
            return min(values)
        return statistics.median_low(values)

    def instructions(self, name):
        """The same in instructions."""
        return self.ns(name) / NS

    def more(self, name, key):
        """Something else that belongs to the figure."""
        return statistics.median(row[key] for row in self.rows[name])

    def missing(self, name, expected):
        """Of so many events of a cycle, how many did not come: each time."""
        return [round((expected - row["events"]) * row["cycles"])
                for row in self.rows[name]]

    def added(self, name, base):
        """What somebody adds, in instructions."""
        return self.instructions(name) - self.instructions(base)

    def names(self):
        """All names."""
        return list(self.rows)


def compared(name, value, peer, other, budget, unit="instructions"):
    """A value beside a peer's."""
    return Row(name, unit, value, peer, other, value / other, budget)


def segments(fig):
    """One segment through one hook, the measuring loop taken off."""
    def cost(who, way):
        return fig.added(f"hook/{who}/{way}", f"hook/none/{way}")

    for family in ("ipv4", "ipv6"):
        way = f"in/sk1/{family}/1000"
        ours = cost("tcpwatch", way)
        yield compared(f"segment/{family}", ours, "empty-hook",
                       cost("empty", way), 1.25)
        yield compared(f"segment/{family}", ours, "conntrack",
                       cost("conntrack", way), 0.10)
    for way in ("out/sk1/ipv4/1000", "in/sk0/ipv4/1000", "in/sk0/ipv6/1000"):
        yield compared(f"segment/{way}", cost("tcpwatch", way), "conntrack",
                       cost("conntrack", way), None)
    none = "hook/none/in/sk1/ipv4/1000"
    yield compared("segment/fin",
                   fig.added("hook/tcpwatch/fin/sk1/ipv4/1000", none),
                   "conntrack",
                   fig.added("hook/conntrack/fin/sk1/ipv4/1000", none), None)
    yield compared("segment/fin-monitored",
                   fig.added("hook/tcpwatch+monitor/fin/sk1/ipv4/1000", none),
                   "without",
                   fig.added("hook/tcpwatch/fin/sk1/ipv4/1000", none), None)


def cycles(fig):
    """Connect, request, close: what is added to it."""
    bare = fig.instructions("cycle/none")

    def added(who):
        return fig.added(f"cycle/{who}", "cycle/none")

    yield compared("cycle/added", added("tcpwatch"), "bare", bare, 0.05)
    yield compared("cycle/added-with-reader", added("tcpwatch+monitor"),
                   "bare", bare, 0.35)
    yield compared("cycle/added-with-json", added("tcpwatch+monitor-json"),
                   "bare", bare, 0.35)
    for who in ("conntrack", "conntrack+E", "tcpstates", "tcplife"):
        yield compared(f"cycle/added-by-{who}", added(who), "bare", bare, None)
    for who in ("tcpwatch", "conntrack"):
        yield compared("far/added" + ("" if who == "tcpwatch"
                                      else f"-by-{who}"),
                       fig.added(f"far/{who}", "far/none"),
                       "bare", fig.instructions("far/none"), None)
    yield compared("bulk/added", fig.added("bulk/tcpwatch", "bulk/none"),
                   "bare", fig.instructions("bulk/none"), None)
    yield compared("bulk/added-by-conntrack",
                   fig.added("bulk/conntrack", "bulk/none"),
                   "bare", fig.instructions("bulk/none"), None)


def per_event(fig, who, without):
    """What one event costs until it is printed."""
    name = f"cycle/{who}"
    return fig.added(name, f"cycle/{without}") / fig.more(name, "events")


def events(fig):
    """What readers of every event cost and lose."""
    theirs = per_event(fig, "conntrack+E", "conntrack")
    for who in ("tcpwatch+monitor", "tcpwatch+monitor-json"):
        yield compared(f"event/{who}", per_event(fig, who, "tcpwatch"),
                       "conntrack-E", theirs, 0.20)
    lost = sum(sum(fig.missing(f"cycle/{who}", 10)) for who in
               ("tcpwatch+monitor", "tcpwatch+monitor-json"))
    yield Row("event/lost", "transitions", lost, "conntrack-E",
              statistics.median(fig.missing("cycle/conntrack+E", 6)), lost, 0)


def memory(fig):
    """What one flow takes, with its part of the hash table.  With fewer that
    table lies where no list tells of it."""
    yield compared("memory/1000000", fig.ns("memory/1000000"), "nf_conn", 256,
                   0.5, "bytes")


def summaries(fig):
    """Readers of a summary."""
    for how in ("proc", "netlink"):
        yield compared(f"read/{how}/1000000",
                       fig.instructions(f"read/{how}/1000000"), "with-1000",
                       fig.instructions(f"read/{how}/1000"), 1.2)
    for count in (1000, 10000, 100000):
        for peer in ("ss-s", "ss-tan", "proc-net-tcp"):
            yield compared(f"read/show/{count}",
                           fig.instructions(f"read/show/{count}"), peer,
                           fig.instructions(f"read/{peer}/{count}"), None)
        yield compared(f"read/serve/{count}",
                       fig.instructions(f"read/serve/{count}"),
                       "node-exporter",
                       fig.instructions(f"read/node-exporter/{count}"), None)


def dumps(fig):
    """All flows, each."""
    for count in (10000, 100000):
        for peer in ("ss", "conntrack-L"):
            yield compared(f"dump/list/{count}",
                           fig.instructions(f"dump/list/{count}"), peer,
                           fig.instructions(f"dump/{peer}/{count}"), 0.2)
        yield compared(f"dump/list-json/{count}",
                       fig.instructions(f"dump/list-json/{count}"), "ss",
                       fig.instructions(f"dump/ss/{count}"), None)


def loading(fig):
    """Loading and unloading, what they leave to do included but for what is
    compared meanwhile, and a walk of the sweep, for each socket there is."""
    yield Row("sweep/100000", "instructions-per-flow",
              fig.instructions("sweep/100000"), None, None, None, None)
    for what in ("load", "unload"):
        for count in (100000, 1000000):
            yield Row(f"{what}/{count}", "instructions-per-flow",
                      fig.instructions(f"{what}/{count}") / count, None, None,
                      None, None)


def native(fig):
    """One segment in ns of this machine: compare them with each other."""
    for flows in (1, 1000):
        for way in (f"in/sk1/ipv4/{flows}", f"in/sk0/ipv4/{flows}"):
            def cost(who, way=way):
                return (fig.ns(f"native/{who}/{way}") -
                        fig.ns(f"native/none/{way}"))

            for peer in ("empty", "conntrack"):
                yield compared(f"native/{way}", cost("tcpwatch"), peer,
                               cost(peer), None, "ns")


def contention(fig):
    """What a connection costs more while another CPU has some, too."""
    for kind in ("smp", "native-smp"):
        def growth(who, kind=kind):
            return (fig.ns(f"{kind}/{who}/together") /
                    fig.ns(f"{kind}/{who}/alone"))

        for peer in ("none", "conntrack"):
            yield compared(f"{kind}/growth", growth("tcpwatch"), peer,
                           growth(peer), None, "times")
        for way in ("in/sk1", "in/sk0", "fin/sk1"):
            def shared(who, kind=kind, way=way):
                return (fig.ns(f"{kind}/{who}/{way}/cpus2") /
                        fig.ns(f"{kind}/{who}/{way}/cpus1"))

            yield compared(f"{kind}/same-flows/{way}", shared("tcpwatch"),
                           "conntrack", shared("conntrack"), None, "times")


PARTS = (segments, cycles, events, memory, summaries, dumps, loading, native,
         contention)


def all_rows(fig):
    """Everything, and the parts of which something was not measured."""
    rows, missing = [], []
    for part in PARTS:
        try:
            rows.extend(part(fig))
        except (ValueError, IndexError):
            missing.append(part.__name__)
    return rows, missing


def verdict(row):
    """Is it within its budget?"""
    if row.budget is None:
        return "-"
    return "ok" if row.ratio <= row.budget else "over"


def text(row):
    """One line."""
    peer = f"peer {row.peer} {row.other:.1f} ratio {row.ratio:.4f}" \
        if row.peer else "peer - - ratio -"
    budget = "-" if row.budget is None else row.budget
    return (f"bench: {row.name} value {row.value:.1f} {row.unit} {peer} "
            f"budget {budget} {verdict(row)}")


def report(path, directory):
    """All lines, and the files."""
    import plot             # the only one that needs more than Python

    fig = Figures(path)
    rows, missing = all_rows(fig)
    for row in rows:
        print(text(row))
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "results.json"), "w",
              encoding="utf-8") as out:
        json.dump({"figures": fig.rows,
                   "rows": [{**row._asdict(), "verdict": verdict(row)}
                            for row in rows]}, out, indent=1)
    with open(os.path.join(directory, "report.html"), "w",
              encoding="utf-8") as out:
        out.write(plot.page(rows, fig, verdict, REASONS,
                            {**UNSTEADY, **CHOSEN}))
    over = [row for row in rows if verdict(row) == "over"]
    bound = [row for row in rows if row.budget is not None]
    print(f"bench: {len(bound)} budgets, {len(over)} of them missed")
    for part in missing:
        print(f"bench: {part}: not all of it was measured")
    return 1 if over or missing else 0


def quick_figures(fig):
    """What is compared with what was committed, in instructions."""
    none = "hook/empty/in/sk1/ipv4/1000"
    return {
        "segment": fig.added("hook/tcpwatch/in/sk1/ipv4/1000", none),
        "segment-without-socket":
            fig.instructions("hook/tcpwatch/in/sk0/ipv4/1000"),
        "segment-without-socket-ipv6":
            fig.instructions("hook/tcpwatch/in/sk0/ipv6/1000"),
        "fin": fig.instructions("hook/tcpwatch/fin/sk1/ipv4/1000"),
        "cycle": fig.added("cycle/tcpwatch", "cycle/none"),
        "cycle-with-reader":
            fig.added("cycle/tcpwatch+monitor", "cycle/none"),
        "read-proc": fig.instructions("read/proc/1000"),
        "read-netlink": fig.instructions("read/netlink/1000"),
    }


def quick(path, allowed_path):
    """No more instructions than were committed, but for a margin."""
    got = quick_figures(Figures(path))
    with open(allowed_path, encoding="utf-8") as lines:
        allowed = json.load(lines)
    print(f"TAP version 13\n1..{len(allowed)}")
    bad = 0
    for number, (name, most) in enumerate(allowed.items(), 1):
        fine = got[name] <= most * MARGIN
        bad += not fine
        print(f"{'ok' if fine else 'not ok'} {number} - {name}")
        print(f"# {got[name]:.1f} instructions, {most:.1f} were committed: "
              f"{100 * got[name] / most - 100:+.1f} %")
    return 1 if bad else 0


def update(path, allowed_path):
    """Commit to what was measured."""
    with open(allowed_path, "w", encoding="utf-8") as out:
        json.dump({name: round(value, 1) for name, value
                   in quick_figures(Figures(path)).items()}, out, indent=1)
        out.write("\n")
    return 0


def differ(path, other_path):
    """Of two runs, what differs by more than 0.1 %; not what was measured by
    the host's clock.  Status 1 where something does that repeats, or where
    not all was measured."""
    one, two = Figures(path), Figures(other_path)
    names = [name for name in one.names() if not name.startswith(HOSTS_CLOCK)]
    missing = [name for name in names if name not in two.rows]
    apart = [name for name in names if name in two.rows
             and abs(one.ns(name) - two.ns(name)) > 0.001 * one.ns(name)]
    unsteady = [name for name in names if name.startswith(tuple(UNSTEADY))]
    for name in apart:
        print(f"bench: {name}: {one.ns(name):.1f} ns, then "
              f"{100 * two.ns(name) / one.ns(name) - 100:+.3f} %"
              + (", which does not repeat" if name in unsteady else ""))
    moved = set(apart) - set(unsteady)
    print(f"bench: {len(names)} figures, {len(unsteady)} of which do not "
          f"repeat; of the others {len(moved)} differ by more than 0.1 %")
    missing += all_rows(one)[1] + all_rows(two)[1]
    for part in missing:
        print(f"bench: {part}: not all of it was measured")
    return 1 if moved or missing else 0


def main(args):
    """See the top."""
    if len(args) == 3 and args[0] == "-d":
        return differ(*args[1:])
    if len(args) == 3 and args[0] in ("-q", "-u"):
        return (quick if args[0] == "-q" else update)(*args[1:])
    if len(args) == 2:
        return report(*args)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
