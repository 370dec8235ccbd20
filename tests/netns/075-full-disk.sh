#!/bin/bash
# The log's file system fills up in a flood of flows: enforcing and counting go on, nothing half
# written stays, and once there is room every packet is on record.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

if [ "${KEEP:-}" = 1 ]; then
	skip "mounts a file system in a namespace of its own"
fi
mkdir "$LOGS"
mount -t tmpfs -o size=1m,mode=0755 log "$LOGS" || die "no small file system"
room()
{
	mount -o "remount,size=$1" "$LOGS"
}

has_event()
{
	[ "$(records "select(.\"event.action\" == \"$1\")" | wc -l)" -ge "$2" ]
}

EPOCH=1 lab_up "$(lab_path P1 my lg https)"
block 10.3.0.21 50
check_equation
before=$(records . | wc -l)

# About a megabyte of records.
block 10.3.0.22 1500
wait_until 100 grep -q 'cannot be written' "$WORK/hedated.out" || fail "the recorder says nothing"
[ "$(status_field recorder)" = absent ] || fail "the recorder is still connected"
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "permitted, on a full disk"
block 10.3.0.23 20
sleep 6 # it tries again: events would fit, the epoch does not
[ "$(records 'select(."source.ip" == "10.3.0.22")' | wc -l)" = 0 ] ||
	fail "a part of an epoch stayed in the log"
say "lines: $before before, $(records . | wc -l) on a full disk"

room 16m
wait_until 150 is_ready || fail "the recorder does not come back"
wait_until 200 has_event log-recovered 1 || fail "nothing says that the log was not written"
has_event log-failed 1 || fail "nothing says from when"
check_equation
for source in 10.3.0.21:50 10.3.0.22:1500 10.3.0.23:20; do
	count=$(records "select(.\"source.ip\" == \"${source%:*}\") | .\"source.port\"" | sort -u | wc -l)
	[ "$count" = "${source#*:}" ] || fail "$count flows of $source are on record"
done
details=$(records 'select(."source.ip" == "10.3.0.22") | ."hedate.detail"' | sort | uniq -c)
say "details of the flows that waited: $details"
finish
