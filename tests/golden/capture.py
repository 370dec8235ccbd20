#!/usr/bin/env python3
"""Captures of the demo city's traffic, the same each time: capture.py DIRECTORY writes city.pcap
(Ethernet, with a VLAN tag, ARP, a packet twice), city.pcapng (the same packets), cut.pcap (ends
within a packet), odd.pcap (a link type that nobody knows), empty.pcap."""
import socket
import struct
import sys

FIRST = 1795219200  # 2026-11-21 09:00 in Tokyo
SYN, ACK, SYNACK = 2, 16, 18


def ipv4(source, destination, protocol, body, ttl=64, ident=1):
    return struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ident, 0, ttl, protocol, 0,
        socket.inet_aton(source), socket.inet_aton(destination)) + body


def ipv6(source, destination, protocol, body):
    addresses = [socket.inet_pton(socket.AF_INET6, text) for text in (source, destination)]
    return struct.pack("!IHBB16s16s", 6 << 28, len(body), protocol, 64, *addresses) + body


def tcp(sport, dport, flags, seq=1):
    return struct.pack("!HHIIBBHHH", sport, dport, seq, 0, 0x50, flags, 1000, 0, 0)


def udp(sport, dport):
    return struct.pack("!HHHH", sport, dport, 8, 0)


def frame(packet, mac="00005e005301", tag=None, kind=None):
    kind = kind or (0x0800 if packet[0] >> 4 == 4 else 0x86DD)
    tags = struct.pack("!HH", 0x8100, tag) if tag else b""
    return bytes.fromhex("02000000aa00" + mac) + tags + struct.pack("!H", kind) + packet


def connection(
    source, sport, destination, dport, mac="00005e005301", answered=True, other="00005e005302"
):
    yield frame(ipv4(source, destination, 6, tcp(sport, dport, SYN)), mac)
    if answered:
        yield frame(ipv4(destination, source, 6, tcp(dport, sport, SYNACK)), other)
        yield frame(ipv4(source, destination, 6, tcp(sport, dport, ACK, 2)), mac)


def city():
    yield from connection(
        "10.10.0.60", 40001, "10.20.240.2", 443, "00005e005360", other="00005e0053c3")
    yield from connection("10.10.0.60", 40002, "10.20.240.2", 443, "00005e005399", answered=False)
    for port in range(40003, 40008):
        yield from connection("10.30.17.5", port, "10.20.0.40", 445, answered=False)
    yield frame(ipv4("10.20.0.53", "172.28.2.53", 17, udp(40010, 53)), tag=220)
    yield frame(ipv4("172.28.2.53", "10.20.0.53", 17, udp(53, 40010)))
    yield from connection("10.20.17.9", 40011, "10.30.0.10", 443)
    yield from connection("10.20.17.9", 40012, "10.30.0.10", 8443)
    yield frame(ipv4("10.30.17.5", "10.10.0.10", 6, tcp(40013, 443, ACK)))
    yield frame(ipv6("fd00:aa:310::5", "fd00:aa:220::40", 6, tcp(40014, 443, SYN)))
    yield frame(ipv4("10.20.17.9", "10.20.16.1", 6, tcp(40015, 22, SYN)))
    yield frame(ipv4("10.20.17.9", "10.20.17.10", 6, tcp(40016, 22, SYN)))
    yield frame(ipv4("10.20.17.9", "239.1.1.1", 17, udp(40017, 9)))
    yield frame(b"\x00" * 28, kind=0x0806)
    leaving = ipv4("10.30.0.80", "198.51.100.10", 6, tcp(40018, 8080, SYN), ident=77)
    yield frame(leaving)
    yield frame(leaving[:8] + b"\x3f" + leaving[9:], "00005e0053ff")


def pcap(path, packets, link=1, cut=0):
    with open(path, "wb") as file:
        data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
        for index, packet in enumerate(packets):
            time = FIRST + index // 100, index % 100 * 1000
            data += struct.pack("<IIII", *time, len(packet), len(packet)) + packet
        file.write(data[: len(data) - cut])


def block(kind, body):
    body += b"\x00" * (-len(body) % 4)
    length = 12 + len(body)
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def pcapng(path, packets):
    with open(path, "wb") as file:
        file.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        file.write(block(1, struct.pack("<HHI", 1, 0, 65535)))
        for index, packet in enumerate(packets):
            time = (FIRST + index // 100) * 1000000 + index % 100 * 1000
            head = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(packet), len(packet))
            file.write(block(6, head + packet))


directory = sys.argv[1]
pcap(directory + "/city.pcap", city())
pcapng(directory + "/city.pcapng", city())
pcap(directory + "/cut.pcap", city(), cut=10)
pcap(directory + "/odd.pcap", city(), link=147)
pcap(directory + "/empty.pcap", [])
