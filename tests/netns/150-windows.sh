#!/bin/bash
# first
# Paths with windows: the end of a window cuts open connections on time, with hedated alive and with
# hedated killed; a window that begins opens; what is closed is blocked and recorded as "expired";
# an unchanged path's connections go on through a reload. IPv4, IPv6, and the gateway itself.
#
# Windows begin and end with a minute of local time. So that nobody has to wait for one, the local
# time is that of a place whose clock is some odd seconds away, where a minute ends when the test
# wants it to.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

[ "${KEEP:-}" != 1 ] || skip "would hide this host's time zones"
PATH=$PATH:/usr/sbin command -v zic >/dev/null || skip "needs zic, of the C library's programs"
mount -t tmpfs -o mode=755 zones /usr/share/zoneinfo || die "no time zones of our own"

# A time zone named $1 where a minute begins in $2 seconds: then it is TURN (ms since 1970), and local
# time is TURN_MINUTE minutes after midnight.
make_zone()
{
	local second=$((EPOCHSECONDS + $2)) offset
	offset=$((9 * 3600 + (60 - second % 60) % 60))
	TURN=$((second * 1000))
	TURN_MINUTE=$(((second + offset) / 60 % 1440))
	printf 'Zone %s %d:%02d:%02d - TST\n' "$1" $((offset / 3600)) $((offset / 60 % 60)) \
		$((offset % 60)) >"$WORK/$1.zone"
	PATH=$PATH:/usr/sbin zic -d /usr/share/zoneinfo "$WORK/$1.zone" || die "zic"
}

# The minute of the day so many minutes after the turn, as a time.
clock()
{
	local minute=$(((TURN_MINUTE + $1 + 1440) % 1440))
	printf '%02d:%02d' $((minute / 60)) $((minute % 60))
}

# A path that is open from so many minutes after the turn until so many: timed NAME FROM TO SERVICE
# MINUTE MINUTE.
timed()
{
	printf '{ name = "%s"; from = "%s"; to = "%s"; service = "%s"; reason = "試験";
		windows = ( { days = "daily"; from = "%s"; until = "%s"; } ); }' \
		"$1" "$2" "$3" "$4" "$(clock "$5")" "$(clock "$6")"
}

# The configuration around a turn, in zone $1.
config()
{
	lab_config "$(lab_paths \
		"$(timed ENDS my lg https -60 0)" \
		"$(timed BEGINS my lg ssh 0 60)" \
		"$(timed STAYS in lg https -60 60)" \
		"$(timed PING my in ping -60 0)" \
		"$(lab_path ALWAYS my in https)")" "input = ( { name = \"H1\"; from = \"mg\";
		service = \"ssh\"; reason = \"管理\"; windows = ( { days = \"daily\";
		from = \"$(clock -60)\"; until = \"$(clock 0)\"; } ); } );" |
		sed "1s/name = /time_zone = \"$1\"; name = /"
}

# The stream was cut when it was TURN: it had answers until then.
cut_in_time()
{
	local last
	stream_cut "$1" "$TURN"
	last=$(sed -n 's/.* last \([0-9]*\) .*/\1/p' <<<"$RESULT")
	[ "${last:-0}" -gt $((TURN - 1500)) ] || fail "connection $1 was cut too early"
}

open_streams()
{
	stream_open "$1-ends4" 60 10.1.0.10 10.2.0.10 443 stall=2000
	stream_open "$1-ends6" 60 fd00:1::10 fd00:2::10 443 stall=2000
	stream_open "$1-admin" 60 10.9.0.10 10.9.0.1 22 stall=2000
	stream_open "$1-stays" 26 10.3.0.10 10.2.0.10 443
	stream_open "$1-always" 26 fd00:1::10 fd00:3::10 443
}

wait_turn()
{
	local left=$((TURN - $(now_ms)))
	[ "$left" -gt 0 ] || fail "the turn came $((-left)) ms too early for this test"
	sleep $(((left > 0 ? left : 0) / 1000 + 2))
}

# ---- with hedated ----

topology_up || die "the lab could not be built"
make_zone One 18
config One >"$WORK/one.conf"
start_hedated "$WORK/one.conf"
open_streams a
plan pass before4 tcp 10.1.0.10 10.2.0.10 443
plan pass before6 tcp fd00:1::10 fd00:2::10 443
plan pass before-ping echo 10.1.0.10 10.3.0.10 -
plan expired:mynumber:lgwan before-closed4 tcp 10.1.0.10 10.2.0.10 22
plan expired:mynumber:lgwan before-closed6 tcp fd00:1::10 fd00:2::10 22
plan_check
# What hedate says of a path until the turn: shows NAME OPEN.
shows()
{
	hedate paths --json | jq -e --arg name "$1" --argjson open "$2" --arg until "$(clock 0)" '
		.paths[] | select(.name == $name) | .open == $open and .until[11:16] == $until' \
		>/dev/null || fail "hedate paths, $1: $(hedate paths --json | jq -c '.paths[]')"
}
shows ENDS true
shows BEGINS false
hedate paths | grep -q "BEGINS.*closed until .* $(clock 0)" || fail "hedate paths: $(hedate paths)"
hedate check "$WORK/one.conf" 2>/dev/null | grep -q "ENDS.* open until .* $(clock 0)" ||
	fail "hedate check"
hedate zones | grep -qx 'mynumber > lgwan: 1 of 2 paths closed at this time' || fail "hedate zones"
hedate zones --json | jq -e '[.pairs[] | select(.closed_paths == 1)] | length == 1' >/dev/null ||
	fail "hedate zones --json"

# Read again, with one more path: what is open stays so.
config One | sed 's/^paths = ( /&'"$(lab_path MORE lg in https)"', /' >"$WORK/more.conf"
hedate apply "$WORK/more.conf" >/dev/null || fail "apply"
[ "$(hedate status --json | jq -r .state)" = enforcing ] || fail "status before the turn"
wait_turn
[ "$(hedate status --json | jq -r .state)" = enforcing ] || fail "status after the turn"
for id in a-ends4 a-ends6 a-admin; do
	cut_in_time $id
done
plan expired:mynumber:lgwan after4 tcp 10.1.0.10 10.2.0.10 443
plan expired:mynumber:lgwan after6 tcp fd00:1::10 fd00:2::10 443
plan expired:mynumber:internet after-ping echo 10.1.0.10 10.3.0.10 -
plan expired:management:gateway after-admin tcp 10.9.0.10 10.9.0.1 22
plan pass after-begun4 tcp 10.1.0.10 10.2.0.10 22
plan pass after-begun6 tcp fd00:1::10 fd00:2::10 22
plan_check
stream_lived a-stays
stream_lived a-always

# Connections that were cut, both ways, are on record as well, and so are the paths.
flush
for want in mynumber lgwan management gateway; do
	records "select(.\"event.reason\" == \"expired\" and .\"hedate.zone.source\" == \"$want\")" |
		grep -q . || fail "no record from $want, expired"
done
for want in 'path-closed ENDS' 'path-open BEGINS' 'path-closed PING' 'path-closed H1'; do
	records 'select(."event.action" | test("^path-")) |
		"\(."event.action") \(."hedate.path")"' | tr -d '"' | grep -qxF "$want" ||
		fail "no event: $want"
done
records 'select(."event.action" | test("^path-|timetable")) | "\(."event.action") \(.message)"'

# ---- with hedated killed ----

make_zone Two 12
config Two >"$WORK/two.conf"
hedate apply "$WORK/two.conf" >/dev/null || fail "apply"
open_streams b
kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "enforcer dead, before the turn"
wait_turn
for id in b-ends4 b-ends6 b-admin; do
	cut_in_time $id
done
[ "$(try tcp 10.1.0.10 10.2.0.10 443 wait=600)" = blocked ] || fail "enforcer dead: it ends"
[ "$(try tcp fd00:1::10 fd00:2::10 22 wait=600)" = blocked ] || fail "enforcer dead: none begins"
recorder_gone
start_hedated "$WORK/two.conf"
[ "$(try tcp fd00:1::10 fd00:2::10 443 wait=600)" = blocked ] || fail "started again: it has ended"
[ "$(try tcp 10.1.0.10 10.2.0.10 22)" = passed ] || fail "started again: one has begun"
stream_lived b-stays
stream_lived b-always
# What is left of an hour, not an hour.
left=$(nft_gw -j list set inet hedate active-timed |
	jq '[.nftables[].set.elem? // [] | .[].elem.expires] | max')
say "$left s left"
if [ "$left" -lt 3500 ] || [ "$left" -gt 3598 ]; then
	fail "$left s left of an hour"
fi
# What the end of a window cut is on record as that, too.
records 'select(."event.action" == "cut" and ."hedate.why" == "time")' | grep -q . ||
	fail "no record of connections that the end of a window cut"
finish
