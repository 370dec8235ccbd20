# shellcheck shell=bash
# shellcheck disable=SC2153,SC2034 # of who sources it
# Operations of hedated with one call of it failing (sourced after points.sh and faults.sh). Who sources
# it says what the kernel has when each went well:
#
#	declare -A WANTS=([operation]=old|new|open ...)
#	declare -A BEGINS=(...)		what it has before, where that is not the old one
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
	ended "$HEDATED" || wrong "it does not end"
	wait "$HEDATED" 2>/dev/null
	ENDED=$?
	tail -c +$((before + 1)) "$WORK/hedated.out" >"$WORK/said"
	return $ENDED
}
prepare_status() { :; }
operate_status() { quiet status; }

# Where each answer fails, it says that it is ready all the same.
is_there()
{
	[ -S "$RUN/control.sock" ] || return 1
	! hedate status >/dev/null 2>&1 || return 0
	[ "$FAULT_MODE" = always ] && tail -c +$((STARTED_AT + 1)) "$WORK/hedated.out" | grep -q 'is in place'
}
STARTED_AT=0

start_preloaded()
{
	arm off
	STARTED_AT=$(wc -c <"$WORK/hedated.out")
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
	lives "$HEDATED" || start_preloaded
	settle_more
	if [[ $(store_current) == *" "* ]]; then
		quiet rollback || wrong "what waits cannot be rolled back: $(cat "$WORK/said")"
	fi
	[ "$(kernel_has)" = old ] || put "$WORK/old.conf" ||
		wrong "it cannot be put back: $(cat "$WORK/said")"
	# An event may have left it down.
	ip -n "${TOPOLOGY}gw" link set un0 up
}

# Where it is done by a process of its own, calls of that fail: the program whose sites they are.
console_of()
{
	PROGRAM=$BUILD/hedated CONSOLE_UNDER=()
	case $1 in
	isolate | release | quarantine | release_device) PROGRAM=$BUILD/hedate CONSOLE_UNDER=(env LD_PRELOAD="$PRELOAD") ;;
	esac
}

# What counts in the store is what the kernel has, or hedated says that it is not.
judge_store()
{
	local number
	[ "$STATUS" = 0 ] || return
	number=$(store_current)
	# It is opened while the old one is in force.
	cmp -s "$STORE/$(printf %06d "${number##* }").conf" "$WORK/${1/#open/old}.conf" ||
		wrong "it says that it went well, the kernel has $1, the store $(cat "$STORE/current")"
}

# How it went fits what the kernel has.
judge()
{
	local has how=failed
	has=$(kernel_has)
	[ "$STATUS" != 0 ] || how=well
	# What it was, or what was wanted by as many as it takes.
	case $has in
	old | guard | "${WANTS[$OPERATION]}") ;;
	"${BEGINS[$OPERATION]:-old}") ;;
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
	lives "$HEDATED" && return
	wait "$HEDATED" 2>/dev/null
	STATUS=$?
	wrong "hedated has ended, status $STATUS: $(tail -n 3 "$WORK/hedated.out")"
}

# An isolation that failed may be half done; once more, and it is done and on disk.
judge_isolated()
{
	local target=my1
	case $OPERATION in
	isolate* | quarantine)
		[ "$OPERATION" != quarantine ] || target=$DEVICE
		[ "$STATUS" = 0 ] || console isolate "$target" --reason again >"$WORK/said" 2>&1 ||
			wrong "it cannot be isolated then: $(cat "$WORK/said")"
		# The kernel may have more than the list where the latter could not be written.
		console isolated --json >"$WORK/isolated.json"
		case $? in 0 | 5) ;; *) wrong "isolated: $(cat "$WORK/isolated.json")" ;; esac
		jq -e --arg target "$target" 'any(.entries[]; .target == $target and .in_force)' \
			"$WORK/isolated.json" >/dev/null || wrong "it is not isolated: $(cat "$WORK/isolated.json")"
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
	lives "$HEDATED" && kill -TERM "$HEDATED"
	ended "$HEDATED" || end_hedated
	wait "$HEDATED" 2>/dev/null
	rm -f "$RUN/control.sock"
	before=$(wc -c <"$WORK/hedated.out") STARTED_AT=$before
	arm "$FAULT_MODE" "$SITE"
	run_hedated env LD_PRELOAD="$PRELOAD"
	if ! wait_until_there; then
		lives "$HEDATED" && wrong "it neither gets ready nor ends"
		lives "$HEDATED" && end_hedated
		wait "$HEDATED" 2>/dev/null
		STATUS=$?
	fi
	has_failed && reached=yes
	arm off
	tail -c +$((before + 1)) "$WORK/hedated.out" >"$WORK/said"
	if [ "$STATUS" -gt 128 ]; then
		if libc_gave_up; then
			echo "the C library ended it" >>"$WORK/said"
		else
			wrong "ended by signal $((STATUS - 128))"
		fi
	fi
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
	ended "$HEDATED"
	wait "$HEDATED" 2>/dev/null
	rm -f "$RUN/control.sock"
	list_sites start operate_start
	wait_until 100 is_ready || die "$POINT: not ready"
}

# The gateway with old.conf in force, hedated with what lets its calls fail.
fault_operations_up()
{
	topology_up || die "the lab could not be built"
	faults_up
	change_configs "${CONFIG_KEYS:-}"
	# shellcheck disable=SC2153
	mkdir -p "$LOGS"
	POINT="the first start"
	run_hedated env LD_PRELOAD="$PRELOAD"
	wait_until 100 test -S "$RUN/recorder.sock" || die "hedated did not start"
	run_recorder
	wait_until 100 is_ready || die "not ready"
	rule_set >"$WORK/rules.old"
	put "$WORK/new.conf" || die "new.conf: $(cat "$WORK/said")"
	rule_set >"$WORK/rules.new"
	back_to_old
}

# list_operations OPERATION...
list_operations()
{
	local operation
	for operation in "$@"; do
		case $operation in
		start) list_starting ;;
		*) list_running "$operation" ;;
		esac
	done
}

fault_operations_end()
{
	check_said
	kill -TERM "$LOGD"
	wait "$LOGD" || fail "the recorder's exit status: $?"
	stop_hedated
	check_records
	[ "$FAILED" = 0 ] || tail -n 30 "$WORK/hedated.out" | sed 's/^/hedated: /'
	[ "$FAILED" = 0 ]
}
