#!/bin/bash
# The register of exceptions on disk: written before there is an effect, no space left, a torn line,
# a broken chain, a file that somebody else changed, one that cannot be had. Nothing is granted that
# is not on record, and the boundary does not depend on it.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"

ask()
{
	as sato exception request --from my --to lg --service "tcp/$1" --clause x --reason '障害' \
		--for "$2s" "${@:3}"
}

port()
{
	plan "$1" "$2" tcp 10.1.0.10 10.2.0.10 "$3"
}

# Granted, with port $1.
grant()
{
	ask "$1" 600 >/dev/null || fail "request, port $1"
	as suzuki exception approve "$(hedate exception list --json | jq -r '.exceptions[-1].exception')" \
		>/dev/null || fail "approve, port $1"
}

# Nothing is granted, for this reason, and all else goes on: ck_unusable WORDS
ck_unusable()
{
	[[ $(status_field exceptions_register) == *"$1"* ]] ||
		fail "the register: $(status_field exceptions_register), not $1"
	hedate status | grep -q 'NONE is granted' || fail "status does not say that none is granted"
	ask 600 60 >"$WORK/out" 2>&1 && fail "a request with an unusable register"
	hedate exception list >"$WORK/out" 2>&1 && fail "a list of an unusable register"
	is_ready || fail "not ready with an unusable register: $(hedate status)"
}

# As a daemon of its own user, with a state directory of few blocks.
cat >>"$WORK/passwd" <<'END'
hedate:x:64801:64801::/nonexistent:/usr/sbin/nologin
hedate-log:x:64802:64802::/nonexistent:/usr/sbin/nologin
END
printf 'hedate:x:64801:\nhedate-log:x:64802:\n' >>"$WORK/group"
mkdir "$STATE"
mount -t tmpfs -o size=64k,mode=750,uid=64801,gid=64801 state "$STATE" || die "state directory"
lab_up "$(lab_path P1 my lg https)"
FILE=$STATE/exceptions.jsonl

# ---- made as it should be ----

[ "$(stat -c '%a %u %g' "$FILE")" = "640 64801 64801" ] || fail "the register: $(stat -c '%a %u %g' "$FILE")"
grant 445
port pass granted 445
plan_check

# ---- no space left: refused, nothing half-applied ----

before=$(sha256sum "$FILE")
ask 446 600 >/dev/null || fail "request, port 446"
second=$(number 2)
before=$(sha256sum "$FILE")
head -c 100000 /dev/zero >"$STATE/fill" 2>/dev/null
# What is left of the register's own block is filled by refused requests, one of which is refused
# for want of space.
full=
for ((i = 0; i < 40 && ${#full} == 0; i++)); do
	ask $((500 + i)) 600 --reason "$(printf '%01000d' 0)" >"$WORK/out" 2>&1 ||
		full=$(grep -o 'no space left' "$WORK/out")
done
[ -n "$full" ] || fail "the disk does not get full: $(cat "$WORK/out")"
before=$(sha256sum "$FILE")
for try in 1 2 3; do
	ask 499 600 --reason "$(printf '%01000d' 0)" >"$WORK/out" 2>&1 && fail "a request without space, $try"
done
[ "$(sha256sum "$FILE")" = "$before" ] || fail "what could not be written has changed the register"
[ "$(tail -c 1 "$FILE" | od -An -c | tr -d ' ')" = '\n' ] || fail "half a line is left"
is_ready || fail "not ready without space"
port pass full-before 445
port no-path:mynumber:lgwan full 446
plan_check
rm "$STATE/fill"
as suzuki exception approve "$second" >"$WORK/out" 2>&1 || fail "approve with space again: $(cat "$WORK/out")"
port pass space 446
plan_check

# ---- a torn line: cut off, kept, said ----

stop_hedated
lines=$(wc -l <"$FILE")
printf '{"line":99,"time":"2026-' >>"$FILE"
start_hedated "$WORK/lab.conf"
[ "$(status_field exceptions_register)" = ok ] || fail "torn: $(status_field exceptions_register)"
[ "$(tail -n 1 "$FILE" | jq -r '"\(.action) \(.bytes)"')" = "repair 24" ] || fail "torn: $(tail -n 1 "$FILE")"
[ "$(wc -l <"$FILE")" = $((lines + 1)) ] || fail "torn: $(wc -l <"$FILE") lines, before $lines"
grep -q '"line":99' "$STATE/exceptions.jsonl.torn" || fail "what was torn is lost"
port pass torn 445
plan_check
flush
records 'select(."event.action" == "exception-register-repaired") | ."hedate.bytes"' | grep -q 24 ||
	fail "the repair is not in the log"

# ---- changed by somebody else while hedated runs: nothing is granted from then on ----

stream_open cut 60 10.1.0.10 10.2.0.10 445 stall=2000
cp "$FILE" "$WORK/good.jsonl"
tail -n 1 "$WORK/good.jsonl" >>"$FILE"
ask 601 60 >"$WORK/out" 2>&1 && fail "a request after somebody changed the register"
grep -q 'somebody changed' "$WORK/out" || fail "changed: $(cat "$WORK/out")"
stream_cut cut "$(now_ms)"
ck_unusable 'somebody else changed'
port no-path:mynumber:lgwan changed 445
port pass changed-else 443
plan_check

# ---- a broken chain ----

stop_hedated
start_hedated "$WORK/lab.conf"
ck_unusable "line $(wc -l <"$FILE") is not valid"
port no-path:mynumber:lgwan broken 445
port pass broken-else 443
plan_check
flush
records 'select(."event.action" == "exception-register-unusable") | ."hedate.why"' | grep -q 'is not valid' ||
	fail "the broken chain is not in the log"
stop_hedated
# A line that was changed in the middle.
sed '1s/障害/障碍/' "$WORK/good.jsonl" >"$FILE"
start_hedated "$WORK/lab.conf"
ck_unusable 'line 2 is not valid: the line before is not the one'
stop_hedated

# ---- not ours, writable by others, not a file: unusable, and the boundary holds ----

cp "$WORK/good.jsonl" "$FILE"
chmod 666 "$FILE"
start_hedated "$WORK/lab.conf"
ck_unusable 'others may write'
stop_hedated
chmod 640 "$FILE"
chown 64902 "$FILE"
start_hedated "$WORK/lab.conf"
ck_unusable 'belongs to another user'
stop_hedated
mv "$FILE" "$STATE/away"
mkfifo "$FILE"
start_hedated "$WORK/lab.conf"
ck_unusable 'not a regular file'
port no-path:mynumber:lgwan fifo 445
port pass fifo-else 443
plan_check
stop_hedated

# ---- and good again ----

rm "$FILE"
cp "$WORK/good.jsonl" "$FILE"
chown 64801:64801 "$FILE"
start_hedated "$WORK/lab.conf"
[ "$(status_field exceptions_register)" = ok ] || fail "good again: $(status_field exceptions_register)"
port pass good 445
plan_check

# ---- killed at any time: what is on record is in effect, what is not is not ----

for ((i = 0; i < 12; i++)); do
	ask $((700 + i)) 600 >/dev/null || fail "request, port $((700 + i))"
	id=$(hedate exception list --json | jq -r '.exceptions[-1].exception')
	as suzuki exception approve "$id" >/dev/null 2>&1 &
	sleep "$(printf "0.%03d" $((RANDOM % 14)))"
	kill -KILL "$HEDATED"
	wait
	start_hedated "$WORK/lab.conf"
	[ "$(status_field exceptions_register)" = ok ] || fail "killed: $(status_field exceptions_register)"
	state=$(state_of "$id")
	say "$id is $state"
	case $state in
	granted) port pass "killed-$i" $((700 + i)) ;;
	requested) port no-path:mynumber:lgwan "killed-$i" $((700 + i)) ;;
	*) fail "$id is $state" ;;
	esac
done
plan_check
finish
