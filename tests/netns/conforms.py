#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every line of a log is as hedate-log(5) and its schema say: conforms.py SCHEMA DIRECTORY

Its members have the right names, types and values; they stand in the order in which the schema
names them, none twice; sequence numbers rise; the line is UTF-8 without any character that could
be taken for the end of a line, hide text or reorder it.

Of the flows of a log that is longer than FULLY lines only one in SAMPLE, at random, is taken apart;
of the others the number and the characters are looked at."""
import io
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import fastjsonschema

SHOWN = 10
FULLY, SAMPLE = 50000, 10
# Controls, line and paragraph separators, what hides or reorders text.
UNSEEMLY = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

FLOW = re.compile(r'\{"@timestamp":"[-0-9T:.]{29}Z","event\.sequence":([1-9][0-9]*),'
                  r'"event\.kind":"event","event\.category":"network",.*\}\n')


def seemly(line):
    """Most lines are ASCII, and that is found out fast."""
    return line.isascii() and line[:-1].isprintable() or not UNSEEMLY.search(line)


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


class Members:
    """A definition whose members have nothing to do with each other: what was found to be right
    once, the names of a line or one member's value, is right again. A flood's lines differ little.
    """
    REMEMBERED = 200000

    def __init__(self, schema, name):
        self.definition, self.definitions = schema["definitions"][name], schema["definitions"]
        assert self.definition.keys() == {"required", "properties", "additionalProperties"}
        assert self.definition["additionalProperties"] is False
        self.validators = {
            member: fastjsonschema.compile(one | {"definitions": self.definitions})
            for member, one in self.definition["properties"].items()}
        self.shapes, self.seen = set(), set()

    def __call__(self, members):
        shape = tuple(members)
        if shape not in self.shapes:
            if missing := set(self.definition["required"]) - members.keys():
                raise Wrong(f"not there: {missing}")
            if unknown := members.keys() - self.validators.keys():
                raise Wrong(f"not known: {unknown}")
            ordered(members, self.definitions)
            self.shapes.add(shape)
        for item in members.items():
            name, value = item
            plain = type(value) in (str, int)  # True is an int that equals 1
            if plain and item in self.seen:
                continue
            try:
                self.validators[name](value)
            except fastjsonschema.JsonSchemaValueException as error:
                raise Wrong(f"{name}: {error}") from error
            if plain and len(self.seen) < self.REMEMBERED:
                self.seen.add(item)


class Lines:
    """Checks a log's lines one after the other."""

    def __init__(self, schema):
        flow = Members(schema, "flow")
        self.by_action = {"flow-blocked": flow, "flow-observed": flow,
                          "ledger": Members(schema, "ledger")}
        self.validate = fastjsonschema.compile(schema)
        self.definitions = schema["definitions"]
        self.sequence = self.flows = 0

    def rises(self, sequence):
        if sequence <= self.sequence:
            raise Wrong("the sequence number does not rise")
        self.sequence = sequence

    def check(self, line):
        if not line.endswith("\n") or not seemly(line):
            raise Wrong("a character that must be escaped, or no end")
        flow = FLOW.fullmatch(line)
        self.flows += flow is not None
        if flow and self.flows > FULLY and random.randrange(SAMPLE):
            self.rises(int(flow[1]))
            return
        members = json.loads(line, object_pairs_hook=unique)
        known = self.by_action.get(members.get("event.action"))
        if known:
            known(members)
        else:
            self.validate(members)
            ordered(members, self.definitions)
        self.rises(members["event.sequence"])


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
    log = Lines(schema)
    lines = wrong = 0
    for path, file in files(Path(sys.argv[2])):
        for number, line in enumerate(file, 1):
            lines += 1
            try:
                log.check(line)
            except (ValueError, fastjsonschema.JsonSchemaValueException) as error:
                wrong += 1
                if wrong <= SHOWN:
                    print(f"{path}:{number}: {error}\n  {line.strip()}")
    print(f"{lines} lines, {wrong} not as the schema says")
    return 1 if wrong or not lines else 0


sys.exit(main())
