# SPDX-License-Identifier: GPL-2.0
"""Draws the report of the benchmarks: one page of HTML, plots in it as SVG,
nothing fetched from anywhere."""
import html
import io

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "tcpwatch"    # the same page each time
from matplotlib import pyplot                   # noqa: E402

OURS, THEIRS = "#1b6ca8", "#b0b0b0"

STYLE = """body { font: 15px/1.5 sans-serif; max-width: 60em; margin: 2em auto }
table { border-collapse: collapse } td, th { padding: .15em .7em;
text-align: right; border-bottom: 1px solid #ddd } td:first-child,
th:first-child { text-align: left } .over { color: #b00020; font-weight: bold }
.ok { color: #1a7f37 }"""


def svg(figure):
    """A plot as text."""
    out = io.StringIO()
    figure.savefig(out, format="svg", bbox_inches="tight",
                   metadata={"Date": None})
    pyplot.close(figure)
    return out.getvalue()[out.getvalue().index("<svg"):]


def bars(title, unit, values):
    """One bar each: name, value."""
    figure, axes = pyplot.subplots(figsize=(7, .4 * len(values) + .8))
    names = [name for name, _ in values]
    axes.barh(names, [value for _, value in values],
              color=[OURS if "tcpwatch" in name else THEIRS
                     for name in names])
    for at, (_, value) in enumerate(values):
        axes.text(value, at, f" {value:,.0f}", va="center")
    axes.invert_yaxis()
    axes.set_title(title)
    axes.set_xlabel(unit)
    axes.spines[["top", "right"]].set_visible(False)
    return svg(figure)


def lines(title, unit, curves):
    """One curve each: name, points."""
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, points in curves:
        axes.plot(*zip(*points), "o-", label=name,
                  linewidth=2.5 if "tcpwatch" in name else 1.2)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(title)
    axes.set_xlabel("sockets")
    axes.set_ylabel(unit)
    axes.legend(loc="upper left", fontsize="small")
    axes.spines[["top", "right"]].set_visible(False)
    return svg(figure)


def segment_plot(fig):
    """What one hook costs."""
    none = "hook/none/{}"
    ways = (("in/sk1/ipv4/1000", "data"), ("fin/sk1/ipv4/1000", "FIN"))
    values = []
    for way, what in ways:
        for who in ("empty", "tcpwatch", "tcpwatch+monitor", "conntrack"):
            name = f"hook/{who}/{way}"
            if name in fig.names():
                base = none.format("in/sk1/ipv4/1000")
                values.append((f"{what}: {who}", fig.added(name, base)))
    return bars("One received segment", "instructions", values)


def cycle_plot(fig):
    """What is added to a connection."""
    values = [(name[6:], fig.added(name, "cycle/none"))
              for name in fig.names()
              if name.startswith("cycle/") and name != "cycle/none"]
    bare = fig.instructions("cycle/none")
    return bars(f"Added to connect, request, close ({bare:,.0f} bare)",
                "instructions", values)


def read_plot(fig):
    """Summaries by number of sockets."""
    names = {"proc": "tcpwatch: cat /proc/tcpwatch",
             "netlink": "tcpwatch: netlink", "serve": "tcpwatch serve",
             "show": "tcpwatch show", "ss-s": "ss -s", "ss-tan": "ss -tan",
             "proc-net-tcp": "cat /proc/net/tcp",
             "node-exporter": "node_exporter tcpstat"}
    curves = []
    for how, name in names.items():
        points = [(count, fig.instructions(f"read/{how}/{count}"))
                  for count in (1000, 10000, 100000, 1000000)
                  if f"read/{how}/{count}" in fig.names()]
        if points:
            curves.append((name, points))
    return lines("How many sockets in which state?", "instructions", curves)


def dump_plot(fig):
    """All flows."""
    names = (("list", "tcpwatch list"), ("list-json", "tcpwatch list -j"),
             ("ss", "ss -tan"), ("conntrack-L", "conntrack -L"))
    return bars("All of 100,000, each", "instructions",
                [(name, fig.instructions(f"dump/{how}/100000"))
                 for how, name in names
                 if f"dump/{how}/100000" in fig.names()])


def table(rows, verdict):
    """All rows."""
    cells = ["<tr><th>figure<th>value<th>unit<th>peer<th>value<th>ratio"
             "<th>budget<th></tr>"]
    for row in rows:
        result = verdict(row)
        cells.append(
            f"<tr><td>{html.escape(row.name)}<td>{row.value:,.1f}"
            f"<td>{row.unit}<td>{html.escape(row.peer or '')}"
            f"<td>{'' if row.other is None else format(row.other, ',.1f')}"
            f"<td>{'' if row.ratio is None else format(row.ratio, '.4f')}"
            f"<td>{'' if row.budget is None else row.budget}"
            f"<td class={html.escape(result, quote=True)!r}>{result}</tr>")
    return "<table>" + "\n".join(cells) + "</table>"


def notes(texts):
    """What is to be known about figures, by their names."""
    return "".join(f"<p><b>{html.escape(name)}</b>: {html.escape(text)}"
                   for name, text in texts.items())


def reasons(rows, verdict, known):
    """Why what is over its budget is."""
    return notes({row.name: known.get(row.name, "not known yet.")
                  for row in rows if verdict(row) == "over"})


def page(rows, fig, verdict, known, remarks):
    """The whole page."""
    plots = []
    for draw in (segment_plot, cycle_plot, read_plot, dump_plot):
        try:
            plots.append(draw(fig))
        except ValueError:      # was not measured
            continue
    return (f"<!DOCTYPE html><meta charset=utf-8><title>tcpwatch: benchmarks"
            f"</title><style>{STYLE}</style><h1>What tcpwatch costs</h1>"
            "<p>On a stock kernel in a VM whose clock counts instructions: "
            "nearly all figures repeat within 0.1 %; they know nothing of "
            "caches. A budget is the most that the ratio to the peer may be."
            "</p>"
            + table(rows, verdict) + reasons(rows, verdict, known)
            + notes(remarks) + "".join(plots) + "\n")
