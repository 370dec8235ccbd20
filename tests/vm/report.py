# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps of tests/vm/boot: done, looked at, and said in a line each."""
import json
import re
import time

PATIENCE = 300  # seconds for what should come to pass; the processor is emulated, and maybe shared
READY = ("for i in $(seq 300); do hedate status --json 2>/dev/null | grep -q "
         "'\"state\":\"enforcing\".*\"recorder\":\"connected\"' && exit 0; sleep 0.2; done; "
         "hedate status; exit 1")
LOOK = ("echo failed: $(systemctl --failed --no-legend --plain | cut -d' ' -f1); "
        "hedate status --json 2>/dev/null || echo; "
        "journalctl -q --cursor-file=/run/looked -o cat -u hedated -u hedate-guard -u hedate-logd"
        " | grep -v '^Started\\|^Stopp\\|^Starting' | tail -n 3")
NETWORK = ("ip -br addr; ip -6 route; ip neigh; nft list tables; "
           "sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding; "
           "systemctl --no-legend list-units 'hedate*' networking systemd-networkd")


class Report:
    def __init__(self, machine, wire):
        self.machine, self.wire = machine, wire
        self.name, self.began, self.before = None, 0.0, None
        self.failed_units = set()
        self.problems, self.notes, self.failures, self.steps = [], [], 0, 0
        self.excused = 0
        self.bare = False  # nothing of hedate can be in the kernel in this step
        self.asleep, self.leaving = True, False
        self.step("before the first boot")

    # The steps themselves.

    def step(self, name):
        """End the step before, begin this one."""
        if self.name:
            self.finish()
        self.name, self.began, self.before = name, time.monotonic(), self.wire.state()
        self.problems, self.notes, self.bare = [], [], False
        self.wire.tell(f"step {name}")

    def boot(self, name, failed=frozenset(), bare=False):
        """The machine starts, or is starting again. failed: units that fail, None: whichever."""
        self.step(name)
        self.bare = bare
        if self.leaving:
            self.machine.restart()
            self.leaving = False
        self.machine.booted()
        self.asleep = False
        self.failed_units = failed
        self.machine.run("timeout {} systemctl is-system-running --wait; for i in $(seq 100); do "
                         "[ -z \"$(systemctl list-jobs --no-legend)\" ] && break; sleep 0.3; done"
                         .format(60 if failed is None else 150))

    def power_on(self, name, failed=frozenset(), **with_what):
        self.machine.power_on(**with_what)
        self.boot(name, failed)

    def up(self):
        """However the boots before this one ended, the machine runs."""
        if self.machine.process is None:
            self.power_on("boot")

    def down(self):
        if self.machine.process is not None:
            self.power_off()

    def leave(self, script):
        """A script that ends this boot."""
        self.look()
        self.machine.ask(script)
        self.asleep = self.leaving = True

    def power_off(self):
        bare = self.bare
        self.step("power off")
        self.bare = bare
        self.leave("systemctl poweroff")
        self.machine.off()
        self.leaving = False
        time.sleep(1)

    def finish(self):
        if not self.asleep:
            self.look()
        now = self.wire.state()
        through = now["forbidden"] - self.before["forbidden"]
        quoted = now["quoted"] - self.before["quoted"]
        if self.bare and quoted:
            # Forwarding is off, but nothing keeps the kernel from answering to forged sources.
            self.notes.append(f"{quoted} forbidden frames were quoted in errors of the gateway")
            through -= quoted
            self.excused += quoted
        if through:
            self.problems += [f"{through} forbidden came through", *now["first"]]
        sent = now["sent"] - self.before["sent"]
        passed = sum(flow["passed"] - self.before["flows"][name]["passed"]
                     for name, flow in now["flows"].items())
        took = time.monotonic() - self.began
        print(f"{'FAIL' if self.problems else 'ok  '}  {self.name:34} {through} of {sent:6} "
              f"forbidden, {passed:4} permitted, {took:4.0f} s", flush=True)
        for line in self.notes + [f"FAILED: {problem}" for problem in self.problems]:
            print(f"        {line[:150]}", flush=True)
        self.steps += 1
        self.failures += bool(self.problems)

    def end(self):
        if self.name:
            self.finish()
        self.name = None
        now = self.wire.state()
        print(f"{now['sent']} forbidden frames of {now['kinds']} kinds sent, "
              f"{now['forbidden'] - self.excused} came through")
        print(f"{self.steps - self.failures} passed, {self.failures} failed")

    # What a step does and expects.

    def fail(self, text):
        self.problems.append(text)

    def note(self, text):
        self.notes.append(text)

    def do(self, script):
        status, said = self.machine.run(script)
        if status:
            self.fail(f"{script}: status {status}: {said[-300:]}")
        return said

    def says(self, script, text):
        _, said = self.machine.run(script)
        if text not in said:
            self.fail(f"{script}: no {text!r} in: {said[-300:]}")
        elif said:
            self.note(next((line for line in said.splitlines() if text in line), "").strip())

    def ready(self):
        self.do(READY)

    def look(self):
        """Units that failed, the state that hedate tells, what was written into the journal."""
        _, said = self.machine.run(LOOK)
        failed, status, *journal = (said + "\n\n").split("\n")
        failed = failed.split()[1:]
        unexpected = set(failed) - (self.failed_units or set())
        if unexpected and self.failed_units is not None:
            self.fail(f"units failed: {' '.join(sorted(unexpected))}")
        if failed:
            self.note(f"failed units: {' '.join(failed)}")
        if status:
            fields = json.loads(status)
            self.note(" ".join(f"{key}={fields.get(key)}" for key in
                               ("state", "recorder", "revision", "balanced")))
            if fields.get("balanced") is False:
                self.fail("not every blocked packet is on record")
        for line in journal:
            if line:
                self.note(f"| {line}")

    @staticmethod
    def named(name, flows):
        return [flow for flow in flows if name in ("all", flow.split("/")[0])]

    def passes(self, name):
        """Each flow of a path gets through, with its answers."""
        before, missing = self.wire.passed(), None
        for _ in range(PATIENCE * 2):
            now = self.wire.passed()
            missing = [flow for flow in self.named(name, now) if now[flow] < before[flow] + 3]
            if not missing:
                return
            time.sleep(0.5)
        self.fail(f"does not pass: {' '.join(missing)}")
        self.notes += self.machine.run(NETWORK)[1].splitlines()

    def lasts(self, name):
        """The same, by the connections that were there before the step."""
        self.passes(name)
        now = self.wire.state()["flows"]
        for flow in self.named(name, now):
            if now[flow].get("connections") != self.before["flows"][flow].get("connections"):
                self.fail(f"{flow}: the connection did not last")

    def closes(self, path):
        """What was in flight has arrived; from here on the path is a forbidden one."""
        time.sleep(1)
        self.wire.tell(f"close {path}")
        before = self.wire.passed()
        time.sleep(4)
        now = self.wire.passed()
        for flow in self.named(path, now):
            if now[flow] != before[flow]:
                self.fail(f"{flow} still passes")

    def quiet(self):
        """Nothing passes at all."""
        before = self.wire.passed()
        time.sleep(5)
        if self.wire.passed() != before:
            self.fail("something passes")

    def seen(self):
        """Without a rule set, the flood gets through in both families, from each zone to each."""
        want = {f"{zone} to-{other} v{family}" for zone in (1, 2, 3) for other in (1, 2, 3)
                for family in (4, 6) if zone != other}
        seen = {}
        for _ in range(PATIENCE * 2):
            seen = self.wire.state()["seen"]
            if want <= {" ".join(name.split()[:3]) for name in seen}:
                break
            time.sleep(0.5)
        missing = want - {" ".join(name.split()[:3]) for name in seen}
        if missing:
            self.fail(f"the flood does not come through: {sorted(missing)}")
        self.note(f"{sum(seen.values())} forbidden frames of {len(seen)} kinds came through")

    def unit(self, unit, want):
        """Start a unit: it succeeds, stays active, or fails for the reason that is known."""
        _, said = self.machine.run(f"systemctl start {unit}; sleep 3; "
                                   f"systemctl show -P ActiveState -P Result {unit}; "
                                   f"journalctl -b -q -u {unit} -o cat -n 20")
        if want not in re.split(r"[^\w-]", said):
            self.fail(f"{unit}: no {want!r} in: {said[-300:]}")
        elif want not in ("success", "active"):
            self.note(next(line for line in said.splitlines() if want in line))
