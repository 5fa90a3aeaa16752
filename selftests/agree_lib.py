# SPDX-License-Identifier: GPL-2.0
"""The agreement harness: at quiet points of a workload, is every endpoint that
tcpwatch lists one that the kernel has, in the same state, and the reverse?

A workload is a function test_*(at) of a program that ends in main(globals());
it calls at.compare() where it has fallen quiet.  The kernel is asked twice:
through inet_diag before and after, every third time through ss as well (it
asks inet_diag, too, and takes longer than all the rest).  A workload fails
when any endpoint differs, or when tcpwatch's own audit found drift or a
transition of unknown cause.  AGREE_ROUNDS=N runs all of them N times.
"""
import collections
import functools
import itertools
import os
import socket
import struct
import time
import traceback

import tcpw

ROUNDS = int(os.environ.get("AGREE_ROUNDS", "1"))
PATIENCE = 60           # seconds until a quiet point must have come
MSG_FASTOPEN = 0x20000000
SHOWN = 20              # endpoints that differ, per comparison
FAMILIES = (socket.AF_INET, socket.AF_INET6)

# As the kernel numbers them; 12 is a request socket.
KERNEL_STATES = ("", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1",
                 "FIN-WAIT-2", "TIME-WAIT", "UNCONN", "CLOSE-WAIT",
                 "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECV")

# An endpoint, whoever lists it.  A listener has no remote end.
Endpoint = collections.namedtuple("Endpoint", "family state laddr lport raddr"
                                  " rport ifindex")
SS_EVERY = 3            # quiet points
POINTS = itertools.count()
TOTAL = collections.Counter()


# --- addresses: one way to write each ---

@functools.lru_cache(maxsize=None)
def address(family, raw):
    """(family, text) of a packed address; IPv4-mapped is IPv4."""
    if family == socket.AF_INET:
        return 4, socket.inet_ntop(family, raw[:4])
    if raw[:12] == bytes(10) + b"\xff\xff":
        return 4, socket.inet_ntop(socket.AF_INET, raw[12:])
    return 6, socket.inet_ntop(family, raw)


@functools.lru_cache(maxsize=None)
def address_of(text):
    """The same of an address in text."""
    if text == "*":             # ss: the wildcard of both families
        text = "::"
    return address(tcpw.family_of(text), tcpw.packed(text))


def endpoint(state, local, lport, remote, rport, ifindex):
    """An endpoint from two results of address()."""
    if state == "LISTEN":
        return Endpoint(local[0], state, local[1], lport, "", "", ifindex)
    return Endpoint(local[0], state, local[1], lport, remote[1], rport,
                    ifindex)


# --- who says what; each a Counter, since listeners may share an address ---

def diag_dump():
    """What inet_diag lists, as raw bytes."""
    found = collections.Counter()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as sock:
        for family in FAMILIES:
            sock.send(struct.pack("=IHHIIBBBxI48x", 72, 20, 0x301, 0, 0,
                                  family, socket.IPPROTO_TCP, 0, 0xffffffff))
            while diag_messages(sock.recv(1 << 17), found):
                pass
    return found


def diag_messages(buf, found):
    """Add one buffer's messages to found; false after the last of a dump."""
    pos = 0
    while pos < len(buf):
        length, kind = struct.unpack_from("=IH", buf, pos)
        if kind == 3:
            return False
        tcpw.check(kind == 20, f"inet_diag: message of type {kind}")
        # family and state; ports, addresses and interface
        found[buf[pos + 16:pos + 18] + buf[pos + 20:pos + 60]] += 1
        pos += length
    return True


def diag_endpoints(dump):
    """The endpoints of a dump."""
    found = collections.Counter()
    for raw, count in dump.items():
        family, state, lport, rport, laddr, raddr = struct.unpack_from(
            "!BBHH16s16s", raw)
        if KERNEL_STATES[state] != "UNCONN":
            found[endpoint(KERNEL_STATES[state], address(family, laddr),
                           str(lport), address(family, raddr), str(rport),
                           struct.unpack_from("=I", raw, 38)[0])] += count
    return found


def ss_address(text):
    """(address(), port, interface) of an end as ss prints it."""
    host, _, port = text.rpartition(":")
    host, _, dev = host.partition("%")
    return (address_of(host.strip("[]")), port,
            socket.if_nametoindex(dev) if dev else 0)


def ss_endpoints():
    """What ss lists."""
    found = collections.Counter()
    for line in tcpw.run("ss", "-tanH").splitlines():
        state, _, _, near, far = line.split()[:5]
        local, lport, ifindex = ss_address(near)
        if state == "LISTEN":
            found[endpoint(state, local, lport, None, None, ifindex)] += 1
        elif state != "UNCONN":
            remote, rport, _ = ss_address(far)
            found[endpoint(state, local, lport, remote, rport, ifindex)] += 1
    return found


def mirror_endpoints():
    """What tcpwatch lists.  A flow may come twice when its table grew."""
    found = collections.Counter()
    for words in proc_lines("tcpwatch_flows"):
        found[endpoint(words[1], address_of(words[2]), words[3],
                       address_of(words[4]), words[5], int(words[6]))] = 1
    for words in proc_lines("tcpwatch_listeners"):
        found[endpoint("LISTEN", address_of(words[1]), words[2], None, None,
                       int(words[3]))] += int(words[4])
    return found


def proc_lines(name):
    """The lines of a file for programs, split into words."""
    with open("/proc/net/" + name, encoding="ascii") as proc:
        return [line.split() for line in proc if line[0] != "#"]


def activity():
    """What changes with every segment that comes or goes."""
    rows = []
    for name in ("snmp", "netstat"):
        with open("/proc/net/" + name, encoding="ascii") as proc:
            rows += [line for line in proc if line.startswith("Tcp")]
    return rows


def quiet_point():
    """(what the kernel has, what tcpwatch has, its Table), read while no
    segment came or went and no socket changed its state."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        before = activity()
        tcpw.quiet()
        dump = diag_dump()
        kernel = diag_endpoints(dump)
        said = ss_endpoints() if next(POINTS) % SS_EVERY == 0 else kernel
        mirror, table = mirror_endpoints(), tcpw.Table()
        if diag_dump() == dump and activity() == before and said == kernel:
            return kernel, mirror, table
    raise tcpw.Failed("\n".join([f"no quiet point in {PATIENCE} s"]
                                + listed("ss", said - kernel)
                                + listed("inet_diag", kernel - said)))


def settled_point():
    """A quiet point; where the kernel does not report the ends of request and
    timewait sockets, one as long after them as /proc/tcpwatch says: 250 ms,
    or 10 s for TIME-WAIT that is cut short."""
    kernel, mirror, table = quiet_point()
    if table.polled() and kernel != mirror:
        late = {end.state for end in mirror - kernel}
        tcpw.quiet(11 if "TIME-WAIT" in late else 0.4)
        kernel, mirror, table = quiet_point()
    return kernel, mirror, table


def counted(ends):
    """How many there are in each state, listeners left out."""
    states = collections.Counter()
    for end, count in ends.items():
        if end.state != "LISTEN":
            states[end.state] += count
    return states


def listed(who, ends):
    """Lines for endpoints that only one of two lists has."""
    return [f"only {who}: " + " ".join(map(str, end))
            for end in sorted(ends)[:SHOWN]]


def sockets():
    """The first lines of all that ss knows."""
    return tcpw.run("ss", "-tanoe").splitlines()[:3 * SHOWN]


# --- a workload ---

class Agreement:
    """One run of one workload: what it compared, and what came of it."""

    def __init__(self, name, ns):
        self.name = name
        self.ns = ns
        self.compared = self.differ = 0
        self.tables = {}        # the last one, by inode of the namespace
        self.evidence = []
        self.kept = []          # sockets that must not be closed yet

    def keep(self, *socks):
        """Hold on to sockets until the workload ends."""
        self.kept += socks
        return socks[0] if len(socks) == 1 else socks

    def compare(self, want=None):
        """Compare all of this namespace; want says what the workload thinks
        that the kernel has, by state, listeners left out."""
        kernel, mirror, table = settled_point()
        if want is not None and counted(kernel) != want:
            tcpw.quiet(1)       # a delayed ACK, perhaps
            kernel, mirror, table = settled_point()
        self.compared += (kernel | mirror).total()
        self.tables[os.stat("/proc/self/ns/net").st_ino] = table
        missing, extra = kernel - mirror, mirror - kernel
        if missing or extra:
            self.differ += len({end._replace(state="")
                                for end in missing + extra})
            self.show(missing, extra, table)
        if want is not None:
            states = counted(kernel)
            tcpw.check(states == want,
                       "\n".join([f"the workload is wrong: {dict(states)},"
                                  f" not {want}"] + sockets()))

    def show(self, missing, extra, table):
        """Keep what there is to see of a disagreement."""
        self.evidence += listed("kernel", missing) + listed("tcpwatch", extra)
        self.evidence += audit_rows(table)
        self.evidence += sockets()

    def everywhere(self, *spaces):
        """Compare in each of these namespaces."""
        for ns in spaces:
            with ns:
                self.compare()

    def audit(self, *names):
        """The sum of audit counters over all namespaces."""
        return sum(table.row["audit"][name]
                   for table in self.tables.values() for name in names)

    def finish(self, error):
        """The workload's line, and the verdict; error is what stopped it."""
        for sock in self.kept:
            sock.close()
        sums = {"compared": self.compared, "differ": self.differ,
                "corrected": self.audit("kernel-first", "wire-only"),
                "drift": self.audit("drift"),
                "unknown": self.audit("unknown")}
        TOTAL.update(sums)
        print(f"# agree: {self.name} compared {self.compared} differ"
              f" {self.differ} corrected {sums['corrected']}", flush=True)
        if not (error or sums["differ"] or sums["drift"] or sums["unknown"]):
            return
        rows = sum(map(audit_rows, self.tables.values()), self.evidence)
        raise tcpw.Failed("\n".join([error or str(sums)] + rows))


def audit_rows(table):
    """What a Table says of corrections."""
    return [line for line in table.text.splitlines()
            if line.startswith(("corrected ", "audit "))]


def case(name, func):
    """A test case of tcpw.main() for a workload."""
    def test(ns):
        at = Agreement(name, ns)
        error = None
        try:
            func(at)
            at.compare()
        except (tcpw.Skip, tcpw.NotHere):
            raise
        except tcpw.Failed as err:
            error = str(err)
        except Exception:       # what was found before counts all the same
            error = traceback.format_exc()
        at.finish(error)
    return test


def main(namespace):
    """Run every test_* of a program, AGREE_ROUNDS times; print the total."""
    cases = {}
    for number in range(ROUNDS):
        for name, func in namespace.items():
            if name.startswith("test_"):
                key = name if number == 0 else f"{name}_round_{number + 1}"
                cases[key] = case(name[5:], func)
    try:
        tcpw.main(cases)
    finally:
        print("# agree: total", " ".join(
            f"{key} {TOTAL[key]}" for key in
            ("compared", "differ", "corrected", "drift", "unknown")),
            flush=True)


# --- what several programs need ---

def both_ways(rounds=1):
    """Connections over loopback, (one end, the other): over IPv4 and IPv6,
    the client first and the server first."""
    ends = []
    for _ in range(rounds):
        for family in FAMILIES:
            ends += [tcpw.pair(family), tcpw.pair(family)[::-1]]
    return ends


def close_all(pairs):
    """Close both ends of each."""
    for ends in pairs:
        for sock in ends:
            sock.close()


def fast_open(family, data, addr, port):
    """A client that sends data with its SYN, if the kernel lets it."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        sock.sendto(data, MSG_FASTOPEN, (addr, port))
    except BlockingIOError:
        pass
    return sock


def blackhole():
    """A network 10.9.9.0/24 that swallows every segment sent to it; the
    address 10.9.9.1 is ours."""
    tcpw.run("ip", "link", "add", "hole", "type", "dummy")
    tcpw.run("ip", "addr", "add", "10.9.9.1/24", "dev", "hole")
    tcpw.run("ip", "link", "set", "hole", "up")


def syn_from_hole(port, sport, seq=1000):
    """A SYN from somebody in the hole, who will never answer."""
    tcpw.raw_send("10.9.9.9", "10.9.9.1", tcpw.tcp_header(
        "10.9.9.9", "10.9.9.1", sport, port, seq, 0, tcpw.SYN))


def nft(*rules):
    """Load rules into a table of this namespace: (chain hook, rule)..."""
    text = ["table inet agree {"]
    for number, (hook, rule) in enumerate(rules):
        text.append(f"chain c{number} {{ type {hook}; {rule}; }}")
    text.append("}")
    try:
        tcpw.run("nft", "\n".join(text))
    except (tcpw.Failed, FileNotFoundError) as err:
        raise tcpw.Skip(f"no nftables: {err}") from err
