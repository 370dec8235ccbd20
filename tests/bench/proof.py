# SPDX-License-Identifier: GPL-2.0-or-later
"""How long it takes to decide what a rule set lets pass, ours and others', and what memory."""
import json
import os
import re
import subprocess
import tempfile

PATHS = (100, 1000, 10000, 100000)
SHAPES = ("linear", "overlapping", "sets")
RULES = (5000, 10000)
LIST = 500  # pairs in each of the adversary's four lists
SECONDS = 300  # of one question, on whatever machine


def tool(bench, name, *files):
    return subprocess.run([os.path.join(bench.build, "tests/bench/proof", name), *files],
                          check=True, capture_output=True, text=True, timeout=SECONDS).stdout


def ours(bench, paths):
    bench.say(f"proof: {paths:,} paths of ours")
    told = tool(bench, "decide", bench.config(paths))
    match = re.search(r"^\d+ paths: (\w+), ([\d.]+) s, .* (\d+) MB$", told, re.M)
    return {"verdict": match[1], "seconds": float(match[2]), "megabytes": int(match[3])}


def firewall(directory, shape, rules, seed=1):
    path = os.path.join(directory, f"{shape}-{rules}-{seed}.json")
    if not os.path.exists(path):
        with open(path, "w", encoding="ascii") as out:
            subprocess.run(["tests/bench/proof/genfw", shape, str(rules), str(seed)], check=True,
                           stdout=out)
    return path


def one_rule_less(path):
    """The same but for one rule in the middle of its longest chain."""
    with open(path, encoding="ascii") as text:
        snapshot = json.load(text)
    chain = max(snapshot["tables"][0]["chains"], key=lambda chain: len(chain["rules"]))
    del chain["rules"][len(chain["rules"]) // 2]
    with open(path + ".less", "w", encoding="ascii") as out:
        json.dump(snapshot, out, separators=(",", ":"))
    return path + ".less"


def ask(bench, *files):
    try:
        return json.loads(tool(bench, "foreign", *files))
    except subprocess.TimeoutExpired:
        nothing = dict.fromkeys(("seconds", "diff_seconds", "trace_ms"), float("inf"))
        return nothing | {"megabytes": 0, "nodes": 0, "diff": "",
                          "error": f"not within {SECONDS} s"}


def foreign(bench, directory, shape, rules):
    bench.say(f"proof: {rules:,} rules of another firewall, {shape}")
    return ask(bench, firewall(directory, shape, rules))


def measure(bench):
    sizes = PATHS[:3] if bench.quick else PATHS
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="hedate-bench.") as directory:
        result = {"load": load, "paths": {paths: ours(bench, paths) for paths in sizes}}
        result["foreign"] = {f"{shape} {rules}": foreign(bench, directory, shape, rules)
                             for shape in SHAPES for rules in RULES}
        bench.say("proof: what differs in two rule sets")
        path = firewall(directory, "linear", RULES[0])
        result["diff"] = ask(bench, path, one_rule_less(path))
        bench.say("proof: four lists of pairs")
        result["lists"] = ask(bench, firewall(directory, "cyclic", LIST))
    return result
