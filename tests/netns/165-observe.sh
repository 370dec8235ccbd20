#!/bin/bash
# A pair of zones that is only observed: what no path permits passes, in both families, and each flow
# is on record; whatever else is wrong with a packet still blocks it. Taken away, its connections are
# cut.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

OBSERVE='observe = ( { from = "lgwan"; to = "internet"; reason = "移行"; } );'
PATHS=$(lab_paths "$(lab_path P1 lg in https)" "$(lab_path P2 my lg https)")

topology_up || die "the lab could not be built"
{ lab_config "$PATHS" && echo "$OBSERVE"; } >"$WORK/lab.conf"
lab_config "$PATHS" >"$WORK/closed.conf"
lab_config "$PATHS, $(lab_path P3 lgwan internet ssh)" >"$WORK/ssh.conf"
start_hedated "$WORK/lab.conf"
# What passes has no mark any more.
nft_gw -f - <<'END'
table inet spy {
	counter marked {
	}
	chain after {
		type filter hook forward priority 10; policy accept;
		meta mark != 0 counter name marked
	}
}
END

for family in 4 6; do
	if [ $family = 4 ]; then
		lg=10.2.0.10 in=10.3.0.10 my=10.1.0.10
	else
		lg=fd00:2::10 in=fd00:3::10 my=fd00:1::10
	fi
	plan observed:lgwan:internet "tcp-$family" tcp $lg $in 80
	plan observed:lgwan:internet "udp-$family" udp $lg $in 53
	plan observed:lgwan:internet "echo-$family" echo $lg $in -
	plan observed:lgwan:internet "esp-$family" raw $lg $in - protocol=50
	plan pass "path-$family" tcp $lg $in 443
	# Every other pair is as it was, the other way as well.
	plan no-path:internet:lgwan "back-$family" tcp $in $lg 80
	plan no-path:mynumber:internet "other-$family" tcp $my $in 80
	plan no-path:lgwan:mynumber "other-to-$family" udp $lg $my 53
	# And so is what is wrong with a packet.
	plan invalid:lgwan:internet "ack-$family" raw $lg $in 81 flags=A
done
plan fragment:lgwan:unknown fragment-4 raw 10.2.0.10 10.3.0.10 82 protocol=udp fragment=first
plan extension:lgwan:internet extension raw fd00:2::10 fd00:3::10 82 extension=60
plan spoof:lgwan:unknown spoof raw 10.1.0.10 10.3.0.10 83 client=lgwan.a
plan input:lgwan:gateway input tcp 10.2.0.10 10.2.0.1 80
plan_check

# One record a flow, with its one first packet, and it is called what it was.
observed=$(records 'select(."event.reason" == "observed")')
jq -es 'length == 8 and all(.[]; ."event.type" == "allowed" and ."event.action" == "flow-observed" and
	."network.packets" == 1 and ."hedate.zone.source" == "lgwan" and
	."hedate.segment.destination" == "internet.a" and ."hedate.detail" == "full")' \
	<<<"$observed" >/dev/null || fail "records: $observed"
[ "$(hedate log -d "$LOGS" --reason observed --json | wc -l)" = 8 ] ||
	fail "hedate log --reason observed"
[ "$(kernel_count observe-lgwan-internet)" = 8 ] || fail "the kernel's counter"
[ "$(nft_gw -j list counter inet spy marked | jq '.nftables[].counter // empty | .packets')" = 0 ] ||
	fail "packets pass with a mark"

# It is hard to overlook.
[ "$(status_field observed | jq -c .)" = '["lgwan > internet"]' ] || fail "status --json"
hedate status | grep -q 'ONLY OBSERVED.*lgwan > internet.*PASSES' || fail "status: $(hedate status)"
hedate zones | grep -q 'ONLY OBSERVED (!): lgwan > internet' || fail "zones: $(hedate zones)"
hedate zones --json | jq -e '[.pairs[] | select(.only_observed) |
	[.from, .to, .observed_connections]] == [["lgwan", "internet", 8]]' >/dev/null ||
	fail "zones --json"
hedate check "$WORK/lab.conf" 2>&1 | grep -q 'warning: zone "lgwan" to zone "internet" is only observed' ||
	fail "check does not warn"

# Taken away: its connections end, in both families, those of a path go on; what a path permits by
# then goes on as well.
stream_open cut4 8 10.2.0.10 10.3.0.10 80 stall=2000
stream_open cut6 8 fd00:2::10 fd00:3::10 80 stall=2000
stream_open ssh 8 10.2.0.11 10.3.0.10 22
stream_open path 8 10.2.0.10 10.3.0.10 443
sleep 0.3
hedate apply "$WORK/ssh.conf" >/dev/null || fail "apply"
applied=$(now_ms)
stream_cut cut4 "$applied"
stream_cut cut6 "$applied"
stream_lived ssh
stream_lived path
flush
revoked=$(records 'select(."event.reason" == "revoked") |
	"\(."hedate.zone.source")>\(."hedate.zone.destination") \(."network.type")"' | sort -u | tr -d '"')
for want in 'lgwan>internet ipv4' 'lgwan>internet ipv6'; do
	grep -qxF "$want" <<<"$revoked" || fail "no record of $want, revoked: $revoked"
done
plan no-path:lgwan:internet now-closed tcp 10.2.0.10 10.3.0.10 80
plan pass now-a-path tcp 10.2.0.10 10.3.0.10 22
plan_check
[ "$(status_field observed | jq -c .)" = '[]' ] || fail "status --json, afterwards"
# What was counted is remembered, and both ends of it are events.
hedate zones --json | jq -e '[.pairs[] | select(.from == "lgwan" and .to == "internet")][0] |
	.observed_connections >= 8 and (.only_observed | not)' >/dev/null || fail "zones, afterwards"
events=$(records 'select(."event.action" | startswith("observe-")) |
	[."event.action", ."hedate.zone.source", ."hedate.zone.destination", ."hedate.observe.reason"]')
[ "$events" = '["observe-begin","lgwan","internet","移行"]
["observe-end","lgwan","internet",null]' ] || fail "events: $events"
finish
