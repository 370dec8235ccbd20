# SPDX-License-Identifier: GPL-2.0-or-later
"""Forwarding rate: one established UDP flow through gateways with different rule sets.

Each rule set has a gateway of its own, all of them stand side by side, and short samples go round
them again and again. What is reported is a rule set's rate divided by that of the two-rule stateful
set in the same round, so that what disturbs the machine for longer than a round falls out; the
median over the rounds, and the middle half of them as the spread.

On veth a packet is forwarded within the sender's own system call, so the rate is the inverse of
what a packet costs. It is taken over the sender's processor time, which does not count what other
processes take from it, and beside that over wall time; on a quiet machine both say the same.
"""
import statistics
import subprocess

from lab import LEGS, Failure, Gateway, Hedate, run
from peers import Firewalld

SOURCE, SINK = LEGS["source"][2].split("/")[0], LEGS["sink"][2].split("/")[0]
SPORT, DPORT = "40000", "7000"
CPU = "1"
TWO_RULES = """table inet filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		ct state new accept
	}
}
"""

# hedate's checks of a packet, written out for two interfaces and one path: what they cost before
# anything is looked up. A rule set that makes them for many paths by interface names costs more.
FROM, TO = LEGS["source"][0], LEGS["sink"][0]
ONE_PATH = f"""table inet filter {{
	chain prerouting {{
		type filter hook prerouting priority -450; policy drop;
		meta nfproto ipv4 ip frag-off 0x4000 ip saddr 10.20.16.0/21 iifname "{FROM}" accept
		meta nfproto ipv4 ip frag-off & 0x3fff == 0 ip saddr 10.30.0.0/24 iifname "{TO}" accept
		iifname "lo" accept
	}}
	chain forward {{
		type filter hook forward priority filter; policy drop;
		iifname "{FROM}" oifname "{TO}" ct mark 77 accept
		iifname "{TO}" oifname "{FROM}" ct mark 77 accept
		iifname "{FROM}" oifname "{TO}" ct state new ct mark set 77 accept
	}}
}}
"""


class Variant:
    def __init__(self, lab, label, setup):
        self.label = label
        self.gateway = Gateway(lab, label)
        try:
            self.program = setup(self.gateway)
        except Failure:
            self.gateway.remove()
            raise
        self.sink = lab.start([lab.tool("udpflow"), "sink", SINK, DPORT], f"sink-{label}.log",
                              namespace=self.gateway.ends["sink"])
        self.rates, self.wall_rates, self.lost = [], [], 0

    def sample(self, milliseconds):
        """Packets forwarded a second, of processor time and of wall time."""
        before = self.gateway.counter("sink", "tx_packets")
        sent, elapsed, processor = send(self.gateway, milliseconds)
        forwarded = self.gateway.counter("sink", "tx_packets") - before
        self.lost += max(sent - forwarded, 0)
        self.rates.append(forwarded / processor * 1e9)
        self.wall_rates.append(forwarded / elapsed * 1e9)

    def stop(self):
        self.gateway.lab.stop(self.sink)
        if self.program:
            self.program.stop()
        self.gateway.remove()


def send_command(gateway, milliseconds, cpu=CPU):
    return gateway.at("source", gateway.lab.tool("udpflow"), "send", SOURCE, SPORT, SINK, DPORT,
                      str(milliseconds), cpu)


def send(gateway, milliseconds, cpu=CPU):
    done = subprocess.run(send_command(gateway, milliseconds, cpu), capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Failure(f"{gateway.label}: udpflow: {done.stderr.strip()}")
    return [int(word) for word in done.stdout.split()]


def setups(bench):
    """label → what to do with its gateway; returns the program that holds its rules, if any."""
    def two_rules(gateway):
        gateway.nft(TWO_RULES)

    def one_path(gateway):
        gateway.nft(ONE_PATH)

    def hedate(paths):
        return lambda gateway: Hedate(gateway, bench.build, bench.config(paths))

    def firewalld(paths):
        return lambda gateway: Firewalld(bench, gateway, paths)

    listed = {"none": lambda gateway: None, "two-rules": two_rules, "one-path": one_path}
    for paths in bench.sizes:
        listed[f"hedate-{paths}"] = hedate(paths)
    for paths in bench.sizes:
        listed[f"firewalld-{paths}"] = firewalld(paths)
    return listed


def prepare(bench, result):
    variants = []
    for label, setup in setups(bench).items():
        if bench.skip(label):
            continue
        bench.say(f"forwarding: {label}")
        try:
            variants.append(Variant(bench.lab, label, setup))
        except Failure as failure:
            if not label.startswith("firewalld"):
                raise
            result["not_measured"][label] = str(failure)
            bench.say(f"  not measured: {failure}")
    return variants


def spread(values):
    """Between which two values the middle half lies."""
    if len(values) < 4:
        return [min(values), max(values)]
    quarters = statistics.quantiles(values, n=4)
    return [quarters[0], quarters[2]]


def summarize(variants, result):
    base = {variant.label: variant for variant in variants}
    for variant in variants:
        against_two = [rate / other for rate, other in zip(variant.rates, base["two-rules"].rates)]
        against_none = [rate / other for rate, other in zip(variant.rates, base["none"].rates)]
        wall = [rate / other
                for rate, other in zip(variant.wall_rates, base["two-rules"].wall_rates)]
        cost = [1e9 / rate - 1e9 / other
                for rate, other in zip(variant.rates, base["two-rules"].rates)]
        result["variants"][variant.label] = {
            "packets_per_second": round(statistics.median(variant.wall_rates)),
            "packets_per_processor_second": round(statistics.median(variant.rates)),
            "of_no_rules": round(statistics.median(against_none), 3),
            "of_two_rules": round(statistics.median(against_two), 3),
            "of_two_rules_middle_half": [round(value, 3) for value in spread(against_two)],
            "of_two_rules_by_wall_time": round(statistics.median(wall), 3),
            "ns_more_than_two_rules": round(statistics.median(cost)),
            "samples": len(variant.rates),
            "packets_lost": variant.lost,
        }


def measure(bench):
    result = {"flow": "64-byte UDP frames, one established flow, sender-bound",
              "variants": {}, "not_measured": {}, "memory": {}}
    variants = prepare(bench, result)
    try:
        for variant in variants:
            variant.sample(bench.sample_ms)
            variant.rates, variant.wall_rates, variant.lost = [], [], 0
        bench.say(f"forwarding: {bench.rounds} rounds of {len(variants)} samples")
        for turn in range(bench.rounds):
            # Every other round backwards, so that no rule set always follows the same one.
            for variant in variants[::-1] if turn % 2 else variants:
                variant.sample(bench.sample_ms)
        summarize(variants, result)
        for variant in variants:
            if isinstance(variant.program, Firewalld):
                result["memory"][variant.label] = {"firewalld": variant.program.resident(),
                                                   "start_s": variant.program.start_seconds}
    finally:
        for variant in variants:
            variant.stop()
    return result
