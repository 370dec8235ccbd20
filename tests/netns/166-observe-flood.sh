#!/bin/bash
# A flood through a pair that is only observed, beside one that is blocked: all of the one arrives,
# nothing of the other, and each connection of both is in the books; also when the flow sets are
# full, and over changes of the policy.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

OBSERVE='observe = ( { from = "lgwan"; to = "internet"; reason = "移行"; } );'

topology_up || die "the lab could not be built"
{ EPOCH=2 lab_config "$(lab_path P1 my lg https)" && echo "$OBSERVE"; } >"$WORK/lab.conf"
sed 's/log = { epoch = 2;/& flows = 1024;/' "$WORK/lab.conf" >"$WORK/few.conf"
start_hedated "$WORK/lab.conf"
stream_open alive 15 10.1.0.10 10.2.0.10 443

# Each of 3000 connections once or more often; only the first packet of each is observed.
flood observed 10.2.0.11 10.3.0.10 2000 protocol=udp count=30000 distinct=3000 seconds=10 bytes=10
flood observed6 fd00:2::11 fd00:3::10 2000 protocol=udp count=10000 distinct=1000 seconds=10 bytes=10
flood blocked 10.3.0.10 10.1.0.11 53 protocol=udp count=50000 distinct=5000 seconds=5 bytes=10
for id in observed observed6; do
	flood_end $id
	[ "$SENT" = "$ARRIVED" ] || fail "$id: $ARRIVED of $SENT arrived"
done
flood_blocked blocked
[ "$(kernel_count observe-lgwan-internet)" = 4000 ] ||
	fail "$(kernel_count observe-lgwan-internet) observed, not 4000"
check_equation
observed=$(sum_of flow-observed network.packets)
lost=$(sum_of records-lost hedate.lost.packets)
say "observed on record: $observed, lost in all: $lost"
if [ "$observed" -gt 4000 ] || [ $((observed + lost)) -lt 4000 ]; then
	fail "$observed observed packets on record, $lost lost: not 4000"
fi

# Sets that take 1024 flows: the rest is told apart by addresses alone, and passes all the same.
# The sets of a generation are made anew when it is emptied.
hedate apply "$WORK/few.conf" >/dev/null || fail "apply"
for _ in 1 2 3 4 5 6; do
	nft_gw list sets table inet hedate | grep -q 'size 327679' || break
	try udp 10.3.0.10 10.1.0.10 53 >/dev/null
	flush
done
flood few 10.2.0.11 10.3.0.10 2001 protocol=udp count=3000 distinct=3000 seconds=10 bytes=10
flood_end few
[ "$SENT" = "$ARRIVED" ] || fail "few: $ARRIVED of $SENT arrived"
check_equation
[ "$(records 'select(."event.reason" == "observed" and ."hedate.collapsed")' | wc -l)" -gt 0 ] ||
	fail "no set was full"
stream_lived alive
finish
