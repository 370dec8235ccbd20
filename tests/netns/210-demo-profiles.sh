#!/bin/bash
# first
# "make demo PROFILE=...": a full pass of the table of flows under each of the five security policies.
# shellcheck source=tests/netns/demotest.sh
. "$(dirname "$0")/demotest.sh"

row()
{
	grep -qE "^$1 .*$2" "$work/out" || fail "$profile: $1 is not $2: $(grep -E "^$1 " "$work/out")"
}

for profile in chiryu tsuyama yokote miyazaki miyako; do
	demo PROFILE="$profile"
	echo "$profile: $(tail -n 1 "$work/out")"
	[ $status = 0 ] || fail "$profile: exit status $status: $(tail -n 40 "$work/out")"
	tried=$(grep -cE '^(F|N|H)[0-9]' "$work/out")
	[ "$tried" -ge 80 ] || fail "$profile: only $tried flows in the table"
	grep -q BAD "$work/out" && fail "$profile: $(grep BAD "$work/out")"
	# What passes rests on a clause.
	[ "$(grep -c ' passed .*条項' "$work/out")" = "$(grep -c ' passed ' "$work/out")" ] ||
		fail "$profile: no clause: $(grep ' passed ' "$work/out" | grep -v 条項)"
	# Straight to a listed cloud under α′, and only to that.
	if [ "$profile" = chiryu ]; then
		row F26 passed && row F26/6 passed && row N05 passed && row N05b blocked
	else
		row N05 blocked
		grep -q '^F26' "$work/out" && fail "$profile: F26 was tried"
	fi
done

# The expectation is the profile's, not what the file happens to permit.
demo PROFILE=miyako CONFIG=conf/examples/chiryu.conf
[ $status = 1 ] || fail "chiryu's file for miyako: exit status $status"
[ "$(grep -c BAD "$work/out")" = 1 ] || fail "chiryu's file for miyako: $(grep BAD "$work/out")"
profile='chiryu for miyako' row N05 BAD
demo PROFILE=nowhere
[ $status = 1 ] || fail "no such profile: exit status $status"
grep -q 'PROFILE is one of: chiryu miyako miyazaki tsuyama yokote' "$work/out" ||
	fail "no such profile: $(cat "$work/out")"
exit $failed
