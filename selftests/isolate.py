#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a tenant may see and spend: each test plays an attack, as an
unprivileged user, as root of a user namespace, or as a container whose
capabilities reach as far as CAP_NET_ADMIN."""
import contextlib
import ctypes
import errno
import json
import mmap
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import client
import tcpw
from tcpw import check

HOGS = 16               # namespaces of one unprivileged user
CROWD = 150             # of one who does little in each
MANY = int(os.environ.get("ISOLATE_NAMESPACES", "400"))     # of everybody
IDLE = 60               # seconds in which nothing happens
STORM = 20              # seconds of listen()
CGROUPS = Path("/sys/fs/cgroup")

# Root with the capabilities of a container, in namespaces of its own but for
# that of users.
CONTAINER = ("unshare", "-n", "-m", "setpriv", "--bounding-set",
             "-all,+net_admin", "--inh-caps", "-all,+net_admin")
# Root of a user namespace that belongs to nobody.
TENANT = (*client.NOBODY, "unshare", "-U", "-r", "-n")


# --- who sees what ---

def test_container_sees_its_own_only(ns):
    """CAP_NET_ADMIN in the initial user namespace is what a container has."""
    sock, peer = tcpw.pair()
    for args in (("list", "-A"), ("show", "-a")):
        _, said = client.run(*args, status=2, before=CONTAINER)
        check("initial" in said, said)
    # the other end of its veth gives it an id of another namespace
    with tcpw.veth_pair() as (a, _):
        outside = subprocess.run(
            ["ip", "netns", "exec", a.name, *CONTAINER[3:], sys.executable,
             __file__, "ask-by-id"], capture_output=True, text=True,
            check=False)
        check(outside.stdout.split() == ["-1"], outside)
    out, _ = client.run("list", before=CONTAINER)
    check(len(out.splitlines()) <= 1, out)
    with tcpw.host():
        out, _ = client.run("list", "-A")
        check(out.count(str(sock.getsockname()[1])) >= 2, out)
    check(ns, "")
    sock.close()
    peer.close()


def ask_by_id():
    """Played by a container: dump the flows of namespace id 0; the error that
    ends the dump."""
    print(ask("flow-dump", True, struct.pack("=HHi", 8, 2, 0)))


def ask(name, dump, attrs=b""):
    """The first answer to a command: 0, or a negative error."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as sock:
        sock.bind((0, 0))
        sock.send(message(family_id(sock), 0x301 if dump else 0x5,
                          command(name), attrs))
        data = sock.recv(65536)
    kind, = struct.unpack_from("=H", data, 4)
    # NLMSG_DONE and NLMSG_ERROR both begin with an error
    return struct.unpack_from("=i", data, 16)[0] if kind in (2, 3) else 0


def message(kind, flags, cmd, attrs):
    """A request of generic netlink."""
    body = struct.pack("=BBH", cmd, 1, 0) + attrs
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body


def family_id(sock):
    """Of tcpwatch."""
    name = b"tcpwatch\0"
    attr = struct.pack("=HH", 4 + len(name), 2) + name
    attr += bytes(-len(attr) % 4)
    sock.send(message(16, 1, 3, attr))
    data = sock.recv(65536)[20:]
    while data:
        size, kind = struct.unpack_from("=HH", data)
        if kind == 1:
            return struct.unpack_from("=H", data, 4)[0]
        data = data[size + -size % 4:]
    raise OSError("no family tcpwatch")


def attribute(space, name):
    """Number of an attribute of a set of them, as the header has it."""
    text = (Path(__file__).resolve().parents[1] /
            "module/include/uapi/linux/tcpwatch.h").read_text("ascii")
    word = f"TCPWATCH_A_{space}_{name}".upper().replace("-", "_")
    lines = [line.strip().split(",")[0].split(" = ")[0]
             for line in text.splitlines()]
    first = lines.index(next(line for line in lines if line.startswith(
        f"TCPWATCH_A_{space.upper()}_")))
    return lines.index(word) - first + 1


def command(name):
    """Number of a command, as the header has it."""
    text = (Path(__file__).resolve().parents[1] /
            "module/include/uapi/linux/tcpwatch.h").read_text("ascii")
    word = "TCPWATCH_CMD_" + name.upper().replace("-", "_")
    names = [line.strip(" \t,").split(" =")[0] for line in text.splitlines()
             if line.strip().startswith("TCPWATCH_CMD_")]
    return names.index(word) + 1


# What there is to be asked: name, and how; True where it is not refused.
def may_ask(name, dump, attrs=b""):
    """A command; it may lack what it needs, but that is found out later."""
    return ask(name, dump, attrs) not in (-errno.EPERM, -errno.EACCES)


def may_read(name):
    """A file below /proc/net."""
    try:
        return bool(Path("/proc/net", name).read_text("ascii")) or True
    except PermissionError:
        return False


def may_write(value):
    """The sysctl."""
    try:
        Path("/proc/sys/net/tcpwatch/max_flows").write_text(value, "ascii")
    except OSError:
        return False
    return True


def u32(kind, value):
    """An attribute."""
    return struct.pack("=HHI", 8, kind, value)


INTERFACES = {
    **{f"/proc/net/{name}": (may_read, name) for name in (
        "tcpwatch", "tcpwatch_hist", "tcpwatch_flows", "tcpwatch_listeners",
        "tcpwatch_stuck", "tcpwatch_ports")},
    **{name: (may_ask, name, name not in ("stats-get", "hist-get", "flow-get",
                                          "timewait-get", "config-get"))
       for name in ("stats-get", "hist-get", "matrix-get", "timewait-get",
                    "config-get", "flow-get", "flow-dump", "listener-get",
                    "stuck-get", "port-pressure-get")},
    # what is set last is the default
    "config-set sweep-ms 100": (may_ask, "config-set", False, u32(7, 100)),
    "config-set sweep-ms 10000": (may_ask, "config-set", False, u32(7, 10000)),
    "max_flows 2097152": (may_write, "2097152"),
    "max_flows 1048576": (may_write, "1048576"),
    "flow-dump all-netns": (may_ask, "flow-dump", True,
                            struct.pack("=HH", 4, 16)),
    "stats-dump": (may_ask, "stats-dump", True),
}

CALLERS = {
    "user": client.NOBODY,
    "tenant": TENANT,
    "container": CONTAINER,
    "root elsewhere": (),
    "host": ("nsenter", "-t", "1", "-n"),
}


def try_all():
    """Played by each caller: what it gets, a word for each interface."""
    print(*("yes" if how(*args) else "no"
            for how, *args in INTERFACES.values()))


def test_who_may_what(_):
    """Each interface by each kind of caller is as SECURITY.md says."""
    got = {name: tcpw.run(*before, sys.executable, __file__, "try").split()
           for name, before in CALLERS.items()}
    rows = ["| interface | " + " | ".join(CALLERS) + " |",
            "| --- |" + " --- |" * len(CALLERS)]
    for number, name in enumerate(INTERFACES):
        cells = " | ".join(got[who][number] for who in CALLERS)
        rows.append(f"| `{name}` | {cells} |")
    table = "\n".join(rows)
    text = (Path(__file__).resolve().parents[1] / "SECURITY.md").read_text(
        "utf-8")
    check(table in text, f"SECURITY.md has another table:\n{table}")


def test_listeners_one_policy(_):
    """Who may not ask for them by netlink may not read their file."""
    with tcpw.listen():
        done = subprocess.run(
            [*client.NOBODY, "cat", "/proc/net/tcpwatch_listeners"],
            capture_output=True, text=True, check=False)
        check(done.returncode and not done.stdout, done)
        rows = Path("/proc/net/tcpwatch_listeners").read_text("ascii")
        check(len(rows.splitlines()) == 2, rows)


# --- who spends what ---

def test_settings_have_bounds(_):
    """What costs more than the defaults is the host's to allow."""
    for setting, much, default in (("sweep-ms", 100, 10000),
                                   ("event-queue", 65536, 8192),
                                   ("max-flows", 2 ** 21, 2 ** 20)):
        for who in (TENANT, CONTAINER):
            _, said = client.run("config", setting, str(much), status=2,
                                 before=who)
            check("initial user namespace" in said, said)
            client.run("config", setting, str(default), before=who)
        client.run("config", setting, str(much))
    knob = "/proc/sys/net/tcpwatch/max_flows"
    check(Path(knob).read_text("ascii") == f"{2 ** 21}\n", "not set")
    for value, status in ((2 ** 20 + 1, 1), (2 ** 20, 0), (5, 0)):
        done = subprocess.run([*TENANT, "sh", "-c", f"echo {value} > {knob}"],
                              capture_output=True, check=False)
        check(bool(done.returncode) == bool(status), (value, done))


def hog(count):
    """Played by nobody: namespaces, each with a reader of its own and some
    connections; says so, and waits for a word."""
    libc = ctypes.CDLL(None, use_errno=True)
    monitors = []
    for _ in range(count):
        if libc.unshare(tcpw.CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run([client.PATH, "config", "event-queue", "65536"],
                       check=False, stderr=subprocess.DEVNULL)
        monitors.append(client.start("monitor", stdout=subprocess.DEVNULL))
        client.wait_for_members(1)
        for _ in range(5):
            for sock in tcpw.pair():
                sock.close()
    print("ready", flush=True)
    sys.stdin.readline()
    for monitor in monitors:
        monitor.terminate()


@contextlib.contextmanager
def cgroup():
    """(how to begin in a memory cgroup, how much it has been charged)."""
    mine = Path(tempfile.mkdtemp())
    if subprocess.run(["mount", "-t", "cgroup2", "none", mine],
                      check=False).returncode:
        raise tcpw.NotHere("no cgroup2 here")
    group = mine / "hog"
    try:
        try:
            (mine / "cgroup.subtree_control").write_text("+memory", "ascii")
        except OSError as err:
            raise tcpw.NotHere("no memory cgroups here") from err
        group.mkdir()
        enter = ("sh", "-c", f'echo 0 > {group}/cgroup.procs; exec "$@"', "sh")
        yield enter, lambda: int(
            (group / "memory.current").read_text("ascii"))
    finally:
        deadline = time.monotonic() + 30
        while group.exists() and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                group.rmdir()
            time.sleep(0.1)
        subprocess.run(["umount", mine], check=False)
        mine.rmdir()


def make_connections(count):
    """So many transitions come of them."""
    with tcpw.listen() as lsock:
        for _ in range(count):
            for sock in tcpw.connect(lsock, addr="127.0.0.1"):
                sock.close()


def test_hog_does_not_blind_the_host(_):
    """One user's queues are that user's affair."""
    with cgroup() as (enter, charged):
        with subprocess.Popen(
                [*enter, *client.NOBODY, "unshare", "-U", "-r", "-n",
                 sys.executable, __file__, "hog", str(HOGS)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                text=True) as process:
            with tcpw.BUSY:
                check(process.stdout.readline() == "ready\n", "no hog")
            taken = charged()
            print(f"# charged to the hog: {taken >> 20} MiB")
            # a queue of the default size for each namespace is in it
            check(taken > HOGS * 8192 * 100, f"charged {taken}")
            with tcpw.host():
                before = client.tell("show")["events"]
                sent = watch_host()
                after = client.tell("show")["events"]
            process.stdin.write("\n")
        print(f"# the host was told {sent} transitions")
        check(after["lost"] == before["lost"], (before, after))
        check(sent == after["seq"] - before["seq"] > 1000, (sent, after))


def watch_host():
    """How many transitions a reader in the initial namespace is told of."""
    with tempfile.TemporaryFile("w+") as out:
        monitor = client.start("-j", "monitor", "-b", "67108864", stdout=out)
        client.wait_for_members(1)
        make_connections(250)
        tcpw.quiet()
        client.end(monitor)
        out.seek(0)
        rows = [json.loads(line) for line in out]
    return sum("old" in row for row in rows)


# --- who holds up whom ---

class Stuck(threading.Thread):
    """Reads a file into a page that nobody provides, as with a FUSE server
    that never answers."""

    SYS_USERFAULTFD = {"x86_64": 323}
    API, REGISTER = 0xc018aa3f, 0xc020aa00

    def __init__(self, path):
        super().__init__(daemon=True)
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.page = mmap.mmap(-1, mmap.PAGESIZE)
        self.fault = self.libc.syscall(self.SYS_USERFAULTFD[os.uname().machine],
                                       os.O_CLOEXEC)
        if self.fault < 0:
            raise tcpw.NotHere("no userfaultfd() here")
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.page))
        self.ioctl(self.API, struct.pack("=QQQ", 0xaa, 0, 0))
        self.ioctl(self.REGISTER, struct.pack("=QQQQ", self.address,
                                              mmap.PAGESIZE, 1, 0))
        self.file = os.open(path, os.O_RDONLY)

    def ioctl(self, number, value):
        """One of userfaultfd's."""
        value = ctypes.create_string_buffer(value, len(value))
        if self.libc.ioctl(self.fault, ctypes.c_ulong(number), value):
            raise OSError(ctypes.get_errno(), "ioctl")

    def run(self):
        self.libc.read(self.file, ctypes.c_void_p(self.address), 64)

    def free(self):
        """Nobody waits any more."""
        os.close(self.fault)
        self.join()
        os.close(self.file)


def make_namespace():
    """(seconds that it took, whether it came to its end): a namespace with an
    interface.  The clock does not jump while programs are read."""
    with tcpw.BUSY:
        took = -time.monotonic()
        done = subprocess.run(
            ["timeout", "20", "unshare", "-n", "ip", "link", "add", "type",
             "dummy"], check=False)
        return took + time.monotonic(), done.returncode == 0


def test_only_rmmod_waits_for_a_reader(_):
    """Who does not take what he reads holds up rmmod, and nobody else."""
    before = tcpw.kernel_log()
    usual, _ = make_namespace()
    for path in ("/proc/net/tcpwatch", "/proc/net/tcpwatch_listeners",
                 "/proc/sys/net/tcpwatch/max_flows"):
        reader = Stuck(path)
        reader.start()
        time.sleep(0.5)
        try:
            with subprocess.Popen(["rmmod", "tcpwatch"]) as process:
                time.sleep(1)
                waits = process.poll() is None
                took, done = make_namespace()
                reader.free()
        finally:
            tcpw.load()
        check(waits, f"{path}: rmmod did not wait: not the attack")
        check(done, f"{path}: others waited")
        print(f"# {path}: {took:.3f} s beside it, {usual:.3f} s before")
    check(tcpw.kernel_log() == before, "\n".join(tcpw.kernel_log()))


# --- what it costs ---

def new_namespaces(count):
    """Files that keep so many new network namespaces."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as mine:
        try:
            for _ in range(count):
                if libc.unshare(tcpw.CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "unshare")
                yield open("/proc/self/ns/net", "rb")
        finally:
            tcpw.enter_netns(mine)


def crowd(count):
    """Played by root of a user namespace: an idle connection in each
    namespace; at a word, listen() in each ten times a second."""
    keep = []
    spaces = []
    for file in new_namespaces(count):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        spaces.append(file)
        keep += tcpw.pair()
    print("ready", flush=True)
    sys.stdin.readline()
    until = time.monotonic() + STORM
    calls = 0
    while time.monotonic() < until:
        for file in spaces:
            tcpw.enter_netns(file)
            tcpw.listen(addr="127.0.0.1", port=9).close()
            calls += 1
        time.sleep(0.1)
    print(calls, flush=True)
    sys.stdin.readline()


def kworkers_ns():
    """What each kworker has had of a CPU, ns, as the scheduler counts."""
    took = {}
    for task in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (task / "comm").read_text("ascii").startswith("kworker"):
                took[task.name] = int(
                    (task / "schedstat").read_text("ascii").split()[0])
    if not any(took.values()):
        raise tcpw.NotHere("the scheduler does not count here")
    return took


def kworkers_share(seconds, before):
    """What they have had since then, of one CPU, in per cent."""
    after = kworkers_ns()
    ns = sum(took - before.get(task, 0) for task, took in after.items())
    return ns / seconds / 1e7


def test_crowd_costs_little(_):
    """Many namespaces of one user: nothing while nothing happens, and no
    storm of listen() is amplified."""
    with subprocess.Popen(
            [*TENANT, sys.executable, __file__, "crowd", str(CROWD)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True) as process:
        with tcpw.BUSY:
            check(process.stdout.readline() == "ready\n", "no crowd")
        time.sleep(5)
        before = kworkers_ns()
        time.sleep(IDLE)
        idle = kworkers_share(IDLE, before)
        before = kworkers_ns()
        process.stdin.write("\n")
        process.stdin.flush()
        calls = int(process.stdout.readline())
        storm = kworkers_share(STORM, before)
        tcpw.unload()
        time.sleep(5)
        before = kworkers_ns()
        time.sleep(IDLE)
        kernel = kworkers_share(IDLE, before)
        tcpw.load()
        process.stdin.write("\n")
    print(f"# {CROWD} namespaces: idle {idle:.3f} % (the kernel alone"
          f" {kernel:.3f} %), {calls} listen()s {storm:.2f} % of a CPU in"
          " kworkers")
    check(idle - kernel < 0.25, f"idle: {idle} %")
    check(calls > CROWD * STORM * 2, f"{calls} are no storm")
    check(storm < 2, f"storm: {storm} %")


def test_settings_cost_nothing(_):
    """However often somebody asks for what is allowed: no walk is brought
    forward by it."""
    ends = [tcpw.pair() for _ in range(300)]
    time.sleep(6)
    before = kworkers_ns()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as sock:
        sock.bind((0, 0))
        family, calls = family_id(sock), 0
        sock.settimeout(5)
        text = message(family, 5, command("config-set"),
                       struct.pack("=HHI", 8, attribute("config", "sweep-ms"),
                                   10000))
        until = time.monotonic() + 5
        while time.monotonic() < until:
            sock.send(text)
            check(struct.unpack_from("=i", sock.recv(4096), 16)[0] == 0, "no")
            calls += 1
    share = kworkers_share(5, before)
    print(f"# {calls} settings: {share:.2f} % of a CPU in kworkers")
    check(share < 2, f"{share} %")
    for pair in ends:
        for end in pair:
            end.close()


TWINS = 20      # sockets with one tuple, each bound to another interface


def test_one_tuple_on_many_interfaces(_):
    """They share a hash: a chain of any length would stop a CPU.  What has no
    place is counted, as overflow at once, and as missing."""
    socks = []
    for i in range(TWINS):
        dev = f"d{i}"
        tcpw.run("ip", "link", "add", dev, "type", "dummy")
        tcpw.run("ip", "addr", "add", "10.9.8.7/24", "dev", dev)
        tcpw.run("ip", "link", "set", dev, "up")
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                        dev.encode())
        sock.setblocking(False)
        sock.bind(("10.9.8.7", 4000))
        check(sock.connect_ex(("10.9.8.9", 80)) == errno.EINPROGRESS, "no")
        socks.append(sock)
    with open("/proc/net/tcp", encoding="ascii") as file:
        twins = sum(" 0708090A:0FA0 0908090A:0050 02 " in line
                    for line in file)
    check(twins == TWINS, f"{twins} sockets: not the attack")
    table = tcpw.Table()
    kept = table.now().get("SYN-SENT", 0)
    lost = table.row["table"]["overflow"]       # once for each of their SYNs
    check(lost >= TWINS - kept, f"{lost} lost, {kept} kept")
    check(0 < kept <= 8, f"{kept} endpoints have one hash")
    for sock in socks:
        sock.close()
    for i in range(TWINS):
        tcpw.run("ip", "link", "del", f"d{i}")


def kernel_memory():
    """KiB that the kernel has taken for itself, once all that is on its way
    is freed."""
    time.sleep(3)
    Path("/proc/sys/vm/drop_caches").write_text("2", "ascii")
    time.sleep(1)
    rows = (line.split() for line in
            Path("/proc/meminfo").read_text("ascii").splitlines())
    size = {row[0]: int(row[1]) for row in rows}
    return size["SUnreclaim:"] + size["SReclaimable:"] + size["Percpu:"]


def timed(func, *args):
    """Seconds that a call takes."""
    with tcpw.BUSY:
        took = -time.monotonic()
        func(*args)
        return took + time.monotonic()


def dump_time():
    """Seconds of a dump of all namespaces, less those of its program; the
    least of some, since a clock tick or the sweep may come in between."""
    with tcpw.host():
        client.run("list", "-A")        # the program is in memory now
        return (min(timed(client.run, "list", "-A") for _ in range(7)) -
                min(timed(client.run, "list") for _ in range(7)))


def reload():
    """(seconds to load it, KiB that it takes, KiB that it leaves behind)."""
    tcpw.unload()
    before = kernel_memory()
    took = timed(tcpw.load)
    loaded = kernel_memory()
    tcpw.unload()
    after = kernel_memory()
    tcpw.load()
    return took, loaded - before, after - before


def test_many_namespaces(_):
    """They cost little memory, are adopted fast, and dumped in no more than
    linear time.  The kernel keeps what it has freed: what they take is seen
    the first time only."""
    files, half = [], MANY // 2
    if tcpw.clock_stands_still():
        raise tcpw.NotHere("nothing takes any time here")
    try:
        reload()                # its file is in memory now
        few = reload()
        files.extend(new_namespaces(half))
        some, half_dump = reload(), dump_time()
        files.extend(new_namespaces(MANY - half))
        dump = dump_time()
        reload()
        many = reload()
    finally:
        for file in files:
            file.close()
    each = (some[1] - few[1]) / half
    possible = Path("/sys/devices/system/cpu/possible").read_text("ascii")
    print(f"# possible CPUs {possible.strip()}: {each:.1f} KiB for each"
          " namespace")
    print(f"# {half} namespaces: dump {1000 * half_dump:.1f} ms, {MANY}:"
          f" {1000 * dump:.1f} ms; load {1000 * few[0]:.0f} ms with none,"
          f" {1000 * many[0]:.0f} ms with {MANY}, {many[2]} KiB left behind")
    check(dump < 3 * half_dump or dump < 0.02, (half_dump, dump))
    check(many[0] - few[0] < MANY / 3000, (few, many))
    check(1 < each < 12, f"{each} KiB for each: {few}, {some}")
    check(many[2] < 512, f"left behind: {many}")


if sys.argv[1:] == ["ask-by-id"]:
    ask_by_id()
elif sys.argv[1:] == ["try"]:
    try_all()
elif sys.argv[1:2] == ["hog"]:
    hog(int(sys.argv[2]))
elif sys.argv[1:2] == ["crowd"]:
    crowd(int(sys.argv[2]))
else:
    tcpw.main(globals())
