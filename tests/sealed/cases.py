#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each way to alter a sealed log is found and named, by both verifiers alike."""
import base64
import hashlib
import os
import re
import shutil
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.dont_write_bytecode = True
from lab import TOOLS, Lab, checkpoints, first, pack, read_lines, run, second, write  # noqa: E402

DAY1, DAY2, DAY3 = (f"hedate-202611{day}" for day in (20, 21, 22))


def seal(name):
    return f"{name}.seal"


def jsonl(name):
    return f"{name}.jsonl"


def edit(log, name, change):
    """Change the list of a file's lines, or of its checkpoints."""
    path = f"{log}/{name}"
    parts = checkpoints(path) if name.endswith(".seal") else read_lines(path)
    write(path, change(parts))


def edit_line(log, old, new):
    """In the fourth record of the second day."""
    edit(log, jsonl(DAY2), lambda lines: lines[:3] + [lines[3].replace(old, new)] + lines[4:])


def add_line(log, *replacements):
    """Another one like the last."""
    line = read_lines(f"{log}/{jsonl(DAY3)}")[-1]
    for old, new in replacements + ((b'sequence":72', b'sequence":73'),):
        line = line.replace(old, new)
    edit(log, jsonl(DAY3), lambda lines: lines + [line])


def swap(parts, i, j):
    parts[i], parts[j] = parts[j], parts[i]
    return parts


def resign(note, seed, announced=None):
    """The checkpoint, signed again with another key."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    body = note.split("\n\n")[0] + "\n"
    body = re.sub(r"\nkey [^\n]+", lambda _: "\nkey " + base64.b64encode(public).decode(), body)
    if announced:
        body = re.sub(r"\nnext [^\n]+", lambda _: "\nnext " + announced, body)
    origin = body.split("\n", 1)[0]
    key_id = hashlib.sha256(origin.encode() + b"\n\1" + public).digest()[:4]
    signed = base64.b64encode(key_id + key.sign(body.encode())).decode()
    return f"{body}\n\u2014 {origin} {signed}\n"


def current_seed(log):
    with open(f"{log}.keys/seal.key", encoding="ascii") as file:
        return base64.b64decode(re.search(r"\nseed (\S+)\n", file.read())[1])


# Each changes the log in a directory; then what is to be found, with the files.

def changed(log):
    edit_line(log, b'"internet"', b'"internat"')
    return [("changed", jsonl(DAY2), 25, 30)]


def sequence_changed(log):
    edit_line(log, b'sequence":28', b'sequence":99')
    return [("changed", jsonl(DAY2), 28, 28)]


def inserted(log):
    edit(log, jsonl(DAY1), lambda lines: lines[:9] + [lines[2]] + lines[9:])
    return [("inserted", jsonl(DAY1), 7, 12)]


def inserted_between(log):
    edit(log, jsonl(DAY1), lambda lines: lines + [b'{"forged":true}\n'])
    return [("inserted", jsonl(DAY2), 25, 24)]


def inserted_unended(log):
    edit(log, jsonl(DAY1), lambda lines: lines + [b'{"forged":true}'])
    return [("inserted", jsonl(DAY2), 25, 24)]


def deleted(log):
    edit(log, jsonl(DAY2), lambda lines: lines[:8] + lines[9:])
    return [("deleted", jsonl(DAY2), 33, 33)]


def deleted_interval(log):
    edit(log, jsonl(DAY2), lambda lines: lines[:6] + lines[12:])
    return [("deleted", jsonl(DAY2), 31, 36)]


def reordered(log):
    edit(log, jsonl(DAY3), lambda lines: swap(lines, 7, 8))
    return [("reordered", jsonl(DAY3), 55, 60)]


def cut_file(log):
    edit(log, jsonl(DAY1), lambda lines: lines[:22])
    return [("truncated", jsonl(DAY1), 23, 24)]


def cut_tail(log):
    edit(log, jsonl(DAY3), lambda lines: lines[:22])
    return [("truncated", jsonl(DAY3), 71, 72)]


def cut_tail_and_checkpoint(log):
    edit(log, jsonl(DAY3), lambda lines: lines[:18])
    edit(log, seal(DAY3), lambda notes: notes[:-1])
    return [("checkpoint-missing", "", 14, 14)]


def segment_gone(log):
    os.unlink(f"{log}/{jsonl(DAY2)}")
    return [("segment-missing", jsonl(DAY2), 25, 48)]


def segment_and_seal_gone(log):
    os.unlink(f"{log}/{jsonl(DAY2)}")
    os.unlink(f"{log}/{seal(DAY2)}")
    return [("checkpoint-missing", jsonl(DAY3), 5, 9), ("segment-missing", "", 25, 48)]


def last_segment_and_seal_gone(log):
    os.unlink(f"{log}/{jsonl(DAY3)}")
    os.unlink(f"{log}/{seal(DAY3)}")
    return [("checkpoint-missing", "", 10, 14)]


def seal_gone(log):
    os.unlink(f"{log}/{seal(DAY2)}")
    return [("checkpoint-missing", jsonl(DAY3), 5, 9)]


def first_seal_gone(log):
    os.unlink(f"{log}/{seal(DAY1)}")
    return [("checkpoint-missing", "", 0, 4)]


def log_gone(log):
    for name in os.listdir(log):
        os.unlink(f"{log}/{name}")
    return [("log-missing", "", 0, 0)]


def swapped_in(log):
    for end in ("jsonl", "seal"):
        shutil.copy(f"{os.path.dirname(log)}/other/{DAY2}.{end}", log)
    return [("origin", jsonl(DAY2), 5, 5), ("checkpoint-missing", jsonl(DAY3), 5, 9),
            ("changed", jsonl(DAY3), 25, 48)]


def swapped_whole(log):
    shutil.rmtree(log)
    shutil.copytree(f"{os.path.dirname(log)}/other", log)
    return [("origin", "", 0, 15)]


def checkpoint_gone(log):
    edit(log, seal(DAY2), lambda notes: notes[:2] + notes[3:])
    return [("checkpoint-missing", jsonl(DAY2), 7, 7)]


def checkpoint_changed(log):
    edit(log, seal(DAY2), lambda notes: notes[:2]
         + [notes[2].replace("sequence 36", "sequence 35")] + notes[3:])
    return [("checkpoint-invalid", jsonl(DAY2), 7, 7)]


def checkpoint_twice(log):
    edit(log, seal(DAY2), lambda notes: notes[:2] + [notes[1]] + notes[2:])
    return [("checkpoint-order", jsonl(DAY2), 6, 6)]


def resealed(log):
    changed(log)
    edit(log, seal(DAY2), lambda notes: [notes[0], resign(notes[1], current_seed(log))] + notes[2:])
    return [("resealed", jsonl(DAY2), 6, 6), ("changed", jsonl(DAY2), 25, 36)]


def resealed_last(log):
    edit(log, seal(DAY3), lambda notes: notes[:-1] + [resign(notes[-1], current_seed(log))])
    return [("resealed", jsonl(DAY3), 14, 14)]


def wrong_key(log):
    edit(log, seal(DAY2), lambda notes: [notes[0], resign(notes[1], b"\7" * 32)] + notes[2:])
    return [("key-wrong", jsonl(DAY2), 6, 6)]


def junk_behind_checkpoints(log):
    edit(log, seal(DAY3), lambda notes: notes + ["\u2014 " + notes[-1].split("\u2014 ")[1]])
    return [("checkpoint-invalid", jsonl(DAY3), 15, 15)]


def other_base64(log):
    """A byte that some decoders take for a '/' of base64."""
    for number, note in enumerate(checkpoints(f"{log}/{seal(DAY2)}")):
        signature = note.split("\u2014 ")[1].split(" ")[1]
        if "/" in signature:
            with open(f"{log}/{seal(DAY2)}", "rb") as file:
                data = file.read()
            write(f"{log}/{seal(DAY2)}", [data.replace(
                signature.encode(), signature.encode().replace(b"/", b"\xe9", 1))])
            return [("checkpoint-invalid", jsonl(DAY2), 5 + number, 5 + number)]
    return []


def nul_put_in(at, log):
    """A NUL in the line before the checkpoint's signature, or in the signature's, ends no line."""
    with open(f"{log}/{seal(DAY2)}", "rb") as file:
        data = file.read()
    end = data.index(b"\n\n\xe2\x80\x94 ") + 1 if at == "before" else data.index(
        b"\n", data.index(b"\n\xe2\x80\x94 ") + 1)
    write(f"{log}/{seal(DAY2)}", [data[:end] + b"\0" + data[end:]])
    return [("checkpoint-invalid", jsonl(DAY2), 5, 5)]


def nul_before_signature(log):
    return nul_put_in("before", log)


def nul_behind_signature(log):
    return nul_put_in("behind", log)


def last_twice(log):
    """Behind the last checkpoint, where a crash may leave lines: but never one a second time."""
    edit(log, jsonl(DAY3), lambda lines: lines + lines[-1:])
    return [("unsealed", jsonl(DAY3), 72, 72)]


def unsealed(log):
    add_line(log, (b"2026-11-22T00:00", b"2026-11-22T10:00"))
    return [("unsealed", jsonl(DAY3), 73, 73)]


def unsealed_file(log):
    shutil.copy(f"{log}/{jsonl(DAY1)}", f"{log}/hedate-20261123.jsonl")
    edit(log, "hedate-20261123.jsonl",
         lambda lines: [line.replace(b"11-20T", b"11-23T") for line in lines])
    return [("unsealed", "hedate-20261123.jsonl", 1, 24)]


# What is no failure.

def untouched(_):
    return []


def torn_line(log):
    edit(log, jsonl(DAY3), lambda lines: lines + [lines[-1][:50]])
    return []


def torn_checkpoint(log):
    begun = checkpoints(f"{log}/{seal(DAY3)}")[0].encode()[:300]
    with open(f"{log}/{seal(DAY3)}", "ab") as file:
        file.write(begun)
    return []


def just_written(log):
    add_line(log)
    return []


def moved_away(log):
    os.unlink(f"{log}/{jsonl(DAY1)}")
    os.unlink(f"{log}/{seal(DAY1)}")
    return []


# Compressed files, after pack_closed().

def flip(path, at):
    """Of a byte, counted from either end, its lowest bit."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data[at] ^= 1
    write(path, [bytes(data)])
    return data


def frame_damaged(log):
    flip(f"{log}/{jsonl(DAY2)}.zst", 200)
    return [("damaged", jsonl(DAY2), 25, 30)]


def last_frame_damaged(log):
    path = f"{log}/{jsonl(DAY2)}.zst"
    flip(path, -80)
    return [("damaged", jsonl(DAY2), 45, 48)]


def table_damaged(log):
    flip(f"{log}/{jsonl(DAY2)}.zst", -1)
    return [("damaged", jsonl(DAY2), 25, 30)]


def another_length(log):
    flip(f"{log}/{jsonl(DAY2)}.zst", -13)
    return [("damaged", jsonl(DAY2), 45, 48)]


def packed_truncated(log):
    with open(f"{log}/{jsonl(DAY1)}.zst", "r+b") as file:
        file.truncate(700)
    return [("damaged", jsonl(DAY1), 1, 6)]


def not_packed(log):
    write(f"{log}/{jsonl(DAY1)}.zst", ["not compressed\n"])
    return [("damaged", jsonl(DAY1), 1, 6)]


def packed_empty(log):
    write(f"{log}/{jsonl(DAY1)}.zst", [])
    return [("damaged", jsonl(DAY1), 1, 6)]


def packed_gone(log):
    os.unlink(f"{log}/{jsonl(DAY2)}.zst")
    return [("segment-missing", jsonl(DAY2), 25, 48)]


def packed_and_seal_gone(log):
    os.unlink(f"{log}/{jsonl(DAY2)}.zst")
    os.unlink(f"{log}/{seal(DAY2)}.zst")
    return [("checkpoint-missing", jsonl(DAY3), 5, 9), ("segment-missing", "", 25, 48)]


def packed_unsealed(log):
    write(f"{log}/hedate-20261123.jsonl.zst", ["x"])
    return [("damaged", "hedate-20261123.jsonl", 0, 0)]


def packed_twin(log):
    """Both forms are there: the one that was written counts."""
    run(["zstd", "-qdf", f"{log}/{jsonl(DAY2)}.zst"])
    write(f"{log}/{jsonl(DAY2)}.zst", ["x"])
    return []


# Retention, where a record says that the first day, or the first two, were removed.

def remove(log, *days):
    for day in days:
        for path in (f"{log}/{jsonl(day)}", f"{log}/{jsonl(day)}.zst"):
            if os.path.exists(path):
                os.unlink(path)


def removed_first(log):
    remove(log, DAY1)
    return []


def removed_both(log):
    remove(log, DAY1, DAY2)
    return []


def removed_another(log):
    """Only a segment that is older than what the record names may be gone."""
    remove(log, DAY1, DAY2)
    return [("segment-missing", jsonl(DAY2), 25, 48)]


def removal_forged(log):
    """A line that nobody sealed says so."""
    remove(log, DAY1)
    line = read_lines(f"{log}/{jsonl(DAY3)}")[-1]
    line = line.replace(b'"ledger"', b'"segment-removed"').replace(b'sequence":72', b'sequence":73')
    line = line.replace(b'}', b',"hedate.log.file":"%s"}' % jsonl(DAY1).encode())
    edit(log, jsonl(DAY3), lambda lines: lines + [line])
    return [("segment-missing", jsonl(DAY1), 1, 24)]


def removal_changed(log):
    """The record was made to name another one: then it is not what was sealed."""
    remove(log, DAY1, DAY2)
    edit(log, jsonl(DAY3), lambda lines: [
        line.replace(b'file":"%s' % jsonl(DAY1).encode(), b'file":"%s' % jsonl(DAY2).encode())
        for line in lines])
    return [("changed", jsonl(DAY3), 73, 73), ("segment-missing", jsonl(DAY1), 1, 24),
            ("segment-missing", jsonl(DAY2), 25, 48)]


ALTERED = [changed, sequence_changed, inserted, inserted_between, inserted_unended, deleted,
           deleted_interval, reordered, cut_file, cut_tail, cut_tail_and_checkpoint, segment_gone,
           segment_and_seal_gone, last_segment_and_seal_gone, seal_gone, first_seal_gone, log_gone,
           swapped_in, swapped_whole, checkpoint_gone, checkpoint_changed, checkpoint_twice,
           resealed, resealed_last, wrong_key, junk_behind_checkpoints, other_base64,
           nul_before_signature, nul_behind_signature, last_twice, unsealed, unsealed_file]
FINE = [untouched, torn_line, torn_checkpoint, just_written, moved_away]
PACKED = [frame_damaged, last_frame_damaged, table_damaged, another_length, packed_truncated,
          not_packed, packed_empty, packed_gone, packed_and_seal_gone, packed_unsealed, packed_twin]
REMOVED = [(removed_first, [DAY1]), (removed_both, [DAY1, DAY2]), (removed_both, [DAY2]),
           (removed_another, [DAY1]), (removal_forged, []), (removal_changed, [DAY1])]


def pack_closed(log):
    """All files but the last one, as the recorder does, and as another would."""
    for day, by_recorder in ((DAY1, True), (DAY2, False)):
        path = f"{log}/{jsonl(day)}"
        if os.path.exists(path) and os.path.exists(f"{log}/{jsonl(DAY3)}"):
            if by_recorder and os.path.getsize(path) > 0:
                run([TOOLS["makelog"], "--pack", log, jsonl(day)])
            else:
                pack(path)
        if os.path.exists(f"{log}/{seal(DAY3)}") and os.path.exists(f"{log}/{seal(day)}"):
            if by_recorder:
                run([TOOLS["makelog"], "--pack", log, seal(day)])
            else:
                pack(f"{log}/{seal(day)}")


def compare(name, expected, log, **anchors):
    one, two = first(log, **anchors), second(log, **anchors)
    if one == expected and two == expected:
        return 0
    print(f"{name}: expected {expected}\n\thedate  {one}\n\tsecond  {two}")
    return 1


def first_key(log):
    with open(f"{log}/hedate.vkey", encoding="ascii") as file:
        return file.read().strip()


def anchored(lab):
    """What only something that was kept elsewhere can show."""
    log, bad = lab.copy("log"), 0
    key, other = first_key(log), first_key(f"{lab.root}/other")
    kept = f"{lab.root}/kept"
    write(kept, checkpoints(f"{log}/{seal(DAY3)}")[-1:])
    bad += compare("with all anchors", [], log, key=key, checkpoint=kept)
    if not any(found[0] == "origin" for found in first(log, key=other)) or \
            first(log, key=other) != second(log, key=other):
        print(f"another log's key: {first(log, key=other)} {second(log, key=other)}")
        bad += 1
    # The end of everything is gone: log, checkpoints, and the key is as it was then.
    cut_tail_and_checkpoint(log)
    bad += compare("without the key's index", [], log, keys=False)
    bad += compare("cut short", [("kept-missing", "", 14, 14)], log, keys=False, checkpoint=kept)
    # Another history from there on.
    lab.copy("log")
    edit(log, seal(DAY3), lambda notes: notes[:-1] + [resign(notes[-1], current_seed(log))])
    bad += compare("another history",
                   [("kept-differs", jsonl(DAY3), 14, 14), ("resealed", jsonl(DAY3), 14, 14)],
                   log, keys=False, checkpoint=kept)
    # A whole log made anew, that agrees with itself.
    bad += compare("made anew, unnoticed", [], f"{lab.root}/other", keys=False)
    log = lab.copy("log")
    moved_away(log)
    bad += compare("the beginning is gone", [("checkpoint-missing", "", 0, 4)], log, key=key)
    return bad


def cut_off(lab):
    """Retention has removed the first day with its checkpoints."""
    bad, kept, missing = 0, f"{lab.root}/kept", [("checkpoint-missing", "", 0, 4)]
    for name, removed, cut in (("on record", [DAY1], DAY2), ("not on record", [], None),
                               ("on record without its checkpoints", [DAY1], None),
                               ("on record with others", [DAY1], DAY3)):
        log = lab.make(f"cut {name}", removed=map(jsonl, removed), cut=cut and jsonl(cut))
        key, whole = first_key(log), checkpoints(f"{log}/{seal(DAY3)}")
        write(kept, whole[2:3])
        found = re.search(
            rb'"hedate.seal.key":"([^"]+)"', b"".join(read_lines(f"{log}/{jsonl(DAY3)}")))
        for day_file in (jsonl(DAY1), seal(DAY1)):
            os.unlink(f"{log}/{day_file}")
        well = [] if cut == DAY2 else missing
        bad += compare(f"{name}: no key", [], log)
        bad += compare(f"{name}: a checkpoint", [], log, checkpoint=kept)
        bad += compare(f"{name}: the first key", missing, log, key=key)
        bad += compare(
            f"{name}: the first key and a checkpoint", well, log, key=key, checkpoint=kept)
        if cut:
            new_key = found[1].decode()
            bad += compare(
                f"{name}: the key on record", [] if cut == DAY2 else missing, log, key=new_key)
        pack(f"{log}/{seal(DAY2)}")
        bad += compare(f"{name}: with compressed checkpoints", well, log, key=key, checkpoint=kept)
        write(f"{log}/{seal(DAY2)}.zst", ["x"])
        if cut == DAY2:
            bad += compare(f"{name}: checkpoints that cannot be read", [
                ("checkpoint-invalid", jsonl(DAY2), 0, 0), ("checkpoint-missing", "", 0, 9)], log)
    return bad


def main():
    bad = 0
    with Lab() as lab:
        lab.make("log")
        lab.make("other", "gw2")
        for case in ALTERED + FINE:
            log = lab.copy("log")
            expected = case(log)
            bad += compare(case.__name__, expected, log)
            pack_closed(log)
            bad += compare(f"{case.__name__}, compressed", expected, log)
        for case in PACKED:
            log = lab.copy("log")
            pack_closed(log)
            bad += compare(case.__name__, case(log), log)
        for number, (case, removed) in enumerate(REMOVED):
            lab.make(f"removed{number}", removed=[jsonl(day) for day in removed])
            log = lab.copy(f"removed{number}")
            expected = case(log)
            bad += compare(case.__name__, expected, log, key=first_key(log))
            pack_closed(log)
            bad += compare(f"{case.__name__}, compressed", expected, log)
        bad += anchored(lab)
        bad += cut_off(lab)
    print(f"{len(ALTERED) + len(PACKED) + len(REMOVED)} alterations, {len(FINE)} that are none; "
          f"{bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
