#!/bin/bash
# first
# hedate isolate, quarantine, release: with real packets of every kind, open connections, hedated
# hung, dead, started again, and changed policies. Who did it and why is on record in every case.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"

# Root at the console: isolate|quarantine|release|isolated ... in the gateway's namespace.
console()
{
	in_ns gw "$BUILD/hedate" -r "$RUN" "$1" -c "$WORK/lab.conf" "${@:2}"
}

# The same, which must succeed within 5 seconds; how long it took is only told.
done_in()
{
	local begin
	begin=$(now_ms)
	timeout 5 nsenter --net=/run/netns/"${TOPOLOGY}gw" "$BUILD/hedate" -r "$RUN" "$1" \
		-c "$WORK/lab.conf" "${@:2}" >"$WORK/out" 2>&1 ||
		fail "$*: status $?: $(cat "$WORK/out")"
	say "$*: $(($(now_ms) - begin)) ms"
}

# expect WHEN passed|blocked KIND ...
expect()
{
	local wait=
	[ "$2" = passed ] || wait=wait=700
	tries "$1" "${*:2} $wait"
}

# Permitted traffic of every kind from zone mynumber, and towards it.
all_kinds()
{
	local wait=
	[ "$2" = passed ] || wait=wait=700
	tries "$1" "$2 tcp 10.1.0.10 10.2.0.10 443 $wait" "$2 tcp fd00:1::10 fd00:2::10 443 $wait" \
		"$2 udp 10.1.0.10 10.2.0.10 1500 $wait" "$2 udp fd00:1::10 fd00:2::10 1500 $wait" \
		"$2 echo 10.1.0.10 10.2.0.10 - $wait" "$2 echo fd00:1::10 fd00:2::10 - $wait" \
		"$2 raw 10.1.0.10 10.2.0.10 - protocol=47 $wait" \
		"$2 tcp 10.2.0.10 10.1.0.10 443 $wait" "$2 tcp fd00:2::10 fd00:1::10 443 $wait"
}

others_pass()
{
	tries "$1" 'passed tcp 10.3.0.10 10.2.0.10 443' 'passed tcp fd00:3::10 fd00:2::10 443'
}

# For wait_until.
# shellcheck disable=SC2317
recorded()
{
	flush
	[ "$(records "select($1)" | wc -l)" -ge "${2:-1}" ]
}

paths="$(lab_paths "$(lab_path P1 my lg https)" "$(lab_path P2 my lg high)" \
	"$(lab_path P3 my lg ping)" "$(lab_path P4 my lg gre)" "$(lab_path P5 lg my https)" \
	"$(lab_path P6 in lg https)" "$(lab_path P7 bound in https)")"
gateway_input='input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; },
	{ name = "H2"; from = "my"; service = "ssh"; reason = "管理"; } );'
EPOCH=1 lab_up "$paths" "$gateway_input"
all_kinds before passed
others_pass before

# A zone, with open connections. -----------------------------------------------------------------
stream_open cut4 8 10.1.0.10 10.2.0.10 443 stall=2000
stream_open cut6 8 fd00:1::10 fd00:2::10 443 stall=2000
stream_open stays 8 10.3.0.10 10.2.0.10 443
sleep 0.3
done_in isolate mynumber --reason '不審な通信'
at=$(now_ms)
grep -q 'physical' "$WORK/out" || fail "says nothing of a physical disconnection: $(cat "$WORK/out")"
all_kinds "zone isolated" blocked
others_pass "zone isolated"
expect "zone isolated, to the gateway" blocked tcp 10.1.0.10 10.1.0.1 22
stream_cut cut4 "$at"
stream_cut cut6 "$at"
stream_lived stays
wait_until 200 recorded '."event.action" == "isolate"' 2 || fail "not on record"
[ "$(records 'select(."event.action" == "isolate") | [."hedate.isolation.target",
	."hedate.isolation.zone", ."hedate.user", ."hedate.reason"] | join(" ")' | sort | tr '\n' ' ')" = \
	'"my0 mynumber root 不審な通信" "my1 mynumber root 不審な通信" ' ] ||
	fail "on record: $(records 'select(."event.action" == "isolate")')"
[ "$(console isolated --json | jq '[.entries[] | select(.in_force) | .target] | length')" = 2 ] ||
	fail "hedate isolated: $(console isolated)"
[ "$(console isolated --json | jq '[.entries[].packets] | add')" -gt 10 ] || fail "nothing is counted"

# Every way that hedated changes its own table leaves it alone.
hedate apply >/dev/null || fail "apply"
flush || fail "flush"
lab_config "$paths, $(lab_path P8 lg in https)" "$gateway_input" >"$WORK/more.conf"
hedate apply "$WORK/more.conf" >/dev/null || fail "apply another policy"
kill -HUP "$HEDATED"
expect "after applies" blocked tcp 10.1.0.10 10.2.0.10 443
[ "$(status_field isolated)" = 2 ] || fail "status: $(hedate status)"
hedate status | grep -q ISOLATED || fail "status does not show it"
hedate metrics | grep -qx 'hedate_isolated 2' || fail "metrics: $(hedate metrics | grep isolated)"

# The zone gets an interface: that is isolated as well.
sed -i 's,{ name = "b"; interface = "my1",{ name = "c"; interface = "un0"; networks = [ "10.8.0.0/24" ]; }\,\n    &,' \
	"$WORK/more.conf"
hedate apply "$WORK/more.conf" >/dev/null || fail "apply with another interface"
[ "$(console isolated --json | jq -r '[.entries[].target] | sort | join(" ")')" = "my0 my1 un0" ] ||
	fail "the zone's new interface is not isolated: $(console isolated)"
hedate apply "$WORK/lab.conf" >/dev/null || fail "apply the first again"
done_in release mynumber --reason '確認済み'
all_kinds released passed
wait_until 200 recorded '."event.action" == "release" and (."hedate.isolation.packets" | tonumber) > 10' ||
	fail "the release is not on record: $(records 'select(."event.action" == "release")')"

# Interface, address, network, device. -----------------------------------------------------------
done_in isolate my0 --reason x
all_kinds "interface isolated" blocked
done_in release my0 --reason x
done_in isolate 10.1.0.10 --reason x
expect "address isolated" blocked tcp 10.1.0.10 10.2.0.10 443
expect "address isolated" blocked tcp 10.2.0.10 10.1.0.10 443
expect "address isolated, the other family" passed tcp fd00:1::10 fd00:2::10 443
done_in isolate fd00:1::/64 --reason x
expect "network isolated" blocked tcp fd00:1::10 fd00:2::10 443
expect "network isolated" blocked udp fd00:1::10 fd00:2::10 1500
others_pass "network isolated"
# One within the other, each with its own count.
done_in isolate 10.1.0.0/24 --reason x
done_in release 10.1.0.0/24 --reason x
expect "the inner one stays" blocked tcp 10.1.0.10 10.2.0.10 443
done_in release --all --reason x
all_kinds "all released" passed
nft_gw list table inet hedate-isolate >/dev/null 2>&1 && fail "an empty table stays"
stream_open device 8 10.1.0.60 10.3.0.10 443 stall=2000
sleep 0.3
done_in quarantine 00:00:5e:00:53:60 --reason x
at=$(now_ms)
grep -qx '  10.1.0.60' "$WORK/out" || fail "its address is not told: $(cat "$WORK/out")"
grep -q '10.1.0.10' "$WORK/out" && fail "another's address is told: $(cat "$WORK/out")"
expect "device" blocked tcp 10.1.0.60 10.3.0.10 443
expect "another device" passed tcp 10.1.0.10 10.2.0.10 443
stream_cut device "$at"
done_in release 00-00-5E-00-53-60 --reason x
expect "device released" passed tcp 10.1.0.60 10.3.0.10 443

# hedated hangs. ------------------------------------------------------------------------------------
kill -STOP "$HEDATED"
done_in isolate lgwan --reason 'hedated hangs'
expect "hedated hangs" blocked tcp 10.3.0.10 10.2.0.10 443
done_in isolated
done_in release lgwan --reason 'it goes on'
expect "hedated hangs, released" passed tcp 10.3.0.10 10.2.0.10 443
kill -CONT "$HEDATED"
wait_until 200 recorded '."hedate.reason" == "it goes on"' || fail "what was done meanwhile is not on record"

# It is dead. ---------------------------------------------------------------------------------------
kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
done_in isolate mynumber --reason 'hedated is dead'
all_kinds "hedated dead" blocked
done_in isolate 10.3.0.10 --reason 'for a moment'
expect "hedated dead" blocked tcp 10.3.0.10 10.2.0.10 443
done_in release 10.3.0.10 --reason 'over'
recorder_gone
start_hedated "$WORK/lab.conf"
all_kinds "hedated again" blocked
others_pass "hedated again"
for reason in 'hedated is dead' 'for a moment' 'over'; do
	wait_until 200 recorded ".\"hedate.reason\" == \"$reason\"" || fail "not on record: $reason"
done
[ "$(records 'select(."hedate.reason" == "over") | ."hedate.isolation.packets" | tonumber > 0')" = true ] ||
	fail "what did not pass is not on record"
stop_hedated
start_hedated "$WORK/lab.conf"
flush
[ "$(records 'select(."hedate.reason" == "over")' | wc -l)" = 1 ] || fail "on record twice"
all_kinds "after a restart" blocked

# Somebody takes the table away. ---------------------------------------------------------------------
nft_gw delete table inet hedate-isolate
wait_until 200 recorded '."event.action" == "isolation-restored"' || fail "not put there again"
all_kinds "table taken away" blocked

# Not root. --------------------------------------------------------------------------------------
as sato release mynumber --reason '係長の指示' >"$WORK/out" 2>&1 || fail "operator: $(cat "$WORK/out")"
all_kinds "released by an operator" passed
as suzuki isolate mynumber --reason x >"$WORK/out" 2>&1 || fail "approver: $(cat "$WORK/out")"
all_kinds "isolated by an approver" blocked
for who in suzuki tanaka watanabe; do
	as $who release mynumber --reason x >"$WORK/out" 2>&1
	[ $? = 1 ] || fail "$who may release: $(cat "$WORK/out")"
	as $who isolated --json | jq -e '.entries | length > 1' >/dev/null || fail "$who may not look"
done
for who in tanaka watanabe; do
	as $who isolate 10.3.0.10 --reason x >"$WORK/out" 2>&1
	[ $? = 1 ] || fail "$who may isolate: $(cat "$WORK/out")"
done
as sato isolate nosuch --reason x >"$WORK/out" 2>&1
[ $? = 2 ] || fail "a name that there is not: $(cat "$WORK/out")"
wait_until 200 recorded '."hedate.user" == "sato" and ."hedate.reason" == "係長の指示"' || fail "who: not on record"
as sato release --all --reason x >/dev/null || fail "release --all"

# What is wrong is said, and changes nothing. ------------------------------------------------------
refused()
{
	local status=$1 word=$2
	shift 2
	console "$@" >"$WORK/out" 2>&1
	[ $? = "$status" ] || fail "$*: status not $status: $(cat "$WORK/out")"
	grep -q -- "$word" "$WORK/out" || fail "$*: does not say \"$word\": $(cat "$WORK/out")"
}
refused 2 'did you mean "mynumber"' isolate mynumbr --reason x
refused 2 'there is no zone' isolate nosuch0 --reason x
refused 2 '10.1.0.0/24' isolate 10.1.0.7/24 --reason x
refused 2 'neither a MAC' quarantine mynumber --reason x
refused 2 'is not isolated' release mynumber --reason x
refused 2 'is needed' isolate mynumber
refused 2 'one line' isolate mynumber --reason $'a\nb'
refused 2 'Try' isolate --reason x
refused 2 'either' release mynumber --all --reason x
# The list cannot be read: it is isolated all the same, and nothing that was is lost.
done_in isolate 10.3.0.10 --reason x
sed -i '2s,interface,interfac,' "$WORK/isolated/entries"
refused 1 'broken at line 2' isolated
refused 1 'broken at line 2' isolate mynumber --reason x
all_kinds "list broken" blocked
expect "list broken, from before" blocked tcp 10.3.0.10 10.2.0.10 443
refused 1 'not in the list' release mynumber --reason x
expect "list broken, from before" blocked tcp 10.3.0.10 10.2.0.10 443
[ -e "$WORK/isolated/entries.broken" ] || fail "the broken list is gone"
done_in release --all --reason x
all_kinds "all released" passed
others_pass "all released"
# It cannot be written: isolated all the same, and said.
mount -t tmpfs -o size=4k,mode=0755 full "$WORK/isolated" || die "no small file system"
head -c 8000 /dev/zero >"$WORK/isolated/full" 2>/dev/null
refused 1 'not on disk' isolate 10.3.0.10 --reason x
expect "disk full" blocked tcp 10.3.0.10 10.2.0.10 443
umount "$WORK/isolated"
done_in release --all --reason x
others_pass "at the end"

# The most that there can be, and what it costs to add one more. ---------------------------------
for i in {1..255}; do
	console isolate "192.0.2.$i" --reason x >"$WORK/out" 2>&1 ||
		fail "isolate 192.0.2.$i: status $?: $(cat "$WORK/out")"
done
done_in isolate 198.51.100.9 --reason x
refused 1 'no more is possible' isolate 198.51.100.10 --reason x
others_pass "256 entries"
done_in release --all --reason x
finish
