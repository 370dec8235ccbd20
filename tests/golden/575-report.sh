#!/bin/bash
# hedate report of fixed facts, in Japanese and in English: the pages are what they were, need nothing
# else, and say all that the JSON says; the JSON is as its schema says, and is read again. Of a snapshot
# that was saved: the same facts give the same bytes, whatever time zone and language the process has;
# what cannot be read is said. To renew what is expected: UPDATE=1 tests/golden/575-report.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${BUILD:-build}")
data=tests/golden/report
town=tests/golden/prove
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-report.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 LANGUAGE='' TZ=Asia/Tokyo HEDATE_LOCALEDIR=$build/locale
bad=0

complain()
{
	echo "$*"
	bad=1
}

report()
{
	"$build/hedate" -r "$work" --profiles conf report "$@"
}

# Of a gateway that was saved, with no log and no daemon: report_town OPTION ...
report_town()
{
	report -s $town/town.snapshot -c $town/town.conf --exceptions '' -d "$work/nolog" \
		--at 2026-11-22T00:00:00Z "$@"
}

# refused STATUS WORDS OPTION ...
refused()
{
	local wanted=$1 words=$2 status
	shift 2
	report "$@" >"$work/out" 2>&1
	status=$?
	[ $status = "$wanted" ] || complain "report $*: exit $status"
	grep -qF -- "$words" "$work/out" || complain "report $*: $(cat "$work/out")"
}

# ---- fixed facts

for language in ja en; do
	report -l $language --from $data/facts.json -o "$work/$language.html" || complain "exit $? ($language)"
	# How it looks is not compared, what it says is.
	sed -E 's/></>\n</g; s/sha256-[A-Za-z0-9+\/=]+/sha256-STYLE/' "$work/$language.html" |
		sed '/<style>/,/<\/style>/d' >"$work/$language"
	[ "${UPDATE:-}" ] && cp "$work/$language" "$data/expected.$language"
	diff "$data/expected.$language" "$work/$language" >"$work/differs" || {
		head -20 "$work/differs"
		complain "the page is another ($language)"
	}
done
report --from $data/facts.json --json | cmp - $data/facts.json || complain "the JSON is another"
report --from $data/facts.json --data "$work/again.json" || complain "--data: exit $?"
cmp "$work/again.json" $data/facts.json || complain "--data: the JSON is another"
[ "$(stat -c %a "$work/again.json")" = 640 ] || complain "--data: mode $(stat -c %a "$work/again.json")"
LANGUAGE=ja TZ=UTC LC_ALL=C report -l en --from $data/facts.json | cmp - "$work/en.html" ||
	complain "the page depends on the locale"

# ---- a snapshot, again and in other surroundings

report_town --json >"$work/town.json" 2>"$work/err"
[ $? = 1 ] || complain "what could not be read is no failure"
grep -q 'not everything could be read' "$work/err" || complain "it is not said: $(cat "$work/err")"
for surroundings in TZ=UTC LC_ALL=C LANGUAGE=en; do
	env "$surroundings" "$build/hedate" --profiles conf -r "$work" report -s $town/town.snapshot \
		-c $town/town.conf --exceptions '' -d "$work/nolog" --at 2026-11-22T00:00:00Z --json \
		2>/dev/null | cmp - "$work/town.json" || complain "another with $surroundings"
done
report_town -l en -o "$work/town.html" --data "$work/town-en.json" 2>/dev/null
jq -e '.matrix.result == "proved" and .matrix.source.state == "read" and .site.name == "town" and
	([.matrix.cells[] | select(.path_count > 0) | .verdict] | unique == ["exact"]) and
	.bypass.holds and .listeners.source.state == "unread" and .checkpoint.source.state == "unread" and
	.result == "confirm" and .head.language == "ja" and .head.made == "2026-11-22T00:00:00Z" and
	([.evidence[].name] | index("snapshot") and index("configuration"))' "$work/town.json" >/dev/null ||
	complain "the town: $(jq -c '[.result, .matrix.result, .points]' "$work/town.json")"

# Nothing is said of what nobody has looked at.
jq -e '[.flows, .equation, .changes, .drift, .events, .exceptions, .log, .clock] |
	all(.source.state != "read" and .source.problem != "")' "$work/town.json" >/dev/null ||
	complain "read without a log: $(jq -c '[.[] | objects | .source]' "$work/town.json")"

# ---- against the one before

report -s $town/town.snapshot -c $town/more.conf --exceptions '' -d "$work/nolog" --previous "$work/town.json" \
	--data "$work/more.json" 2>/dev/null
jq -e '.difference.source.state == "read" and (.difference.items |
	any(.section == "matrix" and .what == "lgwan > internet" and .before == "exact" and .after == "less" and .worse)) and
	.result == "fails" and any(.points[]; .section == "difference")' "$work/more.json" >/dev/null ||
	complain "the difference: $(jq -c .difference "$work/more.json")"
[ "$(jq -r .difference.digest "$work/more.json")" = "$(sha256sum <"$work/town.json" | cut -d' ' -f1)" ] ||
	complain "the digest of the one before"
head -c 2000 "$work/town.json" >"$work/torn.json"
report_town --previous "$work/torn.json" --json 2>/dev/null | jq -e '.difference.source |
	.state == "partly" and (.problem | test("torn.json: 1:"))' >/dev/null || complain "a torn one before"

# ---- the period

period()
{
	report_town --json "$@" 2>/dev/null | jq -r '.head.since + " " + .head.until'
}
compare()
{
	[ "$2" = "$3" ] || complain "$1: $2"
}
compare month "$(period -p month)" "2026-09-30T15:00:00Z 2026-10-31T15:00:00Z"
compare quarter "$(period -p quarter)" "2026-06-30T15:00:00Z 2026-09-30T15:00:00Z"
compare year "$(period -p year)" "2024-12-31T15:00:00Z 2025-12-31T15:00:00Z"
compare fiscal-year "$(period -p fiscal-year)" "2025-03-31T15:00:00Z 2026-03-31T15:00:00Z"
compare usual "$(period)" "2026-10-23T00:00:00Z 2026-11-22T00:00:00Z"
compare since "$(period -S 2026-11-01 -U 2026-11-10)" "2026-10-31T15:00:00Z 2026-11-10T15:00:00Z"

# ---- what is not right

echo "somebody's" >"$work/there"
refused 1 "$work/there" --from $data/facts.json -o "$work/there"
[ "$(cat "$work/there")" = "somebody's" ] || complain "another file was overwritten"
refused 1 "No such file" --from "$work/nothing.json"
refused 1 "torn.json: 1:" --from "$work/torn.json"
refused 1 "nowhere" --from $data/facts.json -o "$work/nowhere/x.html"
refused 2 "--lang" -l fr
refused 2 "--period" -p week
refused 2 "--period" -p month -S 2026-01-01
refused 2 "ends before" -S 2026-02-01 -U 2026-01-01
refused 2 "no time" -S yester
refused 2 "no number of days" --unused 0
refused 2 "no number of days" --unused 3x
refused 2 "not expected" more
refused 1 "nothing.snapshot" -s "$work/nothing.snapshot" --json
refused 4 "torn.json" -s "$work/torn.json" --json
refused 4 "nothing.conf" -s $town/town.snapshot -c "$work/nothing.conf" --exceptions '' --json

/usr/bin/python3 tests/golden/report.py "$work" || bad=1
exit $bad
