# SPDX-License-Identifier: GPL-2.0-or-later
"""The hosts at both ends of the permitted paths: connections of TCP and questions of UDP.

Each side sees only what came out of the machine in its zone.
"""
import time
from collections import namedtuple

from flood import gateway_mac, host, host_mac
from frames import ACK, PSH, RST, SYN, TCP, UDP, frame, ip, tcp, udp

Path = namedtuple("Path", "name client server protocol port")
PATHS = (Path("P1", 1, 2, TCP, 443), Path("P2", 2, 3, TCP, 8080), Path("P3", 2, 3, UDP, 53))

EVERY = 0.25     # seconds between a flow's packets
GIVE_UP = 40     # of them without an answer: a new connection
TEXT = b"permitted"


class Flow:
    """What both kinds have: addresses, ports, sending."""

    def __init__(self, path, family, send):
        self.path, self.family, self.send = path, family, send
        self.name = f"{path.name}/{family}"
        self.client, self.server = host(path.client, family), host(path.server, family)
        self.port = 20000 + 1000 * family
        self.next = 0.0

    def forth(self, data):
        return self.out(self.path.client, self.client, self.server, data)

    def back(self, data):
        return self.out(self.path.server, self.server, self.client, data)

    def out(self, zone, source, destination, data):
        return self.send(zone, frame(gateway_mac(zone), host_mac(zone),
                                     ip(source, destination, self.path.protocol, data)))

    def take(self, zone, packet):
        """Whether a packet that came out of a zone belongs here; if so, it is answered."""
        if packet.protocol != self.path.protocol:
            return False
        if (zone == self.path.server and packet.dport == self.path.port and
                (packet.source, packet.destination) == (self.client, self.server)):
            self.at_server(packet)
            return True
        if (zone == self.path.client and packet.sport == self.path.port and
                (packet.source, packet.destination) == (self.server, self.client)):
            self.at_client(packet)
            return True
        return False

    def tick(self, now):
        if now >= self.next:
            self.next = now + EVERY
            self.again()

    def new_port(self):
        self.port = 20000 + 1000 * self.family + (self.port + 1) % 1000


class Datagrams(Flow):
    """A question at a time; after eight of them, from another port."""

    def __init__(self, *args):
        super().__init__(*args)
        self.asked = self.answered = 0

    def again(self):
        self.asked += 1
        if self.asked % 8 == 0:
            self.new_port()
        self.forth(udp(self.client, self.server, self.port, self.path.port, TEXT))

    def at_server(self, packet):
        self.back(udp(self.server, self.client, self.path.port, packet.sport, packet.inner))

    def at_client(self, _):
        self.answered += 1

    def state(self):
        return {"passed": self.answered}


class Stream(Flow):
    """One connection, a few bytes at a time, each acknowledged before the next are sent."""

    def __init__(self, *args):
        super().__init__(*args)
        self.connections = self.passed = self.silent = 0
        self.since = None  # when the connection was established, None when it is not
        self.sequence, self.acknowledged = 1000, 0
        self.accepted = {}  # the server's: port → next byte that it expects

    def segment(self, flags, data=b""):
        self.forth(tcp(self.client, self.server, self.port, self.path.port, flags, self.sequence,
                       self.acknowledged, data))

    def again(self):
        self.silent += 1
        if self.silent > (GIVE_UP if self.since else 4):
            if self.since:
                self.segment(RST)
            self.since, self.silent = None, 0
            self.new_port()
        if self.since:
            self.segment(ACK | PSH, TEXT)
        else:
            self.sequence, self.acknowledged = 1000, 0
            self.segment(SYN)

    def at_server(self, packet):
        if packet.flags & SYN:
            self.accepted = {packet.sport: packet.seq + 1}
            self.answer(packet.sport, SYN | ACK, 5000)
        elif packet.sport in self.accepted and not packet.flags & RST:
            if packet.seq == self.accepted[packet.sport]:
                self.accepted[packet.sport] += len(packet.inner)
            if packet.inner:
                self.answer(packet.sport, ACK, 5001)

    def answer(self, port, flags, sequence):
        self.back(tcp(self.server, self.client, self.path.port, port, flags, sequence,
                      self.accepted[port]))

    def at_client(self, packet):
        if packet.dport != self.port or packet.flags & RST:
            return
        if packet.flags & SYN and not self.since:
            self.since, self.silent = time.monotonic(), 0
            self.connections += 1
            self.sequence, self.acknowledged = packet.ack, packet.seq + 1
            self.segment(ACK)
        elif self.since and packet.ack > self.sequence:
            self.sequence, self.silent = packet.ack, 0
            self.passed += 1

    def state(self):
        return {"passed": self.passed, "connections": self.connections}
