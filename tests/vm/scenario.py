#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of a gateway, from its first start to the purge of hedate, under a flood.

    scenario.py WORK KERNEL [STEP...]    only the boots whose function's name contains a STEP

A line a step: what was done, forbidden frames that came through, what passed, what systemd and
hedate say. The status is 0 when every step went as it should.
"""
import os
import sys
import time

from machine import Lost, Machine, Wire
from report import Report

CONF = "/etc/hedate/hedate.conf"
SETTLED = "systemctl is-system-running --wait"
WITHDRAW = f"sed -i '/name = \"P1\"/d' {CONF}"
RSYSLOG = "/usr/share/hedate/rsyslog"
# The units that are shipped and not started yet: what each needs first, what it has to say then.
UNITS = (
    ("hedate-index.service", "true", "success"),
    ("hedate-metrics.service", "mkdir -p /var/lib/prometheus/node-exporter", "success"),
    ("hedate-alert.service", "true", "active"),
    # With its own bounds it can read all that it needs.
    ("hedate-prove.service", "true", "success"),
    # Its peer is the machine itself.
    ("hedate-ha.service", "true", "success"),
    ("hedate-forward.service", f"sed s/collector.example.jp/10.2.0.66/ {RSYSLOG}/forward-tcp.conf"
     " >/etc/hedate/forward.conf; chgrp hedate-forward /etc/hedate/forward.conf", "active"),
    # Its rsyslogd has no module for PostgreSQL in this machine.
    ("hedate-database.service", f"cp {RSYSLOG}/database.conf /etc/hedate/", "ompgsql"),
)


def first_start(r):
    r.power_on("first start")
    r.passes("all")
    r.says("hedate status --json", '"state":"enforcing"')
    for what, command in (("kill -9 hedated", "kill -KILL $(systemctl show -P MainPID hedated)"),
                          ("hedated: SIGSEGV", "kill -SEGV $(systemctl show -P MainPID hedated)"),
                          ("kill -9 hedate-logd",
                           "kill -KILL $(systemctl show -P MainPID hedate-logd)")):
        r.step(what)
        r.do(command)
        r.ready()
        r.lasts("all")
    r.step("network managers restarted")
    r.do("systemctl restart networking systemd-networkd")
    r.passes("all")
    r.step("systemctl stop hedated")
    r.do("systemctl stop hedated")
    r.lasts("all")
    r.step("systemctl start hedated")
    r.do("systemctl start hedated")
    r.ready()
    r.lasts("all")


def changes(r):
    r.up()
    r.step("apply: a path less")
    r.do(f"cp {CONF} /root/whole.conf; {WITHDRAW}; hedate apply")
    r.closes("P1")
    r.lasts("P2")
    r.step("apply: the path again")
    r.wire.tell("open P1")
    r.do(f"cat /root/whole.conf >{CONF}; hedate apply")
    r.passes("all")
    r.step("apply --confirm, and nobody does")
    r.do(f"{WITHDRAW}; hedate apply --confirm 15; status=$?;"
         f"cat /root/whole.conf >{CONF}; exit $status")
    r.passes("P1")
    r.lasts("P2")
    r.says("hedate history", "rolled")


def units(r):
    r.up()
    for unit, first, want in UNITS:
        r.step(f"start {unit}")
        r.do(first)
        r.unit(unit, want)
    r.says("head -n 3 /var/lib/prometheus/node-exporter/hedate.prom", "hedate_")
    r.says("hedate flush >/dev/null; hedate log --action ha-agrees", "ha-agrees")
    r.says("hedate status --json", '"separation_whole":"proved"')
    # It finds that there is nobody to set the clock by, and fails; all that there is could be read.
    for number in (1, 2):
        r.step(f"self-inspection {number}")
        r.do("systemctl start hedate-inspect; systemctl reset-failed hedate-inspect")
        r.says("hedate inspect list --json", f'"number":{number}')
        r.says(f"hedate inspect show {number} --json", '"whole":true')
    r.says("hedate flush >/dev/null; hedate log --action inspect", "inspect")
    for timer in ("hedate-index.timer", "hedate-metrics.timer", "hedate-ha.timer",
                  "hedate-prove.timer", "hedate-prove.path", "hedate-inspect.timer"):
        r.do(f"systemctl start {timer} && systemctl is-active {timer}")
    r.do("systemctl stop hedate-metrics.timer hedate-ha.timer hedate-alert hedate-forward"
         " hedate-database")


def upgrade(r):
    r.up()
    r.step("upgrade")
    r.do("dpkg -i /opt/next/*.deb")
    r.ready()
    r.says("hedate --version", os.environ["NEXT_VERSION"])
    r.lasts("all")


def crash(r):
    r.up()
    r.step("the kernel crashes in a change")
    r.do(f"cp {CONF} /root/whole.conf; {WITHDRAW}; hedate apply --confirm 600;"
         f"cat /root/whole.conf >{CONF}")
    r.leave("sync; echo c >/proc/sysrq-trigger")
    r.boot("boot after the crash")
    r.passes("all")
    r.says("hedate log verify | tail -n 1", "")


def broken_config(r):
    r.up()
    r.step("reboot with a broken file")
    r.do(f"cp {CONF} /root/whole.conf; echo 'zones = (' >{CONF}")
    r.leave("reboot")
    r.boot("boot with a broken file")
    r.says("journalctl -b -u hedated -o cat", "hedate.conf:1:")
    r.says("journalctl -b -u hedated -o cat", "which was confirmed, is in force")
    r.passes("all")
    r.step("the file is mended")
    r.do(f"cat /root/whole.conf >{CONF}; hedate apply")
    r.ready()
    r.lasts("all")


def full_var(r):
    r.up()
    r.step("reboot with /var full")
    r.do("systemctl stop hedate-logd; cat /dev/zero >/var/fill 2>&1; sync")
    r.leave("reboot")
    r.boot("boot with /var full", failed=None)
    r.passes("all")
    r.step("there is space again")
    r.do("rm /var/fill; systemctl reset-failed; systemctl restart hedate-logd systemd-journald")
    r.ready()
    r.lasts("all")


def no_var(r):
    r.up()
    r.step("the disk of /var is taken out")
    # Who waits for it need not wait for long.
    r.do("sed -i s/device-timeout=300s/device-timeout=20s/ /etc/fstab")
    r.down()
    r.power_on("boot without /var", disks=("root",), failed=None)
    r.quiet()
    r.says("systemctl show -P Result hedate-guard", "success")
    r.says("nft list tables", "table inet hedate")
    r.do("sed -i s/device-timeout=20s/device-timeout=300s/ /etc/fstab")


def no_interface(r):
    r.down()
    r.power_on("boot without the third interface", interfaces=(1, 2), failed=None)
    r.passes("P1")
    r.down()


def no_netfilter(r):
    r.up()
    r.step("reboot without nf_tables")
    r.do("echo 'install nf_tables /bin/false' >/etc/modprobe.d/test.conf")
    r.leave("reboot")
    r.boot("boot without nf_tables", failed=None, bare=True)
    r.quiet()
    r.says("systemctl is-active systemd-networkd networking | sort -u", "inactive")
    r.says("journalctl -b -u hedate-guard -o cat", "Failed to start hedate-guard")
    r.do("rm /etc/modprobe.d/test.conf")
    r.down()


def purge(r):
    r.up()
    r.passes("all")
    r.step("the packages are purged")
    r.do("dpkg --purge hedate hedate-common && ! command -v hedate &&"
         " ls /etc/hedate/confirmed/*.conf"
         " /var/log/hedate/*.jsonl; systemctl reset-failed")
    r.passes("all")
    r.leave("reboot")
    r.boot("boot without hedate", failed=None, bare=True)
    r.quiet()


def control(r):
    """With nothing in its way the flood does come through: the zeros above mean something."""
    r.up()
    r.step("nothing in its way: what the flood can do")
    r.wire.tell("judge off")
    r.do("nft flush ruleset; sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    r.seen()


BOOTS = (first_start, changes, units, upgrade, crash, broken_config, full_var, no_var, no_interface,
         no_netfilter, purge, control)


def main(work, kernel, *names):
    wire = Wire(work, float(os.environ.get("VM_RATE", "200")))
    machine = Machine(work, kernel)
    report = Report(machine, wire)
    try:
        time.sleep(1)  # before boot
        for boot in BOOTS:
            if not names or any(name in boot.__name__ for name in names):
                boot(report)
        report.down()
        report.end()
    except Lost as error:
        report.fail(str(error))
        report.end()
    finally:
        machine.power_off()
        wire.end()
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
