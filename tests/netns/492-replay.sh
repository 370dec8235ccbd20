#!/bin/bash
# "hedate replay" says of captured traffic what the kernel did with it: what is on record as blocked,
# flow by flow with reason and number of packets, and which path let how many connections pass. Once
# of a capture of all interfaces, by the sources; once of one interface, with what is forged there.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# What passes, and its answers.
plan pass https tcp 10.1.0.10 10.2.0.10 443
plan pass https-6 tcp fd00:1::10 fd00:2::10 443
plan pass big tcp 10.1.0.10 10.2.0.10 443 bytes=300000 wait=8000
plan pass range udp 10.1.0.11 10.200.0.10 1500
plan pass ping echo 10.2.0.10 10.3.0.10 -
plan pass ping-6 echo fd00:2::10 fd00:3::10 -
plan pass gre raw 10.2.0.10 10.3.0.10 - protocol=47
plan pass zone tcp 10.1.1.10 198.51.100.9 60000
plan pass bound tcp 10.1.0.60 10.2.0.10 443
plan pass ssh tcp 10.9.0.10 10.9.0.1 22
plan pass syslog tcp 10.9.0.1 10.9.0.10 6514

# What is blocked: no path, in the middle of nothing, to and from the gateway, another way.
for pair in '10.1.0.10 10.3.0.10 mynumber:internet' '10.3.0.10 10.1.0.10 internet:mynumber' \
	'fd00:3::10 fd00:1::10 internet:mynumber' '10.2.0.10 10.1.0.10 lgwan:mynumber'; do
	read -r source destination zones <<<"$pair"
	id=$source-$destination
	plan "no-path:$zones" "tcp-$id" tcp "$source" "$destination" 80
	plan "no-path:$zones" "udp-$id" udp "$source" "$destination" 80
	plan "no-path:$zones" "echo-$id" echo "$source" "$destination" -
	plan "no-path:$zones" "esp-$id" raw "$source" "$destination" - protocol=50
	for flags in A SA F R FSRPAU; do
		plan "invalid:$zones" "$flags-$id" raw "$source" "$destination" 81 flags=$flags
	done
done
plan no-path:mynumber:lgwan other-port tcp 10.1.0.10 10.2.0.10 444
plan input:lgwan:gateway input tcp 10.2.0.10 10.2.0.1 22
plan output:gateway:internet output tcp 10.3.0.1 10.3.0.10 80
plan device:mynumber:unknown device raw 10.1.0.60 10.2.0.10 444 client=mynumber.a

# Seen only where it comes in.
plan spoof:mynumber:unknown spoof raw 10.9.0.10 10.2.0.11 82 client=mynumber.a
plan spoof:mynumber:unknown spoof-6 raw fd00:9::10 fd00:2::11 82 client=mynumber.a
plan spoof:mynumber:unknown spoof-a raw 10.2.0.10 10.3.0.10 443 client=mynumber.a flags=A

declare -A CAPTURES=()
# capture NAME INTERFACE [OPTION...]: the heads of packets, so that it has room for all packets of this
# test (a place is as large as the longest) however late it is run.
capture()
{
	local name=$1 interface=$2
	shift 2
	ip netns exec "${TOPOLOGY}gw" tcpdump -n -U -Z root -s 256 -B 65536 -i "$interface" --immediate-mode "$@" \
		-w "$WORK/$name.pcap" 2>"$WORK/$name.said" &
	CAPTURES[$name]=$!
	wait_until 200 grep -q 'listening on' "$WORK/$name.said" || fail "tcpdump: $(cat "$WORK/$name.said")"
}

# What came before a packet that is in the file is there as well.
capture_end()
{
	wait_until 200 has_mark "$1" || fail "$1: the last packet is not in the capture"
	kill -INT "${CAPTURES[$1]}"
	wait "${CAPTURES[$1]}"
	grep -q '^0 packets dropped by kernel' "$WORK/$1.said" || fail "tcpdump lost packets: $(cat "$WORK/$1.said")"
}

# shellcheck disable=SC2317 # called by wait_until
has_mark()
{
	tcpdump -n -r "$WORK/$1.pcap" 'udp dst port 9' 2>/dev/null | grep -q .
}

OWN=()
for address in 10.1.0.1 10.1.1.1 10.2.0.1 10.3.0.1 10.9.0.1 fd00:1::1 fd00:2::1 fd00:3::1; do
	OWN+=(--gateway "$address")
done

# compare NAME WHAT OPTION...: each flow against the log
compare()
{
	local name=$1 what=$2
	shift 2
	hedate replay --json -c "$WORK/lab.conf" "${OWN[@]}" "$@" "$WORK/$name.pcap" >"$WORK/$name.json" ||
		fail "hedate replay $name: $?"
	/usr/bin/python3 "$NETNS_DIR/replayed.py" "$what" "$WORK/$name.json" "$WORK/records" \
		"$WORK/paths" || fail "$name: not what the kernel did"
}

lab_up "$(lab_paths \
	"$(lab_path P01 my lg https)" \
	"$(lab_path P03 my lgwan high)" \
	"$(lab_path P02 10.1.0.11 far high)" \
	"$(lab_path P04 lg in ping)" \
	"$(lab_path P05 lg in gre)" \
	"$(lab_path P06 mynumber.b internet all-tcp)" \
	"$(lab_path P07 bound lg https)")" "input = ( { name = \"I1\"; from = \"mg\"; service = \"ssh\"; reason = \"r\"; } );
  output = ( { name = \"O1\"; to = \"mg\"; service = \"syslog\"; reason = \"r\"; } )"
capture any any
capture my0 my0 -Q in
plan_check
try udp 10.1.0.10 10.3.0.10 9 wait=300 >/dev/null
capture_end any
capture_end my0
flush || fail "hedate flush"
hedate log -d "$LOGS" --json >"$WORK/records" || fail "hedate log"
hedate paths --json >"$WORK/paths" || fail "hedate paths"
compare any all
compare my0 my0 --iif my0

# P06 permits every port, one was used; of P01 all that it permits was.
hedate lint --json --traffic "$WORK/any.pcap" "$WORK/lab.conf" >"$WORK/lint.json"
jq -e '[.findings[] | select(.kind == "wide") | .path] | index("P06") and (index("P01") | not)' \
	"$WORK/lint.json" >/dev/null || fail "hedate lint --traffic: $(cat "$WORK/lint.json")"
# What nobody used, as the kernel counts; in force for less than a day, nothing is said of that yet.
hedate lint --json --unused 0 "$WORK/lab.conf" >"$WORK/lint.json"
jq -e '[.findings[] | select(.kind == "unused") | .path] | index("P03") and (index("P01") | not)' \
	"$WORK/lint.json" >/dev/null || fail "hedate lint --unused 0: $(cat "$WORK/lint.json")"
jq -e '.not_in_force == 0 and .use_seconds != null' "$WORK/lint.json" >/dev/null ||
	fail "hedate lint --unused 0: $(cat "$WORK/lint.json")"
hedate lint --json --unused 1 "$WORK/lab.conf" >"$WORK/lint.json"
jq -e '[.findings[] | select(.kind == "unused")] == []' "$WORK/lint.json" >/dev/null ||
	fail "hedate lint --unused 1: $(cat "$WORK/lint.json")"
finish
