# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine of tests/vm/boot: QEMU, the wire around it, and the agent inside it."""
import base64
import json
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 900  # seconds for what ends by itself; the processor is emulated, and maybe shared


class Lost(Exception):
    """The agent does not answer, or the machine does not do what it was asked."""


class Wire:
    """The flood, its judge and the hosts: wire.py, in a process of its own."""

    def __init__(self, work, rate):
        self.process = subprocess.Popen(
            [sys.executable, "-B", f"{HERE}/wire.py", work, str(rate)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1)

    def tell(self, command):
        self.process.stdin.write(command + "\n")

    def state(self):
        self.tell("state")
        return json.loads(self.process.stdout.readline())

    def passed(self):
        return {name: flow["passed"] for name, flow in self.state()["flows"].items()}

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Machine:
    def __init__(self, work, kernel):
        self.work, self.kernel = work, kernel
        self.process = self.agent = None
        self.number, self.waiting = 0, b""
        self.boots, self.parts = set(), ()

    def command(self, interfaces, disks):
        words = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-accel", "tcg",
                 "-cpu", "max",
                 "-smp", "1", "-m", "640", "-display", "none",
                 "-nodefaults", "-no-user-config", "-no-reboot", "-device", "virtio-rng-pci",
                 "-kernel", self.kernel, "-initrd", f"{self.work}/initrd",
                 "-append", "console=ttyS0 net.ifnames=0 no_timer_check quiet panic=1 "
                 "systemd.show_status=0 root=/dev/vda rootfstype=ext4",
                 "-chardev", f"file,id=console,path={self.work}/console,append=on",
                 "-serial", "chardev:console",
                 "-chardev", f"socket,id=agent,path={self.work}/agent,server=on,wait=off",
                 "-serial", "chardev:agent"]
        for disk in disks:
            words += ["-drive", f"file={self.work}/{disk}.img,format=raw,if=virtio,cache=unsafe"]
        for zone in interfaces:
            words += ["-netdev", f"dgram,id=n{zone},local.type=unix,remote.type=unix,"
                      f"local.path={self.work}/vm{zone},remote.path={self.work}/wire{zone}",
                      "-device", f"virtio-net-pci,netdev=n{zone},mac=52:54:00:0{zone}:00:01,"
                      f"addr=0x1{zone}"]
        return words

    def power_on(self, interfaces=(1, 2, 3), disks=("root", "var")):
        self.parts = interfaces, disks
        with open(f"{self.work}/qemu", "ab") as said:
            self.process = subprocess.Popen(self.command(interfaces, disks), stdout=said,
                                            stdin=subprocess.DEVNULL, stderr=said)
        self.connect()

    def connect(self):
        for _ in range(100):
            self.agent = socket.socket(socket.AF_UNIX)
            try:
                self.agent.connect(f"{self.work}/agent")
                return
            except OSError:
                self.agent.close()
                if self.process.poll() is not None:
                    with open(f"{self.work}/qemu", encoding="utf-8", errors="replace") as said:
                        raise Lost(f"QEMU: {said.read().strip()}") from None
                time.sleep(0.1)
        raise Lost("QEMU does not open its sockets")

    def line(self, seconds):
        end = time.monotonic() + seconds
        while b"\n" not in self.waiting:
            self.agent.settimeout(max(0.01, end - time.monotonic()))
            try:
                more = self.agent.recv(65536)
            except TimeoutError:
                raise Lost(f"no answer within {seconds} s") from None
            if not more:
                raise Lost("QEMU has ended")
            self.waiting += more
        line, self.waiting = self.waiting.split(b"\n", 1)
        return line.decode("ascii", "replace").split()

    def booted(self, seconds=PATIENCE):
        """Wait for the agent of a boot that was not seen before."""
        while True:
            words = self.line(seconds)
            if len(words) == 2 and words[0].endswith("up") and words[1] not in self.boots:
                self.boots.add(words[1])
                return

    def ask(self, script):
        """Send a script; nobody waits for it."""
        self.number += 1
        text = base64.b64encode(script.encode()).decode()
        self.agent.sendall(f"{self.number} {text}\n".encode())
        return str(self.number)

    def run(self, script, seconds=PATIENCE):
        """Exit status and output of a script in the machine."""
        number = self.ask(script)
        while True:
            words = self.line(seconds)
            if len(words) == 2 and words[0].endswith("up"):
                self.boots.add(words[1])
                raise Lost(f"the agent was started anew during: {script}")
            if words and words[0] == number and len(words) >= 2:
                text = base64.b64decode(words[2]) if len(words) > 2 else b""
                return int(words[1]), text.decode("utf-8", "replace").strip()

    def off(self, seconds=PATIENCE):
        """Wait for the machine to go off by itself."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.power_off()
            raise Lost("the machine does not go off") from None
        self.agent.close()
        self.process, self.waiting = None, b""

    def restart(self):
        """Wait until the machine has gone down to boot again, and let it. QEMU is started anew:
        after a crash its emulated devices are not always as they were."""
        self.off()
        self.power_on(*self.parts)

    def power_off(self):
        """As the plug does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.agent.close()
            self.process, self.waiting = None, b""
