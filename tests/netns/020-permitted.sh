#!/bin/bash
# What paths permit passes, in both families, and nothing beside it: port lists and ranges, all
# ports of a protocol, ICMP types, protocols without ports, hosts behind routers, networks.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

both()
{
	local expected=$1 id=$2 kind=$3 source=$4 destination=$5 port=$6
	shift 6
	plan "$expected" "$id" "$kind" "$source" "$destination" "$port" "$@"
	plan "$expected" "$id-6" "$kind" "$(six "$source")" "$(six "$destination")" "$port" "$@"
}

six()
{
	awk -v four="$1" '$2 == four { print $3 }' <<<"$TOPOLOGY_HOSTS"
}

both pass host tcp 10.1.0.10 10.2.0.10 443
both no-path:mynumber:lgwan other-port tcp 10.1.0.10 10.2.0.10 444
both no-path:mynumber:lgwan other-protocol udp 10.1.0.10 10.2.0.10 443
both no-path:mynumber:lgwan other-source tcp 10.1.0.11 10.2.0.10 443
both no-path:mynumber:lgwan other-target tcp 10.1.0.10 10.2.0.11 443
both no-path:lgwan:mynumber other-way tcp 10.2.0.10 10.1.0.10 443

both pass range-first tcp 10.1.0.11 10.200.0.10 1024
both pass range-last tcp 10.1.0.11 10.200.0.10 2047
both pass range-udp udp 10.1.0.11 10.200.0.10 1500
both no-path:mynumber:lgwan range-before tcp 10.1.0.11 10.200.0.10 1023
both no-path:mynumber:lgwan range-after tcp 10.1.0.11 10.200.0.10 2048
both no-path:mynumber:lgwan range-beside tcp 10.1.0.11 10.2.0.11 1500
# Two paths that overlap, one with another target beside it.
both pass overlap tcp 10.1.0.10 10.200.0.10 1500

both pass ping echo 10.2.0.10 10.3.0.10 -
both no-path:internet:lgwan ping-back echo 198.51.100.9 10.2.0.10 -
both no-path:lgwan:internet ping-other echo 10.2.0.11 10.3.0.10 -
both pass gre raw 10.2.0.10 10.3.0.10 - protocol=47
both no-path:lgwan:internet esp raw 10.2.0.10 10.3.0.10 - protocol=50

both pass zone tcp 10.1.1.10 198.51.100.9 60000
both no-path:mynumber:internet zone-udp udp 10.1.1.10 198.51.100.9 60000
both pass big tcp 10.1.0.10 10.2.0.10 443 bytes=3000000 wait=8000

lab_up "$(lab_paths \
	"$(lab_path P01 my lg https)" \
	"$(lab_path P02 mynumber far high)" \
	"$(lab_path P03 my lgwan high)" \
	"$(lab_path P04 lg in ping)" \
	"$(lab_path P05 lg in gre)" \
	"$(lab_path P06 mynumber.b internet all-tcp)")"
plan_check
hedate paths --json >"$WORK/paths" || fail "hedate paths --json"
finish
