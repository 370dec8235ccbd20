# shellcheck shell=bash
# Operations on the configuration, one system call of which goes wrong (sourced after common.sh).
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"
# shellcheck source=tests/netns/change.sh
. "$NETNS_DIR/change.sh"

# The rule set, whoever owns the table.
rule_set()
{
	nft_gw -s list table inet hedate 2>/dev/null >"$WORK/table.text" || echo none
	/usr/bin/python3 "$NETNS_DIR/ruletext.py" <"$WORK/table.text"
}

# Which rule set the kernel has: "old", "new", "open", "none", "guard", or what it differs in.
kernel_has()
{
	local name try
	# While the kernel notes that the owner of the table is gone, nft lists some rules twice.
	for try in 1 2 3 4 5; do
		rule_set >"$WORK/rules.now"
		for name in old new open; do
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
	for ((try = 0; try < 3000; try++)); do
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
		# It is opened while the old one is in force.
		cmp -s "$file" "$WORK/$name.conf" && [ "${has/#open/old}" = $name ] && return
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
	before=$(wc -c <"$WORK/hedated.out")
	kill -HUP "$HEDATED"
	# It says how it went.
	for ((try = 0; try < 1000; try++)); do
		tail -c +$((before + 1)) "$WORK/hedated.out" >"$WORK/said"
		grep -q 'is in place\|not put in place\|refused' "$WORK/said" && break
		kill -0 "$HEDATED" 2>/dev/null || break
		sleep 0.01
	done
	grep -q 'revision [0-9a-f]* is in place' "$WORK/said"
}
# Root at the console, by a process of its own; CONSOLE_UNDER is what that runs under.
CONSOLE_UNDER=()
console()
{
	in_ns gw "${CONSOLE_UNDER[@]}" "$BUILD/hedate" -r "$RUN" "$1" -c "$WORK/lab.conf" "${@:2}"
}
prepare_isolate() { :; }
operate_isolate() { console isolate my1 --reason x >"$WORK/said" 2>&1; }
prepare_release() { console isolate my1 --reason x >"$WORK/said" 2>&1; }
operate_release() { console release my1 --reason x >"$WORK/said" 2>&1; }
DEVICE=00:00:5e:00:53:60
prepare_quarantine() { :; }
operate_quarantine() { console quarantine "$DEVICE" --reason x >"$WORK/said" 2>&1; }
prepare_release_device() { operate_quarantine; }
operate_release_device() { console release "$DEVICE" --reason x >"$WORK/said" 2>&1; }
# Somebody who is not root: hedated does it.
prepare_isolate_asked() { :; }
operate_isolate_asked() { as suzuki isolate my1 --reason x >"$WORK/said" 2>&1; }
prepare_release_asked() { as suzuki isolate my1 --reason x >"$WORK/said" 2>&1; }
operate_release_asked() { as sato release my1 --reason x >"$WORK/said" 2>&1; }
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
RUNNING="apply apply_confirm confirm undo rollback reload isolate release isolate_asked release_asked stop"
# Where there is time for all.
[ "${KILL_POINTS:-}" != sites ] || RUNNING="$RUNNING quarantine release_device"

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

# Put a configuration in place. Tests of two persons have another way.
put()
{
	quiet apply "$1"
}

# Bring all back to the old rule set, hedated running.
settle()
{
	cp "$WORK/old.conf" "$WORK/lab.conf"
	settle_more
	if [[ $(store_current) == *" "* ]]; then
		quiet rollback || fail "$POINT: $(cat "$WORK/said")"
		HAS=$(kernel_has)
	fi
	[ "$HAS" = old ] || put "$WORK/old.conf" || fail "$POINT: $(cat "$WORK/said")"
	if nft_gw list table inet hedate-isolate >/dev/null 2>&1; then
		console release --all --reason settle >"$WORK/said" 2>&1 ||
			fail "$POINT: $(cat "$WORK/said")"
	fi
}
# Of a test of its own.
settle_more() { :; }

# What called each is known only where it is asked for: it takes its time.
STACKS=()
[ "${KILL_POINTS:-}" != sites ] || STACKS=(-k)

# The calls of a trace, with stacks or without, in their order: "name count site", the how many'th of
# its name it is, and what called it: the same for all turns of a loop.
calls_of()
{
	awk 'function out() { if (name != "") print name, ++count[name], stack }
		/^[a-z_0-9]+\(/ { out(); name = $0; sub(/\(.*/, "", name); stack = "-"
			if (name == "restart_syscall") name = "" }
		/^ > / { sub(/^ > [^(]*\//, ""); sub(/ \[.*/, ""); gsub(/ /, ""); stack = stack ":" $0 }
		END { out() }' "$1"
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
	if is_console "$1"; then
		CONSOLE_UNDER=(strace "${STACKS[@]}" -o "$WORK/trace")
		"operate_$1"
		CONSOLE_UNDER=()
	else
		attach "${STACKS[@]}" -o "$WORK/trace"
		"operate_$1"
		detach
	fi
	calls_of "$WORK/trace" >"$WORK/calls.$1"
	kill -0 "$HEDATED" 2>/dev/null || start_alone
	check_store
	settle
}

# Is it a process of its own that does it, and not hedated?
is_console()
{
	case $1 in isolate | release | quarantine | release_device) ;; *) return 1 ;; esac
}

trace_starting()
{
	POINT="tracing $1"
	"before_$1"
	run_hedated strace "${STACKS[@]}" -o "$WORK/trace"
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


# The gateway with old.conf in force.
points_up()
{
	topology_up || die "the lab could not be built"
	programs_up
	change_configs "${CONFIG_KEYS:-}"
	# shellcheck disable=SC2153
	mkdir -p "$LOGS"
	POINT="the first start"
	run_hedated
	wait_until 100 test -S "$RUN/recorder.sock" || die "hedated did not start"
	run_recorder
	wait_until 100 is_ready || die "not ready"
	rule_set >"$WORK/rules.old"
	put "$WORK/new.conf" || die "new.conf: $(cat "$WORK/said")"
	rule_set >"$WORK/rules.new"
	cmp -s "$WORK/rules.old" "$WORK/rules.new" && die "both rule sets are the same"
	HAS=new
	settle
}

trace_all()
{
	local operation
	for operation in $RUNNING; do
		trace_running "$operation"
	done
}

# choose_points NUMBER|sites|all OPERATION...: into $WORK/chosen; so many, evenly, or of each site the
# first call and the last; only calls that POINT_CALLS (an extended regular expression) fits.
choose_points()
{
	local wanted=$1 operation total sites step=1
	shift
	for operation in "$@"; do
		sed "s/^/$operation /" "$WORK/calls.$operation" | grep -E "^[^ ]+ (${POINT_CALLS:-.*}) "
		say "$operation: $(wc -l <"$WORK/calls.$operation") system calls" >&2
	done >"$WORK/points"
	total=$(wc -l <"$WORK/points")
	awk '{ key = $1 " " $2 " " $4 } !(key in first) { first[key] = NR } { last[key] = NR }
		END { for (key in first) { print first[key]; if (last[key] != first[key]) print last[key] } }' \
		"$WORK/points" | sort -n >"$WORK/firsts"
	sites=", from $(cut -d ' ' -f 1,2,4 "$WORK/points" | sort -u | wc -l) sites"
	[ ${#STACKS[@]} != 0 ] || sites=
	if [ "$wanted" = sites ]; then
		awk 'NR == FNR { wanted[$1]; next } FNR in wanted' "$WORK/firsts" "$WORK/points" \
			>"$WORK/chosen"
	else
		[ "$wanted" = all ] || step=$(((total + wanted - 1) / wanted))
		# The same each time, for the same programs.
		awk -v step="$step" 'NR % step == int(step / 2)' "$WORK/points" >"$WORK/chosen"
	fi
	say "$total points$sites, $(wc -l <"$WORK/chosen") of them tried"
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

# Nothing forbidden passed.
points_floods_end()
{
	local id
	kill -TERM "${BACKGROUND[udp]}" "${BACKGROUND[syn6]}"
	for id in udp syn6; do
		flood_blocked $id
	done
}

# What is permitted went on, all is on record as it should be.
points_end()
{
	local id
	kill -TERM "${BACKGROUND[kept4]}" "${BACKGROUND[kept6]}"
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
