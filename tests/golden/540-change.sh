#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# "hedate check --against": what a change means. Every key that a configuration can have is changed,
# one at a time (change/keys), and each is seen; what is said of it is in change/expected, in English,
# and of some in change/expected.ja. To renew both after a deliberate change: UPDATE=1.
# shellcheck source=tests/golden/common.sh
source "$(dirname "$0")/common.sh"
export TZ=UTC
directory=tests/golden/change
base=$directory/base.conf

check()
{
	"$hedate" check --profiles "$directory" --against "$base" "$@" 2>&1
}

# Keys of the tables in lib/conf*.c, as table.key, but those of profiles.
find lib -name 'conf*.c' ! -name 'conf_profile*' -exec \
	sed -n '/^static const struct conf_key [a-z_]*_keys\[\] = {$/,/^};/p' {} + |
	awk '/conf_key/ { table = $5; sub(/\[.*/, "", table) }
		/^\t\{ "/ { key = $2; gsub(/[",]/, "", key); print table "." key }' | sort -u >"$work/there"
grep -v '^#' "$directory/keys" | cut -f1 | sort -u >"$work/tried"
missing=$(comm -23 "$work/there" "$work/tried")
[ -z "$missing" ] || fail "keys that are not tried: $missing"
stale=$(comm -13 "$work/there" "$work/tried")
[ -z "$stale" ] || fail "keys that are no more: $stale"
[ "$(wc -l <"$work/there")" -ge 110 ] || fail "only few keys were found"

# What follows from a summary, without what check says of the file otherwise.
summary()
{
	sed -n '/^[-+~] /,/^[0-9][^:]*: [0-9].*weakens: [0-9]/p'
}

while IFS=$'\t' read -r key edit; do
	case $key in '#'*) continue ;; esac
	cases=$((cases + 1))
	sed "$edit" "$base" >"$work/policy.conf"
	cmp -s "$base" "$work/policy.conf" && fail "$key: the file is the same"
	check "$work/policy.conf" >"$work/out" || fail "$key: $(cat "$work/out")"
	summary <"$work/out" >"$work/summary"
	[ -s "$work/summary" ] || fail "$key: the change is not seen: $(cat "$work/out")"
	{
		echo "== $key"
		cat "$work/summary"
	} >>"$work/expected"
done <"$directory/keys"

# The same in Japanese: a path that changes, one that goes, a zone that is opened.
japanese()
{
	sed "$1" "$base" >"$work/policy.conf"
	LC_ALL=C.UTF-8 LANGUAGE=ja HEDATE_LOCALEDIR="$(dirname "$hedate")/locale" check "$work/policy.conf" |
		sed -n '/^[-+~] /,/弱/p' >>"$work/expected.ja"
}
japanese 's/mon-fri/mon-sat/; /name = "public"/,/}; },/d'
japanese 's/inside = "open"/inside = "closed"/; s/two_person = true/two_person = false/'

# Nothing changes but the text; and the order.
cases=$((cases + 1))
sed 's/^site/# a remark\nsite/' "$base" >"$work/policy.conf"
check "$work/policy.conf" | grep -q '^nothing changes in what it means$' || fail "a remark is a change"

# A file to compare with that is refused, or is not there.
echo 'site = {' >"$work/broken.conf"
for against in "$work/broken.conf" "$work/none.conf"; do
	cases=$((cases + 1))
	"$hedate" check --profiles "$directory" --against "$against" "$base" >"$work/out" 2>&1
	code=$?
	[ "$code" = 4 ] || fail "--against $against: status $code: $(cat "$work/out")"
	grep -qF "$against" "$work/out" || fail "--against $against is not named: $(cat "$work/out")"
done

# For programs.
cases=$((cases + 1))
sed 's/mon-fri/mon-sat/' "$base" >"$work/policy.conf"
changes=$(check --json "$work/policy.conf" | jq -c .changes)
wanted='[{"action":"changed","what":"path","name":"link","effects":["opens"],"fields":[{"key":"windows",'
wanted+='"before":"mon-fri 08:30-17:15","after":"mon-sat 08:30-17:15","effects":["opens"]}]}]'
[ "$changes" = "$wanted" ] || fail "--json: $changes"

for name in expected expected.ja; do
	[ "${UPDATE:-}" ] && cp "$work/$name" "$directory/$name"
	diff -u "$directory/$name" "$work/$name" || fail "$name differs"
done
enough_cases 120
