#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fail allocations of "hedate check", one site of them at a time (tests/unit/failmalloc.sh):
check.py BUILD NUMBER|all"""
import os
import random
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
import sites  # pylint: disable=wrong-import-position

BUILD, WANTED = os.path.abspath(sys.argv[1]), sys.argv[2]
COMMAND = [BUILD + "/hedate", "--profiles", "conf", "check", "conf/aobano.conf"]
LIST, ONCE = 1, 2


def run(file, environment, mode, target):
    """Exit status, stdout, stderr, how many allocations failed."""
    with open(file, "r+b") as numbers:
        numbers.write(struct.pack("QQQ", mode, target, 0))
    done = subprocess.run(COMMAND, env=environment, capture_output=True, check=False)
    with open(file, "rb") as numbers:
        failed = struct.unpack("QQQ", numbers.read(24))[2]
    return done.returncode, done.stdout, done.stderr, failed


def judge(good, result):
    """What is wrong with it, or None."""
    status, out, err, _ = result
    if status < 0:
        return f"ended by signal {-status}"
    if status != 0 and not err.strip():
        return f"exit status {status}, and nothing is said"
    # A text that there was no memory to put together is shown as "?".
    lines = zip(good.split(b"\n"), out.split(b"\n"))
    same = out.count(b"\n") == good.count(b"\n") and all(a == b or b"?" in b for a, b in lines)
    if status == 0 and not same:
        return "exit status 0, and another result"
    return None


def main():
    with tempfile.TemporaryDirectory() as directory:
        file = directory + "/sites"
        sites.clear(file)
        environment = dict(os.environ, LD_PRELOAD=BUILD + "/tests/faults/failcall.so",
                           FAILCALL=file, FAILCALL_NOT="libconfig", LC_ALL="C.UTF-8")
        status, good, err, _ = run(file, environment, LIST, 0)
        found = list(sites.sites(file))
        if status != 0 or len(found) < 100:
            sys.exit(f"it does not work: {status}, {len(found)} sites, {err.decode()}")
        chosen = found if WANTED == "all" else random.sample(found, min(int(WANTED), len(found)))
        wrong, failed = [], 0
        for number, call, _, frames in chosen:
            result = run(file, environment, ONCE, number)
            failed += result[3]
            what = judge(good, result) if result[3] else "is not come by again"
            if what:
                wrong.append(f"{call}: {sites.functions(frames, COMMAND[0])}: {what}")
        print(*wrong[:20], sep="\n")
        print(f"{sum(site[2] for site in found)} calls from {len(found)} sites, {failed} of"
              f" {len(chosen)} failed, {len(wrong)} not as they should")
        sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
