#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Loading and unloading, under traffic and with nothing left behind.  Ends
with the module loaded, as it began."""
import os
import threading

import tcpw
from tcpw import agree, check, kernel_log, load, unload

ROUNDS = 20


class Traffic(threading.Thread):
    """Connections that come and go in the namespace it was started in."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stop = False
        self.count = 0
        self.error = None

    def run(self):
        try:
            with tcpw.listen() as lsock:
                while not self.stop:
                    client, server = tcpw.connect(lsock)
                    client.sendall(b"x" * 2000)
                    server.recv(2000)
                    if self.count % 3 == 0:
                        tcpw.linger0(client)
                    client.close()
                    server.close()
                    self.count += 1
                    tcpw.time.sleep(0.001)  # let virtual time pass
        except OSError as err:
            self.error = err


def test_under_traffic(_):
    before = kernel_log()
    traffic = Traffic()
    traffic.start()
    for _ in range(ROUNDS):
        unload()
        check(not os.path.lexists("/proc/tcpwatch"), "/proc/tcpwatch stayed")
        load()
        seen = traffic.count
        check(os.path.exists("/proc/tcpwatch"), "no /proc/tcpwatch")
        while traffic.count < seen + 20 and not traffic.error:
            tcpw.time.sleep(0.01)
    traffic.stop = True
    traffic.join()
    check(not traffic.error, f"traffic suffered: {traffic.error}")
    check(kernel_log() == before, "\n".join(kernel_log()))
    table = tcpw.Table()
    check(table.state["ESTAB"]["entered"] >= 20, table.text)


def test_nothing_stays(_):
    """No slab cache, no sysctl, no proc file, no netfilter hook."""
    client, server = tcpw.pair()
    agree()
    unload()
    try:
        for path in ("/proc/tcpwatch", "/proc/self/net/tcpwatch",
                     "/proc/sys/net/tcpwatch", "/sys/kernel/slab/tcpw_flow",
                     "/sys/kernel/slab/tcpw_flow6",
                     "/sys/module/tcpwatch"):
            check(not os.path.lexists(path), f"{path} stayed")
        check(client.send(b"still fine") == 10, "the connection suffered")
    finally:
        load()
    client.close()
    server.close()


def test_twice_is_refused(_):
    try:
        load()
    except tcpw.Failed as err:
        check("File exists" in str(err), str(err))
    else:
        check(False, "loaded twice")


tcpw.main(globals())
