#!/bin/bash
# 青葉野市 (fictional, 100,000 people): its gateway and hosts as network namespaces. The addresses are
# those of conf/aobano.conf.
#
#	tests/netns/city.sh up hdt-NAME-	namespaces hdt-NAME-gw, hdt-NAME-mynumber.terminals, ...
#	tests/netns/city.sh down hdt-NAME-	ends what runs in them, removes them, and the files
#						of a demo that was left running
# or sourced, by what has sourced common.sh.

# shellcheck disable=SC2034
TOPOLOGY_SEGMENTS='
mynumber.terminals  eno1.110 10.10.16.1/22   fd00:aa:110::1/64
mynumber.servers    eno1.120 10.10.0.1/24    fd00:aa:120::1/64
mynumber.govcloud   eno1.130 10.10.240.1/30  fd00:aa:130::1/64  10.210.0.0/20>10.10.240.2 fd00:bb:210::/48>fd00:aa:130::2
lgwan.terminals     eno2.210 10.20.16.1/21   fd00:aa:210::1/64
lgwan.servers       eno2.220 10.20.0.1/24    fd00:aa:220::1/64
lgwan.external      eno2.230 172.20.255.1/29 fd00:aa:230::1/64  172.28.0.0/16>172.20.255.2 fd00:bb:172::/48>fd00:aa:230::2
lgwan.link          eno2.240 10.20.240.1/28  fd00:aa:240::1/64
internet.terminals  eno3.310 10.30.16.1/22   fd00:aa:310::1/64
internet.servers    eno3.320 10.30.0.1/24    fd00:aa:320::1/64
internet.sanitizers eno3.330 10.30.240.1/28  fd00:aa:330::1/64
internet.uplink     eno3.340 192.0.2.1/29    2001:db8:340::1/64 0.0.0.0/0>192.0.2.2 ::/0>2001:db8:340::2
management.admin    eno4     10.90.0.1/25    fd00:aa:90::1/64
'

# Hosts with a MAC are bound to it by the configuration.
# shellcheck disable=SC2034
TOPOLOGY_HOSTS='
mynumber.terminals  10.10.16.9    fd00:aa:110::9
mynumber.servers    10.10.0.10    fd00:aa:120::10
mynumber.servers    10.10.0.12    fd00:aa:120::12
mynumber.servers    10.10.0.15    fd00:aa:120::15       00:00:5e:00:53:15
mynumber.servers    10.10.0.20    fd00:aa:120::20       00:00:5e:00:53:20
mynumber.servers    10.10.0.30    fd00:aa:120::30       00:00:5e:00:53:30
mynumber.servers    10.10.0.31    fd00:aa:120::31       00:00:5e:00:53:31
mynumber.servers    10.10.0.40    fd00:aa:120::40       00:00:5e:00:53:40
mynumber.servers    10.10.0.53    fd00:aa:120::53       00:00:5e:00:53:53
mynumber.servers    10.10.0.60    fd00:aa:120::60       00:00:5e:00:53:60
mynumber.govcloud   10.10.240.2   fd00:aa:130::2
mynumber.govcloud   10.210.1.10   fd00:bb:210:1::10
mynumber.govcloud   10.210.8.10   fd00:bb:210:8::10
lgwan.terminals     10.20.16.9    -
lgwan.terminals     10.20.17.9    fd00:aa:210::9
lgwan.servers       10.20.0.25    fd00:aa:220::25
lgwan.servers       10.20.0.30    fd00:aa:220::30       00:00:5e:00:53:c0
lgwan.servers       10.20.0.31    fd00:aa:220::31       00:00:5e:00:53:c1
lgwan.servers       10.20.0.40    fd00:aa:220::40
lgwan.servers       10.20.0.41    fd00:aa:220::41
lgwan.servers       10.20.0.53    fd00:aa:220::53
lgwan.servers       10.20.0.123   fd00:aa:220::123      00:00:5e:00:53:c2
lgwan.external      172.20.255.2  fd00:aa:230::2
lgwan.external      172.28.1.10   fd00:bb:172:1::10
lgwan.external      172.28.1.20   fd00:bb:172:1::20
lgwan.external      172.28.1.30   fd00:bb:172:1::30
lgwan.external      172.28.1.40   fd00:bb:172:1::40
lgwan.external      172.28.2.25   fd00:bb:172:2::25
lgwan.external      172.28.2.53   fd00:bb:172:2::53
lgwan.external      172.28.2.123  fd00:bb:172:2::123
lgwan.external      172.28.3.30   fd00:bb:172:3::30
lgwan.external      172.28.9.9    fd00:bb:172:9::9
lgwan.link          10.20.240.2   fd00:aa:240::2        00:00:5e:00:53:c3
internet.terminals  10.30.17.5    fd00:aa:310::5
internet.servers    10.30.0.10    fd00:aa:320::10
internet.servers    10.30.0.25    fd00:aa:320::25
internet.servers    10.30.0.53    fd00:aa:320::53
internet.servers    10.30.0.80    fd00:aa:320::80
internet.sanitizers 10.30.240.4   fd00:aa:330::4
internet.sanitizers 10.30.240.5   fd00:aa:330::5
internet.uplink     192.0.2.2     2001:db8:340::2
internet.uplink     198.51.100.10 2001:db8:100::10
internet.uplink     198.51.100.25 2001:db8:100::25
internet.uplink     198.51.100.53 2001:db8:100::53
internet.uplink     203.0.113.5   2001:db8:203::5
internet.uplink     203.0.113.80  2001:db8:203::80
management.admin    10.90.0.10    fd00:aa:90::10
management.admin    10.90.0.11    fd00:aa:90::11
management.admin    10.90.0.123   fd00:aa:90::123
'

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	# shellcheck source=tests/netns/topology.sh
	. "$(dirname "$0")/topology.sh"
	shopt -s nullglob
	case "${1:-} ${2:-}" in
	"up hdt-"?*-) TOPOLOGY=$2 && topology_up ;;
	"down hdt-"?*-)
		TOPOLOGY=$2
		topology_down
		rm -rf "/run/${TOPOLOGY}files"
		;;
	*)
		echo "usage: tests/netns/city.sh up|down hdt-NAME-" >&2
		exit 2
		;;
	esac
fi
