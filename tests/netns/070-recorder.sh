#!/bin/bash
# A recorder that was away goes on and says what it missed; what was blocked meanwhile is recorded,
# with its details as long as the enforcer lives, as counted when both were dead.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

FLOWS=40

# How many of them are on record with this detail, and all with three packets.
expect_flows()
{
	local source=$1 details=$2 count packets wrong
	count=$(flows_of "$source" | jq -s --arg details "$details" \
		'[.[] | select(."hedate.detail" | IN($details | split(" ")[]))] |
		map(."source.port") | unique | length')
	packets=$(flows_of "$source" | jq -s '[.[]."network.packets"] | add // 0')
	say "$source: $count flows ($details), $packets packets"
	[ "$count" = $FLOWS ] || fail "$count of $FLOWS flows from $source are on record ($details)"
	[ "$packets" = $((FLOWS * 3)) ] || fail "$packets of $((FLOWS * 3)) packets from $source"
	wrong=$(flows_of "$source" | jq -c "select([.\"event.reason\", .\"hedate.zone.source\",
		.\"hedate.zone.destination\"] != [\"no-path\", \"internet\", \"mynumber\"])" | head -n 1)
	[ -z "$wrong" ] || fail "not as it was blocked: $wrong"
}

flows_of()
{
	records "select(.\"event.action\" == \"flow-blocked\" and .\"source.ip\" == \"$1\")"
}

# The recorder on its own, so that it can be stopped.
lab_up "$(lab_path P1 my lg https)"
block 10.3.0.21 $FLOWS 3
check_equation
expect_flows 10.3.0.21 full

recorder_stop TERM
block 10.3.0.22 $FLOWS 3
sleep 0.5
recorder_start
check_equation
expect_flows 10.3.0.22 full

# Started while another still has the log: it waits for it, and ends when it is told to.
recorder_stop TERM
flock "$LOGS" sleep 600 &
holder=$!
# shellcheck disable=SC2016 # for eval
wait_until 200 eval '! flock -n "$LOGS" true' || fail "the log is not locked"
in_ns gw "$PROGRAMS/hedate-logd" -r "$RUN" -d "$LOGS" >>"$WORK/hedated.out" 2>&1 &
waiting=$!
wait_until 10 eval "! kill -0 $waiting" && fail "it does not wait for the log"
# shellcheck disable=SC2016 # for eval
wait_until 50 eval '[ -n "$(recorder_pid)" ]'
kill -TERM "$(recorder_pid)"
wait_until 200 eval "! kill -0 $waiting" || fail "waiting for the log, it does not end"
in_ns gw "$PROGRAMS/hedate-logd" -r "$RUN" -d "$LOGS" >>"$WORK/hedated.out" 2>&1 &
waiting=$!
wait_until 10 eval "! kill -0 $waiting" && fail "it does not wait for the log"
pkill -P "$holder"
wait_until 100 is_ready || fail "it does not go on once it has the log"

recorder_stop KILL
block 10.3.0.23 $FLOWS 3
recorder_start
check_equation
expect_flows 10.3.0.23 full

# Both dead: the kernel alone keeps count.
recorder_stop KILL
kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
block 10.3.0.24 $FLOWS 3
start_hedated "$WORK/lab.conf"
check_equation
expect_flows 10.3.0.24 counted

events=$(records 'select(."event.kind" == "event" and ."event.action" != "flow-blocked") |
	"\(."event.action"): \(.message)"')
say "$events"
grep -q 'recorder-gap' <<<"$events" || fail "nothing says that the recorder was away"
# Sequence numbers go on, over all of it.
broken=$(records '."event.sequence"' | awk 'NR > 1 && $1 != last + 1 { print last " then " $1 } { last = $1 }')
[ -z "$broken" ] || fail "sequence numbers: $broken"
finish
