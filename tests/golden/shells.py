#!/usr/bin/env python3
"""What bash, fish and zsh complete of hedate's command line, asked of these shells themselves.

    shells.py DIRECTORY CASES   (DIRECTORY holds hedate, hedate.bash, hedate.fish, hedate.zsh)

CASES has a line for each: a command line up to the cursor, "=>", and what is offered for its last
word, or "..." behind some of what is. Keys are typed into bash and zsh at a terminal.
"""
import os
import pty
import select
import subprocess
import sys
import time

DIRECTORY, CASES = sys.argv[1:]
PATIENCE = 120  # seconds, on a machine that does much else
environment = {
    "PATH": DIRECTORY + ":/usr/bin:/bin", "HOME": DIRECTORY, "TERM": "dumb",
    "LC_ALL": "C.UTF-8", "HISTFILE": "/dev/null",
}
problems = []


class Terminal:
    """A shell that somebody types into."""

    def __init__(self, *argv):
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.chdir(DIRECTORY)
            os.execvpe(argv[0], argv, environment)
        self.text = ""

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def wait(self, mark):
        """What was shown up to the mark."""
        end = time.monotonic() + PATIENCE
        while mark not in self.text:
            ready = select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]
            if not ready:
                raise SystemExit(f"no {mark!r} in {self.text[-2000:]!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                raise SystemExit(f"the shell ended: {self.text[-2000:]!r}")
            self.text += data.decode(errors="replace")
        before, _, self.text = self.text.partition(mark)
        return before

    def end(self):
        os.close(self.fd)
        os.waitpid(self.child, 0)


def start_bash():
    shell = Terminal("bash", "--norc", "--noprofile", "-i")
    shell.type("PS1=; PS2=; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; "
               "bind 'set completion-query-items 0'; bind 'set page-completions off'\n")
    shell.type(f". {DIRECTORY}/hedate.bash; show() {{ printf '<%s>' \"$@\"; }}\n")
    return shell


def start_zsh():
    shell = Terminal("zsh", "-f", "-i")
    shell.type("PS1=; PS2=; RPS1=; unsetopt zle_bracketed_paste prompt_sp prompt_cr beep list_beep "
               "auto_list auto_menu auto_param_slash; zle_highlight=(none)\n")
    shell.type(f"fpath=({DIRECTORY}/functions $fpath); autoload -U compinit && compinit -D -u\n")
    shell.type("show() { printf '<%s>' \"$@\"; }\n")
    return shell


def line_after_tab(shell, number, line):
    """The words of a line after TAB was hit at its end."""
    shell.type(f"printf 'BEGIN''{number}\\n'\n")
    shell.wait(f"BEGIN{number}\r\n")
    shell.type(line + "\t")
    # To the beginning of the line: its words are shown, not run.
    shell.type("\x01show \x05\n")
    shell.type(f"printf 'END''{number}\\n'\n")
    shown = shell.wait(f"END{number}\r\n")
    return shown


def check_typed(name, shell, cases):
    for number, (line, offered, more) in enumerate(cases):
        if more or len(offered) > 1:
            continue
        shown = line_after_tab(shell, number, line)
        words = line.split(" ")
        words[-1] = offered[0] if offered else words[-1]
        # zsh takes back the "=" behind an option when something else is typed then.
        wanted = "".join(f"<{word}>" for word in words if word)
        if wanted not in shown and wanted.replace("=>", ">") not in shown:
            problems.append(f"{name}: {line!r}: not {wanted!r} in {shown!r}")


def split_as_bash(line):
    """As readline cuts a line without quotes: at blanks, and around = and :."""
    words = []
    for word in line.split(" "):
        part = ""
        for letter in word:
            if letter in "=:":
                if part and part[-1] not in "=:":
                    words.append(part)
                    part = ""
                part += letter
            else:
                if part and part[-1] in "=:":
                    words.append(part)
                    part = ""
                part += letter
        words.append(part)
    return words


def check_bash(cases):
    """All that bash offers, by the function that it calls."""
    script = [f". {DIRECTORY}/hedate.bash"]
    for line, _, _ in cases:
        words = " ".join("'" + word + "'" for word in split_as_bash(line))
        script += [f"COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _hedate",
                   "printf '%s ' \"${COMPREPLY[@]}\"; echo"]
    run = subprocess.run(["bash", "-c", "\n".join(script)], env=environment, cwd=DIRECTORY,
                         capture_output=True, text=True, check=False)
    if run.stderr:
        problems.append(f"bash: {run.stderr}")
    for (line, offered, more), have in zip(cases, run.stdout.splitlines()):
        # Only what stands behind the last cut is offered.
        last = line.split(" ")[-1]
        stem = last[:max(last.rfind("="), last.rfind(":")) + 1]
        compare("bash", line, offered, more, [stem + word for word in have.split()])


def check_fish(cases):
    script = [f"source {DIRECTORY}/hedate.fish"]
    for line, _, _ in cases:
        script += [f"complete -C '{line}' | string split -f 1 \\t | string join ' '", "echo END"]
    run = subprocess.run(["fish", "--no-config", "-c", "\n".join(script)], env=environment,
                         cwd=DIRECTORY, capture_output=True, text=True, check=False)
    if run.stderr:
        problems.append(f"fish: {run.stderr}")
    for (line, offered, more), have in zip(cases, run.stdout.split("END\n")):
        compare("fish", line, offered, more, have.split())


def compare(shell, line, offered, more, have):
    # Fish writes options without the "=" that bash puts behind them.
    have = {word.rstrip("=") for word in have}
    missing = {word.rstrip("=") for word in offered} - have
    if missing or (not more and len(offered) != len(have)):
        problems.append(f"{shell}: {line!r}: offers {sorted(have)[:40]}, not {offered}"
                        f"{' and more' if more else ''}")


def read_cases():
    with open(CASES, encoding="utf-8") as file:
        for line in file:
            if "=>" not in line or line.startswith("#"):
                continue
            before, _, after = line.rstrip("\n").partition(" =>")
            words = after.split()
            yield (before.removesuffix("_"), [word for word in words if word != "..."],
                   "..." in words)


def main():
    cases = list(read_cases())
    check_bash(cases)
    check_fish(cases)
    for name, start in (("bash", start_bash), ("zsh", start_zsh)):
        shell = start()
        check_typed(name, shell, cases)
        shell.end()
    for problem in problems:
        print(problem)
    print(len(cases), "command lines")
    return 1 if problems or not cases else 0


sys.exit(main())
