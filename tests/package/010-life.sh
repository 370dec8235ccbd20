#!/bin/bash
# asked
# floods
# The Debian packages in a fresh Debian 12 that runs systemd, on a gateway between hosts: installed
# beside live connections, upgraded, left half installed, removed, installed again, purged, and started
# anew after each, while packets come from either side that must not pass. None does; what is permitted
# goes on; nobody is cut off by an installation; records, keys and policies are kept.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/../netns/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/package/machine.sh
. "$SOURCE_DIR/tests/package/machine.sh"
# shellcheck source=tests/package/readme.sh
. "$SOURCE_DIR/tests/package/readme.sh"
UNITS=$(first_hour "$SOURCE_DIR/README" 'The first hour' | sed -n 's/^systemctl enable --now //p')
STREAM_SECONDS=3600 # ended by the script

ROOT=$BUILD/package/life
rm -rf "$ROOT"
machine_root "$ROOT"
for name in older current; do
	install -D -m 644 -t "$ROOT/srv/$name" "$BUILD/package/$name"/hedate_*.deb \
		"$BUILD/package/$name"/hedate-common_*.deb || die "no packages: make test-package makes them"
done
fetch_depends "$ROOT" --no-install-recommends '/srv/current/*.deb'
topology_up || die "the lab could not be built"

# For wait_until.
# shellcheck disable=SC2317
machine_ready()
{
	inside 'hedate status --json' | jq -e '.state == "enforcing" and .recorder == "connected"'
}

# Each packet that was blocked is in a record, or in a counted loss.
# shellcheck disable=SC2317
balanced()
{
	inside 'hedate flush >/dev/null; hedate status --json' | jq -e '.balanced == true'
}

books()
{
	wait_until 100 balanced || fail "$1: the books are not right: $(inside 'hedate status' 2>&1)"
}

install_packages()
{
	does "apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends --allow-downgrades install /srv/$1/*.deb"
}

ready()
{
	wait_until 300 machine_ready || fail "$1: hedated is not ready: $(inside \
		'hedate status; systemctl status hedated hedate-logd; journalctl -n 30' 2>&1)"
}

# What is permitted passes, what is not does not, who administers gets in.
guarded()
{
	tries "$1" 'passed tcp 10.1.0.10 10.2.0.10 443' 'passed tcp fd00:1::10 fd00:2::10 443' \
		'passed tcp 10.9.0.10 10.9.0.1 22' 'blocked tcp 10.3.0.10 10.1.0.11 443 wait=300' \
		'blocked tcp 10.2.0.10 10.1.0.10 443 wait=300' \
		'blocked udp fd00:3::10 fd00:1::11 53 wait=300'
	say "$1: guarded"
}

# Nothing is forwarded; who administers gets in.
closed()
{
	tries "$1" 'blocked tcp 10.1.0.10 10.2.0.10 443 wait=300' \
		'blocked tcp fd00:1::10 fd00:2::10 443 wait=300' \
		'blocked tcp 10.3.0.10 10.1.0.11 443 wait=300' \
		'blocked udp fd00:3::10 fd00:1::11 53 wait=300' 'passed tcp 10.9.0.10 10.9.0.1 22'
	say "$1: closed"
}

# Digests of what is evidence, and what they are of.
evidence()
{
	inside 'cd / && sha256sum etc/hedate/hedate.conf etc/hedate/confirmed/*.conf \
		var/log/hedate/*.jsonl var/lib/hedate-log/*'
}

# A connection that has lived until now.
stream_end()
{
	kill -TERM "${BACKGROUND[$1]}"
	stream_lived "$1"
}

forwarding()
{
	in_ns gw cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding | tr '\n' ' '
}

# ---- installed on a router that is in use: nothing is in force, nobody is cut off ----------------
machine_on "$ROOT"
in_ns gw sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
stream_open before $STREAM_SECONDS 10.1.0.10 10.2.0.10 443
install_packages older
grep -q 'nothing is in force yet' "$WORK/said" || fail "installing does not say what it did not do"
# Those that the older one has: newer ones come with the upgrade.
OLDER_UNITS=$(inside "for unit in $UNITS; do systemctl cat \$unit >/dev/null 2>&1 && echo \$unit; done" | tr '\n' ' ')
[[ $OLDER_UNITS == *hedated\ hedate-logd* ]] || fail "the older package has only $OLDER_UNITS"
for unit in $OLDER_UNITS hedate-guard; do
	[ "$(inside "systemctl is-enabled $unit")" = disabled ] || fail "$unit is enabled"
	[ "$(inside "systemctl is-active $unit")" = inactive ] || fail "$unit runs"
done
[ -z "$(nft_gw list ruleset)" ] || fail "installing loads rules"
[ "$(forwarding)" = '1 1 ' ] || fail "installing changes forwarding"
stream_end before
does 'hedate check /usr/share/doc/hedate/examples/hedate.conf && hedate check /usr/share/doc/hedate/aobano.conf'
does 'man -w hedate >/dev/null 2>&1 || test -s /usr/share/man/ja/man1/hedate.1.gz'
for user in hedate hedate-log hedate-alert hedate-forward hedate-ha hedate-database; do
	does "getent passwd $user"
done
for group in hedate-operator hedate-approver hedate-csirt hedate-auditor; do
	does "getent group $group"
done
says 'systemd-analyze --man=no verify hedated.service hedate-guard.service hedate-logd.service 2>&1; echo ok' ok
grep -v '^ok$' "$WORK/said" | grep -i hedate && fail "systemd-analyze verify"
says 'dpkg -V hedate hedate-common; echo verified' '^verified$'
[ "$(cat "$WORK/said")" = verified ] || fail "dpkg -V: $(cat "$WORK/said")"
# Without a policy hedated does not run. Its guard does, which then forwards nothing, and cuts nobody off.
inside 'systemctl start hedated' >/dev/null 2>&1 && fail "hedated runs without a policy"
closed 'without a policy'
does 'systemctl reset-failed'

# ---- a boundary from now on ----------------------------------------------------------------------
lab_config "$(lab_path P1 my lg https)" \
	'input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; } );' >"$ROOT/etc/hedate/hedate.conf"
does 'systemd-tmpfiles --create hedate.conf; hedate check /etc/hedate/hedate.conf'
does "systemctl enable --now $OLDER_UNITS"
ready "the first start"
[ "$(inside 'systemctl is-enabled hedate-guard')" = enabled ] || fail "hedated is enabled without its guard"
flood udp 10.3.0.10 10.1.0.11 53 protocol=udp distinct=50 count=1000000 rate=200 seconds=3600
flood syn6 fd00:2::10 fd00:1::11 443 protocol=tcp flags=S distinct=50 count=1000000 rate=200 seconds=3600
guarded "the first start"
stream_open permitted $STREAM_SECONDS 10.1.0.10 10.2.0.10 443

# ---- upgraded ------------------------------------------------------------------------------------
sha256sum "$ROOT/etc/hedate/hedate.conf" >"$WORK/policy"
pid=$(inside 'systemctl show -P MainPID hedated')
install_packages current
ready "upgraded"
[ "$(inside 'systemctl show -P MainPID hedated')" != "$pid" ] || fail "hedated was not started anew"
says 'hedate --version' "$(dpkg-deb -f "$BUILD"/package/current/hedate_*.deb Version | sed 's/-.*//')"
sha256sum --quiet -c "$WORK/policy" || fail "an upgrade changes the policy"
guarded "upgraded"
books "upgraded"
# In the middle of it: unpacked, and not configured.
does 'dpkg --unpack /srv/older/*.deb'
guarded "unpacked"
does 'dpkg --configure -a'
ready "configured"
says 'hedate --version' 0.0.9
install_packages current
ready "upgraded again"
guarded "upgraded again"
stream_end permitted

# ---- started anew ----------------------------------------------------------------------------------
machine_reboot "$ROOT"
ready "started anew"
guarded "started anew"
[ "$(inside 'systemctl is-active hedate-guard')" = active ] || fail "the guard does not run at boot"

# ---- removed ---------------------------------------------------------------------------------------
# Another file would make it a router.
echo 'net.ipv4.ip_forward = 1' >"$ROOT/etc/sysctl.d/99-router.conf"
echo 'net.ipv6.conf.all.forwarding = 1' >>"$ROOT/etc/sysctl.d/99-router.conf"
does 'apt-get -q -y -o Dpkg::Use-Pty=0 remove hedate'
grep -q 'nothing is opened' "$WORK/said" || fail "removing does not say what stays: $(cat "$WORK/said")"
guarded "removed"
does '! pgrep hedate && ! command -v hedate hedated'
[ -z "$(inside 'find /etc/systemd/system -name "*hedate*"')" ] || fail "units are still enabled"
machine_reboot "$ROOT"
closed "removed, and started anew"
[ "$(forwarding)" = '0 0 ' ] || fail "removed, and it forwards"

# ---- installed again: what was confirmed is still there --------------------------------------------
install_packages current
closed "installed again"
does "systemctl enable --now $UNITS"
ready "installed again"
guarded "in force again"
books "in force again"

# ---- purged ----------------------------------------------------------------------------------------
does "systemctl stop $UNITS"
evidence >"$WORK/kept"
[ "$(grep -c jsonl "$WORK/kept")" -ge 1 ] || fail "nothing was recorded: $(cat "$WORK/kept")"
does 'apt-get -q -y -o Dpkg::Use-Pty=0 purge hedate hedate-common'
for kept in /etc/hedate /var/log/hedate /var/lib/hedate-log; do
	grep -q "rm -rf.* $kept\b" "$WORK/said" || fail "purging does not say that $kept is kept: $(cat "$WORK/said")"
done
(cd "$ROOT" && sha256sum --quiet -c "$WORK/kept") || fail "purging changes what is evidence"
guarded "purged"
[ -z "$(inside 'ls -d /usr/share/hedate /var/cache/hedate /usr/share/doc/hedate* 2>/dev/null')" ] ||
	fail "purging leaves programs"
machine_reboot "$ROOT"
closed "purged, and started anew"
[ "$(forwarding)" = '0 0 ' ] || fail "purged, and it forwards"

kill -TERM "${BACKGROUND[udp]}" "${BACKGROUND[syn6]}"
flood_blocked udp
flood_blocked syn6
"$BUILD/hedate" log --json --no-index -d "$ROOT/var/log/hedate" >"$WORK/records" 2>&1 ||
	fail "the log cannot be read: $(tail -n 1 "$WORK/records")"
grep -q '"event.reason":"no-path"' "$WORK/records" || fail "no record of what was blocked"

# A host that never was a boundary is left as it was.
does 'rm -rf /etc/hedate /var/lib/hedate* /var/log/hedate /etc/sysctl.d/*-closed.conf'
install_packages current
does 'apt-get -q -y -o Dpkg::Use-Pty=0 purge hedate hedate-common'
[ -z "$(inside 'ls -d /etc/hedate /var/lib/hedate* /var/log/hedate /etc/sysctl.d/*-closed.conf 2>/dev/null')" ] ||
	fail "purging leaves what nobody wrote"
machine_end "$ROOT"
