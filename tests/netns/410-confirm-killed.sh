#!/bin/bash
# hedated is killed while a change waits to be confirmed: the next one goes on waiting, or rolls it
# back; without a next one the watcher does, in time. Another boot, a broken store, a file that is
# refused, a policy that leaves changes to persons.
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

# It ends by itself: exit status $1, and says $2.
ends()
{
	local status
	nsenter --net="/run/netns/${TOPOLOGY}gw" timeout 20 "$PROGRAMS/hedated" -c "$WORK/lab.conf" \
		-r "$RUN" -s "$STATE" -l "$LOGS" --profiles "$POLICIES" >"$WORK/said" 2>&1
	status=$?
	[ "$status" = "$1" ] || fail "exit status $status, not $1: $(cat "$WORK/said")"
	grep -q -- "$2" "$WORK/said" || fail "it does not say \"$2\": $(cat "$WORK/said")"
}

said()
{
	grep -q -- "$1" "$WORK/hedated.out" || fail "hedated does not say \"$1\""
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

# A file that is refused: what was confirmed, and it runs.
stop_hedated
echo "nonsense" >"$WORK/lab.conf"
start
said 'is refused; number 2, which was confirmed, is in force'
expect_in_force new "the file is refused"
expect_event file-refused 2

# The policy in force leaves changes to persons: the file is not asked.
change_configs 'confirm_seconds = 600; two_person = true;'
for config in old new; do
	cp "$WORK/$config.conf" "$WORK/$config.strict"
done
change_configs ""
apply "$WORK/old.strict"
number=$(store_current)
cp "$WORK/new.conf" "$WORK/lab.conf"
# What one person asks for is a proposal at most.
hedate apply >"$WORK/said" 2>&1
expect_store "$number" "one person applies"
hedate rollback 1 >"$WORK/said" 2>&1
expect_store "$number" "one person rolls it back"
expect_in_force old "what one person asked for"
kill -HUP "$HEDATED"
wait_until 50 grep -q 'refused: the policy in force wants two persons' "$WORK/hedated.out" ||
	fail "SIGHUP: it does not say why"
apply "$WORK/old.strict" # the same bytes are no change
stop_hedated
start
said 'is not what is in force'
expect_in_force old "the file is not asked"
expect_store "$number" "the file is not asked"

# Broken: the newest before it that is whole; that of the file, when it is the same.
stop_hedated
mv "$STORE/$(printf %06d "$number").conf" "$WORK/lost"
echo x >"$STORE/$(printf %06d "$number").conf"
start
said "number $number of .* is broken and was not used"
expect_in_force new "the confirmed one is broken"
expect_event store-broken "$number"
stop_hedated
cp "$WORK/old.strict" "$WORK/lab.conf"
start
expect_in_force old "the file is what was confirmed"
stop_hedated
cp "$WORK/lost" "$STORE/$(printf %06d "$number").conf"

# "current" itself: the newest that was confirmed.
cp "$STORE/current" "$WORK/current"
echo "confirmed" >"$STORE/current"
start
said 'which configuration is confirmed cannot be read'
expect_in_force old "current is broken"
stop_hedated
cp "$WORK/current" "$STORE/current"

# Nothing is whole: nothing is changed, and it says what to do.
cp "$WORK/new.conf" "$WORK/lab.conf"
rules >"$WORK/rules.old"
mkdir "$WORK/aside"
cp -p "$STORE"/* "$WORK/aside"
for file in "$STORE"/*.conf "$STORE"/*.json; do
	echo x >>"$file"
done
ends 1 'nothing that was confirmed can be read'
is_old || fail "a broken store changed the rule set"
cp -p "$WORK/aside"/* "$STORE"

# Somebody else may write to it.
chmod 0777 "$STORE"
start
said 'others may write to it'
hedate apply "$WORK/old.conf" >"$WORK/said" 2>&1 && fail "a change that cannot be kept is made"
chmod 0750 "$STORE"
stop_hedated
cp "$WORK/old.strict" "$WORK/lab.conf"
start
expect_in_force old "in order again"

# Not finish: the table was taken away, and with it what it had counted.
stop_hedated
check_records
grep -E 'Sanitizer|runtime error' "$WORK/hedated.out" && fail "what the programs said"
[ "$FAILED" = 0 ] || sed 's/^/hedated: /' "$WORK/hedated.out"
[ "$FAILED" = 0 ]
