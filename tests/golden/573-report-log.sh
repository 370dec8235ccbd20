#!/bin/bash
# What a report says of a sealed log, and the clauses that rest on it: a log that is what was sealed; one
# record changed; no log; not verified. The same inputs give the same bytes.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${BUILD:-build}")
export LC_ALL=C.UTF-8 LANGUAGE='' TZ=Asia/Tokyo
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-report.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

complain()
{
	echo "$*"
	bad=1
}

# report OPTION...: into $work/report
report()
{
	"$build/hedate" --profiles conf report --json --lang en -s tests/unit/snapshot.json \
		-c conf/examples/miyazaki.conf --exceptions '' -d "$work/log" --index "$work/none" \
		--since '2026-11-19 00:00' --until '2026-11-24 00:00' --at '2026-11-24 12:00' \
		>"$work/report" 2>"$work/err"
	[ $? -lt 2 ] || complain "report: $(cat "$work/err")"
}
# expect WHAT EXPRESSION
expect()
{
	jq -e "$2" "$work/report" >/dev/null || complain "$1: not $2"
}
# The results of the checks of a kind in the profile.
LOG='[.conformity.documents[0].clauses[].checks[] | select(.kind == "log") | .result] | unique'

mkdir "$work/log" "$work/keys"
"$build/tests/sealed/makelog" "$work/log" "$work/keys" gw 3 4 10 || complain "makelog"

report
cp "$work/report" "$work/first"
expect "a sealed log" '.log.source.state == "read" and .log.verified and .log.finding_total == 0'
expect "a sealed log" '.log.lines == 132 and .log.unsealed == 0'
expect "a sealed log" "$LOG == [\"conforms\"]"
expect "its evidence" '.evidence[.log.source.evidence - 1] | .name == "log" and (.digest | length) == 64'
expect "its days" '[.flows.buckets[].records] == [0, 40, 40, 40, 0]'
expect "the equation" '.equation.epochs == 12 and .equation.holds'
jq -r .checkpoint.text "$work/report" | sed '$d' >"$work/checkpoint"
cat "$work"/log/*.seal | tail -n "$(wc -l <"$work/checkpoint")" | diff "$work/checkpoint" - >/dev/null ||
	complain "the checkpoint: $(cat "$work/checkpoint")"
[ "$(jq -r .checkpoint.vkey "$work/report")" = "$(cat "$work/log/hedate.vkey")" ] || complain "the key"
"$build/hedate" log verify -d "$work/log" --checkpoint "$work/checkpoint" >"$work/out" 2>&1 ||
	complain "the checkpoint of the report, against the log: $(cat "$work/out")"
report
cmp -s "$work/first" "$work/report" || complain "the same inputs give other bytes"

# Conforming has evidence, everywhere.
expect "evidence" '[.conformity.documents[].clauses[].checks[] |
	select(.result == "conforms" and .evidence == [])] == []'

sed -i '25s/"network.packets":[0-9]*/"network.packets":99999/' "$work/log/hedate-20261121.jsonl"
report
expect "a changed record" '.log.finding_total > 0 and .log.findings[0].name == "changed"'
expect "a changed record" '.log.findings[0].file == "hedate-20261121.jsonl"'
expect "a changed record" "$LOG == [\"fails\"]"
expect "a changed record" '.result == "fails"'

rm -r "$work/log"
report
expect "no log" '.log.source.state == "unread" and (.log.source.problem | contains("/log"))'
expect "no log" '.flows.source.state == "unread" and .checkpoint.source.state == "unread"'
expect "no log" "$LOG == [\"confirm\"]"
exit $bad
