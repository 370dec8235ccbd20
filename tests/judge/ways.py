#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways round our table: each is built beside it, real packets show whether it leaks, and the proof
is asked. What leaks is never proved separate, and what is harmless does not take the proof away.

    ways.py BUILD [NAME...]
"""
import ctypes
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNET = 0x40000000
ALL, BARRIER = 0x0003, 0x88B5
IGNORE_OUTGOING = 23
LINKS = ("z1", "z2", "z3")
CONFIG = "tests/judge/ways.conf"
LABORATORY = ("namespaces", "veth")  # the wires themselves: name of the item, how it begins
TRIES = 500  # then the machine is stuck

# name: what is done to the gateway, do the packets below get across, and what the proof has to say
# of it: "proved" although it is there; "not" (some cell is not as the policy says); or the item of
# the inventory of ways round the rules that is there.
WAYS = {
    "nothing": ("", False, "proved"),
    "accept-before": ("nft -f - <<'END'\ntable inet other {\n chain c {\n type filter hook forward "
                      "priority -300; policy accept;\n accept\n }\n}\nEND", False, "proved"),
    "accept-after": ("nft -f - <<'END'\ntable inet other {\n chain c {\n type filter hook forward "
                     "priority 300; policy accept;\n accept\n }\n chain d {\n type filter hook "
                     "prerouting priority -450; policy accept;\n accept\n }\n}\nEND",
                     False, "proved"),
    "ct-mark": ("nft -f - <<'END'\ntable inet other {\n chain c {\n type filter hook forward "
                "priority -10; policy accept;\n iifname \"z1\" ct mark set MARK\n }\n}\nEND",
                True, "not"),
    "ct-mark-early": ("nft -f - <<'END'\ntable ip other {\n chain c {\n type filter hook "
                      "prerouting priority -150; policy accept;\n ct mark set MARK\n }\n}\nEND",
                      True, "not"),
    "meta-mark": ("nft -f - <<'END'\ntable inet other {\n chain c {\n type filter hook prerouting "
                  "priority -150; policy accept;\n meta mark set MARK\n }\n}\nEND",
                  False, None),
    "notrack": ("nft -f - <<'END'\ntable inet other {\n chain c {\n type filter hook prerouting "
                "priority -300; policy accept;\n notrack\n }\n}\nEND", False, None),
    "dnat": ("nft -f - <<'END'\ntable ip other {\n chain c {\n type nat hook prerouting priority "
             "-100; policy accept;\n iifname \"z1\" ip daddr 10.2.0.99 dnat to 10.2.0.10\n }\n}\n"
             "END", False, None),
    "dnat-to-path": ("nft -f - <<'END'\ntable ip other {\n chain c {\n type nat hook prerouting "
                     "priority -100; policy accept;\n ip protocol tcp dnat to 10.2.0.10:443\n }\n"
                     "}\nEND", None, "not"),
    "fwd": ("nft -f - <<'END'\ntable netdev other {\n chain c {\n type filter hook ingress device "
            "\"z1\" priority 0; policy accept;\n ip protocol udp fwd to \"z2\"\n }\n}\nEND",
            True, "forwarding-rules"),
    "dup": ("nft -f - <<'END'\ntable netdev other {\n chain c {\n type filter hook ingress device "
            "\"z1\" priority 0; policy accept;\n dup to \"z2\"\n }\n}\nEND", True,
            "forwarding-rules"),
    "mirred": ("tc qdisc add dev z1 ingress && tc filter add dev z1 parent ffff: protocol all u32 "
               "match u32 0 0 action mirred egress redirect dev z2", True, "tc"),
    "bridge": ("ip link add name bridge0 type bridge && ip link set z1 master bridge0 && "
               "ip link set z2 master bridge0 && ip link set bridge0 up && "
               "sysctl -qw net.bridge.bridge-nf-call-iptables=0", True, "bridges"),
    "macvlan": ("OTHER=$(sh -c 'unshare --net sleep 600 >/dev/null & echo $!'); "
                "until [ \"$(readlink /proc/$OTHER/ns/net)\" != \"$(readlink /proc/$$/ns/net)\" ]; "
                "do sleep 0.05; done; for i in 1 2; do ip link add link z$i name m$i address "
                "02:00:00:00:03:0$i type macvlan mode bridge && ip link set m$i netns $OTHER || "
                "exit 1; done; nsenter -t $OTHER --net sh -ec 'sysctl -qw net.ipv4.ip_forward=1 "
                "net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0; ip link set lo "
                "up; for i in 1 2; do ip link set m$i up; sysctl -qw net.ipv4.conf.m$i.rp_filter=0;"
                " ip neigh replace 10.255.0.1 lladdr 02:00:00:00:02:0$i dev m$i nud permanent; ip "
                "route add 10.$i.0.0/16 via 10.255.0.1 dev m$i onlink; done'", True, "namespaces"),
    "policy-routing": ("ip rule add from 10.1.0.0/16 lookup 77 && ip route add default via "
                       "10.255.0.1 dev z2 onlink table 77", False, None),
    "other-link": ("ip link add x1 type veth peer name x2 && ip link set x1 up && ip link set x2 "
                   "up", False, None),
    "xdp": ("tests/netns/xdp.py z1 to z2", True, "xdp"),
}


def shell(command):
    subprocess.run(["sh", "-ec", command], check=True, stdin=subprocess.DEVNULL)


def open_packets(name=None, protocol=ALL):
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    packets.setsockopt(263, IGNORE_OUTGOING, 1)
    if name:
        packets.bind((name, protocol))
    return packets


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(source, destination, protocol, port, mark):
    """An IPv4 packet, whose last bytes tell which one it is."""
    if protocol == 6:
        payload = struct.pack("!HHIIBBHHH", 4000 + mark, port, 1, 0, 0x50, 2, 1024, 0, 0)
    else:
        payload = struct.pack("!HHHH", 4000 + mark, port, 16, 0)
    payload += struct.pack("!4sI", b"ways", mark)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), mark, 0, 64, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


class Wires:
    """The other ends of the gateway's interfaces, in a namespace of their own."""

    def __init__(self):
        self.number = 0
        LIBC.unshare(NEWNET)
        others = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.holder = subprocess.Popen(["sleep", "600"])
        if LIBC.unshare(NEWNET) != 0:
            sys.exit("no network namespace")
        gateway = os.open("/proc/self/ns/net", os.O_RDONLY)
        shell("ip link set lo up; sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 "
              "net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.all.send_redirects=0 "
              "net.netfilter.nf_conntrack_checksum=0")
        for i, name in enumerate(LINKS, 1):
            shell(f"ip link add {name} address 02:00:00:00:01:0{i} type veth peer name w{i} "
                  f"address 02:00:00:00:02:0{i} netns {self.holder.pid}; ip link set {name} "
                  f"addrgenmode none up; ip neigh replace 10.255.0.1 lladdr 02:00:00:00:02:0{i} "
                  f"dev {name} nud permanent")
        LIBC.setns(others, NEWNET)
        for i in range(1, 4):
            shell(f"ip link set w{i} addrgenmode none up")
        self.packets = open_packets()
        LIBC.setns(gateway, NEWNET)
        for i, name in enumerate(LINKS, 1):
            shell(f"ip route add 10.{i}.0.0/16 via 10.255.0.1 dev {name} onlink")
        self.open_barrier()

    def open_barrier(self):
        self.barrier = open_packets(LINKS[2])

    def send(self, link, frame):
        self.packets.sendto(frame, (f"w{link + 1}", 0))

    def wait(self):
        """One queue: what is heard behind a frame was sent before it (see wire.c); twice, since
        what the gateway sends on waits in it once more."""
        for _ in range(2):
            self.number += 1
            data = struct.pack("!HI", BARRIER, self.number)
            for _ in range(TRIES):
                self.send(2, b"\xff" * 6 + b"\x02\0\0\0\x04\0" + data + b"\0" * 50)
                if self.barrier_heard(data):
                    break
            else:
                sys.exit("a frame to the gateway was not heard there")

    def barrier_heard(self, data):
        while select.select([self.barrier], [], [], 0.2)[0]:
            if self.barrier.recv(2000)[12:18] == data:
                return True
        return False

    def heard(self):
        """(link, number) of what came out, as packets were numbered."""
        found = set()
        while select.select([self.packets], [], [], 0)[0]:
            frame, address = self.packets.recvfrom(4000)
            if frame[-8:-4] == b"ways":
                found.add((int(address[0][1:]) - 1, struct.unpack("!I", frame[-4:])[0]))
        return found

    def cross(self, shots):
        """Which of the shots came out by another link than they came in."""
        self.heard()
        for number, (link, target, data) in enumerate(shots):
            self.send(link, target + b"\x02\0\0\0\x02" + bytes([link + 1]) + b"\x08\0" +
                      data(number))
        self.wait()
        return sorted({number for link, number in self.heard() if link != shots[number][0]})


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def make_shots():
    """What has to stay in its zone, to every Ethernet address that somebody may listen to."""
    shots = []
    for link, source, destination in ((0, "10.1.0.10", "10.2.0.99"), (0, "10.1.0.77", "10.2.0.10"),
                                      (1, "10.2.0.10", "10.1.0.10")):
        for target in (f"02:00:00:00:01:0{link + 1}", f"02:00:00:00:02:0{2 - link}",
                       f"02:00:00:00:03:0{link + 1}"):
            for protocol, port in ((17, 53), (6, 22)):
                shots.append((link, mac(target), lambda n, s=source, d=destination, p=protocol,
                              q=port: packet(s, d, p, q, n)))
    return shots


def permitted():
    return [(0, mac("02:00:00:00:01:01"), lambda n: packet("10.1.0.10", "10.2.0.10", 6, 443, n))]


def prove(build):
    """What hedate prove says: its whole answer."""
    done = subprocess.run([f"{build}/hedate", "prove", "--profiles=conf", f"--config={CONFIG}",
                           "--exceptions=", "--json"], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"hedate prove ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def cells_hold(answer):
    good = ("separate", "exact", "observed")
    return all(cell[kind]["verdict"] in good for cell in answer["cells"]
               for kind in ("new", "established", "stray") if kind in cell)


def path_mark(rules):
    """The mark of our path, from the set of those that are active."""
    elements = rules.split("set active {", 1)[1].split("}", 1)[0]
    return elements.replace(",", " ").split("0x", 1)[1].split()[0].join(["0x", ""])


def judge(name, way, wires, answer):
    """What is wrong; None when nothing is."""
    _, leaks, says = way
    crossed = wires.cross(make_shots())
    for _ in range(5):  # other tests may fill the processor's queue
        if leaks and not crossed:
            crossed = wires.cross(make_shots())
    holds = cells_hold(answer)
    risks = {item["name"] for item in answer["inventory"]
             if item.get("state") == "present" and not item.get("harmless") and
             not (item["name"] == LABORATORY[0] and item["what"].startswith(LABORATORY[1]))}
    if leaks is not None and bool(crossed) != leaks:
        return f"{len(crossed)} packets crossed: the way is not what it was built to be"
    if crossed and holds and not risks:
        return f"{len(crossed)} packets crossed, and the proof holds"
    if says == "proved" and (not holds or risks):
        return f"nothing leaks, and the proof does not hold: {sorted(risks)}"
    if says == "not" and holds:
        return "the matrix is as the policy says"
    if says not in (None, "proved", "not") and answer["inventory"] and not any(
            says in risk for risk in risks):
        return f"the inventory does not tell of it, only of {sorted(risks)}"
    print(f"ok {name}: {len(crossed)} crossed, cells {'hold' if holds else 'do not hold'}, "
          f"{answer['result']}, {' '.join(sorted(risks)) or 'nothing'} in the inventory")
    return None


def try_way(build, name):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    wires = Wires()
    try:
        while not wires.cross(permitted()):  # until links carry packets
            pass
        rules = subprocess.run([f"{build}/hedate", "compile", "--profiles=conf", CONFIG],
                               capture_output=True, text=True, check=True).stdout
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)
        if not wires.cross(permitted()) or wires.cross(make_shots()):
            return "our table does not do what it should"
        shell(WAYS[name][0].replace("MARK", path_mark(rules)))
        wires.barrier.close()  # a packet socket is a way of its own
        answer = prove(build)
        wires.open_barrier()
        return judge(name, WAYS[name], wires, answer)
    finally:
        wires.holder.kill()
        wires.holder.wait()


def main(build, *names):
    failed = 0
    for name in names or WAYS:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            try:
                wrong = try_way(build, name)
            except Exception as error:  # whatever it is, it is said
                wrong = repr(error)
            if wrong:
                print(f"WRONG {name}: {wrong}")
            sys.stdout.flush()
            os._exit(bool(wrong))
        failed += os.waitpid(child, 0)[1] != 0
        try:  # what holds other namespaces
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
