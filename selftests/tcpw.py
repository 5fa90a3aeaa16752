# SPDX-License-Identifier: GPL-2.0
"""What the selftests share: TAP, network namespaces, connections, and the two
tables to compare: /proc/tcpwatch and what ss says of the same sockets.

A test case is a function test_*(ns) that returns nothing and raises Failed
(or Skip); main() runs each in a network namespace of its own, whose counters
begin at zero.
"""
import collections
import contextlib
import ctypes
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback

STATES = ["SYN-SENT", "SYN-RECV", "ESTAB", "FIN-WAIT-1", "FIN-WAIT-2",
          "CLOSING", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK"]
QUIET = 0.04            # seconds; the contract of the mirror is 10 ms
WALK = 11               # seconds until the walk has found everything
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


MODULE = os.environ.get("TCPWATCH_KO", "module/tcpwatch.ko")
REPORTS = ("WARNING", "BUG", "Call Trace", "KASAN", "ODEBUG", "INFO: ")


class Failed(Exception):
    """The test case found what it must not find."""


class Skip(Exception):
    """The test case cannot run here; the reason is its text."""


class NotHere(Exception):
    """What the rest of the test case asks for is not in this kernel, by its
    nature: nothing is missing; the reason is its text."""


def clock_stands_still():
    """Does no time pass while anything runs?  User-Mode Linux can do that."""
    with open("/proc/cmdline", encoding="ascii") as cmdline:
        return "time-travel" in cmdline.read()


def kernel():
    """The kernel's version, as far as (major, minor)."""
    return tuple(map(int, os.uname().release.split(".")[:2]))


def is_realtime():
    """Is it a kernel with PREEMPT_RT?"""
    return "PREEMPT_RT" in os.uname().version


class Busy:
    """Keeps the CPU from idling for the time of a with block.  A clock that
    jumps when there is nothing to do would do so whenever a command waits for
    its own file to be read, by any number of seconds.  Not where the clock
    stands still while anything runs: there reading takes no time."""

    def __init__(self):
        self.pid = 0
        self.depth = 0          # of with blocks within each other

    def begin(self):
        """Fork the process that does nothing, before there are sockets."""
        if clock_stands_still():
            return
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            LIBC.prctl(1, signal.SIGKILL)       # PR_SET_PDEATHSIG
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
            os.kill(os.getpid(), signal.SIGSTOP)
            while os.getppid() == parent:
                pass
            os._exit(0)
        os.waitpid(self.pid, os.WUNTRACED)

    def end(self):
        """It is no longer needed."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0

    def __enter__(self):
        self.depth += 1
        if self.pid and self.depth == 1:
            os.kill(self.pid, signal.SIGCONT)

    def __exit__(self, *_):
        self.depth -= 1
        if self.pid and not self.depth:
            os.kill(self.pid, signal.SIGSTOP)

    def sleep(self, seconds):
        """Sleep long within a with block, so that it takes no time."""
        if self.pid and self.depth:
            os.kill(self.pid, signal.SIGSTOP)
        time.sleep(seconds)
        if self.pid and self.depth:
            os.kill(self.pid, signal.SIGCONT)


BUSY = Busy()


def run(*cmd, check=True, pass_fds=()):
    """Run a command, return what it printed."""
    with BUSY:
        done = subprocess.run(cmd, capture_output=True, text=True, check=False,
                              pass_fds=pass_fds)
    if check and done.returncode:
        raise Failed(f"{' '.join(cmd)}: {done.stderr.strip()}")
    return done.stdout


def check(cond, text):
    """Fail the test case unless cond holds."""
    if not cond:
        raise Failed(text)


def load():
    """Load the module."""
    run("insmod", MODULE)


def unload():
    """Unload it."""
    run("rmmod", "tcpwatch")


def kernel_log(reports=REPORTS):
    """Lines of the kernel log that report a fault."""
    return [line for line in run("dmesg").splitlines()
            if any(word in line for word in reports)]


# --- namespaces ---

class Netns:
    """A network namespace with a random name, loopback up."""

    def __init__(self):
        self.name = "tcpw-" + os.urandom(4).hex()
        self.outer = []         # where to return to
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "set", "lo", "up")

    def __enter__(self):
        self.outer.append(open("/proc/self/ns/net", "rb"))
        with open(f"/run/netns/{self.name}", "rb") as target:
            enter_netns(target)
        return self

    def __exit__(self, *_):
        with self.outer.pop() as outer:
            enter_netns(outer)

    def delete(self):
        """Remove the name; the namespace goes with its last socket."""
        run("ip", "netns", "del", self.name)


def enter_netns(fileobj):
    """Move this process into a network namespace."""
    if LIBC.setns(fileobj.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def host():
    """Inside the initial network namespace."""
    with open("/proc/self/ns/net", "rb") as mine, \
            open("/proc/1/ns/net", "rb") as first:
        enter_netns(first)
        try:
            yield
        finally:
            enter_netns(mine)


@contextlib.contextmanager
def netns():
    """A namespace for the time of a with block, not entered."""
    ns = Netns()
    try:
        yield ns
    finally:
        ns.delete()


@contextlib.contextmanager
def veth_pair(addr4=("10.11.12.1", "10.11.12.2"),
              addr6=("fd00:11::1", "fd00:11::2")):
    """Two namespaces joined by a veth pair: (a, b)."""
    with netns() as a, netns() as b:
        run("ip", "link", "add", "va", "netns", a.name, "type", "veth",
            "peer", "name", "vb", "netns", b.name)
        for ns, dev, v4, v6 in ((a, "va", addr4[0], addr6[0]),
                                (b, "vb", addr4[1], addr6[1])):
            run("ip", "-n", ns.name, "addr", "add", v4 + "/24", "dev", dev)
            run("ip", "-n", ns.name, "addr", "add", v6 + "/64", "dev", dev,
                "nodad")
            run("ip", "-n", ns.name, "link", "set", dev, "up")
        yield a, b


def static_neighbours(a, b):
    """Spare a veth_pair() ARP, which could not do what netem keeps from it."""
    for ns, dev, peer, addr, peer_dev in (
            (a, "va", b, "10.11.12.2", "vb"),
            (b, "vb", a, "10.11.12.1", "va")):
        mac = run("ip", "-n", peer.name, "-br", "link", "show", "dev",
                  peer_dev).split()[2]
        run("ip", "-n", ns.name, "neigh", "replace", addr, "lladdr", mac,
            "dev", dev)


def netem(dev, *args):
    """Put a netem queue on a device of the current namespace, or change it."""
    try:
        run("tc", "qdisc", "replace", "dev", dev, "root", "netem", *args)
    except Failed as err:
        raise Skip(f"no netem: {err}") from err


def sysctl(name, value):
    """Set a sysctl of the current network namespace."""
    if not os.path.exists("/proc/sys/" + name):
        raise Skip(f"this kernel has no {name}")
    with open("/proc/sys/" + name, "w", encoding="ascii") as ctl:
        ctl.write(str(value))


# --- the two tables ---

def number(word):
    """A number of a table; None where there is none."""
    return None if word == "-" else float(word) if "." in word else int(word)


class Table:
    """One reading of /proc/tcpwatch: states and spans by name and column,
    other rows by key, transitions that no segment made by old state, new state
    and cause."""

    def __init__(self):
        self.state = {}
        self.row = collections.defaultdict(dict)
        self.moved = {}     # by (old state, new state, cause)
        columns = []
        with open("/proc/tcpwatch", encoding="ascii") as proc:
            self.text = proc.read()
        for line in self.text.splitlines():
            words = line.split()
            if not words:
                columns = []
            elif words[0] in ("state", "span", "segment"):
                columns = words[1:]
            elif words[0] in ("corrected", "found"):
                self.moved[tuple(words[1:4])] = int(words[4])
            elif columns:
                self.state[words[0]] = dict(zip(columns,
                                                map(number, words[1:])))
            elif words[0] != "tcpwatch":
                self.row[words[0]] = {key: int(value) for key, value
                                      in zip(words[1::2], words[2::2])}

    def polled(self):
        """Are ends that the kernel does not report looked for by the walk?"""
        return " ends polled/" in self.text

    def now(self):
        """Sockets by state, listeners too, zeros left out."""
        return {st: self.state[st]["now"] for st in ["LISTEN"] + STATES
                if self.state[st]["now"]}

    def entered(self):
        """How often each state was entered, zeros left out."""
        return {st: self.state[st]["entered"] for st in STATES + ["UNCONN"]
                if self.state[st]["entered"]}


def ss_states():
    """Sockets by state as ss counts them."""
    out = run("ss", "-tanH")
    counts = collections.Counter(line.split()[0] for line in out.splitlines())
    counts.pop("UNCONN", None)
    return dict(counts)


def mib(name):
    """A counter of the kernel's own, of this network namespace."""
    for path in ("/proc/net/netstat", "/proc/net/snmp"):
        with open(path, encoding="ascii") as proc:
            rows = [line.split() for line in proc]
        for names, values in zip(rows[::2], rows[1::2]):
            if name in names:
                return int(values[names.index(name)])
    raise Skip(f"this kernel does not count {name}")


def timewait_sockets():
    """How many the kernel has in this namespace."""
    with open("/proc/net/sockstat", encoding="ascii") as lines:
        words = [line.split() for line in lines if line.startswith("TCP:")][0]
    return int(words[words.index("tw") + 1])


def quiet(seconds=QUIET):
    """Let everything settle."""
    time.sleep(seconds)


def agree():
    """After a quiet moment the table must say what ss says."""
    quiet()
    before = ss_states()
    table = Table()
    after = ss_states()
    if before != after:         # a timer of the kernel's went off in between
        return agree()
    check(table.now() == before,
          f"tcpwatch says {table.now()}, ss says {before}\n{table.text}"
          f"{run('ss', '-tanoe')}")
    return table


def expect(what, got, want):
    """Compare dictionaries where only the wanted keys count."""
    seen = {key: got.get(key, 0) for key in want}
    check(seen == want, f"{what}: got {seen}, want {want}")


def uncorrected(table):
    """The mirror went every step by itself: the kernel had to correct none."""
    expect("audit", table.row["audit"], {"kernel-first": 0, "wire-only": 0})
    return table


# --- connections ---

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def listen(family=socket.AF_INET, addr=None, port=0, backlog=128):
    """A listening socket."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((addr or LOOPBACK[family], port))
    sock.listen(backlog)
    return sock


def connect(lsock, family=None, addr=None):
    """A connection through a listener: (client, server)."""
    family = family or lsock.family
    name = lsock.getsockname()
    client = socket.socket(family, socket.SOCK_STREAM)
    client.connect((addr or name[0], name[1]))
    server, _ = lsock.accept()
    return client, server


def many(lsock, count):
    """Connections through one listener, over as many addresses as it takes:
    (client, server) each."""
    return [connect(lsock, addr=f"127.0.{1 + number // 10000}.1")
            for number in range(count)]


def pair(family=socket.AF_INET):
    """A loopback connection: (client, server)."""
    with listen(family) as lsock:
        return connect(lsock)


def linger0(sock):
    """Make close() send a RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


def wait_close(sock):
    """Read until the peer's FIN."""
    while sock.recv(65536):
        pass


def fill(sock):
    """Write until neither end has room for more; sock no longer blocks."""
    sock.setblocking(False)
    try:
        while True:
            sock.send(b"x" * 65536)
    except BlockingIOError:
        pass


def start(family, addr, port, source=None, **options):
    """A connect() that does not wait for its end; options by name."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    for name, value in options.items():
        sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    if source:
        sock.bind(source)
    sock.setblocking(False)
    sock.connect_ex((addr, port))
    return sock


def established(port, family=socket.AF_INET):
    """A loopback connection with known ports, the client's the next one."""
    addr = LOOPBACK[family]
    with listen(family, port=port) as lsock:
        client = socket.socket(family, socket.SOCK_STREAM)
        client.bind((addr, port + 1))
        client.connect((addr, port))
        server, _ = lsock.accept()
    return client, server


def next_numbers(sock):
    """(rcv_nxt, snd_nxt) of a connection, read by TCP_REPAIR."""
    tcp_repair, tcp_repair_queue, tcp_queue_seq = 19, 20, 21
    sock.setsockopt(socket.IPPROTO_TCP, tcp_repair, 1)
    numbers = []
    for queue in (1, 2):        # receive queue, send queue
        sock.setsockopt(socket.IPPROTO_TCP, tcp_repair_queue, queue)
        numbers.append(sock.getsockopt(socket.IPPROTO_TCP, tcp_queue_seq)
                       & 0xffffffff)
    sock.setsockopt(socket.IPPROTO_TCP, tcp_repair, -1)     # off, no probe
    return numbers


# --- a crowd of connections between two namespaces ---

def churn(a, b, rng, look, count):
    """Open connections, talk a little, close them in one way or another;
    look() is called after each step."""
    with b:
        lsock = listen(addr="10.11.12.2", port=80)
        lsock.setblocking(False)
    with a:
        clients = [start(socket.AF_INET, "10.11.12.2", 80)
                   for _ in range(count)]
    servers = []
    deadline = time.monotonic() + 20
    while len(servers) < count and time.monotonic() < deadline:
        if select.select([lsock], [], [], 1)[0]:
            servers.append(lsock.accept()[0])
    look()
    for sock in clients + servers:
        try:
            sock.send(b"x" * rng.randrange(1, 5000))
        except (BlockingIOError, ConnectionError):
            pass
    look()
    rng.shuffle(clients)
    for sock in clients[:count // 2] + servers[:count // 2]:
        end(sock, rng)
    look()
    for sock in clients[count // 2:] + servers[count // 2:]:
        end(sock, rng)
    lsock.close()
    look()


def end(sock, rng):
    """Close in a way that the dice choose."""
    way = rng.randrange(3)
    if way == 0:
        linger0(sock)
    elif way == 1:
        try:
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    sock.close()


# --- raw segments ---

SYN, ACK, FIN, RST, PSH, URG = 2, 16, 1, 4, 8, 32


def csum(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def family_of(addr):
    """The address family of an address in text."""
    return socket.AF_INET6 if ":" in addr else socket.AF_INET


def packed(addr):
    """An address of either family as bytes."""
    return socket.inet_pton(family_of(addr), addr)


def tcp_header(src, dst, sport, dport, seq, ack, flags, payload=b"", win=8192,
               good_csum=True, doff=5):
    """A TCP segment, checksum included."""
    fixed = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff,
                        ack & 0xffffffff, doff << 4, flags, win, 0, 0)
    pseudo = packed(src) + packed(dst) + struct.pack(
        "!HH", socket.IPPROTO_TCP, len(fixed) + len(payload))
    value = csum(pseudo + fixed + payload)
    if not good_csum:
        value ^= 0x5555
    return fixed[:16] + struct.pack("!H", value) + fixed[18:] + payload


def raw_send(src, dst, segment, extension=b"", nexthdr=socket.IPPROTO_TCP):
    """Send bytes as the payload of a packet that says it is TCP; over IPv6,
    nexthdr is the type of the first of the extension headers before it."""
    if family_of(dst) == socket.AF_INET6:
        header = struct.pack("!IHBB", 6 << 28, len(extension) + len(segment),
                             nexthdr, 64) + packed(src) + packed(dst)
    else:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0,
                             64, socket.IPPROTO_TCP, 0, packed(src),
                             packed(dst))
    with socket.socket(family_of(dst), socket.SOCK_RAW,
                       socket.IPPROTO_RAW) as raw:
        raw.sendto(header + extension + segment, (dst, 0))


def warm_up():
    """Do once what every test does, so that nothing is read from disk then."""
    with veth_pair() as (ns, _), ns:
        ss_states()
        with contextlib.suppress(Skip):
            netem("va", "delay", "1ms")
        pair()
        run("ss", "-tanoe")
        run("dmesg")


# --- TAP ---

def report(number, name, func):
    """Run one test case, print its line; true where it did not fail."""
    try:
        with netns() as ns, ns:
            func(ns)
    except Skip as why:
        print(f"ok {number} - {name} # SKIP {why}", flush=True)
        return True
    except NotHere as why:
        print(f"# {name}: {why}", flush=True)
    except Exception as err:    # a broken test is a failed one
        print(f"not ok {number} - {name}", flush=True)
        text = str(err) if isinstance(err, Failed) else traceback.format_exc()
        for line in text.splitlines():
            print("# " + line, flush=True)
        return False
    print(f"ok {number} - {name}", flush=True)
    return True


def main(namespace):
    """Run every test_* of a module, or those named on the command line."""
    cases = [(name[5:], func) for name, func in namespace.items()
             if name.startswith("test_")
             and (len(sys.argv) < 2 or name[5:] in sys.argv[1:])]
    resource.setrlimit(resource.RLIMIT_NOFILE, (300000, 300000))
    BUSY.begin()
    print("TAP version 13")
    print(f"1..{len(cases)}", flush=True)
    results = [report(number, name, func)
               for number, (name, func) in enumerate(cases, 1)]
    BUSY.end()
    sys.exit(0 if all(results) else 1)
