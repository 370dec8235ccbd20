#!/bin/bash
# Every allocation and every system call that talks to the kernel, to others or to the disk failed in
# turn, once for each site that it comes from, in hedated's start, its end and all that it is asked to
# do in between, under traffic: no crash, the rule set is the old one or the new one, nothing
# forbidden passes, and what did not go well is said: by an exit status and a text, or on record.
# How many of the sites, and how: faults.sh.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"
# shellcheck source=tests/netns/change.sh
. "$NETNS_DIR/change.sh"
# shellcheck source=tests/netns/points.sh
. "$NETNS_DIR/points.sh"
FAULT_POINTS=${FAULT_POINTS:-15}
# shellcheck source=tests/netns/faults.sh
. "$NETNS_DIR/faults.sh"
PROGRAM=$BUILD/hedated

# Operations, beside those of points.sh.

# An interface goes and comes back: two events of the kernel, a record for each.
prepare_event() { :; }
operate_event()
{
	local before after try
	before=$(link_records)
	ip -n "${TOPOLOGY}gw" link set un0 down
	ip -n "${TOPOLOGY}gw" link set un0 up
	for ((try = 0; try < 150; try++)); do
		after=$(link_records)
		[ "$after" -gt "$before" ] && return 0
		sleep 0.02
	done
	return 1
}

# Of the interface, or that events could not be kept.
link_records()
{
	cat "$LOGS"/hedate-*.jsonl 2>/dev/null |
		grep -c '"event.action":"\(link-undeclared\|events-lost\)"'
}

# In order, and with nothing that waits.
prepare_stop() { :; }
operate_stop()
{
	local before
	before=$(wc -c <"$WORK/hedated.out")
	kill -TERM "$HEDATED"
	ended || wrong "it does not end"
	wait "$HEDATED" 2>/dev/null
	ENDED=$?
	tail -c +$((before + 1)) "$WORK/hedated.out" >"$WORK/said"
	return $ENDED
}
# What the kernel has when it went well.
declare -A WANTS=([apply]=new [apply_confirm]=new [confirm]=new [undo]=old [rollback]=old
	[reload]=new [event]=old [status]=old [isolate]=old [release]=old [isolate_asked]=old
	[release_asked]=old [stop]=old [start]=old)
prepare_status() { :; }
operate_status() { quiet status; }
OPERATIONS=${FAULT_OPERATIONS:-apply apply_confirm confirm undo rollback reload event status isolate isolate_asked release release_asked stop start}

start_preloaded()
{
	arm off
	rm -f "$RUN/control.sock"
	run_hedated env LD_PRELOAD="$PRELOAD"
	wait_until_there || {
		tail -n 20 "$WORK/hedated.out"
		die "$POINT: hedated does not get ready again"
	}
	wait_until 100 is_ready || die "$POINT: not ready again"
}

back_to_old()
{
	cp "$WORK/old.conf" "$WORK/lab.conf"
	lives || start_preloaded
	if [[ $(store_current) == *" "* ]]; then
		quiet rollback || wrong "what waits cannot be rolled back: $(cat "$WORK/said")"
	fi
	[ "$(kernel_has)" = old ] || quiet apply "$WORK/old.conf" ||
		wrong "it cannot be put back: $(cat "$WORK/said")"
	# An event may have left it down.
	ip -n "${TOPOLOGY}gw" link set un0 up
}

# Where it is done by a process of its own, calls of that fail: the program whose sites they are.
console_of()
{
	PROGRAM=$BUILD/hedated CONSOLE_UNDER=()
	case $1 in
	isolate | release) PROGRAM=$BUILD/hedate CONSOLE_UNDER=(env LD_PRELOAD="$PRELOAD") ;;
	esac
}

# What counts in the store is what the kernel has, or hedated says that it is not.
judge_store()
{
	local number
	[ "$STATUS" = 0 ] || return
	number=$(store_current)
	cmp -s "$STORE/$(printf %06d "${number##* }").conf" "$WORK/$1.conf" ||
		wrong "it says that it went well, the kernel has $1, the store $(cat "$STORE/current")"
}

# How it went fits what the kernel has.
judge()
{
	local has how=failed
	has=$(kernel_has)
	[ "$STATUS" != 0 ] || how=well
	case $has in
	old | new | guard) ;;
	*) wrong "the kernel has $has" ;;
	esac
	if [ "$how" = well ] && [ "$has" != "${WANTS[$OPERATION]}" ]; then
		wrong "it says that it went well, and the kernel has $has"
	fi
	judge_store "$has"
	if [ "$how" = failed ] && [ ! -s "$WORK/said" ] && [ "$OPERATION" != event ]; then
		wrong "status $STATUS, and nothing is said"
	fi
	count_outcome "$OPERATION $how $has"
}

# hedated is there still, unless it was to end.
judge_alive()
{
	[ "$OPERATION" != stop ] && [ "$OPERATION" != start ] || return 0
	lives && return
	wait "$HEDATED" 2>/dev/null
	STATUS=$?
	wrong "hedated has ended, status $STATUS: $(tail -n 3 "$WORK/hedated.out")"
}

# An isolation that failed may be half done; once more, and it is done and on disk.
judge_isolated()
{
	case $OPERATION in
	isolate*)
		[ "$STATUS" = 0 ] || console isolate my1 --reason again >"$WORK/said" 2>&1 ||
			wrong "it cannot be isolated then: $(cat "$WORK/said")"
		# The kernel may have more than the list where the latter could not be written.
		console isolated --json >"$WORK/isolated.json"
		case $? in 0 | 5) ;; *) wrong "isolated: $(cat "$WORK/isolated.json")" ;; esac
		jq -e 'any(.entries[]; .target == "my1" and .in_force)' "$WORK/isolated.json" \
			>/dev/null || wrong "it is not isolated: $(cat "$WORK/isolated.json")"
		;;
	release*)
		[ "$STATUS" = 0 ] || console release --all --reason again >"$WORK/said" 2>&1 ||
			wrong "it cannot be released then: $(cat "$WORK/said")"
		;;
	*) return ;;
	esac
	console release --all --reason end >"$WORK/said" 2>&1 || wrong "release: $(cat "$WORK/said")"
	console isolated >/dev/null || wrong "after the release: $(console isolated)"
}

# fault_running OPERATION CALL
fault_running()
{
	local reached=no
	: >"$WORK/said"
	"prepare_$1" || wrong "it cannot be prepared: $(cat "$WORK/said")"
	: >"$WORK/said"
	console_of "$1"
	arm "$FAULT_MODE" "$SITE"
	"operate_$1"
	STATUS=$?
	has_failed && reached=yes
	arm off
	CONSOLE_UNDER=()
	if [ "$1" = stop ] && [ "$STATUS" -gt 128 ]; then
		wrong "ended by signal $((STATUS - 128))"
	fi
	judge_alive
	judge
	judge_isolated
	# An event may be told with the next one only.
	if [ "$1" = event ] && [ "$STATUS" != 0 ] && ! operate_event; then
		wrong "nothing of it is on record, nor that it was lost"
	fi
	back_to_old
	[ $reached = yes ]
}

# fault_starting: it starts, or it ends and says why; the rule set stays.
fault_starting()
{
	local reached=no before
	STATUS=0
	lives && kill -TERM "$HEDATED"
	ended || end_hedated
	wait "$HEDATED" 2>/dev/null
	rm -f "$RUN/control.sock"
	before=$(wc -c <"$WORK/hedated.out")
	arm "$FAULT_MODE" "$SITE"
	run_hedated env LD_PRELOAD="$PRELOAD"
	if ! wait_until_there; then
		lives && wrong "it neither gets ready nor ends"
		lives && end_hedated
		wait "$HEDATED" 2>/dev/null
		STATUS=$?
	fi
	has_failed && reached=yes
	arm off
	tail -c +$((before + 1)) "$WORK/hedated.out" >"$WORK/said"
	[ "$STATUS" -le 128 ] || libc_gave_up || wrong "ended by signal $((STATUS - 128))"
	judge
	back_to_old
	[ $reached = yes ]
}

fault()
{
	if [ "$1" = start ]; then
		fault_starting
	else
		fault_running "$@"
	fi
}

# What sites an operation comes by.
list_running()
{
	POINT="listing $1"
	"prepare_$1"
	console_of "$1"
	list_sites "$1" "operate_$1" || fail "$1 does not work: $(cat "$WORK/said")"
	CONSOLE_UNDER=()
	console release --all --reason end >/dev/null 2>&1
	back_to_old
}

operate_start()
{
	run_hedated env LD_PRELOAD="$PRELOAD"
	wait_until_there
}

list_starting()
{
	POINT="listing the start"
	kill -TERM "$HEDATED"
	ended
	wait "$HEDATED" 2>/dev/null
	rm -f "$RUN/control.sock"
	list_sites start operate_start
	wait_until 100 is_ready || die "$POINT: not ready"
}

topology_up || die "the lab could not be built"
faults_up
change_configs ""
mkdir -p "$LOGS"
POINT="the first start"
run_hedated env LD_PRELOAD="$PRELOAD"
wait_until 100 test -S "$RUN/recorder.sock" || die "hedated did not start"
nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedate-logd" -r "$RUN" -d "$LOGS" \
	>>"$WORK/logd.out" 2>&1 &
LOGD=$!
wait_until 100 is_ready || die "not ready"
rule_set >"$WORK/rules.old"
quiet apply "$WORK/new.conf" || die "new.conf: $(cat "$WORK/said")"
rule_set >"$WORK/rules.new"
back_to_old

for operation in $OPERATIONS; do
	case $operation in
	start) list_starting ;;
	*) list_running "$operation" ;;
	esac
done
# Words.
# shellcheck disable=SC2086
choose_sites $OPERATIONS
faults_traffic
walk fault
faults_traffic_end
check_said
kill -TERM "$LOGD"
wait "$LOGD" || fail "the recorder's exit status: $?"
stop_hedated
check_records
[ "$FAILED" = 0 ] || tail -n 30 "$WORK/hedated.out" | sed 's/^/hedated: /'
[ "$FAILED" = 0 ]
