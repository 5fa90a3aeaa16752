#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Allocations that fail, on a kernel that can be told to (the lab kernel)."""
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


def test_allocation_failures(_):
    """Fail the first allocation of loading, the second, ... until none is
    left to fail: each time all is unwound and the next load begins afresh."""
    faults = Faults()
    tcpw.run("dmesg", "-n", "1")
    before = kernel_log(FAULTS)
    unload()
    failed = 0
    for nth in range(1, 2000):
        with open(tcpw.MODULE, "rb") as image:
            faults.order(nth)
            error = finit_module(image)
            pending = faults.take_back()
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


def test_no_memory_at_load(_):
    """A flow that is lost at load is missing, and is adopted later."""
    faults = Faults()
    unload()
    keep = [tcpw.pair() for _ in range(20)]
    lost = False
    for nth in range(2000, 1, -1):
        with open(tcpw.MODULE, "rb") as image:
            faults.order(nth)
            error = finit_module(image)
            pending = faults.take_back()
        if not error and not pending:
            lost = tcpw.Table().row["table"]["no-memory"]
            if lost:
                break
        if not error:
            delete_module()
    check(lost, "no flow was refused its memory")
    expect("flows", tcpw.Table().row["flows"], {"now": 40 - lost})
    tcpw.time.sleep(tcpw.WALK)
    expect("audit", agree().row["audit"], {"missing": 0, "drift": 0})
    expect("flows", tcpw.Table().row["flows"], {"now": 40})
    for client, server in keep:
        client.close()
        server.close()


def test_lost_flow_is_found(_):
    """A connection that has lost a flow has it back within one walk."""
    lsock = tcpw.listen()
    faults = Faults()
    keep = []
    for nth in range(1, 60):
        client = tcpw.socket.socket()
        faults.order(nth)
        try:
            client.connect(lsock.getsockname())
        except OSError:
            pass                # it was the kernel's own allocation
        faults.take_back()
        keep.append(client)
    lost = tcpw.Table().row["table"]["no-memory"]
    check(lost, "no flow was refused its memory")
    tcpw.quiet()
    held = tcpw.Table().row["flows"]["now"]
    states = tcpw.ss_states()
    states.pop("LISTEN")
    check(held < sum(states.values()), f"none is missing: {states}")
    tcpw.time.sleep(tcpw.WALK)
    expect("audit", agree().row["audit"], {"missing": 0})
    print(f"# {sum(states.values()) - held} were missing")
    for sock in [*keep, lsock]:
        tcpw.linger0(sock)
        sock.close()


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
