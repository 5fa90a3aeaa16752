#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""serve: what a real Prometheus gets is what /proc/tcpwatch says; who may see
what; what it refuses; and what becomes of it when the module goes."""
import collections
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

import client
import tcpw
from netlink import ends, some_of_each, ss_flows, ss_name
from trace import Trace
from tcpw import check, expect

PORT = 9789
PROMETHEUS = 9090
OPENMETRICS = "application/openmetrics-text"
CONFIG = f"""
global:
  scrape_interval: 1s
scrape_configs:
- job_name: tcpwatch
  static_configs:
  - targets: ["127.0.0.1:{PORT}"]
"""


# --- the server ---

class Server:
    """tcpwatch serve, for the time of a with block, in which the clock does
    not jump: connections to it have timeouts, and without the module the
    kernel runs modprobe."""

    def __init__(self, *args, before=()):
        self.args = args
        self.before = before
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.process = None

    def __enter__(self):
        tcpw.BUSY.__enter__()
        self.process = client.start("serve", *self.args, before=self.before,
                                    stderr=self.errors)
        deadline = time.monotonic() + 20
        while "http://" not in self.said():
            if time.monotonic() > deadline or self.process.poll() is not None:
                said = self.said()
                self.__exit__()
                raise tcpw.Failed(f"does not start: {said}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.errors.close()
        tcpw.BUSY.__exit__()

    def said(self):
        """What it wrote on standard error."""
        at = self.errors.tell()
        self.errors.seek(0)
        text = self.errors.read()
        self.errors.seek(at)
        return text

    def complaints(self):
        """Lines after that which says where it listens."""
        return self.said().splitlines()[1:]


class Http:
    """A connection to it, which is kept."""

    def __init__(self, port=PORT):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, 30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, path, method="GET", body=None, **headers):
        """(status, headers, text)."""
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        return answer.status, answer.headers, text

    def get(self, path, **headers):
        """The text; it must be there."""
        status, _, text = self.ask(path, **headers)
        check(status == 200, f"{path}: {status} {text}")
        return text

    def tell(self, path):
        """The document."""
        return json.loads(self.get(path))

    def query(self, expression):
        """What Prometheus has: values by labels, those that it adds left
        out."""
        answer = self.tell("/api/v1/query?" + urllib.parse.urlencode(
            {"query": expression}))
        check(answer["status"] == "success", f"{expression}: {answer}")
        return {frozenset((key, value) for key, value in row["metric"].items()
                          if key not in ("instance", "job")):
                float(row["value"][1]) for row in answer["data"]["result"]}


def raw(octets):
    """What it answers to octets, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", PORT), 40) as sock:
        sock.sendall(octets)
        got = b""
        with contextlib.suppress(ConnectionError):
            while part := sock.recv(65536):
                got += part
        return got


def samples(text):
    """Values by name and labels, as text."""
    return dict(line.rsplit(" ", 1) for line in text.splitlines()
                if not line.startswith("#"))


def some_traffic():
    """Connections of all sorts, some kept."""
    with tcpw.listen() as lsock:
        keep = some_of_each(lsock) + some_of_each(lsock)
        for _ in range(5):
            one, other = tcpw.connect(lsock)
            one.close()
            other.close()
        one, other = tcpw.connect(lsock)
        tcpw.linger0(other)
        other.close()
        one.close()
    for _ in range(3):
        with socket.socket() as sock:
            sock.connect_ex(("127.0.0.1", 9))
    tcpw.quiet()
    return keep


# --- metrics ---

def test_promtool(_):
    """It finds nothing to say about either format."""
    keep = some_traffic()
    with Server(), Http() as web:
        text = web.get("/metrics")
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=text, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        check(done.returncode == 0 and not done.stdout.strip(),
              f"{done.returncode}: {done.stdout}")
        print(f"# {len(samples(text))} series, {len(text)} octets", flush=True)
    del keep


def test_formats(_):
    """By what is accepted; both have the same series and values, but for
    times and the segments that the request itself takes."""
    keep = some_traffic()
    grows = re.compile("oldest|watching|_pass_|_passes|_segments_")

    def steady(text):
        return {key: value for key, value in samples(text).items()
                if not grows.search(key)}
    with Server(), Http() as web:
        for accept, openmetrics in (
                (None, False), ("*/*", False), ("text/plain", False),
                (OPENMETRICS, True),
                (OPENMETRICS + ";version=1.0.0", True),
                (OPENMETRICS + ";q=0.1,text/plain;q=0.5", False),
                ("text/plain;q=0.5, " + OPENMETRICS + ";q=0.7", True),
                (OPENMETRICS + ";version=1.0.0," + OPENMETRICS +
                 ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,"
                 "*/*;q=0.1", True)):
            _, headers, text = web.ask(
                "/metrics", **({"Accept": accept} if accept else {}))
            kind = headers["Content-Type"]
            check(kind.startswith(OPENMETRICS if openmetrics else
                                  "text/plain; version=0.0.4"),
                  f"{accept}: {kind}")
            check(text.endswith("# EOF\n") == openmetrics, f"{accept}")
        plain = steady(web.get("/metrics"))
        other = steady(web.get("/metrics", Accept=OPENMETRICS))
        check(plain == other and len(plain) > 300,
              f"{plain.items() ^ other.items()}")
    del keep


@contextlib.contextmanager
def prometheus():
    """A real one, which scrapes every second; a connection to it."""
    with tempfile.TemporaryDirectory() as work:
        config = os.path.join(work, "prometheus.yml")
        with open(config, "w", encoding="ascii") as out:
            out.write(CONFIG)
        with open(os.path.join(work, "log"), "w+", encoding="utf-8") as log:
            process = subprocess.Popen(
                ["prometheus", "--config.file", config, "--storage.tsdb.path",
                 os.path.join(work, "data"), "--web.listen-address",
                 f"127.0.0.1:{PROMETHEUS}"], stdout=log, stderr=log)
            try:
                with wait_for_prometheus(process, log) as web:
                    yield web
            finally:
                process.kill()
                process.wait()


def wait_for_prometheus(process, log):
    """Until it has scraped something; a connection to it."""
    deadline = time.monotonic() + 60
    while True:
        web = Http(PROMETHEUS)
        with contextlib.suppress(OSError, tcpw.Failed, ValueError):
            if web.query("tcpwatch_up") == {
                    frozenset({("__name__", "tcpwatch_up")}): 1}:
                return web
        web.connection.close()
        if time.monotonic() > deadline or process.poll() is not None:
            log.seek(0)
            raise tcpw.Failed(f"prometheus does not scrape: {log.read()}")
        time.sleep(0.2)


def has(web, metric, label, want, **labels):
    """Prometheus has these values, by one label."""
    selector = ",".join(f'{key}="{value}"' for key, value in labels.items())
    got = {dict(key)[label]: value for key, value
           in web.query(f"tcpwatch_{metric}{{{selector}}}").items()}
    expect(metric, {key: got.get(key) for key in want}, want)
    check(want, f"{metric}: nothing to compare")


def states(table, column):
    """A column of /proc/tcpwatch, by the spec's names."""
    return {name.lower(): table.state[name][column]
            for name in ["LISTEN"] + tcpw.STATES}


def histograms():
    """(least seconds, count) of all buckets that hold any, by name."""
    buckets = collections.defaultdict(list)
    with open("/proc/net/tcpwatch_hist", encoding="ascii") as proc:
        for name, floor, count in map(str.split, proc):
            buckets[name].append((int(floor) / 1e9, int(count)))
    return buckets


def compare_buckets(web, label, names, buckets):
    """Each bucket of each histogram has what is below its bound."""
    got = web.query(f"tcpwatch_{label}_duration_seconds_bucket")
    by_name = collections.defaultdict(dict)
    for labels, count in got.items():
        labels = dict(labels)
        by_name[labels[label]][float(labels["le"])] = count
    check(set(by_name) == {name.lower() for name in names}, f"{set(by_name)}")
    for name in names:
        want = {bound: sum(count for floor, count in buckets[name]
                           if floor < bound - 1e-10)
                for bound in by_name[name.lower()]}
        check(len(want) > 30 and by_name[name.lower()] == want,
              f"{name}: {by_name[name.lower()]}, not {want}")


def compare(web, table):
    """What Prometheus has is what the table says."""
    has(web, "state_endpoints", "state", states(table, "now"))
    has(web, "state_entered_total", "state", states(table, "entered"))
    has(web, "state_left_total", "state", states(table, "left"))
    spans = [name for name, row in table.state.items() if "count" in row]
    has(web, "span_duration_seconds_count", "span",
        {name: table.state[name]["count"] for name in spans})
    buckets = histograms()
    compare_buckets(web, "state", tcpw.STATES, buckets)
    compare_buckets(web, "span", spans, buckets)
    has(web, "opens_total", "kind",
        {kind: table.row["open"][kind]
         for kind in ("active", "passive", "simultaneous")})
    has(web, "closes_total", "kind",
        {kind: count for kind, count in table.row["close"].items()
         if kind not in ("three-way", "four-way")})
    has(web, "time_wait_ends_total", "cause",
        {cause: count for cause, count in table.row["time-wait"].items()
         if cause not in ("data", "restarts", "kernel-ms", "rfc9293-ms")})
    for role, row in (("active", "failed-out"), ("passive", "failed-in")):
        has(web, "open_failures_total", "reason", table.row[row], role=role)


def agree(web):
    """After some scrapes nothing changes, so that both can be compared."""
    time.sleep(3)
    before = tcpw.Table()
    compare(web, before)
    after = tcpw.Table()
    check(before.entered() == after.entered(), "something changed meanwhile")
    return before


def test_prometheus(_):
    """Before and after the ends of TIME-WAIT; nothing scraped in vain."""
    with Server() as server, prometheus() as web:
        before = agree(web)
        keep = some_traffic()
        table = agree(web)
        check(table.state["TIME-WAIT"]["now"] >= 5 and
              table.row["close"]["rst-out"] >= 1 and
              table.row["failed-out"]["refused"] ==
              before.row["failed-out"]["refused"] + 3, table.text)
        for one in keep[1::3]:
            one[0].close()
        tcpw.BUSY.sleep(64)
        table = agree(web)
        check(table.row["time-wait"]["expired"] >= 5, table.text)
        rate = web.query('rate(tcpwatch_state_entered_total'
                         '{state="time-wait"}[2m])')
        check(len(rate) == 1 and list(rate.values())[0] > 0, f"{rate}")
        quantile = web.query('histogram_quantile(0.5, tcpwatch_state_duration'
                             '_seconds_bucket{state="time-wait"})')
        check(all(59 < value < 65 for value in quantile.values()),
              f"{quantile}")
        up = web.query("min_over_time(up[1m])")
        check(list(up.values()) == [1], f"{up}")
        scraped = web.query("scrape_samples_scraped")
        scrapes = web.query("count_over_time(up[1m])")
        check(50 <= list(scrapes.values())[0] <= 60, f"{scrapes}")
        print(f"# {list(scraped.values())[0]:.0f} samples a scrape, "
              f"{list(scrapes.values())[0]:.0f} scrapes a minute", flush=True)
        check(not server.complaints(), f"{server.said()}")
    del keep


def requests_of(count, web):
    """Messages that so many scrapes send to generic netlink."""
    with Trace(genl=("genl_rcv", "")) as trace:
        for _ in range(count):
            check(len(web.get("/metrics")) > 10000, "hardly any text")
        return len(trace.read("genl"))


def test_one_request_a_scrape(_):
    """Whatever the number of connections."""
    tcpw.sysctl("net/ipv4/ip_local_port_range", "1024\t65535")
    with Server(), Http() as web, tcpw.listen(addr="0.0.0.0") as lsock:
        check(requests_of(5, web) == 5, "with none")
        keep = tcpw.many(lsock, 2000)
        expect("now", samples(web.get("/metrics")),
               {'tcpwatch_state_endpoints{state="estab"}': "4002"})
        check(requests_of(5, web) == 5, "with 2000")
    del keep


# --- who may see what ---

def test_summaries_only(_):
    """Without -e, and with it but without the right."""
    keep = some_traffic()
    for args, before in (((), ()), ((), client.NOBODY),
                         (("-e",), client.NOBODY)):
        with Server(*args, before=before) as server, Http() as web:
            for path in ("stats", "stats?histograms", "hist", "matrix",
                         "timewait", "config"):
                check(len(web.tell("/api/v1/" + path)) > 2, path)
            check('state_endpoints{state="close-wait"} 2' in
                  web.get("/metrics"), "metrics")
            paths = ["/api/v1/flows", "/api/v1/listeners", "/api/v1/stuck",
                     "/api/v1/ports"]
            # before 6.1 anybody may listen, but is told nothing
            if "-e" not in args or tcpw.kernel() >= (6, 1):
                paths.append("/events")
            for path in paths:
                status, _, text = web.ask(path)
                check(status == 403 and "error" in json.loads(text),
                      f"{args} {before}: {path}: {status} {text}")
            check(not server.complaints(), server.said())
    del keep


def test_the_same_as_the_command_line(_):
    """JSON is what -j prints, flows are those of ss."""
    keep = some_traffic()
    with Server("-e"), Http() as web:
        web.get("/healthz")
        for path, args in (("flows", ["list"]), ("listeners", ["listeners"]),
                           ("matrix", ["matrix"]), ("config", ["config"])):
            got, want = web.tell("/api/v1/" + path), client.tell(*args)
            for row in got + want if isinstance(got, list) else []:
                row.pop("age-ns", None)
                row.pop("left-ns", None)
            check(got == want, f"{path}: {got}, not {want}")
        flows = web.tell("/api/v1/flows")
        check({ends(flow): ss_name(flow["state"]) for flow in flows}
              == ss_flows() and len(flows) > 15, f"{flows}")
        status, headers, text = web.ask("/api/v1/flows?limit=3")
        check(status == 200 and len(json.loads(text)) == 3 and
              headers["Tcpwatch-Truncated"] == "true", f"{headers}{text}")
        page = web.get("/")
        check("<html" in page and "http://" not in page.replace(
            "http://www.w3.org/", ""), "the page needs something from afar")
    del keep


class Events:
    """The stream of transitions, as a browser gets it."""

    def __init__(self):
        self.sock = socket.create_connection(("127.0.0.1", PORT), 30)
        self.sock.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.text = ""
        self.read_until("retry:")

    def read_until(self, word):
        """All that comes up to a word; "" for up to the end."""
        while not word or word not in self.text:
            part = self.sock.recv(65536)
            check(part or not word, f"no {word}: {self.text}")
            if not part:
                break
            self.text += part.decode()

    def told(self, port):
        """Transitions of the endpoint with that local port."""
        rows = [json.loads(data) for data in
                re.findall(r"^data: (\{.*\})\r?$", self.text, re.M)]
        return [(row["old"], row["new"]) for row in rows
                if row.get("lport") == port]


def test_events(_):
    with Server("-e"):
        streams = [Events() for _ in range(3)]
        one, other = tcpw.established(8000)
        one.close()
        tcpw.quiet()
        other.close()
        for stream in streams:
            stream.read_until('"old":"last-ack"')
            check(stream.told(8001) == [
                ("unconn", "syn-sent"), ("syn-sent", "estab"),
                ("estab", "fin-wait-1"), ("fin-wait-1", "fin-wait-2"),
                ("fin-wait-2", "time-wait")], stream.text)
            check(stream.told(8000)[-1] == ("last-ack", "unconn"),
                  stream.text)
        for stream in streams[1:]:
            stream.sock.close()
        tcpw.quiet(0.5)
        check(client.members() == 1, f"{client.members()} still listen")
        streams[0].sock.close()
        tcpw.quiet(0.5)
        tcpw.pair()[0].close()  # who has left is found out by writing
        tcpw.BUSY.sleep(16)
        check(client.members() == 0, "somebody still listens")


# --- what it refuses ---

def status_of(answer):
    """The number of the first line; 0 for no answer at all."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 2 else 0


def test_refusals(_):
    get = b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n"
    with Server("-e") as server:
        for octets, wanted in (
                (get % (b"/metrics", b"127.0.0.1:9789", b""), (200,)),
                (get % (b"/metrics", b"localhost", b""), (200,)),
                (get % (b"/metrics", b"[::1]:9789", b""), (200,)),
                (get % (b"/metrics", b"evil.example", b""), (403,)),
                (get % (b"/api/v1/flows", b"localhost.evil.example", b""),
                 (403,)),
                (get % (b"/", b"127.0.0.1.evil.example:9789", b""), (403,)),
                (get % (b"/nothing", b"localhost", b""), (404,)),
                (get % (b"/metrics/", b"localhost", b""), (404,)),
                (get % (b"/../metrics", b"localhost", b""), (404,)),
                (get % (b"/api/v1/", b"localhost", b""), (404,)),
                (get % (b"/api/v1/stats/x", b"localhost", b""), (404,)),
                (get % (b"/%00", b"localhost", b""), (404, 400)),
                (b"POST" + get[3:] % (b"/metrics", b"localhost", b""),
                 (405,)),
                (b"POST" + get[3:] % (b"/metrics", b"localhost",
                                      b"Content-Length: 3\r\n") + b"x=1",
                 (405,)),
                (b"DELETE" + get[3:] % (b"/api/v1/config", b"localhost",
                                        b""), (405,)),
                (b"HEAD" + get[3:] % (b"/metrics", b"localhost", b""),
                 (200,)),
                (get % (b"/metrics", b"localhost",
                        b"Content-Length: 3\r\n") + b"abc", (413,)),
                (get % (b"/metrics", b"localhost",
                        b"X: " + b"x" * 100000 + b"\r\n"), (413, 431, 0)),
                (get % (b"/" + b"x" * 100000, b"localhost", b""),
                 (414, 413, 431, 0)),
                (get % (b"/metrics", b"localhost", b"X: y\r\n" * 20000),
                 (413, 431, 0)),
                (b"\0" * 1000 + b"\r\n\r\n", (400, 0)),
                (b"GET /metrics HTTP/9.9\r\n\r\n", (400, 505, 0)),
                (b"nonsense\r\n\r\n", (400, 0))):
            got = raw(octets)
            check(status_of(got) in wanted,
                  f"{octets[:60]}: {got[:100]}, not {wanted}")
            check(status_of(got) != 405 or b"Allow: GET, HEAD" in got,
                  f"{got}")
        with Http() as web:
            check("tcpwatch_up 1" in web.get("/metrics"), "not up")
        check(server.process.poll() is None and not server.complaints(),
              server.said())


def test_many_clients(_):
    """More than it serves at a time; those that ask nothing are let go."""
    with Server("-e"):
        idle = [socket.create_connection(("127.0.0.1", PORT), 5)
                for _ in range(100)]
        tcpw.BUSY.sleep(40)
        with Http() as web:
            check("tcpwatch_up 1" in web.get("/metrics"), "not up")
        for sock in idle:
            sock.close()


# --- its life ---

def test_module_goes(_):
    """It says so once, and again when the module is back."""
    with Server("-e") as server, Http() as web:
        check("tcpwatch_up 1" in web.get("/metrics"), "not up")
        stream = Events()
        for number in range(1, 3):
            tcpw.unload()
            try:
                for _ in range(3):
                    text = web.get("/metrics")
                    check(samples(text) == {"tcpwatch_up": "0"}, text)
                    check("# EOF" in web.get("/metrics", Accept=OPENMETRICS),
                          "no end")
                status, _, text = web.ask("/api/v1/stats")
                check(status == 503 and "module" in text, text)
                web.get("/healthz")
                said = server.complaints()
                check(len(said) == 2 * number - 1 and
                      "no answers" in said[-1], f"{said}")
            finally:
                tcpw.load()
            for _ in range(3):
                check(samples(web.get("/metrics"))["tcpwatch_up"] == "1",
                      "not up again")
            said = server.complaints()
            check(len(said) == 2 * number and "answers again" in said[-1],
                  f"{said}")
        stream.read_until("")
        check("event: end" in stream.text and "module" in stream.text,
              stream.text)
        stream = Events()           # and again
        tcpw.pair()
        stream.read_until('"new":"estab"')
        stream.sock.close()


def test_begins_without_the_module(_):
    tcpw.unload()
    try:
        with Server() as server, Http() as web:
            text = web.get("/metrics")
            check(samples(text) == {"tcpwatch_up": "0"}, text)
            tcpw.load()
            check(samples(web.get("/metrics"))["tcpwatch_up"] == "1", "down")
            check(len(server.complaints()) == 2, server.said())
    finally:
        if not os.path.exists("/proc/tcpwatch"):
            tcpw.load()


def test_ends(_):
    """By SIGTERM or SIGINT, idle or not, with 0; its clients are told."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with Server("-e") as server:
            stream = Events()
            with Http() as web:
                web.get("/metrics")
                server.process.send_signal(number)
                check(server.process.wait(20) == 0,
                      f"ended with {server.process.returncode}")
            stream.read_until("")
            check(stream.text.endswith("0\r\n\r\n"),
                  f"the stream was cut: {stream.text}")
            stream.sock.close()
            check(not server.complaints(), server.said())
        with Server() as server:        # the address is free again
            client.end(server.process)


def test_addresses(_):
    """Where it says that it listens, and what cannot be."""
    for where, said in (("127.0.0.1:0", r"127\.0\.0\.1:\d+"),
                        ("[::1]:7777", r"\[::1\]:7777"),
                        (":7777", r"127\.0\.0\.1:7777"),
                        ("0.0.0.0:7777", r"0\.0\.0\.0:7777")):
        with Server("-l", where) as server:
            check(re.search(f"http://{said}/", server.said()),
                  f"{where}: {server.said()}")
    with tcpw.listen(port=7777):
        _, err = client.run("serve", "-l", "127.0.0.1:7777", status=2)
        check(err == "tcpwatch: 127.0.0.1:7777: Address already in use\n",
              err)
    client.run("serve", "-l", "127.0.0.1:66666", status=1)


if __name__ == "__main__":
    tcpw.main(globals())
