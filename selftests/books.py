# SPDX-License-Identifier: GPL-2.0
"""The arithmetic of every counter: one reading of all that a namespace's
counters say, by every way to read them, and the sums that must hold.

A check compares two numbers that were counted apart.  None stops at the first
that differs: a Sheet keeps them all.
"""
import collections
import http.client
import json
import re
import time

import agree_lib
import client
import tcpw

CHUNK = 1 << 16         # octets of a stream at a time
PATIENCE = 200          # seconds until a quiet point must have come
ENDED_KEPT = 4096       # ended endpoints whose last steps are kept
SUSPECTS_KEPT = 2048    # corrected endpoints whose last steps are kept
HUGE = 1 << 62          # a counter that fell below 0 is near 2^64

LIVE = ["syn-sent", "syn-recv", "estab", "fin-wait-1", "fin-wait-2",
        "closing", "time-wait", "close-wait", "last-ack"]
HANDSHAKE = ("syn-sent", "syn-recv")
# From ESTAB on, until TIME-WAIT or the end.
OPEN = [st for st in LIVE if st not in HANDSHAKE + ("time-wait",)]
OPENS = ("active", "passive", "simultaneous", "cookie")
WAYS = ("three-way", "four-way")
# Of transitions that happened; the others were promised and did not.
REAL = ("confirmed", "kernel-first", "found")
# Causes of an event that takes such a promise back.
BACK = ("refuse", "defer")

# Causes by which the kernel is rightly first.
TIMELY = {("syn-sent", "app"), ("time-wait", "timer"),
          ("fin-wait-2", "timer")}

# What changes although nothing happens.
RESTLESS = ("watching-ns", "oldest-ns", "passes", "pass-age-ns", "pass-ns",
            "event-bytes")

# Rows of /proc/tcpwatch and where netlink has the same.
PROC_ROWS = {
    "open": ("open",),
    "failed-out": ("fail-active",),
    "failed-in": ("fail-passive",),
    "close": ("close",),
    "time-wait": ("time-wait", "end"),
    "late": ("time-wait", "late"),
    "small-fin2": ("fin-wait-2", "end"),
    "late-fin2": ("fin-wait-2", "late"),
    "anomaly": ("anomaly",),
    "audit": ("audit",),
    "table": ("memory",),
}

# Metrics with one label, and where netlink has the same.
METRICS = {
    "opens_total": ("kind", ("open",)),
    "closes_total": ("kind", ("close",)),
    "active_closes_total": ("handshake", ("close",)),
    "time_wait_ends_total": ("cause", ("time-wait", "end")),
    "time_wait_late_segments_total": ("kind", ("time-wait", "late")),
    "fin_wait_2_ends_total": ("cause", ("fin-wait-2", "end")),
    "fin_wait_2_late_segments_total": ("kind", ("fin-wait-2", "late")),
    "anomalies_total": ("kind", ("anomaly",)),
    "audit_transitions_total": ("verdict", ("audit",)),
    "audit_corrections_total": ("kind", ("audit",)),
    "flows_refused_total": ("reason", ("memory",)),
}
STATE_METRICS = {"state_endpoints": "now", "state_entered_total": "entered",
                 "state_left_total": "left",
                 "state_duration_seconds_count": "count"}


class Sheet:
    """What was checked, and all that differed, by the name of the check."""

    def __init__(self):
        self.checked = collections.Counter()
        self.wrong = collections.defaultdict(list)

    def equal(self, name, what, got, want):
        """One comparison of two numbers, or whatever they are."""
        self.checked[name] += 1
        if got != want:
            self.wrong[name].append(f"{what}: {got}, not {want}")

    def add(self, name, lines):
        """What somebody else has found; nothing is right."""
        self.checked[name] += 1
        self.wrong[name] += lines

    def merge(self, other, prefix):
        """Another sheet's, each line with a prefix."""
        self.checked += other.checked
        for name, lines in other.wrong.items():
            self.wrong[name] += [f"{prefix}: {line}" for line in lines]


def at(document, path):
    """What a document has at a path of keys."""
    for key in path:
        document = document[key]
    return document


def numbers(document, path=""):
    """(path, number) of all numbers of a document."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from numbers(value, f"{path}.{key}")
    elif isinstance(document, list):
        for key, value in enumerate(document):
            name = value.get("state") if isinstance(value, dict) else None
            yield from numbers(value, f"{path}.{name or key}")
    elif isinstance(document, int) and not isinstance(document, bool):
        yield path[1:], document


def settled(stats):
    """What stays as it is while nothing happens."""
    return {path: value for path, value in numbers(stats)
            if path.split(".")[-1] not in RESTLESS}


def but_segments(stats):
    """The same while somebody is asked over a connection that is watched."""
    return {path: value for path, value in settled(stats).items()
            if not path.startswith("segment")}


def metrics(text):
    """Samples of an exposition, {(name, labels): value}."""
    found = {}
    for line in text.splitlines():
        match = re.fullmatch(r"tcpwatch_(\w+?)(?:\{(.*)\})? (\S+)", line)
        if match:
            labels = frozenset(re.findall(r'([\w-]+)="([^"]*)"',
                                          match[2] or ""))
            found[match[1], labels] = float(match[3])
    return found


class Books:
    """All that the counters of this namespace say at one moment."""

    def __init__(self):
        self.stats = client.tell("show", "-H")
        self.table = tcpw.Table()
        self.matrix = client.tell("matrix")
        self.kernel = kernel_counts()
        self.sockets = agree_lib.diag_dump()
        self.mirror = agree_lib.mirror_endpoints()
        self.metrics = {}
        self.stats.pop("bucket-floor")
        self.hist = {row["span"]: row for row in self.stats.pop("hist")}
        self.state = {row["state"]: row for row in self.stats["state"]}

    def flows(self):
        """The state of each endpoint in the table, by its tuple."""
        return by_tuple(self.mirror)

    def kernel_flows(self):
        """The same of what the kernel has.  A timewait socket is gone from
        there a moment before the counters change."""
        return by_tuple(agree_lib.diag_endpoints(self.sockets))

    def rows(self, old=None, new=None, **where):
        """The sum of the matrix's rows that match."""
        return sum(row["count"] for row in self.matrix
                   if (old is None or row["old"] in old)
                   and (new is None or row["new"] in new)
                   and all(row[key] in value for key, value in where.items()))

    def opens(self):
        """Connections that were opened."""
        return sum(self.stats["open"][kind] for kind in OPENS)

    def closes(self):
        """Connections that ended."""
        return sum(value for kind, value in self.stats["close"].items()
                   if kind not in WAYS)

    def fails(self):
        """Handshakes that came to nothing."""
        return sum(sum(self.stats[f"fail-{role}"].values())
                   for role in ("active", "passive"))

    def now(self, states):
        """Endpoints in any of these states."""
        return sum(self.state[state]["now"] for state in states)

    def missing(self):
        """Endpoints that only the kernel has, where that is counted."""
        return self.stats["audit"].get("missing", 0)


def by_tuple(ends):
    """The states of endpoints, by their tuples."""
    return {(end.laddr, end.lport, end.raddr, end.rport): end.state
            for end in ends if end.state != "LISTEN"}


def read(connect=None):
    """A reading of all of it during which nothing changed; with connect(), of
    the metrics, too.  The server closes a connection that is idle for long."""
    deadline = time.monotonic() + PATIENCE
    server = None
    while time.monotonic() < deadline:
        server = server or connect and connect()
        books = Books()
        if settled(client.tell("show")) == settled(books.stats):
            if not server:
                return books
            try:
                books.metrics = metrics(server.get("/metrics"))
            except http.client.RemoteDisconnected:
                server = None
                continue
            if but_segments(client.tell("show")) == but_segments(books.stats):
                return books
        tcpw.quiet(0.2)
    raise tcpw.Failed(f"the counters did not rest within {PATIENCE} s")


def kernel_counts():
    """The kernel's own counters."""
    found = {}
    for path in ("/proc/net/netstat", "/proc/net/snmp"):
        with open(path, encoding="ascii") as proc:
            rows = [line.split() for line in proc]
        for names, values in zip(rows[::2], rows[1::2]):
            if names[0] in ("Tcp:", "TcpExt:"):
                found.update(zip(names[1:], map(int, values[1:])))
    return found


# --- what must hold ---

def check_range(books, sheet):
    """No counter has fallen below 0."""
    for path, value in numbers(books.stats):
        if value >= HUGE or value < 0:
            sheet.equal("range", path, value, "a count")
    sheet.checked["range"] += 1


def check_states(books, sheet):
    """Per state entered - left = now, and all of it is the matrix's sums."""
    for state in LIVE + ["listen"]:
        row = books.state[state]
        sheet.equal("entered-left", f"{state}: entered {row['entered']} - left"
                    f" {row['left']}", row["entered"] - row["left"],
                    row["now"])
    for state in LIVE + ["unconn"]:
        row = books.state[state]
        sheet.equal("matrix", f"into {state}",
                    books.rows(new=(state,), verdict=REAL), row["entered"])
        sheet.equal("matrix", f"out of {state}",
                    books.rows(old=(state,), verdict=REAL), row["left"])
    unconn = books.state["unconn"]
    flows = books.stats["memory"]
    sheet.equal("flows", "created", unconn["left"], flows["created"])
    sheet.equal("flows", "created - over", unconn["left"] - unconn["entered"],
                flows["flows"])
    sheet.equal("flows", "in all states", books.now(LIVE), flows["flows"])


def check_connections(books, sheet):
    """What was opened is closed or still open; what began was opened, came to
    nothing or is still under way."""
    seeded = books.rows(old=("unconn",), new=OPEN, cause=("seed",))
    sheet.equal("opens", f"opened {books.opens()} + {seeded} seeded - closed"
                f" {books.closes()}", books.opens() + seeded - books.closes(),
                books.now(OPEN))
    begun = books.rows(old=("unconn", "time-wait"), new=HANDSHAKE,
                       verdict=REAL)
    opened = books.opens() - books.stats["open"]["cookie"]
    sheet.equal("handshakes", f"begun {begun} - opened {opened} - failed"
                f" {books.fails()}", begun - opened - books.fails(),
                books.now(HANDSHAKE))
    count = books.stats["open"]
    for role, kinds in (("active", ("active", "simultaneous")),
                        ("passive", ("passive",))):
        sheet.equal("handshakes", f"rtx-{role}", sum(count[f"rtx-{role}"]),
                    sum(count[kind] for kind in kinds))
    close = books.stats["close"]
    sheet.equal("ways", "three-way + four-way",
                close["three-way"] + close["four-way"], close["active"])


def check_time_wait(books, sheet):
    """TIME-WAIT left = the sum of its ends; entered = closes that lead there.
    """
    ends = books.stats["time-wait"]["end"]
    row = books.state["time-wait"]
    sheet.equal("time-wait", "the sum of its ends", sum(ends.values()),
                row["left"])
    close = books.stats["close"]
    into = books.rows(old=("closing",), new=("time-wait",),
                      verdict=REAL)
    sheet.equal("time-wait", f"closed active {close['active']} + simultaneous"
                f" {into}", close["active"] + into, row["entered"])


def check_laps(books, sheet):
    """Each histogram's count = the summary's = laps of what it measures."""
    stats = books.stats
    for state in LIVE:
        sheet.equal("laps", f"{state}: in its histogram",
                    sum(books.hist[state]["buckets"]),
                    books.state[state]["count"])
    for span, want in (
            ("open-active", stats["open"]["active"]
             + stats["open"]["simultaneous"]),
            ("open-passive", stats["open"]["passive"]),
            ("last-restart", books.state["time-wait"]["count"])):
        sheet.equal("laps", f"{span}: in its histogram",
                    sum(books.hist[span]["buckets"]), want)


def check_audit(books, sheet):
    """The matrix by verdict and cause is what the audit says."""
    audit = books.stats["audit"]
    for verdict in REAL + ("wire-only",):
        sheet.equal("audit-sums", f"matrix, {verdict}",
                    books.rows(verdict=(verdict,)), audit[verdict])
    sheet.equal("audit-sums", "matrix, of cause unknown",
                books.rows(cause=("unknown",)), audit["unknown"])
    for name in ("drift", "unknown"):
        sheet.equal(name, f"audit {name}", audit[name], 0)
    sheet.equal("missing", "audit missing", books.missing(), 0)


def check_kernel(books, sheet):
    """What the kernel counts itself.  Not its PassiveOpens: where two CPUs
    have the last two segments of a handshake it makes two sockets, counts
    both, and drops one."""
    kernel, stats = books.kernel, books.stats
    # a timewait socket counts when it is made, in 5.10 when its timer ends it
    ends = stats["time-wait"]["end"], stats["fin-wait-2"]["end"]
    if tcpw.kernel() < (6, 1):
        ours = sum(end["expired"] for end in ends)
    else:
        ours = books.state["time-wait"]["entered"] + sum(ends[1].values()) \
            - ends[1]["not-created"]
    if not books.now(("fin-wait-2",)):  # of which some have timewait sockets
        sheet.equal("kernel", "timewait sockets of the kernel, of ours",
                    kernel["TW"] + kernel["TWKilled"], ours)
    fails = {role: stats[f"fail-{role}"] for role in ("active", "passive")}
    for name, ours in (
            ("ActiveOpens", books.rows(old=("unconn", "time-wait"),
                                       new=("syn-sent",), verdict=REAL)),
            ("AttemptFails", sum(fails["active"].values())
             - fails["active"]["cancelled"] + fails["passive"]["reset"]),
            ("EstabResets", books.rows(old=("estab", "close-wait"),
                                       new=("unconn",), verdict=REAL)),
            ("CurrEstab", books.now(("estab", "close-wait"))),
            ("OutRsts", sum(row["rst"] for row in stats["segment"]
                            if row["direction"] == "out")),
            ("TWRecycled", sum(end["reused"] for end in ends)),
            ("TCPTimeWaitOverflow",
             stats["time-wait"]["end"]["not-created"]
             + stats["fin-wait-2"]["end"]["not-created"])):
        sheet.equal("kernel", f"{name} of the kernel, of ours", kernel[name],
                    ours)


def check_proc(books, sheet):
    """/proc/tcpwatch says what netlink says."""
    table = books.table
    for state in LIVE + ["listen", "unconn"]:
        for key in ("now", "entered", "left"):
            sheet.equal("proc", f"{state} {key}",
                        table.state[state.upper()][key],
                        books.state[state][key])
    for row, path in PROC_ROWS.items():
        there = at(books.stats, path)
        same = [key for key in table.row[row] if key in there]
        sheet.equal("proc", f"{row}: any number of it", bool(same), True)
        for key in same:
            sheet.equal("proc", f"{row} {key}", table.row[row][key],
                        there[key])
    for span, row in table.state.items():
        if "count" in row:
            sheet.equal("proc", f"{span} count", row["count"],
                        sum(books.hist[span]["buckets"]))


def check_metrics(books, sheet):
    """A scrape says what netlink says."""
    for state in LIVE:
        for name, key in STATE_METRICS.items():
            sample = books.metrics.get((name, frozenset([("state", state)])))
            sheet.equal("metrics", f"{name} of {state}", sample,
                        books.state[state][key])
    for name, (label, path) in METRICS.items():
        samples = {dict(labels)[label]: value for (which, labels), value
                   in books.metrics.items() if which == name}
        sheet.equal("metrics", f"{name}: any", bool(samples), True)
        for key, value in samples.items():
            sheet.equal("metrics", f"{name} of {key}", value,
                        at(books.stats, path)[key])
    for name, key in (("flows", "flows"), ("flows_created_total", "created")):
        sheet.equal("metrics", name, books.metrics.get((name, frozenset())),
                    books.stats["memory"][key])


def check_all(books, sheet):
    """All that holds at any quiet point."""
    for func in (check_range, check_states, check_connections,
                 check_time_wait, check_laps, check_audit, check_kernel,
                 check_proc):
        func(books, sheet)
    if books.metrics:
        check_metrics(books, sheet)


# --- the stream ---

class Stream:
    """What a reader of monitor -j -r learns."""

    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.rows = collections.deque()         # fetched, and not looked at
        self.states = {}
        self.up_to = 0          # the snapshot has all up to this number
        self.seq = 0
        self.lost = 0
        self.bad = []           # steps and numbers that do not follow
        self.moves = collections.Counter()      # by old, new, cause
        self.stays = collections.Counter()      # told, by state
        self.refused = collections.Counter()    # of moves, taken back
        # corrected endpoints and their last steps, the latest ones
        self.suspects = collections.OrderedDict()
        # last steps of live endpoints, and of recently ended ones: the socket
        # may have refused the RST that seemed to end one
        self.last = {}
        self.over = collections.OrderedDict()

    def catch_up(self, seq):
        """Read up to this number; false where it does not come."""
        deadline = time.monotonic() + PATIENCE
        while self.seq < seq:
            if self.rows:
                self.line(self.rows.popleft())
            elif not self.more():
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.1)
        self.forget()
        return True

    def more(self):
        """Fetch the next lines; false where there are none."""
        with open(self.path, "rb") as lines:
            lines.seek(self.offset)
            text = lines.read(CHUNK)
        text = text[:text.rfind(b"\n") + 1]
        self.offset += len(text)
        rows = b"[" + text.rstrip().replace(b"\n", b",") + b"]"
        self.rows.extend(json.loads(rows))
        return bool(text)

    def forget(self):
        """Give back the memory of what has been read."""
        if self.offset:
            tcpw.run("fallocate", "-p", "-o", "0", "-l", str(self.offset),
                     self.path)

    def line(self, row):
        """One line of it."""
        if "resync" in row:
            self.states = {}
            self.up_to = self.seq = row["seq"]
        elif "snapshot" in row:
            self.states[key_of(row)] = row["state"]
        elif "lost" in row:
            self.lost += row["lost"]
            self.number(row["seq"], row["lost"])
        else:
            self.number(row["seq"], 1)
            if row["seq"] > self.up_to:
                self.event(row)

    def number(self, seq, count):
        """Numbers follow each other."""
        if seq > self.up_to and seq != self.seq + 1:
            self.bad.append(f"number {seq} after {self.seq}")
        self.seq = seq + count - 1

    def event(self, row):
        """One transition."""
        key, old, new = key_of(row), row["old"], row["new"]
        was = self.states.get(key, "unconn")
        if was != old:
            self.bad.append(f"{key}: from {old} where it was {was}")
        steps = self.last.setdefault(key, self.over.pop(key, []))
        if row["verdict"] == "wire-only":
            self.take_back(key, steps, row)
        else:
            self.moves[old, new, row["cause"]] += 1
            # one segment led through it: no stay
            self.stays[old] += row.get("duration-ns", 0) > 0
        steps.append(row)
        del steps[:-16]
        if row["verdict"] in ("kernel-first", "wire-only") and \
                (old, row["cause"]) not in TIMELY:
            self.suspects[key, id(steps)] = steps
            if len(self.suspects) > SUSPECTS_KEPT:
                self.suspects.popitem(last=False)
        if new == "unconn":
            self.states.pop(key, None)
            self.over[key] = self.last.pop(key)
            if len(self.over) > ENDED_KEPT:
                self.over.popitem(last=False)
        else:
            self.states[key] = new

    def take_back(self, key, steps, row):
        """The last steps, up to where this event leads, did not happen.  Where
        it tells a stay, that is the last that they told, and goes on."""
        if row["cause"] not in BACK:
            self.bad.append(f"{key}: taken back by cause {row['cause']}")
        state = row["old"]
        goes_on = "duration-ns" in row
        for step in reversed(steps):
            if state == row["new"] or step["new"] != state:
                break
            state = step["old"]
            move = state, step["new"], step["cause"]
            self.moves[move] -= 1
            self.refused[move] += 1
            if goes_on and step.get("duration-ns", 0) > 0:
                self.stays[state] -= 1
                goes_on = False
        if state != row["new"]:
            self.bad.append(f"{key}: taken back to {row['new']}, but its steps"
                            f" lead to {state}")
        if goes_on:
            self.bad.append(f"{key}: a stay of {row['duration-ns']} ns goes on"
                            " that no event told")


def key_of(row):
    """The tuple as an endpoint has it."""
    return row["laddr"], str(row["lport"]), row["raddr"], str(row["rport"])


def check_stream(books, stream, sheet):
    """The stream replayed from its start is the table, has all that the kernel
    has, and is what the counters say."""
    table = books.flows()
    sheet.equal("stream", "all came",
                stream.catch_up(books.stats["events"]["seq"]), True)
    sheet.equal("stream", "lost", stream.lost, 0)
    sheet.add("stream", stream.bad)
    stream.bad = []
    replayed = {key: state.upper() for key, state in stream.states.items()
                if state != "listen"}
    for key in sorted(replayed.keys() | table.keys()):
        if replayed.get(key) != table.get(key):
            sheet.equal("stream", " ".join(key), replayed.get(key),
                        table.get(key))
    for key, state in books.kernel_flows().items():
        if replayed.get(key) != state:
            sheet.equal("stream", "the kernel's " + " ".join(key),
                        replayed.get(key), state)
    sheet.checked["stream"] += len(table)
    check_moves(books, stream, sheet)


def check_moves(books, stream, sheet):
    """As many transitions were told as are counted, those that were taken back
    apart, and as many stays."""
    for told, verdicts in ((stream.moves, REAL),
                           (stream.refused, ("wire-only",))):
        counted = collections.Counter()
        for row in books.matrix:
            if row["verdict"] in verdicts:
                counted[row["old"], row["new"], row["cause"]] += row["count"]
        for move in sorted(counted.keys() | told.keys()):
            sheet.equal("events", f"{' '.join(move)} {verdicts[0]}: told",
                        told[move], counted[move])
    for state in LIVE:
        sheet.equal("event-laps", f"events that tell a stay in {state}",
                    stream.stays[state], sum(books.hist[state]["buckets"]))
