#!/bin/bash
# first
# The log goes to a collector over TLS, by the real rsyslog at both ends: each record and each
# checkpoint gets there, byte for byte, whatever is killed on the way; the copy can be verified. A
# collector or gateway without the right certificate gets nothing, and gets nothing in.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/forward.sh
. "$NETNS_DIR/forward.sh"

forward_packages
forward_certificates
EPOCH=2 lab_up "$(lab_path P1 my lg https)" "$(forward_output)"

forwarder_start relp
block 21 500
collector_start
expect_all "collector that came later"

# The collector is killed in the middle, and stays away for a while.
block 22 3000 &
blocking=$!
sleep 0.5
end "$COLLECTOR"
wait "$blocking"
block 23 500
collector_start
expect_all "collector killed"

# Both, and the sending side a second time before the collector is back.
end "$COLLECTOR"
block 24 3000
sleep 1
end "$FORWARDER"
forwarder_start relp
sleep 1
end "$FORWARDER"
block 25 100
forwarder_start relp
collector_start
expect_all "both killed"

# A state that was being written at that moment, and one that is of another file now.
end "$FORWARDER"
for state in "$FORWARD"/imfile-state:*; do
	head -c 20 "$state" >"$state.cut" && mv "$state.cut" "$state"
done
echo '{ "filename": "\/nowhere", "prev_was_nl": 0, "curr_offs": 9, "strt_offs": 9 }' \
	>"$FORWARD/imfile-state:1:2"
block 26 100
forwarder_start relp
expect_all "states damaged"
[ ! -e "$FORWARD/imfile-state:1:2" ] || fail "a state of no file is kept"

# Syslog over TLS. Killing nobody: nothing is acknowledged.
end "$FORWARDER"
end "$COLLECTOR"
rm -rf "$REMOTE" "$FORWARD"/imfile-state:*
collector_start
forwarder_start tls
block 27 500
expect_all "syslog over TLS"
end "$FORWARDER"

# A collector with another name in its certificate, a gateway with one of another kind.
rm -rf "$REMOTE" "$FORWARD"/imfile-state:*
certificate collector impostor.example.jp
for way in relp tls; do
	end "$COLLECTOR"
	collector_start
	forwarder_start "$way"
	sleep 3
	end "$FORWARDER"
	[ -z "$(received_lines)" ] || fail "$way: a wrong collector received records"
done
certificate collector collector.example.jp
certificate gateway lab.elsewhere.example.jp
for way in relp tls; do
	end "$COLLECTOR"
	collector_start
	forwarder_start "$way"
	sleep 3
	end "$FORWARDER"
	[ -z "$(received_lines)" ] || fail "$way: a wrong gateway was received"
done
certificate gateway lab.gateway.example.jp

# The copy is what was sealed, for both verifiers, and a line that never came is named.
end "$COLLECTOR"
rm -rf "$FORWARD"/imfile-state:*
collector_start
forwarder_start relp
stop_hedated
expect_all "the whole log"
end "$FORWARDER"
forwarder_start relp # what it repeats
expect_all "the whole log"
# shellcheck disable=SC2016 # for eval
came_twice='[ "$(cat "$REMOTE"/*/hedate-*.jsonl | wc -l)" -gt "$(wc -l <"$WORK/lines")" ]'
wait_until 100 eval "$came_twice" ||
	fail "nothing came twice"
"$RSYSLOG/hedate-received" "$REMOTE"/* "$WORK/copy" || fail "hedate-received: $?"
for file in "$LOGS"/hedate-*.jsonl "$LOGS"/hedate-*.seal; do
	cmp "$file" "$WORK/copy/${file##*/}" || fail "not as on the gateway: $file"
done
key=$(cat "$LOGS/hedate.vkey")
"$SOURCE_DIR/conf/hedate-verify" --key "$key" "$WORK/copy" || fail "hedate-verify"
"$BUILD/hedate" log verify --key "$key" -d "$WORK/copy" || fail "hedate log verify"
for file in "$REMOTE"/*/hedate-*.jsonl; do
	grep -v '"event.sequence":77,' "$file" >"$file.x" && mv "$file.x" "$file"
done
"$RSYSLOG/hedate-received" "$REMOTE"/* "$WORK/gap" >"$WORK/gap.out"
[ $? = 1 ] || fail "a gap is no failure"
grep -qx 'missing records: 77 to 77' "$WORK/gap.out" || fail "the gap: $(cat "$WORK/gap.out")"
start_hedated "$WORK/lab.conf"
finish
