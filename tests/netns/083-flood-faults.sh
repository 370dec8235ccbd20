#!/bin/bash
# floods
# A flood of distinct flows, and of forged sources beside it, while epochs change each second, the
# policy changes, the recorder is killed and hedated is killed: every packet is in the books, no flow
# is missing, the programs' memory stays bounded and what is permitted goes on.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

FLOWS=60000
MEMORY_KIB=262144 # of each program: 600,000 details and a set that is being read

flows_to()
{
	cat "$LOGS"/hedate-*.jsonl | grep -F "\"destination.port\":$1," |
		grep -o '"source.ip":"[^"]*","source.port":[0-9]*' | LC_ALL=C sort -u | wc -l
}

# The most memory that a process has had.
check_memory()
{
	local peak
	peak=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$2/status")
	say "$1: $peak KiB at most"
	[ "${peak:-$((MEMORY_KIB + 1))}" -le "$MEMORY_KIB" ] || fail "$1 had $peak KiB"
}

EPOCH=1 lab_up "$(lab_path P1 my lg https)"
EPOCH=1 lab_config "$(lab_paths "$(lab_path P1 my lg https)" "$(lab_path P2 lg in dns)")" >"$WORK/two.conf"
stream_open alive 20 10.1.0.10 10.2.0.10 443 stall=3000
flood plain 10.3.0.10 10.1.0.11 2001 protocol=udp count=$FLOWS distinct=$FLOWS rate=6000 seconds=30 \
	bytes=10
flood forged 10.64.0.1 10.2.0.11 2002 client=mynumber.a protocol=udp count=$FLOWS distinct=$FLOWS \
	sources=$FLOWS rate=6000 seconds=30 bytes=10

sleep 1
hedate apply "$WORK/two.conf" >/dev/null 2>&1 || fail "apply, the first"
sleep 1
recorder_stop KILL
sleep 1
recorder_start
hedate apply "$WORK/lab.conf" >/dev/null 2>&1 || fail "apply, the second"
check_memory hedated "$HEDATED"
kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
sleep 1
start_hedated "$WORK/lab.conf"
hedate apply "$WORK/two.conf" >/dev/null 2>&1 || fail "apply, the third"

flood_blocked plain
flood_blocked forged
stream_lived alive
check_equation
for port in 2001 2002; do
	count=$(flows_to $port)
	say "port $port: $count distinct flows on record"
	[ "$count" = $FLOWS ] || fail "port $port: $count of $FLOWS flows are on record"
done
[ "$(sum_of records-lost hedate.lost.packets)" = 0 ] || fail "packets were lost"
crashes=$(cat "$LOGS"/hedate-*.jsonl | grep -cF '"event.action":"crash"')
[ "$crashes" = 1 ] || fail "hedated was killed once, on record are $crashes crashes"
epochs=$(cat "$LOGS"/hedate-*.jsonl | grep -cF '"event.action":"ledger"')
say "$epochs epochs"
[ "$epochs" -ge 5 ] || fail "epochs did not change"
check_memory hedated "$HEDATED"
check_memory hedate-logd "$(recorder_pid)"
finish
