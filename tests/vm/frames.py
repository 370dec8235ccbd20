# SPDX-License-Identifier: GPL-2.0-or-later
"""Ethernet frames, written and read: what the wire of tests/vm/boot is made of."""
import socket
import struct
from collections import namedtuple

ARP, IP4, IP6, VLAN = 0x0806, 0x0800, 0x86DD, 0x8100
ICMP, TCP, UDP, GRE, ICMP6, SCTP = 1, 6, 17, 47, 58, 132
SYN, RST, PSH, ACK = 2, 4, 8, 16
ALL = b"\xff" * 6

# What a frame says. Ports, flags, seq and ack are 0 where there is none; "inner" is what follows
# the last header that was understood.
Packet = namedtuple("Packet", "source destination protocol sport dport flags seq ack inner")


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def written(packed):
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def sealed(source, destination, protocol, data, at):
    """A segment with its checksum, which lies at a place of its header, over the addresses too."""
    pseudo = source + destination + struct.pack("!IxxxB", len(data), protocol)
    if len(source) == 4:
        pseudo = source + destination + struct.pack("!BBH", 0, protocol, len(data))
    value = checksum(pseudo + data) or 0xFFFF
    return data[:at] + struct.pack("!H", value) + data[at + 2:]


def udp(source, destination, sport, dport, payload):
    return sealed(source, destination, UDP,
                  struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload, 6)


def tcp(source, destination, sport, dport, flags, seq, ack, payload=b""):
    return sealed(source, destination, TCP,
                  struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                              5 << 4, flags, 65535, 0, 0) + payload, 16)


def icmp(kind, code, rest, payload):
    data = struct.pack("!BBH", kind, code, 0) + rest + payload
    return data[:2] + struct.pack("!H", checksum(data)) + data[4:]


def icmp6(source, destination, kind, code, rest, payload):
    return sealed(source, destination, ICMP6,
                  struct.pack("!BBH", kind, code, 0) + rest + payload, 2)


def ip(source, destination, protocol, data, ttl=64, options=b"", fragment=0):
    """An IPv4 or an IPv6 packet, as the addresses are; "fragment" is IPv4's flags and offset."""
    if len(source) == 16:
        return (struct.pack("!IHBB", 6 << 28, len(data), protocol, ttl) + source + destination +
                data)
    length = 20 + len(options)
    head = struct.pack("!BBHHHBBH", 4 << 4 | length // 4, 0, length + len(data), 7, fragment, ttl,
                       protocol, 0) + source + destination + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + data


def frame(to, by, packet):
    return to + by + struct.pack("!H", IP4 if packet[0] >> 4 == 4 else IP6) + packet


def arp_reply(by, question):
    """The answer to an ARP request, None to anything else."""
    if struct.unpack_from("!H", question, 20)[0] != 1:
        return None
    asker, asked = question[22:32], question[38:42]
    return (question[22:28] + by + struct.pack("!HHHBBH", ARP, 1, IP4, 6, 4, 2) + by + asked +
            asker)


def neighbour_reply(by, question, packet):
    """The answer to a neighbour solicitation of an address."""
    asked = packet.inner[4:20]
    data = icmp6(asked, packet.source, 136, 0, struct.pack("!I", 0x60000000),
                 asked + b"\2\1" + by)
    return frame(question[6:12], by, ip(asked, packet.source, ICMP6, data, ttl=255))


def read(data):
    """The packet of a frame, None when it is not one of IP."""
    kind = struct.unpack_from("!H", data, 12)[0]
    if kind == IP4 and len(data) >= 34:
        source, destination, protocol = data[26:30], data[30:34], data[23]
        at = 14 + (data[14] & 15) * 4
    elif kind == IP6 and len(data) >= 54:
        source, destination, protocol = data[22:38], data[38:54], data[20]
        at = 54
    else:
        return None
    sport = dport = flags = seq = ack = 0
    if protocol in (TCP, UDP) and len(data) >= at + 8:
        sport, dport = struct.unpack_from("!HH", data, at)
        if protocol == UDP:
            at += 8
        elif len(data) >= at + 20:
            seq, ack, offset, flags = struct.unpack_from("!IIBB", data, at + 4)
            at += (offset >> 4) * 4
    elif protocol in (ICMP, ICMP6) and len(data) >= at + 4:
        sport, dport = data[at], data[at + 1]
        at += 4
    return Packet(source, destination, protocol, sport, dport, flags, seq, ack, data[at:])
