#!/bin/bash
# A source that tries many targets in a short time is on record at once, and once; so is the end of
# it. Forged sources are one MAC address, a flood of them hides nobody.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# The lab with scans of so many targets in so many seconds: scan_config TARGETS SECONDS
scan_config()
{
	EPOCH=2 lab_config "$(lab_path P1 my lg https)" |
		sed "s/^log = {/& scan = { targets = $1; seconds = $2; };/"
}

# One packet: packet SOURCE DESTINATION PORT [key=value...]
packet()
{
	local words
	plan_words packet raw "$1" "$2" "$3" protocol=tcp flags=S "${@:4}"
	words=("${WORDS[@]:1}")
	"$PROBE" send "${words[@]}" count=1 >/dev/null
}

# Events of one action, as they are in the log now: the epoch is not waited for.
events()
{
	records "select(.\"event.action\" == \"$1\")"
}

# Is there exactly one of that action for which jq's expression $2 is true?
one()
{
	events "$1" | jq -es "[.[] | select($2)] | length == 1" >/dev/null
}

topology_up || die "the lab could not be built"
scan_config 20 60 >"$WORK/lab.conf"
scan_config 5 1 >"$WORK/quick.conf"
scan_config 0 60 >"$WORK/off.conf"
start_hedated "$WORK/lab.conf"

# It is on record from when on they are looked for.
wait_until 200 one scan-anew '."hedate.scan.targets" == 20 and ."hedate.scan.seconds" == 60 and
	."event.kind" == "event"' || fail "the beginning: $(events scan-anew)"

# One target less than a scan, over two addresses, each tried several times.
for try in 1 2 3; do
	for port in 1 2 3 4 5 6 7 8 9; do
		packet 10.3.0.10 10.1.0.11 "$port"
		packet 10.3.0.10 10.1.0.10 "$port"
	done
done
packet 10.3.0.10 10.2.0.11 9
flush
[ -z "$(events scan)" ] || fail "19 targets are no scan: $(events scan)"
packet 10.3.0.10 10.2.0.11 10
wait_until 200 one scan '."source.ip" == "10.3.0.10"' || fail "no scan is on record: $(events scan)"
one scan '."source.ip" == "10.3.0.10" and ."event.kind" == "alert" and
	."event.category" == "intrusion_detection" and ."observer.name" == "lab" and
	."hedate.zone.source" == "internet" and ."hedate.zone.destination" == "lgwan" and
	."hedate.segment.source" == "internet.a" and ."observer.ingress.interface.name" == "in0" and
	."hedate.scan.reason" == "no-path" and ."hedate.scan.targets" == 20 and
	."hedate.scan.addresses" == 3 and ."hedate.scan.ports" == 10 and
	."hedate.scan.last" == "10.2.0.11 tcp 10" and (."source.mac" | length == 17)' ||
	fail "the scan: $(events scan)"

# It goes on: nothing more is said. Permitted connections are none of its targets.
for port in $(seq 100 140); do
	packet 10.3.0.10 10.1.0.11 "$port"
done
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "permitted"

# Hosts instead of ports, over IPv6; pings.
for host in $(seq 1 24); do
	packet fd00:3::10 "fd00:1::$host" 445
	"$PROBE" send "client=${TOPOLOGY}lgwan.a" source=10.2.0.10 "destination=10.1.0.$host" \
		protocol=icmp type=8 count=1 interface=eth0 \
		"to-mac=$(topology_gateway_mac lgwan.a)" >/dev/null
done
wait_until 200 one scan '."source.ip" == "fd00:3::10" and ."hedate.scan.addresses" == 20 and
	."hedate.scan.ports" == 1' || fail "over IPv6: $(events scan)"
wait_until 200 one scan '."source.ip" == "10.2.0.10" and ."hedate.scan.addresses" == 20 and
	."hedate.scan.ports" == 0 and ."hedate.zone.source" == "lgwan"' || fail "pings: $(events scan)"

# Each from another address that is not of that segment: it is known by its MAC address.
for number in $(seq 1 24); do
	packet "10.2.0.$number" 10.1.0.11 "$number" client=internet.a from-mac=00:00:5e:00:53:77
done
wait_until 200 one scan '."source.mac" == "00-00-5E-00-53-77" and (has("source.ip") | not) and
	."hedate.scan.reason" == "spoof" and ."hedate.zone.source" == "internet"' ||
	fail "forged sources: $(events scan)"

# One of them among a flood of addresses that nobody can tell from true ones.
flood many 198.51.100.9 10.1.0.11 53 protocol=udp count=100000 distinct=20000 seconds=5 bytes=10
for port in $(seq 1 24); do
	packet 10.3.0.2 10.1.0.11 "$port"
done
flood_blocked many
wait_until 200 one scan '."source.ip" == "10.3.0.2"' || fail "during the flood: $(events scan)"
[ "$(events scan | wc -l)" = 5 ] || fail "more scans than there were: $(events scan)"
[ -z "$(events scan-overflow)$(events scan-end)" ] || fail "neither too many nor over"

# Other numbers: what was a scan has ended; another one begins, and ends by itself.
hedate apply "$WORK/quick.conf" >/dev/null || fail "apply"
wait_until 200 one scan-end '."source.ip" == "10.3.0.10" and ."hedate.scan.targets" == 61' ||
	fail "the end: $(events scan-end)"
for port in 1 2 3 4 5; do
	packet 10.3.0.10 10.1.0.11 "$port"
done
wait_until 200 one scan '."hedate.scan.targets" == 5' || fail "five targets: $(events scan)"
wait_until 100 one scan-end '."hedate.scan.targets" == 5' || fail "no end: $(events scan-end)"

hedate apply "$WORK/off.conf" >/dev/null || fail "apply"
for port in $(seq 200 240); do
	packet 10.3.0.10 10.1.0.11 "$port"
done
flush
[ "$(events scan | wc -l)" = 6 ] || fail "scans are off: $(events scan)"
[ "$(events scan-anew | wc -l)" = 1 ] || fail "counted anew without a restart: $(events scan-anew)"

# Another recorder knows of no try before.
hedate apply "$WORK/lab.conf" >/dev/null || fail "apply"
recorder_stop KILL
recorder_start
# For wait_until.
# shellcheck disable=SC2317
anew()
{
	[ "$(events scan-anew | wc -l)" = 2 ]
}
wait_until 200 anew || fail "after a restart: $(events scan-anew)"
hedate log -d "$LOGS" --action scan --source 10.3.0.10 --json | jq -es 'length == 2' >/dev/null ||
	fail "hedate log --action scan: $(hedate log -d "$LOGS" --action scan)"
hedate log -d "$LOGS" --action scan --pair internet,lgwan |
	grep -qE ' scan +internet\.a +lgwan +10\.3\.0\.10 +10\.3\.0\.10 tried 20 targets' ||
	fail "the scan in the table: $(hedate log -d "$LOGS" --action scan)"
finish
