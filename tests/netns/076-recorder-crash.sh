#!/bin/bash
# The recorder is killed again and again, at random moments, while flows are being blocked: in the
# end each packet is on record exactly once, and no line is broken.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

SEED=${SEED:-$$$(date +%N)}
RANDOM=$((SEED % 32768))
say "SEED=$((SEED % 32768))"
ROUNDS=8
FLOWS=2000

EPOCH=1 lab_up "$(lab_path P1 my lg https)"
plan_words blocked raw 10.3.0.10 10.1.0.11 53 protocol=udp
words=("${WORDS[@]:1}")
recorder_stop TERM
recorder_start
for ((round = 1; round <= ROUNDS; round++)); do
	"$PROBE" send "${words[@]}" count=$((FLOWS * 2)) distinct=$FLOWS seconds=1 \
		source=10.3.1.$round >"$WORK/sent.$round" &
	probe=$!
	sleep "$(printf '%d.%03d' $((RANDOM % 2)) $((RANDOM % 1000)))"
	recorder_stop KILL
	wait "$probe"
	recorder_start
done
check_equation
wrong=$(cat "$LOGS"/hedate-*.jsonl | jq -ce . 2>&1 >/dev/null)
[ -z "$wrong" ] || fail "broken lines: $wrong"
for ((round = 1; round <= ROUNDS; round++)); do
	packets=$(records "select(.\"source.ip\" == \"10.3.1.$round\") | .\"network.packets\"" |
		jq -s 'add // 0')
	# In its second it may not have sent all.
	sent=$(awk 'END { print $NF }' "$WORK/sent.$round")
	[ "$sent" -gt 0 ] || fail "round $round: nothing was sent"
	[ "$packets" = "$sent" ] || fail "round $round: $packets of $sent packets on record"
done
broken=$(records '."event.sequence"' | awk 'NR > 1 && $1 != last + 1 { print last " then " $1 } { last = $1 }')
[ -z "$broken" ] || fail "sequence numbers: $broken"
# An epoch may not be on record twice.
twice=$(records 'select(."event.action" == "ledger") | ."hedate.epoch"' | sort | uniq -d)
[ -z "$twice" ] || fail "epochs on record twice: $twice"
# Ledgers add up from one to the next.
records 'select(."event.action" == "ledger")' | jq -es '
	all(.[]; ."hedate.ledger.packets" == ."hedate.ledger.recorded" + ."hedate.ledger.lost") and
	(map(."hedate.ledger.recorded") | add) == last."hedate.total.recorded" and
	(map(."hedate.ledger.lost") | add) == last."hedate.total.lost"' >/dev/null ||
	fail "the ledgers do not add up"
say "$(records 'select(."event.action" == "recorder-recovered") | ."hedate.torn.bytes"' | wc -l) \
times something unfinished was cut off"
finish
