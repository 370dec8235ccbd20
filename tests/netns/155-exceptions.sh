#!/bin/bash
# first
# Exceptions, with traffic: asked for by one person and approved by another, ended by the kernel with
# hedated dead, by revocation; emergencies; what is left of one after a start; another policy.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"

# The zone of residents' data is one here: what crosses its boundary breaks clauses.
boundary()
{
	lab_config "$@" | sed 's/name = "mynumber"; kind = "lgwan"/name = "mynumber"; kind = "mynumber"/'
}

# A request that is all right: ask WHO SECONDS [OPTION...]
ask()
{
	as "$1" exception request --from 10.1.0.10 --to lg --service tcp/445 --clause hedate-4 \
		--reason '基幹系の障害' --for "$2s" "${@:3}"
}

smb()
{
	plan "$1" "$2" tcp 10.1.0.10 10.2.0.10 445
}

# The same as a stream: smb_open ID
smb_open()
{
	stream_open "$1" 60 10.1.0.10 10.2.0.10 445 stall=2000
}

# The last answer of stream $1 came before $2 ms, and not more than $3 ms before.
ck_cut()
{
	local last
	stream_cut "$1" "$2"
	last=$(sed -n 's/.* last \([0-9]*\) .*/\1/p' <<<"$RESULT")
	[ "${last:-0}" -gt $(($2 - $3)) ] || fail "$1 was cut too early: $RESULT"
}

end_of()
{
	echo $(($(date -d "$(state_of "$1" end)" +%s) * 1000))
}

wait_for()
{
	local left=$(($1 - $(now_ms)))
	[ "$left" -le 0 ] || sleep $((left / 1000 + 1))
}

topology_up || die "the lab could not be built"
boundary "$(lab_path P1 in lg https)" >"$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
[ "$(status_field exceptions_register)" = ok ] || fail "the register: $(status_field exceptions_register)"

# ---- who may do what ----

ask sato 30 >"$WORK/out" || fail "a request: $(cat "$WORK/out")"
grep -q 'X-[0-9]*-0001' "$WORK/out" || fail "a request says: $(cat "$WORK/out")"
A=$(number 1)
smb no-path:mynumber:lgwan requested
plan_check
for who in tanaka watanabe; do
	for step in "approve $A" "refuse --reason x $A" "revoke --reason x $A" "report --report x $A"; do
		# shellcheck disable=SC2086
		as $who exception $step >"$WORK/out" 2>&1 && fail "$who may: exception $step"
		grep -q 'refused: only root' "$WORK/out" || fail "$who, exception $step: $(cat "$WORK/out")"
	done
	ask $who 30 >"$WORK/out" 2>&1 && fail "$who may ask for an exception"
	as $who exception list --json | jq -e '.exceptions[0].state == "requested"' >/dev/null ||
		fail "$who may not look at the list"
done
as sato exception approve "$A" >"$WORK/out" 2>&1 && fail "an operator may approve"
ask suzuki 30 >"$WORK/out" 2>&1 && fail "an approver may ask for an exception"
expect_refusal self-approved as both exception approve "$A"
[ "$(state_of "$A")" = requested ] || fail "$A is $(state_of "$A")"

# ---- requests that are refused, each for its own reason ----

expect_refusal duplicate as sato exception request --from 10.1.0.10 --to lg --service tcp/445 \
	--clause hedate-4 --reason x --start "$(state_of "$A" start)" --until "$(state_of "$A" end)"
expect_refusal overlap ask sato 60
# In other words, and only a part of it.
expect_refusal overlap ask sato 60 --to 10.2.0.10
expect_refusal overlap ask sato 60 --service tcp/440-450
expect_refusal endless as sato exception request --from my --to lg --service tcp/1 --clause x --reason x
expect_refusal too-long ask sato $((91 * 86400)) --service tcp/446
expect_refusal emergency-too-long ask sato $((73 * 3600)) --service tcp/446 --emergency
expect_refusal backdated ask sato 600 --service tcp/446 --start -5m
expect_refusal past ask sato 30 --service tcp/446 --start -5m
expect_refusal missing ask sato 30 --service tcp/446 --reason ' '
expect_refusal 'no host, network, segment or zone' ask sato 30 --to lgg
expect_refusal 'is no service' ask sato 30 --service smb
expect_refusal 'already permitted by path "P1"' ask sato 30 --from in --service https
# The clause that the path breaks is not the one that is named.
as sato exception request --from 10.1.0.10 --to lg --service tcp/446 --clause x --reason x --for 30s \
	>"$WORK/out" 2>&1 && fail "a clause that is not named"
grep -q 'hedate-4' "$WORK/out" || fail "the clause is not said: $(cat "$WORK/out")"
expect_refusal unknown as suzuki exception approve X-2020-0001
expect_refusal missing as suzuki exception refuse --reason ' ' "$A"
expect_refusal state as suzuki exception revoke --reason x "$A"
expect_refusal no-report as sato exception report --report x "$A"

# ---- approved; the kernel ends it, with hedated dead ----

as suzuki exception refuse --reason '短くする' "$A" >/dev/null || fail "refuse"
ask sato 12 >/dev/null || fail "a request after one that was refused"
B=$(number 2)
as suzuki exception approve "$B" >"$WORK/out" 2>&1 || fail "approve: $(cat "$WORK/out")"
is_ready || fail "after an approval: $(hedate status)"
smb pass approved
plan no-path:mynumber:lgwan other-port tcp 10.1.0.10 10.2.0.10 446
plan no-path:mynumber:lgwan other-host tcp 10.1.0.11 10.2.0.10 445
plan no-path:lgwan:mynumber other-way tcp 10.2.0.10 10.1.0.10 445
plan pass others tcp 10.3.0.10 10.2.0.10 443
plan_check
hedate paths --json | jq -e --arg id "$B" '.paths[] | select(.name == $id)' >/dev/null || fail "paths: no $B"
hedate status | grep -q "$B" || fail "status: no $B"
end=$(end_of "$B")
smb_open b
kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
wait_for "$end"
ck_cut b "$end" 1500
[ "$(try tcp 10.1.0.10 10.2.0.10 445 wait=500)" = blocked ] || fail "after its end, hedated dead"
start_hedated "$WORK/lab.conf"
wait_until 200 eval "[ \"\$(state_of $B expired_by)\" = hedated ]" || fail "$B: $(hedate exception show "$B")"
smb no-path:mynumber:lgwan over
plan_check

# ---- only what is left of it after a start; a clock by its end ----

ask sato 14 >/dev/null || fail "a third request"
C=$(number 3)
as suzuki exception approve "$C" >/dev/null || fail "approve $C"
end=$(end_of "$C")
smb_open c
stop_hedated
start_hedated "$WORK/lab.conf"
is_ready || fail "after a start: $(hedate status)"
smb pass remaining
plan_check
left=$(nft_gw -j list set inet hedate active-timed | jq '[.nftables[].set.elem? // [] | .[].elem.expires] | max')
[ "${left:-99}" -le $(((end - $(now_ms)) / 1000 + 1)) ] || fail "$left s are left in the kernel"
wait_for "$end"
ck_cut c "$end" 1500
smb expired:mynumber:lgwan ended
plan_check
wait_until 200 eval "[ \"\$(state_of $C expired_by)\" = hedated ]" || fail "$C is not recorded as expired"

# ---- revoked ----

ask sato 600 >/dev/null || fail "a fourth request"
D=$(number 4)
as suzuki exception approve "$D" >/dev/null || fail "approve $D"
smb_open d
stream_open keep 8 10.3.0.10 10.2.0.10 443
sleep 0.3
as sato exception revoke --reason '復旧した' "$D" >/dev/null || fail "revoke"
stream_cut d "$(now_ms)"
smb no-path:mynumber:lgwan revoked
plan_check
stream_lived keep

# ---- an emergency ----

ask sato 600 --emergency >"$WORK/out" || fail "an emergency: $(cat "$WORK/out")"
E=$(number 5)
smb pass emergency
plan_check
[ "$(status_field reports_due)" = 1 ] || fail "no report is due"
LC_ALL=C.UTF-8 hedate status | grep -q 'REPORTS DUE' || fail "status does not say that a report is due"
expect_refusal state as suzuki exception approve "$E"
as suzuki exception revoke --reason '不要' "$E" >/dev/null || fail "revoke $E"
smb no-path:mynumber:lgwan emergency-revoked
plan_check
expect_refusal unreported ask sato 600 --emergency
[ "$(status_field reports_due)" = 1 ] || fail "the report is not due any more"
as sato exception report --report 'CISOに報告済み' "$E" >/dev/null || fail "report"
[ "$(status_field reports_due)" = 0 ] || fail "the report is still due"
expect_refusal reported as sato exception report --report '再び' "$E"

# ---- an override, for later ----

start=$((EPOCHSECONDS + 4))
as both exception request --from 10.1.0.10 --to lg --service tcp/445 --clause hedate-4 --reason x \
	--start "$(date -d "@$start" '+%F %T')" --for 600s >/dev/null || fail "a request for later"
F=$(number 6)
as both exception approve --override '承認者不在' "$F" >/dev/null || fail "override"
smb expired:mynumber:lgwan early
plan_check
wait_for $((start * 1000 + 1000))
smb pass begun
plan_check

# ---- another policy ----

smb_open f
boundary "$(lab_path P1 in lg https)" | sed 's/name = "lg"/name = "lgx"/; s/to = "lg"/to = "lgx"/' >"$WORK/other.conf"
hedate apply "$WORK/other.conf" >"$WORK/out" 2>&1 || fail "apply: $(cat "$WORK/out")"
stream_cut f "$(now_ms)"
[ "$(status_field exceptions_suspended)" = 1 ] || fail "$F is not suspended: $(hedate status --json)"
state_of "$F" suspended | grep -q '"lg"' || fail "$F: suspended: $(state_of "$F" suspended)"
grep -q 'suspends: 1;' "$WORK/out" || fail "apply does not say it: $(cat "$WORK/out")"
smb no-path:mynumber:lgwan suspended
plan_check
hedate apply "$WORK/lab.conf" >/dev/null || fail "apply again"
[ "$(status_field exceptions_suspended)" = 0 ] || fail "$F stays suspended"
smb pass resumed
plan_check
# One that goes against an assertion of the new policy is left out, and the policy is put in place.
{
	cat "$WORK/lab.conf"
	echo 'assertions = ( { name = "A1"; must = "block"; from = "10.1.0.10"; to = "lg"; service = "smb"; } );'
} | sed 's/^services = (/services = ( { name = "smb"; tcp = 445; },/' >"$WORK/assert.conf"
hedate apply "$WORK/assert.conf" >"$WORK/out" 2>&1 || fail "apply with an assertion: $(cat "$WORK/out")"
[ "$(status_field exceptions_suspended)" = 1 ] || fail "an assertion does not suspend $F"
smb no-path:mynumber:lgwan asserted
plan_check
ask sato 30 --service tcp/445,tcp/446 --start "$(state_of "$F" end)" >"$WORK/out" 2>&1 && fail "an exception against an assertion"
grep -q 'A1' "$WORK/out" || fail "the assertion is not said: $(cat "$WORK/out")"
hedate apply "$WORK/lab.conf" >/dev/null || fail "apply a third time"

# ---- on record ----

flush
events=$(records 'select(."event.action" | test("^exception-")) |
	"\(."event.action") \(."hedate.exception") \(."hedate.user")"' | tr -d '"')
say "$events"
for want in "requested $A sato" "refused $A suzuki" "approved $B suzuki" "expired $B hedated" \
	"revoked $D sato" "requested $E sato" "reported $E sato" "approved $F sato" "suspended $F null" \
	"resumed $F null" "denied $A sato" "denied null sato"; do
	grep -qxF "exception-$want" <<<"$events" || fail "no event: $want"
done
records 'select(."event.action" == "exception-approved") | ."hedate.override"' | grep -q 承認者不在 ||
	fail "the override is not in the log"
# Each line's digest, as the log has it, is that of the line in the register.
records 'select(."hedate.register_line") | "\(."hedate.register_line") \(."hedate.register_digest")"' |
	tr -d '"' | while read -r line digest; do
	have=$(sed -n "${line}p" "$STATE/exceptions.jsonl" | b2sum -l 256 | cut -d ' ' -f 1)
	[ "$have" = "$digest" ] || echo "line $line: $have, in the log $digest"
done >"$WORK/out"
[ ! -s "$WORK/out" ] || fail "$(cat "$WORK/out")"

# ---- looking at it ----

hedate exception export >"$WORK/export.csv" || fail "export"
python3 - "$WORK/export.csv" <<'END' || fail "the CSV cannot be read: $(cat "$WORK/export.csv")"
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig", newline="")))
assert len(rows) == 6, len(rows)
assert rows[1]["approved_by"] == "suzuki" and rows[1]["state"] == "expired", rows[1]
assert rows[4]["report"] == "CISOに報告済み", rows[4]
END
hedate exception export --json | jq -e '.exceptions | length == 6' >/dev/null || fail "export --json"
hedate exception list --open --json | jq -e --arg id "$F" '[.exceptions[].exception] == [$id]' >/dev/null ||
	fail "list --open: $(hedate exception list --open --json)"
finish
