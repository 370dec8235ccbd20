#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# log.payload: the first bytes of a blocked flow's first packet are in its record, as many as the
# policy says and none without it, whatever they are; they survive a crash of the recorder; "hedate
# log pcap" writes them as packets.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# What a packet may hold to break out of its record.
HOSTILE=(plain '","event.action":"stop' $'line\n{"@timestamp":"2026-01-01T00:00:00Z"}' $'\x1b[2J\x07' $'\xff\xfe\xc0\xaf')
LONG=$(printf 'x%.0s' {1..900})

# payload BYTES: from now on
payload()
{
	sed -i "s/^log = .*/log = { epoch = 3600; payload = $1; };/" "$WORK/lab.conf"
	hedate apply "$WORK/lab.conf" >"$WORK/said" 2>&1 || fail "apply: $(cat "$WORK/said")"
}

# forbidden PORT TEXT...: from the Internet to residents' data
forbidden()
{
	in_ns internet.a /usr/bin/python3 tests/netns/packets.py send 10.1.0.10 "$@"
}

# The contents of what was sent to port $1, from the pcap file of the last hour.
packet_to()
{
	rm -f "$WORK/out.pcap"
	hedate log pcap -d "$LOGS" --since -1h --port "$1" -o "$WORK/out.pcap" 2>"$WORK/said" ||
		fail "pcap: $(cat "$WORK/said")"
	/usr/bin/python3 tests/netns/packets.py read "$WORK/out.pcap"
}

# expect_packet PORT CAPTURED/WHOLE TEXT
expect_packet()
{
	local found
	found=$(packet_to "$1" | grep -F ":$1 ")
	local wanted
	wanted=$(/usr/bin/python3 -c 'import os, sys; print(repr(os.fsencode(sys.argv[1])))' "$3")
	[ "${found#*":$1 "}" = "$2 $wanted" ] || fail "port $1: $found, not $2 $wanted"
}

EPOCH=3600 lab_up "$(lab_path P1 my lg https)"

# Without it nothing of a packet is kept.
forbidden 2000 secret
flush || fail "flush"
grep -q 'hedate.packet' "$LOGS"/hedate-*.jsonl && fail "a packet was kept unasked"
hedate log pcap -d "$LOGS" >"$WORK/none.pcap" 2>"$WORK/said" || fail "pcap: $(cat "$WORK/said")"
grep -q 'packets: 0; flows whose packet was not kept: [1-9]' "$WORK/said" || fail "$(cat "$WORK/said")"
[ -z "$(/usr/bin/python3 tests/netns/packets.py read "$WORK/none.pcap")" ] || fail "packets out of nothing"

# Less than is copied anyway, more than that, and all; each in force at once.
payload 40
nft_gw list chain inet hedate deny-no-path-internet-mynumber | grep -q 'snaplen 128' || fail "snaplen"
forbidden 2100 "0123456789abcdef"
# The recorder has it before it is told to keep more.
flush || fail "flush"
payload 400
nft_gw list chain inet hedate deny-no-path-internet-mynumber | grep -q 'snaplen 400' || fail "snaplen"
forbidden 2200 "${HOSTILE[@]}"
forbidden 2300 "$LONG"
payload 1500
forbidden 2400 "$LONG"
in_ns internet.a /usr/bin/python3 tests/netns/packets.py send fd00:1::10 2500 six
# What was told is on disk: a recorder that is killed finds it again.
sleep 0.5
recorder_stop KILL
recorder_start
flush || fail "flush"

expect_packet 2100 40/44 0123456789ab
for number in "${!HOSTILE[@]}"; do
	text=${HOSTILE[number]}
	length=$((28 + $(printf %s "$text" | wc -c)))
	expect_packet $((2200 + number)) "$length/$length" "$text"
done
expect_packet 2300 400/928 "${LONG:0:372}"
expect_packet 2400 928/928 "$LONG"
expect_packet 2500 51/51 six
grep -q 'stop' <(records 'select(."event.action" == "stop")') && fail "a packet forged an event"
[ "$(records 'select(."event.reason" == "no-path" and ."hedate.packet" != null and ."network.packets" > 0)' |
	jq -s 'length')" -ge 9 ] || fail "few records have their packet"

# What does not work.
hedate log pcap -d "$LOGS" -o "$WORK/out.pcap" 2>"$WORK/said" && fail "a file was overwritten"
grep -q 'there already' "$WORK/said" || fail "$(cat "$WORK/said")"
hedate log pcap -d "$LOGS" -o "$WORK/none/out.pcap" 2>"$WORK/said" && fail "a file in no directory"
hedate log pcap -d "$LOGS" >/dev/full 2>"$WORK/said" && fail "a full disk is not told"
[ "$(script -qec "LC_ALL=C.UTF-8 $BUILD/hedate log pcap -d $LOGS" /dev/null </dev/null | grep -c 'nothing for a terminal')" = 1 ] ||
	fail "packets for a terminal"
tcpdump -nnttr "$WORK/out.pcap" >"$WORK/said" 2>&1
grep -q 'IP6 fd00:3::[0-9a-f]*\.[0-9]* > fd00:1::10\.2500: UDP, length 3' "$WORK/said" ||
	fail "tcpdump does not read it: $(cat "$WORK/said")"
finish
