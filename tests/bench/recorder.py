# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorder at a steady flood: so many new flows every second, each of one packet.

What each recorder has on record, and what it cost: processor time of its processes, the most memory
that they had. ulogd2 has buffers of 8 to 32 MiB, writes JSON or the lines that it would send to
syslog, and knows nothing of what it lost. The flood runs on one processor, the recorder on the
other. The delay to disk is the longest that hedate saw itself (log_delay_ms).
"""
import json
import os
import re
import resource
import subprocess
import time

import blocked
from lab import Failure, Hedate, memory
from peers import Ulogd

SYSLOG = re.compile(r"SRC=(\S+) DST=(\S+) .*PROTO=(\S+) SPT=(\d+) DPT=(\d+)")
TICK = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def read_syslog(line):
    found = SYSLOG.search(line)
    return (1, hash(found.groups())) if found else None


def read_json(line):
    found = blocked.read_ulogd(line)
    return found and (found[0], hash(found[1]))


def read_ours(line):
    if '"event.action":"flow-blocked"' not in line:
        return None
    found = blocked.read_ours(line)
    return found and (found[0], hash(found[1]))


def flood(gateway, rate, seconds):
    """All of it. What was sent, and what of it arrived."""
    arrived = gateway.counter("flooder", "rx_packets")
    command = blocked.flood_command(gateway, rate * seconds, seconds * 1000)
    done = subprocess.run([*command, str(rate)], check=False, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{gateway.label}: flood: {done.stderr.strip()}")
    sent, flows, elapsed = (int(word) for word in done.stdout.split())
    return {"sent": sent, "flows": flows, "per_second": round(sent / elapsed * 1e9),
            "arrived": gateway.counter("flooder", "rx_packets") - arrived}


def ulogd(way, read):
    def run(bench, gateway):
        gateway.nft(blocked.RULES.format(log='log prefix "blocked" group 101 snaplen 128'))
        program = Ulogd(bench, gateway, True, blocked.FLOW_CPU, way)
        pid = program.process.pid
        result = flood(gateway, *bench.steady)
        start = time.monotonic()
        size = -1
        while size != os.path.getsize(program.output) and time.monotonic() - start < 60:
            size = os.path.getsize(program.output)
            time.sleep(0.5)
        result["written_after_s"] = round(time.monotonic() - start, 1)
        result["processor_s"] = {"ulogd": round(processor_seconds(pid), 1)}
        result["peak_kib"] = {"ulogd": memory(pid, "VmHWM")}
        program.stop()
        packets, flows, _ = blocked.tally(blocked.lines_of(program.output), read)
        result.update(kernel_packets=blocked.kernel_counter(gateway), recorded_packets=packets,
                      recorded_flows=flows, log_bytes=os.path.getsize(program.output))
        return result
    return run


def hedate(bench, gateway):
    daemons = Hedate(gateway, bench.build, bench.config(1000), cpu=blocked.FLOW_CPU)
    pids = daemons.pids()
    result = flood(gateway, *bench.steady)
    start = time.monotonic()
    subprocess.run(daemons.command("flush"), check=False, stdout=subprocess.DEVNULL)
    status = blocked.settle(daemons, 120)
    result["written_after_s"] = round(time.monotonic() - start, 1)
    result["processor_s"] = {name: round(processor_seconds(pid), 1) for name, pid in pids.items()}
    result["peak_kib"] = {name: memory(pid, "VmHWM") for name, pid in pids.items()}
    daemons.stop()
    packets, flows, _ = blocked.tally(
        blocked.lines_of(daemons.log_directory + "/*.jsonl"), read_ours)
    counted = sum(json.loads(line)["hedate.counted.flows"]
                  for line in blocked.lines_of(daemons.log_directory + "/*.jsonl")
                  if '"event.action":"detail-lost"' in line)
    result.update(kernel_packets=int(status["kernel_packets"]), recorded_packets=packets,
                  recorded_flows=flows, lost_packets=int(status["lost_packets"]),
                  flows_without_detail=counted,
                  log_bytes=sum(entry.stat().st_size
                                for entry in os.scandir(daemons.log_directory)))
    result["unaccounted_packets"] = (result["kernel_packets"] - packets - result["lost_packets"])
    return result


def delay(bench, gateway, rate):
    """From a packet to its detail on disk, the longest of all."""
    daemons = Hedate(gateway, bench.build, bench.config(1000), cpu=blocked.FLOW_CPU)
    sent = flood(gateway, rate, bench.delay_seconds)
    subprocess.run(daemons.command("flush"), check=False, stdout=subprocess.DEVNULL)
    blocked.settle(daemons)
    time.sleep(1)  # the recorder says it after an epoch
    status = daemons.status()
    daemons.stop()
    return {"per_second": sent["per_second"], "ms": int(status["log_delay_ms"])}


def delays(bench):
    result = []
    for rate in (1, 20000, bench.steady[0]):
        bench.say(f"recorder: delay to disk at {rate:,} new flows a second")
        result.append({"rate": rate, **blocked.one(
            bench, f"delay-{rate}", lambda bench, gateway, rate=rate: delay(bench, gateway, rate))})
    return result


def measure(bench):
    kinds = {"hedate": hedate, "ulogd2-json": ulogd("JSON", read_json),
             "ulogd2-syslog": ulogd("syslog", read_syslog)}
    rate, seconds = bench.steady
    result = {"rate": rate, "seconds": seconds, "recorders": {}, "not_measured": {}}
    missing = bench.packages.missing("ulogd2")
    for label, function in kinds.items():
        if bench.skip(label):
            continue
        if label != "hedate" and missing:
            result["not_measured"][label] = missing
            continue
        bench.say(f"recorder: {rate:,} new flows a second for {seconds} s: {label}")
        result["recorders"][label] = blocked.one(bench, f"steady-{label}", function)
    if "hedate" in result["recorders"]:
        result["delays"] = delays(bench)
    result["bench_peak_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return result
