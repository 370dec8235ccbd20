#!/bin/bash
# Withdrawing a path cuts its open connections at once, with reason "revoked"; connections that the
# new policy permits by the same or by another path go on.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

gateway_input='input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; } );'
lab_up "$(lab_paths \
	"$(lab_path P1 my lg https)" \
	"$(lab_path P2 my lg ssh)" \
	"$(lab_path P3 my in https)" \
	"$(lab_path P4 in lg https)")" "$gateway_input"
# P1 and the administrator's own path are gone; P2 is part of another path now; P3 has another name
# and reason; P4 stays as it is.
lab_config "$(lab_paths \
	"$(lab_path R2 mynumber lg ssh)" \
	"$(lab_path R3 my in https)" \
	"$(lab_path P4 in lg https)")" >"$WORK/tight.conf"

stream_open gone4 6 10.1.0.10 10.2.0.10 443 stall=2000
stream_open gone6 6 fd00:1::10 fd00:2::10 443 stall=2000
stream_open admin 6 10.9.0.10 10.9.0.1 22 stall=2000
stream_open changed4 6 10.1.0.10 10.2.0.10 22
stream_open changed6 6 fd00:1::10 fd00:2::10 22
stream_open renamed 6 10.1.0.10 10.3.0.10 443
stream_open same 6 10.3.0.10 10.2.0.10 443
sleep 0.3
hedate apply "$WORK/tight.conf" || fail "apply"
applied=$(now_ms)
for id in gone4 gone6 admin; do
	stream_cut $id "$applied"
done
for id in changed4 changed6 renamed same; do
	stream_lived $id
done

flush
# Both directions of what was cut, and of nothing else.
revoked=$(records 'select(."event.reason" == "revoked") |
	"\(."hedate.zone.source")>\(."hedate.zone.destination") \(."network.type")"' | sort -u | tr -d '"')
say "$revoked"
for want in 'mynumber>lgwan ipv4' 'mynumber>lgwan ipv6' 'management>gateway ipv4'; do
	grep -qxF "$want" <<<"$revoked" || fail "no record of $want, revoked"
done
wrong=$(records 'select(."event.reason" == "revoked" and
	([."source.port", ."destination.port"] | index(443) == null) and
	(."hedate.zone.source" | test("management|gateway") | not))')
[ -z "$wrong" ] || fail "revoked: $wrong"

# What is gone stays gone for new connections, and may come back.
plan no-path:mynumber:lgwan after tcp 10.1.0.10 10.2.0.10 443
plan input:management:gateway after-admin tcp 10.9.0.10 10.9.0.1 22
plan_check
hedate apply "$WORK/lab.conf" || fail "apply"
plan pass back tcp 10.1.0.10 10.2.0.10 443
plan_check
finish
