#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A random rule set of expressions that are in common use, as nft's text.

    genrules.py SEED [RULES]
"""
import random
import sys

LINKS = ["a0", "a1", "a2"]
V4 = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "192.0.2.0/25", "128.0.0.0/1",
      "10.1.2.0-10.1.2.77", "172.16.5.9-172.31.0.1", "223.255.255.255"]
V6 = ["fd00::/8", "fd00:1::/32", "fd00:1::5", "2001:db8::/33", "2001:db8::1-2001:db8::ff",
      "1000::/4", "fd00:1:2:3::/64"]
PORTS = ["22", "80", "443", "0-1023", "1024-65535", "80-90", "53", "5000-5999", "65535", "0"]


def address(rng):
    six = rng.random() < 0.4
    where = rng.choice(["saddr", "daddr"])
    negation = rng.choice(["", "", "", "!= "])
    if rng.random() < 0.25:
        return f"{'ip6' if six else 'ip'} {where} {negation}@{'six' if six else 'four'}"
    return f"{'ip6' if six else 'ip'} {where} {negation}{rng.choice(V6 if six else V4)}"


def ports(rng):
    what = rng.choice(["tcp dport", "tcp sport", "udp dport", "udp sport", "th dport"])
    if rng.random() < 0.25:
        return f"{what} @ports"
    if rng.random() < 0.2:
        return f"{what} {rng.choice(['<', '>', '<=', '>='])} {rng.randint(1, 65534)}"
    return f"{what} {rng.choice(['', '', '!= '])}{rng.choice(PORTS)}"


def interface(rng):
    where = rng.choice(["iifname", "oifname"])
    return f"{where} {rng.choice(['', '!= '])}" + rng.choice(
        [f'"{rng.choice(LINKS)}"', '"a*"', '{ "a0", "a2" }'])


def state(rng):
    return rng.choice([
        "ct state new", "ct state established,related", "ct state invalid", "ct state != new",
        "ct state untracked", "ct direction reply", "ct mark 0x7", "ct mark & 0xf0 == 0x10",
        "ct mark != 0", "ct state established ct mark 1-255"])


def other(rng):
    return rng.choice([
        "meta l4proto tcp", "meta l4proto { tcp, udp }", "meta l4proto != icmp", "ip protocol 89",
        "icmp type echo-request", "icmp type { echo-reply, 13-17 }", "icmpv6 type echo-request",
        "icmpv6 type 1-4", "tcp flags syn / fin,syn,rst,ack", "tcp flags & (fin|rst) != 0",
        "meta nfproto ipv4", "meta nfproto ipv6", "ip dscp cs1", "ip ttl < 60", "ip6 hoplimit 255",
        "ip length 28-40", "ip6 nexthdr tcp", "ip frag-off & 0x1fff != 0", "meta mark 0x1-0x99",
        "meta mark & 0xff == 0x5", "pkttype host", "ip saddr & 0.0.0.255 == 0.0.0.7",
        'iifname . oifname { "a0" . "a1", "a1" . "a2" }', "iifname . ip saddr @pairs",
        "ip daddr . th dport @services", "ip ecn ce", "meta protocol ip"])


def action(rng, chains, post):
    verdicts = ["accept", "accept", "accept", "drop", "drop", "return", "continue", "counter"]
    writes = ["meta mark set 0x5", "meta mark set meta mark & 0xff", "ct mark set 0x7", "log",
              "limit rate 10/second accept", "numgen random mod 3 0 drop", "reject",
              "ip dscp set cs1", "tcp dport set 8080", "counter accept"]
    roll = rng.random()
    if chains and roll < 0.25:
        return f"{rng.choice(['jump', 'goto'])} {rng.choice(chains)}"
    if roll < 0.33 and not post:
        return rng.choice(writes)
    if chains and roll < 0.4:
        return (f'iifname vmap {{ "a0" : jump {rng.choice(chains)}, "a1" : accept, '
                '"a2" : continue }')
    if roll < 0.45:
        return "th dport vmap @verdicts"
    return rng.choice(verdicts)


def tags(part):
    """What a packet has to be for a test to make sense; nft refuses what contradicts it."""
    words = part.replace("{", " ").replace(",", " ").split()
    found = set()
    if words[0] in ("ip", "icmp") or "icmp" in words or "ipv4" in words or "@pairs" in words:
        found.add("four")
    if words[0] in ("ip6", "icmpv6") or "ipv6" in words:
        found.add("six")
    for protocol in ("tcp", "udp", "icmp", "icmpv6", "th", "l4proto", "protocol", "nexthdr"):
        if protocol in words:
            found.add("transport")
    return found


def rule(rng, chains, early=False, post=False):
    parts, known = [], set()
    for _ in range(rng.choice([0, 1, 1, 2, 2, 3])):
        makers = [address, ports, other] + ([] if early else [state]) + [interface]
        part = rng.choice(makers)(rng)
        new = tags(part)
        if len((new | known) & {"four", "six"}) == 2 or "transport" in new & known:
            continue
        known |= new
        parts.append(part)
    verdict = action(rng, chains, post)
    # Before its connection is looked up, another port is another connection.
    if early and ("reject" in verdict or "dport set" in verdict):
        verdict = "accept"
    if ("transport" in known and (verdict.startswith("th ") or verdict.startswith("tcp "))) or (
            "six" in known and verdict.startswith("ip ")):
        verdict = "drop"
    return " ".join(parts + [verdict])


def body(rng, count, chains, early=False, post=False):
    return [rule(rng, chains, early, post) for _ in range(count)]


def main(seed, count):
    rng = random.Random(seed)
    names = [f"chain{i}" for i in range(rng.randint(0, 4))]
    lines = ["# links: " + " ".join(LINKS), "table inet dice {"]
    lines += ["set four {", "type ipv4_addr; flags interval;",
              "elements = { 10.0.0.0/16, 10.1.2.3, 10.1.2.5-10.1.2.9, 192.0.2.0/24 }", "}",
              "set six {", "type ipv6_addr; flags interval;",
              "elements = { fd00:1::/32, 2001:db8::7, fd00:2::-fd00:2::9 }", "}",
              "set ports {", "type inet_service; flags interval;",
              "elements = { 22, 80-90, 1000-1999, 60000-65535 }", "}",
              "set pairs {", "type ifname . ipv4_addr; flags interval;",
              'elements = { "a0" . 10.0.0.0/8, "a1" . 192.0.2.1-192.0.2.9 }', "}",
              "set services {", "type ipv4_addr . inet_service; flags interval;",
              "elements = { 10.1.0.0/16 . 22, 10.0.0.0/12 . 80-443, 192.0.2.7 . 0-99 }", "}",
              "map verdicts {", "type inet_service : verdict; flags interval;",
              "elements = { 0-21 : drop, 22 : accept, 80-90 : continue, 5000-5500 : return }", "}"]
    # A chain jumps only to those that stand before it: no circles.
    for i, name in enumerate(names):
        lines += [f"chain {name} {{"] + body(rng, rng.randint(1, 6), names[:i], True, True) + ["}"]
    bases = [("prerouting", rng.choice([-450, -300, -150, -90]), "accept")] * rng.randint(0, 1)
    bases += [("forward", rng.choice([-10, 0, 10, 0]), rng.choice(["accept", "drop", "drop"]))
              for _ in range(rng.randint(1, 3))]
    bases += [("postrouting", rng.choice([-150, 50, 300]), "accept")] * rng.randint(0, 1)
    bases += [(hook, rng.choice([-5, 0, 20]), rng.choice(["accept", "drop"]))
              for hook in ("input", "output") for _ in range(rng.choice([0, 1, 1, 2]))]
    for i, (hook, priority, policy) in enumerate(bases):
        early, post = hook == "prerouting", hook == "postrouting"
        lines += [f"chain base{i} {{",
                  f"type filter hook {hook} priority {priority}; policy {policy};"]
        rules = {"forward": count, "input": count // 2 + 1, "output": count // 2 + 1}.get(hook, 3)
        lines += body(rng, rules, names, early, post) + ["}"]
    print("\n".join(lines + ["}"]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 12)
