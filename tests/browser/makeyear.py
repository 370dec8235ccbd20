# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of a year of the demo city's log, the same for the same seed.

    makeyear.py [--hostile] CONFIG NOW SEED >LINES          for "makelog --lines"

Of the year before the day of NOW (Unix time). Blocked flows as an office has them: by day more than
at night, fewer at weekends, a scan now and then, one week with a worm; beside them what the office
did (office.py) with CONFIG. With --hostile every kind of event that conf/hedate-log.schema.json
knows is among them instead, and every text that a person or another machine could have chosen tries
to be something else.
"""
import datetime
import heapq
import json
import os
import random
import re
import sys

import office

JST = office.JST
DAYS = 365
EPOCH = 10
TABLE = "0123456789abcdef"
SCHEMA = os.path.join(os.path.dirname(__file__), "../../conf/hedate-log.schema.json")

HOSTILE = (
    "<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "</style></title></svg><b>x",
    "&amp;&lt;&#x3c;script&#62;", "\u202eeslaf\u202c \u2066x\u2069", "w" * 300, "長い" * 120,
    "\x01\x07\x1b[31m\x7f\x85", "tab\tnewline\ncarriage\rreturn",
    "\U0001f512\U0001f469\u200d\U0001f4bb",
    "שלום עולם", "مرحبا", "%s%n%d ${x} {{x}} `x`", "a\u0300\u0301\u0302\u0303" * 8,
    "\u2028\u2029\ufeff\u200b",
    "javascript:alert(1)", "=1+1|' /C calc'!A0", "NULL", " ", "<!-- -->]]>",
)

# zone, segment, interface, IPv4 prefix, IPv6 prefix, how often something begins there
PLACES = (
    ("mynumber", "terminals", "eno1.110", "10.10.17", "fd00:aa:110::", 5),
    ("mynumber", "servers", "eno1.120", "10.10.0", "fd00:aa:120::", 2),
    ("lgwan", "terminals", "eno2.210", "10.20.17", "fd00:aa:210::", 12),
    ("lgwan", "servers", "eno2.220", "10.20.0", "fd00:aa:220::", 4),
    ("lgwan", "external", "eno2.230", "172.28.3", "fd00:bb:172:3::", 2),
    ("internet", "terminals", "eno3.310", "10.30.17", "fd00:aa:310::", 9),
    ("internet", "servers", "eno3.320", "10.30.0", "fd00:aa:320::", 3),
    ("internet", "uplink", "eno3.340", "203.0.113", "2001:db8:5::", 14),
    ("management", "admin", "eno4", "10.90.0", "fd00:aa:90::", 1),
)
REASONS = ("no-path",) * 22 + (
    "spoof", "device", "route", "invalid", "invalid", "fragment", "extension", "input", "input",
    "output", "revoked", "limit", "expired", "interface")
PORTS = (445, 445, 443, 443, 443, 80, 22, 3389, 3389, 53, 139, 1433, 8080, 123, 161, 23, 25, 5353)

# What a member of an event says, by its name's end; others by their type.
WORDS = {
    "user": "sato", "proposer": "sato", "approver": "suzuki", "by.name": "nft",
    "by.program": "/usr/sbin/nft",
    "by.command": "nft flush ruleset", "program": "/usr/sbin/ip", "file": "/etc/hedate/hedate.conf",
    "ticket": "R8-17", "reason": "保守のため", "observe.reason": "移行期間", "why": "apply",
    "what": "chain forward: rule removed", "error": "Input/output error", "interface": "eno2.240",
    "segment.name": "lgwan.link", "exception": "X-2026-0001", "path": "F17", "service": "https",
    "from": "lgwan.terminals", "to": "vdi", "clauses": "3.2(1)", "report": "復旧を確認した",
    "override": "夜間のため申請者が承認", "proof.result": "proved", "proof.witness": "", "how": "control",
    "risk": "forwarding", "state": "begin", "island": "log-failed", "version": "0.9",
    "by": "tanaka",
    "foreign.family": "ip", "foreign.table": "docker", "foreign.change": "present",
    "foreign.risks": "accepts before ours", "isolation.target": "00:00:5e:00:53:60",
    "alert.name": "scan",
    "request": "apply", "base": "3f5a0c1d2e4b", "proposal": "1b0fd0271996", "log.file":
    "hedate-20260301.jsonl", "log.closed": "day", "scan.reason": "addresses",
    "hold.text": "監査のため",
}


def revision(change):
    """Twelve digits for a number of a change."""
    return f"{change * 0x3f5a0c1d2e & 0xffffffffffff:012x}"


def stamp(seconds, nanoseconds=0):
    """Unix time as the log has it."""
    when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


class Year:
    """Writes lines in order: flows in groups of an epoch, events between them."""

    def __init__(self, seed, hostile, now, config):
        self.random, self.hostile, self.turn = random.Random(seed), hostile, 0
        end = datetime.datetime.fromtimestamp(now, JST).replace(hour=0, minute=0, second=0)
        self.now, self.first = now, end - datetime.timedelta(days=DAYS)
        self.changes = office.changes(config)
        self.ruleset = self.changes[0].revision
        with open(SCHEMA, encoding="utf-8") as opened:
            self.schema = json.load(opened)["definitions"]
        self.sequence = self.change = self.kernel = self.lost = 0
        self.events = []

    def put(self, line):
        """One line, with the next number; escaped is what json.h would escape."""
        self.sequence += 1
        line["event.sequence"] = self.sequence
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        print(re.sub(r"[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]",
                     lambda found: f"\\u{ord(found[0]):04x}", text))

    def text(self, usual):
        """A text that somebody chose."""
        if not self.hostile:
            return usual
        self.turn += 1
        return HOSTILE[self.turn % len(HOSTILE)]

    def site(self):
        """What a line has of the site and its policy."""
        return {"observer.name": "aobano", "rule.ruleset": self.ruleset,
                "hedate.profile": "miyazaki", "hedate.model": "alpha"}

    # ---- flows ----

    def flow(self, epoch, places, port, reason, packets, observed=False):
        """A blocked flow, or one that was only observed."""
        (zone, segment, interface, four, six, _), to = places
        draw, begin = self.random, epoch * EPOCH + self.random.random() * EPOCH
        version, host = draw.random() < 0.9, 1 + int(draw.random() ** 3 * 120)
        transport = "tcp" if draw.random() < 0.7 else "udp" if draw.random() < 0.9 else "icmp"
        end, peer = begin + draw.random() * 3, 2 + int(draw.random() ** 2 * 60)
        line = {
            "@timestamp": stamp(int(begin)), "event.sequence": 0, "event.kind": "event",
            "event.category": "network", "event.type": "allowed" if observed else "denied",
            "event.action": "flow-observed" if observed else "flow-blocked",
            "event.outcome": "success", "event.reason": "observed" if observed else reason,
            "event.start": stamp(int(begin)), "event.end": stamp(int(end), 5), **self.site(),
            "hedate.zone.source": zone, "hedate.zone.destination": to[0],
            "hedate.segment.source": f"{zone}.{segment}",
            "hedate.segment.destination": f"{to[0]}.{to[1]}",
            "observer.ingress.interface.name": self.text(interface),
            "observer.egress.interface.name": self.text(to[2]),
            "source.mac": f"00-00-5E-00-53-{host:02X}",
            "source.ip": f"{four}.{host}" if version else f"{six}{host:x}",
        }
        if transport != "icmp":
            line["source.port"] = 32768 + draw.randrange(28000)
        line["destination.ip"] = f"{to[3]}.{peer}" if version else f"{to[4]}{peer:x}"
        if transport != "icmp":
            line["destination.port"] = port
        number = {"tcp": "6", "udp": "17", "icmp": "1" if version else "58"}[transport]
        line |= {"network.type": "ipv4" if version else "ipv6",
                 "network.transport": transport if version or transport != "icmp" else "ipv6-icmp",
                 "network.iana_number": number}
        if transport == "tcp":
            line["hedate.tcp.flags"] = "S"
        if transport == "icmp":
            line |= {"hedate.icmp.type": 8, "hedate.icmp.code": 0}
        line |= {"network.packets": packets, "network.bytes": packets * 60, "hedate.length": 60,
                 "hedate.detail": "full", "hedate.epoch": epoch, "hedate.table": TABLE}
        self.put(line)

    def ledger(self, epoch, packets, lost):
        """What balances the flows of an epoch."""
        self.kernel, self.lost = self.kernel + packets, self.lost + lost
        if lost:
            self.put(self.event_line((epoch + 1) * EPOCH, "records-lost",
                                     {"hedate.lost.packets": lost, "hedate.epoch": epoch,
                                      "hedate.table": TABLE}))
        self.put({"@timestamp": stamp((epoch + 1) * EPOCH), "event.sequence": 0,
                  "event.kind": "metric", "event.action": "ledger", "observer.name": "aobano",
                  "hedate.epoch": epoch, "hedate.table": TABLE,
                  "hedate.epoch_start": stamp(epoch * EPOCH),
                  "hedate.epoch_end": stamp((epoch + 1) * EPOCH),
                  "hedate.ledger.packets": packets, "hedate.ledger.recorded": packets - lost,
                  "hedate.ledger.lost": lost, "hedate.total.kernel": self.kernel,
                  "hedate.total.recorded": self.kernel - self.lost, "hedate.total.lost": self.lost})

    def epoch(self, epoch, flows, port=None, source=None, lost=0):
        """The group of an epoch."""
        draw, total = self.random, lost
        for _ in range(flows):
            first = source or draw.choices(PLACES, [place[5] for place in PLACES])[0]
            to = draw.choice([place for place in PLACES if place[0] != first[0]])
            packets = 1 + int(draw.random() ** 6 * 400)
            total += packets
            self.flow(epoch, (first, to), port or draw.choice(PORTS), draw.choice(REASONS), packets,
                      observed=draw.random() < 0.01 and self.hostile)
        self.ledger(epoch, total, lost)

    # ---- events ----

    def members(self, action):
        """Those that an event of this kind has, as the schema says."""
        for rule in self.schema["event"]["allOf"]:
            kinds = rule["if"]["properties"]["event.action"]
            if action in kinds.get("enum", [kinds.get("const")]):
                parts = rule["then"].get("propertyNames", {}).get("anyOf", [])
                names = [name for part in parts for name in part.get("enum", [])]
                return names, rule["then"].get("properties", {})
        return [], {}

    def value(self, name, seconds):
        """Something that a member of an event may be."""
        kind = self.schema["event"]["properties"].get(name, {})
        kind = kind.get("anyOf", [kind])[0]
        if "const" in kind or "enum" in kind:
            return kind.get("const", kind.get("enum", [None])[0])
        reference = kind.get("$ref", "").rpartition("/")[2]
        short = name.removeprefix("hedate.")
        plain = {"digits": "3", "count": 3, "decision": "false", "revision": revision(self.change),
                 "time": stamp(seconds), "mac": "00-00-5E-00-53-60", "port": 443, "byte": 0,
                 "place": "lgwan" if name.startswith("hedate.zone") else "lgwan.terminals"}
        if reference in plain:
            return plain[reference]
        if "pattern" in kind:
            return {"^[0-9a-f]{64}$": "ab" * 32}.get(kind["pattern"], "A" * 43 + "=")
        if kind.get("format") or name.endswith(".ip"):
            return "10.20.17.9"
        return self.text(WORDS.get(short, WORDS.get(short.rpartition(".")[2], "—")))

    def event_line(self, seconds, action, chosen, outcome=None):
        """An event with all its members."""
        names, fixed = self.members(action)
        bad = re.search(r"fail|lost|refused|broken|unusable|unreadable|denied|low|storm|missing",
                        action)
        line = {"@timestamp": stamp(int(seconds)), "event.sequence": 0,
                "event.kind": fixed.get("event.kind", {}).get("const", "event"),
                "event.category": fixed.get("event.category", {}).get("const", "configuration"),
                "event.action": action,
                "event.outcome": outcome or ("failure" if bad else "success"),
                **self.site(), "message": self.text(f"{action}: 記録の例")}
        for name in names:
            line[name] = chosen.get(name, self.value(name, seconds))
        return line

    def plan(self, day, hour, action, /, **chosen):
        """An event on that day of the year, at that hour of the city."""
        self.plan_at(int(self.first.timestamp()) + day * 86400 + int(hour * 3600), action, **chosen)

    def plan_at(self, seconds, action, /, **chosen):
        """An event at a time."""
        members = {"hedate." + name.replace("__", "."): value for name, value in chosen.items()}
        heapq.heappush(self.events, (seconds, len(self.events), action, members))

    def plan_changes(self):
        """Each as it was proposed, approved, put in force, and what became of it."""
        for change in self.changes:
            about = {"ticket": change.ticket, "reason": change.reason}
            if not 0 <= change.day < DAYS:
                continue
            applied = {"change": str(change.number), "how": "control", "user": change.who,
                       "approver": change.approver, "revision_before": change.revision_before,
                       "revision_after": change.revision, "seconds": "0", **about}
            if change.approver:
                self.plan(change.day, 10, "propose", proposer=change.who, user=change.who, **about)
                self.plan(change.day, 10.5, "approve", proposer=change.who, user=change.approver,
                          **about)
            if change.state == "refused":
                self.plan(change.day, 11, "apply-refused", **applied)
                continue
            self.plan(change.day, 11, "apply", **applied | {"seconds": "300"})
            self.plan(change.day, 11.05, "confirm" if change.state == "confirmed"
                      else "rollback-automatic", change=str(change.number), user=change.who)

    def plan_exceptions(self):
        """What the register says."""
        actions = {"request": "requested", "approve": "approved", "refuse": "denied",
                   "revoke": "revoked", "report": "reported", "expire": "expired"}
        for time, action, user, *_ in office.Exceptions(self.now).steps:
            if self.first.timestamp() <= time:
                self.plan_at(time, f"exception-{actions[action]}", user=user,
                             uid=str(office.USERS[user]))

    def plan_year(self):
        """What happened in the office, and to the gateway."""
        self.plan(0, 0.1, "recorder-start")
        self.plan(0, 0.1, "seal-begun")
        self.plan(0, 0.2, "start")
        self.plan_changes()
        self.plan_exceptions()
        for month in range(12):
            self.plan(24 + month * 30, 16, "log-reviewed", user="suzuki")
            self.plan(21 + month * 30, 9, "log-exported", user="sato")
        for week in range(0, DAYS, 7):
            self.plan(week, 3, "proof", proof__result="proved", proof__witness="")
        for day in (40, 131, 197, 259, 260, 330):
            self.plan(day, 13.5, "scan", scan__reason="no-path", scan__targets=str(20 + day),
                      scan__addresses=str(4 + day), scan__ports="16", zone__source="lgwan",
                      zone__destination="internet")
            self.plan(day, 14.2, "scan-end")
        for day in (88, 203, 311):
            self.plan(day, 15, "drift", by__pid=str(4711 + day), by__uid="0", by__login_uid="1003")
            self.plan(day, 15.001, "drift-repaired", window_ms="1.4", repair_ms="6.2")
        for day, hour, action in ((61, 2, "clock-lost"), (61, 5, "clock-synchronised"),
                                  (96, 4, "link-down"), (96, 4.1, "link-up"),
                                  (190, 9, "stop"), (190, 9.2, "start"), (265, 17, "hold-placed"),
                                  (255, 9, "isolate"), (255, 17, "release")):
            self.plan(day, hour, action, user="suzuki")

    def plan_all(self):
        """The year's events; of each kind that exists at least one, on the day of the drill."""
        self.plan(0, 0.1, "recorder-start")
        self.plan(0, 0.1, "seal-begun")
        self.plan(0, 0.2, "start")
        self.plan_year_of_drills()
        drill = 284  # 防災の日
        actions = self.schema["event"]["properties"]["event.action"]["enum"]
        for index, action in enumerate(sorted(set(actions) - {"records-lost"})):
            self.plan(drill, 9 + index * 0.05, action)

    def plan_year_of_drills(self):
        """What comes again each month and week."""
        for month in range(12):
            day = 12 + month * 30
            self.plan(day, 10, "propose", ticket=self.text(f"R8-{month + 1}"))
            self.plan(day, 11, "approve", ticket=self.text(f"R8-{month + 1}"))
            self.plan(day, 11.01, "apply", change=str(month + 1), revision_before=revision(month),
                      revision_after=revision(month + 1), user=self.text("sato"),
                      approver=self.text("suzuki"), ticket=self.text(f"R8-{month + 1}"),
                      paths_before=str(25 + month // 4), paths_after=str(26 + month // 4))
            self.plan(day, 11.05, "confirm", change=str(month + 1))
            self.plan(day, 16, "log-reviewed")
            self.plan(day + 1, 9, "log-exported")
        for week in range(0, DAYS, 7):
            self.plan(week, 3, "proof", proof__result="proved", proof__witness="")
        for day in (40, 131, 197, 259, 260, 330):
            self.plan(day, 13.5, "scan")
            self.plan(day, 14.2, "scan-end")
        for day in (88, 203, 311):
            self.plan(day, 15, "drift")
            self.plan(day, 15.001, "drift-repaired", window_ms="1.4", repair_ms="6.2")

    def put_events(self, until):
        """Those that happened before then."""
        while self.events and self.events[0][0] < until:
            seconds, _, action, members = heapq.heappop(self.events)
            if action == "apply":
                self.change = int(members.get("hedate.change", self.change))
                self.ruleset = members.get("hedate.revision_after") or self.ruleset
            if action == "detail-lost":  # stands in the group of an epoch
                continue
            self.put(self.event_line(seconds, action, members))

    def day(self, day):
        """What was blocked on one day."""
        date = self.first + datetime.timedelta(days=day)
        draw, weekend = self.random, date.weekday() >= 5
        groups = 8 + draw.randrange(6) if weekend else 28 + draw.randrange(14)
        hours = [draw.uniform(0, 24) if weekend or draw.random() < 0.2 else draw.gauss(13, 3)
                 for _ in range(groups)]
        worm = 254 <= day < 262
        scan = day in (40, 131, 197, 259, 260, 330)
        first = int(date.timestamp()) // EPOCH
        for epoch in sorted({first + int(min(max(hour, 0.05), 23.9) * 360) for hour in hours}):
            self.put_events(epoch * EPOCH)
            self.epoch(epoch, 1 + draw.randrange(4) + (8 if worm else 0),
                       port=445 if worm else None, lost=7 if day == 203 and epoch % 5 == 0 else 0)
        if scan:
            for step in range(30):
                self.epoch(first + int(23.85 * 360) + step, 12, source=PLACES[7])

    def write(self):
        """All of it."""
        if self.hostile:
            self.plan_all()
        else:
            self.plan_year()
        for day in range(DAYS):
            self.day(day)
        self.put_events(self.first.timestamp() + DAYS * 86400)


def main(arguments):
    """Returns the exit status."""
    hostile = "--hostile" in arguments
    words = [word for word in arguments if not word.startswith("-")]
    if len(words) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with open(words[0], encoding="utf-8") as opened:
        config = opened.read()
    sys.stdout.reconfigure(errors="surrogatepass")
    Year(int(words[2]), hostile, int(words[1]), config).write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
