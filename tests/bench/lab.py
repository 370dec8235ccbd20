# SPDX-License-Identifier: GPL-2.0-or-later
"""Gateways to measure in: network namespaces, processes inside them, and their end.

Everything that a Lab makes is undone by its close(): processes it started are ended (by their ids),
namespaces and files are removed. Nothing outside its own namespaces is touched.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time


class Failure(Exception):
    """Something that is needed does not work; its text says what."""


# The segments that carry traffic here: interface in the gateway, the gateway's address, a host's.
LEGS = {
    "source": ("eno2.210", "10.20.16.1/21", "10.20.16.10/21"),
    "sink": ("eno3.320", "10.30.0.1/24", "10.30.0.10/24"),
    "flooder": ("eno3.310", "10.30.16.1/22", "10.30.16.5/22"),
    "target": ("eno1.120", "10.10.0.1/24", "10.10.0.10/24"),
}
# The city's other interfaces: there, with nothing behind them.
IDLE = ("eno1.110", "eno2.220", "eno2.230", "eno3.340", "eno4")


def run(command, **options):
    """Run a command to its end; its standard output. A failure shows what it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, **options)
    if done.returncode:
        raise Failure(f"{' '.join(command)}: status {done.returncode}: "
                      f"{(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def timed(prefix, tool, command):
    """Run a command; (seconds of wall time, peak resident KiB). prefix leads into its namespace."""
    read, write = os.pipe()
    try:
        # The tool writes to descriptor 3.
        done = subprocess.run([*prefix, "sh", "-c", f'exec "$@" 3>&{write}', "sh", tool, *command],
                              pass_fds=[write], capture_output=True, text=True, check=False)
        os.close(write)
        write = -1
        with os.fdopen(os.dup(read)) as result:
            words = result.read().split()
    finally:
        os.close(read)
        if write >= 0:
            os.close(write)
    if done.returncode or len(words) != 3 or words[2] != "0":
        raise Failure(f"{' '.join(command)}: {' '.join(words)}: "
                      f"{(done.stderr or done.stdout).strip()[-2000:]}")
    return int(words[0]) / 1e9, int(words[1])


def memory(pid, field="VmRSS"):
    """KiB, from /proc."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise Failure(f"process {pid} has no {field}")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listed:
        return [int(child) for child in listed.read().split()]


class Lab:
    def __init__(self, tools):
        self.tools = tools
        self.directory = tempfile.mkdtemp(prefix="hedate-bench-")
        os.chmod(self.directory, 0o711)
        self.processes = []
        self.namespaces = []

    def close(self):
        for process in reversed(self.processes):
            self.stop(process)
        for name in reversed(self.namespaces):
            subprocess.run(["ip", "netns", "delete", name], stderr=subprocess.DEVNULL, check=False)
        self.namespaces = []
        shutil.rmtree(self.directory, ignore_errors=True)

    @staticmethod
    def stop(process, wait=10):
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def file(self, name):
        return os.path.join(self.directory, name)

    def tool(self, name):
        return os.path.join(self.tools, name)

    def namespace(self, label):
        name = f"hdt-{os.getpid()}-{label}"
        run(["ip", "netns", "add", name])
        self.namespaces.append(name)
        return name

    def remove_namespace(self, name):
        run(["ip", "netns", "delete", name])
        self.namespaces.remove(name)

    def start(self, command, log, env=None, namespace=None):
        """Start a process that stays; what it says goes to the file log."""
        if namespace:
            command = ["ip", "netns", "exec", namespace] + command
        with open(self.file(log), "ab") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                       env=dict(os.environ, **(env or {})))
        self.processes.append(process)
        return process

    def said(self, log):
        with open(self.file(log), encoding="utf-8", errors="replace") as text:
            return text.read()[-2000:].strip()


class Gateway:
    """A router namespace with one namespace for each leg behind it."""

    def __init__(self, lab, label, legs=("source", "sink")):
        self.lab, self.label = lab, label
        self.name = lab.namespace(label)
        self.ends = {}
        commands = ["link set lo up"]
        for leg in legs:
            self.ends[leg] = lab.namespace(f"{label}-{leg}")
            interface, inside, outside = LEGS[leg]
            commands += [f"link add {interface} type veth peer name up0 netns {self.ends[leg]}",
                         f"address add {inside} dev {interface}", f"link set {interface} up"]
            self.batch(self.ends[leg], ["link set lo up"])
        rest = lab.namespace(f"{label}-rest")
        self.ends["rest"] = rest
        for number, interface in enumerate(IDLE):
            commands += [f"link add {interface} type veth peer name up{number} netns {rest}",
                         f"link set {interface} up"]
        # No router solicitations and the like in the middle of a sample.
        self.shell("sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 "
                   "net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1")
        self.batch(self.name, commands)
        for leg in legs:
            _, inside, outside = LEGS[leg]
            run(["ip", "netns", "exec", self.ends[leg], "sysctl", "-q", "-w",
                 "net.ipv6.conf.all.disable_ipv6=1"])
            self.batch(self.ends[leg], [f"address add {outside} dev up0", "link set up0 up",
                                        f"route add default via {inside.split('/')[0]}"])

    @staticmethod
    def batch(namespace, commands):
        run(["ip", "-n", namespace, "-batch", "-"], input="\n".join(commands) + "\n")

    def command(self, *command):
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command, **options):
        return run(self.command(*command), **options)

    def shell(self, text):
        return self.run("sh", "-ec", text)

    def at(self, leg, *command):
        return ["ip", "netns", "exec", self.ends[leg], *command]

    def counter(self, leg, which):
        return int(self.shell(f"cat /sys/class/net/{LEGS[leg][0]}/statistics/{which}"))

    def nft(self, text):
        self.run("nft", "-f", "-", input=text)

    def remove(self):
        for name in [*self.ends.values(), self.name]:
            self.lab.remove_namespace(name)


class Notified:
    """A socket for sd_notify: tells when a daemon says that it is ready."""

    def __init__(self, path):
        self.path = path
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o777)

    def wait(self, process, limit):
        """Seconds until READY=1; Failure when the process ends or the time is over."""
        start = time.monotonic()
        self.socket.settimeout(0.1)
        while time.monotonic() - start < limit:
            try:
                if b"READY=1" in self.socket.recv(4096):
                    return time.monotonic() - start
            except socket.timeout:
                if process.poll() is not None:
                    raise Failure(f"ended with status {process.returncode}") from None
        raise Failure(f"not ready after {limit} s")

    def close(self):
        self.socket.close()
        os.unlink(self.path)


class Hedate:
    """Our daemons in a gateway, with their own run and log directories."""

    def __init__(self, gateway, build, config, limit=120, cpu=None):
        self.gateway, self.build = gateway, build
        lab = gateway.lab
        directory = tempfile.mkdtemp(prefix="hedate-", dir=lab.directory)
        self.run_directory = os.path.join(directory, "run")
        self.log_directory = os.path.join(directory, "log")
        self.log = os.path.join(directory, "hedated.log")
        for name in (self.run_directory, self.log_directory):
            os.mkdir(name, 0o750)
        notified = Notified(lab.file(f"notify-{gateway.label}"))
        start = time.monotonic()
        pinned = ["taskset", "-c", cpu] if cpu else []
        self.process = lab.start(
            [*pinned, os.path.join(build, "hedated"), "-f", "-u", "root", "-c", config, "-r",
             self.run_directory, "--recorder", "-l", self.log_directory,
             *self.state(os.path.join(directory, "state"))], self.log,
            env={"NOTIFY_SOCKET": notified.path}, namespace=gateway.name)
        try:
            notified.wait(self.process, limit)
        except Failure as failure:
            raise Failure(f"hedated in {gateway.label}: {failure}; it said: "
                          f"{lab.said(self.log)}") from None
        finally:
            notified.close()
        self.start_seconds = time.monotonic() - start

    def state(self, directory):
        """Options for a register of exceptions of its own; a build may be older than that."""
        known = subprocess.run([os.path.join(self.build, "hedated"), "--help"], check=False,
                               capture_output=True, text=True).stdout
        return ["-s", directory] if "--state-directory" in known else []

    def words(self, *words):
        return [os.path.join(self.build, "hedate"), "-r", self.run_directory, *words]

    def command(self, *words):
        return self.gateway.command(*self.words(*words))

    def status(self):
        return json.loads(run(self.command("status", "--json")))

    def pids(self):
        """hedated, hedate-logd: the recorder is the enforcer's child."""
        found = {}
        queue = [self.process.pid]
        while queue:
            pid = queue.pop()
            with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as comm:
                found[comm.read().strip()] = pid
            queue += children(pid)
        if "hedated" not in found or "hedate-logd" not in found:
            raise Failure(f"in {self.gateway.label} only these run: {', '.join(found)}")
        return found

    def stop(self):
        self.gateway.lab.stop(self.process)
