#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Agreement under load: a real web server with a real load generator, and
40,000 endpoints in all states.  See agree_lib.py for what agreement is."""
import os
import signal
import socket
import subprocess
import tempfile
import time

import agree_lib
import tcpw
from tcpw import check, sysctl

CONF = """
user root;
worker_processes 2;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests {requests};
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    server {{
        listen 127.0.0.1:8080;
        listen [::1]:8080;
        location / {{ return 200 "hello\\n"; }}
    }}
}}
"""


def start_nginx(work, requests):
    """A web server in this namespace; its process."""
    conf = os.path.join(work, "nginx.conf")
    with open(conf, "w", encoding="ascii") as out:
        out.write(CONF.format(work=work, requests=requests))
    nginx = subprocess.Popen(["nginx", "-e", work + "/error.log", "-c", conf,
                              "-g", "daemon off;"])
    deadline = time.monotonic() + 20
    while "127.0.0.1:8080" not in tcpw.run("ss", "-tlnH"):
        check(time.monotonic() < deadline and nginx.poll() is None,
              "nginx does not start")
        time.sleep(0.1)
    return nginx


def load(at, *headers):
    """wrk on both addresses, stopped again and again for a comparison."""
    clients = [subprocess.Popen(
        ["wrk", "-t", "1", "-c", "50", "-d", "3", *headers,
         f"http://{host}:8080/"], stdout=subprocess.DEVNULL)
        for host in ("127.0.0.1", "[::1]")]
    for _ in range(5):
        time.sleep(0.4)
        for wrk in clients:
            wrk.send_signal(signal.SIGSTOP)
        at.compare()
        for wrk in clients:
            wrk.send_signal(signal.SIGCONT)
    for wrk in clients:
        check(wrk.wait() == 0, "wrk failed")
    at.compare()


def test_nginx_wrk(at):
    """Connections that stay, that the server ends, that the client ends."""
    if tcpw.clock_stands_still():
        raise tcpw.Skip("wrk never pauses, so its time would never be over")
    sysctl("net/ipv4/ip_local_port_range", "10000 65000")
    with tempfile.TemporaryDirectory() as work:
        nginx = start_nginx(work, 100)
        try:
            for host in ("127.0.0.1", "[::1]"):
                tcpw.run("curl", "-sS", f"http://{host}:8080/")
            load(at)
            load(at, "-H", "Connection: close")
        finally:
            nginx.terminate()
            nginx.wait()
        at.compare()


MANY = int(os.environ.get("AGREE_CONNECTIONS", "8000")) // 8 * 8


def test_many(at):
    """Thousands of connections, first in one state, then in every other."""
    sysctl("net/ipv4/ip_local_port_range", "10000 65000")
    lsock = tcpw.listen(addr="0.0.0.0", port=9999)
    ends = tcpw.many(lsock, MANY)
    at.compare({"ESTAB": 2 * MANY})
    for client, _ in ends[::4]:
        client.shutdown(socket.SHUT_WR)
    for _, server in ends[1::4]:
        server.shutdown(socket.SHUT_WR)
    at.compare({"ESTAB": MANY, "FIN-WAIT-2": MANY // 2,
                "CLOSE-WAIT": MANY // 2})
    agree_lib.close_all(ends[::8] + ends[1::8])
    for client, _ in ends[2::8]:
        tcpw.linger0(client)
        client.close()
    at.compare()
    agree_lib.close_all(ends)
    time.sleep(70)
    at.compare({})


if __name__ == "__main__":
    agree_lib.main(globals())
