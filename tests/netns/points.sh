# shellcheck shell=bash
# Operations on the configuration, one system call of which goes wrong (sourced after change.sh).

# The rule set, whoever owns the table.
rule_set()
{
	nft_gw -s list table inet hedate 2>/dev/null >"$WORK/table.text" || echo none
	/usr/bin/python3 "$NETNS_DIR/ruletext.py" <"$WORK/table.text"
}

# Which rule set the kernel has: "old", "new", "none", "guard", or where it was written to.
kernel_has()
{
	local name try
	# While the kernel notes that the owner of the table is gone, nft lists some rules twice.
	for try in 1 2 3 4 5; do
		rule_set >"$WORK/rules.now"
		for name in old new; do
			cmp -s "$WORK/rules.now" "$WORK/rules.$name" && echo $name && return
		done
		sleep "0.$try"
	done
	if nft_gw list table inet hedate-guard >/dev/null 2>&1; then
		echo guard
	elif grep -qx none "$WORK/rules.now"; then
		echo none
	else
		cp "$WORK/rules.now" "$WORK/rules.odd"
		echo "something else ($(diff "$WORK/rules.now" "$WORK/rules.old" | head -n 20))"
	fi
}

# Programs: the recorder stays, whatever becomes of hedated.
run_hedated()
{
	nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$@" "$PROGRAMS/hedated" -c "$WORK/lab.conf" \
		-r "$RUN" -s "$STATE" >>"$WORK/hedated.out" 2>&1 &
	HEDATED=$!
}

# Before anybody looks it takes a while; then it does not take long.
is_there()
{
	[ -S "$RUN/control.sock" ] && hedate status >/dev/null 2>&1
}

wait_until_there()
{
	local try
	for ((try = 0; try < 1000; try++)); do
		is_there && return
		kill -0 "$HEDATED" 2>/dev/null || return 1
		sleep 0.01
	done
	return 1
}

start_alone()
{
	rm -f "$RUN/control.sock"
	run_hedated
	wait_until_there || {
		tail -n 20 "$WORK/hedated.out"
		die "$POINT: hedated does not get ready again"
	}
}

end_hedated()
{
	kill -KILL "$HEDATED" 2>/dev/null
	wait "$HEDATED" 2>/dev/null
}

quiet()
{
	hedate "$@" >"$WORK/said" 2>&1
}

# What counts in the store is what the kernel HAS now.
check_store()
{
	local number file name has
	HAS=$(kernel_has) has=$HAS
	number=$(store_current)
	file=$STORE/$(printf %06d "${number##* }").conf
	for name in old new; do
		cmp -s "$file" "$WORK/$name.conf" && [ "$has" = $name ] && return
	done
	fail "$POINT: the store says $number, the kernel has $has"
}

# Operations: what comes before it, what is traced, what the kernel may have when it was killed.
prepare_apply() { :; }
operate_apply() { quiet apply "$WORK/new.conf"; }
prepare_apply_confirm() { :; }
operate_apply_confirm() { quiet apply "$WORK/new.conf" --confirm 3600; }
prepare_confirm() { quiet apply "$WORK/new.conf" --confirm 3600; }
operate_confirm() { quiet confirm; }
prepare_undo() { quiet apply "$WORK/new.conf" --confirm 3600; }
operate_undo() { quiet rollback; }
prepare_rollback() { quiet apply "$WORK/new.conf"; }
operate_rollback() { quiet rollback; }
prepare_reload() { cp "$WORK/new.conf" "$WORK/lab.conf"; }
operate_reload()
{
	local before try
	before=$(store_current)
	kill -HUP "$HEDATED"
	for ((try = 0; try < 300; try++)); do
		[[ $(store_current) != *" "* && $(store_current) != "$before" ]] && break
		kill -0 "$HEDATED" 2>/dev/null || break
		sleep 0.01
	done
}
# An end in order rolls back what waits, as the deadline does.
prepare_stop() { quiet apply "$WORK/new.conf" --confirm 3600; }
operate_stop()
{
	kill -TERM "$HEDATED"
	local try
	for ((try = 0; try < 300; try++)); do
		kill -0 "$HEDATED" 2>/dev/null || break
		sleep 0.01
	done
}
RUNNING="apply apply_confirm confirm undo rollback reload stop"

# The same bytes again; and a change whose time is over.
before_start() { end_hedated; }
before_start_over()
{
	quiet apply "$WORK/new.conf" --confirm 3600
	end_hedated
	sed -i '2s/[0-9]*$/1/' "$STORE/current"
}
# shellcheck disable=SC2034
STARTING="start start_over"

# Bring all back to the old rule set, hedated running.
settle()
{
	cp "$WORK/old.conf" "$WORK/lab.conf"
	if [[ $(store_current) == *" "* ]]; then
		quiet rollback || fail "$POINT: $(cat "$WORK/said")"
		HAS=$(kernel_has)
	fi
	[ "$HAS" = old ] || quiet apply "$WORK/old.conf" || fail "$POINT: $(cat "$WORK/said")"
}

# The calls of a trace in their order: "name count", the how many'th of its name it is.
calls_of()
{
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$1" | awk '$1 != "restart_syscall" { print $1, ++count[$1] }'
}

# attach ARGUMENT...: strace at the running hedated.
attach()
{
	: >"$WORK/strace"
	strace -p "$HEDATED" "$@" 2>>"$WORK/strace" &
	STRACE=$!
	local try
	for ((try = 0; try < 3000; try++)); do
		grep -q attached "$WORK/strace" && break
		sleep 0.01
	done
	grep -q attached "$WORK/strace" || die "$POINT: strace: $(cat "$WORK/strace")"
}

detach()
{
	kill -TERM "$STRACE" 2>/dev/null
	wait "$STRACE" 2>/dev/null
}

# What calls an operation makes, into $WORK/calls.<operation>.
trace_running()
{
	POINT="tracing $1"
	"prepare_$1"
	attach -o "$WORK/trace"
	"operate_$1"
	detach
	calls_of "$WORK/trace" >"$WORK/calls.$1"
	kill -0 "$HEDATED" 2>/dev/null || start_alone
	check_store
	settle
}

trace_starting()
{
	POINT="tracing $1"
	"before_$1"
	run_hedated strace -o "$WORK/trace"
	wait_until 100 is_ready || die "$POINT: not ready"
	# Until it waits for the first time: what comes then is no start.
	sed -n '/^epoll_wait/q;p' "$WORK/trace" >"$WORK/trace.start"
	calls_of "$WORK/trace.start" >"$WORK/calls.$1"
	HEDATED=$(pgrep -x hedated | head -n 1)
	kill -TERM "$HEDATED"
	wait_until 50 eval '! pgrep -x -r D,R,S,t hedated'
	start_alone
	check_store
	settle
}


# The gateway with old.conf in force, and what calls each operation makes.
points_up()
{
	local operation
	topology_up || die "the lab could not be built"
	programs_up
	change_configs ""
	# shellcheck disable=SC2153
	mkdir -p "$LOGS"
	POINT="the first start"
	run_hedated
	wait_until 100 test -S "$RUN/recorder.sock" || die "hedated did not start"
	nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedate-logd" -r "$RUN" -d "$LOGS" \
		>>"$WORK/hedated.out" 2>&1 &
	LOGD=$!
	wait_until 100 is_ready || die "not ready"
	rule_set >"$WORK/rules.old"
	quiet apply "$WORK/new.conf" || die "new.conf: $(cat "$WORK/said")"
	rule_set >"$WORK/rules.new"
	cmp -s "$WORK/rules.old" "$WORK/rules.new" && die "both rule sets are the same"
	HAS=new
	settle

	for operation in $RUNNING; do
		trace_running "$operation"
	done
}

# choose_points NUMBER|all OPERATION...: into $WORK/chosen, evenly; only calls that POINT_CALLS (an
# extended regular expression) fits.
choose_points()
{
	local wanted=$1 operation total step=1
	shift
	for operation in "$@"; do
		sed "s/^/$operation /" "$WORK/calls.$operation" | grep -E " (${POINT_CALLS:-.*}) "
		say "$operation: $(wc -l <"$WORK/calls.$operation") system calls" >&2
	done >"$WORK/points"
	total=$(wc -l <"$WORK/points")
	if [ "$wanted" != all ]; then
		step=$(((total + wanted - 1) / wanted))
	fi
	# Beginning anywhere.
	awk -v step="$step" -v first=$((RANDOM % step)) 'NR % step == first' "$WORK/points" \
		>"$WORK/chosen"
	say "$total points, $(wc -l <"$WORK/chosen") of them tried"
}

# Until points_end.
points_traffic()
{
	stream_open kept4 100000 10.1.0.10 10.2.0.10 443
	stream_open kept6 100000 fd00:1::10 fd00:2::10 443
	local rate="rate=200 seconds=100000 count=2000000000"
	# shellcheck disable=SC2086
	{
		flood udp 10.3.0.10 10.1.0.11 53 protocol=udp distinct=20 $rate
		flood syn6 fd00:2::10 fd00:1::11 443 protocol=tcp flags=S distinct=20 $rate
	}
}

# Nothing forbidden passed, what is permitted went on, all is on record as it should be.
points_end()
{
	kill -TERM "${BACKGROUND[udp]}" "${BACKGROUND[syn6]}" "${BACKGROUND[kept4]}" "${BACKGROUND[kept6]}"
	for id in udp syn6; do
		flood_blocked $id
	done
	for id in kept4 kept6; do
		stream_lived $id
	done
	kill -TERM "$LOGD"
	wait "$LOGD" || fail "the recorder's exit status: $?"
	stop_hedated
	check_records
	[ "$FAILED" = 0 ] || sed 's/^/hedated: /' "$WORK/hedated.out" | tail -n 50
	[ "$FAILED" = 0 ]
}
