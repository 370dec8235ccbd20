#!/bin/bash
# A zone's limit on new connections: what is more is blocked, counted and on record to the packet;
# connections that are open go on, other zones are left alone. An apply gives nothing back.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

PATHS=$(lab_paths \
	"$(lab_path P1 lgwan internet high)" \
	"$(lab_path P2 my in high)" \
	"$(lab_path P3 in lg high)")

# The lab's configuration with a limit in zone lgwan: limited_config "RATE PER BURST" [PATHS]
limited_config()
{
	local rate per burst
	read -r rate per burst <<<"$1"
	lab_config "${2:-$PATHS}" |
		sed "s/{ name = \"lgwan\";/& limit = { rate = $rate; per = \"$per\"; burst = $burst; };/"
}

blocked_by_limit()
{
	flush
	records 'select(."event.reason" == "limit") | ."network.packets"' | jq -s 'add // 0'
}

topology_up || die "the lab could not be built"
limited_config '1 hour 20' >"$WORK/lab.conf"
limited_config '1 hour 20' "$PATHS, $(lab_path P4 my lg ssh)" >"$WORK/more-paths.conf"
limited_config '1 hour 25' >"$WORK/larger.conf"
start_hedated "$WORK/lab.conf"
nft_gw list limits table inet hedate | grep -q 'rate over 1/hour burst 20 packets' ||
	fail "the kernel's limit: $(nft_gw list limits table inet hedate)"

# Two of the twenty, and what these connections go on to send counts for nothing.
stream_open tcp4 12 10.2.0.10 10.3.0.10 1025
stream_open tcp6 12 fd00:2::10 fd00:3::10 1025
# 300 connections at once, eighteen of which may be opened; then there is nothing left for IPv6.
flood four 10.2.0.11 10.3.0.10 1030 protocol=udp count=300 distinct=300 seconds=5 bytes=10
flood_end four
[ "$SENT $ARRIVED" = '300 18' ] || fail "of $SENT new connections $ARRIVED passed, not 18 of 300"
flood six fd00:2::11 fd00:3::10 1030 protocol=udp count=100 distinct=100 seconds=5 bytes=10
flood_blocked six
[ "$(kernel_count deny-limit-lgwan-internet)" = 382 ] ||
	fail "$(kernel_count deny-limit-lgwan-internet) packets on the counter, not 382"
[ "$(blocked_by_limit)" = 382 ] || fail "$(blocked_by_limit) packets on record, not 382"
wrong=$(records 'select(."event.reason" == "limit" and (."event.type" != "denied" or
	."hedate.zone.source" != "lgwan" or ."hedate.zone.destination" != "internet"))')
[ -z "$wrong" ] || fail "records: $wrong"

# Each by its own name; what no path permits is no matter of the limit. Into the zone is not out of
# it, and other zones have none.
plan limit:lgwan:internet over-tcp tcp 10.2.0.10 10.3.0.10 1026
plan limit:lgwan:internet over-tcp6 tcp fd00:2::10 fd00:3::10 1026
plan limit:lgwan:internet over-udp udp 10.2.0.10 10.3.0.10 1026
plan no-path:lgwan:internet no-path tcp 10.2.0.10 10.3.0.10 80
plan pass other-zone tcp 10.1.0.10 10.3.0.10 1026
plan pass other-zone-6 udp fd00:1::10 fd00:3::10 1026
plan pass into-the-zone tcp 10.3.0.10 10.2.0.10 1026
plan_check

# Another policy, the same limit: what was used up stays used up. Another limit is a new one.
hedate apply "$WORK/more-paths.conf" >/dev/null || fail "apply"
plan limit:lgwan:internet after-apply tcp 10.2.0.10 10.3.0.10 1027
plan pass new-path tcp 10.1.0.10 10.2.0.10 22
plan_check
hedate apply "$WORK/larger.conf" >/dev/null || fail "apply"
plan pass larger-limit tcp 10.2.0.10 10.3.0.10 1028
plan_check
stream_lived tcp4
stream_lived tcp6

hedate zones --json | jq -e '.zones[1].limit == {rate: 1, per: "hour", burst: 25} and
	(.zones[0] | has("limit") | not) and
	(.pairs[] | select(.from == "lgwan" and .to == "internet") | .blocked_packets >= 388)' \
	>/dev/null || fail "hedate zones --json: $(hedate zones --json)"
hedate zones | grep -q '^lgwan .* 1/hour burst 25 ' || fail "hedate zones: $(hedate zones)"
hedate log -d "$LOGS" --reason limit --json | jq -es 'length > 380' >/dev/null ||
	fail "hedate log --reason limit"
finish
