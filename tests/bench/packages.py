# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of Debian packages that are not installed.

Installing firewalld or ulogd2 would start and enable it on this machine. So the packages are only
fetched, with what they need and is not installed (apt-get finds that out), unpacked in the build
directory and run from there: in a mount namespace of their own, where the unpacked /usr lies over
the machine's, read-only. Where the kernel refuses that (an overlay over too many others, a build
directory inside /usr), environment variables lead to the same files. The machine sees nothing of
them. What is installed is run as it is.
"""
import os
import shutil
import subprocess
import sys
import sysconfig

LIBRARIES = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}"
PYTHON = "/usr/lib/python3/dist-packages"

# peer → its packages, and commands that succeed only where it can run.
PEERS = {
    "firewalld": (("firewalld", "dbus-daemon"), (
        ("dbus-daemon", "--version"), ("firewalld", "--help"), ("firewall-cmd", "--help"),
        ("/usr/bin/python3", "-c", "import firewall.server.server"))),
    "ulogd2": (("ulogd2", "ulogd2-json"), (
        ("ulogd", "--version"), ("ulogd", "-i", LIBRARIES + "/ulogd/ulogd_output_JSON.so"))),
}

# Enters the namespace. Relative to the directory: its name may hold what separates options.
OVERLAY = '(cd "$0" && mount -t overlay -o ro,lowerdir=usr:/usr hedate-bench /usr) && exec "$@"'
SECONDS = 300  # longer than that, a download is stuck


def last_said(done):
    """What a command that failed gives as its reason."""
    lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    errors = [line[2:].strip() for line in lines if line.startswith("E:")]
    return (errors[:1] or lines[-1:] or [f"status {done.returncode}"])[0]


def attempt(command):
    """Why a command did not succeed; None when it did."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"stopped after {SECONDS} s"
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    return last_said(done) if done.returncode else None


class Packages:
    """The peers' programs: installed, or unpacked in a directory that is kept for the next time."""

    def __init__(self, directory, say, overlay=True, peers=None):
        self.directory, self.say, self.overlay = os.path.abspath(directory), say, overlay
        self.peers = peers or PEERS
        self.entered = None  # how to get at the unpacked files, once that is known
        self.tried, self.failure = False, None  # to fetch, and why that was not possible
        self.reasons = {}

    def missing(self, peer):
        """Why a peer cannot be run, None when it can. The first time, what it needs is fetched."""
        if peer not in self.reasons:
            reason = self.probe(peer)
            if reason and not self.tried:
                self.tried = True
                self.say(f"fetching the packages of {' and '.join(self.peers)} "
                         "(nothing is installed)")
                self.failure = self.fetch()
                reason = reason if self.failure else self.probe(peer)
            self.reasons[peer] = (f"cannot be fetched: {self.failure}" if reason and self.failure
                                  else reason)
        return self.reasons[peer]

    def command(self, *words):
        """The words of a command that runs with the unpacked files in their places."""
        if not os.path.isdir(self.directory):
            return list(words)
        if self.entered is None:
            over = ["unshare", "--mount", "--propagation", "private", "sh", "-c", OVERLAY,
                    self.directory]
            works = self.overlay and attempt([*over, "true"]) is None
            self.entered = over if works else ["env", *self.variables()]
        return [*self.entered, *words]

    def path(self, name):
        """Where a file of /usr is, for what is told its full name."""
        inside = self.directory + name
        return inside if self.command()[:1] == ["env"] and os.path.exists(inside) else name

    def variables(self):
        """Where to look first, for each kind of file."""
        usr = self.directory + "/usr"
        return (f"PATH={usr}/sbin:{usr}/bin:{os.environ.get('PATH', os.defpath)}",
                f"LD_LIBRARY_PATH={self.directory}{LIBRARIES}",
                f"PYTHONPATH={self.directory}{PYTHON}", "PYTHONDONTWRITEBYTECODE=1",
                f"GI_TYPELIB_PATH={self.directory}{LIBRARIES}/girepository-1.0")

    def probe(self, peer):
        for command in self.peers[peer][1]:
            reason = attempt(self.command(*(self.path(word) for word in command)))
            if reason:
                return f"does not run: {reason}"
        return None

    def fetch(self):
        """Download and unpack; why not, or None. A directory that is there is whole."""
        fresh = self.directory + ".new"
        shutil.rmtree(fresh, ignore_errors=True)
        os.makedirs(fresh + "/archives/partial")
        failure = self.download(fresh + "/archives") or self.unpack(fresh)
        if not failure:
            shutil.rmtree(self.directory, ignore_errors=True)
            os.rename(fresh, self.directory)
            self.entered = None
        shutil.rmtree(fresh, ignore_errors=True)
        return failure

    def download(self, archives):
        names = [name for packages, _ in self.peers.values() for name in packages]
        options = ["-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"]
        fetch = ["apt-get", *options, "install", "--download-only", "--no-install-recommends",
                 "--yes", "-o", f"Dir::Cache::archives={archives}", "-o", "Debug::NoLocking=1",
                 *names]
        # The lists of packages may be there already, and fresh enough.
        return (attempt(fetch) and
                (attempt(["apt-get", *options, "update"]) or attempt(fetch)))

    @staticmethod
    def unpack(fresh):
        # Some packages still have files in /lib and the like, which are links into /usr.
        for name in ("bin", "sbin", "lib"):
            os.makedirs(f"{fresh}/usr/{name}")
            os.symlink(f"usr/{name}", f"{fresh}/{name}")
        for archive in sorted(os.listdir(fresh + "/archives")):
            failure = archive.endswith(".deb") and attempt(
                ["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink'
                 ' -C "$2"', "sh", f"{fresh}/archives/{archive}", fresh])
            if failure:
                return f"{archive}: {failure}"
        shutil.rmtree(fresh + "/archives")
        # As its package does when it is installed.
        subprocess.run(["/usr/bin/python3", "-m", "compileall", "-q", "-s", fresh,
                        fresh + PYTHON], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)
        return None


def main(directory, *names):
    """For tests: unpack these packages, unless they are there; 1, and why, when that fails."""
    if os.path.isdir(directory):
        return 0
    failure = Packages(directory, None, peers={"": (names, ())}).fetch()
    if failure:
        print(failure)
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
