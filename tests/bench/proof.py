# SPDX-License-Identifier: GPL-2.0-or-later
"""How long it takes to decide what a rule set lets pass, ours and others', and what memory."""
import json
import os
import re
import resource
import subprocess
import tempfile

PATHS = (100, 1000, 10000, 100000)
SHAPES = ("linear", "overlapping", "sets")
RULES = (5000, 10000)
PHASES = ("new", "established", "stray")
ANSWERS = {"more": ("sat",), "undecided": ("sat", "unsat")}  # all others: unsat
Z3_SECONDS = 120  # that z3 is given for a question
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


def differing(bench, directory, shape):
    path = firewall(directory, shape, RULES[0])
    return ask(bench, path, one_rule_less(path))


def foreign(bench, directory, shape, rules):
    bench.say(f"proof: {rules:,} rules of another firewall, {shape}")
    return ask(bench, firewall(directory, shape, rules))


def processor_time(command, directory):
    """Of a program, and its output; (None, ...) when it did not find out in time."""
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    with open(os.path.join(directory, "answers"), "w+", encoding="utf-8") as out:
        before = used()
        subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, check=False)
        seconds = used() - before
        out.seek(0)
        answers = out.read()
    return (None if "timeout" in answers or not answers else seconds), answers


def beside_z3(bench, directory, name, snapshot, config, *pair):
    """The same question to both: who needs how much for all that it asks."""
    bench.say(f"proof: z3 beside hedate, {name}")
    question = os.path.join(directory, re.sub("[^0-9a-z]+", "-", name) + ".smt2")
    prove = [os.path.join(bench.build, "hedate"), "--profiles", "conf", "prove", "--json",
             "--exceptions", "", "-s", snapshot, "-c", config, *pair]
    ours_seconds, cells = processor_time(prove, directory)
    processor_time([*prove, "--smt2", question], directory)
    z3_seconds, answers = processor_time(["z3", f"-T:{Z3_SECONDS}", question], directory)
    verdicts = {f"{cell['from']} {cell['to']} {cell['family']} {phase}": cell[phase]["verdict"]
                for cell in json.loads(cells)["cells"] for phase in PHASES}
    told = re.findall(r"^cell (.*)\n(sat|unsat)$", answers, re.M)
    return {"questions": len(verdicts), "answered": len(told), "hedate_seconds": ours_seconds,
            "z3_seconds": z3_seconds, "ratio": z3_seconds / ours_seconds if z3_seconds else None,
            "same": all(answer in ANSWERS.get(verdicts[cell], ("unsat",))
                        for cell, answer in told)}


def compiled(bench, directory, paths):
    """A policy as the kernel holds it, and the policy."""
    hedate = os.path.join(bench.build, "hedate")
    config, rules = bench.config(paths), os.path.join(directory, f"{paths}.nft")
    snapshot = os.path.join(directory, f"{paths}.snapshot")
    with open(rules, "w", encoding="utf-8") as out:
        subprocess.run([hedate, "--profiles", "conf", "compile", config], check=True, stdout=out,
                       stderr=subprocess.DEVNULL)
    subprocess.run(["unshare", "-n", "sh", "-c",
                    'nft -f "$1" && exec "$2" --profiles conf prove --exceptions "" -c "$3" '
                    '--save "$4" --pair gateway,other', "sh", rules, hedate, config, snapshot],
                   check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return snapshot, config


def z3(bench, directory):
    snapshot, config = compiled(bench, directory, 100)
    result = {}
    for name, rules, pair in (
            ("100 paths, one pair", snapshot, "lgwan,internet"),
            ("500 rules of others", firewall(directory, SHAPES[0], 500), "other,other"),
            ("5000 rules of others", firewall(directory, SHAPES[0], RULES[0]), "other,other")):
        result[name] = beside_z3(bench, directory, name, rules, config, "--pair", pair)
    return result


def measure(bench):
    sizes = PATHS[:3] if bench.quick else PATHS
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="hedate-bench.") as directory:
        result = {"load": load, "paths": {paths: ours(bench, paths) for paths in sizes}}
        result["foreign"] = {f"{shape} {rules}": foreign(bench, directory, shape, rules)
                             for shape in SHAPES for rules in RULES}
        bench.say("proof: what differs in two rule sets")
        result["diff"] = {shape: differing(bench, directory, shape) for shape in SHAPES}
        bench.say("proof: four lists of pairs")
        result["lists"] = ask(bench, firewall(directory, "cyclic", LIST))
        result["z3"] = z3(bench, directory)
        result["z3_limit"] = Z3_SECONDS
    return result
