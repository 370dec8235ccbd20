#!/bin/bash
# The five profiles, and the models, against configurations that break them. Each case is a small
# edit of a configuration that keeps everything, and must be found at one place, under one clause,
# and nothing else with it. The cases are in profiles/<profile or model>.cases:
#
#	base FILE [SED]			what is edited, from here on; SED makes it out of FILE first,
#					with @YESTERDAY@ for what must not have been long ago
#	== NAME SEVERITY KIND CLAUSE	error or warning; KIND of the check that finds it
#	at PATTERN			the first line with it is the one that must be named
#	...				a sed script, up to the next case
#
# What is said of them is in profiles/<...>.expected. Each check of a profile that can refuse or warn
# has a case.
#
#	UPDATE=1 tests/golden/600-profiles.sh	write what it says now, to be read before commit
# shellcheck source=tests/golden/common.sh
. "$(dirname "$0")/common.sh"

# Copies, because the working copy may be writable by a group.
for kind in profiles models; do
	install -D -m 644 -t "$work/conf/$kind" conf/$kind/*.conf
done

check()
{
	(cd "$work" && "$hedate" check --profiles conf "$@")
}

# A configuration that keeps everything: nothing is said of it, every path rests on a clause.
check_base()
{
	local file=$1 edit=${2:-}
	sed -f "${edit:+tests/golden/profiles/}${edit:-/dev/null}" "$file" |
		sed "s/@YESTERDAY@/$(date -d yesterday +%F)/" >"$work/base.conf"
	check --json base.conf >"$work/json" || fail "$file $edit: exit status $?"
	jq -r '.diagnostics[] | "\(.line): \(.message)"' "$work/json" >"$work/said"
	[ ! -s "$work/said" ] || fail "$file $edit: $(cat "$work/said")"
	jq -r '.paths[] | select(.clause == null) | .name' "$work/json" >"$work/said"
	[ ! -s "$work/said" ] || fail "$file $edit: these rest on no clause: $(cat "$work/said")"
}

# One case: name, severity, clause; its pattern and its edit are in files.
check_case()
{
	local name=$1 severity=$2 clause=$3 status wanted=0 line found
	cases=$((cases + 1))
	sed -f "$work/edit" "$work/base.conf" >"$work/policy.conf" || fail "$name: sed"
	cmp -s "$work/base.conf" "$work/policy.conf" && fail "$name: the edit changes nothing"
	line=$(grep -n -m 1 -e "$(cat "$work/pattern")" "$work/policy.conf" | cut -d : -f 1)
	check --json policy.conf >"$work/json"
	status=$?
	[ "$severity" != error ] || wanted=4
	[ $status = $wanted ] || fail "$name: exit status $status"
	# That a pair of zones is only observed is always remarked upon.
	found=$(jq -r '.diagnostics[] | select(.clause != null or .severity == "error")
		| "\(.severity) \(.line) \(.clause)"' "$work/json")
	[ "$found" = "$severity $line $clause" ] ||
		fail "$name: wanted is $severity $line $clause, found is:" "$found"
	{
		echo "== $name"
		check policy.conf 2>"$work/said" >/dev/null
		cat "$work/said"
	} >>"$work/all"
}

# Pairs of clause and kind that must have a case: those that can refuse or warn.
judged()
{
	awk -v RS='[{;}]' '
		/^[ \t\n]*(#[^\n]*\n[ \t\n]*)*number = / { number = value($0) }
		/^[ \t\n]*(#[^\n]*\n[ \t\n]*)*kind = / { kind = value($0) }
		/^[ \t\n]*(#[^\n]*\n[ \t\n]*)*severity = "(refuse|warn)"/ { print kind, number }
		function value(text) { gsub(/^[^"]*"|"[^"]*$/, "", text); return text }' "$1" |
		sort -u
}

walk()
{
	local of=$1 words name='' severity kind clause
	: >"$work/all"
	: >"$work/covered"
	while IFS= read -r words; do
		case $words in
		'#'* | '') ;;
		'base '*)
			[ -z "$name" ] || check_case "$name" "$severity" "$clause"
			name=''
			# shellcheck disable=SC2086
			check_base ${words#base }
			;;
		'== '*)
			[ -z "$name" ] || check_case "$name" "$severity" "$clause"
			read -r _ name severity kind clause <<<"$words"
			echo "$kind $clause" >>"$work/covered"
			: >"$work/edit"
			;;
		'at '*) echo "${words#at }" >"$work/pattern" ;;
		*) echo "$words" >>"$work/edit" ;;
		esac
	done <"tests/golden/profiles/$of.cases"
	[ -z "$name" ] || check_case "$name" "$severity" "$clause"
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$work/all" "tests/golden/profiles/$of.expected"
	fi
	diff -u "tests/golden/profiles/$of.expected" "$work/all" || fail "$of: differs"
}

covered()
{
	local left
	left=$(comm -23 <(judged "$1") <(sort -u "$work/covered"))
	[ -z "$left" ] || fail "$1: no case for: $left"
}

for file in conf/profiles/*.conf conf/models/*.conf; do
	name=$(basename "$file" .conf)
	if [ ! -e "tests/golden/profiles/$name.cases" ]; then
		fail "$file: no cases"
		continue
	fi
	walk "$name"
	covered "$file"
done
enough_cases 60
