#!/bin/bash
# hedate-rewind: how far back what reads the log goes before it begins, what it reads again, and
# what it does with states that make no sense.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-rewind.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
log=$work/log
bad=0

expect() # what, wanted, got
{
	if [ "$2" != "$3" ]; then
		printf '%s:\n  wanted: %s\n  got:    %s\n' "$1" "$2" "$3"
		bad=1
	fi
}

begin()
{
	rm -rf "$log" "$work/states"
	mkdir -p "$log" "$work/states/again"
}

# state NUMBER FILE OFFSET
state()
{
	printf '{ "filename": "%s", "prev_was_nl": 0, "curr_offs": %s, "strt_offs": %s }' \
		"${2//\//\\/}" "$3" "$3" >"$work/states/imfile-state:$1"
}

rewind()
{
	conf/rsyslog/hedate-rewind "$work/states" || expect "status" 0 "$?"
}

offset()
{
	jq .curr_offs "$work/states/imfile-state:$1"
}

begin
seq -f 'line %06g' 10000 >"$log/hedate-20261120.jsonl" # 12 bytes each
state 1 "$log/hedate-20261120.jsonl" 120000
rewind
expect "4096 lines back" $((12 * (10000 - 4096))) "$(offset 1)"
expect "of this file" "$log/hedate-20261120.jsonl" \
	"$(jq -r .filename "$work/states/imfile-state:1")"
state 1 "$log/hedate-20261120.jsonl" 60000
rewind
expect "of what was read" $((12 * (5000 - 4096))) "$(offset 1)"
state 1 "$log/hedate-20261120.jsonl" 1200
rewind
expect "to the beginning" 0 "$(offset 1)"

# Lines so long that 4096 of them are more than is looked through.
head -c 40000000 /dev/zero | tr '\0' x | fold -w 99999 >"$log/hedate-20261121.jsonl"
state 1 "$log/hedate-20261121.jsonl" 30000000
rewind
expect "long lines" 0 "$(offset 1)"

# Checkpoints: whole ones.
for ((i = 0; i < 5000; i++)); do
	printf 'body %05d\n\n— note\n' "$i"
done >"$log/hedate-20261120.seal"
size=$(stat -c %s "$log/hedate-20261120.seal")
state 2 "$log/hedate-20261120.seal" "$size"
rewind
expect "whole checkpoints" "body 00904" "$(tail -c "+$(($(offset 2) + 1))" \
	"$log/hedate-20261120.seal" | head -n 1)"

# States that make no sense.
begin
seq 100 >"$log/hedate-20261120.jsonl"
state 1 "$log/hedate-20261120.jsonl" 100000
state 2 "$log/none" 10
echo '{ "filena' >"$work/states/imfile-state:3"
: >"$work/states/imfile-state:4"
rewind
expect "none of them is left" again "$(ls "$work/states")"

# What was compressed before it was read: from the last file on that was being read.
for day in 18 19 20 21 22; do
	echo "day $day" >"$log/hedate-202611$day.jsonl"
done
zstd -q --rm "$log"/hedate-202611{18,19,20,21}.jsonl
rewind
expect "at the first start nothing is old" "" "$(ls "$work/states/again")"
state 1 "$log/hedate-20261119.jsonl" 3
rewind
expect "from the 19th on" "day 19 day 20 day 21" "$(cat "$work/states/again/"* | xargs)"
expect "and its state goes" again "$(ls "$work/states")"
state 1 "$log/hedate-20261122.jsonl" 3
state 2 "$work/states/again/hedate-20261119.jsonl" 7
state 3 "$work/states/again/hedate-20261120.jsonl" 3
touch -d '2 hours ago' "$work/states"/imfile-state:*
rewind
expect "what was read goes" "hedate-20261120.jsonl hedate-20261121.jsonl" \
	"$(cd "$work/states/again" && echo *)"
echo rubbish >"$log/hedate-20261123.jsonl.zst"
rewind 2>"$work/said"
expect "what cannot be read is said" "hedate-rewind: what was compressed could not be read" \
	"$(grep '^hedate-rewind' "$work/said")"
expect "and the rest goes on" 0 "$(offset 1)"
exit "$bad"
