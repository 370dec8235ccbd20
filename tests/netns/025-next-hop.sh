#!/bin/bash
# A host behind a router is bound to the MAC of that router: its packets pass when the router
# forwards them, and are blocked when anything else on the link sends them, an address forged on the
# link as well as another router that the host really uses.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# The second router. The first is the segment's own namespace, by which the gateway reaches what is
# remote.
TOPOLOGY_HOSTS="$TOPOLOGY_HOSTS
lgwan.a      10.2.0.99    fd00:2::99     00:00:5e:00:53:99"
FIRST=$(topology_host_mac lgwan.a)
SECOND=00:00:5e:00:53:99
LAB_HOSTS="$LAB_HOSTS
{ name = \"beyond\"; address = [ \"10.200.0.20\", \"fd00:200::20\" ]; next_hop_mac = \"$FIRST\"; }"

# The host beyond, with a link to both routers: router NAMESPACE NUMBER.
router()
{
	in_ns "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	topology_batch "$1" <<-END
		link add r0 type veth peer name eth$2 netns ${TOPOLOGY}lgwan.beyond
		addr add 10.200.25$2.1/32 dev r0
		addr add fd00:200:f$2::1/128 dev r0 nodad
		link set r0 up
		route add 10.200.0.20 dev r0
		route add fd00:200::20 dev r0
	END
	topology_batch lgwan.beyond <<-END
		link set eth$2 up
		addr add 10.200.0.20/32 dev eth$2
		addr add fd00:200::20/128 dev eth$2 nodad
	END
}

# The host beyond sends everything by this router.
use_router()
{
	topology_batch lgwan.beyond <<-END
		route replace default via 10.200.25$1.1 dev eth$1 onlink
		route replace default via fd00:200:f$1::1 dev eth$1 onlink
	END
}

plan_beyond()
{
	local expected=$1 id=$2
	plan "$expected" "$id-4" tcp 10.200.0.20 10.1.0.10 443 client=lgwan.beyond
	plan "$expected" "$id-6" tcp fd00:200::20 fd00:1::10 443 client=lgwan.beyond
}

lab_up "$(lab_path P1 beyond my https), $(lab_path P2 my beyond https), $(lab_path P3 far my https)"
ip netns add "${TOPOLOGY}lgwan.beyond" || die "no host beyond"
topology_sysctls lgwan.beyond
topology_batch lgwan.beyond <<<"link set lo up"
router lgwan.a 0
router lgwan.a-99 1
use_router 0

# By its router: what it opens, what it answers.
plan_beyond pass by-first
plan pass to-beyond-4 tcp 10.1.0.10 10.200.0.20 443 server=lgwan.beyond
plan pass to-beyond-6 tcp fd00:1::10 fd00:200::20 443 server=lgwan.beyond
# Its address from another MAC: new, established, UDP; an address that is bound to none stays free.
for flags in S A; do
	plan device:lgwan:unknown "forged-$flags-4" raw 10.200.0.20 10.1.0.10 443 \
		client=lgwan.a-99 protocol=tcp flags=$flags
	plan device:lgwan:unknown "forged-$flags-6" raw fd00:200::20 fd00:1::10 443 \
		client=lgwan.a-99 protocol=tcp flags=$flags
done
plan device:lgwan:unknown forged-udp raw 10.200.0.20 10.1.0.10 53 client=lgwan.a-99 protocol=udp
plan no-path:lgwan:mynumber unbound raw 10.200.0.10 10.1.0.10 53 client=lgwan.a-99 protocol=udp
plan pass unbound-path tcp 10.200.0.10 10.1.0.10 443
plan_check

# It goes over to the other router: new connections fail, and so does one that is open.
stream_open open 20 10.200.0.20 10.1.0.10 443 client=lgwan.beyond
moved=$(now_ms)
use_router 1
plan_beyond device:lgwan:unknown by-second
plan_check
stream_cut open "$moved"

# Once that router is the declared one, it is the other way round.
sed "s/next_hop_mac = \"$FIRST\"/next_hop_mac = \"$SECOND\"/" "$WORK/lab.conf" >"$WORK/second.conf"
hedate apply "$WORK/second.conf" || fail "apply"
plan_beyond pass by-second-declared
plan_check
use_router 0
plan_beyond device:lgwan:unknown by-first-undeclared
plan_check
finish
