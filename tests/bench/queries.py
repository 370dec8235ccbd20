# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast the log is asked: with its index, without it, and by grep and jq over the same files.

Every question is asked in all ways in one run, and must have the same answer in all of them."""
import glob
import os
import subprocess
import tempfile
import time

# What is asked; how grep and jq are asked for the same lines (None: they cannot, or it takes long).
ADDRESS = "10.30.0.200"
QUESTIONS = {
    "records of an address": (["--json", "--address", ADDRESS], ADDRESS,
                              f'select(."source.ip" == "{ADDRESS}" or ."destination.ip" == '
                              f'"{ADDRESS}")'),
    "records of a prefix and port": (["--json", "--source", "fd00:1e::5a0/124", "--port", "1433"],
                                     None, None),
    "records of a MAC address": (["--json", "--mac", "00:00:5e:1e:04:10"], "00-00-5E-1E-04-10",
                                 None),
    "records of five minutes": (["--json", "--since", "2026-11-24T10:00:00Z", "--until",
                                 "2026-11-24T10:05:00Z", "--pair", "internet,lgwan"], None, None),
    "the last 100 of a reason": (["--json", "--reason", "limit", "-n", "100"], None, None),
    "how many of a pair": (["--count", "--pair", "internet,mynumber"], None, None),
    "how many of a segment, a port, a protocol": (
        ["--count", "--zone", "lgwan.external", "--port", "445", "--protocol", "tcp"], None, None),
    "how many of a prefix": (["--count", "--address", "10.30.0.0/16"], None, None),
    "how many of a revision": (["--count", "--revision", "007e"], None, None),
    "top sources": (["--top", "src"], None, None),
    "top sources of a reason": (["--top", "src", "--reason", "spoof"], None, None),
    "top destinations of a day": (["--top", "dst", "--since", "2026-11-24T00:00:00Z", "--until",
                                   "2026-11-25T00:00:00Z"], None, None),
    "top ports": (["--top", "port"], None, None),
    "top pairs": (["--top", "pair"], None, None),
    "top reasons to an address": (["--top", "reason", "--destination", "10.20.0.7"], None, None),
}


def timed(command, lines=None):
    """Seconds that a command takes, and what it says; lines: only such that hold this."""
    begin = time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True)
    seconds = time.monotonic() - begin
    if done.returncode > 1 or done.returncode and command[0] != "grep":
        raise RuntimeError(f"{' '.join(command[:6])}: {done.stderr[:300]!r}")
    out = done.stdout.splitlines()
    return seconds, [line for line in out if lines in line] if lines else out


def ask(bench, log, index, question, rounds):
    options, grep, jq = QUESTIONS[question]
    files = sorted(glob.glob(f"{log}/*.jsonl"))
    hedate = [f"{bench.build}/hedate", "log", "-r", log, "-d", log, *options]
    flow = b'"event.action":"flow-'
    seconds, answer = min((timed([*hedate, "--index", index]) for _ in range(rounds)),
                          key=lambda pair: pair[0])
    result = {"ms": round(seconds * 1000, 1), "lines": len(answer)}
    wrong = []
    if grep:
        took, lines = timed(["grep", "-hF", grep, *files], flow)
        result["grep_ms"] = round(took * 1000)
        # It also finds what only looks like it: every line of ours must be among its.
        wrong += ["grep"] if set(line for line in answer if flow in line) - set(lines) else []
    if jq:
        took, lines = timed(["jq", "-c", jq, *files])
        result["jq_ms"] = round(took * 1000)
        wrong += ["jq"] if len(lines) != sum(flow in line for line in answer) else []
    if grep or question == "top sources":
        took, lines = timed([*hedate, "--no-index"])
        result["scan_ms"] = round(took * 1000)
        wrong += ["without the index"] if lines != answer else []
    result["wrong"] = wrong
    return result


def ask_all(bench, root, records, rounds):
    log, index = f"{root}/log", f"{root}/index"
    os.mkdir(log)
    os.mkdir(index)
    bench.say(f"queries: a log of {records:,} records")
    subprocess.run([f"{bench.build}/tests/bench/genlog", log, str(records)], check=True)
    seconds, _ = timed([f"{bench.build}/hedate", "log", "index", "-d", log, "--index", index])
    size = sum(os.path.getsize(name) for name in glob.glob(f"{log}/*"))
    result = {"records": records, "bytes": size, "index_seconds": round(seconds, 1),
              "index_bytes": sum(os.path.getsize(name) for name in glob.glob(f"{index}/*"))}
    bench.say(f"queries: {len(QUESTIONS)} questions to {size / 1e9:.1f} GB")
    result["questions"] = {question: ask(bench, log, index, question, rounds)
                           for question in QUESTIONS}
    return result


def measure(bench):
    results = []
    for records in (100000, 1000000) if bench.quick else (1000000, 10000000):
        with tempfile.TemporaryDirectory(prefix="log.", dir=bench.build) as root:
            results.append(ask_all(bench, root, records, 3 if bench.quick else 5))
    return results
