#!/usr/bin/env python3
"""The manual pages and the README in Japanese have what the English ones have: the same sections,
lists, options, examples and tables in the same order. And they were looked at when the English text
changed last: each Japanese text keeps a digest of the English one that it translates.

    translations.py           compare
    translations.py update    write the digests anew: every Japanese text is up to date now
"""
import hashlib
import pathlib
import re
import sys

TOLD = "UPDATE=1 tests/golden/522-translations.sh"
# Words that are the same in every language, behind these.
NAMES = "Fl Cm Ic Ev Pa Dv Li Ql Xr Er Va Ar".split()
# By these the Japanese sections are called. The first two are for man, which looks for them.
SECTIONS = {
    "NAME": "NAME", "SYNOPSIS": "SYNOPSIS", "DESCRIPTION": "説明", "CHANGES": "変更の要約",
    "JSON": "JSON", "RECORDS": "記録", "EVENTS": "イベント", "LINES": "行", "FORMS": "形式",
    "SECTIONS": "項目", "ENVIRONMENT": "環境変数", "FILES": "ファイル",
    "EXIT STATUS": "終了ステータス", "EXAMPLES": "使用例", "DIAGNOSTICS": "診断",
    "SEE ALSO": "関連項目", "STANDARDS": "規格", "BUGS": "制限事項",
}
problems = []


def without_comments(text):
    """Neither what only the other language has, nor where lines are broken."""
    text = re.sub(r'^\.\\".*\n', "", text, flags=re.M)
    text = re.sub(r"^\.Dd .*\n", "", text, flags=re.M)
    return re.sub(r"<!--.*?-->", "", text, flags=re.S)


def digest(text):
    return hashlib.sha256(" ".join(without_comments(text).split()).encode()).hexdigest()


def item(words):
    """What of an item of a list is the same in every language."""
    kept = []
    for word, following in zip(words, words[1:] + [""]):
        if word in NAMES:
            kept.append(word)
            if word != "Ar" and following.isascii() and following not in NAMES:
                kept.append(following)
    return " ".join(kept)


def shape_of_page(text):
    """Each part of a page, with its line."""
    literal = False
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        macro, *words = line.split() or [""]
        if macro == ".Ed":
            literal = False
        if literal:
            # Examples are there line by line; what is written in them may be translated.
            yield number, "a line of an example"
        elif macro == ".Sh":
            section = SECTIONS.get(" ".join(words), " ".join(words))
            yield number, f".Sh {section}"
        elif macro in (".Dd", ".Dt"):
            yield number, line
        elif section == SECTIONS["SEE ALSO"]:
            yield number, line.rstrip(" ,.")
        elif section == "SYNOPSIS":
            yield number, f"{macro} {item(words)}"
        elif macro in (".Ss", ".El", ".Ed", ".Sx"):
            yield number, macro
        elif macro == ".Bl":
            yield number, f".Bl {words[0]}"
        elif macro == ".It":
            yield number, f".It {item(words)}".rstrip()
        elif macro == ".Bd":
            literal = "-literal" in words
            yield number, line
        elif macro == ".Dl":
            yield number, macro


def code(line):
    """A line of code without what it says to people; "": that is all that it does."""
    line = re.sub(r"(^| )\s*#.*", "", line)
    return re.sub(r"'[^']*'", "''", line).strip()


def same(part, other):
    return part == other or (part.startswith("code: ") and other.startswith("code: ") and
                             not other.isascii())


def shape_of_readme(text):
    table = False
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        row = line.startswith("|")
        if line.startswith("#"):
            yield number, line.split()[0]
        elif line.startswith("    "):
            yield number, f"code: {code(line)}"
        elif row:
            yield number, f"{'row' if table else 'table'} of {line.count('|') - 1} cells"
        elif re.match(r"(-|\d+\.) ", line):
            yield number, "an entry of a list"
        for picture in re.findall(r"\]\(([^)]*)\)", line):
            yield number, f"picture or link: {picture}"
        table = row


def compare(english, japanese, shape):
    """The first difference is enough: what comes behind it would be moved only."""
    ours = list(shape(english.read_text(encoding="utf-8")))
    theirs = list(shape(japanese.read_text(encoding="utf-8")))
    for (line, part), (other_line, other) in zip(ours, theirs):
        if not same(part, other):
            problems.append(f"{english}:{line} has \"{part}\", {japanese}:{other_line} \"{other}\"")
            return
    if len(ours) > len(theirs):
        line, part = ours[len(theirs)]
        problems.append(f"{japanese} has nothing for {english}:{line} \"{part}\"")
    if len(theirs) > len(ours):
        line, part = theirs[len(ours)]
        problems.append(f"{english} has nothing for {japanese}:{line} \"{part}\"")
    if len(ours) < 20:
        problems.append(f"{english}: only {len(ours)} parts were found")


def stale(english, japanese, form, update):
    """form: the line that keeps the digest, as a regular expression of three groups."""
    text = japanese.read_text(encoding="utf-8")
    kept = re.findall(form, text, flags=re.M)
    now = digest(english.read_text(encoding="utf-8"))
    if len(kept) != 1:
        problems.append(f"{japanese} has to keep the digest of {english} in one line: {form}")
    elif update:
        japanese.write_text(re.sub(form, rf"\g<1>{now}\g<3>", text, flags=re.M), encoding="utf-8")
    elif kept[0][1] != now:
        problems.append(f"{english} has changed since {japanese} was translated: put that into "
                        f"{japanese}, then write down that you did: {TOLD}")


def main():
    update = sys.argv[1:] == ["update"]
    pages = sorted(pathlib.Path("man").glob("*.[1-8]"))
    for english in pages:
        japanese = pathlib.Path("man/ja") / english.name
        if not japanese.exists():
            problems.append(f"there is no {japanese}")
            continue
        compare(english, japanese, shape_of_page)
        stale(english, japanese, r'^(\.\\" English: )([0-9a-f]*)()$', update)
    for japanese in sorted(pathlib.Path("man/ja").iterdir()):
        if not (pathlib.Path("man") / japanese.name).exists():
            problems.append(f"there is no man/{japanese.name}, which {japanese} would translate")
    english, japanese = pathlib.Path("README"), pathlib.Path("README.ja.md")
    compare(english, japanese, shape_of_readme)
    stale(english, japanese, r"^(<!-- English: )([0-9a-f]*)( -->)$", update)
    for problem in problems:
        print(problem)
    print(len(pages), "pages and the README compared")
    return 1 if problems or len(pages) < 9 else 0


sys.exit(main())
