#!/bin/bash
# Load the rules of another firewall, as Debian packages it, into the network namespace we are in:
#
#	foreign.sh DIRECTORY FIREWALL
#
# DIRECTORY holds the unpacked packages (tests/bench/packages.py); in a mount namespace of their own
# they lie over the machine's /usr and /etc, which sees nothing of it.
set -eu
directory=$1 firewall=$2
left=${LEFT:-eno1.110} right=${RIGHT:-eno2.210} outside=${OUTSIDE:-eno3.330}

if [ -z "${FOREIGN_INSIDE:-}" ]; then
	FOREIGN_INSIDE=1 exec unshare --mount --propagation private "$BASH" "$0" "$@"
fi
cd "$directory"
# Debian's alternatives, which make "iptables" of "iptables-nft" when it is installed.
for name in iptables ip6tables iptables-restore ip6tables-restore iptables-save ip6tables-save; do
	[ ! -e usr/sbin/xtables-nft-multi ] || ln -sf xtables-nft-multi "usr/sbin/$name"
done
# ferm would rather have the old tools, whose rules are not in nf_tables.
rm -f usr/sbin/*tables-legacy*
mount -t overlay -o "ro,lowerdir=usr:/usr" judge /usr
mount -t tmpfs -o mode=755 judge /run
mkdir /run/upper /run/work /run/lock
mount -t overlay -o "lowerdir=etc:/etc,upperdir=/run/upper,workdir=/run/work" judge /etc
mount -t tmpfs judge /var/lib 2>/dev/null || :
cd /

docker()
{
	local stage
	for name in DOCKER DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2 DOCKER-USER; do
		iptables -N "$name"
	done
	iptables -t nat -N DOCKER
	iptables -P FORWARD DROP
	iptables -A FORWARD -j DOCKER-USER
	iptables -A FORWARD -j DOCKER-ISOLATION-STAGE-1
	iptables -A FORWARD -o "$right" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	iptables -A FORWARD -o "$right" -j DOCKER
	iptables -A FORWARD -i "$right" ! -o "$right" -j ACCEPT
	iptables -A FORWARD -i "$right" -o "$right" -j ACCEPT
	iptables -A DOCKER -d 10.20.16.2/32 ! -i "$right" -o "$right" -p tcp -m tcp --dport 80 -j ACCEPT
	iptables -A DOCKER-ISOLATION-STAGE-1 -i "$right" ! -o "$right" -j DOCKER-ISOLATION-STAGE-2
	iptables -A DOCKER-ISOLATION-STAGE-2 -o "$left" -j DROP
	for stage in 1 2; do
		iptables -A "DOCKER-ISOLATION-STAGE-$stage" -j RETURN
	done
	iptables -A DOCKER-USER -j RETURN
	iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
	iptables -t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
	iptables -t nat -A POSTROUTING -s 10.20.0.0/16 ! -o "$right" -j MASQUERADE
	iptables -t nat -A DOCKER ! -i "$right" -p tcp -m tcp --dport 8080 \
		-j DNAT --to-destination 10.20.16.2:80
}

iptables_nft()
{
	iptables -P FORWARD DROP
	iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	iptables -A FORWARD -i "$left" -o "$right" -p tcp -m multiport --dports 80,443,8000:8100 -j ACCEPT
	iptables -A FORWARD -i "$left" -s 10.10.0.0/16 -p udp --dport 53 -j ACCEPT
	iptables -A FORWARD -p icmp --icmp-type echo-request -m limit --limit 10/sec -j ACCEPT
	iptables -A FORWARD -m mark --mark 0x10/0xf0 -j ACCEPT
	iptables -A FORWARD -j REJECT
	ip6tables -P FORWARD DROP
	ip6tables -A FORWARD -m state --state ESTABLISHED -j ACCEPT
	ip6tables -A FORWARD -s fd00::/8 -p tcp --dport 443 -j ACCEPT
	iptables -t mangle -A PREROUTING -i "$outside" -j MARK --set-mark 0x10
	iptables -t raw -A PREROUTING -p udp --dport 69 -j NOTRACK
}

ufw_rules()
{
	mkdir -p /etc/ufw
	cp /usr/share/ufw/*.rules /usr/share/ufw/ufw.conf /usr/share/ufw/*.init /etc/ufw/
	[ -e /etc/default/ufw ] || cp /usr/share/ufw/default/ufw /etc/default/
	sed -i 's/^DEFAULT_FORWARD_POLICY=.*/DEFAULT_FORWARD_POLICY="DROP"/' /etc/default/ufw
	ufw --force enable
	ufw allow 22/tcp
	ufw route allow in on "$left" out on "$right" to 10.20.0.0/16 port 443 proto tcp
	ufw route deny in on "$outside"
}

ferm_rules()
{
	ferm --fast /dev/stdin <<-END
	domain (ip ip6) table filter {
		chain FORWARD {
			policy DROP;
			mod state state (ESTABLISHED RELATED) ACCEPT;
			interface $left outerface $right proto tcp dport (http https 8000:8100) ACCEPT;
			interface $outside outerface $left DROP;
			proto icmp ACCEPT;
		}
		chain INPUT { policy DROP; interface lo ACCEPT; proto tcp dport ssh ACCEPT; }
	}
	domain ip table nat chain POSTROUTING outerface $outside saddr 10.0.0.0/8 MASQUERADE;
	END
}

shorewall_rules()
{
	printf 'fw firewall\nleft ipv4\nright ipv4\nout ipv4\n' >/etc/shorewall/zones
	printf '?FORMAT 2\nleft %s\nright %s\nout %s\n' "$left" "$right" "$outside" \
		>/etc/shorewall/interfaces
	printf 'left right REJECT\nleft out ACCEPT\nall all DROP\n' >/etc/shorewall/policy
	printf '?SECTION NEW\nACCEPT left right tcp 80,443\nACCEPT left:10.10.0.0/16 right udp 53\nDNAT out left:10.10.16.5 tcp 8080\n' \
		>/etc/shorewall/rules
	sed -i 's/^STARTUP_ENABLED=.*/STARTUP_ENABLED=Yes/' /etc/shorewall/shorewall.conf
	mkdir -p /var/lib/shorewall
	shorewall start
}

firewalld_rules()
{
	local path=/run/bus
	cat >/run/bus.conf <<-END
	<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
	 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
	<busconfig><type>system</type><listen>unix:path=$path</listen><auth>EXTERNAL</auth>
	<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
	<allow own="*"/></policy></busconfig>
	END
	mkdir -p /run/firewalld
	cp -r /etc/firewalld/. /run/firewalld/ 2>/dev/null || :
	sed -i 's/^CleanupOnExit=.*/CleanupOnExit=no/' /run/firewalld/firewalld.conf
	dbus-daemon --config-file=/run/bus.conf --nofork --nopidfile &
	local bus=$! daemon
	until [ -S "$path" ]; do sleep 0.1; done
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$path
	firewalld --nofork --nopid --system-config /run/firewalld --log-target file --log-file /run/log &
	daemon=$!
	until firewall-cmd --state >/dev/null 2>&1; do
		kill -0 "$daemon" || { cat /run/log && exit 1; }
		sleep 0.2
	done
	firewall-cmd -q --zone=internal --change-interface="$left"
	firewall-cmd -q --zone=dmz --change-interface="$right"
	firewall-cmd -q --zone=external --change-interface="$outside"
	firewall-cmd -q --zone=dmz --add-rich-rule='rule family=ipv4 source address=10.10.0.0/16 port port=443 protocol=tcp accept'
	firewall-cmd -q --zone=external --add-forward-port=port=8080:proto=tcp:toport=80:toaddr=10.20.16.2
	firewall-cmd -q --new-policy=across --permanent && firewall-cmd -q --reload
	kill "$daemon" "$bus"
	wait "$daemon" "$bus" 2>/dev/null || :
}

case $firewall in
docker) docker ;;
iptables) iptables_nft ;;
ufw) ufw_rules ;;
ferm) ferm_rules ;;
shorewall) shorewall_rules ;;
firewalld) firewalld_rules ;;
*) echo "$firewall: no such firewall" && exit 2 ;;
esac
