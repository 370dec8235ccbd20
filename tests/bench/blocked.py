# SPDX-License-Identifier: GPL-2.0-or-later
"""Recording of blocked flows at full flood: 100,000 distinct flows, none permitted.

The flood runs on one processor as fast as it can; on the other a permitted flow is sent, and the
recorder has to find its time beside it. (Left to itself, the scheduler lets the recorder take its
time from the flood, which then is none.) Gateways: rules that drop and count and log nothing (what
the flood alone does to permitted traffic), hedate, and rules that send every dropped packet to
ulogd2 (JSON), with the buffers that it has by itself and with 8 to 32 MiB. Packets dropped are the
kernel's own counters.
"""
import glob
import json
import statistics
import subprocess
import time

from lab import LEGS, Failure, Gateway, Hedate, memory
from peers import Ulogd
from rate import CPU, DPORT, SINK, send_command

FLOOD_CPU, FLOW_CPU = CPU, "0"
RULES = """table inet filter {{
	counter blocked {{ }}
	chain forward {{
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname "eno2.210" oifname "eno3.320" udp dport 7000 accept
		counter name blocked {log} drop
	}}
}}
"""


def flood_command(gateway, flows, duration_ms):
    interface = LEGS["flooder"][0]
    mac = gateway.shell(f"cat /sys/class/net/{interface}/address").strip()
    return gateway.at("flooder", gateway.lab.tool("flood"), "up0", mac, "10.30.16.10", "900",
                      LEGS["target"][2].split("/")[0], str(flows), str(duration_ms), FLOOD_CPU)


def permitted(gateway, duration_ms):
    """Start the permitted flow; a function that waits for it and gives packets a second."""
    before = gateway.counter("sink", "tx_packets")
    process = subprocess.Popen(send_command(gateway, duration_ms, FLOW_CPU),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait():
        out, said = process.communicate()
        if process.returncode:
            raise Failure(f"{gateway.label}: the permitted flow failed: {said.strip()}")
        sent, elapsed, _ = (int(word) for word in out.split())
        forwarded = gateway.counter("sink", "tx_packets") - before
        return forwarded / elapsed * 1e9, max(sent - forwarded, 0)
    return wait


def flood(gateway, flows, duration_ms):
    """One flood with the permitted flow before it and during it."""
    rate_before, _ = permitted(gateway, 1000)()
    arrived = gateway.counter("flooder", "rx_packets")
    with subprocess.Popen(flood_command(gateway, flows, duration_ms), stdout=subprocess.PIPE,
                          text=True) as process:
        time.sleep(0.3)
        rate_during, lost = permitted(gateway, max(duration_ms - 600, 500))()
        out = process.communicate()[0]
    if process.returncode:
        raise Failure(f"{gateway.label}: flood: status {process.returncode}")
    sent, distinct, elapsed = (int(word) for word in out.split())
    return {"flood_sent": sent, "flood_arrived": gateway.counter("flooder", "rx_packets") - arrived,
            "flood_per_second": round(sent / elapsed * 1e9), "flows": distinct,
            "permitted_before_per_second": round(rate_before),
            "permitted_during_per_second": round(rate_during),
            "permitted_kept": round(rate_during / rate_before, 3),
            "permitted_lost": lost}


def tally(lines, read):
    """Packets, distinct flows and lines of a log; read gives (packets, flow) or None."""
    packets, flows, count = 0, set(), 0
    for line in lines:
        found = read(line)
        if found:
            packets += found[0]
            flows.add(found[1])
            count += 1
    return packets, len(flows), count


def read_ours(line):
    record = json.loads(line)
    if record.get("event.action") != "flow-blocked":
        return None
    return record["network.packets"], (
        record["source.ip"], record.get("source.port"), record["destination.ip"],
        record.get("destination.port"), record.get("network.iana_number"))


def read_ulogd(line):
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        return None  # a line cut at the end
    return 1, (record.get("src_ip"), record.get("src_port"), record.get("dest_ip"),
               record.get("dest_port"), record.get("ip.protocol"))


def lines_of(pattern):
    for name in sorted(glob.glob(pattern)):
        with open(name, encoding="utf-8", errors="replace") as log:
            yield from log


def kernel_counter(gateway):
    listed = json.loads(gateway.run("nft", "-j", "list", "counter", "inet", "filter", "blocked"))
    return next(item["counter"]["packets"] for item in listed["nftables"] if "counter" in item)


def plain(bench, gateway):
    gateway.nft(RULES.format(log=""))
    result = flood(gateway, bench.flows, bench.flood_ms)
    result.update(kernel_packets=kernel_counter(gateway), recorded_packets=0, recorded_flows=0)
    return result


def ulogd(bench, gateway, large=False):
    gateway.nft(RULES.format(log='log prefix "blocked" group 101 snaplen 128'))
    program = Ulogd(bench, gateway, large, FLOW_CPU)
    result = flood(gateway, bench.flows, bench.flood_ms)
    said = program.stop()
    packets, flows, count = tally(lines_of(program.output), read_ulogd)
    kernel = kernel_counter(gateway)
    result.update(
        kernel_packets=kernel, recorded_packets=packets, recorded_flows=flows, records=count,
        lost_packets=kernel - packets, loss_known=False,
        loss_said=f"{said} messages that events were lost, without their number")
    return result


def ulogd_large(bench, gateway):
    return ulogd(bench, gateway, large=True)


def hedate(bench, gateway):
    daemons = Hedate(gateway, bench.build, bench.config(1000), cpu=FLOW_CPU)
    result = flood(gateway, bench.flows, bench.flood_ms)
    start = time.monotonic()
    for _ in range(3):
        subprocess.run(daemons.command("flush"), check=False, stdout=subprocess.DEVNULL)
    status = settle(daemons)
    result["settled_after_s"] = round(time.monotonic() - start, 2)
    pids = daemons.pids()
    result["peak_kib"] = {name: memory(pid, "VmHWM") for name, pid in pids.items()}
    result["resident_kib"] = {name: memory(pid) for name, pid in pids.items()}
    daemons.stop()
    packets, flows, count = tally(lines_of(daemons.log_directory + "/*.jsonl"), read_ours)
    kernel = int(status["kernel_packets"])
    result.update(
        kernel_packets=kernel, recorded_packets=packets, recorded_flows=flows, records=count,
        lost_packets=int(status["lost_packets"]), loss_known=True,
        unaccounted_packets=kernel - packets - int(status["lost_packets"]),
        balanced=status["balanced"] in (True, "true"))
    return result


def settle(daemons, limit=30):
    """Wait until nothing is pending any more."""
    start = time.monotonic()
    while True:
        status = daemons.status()
        if int(status["pending_packets"]) == 0 or time.monotonic() - start > limit:
            return status
        time.sleep(0.2)


def one(bench, label, function):
    gateway = Gateway(bench.lab, label, ("source", "sink", "flooder", "target"))
    sink = bench.lab.start([bench.lab.tool("udpflow"), "sink", SINK, DPORT], f"{label}-sink.log",
                           namespace=gateway.ends["sink"])
    time.sleep(0.1)
    try:
        return function(bench, gateway)
    finally:
        bench.lab.stop(sink)
        gateway.remove()


def middle(runs):
    """The run whose permitted_kept is the median, with the sums that must hold in every run."""
    chosen = dict(sorted(runs, key=lambda entry: entry["permitted_kept"])[len(runs) // 2])
    chosen["runs"] = len(runs)
    chosen["permitted_kept"] = statistics.median(entry["permitted_kept"] for entry in runs)
    for key in ("lost_packets", "unaccounted_packets"):
        if key in chosen:
            chosen[key + "_worst"] = max((entry[key] for entry in runs), key=abs)
    chosen["recorded_flows_worst"] = min(entry["recorded_flows"] for entry in runs)
    return chosen


def measure(bench):
    result = {}
    kinds = (("no-log", plain), ("hedate", hedate), ("ulogd2", ulogd),
             ("ulogd2-large", ulogd_large))
    runs = {label: [] for label, _ in kinds if not bench.skip(label)}
    missing = any(label.startswith("ulogd2") for label in runs) and bench.packages.missing("ulogd2")
    if missing:
        runs = {label: entries for label, entries in runs.items() if label[:6] != "ulogd2"}
        result["ulogd2"] = {"not_measured": missing}
        bench.say(f"flood: ulogd2 not measured: {missing}")
    for turn in range(bench.floods):
        for label, function in kinds:
            if label not in runs:
                continue
            bench.say(f"flood {turn + 1} of {bench.floods}: {label}")
            runs[label].append(one(bench, f"flood-{label}", function))
    for label, entries in runs.items():
        result[label] = middle(entries)
    return result
