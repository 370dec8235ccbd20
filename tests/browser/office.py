# SPDX-License-Identifier: GPL-2.0-or-later
"""What the demo city's office did in a year: changes of the configuration, exceptions, exports.

    office.py CONFIG NOW DIRECTORY >PLAN	for makeoffice

CONFIG is what is in force at last, NOW Unix time. The configurations that were in force before
are written into DIRECTORY, by their numbers; the last change is left to the real programs.
"""
import datetime
import hashlib
import os
import re
import sys

JST = datetime.timezone(datetime.timedelta(hours=9))
DAY, HOUR = 86400, 3600
USERS = {"sato": 1001, "suzuki": 1002, "tanaka": 1003, "hedated": 990}

VIEWER = """  { name = "F26"; from = "internet.terminals"; to = "internet-mail"; service = "smtp";
    reason = "旧メールソフト(移行まで)"; },
"""
TRIAL = """  { name = "T01"; from = "internet.terminals"; to = "internet-dns"; service = "dns";
    reason = "名前解決の試験"; },
"""
LAST = '  { name = "F25";'


def without(name):
    """The configuration before this path was added."""
    def change(text):
        return re.sub(r'  *\{ name = "' + name + r'";(?:[^{}]|\{[^{}]*\})*\},\n', "", text, count=1)
    return change


def instead(now, then):
    """The configuration before one text took the place of another."""
    def change(text):
        assert now in text, now
        return text.replace(now, then, 1)
    return change


def before(*undone):
    """The configuration before several such changes."""
    def change(text):
        for undo in undone:
            text = undo(text)
        return text
    return change


# Day of the year, ticket, reason, who, approver, what became of it, and how it was before.
CHANGES = (
    (-40, "R7-31", "境界ゲートウェイの運用開始", "sato", "suzuki", "confirmed", None),
    (12, "R7-44", "標準準拠システムとのデータ連携の開始", "sato", "suzuki", "confirmed",
     without("F10")),
    (42, "R7-52", "画面転送の予備ポートを追加", "sato", "suzuki", "confirmed",
     before(instead('from = "lgwan.terminals"; to = "vdi"; service = "vdi";',
                    'from = "lgwan.terminals"; to = "vdi"; service = "https";'),
            instead('from = "10.20.17.9"; to = "vdi"; service = "vdi";',
                    'from = "10.20.17.9"; to = "vdi"; service = "https";'))),
    (75, "R7-60", "ファイル無害化装置の更新に伴うアドレスの変更", "tanaka", "suzuki", "confirmed",
     instead('"10.30.240.5", "fd00:aa:330::5"', '"10.30.240.7", "fd00:aa:330::7"')),
    (118, "R7-71", "名前解決の試験", "tanaka", "suzuki", "rolled-back", None),
    (133, "R8-2", "ログをログサーバーへ転送する", "sato", "suzuki", "confirmed",
     before(without("H2"), instead('"H2"; must = "pass"', '"H2"; must = "block"'))),
    (171, "R8-9", "一つの記録にまとめる時間を 30 秒から 10 秒に短縮", "sato", "suzuki", "confirmed",
     instead("epoch = 10;", "epoch = 30;")),
    (204, "R8-15", "外部メールの受信経路の障害対応(夜間)", "tanaka", "", "confirmed",
     without("F24b")),
    (252, "R8-20", "同名の経路の重複", "tanaka", "suzuki", "refused", None),
    (300, "R8-27", "旧メールソフトの廃止", "sato", "suzuki", "confirmed",
     instead(LAST, VIEWER + LAST)),
    (333, "R8-30", "表示名の見直し", "sato", "suzuki", "confirmed",
     instead('label = "ログサーバー"', 'label = "シスログ"')),
    # By the real programs, when the year is over.
    (366, "R8-33", "上長が承認したファイルの持出を開始", "sato", "suzuki", "confirmed",
     without("F21")),
)


class Change:
    """One change, and the bytes that it put in force or tried to."""

    def __init__(self, number, row):
        (self.day, self.ticket, self.reason, self.who, self.approver, self.state,
         self.undo) = row
        self.number, self.text, self.before = number, "", ""

    @property
    def revision(self):
        """As hedated calls these bytes."""
        return digest(self.text)

    @property
    def revision_before(self):
        """Of what was in force before."""
        return digest(self.before) if self.before else ""


def digest(text):
    """The first digits of BLAKE2b-256."""
    return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()[:12]


def changes(config):
    """All of them, oldest first."""
    rows = [Change(number + 1, row) for number, row in enumerate(CHANGES)]
    text = config
    for change in reversed(rows):
        change.text = text
        if change.state == "confirmed" and change.undo:
            text = change.undo(text)
        change.before = text if change.number > 1 else ""
        if change.state != "confirmed":
            change.text = text.replace(LAST, TRIAL + LAST, 1)
    return rows


class Exceptions:
    """The register's steps, in their order of time: (time, action, user, more...)."""

    def __init__(self, now):
        self.now, self.steps, self.given = now, [], {}
        self.plan()
        self.steps.sort(key=lambda step: step[0])

    def request(self, begin, length, user, ends, reason, emergency=False, ahead=0):
        """Ask for one that begins so many seconds after it is asked for; its id."""
        year = datetime.datetime.fromtimestamp(begin, datetime.timezone.utc).year
        self.given[year] = self.given.get(year, 0) + 1
        self.steps.append((begin, "request", user, *ends, str(begin + ahead),
                           str(begin + ahead + length), str(emergency).lower(),
                           "第2章4(2)①", reason))
        return f"X-{year}-{self.given[year]:04d}"

    def step(self, time, action, user, name, text=""):
        """What became of it."""
        self.steps.append((time, action, user, name, text))

    def plan(self):
        """Of each kind one: ended, refused, taken back, reported, overdue, in force, asked for."""
        now = self.now
        disk = ("10.20.0.40", "10.30.0.25", "tcp/445")
        then = now - 320 * DAY
        name = self.request(then, 14 * DAY, "sato", disk, "移行データの受渡し", ahead=DAY)
        self.step(then + 5 * HOUR, "approve", "suzuki", name)
        self.step(then + 15 * DAY, "expire", "hedated", name)
        then = now - 250 * DAY
        name = self.request(then, 30 * DAY, "tanaka", ("10.30.16.9", "10.20.0.31", "tcp/22"),
                            "庁外からの保守", ahead=DAY)
        self.step(then + 20 * HOUR, "refuse", "suzuki", name, "管理端末から行うこと")
        then = now - 200 * DAY
        name = self.request(then, 72 * HOUR, "tanaka", ("10.20.0.25", "10.30.0.25", "tcp/25"),
                            "メール無害化装置の故障", True)
        self.step(then + 20 * HOUR, "revoke", "suzuki", name, "装置が復旧した")
        self.step(then + 50 * HOUR, "report", "tanaka", name,
                  "電源の故障。装置を交換し、暫定の経路を閉じた。")
        then = now - 100 * DAY
        name = self.request(then, 3 * DAY, "sato", ("10.20.0.53", "10.30.0.53", "udp/53"),
                            "名前解決の切替え")
        self.step(then + HOUR, "approve", "sato", name, "休日のため許可者と連絡がつかない")
        self.step(then + 2 * DAY, "revoke", "suzuki", name, "切替えを終えた")
        then = now - 40 * DAY
        name = self.request(then, 48 * HOUR, "tanaka", ("10.10.0.12", "10.20.0.41", "tcp/445"),
                            "基幹系の障害により暫定の経路を使う", True)
        self.step(then + 48 * HOUR, "expire", "hedated", name)
        then = now - 20 * DAY
        name = self.request(then, 60 * DAY, "sato", ("10.20.0.41", "10.30.240.5", "tcp/8443"),
                            "無害化装置の管理画面の確認", ahead=HOUR)
        self.step(then + 2 * HOUR // 4, "approve", "suzuki", name)
        self.request(now - 10 * HOUR, 72 * HOUR, "tanaka", ("10.10.0.12", "10.20.0.40", "tcp/445"),
                     "データ連携サーバーの障害", True)
        self.request(now - 26 * HOUR, 5 * DAY, "sato", ("10.30.0.80", "198.51.100.10", "tcp/8443"),
                     "新しいプロキシの試験", ahead=6 * DAY)


def plan(config, now, directory):
    """The lines for makeoffice."""
    for change in changes(config):
        name = os.path.join(directory, f"{change.number:06d}.conf")
        with open(name, "w", encoding="utf-8") as opened:
            opened.write(change.text)
        if change.day < 366:
            yield ("change", now - 366 * DAY + change.day * DAY, change.who, change.approver,
                   change.ticket, change.reason, change.state, name)
    for time, action, user, *more in Exceptions(now).steps:
        yield action, time, user, USERS[user], *more
    yield "exported", now - 9 * DAY, "sato", "外部媒体 R8-11", 38000
    yield "reviewed", now - 6 * DAY, "suzuki", "10月分を点検した", 38500
    yield "hold", now - 100 * DAY, "suzuki", "監査委員の求めにより保全", now - 200 * DAY


def main(arguments):
    """Returns the exit status."""
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8") as opened:
        config = opened.read()
    for fields in plan(config, int(arguments[1]), arguments[2]):
        print("\t".join(map(str, fields)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
