#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The rule of the house: in module/, no folder calls or includes one to its
right, and no two files call each other.

Usage: layers.py OBJECTS        (a build of module/ with TCPW_WHOLE=n, where
                                 each file is compiled on its own)

Prints each call and include that breaks the rule, then a line with their
number.  The exit status is 1 where there is one.
"""

import collections
import os
import re
import subprocess
import sys
from pathlib import Path

MODULE = Path(__file__).parent.parent / "module"
ORDER = ("core", "kernel", "record", "table", "mirror", "audit", "pernet",
         "watch", "main")
# beside watch: none of the three calls another
BESIDE = {"proc": "watch", "netlink": "watch"}
# netlink: a table that is made from the spec, and the functions it names
MAY_CIRCLE = "netlink/genl-gen"


def folder(path):
    """The folder of a file, itself for those beside the folders."""
    return path.split("/")[0] if "/" in path else Path(path).stem


def may_use(one, other):
    """May a file of one folder use what is in another?"""
    def rank(name):
        return ORDER.index(BESIDE.get(name, name))
    return one == other or rank(one) > rank(other)


def symbols(path):
    """(name, type) of each symbol of an object file."""
    out = subprocess.run(["nm", path], capture_output=True, text=True,
                         check=True).stdout
    for line in out.splitlines():
        *_, kind, name = line.split()
        yield name, kind


def read_objects(root):
    """{file: {file that it calls: names}}."""
    where, uses = {}, collections.defaultdict(set)
    for path in sorted(root.rglob("*.o")):
        file = str(path.relative_to(root).with_suffix(""))
        if file.startswith(("tests/", "tcpwatch")) or path.name[0] == ".":
            continue
        for name, kind in symbols(path):
            if kind == "U":
                uses[file].add(name)
            elif kind in "TDBR" and name.startswith("tcpw"):
                where[name] = file
    calls = {file: collections.defaultdict(set) for file in uses}
    for file, names in uses.items():
        for name in names & where.keys():
            if where[name] != file:
                calls[file][where[name]].add(name)
    return calls


def calls_up(calls):
    """Calls to the right, one line each."""
    for file, called in calls.items():
        for other, names in called.items():
            if not may_use(folder(file), folder(other)):
                yield f"{file} calls {other}: {', '.join(sorted(names))}"


def includes_up():
    """Includes of what is to the right, one line each."""
    for path in sorted(MODULE.rglob("*.[ch]")):
        file = str(path.relative_to(MODULE))
        if file.startswith(("tests/", "include/")) or file in (
                "hot.c", "compat.h") or file.endswith(".mod.c"):
            continue
        for name in re.findall(r'^#include "([\w./-]+)"',
                               path.read_text("utf-8"), re.M):
            if name == "compat.h" or "/" not in name and (
                    MODULE / file).parent.joinpath(name).exists():
                continue
            if not may_use(folder(file), folder(name)):
                yield f"{file} includes {name}"


def reaches(calls, start):
    """The files that one calls, directly or not."""
    seen, todo = set(), [start]
    while todo:
        for other in calls.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def circles(calls):
    """Files that call each other, one line for each circle."""
    calls = {file: {o for o in others if o != MAY_CIRCLE}
             for file, others in calls.items() if file != MAY_CIRCLE}
    reach = {file: reaches(calls, file) for file in calls}
    shown = set()
    for file in calls:
        circle = {o for o in reach[file] if file in reach.get(o, ())}
        if circle and file not in shown:
            shown |= circle
            yield "a circle: " + " ".join(sorted(circle))


def main():
    """The rule, checked."""
    root = Path(sys.argv[1])
    calls = read_objects(root)
    if len(calls) < 30 or os.path.exists(root / "hot.o"):
        sys.exit(f"{root}: not a build with TCPW_WHOLE=n")
    wrong = [*calls_up(calls), *includes_up(), *circles(calls)]
    for line in wrong:
        print(line)
    print(f"{len(calls)} files, {len(wrong)} calls, includes and circles"
          " against the rule")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
