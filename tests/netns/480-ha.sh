#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two gateways with Debian's keepalived and conntrackd, as conf/ha has them: the one that has the
# addresses dies, the other one takes over, permitted connections go on, by its own policy; what is
# forbidden passes neither before nor during nor after. That the two differ is told and on record.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/unpacked.sh
. "$NETNS_DIR/unpacked.sh"
# shellcheck source=tests/netns/ha.sh
. "$NETNS_DIR/ha.sh"
with_packages ha /usr/sbin/keepalived keepalived conntrackd conntrack
export PATH=$PATH:/usr/sbin:/sbin

P1='{ name = "P1"; from = "my"; to = "lg"; service = "https"; reason = "試験"; }'
P2='{ name = "P2"; from = "my"; to = "lg"; service = "other"; reason = "試験"; }'
ha_topology || die "the two gateways could not be built"
programs_up
install -m 755 "$SOURCE_DIR/conf/ha/hedate-takeover" "$PROGRAMS/"
for gateway in a b; do
	mkdir -p "$WORK/$gateway/run"
	ha_examples $gateway
done
ha_config b "$P1, $P2" >"$WORK/a/hedate.conf"
ha_config a "$P1, $P2" >"$WORK/b/hedate.conf"
ha_start_hedated a
ha_start_hedated b

# ha_compare GATEWAY STATUS TEXT: what "hedate ha" says of the other one.
ha_compare()
{
	local status
	ha_hedate "$1" ha -c "$WORK/$1/hedate.conf" >"$WORK/out" 2>&1
	status=$?
	[ "$status" = "$2" ] || fail "hedate ha of $1: status $status, not $2: $(cat "$WORK/out")"
	grep -q -- "$3" "$WORK/out" || fail "hedate ha of $1 does not say $3: $(cat "$WORK/out")"
	say "$(head -n 1 "$WORK/out")"
}
ha_compare a 0 "gwb has the same in force"
ha_compare b 0 "gwa has the same in force"

# a takes the addresses, and opens connections.
ha_start_pair a
wait_until 200 ha_has a || die "a does not take the addresses: $(tail -n 20 "$WORK/a/keepalived.out")"
ha_start_pair b
for id in "four 10.1.0.10 10.2.0.10 443" "six fd00:1::10 fd00:2::10 443" "gone 10.1.0.10 10.2.0.10 8443"; do
	read -r id source destination port <<<"$id"
	stream_open "$id" "$([ "$id" = gone ] && echo 60 || echo 30)" "$source" "$destination" "$port" \
		stall=25000
done
for gateway in a b; do
	flood "udp-$gateway" 10.1.0.11 10.2.0.11 53 protocol=udp count=20000 seconds=25 \
		"to-mac=$(ha_mac $gateway 1)" bytes=10
	flood "tcp-$gateway" fd00:2::10 fd00:1::10 443 protocol=tcp flags=S count=20000 seconds=25 \
		"to-mac=$(ha_mac $gateway 2)" bytes=0
done

# For wait_until.
# shellcheck disable=SC2317
knows_connections()
{
	[ "$(in_ns gwb conntrackd -C "$WORK/b/conntrackd.conf" -e 2>/dev/null |
		grep -cE 'dport=(443|8443) .*mark=[1-9]')" -ge 3 ]
}
wait_until 100 knows_connections || fail "b is not told of the connections and their marks: $(
	in_ns gwb conntrackd -C "$WORK/b/conntrackd.conf" -e)"
say "$(in_ns gwb conntrackd -C "$WORK/b/conntrackd.conf" -e | grep -oE 'mark=[1-9][0-9]*' | sort -u | paste -sd' ')"

# b's own policy decides: it has one path less when it takes over.
ha_config a "$P1" >"$WORK/b/hedate.conf"
ha_hedate b apply >/dev/null || fail "apply on b"
ha_compare a 5 "DIFFERS"
ha_has b && fail "b has the addresses before a has failed"

# a dies: its programs, then its interfaces.
kill -KILL "${HA_PIDS[a.keepalived]}" "${HA_PIDS[a.conntrackd]}" "${HA_PIDS[a.hedated]}"
for interface in pair my0 lg0; do
	ip -n gwa link set $interface down
done
failed=$(now_ms)
wait_until 200 ha_has b || die "b does not take over: $(tail -n 20 "$WORK/b/keepalived.out")"
say "b has the addresses $(($(now_ms) - failed)) ms after a failed"
stream_lived four
stream_lived six
background_end gone
say "$RESULT"
[[ $RESULT == *" passed "* ]] && fail "a connection lives whose path b's policy has not"
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "a new permitted connection through b"
[ "$(try tcp 10.1.0.10 10.2.0.10 8443 wait=500)" = blocked ] || fail "a path that b has not"
for gateway in a b; do
	flood_blocked "udp-$gateway"
	flood_blocked "tcp-$gateway"
done

# The peer that is dead, on record with what was before.
ha_compare b 1 "gwa: the command that asks it ended with status 3"
wait_until 100 ha_hedate b flush || fail "flush"
said=$(cat "$WORK"/b/log/hedate-*.jsonl |
	jq -r 'select(."event.action" | startswith("ha-")) |
		[."event.action", ."hedate.peer", ."hedate.differs" // "-"] | join(" ")' | paste -sd,)
[ "$said" = "ha-agrees gwa -,ha-differs gwa no-answer" ] || fail "on record at b: $said"
said=$(cat "$WORK"/a/log/hedate-*.jsonl | jq -r 'select(."event.action" == "ha-differs") | ."hedate.differs"')
[ "$said" = digest ] || fail "on record at a: $said"
kill -TERM "${HA_PIDS[b.hedated]}"
wait "${HA_PIDS[b.hedated]}"
LOGS=$WORK/b/log
check_records
[ "$FAILED" = 0 ]
