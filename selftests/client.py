# SPDX-License-Identifier: GPL-2.0
"""Our own client, tools/, as the tests run it."""
import json
import os
import subprocess
import time

import tcpw

PATH = os.environ.get("TCPWATCH_CLIENT", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../build/tools/tcpwatch"))
NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534",
          "--clear-groups")


def run(*args, status=0, env=None, before=()):
    """Run it; (what it printed, what it complained of)."""
    with tcpw.BUSY:
        done = subprocess.run([*before, PATH, *args], capture_output=True,
                              text=True, check=False, env=env)
    tcpw.check(done.returncode == status,
               f"tcpwatch {' '.join(args)} ended with {done.returncode}, "
               f"not {status}: {done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def tell(*args, status=0):
    """Run it with -j; the document that it printed."""
    return json.loads(run("-j", *args, status=status)[0])


def start(*args, before=(), **popen):
    """Begin to run it; a Popen."""
    return subprocess.Popen([*before, PATH, *args], text=True, **popen)


def members():
    """Sockets of generic netlink that are members of a group."""
    with open("/proc/net/netlink", encoding="ascii") as proc:
        rows = [line.split() for line in proc][1:]
    return sum(row[1] == "16" and int(row[3], 16) != 0 for row in rows)


def wait_for_members(count):
    """Wait until so many listen in this namespace."""
    deadline = time.monotonic() + 30
    with tcpw.BUSY:
        while members() < count:
            tcpw.check(time.monotonic() < deadline, "nobody listens")
            time.sleep(0.05)
        time.sleep(0.2)


def end(process, status=0):
    """SIGTERM, and how it ended."""
    process.terminate()
    with tcpw.BUSY:
        code = process.wait()
    tcpw.check(code == status, f"{process.args} ended with {code}")
