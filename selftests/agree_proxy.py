#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Agreement behind proxies of the kernel's own: TPROXY, whose sockets have the
addresses of others; SYNPROXY, which shakes hands in a server's name and then
translates the numbers; IPVS, which gives connections away to real servers.
And source routes, by which segments leave for another than their peer."""
import contextlib
import os
import random
import socket
import struct
import time

import agree_lib
import tcpw
from agree_lib import FAMILIES, close_all
from tcpw import RST, SYN, check, next_numbers, sysctl

CLIENT = {socket.AF_INET: "10.11.1.1", socket.AF_INET6: "fd00:11:1::1"}
MIDDLE = {socket.AF_INET: "10.11.1.2", socket.AF_INET6: "fd00:11:1::2"}
INNER = {socket.AF_INET: "10.11.2.2", socket.AF_INET6: "fd00:11:2::2"}
SERVER = {socket.AF_INET: "10.11.2.1", socket.AF_INET6: "fd00:11:2::1"}
NOBODY = "10.11.1.77"           # beside the client, swallows what it gets
TRANSPARENT = {socket.AF_INET: (socket.IPPROTO_IP, 19),
               socket.AF_INET6: (socket.IPPROTO_IPV6, 75)}
FREEBIND = {socket.AF_INET: (socket.IPPROTO_IP, 15),
            socket.AF_INET6: (socket.IPPROTO_IPV6, 78)}


@contextlib.contextmanager
def path():
    """Namespaces in a row: (the client's, one that forwards, the server's)."""
    with tcpw.netns() as c, tcpw.netns() as m, tcpw.netns() as s:
        for end, dev, near, addrs, gateway in (
                (c, "vc", "mc", CLIENT, MIDDLE),
                (s, "vs", "ms", SERVER, INNER)):
            tcpw.run("ip", "link", "add", dev, "netns", end.name, "type",
                     "veth", "peer", "name", near, "netns", m.name)
            for ns, name, own in ((end, dev, addrs), (m, near, gateway)):
                set_up(ns, name, own)
            for family in FAMILIES:
                tcpw.run("ip", "-n", end.name, "route", "add", "default",
                         "via", gateway[family])
        tcpw.run("ip", "-n", m.name, "neigh", "replace", NOBODY, "lladdr",
                 "02:00:00:00:00:77", "dev", "mc")
        with m:
            sysctl("net/ipv4/ip_forward", 1)
            sysctl("net/ipv6/conf/all/forwarding", 1)
        try:
            yield c, m, s
        finally:
            forget_routes(m)


def forget_routes(ns):
    """Have IPVS forget its route to a real server on this host.  In Linux 5.10
    an IPv6 route whose address has gone keeps lo, and IPVS, which keeps the
    route, no longer finds it by its device: such a namespace never ends, and
    no other after it.  It forgets the route if lo goes down first."""
    tcpw.run("ip", "-n", ns.name, "link", "set", "lo", "down")


def set_up(ns, dev, addrs):
    """Give a device its addresses."""
    for family, prefix in ((socket.AF_INET, "/24"), (socket.AF_INET6, "/64")):
        nodad = ["nodad"] if family == socket.AF_INET6 else []
        tcpw.run("ip", "-n", ns.name, "addr", "add", addrs[family] + prefix,
                 "dev", dev, *nodad)
    tcpw.run("ip", "-n", ns.name, "link", "set", dev, "up")


def client_of(addr, port, source=None):
    """A client that waits until it is connected."""
    sock = socket.socket(tcpw.family_of(addr))
    sock.settimeout(10)
    if source:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(source)
    sock.connect((addr, port))
    return sock


def accept(lsock):
    """What a listener has accepted, its time limited as the client's."""
    lsock.settimeout(10)
    server, _ = lsock.accept()
    server.settimeout(10)
    return server


def talk(one, other, answer=2500):
    """Some data in each direction."""
    for sender, reader, size in ((one, other, 2500), (other, one, answer)):
        sender.sendall(b"x" * size)
        while size:
            size -= len(reader.recv(65536))


def end_each(at, spaces, chains):
    """End connections, or chains of sockets, at each of their sockets, by FIN
    or RST; then altogether; then wait for what lasts longest."""
    length = len(chains[0])
    for number, chain in enumerate(chains):
        if number // length % 2:
            tcpw.linger0(chain[number % length])
        chain[number % length].close()
    at.everywhere(*spaces)
    close_all(chains)
    at.everywhere(*spaces)
    time.sleep(70)
    at.everywhere(*spaces)


def all_gone(at, spaces):
    """Nothing is left in these namespaces."""
    for ns in spaces:
        with ns:
            at.compare({})


# --- TPROXY ---

def transparent(family, port=None):
    """A socket that may have any address; listening where there is a port."""
    sock = socket.socket(family)
    sock.settimeout(10)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(*TRANSPARENT[family], 1)
    sock.setsockopt(*FREEBIND[family], 1)
    if port:
        sock.bind((tcpw.LOOPBACK[family], port))
        sock.listen()
    return sock


def tproxy():
    """Have what comes from the client for port 80 delivered to port 5000 of
    this namespace, and what comes for foreign addresses of its sockets."""
    rules = [("filter hook prerouting priority -151",
              "socket transparent 1 meta mark set 1")]
    for number, (proto, to) in enumerate((("ip", "127.0.0.1:5000"),
                                          ("ip6", "[::1]:5000"))):
        rules.append((f"filter hook prerouting priority {number - 150}",
                      f"iifname mc meta nfproto ipv{'46'[number]} tcp dport 80"
                      f" tproxy {proto} to {to} meta mark set 1"))
    agree_lib.nft(*rules)
    for ip, everything in (("-4", "0.0.0.0/0"), ("-6", "::/0")):
        tcpw.run("ip", ip, "rule", "add", "fwmark", "1", "lookup", "100")
        tcpw.run("ip", ip, "route", "add", "local", everything, "dev", "lo",
                 "table", "100")
    return {family: transparent(family, 5000) for family in FAMILIES}


def intercepted(lsock, addr):
    """What the proxy's listener accepted in the name of addr."""
    sock = accept(lsock)
    check(sock.getsockname()[:2] == (addr, 80),
          f"accepted at {sock.getsockname()}, not at {addr}")
    return sock


def test_tproxy(at):
    """A proxy that is invisible at both sides: it has the server's address
    towards the client and the client's address towards the server."""
    with path() as (c, m, s):
        with m:
            proxies = tproxy()
        with s:
            lsocks = {family: tcpw.listen(addr=SERVER[family], port=80,
                                          family=family)
                      for family in FAMILIES}
        chains = []
        for family in FAMILIES * 8:
            with c:
                client = client_of(SERVER[family], 80)
            inner = intercepted(proxies[family], SERVER[family])
            with m:
                outer = transparent(family)
                outer.bind(client.getsockname()[:2])
                outer.connect(inner.getsockname()[:2])
            server = accept(lsocks[family])
            check(server.getpeername() == client.getsockname(),
                  f"the server sees {server.getpeername()}")
            talk(client, inner)
            talk(outer, server)
            chains.append((client, inner, outer, server))
        for ns, times in ((c, 1), (m, 2), (s, 1)):
            with ns:
                at.compare({"ESTAB": times * len(chains)})
        # a family's turn is every second one: all ways for both
        end_each(at, (c, m, s), chains[::2] + chains[1::2])
        all_gone(at, (c, m, s))
        close_all([proxies.values(), lsocks.values()])


def test_tproxy_half_open(at):
    """Requests at foreign addresses: one times out, one is reset."""
    with path() as (c, m, _):
        with m:
            proxies = tproxy()
            sysctl("net/ipv4/tcp_synack_retries", 2)
        for sport in (3000, 3001):
            forge(c, sport, 1000, SYN)
        with m:
            at.compare({"SYN-RECV": 2})
        forge(c, 3000, 1001, RST)
        with m:
            at.compare({"SYN-RECV": 1})
            time.sleep(20)
            at.compare({})
        close_all([proxies.values()])


def forge(ns, sport, seq, flags, src=NOBODY):
    """A segment for the server, from somebody beside the client."""
    with ns:
        tcpw.raw_send(src, SERVER[socket.AF_INET], tcpw.tcp_header(
            src, SERVER[socket.AF_INET], sport, 80, seq, 0, flags))


def test_tproxy_time_wait(at):
    """TPROXY itself ends the TIME-WAIT that a SYN comes for, before the
    listener has it: twice for a connection that follows, and once where a
    filter drops that SYN and nothing follows."""
    family = socket.AF_INET
    addr, source = SERVER[family], (CLIENT[family], 4000)
    with path() as (c, m, _):
        with m:
            proxies = tproxy()
        for _ in range(3):
            with c:
                client = client_of(addr, 80, source)
            proxied = intercepted(proxies[family], addr)
            at.everywhere(c, m)
            proxied.close()
            client.close()
            with c:
                at.compare({})
            with m:
                at.compare({"TIME-WAIT": 1})
        with m:
            tcpw.run("nft", "table inet more { chain drops { type filter hook"
                     " input priority 0; tcp flags syn drop; }; }")
        forge(c, source[1], 5, SYN, src=source[0])
        with m:
            at.compare({})
            tcpw.expect("moved", tcpw.Table().moved,
                        {("TIME-WAIT", "UNCONN", "reuse"): 3})
        close_all([proxies.values()])


# --- SYNPROXY ---

def synproxy(hook):
    """Have the handshakes of port 80 made by SYNPROXY."""
    agree_lib.nft(
        ("filter hook prerouting priority -300",
         "tcp dport 80 tcp flags syn notrack"),
        (f"filter hook {hook} priority 0",
         "tcp dport 80 ct state invalid,untracked synproxy mss 1460 wscale 7"
         " timestamp sack-perm"),
        (f"filter hook {hook} priority 1", "ct state invalid drop"))
    sysctl("net/netfilter/nf_conntrack_tcp_loose", 0)


def end_proxied(at, spaces, chains, lsocks):
    """End them all; last the listeners.  What becomes of them is SYNPROXY's:
    it gives a server's RST the number of the first byte, which a client that
    has had data refuses; and where both have sent as many bytes, that client's
    FIN acknowledges what is a good cookie, and opens a connection anew."""
    # of each family in each way
    end_each(at, spaces, chains[::2] + chains[1::2])
    close_all([lsocks])
    at.everywhere(*spaces)


def synproxy_counts():
    """What SYNPROXY counts in this namespace."""
    with open("/proc/net/stat/synproxy", encoding="ascii") as stat:
        names, *rows = [line.split() for line in stat]
    return {name: sum(int(row[column], 16) for row in rows)
            for column, name in enumerate(names)}


def translated(client, server):
    """Check that SYNPROXY is between them: it chose what the client takes for
    the server's number, and the server chose another."""
    check(next_numbers(client)[0] != next_numbers(server)[1],
          "the numbers are not translated")
    check(next_numbers(client)[1] == next_numbers(server)[0],
          "the client's numbers are translated")


def handshakes(ns, count):
    """Check how many SYNPROXY has made in a namespace."""
    with ns:
        counts = synproxy_counts()
    check(counts["cookie_valid"] == count and counts["syn_received"] >= count,
          f"SYNPROXY: {counts}, not {count}")


def proxied_connections(c, lsocks, times):
    """Connections that SYNPROXY opened: (client, server) each."""
    chains = []
    for lsock in lsocks * times:
        with c:
            client = client_of(*lsock.getsockname()[:2])
        server = accept(lsock)
        talk(client, server, answer=2500 if len(chains) % 3 else 1000)
        tcpw.quiet()
        translated(client, server)
        chains.append((client, server))
    return chains


def test_synproxy_local(at):
    """In front of a server of the same host: the handshake with the client is
    nobody's, the one with the server has a SYN that we send to ourselves in
    the client's name, and each number that the socket sends is translated
    behind the mirror's back."""
    with tcpw.veth_pair() as (c, s):
        with s:
            synproxy("input")
            lsocks = [tcpw.listen(addr="10.11.12.2", port=80),
                      tcpw.listen(socket.AF_INET6, "fd00:11::2", 80)]
        chains = proxied_connections(c, lsocks, 8)
        handshakes(s, len(chains))
        for ns in c, s:
            with ns:
                at.compare({"ESTAB": len(chains)})
        end_proxied(at, (c, s), chains, lsocks)


def test_synproxy_crowd(at):
    """Many at once, ended by chance."""
    with tcpw.veth_pair() as (c, s):
        with s:
            synproxy("input")
        for seed in range(3):
            tcpw.churn(c, s, random.Random(seed),
                       lambda: at.everywhere(c, s), 50)
            time.sleep(70)
        handshakes(s, 150)


def test_synproxy_reuse(at):
    """The client comes again from the port of a connection that the server
    has in TIME-WAIT: a SYN,ACK in its name, before it knows."""
    with tcpw.veth_pair() as (c, s):
        with s:
            synproxy("input")
            # the old connection must not be known here, or it is its ACK
            sysctl("net/netfilter/nf_conntrack_tcp_timeout_time_wait", 1)
            lsock = tcpw.listen(addr="10.11.12.2", port=80)
        for _ in range(3):
            with c:
                client = client_of("10.11.12.2", 80, ("10.11.12.1", 4000))
            server = accept(lsock)
            talk(client, server)
            at.everywhere(c, s)
            server.close()
            client.close()
            with s:
                at.compare({"TIME-WAIT": 1})
            time.sleep(2)
        handshakes(s, 3)
        lsock.close()


def test_synproxy_nobody_there(at):
    """A handshake with SYNPROXY alone: half of one, then all of it with no
    listener behind; the host has no endpoint."""
    with tcpw.veth_pair() as (c, s):
        with s:
            synproxy("input")
            lsock = tcpw.listen(addr="10.11.12.2", port=80)
        with c:
            for sport in range(3000, 3010):
                tcpw.raw_send("10.11.12.1", "10.11.12.2", tcpw.tcp_header(
                    "10.11.12.1", "10.11.12.2", sport, 80, 1000, 0, SYN))
        with s:
            at.compare({})
            tcpw.expect("SYNPROXY", synproxy_counts(), {"syn_received": 10})
            # they left in our name, no socket behind them
            tcpw.expect("the mirror", tcpw.Table().row["refused"],
                        {"cookies": 10})
            lsock.close()
        with c:
            try:
                client_of("10.11.12.2", 80)
            except ConnectionResetError:
                pass            # that is after ESTAB
            at.compare({})
            tcpw.expect("the client", tcpw.Table().entered(), {"ESTAB": 1})
        handshakes(s, 1)
        with s:
            at.compare({})
            tcpw.expect("the server", tcpw.Table().entered(), {"ESTAB": 0})


def test_synproxy_older_than_module(at):
    """Loaded after it, the module's hook stands elsewhere among those of the
    same priority."""
    with tcpw.veth_pair() as (c, s):
        tcpw.unload()
        try:
            with s:
                synproxy("input")
                lsocks = [tcpw.listen(addr="10.11.12.2", port=80),
                          tcpw.listen(socket.AF_INET6, "fd00:11::2", 80)]
            old = proxied_connections(c, lsocks, 4)
        finally:
            tcpw.load()
        chains = old + proxied_connections(c, lsocks, 4)
        handshakes(s, len(chains))
        for ns in c, s:
            with ns:
                at.compare({"ESTAB": len(chains)})
        end_proxied(at, (c, s), chains, lsocks)


def test_synproxy_forwarded(at):
    """In a router: segments leave it in the names of others, and it has no
    endpoint."""
    with path() as (c, m, s):
        with m:
            synproxy("forward")
        with s:
            lsocks = [tcpw.listen(addr=SERVER[family], port=80, family=family)
                      for family in FAMILIES]
        chains = proxied_connections(c, lsocks, 8)
        handshakes(m, len(chains))
        for ns, want in ((c, len(chains)), (m, 0), (s, len(chains))):
            with ns:
                at.compare({"ESTAB": want} if want else {})
        # half of a handshake: the server does not hear of it
        forge(c, 3000, 1000, SYN)
        with s:
            at.compare({"ESTAB": len(chains)})
        end_proxied(at, (c, m, s), chains, lsocks)
        with m:
            at.compare({})


# --- IPVS ---

def service(family, addr, port, real, real_port, how="-m"):
    """A virtual service with one real server, by masquerading."""
    virtual, real = (f"[{host}]:{number}" if family == socket.AF_INET6
                     else f"{host}:{number}"
                     for host, number in ((addr, port), (real, real_port)))
    try:
        tcpw.run("ipvsadm", "-A", "-t", virtual, "-s", "rr")
        tcpw.run("ipvsadm", "-a", "-t", virtual, "-r", real, how)
    except (tcpw.Failed, FileNotFoundError) as err:
        raise tcpw.Skip(f"no IPVS: {err}") from err


def balanced(ns, count):
    """Check how many established connections IPVS has in a namespace."""
    with ns, open("/proc/net/ip_vs_conn", encoding="ascii") as conns:
        lines = conns.read().splitlines()
    found = sum(" ESTABLISHED " in line for line in lines)
    check(found == count, "\n".join([f"IPVS: {found}, not {count}"] + lines))


def passed_on():
    """Check that this namespace has neither sent nor received a segment."""
    table = tcpw.Table()
    for row in "seg-in", "seg-out":
        check(not any(table.state[row].values()), table.text)


def virtual_connection(ns, family, port, lsock, real):
    """A connection from a namespace to the middle's virtual service, which
    lsock at the address real gets."""
    with ns:
        client = client_of(MIDDLE[family], port)
    server = accept(lsock)
    check(client.getpeername()[:2] == (MIDDLE[family], port)
          and server.getsockname()[:2] == real,
          f"{client.getpeername()} is {server.getsockname()}")
    talk(client, server)
    return client, server


def test_ipvs(at):
    """A director that only passes on, and clients of its own, whose segments
    change their addresses behind the mirror."""
    with path() as (c, m, s):
        with m:
            for family in FAMILIES:
                service(family, MIDDLE[family], 80, SERVER[family], 8080)
        with s:
            lsocks = {family: tcpw.listen(family, SERVER[family], 8080)
                      for family in FAMILIES}
        for ns in c, m:
            chains = [virtual_connection(ns, family, 80, lsocks[family],
                                         (SERVER[family], 8080))
                      for family in FAMILIES for _ in range(4)]
            balanced(m, len(chains))
            for space, ends in ((ns, 1), (s, 1), (m if ns is c else c, 0)):
                with space:
                    at.compare({"ESTAB": len(chains)} if ends else {})
            end_each(at, (c, m, s), chains)
            all_gone(at, (c, m, s))
            if ns is c:
                with m:
                    passed_on()
        close_all([lsocks.values()])


def test_ipvs_direct(at):
    """Direct routing of the director's own: each segment leaves twice, as it
    is, and must not count as sent again."""
    virtual = "10.11.9.9"
    with path() as (_, m, s):
        with m:
            service(socket.AF_INET, virtual, 80, SERVER[socket.AF_INET], 80,
                    "-g")
            tcpw.run("ip", "route", "add", virtual, "dev", "ms")
        with s:
            tcpw.run("ip", "addr", "add", virtual + "/32", "dev", "lo")
            lsock = tcpw.listen(addr=virtual, port=80)
        chains = []
        for _ in range(8):
            with m:
                client = client_of(virtual, 80)
            chains.append((client, accept(lsock)))
            talk(*chains[-1])
        balanced(m, len(chains))
        for ns in m, s:
            with ns:
                at.compare({"ESTAB": len(chains)})
        end_each(at, (m, s), chains)
        all_gone(at, (m, s))
        with m:
            tcpw.expect("sent again", tcpw.Table().row["retransmit"],
                        {"syn": 0, "fin": 0})
        lsock.close()


def test_ipvs_local(at):
    """A real server on the director itself, for clients from outside and from
    there: the server's own address in all its segments, another in those that
    the client gets."""
    with path() as (c, m, _):
        with m:
            real = {80: INNER, 81: tcpw.LOOPBACK}
            lsocks = {}
            for family in FAMILIES:
                for port, addrs in real.items():
                    service(family, MIDDLE[family], port, addrs[family],
                            port + 8000)
                    lsocks[family, port] = tcpw.listen(family, addrs[family],
                                                       port + 8000)
        # nobody is sent to a loopback address from outside
        for ns, port in ((c, 80), (m, 80), (m, 81)):
            chains = [virtual_connection(ns, family, port,
                                         lsocks[family, port],
                                         (real[port][family], port + 8000))
                      for family in FAMILIES for _ in range(4)]
            balanced(m, len(chains))
            with m:
                at.compare({"ESTAB": len(chains) * (1 if ns is c else 2)})
            end_each(at, (c, m), chains)
            all_gone(at, (c, m))
        close_all([lsocks.values()])


# --- source routes ---

def routes_allowed(*spaces):
    """Have these namespaces follow the routes that senders choose."""
    for ns in spaces:
        with ns:
            for dev in os.listdir("/proc/sys/net/ipv4/conf"):
                sysctl(f"net/ipv4/conf/{dev}/accept_source_route", 1)
            for dev in os.listdir("/proc/sys/net/ipv6/conf"):
                sysctl(f"net/ipv6/conf/{dev}/seg6_enabled", 1)


def loose_route(hop):
    """Socket option: LSRR (RFC 791 3.1) by way of an IPv4 address."""
    return socket.IPPROTO_IP, socket.IP_OPTIONS, struct.pack(
        "!BBB4sB", 131, 7, 4, tcpw.packed(hop), 0)


def segment_route(hop):
    """Socket option: SRH (RFC 8754 2) by way of an IPv6 address, the last
    destination left to the kernel."""
    return socket.IPPROTO_IPV6, socket.IPV6_RTHDR, struct.pack(
        "!BBBBBBH16x16s", 0, 4, 4, 1, 1, 0, 0, tcpw.packed(hop))


def test_source_route(at):
    """The next hop is the destination of what leaves."""
    with path() as (c, m, s):
        routes_allowed(c, m, s)
        for family in FAMILIES:         # there is no other way
            tcpw.run("ip", "-n", c.name, "route", "del", "default", "via",
                     MIDDLE[family])
        chains = []
        with s:
            lsocks = [tcpw.listen(addr=SERVER[family], port=80, family=family)
                      for family in FAMILIES]
        for lsock, option in zip(lsocks, (loose_route(MIDDLE[FAMILIES[0]]),
                                          segment_route(MIDDLE[FAMILIES[1]]))):
            for _ in range(8):
                with c:
                    client = socket.socket(lsock.family)
                    client.settimeout(10)
                    try:
                        client.setsockopt(*option)
                    except OSError as err:
                        raise tcpw.Skip(f"no source routes: {err}") from err
                    client.connect(lsock.getsockname()[:2])
                server = accept(lsock)
                try:
                    talk(client, server)
                except TimeoutError as err:
                    if not tcpw.clock_stands_still():
                        raise
                    raise tcpw.NotHere("the lab kernel carries no data along"
                                       " a source route") from err
                chains.append((client, server))
        for ns, want in ((c, len(chains)), (m, 0), (s, len(chains))):
            with ns:
                at.compare({"ESTAB": want} if want else {})
        for family in FAMILIES:         # what has no socket needs one
            tcpw.run("ip", "-n", c.name, "route", "add", "default", "via",
                     MIDDLE[family])
        end_each(at, (c, m, s), chains)
        all_gone(at, (c, m, s))
        close_all([lsocks])


agree_lib.main(globals())
