#!/bin/bash
# hedate log with an index says what it says without: for many questions, over several files, some
# compressed, while the log grows, and when the index is missing, damaged, or of another log.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8 LANGUAGE='' TZ=UTC NO_COLOR=1
build=$(realpath "${BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-index.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
log=$work/log index=$work/index
mkdir "$log" "$index" "$work/run"
bad=0
asked=0

complain()
{
	echo "$*"
	bad=1
}

ask()
{
	"$build/hedate" log -d "$log" -r "$work/run" "$@" 2>&1
	echo "status $?"
}

# compare QUESTION...: with the index as it is, and without
compare()
{
	asked=$((asked + 1))
	ask --no-index "$@" >"$work/scanned"
	ask --index "$index" "$@" >"$work/found"
	cmp -s "$work/scanned" "$work/found" ||
		complain "$when: hedate log $*: $(diff "$work/scanned" "$work/found" | head -n 5)"
}

questions()
{
	compare --json
	compare --json --events
	compare --count
	compare --count --reason spoof --json
	compare --top src
	compare --top dst -n 1000
	compare --top port --pair internet,lgwan
	compare --top pair --since 2026-11-22
	compare --top reason --address 10.30.0.0/16
	compare --top src --port 3389 -n 3
	compare --json --address 10.30.0.3
	compare --json --source fd00:1e::/64 --protocol tcp
	compare --json --destination 10.20.0.7 --until '2026-11-23 12:00'
	compare --json --mac 00:00:5e:1e:00:05
	compare --json --interface eno3.320 --port 22
	compare --json --revision 007e
	compare --json --zone lgwan.external --reason device
	compare --json --action apply
	compare --json -n 50
	compare --json -n 30 --reason limit --since '2026-11-21 10:00'
	compare -n 5 --zone mynumber.servers
	compare --zone nowhere
	compare --count --since '2026-11-21 06:00' --until '2026-11-21 06:10'
}

"$build/tests/bench/genlog" "$log" 12000 "${HEDATE_SEED:-7}" 700000 || exit 1
[ "$(find "$log" -name '*.jsonl' | wc -l)" -gt 10 ] || complain "only few files were made"
[ "$(ask --no-index --json --address 10.30.0.3 | wc -l)" -gt 10 ] || complain "the questions are about nothing"

when="no index"
questions
# pack NUMBER: the segment of this number is compressed, as the recorder does
pack()
{
	local name
	name=$(basename "$(find "$log" -name '*.jsonl*' | sort | sed -n "$1p")")
	"$build/tests/sealed/makelog" --pack "$log" "$name" || complain "$name is not compressed"
	[ -e "$log/$name.zst" ] || complain "$name.zst is missing"
	[ -e "$log/$name" ] && complain "$name is there as it was"
}
pack 5
pack 6
when="the whole index"
"$build/hedate" log index -d "$log" --index "$index" >/dev/null || complain "log index fails"
questions
when="files that were compressed since"
pack 7
pack 8
questions
"$build/hedate" log index -d "$log" --index "$index" --json | jq -e '.segments - .unchanged == 2 and .removed == 0' \
	>/dev/null || complain "log index: other files than those that changed"
questions

when="an index of a part of the log"
last=$(find "$log" -name '*.jsonl' | sort | tail -n 1)
first=$(find "$log" -name '*.jsonl' | sort | head -n 1)
third=$(find "$log" -name '*.jsonl' | sort | sed -n 3p)
{
	head -n 3 "$first"
	grep -m 1 '"ledger"' "$first"
	sed -n 5,9p "$first" # not whole yet
} >>"$last"
rm "$index/$(basename "$third").index"
questions

when="with a damaged index"
for file in "$index"/*.index; do
	size=$(stat -c %s "$file")
	for at in $((RANDOM * RANDOM % size)) $((size * 3 / 4)); do
		printf '\377\0\377' | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
	done
done
truncate -s 5000 "$index/$(basename "$first").index"
questions

when="with the index of a log that is another now"
"$build/hedate" log index -d "$log" --index "$index" --anew >/dev/null || complain "log index --anew fails"
sed -i 's/"event.reason":"no-path"/"event.reason":"invalid"/' "$third"
truncate -s "$(head -n 200 "$first" | wc -c)" "$first"
mv "$log/$(basename "$last")" "$log/hedate-20261231.jsonl"
questions

when="after lines that are no records"
"$build/hedate" log index -d "$log" --index "$index" >/dev/null || complain "log index fails"
{
	echo 'not a record'
	printf '{"@timestamp":"2026-12-31T08:00:00Z","event.action":"apply"\n'
	grep -m 1 '"ledger"' "$first"
} >>"$log/hedate-20261231.jsonl"
questions
"$build/hedate" log index -d "$log" --index "$index" >/dev/null || complain "log index fails"
questions

# A compressed file that is damaged: what is in one of its frames is missing, all else is shown, and
# what was skipped is said.
when="after a compressed file was damaged"
log=$work/damaged
mkdir "$log"
"$build/tests/bench/genlog" "$log" 6000 "${HEDATE_SEED:-7}" 1500000 || exit 1
name=$(basename "$(find "$log" -name '*.jsonl' | sort | sed -n 2p)")
"$build/hedate" log -d "$log" --no-index --json --events >"$work/before" || complain "$when: not before"
cp "$log/$name" "$work/plain"
pack 2
"$build/hedate" log index -d "$log" --index "$index" --anew >/dev/null || complain "log index --anew fails"
dd if=/dev/zero of="$log/$name.zst" bs=1 count=64 conv=notrunc status=none \
	seek=$(($(stat -c %s "$log/$name.zst") / 2))
"$build/hedate" log -d "$log" --no-index --json --events >"$work/after" 2>"$work/said"
[ $? = 1 ] || complain "$when: the exit status is not 1"
read -r begin end < <(sed -n "s/,//g; s|.*/$name.zst is damaged: .* bytes \([0-9]*\) to \([0-9]*\) cannot.*|\1 \2|p" "$work/said")
[ "$((${end:-0} - ${begin:-0}))" -gt 100000 ] || complain "$when: what was skipped is not said: $(cat "$work/said")"
[ "$(wc -l <"$work/said")" = 1 ] || complain "$when: more is said: $(cat "$work/said")"
tail -c +"$((begin + 1))" "$work/plain" | head -c "$((end - begin))" >"$work/lost"
grep -vxFf "$work/lost" "$work/before" | cmp -s - "$work/after" || complain "$when: other records are shown"
tac "$work/after" | head -n 5000 | tac >"$work/last"
"$build/hedate" log -d "$log" --no-index --json --events -n 5000 2>/dev/null | cmp -s - "$work/last" ||
	complain "$when: -n shows other records"
"$build/hedate" log -d "$log" --index "$index" --json --events 2>"$work/said" | cmp -s - "$work/after" ||
	complain "$when: with an index, other records are shown"
grep -q "bytes .* cannot be read" "$work/said" || complain "$when: with an index, it is not said"
number=$(sed -n '3s/.*"event.sequence":\([0-9]*\).*/\1/p' "$work/lost")
"$build/hedate" log show -d "$log" "$number" 2>&1 | grep -q "a file is damaged" || complain "$when: log show $number"
number=$(sed -n 's/.*"event.sequence":\([0-9]*\).*/\1/p' "$work/after" | tail -n 1)
"$build/hedate" log show -d "$log" "$number" >/dev/null 2>&1 || complain "$when: log show $number, of another file"
truncate -s -1 "$log/$name.zst"
"$build/hedate" log -d "$log" --no-index --json --events 2>"$work/said" >"$work/after"
grep -q "$name.zst is damaged: nothing of it" "$work/said" || complain "$when: a table without its end"
grep -vxFf "$work/plain" "$work/before" | cmp -s - "$work/after" || complain "$when: the other files"

echo "$asked questions"
[ "$bad" = 0 ]
