#!/bin/bash
# The NFLOG socket outlives either daemon: a recorder that goes on while hedated is dead loses no
# detail and hands the socket back. Another NFLOG group, and a table that somebody took away.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

FLOWS=30

# Each daemon is a process of its own here.
start_alone()
{
	nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedated" -c "$WORK/lab.conf" \
		-r "$RUN" -s "$STATE" --unowned >>"$WORK/hedated.out" 2>&1 &
	HEDATED=$!
}

# For wait_until.
# shellcheck disable=SC2317
is_another_table()
{
	is_ready && [ "$(status_field table)" != "$1" ]
}

# The recorder has an empty network namespace of its own, as its unit gives it.
start_logd()
{
	unshare --net setsid "$PROGRAMS/hedate-logd" -r "$RUN" -d "$LOGS" \
		>>"$WORK/hedated.out" 2>&1 &
	LOGD=$!
}

# All flows of this source are on record with this detail.
expect_detail()
{
	local count
	count=$(records "select(.\"event.action\" == \"flow-blocked\" and .\"source.ip\" == \"$1\"
		and .\"hedate.detail\" == \"$2\") | .\"source.port\"" | sort -u | wc -l)
	say "$1: $count flows $2"
	[ "$2" != full ] || records "select(.\"source.ip\" == \"$1\") |
		.\"observer.ingress.interface.name\"" | grep -qv '"in0"' &&
		fail "flows from $1 came in at another interface"
	[ "$count" = $FLOWS ] || fail "$count of $FLOWS flows from $1 are on record as $2"
}

topology_up || die "the lab could not be built"
programs_up
lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
mkdir -p "$LOGS"
start_alone
wait_until 100 test -S "$RUN/recorder.sock" || die "hedated did not start"
start_logd
wait_until 100 is_ready || die "not ready"
block 10.3.0.31 $FLOWS 2
check_equation
expect_detail 10.3.0.31 full

# hedated dead: its recorder goes on receiving, and gives the socket to the next one.
kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
block 10.3.0.32 $FLOWS 2
start_alone
wait_until 100 is_ready || die "not ready again"
block 10.3.0.33 $FLOWS 2
check_equation
expect_detail 10.3.0.32 full
expect_detail 10.3.0.33 full
records 'select(."event.action" == "nflog-missing")' | grep . && fail "the NFLOG socket was lost"

# Now the recorder: hedated has kept the socket.
kill -KILL "$LOGD"
wait "$LOGD" 2>/dev/null
block 10.3.0.34 $FLOWS 2
start_logd
wait_until 100 is_ready || die "not ready with another recorder"
check_equation
expect_detail 10.3.0.34 full

# Another group is another socket.
sed -i 's/log = { /log = { group = 77; /' "$WORK/lab.conf"
hedate apply "$WORK/lab.conf" >/dev/null || fail "apply of another group"
wait_until 100 is_ready || die "not ready with another group"
nft_gw list chain inet hedate deny-no-path-internet-mynumber | grep -q 'group 77' ||
	fail "the rules log to another group still"
block 10.3.0.35 $FLOWS 2
check_equation
expect_detail 10.3.0.35 full

# A group that another process has is refused, and nothing changes.
rules >"$WORK/before"
nsenter --net="/run/netns/${TOPOLOGY}gw" python3 - "$WORK/held" <<'END' &
import socket, struct, sys, time
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.bind((0, 0))
# NFULNL_MSG_CONFIG for group 78: NFULA_CFG_CMD = NFULNL_CFG_CMD_BIND
body = struct.pack("=BBH", 0, 0, socket.htons(78)) + struct.pack("=HHBxxx", 5, 1, 1)
s.send(struct.pack("=IHHII", 16 + len(body), 0x0401, 5, 1, 0) + body)
assert struct.unpack("=i", s.recv(4096)[16:20])[0] == 0
open(sys.argv[1], "w").close()
time.sleep(60)
END
HOLDER=$!
wait_until 200 test -e "$WORK/held" || die "no process holds group 78"
sed 's/group = 77/group = 78/' "$WORK/lab.conf" >"$WORK/held.conf"
hedate apply "$WORK/held.conf" >"$WORK/out" 2>&1
status=$?
[ $status = 1 ] || fail "a group that is taken: exit status $status: $(cat "$WORK/out")"
grep -q 78 "$WORK/out" || fail "a group that is taken: it says $(cat "$WORK/out")"
kill "$HOLDER"
wait "$HOLDER" 2>/dev/null
rules | cmp - "$WORK/before" || fail "a refused group changed the rule set"
check_equation

# Somebody takes the table away. That is seen, and what comes after has books of its own.
old=$(status_field table)
nft_gw delete table inet hedate
wait_until 100 is_another_table "$old" || die "no new table"
flush || fail "flush"
records 'select(."event.action" == "drift")' | grep -q 'taken away' || fail "nothing says so"
records 'select(."event.action" == "table-renewed")' | grep -q . || fail "nothing says it is back"
block 10.3.0.36 $FLOWS 2
flush || fail "flush"
expect_detail 10.3.0.36 full
[ "$(status_field balanced)" = true ] || fail "not balanced: $(hedate status --json)"
[ "$(status_field kernel_packets)" -ge $((FLOWS * 2)) ] || fail "the kernel's total"

kill -TERM "$LOGD"
wait "$LOGD" || fail "the recorder's exit status: $?"
stop_hedated
check_records
grep -E 'Sanitizer|runtime error' "$WORK/hedated.out" && fail "what the programs said"
[ "$FAILED" = 0 ] || sed 's/^/hedated: /' "$WORK/hedated.out"
[ "$FAILED" = 0 ]
