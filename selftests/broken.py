#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The audit can fail: with a module that is wrong on purpose (BROKEN_KO, built
with TCPW_BROKEN_ROW=y: no FIN closes an established connection) the agreement
harness finds drift, and the counters name the pair of states."""
import os
import subprocess
import sys

import tcpw
from tcpw import Skip, check

WORKLOAD = "shutdown_each_way"


def outcome():
    """(status, output) of a workload in which FINs close connections."""
    done = subprocess.run([sys.executable, "agree_close.py", WORKLOAD],
                          text=True, capture_output=True, check=False)
    return done.returncode, done.stdout


def test_drift_is_found(_):
    broken = os.environ.get("BROKEN_KO")
    if not broken:
        raise Skip("BROKEN_KO names no module")
    tcpw.unload()
    tcpw.run("insmod", broken)
    try:
        status, out = outcome()
    finally:
        tcpw.unload()
        tcpw.load()
    check(status == 1 and f"not ok 1 - {WORKLOAD}" in out,
          f"the harness is content: status {status}\n{out}")
    check("corrected   ESTAB CLOSE-WAIT in " in out,
          f"the pair is not named\n{out}")
    check(", 'drift': 0," not in out, f"no drift is counted\n{out}")
    status, out = outcome()
    check(status == 0, f"nor is it content with the right module\n{out}")


tcpw.main(globals())
