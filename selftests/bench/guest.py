#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs in the VM, in virtual time, where a nanosecond stands for instructions:
measures what tcpwatch and its peers cost, and prints one figure per line as
JSON: name, value in ns, and what else belongs to it.

Usage: guest.py GROUP...    (hooks cycle quick scrape crowd million; on a clock
                             of the host: smp native native_smp)"""
import collections
import contextlib
import functools
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import tcpw                                     # noqa: E402

BENCH_KO = os.environ["BENCH_KO"]
CLIENT = os.environ["TCPWATCH_CLIENT"]

# What is started where nothing comes from a disk: see root().
ROOTED = CLIENT, "ss", "conntrack", "insmod", "rmmod"


def tell(name, value, **more):
    """Print a figure."""
    print(json.dumps({"name": name, "value": value, **more}), flush=True)


def measure(*args):
    """The figures that the program in C prints."""
    return [float(word) for word in
            tcpw.run(in_memory(), *map(str, args)).split()]


@functools.cache
def in_memory():
    """The program in C, from memory: see root()."""
    return shutil.copy(os.environ["MEASURE"],
                       tempfile.mkdtemp(dir="/dev/shm"))


def work_dir():
    """Files in memory: a disk is no part of the figures."""
    return tempfile.TemporaryDirectory(dir="/dev/shm")


@functools.cache
def root():
    """Where programs are started: what they need lies in memory, since to open
    a file of the host takes a moment of the host's time.  Mounted for good, as
    the machine ends with this program."""
    top = tempfile.mkdtemp(dir="/dev/shm")
    for name in "proc", "sys":
        os.mkdir(os.path.join(top, name))
        tcpw.run("mount", "-t", "sysfs" if name == "sys" else name, name,
                 os.path.join(top, name))
    os.mkdir(os.path.join(top, "dev"))
    with open(os.path.join(top, "dev/urandom"), "wb") as same:
        same.write(bytes(64))   # hash tables are filled alike each time
    needed = {tcpw.MODULE}
    # make bench-quick, a part of make check, does without the peers
    paths = [path for path in map(shutil.which, ROOTED) if path]
    # what serve looks for when it is started
    paths += re.findall(r"libmicrohttpd\.so\S* .* (/\S+)",
                        tcpw.run("ldconfig", "-p"))
    for path in paths:
        needed.add(path)
        needed.update(re.findall(r"(/\S+) \(0x", tcpw.run("ldd", path)))
    for path in needed:
        os.makedirs(top + os.path.dirname(path), exist_ok=True)
        shutil.copy(path, top + path)
    return top


def run(count, program, *args):
    """A program's time."""
    return measure("run", root(), count, shutil.which(program), *args)[0]


def work(program, *args):
    """All that a program's start leads to, what it leaves to do included."""
    return measure("work", root(), shutil.which(program), *args)[0]


def stir(count):
    """So many processes come and go: a program's figure depends a little on
    how the kernel's free memory lies, which changes with each boot."""
    with work_dir() as name:
        tcpw.run("sh", "-c", f"""
            mkfifo {name}/never
            for i in $(seq {count}); do
                read nothing <{name}/never & pids="$! $pids"
            done
            kill $pids; wait""", check=False)


def often(name, times, figure):
    """Tell the same in so many states of the memory."""
    for number in range(times):
        stir(20 + 3 * (number % 20))
        tell(name, figure())


# --- who watches ---

# poll, recvfrom, recvmsg, epoll_wait, ppoll, epoll_pwait: see waits()
WAITING = "7", "45", "47", "232", "271", "281"


class Reader:
    """A program that prints what happens, into a file, or is asked at a
    port."""

    def __init__(self, *cmd, port=None):
        self.cmd = cmd if cmd[0] not in ROOTED else \
            ("chroot", root(), shutil.which(cmd[0]), *cmd[1:])
        self.port = port
        self.process = None
        self.work = work_dir()
        self.path = os.path.join(self.work.name, "out")
        self.errors = os.path.join(self.work.name, "err")

    def __enter__(self):
        with open(self.path, "wb") as out, open(self.errors, "wb") as err:
            self.process = subprocess.Popen(self.cmd, stdout=out, stderr=err)
        # the clock goes ahead while the program is read from a disk
        for _ in range(1000):
            time.sleep(0.3)
            if self.process.poll() is not None:
                break
            if self.listens() if self.port else self.waits():
                return self
        with open(self.errors, encoding="utf-8") as text:
            raise tcpw.Failed(f"{self.cmd} is not ready: {text.read()}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.work.cleanup()

    def listens(self):
        """Can it be asked?  Not tried, since that would be seen."""
        with open("/proc/net/tcp", encoding="ascii") as rows:
            return any(f":{self.port:04X} 00000000:0000 0A " in row
                       for row in itertools.islice(rows, 50))

    def waits(self):
        """Does it wait for something to happen?"""
        with open(f"/proc/{self.process.pid}/syscall",
                  encoding="ascii") as call:
            return call.read().split()[0] in WAITING

    def lines(self):
        """What it has printed so far."""
        with open(self.path, encoding="utf-8", errors="replace") as out:
            return out.read().splitlines()


@contextlib.contextmanager
def module(path=None):
    """tcpwatch, or another module."""
    tcpw.run("insmod", path or tcpw.MODULE)
    try:
        yield
    finally:
        tcpw.run("rmmod", os.path.basename(path or tcpw.MODULE)[:-3])


CONNTRACK_RULE = ("nft", "add table inet bench; add chain inet bench c "
                  "{ type filter hook forward priority 0; }; "
                  "add rule inet bench c ct state new drop")


@contextlib.contextmanager
def conntrack():
    """The kernel's own tracking, in this namespace.  The rule that wants it
    is where no segment comes along."""
    tcpw.run("modprobe", "nf_conntrack", check=False)   # or built in
    tcpw.run(*CONNTRACK_RULE)
    try:
        yield
    finally:
        tcpw.run("nft", "delete table inet bench")


@contextlib.contextmanager
def nobody():
    """Nobody watches."""
    yield


# --- one segment through the hooks ---

def hook(who, kind="hook", rounds=10000):
    """Data with and without its socket, either way."""
    for what, knows_sk in (("in", 1), ("in", 0), ("out", 1)):
        for family in "46":
            for flows in (1, 1000):
                least, mean = measure("hook", what, family, knows_sk, flows,
                                      max(1, rounds // flows), 1)
                tell(f"{kind}/{who}/{what}/sk{knows_sk}/ipv{family}/{flows}",
                     least / 1e3, mean=mean / 1e3)


def fins(who):
    """A transition each: the peer's FIN."""
    rounds = [measure("hook", "fin", "4", 1, 1000, 1, 1) for _ in range(10)]
    least, mean = (min(values) / 1e3 for values in zip(*rounds))
    tell(f"hook/{who}/fin/sk1/ipv4/1000", mean, least=least)


def empty_hook(on):
    """The bench module's own."""
    with open("/proc/tcpwatch_bench", "w", encoding="ascii") as ctl:
        ctl.write(f"empty {on}")


def group_hooks():
    """What one segment costs."""
    with module(BENCH_KO):
        hook("none")
        empty_hook(1)
        hook("empty")
        fins("empty")
        empty_hook(0)
        with module():
            hook("tcpwatch")
            fins("tcpwatch")
            with Reader(CLIENT, "monitor", "-n"):
                fins("tcpwatch+monitor")
        with conntrack():
            hook("conntrack")
            fins("conntrack")


def group_native():
    """The same on a clock that knows of caches: the lab kernel's."""
    with module(BENCH_KO):
        for _ in range(3):
            hook("none", "native", 100000)
            empty_hook(1)
            hook("empty", "native", 100000)
            empty_hook(0)
            with module():
                hook("tcpwatch", "native", 100000)
            with conntrack():
                hook("conntrack", "native", 100000)


def side_by_side(*cmd):
    """The mean of the same on each of two CPUs, at a time."""
    both = [subprocess.Popen(["taskset", "-c", str(cpu), in_memory(), *cmd],
                             stdout=subprocess.PIPE, text=True)
            for cpu in (0, 1)]
    return sum(float(one.communicate()[0]) for one in both) / 2


@contextlib.contextmanager
def busy(cpu):
    """A CPU has something else to do: where it sleeps both are slower."""
    with subprocess.Popen(["taskset", "-c", str(cpu), "sh", "-c",
                           "while :; do :; done"]) as process:
        try:
            yield
        finally:
            process.kill()


def contention(kind, count):
    """How much dearer a connection becomes where another CPU has its own, in
    the same tables.  The least of some, since the clock is the host's."""
    for who in ("none", "tcpwatch", "conntrack") * 3:
        with tcpw.netns() as ns, ns, CYCLES[who][0]():
            with busy(1):
                alone = float(tcpw.run("taskset", "-c", "0", in_memory(),
                                       "cycle", count))
            tell(f"{kind}/{who}/alone", alone)
            tell(f"{kind}/{who}/together", side_by_side("cycle", count))


def same_flows(kind, rounds):
    """How much dearer a segment becomes where another CPU has segments of the
    same connections; it takes a lock where the peer's FIN comes again."""
    with module(BENCH_KO):
        for who in ("none", "tcpwatch", "conntrack") * 3:
            with CYCLES[who][0]():
                for what, knows_sk in (("in", 1), ("in", 0), ("fin", 1)):
                    for cpus in (1, 2):
                        with busy(1) if cpus == 1 else nobody():
                            mean = measure("hook", what, "4", knows_sk, 10,
                                           rounds, cpus)[1]
                        tell(f"{kind}/{who}/{what}/sk{knows_sk}/cpus{cpus}",
                             mean / 1e3)


def group_smp():
    """On two emulated CPUs."""
    contention("smp", "1000")
    same_flows("smp", 3000)


def group_native_smp():
    """On two of the lab kernel."""
    contention("native-smp", "3000")
    same_flows("native-smp", 30000)


# --- whole connections ---

def reader_of(kind):
    """A peer that prints each event."""
    return {
        "monitor": lambda: Reader(CLIENT, "monitor", "-n"),
        "monitor-json": lambda: Reader(CLIENT, "monitor", "-n", "-j"),
        "conntrack-E": lambda: Reader("conntrack", "-E"),
        "tcpstates": lambda: Reader("tcpstates"),
        "tcplife": lambda: Reader("tcplife"),
    }[kind]()


def events_of(kind, lines):
    """How many events there are among the lines, and how many it says it
    lost; None where it does not say."""
    if kind == "monitor":
        lost = [int(line.split()[1]) for line in lines
                if line.startswith("lost ")]
        return sum(" -> " in line for line in lines), sum(lost)
    if kind == "monitor-json":
        rows = [json.loads(line) for line in lines]
        return (sum("new" in row for row in rows),
                sum(row.get("lost", 0) for row in rows))
    if kind == "conntrack-E":
        return sum("[" in line for line in lines), None
    return max(0, len(lines) - 1), None


CYCLES = {
    "none": (nobody, None),
    "tcpwatch": (module, None),
    "tcpwatch+monitor": (module, "monitor"),
    "tcpwatch+monitor-json": (module, "monitor-json"),
    "conntrack": (conntrack, None),
    "conntrack+E": (conntrack, "conntrack-E"),
    "tcpstates": (nobody, "tcpstates"),
    "tcplife": (nobody, "tcplife"),
}


def nothing_ends():
    """A thousand TIME-WAITs of something that was measured a minute ago end
    within what is measured now, and are as dear as a tenth of it."""
    with open("/proc/net/sockstat", encoding="ascii") as rows:
        found = re.search(r"^TCP: .* tw (\d+)", rows.read(), re.M)
    tcpw.check(found and found[1] == "0",
               f"sockets are left: {found and found[0]}")


def cycle(who, count):
    """Connect, request, close in a namespace of its own."""
    watch, kind = CYCLES[who]
    nothing_ends()
    with tcpw.netns() as ns, ns, watch():
        if not kind:
            tell(f"cycle/{who}", measure("cycle", count)[0])
            return
        with reader_of(kind) as reader:
            value = measure("cycle", count, reader.process.pid)[0]
            time.sleep(1)
            events, lost = events_of(kind, reader.lines())
            # a hundred cycles go before those that are measured
            tell(f"cycle/{who}", value, events=events / (count + 100),
                 cycles=count + 100, lost=lost)


def far(who):
    """The same between two hosts, each with its own end, both of them
    watched."""
    nothing_ends()
    with tcpw.veth_pair() as (near, there):
        tcpw.static_neighbours(near, there)
        with there:
            listener = socket.create_server(("10.11.12.2", 0), backlog=128)
            if who == "conntrack":
                tcpw.run(*CONNTRACK_RULE)
        with near, listener, CYCLES[who][0]():
            fd = listener.fileno()
            return float(tcpw.run(in_memory(), "far", "2000", str(fd),
                                  pass_fds=(fd,)))


def bulk(who):
    """Through one connection, a write: the first after a load may be dearer
    than all others."""
    nothing_ends()
    with tcpw.netns() as ns, ns, CYCLES[who][0]():
        return min(measure("bulk", 300)[0] for _ in range(3))


def ranked(name, figure, times, rank):
    """Tell the one of that rank from below: by how the kernel's own caches
    lie, all is dearer in some runs, which may be half of them."""
    found = collections.defaultdict(list)
    for who in ("none", "tcpwatch", "conntrack") * times:
        found[who].append(figure(who))
    for who, values in found.items():
        tell(f"{name}/{who}", sorted(values)[rank])


def group_cycle():
    """Seven times, each other time the other way round; the first of them are
    dearer for some, and for longest for those who watch by eBPF."""
    names = list(CYCLES)
    for _ in range(7):
        for who in names:
            cycle(who, 2000)
        names.reverse()
    for who in ("tcpstates", "tcplife") * 4:
        cycle(who, 2000)
    ranked("far", far, 15, 3)
    ranked("bulk", bulk, 7, 0)      # to the digit, but for that


def group_quick():
    """What make check looks at."""
    with module(BENCH_KO):
        empty_hook(1)
        hook("empty")
        empty_hook(0)
        with module():
            hook("tcpwatch")
            fins("tcpwatch")
    names = ["none", "tcpwatch", "tcpwatch+monitor"]
    for _ in range(4):
        for who in names:
            cycle(who, 500)
        names.reverse()
    with tcpw.netns() as ns, ns:
        read_quick()


def read_quick():
    """A summary, and each time the same one: connections that end meanwhile
    would be in other rows each time."""
    one, other = tcpw.pair()
    with one, other, hold(1000):
        one.shutdown(socket.SHUT_WR)
        measure("cycle", 100)
        with module():
            with open("/proc/tcpwatch", encoding="ascii") as text:
                length = len(text.read())
            tcpw.check(length > os.sysconf("SC_PAGE_SIZE"),
                       f"a text of {length} bytes is not made twice anyway")
            tell("read/proc/1000", measure("read", "/proc/tcpwatch", 20)[0])
            tell("read/netlink/1000", measure("stats", 20)[0])


# --- readers of what there is ---

@contextlib.contextmanager
def hold(count):
    """So many ESTAB sockets."""
    with subprocess.Popen([in_memory(), "hold", str(count)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        if process.stdout.readline() != "ready\n":
            raise tcpw.Failed("no sockets to hold")
        time.sleep(1)
        try:
            yield
        finally:
            process.kill()


def still():
    """No walk over the table of flows meanwhile: a figure of its own."""
    tcpw.run(CLIENT, "config", "sweep-ms", "3600000")
    time.sleep(30)              # for one that goes on


def walked():
    """Once the first walk is over: from then on summaries tell of it."""
    tcpw.run(CLIENT, "config", "sweep-ms", "1000")
    while not tcpw.Table().row["sweep"]["passes"]:
        time.sleep(1)


def works():
    """What works that are bound to no CPU have used of it so far, ns, by the
    threads that do them."""
    used = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), \
                open(f"/proc/{pid}/comm", encoding="ascii") as comm, \
                open(f"/proc/{pid}/schedstat", encoding="ascii") as stat:
            if comm.read().startswith("kworker/u"):
                used[pid] = int(stat.read().split()[0])
    return used


def works_since(before):
    """What they have used since then."""
    return sum(used - before.get(pid, 0) for pid, used in works().items())


def sweep(count):
    """Walks over the table of flows, where nothing else is done."""
    for _ in range(8):
        before = works()
        tcpw.run(CLIENT, "config", "sweep-ms", "1000")
        tcpw.run(CLIENT, "config", "sweep-ms", "3600000")
        time.sleep(30)
        tell(f"sweep/{count}", works_since(before) / count)


def scrape_us():
    """Our own exporter's answer, to the first connection there is: the times
    that others took lie in more or in fewer buckets, all of which it tells."""
    with Reader(CLIENT, "serve", "-l", "127.0.0.1:9101", port=9101):
        return measure("scrape", 9101, 40)[0]


def ours(count):
    """Our own summaries."""
    tell(f"read/proc/{count}", measure("read", "/proc/tcpwatch", 20)[0])
    tell(f"read/netlink/{count}", measure("stats", 20)[0])
    often(f"read/show/{count}", 40, lambda: run(9, CLIENT, "show"))
    tell(f"read/serve/{count}", scrape_us())


def theirs(count, runs):
    """The same of others, while tcpwatch is not there."""
    often(f"read/ss-s/{count}", 5, lambda: run(50, "ss", "-s"))
    everything = run(runs, "ss", "-tan")
    tell(f"read/ss-tan/{count}", everything)
    tell(f"dump/ss/{count}", everything / count)
    tell(f"read/proc-net-tcp/{count}",
         measure("read", "/proc/net/tcp", runs)[0])
    with Reader("prometheus-node-exporter",
                "--collector.disable-defaults", "--collector.tcpstat",
                "--web.listen-address=127.0.0.1:9100", port=9100):
        tell(f"read/node-exporter/{count}",
             measure("scrape", 9100, 2 * runs)[0])


def dumps(count, runs, states):
    """Everything that there is, row by row."""
    run(1, CLIENT, "-n", "list")        # dearer than all that follow
    often(f"dump/list/{count}", states,
          lambda: run(runs, CLIENT, "-n", "list") / count)
    often(f"dump/list-json/{count}", states,
          lambda: run(runs, CLIENT, "-j", "-n", "list") / count)


@contextlib.contextmanager
def quiet_module():
    """tcpwatch, when it has walked once and does so no more."""
    with module():
        walked()
        still()
        yield


def crowd(count):
    """So many sockets, seen by everybody.  How many of them share a chain is
    another number in each table, and tells in lists of few; and a walk of the
    sweep is 2.7 % dearer in some tables, each time that it is made."""
    runs = max(3, min(100, 100000 // count))
    tables = 2 if count == 100000 else 5
    with hold(count):
        theirs(count, runs)
        for _ in range(tables):
            with quiet_module():
                dumps(count, max(3, runs // 5), 10 // tables)
                if count == 100000:
                    sweep(count)
        with quiet_module():
            ours(count)
            if count == 100000:
                sweep(count)


def group_scrape():
    """Summaries and dumps, ours and others'."""
    for count in (1000, 10000, 100000):
        crowd(count)
    with module(BENCH_KO), conntrack():
        for count in (10000, 100000):
            flood(count)
            tell(f"dump/conntrack-L/{count}",
                 run(3, "conntrack", "-L") / count)
            tcpw.run("conntrack", "-F")


def flood(count):
    """So many connections that only the kernel's tracking knows."""
    tcpw.sysctl("net/netfilter/nf_conntrack_max", 2000000)
    with open("/proc/tcpwatch_bench", "w", encoding="ascii") as ctl:
        ctl.write(f"syn {count}")


# --- how much memory, how long to load ---

def memory():
    """Bytes in use: slabs, large areas, per-CPU areas."""
    kib = {}
    with open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            name, value = line.split()[:2]
            kib[name.rstrip(":")] = int(value) * 1024
    slab = 0
    with open("/proc/slabinfo", encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if words[0] in ("tcpw_flow", "tcpw_flow6"):
                slab += int(words[14]) * int(words[5]) * 4096
    large = 0
    with open("/proc/vmallocinfo", encoding="ascii") as lines:
        for line in lines:
            if "bucket_table_alloc" in line:
                large += int(line.split()[1])
    return {"slab": slab, "tables": large, "per-cpu": kib["Percpu"],
            "free": kib["MemFree"]}


def loaded(count):
    """Loading with so many sockets there, and what it takes."""
    root()
    before, walks = memory(), works()
    # where a million are loaded walks go on: the VM is that slow
    tell(f"load/{count}", work("insmod", tcpw.MODULE) - works_since(walks))
    after = memory()
    table = tcpw.Table()
    tcpw.check(table.state["ESTAB"]["now"] >= count, table.text)
    used = {what: after[what] - before[what] for what in after}
    tell(f"memory/{count}", (used["slab"] + used["tables"]) / count,
         slab=used["slab"] / count, tables=used["tables"] / count,
         per_cpu=used["per-cpu"], free=-used["free"] / count)


def unloaded(count):
    """Unloading."""
    still()
    tell(f"unload/{count}", work("rmmod", "tcpwatch"))


def group_crowd():
    """Loading and unloading with 100,000 sockets there."""
    for count, times in ((1000, 24), (100000, 8)):
        with hold(count):
            for _ in range(times):
                loaded(count)
                unloaded(count)


def group_million():
    """The same with a million."""
    count = 1000000
    with open("/proc/sys/fs/nr_open", "w", encoding="ascii") as ctl:
        ctl.write("2000000")
    with open("/proc/sys/fs/file-max", "w", encoding="ascii") as ctl:
        ctl.write("4000000")
    with hold(count):
        for _ in range(2):
            loaded(count)
            unloaded(count)
        loaded(count)
        walked()
        still()
        ours(count)
        with module(BENCH_KO):
            for sk in (0, 1):
                least, _ = measure("hook", "in", "4", sk, 100, 100, 1)
                tell(f"hook/tcpwatch/in/sk{sk}/ipv4/{count}", least / 1e3)
        unloaded(count)
    with module(BENCH_KO), conntrack():
        flood(count)
        least, _ = measure("hook", "in", "4", 1, 100, 100, 1)
        tell(f"hook/conntrack/in/sk1/ipv4/{count}", least / 1e3)


def quieten():
    """Nothing that moves pages about on its own, or by chance; Python's hash
    tables, of those who watch by eBPF, alike each time."""
    os.environ["PYTHONHASHSEED"] = "0"
    for path, value in (("/sys/kernel/mm/transparent_hugepage/enabled",
                         "never"),
                        ("/proc/sys/vm/compaction_proactiveness", "0"),
                        ("/proc/sys/kernel/randomize_va_space", "0")):
        if os.path.exists(path):        # the lab kernel has fewer
            with open(path, "w", encoding="ascii") as ctl:
                ctl.write(value)


def main():
    """Run the groups that are named."""
    quieten()
    for name in sys.argv[1:]:
        globals()["group_" + name]()


if __name__ == "__main__":
    main()
