# SPDX-License-Identifier: GPL-2.0-or-later
"""What hedate is measured against: firewalld and ulogd2, as Debian packages them."""
import os
import subprocess
import tempfile
import time

from lab import Failure, memory, run
from packages import LIBRARIES

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""


class Firewalld:
    """firewalld on a message bus of its own, in a gateway's namespace."""

    def __init__(self, bench, gateway, paths):
        lab = gateway.lab
        missing = bench.packages.missing("firewalld")
        if missing:
            raise Failure(missing)
        self.gateway, self.packages, limit = gateway, bench.packages, bench.firewalld_limit
        self.log = f"firewalld-{gateway.label}.log"
        directory = lab.file(f"firewalld-{gateway.label}")
        run([bench.genconf, str(paths), "--firewalld", directory])
        path = lab.file(f"bus-{gateway.label}")
        with open(path + ".conf", "w", encoding="ascii") as out:
            out.write(BUS.format(path=path))
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={path}"}
        self.bus = lab.start(
            self.packages.command("dbus-daemon", f"--config-file={path}.conf", "--nofork",
                                  "--nopidfile"), f"bus-{gateway.label}.log")
        self.process = None
        try:
            self.wait(lambda: os.path.exists(path), 10, "the message bus")
            start = time.monotonic()
            self.process = lab.start(
                self.packages.command(
                    "firewalld", "--nofork", "--nopid", "--system-config", directory,
                    "--default-config", self.packages.path("/usr/lib/firewalld"),
                    "--log-target", "file", "--log-file", lab.file(self.log)),
                self.log, env=self.environment, namespace=gateway.name)
            self.wait(self.running, limit, f"firewalld with {paths:,} rich rules")
            self.start_seconds = time.monotonic() - start
            self.check(paths)
        except BaseException:
            self.stop(0.5)
            raise

    def wait(self, condition, limit, what):
        start = time.monotonic()
        while time.monotonic() - start < limit:
            if condition():
                return
            time.sleep(0.1)
        raise Failure(f"{what}: not up after {limit} s")

    def client(self, *words, limit=600):
        command = self.gateway.command(*self.packages.command("firewall-cmd", *words))
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit,
                              env=dict(os.environ, **self.environment))

    def running(self):
        if self.process.poll() is not None:
            raise Failure(f"firewalld ended with status {self.process.returncode}: "
                          f"{self.gateway.lab.said(self.log)}")
        try:
            return self.client("--state", limit=2).returncode == 0
        except subprocess.TimeoutExpired:
            return False  # busy with its rules

    def check(self, paths):
        """It must really hold the rules: count them in the kernel."""
        listed = self.gateway.run("nft", "list", "table", "inet", "firewalld")
        found = sum(1 for line in listed.splitlines() if "ip daddr" in line and "accept" in line)
        if found < paths * 0.9:
            raise Failure(f"firewalld has {found} rules in the kernel instead of {paths}: "
                          f"{self.gateway.lab.said(self.log)}")

    def reload(self):
        """Seconds of one firewall-cmd --reload."""
        start = time.monotonic()
        done = self.client("--reload")
        if done.returncode:
            raise Failure(f"firewall-cmd --reload: {done.stderr.strip()}")
        return time.monotonic() - start

    def resident(self):
        return memory(self.process.pid)

    def stop(self, wait=10):
        for process in (self.process, self.bus):
            if process:
                self.gateway.lab.stop(process, wait)


ULOGD = """[global]
logfile="{log}"
loglevel=5
plugin="{plugins}/ulogd_inppkt_NFLOG.so"
plugin="{plugins}/ulogd_raw2packet_BASE.so"
plugin="{plugins}/ulogd_filter_IFINDEX.so"
plugin="{plugins}/ulogd_filter_IP2STR.so"
plugin="{plugins}/ulogd_filter_HWHDR.so"
{way}"""
# How it writes: JSON, or the lines that it would send to syslog.
ULOGD_WAYS = {
    "JSON": """plugin="{plugins}/ulogd_output_JSON.so"
stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,mac2str1:HWHDR,json1:JSON
[log1]
group=101
{buffers}[json1]
sync=0
file="{output}"
""",
    "syslog": """plugin="{plugins}/ulogd_filter_PRINTPKT.so"
plugin="{plugins}/ulogd_output_LOGEMU.so"
stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,print1:PRINTPKT,emu1:LOGEMU
[log1]
group=101
{buffers}[emu1]
sync=0
file="{output}"
""",
}
LARGE = """netlink_socket_buffer_size=8388608
netlink_socket_buffer_maxsize=33554432
netlink_qthreshold=64
"""


class Ulogd:
    """ulogd2: every packet of group 101 as a line; large: with 8 to 32 MiB of buffer."""

    def __init__(self, bench, gateway, large, cpu, way="JSON"):
        lab = gateway.lab
        self.lab = lab
        directory = tempfile.mkdtemp(prefix="ulogd-", dir=lab.directory)
        self.output = os.path.join(directory, "packets.json")
        self.log = os.path.join(directory, "ulogd.log")
        plugins = bench.packages.path(LIBRARIES + "/ulogd")
        config = lab.file("ulogd.conf")
        with open(config, "w", encoding="ascii") as out:
            how = ULOGD_WAYS[way].format(plugins=plugins, output=self.output,
                                         buffers=LARGE if large else "")
            out.write(ULOGD.format(log=self.log, plugins=plugins, way=how))
        command = bench.packages.command("taskset", "-c", cpu, "ulogd", "-c", config)
        self.process = lab.start(command, "ulogd.out", namespace=gateway.name)
        time.sleep(0.5)
        if self.process.poll() is not None:
            raise Failure(f"ulogd ended: {lab.said('ulogd.out')} {lab.said(self.log)}")

    def stop(self):
        """End it when it has written all that waits. How often it said that it lost something."""
        size = -1
        for _ in range(30):
            time.sleep(0.5)
            before, size = size, os.path.getsize(self.output)
            if size == before:
                break
        self.lab.stop(self.process)
        if not os.path.exists(self.log):
            return 0
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return sum("losing events" in line or "ENOBUFS" in line or "overrun" in line
                       for line in log)
