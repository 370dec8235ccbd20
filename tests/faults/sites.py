#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The file that failcall.so shares with a test, $FAILCALL.

sites.py clear FILE                 no sites, nothing fails (also makes the file)
sites.py list FILE                  a line for each site: hash, call, how often it was come by
sites.py name FILE HASH [PROGRAM]   that site: the call, and the functions that led to it
"""
import struct
import subprocess
import sys

HEAD, SITE, SITES = struct.Struct("QQQQ"), struct.Struct("QQQ12Q"), 16384
CALLS = ("allocate sendto sendmsg recvfrom recvmsg write writev pwrite fsync fdatasync rename "
         "ftruncate open").split()


def clear(name):
    """Nobody must look at it while it is shorter: it is written over, and not truncated."""
    with open(name, "r+b" if exists(name) else "w+b") as file:
        file.write(bytes(HEAD.size + SITE.size * SITES))


def exists(name):
    try:
        with open(name, "rb"):
            return True
    except FileNotFoundError:
        return False


def sites(name):
    """Those that there are: (hash, call, count, frames)"""
    with open(name, "rb") as file:
        data = file.read()
    if HEAD.unpack_from(data)[3]:
        sys.exit("there are more sites than the file has room for")
    for site in SITE.iter_unpack(data[HEAD.size:]):
        if site[0]:
            yield site[0], CALLS[site[1]], site[2], site[3:]


def functions(frames, program):
    """What the program's own frames are called; "lib" for what lies elsewhere."""
    own = ["%#x" % (frame - 1) for frame in frames if frame and not frame >> 63]
    text = subprocess.run(["addr2line", "-f", "-s", "-e", program] + own, capture_output=True,
                          text=True, check=True).stdout.splitlines() if own and program else []
    named = iter([f"{name} ({place})" for name, place in zip(text[::2], text[1::2])] or own)
    return " < ".join("lib" if frame >> 63 else next(named) for frame in frames if frame)


def main():
    what, name, *rest = sys.argv[1:]
    if what == "clear":
        clear(name)
    elif what == "list":
        for number, call, count, _ in sorted(sites(name), key=lambda site: (site[1], site[0])):
            print(f"{number:016x} {call} {count}")
    else:
        for number, call, count, frames in sites(name):
            if number == int(rest[0], 16):
                print(f"{call}, {count} times: {functions(frames, rest[1] if rest[1:] else None)}")


if __name__ == "__main__":
    main()
