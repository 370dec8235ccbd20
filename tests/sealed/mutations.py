#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random changes of a sealed log: all are found, by both verifiers alike; untouched logs pass.

    mutations.py [--count N] [--untouched N] [--seed N] [--one]

--one: with hedate only. The first day's file is compressed. A change that leaves a file as it was
is tried again; one of a compressed file that leaves its contents as they were, of which zstd itself
is asked, is none of the log.
"""
import argparse
import importlib.machinery
import importlib.util
import os
import random
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from lab import TOOLS, Lab, first, run, write  # noqa: E402


def load_second():
    loader = importlib.machinery.SourceFileLoader("second", TOOLS["second"])
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("second", loader))
    loader.exec_module(module)
    return module


def flip(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1:]


def cut_bytes(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randint(1, 200):]


def add_bytes(rng, data):
    at = rng.randrange(len(data))  # never the end: that is what a crash may leave
    return data[:at] + rng.randbytes(rng.randint(1, 20)) + data[at:]


def add_odd(rng, data):
    """One byte that readers of lines and of C's strings stumble over, at one end of a line."""
    ends = [0] + [at for at, byte in enumerate(data) if byte == 0x0A]
    at = rng.choice(ends) + rng.randrange(2)
    at = min(at, len(data) - 1)
    return data[:at] + rng.choice([b"\0", b"\n", b"\r", b" "]) + data[at:]


def truncate(rng, data):
    return data[:rng.randrange(len(data))]


def by_lines(change):
    def mutate(rng, data):
        return b"".join(change(rng, data.splitlines(keepends=True)))
    return mutate


def delete_lines(rng, lines):
    at = rng.randrange(len(lines))
    return lines[:at] + lines[at + rng.randint(1, 4):]


def repeat_line(rng, lines):
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return lines


def swap_lines(rng, lines):
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return lines


def shuffle(rng, lines):
    rng.shuffle(lines)
    return lines


MUTATIONS = [flip, flip, cut_bytes, add_bytes, add_odd, truncate, by_lines(delete_lines),
             by_lines(repeat_line), by_lines(swap_lines), by_lines(shuffle)]


def mutate(rng, originals):
    """(name, new contents) of one file that was changed; None: it is gone."""
    name = rng.choice(sorted(originals))
    if rng.random() < 0.02:
        return name, None
    while True:
        changed = rng.choice(MUTATIONS)(rng, originals[name])
        if changed != originals[name]:
            return name, changed


def is_harmless(name, changed, original):
    """The frame's header has bits without a meaning."""
    if not name.endswith(".zst") or changed is None:
        return False
    new, old = (subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=False)
                for data in (changed, original))
    return new.returncode == 0 and new.stdout == old.stdout


def keep(name, original, changed):
    """Both, to look at: keys are made anew each time, so a seed alone does not bring them back."""
    directory = f"{os.environ.get('BUILD', 'build')}/failed/mutations"
    os.makedirs(directory, exist_ok=True)
    write(f"{directory}/{name}.original", [original])
    write(f"{directory}/{name}.changed", [changed or b""])


def try_mutations(lab, options, rng, module):
    log, bad = lab.make("log", days=3, groups=5, lines=6), 0
    run([TOOLS["makelog"], "--pack", log, "hedate-20261120.jsonl"])
    files = [n for n in os.listdir(log) if n.endswith((".jsonl", ".seal", ".zst"))]
    originals = {}
    for name in files:
        with open(f"{log}/{name}", "rb") as file:
            originals[name] = file.read()
    for number in range(options.count):
        name, changed = mutate(rng, originals)
        os.unlink(f"{log}/{name}")
        if changed is not None:
            write(f"{log}/{name}", [changed])
        found = first(log)
        other = found
        if module:
            verifier = module.Verifier(log, None, None, f"{log}.keys")
            other = [tuple(one.values()) for one in verifier.run()]
        if found != other or (not found and not is_harmless(name, changed, originals[name])):
            bad += 1
            print(f"change {number} of {name}: hedate {found}, second {other}")
            keep(f"{options.seed}-{number}-{name}", originals[name], changed)
        write(f"{log}/{name}", [originals[name]])
    return bad


def try_untouched(lab, options, rng, module):
    bad = 0
    for number in range(options.untouched):
        log = lab.make(f"fine{number}", host=f"gw{number}", days=rng.randint(1, 4),
                       groups=rng.randint(1, 9), lines=rng.randint(0, 20))
        if rng.random() < 0.5:
            lab.make(f"fine{number}", days=1, groups=rng.randint(1, 3), lines=3)
        found = first(log)
        if module:
            found += module.Verifier(log, None, None, f"{log}.keys").run()
        if found:
            bad += 1
            print(f"untouched log {number}: {found}")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--untouched", type=int, default=40)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1000000)
    parser.add_argument("--one", action="store_true")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rng, module = random.Random(options.seed), None if options.one else load_second()
    with Lab() as lab:
        bad = try_mutations(lab, options, rng, module) + try_untouched(lab, options, rng, module)
    print(f"{options.count} changes, {options.untouched} untouched logs; {bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
