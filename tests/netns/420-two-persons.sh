#!/bin/bash
# Two persons: what one proposes, another approves after having seen what it changes; nobody approves
# what is their own, not by way of sudo either. Every refusal is tried, and what is refused changes
# nothing. Proposals survive a restart, end by themselves, and are these bytes and no others.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"

cat >>"$WORK/passwd" <<'END'
hedate:x:64801:64801::/nonexistent:/usr/sbin/nologin
hedate-log:x:64802:64802::/nonexistent:/usr/sbin/nologin
END
printf 'hedate:x:64801:\nhedate-log:x:64802:\n' >>"$WORK/group"
chmod 755 "$WORK"

# A configuration that wants two persons: config FILE PATHS
config()
{
	{
		echo "two_person = true; ${KEYS:-}"
		lab_config "$2"
	} >"$WORK/$1"
	chmod 644 "$WORK/$1"
}

P1=$(lab_path P1 my lg https)
P2=$(lab_path P2 my lg ssh)
P3=$(lab_path P3 my in https)

port()
{
	plan "$1" "$2" tcp 10.1.0.10 10.2.0.10 "$3"
}
revision()
{
	status_field revision
}
# The digest of the n-th proposal.
digest()
{
	hedate proposals --json | jq -r ".proposals[$((${1:-1} - 1))].digest"
}
waiting()
{
	hedate proposals --json | jq '.proposals | length'
}
# The last record of an action: last ACTION MEMBER
last()
{
	flush
	records "select(.\"event.action\" == \"$1\") | .\"hedate.$2\"" | tail -n 1 | jq -r .
}
# refused WORDS COMMAND...: it fails, says so, and what is in force stays.
refused()
{
	local wanted=$1 before
	shift
	before=$(revision)
	"$@" >"$WORK/out" 2>&1 && fail "$*: done: $(cat "$WORK/out")"
	grep -q -- "$wanted" "$WORK/out" || fail "$*: $(cat "$WORK/out"), not \"$wanted\""
	[ "$(revision)" = "$before" ] || fail "$*: something else is in force"
}
# A person who became root: the kernel knows who it was. as_root NAME ARGUMENT...
as_root()
{
	local uid
	uid=$(id -u "$1")
	bash -c 'echo "$1" >/proc/self/loginuid && shift && exec "$@"' - "$uid" "$BUILD/hedate" -r "$RUN" "${@:2}"
}

topology_up || die "the lab could not be built"
config one.conf "$P1"
config two.conf "$(lab_paths "$P1" "$P2")"
config three.conf "$(lab_paths "$P1" "$P3")"
cp "$WORK/one.conf" "$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
one=$(revision)

# ---- proposed, seen by both, approved ----

as sato apply --ticket R8-17 --reason '保守のため' "$WORK/two.conf" >"$WORK/out" 2>&1 || fail "propose: $(cat "$WORK/out")"
grep -q 'path P2  opens' "$WORK/out" || fail "propose: no summary: $(cat "$WORK/out")"
grep -q 'proposed, and not in force yet' "$WORK/out" || fail "propose: $(cat "$WORK/out")"
[ "$(revision)" = "$one" ] || fail "a proposal is in force"
[ "$(waiting)" = 1 ] || fail "$(waiting) proposals"
[ "$(status_field proposals)" = 1 ] || fail "status tells of $(status_field proposals) proposals"
two=$(digest)
[ "$two" = "$(b2sum -l 256 "$WORK/two.conf" | cut -d ' ' -f 1)" ] || fail "digest $two"
port no-path:mynumber:lgwan proposed 22
plan_check
as watanabe proposals | grep -q "${two:0:12} .*sato.*R8-17" || fail "the list: $(as watanabe proposals)"
as suzuki proposal show "${two:0:12}" >"$WORK/out" || fail "show"
# What it means for packets, found from the rule sets.
grep -q '^+ packets mynumber > lgwan  opens' "$WORK/out" || fail "no packets: $(cat "$WORK/out")"
sed -n '/^[-+~] /,/ added, /p' "$WORK/out" >"$WORK/seen.suzuki"
as sato apply --dry-run "$WORK/two.conf" | sed -n '/^[-+~] /,/ added, /p' >"$WORK/seen.sato"
diff "$WORK/seen.sato" "$WORK/seen.suzuki" || fail "they do not see the same"
[ -s "$WORK/seen.suzuki" ] || fail "nothing was seen: $(cat "$WORK/out")"
[ "$(last propose reason)" = '保守のため' ] || fail "the proposal's reason is not on record"
[ "$(last propose proposal)" = "$two" ] || fail "the proposal's digest is not on record"

# ---- every refusal ----

refused 'proposed it yourself' as both approve --yes "$two"
LC_ALL=C.UTF-8 LANGUAGE=ja HEDATE_LOCALEDIR="$BUILD/locale" as both approve --yes "$two" 2>&1 | grep -q '自分の提案です' ||
	fail "not said in Japanese"
refused 'group hedate-approver' as sato approve --yes "$two"
refused 'group hedate-approver' as tanaka approve --yes "$two"
refused 'members of the groups hedate-operator' as watanabe refuse --reason x "$two"
refused 'all 64 digits are needed' as suzuki approve --yes "${two:0:12}"
refused 'give --yes and all digits' as suzuki approve "$two" </dev/null
refused 'first 12 digits' as suzuki proposal show abc
refused 'first 12 digits' as suzuki proposal show "${two:0:12}Z"
refused 'no proposal has this digest' as suzuki approve --yes "$(printf '%064d' 7)"
refused 'no proposal has this digest' as suzuki refuse "$(printf '%064d' 7)"
refused 'group hedate-operator' as suzuki apply "$WORK/two.conf"
refused 'have proposed this already\|has proposed this already' hedate apply "$WORK/two.conf"
echo 'paths = (' >"$WORK/bad.conf"
chmod 644 "$WORK/bad.conf"
refused 'bad.conf' as sato apply "$WORK/bad.conf"
[ "$(waiting)" = 1 ] || fail "after refusals: $(waiting) proposals"
[ "$(last approve-refused why | cut -c 1-30)" = 'refused: you have proposed it ' ] ||
	fail "self-approval is not on record: $(last approve-refused why)"

# By way of sudo: root is no other person, and neither is an operator who became an approver.
if bash -c 'echo 64901 >/proc/self/loginuid' 2>/dev/null; then
	refused 'proposed it yourself' as_root sato approve --yes "$two"
	bash -c 'echo 64901 >/proc/self/loginuid && exec setpriv --reuid 64902 --regid 65534 --groups 64804 "$@"' - \
		"$BUILD/hedate" -r "$RUN" approve --yes "$two" >"$WORK/out" 2>&1 && fail "approved by way of su"
	grep -q 'proposed it yourself' "$WORK/out" || fail "by way of su: $(cat "$WORK/out")"
	# And what root proposes by way of sudo is the person's own.
	as_root suzuki apply "$WORK/three.conf" >"$WORK/out" || fail "propose as root: $(cat "$WORK/out")"
	refused 'proposed it yourself' as suzuki approve --yes "$(digest 2)"
	[ "$(hedate proposals --json | jq -r '.proposals[1].who')" = suzuki ] || fail "proposed by $(hedate proposals --json)"
	as suzuki refuse "$(digest 2)" >/dev/null || fail "taken back"
	[ "$(last propose-withdrawn proposer)" = suzuki ] || fail "taking back is not on record"
else
	say "skipped: users of logins cannot be set here"
fi

# Who is gone before anybody can look is nobody: only looking is left.
if [ -e /proc/self/loginuid ]; then
	kill -STOP "$HEDATED"
	python3 - "$RUN/control.sock" "$HEDATED" >"$WORK/out" 2>&1 <<'END' || fail "nobody: $(cat "$WORK/out")"
import os, signal, socket, struct, sys

STATUS, FLUSH, RESULT = 100, 104, 206

def ask(kind):
    """As a process that is gone already: it has connected, and its socket is ours."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        s.connect(sys.argv[1])
        os._exit(0)
    os.waitpid(child, 0)
    s.send(struct.pack("=HHI", kind, 1, 0))
    return s

asked = [(kind, ask(kind)) for kind in (FLUSH, STATUS)]
os.kill(int(sys.argv[2]), signal.SIGCONT)
for kind, s in asked:
    s.settimeout(30)
    data = s.recv(70000)
    while struct.unpack("=H", data[:2])[0] != RESULT:
        data = s.recv(70000)
    refused = b"cannot be told who asks" in data
    if refused != (kind == FLUSH):
        sys.exit(f"{kind}: {data}")
END
	kill -CONT "$HEDATED"
	[ "$(last request-refused request)" = flush ] || fail "nobody is not on record"
fi

# ---- it survives a restart and a crash ----

crash_hedated
start_hedated "$WORK/lab.conf"
[ "$(digest)" = "$two" ] || fail "after a crash: $(hedate proposals)"
[ "$(revision)" = "$one" ] || fail "after a crash: $(revision)"

# ---- these bytes, and no others ----

file=$STATE/proposals/$two.proposal
[ "$(stat -c '%a %u' "$file")" = '640 64801' ] || fail "the file: $(stat -c '%a %u' "$file")"
cp -p "$file" "$WORK/kept"
sed -i 's/tcp = 22;/tcp = 23;/' "$file"
refused 'its file is broken' as suzuki approve --yes "$two"
cp -p "$WORK/kept" "$file"
sed -i '1s/"uid":64901/"uid":64902/' "$file"
stop_hedated
start_hedated "$WORK/lab.conf"
say "a proposer who was written over: $(hedate proposals)"
cp -p "$WORK/kept" "$file"
truncate -s -1 "$file"
stop_hedated
start_hedated "$WORK/lab.conf"
[ "$(waiting)" = 0 ] || fail "a torn file is a proposal"
[ "$(last proposal-broken file)" = "$two.proposal" ] || fail "a torn file is not on record"
stop_hedated
cp -p "$WORK/kept" "$file"
start_hedated "$WORK/lab.conf"

# ---- approved by another person ----

as suzuki approve --yes "$two" >"$WORK/out" 2>&1 || fail "approve: $(cat "$WORK/out")"
[ "$(revision)" = "${two:0:12}" ] || fail "approved, but in force is $(revision)"
[ "$(waiting)" = 0 ] || fail "what was approved still waits"
[ "$(last approve user) $(last approve proposer)" = 'suzuki sato' ] || fail "approval on record: $(last approve user)"
[ "$(last apply how)" = approval ] || fail "apply on record: $(last apply how)"
hedate history --json | jq -e '.changes[0] | .who == "sato" and .approver == "suzuki" and .ticket == "R8-17"' >/dev/null ||
	fail "history: $(hedate history --json)"
port pass approved 22
plan_check

# ---- asked on a terminal ----

as sato apply "$WORK/three.conf" >/dev/null || fail "propose three"
three=$(digest)
# On a terminal: what is asked is answered once it is asked.
ask()
{
	NO_COLOR=1 python3 - "$1" setpriv --reuid 64902 --regid 65534 --groups 64804 "$BUILD/hedate" -r "$RUN" \
		approve "${three:0:12}" >"$WORK/out" 2>&1 <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
out = b""
try:
    while b"(yes/no)" not in out:
        out += os.read(fd, 4096)
    os.write(fd, sys.argv[1].encode() + b"\n")
    while True:
        out += os.read(fd, 4096)
except OSError: # its end
    pass
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
}
ask no && fail "approved with \"no\""
grep -q 'path P3' "$WORK/out" || fail "asked without showing: $(cat "$WORK/out")"
grep -q 'not approved' "$WORK/out" || fail "\"no\": $(cat "$WORK/out")"
[ "$(revision)" = "${two:0:12}" ] || fail "\"no\" was taken for \"yes\""
ask yes || fail "approve on a terminal: $(cat "$WORK/out")"
[ "$(revision)" = "${three:0:12}" ] || fail "in force: $(revision)"

# ---- stale: something else came into force since ----

as sato apply "$WORK/one.conf" >/dev/null || fail "propose one"
as sato apply "$WORK/two.conf" >/dev/null || fail "propose two again"
[ "$(waiting)" = 2 ] || fail "$(waiting) proposals"
one_digest=$(digest 1)
as suzuki approve --yes "$(digest 2)" >/dev/null || fail "approve two again"
refused 'another configuration has come into force' as suzuki approve --yes "$one_digest"
as suzuki proposal show "$one_digest" | grep -q 'cannot be approved' || fail "a stale one is not said to be"
# Proposed again, by somebody else even, it can be.
hedate apply "$WORK/one.conf" >/dev/null || fail "propose a stale one again"
[ "$(waiting)" = 1 ] || fail "proposed again: $(waiting) proposals"
as suzuki approve --yes "$one_digest" >/dev/null || fail "approve one"
[ "$(revision)" = "$one" ] || fail "in force: $(revision)"

# ---- a rollback is proposed as well, and the file itself is no way around ----

hedate rollback >"$WORK/out" 2>&1 || fail "rollback: $(cat "$WORK/out")"
[ "$(revision)" = "$one" ] || fail "one person rolled back"
[ "$(waiting)" = 1 ] || fail "rollback: $(waiting) proposals"
as suzuki refuse --reason '時期が違う' "$(digest)" >/dev/null || fail "refuse"
[ "$(last refuse user) $(last refuse why)" = 'suzuki 時期が違う' ] || fail "refusal on record: $(last refuse why)"
cp "$WORK/three.conf" "$WORK/lab.conf"
kill -HUP "$HEDATED"
wait_until 200 grep -q 'wants two persons' "$WORK/hedated.out" || fail "SIGHUP: $(tail -n 3 "$WORK/hedated.out")"
[ "$(revision)" = "$one" ] || fail "SIGHUP put the file in force"
stop_hedated
start_hedated "$WORK/lab.conf"
[ "$(revision)" = "$one" ] || fail "a restart put the file in force"

# ---- approved, it waits to be confirmed all the same ----

KEYS='confirm_seconds = 60;' config confirm.conf "$P1"
as sato apply "$WORK/confirm.conf" >/dev/null || fail "propose confirm.conf"
as suzuki approve --yes "$(digest)" >/dev/null || fail "approve confirm.conf"
as sato apply --confirm 30 "$WORK/two.conf" >/dev/null || fail "propose two with --confirm"
as suzuki approve --yes "$(digest)" >"$WORK/out" || fail "approve two with --confirm"
grep -q '30 seconds' "$WORK/out" || fail "approved for how long: $(cat "$WORK/out")"
as sato apply "$WORK/three.conf" >/dev/null || fail "propose while it waits"
refused 'waits to be confirmed' as suzuki approve --yes "$(digest)"
as suzuki rollback >/dev/null || fail "rollback of what waits, by one person"
[ "$(revision)" = "$(b2sum -l 256 "$WORK/confirm.conf" | cut -c 1-12)" ] || fail "rolled back to $(revision)"
as suzuki refuse "$(digest)" >/dev/null || fail "refuse what is stale"

# ---- not too many, and they end ----

KEYS='proposal_seconds = 60;' config short.conf "$P1"
as sato apply "$WORK/short.conf" >/dev/null || fail "propose short"
as suzuki approve --yes "$(digest)" >/dev/null || fail "approve short"
for ((i = 1; i <= 8; i++)); do
	config many.conf "$(lab_path "M$i" my lg https)"
	as sato apply "$WORK/many.conf" >/dev/null || fail "proposal $i"
done
config many.conf "$(lab_path M9 my lg https)"
refused '8 proposals of yours' as sato apply "$WORK/many.conf"
[ "$(last propose-refused user)" = sato ] || fail "too many is not on record"
# One that has ended is gone, and cannot be approved, also when hedated was not there meanwhile.
expired=$(digest 1)
stop_hedated
file=$STATE/proposals/$expired.proposal
sed -i '1s/"expires":[0-9]*/"expires":1/' "$file"
start_hedated "$WORK/lab.conf"
[ "$(waiting)" = 7 ] || fail "ended: $(waiting) proposals"
[ ! -e "$file" ] || fail "what has ended is still on disk"
refused 'no proposal has this digest' as suzuki approve --yes "$expired"
[ "$(last propose-expired proposal)" = "$expired" ] || fail "the end is not on record"

# ---- no room: said, and nothing is half there ----

stop_hedated
mount -t tmpfs -o size=16k,mode=750,uid=64801,gid=64801 proposals "$STATE/proposals" || die "a small disk"
start_hedated "$WORK/lab.conf"
head -c 16000 /dev/zero >"$STATE/proposals/fill" 2>/dev/null
refused 'cannot be kept' as sato apply "$WORK/many.conf"
[ "$(find "$STATE/proposals" -name '*.proposal*' | wc -l)" = 0 ] || fail "half a proposal is left"
stop_hedated
umount "$STATE/proposals"
# Somebody else's directory.
chmod 777 "$STATE/proposals"
start_hedated "$WORK/lab.conf"
refused 'others may write' as sato apply "$WORK/many.conf"
chmod 750 "$STATE/proposals"
stop_hedated
start_hedated "$WORK/lab.conf"
port pass last 443
plan_check
finish
