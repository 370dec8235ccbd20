#!/bin/bash
# Assertions: what "hedate check" says of each packet is what the kernel does with it; a change that
# breaks one is refused with exit status 4, the rules and connections that are there go on, and the
# log tells of it.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

assertion()
{
	printf '  { name = "%s"; must = "%s"; from = "%s"; to = "%s"; service = "%s"; %s},\n' "$@"
}
asserted="assertions = (
$(assertion A1 pass my lg https '')
$(assertion A2 pass bound in high '')
$(assertion A3 pass far my ping '')
$(assertion A4 pass mg gateway ssh '')
$(assertion A5 pass gateway mg syslog '')
$(assertion B1 block in my https '')
$(assertion B2 block my lg ssh '')
$(assertion B3 block bound in high 'mac = "00:00:5e:00:53:61"; ')
$(assertion B4 block lg gateway ssh '')
$(assertion B5 block gateway lg syslog '')
$(assertion B6 block my far ping '')
  { name = \"B7\"; must = \"block\"; from = \"my\"; to = \"world\"; service = [ \"https\", \"high\" ]; }
);"
kept="$(lab_paths "$(lab_path P2 bound in high)" "$(lab_path P3 far my ping)")"
first=$(lab_path P1 my lg https)
gateway='input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; } );
output = ( { name = "H2"; to = "mg"; service = "syslog"; reason = "管理"; } );'

# config PATHS: with the assertions; the hosts that only they name are kept.
config()
{
	lab_config "$1" "$gateway /* \"world\" \"lg\" \"https\" */"
	printf '%s\n' "$asserted"
}

topology_up || die "the lab could not be built"
config "$first, $kept" >"$WORK/lab.conf"
EPOCH=3600
start_hedated "$WORK/lab.conf"

# Each assertion is held against real packets: what it met is what they meet.
hedate check --json "$WORK/lab.conf" >"$WORK/checked" || fail "check: $(cat "$WORK/checked")"
met()
{
	local found
	found=$(jq -r ".assertions[] | select(.name == \"$1\") | \"\(.result) \(.met)\"" <"$WORK/checked")
	[ "$found" = "holds $2" ] || fail "assertion $1: $found, not: holds $2"
}
met A1 'path P1' && plan pass A1-4 tcp 10.1.0.10 10.2.0.10 443
plan pass A1-6 tcp fd00:1::10 fd00:2::10 443
met A2 'path P2' && plan pass A2-first tcp 10.1.0.60 10.3.0.10 1024
plan pass A2-last udp fd00:1::60 fd00:3::10 2047
met A3 'path P3' && plan pass A3 echo 10.200.0.10 10.1.0.10 -
met A4 'path H1' && plan pass A4 tcp 10.9.0.10 10.9.0.1 22
met A5 'path H2' && plan pass A5 tcp 10.9.0.1 10.9.0.10 6514
met B1 'no-path internet mynumber' && plan no-path:internet:mynumber B1 tcp 10.3.0.10 10.1.0.10 443
met B2 'no-path mynumber lgwan' && plan no-path:mynumber:lgwan B2 tcp fd00:1::10 fd00:2::10 22
met B3 'device mynumber.a unknown' && plan device:mynumber:unknown B3 raw 10.1.0.60 10.3.0.10 1024 \
	protocol=tcp flags=S from-mac=00:00:5e:00:53:61
met B4 'input lgwan gateway' && plan input:lgwan:gateway B4 tcp 10.2.0.10 10.2.0.1 22
met B5 'output gateway lgwan' && plan output:gateway:lgwan B5 tcp 10.2.0.1 10.2.0.10 6514
met B7 'no-path mynumber internet' && plan no-path:mynumber:internet B7 tcp 10.1.0.10 198.51.100.9 443
plan_check
# By itself: an answer to A3 would be taken for it.
met B6 'no-path mynumber lgwan' && plan no-path:mynumber:lgwan B6 echo 10.1.0.10 10.200.0.10 -
plan_check

stream_open stays 4 10.1.0.10 10.2.0.10 443
in_ns unknown ip link set eth0 down
nft_gw list ruleset | sed 's/packets [0-9]* bytes [0-9]*//' >"$WORK/before"

# refused NAME PATHS MESSAGE: by check, and by apply with an open connection.
refused()
{
	local command status
	config "$2" >"$WORK/bad.conf"
	for command in check apply; do
		hedate $command "$WORK/bad.conf" >"$WORK/out" 2>&1
		status=$?
		[ $status = 4 ] || fail "$1: hedate $command: exit status $status"
		grep -qE -- "bad.conf:[0-9]+:[0-9]+: error: assertion $3" "$WORK/out" ||
			fail "$1: hedate $command says: $(cat "$WORK/out")"
	done
}
refused "a path is gone" "$kept" '"A1": it must pass, but tcp 443 from 10.1.0.10 to 10.2.0.10 is blocked: reason "no-path", from mynumber to lgwan'
refused "a path too many" "$first, $kept, $(lab_path P9 in my all-tcp)" \
	'"B1": it must be blocked, but tcp 443 from 10.3.0.10 to 10.1.0.10 passes: path "P9" on line [0-9]+ permits it'
refused "a path too wide" "$first, $kept, $(lab_path P9 my far ping), $(lab_path P8 my lgwan ssh)" \
	'"B2": it must be blocked'
grep -q '"B6": it must be blocked, but icmp' "$WORK/out" || fail "not all in one run: $(cat "$WORK/out")"
grep -q '2 of 12 assertions do not hold; nothing changed' "$WORK/out" ||
	fail "apply does not say how many: $(cat "$WORK/out")"

# The daemon's own file, read again.
cp "$WORK/lab.conf" "$WORK/good.conf"
cp "$WORK/bad.conf" "$WORK/lab.conf"
kill -HUP "$HEDATED"
wait_until 200 grep -q 'was read again and not put in place' "$WORK/hedated.out" ||
	fail "SIGHUP: $(cat "$WORK/hedated.out")"

nft_gw list ruleset | sed 's/packets [0-9]* bytes [0-9]*//' >"$WORK/after"
diff "$WORK/before" "$WORK/after" | head -n 5
cmp -s "$WORK/before" "$WORK/after" || fail "the kernel's rule set changed"
stream_lived stays
plan pass still tcp 10.1.0.10 10.2.0.10 443
plan no-path:internet:mynumber shut tcp 10.3.0.10 10.1.0.10 443
plan_check

# On record: what was refused and what was put in place, with how many were tried.
cp "$WORK/good.conf" "$WORK/lab.conf"
hedate apply "$WORK/lab.conf" >"$WORK/out" 2>&1 || fail "apply: $(cat "$WORK/out")"
grep -qx 'assertions that hold: 12' "$WORK/out" || fail "apply says: $(cat "$WORK/out")"
flush
# Events come on their own way, and soon.
# For wait_until.
# shellcheck disable=SC2317
has()
{
	records 'select(."event.action" | test("^apply")) | del(."@timestamp")' >"$WORK/events"
	[ "$(jq -s "[.[] | select(tojson | contains(\"$1\"))] | length" <"$WORK/events")" = "$2" ]
}
told()
{
	wait_until 200 has "$1" "$2" || fail "not $2 events with $1: $(cat "$WORK/events")"
}
told 'an assertion does not hold; nothing changed' 4
told '\"hedate.assertions\":\"12\"' 6
told '\"hedate.assertions_failed\":\"2\",\"hedate.assertions_broken\":\"B2 B6\"' 2

# A start with such a configuration, where nothing was confirmed before, puts nothing in place.
kill -TERM "$HEDATED"
wait "$HEDATED" || fail "hedated, ended by SIGTERM: exit status $?"
mkdir "$WORK/first"
cp "$WORK/bad.conf" "$WORK/first/"
in_ns gw "$PROGRAMS/hedated" -c "$WORK/first/bad.conf" -r "$RUN" -s "$STATE" >"$WORK/out" 2>&1
status=$?
[ $status = 4 ] || fail "hedated: exit status $status: $(cat "$WORK/out")"
[ "$(try tcp 10.3.0.10 10.1.0.10 443 wait=600)" = blocked ] || fail "forbidden, without a daemon"
start_hedated "$WORK/lab.conf"
finish
