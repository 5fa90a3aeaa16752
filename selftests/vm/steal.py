#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Steals CPU time from everything else on this machine, and so from the
virtual CPUs of a VM, which then stand still in the midst of anything: on each
CPU for 5 to 50 ms at a time, some 15 % of it.  Ends with its parent.

Usage: steal.py [SEED]
"""
import ctypes
import os
import random
import signal
import sys
import time


def before_all_others():
    """Real-time priority, or the next best that we are allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass                    # then it only takes its share


def steal(cpu, dice):
    """Take one CPU away, again and again."""
    os.sched_setaffinity(0, {cpu})
    before_all_others()
    while True:
        time.sleep(dice.uniform(0.05, 0.25))
        until = time.monotonic() + dice.uniform(0.005, 0.05)
        while time.monotonic() < until:
            pass


def main():
    """A process for each CPU."""
    seed = sys.argv[1] if len(sys.argv) > 1 else "1"
    libc = ctypes.CDLL(None)
    libc.prctl(1, signal.SIGKILL)               # PR_SET_PDEATHSIG
    cpus = sorted(os.sched_getaffinity(0))
    for cpu in cpus[1:]:
        if os.fork() == 0:
            libc.prctl(1, signal.SIGKILL)
            steal(cpu, random.Random(f"{seed} {cpu}"))
    steal(cpus[0], random.Random(f"{seed} {cpus[0]}"))


if __name__ == "__main__":
    main()
