#!/bin/bash
# A system call of apply, confirm, rollback and reload fails: no memory, a disk that is full or
# broken, a kernel that does not answer. hedated goes on, says that it failed, the kernel has the old
# rule set or the new one, and the store fits it, then and after a new start.
#
#	FAULT_POINTS=number	so many of them, evenly over all (default 10)
#	FAULT_POINTS=all	of each site that calls, the first call and the last (make test-faults)
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
[ "${FAULT_POINTS:=10}" != all ] || FAULT_POINTS=sites KILL_POINTS=sites
# shellcheck source=tests/netns/points.sh
. "$NETNS_DIR/points.sh"
[ -z "${SANITIZE:-}" ] || skip "the sanitizer's run time makes calls of its own"
command -v strace >/dev/null || skip "strace is not there"

# What may fail, and how.
declare -A ERRORS=(
	[brk]=ENOMEM [mmap]=ENOMEM
	[openat]=EMFILE [write]=ENOSPC [fsync]=EIO [fdatasync]=EIO [renameat]=EIO [unlinkat]=EIO
	[pread64]=EIO [newfstatat]=EIO
	[sendto]=ENOBUFS [sendmsg]=ENOBUFS [recvmsg]=ENOBUFS [recvfrom]=ENOBUFS
	[timerfd_settime]=EINVAL
)
POINT_CALLS=$(IFS='|' && echo "${!ERRORS[*]}")
FAULTS="apply apply_confirm confirm undo rollback reload"

# Does what counts in the store fit what the kernel has? What is over counts no more.
fits()
{
	local number name
	number=$(store_current)
	[ "$(sed -n '2s/.* //p' "$STORE/current")" != 0 ] || number=${number%% *}
	for name in old new; do
		[ "$1" = $name ] && cmp -s "$STORE/$(printf %06d "${number##* }").conf" \
			"$WORK/$name.conf" && return
	done
	return 1
}

# fault OPERATION CALL COUNT
fault()
{
	local has status
	POINT="$1, $2 number $3: ${ERRORS[$2]}"
	"prepare_$1"
	attach -o /dev/null -e "inject=$2:error=${ERRORS[$2]}:when=$3"
	"operate_$1"
	status=$?
	detach
	if ! kill -0 "$HEDATED" 2>/dev/null; then
		wait "$HEDATED"
		status=$?
		# It may end in order where it cannot go on; it must not crash.
		[ $status -lt 128 ] || fail "$POINT: it crashed ($status): $(tail -n 3 "$WORK/hedated.out")"
		OUTCOME=ended
	elif [ $status = 0 ]; then
		OUTCOME="done"
	else
		OUTCOME=failed
		[ -s "$WORK/said" ] || [ "$1" = reload ] || fail "$POINT: it says nothing"
	fi
	has=$(kernel_has)
	case $has in
	old | new) ;;
	*) fail "$POINT: the kernel has $has" ;;
	esac
	[ $OUTCOME != "done" ] || [ "$1" = reload ] || fits "$has" ||
		fail "$POINT: the store says $(cat "$STORE/current"), the kernel has $has"
	OUTCOMES[$OUTCOME]=$((${OUTCOMES[$OUTCOME]:-0} + 1))
	end_hedated
	start_alone
	check_store
	settle
}
declare -A OUTCOMES=()

points_up
trace_all
# Words.
# shellcheck disable=SC2086
choose_points "$FAULT_POINTS" $FAULTS
points_traffic
while read -r operation name count _ <&3; do
	fault "$operation" "$name" "$count"
	[ $FAILED -le 20 ] || die "too many failures"
done 3<"$WORK/chosen" 2>/dev/null # the shell tells of each that was killed
say "calls failed: $(wc -l <"$WORK/chosen"); hedated did it all the same ${OUTCOMES[done]:-0}," \
	"refused ${OUTCOMES[failed]:-0}, ended in order ${OUTCOMES[ended]:-0}"
points_floods_end
points_end
