#!/bin/bash
# Whether the clock is synchronised is on record from the start, as the kernel says it, and in the
# status. (That it is set is tried by unit/test_clockwatch: here it would be everybody's clock.)
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# What the kernel says: adjtimex() without anything to change; 5: TIME_ERROR.
kernel_says()
{
	/usr/bin/python3 -c 'import ctypes
state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(1024))
print("unsynchronised" if state == 5 else "synchronised")'
}

lab_up "$(lab_path P1 my lg https)"
expected=$(kernel_says)
say "the kernel says: $expected"
[ "$(status_field clock)" = "$expected" ] || fail "status: $(status_field clock)"
case $expected in
synchronised) action=clock-synchronised outcome=success ;;
*) action=clock-lost outcome=failure ;;
esac
hedate flush >/dev/null || fail "flush"
wait_until 20 grep -qs '"event.action":"clock-' "$LOGS"/hedate-*.jsonl
events=$(records 'select(."event.action" | startswith("clock-")) |
	"\(."event.action") \(."event.outcome")"')
[ "$events" = "\"$action $outcome\"" ] || fail "on record: $events"
finish
