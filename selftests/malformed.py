#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Segments that nobody can parse, that lie about themselves, or that hide
behind extension headers: counted, accepted, believed only where the kernel
believes them."""
import socket
import struct

import tcpw
from tcpw import ACK, FIN, RST, SYN, agree, check, expect, quiet

LO = "127.0.0.1"


def to_client(port, seq, ack, flags, **more):
    tcpw.raw_send(LO, LO, tcpw.tcp_header(LO, LO, port, port + 1, seq, ack,
                                          flags, **more))


def test_unparsable(_):
    client, server = tcpw.established(4100)
    before = tcpw.Table().row["anomaly"]["malformed"]
    for junk in (b"", b"\x10\x04\x10\x05", b"\0" * 19):
        tcpw.raw_send(LO, LO, junk)
    for doff in (0, 4, 15):
        tcpw.raw_send(LO, LO, tcpw.tcp_header(LO, LO, 4100, 4101, 1, 1, RST,
                                              doff=doff))
    table = agree()
    # each passes LOCAL_OUT and LOCAL_IN
    expect("anomaly", table.row["anomaly"], {"malformed": before + 12})
    expect("now", table.now(), {"ESTAB": 2})
    client.close()
    server.close()


def test_reset_needs_the_exact_number(_):
    """RFC 5961: in the window is not enough, next to it neither."""
    client, server = tcpw.established(4110)
    rcv_nxt, _ = tcpw.next_numbers(client)
    for seq in (rcv_nxt + 1, rcv_nxt + 1000, rcv_nxt - 1, rcv_nxt + 2 ** 30):
        to_client(4110, seq & 0xffffffff, 0, RST)
    table = agree()
    expect("now", table.now(), {"ESTAB": 2})
    check(table.row["anomaly"]["out-of-window"] >= 4, table.text)
    to_client(4110, rcv_nxt, 0, RST, good_csum=False)
    table = agree()
    expect("now", table.now(), {"ESTAB": 2})
    to_client(4110, rcv_nxt, 0, RST)
    table = agree()
    expect("now", table.now(), {"ESTAB": 1})
    expect("close", table.row["close"], {"rst-in": 1})
    client.close()
    server.close()


def test_syn_into_established(_):
    client, server = tcpw.established(4120)
    rcv_nxt, _ = tcpw.next_numbers(client)
    for seq in (rcv_nxt, rcv_nxt + 5000, 77):
        to_client(4120, seq & 0xffffffff, 0, SYN)
    expect("now", agree().now(), {"ESTAB": 2})
    client.close()
    server.close()


def test_fin_out_of_place(_):
    """A FIN ahead of missing data, and one without ACK, close nothing."""
    client, server = tcpw.established(4130)
    rcv_nxt, snd_nxt = tcpw.next_numbers(client)
    to_client(4130, (rcv_nxt + 100) & 0xffffffff, snd_nxt, FIN | ACK)
    to_client(4130, rcv_nxt, 0, FIN)
    to_client(4130, (rcv_nxt - 9) & 0xffffffff, snd_nxt, FIN | ACK)
    expect("now", agree().now(), {"ESTAB": 2})
    # the data arrive after all: now the early FIN counts
    server.send(b"y" * 100)
    expect("now", agree().now(), {"ESTAB": 1, "CLOSE-WAIT": 1})
    tcpw.linger0(client)
    client.close()
    server.close()
    agree()


def test_forged_reset_leaves(_):
    """A RST in our name that no socket sent ends nothing here, and the peer
    believes it only where its number is right."""
    client, server = tcpw.established(4140)
    tcpw.raw_send(LO, LO, tcpw.tcp_header(LO, LO, 4141, 4140, 99, 0, RST))
    expect("now", agree().now(), {"ESTAB": 2})
    tcpw.raw_send(LO, LO, tcpw.tcp_header(LO, LO, 4141, 4140, 99, 1,
                                          FIN | ACK))
    table = agree()
    expect("now", table.now(), {"ESTAB": 2})
    check(table.row["anomaly"]["alien"] >= 1, table.text)
    client.close()
    server.close()


def test_ipv6_extension_headers(_):
    """The whole connection behind a destination options header."""
    lsock = tcpw.listen(socket.AF_INET6)
    client = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    padding = struct.pack("!BBBB4x", 0, 0, 1, 4)    # PadN fills 8 octets
    client.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, padding)
    client.connect(lsock.getsockname()[:2])
    server, _ = lsock.accept()
    table = agree()
    expect("entered", table.entered(),
           {"SYN-SENT": 1, "SYN-RECV": 1, "ESTAB": 2})
    client.close()
    quiet()
    server.close()
    table = agree()
    expect("close", table.row["close"], {"active": 1, "passive": 1})
    expect("anomaly", table.row["anomaly"], {"malformed": 0})


def test_segments_counted_by_flag(_):
    """Ask tcpdump, not ourselves, how many of each kind there were."""
    kinds = {"syn": "tcp[13]&18==2", "syn,ack": "tcp[13]&18==18",
             "ack": "tcp[13]&16!=0", "fin": "tcp[13]&1!=0",
             "rst": "tcp[13]&4!=0", "psh": "tcp[13]&8!=0",
             "urg": "tcp[13]&32!=0"}
    dump = tcpw.subprocess.Popen(
        ["tcpdump", "-i", "lo", "-U", "-w", "/tmp/flags.pcap", "tcp"],
        stderr=tcpw.subprocess.PIPE, text=True)
    dump.stderr.readline()
    tcpw.time.sleep(1)
    for how in range(3):
        client, server = tcpw.pair()
        client.send(b"x" * 100, socket.MSG_OOB if how else 0)
        server.send(b"z" * 50000)
        while len(client.recv(65536, socket.MSG_PEEK)) < 50000:
            pass
        if how == 1:
            tcpw.linger0(client)
        client.close()
        quiet()
        server.close()
        quiet()
    with tcpw.listen() as lsock:
        port = lsock.getsockname()[1]
    socket.socket().connect_ex((LO, port))
    table = agree()
    tcpw.time.sleep(1)
    dump.terminate()
    dump.wait()
    for kind, what in kinds.items():
        out = tcpw.run("tcpdump", "-nr", "/tmp/flags.pcap", what)
        seen = len(out.splitlines())
        for row in ("seg-in", "seg-out"):
            check(table.state[row][kind] == seen,
                  f"{row} {kind}: {table.state[row][kind]}, tcpdump {seen}")


tcpw.main(globals())
