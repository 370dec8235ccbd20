#!/bin/bash
# What hedated puts in force when it starts: its file; what was confirmed, when the file is refused or
# the policy leaves changes to persons; the newest that is whole, when the store is broken; and when
# nothing is, it changes nothing.
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
hedate rollback >"$WORK/said" 2>&1 && fail "there is nothing to roll back to"
grep -q 'nothing else was confirmed' "$WORK/said" || fail "it does not say why: $(cat "$WORK/said")"
apply "$WORK/new.conf"
expect_store 2 "applied"

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
wait_until 200 grep -q 'refused: the policy in force wants two persons' "$WORK/hedated.out" ||
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

# Somebody else may write to it, or it is no directory at all: what two persons were asked for is not
# known, so the file is not asked either.
chmod 0777 "$STORE"
ends 1 'others may write to it), so nothing was changed'
is_old || fail "a store of somebody else's changed the rule set"
chmod 0750 "$STORE"
mv "$STORE" "$WORK/moved"
echo x >"$STORE"
ends 1 'Not a directory), so nothing was changed'
is_old || fail "what is no store changed the rule set"
# Shut by the guard, it stays so.
nft_gw delete table inet hedate
in_ns gw "$PROGRAMS/hedated" --guard -c "$WORK/lab.conf" -r "$RUN" --profiles "$POLICIES" \
	>"$WORK/guard.out" 2>&1
ends 1 'so nothing was changed'
nft_gw list table inet hedate-guard >"$WORK/said" 2>&1 || fail "it is open: $(nft_gw list tables)"
[ "$(try tcp 10.1.0.10 10.2.0.10 443 wait=400)" != passed ] || fail "shut by the guard, and it passes"
rm "$STORE"
mv "$WORK/moved" "$STORE"
cp "$WORK/old.strict" "$WORK/lab.conf"
start
expect_in_force old "in order again"
books_of_this_table
finish
