#!/bin/bash
# The control socket and its callers: nonsense, too many, too slow, nobody in particular. Whoever
# may ask is answered all the same, and the daemon does not grow.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

role_groups

# Many paths, so that an answer does not fit into a socket.
paths=$(for ((i = 1; i <= 3000; i++)); do
	printf '{ name = "P%d"; from = "my"; to = "10.200.%d.%d"; service = "https"; ' \
		"$i" $((i / 250)) $((i % 250 + 1))
	printf 'reason = "試験"; },\n'
done)
lab_up "${paths%,*}"

resident()
{
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$HEDATED/status"
}
before=$(resident)

python3 - "$RUN/control.sock" >"$WORK/out" 2>&1 <<'END' || fail "callers: $(cat "$WORK/out")"
import os, random, socket, struct, sys, time

PATH = sys.argv[1]
STATUS, ZONES, PATHS, APPLY, FLUSH, RESULT = 100, 101, 102, 103, 104, 206
CONFIRM, ROLLBACK, HISTORY = 116, 117, 118
seed = int(os.environ.get("SEED", time.time()))
random.seed(seed)
print("seed", seed)

def dial():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(PATH)
    s.settimeout(30)
    return s

def pack(kind, fields=b"", version=1, length=None):
    return struct.pack("=HHI", kind, version, len(fields) if length is None else length) + fields

def string(text):
    return b"s" + struct.pack("=I", len(text)) + text

def number(value):
    return b"u" + struct.pack("=Q", value)

def ask(s, kind, fields=b""):
    """All answers up to RESULT, or None when the connection was closed."""
    answers = []
    try:
        s.send(pack(kind, fields))
        while True:
            data = s.recv(70000)
            if not data:
                return None
            answers.append(data)
            if struct.unpack("=H", data[:2])[0] == RESULT:
                return answers
    except (ConnectionResetError, BrokenPipeError):
        return None

def code(answers):
    return struct.unpack("=Q", answers[-1][9:17])[0]

def check(condition, what):
    if not condition:
        sys.exit("FAILED: " + what)

# Nonsense of every kind ends the connection, and only that.
for data in (b"x", b"", pack(STATUS)[:5], pack(STATUS, version=2), pack(STATUS, length=9),
             pack(STATUS, b"s\xff\xff\xff\xff"), pack(999), pack(RESULT), pack(STATUS, string(b"x")),
             pack(APPLY), pack(APPLY, string(b"a\0b")), pack(APPLY, string(b"x") + number(9) + string(b"") * 2 + number(1)),
             pack(APPLY, string(b"x") + number(3601) + string(b"") * 2 + number(1)),
             pack(APPLY, string(b"x") + number(0) + string(b"x" * 128) + string(b"") + number(1)),
             pack(APPLY, string(b"x") + number(0) + string(b"") * 2),
             pack(CONFIRM), pack(ROLLBACK, number(1)), pack(HISTORY, number(1)), pack(APPLY, string(b"x" * 60000)),
             pack(PATHS, b"\0" * 65000)):
    s = dial()
    s.send(data)
    try:
        check(s.recv(100) == b"", "an answer to nonsense: %r" % data[:40])
    except ConnectionResetError:
        pass
    s.close()
for _ in range(2000):
    s = dial()
    try:
        s.send(os.urandom(random.randrange(1, 200)))
        s.close()
    except BrokenPipeError:
        pass
check(code(ask(dial(), STATUS)) == 0, "status after nonsense")

# A second request on a connection is one too many.
s = dial()
s.send(pack(FLUSH))
try:
    s.send(pack(STATUS))
    while s.recv(70000):
        pass
except (BrokenPipeError, ConnectionResetError):
    pass
check(code(ask(dial(), STATUS)) == 0, "status after two requests at once")

# An apply without a file, with what is not a file, with a pipe that nobody writes.
def apply(fd):
    s = dial()
    socket.send_fds(s, [pack(APPLY, string(b"x.conf") + number(0) + string(b"") * 2 + number(1))], [fd])
    answers = []
    while not answers or struct.unpack("=H", answers[-1][:2])[0] != RESULT:
        answers.append(s.recv(70000))
        check(answers[-1], "no answer to apply")
    return code(answers)

pipe = os.pipe()
for fd in (pipe[0], os.open("/", os.O_RDONLY), os.open("/dev/zero", os.O_RDONLY), s.fileno()
           if s.fileno() >= 0 else pipe[0], os.open("/dev/null", os.O_WRONLY)):
    check(apply(fd) == 4, "a configuration from descriptor %d" % fd)

# Callers that do not read: each is answered as far as it reads, nobody waits for them.
slow = [dial() for _ in range(20)]
for s in slow:
    s.send(pack(PATHS))
time.sleep(0.5)
began = time.time()
check(len(ask(dial(), PATHS)) == 3001, "paths beside slow callers")
check(time.time() - began < 5, "slow callers slow down others")

# Too many callers: refused, until some leave.
idle = []
while len(idle) < 100:
    idle.append(dial())
time.sleep(0.3)
check(ask(dial(), STATUS) is None, "a 33rd caller is answered")
for s in slow:
    s.close()
time.sleep(0.5)
check(code(ask(dial(), STATUS)) == 0, "status after others have left")

# Strangers have places of their own, and not for long.
pid = os.fork()
if pid == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    mine = [dial() for _ in range(50)]
    time.sleep(5)
    os._exit(0)
time.sleep(0.5)
check(code(ask(dial(), STATUS)) == 0, "status beside strangers")
check(len(ask(dial(), PATHS)) == 3001, "paths beside strangers")
os.waitpid(pid, 0)

# Who does nothing is shut out after a while.
began = time.time()
s = dial()
check(s.recv(10) == b"", "an idle connection stays")
check(8 < time.time() - began < 15, "an idle connection ended after %.1f s" % (time.time() - began))
END
say "$(cat "$WORK/out")"

# Roles: who may ask what. Somebody of two groups has the rights of both.
as()
{
	setpriv --reuid 65534 --regid 65534 --groups "$1" "$BUILD/hedate" -r "$RUN" "${@:2}"
}
# may GROUPS REQUEST: yes, or whom it is left to
may()
{
	if as "$@" >"$WORK/out" 2>&1; then
		echo yes
	else
		sed -n 's/^hedate: refused: only root and members of the groups* \(.*\) may .*/\1/p' \
			"$WORK/out"
	fi
}
all="hedate-operator, hedate-approver, hedate-csirt and hedate-auditor"
while read -r groups request want; do
	have=$(may "$groups" "$request")
	[ "$have" = "${want/ALL/$all}" ] ||
		fail "groups $groups, $request: \"$have\", not \"$want\": $(cat "$WORK/out")"
done <<'END'
64803 status yes
64803 paths yes
64803 flush yes
64803 apply yes
64803 history yes
64804 status yes
64804 zones yes
64804 flush hedate-operator
64804 apply hedate-operator
64804 confirm hedate-operator
64804 rollback hedate-operator
64804 history yes
64805 status yes
64805 paths yes
64805 flush hedate-operator
64805 apply hedate-operator
64805 rollback hedate-operator and hedate-approver
64805 history yes
64806 status yes
64806 zones yes
64806 flush hedate-operator
64806 apply hedate-operator
64806,64803 apply yes
64805,64804 apply hedate-operator
65534 status ALL
65534 apply hedate-operator
65534 confirm hedate-operator
65534 history ALL
END

# What strangers are refused is on record, but they cannot fill the log with it.
for ((i = 0; i < 60; i++)); do
	setpriv --reuid 65534 --regid 65534 --clear-groups "$BUILD/hedate" -r "$RUN" status \
		>/dev/null 2>&1 && fail "a stranger may read"
done
flush || fail "flush"
refusals=$(records 'select(."event.action" == "request-refused")' | wc -l)
say "$refusals refusals on record"
if [ "$refusals" -lt 1 ] || [ "$refusals" -gt 25 ]; then
	fail "60 refusals made $refusals events"
fi

after=$(resident)
say "resident: $before KiB, then $after KiB"
[ -n "${SANITIZE:-}" ] || [ "$after" -lt $((before + 6000)) ] || fail "hedated has grown"
finish
