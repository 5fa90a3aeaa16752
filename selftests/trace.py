# SPDX-License-Identifier: GPL-2.0
"""What ftrace says: the module's own tracepoints, and kprobes on functions of
the kernel's as an independent witness."""
import os
import re

import tcpw

ROOT = "/sys/kernel/tracing"
LINE = re.compile(r"\s(\d+)\.(\d+): (\w+): (.*)")
FIELD = re.compile(r"(\w+)=(\S+)")


def write(path, text, flags=os.O_TRUNC):
    """Write to a file of tracefs, which knows no end to seek."""
    file = os.open(os.path.join(ROOT, path), os.O_WRONLY | flags)
    try:
        os.write(file, text.encode() + b"\n")
    finally:
        os.close(file)


class Trace:
    """Events that happen during a with block: group/name of existing ones, and
    kprobes by name, as (function, fields)."""

    def __init__(self, *events, **probes):
        if not os.path.exists(ROOT + "/events"):
            tcpw.run("mount", "-t", "tracefs", "none", ROOT, check=False)
        if not os.path.exists(ROOT + "/events"):
            raise tcpw.Skip("this kernel has no tracefs")
        if probes and not os.path.exists(ROOT + "/kprobe_events"):
            why = "this kernel has no kprobes"
            raise (tcpw.NotHere if tcpw.clock_stands_still()
                   else tcpw.Skip)(why)
        self.events = list(events)
        self.probes = probes
        self.dir = "instances/tcpwtest"

    def __enter__(self):
        for name, (function, fields) in self.probes.items():
            write("kprobe_events", f"p:tcpwtest/{name} {function} {fields}",
                  os.O_APPEND)
            self.events.append(f"tcpwtest/{name}")
        os.mkdir(os.path.join(ROOT, self.dir))
        write(self.dir + "/trace_clock", "mono")
        write(self.dir + "/buffer_size_kb", "16384")
        for event in self.events:
            write(f"{self.dir}/events/{event}/enable", "1")
        return self

    def __exit__(self, *_):
        for event in self.events:
            write(f"{self.dir}/events/{event}/enable", "0")
        os.rmdir(os.path.join(ROOT, self.dir))
        for name in self.probes:
            write("kprobe_events", f"-:tcpwtest/{name}", os.O_APPEND)

    def lines(self, name):
        """(seconds, text) of each event of that name so far; us precision."""
        found = []
        with open(os.path.join(ROOT, self.dir, "trace"),
                  encoding="ascii") as file:
            for line in file:
                match = LINE.search(line)
                if match and match[3] == name:
                    found.append((int(match[1]) + int(match[2]) / 1e6,
                                  match[4]))
        return found

    def read(self, name):
        """The same with (seconds, fields).  Fields are numbers where they look
        like one."""
        return [(at, {key: int(value) if value.isdigit() else value
                      for key, value in FIELD.findall(text)})
                for at, text in self.lines(name)]
