#!/bin/bash
# A neighbour on the gateway that may change rules, and does all it can: flushes, deletes, alters our
# table, adds tables that accept everything at every priority, set marks, take packets out of
# tracking, translate addresses. Where the table is ours alone, or locked by one that is, no forbidden
# packet passes; where it is watched it is counted how many do, and in the end all is as it should be.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
HOSTILE_SECONDS=${HOSTILE_SECONDS:-4}
RATE=5000 # forbidden packets a second, of each of two floods

# Tables that accept, at every hook and many priorities.
accept_all()
{
	local hook priority
	for hook in prerouting input forward output postrouting; do
		for priority in -400 -300 -150 -1 0 1 10 300; do
			echo "add chain inet all $hook-$((priority + 500)) { type filter hook $hook priority $priority; policy accept; }"
			echo "add rule inet all $hook-$((priority + 500)) accept"
		done
	done
}
{
	echo 'add table inet all'
	accept_all
} >"$WORK/all.nft"

# What one turn of the neighbour does, a transaction a line; our table refuses some, or all.
cat >"$WORK/hostile" <<'END'
add table inet hostile; add chain inet hostile pre { type filter hook prerouting priority -300; }; add rule inet hostile pre ct mark set 1 meta mark set 1
add table inet hostile; add chain inet hostile early { type filter hook prerouting priority -350; }; add rule inet hostile early udp dport 53 notrack
add table ip hostile; add chain ip hostile nat { type nat hook prerouting priority -100; }; add rule ip hostile nat ip daddr 10.99.99.99 dnat to 10.1.0.11
add table ip hostile; add chain ip hostile post { type nat hook postrouting priority 100; }; add rule ip hostile post ip daddr 10.99.99.98 masquerade
chain inet hedate forward { policy accept; }
insert rule inet hedate forward accept
flush chain inet hedate forward
insert rule inet hedate prerouting accept
delete chain inet hedate forward
flush table inet hedate
add table inet hedate { flags dormant; }
delete table inet hedate
delete table inet hedate-guard
END

# For some seconds; says how many turns it took.
neighbour()
{
	local end=$((SECONDS + $1)) line turns=0
	while [ "$SECONDS" -lt "$end" ]; do
		nft_gw -f "$WORK/all.nft"
		while read -r line; do
			nft_gw "$line"
		done <"$WORK/hostile"
		nft_gw flush ruleset
		turns=$((turns + 1))
	done 2>/dev/null
	echo $turns
}

forbidden_begin()
{
	local load="rate=$RATE seconds=$1 count=100000000 distinct=50"
	# shellcheck disable=SC2086
	{
		flood "udp$2" 10.3.0.10 10.1.0.11 53 protocol=udp $load
		flood "syn$2" 10.2.0.10 10.1.0.11 443 protocol=tcp flags=S $load
	}
}

# How many arrived of how many: sets ALL_ARRIVED, ALL_SENT.
forbidden_end()
{
	flood_end "udp$1"
	ALL_ARRIVED=$ARRIVED ALL_SENT=$SENT
	flood_end "syn$1"
	ALL_ARRIVED=$((ALL_ARRIVED + ARRIVED)) ALL_SENT=$((ALL_SENT + SENT))
}

count_of()
{
	records "select(.\"event.action\" == \"$1\")" | wc -l
}

# For wait_until.
# shellcheck disable=SC2317
is_over()
{
	[ "$(count_of drift-end)" -gt "$ended" ]
}

# shellcheck disable=SC2317
is_repaired()
{
	[ "$(count_of drift-repaired)" -ge "$1" ]
}

# shellcheck disable=SC2317
is_on_record()
{
	[ "$(count_of foreign-table)" -gt 0 ]
}

lab_up "$(lab_path P1 my lg https)"

# Nothing gets by, whatever the neighbour does: nobody_passes HOW
nobody_passes()
{
	forbidden_begin $((HOSTILE_SECONDS + 1)) "-$1"
	turns=$(neighbour "$HOSTILE_SECONDS")
	forbidden_end "-$1"
	say "$1: $turns turns of the neighbour, $ALL_ARRIVED of $ALL_SENT forbidden packets passed"
	[ "$turns" -gt 0 ] || fail "the neighbour did nothing"
	[ "$ALL_SENT" -gt 1000 ] || fail "hardly anything was sent"
	[ "$ALL_ARRIVED" = 0 ] || fail "$1: $ALL_ARRIVED forbidden packets passed"
	wait_until 100 is_on_record || fail "the tables of the neighbour are not on record"
	wait_until 100 is_ready || fail "$1: not ready after the neighbour"
	[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "permitted, after the neighbour"
}

# Ours alone.
if [ "$(status_field ownership)" = owned ]; then
	nobody_passes owned
	[ "$(count_of drift)" = 0 ] || fail "a table of our own was changed"
	check_equation
else
	say "this kernel does not let a table be ours alone"
fi
stop_hedated

# Not ours alone, but locked by another one that is: permitted connections go on through it all.
start_hedated "$WORK/lab.conf" --no-persist
if [ "$(status_field ownership)" = locked ]; then
	stream_open alive $((HOSTILE_SECONDS + 1)) 10.1.0.10 10.2.0.10 443
	for turn in 1 2 3 4 5; do
		sleep 0.5
		nft_gw flush ruleset
	done
	nft_gw list tables | grep -q hedate-lock || fail "the lock was taken away"
	stream_lived alive
	nobody_passes locked
	flush
	[ "$(count_of drift-repaired)" -ge 5 ] || fail "locked, and not put right"
else
	say "this kernel has no table flag owner"
fi
stop_hedated
nft_gw list tables | grep -q hedate-lock && fail "the lock stays without its owner"

# Watched: first one flush at a time, then all at once.
start_hedated "$WORK/lab.conf" --unowned
flush || fail "flush"
already=$(count_of drift-repaired)
ended=$(count_of drift-end) storms=$(count_of drift-storm)
forbidden_begin 8 -flush
for turn in 1 2 3 4 5; do
	sleep 0.5
	nft_gw flush ruleset
	wait_until 200 is_repaired $((already + turn)) || fail "flush $turn was not put right"
done
forbidden_end -flush
# Something for an epoch, also where the floods were over before the last repair was.
block 10.3.0.10 1
flush || fail "flush"
repaired=$(($(count_of drift-repaired) - already))
say "watched, 5 times flush ruleset: $ALL_ARRIVED of $ALL_SENT forbidden packets passed, $repaired repairs"
say "$(records 'select(."event.action" == "drift-repaired") |
	"shut after \(."hedate.window_ms") ms, right after \(."hedate.repair_ms") ms"' | tail -n "$repaired")"
[ "$repaired" -ge 5 ] || fail "only $repaired of 5 flushes were put right"
[ "$ALL_ARRIVED" -lt "$ALL_SENT" ] || fail "nothing was put right"
# A table that is put there in haste has small flow sets. Both generations were emptied since: one
# before it was counted in, one when its epoch was on record.
# shellcheck disable=SC2317 # for wait_until
made_for_many()
{
	nft_gw -t list set inet hedate "flow-udp4-$1" >"$WORK/set"
	grep -qw 'size 327679' "$WORK/set"
}
for generation in a b; do
	wait_until 300 made_for_many $generation || fail "generation $generation is not made for many flows"
done

forbidden_begin $((HOSTILE_SECONDS + 1)) -watched
turns=$(neighbour "$HOSTILE_SECONDS")
before=${EPOCHREALTIME/./}
wait_until 100 is_ready || fail "the table was not put right"
say "as it should be $(((${EPOCHREALTIME/./} - before) / 1000)) ms after the neighbour's end"
forbidden_end -watched
say "watched: $turns turns of the neighbour, $ALL_ARRIVED of $ALL_SENT forbidden packets passed"
books_of_this_table

# And stays so: what is forbidden is blocked, what is permitted passes, nothing is left of the
# stopgap, and the end of it is on record.
forbidden_begin 1 -after
forbidden_end -after
[ "$ALL_ARRIVED" = 0 ] || fail "$ALL_ARRIVED forbidden packets passed after the repair"
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "permitted, after the repairs"
nft_gw list tables | grep -q hedate-guard && fail "forwarding is shut still"
# Where the machine is too slow for so many repairs there is no storm, and no end of one.
if [ "$(count_of drift-storm)" -gt "$storms" ]; then
	wait_until 200 is_over || fail "the end of the storm is not on record"
fi
say "$(records 'select(."event.action" | IN("drift-storm", "drift-end")) | "\(."event.action"): \(."hedate.repairs") repairs of \(."hedate.transactions") transactions, \(."hedate.window_ms") ms in all"')"
finish
