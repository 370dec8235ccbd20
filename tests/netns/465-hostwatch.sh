#!/bin/bash
# What somebody does to the gateway's network that weakens the separation is on record when it
# begins and when it ends, once, with the program that did it where the kernel tells; routes that
# contradict the zones are found at the start as well.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# Events of a risk, by what the text holds: events ACTION begin|end TEXT
events()
{
	flush
	records "select(.\"event.action\" == \"$1\" and .\"hedate.state\" == \"$2\") |
		\"\(.message) [\(.\"hedate.program\") \(.\"hedate.pid\")]\"" | grep -F -- "$3"
}

# Do something, and it is on record, once; undo it, and that is: around ACTION TEXT DO UNDO
around()
{
	local action=$1 text=$2 before ended
	before=$(events "$action" begin "$text" | wc -l)
	ended=$(events "$action" end "$text" | wc -l)
	eval "$3" || fail "$3"
	wait_until 200 has_more "$action" begin "$text" "$before" || fail "$3: no event"
	status_field host_risks | grep -qF -- "$text" || fail "$3: not in status"
	# What is so still is not told again.
	eval "${5:-true}"
	sleep 0.3
	[ "$(events "$action" begin "$text" | wc -l)" = $((before + 1)) ] ||
		fail "$3: $(events "$action" begin "$text")"
	eval "$4" || fail "$4"
	wait_until 130 has_more "$action" end "$text" "$ended" || fail "$4: no event of the end"
	status_field host_risks | grep -qF -- "$text" && fail "$4: still in status"
	say "$(events "$action" begin "$text" | tail -n 1)"
}

# For wait_until.
# shellcheck disable=SC2317
has_more()
{
	[ "$(events "$1" "$2" "$3" | wc -l)" -gt "$4" ]
}

gw_ip()
{
	ip -n "${TOPOLOGY}gw" "$@"
}

# For around.
# shellcheck disable=SC2317
switch()
{
	in_ns gw sysctl -q -w "$1"
}

# The lab as it is has nothing to complain about, and one contradiction that was there before.
topology_up || die "the lab could not be built"
gw_ip route add 10.2.0.128/25 via 10.3.0.2 || fail "route"
lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
wait_until 200 has_more route-contradiction begin 'route 10.2.0.128/25' 0 ||
	fail "the contradiction of before is not on record"
[ "$(status_field host_findings)" = 1 ] || fail "findings: $(status_field host_risks)"
gw_ip route del 10.2.0.128/25
wait_until 130 has_more route-contradiction end 'route 10.2.0.128/25' 0 || fail "its end"
[ "$(status_field host_findings)" = 0 ] || fail "findings: $(status_field host_risks)"
sleep 5 # switches that are off at the start are not told

# Routes: a part of a zone's network; one that is as long but preferred; another table by a rule; IPv6.
around route-contradiction 'route 10.1.0.0/25 (table 254) sends networks of segment mynumber.a' \
	'gw_ip route add 10.1.0.0/25 via 10.3.0.2' 'gw_ip route del 10.1.0.0/25'
around route-contradiction 'route fd00:200:5::/48 (table 254) sends networks of segment lgwan.a' \
	'gw_ip route add fd00:200:5::/48 via fd00:3::2' 'gw_ip route del fd00:200:5::/48'
around route-contradiction 'route 0.0.0.0/0 (table 77, rule 99) sends networks of segment mynumber.a' \
	'gw_ip route add default via 10.3.0.2 table 77; gw_ip rule add pref 99 lookup 77' \
	'gw_ip rule del pref 99; gw_ip route flush table 77'
around route-contradiction 'route 10.1.1.128/25 (table 254) sends networks of segment mynumber.b' \
	'gw_ip route add 10.1.1.128/25 via 10.8.0.10' 'gw_ip route del 10.1.1.128/25'
# The route to a zone's remote networks is gone: the default route takes them.
around route-contradiction 'route 0.0.0.0/0 (table 254) sends networks of segment lgwan.a' \
	'gw_ip route del 10.200.0.0/16' 'gw_ip route add 10.200.0.0/16 via 10.2.0.2'

# Switches.
around forwarding 'IPv4 is not forwarded' \
	'switch net.ipv4.ip_forward=0' 'switch net.ipv4.ip_forward=1'
around forwarding 'IPv6 is not forwarded' \
	'switch net.ipv6.conf.all.forwarding=0' \
	'switch net.ipv6.conf.all.forwarding=1'
around forwarding 'interface lg0 of zone lgwan does not forward IPv4' \
	'switch net.ipv4.conf.lg0.forwarding=0' \
	'switch net.ipv4.conf.lg0.forwarding=1'
around interface-risk 'interface in0 of zone internet has proxy_arp on' \
	'switch net.ipv4.conf.in0.proxy_arp=1' \
	'switch net.ipv4.conf.in0.proxy_arp=0'

# Programs and filters that see packets before the rules.
if in_ns gw tc qdisc add dev in0 clsact; then
	around interface-risk 'interface in0 of zone internet has a filter of tc(8), kind u32, that redirects' \
		'in_ns gw tc filter add dev in0 ingress protocol all u32 match u32 0 0 action mirred egress redirect dev lg0' \
		'in_ns gw tc filter del dev in0 ingress'
	in_ns gw tc qdisc del dev in0 clsact
else
	say "this kernel has no clsact: its filters were not tried"
fi
if in_ns gw "$NETNS_DIR/xdp.py" in0 on; then
	in_ns gw "$NETNS_DIR/xdp.py" in0 off
	# shellcheck disable=SC2016 # expanded by around
	around interface-risk 'interface in0 of zone internet has XDP program' \
		'in_ns gw "$NETNS_DIR/xdp.py" in0 on' 'in_ns gw "$NETNS_DIR/xdp.py" in0 off'
else
	say "this kernel takes no XDP program: it was not tried"
fi

# Bridges and what shares a cable.
gw_ip link add br9 type bridge
gw_ip link set in0 master br9
around bridge 'bridge br9 joins interface in0 (internet) with interface lg0 (lgwan)' \
	'gw_ip link set lg0 master br9' 'gw_ip link set lg0 nomaster' 'gw_ip link set br9 up'
gw_ip link del br9
around bridge 'macvlan mv9 (no zone) lies on interface my0' \
	'gw_ip link add link my0 name mv9 type macvlan mode bridge' 'gw_ip link del mv9'

# Who: a program that lives long enough.
nsenter --net="/run/netns/${TOPOLOGY}gw" /usr/bin/python3 "$NETNS_DIR/addroute.py" 10.1.0.0/26 in0 &
python=$!
wait_until 200 has_more route-contradiction begin '10.1.0.0/26' 0 || fail "no event of python3's route"
# Who writes a switch nobody tells, and who does something else meanwhile is not named for it.
switch net.ipv4.conf.in0.proxy_arp=1
gw_ip route add 10.1.0.64/26 dev lg0
wait_until 200 has_more interface-risk begin 'in0' 0 || fail "no event of the switch"
switch net.ipv4.conf.in0.proxy_arp=0
gw_ip route del 10.1.0.64/26
kill "$python"
wait "$python" 2>/dev/null
records 'select((."event.action" == "forwarding" or ."hedate.risk" == "switch") and
	(."hedate.program" != "unknown" or ."hedate.pid" != null))' >"$WORK/named"
[ ! -s "$WORK/named" ] || fail "somebody is named for a switch: $(cat "$WORK/named")"
records 'select(."hedate.state" == "begin" and (.message | test("10.1.0.0/26")))' >"$WORK/who"
grep -q '"hedate.program":"python3"' "$WORK/who" || fail "who: $(cat "$WORK/who")"
gw_ip route del 10.1.0.0/26

# An interface that goes and comes back has its rules.
gw_ip link del my0
wait_until 200 eval 'hedate flush; records "select(.\"event.action\" == \"link-missing\")" | grep my0' ||
	fail "my0 is not missed"
topology_gateway | grep -e '^link add my0' -e 'dev my0$' -e '^link set my0' | topology_batch gw
{ echo "link set eth0 up"; topology_host mynumber.a | grep -v lo; } | topology_batch mynumber.a
wait_until 200 eval 'hedate flush; records "select(.\"hedate.risk\" == \"anew\")" | grep my0' ||
	fail "that my0 is another one is not on record"
plan pass again tcp 10.1.0.10 10.2.0.10 443
plan no-path:internet:mynumber forbidden tcp 10.3.0.10 10.1.0.10 443
plan_check

# One that goes to another namespace.
ip netns add "${TOPOLOGY}elsewhere"
gw_ip link set my1 netns "${TOPOLOGY}elsewhere"
wait_until 200 eval 'hedate flush; records "select(.\"hedate.risk\" == \"moved\")" | grep my1' ||
	fail "that my1 was moved is not on record"

# Events that nobody could take lose nothing: it is read anew.
kill -STOP "$HEDATED"
for ((i = 0; i < 6000; i++)); do
	echo "route add 10.201.$((i / 250)).$((i % 250))/32 via 10.3.0.2"
	echo "route del 10.201.$((i / 250)).$((i % 250))/32 via 10.3.0.2"
done | topology_batch gw
gw_ip route add 10.200.77.0/24 via 10.3.0.2
kill -CONT "$HEDATED"
wait_until 130 eval 'status_field host_risks | grep -q 10.200.77.0/24' || fail "what nobody took is lost"
gw_ip route del 10.200.77.0/24

# A storm: told, bounded, and at its end what is so is known.
before=$(records 'select(."event.action" == "route-contradiction" or ."event.action" == "interface-risk")' | wc -l)
for ((i = 0; i < 400; i++)); do
	echo "route add 10.200.$((i % 200)).0/24 via 10.3.0.2"
	echo "route del 10.200.$((i % 200)).0/24 via 10.3.0.2"
done | topology_batch gw
gw_ip route add 10.200.99.0/24 via 10.3.0.2
wait_until 250 eval 'status_field host_risks | grep -q 10.200.99.0/24' || fail "after the storm"
flush
after=$(records 'select(."event.action" == "route-contradiction" or ."event.action" == "interface-risk")' | wc -l)
say "a storm of 800 changes: $((after - before)) events"
[ $((after - before)) -lt 200 ] || fail "$((after - before)) events of a storm"
hedate metrics | grep '^hedate_host_findings [1-9]' || fail "metrics"
finish
