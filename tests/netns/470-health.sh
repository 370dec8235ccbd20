#!/bin/bash
# Health: the watchdog of both daemons is fed while they work and not while one hangs or the table is
# another one; "hedate status --check" is one line and an exit status for each state that calls for
# somebody.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# check WANTED TEXT: exit status and what the line holds.
check()
{
	local status line
	line=$(hedate status --check 2>/dev/null)
	status=$?
	[ "$status" = "$1" ] || fail "exit status $status, not $1: $line"
	[ "$(wc -l <<<"$line")" = 1 ] || fail "more than one line: $line"
	[[ $line == *"$2"* ]] || fail "\"$2\" is not in: $line"
	say "$status $line"
}

check_is()
{
	local line
	line=$(hedate status --check 2>/dev/null)
	[ $? = "$1" ] && [[ $line == *"$2"* ]]
}

# How often a daemon fed until now.
fed()
{
	grep -c WATCHDOG=1 "$WORK/$1.fed"
}

feeds()
{
	local before
	before=$(fed "$1")
	wait_until 200 eval "[ \$(fed $1) -gt $((before + 1)) ]"
}

listen()
{
	/usr/bin/python3 -u - "$WORK/$1.sock" >"$WORK/$1.fed" <<-'END' &
		import socket, sys
		listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		listener.bind(sys.argv[1])
		while True:
		    print(listener.recv(4096).decode(), flush=True)
	END
	wait_until 200 test -S "$WORK/$1.sock" || die "no listener"
	chmod 666 "$WORK/$1.sock"
}

topology_up || die "the lab could not be built"
lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
mkdir -p "$LOGS"
programs_up
listen hedated
listen logd
check 3 "UNKNOWN: hedated does not answer"

start_enforcer()
{
	NOTIFY_SOCKET=$WORK/hedated.sock WATCHDOG_USEC=600000 nsenter \
		--net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedated" -c "$WORK/lab.conf" \
		-r "$RUN" -s "$STATE" --profiles "$POLICIES" "$@" >>"$WORK/hedated.out" 2>&1 &
	HEDATED=$!
	wait_until 100 hedate status || die "hedated does not start"
}

start_logd()
{
	NOTIFY_SOCKET=$WORK/logd.sock WATCHDOG_USEC=600000 nsenter \
		--net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedate-logd" -r "$RUN" \
		-d "$LOGS" >>"$WORK/hedated.out" 2>&1 &
	LOGD=$!
	wait_until 100 is_ready || die "not ready"
}

start_enforcer
check 2 "CRITICAL: no recorder is connected"
start_logd
clock=$(status_field clock)
if [ "$clock" = synchronised ]; then
	check 0 "OK: lab is enforcing"
else
	# A machine without a time server is worth a warning.
	wait_until 200 check_is 1 "the clock is not synchronised" || [ "$clock" = unknown ] ||
		fail "the clock is $clock: $(hedate status --check)"
fi
hedate status --check --json | jq -e '.check and (.problems | type == "array")' >/dev/null ||
	fail "JSON: $(hedate status --check --json)"
hedate status --check too 2>/dev/null
[ $? = 2 ] || fail "wrong usage"

# Fed while they work, not while they hang.
feeds hedated || fail "hedated does not feed"
feeds logd || fail "hedate-logd does not feed"
for daemon in hedated:$HEDATED logd:$LOGD; do
	kill -STOP "${daemon#*:}"
	sleep 0.5
	before=$(fed "${daemon%:*}")
	sleep 1
	[ "$(fed "${daemon%:*}")" = "$before" ] || fail "${daemon%:*} hangs and feeds"
	kill -CONT "${daemon#*:}"
	feeds "${daemon%:*}" || fail "${daemon%:*} does not feed any more"
done

# What weakens the separation.
ip -n "${TOPOLOGY}gw" route add 10.1.0.0/25 via 10.3.0.2
wait_until 200 check_is 1 "the host's network: route 10.1.0.0/25" || check 1 "the host's network"
ip -n "${TOPOLOGY}gw" route del 10.1.0.0/25
wait_until 200 eval '! check_is 1 "the host"' || fail "the route is gone: $(hedate status --check)"

# Only observed.
{
	lab_config "$(lab_path P1 my lg https)"
	echo 'observe = ( { from = "internet"; to = "lgwan"; reason = "試験"; } );'
} >"$WORK/observe.conf"
hedate apply "$WORK/observe.conf" >/dev/null 2>&1 || fail "apply"
check 1 "only observed, nothing is blocked: internet > lgwan"
hedate apply "$WORK/lab.conf" >/dev/null 2>&1 || fail "apply"

# Nobody puts anything on record.
kill -KILL "$LOGD"
wait "$LOGD" 2>/dev/null
wait_until 200 check_is 2 "no recorder is connected" || fail "no recorder: $(hedate status --check)"
start_logd

# The table is another one: hedated is not its owner, and what others delete is put back. While it
# cannot be, nothing is fed.
kill -TERM "$HEDATED"
wait "$HEDATED" 2>/dev/null
start_enforcer --unowned
wait_until 100 is_ready || die "not ready"
feeds hedated || fail "it does not feed after a start"
kill -TERM "$LOGD"
wait "$LOGD" 2>/dev/null
stop_hedated
check 3 "UNKNOWN"
if grep -E 'Sanitizer|runtime error|core dumped' "$WORK/hedated.out"; then
	fail "what the programs said"
fi
[ "$FAILED" = 0 ] || sed 's/^/hedated: /' "$WORK/hedated.out"
[ "$FAILED" = 0 ]
