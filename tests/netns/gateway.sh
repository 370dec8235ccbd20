# shellcheck shell=bash
# The programs in the gateway's namespace: start, stop, ask, and check their books (sourced).

# The command line, as an administrator would use it.
hedate()
{
	"$BUILD/hedate" -r "$RUN" --profiles "$POLICIES" "$@"
}

# Wait up to $1 tenths of a second for a command to succeed.
wait_until()
{
	local tenths=$1
	shift
	while ! "$@" >/dev/null 2>&1; do
		tenths=$((tenths - 1))
		[ "$tenths" -gt 0 ] || return 1
		sleep 0.1
	done
}

# Does this process live? A zombie does not.
lives()
{
	kill -0 "$1" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

status_field()
{
	hedate status --json 2>/dev/null | jq -r --arg key "$1" '.[$key]'
}

is_ready()
{
	[ "$(status_field state)" = enforcing ] && [ "$(status_field recorder)" = connected ]
}

# The daemons, where the users that they become can reach them: a checkout may lie in a directory
# that is its owner's alone. Profiles and models are copied, too: one that belongs to somebody else
# than root is refused.
PROGRAMS=$WORK/programs
POLICIES=$WORK/policies
programs_up()
{
	[ ! -d "$PROGRAMS" ] || return 0
	install -D -m 755 -t "$PROGRAMS" "$BUILD/hedated" "$BUILD/hedate-logd" ||
		die "the programs could not be copied"
	for kind in profiles models; do
		install -D -m 644 -t "$POLICIES/$kind" "$SOURCE_DIR/conf/$kind/"*.conf ||
			die "the $kind could not be copied"
	done
}

# hedated as it is started from now on has a library of tests/netns/preload before all others, and
# a variable for it: preload_hedated LIBRARY NAME=VALUE. Not with sanitizers, which want to be the
# first.
preload_hedated()
{
	programs_up
	install -m 755 "$BUILD/tests/netns/$1.so" "$PROGRAMS/"
	mv "$PROGRAMS/hedated" "$PROGRAMS/hedated.bin"
	cat >"$PROGRAMS/hedated" <<END
#!/bin/sh
LD_PRELOAD=$PROGRAMS/$1.so $2 exec $PROGRAMS/hedated.bin "\$@"
END
	chmod 755 "$PROGRAMS/hedated"
}

# More arguments of every hedated that is started.
HEDATED_ARGS=()

# One command starts both; more arguments go to hedated.
start_hedated()
{
	local config=$1
	shift
	programs_up
	# In a session of its own: Ctrl-C is for the script, which ends it in good order.
	# shellcheck disable=SC2153 # LOGS is of who sources it
	nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedated" -c "$config" -r "$RUN" \
		-l "$LOGS" -s "$STATE" --profiles "$POLICIES" --recorder "$PROGRAMS/hedate-logd" \
		"${HEDATED_ARGS[@]}" "$@" >>"$WORK/hedated.out" 2>&1 &
	HEDATED=$!
	wait_until 100 is_ready || {
		cat "$WORK/hedated.out"
		hedate status
		die "hedated did not get ready"
	}
}

stop_hedated()
{
	kill -TERM "$HEDATED" 2>/dev/null
	wait "$HEDATED" 2>/dev/null
}

# It is killed; the recorder that it had started ends by itself.
crash_hedated()
{
	kill -KILL "$HEDATED" 2>/dev/null
	wait "$HEDATED" 2>/dev/null
	# shellcheck disable=SC2016 # for eval
	wait_until 100 eval '[ -z "$(recorder_pid)" ]' || die "the recorder outlives hedated"
}

recorder_pid()
{
	local pid
	for pid in $(ip netns pids "${TOPOLOGY}gw"); do
		if [ "$(cat "/proc/$pid/comm")" = hedate-logd ]; then
			echo "$pid"
		fi
	done
}

# The recorder by itself, in a session of its own: run_recorder [COMMAND...], under this command.
RECORDER_OUT=$WORK/hedated.out
# shellcheck disable=SC2120 # arguments of tests
run_recorder()
{
	# shellcheck disable=SC2153
	nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$@" "$PROGRAMS/hedate-logd" -r "$RUN" -d "$LOGS" \
		>>"$RECORDER_OUT" 2>&1 &
	# shellcheck disable=SC2034 # for tests
	LOGD=$!
}

# Stop the recorder alone, with this signal; start it again, unless somebody else does.
recorder_stop()
{
	local pid
	pid=$(recorder_pid)
	[ -n "$pid" ] || die "no recorder runs"
	kill "-$1" "$pid"
	wait_until 150 eval "! kill -0 $pid" || die "the recorder does not end"
}

# The same where it may be ending by itself, or be gone already.
recorder_gone()
{
	local pid
	for pid in $(recorder_pid); do
		kill -TERM "$pid" 2>/dev/null
	done
	# shellcheck disable=SC2016 # for eval
	wait_until 100 eval '[ -z "$(recorder_pid)" ]' || die "the recorder does not end"
}

recorder_start()
{
	sleep 0.2
	# shellcheck disable=SC2119
	[ -n "$(recorder_pid)" ] || run_recorder
	wait_until 100 is_ready || die "no recorder again"
}

# Is this the state that "hedate status" tells?
is_state()
{
	[ "$(status_field state)" = "$1" ]
}

# Somebody puts a table of his own in the place of ours, and keeps it: hedated cannot put it right.
# Only where it watches the table (--unowned).
hijack_table()
{
	coproc HIJACK { in_ns gw nft -i >/dev/null 2>&1; }
	HIJACKED=$HIJACK_PID
	echo 'delete table inet hedate; add table inet hedate { flags owner; }' >&"${HIJACK[1]}"
	wait_until 200 is_state differs || fail "the table was not taken"
}

# The kernel removes that table with its owner.
release_table()
{
	kill "$HIJACKED"
	wait "$HIJACKED" 2>/dev/null
	wait_until 100 is_ready || fail "the table was not put right once it could be"
	books_of_this_table
}

nft_gw()
{
	in_ns gw nft "$@"
}

# The table as JSON. nft 1.0.6 does not know the flag of a table that outlives its owner, and puts
# nonsense for it where it stands alone: then all is listed but the table itself.
table_json()
{
	local chain what
	nft_gw -j list table inet hedate 2>/dev/null >"$WORK/table.json"
	if jq -e . "$WORK/table.json" >/dev/null 2>&1; then
		cat "$WORK/table.json"
		return
	fi
	{
		for what in sets maps limits; do
			nft_gw -j list "$what" inet
		done
		for chain in $(nft_gw list chains inet | awk '$1 == "table" { ours = $3 == "hedate" }
			$1 == "chain" && ours { print $2 }'); do
			nft_gw -j list chain inet hedate "$chain"
		done
	} | jq -s '{ nftables: map(.nftables) | add | map(select(.[].table? == "hedate")) }'
}

# Chains, rules and sets of the table, in an order of their own, without what packets change:
# elements that they add, and which epoch counts them.
rules()
{
	table_json | jq -S '[.nftables[] | select(.counter == null and .table == null and .metainfo == null)
		| (.set | select(.name? // "" | test("^(flow-.*|overflow-codes-.*|hits)$"))).elem = []
		| (.[] | .elem? | arrays) |= sort | select(.rule.chain? != "blocked") | del(.. | .handle?)]
		| sort_by([keys[0], (.[] | .name? // .chain?)])'
}

# Records of the log, oldest first, through a filter of jq's: records 'select(...)'.
records()
{
	cat "$LOGS"/hedate-*.jsonl | jq -c "$1"
}

# What a line must have to be in a sum: where the table was made anew, the books are of that alone.
SUM_OF=
books_of_this_table()
{
	SUM_OF="\"hedate.table\":\"$(status_field table)\""
}

# The sum of a number over all records of one action. Of the text, which jq would take half a minute
# for after a flood.
sum_of()
{
	cat "$LOGS"/hedate-*.jsonl | grep -F "\"event.action\":\"$1\"" | grep -F "$SUM_OF" | grep -o "\"$2\":[0-9]*" |
		awk -F : '{ sum += $2 } END { printf "%d\n", sum }'
}

# All that was blocked is on disk: after 10 seconds "hedate flush" says that it is not yet.
flush()
{
	wait_until 6 hedate flush
}

# Packets on the kernel's counters of blocked traffic.
kernel_total()
{
	nft_gw -j list counters table inet hedate |
		jq '[.nftables[].counter | select(.name? // "" | startswith("deny-") or startswith("observe-")) | .packets] | add // 0'
}

# Packets on one counter of the kernel.
kernel_count()
{
	nft_gw -j list counter inet hedate "$1" | jq '.nftables[].counter // empty | .packets'
}

# What the kernel dropped, or observed = what is in records + what is known to be lost, counted here from the
# rule set and from the log's lines, and as "hedate status" says it.
check_equation()
{
	local try before after recorded lost
	for try in 1 2 3 4 5 6 7 8 9 10; do
		before=$(kernel_total)
		flush || fail "hedate flush"
		recorded=$(($(sum_of flow-blocked network.packets) + $(sum_of flow-observed network.packets)))
		lost=$(sum_of records-lost hedate.lost.packets)
		after=$(kernel_total)
		# Something new came in between (a neighbour solicitation, say): again.
		[ "$before" != "$after" ] || break
	done
	if [ "$before" != "$after" ]; then
		fail "the gateway does not come to rest: $before, $after packets blocked ($try tries)"
	elif [ "$after" != $((recorded + lost)) ]; then
		fail "$after packets blocked, $recorded in records, $lost lost"
	elif [ "$(status_field balanced)" != true ]; then
		fail "hedate status: not balanced: $(hedate status --json)"
	else
		say "blocked $after = recorded $recorded + lost $lost"
	fi
}

# Every line of the log is as hedate-log(5) says. Files that a test has damaged on purpose it has
# taken away.
check_records()
{
	/usr/bin/python3 "$NETNS_DIR/conforms.py" "$SOURCE_DIR/conf/hedate-log.schema.json" "$LOGS" >"$WORK/conforms" ||
		fail "records: $(cat "$WORK/conforms")"
	say "records: $(tail -n 1 "$WORK/conforms")"
}

# The end of every test: the books are right, nothing went wrong in the programs.
finish()
{
	check_equation
	nft_gw list ruleset >/dev/null || fail "nft list ruleset"
	stop_hedated
	check_records
	if grep -E 'Sanitizer|runtime error|core dumped' "$WORK/hedated.out"; then
		fail "what the programs said"
	fi
	if [ "$FAILED" != 0 ]; then
		sed 's/^/hedated: /' "$WORK/hedated.out"
		exit 1
	fi
	exit 0
}
