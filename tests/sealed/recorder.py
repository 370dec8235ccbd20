#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The real recorder seals: through crashes, restarts, full disks, lost and copied keys. In a mount
namespace of its own."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from lab import BUILD, checkpoints, first, read_lines, run, second, write  # noqa: E402


class Recorder:
    """A log, its keys, and the recorder when it runs."""

    def __init__(self, root, name):
        self.log, self.keys = f"{root}/{name}", f"{root}/{name}.keys"
        self.run_directory = f"{root}/run"
        for path in (self.log, self.keys, self.run_directory):
            os.makedirs(path, mode=0o700, exist_ok=True)
        self.process = None

    def start(self):
        sealed = self.count()
        with open(f"{self.run_directory}/output", "a", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [f"{BUILD}/hedate-logd", "-u", "root", "-d", self.log, "-k", self.keys,
                 "-r", self.run_directory],
                stderr=output)
        return sealed

    def wait_for(self, done, what):
        for _ in range(500):
            if done():
                return
            time.sleep(0.02)
        self.stop(signal.SIGKILL)
        raise SystemExit(f"{what} did not happen; events: {self.actions()}")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait()

    def once(self, number=signal.SIGTERM):
        """Start, seal, end."""
        before = self.start()
        self.wait_for(lambda: self.count() >= before + 2, "sealing")
        self.stop(number)

    def newest(self, ending):
        names = sorted(n for n in os.listdir(self.log) if n.endswith(ending))
        return f"{self.log}/{names[-1]}" if names else None

    def count(self):
        path = self.newest(".seal")
        if not path:
            return 0
        with open(path, "rb") as file:
            return file.read().count("\n\u2014 ".encode())

    def records(self):
        path = self.newest(".jsonl")
        lines = read_lines(path) if path else []
        return [json.loads(line) for line in lines if line.endswith(b"\n")]

    def actions(self):
        return [one["event.action"] for one in self.records()]


BAD = []


def expect(name, log, wanted):
    """wanted: names of findings, in any order."""
    one, two = first(log), second(log)
    if one != two or sorted({found[0] for found in one}) != sorted(wanted):
        print(f"{name}: expected {wanted}\n\thedate {one}\n\tsecond {two}")
        BAD.append(name)


def check(name, good):
    if not good:
        print(f"{name}: not so")
        BAD.append(name)


def ends_and_crashes(root):
    recorder = Recorder(root, "ends")
    recorder.once()
    expect("one run", recorder.log, [])
    check("the first key is on record", "seal-begun" in recorder.actions())
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM):
        recorder.once(number)
        expect(f"a run that ended with {number.name}", recorder.log, [])
    check("once only", recorder.actions().count("seal-begun") == 1)
    check("modes", os.stat(f"{recorder.keys}/seal.key").st_mode & 0o777 == 0o600)
    last = recorder.records()[-1]["event.sequence"]
    proof = run([f"{BUILD}/hedate", "log", "prove", str(last), "-d", recorder.log]).stdout
    write(f"{root}/proof", [proof])
    shown = run(["conf/hedate-verify", "--proof", f"{root}/proof"]).stdout
    check("the proof shows its record", json.loads(shown.splitlines()[0])["event.sequence"] == last)
    write(f"{root}/proof", [proof.replace("extra e", "extra f", 1)])
    run(["conf/hedate-verify", "--proof", f"{root}/proof"], (2,))


def torn(root):
    recorder = Recorder(root, "torn")
    recorder.once(signal.SIGKILL)
    for ending in (".jsonl", ".seal"):
        with open(recorder.newest(ending), "ab") as file:
            file.write(b'{"half')
    recorder.once()
    expect("what a crash tore", recorder.log, [])
    check("is on record", "recorder-recovered" in recorder.actions())


def cut_and_continue(root):
    """The end is cut off while the recorder is away; it must not go on as if nothing were."""
    recorder = Recorder(root, "cut")
    recorder.once()
    recorder.once()
    path = recorder.newest(".jsonl")
    write(path, read_lines(path)[:-2])
    recorder.once()
    expect("lines cut off", recorder.log, ["deleted"])
    recorder = Recorder(root, "cut2")
    recorder.once()
    recorder.once()
    write(recorder.newest(".jsonl"), read_lines(recorder.newest(".jsonl"))[:-2])
    write(recorder.newest(".seal"), checkpoints(recorder.newest(".seal"))[:-2])
    recorder.once()
    names = {found[0] for found in first(recorder.log)}
    check(f"checkpoints cut off as well: {names}", {"checkpoint-missing", "deleted"} <= names)
    expect("the same by both", recorder.log, names)


def changed_before_sealing_again(root):
    recorder = Recorder(root, "changed")
    recorder.once()
    path = recorder.newest(".jsonl")
    write(path, [line.replace(b"started", b"STARTED") for line in read_lines(path)])
    recorder.once()
    expect("changed while away", recorder.log, ["changed"])


def keys_lost(root):
    recorder = Recorder(root, "lost")
    recorder.once()
    os.unlink(f"{recorder.keys}/seal.key")
    recorder.once()
    names = {found[0] for found in first(recorder.log)}
    check(f"another chain: {names}", "origin" in names)
    expect("the same by both", recorder.log, names)


def keys_copied(root):
    """Old keys are put back: their chain was used already."""
    recorder = Recorder(root, "copied")
    recorder.once()
    shutil.copy(f"{recorder.keys}/seal.key", f"{root}/old.key")
    recorder.once()
    shutil.copy(f"{root}/old.key", f"{recorder.keys}/seal.key")
    recorder.once()
    check("found", first(recorder.log) != [])
    expect("the same by both", recorder.log, {found[0] for found in first(recorder.log)})


def cannot_seal(root):
    """Without keys records are written all the same, and are sealed once there are some again."""
    recorder = Recorder(root, "without")
    write(f"{recorder.keys}/seal.key", ["not a key\n"])
    recorder.start()
    recorder.wait_for(lambda: "recorder-start" in recorder.actions(), "the start")
    check("it is on record", "seal-failed" in recorder.actions())
    recorder.stop()
    expect("never sealed", recorder.log, ["unsealed"])
    os.unlink(f"{recorder.keys}/seal.key")
    recorder.once()
    expect("sealed with all that was before", recorder.log, [])


def full_disk(root):
    """The disk of the keys is full: the same, while it runs."""
    recorder = Recorder(root, "full")
    run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", recorder.keys])
    recorder.once()
    with open(f"{recorder.keys}/filler", "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    recorder.start()
    recorder.wait_for(lambda: "seal-failed" in recorder.actions(), "the failure")
    os.unlink(f"{recorder.keys}/filler")
    recorder.wait_for(lambda: "seal-resumed" in recorder.actions(), "the recovery")
    recorder.stop()
    expect("sealed again", recorder.log, [])
    run(["umount", recorder.keys])


def main():
    root = tempfile.mkdtemp(prefix="hedate-recorder.")
    try:
        for part in (ends_and_crashes, torn, cut_and_continue, changed_before_sealing_again,
                     keys_lost, keys_copied, cannot_seal, full_disk):
            part(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(f"{len(BAD)} wrong")
    return 1 if BAD else 0


if __name__ == "__main__":
    sys.exit(main())
