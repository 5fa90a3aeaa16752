#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Manual pages and completions say what the code does.

Argument: the client. What can be done is read from the sources, the spec and
the client's help; each word of it must be in the pages, and options of the
pages in the code. Reports in TAP.
"""

import pathlib
import re
import shlex
import shutil
import subprocess
import sys

TOOLS = pathlib.Path(__file__).resolve().parent.parent
MODULE = TOOLS.parent / "module"
PAGES = [TOOLS / "man/tcpwatch.8", TOOLS / "man/tcpwatch.4"]
BASH = TOOLS / "completion/tcpwatch.bash"
ZSH = TOOLS / "completion/tcpwatch.zsh"

results = []


def check(name, wrong):
    results.append(not wrong)
    print(f"{'not ' if wrong else ''}ok {len(results)} - {name}")
    for what in wrong:
        print(f"# {what}")


def skip(name, why):
    results.append(True)
    print(f"ok {len(results)} - {name} # SKIP {why}")


# --- manual pages ---

def plain(text):
    text = re.sub(r"\\f(\[\w*\]|.)", "", text)
    return text.replace("\\-", "-").replace("\\&", "")


def arguments(line):
    """Of a macro; a quote inside a word is not special."""
    found = re.findall(r'"([^"]*)"|(\S+)', line)
    return [quoted or bare for quoted, bare in found]


def line_text(line):
    """What a line of a page says, without its markup."""
    if not line.startswith("."):
        return plain(line)
    macro, _, rest = line[1:].partition(" ")
    if macro in ("BR", "BI", "RB", "RI", "IR", "IB"):
        return plain("".join(arguments(rest)))
    if macro in ("B", "I", "SS", "SH", "IP"):
        return plain(" ".join(arguments(rest)))
    return "" if macro != "br" else "\n"


class Page:
    """A manual page: its text, its sections, the tags of its lists."""

    def __init__(self, path):
        self.lines = [line for line in path.read_text().splitlines()
                      if not line.startswith('.\\"')]
        self.text = self.text_of(self.lines)

    @staticmethod
    def text_of(lines):
        return " ".join(line_text(line) for line in lines)

    def section(self, name, level="SH"):
        """The lines below a title that is, or begins with, @name."""
        found, lines = False, []
        for line in self.lines:
            if re.match(r"\.(SH|SS)\b", line):
                title = line_text(line)
                if found and (line.startswith(".SH") or level == "SS"):
                    break
                if line.startswith("." + level):
                    found = found or title.split(" [")[0] == name
            if found:
                lines.append(line)
        return lines

    @staticmethod
    def tags(lines):
        return [lines[i + 1] for i, line in enumerate(lines)
                if line == ".TP" and i + 1 < len(lines)]


def says(text, word):
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)


def missing(text, words):
    return [f"{word} is not there" for word in sorted(set(words))
            if not says(text, word)]


# --- sources ---

def source(path):
    text = path.read_text() if path.exists() else ""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return re.sub(r"^\s*#\s*include.*$", "", text, flags=re.M)


def literals(code):
    """String literals, those that follow each other joined."""
    one = r'"((?:[^"\\]|\\.)*)"'
    for match in re.finditer(rf"{one}(?:\s*{one})*", code):
        yield "".join(re.findall(one, match.group(0)))


def common_options():
    found = re.search(r'define COMMON_OPTIONS "(\w+)"',
                      (TOOLS / "cmd.h").read_text())
    return found.group(1)


def short_options(code):
    """{letter: takes an argument} of a getopt() string."""
    found = {}
    for call in re.findall(r'getopt(?:_long)?\(\s*\w+,\s*\w+,\s*'
                           r'((?:"[^"]*"|COMMON_OPTIONS|\s)+)', code):
        call = call.replace("COMMON_OPTIONS", f'"{common_options()}"')
        letters = "".join(re.findall(r'"([^"]*)"', call)).lstrip("+")
        for letter, colon in re.findall(r"(\w)(:?)", letters):
            found[letter] = bool(colon)
    return found


def long_options(code):
    return {name: takes == "required"
            for name, takes in re.findall(
                r'\{ "([\w-]+)", (no|required)_argument', code)}


def commands_of_header():
    return set(re.findall(r"\bcmd_(\w+)\(", (TOOLS / "cmd.h").read_text()))


def usages(code, command):
    """Usage strings of a command."""
    for text in literals(code):
        for line in text.replace("\\n", "\n").split("\n"):
            line = line.removeprefix("Usage: tcpwatch ")
            found = re.match(rf"{command}((?: \[[^:]*\])+)(?:$|:)", line)
            if not found:
                found = re.match(rf"{command}((?: \[.*)+\])$", line)
            if found:
                yield command + found.group(1)


class Spec:
    """What the checks need of the spec, which has one shape all over."""

    def __init__(self):
        text = (MODULE / "netlink/specs/tcpwatch.yaml").read_text()
        head, rest = text.split("\nattribute-sets:")
        sets, operations = rest.split("\noperations:")
        operations, groups = operations.split("\nmcast-groups:")
        name = r"^      name: (\S+)$"
        self.commands = re.findall(name, operations, re.M)
        self.groups = re.findall(name, groups, re.M)
        self.enums = {}
        for part in re.split(r"^  -$", head, flags=re.M):
            found = re.search(r"type: enum\n    name: (\S+)", part)
            if found:
                self.enums[found.group(1)] = re.findall(
                    r"^        name: (\S+)$", part, re.M)
        self.sets = {}
        for part in re.split(r"^  -$", sets, flags=re.M):
            found = re.search(r"^    name: (\S+)$", part, re.M)
            if found:
                self.sets[found.group(1)] = self.attributes(part)

    @staticmethod
    def attributes(part):
        """Names; not of padding, of what only requests have, of anchors."""
        return [re.search(r"name: (\S+)", attr).group(1)
                for attr in re.split(r"^      - ?", part, flags=re.M)[1:]
                if re.search(r"^\s*name: ", attr, re.M)
                and "type: pad" not in attr
                and not re.search(r"doc:[\s|]*Request", attr)]


# --- the client ---

def help_of(client):
    text = subprocess.run([client, "-h"], capture_output=True, text=True,
                          check=True).stdout
    commands, options = text.split("\nOptions:\n")
    commands = commands.split("\nCommands:\n")[1]
    return (re.findall(r"^  (\w+) ", commands, re.M),
            re.findall(r"^  -(\w)(?: [A-Z]+)? ", options, re.M))


def check_options(page, command, code):
    """The options of a command are those of its section, and the reverse."""
    wrong = []
    options = {f"-{k}": v for k, v in short_options(code).items()}
    options.update({f"--{k}": v for k, v in long_options(code).items()})
    title = "OPTIONS" if command is None else command
    lines = page.section(title, "SH" if command is None else "SS")
    tags = {}
    for tag in page.tags(lines):
        for option in re.findall(r"(?<![\w-])--?\w[\w-]*", line_text(tag)):
            tags[option] = tag.startswith(".BI")
    # common ones are said once, and again where there is more to say
    common = {f"-{letter}" for letter in common_options()}
    for option, takes in options.items():
        if option not in tags:
            if command is None or option not in common:
                wrong.append(f"{option} is not in the page")
        elif takes != tags[option]:
            wrong.append(f"{option}: does it take an argument?")
    wrong += [f"{option} is not in the code" for option in tags
              if option not in options and option not in common]
    check(f"options of {command or 'tcpwatch'}", wrong)


def synopsis(page):
    text = ""
    for line in page.section("SYNOPSIS")[1:]:
        said = line_text(line)
        text += "\n" if said in ("", "\n") else said + " "
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return [line.removeprefix("tcpwatch ") for line in lines if line]


def check_client(page, client):
    commands, options = help_of(client)
    there = [page_line.split()[0] for page_line in synopsis(page)[1:]
             if page_line[0] != "-"]
    sections = {line_text(line).split(" ")[0]
                for line in page.section("COMMANDS")
                if line.startswith(".SS")}
    wrong = [f"{command} is not in the synopsis" for command in commands
             if command not in there]
    wrong += [f"{command} has no section" for command in commands
              if command not in sections]
    wrong += [f"there is no {command}"
              for command in {*there, *sections} - {*commands}
              if command not in commands_of_header()]
    check("commands", wrong)

    main = short_options((TOOLS / "main.c").read_text())
    wrong = [f"-{letter}: in help or main.c only"
             for letter in {*options} ^ {*main}]
    check("options of the help", wrong)
    check_options(page, None, (TOOLS / "main.c").read_text())
    for command in commands:
        path = TOOLS / f"cmd_{command}.c"
        if not path.exists():
            continue
        code = source(path)
        check_options(page, command, code)
        said = [u for u in usages(code, command) if u not in synopsis(page)]
        check(f"synopsis of {command}", [f"not in the page: {u}"
                                         for u in said])


def check_words(page, spec):
    """Fields, and words that filters and columns take."""
    sets = ("flow", "listener", "event", "event-segment", "config", "open",
            "fail", "close", "tw-end", "late", "segment", "handshake",
            "anomaly", "audit", "events", "memory", "ended-netns", "matrix")
    fields = {name for s in sets for name in spec.sets[s]}
    # text has them without their unit
    wrong = [f"{name} is not there" for name in sorted(fields)
             if not says(page.text, name) and
             not says(page.text, name.removesuffix("-ns"))]
    check("fields", wrong)
    words = [word for enum in ("state", "cause", "verdict", "role", "ends")
             for word in spec.enums[enum]]
    check("words", missing(page.text, words))
    code = source(TOOLS / "filter_parse.c")
    groups = re.findall(r'\{ "(\w+)", \{', code)
    tests = [word for word in re.findall(r'(?:took|is)\(p, "(\w+)"\)', code)]
    filters = page.text_of(page.section("FILTERS"))
    check("filters", missing(filters, groups + tests))


# --- serve, doctor ---

def table(code, name):
    found = re.search(rf"\b{name}\[\] = \{{(.*?)^\}};", code, re.M | re.S)
    return found.group(1) if found else ""


def metric_names():
    code = source(TOOLS / "metrics.c") + source(TOOLS / "metrics_write.c")
    row = r'^\t\{\s*"(\w+)",\s*"[^"]*",'
    found = {(name, "METRIC_COUNTER")
             for name in re.findall(row, table(code, "groups"), re.M)}
    found |= {*re.findall(row + r'\s*"[^"]*",\s*(METRIC_\w+)',
                          table(code, "singles"), re.M)}
    found |= {*re.findall(r'metric_head\(&?m, "(\w+)", (METRIC_\w+)', code)}
    found |= {*re.findall(r'write_states\(m, "(\w+)", "[^"]*", (METRIC_\w+)',
                          code)}
    found |= {(name, "METRIC_HISTOGRAM") for name in
              re.findall(r'write_hists\(m, &\w+, "(\w+)"', code)}
    return {f"tcpwatch_{name}" + ("_total" if kind == "METRIC_COUNTER"
                                  else "") for name, kind in found}


def check_serve(page):
    if not (TOOLS / "metrics.c").exists():
        skip("metrics", "there are none")
        return
    lines = page.section("METRICS")
    text = page.text_of(lines)
    names = metric_names()
    there = {*re.findall(r"\btcpwatch_\w+", text)}
    wrong = [f"{name} is not in the page" for name in names - there]
    wrong += [f"{name} is not in the code" for name in there - names]
    check(f"{len(names)} metrics", wrong if names else ["none found"])
    code = source(TOOLS / "http.c")
    paths = [p for p in re.findall(r'(?:strcmp\(url|define API), "(/[^"]*)"',
                                   code) if len(p) > 1]
    paths += re.findall(r'\{ "(\w+)", TCPWATCH_CMD', code)
    check("paths", missing(text, paths))


def check_doctor(page):
    if not (TOOLS / "doctor.c").exists():
        skip("findings", "there are none")
        return
    code = source(TOOLS / "doctor.c") + source(TOOLS / "doctor_stats.c")
    found = re.findall(r'^\t\{ "([\w-]+)",',
                       table(code, "rules") + table(code, "counts"), re.M)
    found += re.findall(r'finding_add\([^;]*?"([\w-]+)"', code)
    text = page.text_of(page.section("Of doctor", "SS"))
    check(f"{len(found)} findings", missing(text, found))


# --- the module ---

def words_of(text):
    """What is left of a format, by words."""
    text = text.replace("\\n", " ").replace("\\t", " ")
    text = re.sub(r"%[-+ 0#]*[\d*]*(?:\.[\d*]+)?(?:ll|l|h|z)?"
                  r"(?:[diuxs]|p\w+)", " ", text)
    return re.findall(r"[a-z][\w,/-]*[\w-]", text)


def check_proc(page):
    for path in sorted(MODULE.glob("proc*.c")) + [MODULE / "resets.c"]:
        code = source(path)
        # who counts, and who is asked, is no row
        said = [text for text in literals(code) if "tcp_send_reset" != text]
        words = {word for text in said for word in words_of(text)}
        wrong = [f"not in the page: {text}" for text in said
                 if text.startswith("# ") and
                 text.removesuffix("\\n") not in page.text]
        check(f"rows and columns of {path.name}",
              wrong + missing(page.text, words))
    names = set()
    for name in ("outcome.c", "timing.c", "verdict.c"):
        code = re.sub(r"\bev_names\[.*?\};", "", source(MODULE / name),
                      flags=re.S)
        for block in re.findall(r"names\[\w+\] = \{(.*?)\};", code, re.S):
            names |= {*literals(block)} - {"?"}
    check(f"{len(names)} names of counters", missing(page.text, names))


def check_module(page, spec):
    check_proc(page)
    check(f"{len(spec.commands)} netlink commands",
          missing(page.text, spec.commands + spec.groups))
    check("settings", missing(page.text, spec.sets["config"]))
    check("verdicts", missing(page.text, spec.enums["verdict"]))
    names = []
    for path in MODULE.glob("*.c"):
        code = source(path)
        names += re.findall(r"module_param(?:_named)?\((\w+)", code)
        names += re.findall(r'\.procname = "(\w+)"', code)
    check("parameters and sysctls", missing(page.text, names))
    code = source(MODULE / "trace.h")
    names = re.findall(r"TRACE_EVENT\((\w+)", code)
    names += re.findall(r"(\w+)=%", code)
    check("tracepoints", missing(page.text, names))


# --- completions ---

def complete(*words):
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_tcpwatch; printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(
        ["bash", "-c", script, "bash", BASH, "/nonexistent/tcpwatch", *words],
        capture_output=True, text=True, check=True).stdout.split()


def check_bash(spec, commands):
    known = complete("")
    check("bash: commands", [f"{c} is not known" for c in commands
                             if c not in known])
    wrong = []
    for command in commands:
        code = source(TOOLS / f"cmd_{command}.c")
        known = complete(command, "-")
        options = [f"-{k}" for k in short_options(code)]
        options += [f"--{k}" for k in long_options(code)]
        wrong += [f"{command}: {o} is not known" for o in options
                  if o not in known]
        wrong += [f"{command}: {o} is not in the code" for o in known
                  if code and o not in options and
                  o[1:] not in common_options()]
    check("bash: options", wrong)
    wrong = []
    for test, words in (("state", spec.enums["state"]),
                        ("cause", spec.enums["cause"]),
                        ("verdict", spec.enums["verdict"]),
                        ("role", spec.enums["role"])):
        known = complete("list", test, "")
        wrong += [f"{test} {word} is not known" for word in words
                  if word not in known]
    known = complete("list", "-o", "")
    wrong += [f"column {name} is not known" for name in
              spec.sets["flow"] + spec.sets["listener"] if name not in known]
    known = complete("config", "")
    wrong += [f"key {name} is not known" for name in spec.sets["config"]
              if name != "netns" and name not in known]
    check("bash: words", wrong)


def check_zsh(spec, commands):
    text = ZSH.read_text()
    wrong = [f"{command} is not there" for command in commands
             if f"'{command}:" not in text]
    for command in commands:
        code = source(TOOLS / f"cmd_{command}.c")
        part = re.search(rf"\((?:\w+\|)*{command}(?:\|\w+)*\)\n(.*?);;", text,
                         re.S)
        if not part:
            wrong += [f"{command} has no options"] if command != "help" else []
            continue
        part = part.group(1)
        if "$help" in part:
            part += " '-h["
        options = [f"-{k}" for k in short_options(code)
                   if k not in common_options()]
        options += [f"--{k}" for k in long_options(code)]
        wrong += [f"{command}: {o} is not known" for o in options
                  if not says(part, o)]
    words = [word for enum in ("state", "cause", "verdict", "role")
             for word in spec.enums[enum]]
    words += spec.sets["flow"] + spec.sets["listener"]
    words += spec.sets["config"]
    check("zsh: commands, options, words", wrong + missing(text, words))
    if not shutil.which("zsh"):
        skip("zsh: syntax", "zsh is not installed")
        return
    done = subprocess.run(["zsh", "-n", ZSH], capture_output=True, text=True)
    check("zsh: syntax", done.stderr.splitlines())


# --- lint ---

def check_lint(path, tool):
    if not shutil.which(shlex.split(tool)[0]):
        skip(f"{tool} {path.name}", "it is not installed")
        return
    done = subprocess.run([*shlex.split(tool), path], capture_output=True,
                          text=True)
    said = done.stderr.splitlines()
    if tool.startswith("mandoc"):
        said += done.stdout.splitlines()
    check(f"{tool} {path.name}", said)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check_man.py CLIENT")
    client, driver = (Page(path) for path in PAGES)
    spec = Spec()
    commands = help_of(sys.argv[1])[0]
    print("TAP version 13")
    check_client(client, sys.argv[1])
    check_words(client, spec)
    check_serve(client)
    check_doctor(client)
    check_module(driver, spec)
    check_bash(spec, commands)
    check_zsh(spec, commands)
    for path in PAGES:
        check_lint(path, "mandoc -Tlint -W warning")
        check_lint(path, "groff -man -ww -Tutf8 -z")
    print(f"1..{len(results)}")
    sys.exit(not all(results))


main()
