#!/bin/bash
# kill -9 of the enforcer, then of the recorder, changes nothing of what passes; started again they
# go on where they were, and nothing that was blocked in between is missing from the books.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

same_traffic()
{
	local when=$1
	PLAN_SPORT=$((PLAN_SPORT + 100))
	[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "$when: permitted, IPv4"
	[ "$(try tcp fd00:1::10 fd00:2::10 443)" = passed ] || fail "$when: permitted, IPv6"
	[ "$(try tcp 10.3.0.10 10.2.0.10 443 wait=600)" = blocked ] || fail "$when: forbidden, IPv4"
	[ "$(try udp fd00:3::10 fd00:1::10 53 wait=600)" = blocked ] || fail "$when: forbidden, IPv6"
}

lab_up "$(lab_path P1 my lg https)"
rules >"$WORK/before"
stream_open alive 12 10.1.0.10 10.2.0.10 443
same_traffic "before"

kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
same_traffic "enforcer dead"
rules >"$WORK/dead"
diff "$WORK/before" "$WORK/dead" >"$WORK/diff" ||
	fail "the rule set changed with the enforcer's death: $(head -n 20 "$WORK/diff")"
hedate status >/dev/null 2>&1
[ $? = 3 ] || fail "hedate status without a daemon: exit status"
recorder_gone
start_hedated "$WORK/lab.conf"
same_traffic "enforcer back"
check_equation

recorder_stop KILL
same_traffic "recorder dead"
recorder_start
same_traffic "recorder back"
stream_lived alive
check_equation
records 'select(."event.action" | test("recorder|start|stop|gap")) |
	"\(."event.action") \(.message)"'
finish
