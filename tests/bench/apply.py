# SPDX-License-Identifier: GPL-2.0-or-later
"""Time and memory to put a changed policy in place, against nft -f of the very same rule set.

hedate: from starting the command `hedate apply --no-packets FILE` to its end, with the daemon
running: reading the file, compiling, one transaction, reading back and comparing. (What it means
for packets is found out when it is in place already; that is the proof's part of the
measurements.) nft: `nft -f` of what `hedate compile` prints for the same file, in a namespace of
its own; it neither reads a policy nor reads back. Both go to and fro between two revisions of the
policy, in turn.
"""
import os
import statistics
import time

from lab import Failure, Gateway, Hedate, memory, run, timed
from peers import Firewalld

# hedated gives memory back a second after an apply.
TIDY_SECONDS = 1.5


def milliseconds(values):
    return {"median_ms": round(statistics.median(values) * 1e3, 2),
            "min_ms": round(min(values) * 1e3, 2), "max_ms": round(max(values) * 1e3, 2),
            "samples": len(values)}


def checked(gateway, command):
    return timed(gateway.command(), gateway.lab.tool("timed"), command)


def compile_to(bench, config, name):
    path = bench.lab.file(name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(run([os.path.join(bench.build, "hedate"), "compile", config]))
    return path


def one_size(bench, paths, rounds):
    configs = [bench.config(paths, change) for change in (1, 2)]
    rule_sets = [compile_to(bench, config, f"{paths}-{number}.nft")
                 for number, config in enumerate(configs)]
    ours, theirs = Gateway(bench.lab, f"apply-{paths}", ()), Gateway(bench.lab, f"nft-{paths}", ())
    daemons = Hedate(ours, bench.build, configs[1])
    times = {"hedate": [], "nft": []}
    peaks = {"hedate": 0, "nft": 0}
    checked(theirs, ["nft", "-f", rule_sets[1]])
    for turn in range(rounds):
        for name, gateway, command in (
                ("hedate", ours, daemons.words("apply", "--no-packets", configs[turn % 2])),
                ("nft", theirs, ["nft", "-f", rule_sets[turn % 2]])):
            seconds, peak = checked(gateway, command)
            times[name].append(seconds)
            peaks[name] = max(peaks[name], peak)
    pids = daemons.pids()
    time.sleep(TIDY_SECONDS)
    result = {
        "hedate_apply": milliseconds(times["hedate"]),
        "nft_f": milliseconds(times["nft"]),
        "hedate_of_nft": round(statistics.median(
            ours / theirs for ours, theirs in zip(times["hedate"], times["nft"])), 2),
        "start_to_ready_ms": round(daemons.start_seconds * 1e3, 1),
        "peak_kib": {"hedate": peaks["hedate"], "nft": peaks["nft"],
                     "hedated": memory(pids["hedated"], "VmHWM")},
        "resident_kib": {name: memory(pid) for name, pid in pids.items()},
    }
    daemons.stop()
    ours.remove()
    theirs.remove()
    return result


def firewalld(bench, paths):
    gateway = Gateway(bench.lab, "reload", ())
    try:
        program = Firewalld(bench, gateway, paths)
        result = {"paths": paths, "start_to_running_ms": round(program.start_seconds * 1e3),
                  "reload": milliseconds([program.reload() for _ in range(3)]),
                  "resident_kib": program.resident()}
        program.stop()
    except Failure as failure:
        result = {"paths": paths, "not_measured": str(failure)}
    gateway.remove()
    return result


def measure(bench):
    result = {"paths": {}}
    if not bench.skip("hedate"):
        for paths in bench.sizes:
            bench.say(f"apply: {paths} paths")
            rounds = bench.applies if paths < 10000 else max(3, bench.applies // 4)
            result["paths"][str(paths)] = one_size(bench, paths, rounds)
    if not bench.skip("firewalld"):
        bench.say("apply: firewalld")
        result["firewalld"] = firewalld(bench, 1000)
    return result
