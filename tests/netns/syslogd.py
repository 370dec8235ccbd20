# SPDX-License-Identifier: GPL-2.0-or-later
"""A receiver of syslog that shares nothing with rsyslog: what it gets must be RFC 5424.

    syslogd.py udp|tcp|unix ADDRESS LINES     until it has the records of file LINES, byte for byte
"""
import re
import signal
import socket
import sys

SECONDS = 150  # rsyslog waits for half a minute when it was refused once, and sends it again
# RFC 5424, 6: header, no structured data, message.
MESSAGE = re.compile(
    rb"<(?P<pri>[1-9]?\d|1[0-8]\d|19[01])>1 "
    rb"(?P<time>\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{1,6}(Z|[+-][0-2]\d:[0-5]\d)) "
    rb"(?P<host>[!-~]{1,255}) hedate (?P<file>hedate-\d{8}(_\d\d)?\.(jsonl|seal)) "
    rb"(?P<kind>record|checkpoint) - (?P<text>[^\n]*)")


def datagrams(where):
    family = socket.AF_UNIX if where[0] == "unix" else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind(where[1] if where[0] == "unix" else (where[1], 514))
        # So that nothing is lost at this end. SO_RCVBUFFORCE
        server.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)
        print("ready", flush=True)
        while True:
            yield server.recv(1 << 17)


def octets(where):
    """RFC 6587, 3.4.1: octet counting."""
    with socket.create_server((where[1], 514)) as server:
        print("ready", flush=True)
        stream = server.accept()[0].makefile("rb")
        while True:
            count = b""
            while not count.endswith(b" "):
                count += stream.read(1)
            yield stream.read(int(count))


def main(way, address, lines):
    with open(lines, "rb") as file:
        wanted = set(file.read().splitlines())
    for message in (octets if way == "tcp" else datagrams)((way, address)):
        match = MESSAGE.fullmatch(message)
        if not match:
            sys.exit(f"not RFC 5424: {message!r}")
        text = match["text"]
        if match["kind"] == b"record":
            if not text.startswith(b'{"@timestamp":"' + match["time"][:-1]):
                sys.exit(f"not the time of the record: {message!r}")
            wanted.discard(text)
        elif text.count(b"#012") != 11 or b"#012\xe2\x80\x94 " not in text:
            sys.exit(f"not a checkpoint: {message!r}")
        if not wanted:
            return


if __name__ == "__main__":
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("not all records came"))
    signal.alarm(SECONDS)
    main(*sys.argv[1:])
