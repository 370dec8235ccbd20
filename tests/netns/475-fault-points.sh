#!/bin/bash
# Every allocation and every system call that talks to the kernel, to others or to the disk failed in
# turn, in hedated's start, an apply, a reload, an event of the kernel and its end, under traffic: no
# crash, the rule set is the old one or the new one, nothing forbidden passes, and what did not go
# well is said: by an exit status and a text, or on record.
#
#	FAULT_POINTS=number	so many of them, evenly over all (default 15)
#	FAULT_POINTS=all	every one (make test-faults)
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/change.sh
. "$NETNS_DIR/change.sh"
# shellcheck source=tests/netns/points.sh
. "$NETNS_DIR/points.sh"
FAULT_POINTS=${FAULT_POINTS:-15}
[ -z "${SANITIZE:-}" ] || skip "the sanitizer has an allocator of its own"
command -v strace >/dev/null || skip "strace is not there"

# What each call fails with: what it fails with in real life.
declare -A FAULTS=([sendto]=ENOBUFS [sendmsg]=ENOBUFS [recvmsg]=ENOBUFS [recvfrom]=ENOBUFS
	[write]=ENOSPC [writev]=ENOSPC [pwrite64]=EIO [fsync]=EIO [fdatasync]=EIO [rename]=EIO
	[renameat]=EIO [renameat2]=EIO)

# The allocator that fails: numbers of its file (tests/faults/failmalloc.c).
export FAILMALLOC=$WORK/failmalloc
# What is spared, and why, stands there as well.
export FAILMALLOC_NOT=libconfig,libseccomp
PRELOAD=$BUILD/tests/faults/failmalloc.so

# set_left NUMBER: the how many'th allocation from now fails; 0: none.
set_left()
{
	local bytes='' number=$1 i
	for ((i = 0; i < 8; i++)); do
		bytes+=$(printf '\\x%02x' $((number & 255)))
		number=$((number >> 8))
	done
	# What has been allocated and failed begins at 0.
	# shellcheck disable=SC2059
	printf "$bytes\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" |
		dd of="$FAILMALLOC" conv=notrunc status=none
}

allocations()
{
	od -An -tu8 -j8 -N8 "$FAILMALLOC" | tr -d ' '
}

allocation_failed()
{
	[ "$(od -An -tu8 -j16 -N8 "$FAILMALLOC" | tr -d ' ')" != 0 ]
}

run_preloaded()
{
	run_hedated env LD_PRELOAD="$PRELOAD"
}

lives()
{
	kill -0 "$HEDATED" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$HEDATED/status" 2>/dev/null
}

# Wait for its end, but not for ever.
ended()
{
	local try
	for ((try = 0; try < 500; try++)); do
		lives || return 0
		sleep 0.01
	done
	return 1
}

# Operations. STATUS and SAID are how it went; WANTED is what the kernel has when it went well.
operate_apply()
{
	SAID=$(hedate apply "$WORK/new.conf" 2>&1)
	STATUS=$?
	WANTED=new
}

operate_reload()
{
	local before try
	before=$(wc -c <"$WORK/hedated.out")
	cp "$WORK/new.conf" "$WORK/lab.conf"
	kill -HUP "$HEDATED"
	# It says how it went.
	for ((try = 0; try < 300; try++)); do
		SAID=$(tail -c +$((before + 1)) "$WORK/hedated.out")
		grep -q 'is in place\|not put in place\|refused' <<<"$SAID" && break
		lives || break
		sleep 0.01
	done
	STATUS=1
	grep -q 'revision [0-9a-f]* is in place' <<<"$SAID" && STATUS=0
	WANTED=new
}

# An interface goes and comes back: two events of the kernel, a record for each.
operate_event()
{
	local before after try
	before=$(link_records)
	ip -n "${TOPOLOGY}gw" link set un0 down
	ip -n "${TOPOLOGY}gw" link set un0 up
	for ((try = 0; try < 100; try++)); do
		after=$(link_records)
		[ "$after" -gt "$before" ] && break
		sleep 0.02
	done
	STATUS=0 SAID=
	[ "$after" -gt "$before" ] || STATUS=1
	WANTED=old
}

# Of the interface, or that events could not be kept.
link_records()
{
	cat "$LOGS"/hedate-*.jsonl 2>/dev/null |
		grep -c '"event.action":"\(link-undeclared\|events-lost\)"'
}

operate_stop()
{
	local before
	before=$(wc -c <"$WORK/hedated.out")
	kill -TERM "$HEDATED"
	ended || fail "$POINT: it does not end"
	wait "$HEDATED" 2>/dev/null
	STATUS=$?
	SAID=$(tail -c +$((before + 1)) "$WORK/hedated.out")
	WANTED=old
}
RUNNING="apply reload event stop"

back_to_old()
{
	cp "$WORK/old.conf" "$WORK/lab.conf"
	lives || start_preloaded
	[ "$(kernel_has)" = old ] || quiet apply "$WORK/old.conf" ||
		fail "$POINT: it cannot be put back: $(cat "$WORK/said")"
	# An event may have left it down.
	ip -n "${TOPOLOGY}gw" link set un0 up
}

start_preloaded()
{
	set_left 0
	rm -f "$RUN/control.sock"
	run_preloaded
	wait_until_there || {
		tail -n 20 "$WORK/hedated.out"
		die "$POINT: hedated does not get ready again"
	}
	wait_until 100 is_ready || die "$POINT: not ready again"
}

# How it went fits what the kernel has; hedated lives, or ended as a program does that says why.
judge()
{
	local has=$1 alive=$2
	if [ "$alive" = no ] && [ "$STATUS" -gt 128 ]; then
		fail "$POINT: ended by signal $((STATUS - 128))"
		tail -n 5 "$WORK/hedated.out"
	fi
	case $has in
	old | new | guard) ;;
	*) fail "$POINT: the kernel has $has" ;;
	esac
	if [ "$STATUS" = 0 ] && [ "$has" != "$WANTED" ]; then
		fail "$POINT: it says that it went well, and the kernel has $has"
	fi
	if [ "$STATUS" != 0 ] && [ -z "$SAID" ] && [ "$OPERATION" != event ]; then
		fail "$POINT: status $STATUS, and nothing is said"
	fi
	OUTCOMES["$OPERATION $([ "$STATUS" = 0 ] && echo well || echo failed) $has"]=$((${OUTCOMES["$OPERATION $([ "$STATUS" = 0 ] && echo well || echo failed) $has"]:-0} + 1))
}
declare -A OUTCOMES=()

# fault_running OPERATION CALL NUMBER
fault_running()
{
	local reached=no
	OPERATION=$1 POINT="$1, $2 number $3"
	if [ "$2" = malloc ]; then
		set_left "$3"
	else
		attach -o "$WORK/injected" -e "inject=$2:error=${FAULTS[$2]}:when=$3"
	fi
	"operate_$1"
	if [ "$2" = malloc ]; then
		allocation_failed && reached=yes
		set_left 0
	else
		detach
		grep -q INJECTED "$WORK/injected" && reached=yes
	fi
	if [ "$1" != stop ] && ! lives; then
		wait "$HEDATED" 2>/dev/null
		STATUS=$?
		fail "$POINT: hedated has ended, status $STATUS"
	fi
	judge "$(kernel_has)" "$(lives && echo yes || echo no)"
	# An event may be told with the next one only.
	if [ "$1" = event ] && [ "$STATUS" != 0 ]; then
		operate_event
		[ "$STATUS" = 0 ] || fail "$POINT: nothing of it is on record, nor that it was lost"
	fi
	back_to_old
	[ $reached = yes ]
}

# fault_starting CALL NUMBER: it starts, or it ends and says why; the rule set stays.
fault_starting()
{
	local reached=no before
	OPERATION=start POINT="start, $1 number $2" WANTED=old STATUS=0
	quiet status && kill -TERM "$HEDATED"
	ended || end_hedated
	wait "$HEDATED" 2>/dev/null
	rm -f "$RUN/control.sock"
	before=$(wc -c <"$WORK/hedated.out")
	if [ "$1" = malloc ]; then
		set_left "$2"
		run_preloaded
	else
		set_left 0
		: >"$WORK/injected"
		run_hedated strace -D -o "$WORK/injected" -e "inject=$1:error=${FAULTS[$1]}:when=$2"
	fi
	if ! wait_until_there; then
		lives && fail "$POINT: it neither gets ready nor ends"
		end_hedated_softly
	fi
	SAID=$(tail -c +$((before + 1)) "$WORK/hedated.out")
	if [ "$1" = malloc ]; then
		allocation_failed && reached=yes
	else
		grep -q INJECTED "$WORK/injected" && reached=yes
	fi
	set_left 0
	judge "$(kernel_has)" "$(lives && echo yes || echo no)"
	# With strace beside it it is another one's: a fresh one.
	if lives; then
		kill -TERM "$HEDATED"
		ended || end_hedated
		wait "$HEDATED" 2>/dev/null
	fi
	back_to_old
	[ $reached = yes ]
}

end_hedated_softly()
{
	wait "$HEDATED" 2>/dev/null
	STATUS=$?
}

# The points of an operation: "operation call number" for each.
points_of()
{
	local call count
	for call in "${!FAULTS[@]}"; do
		count=$(awk -v call="$call" '$1 == call' "$2" | wc -l)
		for ((i = 1; i <= count; i++)); do
			echo "$1 $call $i"
		done
	done
	for ((i = 1; i <= $3; i++)); do
		echo "$1 malloc $i"
	done
}

topology_up || die "the lab could not be built"
programs_up
install -D -m 755 "$PRELOAD" "$PROGRAMS/failmalloc.so" || die "failmalloc.so"
PRELOAD=$PROGRAMS/failmalloc.so
truncate -s 24 "$FAILMALLOC"
chmod 666 "$FAILMALLOC"
change_configs ""
mkdir -p "$LOGS"
POINT="the first start"
run_preloaded
wait_until 100 test -S "$RUN/recorder.sock" || die "hedated did not start"
nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedate-logd" -r "$RUN" -d "$LOGS" \
	>>"$WORK/logd.out" 2>&1 &
LOGD=$!
wait_until 100 is_ready || die "not ready"
rule_set >"$WORK/rules.old"
quiet apply "$WORK/new.conf" || die "new.conf: $(cat "$WORK/said")"
rule_set >"$WORK/rules.new"
back_to_old

for OPERATION in $RUNNING; do
	POINT="tracing $OPERATION"
	attach -o "$WORK/trace"
	set_left 0
	"operate_$OPERATION"
	detach
	calls_of "$WORK/trace" >"$WORK/calls"
	[ "$STATUS" = 0 ] || fail "$OPERATION does not work: $SAID"
	points_of "$OPERATION" "$WORK/calls" "$(allocations)" >"$WORK/points.$OPERATION"
	back_to_old
done
POINT="tracing the start"
kill -TERM "$HEDATED"
ended
wait "$HEDATED" 2>/dev/null
rm -f "$RUN/control.sock"
set_left 0
run_hedated strace -D -o "$WORK/trace" env LD_PRELOAD="$PRELOAD"
wait_until 100 is_ready || die "$POINT: not ready"
allocated=$(allocations)
sed -n '/hedated.*execve\|^execve.*hedated/,$p' "$WORK/trace" | sed '/^epoll_wait/,$d' >"$WORK/trace.start"
calls_of "$WORK/trace.start" >"$WORK/calls"
points_of start "$WORK/calls" "$allocated" >"$WORK/points.start"
kill -TERM "$HEDATED"
ended
wait "$HEDATED" 2>/dev/null
start_preloaded

for OPERATION in $RUNNING start; do
	say "$OPERATION: $(grep -vc ' malloc ' "$WORK/points.$OPERATION") system calls," \
		"$(grep -c ' malloc ' "$WORK/points.$OPERATION") allocations"
done
cat "$WORK"/points.* >"$WORK/points"
total=$(wc -l <"$WORK/points")
step=1
if [ "$FAULT_POINTS" != all ]; then
	# As many system calls as allocations: of the latter there are many more.
	grep ' malloc ' "$WORK/points" >"$WORK/points.malloc"
	grep -v ' malloc ' "$WORK/points" >"$WORK/points.calls"
	for kind in malloc calls; do
		count=$(wc -l <"$WORK/points.$kind")
		step=$(((2 * count + FAULT_POINTS - 1) / FAULT_POINTS))
		awk -v step="$step" -v first=$((RANDOM % step)) 'NR % step == first' "$WORK/points.$kind"
	done >"$WORK/chosen"
else
	cp "$WORK/points" "$WORK/chosen"
fi
say "$total points, $(wc -l <"$WORK/chosen") of them tried"

rate="rate=200 seconds=100000 count=2000000000"
# shellcheck disable=SC2086
{
	flood udp 10.3.0.10 10.1.0.11 53 protocol=udp distinct=20 $rate
	flood syn6 fd00:2::10 fd00:1::11 443 protocol=tcp flags=S distinct=20 $rate
}
reached=0 not_reached=0
while read -r operation call number <&3; do
	if [ "$operation" = start ]; then
		fault_starting "$call" "$number"
	else
		fault_running "$operation" "$call" "$number"
	fi && reached=$((reached + 1)) || not_reached=$((not_reached + 1))
	[ $FAILED -le 20 ] || die "too many failures"
done 3<"$WORK/chosen"
say "failed at $reached points, $not_reached were not reached that time"
for outcome in "${!OUTCOMES[@]}"; do
	say "  $outcome: ${OUTCOMES[$outcome]}"
done | sort
[ "$reached" -gt "$not_reached" ] || fail "most points were not reached"

kill -TERM "${BACKGROUND[udp]}" "${BACKGROUND[syn6]}"
for id in udp syn6; do
	flood_blocked $id
done
if grep -E 'double free|corrupted|Aborted|Segmentation|stack smashing' "$WORK/hedated.out"; then
	fail "what hedated said"
fi
kill -TERM "$LOGD"
wait "$LOGD" || fail "the recorder's exit status: $?"
stop_hedated
check_records
[ "$FAILED" = 0 ] || tail -n 30 "$WORK/hedated.out" | sed 's/^/hedated: /'
[ "$FAILED" = 0 ]
