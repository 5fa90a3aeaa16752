#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Shows each way in which a TCP connection can begin and end.

Every scene plays both ends over loopback, step by step: the next step waits
until the kernel's own table says that the one before has arrived, so that each
end takes exactly the path of states that the scene declares. The sum of those
paths is printed at the end, for a comparison with what /proc/tcpwatch counted.

Needs root (for a delay on the loopback device) and is best run in a network
namespace of its own.
"""

import contextlib
import errno
import socket
import struct
import subprocess
import sys
import time

# As the kernel numbers them, and as ss(8) prints them.
STATES = ("", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2",
          "TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK", "LISTEN",
          "CLOSING", "SYN-RECV")

FAMILIES = {socket.AF_INET: ("IPv4", "127.0.0.1", "/proc/net/tcp"),
            socket.AF_INET6: ("IPv6", "::1", "/proc/net/tcp6")}

# How long a step may take to show in the kernel's table.
PATIENCE = 10

# A TIME-WAIT that ended before the script did would be one entry into UNCONN
# that no scene declares.
TIME_WAIT = 60


def kernel_states(family):
    """The state of every TCP endpoint, by its local and remote port."""
    states = {}
    with open(FAMILIES[family][2], encoding="ascii") as table:
        next(table)
        for line in table:
            local, remote, state = line.split()[1:4]
            ports = tuple(int(end.rsplit(":", 1)[1], 16)
                          for end in (local, remote))
            states[ports] = STATES[int(state, 16)]
    return states


class Connection:
    """Both ends of one connection: client and server, or two peers."""

    def __init__(self, family, client, server):
        self.family = family
        self.client = client
        self.server = server
        self.ports = (client.getsockname()[1], server.getsockname()[1])

    def wait(self, client, server):
        """Waits until the kernel has the two ends in these states."""
        want = (client, server)
        have = None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            states = kernel_states(self.family)
            have = (states.get(self.ports, "UNCONN"),
                    states.get(self.ports[::-1], "UNCONN"))
            if have == want:
                return
            time.sleep(0.005)
        sys.exit(f"the kernel has the ends in {have}, expected {want}")


def new_socket(family):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.bind((FAMILIES[family][1], 0))
    sock.settimeout(PATIENCE)
    return sock


def connect(family):
    """An ordinary connection, with a request and a reply behind it."""
    with new_socket(family) as listener:
        listener.listen()
        client = new_socket(family)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
    server.settimeout(PATIENCE)
    connection = Connection(family, client, server)
    connection.wait("ESTAB", "ESTAB")
    for sender, receiver in ((client, server), (server, client)):
        sender.sendall(b"hello")
        receive(receiver, 5)
    return connection


def receive(sock, length):
    got = b""
    while len(got) < length:
        part = sock.recv(length - len(got))
        if not part:
            sys.exit("a connection ended before all of its data came")
        got += part


def reset(sock):
    """Closes with an RST instead of a FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


@contextlib.contextmanager
def slow_loopback():
    """Delays every segment, so that two can cross on their way."""
    qdisc = ["dev", "lo", "root", "netem", "delay", "50ms"]
    subprocess.run(["tc", "qdisc", "add", *qdisc], check=True)
    try:
        yield
    finally:
        subprocess.run(["tc", "qdisc", "del", *qdisc[:3]], check=True)


def client_closes_first(family):
    c = connect(family)
    c.client.close()
    c.wait("FIN-WAIT-2", "CLOSE-WAIT")
    c.server.close()
    c.wait("TIME-WAIT", "UNCONN")


def server_closes_first(family):
    c = connect(family)
    c.server.close()
    c.wait("CLOSE-WAIT", "FIN-WAIT-2")
    c.client.close()
    c.wait("UNCONN", "TIME-WAIT")


def half_close(family):
    c = connect(family)
    c.client.shutdown(socket.SHUT_WR)
    c.wait("FIN-WAIT-2", "CLOSE-WAIT")
    for _ in range(3):
        c.server.sendall(b"still here")
        receive(c.client, 10)
    c.server.close()
    c.wait("TIME-WAIT", "UNCONN")
    c.client.close()


def both_close_at_once(family):
    c = connect(family)
    with slow_loopback():
        c.client.close()
        c.server.close()
        c.wait("TIME-WAIT", "TIME-WAIT")


def both_open_at_once(family):
    with slow_loopback():
        c = Connection(family, new_socket(family), new_socket(family))
        c.client.setblocking(False)
        c.server.setblocking(False)
        for one, other in ((c.client, c.server), (c.server, c.client)):
            error = one.connect_ex(other.getsockname())
            if error != errno.EINPROGRESS:
                sys.exit(f"connect: {errno.errorcode[error]}")
        c.wait("ESTAB", "ESTAB")
        c.client.close()
        c.wait("FIN-WAIT-2", "CLOSE-WAIT")
        c.server.close()
        c.wait("TIME-WAIT", "UNCONN")


def client_resets(family):
    c = connect(family)
    reset(c.client)
    c.wait("UNCONN", "UNCONN")
    c.server.close()


def server_resets(family):
    c = connect(family)
    reset(c.server)
    c.wait("UNCONN", "UNCONN")
    c.client.close()


def server_leaves_data_unread(family):
    c = connect(family)
    c.client.sendall(b"never read")
    c.server.close()
    c.wait("UNCONN", "UNCONN")
    c.client.close()


def refused(family):
    with new_socket(family) as closed, new_socket(family) as client:
        error = client.connect_ex(closed.getsockname())
        if error != errno.ECONNREFUSED:
            sys.exit(f"connect: {errno.errorcode.get(error, error)}")


# In the order of a connection's life, as in /proc/tcpwatch.
LIFE = ("SYN-SENT SYN-RECV ESTAB FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT "
        "CLOSE-WAIT LAST-ACK UNCONN").split()

OPEN_C = "SYN-SENT ESTAB "
OPEN_S = "SYN-RECV ESTAB "
OPEN_BOTH = "SYN-SENT SYN-RECV ESTAB "
ACTIVE = "FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT"
PASSIVE = "CLOSE-WAIT LAST-ACK UNCONN"
CROSSING = "FIN-WAIT-1 CLOSING TIME-WAIT"
RESET = "UNCONN"

# Each scene and the path of states that it causes at each of its two ends. A
# path that goes on after TIME-WAIT does so only a minute later.
SCENES = (
    (client_closes_first, OPEN_C + ACTIVE, OPEN_S + PASSIVE),
    (server_closes_first, OPEN_C + PASSIVE, OPEN_S + ACTIVE),
    (half_close, OPEN_C + ACTIVE, OPEN_S + PASSIVE),
    (both_close_at_once, OPEN_C + CROSSING, OPEN_S + CROSSING),
    (both_open_at_once, OPEN_BOTH + ACTIVE, OPEN_BOTH + PASSIVE),
    (client_resets, OPEN_C + RESET, OPEN_S + RESET),
    (server_resets, OPEN_C + RESET, OPEN_S + RESET),
    (server_leaves_data_unread, OPEN_C + RESET, OPEN_S + RESET),
    (refused, "SYN-SENT UNCONN", ""),
)


def main():
    entered = dict.fromkeys(LIFE, 0)
    start = time.monotonic()
    for family, (name, _, _) in FAMILIES.items():
        for scene, *paths in SCENES:
            print(f"{name}  {scene.__name__.replace('_', ' ')}", flush=True)
            scene(family)
            for state in " ".join(paths).split():
                entered[state] += 1
    if time.monotonic() - start >= TIME_WAIT:
        sys.exit("too slow: the first TIME-WAIT has ended meanwhile")

    print("expected entered:")
    for state, count in entered.items():
        print(f"{state:11} {count:10}")


if __name__ == "__main__":
    main()
