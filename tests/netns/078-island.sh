#!/bin/bash
# first
# on_log_failure = "island": when the log's disk is full, or no recorder is there, nothing is
# forwarded any more, open connections included; when all is on record again, it is.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

if [ "${KEEP:-}" = 1 ]; then
	skip "mounts a file system in a namespace of its own"
fi
mkdir "$LOGS"
mount -t tmpfs -o size=1m,mode=0755 log "$LOGS" || die "no small file system"
room()
{
	mount -o "remount,size=$1" "$LOGS"
}

# That many forbidden flows from source $1.
block()
{
	local words
	plan_words blocked raw 10.3.0.10 10.1.0.11 53 protocol=udp
	words=("${WORDS[@]:1}")
	"$PROBE" send "${words[@]}" "count=$2" "distinct=$2" "source=$1" >/dev/null
}

# For wait_until.
# shellcheck disable=SC2317
island_is()
{
	[ "$(status_field island)" = "$1" ]
}

expect_island()
{
	wait_until "$2" island_is "$1" || fail "the island is '$(status_field island)', not '$1'"
	hedate status | grep -q "$3" || fail "hedate status does not say \"$3\": $(hedate status)"
	nft_gw list chain inet hedate island >/dev/null || fail "no chain \"island\""
	[ "$(try tcp 10.1.0.10 10.2.0.10 443)" != passed ] || fail "forwarded, as an island ($1)"
	[ "$(try tcp 10.9.0.10 10.9.0.1 22)" = passed ] || fail "the gateway itself cannot be reached ($1)"
}

expect_open()
{
	wait_until "$1" island_is no || fail "still an island: $(status_field island)"
	! hedate status | grep -q NOTHING || fail "hedate status: $(hedate status)"
	[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "not forwarded, and no island"
}

gateway_input='input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; } );'
EPOCH=1 LOG_KEYS='on_log_failure = "island";' lab_up "$(lab_path P1 my lg https)" "$gateway_input"
# There was no table: it began as an island, until the recorder told that it can write.
expect_open 50

stream_open cut 6 10.1.0.10 10.2.0.10 443 stall=2000
sleep 0.3
# More than fits.
block 10.3.0.21 1500
expect_island log-failed 100 'the log cannot be written'
stream_cut cut "$(now_ms)"
room 8m
expect_open 300

# Once more, and hedated dies: the kernel keeps the island, and so does the next hedated.
room "$(($(du -sk "$LOGS" | cut -f 1) + 300))k"
block 10.3.0.22 3000
expect_island log-failed 100 'the log cannot be written'
kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" != passed ] || fail "forwarded, when hedated was dead"
nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedated" -c "$WORK/lab.conf" -r "$RUN" \
	-l "$LOGS" -s "$STATE" --profiles "$POLICIES" --recorder "$PROGRAMS/hedate-logd" \
	>>"$WORK/hedated.out" 2>&1 &
HEDATED=$!
wait_until 50 hedate status
[ "$(status_field island)" != no ] || fail "another hedated, and no island"
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" != passed ] || fail "forwarded by another hedated"

room 32m
expect_open 300
check_equation
count=$(records 'select(."source.ip" == "10.3.0.22") | ."source.port"' | sort -u | wc -l)
[ "$count" = 3000 ] || fail "$count flows of 10.3.0.22 are on record"
[ -n "$(records 'select(."event.reason" == "island" and ."hedate.zone.source" == "mynumber" and
	."hedate.zone.destination" == "lgwan")')" ] || fail "what the island blocked is not on record"

# The policy may ask for it no more, or again.
lab_config "$(lab_path P1 my lg https)" "$gateway_input" >"$WORK/without.conf"
hedate apply "$WORK/without.conf" >/dev/null || fail "apply"
expect_open 10
hedate apply "$WORK/lab.conf" >/dev/null || fail "apply"
expect_open 10

# No recorder: after half a minute.
recorder_gone
expect_open 10
expect_island recorder-absent 450 'no recorder is there'
recorder_start
expect_open 100

said=$(records 'select(."event.action" | test("^island-")) |
	"\(."event.action") \(."hedate.island" // "")"' | tr -d '"')
say "$said"
for want in 'island-begin starting' 'island-begin log-failed' 'island-begin recorder-absent'; do
	grep -qxF "$want" <<<"$said" || fail "not on record: $want"
done
[ "$(grep -c '^island-end' <<<"$said")" -ge 4 ] || fail "not each end of it is on record"
finish
