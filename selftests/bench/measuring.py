# SPDX-License-Identifier: GPL-2.0
"""What measures in the VM, and who watches meanwhile."""
import contextlib
import functools
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import tcpw

BENCH_KO = os.environ["BENCH_KO"]
CLIENT = os.environ["TCPWATCH_CLIENT"]

# What is started where nothing comes from a disk: see root().
ROOTED = CLIENT, "ss", "conntrack", "insmod", "rmmod"


def tell(name, value, **more):
    """Print a figure."""
    print(json.dumps({"name": name, "value": value, **more}), flush=True)


def measure(*args):
    """The figures that the program in C prints."""
    return [float(word) for word in
            tcpw.run(in_memory(), *map(str, args)).split()]


@functools.cache
def in_memory():
    """The program in C, from memory: see root()."""
    return shutil.copy(os.environ["MEASURE"],
                       tempfile.mkdtemp(dir="/dev/shm"))


def work_dir():
    """Files in memory: a disk is no part of the figures."""
    return tempfile.TemporaryDirectory(dir="/dev/shm")


@functools.cache
def root():
    """Where programs are started: what they need lies in memory, since to open
    a file of the host takes a moment of the host's time.  Mounted for good, as
    the machine ends with this program."""
    top = tempfile.mkdtemp(dir="/dev/shm")
    for name in "proc", "sys":
        os.mkdir(os.path.join(top, name))
        tcpw.run("mount", "-t", "sysfs" if name == "sys" else name, name,
                 os.path.join(top, name))
    os.mkdir(os.path.join(top, "dev"))
    with open(os.path.join(top, "dev/urandom"), "wb") as same:
        same.write(bytes(64))   # hash tables are filled alike each time
    needed = {tcpw.MODULE}
    # make bench-quick, a part of make check, does without the peers
    paths = [path for path in map(shutil.which, ROOTED) if path]
    # what serve looks for when it is started
    paths += re.findall(r"libmicrohttpd\.so\S* .* (/\S+)",
                        tcpw.run("ldconfig", "-p"))
    for path in paths:
        needed.add(path)
        needed.update(re.findall(r"(/\S+) \(0x", tcpw.run("ldd", path)))
    for path in needed:
        os.makedirs(top + os.path.dirname(path), exist_ok=True)
        shutil.copy(path, top + path)
    return top


def run(count, program, *args):
    """A program's time."""
    return measure("run", root(), count, shutil.which(program), *args)[0]


def work(program, *args):
    """All that a program's start leads to, what it leaves to do included."""
    return measure("work", root(), shutil.which(program), *args)[0]


def stir(count):
    """So many processes come and go: a program's figure depends a little on
    how the kernel's free memory lies, which changes with each boot."""
    with work_dir() as name:
        tcpw.run("sh", "-c", f"""
            mkfifo {name}/never
            for i in $(seq {count}); do
                read nothing <{name}/never & pids="$! $pids"
            done
            kill $pids; wait""", check=False)


def often(name, times, figure):
    """Tell the same in so many states of the memory."""
    for number in range(times):
        stir(20 + 3 * (number % 20))
        tell(name, figure())


# --- who watches ---

# poll, recvfrom, recvmsg, epoll_wait, ppoll, epoll_pwait: see waits()
WAITING = "7", "45", "47", "232", "271", "281"


class Reader:
    """A program that prints what happens, into a file, or is asked at a
    port."""

    def __init__(self, *cmd, port=None):
        self.cmd = cmd if cmd[0] not in ROOTED else \
            ("chroot", root(), shutil.which(cmd[0]), *cmd[1:])
        self.port = port
        self.process = None
        self.work = work_dir()
        self.path = os.path.join(self.work.name, "out")
        self.errors = os.path.join(self.work.name, "err")

    def __enter__(self):
        with open(self.path, "wb") as out, open(self.errors, "wb") as err:
            self.process = subprocess.Popen(self.cmd, stdout=out, stderr=err)
        # the clock goes ahead while the program is read from a disk
        for _ in range(1000):
            time.sleep(0.3)
            if self.process.poll() is not None:
                break
            if self.listens() if self.port else self.waits():
                return self
        with open(self.errors, encoding="utf-8") as text:
            raise tcpw.Failed(f"{self.cmd} is not ready: {text.read()}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.work.cleanup()

    def listens(self):
        """Can it be asked?  Not tried, since that would be seen."""
        with open("/proc/net/tcp", encoding="ascii") as rows:
            return any(f":{self.port:04X} 00000000:0000 0A " in row
                       for row in itertools.islice(rows, 50))

    def waits(self):
        """Does it wait for something to happen?"""
        with open(f"/proc/{self.process.pid}/syscall",
                  encoding="ascii") as call:
            return call.read().split()[0] in WAITING

    def lines(self):
        """What it has printed so far."""
        with open(self.path, encoding="utf-8", errors="replace") as out:
            return out.read().splitlines()


@contextlib.contextmanager
def module(path=None):
    """tcpwatch, or another module."""
    tcpw.run("insmod", path or tcpw.MODULE)
    try:
        yield
    finally:
        tcpw.run("rmmod", os.path.basename(path or tcpw.MODULE)[:-3])


CONNTRACK_RULE = ("nft", "add table inet bench; add chain inet bench c "
                  "{ type filter hook forward priority 0; }; "
                  "add rule inet bench c ct state new drop")


@contextlib.contextmanager
def conntrack():
    """The kernel's own tracking, in this namespace.  The rule that wants it
    is where no segment comes along."""
    tcpw.run("modprobe", "nf_conntrack", check=False)   # or built in
    tcpw.run(*CONNTRACK_RULE)
    try:
        yield
    finally:
        tcpw.run("nft", "delete table inet bench")


@contextlib.contextmanager
def nobody():
    """Nobody watches."""
    yield
