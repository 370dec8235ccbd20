#!/bin/bash
# Every allocation, write, fsync, rename, open and message of the recorder failed in turn, once for
# each site that it comes from: while it starts, writes records of packets that were blocked, is asked
# to flush, and ends. It does not crash; where it ends it says why; and each packet that was blocked is
# on record or counted as lost.
# How many of the sites, and how: faults.sh.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
FAULT_POINTS=${FAULT_POINTS:-12}
# shellcheck source=tests/netns/faults.sh
. "$NETNS_DIR/faults.sh"
PROGRAM=$BUILD/hedate-logd
SOURCE=10

start_recorder()
{
	run_recorder env LD_PRELOAD="$PRELOAD"
}

# It is ready, or it has ended.
started()
{
	! lives "$LOGD" || is_ready
}

# Operations.
operate_start()
{
	start_recorder
	wait_until 200 started || wrong "it neither gets ready nor ends"
}

# New flows, from a source that was not there yet, and records of them.
operate_record()
{
	SOURCE=$((SOURCE % 200 + 1))
	block "10.3.0.$((SOURCE + 20))" 8 3
	hedate flush >"$WORK/said" 2>&1
}

operate_stop()
{
	kill -TERM "$LOGD"
	ended "$LOGD" || wrong "it does not end"
}

# A new one after each point: what the last one left is what it begins with.
recorder_again()
{
	local status
	if ! lives "$LOGD"; then
		wait "$LOGD" 2>/dev/null
		status=$?
		if [ $status -gt 128 ]; then
			libc_gave_up || wrong "ended by signal $((status - 128))"
		elif [ $status != 0 ] && [ "$(wc -c <"$WORK/logd.out")" = "$SAID" ]; then
			wrong "status $status, and nothing is said"
		fi
		count_outcome "$OPERATION ended with $status"
		start_recorder
	else
		count_outcome "$OPERATION goes on"
	fi
	wait_until 200 is_ready || die "$POINT: not ready again: $(tail -n 3 "$WORK/logd.out")"
}

# As sum_of, of the segments that are compressed as well.
sum_in_all()
{
	{
		cat "$LOGS"/hedate-*.jsonl
		for segment in "$LOGS"/hedate-*.jsonl.zst; do
			zstd -dcq "$segment"
		done
	} | grep -F "\"event.action\":\"$1\"" | grep -o "\"$2\":[0-9]*" |
		awk -F : '{ sum += $2 } END { printf "%d\n", sum }'
}

# What the kernel has counted is in records, or counted as lost.
balanced()
{
	local before after
	before=$(kernel_total)
	hedate flush >/dev/null 2>&1 || return 1
	RECORDED=$(sum_in_all flow-blocked network.packets)
	LOST=$(sum_in_all records-lost hedate.lost.packets)
	after=$(kernel_total)
	TOTAL=$after
	[ "$before" = "$after" ] && [ "$after" = $((RECORDED + LOST)) ]
}

fault_recorder()
{
	local reached=no
	SAID=$(wc -c <"$WORK/logd.out")
	if [ "$1" = start ]; then
		arm off
		operate_stop
		wait "$LOGD" 2>/dev/null
		block 10.3.0.20 4 2
	fi
	arm "$FAULT_MODE" "$SITE"
	"operate_$1"
	has_failed && reached=yes
	arm off
	recorder_again
	wait_until 200 balanced || wrong "$TOTAL packets blocked, $RECORDED in records, $LOST lost"
	[ $reached = yes ]
}

topology_up || die "the lab could not be built"
faults_up
lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
mkdir -p "$LOGS"
nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedated" -c "$WORK/lab.conf" -r "$RUN" \
	-s "$STATE" >>"$WORK/hedated.out" 2>&1 &
HEDATED=$!
wait_until 100 test -S "$RUN/recorder.sock" || die "hedated did not start"
OPERATION=first POINT="the first start" SITE=
operate_start
is_ready || die "the recorder does not start: $(cat "$WORK/logd.out")"
list_sites record operate_record
list_sites stop operate_stop
wait "$LOGD" 2>/dev/null
list_sites start operate_start
choose_sites start record stop
walk fault_recorder
balanced || fail "in the end $TOTAL packets blocked, $RECORDED in records, $LOST lost"
say "blocked $TOTAL = recorded $RECORDED + lost $LOST"
check_said
kill -TERM "$LOGD"
wait "$LOGD" || fail "the recorder's exit status: $?"
stop_hedated
check_records
[ "$FAILED" = 0 ] || tail -n 30 "$WORK/logd.out" | sed 's/^/recorder: /'
[ "$FAILED" = 0 ]
