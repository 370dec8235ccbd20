#!/usr/bin/env python3
"""hedate at a terminal: what it prints fits, long output goes through a pager that runs nothing
else, colours are for terminals only, status is drawn again and again.

    terminal.py HEDATE DIRECTORY   (DIRECTORY, which everybody can read, holds good.conf, bad.conf)
"""
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
import unicodedata

HEDATE, DIRECTORY = sys.argv[1:]
PATIENCE = 120  # seconds, on a machine that does much else
NOBODY = 65534
CLEAR = "\x1b[H\x1b[2J"
problems = []


def cells(text):
    """Counted by Unicode's own tables, not by ours."""
    return sum(
        0 if unicodedata.combining(letter)
        else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


class Terminal:
    """hedate with a terminal of so many columns, as root or as nobody."""

    def __init__(self, arguments, columns=80, rows=24, user=0, environment=None):
        ready, begin = os.pipe()
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.close(begin)
            os.read(ready, 1)
            if user:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            values = {"PATH": "/usr/bin:/bin", "TERM": "vt100", "LC_ALL": "C.UTF-8",
                      "HOME": DIRECTORY}
            values.update(environment or {})
            os.chdir(DIRECTORY)
            os.execve(HEDATE, ["hedate", *arguments], values)
        os.close(ready)
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, size)
        os.write(begin, b".")
        os.close(begin)
        self.text = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self):
        """More of what is shown; False at its end."""
        ready = select.select([self.fd], [], [], PATIENCE)[0]
        if not ready:
            os.kill(self.child, signal.SIGKILL)
            raise SystemExit(f"nothing more comes after {self.text[-2000:]!r}")
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.text += self.decoder.decode(data).replace("\r\n", "\n")
        return bool(data)

    def wait(self, mark, count=1):
        while self.text.count(mark) < count:
            if not self.read():
                raise SystemExit(f"ended without {mark!r}: {self.text[-2000:]!r}")

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def end(self):
        """All that was shown, and the exit status (negative: the signal)."""
        while self.read():
            pass
        status = os.waitpid(self.child, 0)[1]
        os.close(self.fd)
        return self.text, os.waitstatus_to_exitcode(status)


def expect(what, holds, shown=""):
    if not holds:
        problems.append(f"{what}: {shown[-1500:]!r}" if shown else what)


def check_widths():
    """Lines of tables and of --help fit, in both languages; and hold what wider ones do."""
    for language in ("", "ja"):
        environment = {"LANGUAGE": language, "HEDATE_LOCALEDIR": os.environ["LOCALES"]}
        for arguments in (["check", "good.conf"], ["log", "--help"], ["--help"],
                          ["status", "--help"]):
            whole = Terminal(["--no-pager", "--color=never", *arguments], 1000, 24, 0,
                             environment).end()[0]
            for columns in (60, 72, 80, 100):
                shown = Terminal(["--no-pager", "--color=never", *arguments], columns, 24, 0,
                                 environment).end()[0]
                name = f"hedate {' '.join(arguments)} ({language or 'en'}, {columns} columns)"
                long = [line for line in shown.splitlines() if cells(line) > columns and
                        not line.startswith(("Usage: ", "使い方: ", "good.conf: "))]
                expect(f"{name}: lines are too long: {long}", not long)
                expect(f"{name}: is not what wider ones hold",
                       sorted(re.sub(r"\s", "", whole)) == sorted(re.sub(r"\s", "", shown)), shown)
    # COLUMNS goes before what the terminal says.
    shown = Terminal(["--no-pager", "check", "good.conf"], 200, 24, 0, {"COLUMNS": "60"}).end()[0]
    expect("COLUMNS", all(cells(line) <= 60 for line in
                          re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()
                          if not line.startswith("good.conf")), shown)


def check_colours():
    color = "\x1b["
    for arguments, environment, wanted in (
            ([], {}, True), ([], {"NO_COLOR": "1"}, False), ([], {"NO_COLOR": ""}, True),
            ([], {"TERM": "dumb"}, False), (["--color=never"], {}, False),
            (["--color=always"], {"NO_COLOR": "1"}, False)):
        shown = Terminal(["--no-pager", *arguments, "check", "good.conf"], 80, 24, 0,
                         environment).end()[0]
        expect(f"colours with {arguments} {environment}", (color in shown) == wanted, shown)


def check_choice():
    """Whose pager runs, as somebody who is not root; and the exit status is hedate's."""
    long = ["check", "good.conf"]
    paged = "sed s/^/PAGED:/"
    for arguments, environment, wanted, status in (
            (long, {"PAGER": paged}, True, 0), (long, {"HEDATE_PAGER": paged}, True, 0),
            (long, {"HEDATE_PAGER": paged, "PAGER": "false"}, True, 0),
            (long, {"HEDATE_PAGER": "", "PAGER": paged}, False, 0),
            (long, {"HEDATE_PAGER": "cat", "PAGER": paged}, False, 0),
            (long, {"PAGER": paged, "TERM": "dumb"}, False, 0),
            (["--no-pager", *long], {"PAGER": paged}, False, 0),
            ([*long, "--no-pager"], {"PAGER": paged}, False, 0),
            (["check", "bad.conf"], {"PAGER": paged}, True, 4),
            (["--help"], {"PAGER": paged}, False, 0),
            # Whoever has read enough has not failed.
            (long, {"PAGER": "head -n 1 | sed s/^/PAGED:/"}, True, 0)):
        shown, code = Terminal(arguments, 80, 24, NOBODY, environment).end()
        expect(f"{arguments} {environment}: paged", ("PAGED:" in shown) == wanted, shown)
        expect(f"{arguments} {environment}: exit status {code}", code == status, shown)


def check_less(user):
    """less, which shows a screen, runs nothing and ends when it is told to."""
    name = f"less as {user}"
    hacked = f"{DIRECTORY}/open/hacked-{user}"
    environment = {"LESSOPEN": f"|touch {hacked}; cat %s", "EDITOR": f"touch {hacked};",
                   "VISUAL": f"touch {hacked};", "LESSEDIT": f"touch {hacked}", "SHELL": "/bin/sh"}
    if user == 0:
        environment["PAGER"] = environment["HEDATE_PAGER"] = f"touch {hacked}; cat"
    terminal = Terminal(["--json", "check", "good.conf"], 80, 10, user, environment)
    terminal.wait("json_version")
    # It stops at the end of the screen. Commands, an editor, a pipe, a log: there are none.
    for count, key in enumerate("!v|", 1):
        terminal.type(key)
        terminal.wait("not available", count)
        terminal.type("\n")
    terminal.type("s")
    terminal.wait("log file: ")
    terminal.type(f"{hacked}\n")
    terminal.wait("not available", 4)
    terminal.type("\nq")
    shown, code = terminal.end()
    expect(f"{name}: exit status {code}", code == 0, shown)
    expect(f"{name}: something was run", not os.path.exists(hacked), shown)
    # What fits the screen ends by itself.
    shown, code = Terminal(["check", "good.conf"], 200, 60, user).end()
    expect(f"{name}: one screen", "F01" in shown and code == 0, shown)


def check_watch():
    """Drawn again and again, also while nobody answers; a signal ends it."""
    for arguments in (["--watch", "1"], ["--watch=1"], ["-w1"], ["-w", "1"]):
        terminal = Terminal(["-r", "/nonexistent", "status", *arguments])
        terminal.wait(CLEAR, 3)
        terminal.wait("/nonexistent/control.sock", 2)
        expect("--watch names its time", re.search(r"20\d\d-\d\d-\d\d .*every 1 s", terminal.text),
               terminal.text)
        terminal.type("\x03")
        shown, code = terminal.end()
        expect(f"--watch ends with {code}", code == -signal.SIGINT, shown)
    # What is said of an error stays on the screen, and nothing scrolls: the first lines, and how
    # many more there are.
    terminal = Terminal(["-r", "/nonexistent", "status", "-w1"])
    terminal.wait(CLEAR, 2)
    expect("--watch: errors on the screen",
           "/nonexistent/control.sock" in terminal.text.split(CLEAR)[1], terminal.text)
    terminal.type("\x03")
    terminal.end()
    for rows, columns, more in ((6, 80, 0), (5, 80, 2), (3, 80, 3), (6, 40, 2)):
        terminal = Terminal(["-r", "/nonexistent", "status", "-w1"], columns, rows)
        terminal.wait(CLEAR, 2)
        shown = terminal.text.split(CLEAR)[1]
        taken = sum(max(1, -(-cells(line) // columns)) for line in shown.splitlines())
        expect(f"--watch on {rows} rows takes {taken}", taken < max(rows, 3), shown)
        left = re.search(r"\((\d+) more lines", shown)
        expect(f"--watch on {rows} rows: not {more} more lines",
               (int(left[1]) if left else 0) == more, shown)
        terminal.type("\x03")
        terminal.end()
    for value in ("0", "86401", "1x"):
        shown, code = Terminal(["status", f"--watch={value}"]).end()
        expect(f"--watch={value}: exit status {code}", code == 2, shown)


def main():
    begin = time.monotonic()
    check_widths()
    check_colours()
    check_choice()
    check_less(0)
    check_less(NOBODY)
    check_watch()
    for problem in problems:
        print(problem)
    print(f"{time.monotonic() - begin:.1f} s")
    return 1 if problems else 0


sys.exit(main())
