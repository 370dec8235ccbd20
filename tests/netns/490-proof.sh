#!/bin/bash
# The gateway proves itself: at the start, after an apply, after somebody else's change. What makes
# more pass, or lets it not be decided, is on record with an example; when it is gone, so is that. Who
# may not read the kernel's rules is answered by hedated, and decides the same.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# A member of the last proof on record: last MEMBER
last()
{
	flush
	records 'select(."event.action" // "" | startswith("proof")) | ."hedate.'"$1"'" // ""' |
		tail -n 1 | tr -d '"'
}

# For wait_until: of so many cells, none is undecided; some are.
# shellcheck disable=SC2317
all_decided()
{
	[ "$(last proof.cells)" = "$count" ] && [ "$(last proof.undecided)" = 0 ]
}
# shellcheck disable=SC2317
some_undecided()
{
	[ "$(last proof.cells)" = "$count" ] && [ "$(last proof.undecided)" -gt 0 ]
}

# The verdicts alone: what stands beside the rules is this machine's.
cells()
{
	jq -c '[.cells[] | [.from, .to, .family, .new.verdict, .established.verdict, .stray.verdict]]' "$1"
}

topology_up || die "the lab could not be built"
lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
start_hedated "$WORK/lab.conf"

# 6 places, but the gateway with itself; two families; three phases.
places=$(($(lab_config "" | grep -c 'kind = ') + 2))
count=$(((places * places - 1) * 2 * 3))
wait_until 300 all_decided || fail "no proof at the start: $(last proof.cells) cells"
for member in proof.more proof.less proof.undecided proof.connections; do
	[ "$(last $member)" = 0 ] || fail "$member: $(last $member)"
done
[ "$(last why)" = start ] || fail "why: $(last why)"
[ "$(status_field separation)" = "$(last proof.result)" ] || fail "status: $(status_field separation)"
[ "$(status_field separation_milliseconds)" -gt 0 ] || fail "it took no time"

# As root; as somebody who may not read the rules; of the saved snapshot: the same.
prove()
{
	in_ns gw "$@" "$BUILD/hedate" -r "$RUN" --json prove -c "$WORK/lab.conf" --exceptions ''
}
prove env >"$WORK/root.json" 2>"$WORK/root.err"
[ "$(cells "$WORK/root.json" | grep -c .)" = 1 ] || fail "as root: $(cat "$WORK/root.err")"
prove setpriv --bounding-set=-net_admin >"$WORK/other.json" 2>"$WORK/other.err"
[ "$(cells "$WORK/other.json")" = "$(cells "$WORK/root.json")" ] || fail "by hedated: $(cat "$WORK/other.err")"
jq -e '[.cells[] | .new, .established, .stray | .verdict] | all(. == "separate" or . == "exact")' \
	"$WORK/root.json" >/dev/null || fail "cells: $(cells "$WORK/root.json")"

# Marks that our rules take for their own: no proof any more, and an example.
nft_gw 'add table inet x { chain p { type filter hook prerouting priority 0; ct mark set numgen inc mod 4; }; }'
wait_until 300 some_undecided || fail "marks: $(last proof.undecided) undecided"
[ "$(last why)" = change ] || fail "why: $(last why)"
last proof.witness | grep -q ' > ' || fail "no example: $(last proof.witness)"
status_field separation_what | grep -q undecided || fail "status: $(status_field separation_what)"
nft_gw 'delete table inet x'
wait_until 300 all_decided || fail "the table is gone: $(last what)"

# Another one that accepts all: nothing follows from it.
nft_gw 'add table inet x { chain f { type filter hook forward priority -10; accept; }; }'
nft_gw 'add table ip y { chain p { type nat hook prerouting priority -100; dnat to 10.2.0.10; }; }'
wait_until 300 some_undecided || fail "dnat: $(last proof.undecided) undecided"
nft_gw 'delete table ip y'
wait_until 300 all_decided || fail "accept-all: $(last what)"
nft_gw 'delete table inet x'

# An apply is followed by a proof.
lab_config "$(lab_path P1 my lg https), $(lab_path P2 lg my https)" >"$WORK/lab2.conf"
hedate apply "$WORK/lab2.conf" >/dev/null || fail "apply"
# shellcheck disable=SC2317
after_apply()
{
	flush
	records 'select(."hedate.proof.result") | ."hedate.why"' | grep -qx '"apply"'
}
wait_until 300 after_apply || fail "no proof after an apply"
finish
