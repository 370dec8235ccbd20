#!/bin/bash
# What NFLOG told of flows is on disk at once, long before their epoch ends: recorder and hedated
# are killed, the table goes away as in a power cut, and each flow is on record once with its detail.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

FLOWS=40

# That many forbidden flows from source $1, three packets each, and the time until they are on disk.
block_and_wait()
{
	block "$1" $FLOWS 3
	sleep 0.5
}

both_die()
{
	recorder_stop KILL
	kill -KILL "$HEDATED"
	wait "$HEDATED" 2>/dev/null
}

# All flows of source $1 are on record, once, with detail $2 and $3 packets.
expect_flows()
{
	local flows count details packets
	flows=$(records "select(.\"event.action\" == \"flow-blocked\" and .\"source.ip\" == \"$1\")")
	count=$(jq '."source.port"' <<<"$flows" | wc -l)
	details=$(jq -r '."hedate.detail"' <<<"$flows" | sort | uniq -c | xargs)
	packets=$(jq -s 'map(."network.packets") | add // 0' <<<"$flows")
	say "$1: $count flows, details: $details, $packets packets"
	[ "$count" = $FLOWS ] || fail "$count lines of $FLOWS flows from $1"
	[ "$(jq '."source.port"' <<<"$flows" | sort -u | wc -l)" = $FLOWS ] || fail "flows of $1 are missing"
	[ "$details" = "$FLOWS $2" ] || fail "details of $1: $details"
	[ "$packets" = "$3" ] || fail "$packets packets of $1"
	[ "$(jq -r '[."hedate.segment.source", ."hedate.segment.destination", ."event.reason"] |
		join(" ")' <<<"$flows" | sort -u)" = "internet.a mynumber.a no-path" ] ||
		fail "not as it was blocked: $(head -n 1 <<<"$flows")"
}

# Event $1 is on record once, and its number $2 is $3, or more: others may have been blocked, too.
expect_event()
{
	local found
	found=$(records "select(.\"event.action\" == \"$1\") | .\"hedate.$2\"" | xargs)
	case $found in
	*" "* | "") fail "$1: $2 is '$found'" ;;
	*) [ "$found" -ge "$3" ] || fail "$1: $2 is $found, not $3" ;;
	esac
}

EPOCH=3600 lab_up "$(lab_path P1 my lg https)"
block_and_wait 10.3.0.31
recorder_stop KILL
recorder_start
expect_event detail-recovered recovered.flows "$FLOWS"
check_equation
expect_flows 10.3.0.31 full $((FLOWS * 3))

# Packets that come while a recorder has just taken back others, and the next one takes back all.
block_and_wait 10.3.0.32
recorder_stop KILL
recorder_start
block_and_wait 10.3.0.33
both_die
start_hedated "$WORK/lab.conf"
check_equation
expect_flows 10.3.0.32 full $((FLOWS * 3))
expect_flows 10.3.0.33 full $((FLOWS * 3))

# How long that took is told.
# shellcheck disable=SC2317 # called by wait_until
is_number()
{
	[[ $(status_field log_delay_ms) =~ ^[0-9]+$ ]]
}
block_and_wait 10.3.0.30
wait_until 150 is_number || fail "the delay is '$(status_field log_delay_ms)'"
say "on disk after $(status_field log_delay_ms) ms at most"
check_equation

# As after a power cut: the kernel's table is gone, with all that it had counted.
block_and_wait 10.3.0.34
both_die
nft_gw delete table inet hedate
start_hedated "$WORK/lab.conf"
wait_until 200 grep -q '"event.action":"records-recovered"' "$LOGS"/hedate-*.jsonl
expect_flows 10.3.0.34 recovered $FLOWS
expect_event records-recovered recovered.flows $FLOWS

# Once.
block_and_wait 10.3.0.35
both_die
start_hedated "$WORK/lab.conf" --unowned
flush
expect_flows 10.3.0.34 recovered $FLOWS
expect_flows 10.3.0.35 full $((FLOWS * 3))
expect_event records-recovered recovered.flows $FLOWS

# Somebody takes the table away while all is running; the next one begins at once.
block_and_wait 10.3.0.36
nft_gw delete table inet hedate
hedate apply >/dev/null || fail "no new table"
wait_until 200 is_ready
block_and_wait 10.3.0.37
flush
expect_flows 10.3.0.36 recovered $FLOWS
expect_flows 10.3.0.37 full $((FLOWS * 3))

broken=$(records '."event.sequence"' | awk 'NR > 1 && $1 != last + 1 { print last " then " $1 } { last = $1 }')
[ -z "$broken" ] || fail "sequence numbers: $broken"
hedate log verify -d "$LOGS" -k "$LOGS/keys" >"$WORK/verify" || fail "$(cat "$WORK/verify")"

# The books of the table that is there now.
TABLE=$(records 'select(."event.action" == "recorder-connected") | ."hedate.table"' | tail -n 1)
sum_of()
{
	cat "$LOGS"/hedate-*.jsonl | grep -F "\"event.action\":\"$1\"" | grep -F "\"hedate.table\":$TABLE" |
		grep -o "\"$2\":[0-9]*" | awk -F : '{ sum += $2 } END { printf "%d\n", sum }'
}
finish
