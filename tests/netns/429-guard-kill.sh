#!/bin/bash
# SIGKILL of the guard at every one of its system calls, while forbidden packets come all the time:
# what is in the kernel then is nothing (and forwarding is off), the closed tables, or those and the
# policy's, or the policy's alone; and none of the packets passes.
# KILL_POINTS=N tries every N-th (default 12th) point only, "all" and "sites" (make test-kill) all of them.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/guard.sh
. "$NETNS_DIR/guard.sh"
command -v strace >/dev/null || skip "strace is missing"
[ -z "${SANITIZE:-}" ] || skip "the leak checker does not run under strace"

# As sysctl.d has it at boot, and as hedated.service turns it on.
forwarding()
{
	# shellcheck disable=SC2016
	in_ns gw sh -c 'echo $0 >/proc/sys/net/ipv4/ip_forward
		echo $0 >/proc/sys/net/ipv6/conf/all/forwarding' "$1"
}

# Kill it where a system call comes for the n-th time: kill_at CALL N
kill_at()
{
	nsenter --net="/run/netns/${TOPOLOGY}gw" strace -f -qq -o /dev/null -e trace="$1" \
		-e inject="$1:signal=SIGKILL:when=$2" "$PROGRAMS/hedated" --guard -c "$WORK/lab.conf" \
		-r "$RUN" --profiles "$POLICIES" >"$WORK/guard.out" 2>&1
}

# Which tables are there.
tables()
{
	nft_gw list tables | sort | sed 's/^table //' | tr '\n' ';'
}

EPOCH=1 lab_up "$(lab_path P1 my lg https)"
in_ns gw "$BUILD/hedate" -r "$RUN" isolate -c "$WORK/lab.conf" --reason x 198.51.100.9 >/dev/null ||
	fail "isolate"
boot
forwarding 0
guard strace -f -qq -o "$WORK/calls"
[ "$GUARD" = 0 ] || die "traced: status $GUARD: $(cat "$WORK/guard.out")"
guarded=$(tables)
want_closed='bridge hedate-guard;inet hedate-guard;'
nft_gw list tables bridge >/dev/null 2>&1 || want_closed='inet hedate-guard;'

# Each call by its name, and for the how manieth time.
sed -n 's/^\([0-9]* *\)\?\([a-z0-9_]*\)(.*/\2/p' "$WORK/calls" | grep -v -e '^exit' -e '^execve$' |
	awk '{ print $1, ++n[$1] }' >"$WORK/points"
total=$(wc -l <"$WORK/points")
every=${KILL_POINTS:-12}
case $every in all | sites) every=1 ;; esac
stream='rate=300 seconds=600 count=100000000'
# shellcheck disable=SC2086
{
	flood udp 10.3.0.10 10.1.0.11 53 protocol=udp distinct=50 $stream
	flood ack 10.3.0.10 10.1.0.11 443 protocol=tcp flags=A distinct=50 $stream
	flood udp6 fd00:3::10 fd00:1::11 53 protocol=udp distinct=50 $stream
}

points=0 nothing=0 closed=0 both=0 open=0
while read -r call n; do
	points=$((points + 1))
	[ $((points % every)) = 0 ] || continue
	forwarding 0
	nft_gw flush ruleset
	# The shell tells of whoever is killed.
	{ kill_at "$call" "$n"; } 2>/dev/null </dev/null
	have=$(tables)
	have=${have//inet hedate-isolate;/}
	# Made to see what the kernel can do: without a chain, and the next one who looks removes it.
	have=${have//inet hedate-probe;/}
	case $have in
	'') nothing=$((nothing + 1)) ;;
	"$want_closed" | 'inet hedate-guard;') closed=$((closed + 1)) ;;
	'inet hedate;') open=$((open + 1)) ;;
	*'hedate-guard;'*'inet hedate;'* | *'inet hedate;'*'hedate-guard;'*) both=$((both + 1)) ;;
	*) fail "killed at $call $n: tables $have" ;;
	esac
	if [ -n "$have" ]; then
		forwarding 1
		# Half a rule set is none: what is there is what the guard loads when it is left alone.
		if [ "$have" = 'inet hedate;' ]; then
			nft_gw list table inet hedate-isolate >/dev/null || fail "killed at $call $n: not isolated"
			[ "$(tables | sed 's/inet hedate-probe;//')" = "$guarded" ] || fail "killed at $call $n: $(tables), not $guarded"
		fi
		sleep 0.02
	fi
done <"$WORK/points"
tried=$((nothing + closed + both + open))
say "killed at $tried of $total system calls:" \
	"nothing loaded yet $nothing, closed $closed, closed and the policy $both, the policy $open"
[ "$tried" -gt 0 ] || fail "no point was tried"
[ "$closed" -gt 0 ] || fail "never killed while it was closed"
for id in udp ack udp6; do
	kill -TERM "${BACKGROUND[$id]}" 2>/dev/null
	flood_blocked $id
done

# Whatever was left, hedated goes on from it.
start_hedated "$WORK/lab.conf"
! is_closed || fail "hedated leaves it shut"
forwarding 1
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "permitted, at the end"
# The counts of all these tables are gone with them: no equation over all.
stop_hedated
check_records
if [ "$FAILED" != 0 ]; then
	sed 's/^/hedated: /' "$WORK/hedated.out"
	exit 1
fi
