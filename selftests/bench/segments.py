# SPDX-License-Identifier: GPL-2.0
"""What one segment costs in the hooks; and what it costs more where two CPUs
have segments at a time."""
import contextlib
import subprocess

import tcpw
from connections import CYCLES
from measuring import (BENCH_KO, CLIENT, Reader, conntrack, in_memory, measure,
                       module, nobody, tell)


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
        for _ in range(3):          # in some table one has to look further
            with module():
                hook("tcpwatch")
        with module():
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
