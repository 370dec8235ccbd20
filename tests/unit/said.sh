#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What hedated says in an answer is known to daemon/said.c, which has it in the reader's language.
set -u
cd "$(dirname "$0")/../.." || exit 1
python3 - <<'END'
import glob
import re
import sys

STRING = r'(?:"(?:[^"\\\n]|\\.)*"\s*(?:PRI\w+\s*)?)+'
# Where answers are written; what stands there is English.
CALLS = (
    r"proposals_fail\(\s*\w+,", r"\brefuse\(\s*result,", r"snprintf\(\s*(?:why, CHANGES_WHY_MAX|"
    r"result->why, sizeof\(result->why\)|changes->begun\.problem, sizeof\(changes->begun\.problem\)),",
    r"ctlanswer_result\(\s*queue, EXIT_[A-Z]+,", r"put_result\(\s*connection, EXIT_[A-Z]+,",
)


def text_of(source):
    """Of literals, with each conversion as "%s"."""
    text = "".join(a or "%" for a, _ in re.findall(r'"((?:[^"\\\n]|\\.)*)"|(PRI\w+)', source))
    return re.sub(r"%+(?:zu|llu|lu|u|d|s)?", "%s", text)


def literals(source):
    return [text_of(found) for found in re.findall(STRING, source)]


with open("daemon/said.c", encoding="utf-8") as file:
    table = file.read().partition("said[] = {")[2].partition("};")[0]
known = set(literals(table))
count = bad = 0
for name in sorted(glob.glob("daemon/*.c")):
    with open(name, encoding="utf-8") as file:
        source = file.read()
    for call in CALLS:
        for match in re.finditer(call, source):
            # To the end of the statement: alternatives stand there, too.
            statement = source[match.end():source.index(";\n", match.end())]
            for literal in literals(statement):
                parts = [part for part in literal.split(": ") if part.strip("%s/: ")]
                if literal in known or not re.search("[a-z] [a-z]", literal):
                    continue
                count += 1
                for part in parts:
                    if part not in known and re.search("[a-z] [a-z]", part):
                        print(f"{name}: daemon/said.c does not know \"{part}\"")
                        bad = 1
            count += 1
print(len(known), "texts known,", count, "places looked at")
sys.exit(bad or count < 40 or len(known) < 60)
END
