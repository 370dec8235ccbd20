#!/bin/bash
# Self-inspections: what is found is kept and on record by its digest; the second one says what differs
# from the first; who may write what is to be improved, who may sign it off; other bytes are seen.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"

results=$WORK/inspect
mkdir -m 755 "$results"
chmod 755 "$WORK"

# hedate inspect, as root in the gateway's namespace: its exit status in $status, JSON in $WORK/out.
# shellcheck disable=SC2120 # with none
inspect()
{
	nsenter --net="/run/netns/${TOPOLOGY}gw" "$BUILD/hedate" -r "$RUN" --profiles "$POLICIES" inspect --json --results "$results" -d "$LOGS" --index "$WORK/none" \
		-c "$WORK/lab.conf" --exceptions "$STATE/exceptions.jsonl" "$@" >"$WORK/out" 2>"$WORK/err"
	status=$?
}
# A member of what it said.
said()
{
	jq -r ".$1" "$WORK/out"
}
# Members of the records of an action, one record a line: on_record ACTION MEMBERS
on_record()
{
	flush
	records "select(.\"event.action\" == \"$1\") | [$2] | @tsv" | jq -r .
}
# A step by a person: step WHO WORD ARGUMENT...
step()
{
	as "$1" inspect "$2" --results "$results" "${@:3}" >"$WORK/out" 2>"$WORK/err"
}
# An inspection tells of whole seconds: what happened until now is to be in the next one.
# shellcheck disable=SC2317
second_over()
{
	[ "$(date +%s)" -gt "$second" ]
}
until_told()
{
	second=$(date +%s)
	wait_until 200 second_over || fail "the clock stands"
}
digest()
{
	sha256sum "$results/$1.json" | cut -d ' ' -f 1
}

topology_up || die "the lab could not be built"
lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
start_hedated "$WORK/lab.conf"

# ---- the first one ----

# shellcheck disable=SC2119
inspect
[ "$(said recorded)" = true ] || fail "not on record: $(cat "$WORK/out" "$WORK/err")"
[ "$(said number)" = 1 ] || fail "the first one has number $(said number)"
[ "$(said digest)" = "$(digest 000001)" ] || fail "its digest is $(said digest)"
[ "$(stat -c %a "$results/000001.json")" = 640 ] || fail "its mode is $(stat -c %a "$results/000001.json")"
have=$(on_record inspect '."hedate.inspect.number", ."hedate.inspect.digest", ."hedate.user"')
[ "$have" = "$(printf '1\t%s\troot' "$(digest 000001)")" ] || fail "on record: $have"
jq -e '.equation.source.state == "read" and .equation.holds' "$results/000001.json" >/dev/null ||
	fail "the equation: $(jq -c .equation "$results/000001.json")"
jq -e '.matrix.result == "proved" or .matrix.result == "undecided"' "$results/000001.json" >/dev/null ||
	fail "the matrix: $(jq -c .matrix.result "$results/000001.json")"

# ---- blocked flows and a change: the second one tells ----

plan no-path:internet:mynumber B1 tcp 10.3.0.10 10.1.0.10 443
plan_check || fail "what was to be blocked"
lab_config "$(lab_path P1 my lg https), $(lab_path P2 my lg ssh)" >"$WORK/lab.conf"
hedate apply >"$WORK/out" 2>&1 || fail "apply: $(cat "$WORK/out")"
flush
until_told
# shellcheck disable=SC2119
inspect
[ "$(said number)" = 2 ] || fail "the second one has number $(said number): $(cat "$WORK/out" "$WORK/err")"
[ "$(said since)" = "$(jq -r .head.until "$results/000001.json" | sed 's/Z$/.000000000Z/')" ] ||
	fail "it begins at $(said since), the first one ended at $(jq -r .head.until "$results/000001.json")"
[ "$(said differences)" -gt 0 ] || fail "no difference: $(jq -c .difference "$results/000002.json")"
jq -e '[.changes.items[] | select(.action == "apply" and .who == "root" and .number == 2)] | length == 1' \
	"$results/000002.json" >/dev/null || fail "changes: $(jq -c .changes "$results/000002.json")"
# Between the two nothing is left out: hedated's start is in one of them.
[ "$(jq -r '.events.items[] | select(.action == "start") | .count' "$results"/00000[12].json)" = 1 ] ||
	fail "events: $(jq -c .events "$results"/00000[12].json)"
jq -e '.flows.packets > 0 and (.flows.reasons.rows | map(.name) | contains(["no-path"]))' "$results/000002.json" >/dev/null ||
	fail "blocked flows: $(jq -c .flows "$results/000002.json")"
jq -e '.matrix.paths | map(.name) | contains(["P2"])' "$results/000002.json" >/dev/null ||
	fail "paths: $(jq -c '[.matrix.paths[].name]' "$results/000002.json")"

# ---- people ----

chmod 644 "$results"/*.json
step sato note -i 'log retention: ask for a bigger disk until March' 2 ||
	fail "an operator's note: $(cat "$WORK/err")"
step suzuki note --improvement 改善 2 || fail "an approver's note: $(cat "$WORK/err")"
step sato sign 2 && fail "an operator signed"
grep -q 'hedate-auditor' "$WORK/err" || fail "an operator is told: $(cat "$WORK/err")"
step tanaka sign 2 && fail "the incident team signed"
step watanabe sign 3 && fail "one that is not there was signed"
step watanabe sign -n 'seen' 2 || fail "an auditor's signature: $(cat "$WORK/err")"
have=$(on_record inspect-note '."hedate.inspect.number", ."hedate.user", ."hedate.text"')
[ "$have" = "$(printf '2\tsato\tlog retention: ask for a bigger disk until March\n2\tsuzuki\t改善')" ] ||
	fail "notes on record: $have"
have=$(on_record inspect-signed '."hedate.inspect.number", ."hedate.inspect.digest", ."hedate.user", ."hedate.text"')
[ "$have" = "$(printf '2\t%s\twatanabe\tseen' "$(digest 000002)")" ] || fail "signed: $have"
[ "$(on_record request-refused '."hedate.request"' | grep -c 'inspect sign')" -ge 1 ] ||
	fail "no refusal is on record"

hedate inspect list --results "$results" -d "$LOGS" --json >"$WORK/out" || fail "list: $(cat "$WORK/out")"
[ "$(jq -c '[.inspections[] | [.number, .signed_by]]' "$WORK/out")" = '[[1,""],[2,"watanabe"]]' ] ||
	fail "list: $(cat "$WORK/out")"
hedate inspect show 2 --results "$results" -d "$LOGS" >"$WORK/out" || fail "show: $(cat "$WORK/out")"
{ grep -q 'SIGNED by watanabe' "$WORK/out" && grep -q '改善' "$WORK/out"; } || fail "show: $(cat "$WORK/out")"
grep -q 'NOT OF THESE BYTES' "$WORK/out" && fail "show: $(cat "$WORK/out")"

# ---- other bytes than those that were signed ----

sed -i 's/"auditor":"",/"auditor":"x",/; s/"auditor": "",/"auditor": "x",/' "$results/000002.json"
hedate inspect show 2 --results "$results" -d "$LOGS" >"$WORK/out" || fail "show: $(cat "$WORK/out")"
[ "$(grep -c 'NOT OF THESE BYTES' "$WORK/out")" = 4 ] || fail "other bytes: $(cat "$WORK/out")"
hedate inspect list --results "$results" -d "$LOGS" --json >"$WORK/out"
[ "$(jq -r '.inspections[1].signed_by' "$WORK/out")" = "" ] || fail "other bytes: $(cat "$WORK/out")"
echo broken >"$results/000002.json"
hedate inspect show 2 --results "$results" -d "$LOGS" >"$WORK/out" 2>&1 && fail "a broken one is shown"
hedate inspect list --results "$results" -d "$LOGS" --json >"$WORK/out" && fail "list does not fail"
[ "$(jq -r '.inspections[1].problem' "$WORK/out")" != null ] || fail "a broken one: $(cat "$WORK/out")"

# ---- without hedated it is kept, and not on record ----

stop_hedated
# shellcheck disable=SC2119
inspect
[ "$status" = 3 ] || fail "without hedated: status $status: $(cat "$WORK/out" "$WORK/err")"
[ "$(said recorded)" = false ] || fail "without hedated: $(cat "$WORK/out")"
[ -s "$results/000003.json" ] || fail "it is not kept"
start_hedated "$WORK/lab.conf"
finish
