#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A program of XDP on an interface: one that lets everything pass, none, or one that sends all that
comes in out by another interface.

    xdp.py INTERFACE on | off | to OTHER
"""
import ctypes
import socket
import struct
import sys

SYS_BPF, PROG_LOAD, PROG_TYPE_XDP, REDIRECT = 321, 5, 6, 23
RTM_SETLINK, REQUEST_ACK, IFLA_XDP, IFLA_XDP_FD, IFLA_XDP_FLAGS, SKB_MODE = 19, 5, 43, 1, 3, 2
NESTED = 0x8000
# (operation, registers, offset, number)
PASS = ((0xB7, 0, 0, 2), (0x95, 0, 0, 0))  # return XDP_PASS


def redirect(index):
    """return bpf_redirect(index, 0)"""
    return (0xB7, 1, 0, index), (0xB7, 2, 0, 0), (0x85, 0, 0, REDIRECT), (0x95, 0, 0, 0)


def load(program):
    code = b"".join(struct.pack("<BBhi", *instruction) for instruction in program)
    instructions = ctypes.create_string_buffer(code)
    text = ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack("<IIQQ", PROG_TYPE_XDP, len(program),
                             ctypes.addressof(instructions), ctypes.addressof(text))
    attributes = attributes.ljust(128, b"\0")
    descriptor = ctypes.CDLL(None, use_errno=True).syscall(
        SYS_BPF, PROG_LOAD, ctypes.create_string_buffer(attributes), len(attributes))
    if descriptor < 0:
        sys.exit("xdp.py: no program can be loaded")
    return descriptor


def attach(interface, descriptor):
    xdp = struct.pack("=HHi", 8, IFLA_XDP_FD, descriptor) + struct.pack(
        "=HHI", 8, IFLA_XDP_FLAGS, SKB_MODE)
    body = struct.pack("=BxHiII", 0, 0, socket.if_nametoindex(interface), 0, 0)
    body += struct.pack("=HH", 4 + len(xdp), IFLA_XDP | NESTED) + xdp
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as route:
        route.send(struct.pack("=IHHII", 16 + len(body), RTM_SETLINK, REQUEST_ACK, 1, 0) + body)
        error = struct.unpack_from("=i", route.recv(4096), 16)[0]
    if error:
        sys.exit(f"xdp.py: {interface}: error {-error}")


if sys.argv[2] == "to":
    attach(sys.argv[1], load(redirect(socket.if_nametoindex(sys.argv[3]))))
else:
    attach(sys.argv[1], load(PASS) if sys.argv[2] == "on" else -1)
