#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fail allocations of "hedate check" (tests/unit/failmalloc.sh): check.py BUILD NUMBER|all"""
import os
import random
import struct
import subprocess
import sys
import tempfile

BUILD, WANTED = os.path.abspath(sys.argv[1]), sys.argv[2]
COMMAND = [BUILD + "/hedate", "--profiles", "conf", "check", "conf/aobano.conf"]


def run(numbers, environment, left):
    """Exit status, stdout, stderr, allocations, how many of them failed."""
    with open(numbers, "wb") as file:
        file.write(struct.pack("QQQ", left, 0, 0))
    done = subprocess.run(COMMAND, env=environment, capture_output=True, check=False)
    with open(numbers, "rb") as file:
        _, made, failed = struct.unpack("QQQ", file.read(24))
    return done.returncode, done.stdout, done.stderr, made, failed


def judge(number, good, result):
    """What is wrong with it, or None."""
    status, out, err, _, failed = result
    if failed == 0:
        return None
    if status < 0:
        return f"allocation {number}: ended by signal {-status}"
    if status != 0 and not err.strip():
        return f"allocation {number}: exit status {status}, and nothing is said"
    # A text that there was no memory to put together is shown as "?".
    lines = zip(good.split(b"\n"), out.split(b"\n"))
    same = out.count(b"\n") == good.count(b"\n") and all(a == b or b"?" in b for a, b in lines)
    if status == 0 and not same:
        return f"allocation {number}: exit status 0, and another result"
    return None


def main():
    with tempfile.TemporaryDirectory() as directory:
        numbers = directory + "/numbers"
        environment = dict(os.environ, LD_PRELOAD=BUILD + "/tests/faults/failmalloc.so",
                           FAILMALLOC=numbers, FAILMALLOC_NOT="libconfig", LC_ALL="C.UTF-8")
        status, good, err, made, _ = run(numbers, environment, 0)
        if status != 0 or made < 1000:
            sys.exit(f"it does not work: {status}, {made} allocations, {err.decode()}")
        points = range(1, made + 1)
        if WANTED != "all":
            points = sorted(random.sample(points, min(int(WANTED), made)))
        wrong, failed = [], 0
        for number in points:
            result = run(numbers, environment, number)
            failed += result[4]
            wrong += [what for what in [judge(number, good, result)] if what]
        print(*wrong[:20], sep="\n")
        print(f"{made} allocations, {failed} failed, {len(wrong)} not as they should")
        sys.exit(bool(wrong) or failed < len(points) // 2)


if __name__ == "__main__":
    main()
