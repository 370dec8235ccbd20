# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes the boundary while it is changed: by us, a thousand times, and by others."""
import os
import re
import subprocess


def script(bench, name, **variables):
    """A test of network namespaces, longer than in make test: what it printed, and its status."""
    done = subprocess.run(
        [f"tests/netns/{name}"], check=False, capture_output=True, text=True,
        env={**os.environ, "BUILD": bench.build, "LC_ALL": "C.UTF-8",
             **{key: str(value) for key, value in variables.items()}})
    return done.stdout + done.stderr, done.returncode


def sums(text, pattern):
    """Each group of the pattern, added up over all lines that match."""
    found = [[int(number) for number in match.groups()]
             for match in re.finditer(pattern, text, re.M)]
    return [sum(column) for column in zip(*found)] if found else None


def applies(bench, count):
    bench.say(f"boundary: {count:,} applies under a flood")
    text, status = script(bench, "040-reload.sh", APPLIES=count)
    applied, seconds = sums(text, r"^applied (\d+) times in (\d+) s$") or (0, 0)
    sent, arrived = sums(text, r"^\w+: sent (\d+), arrived (\d+)$") or (0, 0)
    streams = re.findall(r"^(?:old|bound)\w* (\w+) ", text, re.M)
    opened = sums(text, r"^new\w* \w+ answered, (\d+) connections$") or [0]
    return {"applied": applied, "seconds": seconds, "forbidden_sent": sent,
            "forbidden_passed": arrived, "connections": len(streams) + opened[0],
            "connections_lost": sum(word != "passed" for word in streams), "status": status}


def hostile(bench, seconds):
    bench.say(f"boundary: a hostile neighbour, {seconds} s in each of three ways")
    text, status = script(bench, "450-hostile-neighbour.sh", HOSTILE_SECONDS=seconds)
    result = {"status": status}
    for how in ("owned", "locked", "watched"):
        match = re.search(rf"^{how}: (\d+) turns of the neighbour, (\d+) of (\d+) ", text, re.M)
        if match:
            turns, passed, sent = (int(number) for number in match.groups())
            result[how] = {"turns": turns, "forbidden_sent": sent, "forbidden_passed": passed}
    windows = [float(number) for number in re.findall(r'^"shut after ([\d.]+) ms', text, re.M)]
    repairs = [float(number) for number in re.findall(r"right after ([\d.]+) ms", text)]
    result["flush_windows_ms"], result["flush_repairs_ms"] = windows, repairs
    return result


def measure(bench):
    return {"applies": applies(bench, 60 if bench.quick else 1000),
            "hostile": hostile(bench, 4 if bench.quick else 30)}
