# SPDX-License-Identifier: GPL-2.0-or-later
"""The forbidden frames that are sent into each zone: one list a zone, each with a name.

Every one carries MARK, its zone and its name, so that whoever sees it knows what came through.
"""
import random
import struct

from frames import (ACK, ALL, GRE, ICMP, ICMP6, IP4, PSH, RST, SCTP, SYN, TCP, UDP, VLAN, address,
                    frame, icmp, icmp6, ip, mac, tcp, udp)

MARK = b"FORBIDDEN "
ZONES = (1, 2, 3)
EXTENSION, FRAGMENT = 0, 44


def host(zone, family, number=10):
    return address(f"10.{zone}.0.{number}" if family == 4 else f"fd00:{zone}::{number}")


def host_mac(zone):
    return mac(f"52:54:00:0{zone}:00:10")


def gateway_mac(zone):
    return mac(f"52:54:00:0{zone}:00:01")


def mark(zone, name):
    return MARK + f"{zone} {name};".encode()


def echo(source, destination, payload):
    rest = struct.pack("!HH", 7, 7)
    if len(source) == 4:
        return ICMP, icmp(8, 0, rest, payload)
    return ICMP6, icmp6(source, destination, 128, 0, rest, payload)


def plain(source, destination, say):
    """What any host may try, by name: (protocol, what follows the header)."""
    yield "syn", TCP, tcp(source, destination, 40000, 22, SYN, 1, 0, say("syn"))
    yield "tcp-any", TCP, tcp(source, destination, random.randrange(1024, 65536),
                              random.randrange(1024, 8000), SYN, 1, 0, say("tcp-any"))
    yield "ack", TCP, tcp(source, destination, 443, 40001, ACK | PSH, 9, 9, say("ack"))
    yield "udp", UDP, udp(source, destination, 40000, 514, say("udp"))
    yield ("echo", *echo(source, destination, say("echo")))
    yield "gre", GRE, struct.pack("!HH", 0, IP4) + say("gre")
    yield "sctp", SCTP, struct.pack("!HHII", 7, 7, 0, 0) + say("sctp")
    yield "unknown", 253, say("unknown")


def odd(source, destination, say):
    """Whole packets with options, extension headers and in pieces, by name."""
    if len(source) == 4:
        yield "fragment", ip(source, destination, UDP, struct.pack("!HHHH", 1, 53, 99, 0) +
                             say("fragment"), fragment=0x2000)
        yield "later-fragment", ip(source, destination, UDP, say("later-fragment"), fragment=8)
        yield "source-route", ip(source, destination, UDP, udp(source, destination, 1, 2,
                                                               say("source-route")),
                                 options=b"\x83\x07\x04" + destination + b"\0")
        return
    inner = udp(source, destination, 40000, 53, say("hop-by-hop"))
    yield "hop-by-hop", ip(source, destination, EXTENSION,
                           struct.pack("!BBBBI", UDP, 0, 1, 4, 0) + inner)
    inner = udp(source, destination, 40000, 53, say("fragment"))
    yield "fragment", ip(source, destination, FRAGMENT,
                         struct.pack("!BBHI", UDP, 0, 1, 7) + inner)


def forged(zone, family, streams, say):
    """Packets into tuples of permitted connections, from where none of the two ends is."""
    for client, server, sport, dport in streams(family):
        if client[0] == zone or server[0] == zone:
            continue
        ends = host(client[0], family), host(server[0], family)
        for name, a, b, x, y in (("into-forward", *ends, sport, dport),
                                 ("into-reply", *ends[::-1], dport, sport)):
            yield name, ip(a, b, TCP, tcp(a, b, x, y, ACK | PSH, 1001, 5001, say(name)))
            yield name + "-rst", ip(a, b, TCP, tcp(a, b, x, y, RST, 1001, 0,
                                                   say(name + "-rst")))
        lost = ip(*ends, TCP, tcp(*ends, sport, dport, ACK, 1001, 5001, say("icmp-error")))
        if family == 4:
            data = ICMP, icmp(3, 1, b"\0" * 4, lost)
        else:
            me = host(zone, family, 66), ends[0]
            data = ICMP6, icmp6(*me, 1, 3, b"\0" * 4, lost)
        yield "icmp-error", ip(host(zone, family, 66), ends[0], *data)


def strangers(zone, other, family):
    """Sources that are not of the zone."""
    third = 6 - zone - other
    yield "as-third", host(third, family)
    yield "as-other", host(other, family, 77)
    yield "as-gateway", host(zone, family, 1)
    yield "as-other-gateway", host(other, family, 1)
    yield "as-loopback", address("127.0.0.1" if family == 4 else "::1")
    yield "as-world", address(f"198.51.100.{random.randrange(1, 255)}" if family == 4 else
                              f"2001:db8::{random.randrange(1, 65536):x}")


def of_family(zone, other, family, say):
    target = host(other, family)
    # A host that no path names; the host of the paths; and that host's address from another device.
    for who in (66, 10):
        source = host(zone, family, who)
        for name, protocol, data in plain(source, target, lambda n, w=who: say(f"{n}-{w}")):
            yield f"{name}-{who}", ip(source, target, protocol, data)
        for name, packet in odd(source, target, lambda n, w=who: say(f"{n}-{w}")):
            yield f"{name}-{who}", packet
    for name, source in strangers(zone, other, family):
        yield name, ip(source, target, UDP, udp(source, target, 40000, 53, say(name)))
        syn = tcp(source, target, 40000, 443, SYN, 1, 0, say(name + "-syn"))
        yield name + "-syn", ip(source, target, TCP, syn)


def frames_of(zone, streams):
    """(name, frame) for all of a zone; streams(family) gives the tuples of open connections."""
    gateway, own, foreign = gateway_mac(zone), host_mac(zone), mac("52:54:00:0f:00:66")
    for other in ZONES:
        for family in (4, 6) if other != zone else ():
            def say(name, o=other, f=family):
                return mark(zone, f"to-{o} v{f} {name}")
            for name, packet in of_family(zone, other, family, say):
                yield f"v{family} {name}", frame(gateway, own if "-66" not in name else foreign,
                                                 packet)
    for family in (4, 6):
        def say_forged(name, f=family):
            return mark(zone, f"v{f} {name}")
        for name, packet in forged(zone, family, streams, say_forged):
            yield f"v{family} {name}", frame(gateway, foreign, packet)
    yield from of_link(zone, gateway, own, foreign)


def of_link(zone, gateway, own, foreign):
    """What is wrong with the frame, not with the packet."""
    other = zone % 3 + 1
    ends = host(zone, 4), host(other, 4)
    for name, to, by, tag in (("broadcast", ALL, own, b""),
                              ("to-far-mac", host_mac(other), own, b""),
                              ("vlan", gateway, own, struct.pack("!HH", VLAN, 100))):
        whole = frame(to, by, ip(*ends, UDP, udp(*ends, 40000, 9, mark(zone, name))))
        yield name, whole[:12] + tag + whole[12:]
    yield "ethertype", gateway + own + struct.pack("!H", 0x88B5) + mark(zone, "ethertype")
    if zone == 1:
        # The bound host's address and its own path, but another device.
        syn = tcp(*ends, 40002, 443, SYN, 1, 0, mark(zone, "wrong-mac"))
        yield "wrong-mac", frame(gateway, foreign, ip(*ends, TCP, syn))
