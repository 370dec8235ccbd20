#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nft's listing of a table, from standard input, in an order of its own: a line for each rule, with
its chain and place, for each property and each element of a set. What packets change, and which
epoch counts them, is left out, and so are the flags of the table: nft 1.0.6 does not know all; and
whether the gateway is opened, which is no part of a rule set."""
import re
import sys

COUNTED = re.compile(
    r"^(set|map) (flow-.*|overflow-codes-.*|hits|open) |^(chain blocked|counter \S+) ")

lines = []
block, place = None, 0
for line in re.sub(r",\n\s+", ", ", sys.stdin.read()).splitlines():
    text = line.strip()
    if line.startswith("\t") and not line.startswith("\t\t") and text.endswith("{"):
        block, place = text, 0
    elif text == "}" and not line.startswith("\t\t"):
        block = None
    elif block and text and not COUNTED.match(block):
        elements = re.match(r"elements = \{ (.*) \}$", text)
        if elements:
            lines += [block + " element " + item for item in elements[1].split(", ")]
        else:
            place += 1
            lines.append("%s %04d %s" % (block, place, text))
        continue
    if block and place == 0 and not COUNTED.match(block):
        lines.append(block)
print("\n".join(sorted(set(lines))))
