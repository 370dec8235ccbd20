# shellcheck shell=bash
# A fresh Debian 12 with systemd, on the gateway's place of a lab (sourced after lab.sh).
#
# Its root is made by debootstrap, kept in $BUILD/package/fresh.tar, and unpacked for each test. It
# runs in namespaces of its own, with the gateway's network; what it may change of this kernel is that
# network. What is run in it is run as root.
# shellcheck disable=SC2154

FRESH=$BUILD/package/fresh.tar
FRESH_PACKAGES=systemd-sysv,git,make
MACHINE=

# The root, unpacked into $1. Where it cannot be made: skipped, with the reason.
machine_root()
{
	mkdir -p "$BUILD/package" "$1"
	# One at a time.
	(fresh_make) || skip "debootstrap: $(tail -n 1 "$BUILD/package/debootstrap.log")"
	tar -C "$1" -xf "$FRESH" || die "$1"
	cp -L /etc/resolv.conf "$1/etc/resolv.conf"
	echo gateway >"$1/etc/hostname"
}

fresh_make()
{
	local root=$BUILD/package/fresh.d
	exec 9>"$FRESH.lock" && flock 9
	[ ! -s "$FRESH" ] || return 0
	rm -rf "$root"
	debootstrap --variant=minbase --include="$FRESH_PACKAGES" bookworm "$root" \
		>"$BUILD/package/debootstrap.log" 2>&1 || return 1
	chroot "$root" apt-get clean
	tar -C "$root" -cf "$FRESH.new" . && mv "$FRESH.new" "$FRESH" && rm -rf "$root"
}

# Not booted, with this machine's network: for what fetches packages. outside ROOT COMMAND
outside()
{
	# shellcheck disable=SC2016 # for that bash to expand
	unshare --mount --pid --fork --kill-child=KILL -- bash -c '
		mount --make-rprivate / && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
		exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive bash -c "$1"' "$1" "$2"
}

# What FILES need is fetched into the root of a machine that will have no other network.
#	fetch_depends ROOT [OPTION...] FILE...
fetch_depends()
{
	local root=$1
	shift
	outside "$root" "apt-get -q update && apt-get -q -y --download-only install $*" \
		>"$WORK/fetch.out" 2>&1 || skip "packages cannot be fetched: $(tail -n 1 "$WORK/fetch.out")"
}

# Switch it on: the kernel has just started, so that nothing is forwarded, and there are no rules.
# A machine that keeps what was there: machine_on ROOT as-it-is
machine_on()
{
	local cgroups
	if [ "${2:-}" != as-it-is ]; then
		in_ns gw sysctl -q -w net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
		nft_gw flush ruleset
	fi
	cgroups=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	[ -n "$cgroups" ] || skip "there is no cgroup2, which systemd needs"
	MACHINE_CGROUP=$(mktemp -d "$cgroups/hedate-package-XXXXXX") ||
		skip "no cgroup can be made, which systemd needs"
	(
		echo "$BASHPID" >"$MACHINE_CGROUP/cgroup.procs"
		exec nsenter --net="/run/netns/${TOPOLOGY}gw" setsid unshare --mount --pid --cgroup --ipc --uts \
			--fork --kill-child=KILL "$SOURCE_DIR/tests/package/boot" "$1"
	) >>"$WORK/console" 2>&1 </dev/null &
	MACHINE_OUTER=$!
	wait_until 100 machine_found || die "the machine does not start: $(tail "$WORK/console")"
	wait_until 600 machine_up ||
		die "the machine does not boot: $(inside 'systemctl list-jobs; systemctl --failed' 2>&1)"
}

# shellcheck disable=SC2317
machine_found()
{
	MACHINE=$(cat "/proc/$MACHINE_OUTER/task/$MACHINE_OUTER/children")
	MACHINE=${MACHINE%% *}
	[ -n "$MACHINE" ] && [ "$(cat "/proc/$MACHINE/comm")" = systemd ]
}

# shellcheck disable=SC2317
machine_up()
{
	[ "$(inside 'systemctl is-system-running')" = running ]
}

# A command in the running machine.
inside()
{
	nsenter --target "$MACHINE" --all --root --wd env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive bash -c "$1"
}

# The same; a status other than 0 is a failure. What was said is in $WORK/said.
does()
{
	inside "$1" >"$WORK/said" 2>&1 </dev/null || fail "$1: $(cat "$WORK/said")"
}

# What does says.
says()
{
	does "$1"
	grep -q -- "$2" "$WORK/said" || fail "$1 does not say \"$2\" but: $(cat "$WORK/said")"
}

# Switch it off in good order; its network goes on, with the rules that are in it.
machine_off()
{
	inside 'systemctl poweroff' >/dev/null 2>&1
	wait_until 300 eval "! kill -0 $MACHINE_OUTER" || kill -KILL "$MACHINE"
	wait "$MACHINE_OUTER" 2>/dev/null
	MACHINE=
	find "$MACHINE_CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null
}

machine_reboot()
{
	machine_off
	machine_on "$1"
}

# Of every test here, last of all.
machine_end()
{
	local root=$1
	[ -z "$MACHINE" ] || machine_off
	rm -rf "$root"
	[ "$FAILED" = 0 ] || exit 1
	exit 0
}
