#!/bin/bash
# The process that proves, beside hedated: which rights it has; what is on record and in the status when
# it cannot tell, and when it is gone; and that hedated goes on in any case.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# Of the last event of a proof: last EXPRESSION
last()
{
	flush
	records "select(.\"event.action\" // \"\" | startswith(\"proof\")) | $1" | tail -n 1 | tr -d '"'
}
# For wait_until.
# shellcheck disable=SC2317
is_last()
{
	[ "$(last '."event.action"')" = "$1" ]
}
# shellcheck disable=SC2317
is_proved()
{
	[ "$(last '."hedate.proof.cells"')" -gt 0 ] && [ "$(last '."hedate.proof.undecided"')" = 0 ]
}

prover_pid()
{
	local pid
	while read -r pid; do
		[ "$(cat "/proc/$pid/comm")" = hedated-prove ] && echo "$pid"
	done < <(tr ' ' '\n' <"/proc/$HEDATED/task/$HEDATED/children" | grep .)
}

of_process()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# A table of somebody else that changes nothing: it is proved anew.
change_something()
{
	nft_gw "add table inet other$1"
}

topology_up || die "the lab could not be built"
lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
wait_until 300 is_proved || fail "no proof at the start: $(last .)"

# It may read the kernel's rules, and nothing else.
prover=$(prover_pid)
[ "$(wc -w <<<"$prover")" = 1 ] || die "the process that proves: $prover"
for set in CapPrm CapEff CapBnd; do
	[ "$(of_process "$prover" $set)" = 0000000000001000 ] || # CAP_NET_ADMIN
		fail "$set: $(of_process "$prover" $set)"
done
[ "$(of_process "$prover" NoNewPrivs)" = 1 ] || fail "it may gain rights"
[ "$(of_process "$prover" Seccomp)" = "$(of_process "$HEDATED" Seccomp)" ] || fail "it has no filter"
[ "$(find "/proc/$prover/fd" -mindepth 1 | wc -l)" = 4 ] ||
	fail "it holds more than its socket: $(ls -l "/proc/$prover/fd")"

# The exceptions that are granted cannot be read: that is no proof, and said to be none.
register=$STATE/exceptions.jsonl
[ -e "$register" ] && mv "$register" "$WORK/kept"
echo 'this is no register' >"$register"
chmod 644 "$register"
change_something 1
wait_until 300 is_last proof-failed || fail "a register that is none: $(last .)"
[ "$(last '."hedate.why"')" = change ] || fail "why: $(last '."hedate.why"')"
[ "$(status_field separation)" = failed ] || fail "status: $(status_field separation)"
[ -n "$(status_field separation_what)" ] || fail "it is not said why"
rm "$register"
[ -e "$WORK/kept" ] && mv "$WORK/kept" "$register"
change_something 2
wait_until 300 is_proved || fail "after that: $(last .)"

# It is gone: that is on record, and hedated does not prove any more, but goes on with all else.
kill -KILL "$prover"
wait_until 300 is_last proof-failed || fail "it is gone: $(last .)"
[ "$(status_field separation)" = failed ] || fail "status: $(status_field separation)"
status_field separation_what | grep -q 'has ended' || fail "status: $(status_field separation_what)"
in_ns gw setpriv --bounding-set=-net_admin "$BUILD/hedate" -r "$RUN" prove -c "$WORK/lab.conf" \
	--exceptions '' >"$WORK/out" 2>&1
[ $? = 1 ] || fail "a snapshot is had from nobody: $(cat "$WORK/out")"
grep -q 'the kernel cannot be read for you' "$WORK/out" || fail "why not: $(cat "$WORK/out")"
lab_config "$(lab_path P1 my lg https), $(lab_path P2 lg my https)" >"$WORK/lab2.conf"
hedate apply "$WORK/lab2.conf" >"$WORK/out" || fail "apply: $(cat "$WORK/out")"
[ -z "$(prover_pid)" ] || fail "there is another one"
finish
