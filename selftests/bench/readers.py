# SPDX-License-Identifier: GPL-2.0
"""What it costs to read what there is, with few sockets and with many; and
what a load of the module costs, and how much memory it takes."""
import contextlib
import os
import subprocess
import time

import tcpw
from measuring import (BENCH_KO, CLIENT, Reader, conntrack, in_memory, measure,
                       module, often, root, run, tell, work)
from trace import Trace


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


def took(trace, function):
    """What the works that a function does took in all, ns."""
    began, ended = ([at for at, text
                     in trace.lines(f"workqueue_execute_{what}")
                     if f"function {function} " in text]
                    for what in ("start", "end"))
    tcpw.check(len(began) == len(ended) > 100,
               f"{function} began {len(began)} times and ended {len(ended)}")
    return (sum(ended) - sum(began)) * 1e9


def sweep(count):
    """Walks over the table of flows, while nothing else is done.  Not by what
    its threads use: in that is what the CPU needs to wake for each batch, more
    or less by why it had slept."""
    tcpw.run(CLIENT, "config", "sweep-ms", "60000")
    time.sleep(20)              # between two, of which one begins every 36 s
    for _ in range(4):
        with Trace("workqueue/workqueue_execute_start",
                   "workqueue/workqueue_execute_end") as trace:
            time.sleep(36)
            tell(f"sweep/{count}", took(trace, "sweep_work") / count)


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
    another number in each table, and tells in lists of few.  In one table of
    128 both destinations share a place of the survey, and the sweep is 2.7 %
    dearer.  And ss -s is 0.2 % cheaper for a while, in some boots."""
    runs = max(3, min(100, 100000 // count))
    tables = 2 if count == 100000 else 5
    states = 40 if count == 1000 else 10
    with hold(count):
        theirs(count, runs)
        for _ in range(tables):
            often(f"read/ss-s/{count}", 40 // tables,
                  lambda: run(9, "ss", "-s"))
            with quiet_module():
                dumps(count, max(3, runs // 11), states // tables)
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
