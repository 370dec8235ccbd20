# SPDX-License-Identifier: GPL-2.0-or-later
"""The same changes on a sealed file of systemd-journald: which does "journalctl --verify" find?

A journald of its own, in a mount namespace where the machine's journal is not seen, writes a file
with a seal each second. Copies of it are changed: a bit, bytes cut out, bytes put in, the end cut
off. Changes are of the part that is in use. One that is not found counts apart when the entries
that journalctl then shows are not those that were written. At last, the file as it was half way is
put back in its place.
"""
import json
import os
import random
import shutil
import struct
import subprocess
import tempfile

JOURNALD = "/lib/systemd/systemd-journald"
MACHINE = "0123456789abcdef0123456789abcdef"
SEALS, ENTRIES = 6, 40  # a second each

# In a mount namespace: $1 where the file and its key go, $2 entries in a second, $3 seconds.
MAKE = r"""
set -e
mount -t tmpfs none /var/log
mount -t tmpfs none /run
mkdir -p /run/systemd/journald.conf.d /run/systemd/journal /run/log /var/log/journal/$0
echo $0 >/run/machine-id
mount --bind /run/machine-id /etc/machine-id
printf '[Journal]\nStorage=persistent\nSeal=yes\nRateLimitBurst=0\nReadKMsg=no\nAudit=no\n' \
	>/run/systemd/journald.conf.d/bench.conf
journalctl --setup-keys --force --interval=1s 2>/dev/null >"$1/key"
"$4" &
pid=$!
trap 'kill $pid' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do [ -S /run/systemd/journal/socket ] || sleep 0.3; done
kill -USR1 $pid
for try in 1 2 3 4 5 6 7 8 9 10; do [ -e /var/log/journal/$0/system.journal ] || sleep 0.3; done
python3 - "$2" "$3" "/var/log/journal/$0/system.journal" "$1/earlier.journal" <<'END'
import shutil, socket, sys, time
out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
out.connect("/run/systemd/journal/socket")
for second in range(int(sys.argv[2])):
    for entry in range(int(sys.argv[1])):
        text = f'{{"event.sequence":{second * 1000 + entry},"source.ip":"10.30.0.{entry}"}}'
        out.send(f"PRIORITY=6\nMESSAGE={text}\n".encode())
    time.sleep(1.2)
    if second == int(sys.argv[2]) // 2:
        shutil.copy(sys.argv[3], sys.argv[4])
END
trap - EXIT
kill $pid
wait $pid || :
cp /var/log/journal/$0/system.journal "$1/"
"""


def make(root):
    """Why there is no file; None when there is."""
    if not os.path.exists(JOURNALD) or not shutil.which("journalctl"):
        return "systemd-journald is not installed"
    done = subprocess.run(["unshare", "-m", "bash", "-c", MAKE, MACHINE, root, str(ENTRIES),
                           str(SEALS), JOURNALD], capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
    return None


def verify(path, key):
    done = subprocess.run(["journalctl", "--verify", f"--verify-key={key}", f"--file={path}"],
                          capture_output=True, check=False)
    return done.returncode == 0


def shown(path):
    done = subprocess.run(["journalctl", f"--file={path}", "-o", "json", "--no-pager"],
                          capture_output=True, text=True, errors="replace", check=False)
    return [json.loads(line).get("MESSAGE") for line in done.stdout.splitlines()]


def flip(rng, data, used):
    data[rng.randrange(used)] ^= 1 << rng.randrange(8)


def cut(rng, data, used):
    at = rng.randrange(used)
    del data[at:at + rng.randint(1, 200)]


def insert(rng, data, used):
    at = rng.randrange(used)
    data[at:at] = rng.randbytes(rng.randint(1, 20))


def truncate(rng, data, used):
    del data[rng.randrange(used):]


CHANGES = {"a bit": flip, "bytes cut out": cut, "bytes put in": insert, "end cut off": truncate}


def in_use(data):
    """Up to the last object: its offset stands in the header, its size in it."""
    tail = struct.unpack_from("<Q", data, 136)[0]
    return tail + struct.unpack_from("<Q", data, tail + 8)[0]


def measure(bench, count):
    with tempfile.TemporaryDirectory(prefix="hedate-bench.") as root:
        blamed, key = 0, None
        while blamed < 5 and not key:
            failure = make(root)
            if failure:
                return {"failure": failure}
            with open(f"{root}/key", encoding="ascii") as file:
                key = file.read().strip()
            if not verify(f"{root}/system.journal", key):
                blamed, key = blamed + 1, None
        if not key:
            return {"failure": "untouched files are not well"}
        with open(f"{root}/system.journal", "rb") as file:
            original = file.read()
        wanted, used = shown(f"{root}/system.journal"), in_use(original)
        earlier = verify(f"{root}/earlier.journal", key)
        rng, unseen, differ = random.Random(count), dict.fromkeys(CHANGES, 0), 0
        tries = dict.fromkeys(CHANGES, 0)
        path = f"{root}/changed.journal"
        for number in range(count):
            kind = list(CHANGES)[number % len(CHANGES)]
            data = bytearray(original)
            CHANGES[kind](rng, data, used)
            if data == original:
                continue
            with open(path, "wb") as file:
                file.write(data)
            tries[kind] += 1
            if verify(path, key):
                unseen[kind] += 1
                differ += shown(path) != wanted
    bench.say(f"journalctl --verify: {sum(unseen.values())} of {sum(tries.values())} unseen")
    return {"changes": sum(tries.values()), "unseen": unseen, "shown_differently": differ,
            "untouched_blamed": blamed, "earlier_state_unseen": earlier}
