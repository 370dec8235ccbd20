#!/bin/bash
# What "hedate compile" makes of a configuration: compile/<case>/policy.conf against
# compile/<case>/expected. Case "whole" has everything; of the others the deny chains, the flow sets
# and the counters are left out, which are the same in all. Each is loaded by nft as well, and what
# nft lists of it is loaded again: twice the same.
#
#	UPDATE=1 tests/golden/020-compile.sh	write what it makes now, to be read before commit
# shellcheck source=tests/golden/common.sh
. "$(dirname "$0")/common.sh"
cd tests/golden/compile || exit 1

# Blocks begin with one tab and end with "}" after one tab.
without_common()
{
	awk '/^\t(counter |chain (deny|flow|blocked)-|chain blocked |set flow-|map flows)/ { skip = 1 }
		!skip { print }
		/^\t}/ { skip = 0 }' "$1"
}

# shellcheck disable=SC2016
load='nft -f "$1/ruleset" && nft list ruleset >"$1/listed" && nft flush ruleset &&
	nft -f "$1/listed" && nft list ruleset >"$1/again"'

check_nft()
{
	if ! unshare -n sh -c "$load" sh "$work" 2>"$work/said"; then
		cat "$work/said"
		fail "$case: nft does not take it"
	elif ! diff -u "$work/listed" "$work/again"; then
		fail "$case: what nft lists is not what it loads"
	fi
}

check_json()
{
	"$hedate" compile --json "$work/policy.conf" >"$work/json" 2>/dev/null
	if ! jq -e '.table == "hedate" and (.chains | length) ==
		([.chains[].name] | unique | length)' "$work/json" >/dev/null; then
		fail "$case: its JSON"
	fi
}

for case in *; do
	cases=$((cases + 1))
	install -m 0644 "$case/policy.conf" "$work/policy.conf"
	if ! "$hedate" compile "$work/policy.conf" >"$work/ruleset" 2>"$work/said"; then
		cat "$work/said"
		fail "$case: is refused"
		continue
	fi
	if [ "$case" = whole ]; then
		cp "$work/ruleset" "$work/seen"
	else
		without_common "$work/ruleset" >"$work/seen"
	fi
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$work/seen" "$case/expected"
	fi
	diff -u "$case/expected" "$work/seen" || fail "$case: differs"
	check_nft
	check_json
done
enough_cases 10
