#!/bin/bash
# The log goes out as RFC 5424 syslog over UDP, TCP and a UNIX socket, by the real rsyslog, to a
# receiver that takes every message apart.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/forward.sh
. "$NETNS_DIR/forward.sh"

forward_packages
EPOCH=2 lab_up "$(lab_path P1 my lg https)" "$(forward_output)"
block 21 300
cat "$LOGS"/hedate-*.jsonl >"$WORK/lines"

# way, address of the receiver, namespace in which it is
while read -r way address place; do
	rm -rf "$FORWARD"/imfile-state:*
	nsenter --net="/run/netns/$TOPOLOGY$place" python3 -B "$NETNS_DIR/syslogd.py" \
		"$way" "$address" "$WORK/lines" >"$WORK/receiver.out" 2>&1 &
	receiver=$!
	wait_until 200 grep -q ready "$WORK/receiver.out" || fail "$way: no receiver"
	forwarder_start "$way"
	wait "$receiver" || fail "$way: $(tail -n 1 "$WORK/receiver.out" | cut -c 1-400)"
	end "$FORWARDER"
	say "$way: done"
done <<END
udp 10.9.0.10 management.a
tcp 10.9.0.10 management.a
unix $WORK/collector.sock gw
END
[ "$FAILED" = 0 ] || tail -n 5 "$WORK/forwarder.out"
finish
