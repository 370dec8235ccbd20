# SPDX-License-Identifier: GPL-2.0-or-later
"""What came out on paper, by poppler's tools: A4, all that it should say, nothing cut off."""
import html
import re
import subprocess
import unicodedata

A4 = (595.28, 841.89)  # points
EDGE = 14  # points, 5 mm, that a printer cannot reach


def run(*words):
    """What a program prints."""
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def folded(text):
    """Without white space, and with one form of each character: fonts have glyphs for several.
    Emoji are left out: a machine need not have a font of them."""
    return re.sub(r"[\s\u00ad\u200b\U0001f000-\U0001ffff]", "", unicodedata.normalize("NFKC", text))


def pages_of(file):
    """How many, and their size."""
    info = dict(line.split(":", 1) for line in run("pdfinfo", file).splitlines() if ":" in line)
    size = re.search(r"([\d.]+) x ([\d.]+) pts", info["Page size"])
    return int(info["Pages"]), (float(size[1]), float(size[2])), info.get("Tagged", "").strip()


def words_of(file):
    """(page, word, left, top, right, bottom) of each word."""
    page = 0
    for line in run("pdftotext", "-bbox", file, "-").splitlines():
        page += "<page " in line
        word = re.search(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" '
                         r'yMax="([-\d.]+)">(.*)</word>', line)
        if word:
            yield page, html.unescape(word[5]), *(float(word[i]) for i in range(1, 5))


def complaints(file, wanted, most):
    """Everything wrong with a PDF that should contain these texts, on at most so many pages."""
    found = []
    count, size, tagged = pages_of(file)
    if any(abs(is_ - should) > 1.5 for is_, should in zip(size, A4)):
        found.append(f"a page is {size[0]} x {size[1]} points, not A4")
    if count > most:
        found.append(f"{count} pages, more than {most}")
    if tagged != "yes":
        found.append("the PDF has no tags for readers")
    written = {page: 0 for page in range(1, count + 1)}
    for page, word, left, top, right, bottom in words_of(file):
        written[page] += len(word)
        if left < EDGE or top < EDGE or right > size[0] - EDGE or bottom > size[1] - EDGE:
            found.append(f'page {page}: "{word[:40]}" is at the edge of the paper')
    found += [f"page {page} is empty" for page, length in written.items() if length < 40]
    text = folded(run("pdftotext", file, "-"))
    found += [f'"{want}" is not on paper' for want in wanted if folded(want) not in text]
    return found[:12]
