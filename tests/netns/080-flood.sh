#!/bin/bash
# A bounded flood of distinct forbidden flows: every packet is in the books, permitted traffic goes
# on, none of the flood arrives.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

EPOCH=2 lab_up "$(lab_path P1 my lg https)"
stream_open alive 10 10.1.0.10 10.2.0.10 443 stall=3000
flood udp 10.3.0.10 10.1.0.11 53 protocol=udp count=200000 distinct=20000 seconds=5 bytes=10
flood tcp fd00:3::10 fd00:2::11 443 protocol=tcp flags=S count=100000 distinct=20000 seconds=5 bytes=0
flood_blocked udp
flood_blocked tcp
stream_lived alive
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "permitted, after the flood"
check_equation
flows=$(cat "$LOGS"/hedate-*.jsonl | grep -o '"source.ip":"[^"]*","source.port":[0-9]*' | sort -u | wc -l)
say "$flows distinct flows on record"
[ "$flows" -ge 40000 ] || fail "only $flows distinct flows on record"
finish
