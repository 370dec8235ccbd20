"""Is what "hedate replay" said of a capture what the kernel did?

    replayed.py all|INTERFACE REPLAYED RECORDS PATHS

all: each record of a blocked flow between the hosts of the lab is a flow that was replayed, with
the same reason and number of packets, and the other way round; the connections of each path are as
many as the kernel counted. Forged sources cannot be told there, and what the gateway may not send
never comes to an interface. INTERFACE: the same for what came in there, forged sources included.
Port 9 is that of the packets that show the end of the captures."""
import json
import sys

what, replayed, records, paths = sys.argv[1:5]
with open(replayed) as file:
    replay = json.load(file)
with open(records) as file:
    lines = [json.loads(line) for line in file]
with open(paths) as file:
    hits = {path["name"]: path["hits"] for path in json.load(file)["paths"]}
UNSEEN = ("spoof", "interface", "output")
MARK = 9


def is_host(address):
    return address[:2] in ("10", "fd", "19") and not address.startswith("fe80")


def of_record(line):
    icmp = "hedate.icmp.type" in line
    key = (line["source.ip"], line["destination.ip"], int(line.get("network.iana_number", 0)))
    if icmp:
        return key + (0, line["hedate.icmp.type"] << 8 | line["hedate.icmp.code"])
    return key + (line.get("source.port", 0), line.get("destination.port", 0))


def of_flow(flow):
    port = 0 if flow["protocol"] in (1, 58) else flow["source_port"]
    return (flow["source"], flow["destination"], flow["protocol"], port, flow["destination_port"])


def add(counts, key, number):
    counts[key] = counts.get(key, 0) + number


def is_asked(source, destination):
    return is_host(source) and is_host(destination)


kernel, ours, unseen = {}, {}, set()
for line in lines:
    if line.get("event.action") != "flow-blocked" or line.get("destination.port") == MARK:
        continue
    if not is_asked(line["source.ip"], line["destination.ip"]):
        continue
    if what == "all" and line["event.reason"] in UNSEEN:
        unseen.add(of_record(line))
        continue
    if what != "all" and line.get("observer.ingress.interface.name") != what:
        continue
    add(kernel, of_record(line) + (line["event.reason"],), line["network.packets"])
for flow in replay["flows"]:
    if flow["destination_port"] == MARK or of_flow(flow) in unseen:
        continue
    if flow["blocked"] and is_asked(flow["source"], flow["destination"]):
        add(ours, of_flow(flow) + (flow["reason"],), flow["blocked"])

bad = 0
for key in sorted(set(kernel) | set(ours), key=str):
    if kernel.get(key, 0) != ours.get(key, 0):
        bad += 1
        print("%s: kernel %d, replayed %d" % (key, kernel.get(key, 0), ours.get(key, 0)))
if what == "all":
    used = {}
    for flow in replay["flows"]:
        if flow["path"]:
            add(used, flow["path"], 1)
    for name, count in sorted(hits.items()):
        if used.get(name, 0) != count:
            bad += 1
            print("path %s: kernel %d connections, replayed %d" % (name, count, used.get(name, 0)))
summary = (what, len(kernel), bad, replay["skipped"])
print("%s: %d blocked flows, %d different, skipped %s" % summary)
least = 30 if what == "all" else 4
sys.exit(0 if bad == 0 and len(kernel) >= least else 1)
