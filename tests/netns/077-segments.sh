#!/bin/bash
# The log's files: a new one when one is large, compressed when they do not grow any more, removed
# when their time is over but not while a hold is on them, exported, reviewed. Meanwhile flows go on
# being recorded, the log stays verified by both verifiers, and all of it is on record.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"

# What is in the log, whatever form its files have.
records()
{
	local file
	for file in $(find "$LOGS" -name 'hedate-*.jsonl*' ! -name '*.new' | sed 's/[.]zst$//' | sort -u); do
		# It may be compressed while we look.
		cat "$file" 2>/dev/null || zstd -dcq "$file.zst"
	done | jq -c "$1"
}

count_of()
{
	records "select(.\"event.action\" == \"$1\")" | wc -l
}

has_event()
{
	[ "$(count_of "$1")" -ge "${2:-1}" ]
}

# Both verifiers, with the first public key: nothing is wrong.
verify()
{
	local key keys=(--key-directory "$LOGS/keys")
	# Once retention has removed the first checkpoints, the key of those that stay, which is on
	# record.
	key=$(records 'select(."event.action" == "segment-removed") | ."hedate.seal.key"' | tail -n 1 | tr -d '"')
	key=${key:-$(cat "$LOGS/hedate.vkey")}
	"$BUILD/hedate" log verify -d "$LOGS" --key "$key" "${keys[@]}" || fail "hedate log verify"
	conf/hedate-verify --key "$key" "${keys[@]}" "$LOGS" || fail "hedate-verify"
}

# Files of the days before, which another recorder has left.
day()
{
	date -u -d "$1 days ago" "+hedate-%Y%m%d"
}
mkdir -p "$LOGS" "$LOGS/keys"
FIRST=$(date -u -d "$(date -u -d '10 days ago' +%F)" +%s) \
	"$BUILD/tests/sealed/makelog" "$LOGS" "$LOGS/keys" "$(hostname)" 5 2 20 || die "no log"
verify >/dev/null

## A hold keeps all that is of its time or later, whatever the configuration says.
cat >"$LOGS/hedate.keep" <<END
{"hold":1,"since":"$(date -u -d '12 days ago' +%FT00:00:00.000000000Z)","time":"$(date -u +%FT%T.0Z)","by":"taro","text":"case 7"}
{"holds":1}
END
LOG_KEYS='segment = "1M"; retention = { days = 3; };'
# Something else has the name that one would have while it is compressed: it stays as it is.
mkdir "$LOGS/$(day 9).jsonl.zst.new"
EPOCH=1 lab_up "$(lab_path P1 my lg https)"
wait_until 100 has_event compress-failed || fail "that one cannot be compressed is not on record"
hedate log review --note 'look at the files' >/dev/null || fail "review"
sleep 1.5
[ "$(count_of compress-failed)" = 1 ] || fail "compress-failed: $(count_of compress-failed)"
grep -q "^$(day 9).jsonl cannot be compressed\|hedate-logd: $(day 9).jsonl cannot be compressed" "$WORK/hedated.out" ||
	fail "nothing is said of it"
[ -s "$LOGS/$(day 9).jsonl" ] || fail "what could not be compressed is gone"
rmdir "$LOGS/$(day 9).jsonl.zst.new"
hedate log review --note 'look again' >/dev/null || fail "review"
wait_until 150 has_event segment-compressed 5 || fail "five files are to be compressed"
for n in 10 9 8 7 6; do
	[ -e "$LOGS/$(day $n).jsonl.zst" ] || fail "$(day $n) is not compressed"
	[ ! -e "$LOGS/$(day $n).jsonl" ] || fail "$(day $n) is there twice"
done
[ "$(count_of segment-removed)" = 0 ] || fail "removed in spite of a hold"
[ "$(status_field log_holds)" = 1 ] || fail "status does not know of the hold"
hedate log hold -d "$LOGS" | grep -q 'case 7' || fail "the hold is not listed"
verify

## Released: what is older than three days goes, as long as there are three days of files behind it.
hedate log hold --release 2 --reason x && fail "a hold was released that there is not"
# The oldest cannot be removed at first.
mount --bind "$LOGS/$(day 10).jsonl.zst" "$LOGS/$(day 10).jsonl.zst" || fail "bind"
hedate log hold --release 1 --reason 'case closed' || fail "the hold cannot be released"
wait_until 200 has_event remove-failed || fail "that it cannot be removed is not on record"
hedate log review --note 'look at the files' >/dev/null || fail "review"
sleep 1.5
[ "$(count_of remove-failed)" = 1 ] || fail "remove-failed: $(count_of remove-failed)"
[ "$(count_of segment-removed)" = 1 ] || fail "its removal is on record $(count_of segment-removed) times"
umount "$LOGS/$(day 10).jsonl.zst"
hedate log review --note 'look again' >/dev/null || fail "review"
wait_until 100 has_event segment-removed 3 || fail "three files are to be removed"
sleep 2
for n in 10 9 8; do
	[ ! -e "$LOGS/$(day $n).jsonl.zst" ] || fail "$(day $n) is still there"
	[ -z "$(find "$LOGS" -name "$(day $n).seal*")" ] || fail "the checkpoints of $(day $n) are still there"
done
for n in 7 6; do
	[ -e "$LOGS/$(day $n).jsonl.zst" ] || fail "$(day $n) was removed too early"
done
packed_seal()
{
	[ -e "$LOGS/$(day 7).seal.zst" ] && [ ! -e "$LOGS/$(day 7).seal" ]
}
wait_until 200 packed_seal || fail "the checkpoints of $(day 7) are not compressed"
[ "$(count_of segment-removed)" = 3 ] || fail "$(count_of segment-removed) removals"
flush
verify | grep 'removed by retention' || fail "verify does not tell of the removal"
# From the first key of all, only with a checkpoint that was kept.
first_key=$(cat "$LOGS/hedate.vkey")
"$BUILD/hedate" log verify -d "$LOGS" --key "$first_key" --key-directory "$LOGS/keys" >"$WORK/verified" &&
	fail "the first key vouches for what cannot be followed from it"
grep -q 'kept elsewhere$' "$WORK/verified" || fail "what to do is not said: $(cat "$WORK/verified")"
zstd -dcq "$LOGS/$(day 6).seal.zst" | sed '/^\xe2\x80\x94/q' >"$WORK/kept" 2>/dev/null ||
	sed '/^\xe2\x80\x94/q' "$LOGS/$(day 6).seal" >"$WORK/kept"
"$BUILD/hedate" log verify -d "$LOGS" --key "$first_key" --checkpoint "$WORK/kept" --key-directory "$LOGS/keys" ||
	fail "nor with a checkpoint that was kept"
conf/hedate-verify --key "$first_key" --checkpoint "$WORK/kept" --key-directory "$LOGS/keys" "$LOGS" ||
	fail "nor by the second verifier"

## What nobody recorded is missing.
mv "$LOGS/$(day 7).jsonl.zst" "$WORK/"
"$BUILD/hedate" log verify -d "$LOGS" --key-directory "$LOGS/keys" >"$WORK/verified" && fail "not found"
grep -q "^$(day 7).jsonl: a whole file of the log is missing" "$WORK/verified" ||
	fail "what is missing is not named: $(cat "$WORK/verified")"
conf/hedate-verify --key-directory "$LOGS/keys" "$LOGS" | grep -q "$(day 7).jsonl: segment-missing" ||
	fail "the second verifier does not name it"
mv "$WORK/$(day 7).jsonl.zst" "$LOGS/"

## A large file is closed, and compressed while flows come in.
for source in 31 32 33; do
	block 10.3.0.$source 1500
	flush
done
block 10.3.0.34 100
today=$(date -u +hedate-%Y%m%d)
wait_until 150 test -e "$LOGS/$today.jsonl.zst" || fail "the large file is not compressed"
[ -e "$LOGS/${today}_01.jsonl" ] || [ -e "$LOGS/${today}_01.jsonl.zst" ] || fail "no other file"
has_event segment-closed || fail "it is not on record"
flush
for source in 31 32 33; do
	count=$(records "select(.\"source.ip\" == \"10.3.0.$source\") | .\"source.port\"" | sort -u | wc -l)
	[ "$count" = 1500 ] || fail "$count flows of 10.3.0.$source are on record"
done
plain=$(records 'select(."event.action" == "segment-compressed") | ."hedate.log.bytes"' | tail -n 1)
packed=$(records 'select(."event.action" == "segment-compressed") | ."hedate.log.compressed_bytes"' | tail -n 1)
say "compressed: $plain bytes to $packed"
verify
"$BUILD/hedate" log -d "$LOGS" --json --address 10.3.0.31 >"$WORK/asked" || fail "hedate log"
[ "$(wc -l <"$WORK/asked")" -ge 1500 ] || fail "hedate log finds $(wc -l <"$WORK/asked") records"

## Export: what does not grow any more, with sums; again, only what is new.
mkdir "$WORK/medium"
hedate log export -d "$LOGS" "$WORK/medium" || fail "export"
(cd "$WORK/medium" && sha256sum --quiet -c SHA256SUMS) || fail "the sums"
"$BUILD/hedate" log verify -d "$WORK/medium" --key "$first_key" --checkpoint "$WORK/kept" \
	--key-directory /nonexistent || fail "the copy does not verify"
conf/hedate-verify --key "$first_key" --checkpoint "$WORK/kept" "$WORK/medium" || fail "nor by the second verifier"
hedate log export -d "$LOGS" "$WORK/medium" --json >"$WORK/again" || fail "export again"
[ "$(jq .on_record "$WORK/again")" = true ] || fail "the second export is not on record"
[ "$(jq .copied_files "$WORK/again")" -le 2 ] || fail "copied again: $(cat "$WORK/again")"
cp "$WORK/medium/$(day 7).jsonl.zst" "$WORK/medium/$(day 6).jsonl.zst"
sed -i "/$(day 6).jsonl.zst/d" "$WORK/medium/SHA256SUMS"
hedate log export -d "$LOGS" "$WORK/medium" 2>"$WORK/refused" && fail "another file is taken for a copy"
grep -q 'is there already' "$WORK/refused" || fail "$(cat "$WORK/refused")"
[ "$(status_field log_exported_to)" = "$WORK/medium" ] || fail "status does not know of the export"

## Review, and a hold, on record; over a restart.
hedate log review --note '異常なし' || fail "review"
hedate log review --to 999999999 --note x && fail "what is not there yet was reviewed"
hedate log hold --since -1h --reason '照会 令和8年第3号' --json | jq -e '.number == 2' || fail "hold"
## Who may: operators, approvers and the incident team hold, approvers release, all review.
as watanabe log hold --reason x 2>"$WORK/refused" && fail "an auditor placed a hold"
grep -q 'hedate-csirt' "$WORK/refused" || fail "$(cat "$WORK/refused")"
as tanaka log hold --reason 'incident 5' || fail "the incident team cannot place a hold"
as tanaka log hold --release 3 --reason x 2>/dev/null && fail "the incident team released a hold"
as sato log hold --release 3 --reason x 2>/dev/null && fail "an operator released a hold"
as suzuki log hold --release 3 --reason 'closed' || fail "an approver cannot release a hold"
as watanabe log review --note '監査' || fail "an auditor cannot put a review on record"
[ "$(records 'select(."event.action" == "hold-placed") | ."hedate.user"' | tail -n 1)" = '"tanaka"' ] ||
	fail "who placed the hold is not on record"
flush
last=$(status_field log_checkpoint_sequence)
[ "$last" -gt 1000 ] || fail "the last checkpoint is not in the status: $last"
recorder_stop KILL
recorder_start
[ "$(hedate log hold -d "$LOGS" --json | jq -r '.holds[].number')" = 2 ] || fail "the hold is forgotten"
held()
{
	[ "$(status_field log_holds)" = 1 ]
}
wait_until 200 held || fail "status forgot the hold"
[ "$(status_field log_reviewed_by)" = watanabe ] || fail "status forgot the review"
hedate status
for event in hold-released hold-placed log-exported log-reviewed segment-removed; do
	has_event $event || fail "$event is not on record"
done
verify
stop_hedated
verify
check_records
[ "$FAILED" = 0 ]
