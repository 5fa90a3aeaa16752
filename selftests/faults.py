#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Allocations that fail, on a kernel that can be told to (the lab kernel)."""
import contextlib
import ctypes
import os

import tcpw
from tcpw import agree, check, expect, kernel_log, unload

# Failing to make a slab cache prints a stack of the kernel's own accord.
FAULTS = ("WARNING", "BUG", "KASAN", "ODEBUG", "INFO: ")


FINIT_MODULE = {"x86_64": 313, "aarch64": 273}[os.uname().machine]


def finit_module(image):
    """Load in this very thread, where a fault was ordered; 0 or an errno."""
    if tcpw.LIBC.syscall(FINIT_MODULE, image.fileno(), b"", 0) == 0:
        return 0
    return ctypes.get_errno()


def delete_module():
    """Unload without a program for it, as it is done hundreds of times."""
    check(tcpw.LIBC.delete_module(b"tcpwatch", os.O_NONBLOCK) == 0,
          os.strerror(ctypes.get_errno()))


class Faults:
    """Orders for this thread: the nth allocation from now on fails."""

    def __init__(self):
        # opened beforehand: opening allocates, too
        self.order_fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
        for name, value in (("ignore-gfp-wait", "N"), ("verbose", "0")):
            with open("/sys/kernel/debug/failslab/" + name, "w",
                      encoding="ascii") as knob:
                knob.write(value)

    def order(self, nth):
        os.pwrite(self.order_fd, str(nth).encode(), 0)

    def take_back(self):
        """No more faults; true where the order was not reached."""
        pending = int(os.pread(self.order_fd, 20, 0)) > 0
        self.order(0)
        return pending


@contextlib.contextmanager
def no_flows():
    """No memory for a flow, as long as this lasts."""
    knobs = {f"/sys/kernel/slab/{cache}/failslab": "1"
             for cache in ("tcpw_flow", "tcpw_flow6")}
    for name, value in (("ignore-gfp-wait", "N"), ("verbose", "0"),
                        ("cache-filter", "Y"), ("times", "-1"),
                        ("probability", "100")):
        knobs["/sys/kernel/debug/failslab/" + name] = value
    before = {}
    for path, value in knobs.items():
        with open(path, encoding="ascii") as knob:
            before[path] = knob.read()
        with open(path, "w", encoding="ascii") as knob:
            knob.write(value)
    try:
        yield
    finally:
        for path, value in reversed(before.items()):
            with open(path, "w", encoding="ascii") as knob:
                knob.write(value)


def load(faults, nth):
    """Load with the nth allocation ordered to fail: the error, 0 for none, and
    whether there were not that many."""
    with open(tcpw.MODULE, "rb") as image:
        faults.order(nth)
        error = finit_module(image)
        return error, faults.take_back()


def test_allocation_failures(_):
    """Fail the first allocation of loading, the second, ... until none is
    left to fail: each time all is unwound and the next load begins afresh."""
    faults = Faults()
    tcpw.run("dmesg", "-n", "1")
    before = kernel_log(FAULTS)
    unload()
    failed = 0
    for nth in range(1, 2000):
        error, pending = load(faults, nth)
        if error:
            failed += 1
            check(not os.path.lexists("/proc/tcpwatch"), "half loaded")
            continue
        if pending:
            break
        delete_module()         # the failed allocation did not matter
    else:
        check(False, "loading never got through")
    tcpw.run("dmesg", "-n", "7")
    print(f"# {nth} allocations made to fail, {failed} of them stopped it")
    check(failed >= 10, "too few to have reached our own")
    check(kernel_log(FAULTS) == before, "\n".join(kernel_log(FAULTS)))
    client, server = tcpw.pair()
    expect("now", agree().now(), {"ESTAB": 2})
    client.close()
    server.close()


def allocations(faults):
    """How many there are when the module is loaded."""
    few, many = 0, 4096
    while many - few > 1:
        nth = (few + many) // 2
        error, pending = load(faults, nth)
        if not error:
            delete_module()
        few, many = (few, nth) if pending else (nth, many)
    return few


def test_no_memory_at_load(_):
    """A flow that is lost at load is missing, and is adopted later."""
    faults = Faults()
    unload()
    keep = [tcpw.pair() for _ in range(20)]
    lost = 0
    # from the end, which is where flows are seeded
    for nth in range(allocations(faults), 1, -1):
        error, _ = load(faults, nth)
        if error:
            continue
        lost = tcpw.Table().row["table"]["no-memory"]
        if lost:
            break
        delete_module()
    check(lost, "no flow was refused its memory")
    expect("flows", tcpw.Table().row["flows"], {"now": 40 - lost})
    tcpw.time.sleep(tcpw.WALK)
    expect("audit", agree().row["audit"], {"missing": 0, "drift": 0})
    expect("flows", tcpw.Table().row["flows"], {"now": 40})
    for client, server in keep:
        client.close()
        server.close()


def test_lost_flows_are_found(_):
    """Connections while no flow can be had: the audit knows how many are
    missing, and has them within one walk once there is memory."""
    lsock = tcpw.listen()
    with no_flows():
        keep = [tcpw.connect(lsock) for _ in range(20)]
        tcpw.time.sleep(tcpw.WALK)
        table = tcpw.Table()
        expect("flows", table.row["flows"], {"now": 0})
        expect("audit", table.row["audit"], {"missing": 40, "drift": 0})
        check(table.row["table"]["no-memory"] >= 40, "refused and not counted")
    tcpw.time.sleep(tcpw.WALK)
    expect("audit", agree().row["audit"], {"missing": 0, "drift": 0})
    expect("flows", tcpw.Table().row["flows"], {"now": 40})
    for client, server in keep:
        client.close()
        server.close()
    lsock.close()


def test_no_memory_for_flows(_):
    """Connections whose flow cannot be had are served and counted."""
    lsock = tcpw.listen()
    faults = Faults()
    missed = 0
    for nth in range(1, 60):
        client = tcpw.socket.socket()
        name = lsock.getsockname()
        faults.order(nth)
        try:
            client.connect(name)
        except OSError:
            pass                # it was the kernel's own allocation
        faults.take_back()
        tcpw.linger0(client)
        client.close()
        missed = tcpw.Table().row["table"]["no-memory"]
    lsock.close()
    check(missed, "no flow was refused its memory")
    table = agree()
    expect("flows", table.row["flows"], {"now": 0})


tcpw.main(globals())
