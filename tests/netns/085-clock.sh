#!/bin/bash
# Whether the clock is synchronised is on record from the start, as the kernel says it, and in the
# status. A clock that is set, forward over midnight and back again, is on record with by how much,
# and the log goes on in order. (It is set for the daemons alone, by tests/netns/preload/setclock.c.)
# waits
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

# set_clock SECONDS: ahead of what it is
set_clock()
{
	/usr/bin/python3 -c 'import struct, sys
with open(sys.argv[2], "r+b") as file:
    file.write(struct.pack("=q", int(sys.argv[1])))' "$1" "$WORK/clock"
}
head -c 8 /dev/zero >"$WORK/clock"
chmod 755 "$WORK"
settable=$([ -z "${SANITIZE:-}" ] && echo yes) # a sanitizer wants to be the first
[ ! "$settable" ] || preload_hedated setclock "HEDATE_CLOCK=$WORK/clock"
EPOCH=1 LOG_KEYS="compress = false;" lab_up "$(lab_path P1 my lg https)"
expected=$(kernel_says)
say "the kernel says: $expected"
[ "$(status_field clock)" = "$expected" ] || fail "status: $(status_field clock)"
case $expected in
synchronised) action=clock-synchronised outcome=success ;;
*) action=clock-lost outcome=failure ;;
esac
flush || fail "flush"
wait_until 20 grep -qs '"event.action":"clock-' "$LOGS"/hedate-*.jsonl
events=$(records 'select(."event.action" | startswith("clock-")) |
	"\(."event.action") \(."event.outcome")"')
[ "$events" = "\"$action $outcome\"" ] || fail "on record: $events"
if [ ! "$settable" ]; then
	say "the clock cannot be set for what a sanitizer watches"
	finish
fi

# That many forbidden flows from source $1.
block()
{
	local words
	plan_words blocked raw 10.3.0.10 10.1.0.11 53 protocol=udp
	words=("${WORDS[@]:1}")
	"$PROBE" send "${words[@]}" "count=$2" "distinct=$2" "source=$1" >/dev/null
	flush
}

steps()
{
	records 'select(."event.action" == "clock-stepped") | ."hedate.clock.step" | tonumber | round'
}

# For wait_until.
# shellcheck disable=SC2317
stepped()
{
	[ "$(steps | tail -n 1)" = "$1" ] && [ "$(steps | wc -l)" = "$2" ]
}

block 10.3.0.21 5
set_clock 93784 # a day, two hours, three minutes, four seconds
wait_until 150 stepped 93784 1 || fail "a clock that was set is not on record: $(steps)"
block 10.3.0.22 5
ahead=$(date -u -d '+93784 seconds' +hedate-%Y%m%d)
[ -s "$LOGS/$ahead.jsonl" ] || fail "the day of that time has no file: $(ls "$LOGS")"
before=$(records 'select(."event.action" == "clock-stepped") | ."hedate.clock.before"' | tr -d '"')
late=$(($(date +%s) - $(date -d "$before" +%s)))
if [ "$late" -lt 0 ] || [ "$late" -ge 60 ]; then
	fail "before: $before, $late s ago"
fi

# Back: what is written goes on behind what is there.
set_clock -3600
wait_until 150 stepped -97384 2 || fail "set back, it is not on record: $(steps)"
block 10.3.0.23 5
check_equation
for source in 21 22 23; do
	[ "$(records "select(.\"source.ip\" == \"10.3.0.$source\")" | wc -l)" = 5 ] || fail "flows of 10.3.0.$source"
done
[ "$(cat "$LOGS"/hedate-*.jsonl | grep -o '"event.sequence":[0-9]*' | cut -d : -f 2 | sort -nc 2>&1)" = "" ] ||
	fail "the files are not in the order of their records"
"$BUILD/hedate" log verify -d "$LOGS" --key "$(cat "$LOGS/hedate.vkey")" || fail "hedate log verify"
conf/hedate-verify --key "$(cat "$LOGS/hedate.vkey")" "$LOGS" || fail "hedate-verify"
finish
