#!/bin/bash
# first
# hedated --guard: what is confirmed is in place before anything else, and whatever is wrong with it,
# nothing is forwarded until hedated has put it right. With real packets.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/guard.sh
. "$NETNS_DIR/guard.sh"

# For wait_until.
# shellcheck disable=SC2317
fallback()
{
	flush
	records "select(.\"event.action\" == \"guard-fallback\") | .\"hedate.why\"" | tail -n 1 | grep -q "$1"
}

# shellcheck disable=SC2317
is_no_island()
{
	[ "$(status_field island)" = no ]
}

# shellcheck disable=SC2317
is_owned()
{
	nft_gw list table inet hedate | grep -q owner
}

# shellcheck disable=SC2317
is_open()
{
	! is_closed
}

# hedated puts it right, and tells why it had been shut.
expect_mended()
{
	start_hedated "$WORK/lab.conf"
	! is_closed || fail "$1: hedated leaves it shut"
	[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "$1: not open with hedated"
	wait_until 200 fallback "$2" || fail "$1: not on record, because of \"$2\": $(records \
		'select(."event.action" == "guard-fallback")')"
}

path='{ name = "T1"; from = "my"; to = "lg"; service = "high"; reason = "時間帯";
	windows = ( { days = "daily"; from = "00:00"; until = "24:00"; } ); }'
gateway_input='input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; } );'
EPOCH=1 lab_config "$(lab_path P1 my lg https), $(lab_path P2 my lg ping), $(lab_path P3 my lg gre)" \
	"$gateway_input" >"$WORK/lab.conf"
topology_up || die "the lab could not be built"
programs_up
mkdir -p "$RUN"

# Nothing was ever confirmed. -------------------------------------------------------------------
guard
expect_closed "nothing confirmed" 'no configuration was ever confirmed'
guard
expect_closed "nothing confirmed, once more" 'no configuration was ever confirmed'
expect_mended "nothing confirmed" 'nothing is confirmed'
# A live hedated is left alone.
nft_gw list ruleset >"$WORK/before"
guard
[ "$GUARD" = 0 ] || fail "beside hedated: status $GUARD"
grep -q 'hedated runs' "$WORK/guard.out" || fail "beside hedated: $(cat "$WORK/guard.out")"
! is_closed || fail "beside hedated: shut"

# The policy, with what hedated makes of it afterwards. ------------------------------------------
boot
guard
expect_guarded "confirmed"
grep -q 'revision' "$WORK/guard.out" || fail "does not say what is in place: $(cat "$WORK/guard.out")"
stream_open alive 8 10.1.0.10 10.2.0.10 443
block 10.3.0.21 20
start_hedated "$WORK/lab.conf"
expect_guarded "then hedated"
stream_lived alive
check_equation
[ "$(records 'select(."source.ip" == "10.3.0.21")' | wc -l)" = 20 ] ||
	fail "what the guard blocked is not on record: $(records 'select(."source.ip" == "10.3.0.21")' | wc -l)"
store_keep

# A guard that is run again, by hand, after hedated has died.
kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
recorder_gone
guard
expect_guarded "hedated dead"
start_hedated "$WORK/lab.conf"
check_equation

# What can be broken. -----------------------------------------------------------------------------
number=$(printf '%06d' "$(confirmed)")
broken()
{
	local what=$1 word=$2
	shift 2
	boot
	"$@" || die "$what"
	guard
	expect_closed "$what" "$word"
	store_back
	guard
	expect_guarded "$what, mended"
	boot
}
store=$WORK/confirmed
broken "a byte changed" 'digest differs' sed -i 's/https/httpz/' "$store/$number.conf"
broken "cut off" 'digest differs' truncate -s 100 "$store/$number.conf"
broken "empty" 'digest differs' truncate -s 0 "$store/$number.conf"
broken "its line broken" 'digest differs' truncate -s 30 "$store/$number.json"
broken "bytes gone" 'digest differs' rm "$store/$number.conf"
broken "line gone" 'digest differs' rm "$store/$number.json"
broken "current broken" 'digest differs' truncate -s 5 "$store/current"
broken "current gone" 'no configuration was ever' rm "$store/current"
broken "store gone" 'no configuration was ever' rm -r "$store"
broken "store no directory" 'cannot be read' sh -c "rm -r $store && touch $store"
broken "others may write" 'belongs to somebody else' chmod 777 "$store"
broken "of somebody else" 'belongs to somebody else' chown 12345 "$store"
lab_config "$(lab_path P1 my lg nosuch)" >"$WORK/refused.conf"
broken "refused" 'refuses the confirmed' store_text "$WORK/refused.conf"
printf 'site = {' >"$WORK/torn.conf"
broken "not even a configuration" 'refuses the confirmed' store_text "$WORK/torn.conf"

# hedated mends it, too, and the reason is on record.
sed -i 's/https/httpz/' "$store/$number.conf"
guard
store_back
expect_mended "broken" 'broken'

# An interface that is not there. -------------------------------------------------------------------
boot
sed 's/"my1"/"nosuch0"/' "$WORK/lab.conf" >"$WORK/missing.conf"
store_text "$WORK/missing.conf"
guard
expect_guarded "an interface missing"
grep -q 'nosuch0 of segment mynumber.b is not there' "$WORK/guard.out" || fail "not named: $(cat "$WORK/guard.out")"
store_back

# Timed paths are shut, and hedated opens them; the island. -----------------------------------------
boot
lab_config "$(lab_path P1 my lg https), $path" "$gateway_input" >"$WORK/timed.conf"
store_text "$WORK/timed.conf"
guard
expect_guarded "timed"
[ "$(try tcp 10.1.0.10 10.2.0.10 1500 wait=400)" != passed ] || fail "a timed path is open before hedated runs"
cp "$WORK/lab.conf" "$WORK/plain.conf"
cp "$WORK/timed.conf" "$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
[ "$(try tcp 10.1.0.10 10.2.0.10 1500)" = passed ] || fail "a timed path is shut with hedated"
boot
LOG_KEYS='on_log_failure = "island";' lab_config "$(lab_path P1 my lg https)" "$gateway_input" >"$WORK/lab.conf"
store_text "$WORK/lab.conf"
guard
[ "$GUARD" = 0 ] || fail "island: status $GUARD"
! is_closed || fail "island: closed"
[ "$(try tcp 10.1.0.10 10.2.0.10 443 wait=400)" != passed ] || fail "island: forwarded without a log"
start_hedated "$WORK/lab.conf"
wait_until 100 is_no_island || fail "island: does not end"
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "island: not open with hedated"
boot
cp "$WORK/plain.conf" "$WORK/lab.conf"
store_back

# /var is not touched, and need not be there. ------------------------------------------------------
if command -v strace >/dev/null; then
	guard strace -f -o "$WORK/calls" -e trace=%file,%network
	expect_guarded "traced"
	! grep '"/var' "$WORK/calls" || fail "/var is touched"
	! grep -E '"(/run/user|/home|/tmp|/root)' "$WORK/calls" || fail "files of people are touched"
	boot
fi
mount -t tmpfs -o size=4k,mode=000 none /var || die "no other /var"
guard
expect_guarded "another /var"
umount /var
boot

# No memory: shut, guarded, or not even a start; never open. ---------------------------------------
guarded=0 closed=0 neither=0
for limit in $(seq 3000 3000 60000); do
	guard prlimit --as=$((limit * 1024)) --
	if ! nft_gw list table inet hedate >/dev/null 2>&1 && ! is_closed; then
		[ "$GUARD" != 0 ] || fail "$limit KiB: status 0, and nothing is there"
		neither=$((neither + 1))
	elif is_closed; then
		[ "$(try tcp 10.1.0.10 10.2.0.10 443 wait=200)" != passed ] || fail "$limit KiB: passes"
		closed=$((closed + 1))
	else
		expect_guarded "$limit KiB"
		guarded=$((guarded + 1))
	fi
	boot
done
say "of $((guarded + closed + neither)) limits of memory: guarded $guarded, closed $closed, not started $neither"
[ "$guarded" -gt 0 ] || fail "no limit is wide enough"
[ "$neither" -gt 0 ] || fail "no limit is narrow enough"

# The kernel refuses: not even closed is a status of its own; the table is somebody else's. -------
guard setpriv --bounding-set -net_admin --inh-caps -net_admin
[ "$GUARD" = 1 ] || fail "without CAP_NET_ADMIN: status $GUARD"
grep -q 'NOT GUARDED' "$WORK/guard.out" || fail "without CAP_NET_ADMIN: $(cat "$WORK/guard.out")"
mkfifo "$WORK/owner"
in_ns gw nft -i <"$WORK/owner" >/dev/null 2>&1 &
owner=$!
exec 7>"$WORK/owner"
echo 'add table inet hedate { flags owner; }' >&7
if wait_until 30 is_owned; then
	guard
	expect_closed "the table is another program's" 'the kernel refused'
else
	say "the kernel has no tables of one owner"
fi
exec 7>&-
wait "$owner"
boot

# What is isolated. --------------------------------------------------------------------------------
start_hedated "$WORK/lab.conf"
isolate()
{
	in_ns gw "$BUILD/hedate" -r "$RUN" "$1" -c "$WORK/lab.conf" "${@:2}"
}
isolate isolate 10.1.0.10 --reason x >/dev/null || fail "isolate"
boot
guard
[ "$GUARD" = 0 ] || fail "isolated: status $GUARD"
! is_closed || fail "isolated: closed: $(cat "$WORK/guard.out")"
[ "$(try tcp 10.1.0.10 10.2.0.10 443 wait=400)" != passed ] || fail "isolated: passes after a boot"
[ "$(try tcp fd00:1::10 fd00:2::10 443)" = passed ] || fail "isolated: the other family does not pass"
boot
sed -i 2s/address/adress/ "$WORK/isolated/entries"
guard
expect_closed "isolation broken" 'nobody knows what must not pass'
# hedated cannot know it either: it stays shut until somebody decides.
nsenter --net="/run/netns/${TOPOLOGY}gw" setsid "$PROGRAMS/hedated" -c "$WORK/lab.conf" -r "$RUN" \
	-l "$LOGS" -s "$STATE" --profiles "$POLICIES" --recorder "$PROGRAMS/hedate-logd" \
	>>"$WORK/hedated.out" 2>&1 &
HEDATED=$!
wait_until 100 is_ready || die "hedated did not get ready"
expect_closed "isolation broken, with hedated" 'nobody knows what must not pass'
hedate status | grep -q 'NOTHING is forwarded' || fail "status does not say that it is shut: $(hedate status)"
isolate release --all --reason x >/dev/null || fail "release --all"
wait_until 100 is_open || fail "it stays shut"
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "it stays shut"
wait_until 200 fallback isolated || fail "not on record"
hedate status | grep -q 'NOTHING is forwarded' && fail "status still says that it is shut"
# What the tables of all these boots had counted is gone with them: no equation over all.
stop_hedated
check_records
if grep -E 'Sanitizer|runtime error|core dumped' "$WORK/hedated.out" "$WORK/guard.out"; then
	fail "what the programs said"
fi
if [ "$FAILED" != 0 ]; then
	sed 's/^/hedated: /' "$WORK/hedated.out"
	exit 1
fi
