#!/bin/bash
# What a record says of a blocked flow, field by field: repeats are one record with the number of
# packets and bytes, first and last time; segments, interfaces, MAC, flags, types.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# What the hosts themselves say to the link is blocked, and on record, from the first moment.
started=$(date -u +%Y-%m-%dT%H:%M:%S)
EPOCH=3600 lab_up "$(lab_path P1 my lg https)"
revision=$(status_field revision)

# send SOURCE DESTINATION PORT [key=value...]: raw packets, from source port 1111.
send()
{
	local words
	plan_words send raw "$1" "$2" "$3" sport=1111 "${@:4}"
	words=("${WORDS[@]:1}" sport=1111)
	"$PROBE" send "${words[@]}" >/dev/null || fail "send $*"
}

# The one record from $1 to $2 says the JSON object $3, whatever else it says.
expect()
{
	local record wrong
	record=$(records "select(.\"source.ip\" == \"$1\" and .\"destination.ip\" == \"$2\")")
	[ "$(wc -l <<<"$record")" = 1 ] || fail "$1 to $2: not one record: $record"
	wrong=$(jq -c --argjson want "$3" '. as $have | $want | with_entries(select(.value != $have[.key]))
		| select(length > 0)' <<<"$record")
	[ -z "$wrong" ] || fail "$1 to $2: not $wrong, but $record"
}

send 10.3.0.10 10.1.0.10 1433 protocol=tcp flags=S count=3 bytes=0
send fd00:3::10 fd00:2::10 53 protocol=udp bytes=12
send 10.2.0.10 198.51.100.9 - protocol=icmp type=8 bytes=48 count=2
send fd00:1::10 2001:db8:9::9 - protocol=icmpv6 type=128 code=0
send 10.2.0.10 10.3.0.10 - protocol=47 bytes=100
send 10.3.0.10 10.1.0.11 443 protocol=tcp flags=FPU
send 10.9.0.10 10.2.0.11 443 client=mynumber.a protocol=tcp flags=S from-mac=00:00:5e:00:53:99
send 10.2.0.10 10.2.0.1 22 protocol=tcp flags=S
try tcp 10.3.0.1 10.3.0.10 80 wait=200 >/dev/null
sleep 0.3
flush || fail "flush"
mac=$(topology_host_mac internet.a | tr a-f: A-F-)
expect 10.3.0.10 10.1.0.10 '{"event.kind": "event", "event.category": "network",
	"event.type": "denied", "event.action": "flow-blocked", "event.reason": "no-path",
	"observer.name": "lab", "rule.ruleset": "'"$revision"'",
	"hedate.zone.source": "internet", "hedate.zone.destination": "mynumber",
	"hedate.segment.source": "internet.a", "hedate.segment.destination": "mynumber.a",
	"observer.ingress.interface.name": "in0", "observer.egress.interface.name": "my0",
	"source.mac": "'"$mac"'", "source.port": 1111, "destination.port": 1433,
	"network.type": "ipv4", "network.transport": "tcp", "network.iana_number": "6",
	"hedate.tcp.flags": "S", "network.packets": 3, "network.bytes": 120, "hedate.length": 40,
	"hedate.detail": "full"}'
expect fd00:3::10 fd00:2::10 '{"event.reason": "no-path", "network.type": "ipv6",
	"network.transport": "udp", "source.port": 1111, "destination.port": 53,
	"network.packets": 1, "network.bytes": 60, "hedate.segment.destination": "lgwan.a",
	"observer.egress.interface.name": "lg0"}'
expect 10.2.0.10 198.51.100.9 '{"event.reason": "no-path", "hedate.icmp.type": 8,
	"hedate.icmp.code": 0, "network.transport": "icmp", "network.packets": 2,
	"network.bytes": 152, "hedate.zone.destination": "internet"}'
expect fd00:1::10 2001:db8:9::9 '{"hedate.icmp.type": 128, "network.transport": "ipv6-icmp",
	"network.iana_number": "58", "hedate.zone.source": "mynumber"}'
expect 10.2.0.10 10.3.0.10 '{"event.reason": "no-path", "network.iana_number": "47",
	"network.transport": "gre", "network.packets": 1, "network.bytes": 120}'
expect 10.3.0.10 10.1.0.11 '{"event.reason": "invalid"}'
expect 10.9.0.10 10.2.0.11 '{"event.reason": "spoof", "source.mac": "00-00-5E-00-53-99",
	"hedate.zone.source": "mynumber", "hedate.segment.source": "mynumber.a",
	"hedate.zone.destination": "unknown", "observer.ingress.interface.name": "my0"}'
expect 10.2.0.10 10.2.0.1 '{"event.reason": "input", "hedate.zone.source": "lgwan",
	"hedate.zone.destination": "gateway", "observer.ingress.interface.name": "lg0"}'
expect 10.3.0.1 10.3.0.10 '{"event.reason": "output", "hedate.zone.source": "gateway",
	"hedate.zone.destination": "internet", "observer.egress.interface.name": "in0"}'

# Times: UTC, in the order first, last, and when it happened; what repeats has a later last.
now=$(date -u +%Y-%m-%dT%H:%M:%S)
wrong=$(records 'select(."event.action" == "flow-blocked")
	| select(."@timestamp" != ."event.start" or ."event.start" > ."event.end"
		or ."event.start" < "'"$started"'" or ."event.end" > "'"$now"'.999999999Z"
		or (."network.packets" == 1 and ."event.start" != ."event.end"))')
[ -z "$wrong" ] || fail "times: $wrong"
# A new epoch is a new record of the same flow. Which epoch the first one is depends on whether a host
# had said something before the recorder told that it can write: then one has ended there.
first=$(records 'select(."source.ip" == "10.3.0.10" and ."destination.ip" == "10.1.0.10")."hedate.epoch"')
send 10.3.0.10 10.1.0.10 1433 protocol=tcp flags=S count=2 bytes=0
sleep 0.2
flush
epochs=$(records 'select(."source.ip" == "10.3.0.10" and ."destination.ip" == "10.1.0.10")
	| "\(."hedate.epoch"):\(."network.packets")"' | tr -d '"' | tr '\n' ' ')
[ "$epochs" = "$first:3 $((first + 1)):2 " ] || fail "epochs and packets: $epochs"
finish
