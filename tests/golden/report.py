# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages and JSON of reports: report.py DIRECTORY

Every JSON in it is as the schema says, every page is markup that refers to nothing else, and the
pages of the fixed facts say every text and every count that their JSON has."""
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import fastjsonschema

sys.path.insert(0, "tests/browser")
import markup  # pylint: disable=wrong-import-position,import-error

FACTS = "tests/golden/report/facts.json"
# Words of a fixed set, which a page says in its language; times, which it writes otherwise.
FIXED = re.compile(r"[a-z][a-z0-9_-]*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Text(HTMLParser):
    """What a page shows, and its titles."""

    def __init__(self, text):
        super().__init__()
        self.shown = []
        self.feed(text)

    def handle_data(self, data):
        self.shown.append(data)


def strings(value):
    """All of them, that are not words or times."""
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str) and value and not FIXED.fullmatch(value):
        yield value


def squeezed(text):
    """Without spaces: a page may break lines anywhere."""
    return re.sub(r"[\s\u200b]", "", text)


def missing(page, facts):
    """Texts of the JSON that the page does not have."""
    shown = squeezed("".join(Text(page).shown))
    parts = [part for text in strings(facts) for part in re.split(r"[\n]", text) if part]
    return sorted({part for part in parts if squeezed(part) not in shown})


def main(directory):
    """0: all is well."""
    wrong = []
    schema = Path("conf/hedate-report.schema.json").read_text("utf-8")
    validate = fastjsonschema.compile(json.loads(schema))
    names = [Path(FACTS)] + [name for name in directory.glob("*.json") if name.name != "torn.json"]
    for name in names:
        try:
            validate(json.loads(name.read_text("utf-8")))
        except fastjsonschema.JsonSchemaException as error:
            wrong.append(f"{name}: {error}")
    for name in directory.glob("*.html"):
        wrong += [f"{name}: {complaint}" for complaint in markup.complaints(name)]
    facts = json.loads(Path(FACTS).read_text("utf-8"))
    # What the document is, and its language: not for who reads the page.
    for name in ("document", "head"):
        facts.pop(name)
    for language in ("ja", "en"):
        page = (directory / f"{language}.html").read_text("utf-8")
        wrong += [f"{language}: the page does not say {text}" for text in missing(page, facts)]
    print("\n".join(wrong))
    print(len(names), "documents looked at")
    return bool(wrong) or len(names) < 4


sys.exit(main(Path(sys.argv[1])))
