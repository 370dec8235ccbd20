#!/bin/bash
# Connections that a change cuts are put on record and taken out of the kernel's table; those that
# are still permitted go on, without one retransmission timeout, across a hundred changes.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

CHANGES=${CHANGES:-100}

# Entries of the kernel's table with these words.
entries()
{
	in_ns gw cat /proc/net/nf_conntrack | grep -cE "$1"
}

# For wait_until, as has_cut.
# shellcheck disable=SC2317
gone()
{
	[ "$(entries "$1")" = 0 ]
}

cut_by()
{
	records "select(.\"event.action\" == \"cut\" and .\"hedate.why\" == \"$1\")"
}

# shellcheck disable=SC2317
has_cut()
{
	cut_by "$1" | grep -qF "$2"
}

transfer()
{
	local id=$1 from=$2 to=$3 port=$4 server client
	server=$(plan_place "$to") client=$(plan_place "$from")
	in_ns "$server" "$NETNS_DIR/transfer.py" serve "$to" "$port" >"$WORK/$id.server" &
	wait_until 200 grep -q ready "$WORK/$id.server" || fail "$id: no server"
	in_ns "$client" "$NETNS_DIR/transfer.py" send "$from" "$to" "$port" "$WORK/$id.end" \
		>"$WORK/$id.client" &
	wait_until 200 grep -q open "$WORK/$id.client" || fail "$id: not opened"
}

transfer_end()
{
	local bytes digest timeouts
	touch "$WORK/$1.end"
	wait_until 100 grep -q '^[0-9]' "$WORK/$1.client" || fail "$1: the sender does not end"
	wait_until 100 grep -q '^[0-9]' "$WORK/$1.server" || fail "$1: the receiver does not end"
	read -r bytes digest timeouts < <(tail -n 1 "$WORK/$1.client")
	say "$1: $bytes bytes, $timeouts retransmission timeouts"
	[ "$(tail -n 1 "$WORK/$1.server")" = "$bytes $digest" ] || fail "$1: what arrived differs"
	[ "$timeouts" = 0 ] || fail "$1: $timeouts retransmission timeouts"
}

topology_up || die "the lab could not be built"
lab_config "$(lab_paths "$(lab_path P1 my lg https)" "$(lab_path P2 my in high)")" >"$WORK/lab.conf"
lab_config "$(lab_paths "$(lab_path P1 my lg https)")" >"$WORK/tight.conf"
lab_config "$(lab_paths "$(lab_path Q1 mynumber lgwan https)" "$(lab_path P2 my in high)")" \
	>"$WORK/wide.conf"

# Before hedated came: something else tracks connections, nothing marks them.
nft_gw -f - <<'END'
table inet before {
	chain forward { type filter hook forward priority 10; ct state established,related accept; }
}
END
stream_open forbidden 30 10.3.0.10 10.1.1.10 443 stall=2000
stream_open before 4 10.1.0.10 10.2.0.10 443
before_port=$PLAN_SPORT
start_hedated "$WORK/lab.conf"
started=$(now_ms)
stream_cut forbidden "$started"
wait_until 100 gone 'src=10.3.0.10 dst=10.1.1.10 .*dport=443' ||
	fail "the forbidden connection of before is in the table still"
flush || fail "flush"
wait_until 200 has_cut start 'tcp 10.3.0.10:' || fail "it is not on record: $(cut_by start)"
cut_by start | grep -qF '10.2.0.10' && fail "more is on record as cut: $(cut_by start)"
nft_gw delete table inet before
stream_lived before

# Many connections at once: all of them counted, the first hundred told.
plan_words pass raw 10.1.0.10 10.3.0.10 1500 protocol=udp
"$PROBE" send "${WORDS[@]:1}" count=300 distinct=300 >/dev/null
many=$(entries 'udp .*src=10.1.0.10 dst=10.3.0.10 .*dport=1500')
say "$many connections of one path"
[ "$many" -gt 100 ] || fail "only $many connections"
hedate apply "$WORK/tight.conf" >/dev/null 2>&1 || fail "apply"
wait_until 100 gone 'dst=10.3.0.10 .*dport=1500' || fail "they are in the table still"
flush || fail "flush"
counted=$(cut_by change | jq -s '[.[]."hedate.connections.count" | tonumber] | add')
told=$(cut_by change | jq -r '."hedate.connections.first"' | tr , '\n' | grep -c 'udp 10.1.0.10:')
say "cut: $counted, told $told"
[ "$counted" = "$many" ] || fail "$counted connections on record, $many in the table"
[ "$told" = 100 ] || fail "$told connections told in full"

# A hundred changes: the path of the transfers stays, another one comes and goes, each time with
# connections. Of the transfers nothing is ever blocked.
# On a busy machine an answer may take longer than TCP waits by itself.
for family in -4 -6; do
	route=$(in_ns mynumber.a ip $family route show default | head -n 1)
	# shellcheck disable=SC2086
	in_ns mynumber.a ip $family route replace $route rto_min 2s || fail "rto_min"
done
transfer four 10.1.0.10 10.2.0.10 443
transfer six fd00:1::10 fd00:2::10 443
plan_words pass raw 10.1.0.10 10.3.0.10 1600 protocol=udp
for ((change = 1; change <= CHANGES; change++)); do
	if ((change % 2)); then config=lab; else config=tight; fi
	hedate apply "$WORK/$config.conf" >/dev/null 2>&1 || fail "change $change"
	"$PROBE" send "${WORDS[@]:1}" count=3 distinct=3 >/dev/null
done
transfer_end four
transfer_end six
wait_until 100 gone 'dst=10.3.0.10 .*dport=1600' || fail "what the last change cut is there still"
flush || fail "flush"
cut=$(cut_by change | grep -c ':1600')
say "$CHANGES changes, $cut events of connections that one of them cut"
[ "$cut" = $((CHANGES / 2)) ] || fail "$cut events of $((CHANGES / 2)) changes that cut something"
# While the kernel makes a table, its rules hold a moment before its sets of ranges are filled: a packet
# of what was there before hedated may be dropped then, and is sent again.
blocked=$(records 'select(."event.action" == "flow-blocked" and
	([."source.port", ."destination.port"] | index(443) and (index('"$before_port"') | not)) and
	([."source.ip", ."destination.ip"] | index("10.3.0.10") | not)) |
	[."event.reason", ."source.ip", ."source.port", ."destination.ip", ."destination.port"]')
[ -z "$blocked" ] || fail "packets of permitted connections: $blocked"

# A connection that another path permits goes on with that one's mark.
stream_open permitted 6 10.1.0.10 10.2.0.10 443
for config in wide lab wide tight; do
	hedate apply "$WORK/$config.conf" >/dev/null 2>&1 || fail "$config"
	sleep 0.3
done
stream_lived permitted
[ "$(entries 'src=10.1.0.10 dst=10.2.0.10 .*dport=443')" -gt 0 ] || fail "it is not in the table"
flush || fail "flush"
# What is isolated, whatever permits it; nothing else.
lab_config "$(lab_paths "$(lab_path P1 my lg https)" "$(lab_path P4 in lg https)")" >"$WORK/two.conf"
hedate apply "$WORK/two.conf" >/dev/null 2>&1 || fail "apply"
stream_open outlaw 20 10.1.0.10 10.2.0.10 443 stall=2000
stream_open other 6 10.3.0.10 10.2.0.10 443
in_ns gw "$BUILD/hedate" -r "$RUN" isolate -c "$WORK/lab.conf" 10.1.0.10 --reason 試験 >/dev/null || fail "isolate"
wait_until 100 gone 'src=10.1.0.10 dst=10.2.0.10 .*dport=443' || fail "it is in the table still"
flush || fail "flush"
wait_until 200 has_cut isolation 'tcp 10.1.0.10:' || fail "isolation: $(cut_by isolation)"
cut_by isolation | grep -qF '10.3.0.10:' && fail "isolation: $(cut_by isolation)"
stream_lived other
in_ns gw "$BUILD/hedate" -r "$RUN" release -c "$WORK/lab.conf" 10.1.0.10 --reason 試験 >/dev/null || fail "release"
cut_by change | grep -F ':443' && fail "a permitted connection is on record as cut"
records 'select(."event.action" == "cut" and ."event.outcome" == "failure")' | grep . &&
	fail "something could not be done"
finish
