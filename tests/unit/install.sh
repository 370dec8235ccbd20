#!/bin/bash
# "make install" into an empty directory: every file where a person and the system look for it, the
# programs run from there; a configuration is not installed, and one that is there stays.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
root=$(mktemp -d "${TMPDIR:-/tmp}/hedate-install.XXXXXX") || exit 1
trap 'rm -rf "$root"' EXIT
bad=0

complain()
{
	echo "$1"
	bad=1
}

install_into()
{
	make --no-print-directory BUILD="$BUILD" ${SANITIZE:+SANITIZE=1} DESTDIR="$root/$1" \
		"${@:2}" install >"$root/output" 2>&1 || complain "make install: $(tail -n 5 "$root/output")"
}

# Everything that is installed, with its mode, below prefix $1.
expected()
{
	cat <<END
644 $1/share/doc/hedate/LICENSE
644 $1/share/doc/hedate/README
644 $1/share/doc/hedate/README.ja.md
644 $1/share/doc/hedate/aobano.conf
$(for file in conf/profiles/*.conf conf/models/*.conf; do echo "644 $1/share/hedate/${file#conf/}"; done)
644 $1/share/doc/hedate/examples/chiryu.conf
644 $1/share/doc/hedate/examples/hedate.conf
644 $1/share/doc/hedate/examples/miyako.conf
644 $1/share/doc/hedate/examples/miyazaki.conf
644 $1/share/doc/hedate/examples/tsuyama.conf
644 $1/share/doc/hedate/examples/yokote.conf
644 $1/share/locale/ja/LC_MESSAGES/hedate.mo
644 $1/share/bash-completion/completions/hedate
644 $1/share/zsh/vendor-completions/_hedate
644 $1/share/fish/vendor_completions.d/hedate.fish
644 $1/share/man/ja/man1/hedate.1
644 $1/share/man/ja/man5/hedate-log.5
644 $1/share/man/ja/man5/hedate.conf.5
644 $1/share/man/ja/man5/hedate.profile.5
644 $1/share/man/ja/man7/hedate-collect.7
644 $1/share/man/ja/man7/hedate-ha.7
644 $1/share/man/ja/man7/hedate-proof.7
644 $1/share/man/ja/man8/hedate-logd.8
644 $1/share/man/ja/man8/hedated.8
644 $1/share/man/man1/hedate.1
644 $1/share/man/man5/hedate-log.5
644 $1/share/man/man5/hedate.conf.5
644 $1/share/man/man5/hedate.profile.5
644 $1/share/man/man7/hedate-collect.7
644 $1/share/man/man7/hedate-ha.7
644 $1/share/man/man7/hedate-proof.7
644 $1/share/man/man8/hedate-logd.8
644 $1/share/man/man8/hedated.8
644 /lib/systemd/system/hedate-guard.service
644 /lib/systemd/system/hedate-index.service
644 /lib/systemd/system/hedate-index.timer
644 /lib/systemd/system/hedate-inspect.service
644 /lib/systemd/system/hedate-inspect.timer
644 /lib/systemd/system/hedate-alert.service
644 /lib/systemd/system/hedate-database.service
644 /lib/systemd/system/hedate-forward.service
644 /lib/systemd/system/hedate-ha.service
644 /lib/systemd/system/hedate-ha.timer
644 /lib/systemd/system/hedate-logd.service
644 /lib/systemd/system/hedate-metrics.service
644 /lib/systemd/system/hedate-metrics.timer
644 /lib/systemd/system/hedate-prove.path
644 /lib/systemd/system/hedate-prove.service
644 /lib/systemd/system/hedate-prove.timer
644 /lib/systemd/system/hedated.service
644 /usr/lib/sysctl.d/50-hedate.conf
644 /usr/lib/sysusers.d/hedate-common.conf
644 /usr/lib/sysusers.d/hedate.conf
644 /usr/lib/tmpfiles.d/hedate.conf
755 $1/bin/hedate
755 $1/sbin/hedate-logd
755 $1/sbin/hedated
644 $1/share/hedate/hedate-log.schema.json
644 $1/share/hedate/hedate-proof.schema.json
644 $1/share/hedate/hedate-report.schema.json
644 $1/share/hedate/hedate.rules.yml
644 $1/share/hedate/hedate-closed.sysctl
$(for file in conf/rsyslog/*.conf conf/postgresql/*.sql; do echo "644 $1/share/hedate/${file#conf/}"; done)
$(for file in conf/ha/*.conf; do echo "644 $1/share/hedate/${file#conf/}"; done)
755 $1/share/hedate/ha/hedate-takeover
755 $1/share/hedate/rsyslog/hedate-received
755 $1/share/hedate/rsyslog/hedate-rewind
755 $1/share/hedate/hedate-verify
END
}

compare()
{
	(cd "$root/$1" && find . -type f -printf '%m %p\n' | sed 's, \.,\ ,' | sort) >"$root/have"
	expected "$2" | sort >"$root/want"
	diff "$root/want" "$root/have" || complain "prefix $2: < is missing, > is too much"
}

install_into usr prefix=/usr
compare usr /usr
for program in bin/hedate sbin/hedated sbin/hedate-logd; do
	"$root/usr/usr/$program" --version >/dev/null || complain "$program --version"
done
"$root/usr/usr/bin/hedate" check "$root/usr/usr/share/doc/hedate/examples/hedate.conf" >"$root/output" 2>&1 ||
	complain "the example configuration: $(cat "$root/output")"
grep -q '^ExecStart=/usr/sbin/hedated' "$root/usr/lib/systemd/system/hedated.service" ||
	complain "the unit does not start /usr/sbin/hedated"

echo '# a policy of ours' >"$root/usr/etc/hedate/hedate.conf"
install_into usr prefix=/usr
grep -q 'of ours' "$root/usr/etc/hedate/hedate.conf" || complain "a configuration was overwritten"

# The guard: before any network, without /var, never stopped; no network manager without it.
guard=$root/usr/lib/systemd/system/hedate-guard.service
for line in 'ExecStart=/usr/sbin/hedated --guard' 'Type=oneshot' 'RemainAfterExit=yes' \
	'DefaultDependencies=no' 'InaccessiblePaths=-/var' 'RefuseManualStop=yes'; do
	grep -qxF "$line" "$guard" || complain "hedate-guard.service: no $line"
done
grep -q '^Before=network-pre.target' "$guard" || complain "the guard is not before the network"
! grep -E '^(After|Requires)=.*(local-fs|var)|^(State|Logs|Cache|Runtime)Directory=|^PrivateTmp=yes|^ExecStop' "$guard" ||
	complain "the guard needs more than the root file system, or stops something"
for manager in systemd-networkd networking NetworkManager dhcpcd ifup@; do
	grep -q "^RequiredBy=.*\b$manager.service" "$guard" || complain "$manager starts without the guard"
done
unit=$root/usr/lib/systemd/system/hedated.service
grep -qxF 'After=hedate-guard.service' "$unit" || complain "hedated does not wait for the guard"
grep -q '^Wants=.*hedate-guard.service' "$unit" || complain "hedated does not want the guard"
! grep -E '^ExecStop|^RuntimeDirectoryPreserve=no|PrivateNetwork=yes' "$unit" || complain "hedated opens when it stops"
grep -qx 'net.ipv4.ip_forward = 0' "$root/usr/usr/lib/sysctl.d/50-hedate.conf" || complain "forwarding is on at boot"

# Removed: nothing is left but what people wrote, and the file that keeps the host from forwarding.
make --no-print-directory BUILD="$BUILD" DESTDIR="$root/usr" prefix=/usr uninstall >"$root/output" 2>&1 ||
	complain "make uninstall: $(tail -n 5 "$root/output")"
[ "$(cd "$root/usr" && find . -type f | sort | tr '\n' ' ')" = \
	'./etc/hedate/hedate.conf ./etc/sysctl.d/zz-hedate-closed.conf ' ] ||
	complain "after make uninstall: $(cd "$root/usr" && find . -type f)"
grep -q 'of ours' "$root/usr/etc/hedate/hedate.conf" || complain "make uninstall: a configuration was changed"
for key in net.ipv4.ip_forward net.ipv6.conf.all.forwarding; do
	grep -qx "$key = 0" "$root/usr/etc/sysctl.d/zz-hedate-closed.conf" || complain "removed, and $key is not 0"
done
# Nothing of that stops a unit, removes a rule, or turns forwarding on.
! make -n --no-print-directory BUILD="$BUILD" prefix=/usr uninstall 2>&1 |
	grep -E 'systemctl (stop|restart|kill)|disable --now|nft |flush|sysctl -w|forwarding=1' ||
	complain "make uninstall opens the gateway"

install_into local prefix=/usr/local
compare local /usr/local
grep -q '^ExecStart=/usr/local/sbin/hedated' "$root/local/lib/systemd/system/hedated.service" ||
	complain "the unit does not start /usr/local/sbin/hedated"
exit $bad
