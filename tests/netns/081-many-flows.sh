#!/bin/bash
# first
# floods
# 262,144 distinct flows and more, faster than an epoch is long: none of them is missing in the log,
# with a recorder that works and with one that stands still; what finds no room in the flow sets is
# known to the number for each reason and pair of zones.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

FLOWS=262144
FEWER=160000 # more than NFLOG's queue holds

# Distinct flows on record to this port.
flows_to()
{
	cat "$LOGS"/hedate-*.jsonl | grep -F "\"destination.port\":$1," |
		grep -o '"source.ip":"[^"]*","source.port":[0-9]*' | LC_ALL=C sort -u | wc -l
}

# All flows to a port have a record of their own, but for those that the kernel had no memory for at
# that moment (its workers make it, and have to be run): these are few, and known to the number, in
# records of others or, where nobody reads what NFLOG tells, as lost.
known=0
expect_all()
{
	local flows before=$known
	flows=$(flows_to "$1")
	known=$(($(sum_of detail-lost hedate.counted.merged) + $(sum_of records-lost hedate.lost.packets)))
	say "port $1: $flows distinct flows on record, packets without one of their own: $((known - before))"
	if [ "$flows" -gt "$2" ] || [ "$flows" -lt $(($2 * 9 / 10)) ] ||
		[ $((flows + known - before)) -lt "$2" ]; then
		fail "port $1: $flows of $2 distinct flows are on record"
	fi
}

# The sum of a number over the overflow's events of one reason and pair: overflow NUMBER REASON FROM TO
overflow()
{
	grep -hF '"event.action":"overflow"' "$LOGS"/hedate-*.jsonl |
		jq -s --arg number "hedate.overflow.$1" --arg what "$2 $3 $4" \
			'map(select("\(."hedate.reason") \(."hedate.zone.source") \(."hedate.zone.destination")"
			== $what) | .[$number]) | add // 0'
}

epochs()
{
	cat "$LOGS"/hedate-*.jsonl | grep -cF '"event.action":"ledger"'
}

# An hour is never over: every epoch is closed because it fills, or because it is asked for.
EPOCH=3600 lab_up "$(lab_path P1 my lg https)"
stream_open alive 25 10.1.0.10 10.2.0.10 443 stall=3000

flood all 10.3.0.10 10.1.0.11 1001 protocol=udp count=$FLOWS distinct=$FLOWS seconds=120 bytes=10
flood_blocked all
check_equation
expect_all 1001 $FLOWS
[ "$(epochs)" -ge 2 ] || fail "no epoch was closed before its time"

# Nobody reads what NFLOG tells, and its queue is full: the kernel's counts know them all the same.
recorder=$(recorder_pid)
kill -STOP "$recorder"
flood stopped 10.3.0.10 10.1.0.11 1002 protocol=udp count=$FEWER distinct=$FEWER seconds=120 bytes=10
flood_blocked stopped
say "while the recorder stands: $(status_field pending_packets) packets are not on record"
kill -CONT "$recorder"
wait_until 100 is_ready || fail "the recorder does not go on"
check_equation
expect_all 1002 $FEWER
overruns=$(sum_of detail-lost hedate.counted.overruns)
counted=$(sum_of detail-lost hedate.counted.flows)
say "$counted flows without detail, after $overruns overruns"
if [ "$overruns" = 0 ] || [ "$counted" = 0 ]; then
	fail "NFLOG's queue was not full"
fi
lost=$(sum_of records-lost hedate.lost.packets)
say "lost so far: $lost"
stream_lived alive

# Few have room, and the recorder stands: two reasons, three pairs, and each has its own number.
sed 's/log = { epoch = 3600;/& flows = 1024;/' "$WORK/lab.conf" >"$WORK/few.conf"
hedate apply "$WORK/few.conf" >/dev/null || fail "apply"
for _ in 1 2 3 4 5 6; do
	nft_gw list sets table inet hedate | grep -q 'size 327679' || break
	try udp 10.3.0.10 10.1.0.10 53 >/dev/null
	flush
done
lost=$(sum_of records-lost hedate.lost.packets)
before=$(overflow lost no-path internet mynumber)
recorder=$(recorder_pid)
kill -STOP "$recorder"
# The first one by itself fills NFLOG's queue, too: of the others nothing gets in.
flood first 198.18.0.1 10.1.0.11 1003 client=internet.a protocol=udp count=170000 distinct=170000 \
	sources=170000 seconds=120 bytes=10
flood_blocked first
flood second 198.22.0.1 10.2.0.11 1004 client=internet.a protocol=udp count=30000 distinct=30000 \
	sources=30000 seconds=120 bytes=10
flood spoofed 10.77.0.1 10.2.0.11 1005 client=mynumber.a protocol=udp count=30000 distinct=30000 \
	sources=30000 seconds=120 bytes=10
for id in second spoofed; do
	flood_blocked $id
done
kill -CONT "$recorder"
wait_until 100 is_ready || fail "the recorder does not go on"
check_equation
lost=$(($(sum_of records-lost hedate.lost.packets) - lost))
first=$(($(overflow lost no-path internet mynumber) - before))
second=$(overflow lost no-path internet lgwan)
spoofed=$(overflow lost spoof mynumber.a unknown)
say "lost: $lost = $first + $second + $spoofed"
[ "$lost" -gt 0 ] || fail "nothing was lost: the flow sets were not full"
[ "$lost" = $((first + second + spoofed)) ] || fail "the pairs' numbers do not make up the sum"
for number in "$first" "$second" "$spoofed"; do
	[ "$number" -gt 0 ] || fail "a pair has lost nothing"
done
for pair in 'no-path internet mynumber' 'no-path internet lgwan' 'spoof mynumber.a unknown'; do
	# shellcheck disable=SC2086
	[ "$(overflow packets $pair)" = $(($(overflow recorded $pair) + $(overflow lost $pair))) ] ||
		fail "$pair: does not add up"
done
finish
