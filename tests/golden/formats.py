#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms of "hedate log --format", read by readers that are none of hedate's.

    formats.py write DIRECTORY          a log whose texts are chosen to break out of their places
    formats.py FORMAT DIRECTORY OUTPUT  OUTPUT is that log in that form, every member as it was
"""
import csv
import ipaddress
import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

SCHEMA = "conf/hedate-log.schema.json"
# The line is as the recorder writes it; what a text holds is anybody's choice.
TEXTS = [
    '"', "\\", "\\\\", "a|b=c]d", "x\ny", 'x\r\n{"@timestamp":"2026-11-20T08:00:00Z"}',
    "\x1b[31mred", "\u202etxt.exe", "=cmd|' /C calc'!A0", "-1+1", "+1", "@SUM(A1)",
    "CEF:0|x|y|z|1|forged|10|",
    "<134>1 2026-11-20T08:00:00Z x y - - -", '"] [forged@1 a="b', "ends in \\", "tab\there",
    "隔て、", "😀", "\u2028line\u2029", "key=value act=allowed", "'", "", " blanks ", "\\n",
    "\ufeffmark", "\x7f\x85", "a\\]b", "\U000e0041tag", "]", '\\"', ",,,", "a\rb", "\u200b\u2066",
]
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                         "\ufff9-\ufffb\U000e0001-\U000e007f]")


def visible(text, keep=""):
    """What plaintext.h says becomes of a text."""
    def escape(match):
        code = ord(match[0])
        return (match[0] if match[0] in keep else
                f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return UNPRINTABLE.sub(escape, text)


# ---- the log ----

def events():
    """One of every action, with every member that it may have."""
    with open(SCHEMA, encoding="utf-8") as file:
        event = json.load(file)["definitions"]["event"]
    fixed = {"@timestamp", "event.sequence", "event.kind", "event.category", "event.action",
             "event.outcome", "message"}
    members = [name for name in event["properties"] if name not in fixed]
    known = {"source.ip": "fd00:3::11", "destination.ip": "10.20.0.1",
             "source.mac": "00-00-5E-00-53-06"}
    for number, action in enumerate(event["properties"]["event.action"]["enum"]):
        text = TEXTS[number % len(TEXTS)]
        yield {"event.kind": "event", "event.category": "process", "event.action": action,
               "event.outcome": ("success", "failure", "unknown")[number % 3],
               "message": TEXTS[(number + 7) % len(TEXTS)],
               **{name: number if number % 2 else text + name for name in members}, **known}


def flows():
    base = {"event.kind": "event", "event.category": "network", "event.type": "denied",
            "event.action": "flow-blocked", "event.outcome": "success", "event.reason": "no-path"}
    ends = [("10.30.17.5", "10.10.0.10", "ipv4"), ("fd00:3::10", "fd00:1::10", "ipv6")]
    for number, text in enumerate(TEXTS):
        source, destination, family = ends[number % 2]
        flow = {**base, "event.start": "2026-11-20T08:00:00.123456789Z",
                "event.end": "2026-11-20T08:00:09Z", "observer.name": "lab" if number % 3 else text,
                "rule.ruleset": "0123456789ab",
                "hedate.zone.source": "internet",
                "hedate.zone.destination": ("mynumber", "gateway")[number % 2],
                "observer.ingress.interface.name": text, "observer.egress.interface.name": "eth0",
                "source.mac": "00-00-5E-00-53-05", "source.ip": source, "source.port": 40000,
                "destination.ip": destination, "destination.port": 443, "network.type": family,
                "network.transport": "tcp", "network.iana_number": "6", "hedate.tcp.flags": "SA",
                "network.packets": 2**53 - 1, "network.bytes": 180, "hedate.length": 60,
                "hedate.detail": "full", "hedate.collapsed": True, "hedate.epoch": 7,
                "hedate.table": "t"}
        if number % 5 == 4:
            flow.update({"event.type": "allowed", "event.action": "flow-observed",
                         "event.reason": "observed"})
        if number % 5 == 3:
            for name in ("source.port", "destination.port", "network.transport",
                         "hedate.tcp.flags", "source.mac"):
                del flow[name]
        yield flow


def records():
    for number, record in enumerate([*flows(), *events()], 1):
        yield {"@timestamp": f"2026-11-20T08:{number // 60:02}:{number % 60:02}.123456789Z",
               "event.sequence": number, **record}


def write(directory):
    """As the recorder does: what does not print is escaped. Each line ends a group."""
    with open(directory / "hedate-20261120.jsonl", "w", encoding="utf-8") as file:
        for number, record in enumerate(records()):
            text = json.dumps(record, ensure_ascii=number % 2 == 0, separators=(",", ":"))
            file.write(re.sub(UNPRINTABLE, lambda match: json.dumps(match[0])[1:-1], text) + "\n")
        file.write('{"@timestamp":"2026-11-20T09:00:00Z","event.sequence":9999,'
                   '"event.kind":"event","event.category":"process","event.action":"stop",'
                   '"event.outcome":"success","message":"end"}\n')


def wanted():
    yield from records()
    yield {"@timestamp": "2026-11-20T09:00:00Z", "event.sequence": 9999, "event.kind": "event",
           "event.category": "process", "event.action": "stop", "event.outcome": "success",
           "message": "end"}


# ---- the forms ----

def lines_of(text):
    """Only a newline ends a line, and nothing else could be taken for one."""
    assert text.endswith("\n"), "the last line has no end"
    for line in text[:-1].split("\n"):
        assert not UNPRINTABLE.search(line), f"unprintable: {line!r}"
        yield line


def unique(pairs):
    assert len(dict(pairs)) == len(pairs), f"a name twice: {pairs}"
    return dict(pairs)


def milliseconds(text):
    seconds, fraction = re.fullmatch(r"(.{19})(?:\.(\d+))?Z", text).groups()
    whole = datetime.fromisoformat(seconds).replace(tzinfo=timezone.utc)
    return int(whole.timestamp()) * 1000 + int(((fraction or "") + "000")[:3])


def check_json(text):
    for line, record in zip(lines_of(text), wanted(), strict=True):
        assert json.loads(line, object_pairs_hook=unique) == record, line


def flatten(value, path=""):
    if not isinstance(value, dict):
        yield path[1:], value
        return
    for name, inner in value.items():
        assert "." not in name, name
        yield from flatten(inner, f"{path}.{name}")


def check_ecs(text):
    """Nested objects that are the members again, and what ECS asks for."""
    for line, record in zip(lines_of(text), wanted(), strict=True):
        found = dict(flatten(json.loads(line, object_pairs_hook=unique)))
        assert found.pop("ecs.version") == "8.11.0"
        assert found.pop("observer.type") == "firewall"
        assert found.pop("event.dataset") == "hedate.log" and found.pop("event.module") == "hedate"
        assert found.pop("observer.vendor") == found.pop("observer.product") == "hedate"
        kind = found.pop("event.type")
        assert kind == [record.get("event.type", "info")], kind
        assert found.pop("event.category") == [record["event.category"]]
        rest = {name: value for name, value in record.items()
                if name not in ("event.type", "event.category")}
        assert found == rest, f"{found}\n{rest}"


def check_csv(text):
    """RFC 4180: Python's reader, strict."""
    assert (text.startswith("\ufeff") and
            text.count("\n") == text.count("\r\n") == 1 + len(list(wanted())))
    for line in text[1:].split("\r\n"):
        assert not UNPRINTABLE.search(line), line
    rows = list(csv.reader(text[1:].splitlines(keepends=True), strict=True))
    names, rows = ["@timestamp", *rows[0][1:]], rows[1:]
    for row, record in zip(rows, wanted(), strict=True):
        found = dict(zip(names, row, strict=True))
        for name, cell in found.items():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
            found[name] = cell[1:] if re.match("'[=+@\t\r-]", cell) else cell
        others = json.loads(found.pop("others"), object_pairs_hook=unique)
        for name, value in record.items():
            if name in others:
                assert others.pop(name) == value, name
            else:
                assert found.pop(name) == visible(str(value)), (name, value)
        assert not others and not any(found.values()), (found, others)


# What CEF's dictionary has for a member; labels tell what the custom ones are.
CEF_KEYS = {
    "event.sequence": "externalId", "event.category": "cat", "event.outcome": "outcome",
    "event.reason": "reason", "observer.name": "dvchost", "source.port": "spt",
    "destination.port": "dpt",
    "observer.ingress.interface.name": "deviceInboundInterface", "network.packets": "cnt",
    "observer.egress.interface.name": "deviceOutboundInterface", "network.bytes": "in",
    "message": "msg",
    "network.transport": "proto",
}
CEF_LABELS = {
    "sourceZone": "hedate.zone.source", "destinationZone": "hedate.zone.destination",
    "sourceSegment": "hedate.segment.source", "destinationSegment": "hedate.segment.destination",
    "policyRevision": "rule.ruleset", "detail": "hedate.detail",
    "protocolNumber": "network.iana_number",
    "Source IPv6 Address": "source.ip", "Destination IPv6 Address": "destination.ip",
}


def cef_parse(line):
    """The seven fields of the header, and the extension as a dictionary."""
    header = re.match(r"CEF:0\|" + r"((?:[^\\|]|\\[\\|])*)\|" * 6, line)
    assert header, line
    fields = [re.sub(r"\\(.)", r"\1", field) for field in header.groups()]
    rest, extension = line[header.end():], {}
    # A key is what stands before an = that nothing escapes, back to the last blank.
    starts = [match for match in re.finditer(r"(?:^| )([A-Za-z0-9]+)=", rest)
              if not re.search(r"(?<!\\)(\\\\)*\\$", rest[:match.end() - 1])]
    for match, after in zip(starts, [*starts[1:], None]):
        value = rest[match.end():after.start() if after else len(rest)]
        assert re.fullmatch(r"([^\\=]|\\[\\=nr])*", value), value
        names = {"n": "\n", "r": "\r"}
        assert match[1] not in extension, f"{match[1]} twice"
        extension[match[1]] = re.sub(r"\\(.)", lambda found: names.get(found[1], found[1]), value)
    return fields, extension


def check_cef(text):
    for line, record in zip(lines_of(text), wanted(), strict=True):
        fields, found = cef_parse(line)
        assert fields[:2] == ["hedate", "hedate"] and fields[3] == record["event.action"]
        assert 0 <= int(fields[5]) <= 10
        blocked = {"flow-blocked": "blocked", "flow-observed": "allowed"}
        assert found.pop("act") == blocked.get(record["event.action"], record["event.action"])
        labels = {found.pop(key): found.pop(key[:-5]) for key in list(found)
                  if key.endswith("Label")}
        labelled = {CEF_LABELS[label]: value for label, value in labels.items()}
        times = {"@timestamp": "rt", "event.start": "start", "event.end": "end"}
        for name, value in record.items():
            shown = visible(str(value), "\r\n") if value is not True else "true"
            if name in ("event.kind", "event.type", "event.action", "network.type"):
                continue
            if name in times:
                assert int(found.pop(times[name])) == milliseconds(value)
            elif name in labelled:
                assert labelled.pop(name) == shown, (name, shown)
            elif name in ("source.ip", "destination.ip"):
                assert found.pop(name[0:3].replace("des", "dst").replace("sou", "src")) == value
            elif name == "source.mac":
                assert found.pop("smac") == value.replace("-", ":")
            else:
                words = re.split("[^A-Za-z0-9]+", name)
                key = CEF_KEYS.get(name) or words[0] + "".join(
                    w[0].upper() + w[1:] for w in words[1:])
                assert found.pop(key) == shown, (key, shown)
        assert not found and not labelled, (found, labelled)


def check_rfc5424(text):
    """The grammar of RFC 5424, section 6."""
    name = r'[!#-<>-\\^-~]{1,32}'
    value = r'(?:[^"\\\]]|\\["\\\]])*'
    message = re.compile(
        r"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) ([!-~]{1,255}) ([!-~]{1,48}) "
        rf'([!-~]{{1,128}}) ([!-~]{{1,32}}) \[hedate@32473((?: {name}="{value}")*)\] (\ufeff?)(.*)')
    for line, record in zip((line.replace("\ufeff", "\x00") for line in text[:-1].split("\n")),
                            wanted(), strict=True):
        line = line.replace("\x00", "\ufeff")
        match = message.fullmatch(line)
        assert match, line
        assert not UNPRINTABLE.search(line.replace("\ufeff", "", 1)), line
        priority, time, _, app, _, msgid, data, mark, said = match.groups()
        assert int(priority) >> 3 == 16 and app == "hedate" and msgid == record["event.action"]
        assert time[:26] == (
            record["@timestamp"].removesuffix("Z").ljust(20, ".").ljust(26, "0")[:26])
        assert mark or said.isascii()
        found = unique([(key, re.sub(r"\\(.)", r"\1", escaped)) for key, escaped in
                        re.findall(rf' ({name})="({value})"', data)])
        assert found == {key: visible(str(member)) if member is not True else "true"
                         for key, member in record.items()}, line


# Attributes of OCSF 1.3.0 that are used, and what they are.
ENDPOINT = {"ip": str, "port": int, "mac": str, "zone": str}
OCSF = {
    "activity_id": int, "activity_name": str, "category_uid": int, "category_name": str,
    "class_uid": int, "class_name": str, "type_uid": int, "severity_id": int, "severity": str,
    "status_id": int, "status": str, "time": int, "message": str, "start_time": int,
    "end_time": int, "unmapped": None,
    "metadata": {"version": str, "profiles": list, "log_name": str, "event_code": str,
                 "original_time": str, "sequence": int,
                 "product": {"name": str, "vendor_name": str, "version": str}},
    "device": {"name": str, "type_id": int, "type": str},
    "app": {"name": str, "vendor_name": str, "version": None},
    "src_endpoint": ENDPOINT, "dst_endpoint": ENDPOINT,
    "traffic": {"packets": int, "bytes": int},
    "connection_info": {"direction_id": int, "protocol_num": int, "protocol_name": str,
                        "protocol_ver_id": int, "tcp_flags": int},
    "action_id": int, "action": str, "disposition_id": int, "disposition": str,
    "firewall_rule": {"name": str, "category": str, "version": str},
}


def conforms(value, kind, path):
    if isinstance(kind, dict):
        for name, inner in value.items():
            assert name in kind, f"{path}.{name} is not known"
            conforms(inner, kind[name], f"{path}.{name}")
    elif kind:
        assert isinstance(value, kind), f"{path} is {value!r}"


def check_ocsf(text):
    for line, record in zip(lines_of(text), wanted(), strict=True):
        found = json.loads(line, object_pairs_hook=unique)
        conforms(found, OCSF, "")
        for name in ("activity_id", "category_uid", "class_uid", "type_uid",
                     "severity_id", "time", "metadata"):
            assert name in found, f"{name} is required"
        assert found["type_uid"] == found["class_uid"] * 100 + found["activity_id"]
        assert found["class_uid"] // 1000 == found["category_uid"]
        assert found["time"] == milliseconds(record["@timestamp"])
        assert found["metadata"]["product"]["name"] and found["metadata"]["version"] == "1.3.0"
        assert ("device" in found) == ("host" in found["metadata"]["profiles"])
        for name, value in found["unmapped"].items():
            assert record[name] == value, name
        if not record["event.action"].startswith("flow-"):
            assert found["class_uid"] in (0, 6002)
            assert ("app" in found) == (found["class_uid"] == 6002)
            assert found["activity_id"] in ((99,) if found["class_uid"] == 0 else (3, 4))
            assert found["message"].encode() == record["message"].encode()[:511]
            continue
        blocked = record["event.action"] == "flow-blocked"
        assert found["class_uid"] == 4001 and found["activity_id"] == (5 if blocked else 6)
        assert found["action_id"] == found["disposition_id"] == (2 if blocked else 1)
        info = found["connection_info"]
        source, destination = found["src_endpoint"], found["dst_endpoint"]
        assert info["direction_id"] in (0, 1) and info["protocol_num"] == 6
        assert info["protocol_ver_id"] == ipaddress.ip_address(source["ip"]).version
        assert info.get("tcp_flags", 18) == 18
        assert (source["ip"], destination["ip"]) == (record["source.ip"], record["destination.ip"])
        assert source.get("port") == record.get("source.port")
        assert found["traffic"] == {"packets": record["network.packets"],
                                    "bytes": record["network.bytes"]}
        assert found["firewall_rule"]["version"] == record["rule.ruleset"]


def main():
    form, directory = sys.argv[1], Path(sys.argv[2])
    if form == "write":
        write(directory)
        return
    text = Path(sys.argv[3]).read_bytes().decode("utf-8", errors="strict")
    globals()[f"check_{form}"](text)
    print(f"{form}: {len(list(wanted()))} records")


main()
