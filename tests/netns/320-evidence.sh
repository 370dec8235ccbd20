#!/bin/bash
# hedate evidence collects what is there, while traffic is blocked and the log grows: others check
# it with programs that are not hedate's. What cannot be had is named; a change is found.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

KEY=$WORK/evidence.key

# evidence STATUS WORDS...: collect, and end so.
evidence()
{
	local wanted=$1 status
	shift
	in_ns gw "$BUILD/hedate" -r "$RUN" --profiles "$POLICIES" evidence --key "$KEY" \
		-c "$WORK/lab.conf" -d "$LOGS" --state-directory "$STATE" "$@" >"$WORK/said" 2>&1
	status=$?
	[ "$status" = "$wanted" ] || fail "evidence $*: status $status: $(cat "$WORK/said")"
}

# As the manual page says.
check()
{
	(cd "$1" && sha256sum --quiet -c SHA256SUMS &&
		openssl pkeyutl -verify -pubin -inkey evidence.pub -rawin -in SHA256SUMS \
			-sigfile SHA256SUMS.sig) >/dev/null 2>&1
}

EPOCH=1 lab_up "$(lab_path P1 my lg https)"
plan_words blocked raw 10.3.0.10 10.1.0.11 53 protocol=udp
words=("${WORDS[@]:1}")
"$PROBE" send "${words[@]}" count=200 distinct=200 >/dev/null
flush
"$PROBE" send "${words[@]}" count=20000 distinct=2000 seconds=2 source=10.3.0.77 >/dev/null &
sending=$!
one=$WORK/one
evidence 0 --for 監査 --reason "X-2026-0001" "$one"
wait "$sending"

check "$one" || fail "digests or signature"
[ "$(stat -c %a "$one")" = 700 ] || fail "others may look into it"
[ "$(cd "$one" && find . -type f | wc -l)" = $(($(wc -l <"$one/SHA256SUMS") + 3)) ] ||
	fail "files that no digest covers"
grep -q "$(sha256sum <"$one/SHA256SUMS" | cut -c 1-64)" "$WORK/said" || fail "the digest is not said"
[ "$(jq -r '[.for, .reason] | join(" ")' "$one/evidence.json")" = '監査 X-2026-0001' ] ||
	fail "$(cat "$one/evidence.json")"
[ "$(jq '[.parts[] | select(.missing)] | length' "$one/evidence.json")" = 0 ] ||
	fail "missing: $(jq -c '.parts[] | select(.missing)' "$one/evidence.json")"

# The log vouches for the key: its record is proved with the checkpoint that follows it, which is one
# of the log's; and it has the digest.
"$SOURCE_DIR/conf/hedate-verify" --proof "$one/evidence-key.proof" >"$WORK/proved" || fail "the proof of the key"
key=$(openssl pkey -pubin -in "$one/evidence.pub" -outform DER | tail -c 32 | base64)
[ "$(head -n 1 "$WORK/proved" | jq -r '[."event.action", ."hedate.evidence.key", ."hedate.text"] | join(" ")')" = \
	"evidence-begun $key 監査: X-2026-0001" ] || fail "the proof is of another record: $(cat "$WORK/proved")"
sed -n '/^$/,$p' "$one/evidence-key.proof" | tail -n +2 >"$WORK/checkpoint"
"$SOURCE_DIR/conf/hedate-verify" --key "$(cat "$LOGS/hedate.vkey")" --checkpoint "$WORK/checkpoint" "$one/log" >/dev/null ||
	fail "the checkpoint of the proof is not the log's"
grep -q '^Key and digest are on record' "$WORK/said" || fail "$(cat "$WORK/said")"
flush
[ "$(records 'select(."event.action" == "evidence") | ."hedate.evidence.digest"')" = \
	"\"$(sha256sum <"$one/SHA256SUMS" | cut -c 1-64)\"" ] || fail "the digest is not on record"

# The log in it is one, though it grew meanwhile.
"$SOURCE_DIR/conf/hedate-verify" --key "$(cat "$LOGS/hedate.vkey")" "$one/log" ||
	fail "the log in it is not what was sealed"
[ "$(jq .intact "$one/verified.json")" = true ] || fail "$(cat "$one/verified.json")"
[ "$(cat "$one/log/"*.jsonl | grep -c '"source.ip":"10.3.0.10"')" = 200 ] ||
	fail "not all records are in it"
cmp "$WORK/lab.conf" "$one/config/hedate.conf" || fail "the configuration"
jq -e '[.nftables[].table // empty | .name] | index("hedate")' "$one/rules.json" >/dev/null ||
	fail "the rule set"
[ "$(jq -r .state "$one/status.json")" = enforcing ] || fail "$(cat "$one/status.json")"
for file in zones paths exceptions addresses routes; do
	jq . "$one/$file.json" >/dev/null || fail "$file.json"
done
grep -q 'chain deny-no-path' "$one/rules-wanted.nft" || fail "rules-wanted.nft"

# Nothing is put over what is there; the key stays the same.
evidence 1 "$one"
grep -q exists "$WORK/said" || fail "$(cat "$WORK/said")"
check "$one" || fail "it was changed"
evidence 0 --json "$WORK/two"
[ "$(jq .on_record "$WORK/said")" = true ] || fail "$(cat "$WORK/said")"
[ "$(jq -r .digest "$WORK/said")" = "$(sha256sum <"$WORK/two/SHA256SUMS" | cut -c 1-64)" ] ||
	fail "$(cat "$WORK/said")"
cmp "$one/evidence.pub" "$WORK/two/evidence.pub" || fail "another key"

# Only the files of the days that are asked for.
cp "$LOGS"/hedate-*.jsonl "$LOGS/hedate-20200101.jsonl"
evidence 0 --since today "$WORK/today"
[ ! -e "$WORK/today/log/hedate-20200101.jsonl" ] || fail "--since"
evidence 0 --until 2020-01-01 "$WORK/then"
[ "$(echo "$WORK"/then/log/*.jsonl)" = "$WORK/then/log/hedate-20200101.jsonl" ] ||
	fail "--until: $(echo "$WORK"/then/log/*)"
rm "$LOGS/hedate-20200101.jsonl"

# Every change is found.
file=$(echo "$one"/log/*.jsonl)
sed -i '50s/no-path/no-pats/' "$file"
check "$one" && fail "a changed record was not found"
(cd "$one" && find . -type f ! -name 'SHA256SUMS*' ! -name evidence.pub -exec sha256sum {} + >SHA256SUMS)
check "$one" && fail "new digests without the key were not found"

# With the daemons gone the rest is collected.
stop_hedated
evidence 1 "$WORK/alone" -c "$WORK/none.conf"
check "$WORK/alone" || fail "incomplete, and not signed"
grep -q '^not collected: config/hedate.conf: No such file' "$WORK/said" || fail "$(cat "$WORK/said")"
grep -q '^not collected: evidence-key.proof' "$WORK/said" || fail "$(cat "$WORK/said")"
grep -q 'on record' "$WORK/said" && fail "it is said to be on record"
[ "$(jq '.parts[] | select(.name == "status.json") | .status' "$WORK/alone/evidence.json")" = 3 ] ||
	fail "the status of hedate status"

# A key that is none, or that others may read; a place that is none.
chmod 644 "$KEY"
evidence 1 "$WORK/none"
grep -q 'others may read' "$WORK/said" || fail "$(cat "$WORK/said")"
echo nonsense >"$KEY" && chmod 600 "$KEY"
evidence 1 "$WORK/none"
grep -q 'this is no key' "$WORK/said" || fail "$(cat "$WORK/said")"
rm "$KEY"
evidence 1 "$WORK/no/such/place"
[ ! -e "$WORK/none" ] || fail "something was collected without a key"
start_hedated "$WORK/lab.conf"
finish
