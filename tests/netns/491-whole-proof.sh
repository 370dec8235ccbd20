#!/bin/bash
# The whole proof: hedated, which may not read all of this host, decides nothing about that part; root's
# proof does, with the rights that the unit has and no others, and hedated is told: it is on record, in
# the status and in the numbers. hedated asks for it by a file. Nobody but root may tell.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"

# As hedate-prove.service does: as root with these rights.
rights=$(sed -n 's/^CapabilityBoundingSet=//p' "$SOURCE_DIR/systemd/hedate-prove.service" |
	tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g; s/ /,/g')
whole()
{
	in_ns gw setpriv --bounding-set="-all,$rights" --inh-caps=-all "$BUILD/hedate" -r "$RUN" prove --tell \
		-c "$WORK/lab.conf" --exceptions '' "$@" >"$WORK/whole.out" 2>&1
}

# Proofs on record that were made for this: made_for WHY
made_for()
{
	flush
	records "select(.\"hedate.why\" == \"$1\" and (.\"event.action\" | startswith(\"proof\"))) |
		.\"hedate.proof.result\"" | tr -d '"'
}

# shellcheck disable=SC2317
wanted()
{
	[ -s "$RUN/prove-wanted" ]
}

# shellcheck disable=SC2317
is_status()
{
	[ "$(status_field "$1")" = "$2" ]
}

# shellcheck disable=SC2317
lost_is_known()
{
	hedate status --check >"$WORK/check"
	grep -q 'CRITICAL.*NOT as the policy says' "$WORK/check"
}

EPOCH=1 lab_up "$(lab_path P1 my lg https)"
wait_until 100 wanted || fail "hedated does not ask for a whole proof"
grep -qx start "$RUN/prove-wanted" || fail "why: $(cat "$RUN/prove-wanted")"
[ "$(stat -c %U "$RUN/prove-wanted")" != root ] || say "hedated runs as root here"
is_status separation_whole none || fail "before: $(status_field separation_whole)"
is_status proof ok || fail "before: $(status_field proof)"

# All of it can be read with these rights, and is proved.
whole || fail "status $?: $(cat "$WORK/whole.out")"
is_status separation_whole proved || fail "told: $(status_field separation_whole), $(status_field separation_whole_what)"
is_status proof ok || fail "proof: $(status_field proof)"
[ "$(made_for whole)" = proved ] || fail "on record: $(made_for whole)"
hedate metrics | grep -qx 'hedate_separation_whole_proved 1' || fail "metrics: $(hedate metrics | grep whole)"
hedate metrics | grep -qx 'hedate_proof_ok 1' || fail "metrics: $(hedate metrics | grep proof)"
hedate status | grep -q 'as root sees it *proved' || fail "status: $(hedate status)"

# Somebody puts more into the kernel than the policy permits.
nft_gw 'add table ip y { chain p { type nat hook prerouting priority -100; dnat to 10.2.0.10; }; }'
! whole || fail "nothing is lost by dnat: $(cat "$WORK/whole.out")"
! is_status separation_whole proved || fail "dnat: proved"
! is_status proof ok || fail "dnat: proof ok"
hedate metrics | grep -qx 'hedate_proof_ok 0' || fail "metrics: $(hedate metrics | grep proof)"
hedate status --check >"$WORK/check"
grep -q 'WARNING\|CRITICAL' "$WORK/check" || fail "status --check: $(cat "$WORK/check")"
nft_gw 'delete table ip y'
whole || fail "again: $(cat "$WORK/whole.out")"
is_status separation_whole proved || fail "again: $(status_field separation_whole)"

# More can pass than the policy permits: that is critical.
lab_config "" >"$WORK/less.conf"
in_ns gw "$BUILD/hedate" -r "$RUN" prove --tell -c "$WORK/less.conf" --exceptions '' >"$WORK/whole.out" 2>&1 &&
	fail "more than a policy permits: $(cat "$WORK/whole.out")"
is_status separation_whole lost || fail "more: $(status_field separation_whole)"
wait_until 200 lost_is_known || fail "status --check: $(cat "$WORK/check")"
# It cannot be looked at.
! in_ns gw "$BUILD/hedate" -r "$RUN" prove --tell -c "$WORK/nosuch.conf" >"$WORK/whole.out" 2>&1 ||
	fail "a configuration that there is not"
is_status separation_whole failed || fail "failed: $(status_field separation_whole)"
whole || fail "at the end: $(cat "$WORK/whole.out")"

# Nobody else may tell, and not about something else.
setpriv --reuid 64901 --regid 65534 --groups 64803 "$BUILD/hedate" -r "$RUN" prove --tell \
	>"$WORK/other.out" 2>&1
[ $? = 2 ] || fail "an operator may tell: $(cat "$WORK/other.out")"
whole --pair mynumber,lgwan
[ $? = 2 ] || fail "one pair is told: $(cat "$WORK/whole.out")"
is_status separation_whole proved || fail "after these: $(status_field separation_whole)"
finish
