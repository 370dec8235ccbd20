# SPDX-License-Identifier: GPL-2.0-or-later
"""The same text with other strings in it.

    hostile.py config FILE		labels and reasons of a configuration
    hostile.py report FILE		every string of a report's JSON that is free text

What is written tries to be markup, style, script, another direction or a very long word.
"""
import json
import re
import sys

from makeyear import HOSTILE

# Of a configuration: what people write, not what names something.
FREE = r'((?:label|reason|owner|permission|survey|encryption)\s*=\s*)"[^"]*"'
# Of a report's JSON: names of a fixed set, numbers, times and digests stay what they are.
FIXED = re.compile(r"^(|hedate report|[a-z][a-z0-9_-]*|[0-9a-f]{12}|[0-9a-f]{64}|\d{4}-\d\d-\d\d.*"
                   r"|SHA-256|BLAKE2b-256)$")
NAMES = {"name", "number", "id", "what", "text", "title", "label", "finding", "reason", "who",
         "where", "interface", "detail", "witness", "rules"}


class Turn:
    """One after the other."""

    def __init__(self):
        self.count = 0

    def next(self):
        """Another one each time, and all of them again."""
        self.count += 1
        return HOSTILE[self.count % len(HOSTILE)]


def quoted(text):
    """As a string of the configuration's language: one line, no controls."""
    unseen = r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
    plain = re.sub(unseen, "", text)
    return '"' + plain[:60].replace("\\", "\\\\").replace('"', '\\"') + '"'


def config(text):
    """A configuration with other texts."""
    turn = Turn()
    return re.sub(FREE, lambda found: found[1] + quoted(turn.next() + " x"), text)


def other(value, key, turn):
    """A value of the JSON with other strings."""
    if isinstance(value, dict):
        return {name: other(member, name, turn) for name, member in value.items()}
    if isinstance(value, list):
        return [other(member, key, turn) for member in value]
    if isinstance(value, str) and value and (key in NAMES or not FIXED.match(value)):
        return turn.next()
    return value


def main(arguments):
    """Returns the exit status."""
    if len(arguments) != 2 or arguments[0] not in ("config", "report"):
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[1], encoding="utf-8") as opened:
        text = opened.read()
    if arguments[0] == "config":
        sys.stdout.write(config(text))
    else:
        print(json.dumps(other(json.loads(text), "", Turn()), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
