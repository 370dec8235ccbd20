# shellcheck shell=bash
# Two gateways beside each other, with keepalived and conntrackd (sourced, after common.sh and
# unpacked.sh). Each has a directory, $WORK/a and $WORK/b, with all that it needs:
#
#	mynumber.a (10.1.0.10) -- my0 a|b lg0 -- lgwan.a (10.2.0.10)       pair: a -- b

# The gateway is the address that both may have.
# shellcheck disable=SC2034
TOPOLOGY_SEGMENTS='
mynumber.a my0 10.1.0.1/24 fd00:1::1/64
lgwan.a    lg0 10.2.0.1/24 fd00:2::1/64
'
# shellcheck disable=SC2034
TOPOLOGY_HOSTS='
mynumber.a 10.1.0.10 fd00:1::10
mynumber.a 10.1.0.11 fd00:1::11
lgwan.a    10.2.0.10 fd00:2::10
lgwan.a    10.2.0.11 fd00:2::11
'
declare -A HA_PIDS=()

# The third octet of pair's address, the fifth of its MACs.
ha_number()
{
	case $1 in a) echo 1 ;; b) echo 3 ;; esac
}

ha_mac()
{
	printf '02:00:00:00:%02x:%02x' "$(ha_number "$1")" "$2"
}

# A segment's interface on one gateway, and its end at the segment's switch.
ha_wire()
{
	local gateway=$1 interface=$2 number=$3
	ip link add "$interface" netns "gw$gateway" address "$(ha_mac "$gateway" "$number")" \
		type veth peer name "$interface-$gateway" netns switch &&
		ip -n switch link set "$interface-$gateway" master "$interface" up &&
		ip -n "gw$gateway" link set "$interface" up
}

ha_topology()
{
	local name gateway segment interface number=0
	for name in gwa gwb switch mynumber.a lgwan.a; do
		ip netns add "$name" || return 1
		topology_sysctls "$name" || return 1
	done
	in_ns switch sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
	while read -r segment interface _; do
		number=$((number + 1))
		ip -n switch link add "$interface" type bridge || return 1
		ip -n switch link set "$interface" up
		ip link add eth0 netns "$segment" type veth peer name "$interface-h" netns switch
		ip -n switch link set "$interface-h" master "$interface" up
		topology_host "$segment" | topology_batch "$segment" || return 1
		for gateway in a b; do
			ha_wire "$gateway" "$interface" "$number" || return 1
		done
	done < <(topology_rows "$TOPOLOGY_SEGMENTS")
	ip link add pair netns gwa type veth peer name pair netns gwb || return 1
	for gateway in a b; do
		in_ns "gw$gateway" sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
			net.ipv4.ip_nonlocal_bind=1
		ip -n "gw$gateway" link set lo up
		ip -n "gw$gateway" link set pair up
		ip -n "gw$gateway" addr add "10.9.1.$(ha_number "$gateway")/24" dev pair
	done
}

# The policy of both; $1: the peer, $2: paths. HA_COMMAND: what asks the peer, as a list's elements.
ha_config()
{
	cat <<END
site = { name = "pair"; };
zones = (
  { name = "mynumber"; kind = "lgwan";
    segments = ( { name = "a"; interface = "my0"; networks = [ "10.1.0.0/24", "fd00:1::/64" ]; } ); },
  { name = "lgwan"; kind = "lgwan";
    segments = ( { name = "a"; interface = "lg0"; networks = [ "10.2.0.0/24", "fd00:2::/64" ]; } ); },
  { name = "management"; kind = "management";
    segments = ( { name = "pair"; interface = "pair"; networks = [ "10.9.1.0/24" ]; } ); } );
hosts = ( { name = "my"; address = [ "10.1.0.10", "fd00:1::10" ]; },
          { name = "lg"; address = [ "10.2.0.10", "fd00:2::10" ]; } );
services = ( { name = "https"; tcp = 443; }, { name = "other"; tcp = 8443; },
             { name = "pair"; protocol = "vrrp"; udp = 3780; tcp = 22; } );
paths = ( $2 );
gateway = {
  input = ( { name = "I1"; from = "management.pair"; service = "pair"; reason = "試験"; } );
  output = ( { name = "O1"; to = "management.pair"; service = "pair"; reason = "試験"; } );
};
log = { epoch = 5; };
ha = { peer = "gw$1"; command = [ ${HA_COMMAND:-"\"$BUILD/hedate\", \"-r\", \"$WORK/$1/run\", \"digest\", \"--json\""} ]; };
END
}

# hedate on one gateway: ha_hedate a status
ha_hedate()
{
	local gateway=$1
	shift
	"$BUILD/hedate" -r "$WORK/$gateway/run" --profiles "$POLICIES" "$@"
}

ha_ready()
{
	ha_hedate "$1" status --json | grep -q '"state":"enforcing".*"recorder":"connected"'
}

# In the background, in a gateway's namespace: ha_start GATEWAY NAME COMMAND...
ha_start()
{
	local gateway=$1 name=$2
	shift 2
	# Not in_ns: the process itself is the one to kill.
	nsenter --net="/run/netns/gw$gateway" setsid "$@" >>"$WORK/$gateway/$name.out" 2>&1 &
	HA_PIDS[$gateway.$name]=$!
}

ha_start_hedated()
{
	local directory=$WORK/$1
	ha_start "$1" hedated "$PROGRAMS/hedated" -c "$directory/hedate.conf" -r "$directory/run" \
		-l "$directory/log" -s "$directory/state" --profiles "$POLICIES" \
		--recorder "$PROGRAMS/hedate-logd"
	wait_until 200 ha_ready "$1" || die "hedated of $1: $(cat "$directory/hedated.out")"
}

# What conf/ha has, with the addresses and names of here.
ha_examples()
{
	local gateway=$1 directory=$WORK/$1 own other
	own=10.9.1.$(ha_number "$gateway")
	case $gateway in a) other=10.9.1.3 ;; b) other=10.9.1.1 ;; esac
	sed -e "s/10\.9\.1\.1/OWN/; s/10\.9\.1\.2/$other/; s/OWN/$own/" \
		-e '/eth3/d; s/eth1/my0/; s/eth2/lg0/; s/fd00:0:0:/fd00:/' \
		-e "s,/usr/share/hedate/ha/hedate-takeover \([a-z]*\),$PROGRAMS/hedate-takeover \1 $directory/conntrackd.conf," \
		"$SOURCE_DIR/conf/ha/keepalived.conf" >"$directory/keepalived.conf"
	sed -e "s/10\.9\.1\.1/OWN/; s/10\.9\.1\.2/$other/; s/OWN/$own/" \
		-e "s,/run/conntrackd,$directory/run/conntrackd,; s/LogFile off/LogFile on/; s/Syslog on/Syslog off/" \
		"$SOURCE_DIR/conf/ha/conntrackd.conf" >"$directory/conntrackd.conf"
}

ha_start_pair()
{
	local directory=$WORK/$1
	ha_start "$1" conntrackd conntrackd -C "$directory/conntrackd.conf"
	wait_until 200 in_ns "gw$1" conntrackd -C "$directory/conntrackd.conf" -s ||
		die "conntrackd of $1: $(cat "$directory/conntrackd.out")"
	ha_start "$1" keepalived keepalived -n -l -D -f "$directory/keepalived.conf" \
		-p "$directory/run/keepalived" -r "$directory/run/vrrp" -c "$directory/run/checkers"
}

# Does the gateway have the address that the hosts send to?
ha_has()
{
	ip -n "gw$1" -o addr show | grep -q ' 10\.1\.0\.1/24 '
}
