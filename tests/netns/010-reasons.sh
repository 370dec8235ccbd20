#!/bin/bash
# Every reason that a packet can be blocked for, from each zone, in both families, with the right
# reason and zones in its record.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

declare -A FOUR=([mynumber]=10.1.0.10 [lgwan]=10.2.0.10 [internet]=10.3.0.10 [management]=10.9.0.10)
declare -A SIX=([mynumber]=fd00:1::10 [lgwan]=fd00:2::10 [internet]=fd00:3::10
	[management]=fd00:9::10)
declare -A GATEWAY4=([mynumber]=10.1.0.1 [lgwan]=10.2.0.1 [internet]=10.3.0.1)
declare -A GATEWAY6=([mynumber]=fd00:1::1 [lgwan]=fd00:2::1 [internet]=fd00:3::1)
ZONES='mynumber lgwan internet'

# Between zones: TCP, UDP, echo, other protocols; TCP that does not begin with a SYN.
for from in $ZONES management; do
	for to in $ZONES management; do
		[ "$from" != "$to" ] || continue
		for family in 4 6; do
			if [ $family = 4 ]; then
				source=${FOUR[$from]} destination=${FOUR[$to]}
			else
				source=${SIX[$from]} destination=${SIX[$to]}
			fi
			id=$from-$to-$family
			plan "no-path:$from:$to" "tcp-$id" tcp "$source" "$destination" 80
			plan "no-path:$from:$to" "udp-$id" udp "$source" "$destination" 80
			plan "no-path:$from:$to" "echo-$id" echo "$source" "$destination" -
			plan "no-path:$from:$to" "esp-$id" raw "$source" "$destination" - protocol=50
			plan "no-path:$from:$to" "253-$id" raw "$source" "$destination" - protocol=253
			for flags in A SA F R FSRPAU; do
				plan "invalid:$from:$to" "$flags-$id" raw "$source" "$destination" 81 \
					flags=$flags
			done
		done
	done
done

# Inside a zone that is closed inside.
plan no-path:mynumber:mynumber inside-4 tcp 10.1.0.10 10.1.1.10 443
plan no-path:mynumber:mynumber inside-6 tcp fd00:1::10 fd00:1:1::10 443

# A source of another segment, of no segment, of the gateway; a bound address from another MAC.
for from in $ZONES; do
	for source in 10.9.0.10 10.8.0.10 127.0.0.1 "${GATEWAY4[$from]}"; do
		[ "$from-$source" != internet-10.8.0.10 ] || continue # it has the rest of the world
		[ "$source" != "${GATEWAY4[$from]}" ] || continue
		plan "spoof:$from:unknown" "spoof-$from-$source" raw "$source" 10.2.0.11 82 \
			"client=$from.a"
	done
	plan "spoof:$from:unknown" "spoof6-$from" raw fd00:9::10 fd00:2::11 82 "client=$from.a"
done
plan spoof:mynumber:unknown spoof-established raw 10.2.0.10 10.3.0.10 443 client=mynumber.a flags=A
plan device:mynumber:unknown device-4 raw 10.1.0.60 10.2.0.10 444 client=mynumber.a
plan device:mynumber:unknown device-6 raw fd00:1::60 fd00:2::10 444 client=mynumber.a
plan device:mynumber:unknown device-udp raw 10.1.0.60 10.2.0.10 53 client=mynumber.a protocol=udp
plan pass device-right tcp 10.1.0.60 10.2.0.10 443
plan pass device-right-6 tcp fd00:1::60 fd00:2::10 443

# An interface that is in no zone: from it, and to it.
plan interface:unknown:unknown interface-from-4 tcp 10.8.0.10 10.2.0.10 443
plan interface:unknown:unknown interface-from-6 tcp fd00:8::10 fd00:2::10 443
plan interface:unknown:unknown interface-from-gateway tcp 10.8.0.10 10.8.0.1 22
plan interface:gateway:unknown interface-to-gateway tcp 10.8.0.1 10.8.0.10 80
for from in $ZONES; do
	plan "interface:$from:unknown" "interface-to-$from-4" tcp "${FOUR[$from]}" 10.8.0.10 80
	plan "interface:$from:unknown" "interface-to-$from-6" tcp "${SIX[$from]}" fd00:8::10 80
done
# Routes that send one zone's addresses out of another zone's interface.
ROUTES='mynumber 10.2.0.77 fd00:2::77 internet 10.3.0.2 fd00:3::2
lgwan 10.3.0.77 fd00:3::77 mynumber 10.1.0.10 fd00:1::10
internet 10.1.0.77 fd00:1::77 lgwan 10.2.0.2 fd00:2::2'
while read -r from four six to _; do
	plan "route:$from:$to" "route-$from-4" tcp "${FOUR[$from]}" "$four" 443 "server=$to.a"
	plan "route:$from:$to" "route-$from-6" tcp "${SIX[$from]}" "$six" 443 "server=$to.a"
done <<<"$ROUTES"

# Fragments, extension headers, headers cut off.
for from in $ZONES; do
	# A later fragment has no ports to be told apart by.
	for try in 'first 10.2.0.11 fd00:2::11' 'later 10.200.0.10 fd00:200::10'; do
		read -r part four six <<<"$try"
		plan "fragment:$from:unknown" "$part-$from-4" raw "${FOUR[$from]}" "$four" 443 \
			protocol=udp fragment="$part"
		plan "fragment:$from:unknown" "$part-$from-6" raw "${SIX[$from]}" "$six" 443 \
			protocol=udp fragment="$part" extension=44
	done
done
# One flow is what has the same addresses and protocol.
for try in '0 fd00:2::10' '43 fd00:2::11' '60 fd00:200::10'; do
	plan extension:mynumber:lgwan "extension-${try% *}" raw fd00:1::10 "${try#* }" 443 \
		extension="${try% *}"
done
plan extension:mynumber:lgwan extension-135 raw fd00:1::10 fd00:2::10 443 extension=135 recorded=135
for protocol in tcp udp icmp; do
	for bytes in 1 4; do
		plan invalid:mynumber:lgwan "short-$protocol-$bytes" raw 10.1.0.11 10.2.0.11 443 \
			protocol=$protocol truncate=$bytes
	done
done
plan invalid:mynumber:lgwan short-tcp6 raw fd00:1::11 fd00:2::11 443 truncate=2
plan invalid:mynumber:lgwan short-udp6 raw fd00:1::11 fd00:2::11 443 truncate=2 protocol=udp

# The gateway itself, from each zone and towards each.
for zone in $ZONES; do
	plan "input:$zone:gateway" "input-$zone-4" tcp "${FOUR[$zone]}" "${GATEWAY4[$zone]}" 22
	plan "input:$zone:gateway" "input-$zone-6" tcp "${SIX[$zone]}" "${GATEWAY6[$zone]}" 22
	plan "input:$zone:gateway" "input-udp-$zone" udp "${FOUR[$zone]}" "${GATEWAY4[$zone]}" 53
	plan "input:$zone:gateway" "input-other-$zone" tcp "${FOUR[$zone]}" 10.9.0.1 22
	plan "input:$zone:gateway" "input-echo-$zone" echo "${FOUR[$zone]}" "${GATEWAY4[$zone]}" -
	plan "output:gateway:$zone" "output-$zone-4" tcp "${GATEWAY4[$zone]}" "${FOUR[$zone]}" 443
	plan "output:gateway:$zone" "output-$zone-6" tcp "${GATEWAY6[$zone]}" "${SIX[$zone]}" 443
	plan "output:gateway:$zone" "output-echo-$zone" echo "${GATEWAY6[$zone]}" "${SIX[$zone]}" -
done
plan pass input-declared tcp 10.9.0.10 10.9.0.1 22
plan pass input-declared-6 tcp fd00:9::10 fd00:9::1 22
plan pass output-declared tcp 10.9.0.1 10.9.0.10 6514
plan input:management:gateway input-management tcp 10.9.0.10 10.9.0.1 23

lab_up "$(lab_path P1 bound lg https), $(lab_path P2 my lg https)" \
	'input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; } );
	 output = ( { name = "H2"; to = "mg"; service = "syslog"; reason = "記録"; } );'
while read -r _ four six to via4 via6; do
	printf 'addr add %s dev eth0\n' "$four/32" "$six/128 nodad" | topology_batch "$to.a"
	printf 'route add %s\n' "$four/32 via $via4" "$six/128 via $via6" | topology_batch gw
done <<<"$ROUTES"
# The gateway does not even answer who it is there.
topology_batch unknown <<<"neigh add fd00:8::1 lladdr $(topology_gateway_mac unknown) dev eth0"
plan_check
finish
