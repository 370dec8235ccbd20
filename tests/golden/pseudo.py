#!/usr/bin/env python3
"""Is every text that a person reads marked for translation? A translation that nobody would mistake
for one: each letter of English becomes a full-width one. What is still in plain letters was not
marked, or is a name that is the same in every language.

    pseudo.py po POT PO          write the translation
    pseudo.py check WORDS FILE   lines of FILE with words that are not among WORDS
"""
import re
import sys

# What printf puts in, and the names of commands and options within a text.
KEPT = re.compile(r"%[-+ #0-9.*]*(?:hh|h|ll|l|z|j|t)?[a-zA-Z%]|\\[ntr\"\\]|<PRI[a-z0-9]+>")

WORD = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2,}(?![0-9A-Za-z])")


def translate(text):
    done, at = "", 0
    for part in KEPT.finditer(text):
        done += wide(text[at:part.start()]) + part.group()
        at = part.end()
    return done + wide(text[at:])


def wide(text):
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() and letter.isalpha() else letter
                   for letter in text)


def write_translation(pot, path):
    with open(pot, encoding="utf-8") as file:
        blocks = file.read().split("\n\n")
    with open(path, "w", encoding="utf-8") as out:
        for block in blocks:
            texts = re.search(r'^msgid (".*?)^msgstr ""$', block, re.M | re.S)
            if not texts or texts.group(1).strip() == '""':
                out.write(block + "\n\n")
                continue
            lines = [line[1:-1] for line in texts.group(1).strip().split("\n")]
            done = "\n".join(f'"{translate(line)}"' for line in lines)
            out.write(block[:texts.start()] + f"msgid {texts.group(1)}msgstr {done}\n\n")


def check(words, path):
    with open(words, encoding="utf-8") as file:
        known = set(file.read().split())
    bad = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            found = [word for word in WORD.findall(line) if word not in known]
            if found:
                print(f"not marked: {' '.join(found)}: {line.rstrip()}")
                bad = 1
    return bad


if sys.argv[1] == "po":
    write_translation(*sys.argv[2:])
else:
    sys.exit(check(*sys.argv[2:]))
