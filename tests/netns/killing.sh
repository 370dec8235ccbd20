# shellcheck shell=bash
# SIGKILL at one system call of an operation after the other (sourced after points.sh).
#
#	KILL_POINTS=number	so many of them, evenly over all
#	KILL_POINTS=sites	of each site that calls, the first call and the last (make test-kill)
#	KILL_POINTS=all		every one
[ -z "${SANITIZE:-}" ] || skip "the sanitizer's run time makes thousands of calls of its own"
command -v strace >/dev/null || skip "strace is not there"

# Killed: the rule set is one of both; a new start comes to a store that fits.
judge()
{
	local has
	! lives "$HEDATED" || return 1
	wait "$HEDATED" 2>/dev/null
	has=$(kernel_has)
	case $has in
	old | new | guard) ;;
	open) [[ " open close " == *" ${POINT%%,*} "* ]] || fail "$POINT: the kernel has $has" ;;
	*) fail "$POINT: the kernel has $has" ;;
	esac
	KILLED[$has]=$((${KILLED[$has]:-0} + 1))
	return 0
}
declare -A KILLED=()

# It has been killed, or it answers: nothing kills it any more.
come_to_rest()
{
	local try
	for ((try = 0; try < 1000; try++)); do
		lives "$HEDATED" || return
		hedate status >/dev/null 2>&1 && return
		sleep 0.01
	done
}

kill_running()
{
	local killed=no
	POINT="$1, $2 number $3"
	"prepare_$1"
	attach -o /dev/null -e "inject=$2:signal=SIGKILL:when=$3"
	"operate_$1"
	detach
	come_to_rest
	judge && killed=yes
	kill -0 "$HEDATED" 2>/dev/null || start_alone
	check_store
	judge_isolated "$1"
	settle
	[ $killed = yes ]
}

# The command that does it is killed, and hedated goes on.
kill_console()
{
	local status
	POINT="$1, $2 number $3"
	"prepare_$1"
	# shellcheck disable=SC2034 # for console
	CONSOLE_UNDER=(strace -o /dev/null -e "inject=$2:signal=SIGKILL:when=$3")
	"operate_$1"
	status=$?
	# shellcheck disable=SC2034
	CONSOLE_UNDER=()
	HAS=$(kernel_has)
	[ "$HAS" = old ] || fail "$POINT: the kernel has $HAS"
	judge_isolated "$1"
	settle
	[ $status -gt 128 ] || return 1
	KILLED[$HAS]=$((${KILLED[$HAS]:-0} + 1))
}

# Is this interface cut off? It may be although the list does not say so, but not the other way.
judge_isolated()
{
	local action=${1%_asked}
	case $action in
	quarantine | release_device) judge_device "$action"; return ;;
	isolate | release) ;;
	*) return ;;
	esac
	console "$action" my1 --reason again >"$WORK/said" 2>&1
	# What is released already, and what is in force without the list, it says, and changes nothing.
	if [ "$action" = isolate ]; then
		nft_gw list table inet hedate-isolate 2>/dev/null | grep -q my1 ||
			fail "$POINT: my1 is not isolated: $(cat "$WORK/said")"
	fi
}

# The same of a device, in both directions.
judge_device()
{
	local action=${1%_device}
	console "$action" "$DEVICE" --reason again >"$WORK/said" 2>&1
	[ "$action" = quarantine ] || return 0
	nft_gw list table inet hedate-isolate 2>/dev/null | grep -q "ether saddr $DEVICE" ||
		fail "$POINT: what $DEVICE sends is not dropped: $(cat "$WORK/said")"
	nft_gw list table netdev hedate-isolate 2>/dev/null | grep -q "ether daddr $DEVICE" ||
		fail "$POINT: what is sent to $DEVICE is not dropped: $(cat "$WORK/said")"
}

# kill_point OPERATION CALL COUNT
kill_point()
{
	if [[ " $STARTING " == *" $1 "* ]]; then
		kill_starting "$@"
	elif is_console "$1"; then
		kill_console "$@"
	else
		kill_running "$@"
	fi
}

# reach OPERATION CALL COUNT: there, or, when the call was not made so often this time, earlier.
reach()
{
	local count=$3
	while ! kill_point "$1" "$2" "$count"; do
		[ "$count" -gt 1 ] || return 1
		count=$((count * 2 / 3))
	done
}

# kill_walk: at each point chosen.
kill_walk()
{
	local operation name count done_points=0 not_reached=0
	while read -r operation name count _ <&3; do
		reach "$operation" "$name" "$count" && done_points=$((done_points + 1)) ||
			not_reached=$((not_reached + 1))
		[ $(((done_points + not_reached) % 500)) != 0 ] || say "$((done_points + not_reached)) ..."
		if [ "$FAILED" -gt "${KILL_FAILURES:-20}" ]; then
			die "too many failures"
		fi
	done 3<"$WORK/chosen" 2>/dev/null # the shell tells of each that was killed
	say "killed at $done_points points, $not_reached were not reached that time;" \
		"then the kernel had: old ${KILLED[old]:-0}, new ${KILLED[new]:-0}, guard ${KILLED[guard]:-0}, open ${KILLED[open]:-0}"
	[ "$done_points" -ge "$not_reached" ] || fail "most points were not reached"
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
