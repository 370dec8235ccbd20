#!/bin/bash
# What a change means for packets, before and when it is put in force: the same to all who ask, in both
# languages and for programs. It is found by a process of its own: when that stands still, is killed or
# is not there, hedated goes on with all else, and the summary says that it is not known.
# (It is stopped by tests/netns/preload/stopworker.c.)
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

chmod 755 "$WORK"
mkdir -m 777 "$WORK/stop"
stoppable=$([ -z "${SANITIZE:-}" ] && echo yes) # a sanitizer wants to be the first
[ ! "$stoppable" ] || preload_hedated stopworker "HEDATE_STOP=$WORK/stop/now"

children_of()
{
	cat "/proc/$1/task/$1/children" 2>/dev/null
}
prover_pid()
{
	local pid
	for pid in $(children_of "$HEDATED"); do
		[ "$(cat "/proc/$pid/comm")" = hedated-prove ] && echo "$pid"
	done
}
# The process that was stopped; for wait_until, too.
stopped_pid()
{
	local pid
	for pid in $(children_of "$PROVER"); do
		[ "$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status")" = T ] && echo "$pid" && return 0
	done
	return 1
}
# Nothing is proved at this moment, which would be stopped in place of what is asked for.
# shellcheck disable=SC2317
is_calm()
{
	[ -z "$(children_of "$PROVER")" ] && [ "$(status_field separation)" != none ]
}
# shellcheck disable=SC2317
is_alone()
{
	[ -z "$(children_of "$PROVER")" ]
}
# ask_stopped FILE: a dry run whose process is stopped; its answer will be in $WORK/answer.
ask_stopped()
{
	wait_until 600 is_calm || die "it goes on proving"
	touch "$WORK/stop/now"
	hedate apply --dry-run "$1" >"$WORK/answer" 2>&1 &
	ASKED=$!
	wait_until 300 stopped_pid >/dev/null || die "no process was stopped: $(cat "$WORK/answer")"
	WORKER=$(stopped_pid)
}
# answered WORDS: what was asked ends well, and says so.
answered()
{
	wait "$ASKED" || fail "$1: dry run: $(cat "$WORK/answer")"
	grep -q -- "$1" "$WORK/answer" || fail "not \"$1\": $(cat "$WORK/answer")"
}
summary()
{
	sed -n '/^[-+~] /,/ added, /p' "$1"
}

topology_up || die "the lab could not be built"
P1=$(lab_path P1 my lg https)
P2=$(lab_path P2 my lg ssh)
lab_config "$P1" >"$WORK/one.conf"
lab_config "$(lab_paths "$P1" "$P2")" >"$WORK/two.conf"
cp "$WORK/one.conf" "$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
PROVER=$(prover_pid)

# ---- the same to all who ask ----

hedate apply --dry-run "$WORK/two.conf" >"$WORK/tried" 2>&1 || fail "dry run: $(cat "$WORK/tried")"
hedate apply "$WORK/two.conf" >"$WORK/applied" 2>&1 || fail "apply: $(cat "$WORK/applied")"
summary "$WORK/tried" >"$WORK/tried.summary"
summary "$WORK/applied" | diff "$WORK/tried.summary" - || fail "an apply shows something else than a dry run"
for line in '^+ packets mynumber > lgwan  opens$' '^    IPv4, new connections  .*10.1.0.10 > .*10.2.0.10 tcp 22$' \
	'^    for example  *my0 10.1.0.10 > lg0 10.2.0.10 tcp 40000 > 22, new$' \
	'^    IPv6, new connections  .*fd00:1::10 > .*fd00:2::10 tcp 22$'; do
	grep -q "$line" "$WORK/tried.summary" || fail "no line \"$line\": $(cat "$WORK/tried.summary")"
done
grep -q '^in force: ' "$WORK/applied" || fail "apply: $(cat "$WORK/applied")"
LC_ALL=C.UTF-8 LANGUAGE=ja HEDATE_LOCALEDIR="$BUILD/locale" hedate rollback >"$WORK/out" 2>&1 ||
	fail "rollback: $(cat "$WORK/out")"
grep -q '^- パケット mynumber > lgwan  閉じる$' "$WORK/out" || fail "in Japanese: $(cat "$WORK/out")"
grep -q '新しい接続  .*10.1.0.10 > ' "$WORK/out" || fail "in Japanese: $(cat "$WORK/out")"
hedate apply --json "$WORK/two.conf" >"$WORK/out" 2>&1 || fail "JSON: $(cat "$WORK/out")"
[ "$(jq -r '.applied, (.changes[] | select(.what == "packets") |
	.action, .name, .effects[0], (.fields[] | select(.key == "ipv4-example") | .after))' "$WORK/out" | xargs)" = \
	'true added mynumber > lgwan opens my0 10.1.0.10 > lg0 10.2.0.10 tcp 40000 > 22, new' ] ||
	fail "JSON: $(cat "$WORK/out")"
# Nothing to tell, and not asked for.
hedate apply "$WORK/two.conf" >"$WORK/out" 2>&1 || fail "again: $(cat "$WORK/out")"
grep -q packets "$WORK/out" && fail "what is in force already: $(cat "$WORK/out")"
hedate apply --no-packets "$WORK/one.conf" >"$WORK/out" 2>&1 || fail "--no-packets: $(cat "$WORK/out")"
grep -q '^- path P2  closes' "$WORK/out" || fail "--no-packets: $(cat "$WORK/out")"
grep -q packets "$WORK/out" && fail "--no-packets: $(cat "$WORK/out")"

if [ "$stoppable" ]; then
	# ---- it stands still: everything else goes on ----

	ask_stopped "$WORK/two.conf"
	[ "$(status_field state)" = enforcing ] || fail "status while it stands still"
	plan no-path:mynumber:lgwan meanwhile tcp 10.1.0.10 10.2.0.10 22
	plan pass meanwhile-too tcp 10.1.0.10 10.2.0.10 443
	plan_check
	stopped_pid >/dev/null || fail "it did not stand still so long"
	kill -0 "$ASKED" 2>/dev/null || fail "answered without it: $(cat "$WORK/answer")"
	# Another one is answered meanwhile.
	hedate apply --dry-run "$WORK/two.conf" >"$WORK/out" 2>&1 || fail "another one: $(cat "$WORK/out")"
	grep -q '^+ packets mynumber > lgwan  opens$' "$WORK/out" || fail "another one: $(cat "$WORK/out")"
	kill -CONT "$WORKER"
	answered '^+ packets mynumber > lgwan  opens$'
	grep -q 'not decided' "$WORK/answer" && fail "not decided: $(cat "$WORK/answer")"

	# ---- it is killed ----

	ask_stopped "$WORK/two.conf"
	kill -KILL "$WORKER"
	answered '^~ packets not decided  opens  closes$'
	grep -q 'why  *the process that finds it out was ended' "$WORK/answer" || fail "killed: $(cat "$WORK/answer")"
	grep -q '^+ path P2  opens' "$WORK/answer" || fail "killed: no summary: $(cat "$WORK/answer")"

	# ---- who asked is gone ----

	ask_stopped "$WORK/two.conf"
	kill -KILL "$ASKED"
	wait "$ASKED" 2>/dev/null
	kill -CONT "$WORKER"
	wait_until 300 is_alone || fail "it does not end"
	[ "$(status_field state)" = enforcing ] || fail "after who asked is gone"

	# ---- the process that starts it is killed, and takes it along ----

	ask_stopped "$WORK/two.conf"
	kill -KILL "$PROVER"
	answered 'why  *the process that finds it out is not there'
	wait_until 100 test ! -e "/proc/$WORKER" || fail "its process is left over"
else
	kill -KILL "$PROVER"
fi
wait_until 100 test ! -e "/proc/$PROVER" || fail "it is not gone"
wait_until 100 test "$(status_field separation)" = failed || fail "hedated does not know that it is gone"
hedate apply "$WORK/two.conf" >"$WORK/out" 2>&1 || fail "without it: $(cat "$WORK/out")"
grep -q '^~ packets not decided  opens  closes$' "$WORK/out" || fail "without it: $(cat "$WORK/out")"
grep -q 'why  *the process that finds it out is not there' "$WORK/out" || fail "without it: $(cat "$WORK/out")"
grep -q '^in force: ' "$WORK/out" || fail "without it: $(cat "$WORK/out")"
LC_ALL=C.UTF-8 LANGUAGE=ja HEDATE_LOCALEDIR="$BUILD/locale" hedate apply --dry-run "$WORK/one.conf" >"$WORK/out" 2>&1
grep -q '^~ パケット 判定できない' "$WORK/out" || fail "in Japanese: $(cat "$WORK/out")"
finish
