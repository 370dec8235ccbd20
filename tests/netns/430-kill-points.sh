#!/bin/bash
# SIGKILL at the system calls of start, apply, confirm, rollback, reload and stop, under traffic: the
# kernel has the old rule set or the new one and nothing else, what none of them permits does not
# pass, what both permit goes on, and a new start comes to a store that fits the rule set.
#
# Each operation is traced once; from then on it is killed when it enters one of those calls.
#	KILL_POINTS=number	so many of them, evenly over all (default 15)
#	KILL_POINTS=all		every one (make test-kill)
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/change.sh
. "$NETNS_DIR/change.sh"
# shellcheck source=tests/netns/points.sh
. "$NETNS_DIR/points.sh"
KILL_POINTS=${KILL_POINTS:-15}
[ -z "${SANITIZE:-}" ] || skip "the sanitizer's run time makes thousands of calls of its own"
command -v strace >/dev/null || skip "strace is not there"

# Killed: the rule set is one of both; a new start comes to a store that fits.
judge()
{
	local has
	if kill -0 "$HEDATED" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$HEDATED/status"; then
		return 1
	fi
	wait "$HEDATED" 2>/dev/null
	has=$(kernel_has)
	case $has in
	old | new | guard) ;;
	*) fail "$POINT: the kernel has $has" ;;
	esac
	KILLED[$has]=$((${KILLED[$has]:-0} + 1))
	return 0
}
declare -A KILLED=()

kill_running()
{
	local killed=no
	POINT="$1, $2 number $3"
	"prepare_$1"
	attach -o /dev/null -e "inject=$2:signal=SIGKILL:when=$3"
	"operate_$1"
	sleep 0.02
	judge && killed=yes
	detach
	kill -0 "$HEDATED" 2>/dev/null || start_alone
	check_store
	settle
	[ $killed = yes ]
}

kill_starting()
{
	local killed=no
	POINT="$1, $2 number $3"
	"before_$1"
	rm -f "$RUN/control.sock"
	run_hedated strace -o /dev/null -e "inject=$2:signal=SIGKILL:when=$3"
	if wait_until_there; then
		# Not reached: strace is not hedated.
		pkill -KILL -x -P "$HEDATED" hedated
		wait "$HEDATED" 2>/dev/null
	else
		judge && killed=yes
	fi
	start_alone
	check_store
	settle
	[ $killed = yes ]
}

points_up
for operation in $STARTING; do
	trace_starting "$operation"
done
# Words.
# shellcheck disable=SC2086
choose_points "$KILL_POINTS" $RUNNING $STARTING
points_traffic
done_points=0 not_reached=0
while read -r operation name count <&3; do
	if [[ " $STARTING " == *" $operation "* ]]; then
		kill_starting "$operation" "$name" "$count"
	else
		kill_running "$operation" "$name" "$count"
	fi && done_points=$((done_points + 1)) || not_reached=$((not_reached + 1))
	if [ $FAILED -gt 20 ]; then
		die "too many failures"
	fi
done 3<"$WORK/chosen" 2>/dev/null # the shell tells of each that was killed
say "killed at $done_points points, $not_reached were not reached that time;" \
	"then the kernel had: old ${KILLED[old]:-0}, new ${KILLED[new]:-0}, guard ${KILLED[guard]:-0}"
[ "$done_points" -gt $((not_reached * 4)) ] || fail "most points were not reached"

points_end
