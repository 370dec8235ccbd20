#!/usr/bin/env python3
"""Every change that "hedate explain" proposes, made by hand: what is shown is put where it says,
its blanks are filled, and the configuration that results is read by "hedate explain" again: the
packet passes. Where it says that nothing would permit it, a plain path is refused by "hedate
check".

    explain.py HEDATE CONFIGURATION WORK NUMBER < questions

A question is a line: SOURCE DESTINATION SERVICE [OPTION ...].

NUMBER more questions are made up, from addresses of the configuration."""
import json
import random
import re
import subprocess
import sys

hedate, config, work, number = sys.argv[1:5]
FILLED = {"<MAC address>": "02:00:00:00:00:01", "<YYYY-MM-DD>": "2026-01-01"}


def run(*arguments):
    command = [hedate, "--profiles", "conf", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def fill(text):
    for blank, value in FILLED.items():
        text = text.replace(blank, value)
    return re.sub("<[^>]*>", "x", text)


def new_element(lines, edit):
    """Into the list that begins on the line, or a list of its own."""
    name, index = edit["list"].split(".")[-1], edit["line"] - 1
    begin = re.search(name + r"\s*=\s*\(", lines[index]) if index < len(lines) else None
    if begin:
        head, tail = lines[index][: begin.end()], lines[index][begin.end() :]
        lines[index] = head + fill(edit["text"]) + "," + tail
    else:
        lines.append("%s = ( %s );" % (name, fill(edit["text"])))


def new_member(lines, edit):
    """In the place of the same key, on the same line or behind it; or as the first one."""
    key, index = edit["text"].split(" ")[0], edit["line"] - 1
    old = re.compile(r"\b" + key + r' = "[^"]*";')
    if old.search(lines[index]):
        lines[index] = old.sub(fill(edit["text"]), lines[index], count=1)
    else:
        lines[index] = lines[index].replace("{", "{ " + fill(edit["text"]), 1)


def write(name, lines):
    path = work + "/" + name
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


with open(config) as file:
    original = file.read()
# What they say of these packets is another matter.
original = original.split("assertions = (")[0]
base = write("base.conf", original.splitlines())


def explain(path, question):
    result = run("explain", "--json", "-c", path, *question)
    if result.returncode != 0:
        sys.exit("%s: %s%s" % (question, result.stdout, result.stderr))
    return json.loads(result.stdout)


def prove_change(question, change):
    lines = original.splitlines()
    # From the last line to the first, so that none moves.
    for edit in sorted(change["edits"], key=lambda edit: -edit["line"]):
        (new_member if edit["adds"] == "member" else new_element)(lines, edit)
    after = explain(write("changed.conf", lines), question)
    if after["verdict"] != "passes":
        sys.exit("%s: what was proposed does not let it pass: %s" % (question, after))


def prove_refusal(question, answer):
    """The plain path, which needs no more than what is asked for."""
    protocol, _, port = question[2].partition("/")
    value = "%s = %s" % (protocol, port) if protocol in ("tcp", "udp") else 'icmp = "any"'
    text = original
    text = text.replace("services = (", 'services = ( { name = "asked"; %s; },' % value, 1)
    packet = answer["packet"]
    text = text.replace(
        "\npaths = (",
        '\npaths = ( { name = "ASKED"; from = "%s"; to = "%s"; service = "asked"; reason = "x"; },'
        % (packet["source"], packet["destination"]),
        1,
    )
    result = run("check", write("plain.conf", text.splitlines()))
    if result.returncode != 4:
        sys.exit("%s: is said to be refused, and is not: %s" % (question, result.stdout))


def ask(question):
    answer = explain(base, question)
    change = answer["change"]
    if answer["verdict"] == "passes":
        return "passes"
    if change["found"]:
        prove_change(question, change)
        return "found"
    if change["refusals"]:
        prove_refusal(question, answer)
        return "refused"
    return "nothing"


def made_up(count):
    random.seed(7)
    addresses = re.findall(r"\b10\.\d+\.\d+\.\d+(?=\")", original) + [
        "10.10.16.9", "10.20.17.9", "10.30.17.5", "10.210.3.1", "172.28.9.9", "203.0.113.80",
        "198.51.100.10", "192.0.2.3", "10.90.0.11",
    ]
    services = ["tcp/443", "tcp/25", "tcp/8443", "udp/53", "udp/9999", "icmp", "tcp/22"]
    for _ in range(count):
        yield [random.choice(addresses), random.choice(addresses), random.choice(services)]


counts = {}
questions = [line.split() for line in sys.stdin if line.strip()]
for question in questions + list(made_up(int(number))):
    result = ask(question)
    counts[result] = counts.get(result, 0) + 1
print(" ".join("%s %d" % item for item in sorted(counts.items())))
enough = min(counts.get("found", 0), counts.get("refused", 0)) >= 5
sys.exit(0 if enough else "too few of a kind")
