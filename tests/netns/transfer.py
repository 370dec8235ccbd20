#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A long TCP transfer that is checked to the last byte.

    transfer.py serve ADDRESS PORT              takes one connection, says the digest of what came
    transfer.py send SOURCE ADDRESS PORT FILE   sends until FILE exists, says the digest as well,
                                                and how often nothing came back in time

Pseudo-random bytes, so that no two blocks are alike; what is said is
"<bytes> <sha256> [<retransmission timeouts>]".
"""
import hashlib
import os
import random
import socket
import sys
import time

BLOCK = 1 << 16
PAUSE = 0.005  # so that it is the gateway that could lose something, not a busy machine


def timeouts():
    """TcpExt: TCPTimeouts of this network namespace."""
    with open("/proc/net/netstat", encoding="ascii") as file:
        rows = [line.split() for line in file if line.startswith("TcpExt:")]
    return int(dict(zip(rows[0], rows[1]))["TCPTimeouts"])


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(address, port):
    with socket.socket(family(address), socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, int(port)))
        listener.listen(1)
        print("ready", flush=True)
        connection, _ = listener.accept()
    digest, total = hashlib.sha256(), 0
    while block := connection.recv(BLOCK):
        digest.update(block)
        total += len(block)
    print(total, digest.hexdigest(), flush=True)


def send(source, address, port, until):
    before = timeouts()
    digest, total, numbers = hashlib.sha256(), 0, random.Random(1)
    with socket.create_connection((address, int(port)), 10, (source, 0)) as connection:
        connection.settimeout(30)
        print("open", flush=True)
        while not os.path.exists(until):
            block = numbers.randbytes(BLOCK)
            connection.sendall(block)
            digest.update(block)
            total += len(block)
            time.sleep(PAUSE)
    print(total, digest.hexdigest(), timeouts() - before, flush=True)


if __name__ == "__main__":
    {"serve": serve, "send": send}[sys.argv[1]](*sys.argv[2:])
