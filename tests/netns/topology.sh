# shellcheck shell=bash
# Build and remove a gateway and hosts around it, out of two tables (sourced).
#
# TOPOLOGY_SEGMENTS, a line for each interface of the gateway:
#	segment  interface  gateway's IPv4/length  gateway's IPv6/length  [route>via ...]
# TOPOLOGY_HOSTS, a line for each address:
#	segment  IPv4 or "-"  IPv6 or "-"  [MAC]
#
# Each segment is a namespace "$TOPOLOGY<segment>" with all its addresses on eth0, at the other end
# of the gateway's interface. An address with a MAC of its own lives in a namespace of its own,
# "$TOPOLOGY<segment>-<last part of the IPv4 address>", on a macvlan of the segment's eth0.
# The gateway is "${TOPOLOGY}gw". Needs $PROBE and $TOPOLOGY.

topology_rows()
{
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' <<<"$1"
}

# The namespace that an IPv4 or IPv6 address of TOPOLOGY_HOSTS lives in, without the prefix.
topology_place()
{
	awk -v address="$1" '$2 == address || $3 == address {
		n = split($2, part, "."); print $1 ($4 ? "-" part[n] : ""); exit }' \
		<<<"$TOPOLOGY_HOSTS"
}

# The MAC of the gateway's interface to a segment, of a segment's eth0.
topology_gateway_mac()
{
	topology_mac 1 "$1"
}

topology_host_mac()
{
	topology_mac 2 "$1"
}

topology_mac()
{
	topology_rows "$TOPOLOGY_SEGMENTS" | awk -v side="$1" -v segment="$2" \
		'$1 == segment { printf "02:00:00:00:%02x:%02x\n", side, NR }'
}

topology_namespaces()
{
	echo gw
	topology_rows "$TOPOLOGY_SEGMENTS" | awk '{ print $1 }'
	topology_rows "$TOPOLOGY_HOSTS" | awk '$4 { n = split($2, part, "."); print $1 "-" part[n] }'
}

# Run something in a namespace (its network only: quicker than "ip netns exec").
in_ns()
{
	local name=$1
	shift
	nsenter --net="/run/netns/$TOPOLOGY$name" "$@"
}

# No waiting for duplicate addresses, no router solicitations; the gateway forwards, and leaves
# finding forged sources to the rule set.
topology_sysctls()
{
	local name=$1
	# The shell that runs this is in the other namespace.
	# shellcheck disable=SC2016
	in_ns "$name" sh -c '
		cd /proc/sys/net || exit 1
		for what in all default; do
			echo 0 >ipv6/conf/$what/accept_dad
			echo 0 >ipv6/conf/$what/accept_ra
			echo 0 >ipv4/conf/$what/rp_filter
		done
		echo 1 >ipv6/conf/default/autoconf
		if [ "$1" = gw ]; then
			echo 1 >ipv4/ip_forward
			echo 1 >ipv6/conf/all/forwarding
		fi' sh "$name"
}

topology_batch()
{
	ip -n "$TOPOLOGY$1" -batch -
}

# Commands for the gateway: its interfaces, the far end of each in the segment's namespace.
topology_gateway()
{
	local segment interface four six routes route number=0
	echo "link set lo up"
	while read -r segment interface four six routes; do
		number=$((number + 1))
		printf 'link add %s address 02:00:00:00:01:%02x type veth peer name eth0 netns %s address 02:00:00:00:02:%02x\n' \
			"$interface" "$number" "$TOPOLOGY$segment" "$number"
		echo "addr add $four dev $interface"
		echo "addr add $six dev $interface nodad"
		echo "link set $interface up"
		for route in $routes; do
			echo "route add ${route%>*} via ${route#*>}"
		done
	done < <(topology_rows "$TOPOLOGY_SEGMENTS")
}

# Commands for one namespace of hosts: addresses, and the gateway as the way to everything, so that
# an address of a remote network is as good as one of the segment's own.
topology_host()
{
	local name=$1 four six address
	read -r _ _ four six _ < <(topology_rows "$TOPOLOGY_SEGMENTS" |
		awk -v s="${name%-[0-9]*}" '$1 == s')
	echo "link set lo up"
	echo "link set eth0 up"
	while read -r address; do
		case $address in
		*:*) echo "addr add $address/128 dev eth0 nodad" ;;
		*) echo "addr add $address/32 dev eth0" ;;
		esac
	done < <(topology_rows "$TOPOLOGY_HOSTS" | awk -v name="$name" '{
		n = split($2, part, "."); place = $1 ($4 ? "-" part[n] : "") }
		place == name { if ($2 != "-") print $2; if ($3 != "-") print $3 }')
	echo "route add default via ${four%/*} dev eth0 onlink"
	echo "route add default via ${six%/*} dev eth0 onlink"
}

# Commands for a segment's namespace: the hosts that have a MAC of their own. Linux 6.1 makes the
# interface here first, where there is an eth0 already.
topology_bound()
{
	local segment=$1
	topology_rows "$TOPOLOGY_HOSTS" | awk -v s="$segment" -v prefix="$TOPOLOGY" '$1 == s && $4 {
		n = split($2, part, ".")
		print "link add link eth0 name bound address " $4 " netns " prefix $1 "-" part[n] \
			" type macvlan mode bridge" }'
}

topology_up()
{
	local name
	for name in $(topology_namespaces); do
		ip netns add "$TOPOLOGY$name" || return 1
		topology_sysctls "$name" || return 1
	done
	topology_gateway | topology_batch gw || return 1
	for name in $(topology_rows "$TOPOLOGY_SEGMENTS" | awk '{ print $1 }'); do
		{ topology_host "$name" && topology_bound "$name"; } |
			topology_batch "$name" || return 1
	done
	for name in $(topology_namespaces | grep -e '-[0-9]*$'); do
		{ echo "link set bound name eth0" && topology_host "$name"; } |
			topology_batch "$name" || return 1
	done
}

# End what runs in the namespaces, and remove them.
topology_down()
{
	local name pids try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		pids=
		for name in /run/netns/"$TOPOLOGY"*; do
			[ -e "$name" ] && pids="$pids $(ip netns pids "${name##*/}" 2>/dev/null)"
		done
		[ -n "${pids// /}" ] || break
		# Ask first; what has not gone after a second is killed.
		# shellcheck disable=SC2086
		if [ "$try" -lt 10 ]; then kill -TERM $pids; else kill -KILL $pids; fi 2>/dev/null
		sleep 0.1
	done
	for name in /run/netns/"$TOPOLOGY"*; do
		if [ -e "$name" ]; then
			ip netns del "${name##*/}"
		fi
	done
}
