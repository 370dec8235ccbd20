# shellcheck shell=bash
# Changes of the configuration under traffic (sourced after lab.sh): two rule sets, packets that both
# let through, packets that only one of them does, packets that none does.

STORE=$WORK/confirmed

# old.conf: what is confirmed; new.conf: one path less, another more. Members of the file that say
# how it is changed: change_configs [TEXT]
change_configs()
{
	local always
	always="$(lab_path P1 my lg https), $(lab_path P3 in lg https)"
	{
		lab_config "$(lab_path OLD my in ssh), $always"
		echo "${1:-}"
	} >"$WORK/old.conf"
	{
		lab_config "$(lab_path NEW lg in ssh), $always"
		echo "${1:-}"
	} >"$WORK/new.conf"
	cp "$WORK/old.conf" "$WORK/lab.conf"
}

# What both permit, forbid, and what none lets pass, for so many seconds.
change_traffic()
{
	stream_open kept4 "$1" 10.1.0.10 10.2.0.10 443
	stream_open kept6 "$1" fd00:1::10 fd00:2::10 443
	local rate="rate=500 seconds=$1 count=100000000"
	# shellcheck disable=SC2086
	{
		flood udp 10.3.0.10 10.1.0.11 53 protocol=udp distinct=50 $rate
		flood syn6 fd00:2::10 fd00:1::11 443 protocol=tcp flags=S distinct=50 $rate
	}
}

change_traffic_end()
{
	stream_lived kept4
	stream_lived kept6
	flood_blocked udp
	flood_blocked syn6
}

# Which of the two the packets say it is: "old", "new", or what it should not be.
in_force()
{
	local old new
	old=$(try tcp 10.1.0.10 10.3.0.10 22 wait=700)
	new=$(try tcp 10.2.0.10 10.3.0.10 22 wait=700)
	case $old/$new in
	passed/blocked) echo old ;;
	blocked/passed) echo new ;;
	*) echo "OLD $old, NEW $new" ;;
	esac
}

expect_in_force()
{
	local have
	have=$(in_force)
	[ "$have" = "$1" ] || fail "$2: in force is $have, not $1"
}

# "current" of the store: "1", or "1 2" with what waits.
store_current()
{
	sed -n 's/^[a-z]* \([0-9]*\).*/\1/p' "$STORE/current" | paste -sd ' '
}

expect_store()
{
	[ "$(store_current)" = "$1" ] || fail "$2: the store says $(store_current), not $1"
}

# The watcher of a hedated that was killed: its zombie is nobody's to wait for here.
watcher_lives()
{
	pgrep -x -r D,R,S hedated-watch >/dev/null
}

# An event of this action about a change: has_event ACTION NUMBER
has_event()
{
	[ "$(records "select(.\"event.action\" == \"$1\" and .\"hedate.change\" == \"$2\")" | wc -l)" -ge 1 ]
}

expect_event()
{
	flush
	wait_until 200 has_event "$@" || fail "no event $1 of change $2"
}

# Killed as by SIGKILL; its watcher with it where $1 is "both", as when the system goes down.
kill_hedated()
{
	local watcher
	watcher=$(pgrep -x -P "$HEDATED" hedated-watch)
	kill -KILL "$HEDATED"
	[ "$1" != both ] || kill -KILL "$watcher" 2>/dev/null
	wait "$HEDATED" 2>/dev/null
}
