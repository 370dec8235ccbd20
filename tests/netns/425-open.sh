#!/bin/bash
# "hedate open": the only way to stop enforcing. It takes the site's name, a reason and another
# person, is on record, is said loudly, and is over after close, apply, the end of hedated, a crash,
# and by itself when hedated hangs.
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

last()
{
	flush
	records "select(.\"event.action\" == \"$1\") | .\"hedate.$2\"" | tail -n 1 | jq -r .
}
digest()
{
	hedate proposals --json | jq -r '.proposals[-1].digest'
}
# Not open, and nobody was asked: refused WORDS COMMAND...
refused()
{
	local wanted=$1
	shift
	"$@" >"$WORK/out" 2>&1 && fail "$*: done: $(cat "$WORK/out")"
	grep -q -- "$wanted" "$WORK/out" || fail "$*: $(cat "$WORK/out"), not \"$wanted\""
	[ "$(status_field open)" = false ] || fail "$*: it is open"
}
# Everything passes, or only what is permitted: all_passes ID, only_permitted ID
all_passes()
{
	plan pass "$1-permitted" tcp 10.1.0.10 10.2.0.10 443
	plan pass "$1-port" tcp 10.1.0.10 10.2.0.10 22
	plan pass "$1-six" tcp fd00:3::10 fd00:1::10 8080
	plan pass "$1-outside" udp 198.51.100.9 10.1.0.10 53
	plan pass "$1-gateway" tcp 10.3.0.10 10.3.0.1 22
	plan_check
}
only_permitted()
{
	plan pass "$1-permitted" tcp 10.1.0.10 10.2.0.10 443
	plan no-path:mynumber:lgwan "$1-port" tcp 10.1.0.10 10.2.0.10 22
	plan no-path:internet:mynumber "$1-six" tcp fd00:3::10 fd00:1::10 8080
	plan no-path:internet:mynumber "$1-outside" udp 198.51.100.9 10.1.0.10 53
	plan_check
}
open()
{
	as sato open --site lab --reason '県の指示' >/dev/null || fail "ask to open"
	as suzuki approve --yes "$(digest)" >"$WORK/out" 2>&1 || fail "open: $(cat "$WORK/out")"
	[ "$(status_field open)" = true ] || fail "it is not open: $(hedate status)"
}

lab_up "$(lab_path P1 my lg https)"
only_permitted before

# ---- every refusal ----

refused 'option --reason is needed' as sato open --site lab
refused 'not the name of the site' as sato open --site lap --reason x
refused 'not asked for' as sato open --reason x </dev/null
echo 'Lab' | as sato open --reason x >"$WORK/out" 2>&1 && fail "open with another name"
grep -q 'not the name of the site' "$WORK/out" || fail "typed wrong: $(cat "$WORK/out")"
refused 'group hedate-operator' as suzuki open --site lab --reason x
refused 'group hedate-operator' as tanaka open --site lab --reason x
[ "$(last open-refused user)" = sato ] || fail "a refusal is not on record"
echo lab | as sato open --reason '県の指示' >"$WORK/out" 2>&1 || fail "ask to open: $(cat "$WORK/out")"
grep -q 'not open yet' "$WORK/out" || fail "ask to open: $(cat "$WORK/out")"
[ "$(status_field open)" = false ] || fail "one person opened it"
only_permitted asked
refused 'proposed it yourself' as both approve --yes "$(digest)"
refused 'group hedate-approver' as sato approve --yes "$(digest)"
as watanabe proposals | grep -q 'OPEN.*sato' || fail "the list: $(as watanabe proposals)"
as suzuki proposal show "$(digest)" | grep -q 'IT OPENS THE GATEWAY' || fail "shown as harmless"
as suzuki refuse --reason '不要' "$(digest)" >/dev/null || fail "refuse"
only_permitted refused

# ---- open, said loudly, and closed ----

before=$(rules)
open
all_passes open
hedate status >"$WORK/out" 2>&1
code=$?
[ $code = 5 ] || fail "status while it is open: exit $code"
grep -q 'OPEN' "$WORK/out" || fail "status does not say so: $(cat "$WORK/out")"
grep -q 'sato' "$WORK/out" || fail "status does not say who"
[ "$(status_field state)" = open ] || fail "state $(status_field state)"
hedate status --check >"$WORK/out" 2>&1
code=$?
[ $code = 2 ] || fail "status --check while it is open: exit $code"
grep -q 'opened on purpose' "$WORK/out" || fail "status --check: $(cat "$WORK/out")"
hedate metrics | grep -q '^hedate_open 1$' || fail "metrics: $(hedate metrics | grep open)"
[ "$(last open proposer) $(last open approver) $(last open reason)" = 'sato suzuki 県の指示' ] ||
	fail "opening on record: $(last open proposer)"
# Open already.
as sato open --site lab --reason y >/dev/null || fail "ask again"
as suzuki approve --yes "$(digest)" >"$WORK/out" 2>&1 && fail "opened twice"
grep -q 'open already' "$WORK/out" || fail "opened twice: $(cat "$WORK/out")"
as suzuki refuse "$(digest)" >/dev/null
as tanaka close >"$WORK/out" 2>&1 && fail "closed by somebody who may not"
as suzuki close --reason '復旧' >"$WORK/out" 2>&1 || fail "close: $(cat "$WORK/out")"
[ "$(status_field open)" = false ] || fail "closed, but open"
only_permitted closed
[ "$(rules)" = "$before" ] || fail "the rule set is not as before"
[ "$(last close user)" = suzuki ] || fail "closing on record: $(last close user)"
hedate metrics | grep -q '^hedate_open 0$' || fail "metrics: $(hedate metrics | grep open)"
hedate close | grep -q closed || fail "closing what is closed"

# ---- an exception does not close it, an apply does ----

open
as sato exception request --from my --to lg --service tcp/445 --clause x --reason z --for 10m >/dev/null ||
	fail "an exception is asked for while it is open"
as suzuki exception approve "$(number 1)" >/dev/null || fail "an exception while it is open"
all_passes exception
hedate apply >"$WORK/out" 2>&1 || fail "apply: $(cat "$WORK/out")"
[ "$(status_field open)" = false ] || fail "apply leaves it open"
only_permitted applied

# ---- the end of hedated, a crash, a restart ----

open
stop_hedated
[ "$(try tcp 10.1.0.10 10.2.0.10 22)" != passed ] || fail "open after hedated has ended"
start_hedated "$WORK/lab.conf"
only_permitted ended
open
crash_hedated
start_hedated "$WORK/lab.conf"
[ "$(status_field open)" = false ] || fail "open after a crash"
only_permitted crashed

# ---- nobody is there to keep it open: the kernel shuts by itself ----

open
crash_hedated
[ "$(try tcp 10.1.0.10 10.2.0.10 22)" = passed ] || fail "a crash shuts it at once"
in_ns gw nft -j list set inet hedate open | jq -e '[.nftables[].set | objects | .elem[].elem.expires] | length > 0 and all(. <= 60)' >/dev/null ||
	fail "the kernel would keep it open: $(in_ns gw nft list set inet hedate open)"
# The same end, sooner: what there is when the time is over.
in_ns gw nft flush set inet hedate open || fail "the end of the time"
[ "$(try tcp 10.1.0.10 10.2.0.10 22)" != passed ] || fail "open without its time"
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "a permitted connection does not pass then"
start_hedated "$WORK/lab.conf"
only_permitted last
finish
