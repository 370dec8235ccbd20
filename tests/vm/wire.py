#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The three zones around the machine of tests/vm/boot, as datagram sockets of frames.

    wire.py DIRECTORY RATE    DIRECTORY/wire1..3 are ours, DIRECTORY/vm1..3 QEMU's

Sends RATE forbidden frames a second into each zone, whether the machine is there or not; plays the
hosts of the permitted paths; judges every frame that comes out: what is not the gateway's own and
not on a permitted path has no business there. Commands, a line each, on standard input:

    step NAME         what is going on now, for the report
    open|close PATH   the path is in the policy, or is not
    judge on|off      off: what comes through is only listed by name, as what the flood can do
    state             the counts, as a line of JSON on standard output
"""
import json
import os
import select
import socket
import sys
import time
from collections import Counter

import frames
from flood import MARK, ZONES, frames_of, gateway_mac, host, host_mac
from streams import PATHS, Datagrams, Stream

OWN_ICMP = {frames.ICMP: (3, 11, 12), frames.ICMP6: (1, 2, 3, 4)}  # errors quote what was sent
EXTENSION_HEADER, IGMP = 0, 2  # multicast reports
QUOTED = "quoted in an error: "
LOOPBACK, LINK_LOCAL = frames.address("::1"), b"\xfe\x80"
OWN_ADDRESSES = {host(zone, family, 1) for zone in ZONES for family in (4, 6)}


class Wire:
    def __init__(self, directory, rate):
        self.rate = rate
        self.peers = {zone: f"{directory}/vm{zone}" for zone in ZONES}
        self.sockets = {zone: self.bind(f"{directory}/wire{zone}") for zone in ZONES}
        self.sent, self.own, self.seen = Counter(), 0, Counter()
        self.forbidden, self.quoted, self.first = 0, 0, []
        self.step, self.judging = "before boot", True
        self.closed = set()
        kinds = {frames.UDP: Datagrams, frames.TCP: Stream}
        self.flows = [kinds[path.protocol](path, family, self.send)
                      for path in PATHS for family in (4, 6)]
        self.queues = {zone: iter(()) for zone in ZONES}
        self.due = time.monotonic()

    @staticmethod
    def bind(name):
        if os.path.exists(name):
            os.unlink(name)
        made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        made.bind(name)
        return made

    def send(self, zone, data):
        """True when the machine took it: it may be off, or full."""
        try:
            self.sockets[zone].sendto(data, self.peers[zone])
            return True
        except OSError:
            return False

    def flood(self):
        """As many as are due since the last time, in turn."""
        now = time.monotonic()
        number = int((now - self.due) * self.rate)
        if number <= 0:
            return
        self.due = max(self.due + number / self.rate, now - 1)
        for zone in ZONES:
            for _ in range(min(number, 200)):
                name, data = self.next_frame(zone)
                self.sent[name] += self.send(zone, data)

    def next_frame(self, zone):
        found = next(self.queues[zone], None)
        if found is None:
            self.queues[zone] = iter(list(frames_of(zone, self.tuples)))
            found = next(self.queues[zone])
        return found

    def tuples(self, family):
        """The tuples of open connections: (zone,) of client and server, ports."""
        for flow in self.flows:
            if flow.family == family and flow.path.protocol == frames.TCP:
                yield (flow.path.client,), (flow.path.server,), flow.port, flow.path.port

    def take(self, zone):
        while True:
            try:
                data = self.sockets[zone].recv(65536)
            except BlockingIOError:
                return
            why = self.judge(zone, data)
            if why is None:
                continue
            if not self.judging:
                self.seen[why] += 1
                continue
            self.forbidden += 1
            self.quoted += why.startswith(QUOTED)
            if len(self.first) < 5:
                self.first.append(f"{self.step}: out of zone {zone}: {why}")

    def judge(self, zone, data):
        """None when a frame may come out of a zone's interface; else what it is."""
        marked = data.find(MARK)
        name = data[marked + len(MARK):].split(b";")[0].decode("ascii", "replace")
        if data[6:12] != gateway_mac(zone):
            return f"by another device, {data[6:12].hex(':')}: {name or data[12:60].hex()}"
        packet = frames.read(data)
        if packet is None:
            if data[12:14] == b"\x08\x06" and data[28:32] == host(zone, 4, 1):
                self.own += 1
                answer = frames.arp_reply(host_mac(zone), data)
                if answer:
                    self.send(zone, answer)
                return None
            return f"no IP: {data[12:40].hex()}"
        if self.is_own(packet, name if marked >= 0 else None, zone):
            self.own += 1
            if packet.protocol == frames.ICMP6 and packet.sport == 135:
                self.send(zone, frames.neighbour_reply(host_mac(zone), data, packet))
            return None
        if marked >= 0 and self.is_error(packet):
            return QUOTED + name
        ends = (f"{frames.written(packet.source)} {packet.sport} > "
                f"{frames.written(packet.destination)} {packet.dport} ({packet.protocol})")
        if marked >= 0:
            return f"{name}: {ends}" if self.judging else name
        return None if self.deliver(zone, packet) else ends

    @staticmethod
    def is_error(packet):
        """An error of the gateway's own, from ::1 while it has no address yet."""
        source = packet.source
        return (packet.sport in OWN_ICMP.get(packet.protocol, ()) and
                (source in OWN_ADDRESSES or source == LOOPBACK or source[:2] == LINK_LOCAL))

    def is_own(self, packet, name, zone):
        """Whether the gateway itself sent this. What an error quotes goes back to where it came
        from, and nowhere else: a forged source would carry it into another zone."""
        source = packet.source
        if self.is_error(packet):
            return name is None or name.startswith(f"{zone} ")
        if name is not None:
            return False
        if len(source) == 16 and (source[0] == 0xFE or source == bytes(16)):
            return packet.protocol in (EXTENSION_HEADER, frames.ICMP6)
        if len(source) == 4 and packet.protocol == IGMP:
            return True
        return source in OWN_ADDRESSES

    def deliver(self, zone, packet):
        for flow in self.flows:
            if flow.take(zone, packet):
                return flow.path.name not in self.closed
        return False

    def command(self, line):
        words = line.split(None, 1)
        if words[0] == "step":
            self.step, self.first = words[1], []
        elif words[0] == "close":
            self.closed.add(words[1])
        elif words[0] == "open":
            self.closed.discard(words[1])
        elif words[0] == "judge":
            self.judging = words[1] == "on"
        elif words[0] == "state":
            print(json.dumps(self.state()), flush=True)

    def state(self):
        return {"sent": sum(self.sent.values()), "kinds": len(self.sent), "own": self.own,
                "forbidden": self.forbidden, "quoted": self.quoted, "first": self.first,
                "seen": dict(self.seen), "flows": {flow.name: flow.state() for flow in self.flows}}

    def run(self):
        waiting = b""
        while True:
            ready, _, _ = select.select([0, *self.sockets.values()], [], [], 0.01)
            for zone in ZONES:
                self.take(zone)
            if 0 in ready:
                more = os.read(0, 4096)
                if not more:
                    return
                *lines, waiting = (waiting + more).split(b"\n")
                for line in lines:
                    self.command(line.decode())
            self.flood()
            for flow in self.flows:
                flow.tick(time.monotonic())


if __name__ == "__main__":
    Wire(sys.argv[1], float(sys.argv[2])).run()
