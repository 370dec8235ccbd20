# SPDX-License-Identifier: GPL-2.0-or-later
"""The pictures of the README: pictures.py REPORT.html DEMO.txt DIRECTORY LOG"""
import html
import os
import struct
import sys
import zlib

import look
from chromium import Browser

MOST_BYTES = 150 * 1024
TERMINAL = """<!DOCTYPE html><html lang="ja"><meta charset="utf-8"><title>demo</title><style>
body { margin: 0; padding: 14px 18px; background: #10151f; color: #e4e9f2; width: max-content }
pre { font: 13px/1.45 "Noto Sans Mono CJK JP", monospace; margin: 0 }
i { display: inline-block; font: .8em sans-serif; width: .625em; text-align: center }
</style><pre>%s</pre>"""


def chunks(data):
    """(kind, bytes) of each part of a PNG."""
    at = 8
    while at < len(data):
        length, = struct.unpack(">I", data[at:at + 4])
        yield data[at + 4:at + 8], data[at + 8:at + 8 + length]
        at += length + 12


def rows_of(data):
    """Width and rows of RGB bytes of a PNG as Chromium writes it: 8 bits, 3 or 4 channels."""
    parts = list(chunks(data))
    width, height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    channels = {2: 3, 6: 4}[kind]
    assert depth == 8
    raw = zlib.decompress(b"".join(part for name, part in parts if name == b"IDAT"))
    before, rows, size = bytearray(width * channels), [], width * channels + 1
    for y in range(height):
        row = bytearray(raw[y * size + 1:(y + 1) * size])
        before = unfilter(raw[y * size], row, before, channels)
        rows.append(bytes(before) if channels == 3 else
                    bytes(byte for i, byte in enumerate(before) if i % 4 != 3))
    return width, rows


def unfilter(kind, row, above, step):
    """A row as it was before PNG's filter."""
    for i, byte in enumerate(row):
        left = row[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        guess = (0, left, above[i], (left + above[i]) // 2, paeth(left, above[i], corner))[kind]
        row[i] = (byte + guess) & 255
    return row


def paeth(left, above, corner):
    """PNG's guess from three neighbours."""
    guess = left + above - corner
    near = (abs(guess - left), abs(guess - above), abs(guess - corner))
    return (left, above, corner)[near.index(min(near))]


def shrink(data):
    """The same picture in 128 colours: the ones used most, others by the nearest."""
    width, rows = rows_of(data)
    counts = {}
    for row in rows:
        for i in range(0, len(row), 3):
            colour = (row[i] & 0xf8, row[i + 1] & 0xf8, row[i + 2] & 0xf8)
            counts[colour] = counts.get(colour, 0) + 1
    palette = sorted(counts, key=lambda colour: (-counts[colour], colour))[:128]
    number = {colour: i for i, colour in enumerate(palette)}
    for colour in counts:
        if colour not in number:
            number[colour] = min(range(len(palette)), key=lambda i: sum(
                (a - b) ** 2 for a, b in zip(palette[i], colour)))
    lines = b"".join(b"\0" + bytes(number[row[i] & 0xf8, row[i + 1] & 0xf8, row[i + 2] & 0xf8]
                                   for i in range(0, len(row), 3)) for row in rows)
    colours = b"".join(bytes(part | part >> 5 for part in colour) for colour in palette)
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
        for name, part in ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(lines, 9)),
                           (b"IEND", b"")))


def keep(file):
    """Make it small; it must be."""
    with open(file, "rb") as opened:
        data = shrink(opened.read())
    with open(file, "wb") as opened:
        opened.write(data)
    print(f"{file}: {len(data)} bytes")
    return len(data) <= MOST_BYTES


def main(arguments):
    """Returns the exit status."""
    report, demo, directory, log = arguments
    with open(demo, encoding="utf-8") as opened:
        terminal = html.escape(opened.read().rstrip("\n"))
    for wide in "→α":  # one cell on a terminal, two in fonts for Japanese
        terminal = terminal.replace(wide, f"<i>{wide}</i>")
    terminal = TERMINAL % terminal
    page_file = os.path.join(os.path.dirname(demo), "demo.html")
    with open(page_file, "w", encoding="utf-8") as opened:
        opened.write(terminal)
    os.makedirs(directory, exist_ok=True)
    files = [os.path.join(directory, name) for name in ("report.png", "zones.png", "demo.png")]
    with Browser(log) as browser:
        page = browser.page(report)
        look.picture(page, files[0], 1000, 1000)
        top = page.evaluate("document.querySelector('#matrix').getBoundingClientRect().top")
        page.evaluate(f"scrollTo(0, {int(top) - 12})")
        look.picture(page, files[1], 1000, 860)
        page.close()
        page = browser.page(page_file)
        size = page.evaluate("[document.body.offsetWidth, document.body.offsetHeight]")
        look.picture(page, files[2], size[0], size[1])
    return 0 if all([keep(file) for file in files]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
