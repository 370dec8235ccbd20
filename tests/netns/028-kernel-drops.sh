#!/bin/bash
# What the kernel drops without our rules is no record of a flow, but a number in the status and the
# metrics, and an event: by rp_filter, without a route, with no hops left. What the rules see first is
# "spoof", whatever the kernel's filter is.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

EPOCH=1 lab_up "$(lab_path P1 my lg https)"

# send SOURCE TARGET COUNT [WORDS]: packets of a permitted path, from where they belong
send()
{
	local words
	plan_words packet raw 10.1.0.10 10.2.0.10 443 protocol=tcp flags=S
	words=("${WORDS[@]:1}")
	"$PROBE" send "${words[@]}" "source=$1" "destination=$2" "count=$3" "${@:4}" >/dev/null
}

# rises FIELD BY: compared with what it was when the test noted it
note()
{
	hedate status --json | jq -c 'with_entries(select(.key | startswith("drops_")))' >"$WORK/noted"
}
# Packets that were sent may still be on their way; one too many comes at once, or not at all.
rises()
{
	local before
	before=$(jq -r ".$1" "$WORK/noted")
	wait_until 200 eval "[ \"\$(status_field $1)\" -ge $((before + $2)) ]"
	[ "$(status_field "$1")" = $((before + $2)) ] || fail "$1 rose by $(($(status_field "$1") - before)), not $2"
}
set_filter()
{
	local name
	for name in all my0; do
		in_ns gw sh -c "echo $1 >/proc/sys/net/ipv4/conf/$name/rp_filter"
	done
}

# A forged source that is none of the zone: ours, also where the kernel would drop it.
set_filter 1
note
send 10.3.0.77 10.2.0.10 5 client=mynumber.a
# For wait_until.
# shellcheck disable=SC2317
forged()
{
	flush
	[ "$(records 'select(."source.ip" == "10.3.0.77" and ."event.reason" == "spoof") | ."network.packets"' |
		awk '{ sum += $1 } END { print sum + 0 }')" = 5 ]
}
wait_until 200 forged || fail "a forged source is not on record as blocked: $(records 'select(."source.ip" == "10.3.0.77")')"
rises drops_reverse_path 0

# One that is, but to which the route leads elsewhere.
in_ns gw ip route add 10.1.0.200/32 dev lg0
note
send 10.1.0.200 10.2.0.10 7
rises drops_reverse_path 7
set_filter 0
send 10.1.0.200 10.2.0.10 3
rises drops_reverse_path 7

# No route, and no hops left.
note
in_ns gw ip route add throw 10.2.0.99/32
send 10.1.0.10 10.2.0.99 4
rises drops_no_route 4
note
in_ns mynumber.a python3 -c '
import socket
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
for _ in range(6):
    sender.sendto(b"x", ("10.2.0.10", 443))'
rises drops_header 6

# On record once for all that came within a minute of the first; that there was something, soon.
# For wait_until.
# shellcheck disable=SC2317
told()
{
	records 'select(."event.action" == "kernel-drops") | ."hedate.drops.reverse_path" | tonumber' | grep -q .
}
wait_until 100 told || fail "no event"
[ "$(records 'select(."event.action" == "kernel-drops")' | wc -l)" = 1 ] || fail "more than one event in a minute"
hedate metrics -d "$LOGS" | grep -q '^hedate_kernel_drops_total{kind="reverse_path"} 7$' ||
	fail "metrics: $(hedate metrics -d "$LOGS" | grep drops)"
hedate status | grep -q 'dropped by rp_filter *7' || fail "status: $(hedate status)"
finish
