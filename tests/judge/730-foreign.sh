#!/bin/bash
# Other firewalls as their Debian packages load them, alone and beside the fictional city's table,
# against the kernel. Only where JUDGE_PACKETS is given (make test-judge): their packages have to be
# fetched. What they load is in tests/unit/foreign, for a unit test.
set -u
cd "$(dirname "$0")/../.." || exit 1
judge=${BUILD:-build}/tests/judge/judge
[ "$(id -u)" = 0 ] || { echo "needs root, for network namespaces" && exit 77; }
[ -n "${JUDGE_PACKETS:-}" ] || { echo "fetches packages: a part of make test-judge" && exit 77; }

# Kept for the next time.
packages=${BUILD:-build}/foreign
case $packages in /*) ;; *) packages=$PWD/$packages ;; esac
reason=$(python3 tests/bench/packages.py "$packages-tables" iptables ufw shorewall ferm &&
	python3 tests/bench/packages.py "$packages-daemon" firewalld dbus-daemon) ||
	{ echo "the packages cannot be had: $reason" && exit 77; }
failed=0
for name in docker iptables ufw ferm shorewall firewalld; do
	directory=$packages-tables
	[ "$name" != firewalld ] || directory=$packages-daemon
	echo "== $name"
	for beside in tests/judge/foreign.nft conf/aobano.conf; do
		"$judge" -n "$JUDGE_PACKETS" -s "${JUDGE_SEED:-1}" \
			-c "tests/judge/foreign.sh '$directory' $name >/dev/null 2>&1" "$beside" || failed=1
	done
done
exit "$failed"
