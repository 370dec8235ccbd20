# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast a sealed log is verified, and whether every change of it is found."""
import os
import subprocess
import sys
import tempfile
import time

import journald

GROUPS, LINES = 100, 10000  # a million records


def timed(command):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def speed(bench, rounds):
    with tempfile.TemporaryDirectory(prefix="hedate-bench.") as root:
        log, keys = f"{root}/log", f"{root}/keys"
        os.mkdir(log)
        os.mkdir(keys)
        subprocess.run([f"{bench.build}/tests/sealed/makelog", log, keys, "gw", "1", str(GROUPS),
                        str(LINES)], check=True)
        size = sum(os.path.getsize(f"{log}/{name}") for name in os.listdir(log)
                   if name.endswith(".jsonl"))
        verify = [f"{bench.build}/hedate", "log", "verify", "-d", log, "-k", keys]
        seconds = min(timed(verify) for _ in range(rounds))
        other = timed(["conf/hedate-verify", "--key-directory", keys, log])
    return {"bytes": size, "records": GROUPS * (LINES + 1),
            "mb_per_second": round(size / 1e6 / seconds),
            "second_verifier_mb_per_second": round(size / 1e6 / other)}


def measure(bench):
    bench.say("sealing: verifying a million records")
    result = speed(bench, 2 if bench.quick else 5)
    result["changes"], result["untouched"] = (2000, 200) if bench.quick else (100000, 10000)
    bench.say(f"sealing: {result['changes']:,} changes")
    done = subprocess.run(
        [sys.executable, "tests/sealed/mutations.py", "--one", "--count", str(result["changes"]),
         "--untouched", str(result["untouched"])], check=False, capture_output=True, text=True,
        env={**os.environ, "BUILD": bench.build})
    result["wrong"] = int(done.stdout.split("; ")[-1].split()[0])
    if result["wrong"]:
        bench.say(done.stdout.rstrip())  # with the seed, to try it again
    result["journald"] = journald.measure(bench, 100 if bench.quick else 4000)
    return result
