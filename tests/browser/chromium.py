# SPDX-License-Identifier: GPL-2.0-or-later
"""Headless Chromium, spoken to in the DevTools protocol over a pair of pipes.

It runs in a network namespace of its own with no interface but a loopback that is down, so nothing
it would ask for can leave; started by root it is nobody's process, with Chromium's own sandbox
where the kernel grants one. Messages are JSON, each ends in a NUL; the browser reads its file
descriptor 3 and writes 4.
"""
import json
import os
import select
import shutil
import signal
import tempfile
import time

NOBODY = 65534
SECONDS = 120  # an answer that takes longer does not come
FLAGS = ("--headless", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check",
         "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--mute-audio",
         "--hide-scrollbars", "--lang=ja", "--font-render-hinting=none",
         "--force-color-profile=srgb")


class BrowserError(Exception):
    """Chromium did not start, ended, did not answer, or said that something failed."""


def sandboxed():
    """May a process without rights make a user namespace, which Chromium's sandbox is made of?"""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 2)
        os.execvp("setpriv", as_nobody() + ["unshare", "-U", "true"])
    return os.waitpid(pid, 0)[1] == 0


def as_nobody():
    """What to put in front of a command so that it runs without rights."""
    if os.geteuid() != 0:
        return ["setpriv"]
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def command(profile):
    """The whole command line; "unshare --net" of a user needs a user namespace around it."""
    user = [] if os.geteuid() == 0 else ["--map-current-user"]
    alone = ["unshare", *user, "--net"]
    flags = list(FLAGS) if sandboxed() else [*FLAGS, "--no-sandbox"]
    program = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if not program:
        raise BrowserError("chromium is not installed")
    return [*alone, *as_nobody(), program, *flags, f"--user-data-dir={profile}", "about:blank"]


class Browser:
    """One Chromium, for all pages; a context manager."""

    def __init__(self, log):
        self.home = tempfile.mkdtemp(prefix="hedate-browser.")
        os.chmod(self.home, 0o755)
        profile = os.path.join(self.home, "profile")
        os.mkdir(profile)
        if os.geteuid() == 0:
            os.chown(profile, NOBODY, NOBODY)
        self.number, self.waiting, self.events, self.rest = 0, {}, [], b""
        self.pid, self.out, self.into = self._start(profile, log)

    def _start(self, profile, log):
        theirs_in, out = os.pipe()
        into, theirs_out = os.pipe()
        said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        null = os.open(os.devnull, os.O_RDONLY)
        ends = [os.dup(fd) for fd in (theirs_in, theirs_out)]  # none of them is 3 or 4 any more
        while min(ends) < 5:
            ends = [os.dup(fd) for fd in ends]
        actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, said, 1),
                   (os.POSIX_SPAWN_DUP2, said, 2), (os.POSIX_SPAWN_DUP2, ends[0], 3),
                   (os.POSIX_SPAWN_DUP2, ends[1], 4)]
        words = command(profile)
        environment = {"HOME": profile, "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                       "TMPDIR": profile, "XDG_CONFIG_HOME": profile, "XDG_CACHE_HOME": profile}
        pid = os.posix_spawnp(words[0], words, environment, file_actions=actions, setsid=True)
        for fd in (theirs_in, theirs_out, said, null, *ends):
            os.close(fd)
        return pid, out, into

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.ask("Browser.close")
            while True:  # until its end of the pipe is closed
                self._receive(time.monotonic() + SECONDS)
        except (BrowserError, OSError):
            pass
        os.close(self.out)
        os.close(self.into)
        try:
            os.killpg(self.pid, signal.SIGKILL)  # what of its processes is left
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        shutil.rmtree(self.home, ignore_errors=True)

    def _receive(self, deadline):
        """Read what has come, at least one message; hand it to whom it concerns."""
        while b"\0" not in self.rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.into], [], [], left)[0]:
                raise BrowserError(f"no answer within {SECONDS} s")
            more = os.read(self.into, 1 << 20)
            if not more:
                raise BrowserError("Chromium ended")
            self.rest += more
        *messages, self.rest = self.rest.split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.waiting[message["id"]] = message
            else:
                self.events.append(message)

    def ask(self, method, session=None, **parameters):
        """Call a method and return its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        deadline = time.monotonic() + SECONDS
        while self.number not in self.waiting:
            self._receive(deadline)
        answer = self.waiting.pop(self.number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def wait_for(self, method, session):
        """The first event of that name, which may have come already."""
        deadline = time.monotonic() + SECONDS
        while True:
            for event in self.events:
                if event["method"] == method and event.get("sessionId") == session:
                    return event["params"]
            self._receive(deadline)

    def page(self, file):
        """A new tab with this file in it, loaded. The file is copied to where anybody may read."""
        return Page(self, file)


class Page:
    """A tab. What happened in it stands in events()."""

    def __init__(self, browser, file):
        self.browser = browser
        copy = os.path.join(browser.home, os.path.basename(file))
        shutil.copyfile(file, copy)
        os.chmod(copy, 0o644)
        self.url = "file://" + copy
        self.target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.ask("Target.attachToTarget", targetId=self.target,
                                   flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits", "DOM", "Accessibility"):
            self.ask(f"{domain}.enable")
        # Nothing of the empty tab is waited for by mistake.
        browser.events = [event for event in browser.events
                          if event.get("sessionId") != self.session]
        self.ask("Page.navigate", url=self.url)
        browser.wait_for("Page.loadEventFired", self.session)

    def close(self):
        """The tab is gone with its events."""
        self.browser.ask("Target.closeTarget", targetId=self.target)
        self.browser.events = [event for event in self.browser.events
                               if event.get("sessionId") != self.session]

    def ask(self, method, **parameters):
        """Call a method on this page."""
        return self.browser.ask(method, session=self.session, **parameters)

    def events(self, *methods):
        """What has happened so far, of these kinds."""
        self.ask("Runtime.evaluate", expression="0")  # all before its answer is here then
        return [event for event in self.browser.events
                if event.get("sessionId") == self.session and event["method"] in methods]

    def evaluate(self, expression, context=None):
        """The value of an expression, of a promise when it is one; the page's CSP is no matter."""
        more = {"contextId": context} if context else {}
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True,
                          awaitPromise=True, **more)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description") or details["text"])
        return result["result"].get("value")

    def isolated(self):
        """A context of scripts that shares nothing but the document with the page."""
        frame = self.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        return self.ask("Page.createIsolatedWorld", frameId=frame,
                        worldName="check")["executionContextId"]

    def size(self, width, height, scale=1):
        """The window, in CSS pixels."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=scale, mobile=False)

    def medium(self, name, **features):
        """"print", "screen", and media features."""
        self.ask("Emulation.setEmulatedMedia", media=name, features=[
            {"name": key.replace("_", "-"), "value": value} for key, value in features.items()])
