#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# "hedate diff" of the demo city and of the same with a path less and another service, in diff.expected
# (English) and diff.expected-ja; what it tells programs; what it refuses. UPDATE=1 renews both.
# shellcheck source=tests/golden/common.sh
source "$(dirname "$0")/common.sh"
city=conf/aobano.conf

compare()
{
	"$hedate" --profiles conf diff "$@"
}

# status NUMBER ARGUMENT ...: it ends like that; what it says is in $work/out.
status()
{
	local wanted=$1
	shift
	cases=$((cases + 1))
	compare "$@" >"$work/out" 2>"$work/err"
	local got=$?
	[ "$got" = "$wanted" ] || fail "$*: status $got, not $wanted: $(cat "$work/out" "$work/err")"
}

sed '/name = "F03"/,/name = "F04"/{/name = "F04"/!d}
	/name = "F05"/s/"https"/"smtp"/' "$city" >"$work/b.conf"
[ "$(grep -c 'name = "F0' "$city")" = $(($(grep -c 'name = "F0' "$work/b.conf") + 1)) ] ||
	fail "F03 is still there, or more is gone"

status 0 "$city" "$city"
grep -q '^SAME' "$work/out" || fail "the city differs from itself: $(cat "$work/out")"
status 1 "$city" "$work/b.conf"
# Of new connections, which is what a person reads first; what is told of known ones depends on which
# of many regions were found first.
of_new()
{
	awk '/^  [^ ]/ { shown = /new connections|新しい接続/ } /^[^ ]/ { shown = 1 } shown'
}
of_new <"$work/out" >"$work/expected"
status 1 -n 0 "$city" "$work/b.conf"
grep -q 'and more' "$work/out" && fail "--regions 0 leaves something out"
cases=$((cases + 1))
LC_ALL=C.UTF-8 LANGUAGE=ja HEDATE_LOCALEDIR="$(dirname "$hedate")/locale" \
	compare "$city" "$work/b.conf" | of_new >"$work/expected-ja"
for language in '' -ja; do
	if [ "${UPDATE:-}" ]; then
		cp "$work/expected$language" "tests/golden/diff.expected$language"
	elif ! diff -u "tests/golden/diff.expected$language" "$work/expected$language"; then
		fail "diff.expected$language: not what it says"
	fi
done

# For programs: what is gone one way comes the other way.
status 1 --json "$city" "$work/b.conf"
there=$(jq -c '[.items[] | select(.kind == "permitted" and .phase == "new") | [.world, .from, .to,
	[.regions[] | [.source, .destination, .protocol, .destination_port]]]]' "$work/out")
[ "$(jq -r '."hedate.diff", .result, (.worlds | map(.decided) | all)' "$work/out" | xargs)" = '1 differs true' ] ||
	fail "JSON: $(head -c 300 "$work/out")"
status 1 --json "$work/b.conf" "$city"
back=$(jq -c '[.items[] | select(.kind == "forbidden" and .phase == "new") | [.world, .from, .to,
	[.regions[] | [.source, .destination, .protocol, .destination_port]]]]' "$work/out")
[ "$there" = "$back" ] || fail "one way $there, back $back"
[ "$there" = '[["ipv4","mynumber","lgwan",[[["10.10.0.15"],["172.28.1.40"],["tcp"],["25"]]]],["ipv6","mynumber","lgwan",[[["fd00:aa:120::15"],["fd00:bb:172:1::40"],["tcp"],["25"]]]]]' ] ||
	fail "newly permitted is $there"

# The same rules, but nothing of IPv4 that is blocked on the way to the gateway goes on record.
town=tests/golden/prove
jq -c '(.tables[].chains[] | select(.chain.name | startswith("deny-") and endswith("-gateway")) | .rules[].expressions)
	|= map(select(.name != "log"))' "$town/town.snapshot" >"$work/silent"
cmp -s "$town/town.snapshot" "$work/silent" && fail "nothing is silent"
status 1 "$town/town.snapshot" "$work/silent"
grep -q '^No longer recorded' "$work/out" || fail "not: $(cat "$work/out")"
grep -q '^DIFFERENT: the same packets pass, but' "$work/out" || fail "not: $(cat "$work/out")"
grep -qE '^(Newly|No longer permitted|Not decided)' "$work/out" && fail "more: $(cat "$work/out")"
status 1 --json "$work/silent" "$town/town.snapshot"
[ "$(jq -c '[.result, ([.items[].kind] | unique), ([.items[].to] | unique)]' "$work/out")" = \
	'["logs",["recorded"],["gateway"]]' ] || fail "JSON: $(head -c 600 "$work/out")"

status 2 "$city"
status 2 "$city" "$city" "$city"
status 2 -n many "$city" "$city"
status 4 "$city" "$work/none.conf"
echo '{"hedate.snapshot": 9}' >"$work/snapshot"
status 4 "$city" "$work/snapshot"
[ -s "$work/err" ] || fail "a snapshot that is none is not complained about"
echo 'zones = ' >"$work/bad.conf"
status 4 "$work/bad.conf" "$city"
grep -q 'bad.conf:' "$work/err" || fail "the file is not named: $(cat "$work/err")"

enough_cases 14
