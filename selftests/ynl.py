# SPDX-License-Identifier: GPL-2.0
"""The kernel's own generic netlink client, tools/net/ynl, told of nothing but
our spec: its command line, and the library behind it.

YNL_CLI is the path of its cli.py; where that is not set, there is none.
"""
import json
import os
import subprocess
import sys

import tcpw
from tcpw import Failed, NotHere

CLI = os.environ.get("YNL_CLI", "")
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SPEC = os.path.join(TOP, "module/netlink/specs/tcpwatch.yaml")
PYTHON = "/usr/bin/python3"     # for which the distribution has the packages
COMMANDS = {
    "do": ["stats-get", "hist-get", "timewait-get", "config-get"],
    "dump": ["stats-dump", "matrix-get", "flow-dump", "listener-get",
             "stuck-get", "port-pressure-get"],
}


def schema():
    """The schema of such specs, from the same kernel source."""
    source = CLI[:CLI.index("/tools/net/ynl/")]
    return os.path.join(source, "Documentation/netlink/genetlink.yaml")


def need():
    """The client must be there."""
    if not CLI:
        raise NotHere("YNL_CLI is not set: no kernel source is at hand")


def command(*args):
    """The command line that runs it.  To hold the spec against its schema
    takes longer than all else: validate() does it once."""
    need()
    return [PYTHON, CLI, "--spec", SPEC, "--no-schema", "--output-json", *args]


def validate():
    """What is wrong with the spec, by its schema."""
    need()
    done = subprocess.run([PYTHON, CLI, "--spec", SPEC, "--schema", schema(),
                           "--validate"],
                          capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def cli(*args, check=True):
    """Run it; what it printed, decoded, or (with check=False) its text."""
    with tcpw.BUSY:
        done = subprocess.run(command(*args), capture_output=True, text=True,
                              check=False)
    if check and done.returncode:
        raise Failed(f"ynl {' '.join(args)}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout) if check else done.stdout + done.stderr


def family():
    """The library: an object with do(), dump(), ntf_subscribe()."""
    need()
    sys.path.insert(0, os.path.dirname(CLI))
    # pylint: disable=import-outside-toplevel,import-error
    from lib import YnlFamily
    return YnlFamily(SPEC, "")     # see command()
