#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every line of a log is as hedate-log(5) and its schema say: conforms.py SCHEMA DIRECTORY

Its members have the right names, types and values; they stand in the order in which the schema
names them, none twice; sequence numbers rise; the line is UTF-8 without any character that could
be taken for the end of a line, hide text or reorder it."""
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import fastjsonschema

SHOWN = 10
# Controls, line and paragraph separators, what hides or reorders text.
UNSEEMLY = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Wrong(ValueError):
    """What is wrong with a line."""


def unique(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Wrong("a member stands there twice")
    return members


def ordered(members, definitions):
    """Members of flows and ledgers in the schema's order; of events those before the message."""
    action = members.get("event.action")
    kind = "flow" if action in ("flow-blocked", "flow-observed") else action
    known = definitions[kind if kind in ("flow", "ledger") else "event"]["properties"]
    names = [name for name in members if name in known]
    if kind not in ("flow", "ledger"):
        names = names[:names.index("message") + 1]
        known = definitions["eventNames"]["enum"]
    places = [list(known).index(name) for name in names]
    if places != sorted(places):
        raise Wrong("members are out of order")


def check(line, validate, definitions, before):
    """The line's sequence number, which is more than the one before."""
    if not line.endswith("\n") or UNSEEMLY.search(line):
        raise Wrong("a character that must be escaped, or no end")
    members = json.loads(line, object_pairs_hook=unique)
    validate(members)
    ordered(members, definitions)
    if members["event.sequence"] <= before:
        raise Wrong("the sequence number does not rise")
    return members["event.sequence"]


def files(directory):
    """(name, lines) of each, the oldest first. Where a crash left both, the plain one counts."""
    paths = {path.name.removesuffix(".zst"): path for path in directory.glob("hedate-*.jsonl.zst")}
    paths |= {path.name: path for path in directory.glob("hedate-*.jsonl")}
    for _, path in sorted(paths.items()):
        command = ["zstdcat" if path.suffix == ".zst" else "cat", path]
        text = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        yield path, io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="\n")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    validate = fastjsonschema.compile(schema)
    lines = wrong = sequence = 0
    for path, file in files(Path(sys.argv[2])):
        for number, line in enumerate(file, 1):
            lines += 1
            try:
                sequence = check(line, validate, schema["definitions"], sequence)
            except (ValueError, fastjsonschema.JsonSchemaValueException) as error:
                wrong += 1
                if wrong <= SHOWN:
                    print(f"{path}:{number}: {error}\n  {line.strip()}")
    print(f"{lines} lines, {wrong} not as the schema says")
    return 1 if wrong or not lines else 0


sys.exit(main())
