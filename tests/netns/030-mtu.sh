#!/bin/bash
# Path MTU discovery and ICMP errors of permitted flows, with a smaller MTU on one leg: a big TCP
# transfer passes, the very first packet being too big included; "port unreachable" reaches the
# sender; errors that belong to no permitted connection do not pass.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

lab_up "$(lab_paths "$(lab_path P1 my in https)" "$(lab_path P2 my in dns)" \
	"$(lab_path P3 my in ping)" "$(lab_path P4 in lg https)")" 'fragments = "reassemble";'
in_ns gw ip link set in0 mtu 1300
# The far end keeps to it as well, but does not tell in its SYN-ACK.
topology_batch internet.a <<'END'
route change default via 10.3.0.1 dev eth0 onlink mtu 1300 advmss 1460
route change default via fd00:3::1 dev eth0 onlink mtu 1300 advmss 1440
END

# The sender of big packets learns the MTU from the gateway's own errors.
plan pass tcp-4 tcp 10.1.0.10 10.3.0.10 443 bytes=2000000 wait=8000
plan pass tcp-6 tcp fd00:1::10 fd00:3::10 443 bytes=2000000 wait=8000
plan_check
for family in 4 6; do
	[ $family = 4 ] && target=10.3.0.10 || target=fd00:3::10
	mtu=$(in_ns mynumber.a ip -"$family" route get "$target" | grep -o 'mtu [0-9]*')
	say "IPv$family to $target: $mtu"
	[ "$mtu" = 'mtu 1300' ] || fail "IPv$family: the sender knows \"$mtu\""
	in_ns mynumber.a ip -"$family" route flush cache
done
# The first packet of a connection is too big already.
plan pass udp-4 udp 10.1.0.10 10.3.0.10 53 bytes=1400 wait=3000
plan pass udp-6 udp fd00:1::10 fd00:3::10 53 bytes=1400 wait=3000
plan pass echo-4 echo 10.1.0.10 10.3.0.10 - bytes=1400 wait=3000
plan_check

# Nobody listens there: the answer says so.
for ends in '10.1.0.10 10.3.0.10' 'fd00:1::10 fd00:3::10'; do
	# shellcheck disable=SC2086
	result=$(try_detail udp $ends 53 listen=no)
	say "closed port: $result"
	[[ $result == *"Connection refused"* ]] || fail "port unreachable did not pass: $result"
done
# An error about nothing that is open.
plan invalid:internet:mynumber error-4 raw 10.3.0.10 10.1.0.10 - protocol=icmp type=3 code=4
plan invalid:internet:mynumber error-6 raw fd00:3::10 fd00:1::10 - protocol=icmpv6 type=2
plan_check
finish
