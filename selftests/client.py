# SPDX-License-Identifier: GPL-2.0
"""Our own client, tools/, as the tests run it."""
import json
import os
import subprocess

import tcpw

PATH = os.environ.get("TCPWATCH_CLIENT", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../build/tools/tcpwatch"))


def run(*args, status=0, env=None):
    """Run it; (what it printed, what it complained of)."""
    with tcpw.BUSY:
        done = subprocess.run([PATH, *args], capture_output=True, text=True,
                              check=False, env=env)
    tcpw.check(done.returncode == status,
               f"tcpwatch {' '.join(args)} ended with {done.returncode}, "
               f"not {status}: {done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def tell(*args):
    """Run it with -j; the document that it printed."""
    return json.loads(run("-j", *args)[0])
