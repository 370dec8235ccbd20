#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every line of a log is as conf/hedate-log.schema.json says: conforms.py SCHEMA FILE ..."""
import json
import sys

import fastjsonschema

SHOWN = 10


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        validate = fastjsonschema.compile(json.load(file))
    lines = wrong = 0
    for name in sys.argv[2:]:
        with open(name, encoding="utf-8", errors="strict", newline="\n") as file:
            for number, line in enumerate(file, 1):
                lines += 1
                try:
                    validate(json.loads(line))
                except (ValueError, fastjsonschema.JsonSchemaValueException) as error:
                    wrong += 1
                    if wrong <= SHOWN:
                        print(f"{name}:{number}: {error}\n  {line.strip()}")
    print(f"{lines} lines, {wrong} not as the schema says")
    return 1 if wrong or not lines else 0


sys.exit(main())
