#!/bin/bash
# kill -9 of either daemon at random moments of an epoch: between switch and dump, between delivery
# and acknowledgement. Every blocked packet is on record exactly once.
# SEED=number repeats a run.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

SEED=${SEED:-$RANDOM}
RANDOM=$SEED
say "seed $SEED"
ROUNDS=${ROUNDS:-6}
FLOWS=200

# Packets on record of this source.
packets_of()
{
	records "select(.\"event.action\" == \"flow-blocked\" and .\"source.ip\" == \"$1\")" |
		jq -s '[.[]."network.packets"] | add // 0'
}

start_alone()
{
	nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedated" -c "$WORK/lab.conf" \
		-r "$RUN" -s "$STATE" >>"$WORK/hedated.out" 2>&1 &
	HEDATED=$!
}

topology_up || die "the lab could not be built"
programs_up
EPOCH=1 lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
mkdir -p "$LOGS"
start_alone
wait_until 100 test -S "$RUN/recorder.sock" || die "hedated did not start"
run_recorder
wait_until 100 is_ready || die "not ready"

for ((round = 1; round <= ROUNDS; round++)); do
	source=10.3.0.$((50 + round))
	block "$source" $FLOWS 3
	hedate flush >/dev/null 2>&1 &
	flush=$!
	# Settling takes 250 ms; reading, sending and writing a few more.
	sleep "0.$(printf '%03d' $((RANDOM % 320)))"
	if ((RANDOM % 2)); then
		kill -KILL "$HEDATED"
		wait "$HEDATED" 2>/dev/null
		victim=hedated
	else
		kill -KILL "$LOGD"
		wait "$LOGD" 2>/dev/null
		victim=recorder
	fi
	wait "$flush" 2>/dev/null
	block "$source" $FLOWS 3
	if [ $victim = hedated ]; then
		start_alone
	else
		run_recorder
	fi
	wait_until 100 is_ready || die "round $round: not ready after the death of $victim"
	flush || fail "round $round: flush"
	packets=$(packets_of "$source")
	[ "$packets" = $((FLOWS * 6)) ] ||
		fail "round $round: $packets of $((FLOWS * 6)) packets after the death of $victim"
done
check_equation
repeated=$(records 'select(."event.action" == "ledger") | ."hedate.epoch"' | sort -n | uniq -d)
[ -z "$repeated" ] || fail "epochs that are on record twice: $repeated"

kill -TERM "$LOGD"
wait "$LOGD" || fail "the recorder's exit status: $?"
stop_hedated
check_records
grep -E 'Sanitizer|runtime error' "$WORK/hedated.out" && fail "what the programs said"
[ "$FAILED" = 0 ] || sed 's/^/hedated: /' "$WORK/hedated.out"
[ "$FAILED" = 0 ]
