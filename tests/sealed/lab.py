# SPDX-License-Identifier: GPL-2.0-or-later
"""Sealed logs to try verifiers on, and the two verifiers."""
import json
import os
import shutil
import struct
import subprocess
import tempfile

BUILD = os.environ.get("BUILD", "build")
TOOLS = {"hedate": f"{BUILD}/hedate", "second": "conf/hedate-verify",
         "makelog": f"{BUILD}/tests/sealed/makelog"}


def run(command, fine=(0,), **environment):
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env=os.environ | environment)
    if done.returncode not in fine:
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}\n"
                         f"{done.stdout}{done.stderr}")
    return done


class Lab:
    def __enter__(self):
        self.root = tempfile.mkdtemp(prefix="hedate-sealed.")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)

    def make(self, name, host="gw1", days=3, groups=4, lines=5, removed=(), cut=None):
        """A log and its keys; more of it when it is there."""
        log, keys = f"{self.root}/{name}", f"{self.root}/{name}.keys"
        os.makedirs(log, exist_ok=True)
        os.makedirs(keys, mode=0o700, exist_ok=True)
        run([TOOLS["makelog"], log, keys, host, str(days), str(groups), str(lines),
             *removed], **({"CUT": cut} if cut else {}))
        return log

    def copy(self, name, to="copy"):
        for end in ("", ".keys"):
            shutil.rmtree(f"{self.root}/{to}{end}", ignore_errors=True)
            shutil.copytree(f"{self.root}/{name}{end}", f"{self.root}/{to}{end}")
        return f"{self.root}/{to}"


def pack(path, room=3000):
    """Compress a file of the log in the documented form, not by the code that is tested: frames of
    about so many bytes."""
    with open(path, "rb") as file:
        rest, packed, table = file.read(), b"", b""
    while rest:
        end = rest.find(b"\n", room - 1) + 1 or len(rest)
        frame, rest = rest[:end], rest[end:]
        done = subprocess.run(["zstd", "-qc", f"--stream-size={len(frame)}"], input=frame,
                              stdout=subprocess.PIPE, check=True)
        packed += done.stdout
        table += struct.pack("<II", len(done.stdout), len(frame))
    table += struct.pack("<IBI", len(table) // 8, 0, 0x8F92EAB1)
    write(f"{path}.zst", [packed, struct.pack("<II", 0x184D2A5E, len(table)), table])
    os.unlink(path)


def arguments(log, key=None, checkpoint=None, keys=True):
    """--key-directory is that of Lab.make(), or one where nothing is."""
    more = ["--key-directory", f"{log}.keys" if keys else "/nonexistent"]
    more += ["--key", key] if key else []
    return more + (["--checkpoint", checkpoint] if checkpoint else [])


def first(log, **anchors):
    """What hedate finds: (finding, file, first, last)."""
    command = [TOOLS["hedate"], "log", "verify", "--json", "-d", log]
    done = run(command + arguments(log, **anchors), (0, 1))
    if not done.stdout:
        raise SystemExit(f"hedate log verify: {done.stderr}")
    result = json.loads(done.stdout)
    assert result["intact"] == (done.returncode == 0) == (not result["findings"]), result
    return [(f["finding"], f["file"], f.get("first_sequence", f.get("first_checkpoint")),
             f.get("last_sequence", f.get("last_checkpoint"))) for f in result["findings"]]


def second(log, **anchors):
    """What the second verifier finds."""
    done = run([TOOLS["second"], "--json", log] + arguments(log, **anchors), (0, 1))
    result = json.loads(done.stdout)
    assert result["intact"] == (done.returncode == 0) == (not result["findings"]), result
    return [(f["finding"], f["file"], f["first"], f["last"]) for f in result["findings"]]


def checkpoints(path):
    """The texts of the checkpoints in a .seal file."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    notes, note = [], ""
    for line in text.splitlines(keepends=True):
        note += line
        if line.startswith("\u2014 "):
            notes.append(note)
            note = ""
    assert not note
    return notes


def read_lines(path):
    with open(path, "rb") as file:
        return file.read().splitlines(keepends=True)


def write(path, parts):
    with open(path, "wb") as file:
        file.write(b"".join(part.encode() if isinstance(part, str) else part for part in parts))
