#!/bin/bash
# The demo city's emergency X01 (10.10.0.12 → 10.20.0.40 tcp 445) under each of the five security
# policies: every clause that it breaks has to be named, then it passes at once, and no more once it
# is revoked; the report is due until it is entered.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/city.sh
. "$NETNS_DIR/city.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"

# x01 [OPTION...]
x01()
{
	as sato exception request --emergency --from 10.10.0.12 --to 10.20.0.40 --service tcp/445 \
		--reason '基幹系の障害により暫定の経路を使う' --for 72h "$@"
}

topology_up || die "the city could not be built"
started=
count=0
for config in "$SOURCE_DIR"/conf/examples/*.conf; do
	profile=$(basename "$config" .conf)
	install -m 644 "$config" "$WORK/city.conf"
	if [ -z "$started" ]; then
		start_hedated "$WORK/city.conf"
		started=1
	else
		hedate apply "$WORK/city.conf" >"$WORK/out" 2>&1 || fail "$profile: apply: $(cat "$WORK/out")"
	fi
	# One after the other, as they are said.
	clauses=(--clause 対応手順書)
	for ((i = 0; i < 20; i++)); do
		x01 "${clauses[@]}" --json >"$WORK/out" 2>&1 && break
		missing=$(jq -r '[.diagnostics[]? | select(.severity == "error") | .clause][0] // empty' "$WORK/out")
		[ -n "$missing" ] || break
		clauses+=(--clause "$missing")
	done
	count=$((count + 1))
	id=$(hedate exception list --json | jq -r '.exceptions[-1].exception // empty')
	[ "$(jq -r .taken "$WORK/out")" = true ] || fail "$profile: X01: $(cat "$WORK/out")"
	say "$profile: $id: ${clauses[*]}"
	[ ${#clauses[@]} -gt 2 ] || fail "$profile: X01 breaks no clause"
	plan pass "X01-$profile" tcp 10.10.0.12 10.20.0.40 445
	plan no-path:mynumber:lgwan "other-$profile" tcp 10.10.0.12 10.20.0.41 445
	plan_check
	[ "$(status_field reports_due)" = 1 ] || fail "$profile: no report is due"
	as suzuki exception revoke --reason '復旧した' "$id" >/dev/null || fail "$profile: revoke"
	plan no-path:mynumber:lgwan "after-$profile" tcp 10.10.0.12 10.20.0.40 445
	plan_check
	as sato exception report --report 'CISOに報告した' "$id" >/dev/null || fail "$profile: report"
	[ "$(status_field reports_due)" = 0 ] || fail "$profile: the report is still due"
done
[ "$count" = 5 ] || fail "$count examples"
finish
