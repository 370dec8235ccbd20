#!/bin/bash
# A sealed log of given lines is the same for the same seed, holds what it was given, and is what was
# sealed. The browser test's year is made so: what it says of changes and exceptions, which lie beside
# the configuration that is named, is what the office did.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8 LANGUAGE='' TZ=Asia/Tokyo PYTHONDONTWRITEBYTECODE=1
build=$(realpath "${BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-lines.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
NOW=1795219200 # 2026-11-21T09:00 in Tokyo
LINES_KEPT=3000
bad=0

complain()
{
	echo "$*"
	bad=1
}

# sealed NAME SEED: of the lines that there are
sealed()
{
	mkdir "$work/$1" "$work/$1.keys"
	"$build/tests/sealed/makelog" --lines "$work/$1" "$work/$1.keys" aobano "$2" <"$work/lines" ||
		complain "makelog: $1"
}

/usr/bin/python3 tests/browser/makeyear.py conf/aobano.conf $NOW 1 >"$work/all" || complain "makeyear.py"
head -n $LINES_KEPT "$work/all" >"$work/lines"
sealed one 1
sealed same 1
sealed other 2
diff -r "$work/one" "$work/same" >/dev/null || complain "the same seed gives another log"
cmp -s "$work/one/hedate.vkey" "$work/other/hedate.vkey" && complain "another seed gives the same key"
cat "$work"/one/*.jsonl | cmp - "$work/lines" || complain "the log is not the lines"
days=$(cut -c 16-25 "$work/lines" | sort -u | wc -l)
[ "$days" -gt 5 ] || complain "$days days"
"$build/hedate" log verify -d "$work/one" --json >"$work/out" || complain "verify: $(cat "$work/out")"
jq -e --argjson lines $LINES_KEPT --argjson days "$days" '.lines == $lines and .checkpoints >= $days and .unsealed_lines == 0 and .intact' \
	"$work/out" >/dev/null || complain "not $LINES_KEPT lines of $days days: $(cat "$work/out")"

# The year as a whole, with what lies beside it.
mv "$work/all" "$work/lines"
mkdir "$work/versions" "$work/etc" "$work/state"
sealed year 1
/usr/bin/python3 tests/browser/office.py conf/aobano.conf $NOW "$work/versions" >"$work/plan" ||
	complain "office.py"
"$build/tests/browser/makeoffice" "$work/etc/city.conf" "$work/state" "$work/year" <"$work/plan" ||
	complain "makeoffice"
cp conf/aobano.conf "$work/etc/city.conf"
"$build/hedate" --profiles conf report --json --lang en -s tests/unit/snapshot.json \
	-c "$work/etc/city.conf" --exceptions "$work/state/exceptions.jsonl" -d "$work/year" \
	--index "$work/none" --since 2025-11-21 --until 2026-11-20 --at 2026-11-21T09:00:00+09:00 >"$work/report" 2>"$work/err"
[ $? -lt 2 ] || complain "report: $(cat "$work/err")"

expect()
{
	jq -e "$1" "$work/report" >/dev/null || complain "not $1"
}
expect '.changes.source.state == "read" and .changes.alone == 1'
expect '[.changes.items[] | select(.number == 2) | .lines[].text | test("path F10: added: from linkage")] | any'
expect '[.changes.items[] | select(.number == 10) | .lines[] | select(.effect == "closes") | .text |
	test("internet > internet: removed: ipv4")] | any'
expect '[.changes.items[] | select(.action == "apply") | .outcome] |
	group_by(.) | map([.[0], length]) == [["confirmed", 8], ["rolled_back", 1]]'
expect '[.changes.items[] | select(.action == "apply-refused") | (.lines | length > 1)] == [true]'
expect '[.exceptions.items[].state] == ["expired", "emergency", "granted", "requested", "revoked", "revoked",
	"refused", "expired"]'
expect '.exceptions.due == 2 and .exceptions.in_force == 2'
expect '.log.finding_total == 0 and (.log.holds | length == 1) and .log.exported.by == "sato"'
exit $bad
