#!/bin/bash
# A device in quarantine, with real packets in both directions: nothing that is sent to it arrives,
# from another zone, from the gateway or across a bridge of the gateway, and nothing comes from it;
# also by an interface that comes later, has another name or is made again, with hedated dead, after a
# boot, and when somebody takes the rules away.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/guard.sh
. "$NETNS_DIR/guard.sh"
DEVICE=00:00:5e:00:53:60

# Root at the console.
console()
{
	in_ns gw "$BUILD/hedate" -r "$RUN" "$1" -c "$WORK/lab.conf" "${@:2}" >"$WORK/out" 2>&1
}

# For wait_until.
# shellcheck disable=SC2317
recorded()
{
	flush
	[ "$(records "select($1)" | wc -l)" -ge "${2:-1}" ]
}

# arrived PLACE: so many datagrams, by the namespace's own count
# shellcheck disable=SC2016
arrived()
{
	in_ns "$1" awk '$1 == "Udp:" && $2 ~ /^[0-9]/ { n += $2 + $3 } END { print n + 0 }' /proc/net/snmp
}

# shellcheck disable=SC2016
arrived6()
{
	in_ns "$1" awk '$1 == "Udp6InDatagrams" || $1 == "Udp6NoPorts" { n += $2 } END { print n + 0 }' \
		/proc/net/snmp6
}

# send PLACE ADDRESS: four datagrams to a port of the permitted ones, which nobody listens at
send()
{
	local source=
	case $1$2 in
	lgwan.a*:*) source=fd00:2::10 ;;
	lgwan.a*) source=10.2.0.10 ;;
	esac
	in_ns "$1" /usr/bin/python3 - "$2" $source <<'END'
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as out:
    if sys.argv[2:]:
        out.bind((sys.argv[2], 0))
    for _ in range(4):
        try:
            out.sendto(b"x", (sys.argv[1], 1500))
        except OSError:
            pass # what the gateway drops of its own, it says
END
}

# What was sent by somebody to somebody: sent_to WHEN ARRIVES FROM TO ADDRESS
sent_to()
{
	local count=arrived before after
	[[ $5 != *:* ]] || count=arrived6
	before=$($count "$4")
	send "$3" "$5"
	# What is not to come is behind what has come.
	if [ "$2" = yes ]; then
		wait_until 200 eval "[ \$($count $4) -ge $((before + 4)) ]" || fail "$1: $3 to $5: nothing arrives"
		return
	fi
	after=$($count "$4")
	[ "$after" = "$before" ] || fail "$1: $3 to $5: $((after - before)) arrive"
}

# What passes to the device, from each side: to_device WHEN yes|no
to_device()
{
	sent_to "$1" "$2" lgwan.a mynumber.a-60 10.1.0.60
	sent_to "$1" "$2" lgwan.a mynumber.a-60 fd00:1::60
	sent_to "$1" "$2" gw mynumber.a-60 10.1.0.60
	# And to another one by the same interface, afterwards.
	sent_to "$1" yes lgwan.a mynumber.a 10.1.0.10
	[ "$2" = yes ] || sent_to "$1, later" no gw mynumber.a-60 10.1.0.60
}

# A host at the other end of an interface of the gateway: host NAME INTERFACE ADDRESS MAC
host()
{
	ip -n "${TOPOLOGY}gw" link add "$2" type veth peer name eth0 netns "$TOPOLOGY$1" address "$4" || die "$2"
	ip -n "$TOPOLOGY$1" addr add "$3/24" dev eth0
	ip -n "$TOPOLOGY$1" link set eth0 up
	local number
	for number in 1 2 3; do
		ip -n "$TOPOLOGY$1" neigh replace "172.20.0.$number" lladdr "00:00:5e:00:53:6$number" dev eth0
	done
	ip -n "${TOPOLOGY}gw" link set "$2" master br0 up
}

# across WHEN yes|no: over the bridge, both ways; the third host shows when all has come
across()
{
	sent_to "$1" "$2" one two 172.20.0.2
	sent_to "$1" "$2" two one 172.20.0.1
	sent_to "$1" yes three two 172.20.0.2
}

has_chain()
{
	nft_gw list chain netdev hedate-isolate "egress-$1" 2>/dev/null | grep -q "device \"$1\""
}

frames_whole()
{
	in_ns gw "$BUILD/hedate" -r "$RUN" isolated -c "$WORK/lab.conf" >/dev/null
}

EPOCH=1 lab_up "$(lab_paths "$(lab_path P1 lg bound high)" "$(lab_path P2 lg my high)" \
	"$(lab_path P3 bound lg high)")" \
	'output = ( { name = "H1"; to = "bound"; service = "high"; reason = "試験"; },
		{ name = "H2"; to = "my"; service = "high"; reason = "試験"; } );'
# Nobody has to ask for the address of anybody.
for pair in "10.1.0.60 $DEVICE" "fd00:1::60 $DEVICE"; do
	# shellcheck disable=SC2086
	ip -n "${TOPOLOGY}gw" neigh replace ${pair% *} lladdr ${pair#* } dev my0 || die "neigh"
done
try udp 10.1.0.10 10.2.0.10 1500 >/dev/null
to_device "before" yes
[ "$(try udp 10.1.0.60 10.2.0.10 1500)" = passed ] || fail "before: from the device"

# Both directions. --------------------------------------------------------------------------------
console quarantine "$DEVICE" --reason 'ウイルス' || fail "quarantine: $(cat "$WORK/out")"
to_device quarantined no
[ "$(try udp 10.1.0.60 10.2.0.10 1500)" = blocked ] || fail "quarantined: from the device"
counted=$(nft_gw list counter netdev hedate-isolate isolation-1 | grep -o 'packets [0-9]*')
[ "${counted#* }" -ge 12 ] || fail "what was sent to it: $counted"
in_ns gw "$BUILD/hedate" -r "$RUN" isolated -c "$WORK/lab.conf" --json >"$WORK/isolated.json" ||
	fail "isolated: $(cat "$WORK/isolated.json")"
[ "$(jq '.entries[0].packets' "$WORK/isolated.json")" -gt "${counted#* }" ] ||
	fail "both directions are not counted: $(cat "$WORK/isolated.json")"
# Ours is no way round the rules, and no stranger's.
[ "$(status_field foreign_tables)" = 0 ] || fail "our table is told as another's: $(status_field foreign_risks)"
[ -z "$(records 'select(."event.action" == "foreign-table")')" ] ||
	fail "on record as another's: $(records 'select(."event.action" == "foreign-table")')"
in_ns gw "$BUILD/hedate" -r "$RUN" prove --json >"$WORK/proof.json" 2>&1
! grep -q 'netdev hedate-isolate' "$WORK/proof.json" || fail "the proof: $(grep -o '[^{]*netdev hedate-isolate[^}]*' "$WORK/proof.json")"

# An interface that comes later: two hosts at a bridge of the gateway, one of them in quarantine. ------
console quarantine 00:00:5e:00:53:61 --reason 'もう一台' || fail "quarantine: $(cat "$WORK/out")"
for name in one two three; do
	ip netns add "$TOPOLOGY$name" || die "namespaces"
done
# Where the kernel has a way to show frames of bridges to rules of the network layer, it is shut: what
# is tried is what passes by all of these.
# shellcheck disable=SC2016
in_ns gw sh -c 'for file in /proc/sys/net/bridge/bridge-nf-call-*; do
	[ ! -e "$file" ] || echo 0 >"$file"
done'
ip -n "${TOPOLOGY}gw" link add br0 type bridge && ip -n "${TOPOLOGY}gw" link set br0 up
host one q0 172.20.0.1 00:00:5e:00:53:61
host two q1 172.20.0.2 00:00:5e:00:53:62
host three q2 172.20.0.3 00:00:5e:00:53:63
for interface in br0 q0 q1 q2; do
	wait_until 200 has_chain "$interface" || fail "$interface has come, and is not seen"
done
wait_until 200 recorded '."event.action" == "isolation-interfaces"' || fail "other interfaces: not on record"
across "across a bridge of the gateway" no
console release 00:00:5e:00:53:61 --reason '試験' || fail "release: $(cat "$WORK/out")"
across "across the bridge, released" yes
console quarantine 00:00:5e:00:53:61 --reason 'また' || fail "quarantine: $(cat "$WORK/out")"
across "across the bridge, again" no
# Another name; and made again.
ip -n "${TOPOLOGY}gw" link set q0 down
ip -n "${TOPOLOGY}gw" link set q0 name q9
ip -n "${TOPOLOGY}gw" link set q9 up
wait_until 200 has_chain q9 || fail "q9, which was q0: not seen"
across "another name" no
ip -n "${TOPOLOGY}gw" link del q9
host one q9 172.20.0.1 00:00:5e:00:53:61
wait_until 200 frames_whole || fail "an interface made again is not seen"
across "made again" no
[ -z "$(records 'select(."event.action" == "isolation-restored")')" ] ||
	fail "interfaces that come and go are told as somebody's doing: $(records .)"

# Somebody takes it away, all of it or a part. ----------------------------------------------------
nft_gw delete table netdev hedate-isolate
wait_until 200 recorded '."event.action" == "isolation-restored"' || fail "deleted: not on record"
to_device "table deleted" no
nft_gw 'flush chain netdev hedate-isolate isolated-to'
wait_until 200 recorded '."event.action" == "isolation-restored"' 2 || fail "emptied: not on record"
to_device "chain emptied" no
nft_gw 'flush chain netdev hedate-isolate egress-my0; delete chain netdev hedate-isolate egress-my0'
wait_until 200 recorded '."event.action" == "isolation-restored"' 3 || fail "one chain deleted: not on record"
to_device "chain deleted" no
nft_gw 'insert rule netdev hedate-isolate egress-my0 accept'
wait_until 200 recorded '."event.action" == "isolation-restored"' 4 || fail "an accept: not on record"
to_device "a rule put before" no

# hedated is dead. --------------------------------------------------------------------------------
kill -KILL "$HEDATED"
wait "$HEDATED" 2>/dev/null
to_device "hedated dead" no
console release "$DEVICE" --reason '確認' || fail "release: $(cat "$WORK/out")"
to_device "hedated dead, released" yes
[ "$(try udp 10.1.0.60 10.2.0.10 1500)" = passed ] || fail "released: from the device"
console quarantine "$DEVICE" --reason '再発' || fail "quarantine: $(cat "$WORK/out")"
to_device "hedated dead, quarantined" no
recorder_gone
start_hedated "$WORK/lab.conf"
to_device "hedated again" no

# A boot: the guard does it for what there is, and says what not. -----------------------------------
boot
in_ns gw "$BUILD/hedate" isolated -c "$WORK/lab.conf" >/dev/null && fail "a boot has left the rules"
# shellcheck disable=SC2119
guard
[ "$GUARD" = 0 ] || fail "guard: status $GUARD: $(cat "$WORK/guard.out")"
grep -q 'an interface that comes later' "$WORK/guard.out" || fail "guard: $(cat "$WORK/guard.out")"
frames_whole || fail "after the guard the kernel has something else"
to_device "after the guard" no
start_hedated "$WORK/lab.conf"
to_device "after the boot" no

# The end of it. ------------------------------------------------------------------------------------
console release --all --reason '終わり' || fail "release: $(cat "$WORK/out")"
to_device released yes
! nft_gw list table netdev hedate-isolate >/dev/null 2>&1 || fail "an empty table stays"
across "across the bridge, at the end" yes
frames_whole || fail "at the end the kernel has something else"
stop_hedated
check_records
if [ "$FAILED" != 0 ]; then
	sed 's/^/hedated: /' "$WORK/hedated.out" | tail -n 30
	exit 1
fi
