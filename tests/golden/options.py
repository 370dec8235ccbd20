#!/usr/bin/env python3
"""Every option of every command is told of in four places, and no other option is: --help, the
completions of bash, fish and zsh, the manual page hedate(1) and its Japanese twin.

    options.py HEDATE DIRECTORY   (DIRECTORY holds the scripts hedate.bash, hedate.fish, hedate.zsh)
"""
import re
import subprocess
import sys

HEDATE, DIRECTORY = sys.argv[1:]
PAGES = ("man/hedate.1", "man/ja/hedate.1")
problems = []


def help_of(command):
    run = subprocess.run(
        [HEDATE, *command.split(), "--help"], check=True, capture_output=True, text=True)
    return run.stdout


def options_in(text):
    """{("r", "run-directory"), ("6", None)} of the lines below "Options:"."""
    part = text.split("\nOptions:\n", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^  (?:-(\w)|  )[, ] ?(?:--([\w-]+))?", part, re.M)) - {("", "")}


def commands_in(text):
    part = text.partition("\nCommands:\n")[2].split("\n\n", 1)[0]
    return re.findall(r"^  ([a-z]+) ", part, re.M)


def all_commands():
    """Of each command its options, those of every command left out."""
    main = help_of("")
    found = {"": options_in(main)}
    for name in commands_in(main):
        text = help_of(name)
        found[name] = options_in(text) - found[""]
        for word in commands_in(text):
            found[f"{name} {word}"] = options_in(help_of(f"{name} {word}")) - found[""]
    return found


def compare(where, wanted, have):
    for missing in sorted(wanted - have):
        problems.append(f"{where}: not there: {missing}")
    for more in sorted(have - wanted):
        problems.append(f"{where}: there is none such: {more}")


def names(options):
    """As a script offers them: --name, -x where there is no name."""
    return {f"--{name}" if name else f"-{letter}" for letter, name in options}


def check_bash(commands):
    with open(f"{DIRECTORY}/hedate.bash", encoding="utf-8") as file:
        text = file.read()
    found = dict(re.findall(r"^\t'([a-z ]*)'\) options='(.*)' ;;$", text, re.M))
    compare("bash: commands", set(commands), set(found))
    for command, options in commands.items():
        offered = {word.rstrip("=") for word in found.get(command, "").split()}
        compare(f"bash: {command}", names(options | commands[""]), offered)


def check_zsh(commands):
    with open(f"{DIRECTORY}/hedate.zsh", encoding="utf-8") as file:
        text = file.read()
    for command, options in commands.items():
        function = "_hedate" + "".join("_" + word for word in command.split())
        body = re.search(rf"^{function}\(\)\n\{{\n(.*?)^\}}$", text, re.M | re.S)
        lines = re.findall(r"^\t\t'\*'(\{.*?\}|-[\w=+-]+)'\[", body.group(1) if body else "", re.M)
        offered = set()
        for line in lines:
            words = [word.rstrip("+-").rstrip("=") for word in line.strip("{}").split(",")]
            offered.add(words[-1])
        compare(f"zsh: {command}", names(options | commands[""]), offered)


def check_fish(commands):
    with open(f"{DIRECTORY}/hedate.fish", encoding="utf-8") as file:
        text = file.read()
    for command, options in commands.items():
        condition = f"'__hedate_is {command}'" if command else "'__hedate_is \"\"'"
        begin = re.escape(f"complete -c hedate -n {condition}")
        lines = re.findall(rf"^{begin} (-[sl] .*)$", text, re.M)
        offered = set()
        for line in lines:
            name = re.match(r"(?:-s (\w) ?)?(?:-l ([\w-]+))?", line)
            offered.add((name.group(1) or "", name.group(2) or ""))
        compare(f"fish: {command}", options | commands[""], offered)


def flags_in(text):
    """Names after Fl in mdoc: {"r", "run-directory"}; "Fl 6l" are two."""
    found = set()
    for name in re.findall(r"\bFl ((?:-?[\w-]+)(?: [,|] -?[\w-]+)*)", text):
        for word in re.split(r" [,|] ", name):
            found |= {word[1:]} if word.startswith("-") else set(word)
    return found


def synopses(text):
    """What SYNOPSIS says of each command, its forms put together."""
    part = text.split("\n.Sh DESCRIPTION", 1)[0].split("\n.Sh 説明", 1)[0]
    found = {}
    for form in re.split(r"^\.Nm\n", part, flags=re.M)[2:]:
        heading = re.match(r"\.Cm ([a-z]+(?: [a-z]+)*)\n", form)
        if heading:
            found[heading.group(1)] = found.get(heading.group(1), "") + form
        elif form.startswith(".Cm exception"):
            found["exception"] = form
    return found


def check_page(page, commands):
    with open(page, encoding="utf-8") as file:
        text = file.read()
    said = flags_in(text)
    known = {name for options in commands.values() for pair in options for name in pair} - {""}
    for name in sorted(known):
        if name not in said:
            problems.append(f"{page}: option {name} is not told of")
    # Options of other programs stand in examples, which are literal.
    compare(f"{page}: options", set(), said - known)
    forms = synopses(text)
    queries = commands["log"] & commands["log pcap"] & commands["incident"]
    for command, options in commands.items():
        if command == "" or command.startswith("exception "):
            continue
        # "incident draft", "proposal show"
        form = forms.get(command) or next(
            (forms[name] for name in forms if name.startswith(command + " ")), None)
        if form is None:
            problems.append(f"{page}: SYNOPSIS has no {command}")
            continue
        flags = flags_in(form)
        wanted = options - queries if re.search("Ar (filter|条件)", form) else options
        for letter, name in sorted(wanted):
            if letter not in flags and name not in flags:
                problems.append(f"{page}: SYNOPSIS of {command} has no {letter or name}")
        for flag in sorted(flags - {name for pair in options | queries for name in pair}):
            problems.append(f"{page}: SYNOPSIS of {command} has {flag}, which it does not take")


def main():
    commands = all_commands()
    count = sum(len(options) for options in commands.values())
    if len(commands) < 45 or count < 150:
        problems.append(f"only {len(commands)} commands with {count} options were found")
    check_bash(commands)
    check_fish(commands)
    check_zsh(commands)
    for page in PAGES:
        check_page(page, commands)
    for problem in problems:
        print(problem)
    print(len(commands), "commands,", count, "options")
    return 1 if problems else 0


sys.exit(main())
