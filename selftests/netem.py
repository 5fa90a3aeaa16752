#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Bad weather: loss, duplication, reordering and corruption between two
namespaces.  At every quiet moment both tables must say what ss says."""
import random
import time

import tcpw
from tcpw import agree, check


def both(a, b):
    """Compare in the middle of it all, and again when it has calmed down."""
    for ns in (a, b):
        with ns:
            settled()
    time.sleep(5)
    for ns in (a, b):
        with ns:
            settled()


def settled():
    """A timer of the kernel's may fire in the 10 ms before a reading: twice
    in a row it does not."""
    try:
        return agree()
    except tcpw.Failed:
        return agree()


def weather(*netem):
    with tcpw.veth_pair() as (a, b):
        for ns, dev in ((a, "va"), (b, "vb")):
            with ns:
                tcpw.netem(dev, *netem)
        tcpw.churn(a, b, random.Random(7), lambda: both(a, b))
        time.sleep(200)     # every retransmission ends, every TIME-WAIT too
        for ns in (a, b):
            with ns:
                table = agree()
                check(table.row["anomaly"]["malformed"] == 0, table.text)


def test_calm(_):
    weather("delay", "0")


def test_loss(_):
    weather("loss", "10%", "delay", "5ms")


def test_duplication(_):
    weather("duplicate", "30%", "delay", "5ms")


def test_reordering(_):
    weather("delay", "20ms", "10ms", "reorder", "30%", "50%")


def test_corruption(_):
    weather("corrupt", "5%", "delay", "5ms")


def test_all_at_once(_):
    weather("loss", "5%", "duplicate", "10%", "corrupt", "2%", "delay", "20ms",
            "10ms")


tcpw.main(globals())
