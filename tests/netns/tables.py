#!/usr/bin/env python3
"""What hedate shows of a running gateway at terminals of several widths.

    tables.py HEDATE RUN LOGS   (LOCALES: where its translations are)
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import unicodedata

HEDATE, RUN, LOGS = sys.argv[1:]
PATIENCE = 120  # seconds, on a machine that does much else
CLEAR = "\x1b[H\x1b[2J"
WIDTHS = (60, 80, 120)
# Each with how many columns its widest table has at least, where a line of titles is looked for.
COMMANDS = (
    (["status"], 0), (["zones"], 3), (["paths"], 5), (["history"], 5), (["proposals"], 5),
    (["exception", "list"], 5), (["isolated"], 4), (["log", "-d", LOGS, "--no-index"], 5),
    (["log", "-d", LOGS, "--no-index", "--top", "src"], 3),
    (["log", "-d", LOGS, "--no-index", "--top", "pair"], 3),
)
problems = []


def cells(text):
    """Counted by Unicode's own tables, not by ours."""
    return sum(
        0 if unicodedata.combining(letter)
        else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


class Terminal:
    """hedate with a terminal of so many columns and rows."""

    def __init__(self, arguments, language, columns, rows):
        ready, begin = os.pipe()
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.close(begin)
            os.read(ready, 1)
            os.execve(HEDATE, ["hedate", "-r", RUN, "--no-pager", "--color=never", *arguments],
                      {"PATH": "/usr/bin:/bin", "TERM": "vt100", "LC_ALL": "C.UTF-8",
                       "LANGUAGE": language, "HEDATE_LOCALEDIR": os.environ["LOCALES"]})
        os.close(ready)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.write(begin, b".")
        os.close(begin)
        self.data = b""

    def read(self):
        """More of what is shown; False at its end."""
        if not select.select([self.fd], [], [], PATIENCE)[0]:
            os.kill(self.child, signal.SIGKILL)
            raise SystemExit(f"nothing more comes after {self.data[-2000:]!r}")
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.data += data
        return bool(data)

    def text(self):
        return self.data.decode(errors="replace").replace("\r\n", "\n")

    def end(self):
        while self.read():
            pass
        os.waitpid(self.child, 0)
        os.close(self.fd)
        return self.text()


def spans(line):
    """Where words that stand together begin and end, in cells."""
    found = []
    for match in re.finditer(r"\S+(?: \S+)*", line):
        begin = cells(line[:match.start()])
        found.append((begin, begin + cells(match[0])))
    return found


def check_columns(name, block):
    """Each cell of a table begins where its title does, or ends there (numbers)."""
    titles = spans(block[0])
    begins = {begin for begin, _ in titles}
    ends = {end for _, end in titles}
    for line in block[1:]:
        for begin, end in spans(line):
            # A row with empty cells, or one that goes on below: still in a column.
            if begin not in begins and end not in ends:
                problems.append(f"{name}: {line!r} is not below {block[0]!r}")
                return


def check(arguments, least, language, columns):
    shown = Terminal(arguments, language, columns, 24).end()
    name = f"hedate {' '.join(arguments)} ({language or 'en'}, {columns} columns)"
    lines = shown.splitlines()
    for line in lines:
        if cells(line) > columns:
            problems.append(f"{name}: {cells(line)} cells: {line!r}")
    blocks = [block.splitlines() for block in shown.split("\n\n")]
    tables = [block for block in blocks if least and block and len(spans(block[0])) >= least]
    # On a narrow one, each row may be a list.
    if least and not tables and columns == max(WIDTHS):
        problems.append(f"{name}: no table of {least} columns: {shown!r}")
    for block in tables:
        check_columns(name, block)


def check_watch(language):
    """The text is longer than the screen: its first lines, and how many more there are."""
    terminal = Terminal(["status", "--watch=1"], language, 80, 8)
    while terminal.text().count(CLEAR) < 3:
        if not terminal.read():
            raise SystemExit(f"ended: {terminal.text()!r}")
    os.kill(terminal.child, signal.SIGTERM)
    terminal.end()
    for screen in terminal.text().split(CLEAR)[1:3]:
        lines = screen.splitlines()
        left = re.search(r"\d+", lines[-1])
        if not (len(lines) == 7 and all(cells(line) <= 80 for line in lines) and
                lines[-1][0] == "(" and left and int(left[0]) > 5 and lines[2]):
            problems.append(f"status --watch ({language}): {screen!r}")


def main():
    for language in ("ja", ""):
        for arguments, least in COMMANDS:
            whole = Terminal(arguments, language, 1000, 24).end()
            if language == "ja" and len(re.findall("[^ -~\n]", whole)) < 8:
                problems.append(f"hedate {' '.join(arguments)} is hardly Japanese: {whole!r}")
            for columns in WIDTHS:
                check(arguments, least, language, columns)
        check_watch(language)
    for problem in problems:
        print(problem)
    print(len(COMMANDS) * len(WIDTHS) * 2, "screens")
    return 1 if problems else 0


sys.exit(main())
