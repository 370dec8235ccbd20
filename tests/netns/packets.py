#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets whose contents are chosen, and what is in a pcap file.

    packets.py send ADDRESS PORT TEXT ...   UDP, one datagram a text, a port each from PORT on
    packets.py read FILE                    "SOURCE > DESTINATION:PORT captured/whole contents", a
                                            line each, contents as a Python literal
"""
import ipaddress
import socket
import struct
import sys


def send(address, port, texts):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as out:
        for number, text in enumerate(texts):
            out.sendto(text.encode("utf-8", "surrogateescape"), (address, int(port) + number))


def udp(packet):
    """Source, destination, port and contents of an IP packet of UDP without options."""
    if packet[0] >> 4 == 4:
        head, ends = (packet[0] & 15) * 4, (packet[12:16], packet[16:20])
        protocol = packet[9]
    else:
        head, ends = 40, (packet[8:24], packet[24:40])
        protocol = packet[6]
    if protocol != 17:
        return None
    source, destination = (ipaddress.ip_address(end) for end in ends)
    port = struct.unpack_from("!H", packet, head + 2)[0]
    return source, destination, port, packet[head + 8:]


def read(name):
    with open(name, "rb") as file:
        data = file.read()
    magic, major, minor, _, _, longest, link = struct.unpack_from("=IHHIIII", data)
    assert (magic, major, minor, link) == (0xa1b23c4d, 2, 4, 101), "not the head of a pcap file"
    at, before = 24, 0
    while at < len(data):
        seconds, nanoseconds, captured, whole = struct.unpack_from("=IIII", data, at)
        packet = data[at + 16:at + 16 + captured]
        assert len(packet) == captured <= min(whole, longest), "cut off"
        assert nanoseconds < 10**9 and seconds > 10**9, "no time"
        assert whole == (struct.unpack_from("!H", packet, 2)[0] if packet[0] >> 4 == 4
                         else 40 + struct.unpack_from("!H", packet, 4)[0]), "another length"
        at, before = at + 16 + captured, seconds
        known = udp(packet)
        if known:
            source, destination, port, contents = known
            print(f"{source} > {destination}:{port} {captured}/{whole} {contents!r}")


if sys.argv[1] == "send":
    send(sys.argv[2], sys.argv[3], sys.argv[4:])
else:
    read(sys.argv[2])
