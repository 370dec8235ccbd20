#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What systemd does with the descriptors of a service, for one program after another.

    manager.py MAXIMUM

It keeps as many as FileDescriptorStoreMax= says, and each start gets what is kept. Commands come in
a line each, and so do the answers:

    start PROGRAM ARGUMENT...   what was told until READY=1, and whether there was room for it
    kill                        the program is killed, and what it said last is read
    port NAME                   the netlink port of what is kept under that name
    put NAME                    a socket of another kind is kept under that name, in place of all
"""
import array
import os
import select
import socket
import sys

FIRST = 3


class Manager:
    def __init__(self, maximum):
        self.maximum, self.kept, self.program = maximum, [], None
        self.ears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ears.bind("")  # an abstract name of the kernel's choice

    def start(self, *command):
        name = "@" + self.ears.getsockname()[1:].decode()
        self.program = os.fork()
        if self.program == 0:
            try:
                self.execute(command, name)
            finally:
                os._exit(127)
        told = []
        while "READY=1" not in told:
            told.append(self.hear())
        return " ".join(told)

    def execute(self, command, name):
        """The descriptors are put where they belong by way of numbers that nobody has."""
        high = [os.dup2(fd, 100 + i) for i, (_, fd) in enumerate(self.kept)]
        for i, fd in enumerate(high):
            os.dup2(fd, FIRST + i)
            os.close(fd)
        os.environ.update(NOTIFY_SOCKET=name)
        if self.kept:
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(self.kept)),
                              LISTEN_FDNAMES=":".join(name for name, _ in self.kept))
        os.execv(command[0], command)

    def hear(self):
        ended = os.pidfd_open(self.program)
        heard, _, _ = select.select([self.ears, ended], [], [])
        os.close(ended)
        if self.ears not in heard:
            sys.exit("it ends before READY=1")
        text, parts, _, _ = self.ears.recvmsg(4096, 1024, socket.MSG_CMSG_CLOEXEC)
        fds = array.array("i")
        for _, _, data in parts:
            fds.frombytes(data)
        lines = text.decode().split("\n")
        name = next((line[7:] for line in lines if line.startswith("FDNAME=")), "stored")
        if "FDSTORE=1" in lines:
            return self.store(name, fds)
        if "FDSTOREREMOVE=1" in lines:
            self.remove(name)
            return f"removed:{name}"
        return lines[0]

    def store(self, name, fds):
        """As systemd 252: full is full, also for what is there already."""
        for fd in fds:
            if len(self.kept) >= self.maximum:
                os.close(fd)
                return f"full:{name}"
            self.kept.append((name, fd))
        return f"stored:{name}"

    def remove(self, name):
        for kept in [kept for kept in self.kept if kept[0] == name]:
            self.kept.remove(kept)
            os.close(kept[1])

    def kill(self):
        os.kill(self.program, 9)
        os.waitpid(self.program, 0)
        return "killed"

    def port(self, name):
        fd = next(fd for kept, fd in self.kept if kept == name)
        with socket.socket(fileno=os.dup(fd)) as kept:
            return str(kept.getsockname()[0])

    def put(self, name):
        for other, _ in list(self.kept):
            self.remove(other)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            self.kept.append((name, os.dup(other.fileno())))
        return "put"


manager = Manager(int(sys.argv[1]))
for line in sys.stdin:
    what, *words = line.split()
    print(getattr(manager, what)(*words), flush=True)
