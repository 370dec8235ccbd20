#!/bin/bash
# A change that nobody confirms is rolled back by itself, under traffic: connections that both rule
# sets permit go on, nothing that none permits passes. Confirming, rolling back by hand, to a number;
# what cannot be kept is not done.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/change.sh
. "$NETNS_DIR/change.sh"

# change_apply WANTED-STATUS ARGUMENT...
change_apply()
{
	local wanted=$1 status
	shift
	hedate apply "$@" >"$WORK/said" 2>&1
	status=$?
	[ "$status" = "$wanted" ] || fail "apply $*: exit status $status: $(cat "$WORK/said")"
}

said()
{
	grep -q -- "$1" "$WORK/said" || fail "it does not say \"$1\": $(cat "$WORK/said")"
}

# For wait_until.
# shellcheck disable=SC2317
is_confirmed()
{
	[ "$(status_field confirmed)" = true ]
}

topology_up || die "the lab could not be built"
change_configs ""
# A store of its own that can be full.
mkdir -m 0750 "$STORE"
mount -t tmpfs -o size=256k,mode=0750 store "$STORE" || die "no small file system"
start_hedated "$WORK/lab.conf"
expect_in_force old "at the start"
expect_store 1 "at the start"
cmp "$STORE/000001.conf" "$WORK/lab.conf" || fail "the first bytes"
rules >"$WORK/rules.old"

# Rolled back by itself.
change_traffic 30
change_apply 0 "$WORK/new.conf" --confirm 10 --ticket R8-0117 --reason 試行
said 'rolled back in 10 seconds'
expect_store "1 2" "while it waits"
left=$(status_field confirm_seconds_left)
if [ "$left" -lt 1 ] || [ "$left" -gt 11 ]; then
	fail "$left of 10 seconds are left"
fi
hedate status | grep -q 'NOT CONFIRMED' || fail "status does not say it"
hedate status >/dev/null || fail "status: exit status $?"
hedate history --json | jq -e '.changes[0] | .state == "pending" and .in_force and .ticket == "R8-0117"
	and .reason == "試行" and .who == "root" and .added == 1 and .removed == 1' >/dev/null ||
	fail "history: $(hedate history --json)"
change_apply 1 "$WORK/old.conf"
said 'change 2 waits'
expect_in_force new "while it waits"
wait_until 200 is_confirmed || fail "it is not rolled back"
rules >"$WORK/rules.now"
cmp "$WORK/rules.old" "$WORK/rules.now" || fail "another rule set than before"
expect_in_force old "rolled back by itself"
expect_store 1 "rolled back by itself"
expect_event rollback-automatic 2
hedate history --json | jq -e '.changes | .[0].state == "rolled-back" and .[1].in_force' >/dev/null ||
	fail "history after the rollback: $(hedate history --json)"

# Confirmed.
change_apply 0 "$WORK/new.conf" --confirm 3600
hedate confirm --reason 確認済み >"$WORK/said" 2>&1 || fail "confirm: $(cat "$WORK/said")"
hedate confirm >"$WORK/said" 2>&1 && fail "confirmed twice"
said 'no change waits'
expect_store 3 "confirmed"
expect_event confirm 3
expect_in_force new "confirmed"

# Undone by hand; then back to what was before, and to a number.
change_apply 0 "$WORK/old.conf" --confirm 3600
expect_in_force old "before it is undone"
hedate rollback >"$WORK/said" 2>&1 || fail "rollback: $(cat "$WORK/said")"
expect_store 3 "undone"
expect_event rollback 4
expect_in_force new "undone"
hedate rollback >"$WORK/said" 2>&1 || fail "rollback to what was before: $(cat "$WORK/said")"
expect_in_force old "back to what was before"
expect_store 5 "back to what was before"
cmp "$STORE/000005.conf" "$STORE/000001.conf" || fail "other bytes than those that were before"
hedate history --json | jq -e '.changes[0].of == 1' >/dev/null || fail "history: rollback to 1"
hedate rollback 3 >"$WORK/said" 2>&1 || fail "rollback 3: $(cat "$WORK/said")"
expect_in_force new "back to 3"
hedate rollback 77 >"$WORK/said" 2>&1 && fail "rollback to what is not there"
said 'number 77 .* is not there'
echo x >>"$STORE/000001.conf"
hedate rollback 1 >"$WORK/said" 2>&1 && fail "rollback to what is broken"
said 'is broken'
hedate rollback x >"$WORK/said" 2>&1
[ $? = 2 ] || fail "rollback x: exit status"
expect_in_force new "after rollbacks that were refused"
expect_store 6 "after rollbacks that were refused"

# Full: nothing changes.
dd if=/dev/zero of="$STORE/fill" bs=4k 2>/dev/null
change_apply 1 "$WORK/old.conf"
said 'cannot be kept'
expect_in_force new "on a full disk"
expect_store 6 "on a full disk"
rm "$STORE/fill"
change_apply 0 "$WORK/old.conf"
expect_in_force old "with room again"

# A change that waits, and an end in order: rolled back before it.
change_apply 0 "$WORK/new.conf" --confirm 3600
change_traffic_end
stop_hedated
number=$(store_current)
[[ $number != *" "* ]] || fail "something waits after the end: $number"
# The file is what was not confirmed last: it is not taken.
cp "$WORK/new.conf" "$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
expect_in_force old "after the end"
grep -q 'is the one that was not confirmed' "$WORK/hedated.out" || fail "it does not say why"
change_apply 0
expect_in_force new "the file, as it was asked for"
finish
