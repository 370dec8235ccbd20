# shellcheck shell=bash
# Operations that take two persons (sourced after points.sh): sato proposes, suzuki
# approves.

# shellcheck disable=SC2034
CONFIG_KEYS='two_person = true;'

put()
{
	as sato apply "$1" >"$WORK/said" 2>&1 && approve_last
}

# The proposal made last.
last_proposal()
{
	hedate proposals --json | jq -r '.proposals[-1].digest'
}

approve_last()
{
	as suzuki approve --yes "$(last_proposal)" >"$WORK/said" 2>&1
}

operate_propose() { as sato apply "$WORK/new.conf" >"$WORK/said" 2>&1; }
prepare_propose() { :; }
prepare_approve() { operate_propose; }
operate_approve() { approve_last; }
prepare_refuse() { operate_propose; }
operate_refuse() { as suzuki refuse --reason x "$(last_proposal)" >"$WORK/said" 2>&1; }
prepare_open() { as sato open --site lab --reason x >"$WORK/said" 2>&1; }
operate_open() { approve_last; }
prepare_close() { prepare_open && operate_open; }
# What it is while it is open, for kernel_has.
learn_open()
{
	POINT="opening"
	if ! prepare_open || ! operate_open; then
		die "$(cat "$WORK/said")"
	fi
	rule_set >"$WORK/rules.open"
	settle
}
operate_close() { as suzuki close --reason x >"$WORK/said" 2>&1; }

# Nothing is proposed any more, nothing open. What a killed hedated has left can be used, or is gone.
settle_more()
{
	local digest
	if [ "$(status_field open)" = true ]; then
		as suzuki close --reason settle >"$WORK/said" 2>&1 || fail "$POINT: $(cat "$WORK/said")"
	fi
	HAS=$(kernel_has)
	[ "$HAS" != open ] || fail "$POINT: it stays open"
	hedate proposals --json >"$WORK/proposals" || fail "$POINT: proposals: $(cat "$WORK/proposals")"
	for digest in $(jq -r '.proposals[].digest' "$WORK/proposals"); do
		as suzuki refuse --reason settle "$digest" >"$WORK/said" 2>&1 ||
			fail "$POINT: refuse: $(cat "$WORK/said")"
	done
}
