#!/bin/bash
# Starting, stopping, being two, being nobody: privileges are dropped, a second daemon is refused,
# the rule set outlives the daemon, a foreign change is seen, callers are known.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# Users as the package makes them.
accounts passwd <<'END'
hedate:x:64801:64801::/nonexistent:/usr/sbin/nologin
hedate-log:x:64802:64802::/nonexistent:/usr/sbin/nologin
END
accounts group <<'END'
hedate:x:64801:
hedate-log:x:64802:
hedate-operator:x:64803:
hedate-auditor:x:64804:
END

# For wait_until.
# shellcheck disable=SC2317
is_repaired()
{
	records 'select(."event.action" == "drift-repaired")' | grep -q .
}

# shellcheck disable=SC2317
has_path()
{
	hedate paths --json | grep -q "$1"
}

# process_field PID NAME
process_field()
{
	sed -n "s/^$2:[[:space:]]*\([^[:space:]]*\).*/\1/p" "/proc/$1/status"
}

lab_up "$(lab_path P1 my lg https)" \
	'input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; } );'
recorder=$(recorder_pid)

# Root no more, one capability and none, system calls filtered.
for check in "$HEDATED Uid 64801" "$HEDATED CapEff 0000000000001000" "$HEDATED Seccomp 2" \
	"$HEDATED NoNewPrivs 1" "$recorder CapEff 0000000000000000" "$recorder Seccomp 2"; do
	read -r pid name want <<<"$check"
	# AddressSanitizer's run time needs calls that no filter would let through.
	[ "$name" != Seccomp ] || [ -z "${SANITIZE:-}" ] || continue
	have=$(process_field "$pid" "$name")
	[ "$have" = "$want" ] || fail "$(cat "/proc/$pid/comm"): $name is $have, not $want"
done
uid=$(process_field "$recorder" Uid)
[ "$uid" != 0 ] || fail "the recorder is root"

# Callers.
as()
{
	setpriv --reuid "$1" --regid 65534 --groups "$2" "$BUILD/hedate" -r "$RUN" "${@:3}"
}
as 65534 65534 status >"$WORK/out" 2>&1 && fail "nobody may read the status"
as 65534 64804 status >"$WORK/out" 2>&1 || fail "an auditor may not read: $(cat "$WORK/out")"
as 65534 64804 apply "$WORK/lab.conf" >"$WORK/out" 2>&1 && fail "an auditor may apply"
as 65534 64803 apply "$WORK/lab.conf" >"$WORK/out" 2>&1 ||
	fail "an operator may not apply: $(cat "$WORK/out")"

# What compile prints is what the daemon puts in place.
rules >"$WORK/rules"
hedate compile "$WORK/lab.conf" >"$WORK/compiled" || fail "compile"
in_ns unknown nft -f "$WORK/compiled" || fail "nft does not load what compile prints"
(
	nft_gw()
	{
		in_ns unknown nft "$@"
	}
	rules
) >"$WORK/loaded"
diff "$WORK/rules" "$WORK/loaded" >"$WORK/out" ||
	fail "the rule set differs from what compile prints: $(head -n 20 "$WORK/out")"
in_ns unknown nft delete table inet hedate

# A second one.
in_ns gw "$PROGRAMS/hedated" -c "$WORK/lab.conf" -r "$RUN" -s "$STATE" >"$WORK/out" 2>&1 &&
	fail "a second daemon runs"
is_ready || fail "the first daemon after a second was tried"

# Without the right to: says so, changes nothing.
in_ns gw setpriv --reuid 65534 --clear-groups "$PROGRAMS/hedated" -c "$WORK/lab.conf" \
	-r "$WORK/other" -s "$STATE" >"$WORK/out" 2>&1 &&
	fail "a daemon without CAP_NET_ADMIN runs"
grep -qi 'CAP_NET_ADMIN\|root' "$WORK/out" || fail "no right: it says $(cat "$WORK/out")"
in_ns gw setpriv --inh-caps -net_admin --bounding-set -net_admin \
	"$PROGRAMS/hedated" -c "$WORK/lab.conf" -r "$WORK/other" -s "$STATE" >"$WORK/out" 2>&1 &&
	fail "a daemon without CAP_NET_ADMIN runs"
grep -q CAP_NET_ADMIN "$WORK/out" || fail "no CAP_NET_ADMIN: it says $(cat "$WORK/out")"

# Somebody else cannot change the rule set where it is ours alone, and is put right where not. Both
# ways the table goes on from one to the other.
foreign='insert rule inet hedate forward counter accept'
if [ "$(status_field ownership)" = owned ]; then
	# shellcheck disable=SC2086
	nft_gw $foreign 2>"$WORK/out" && fail "a foreign rule in a table of our own"
	nft_gw flush ruleset
	# With files of its own, so that nothing but the table stands in its way.
	mkdir "$WORK/second"
	cp "$WORK/lab.conf" "$WORK/second/"
	in_ns gw "$PROGRAMS/hedated" -c "$WORK/second/lab.conf" -r "$WORK/other" -s "$WORK/elsewhere" \
		>"$WORK/out" 2>&1 && fail "two daemons own the table"
	grep -q 'another program has made table hedate its own' "$WORK/out" ||
		fail "a second owner: it says $(cat "$WORK/out")"
	is_ready || fail "the first daemon after a second owner was tried"
fi
stop_hedated
start_hedated "$WORK/lab.conf" --unowned
[ "$(status_field ownership)" = watched ] || fail "--unowned: $(status_field ownership)"
# shellcheck disable=SC2086
nft_gw $foreign || fail "a table that is watched only could not be changed"
wait_until 200 is_repaired || fail "a foreign rule is not put right"
is_ready || fail "not ready after a foreign rule"
flush
records 'select(."event.action" == "drift")' >"$WORK/drift"
# Its user is known if it lived long enough.
jq -e '."hedate.by.name" == "nft" and (."hedate.by.uid" // "0") == "0" and
	."hedate.differences" != "0" and (."hedate.what" | contains("chain forward"))' \
	"$WORK/drift" >/dev/null ||
	fail "a foreign rule on record: $(cat "$WORK/drift")"
say "$(records 'select(."event.action" == "drift-repaired") | "shut after \(."hedate.window_ms") ms, right after \(."hedate.repair_ms") ms"')"
nft_gw list tables | grep -q hedate-guard && fail "forwarding is shut after the repair"
rules | diff "$WORK/rules" - >"$WORK/out" || fail "not as before: $(head -n 20 "$WORK/out")"

# SIGHUP reads the configuration again; SIGTERM leaves the rule set.
sed -i 's/name = "P1"/name = "P7"/' "$WORK/lab.conf"
kill -HUP "$HEDATED"
wait_until 200 has_path P7 || fail "SIGHUP"
rules >"$WORK/rules"
stop_hedated
rules | diff "$WORK/rules" - >"$WORK/out" || fail "after the daemon: $(head -n 20 "$WORK/out")"
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "permitted, daemon stopped"
[ "$(try tcp 10.1.0.10 10.2.0.10 444 wait=500)" = blocked ] || fail "forbidden, daemon stopped"
hedate status >/dev/null 2>&1
status=$?
[ $status = 3 ] || fail "hedate status, daemon stopped: exit status $status"
start_hedated "$WORK/lab.conf"
finish
