#!/bin/bash
# hedated is killed while a change waits to be confirmed: the next one goes on waiting, or rolls it
# back; without a next one the watcher does, in time. Another boot.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/change.sh
. "$NETNS_DIR/change.sh"

start()
{
	start_hedated "$WORK/lab.conf"
}

apply()
{
	hedate apply "$@" >"$WORK/said" 2>&1 || fail "apply $*: $(cat "$WORK/said")"
}

# The deadline of what waits, by sed: edit_current 's/...//'
edit_current()
{
	sed -i "$1" "$STORE/current"
}

forwarding()
{
	in_ns gw sysctl -q -w "net.ipv4.ip_forward=$1" "net.ipv6.conf.all.forwarding=$1"
}

# For wait_until.
# shellcheck disable=SC2317
is_old()
{
	rules >"$WORK/rules.now" && cmp -s "$WORK/rules.old" "$WORK/rules.now"
}

topology_up || die "the lab could not be built"
change_configs ""
start
rules >"$WORK/rules.old"
change_traffic 45

# Killed, started again within the time: it waits on, and is confirmed.
apply "$WORK/new.conf" --confirm 600
kill_hedated alone
expect_in_force new "killed while a change waits"
start
[ "$(status_field confirmed)" = false ] || fail "started again, nothing waits"
expect_in_force new "started again"
hedate confirm >/dev/null || fail "confirm"
expect_store 2 "confirmed after a kill"
cp "$WORK/new.conf" "$WORK/lab.conf"

# Killed, started after the time.
apply "$WORK/old.conf" --confirm 600
kill_hedated both
edit_current 's/[0-9]*$/1/;1s/.*/confirmed 2/'
start
expect_in_force new "started after the time"
expect_store 2 "started after the time"
expect_event rollback-automatic 3
cmp -s "$STORE/000002.conf" "$WORK/new.conf" || fail "other bytes"

# Killed, and the system started anew: another boot, and a kernel without our table.
apply "$WORK/old.conf" --confirm 600
kill_hedated both
edit_current 's/ [0-9a-f]*-/ 00000000-/'
# The kernel forwards nothing then, until there is a rule set.
forwarding 0
nft_gw delete table inet hedate
start
forwarding 1
expect_in_force new "started in another boot"
expect_store 2 "started in another boot"
expect_event rollback-automatic 4
rules >"$WORK/rules.old"

# Killed, and nobody starts it: the watcher, in its time.
apply "$WORK/old.conf" --confirm 10
kill_hedated alone
is_old && fail "the change is not in force"
wait_until 250 is_old || fail "the watcher does not roll back"
expect_in_force new "rolled back by the watcher"
wait_until 100 eval '! watcher_lives' || fail "the watcher stays"
start
expect_store 2 "after the watcher"
expect_event rollback-automatic 5

# Killed with its watcher: the kernel keeps what it has, whatever the time.
apply "$WORK/old.conf" --confirm 10
kill_hedated both
sleep 12
expect_in_force old "nobody is there to roll back"
start
expect_in_force new "started at last"
expect_event rollback-automatic 6
change_traffic_end

# Not finish: the table was taken away, and with it what it had counted.
stop_hedated
check_records
grep -E 'Sanitizer|runtime error' "$WORK/hedated.out" && fail "what the programs said"
[ "$FAILED" = 0 ] || sed 's/^/hedated: /' "$WORK/hedated.out"
[ "$FAILED" = 0 ]
