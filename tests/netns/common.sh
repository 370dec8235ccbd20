# shellcheck shell=bash
# What the demo and every test in network namespaces need (sourced, first of all):
#
#	. "$(dirname "$0")/common.sh"
#
# The script then runs again in mount and process namespaces of its own. So the names of its
# network namespaces, its files and its processes are its own: they vanish with it, however it ends,
# and tests run side by side. KEEP=1 stays outside, where a person can look around.
set -u
shopt -s nullglob
export LC_ALL=C.UTF-8
NETNS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE_DIR=$(cd "$NETNS_DIR/../.." && pwd)
BUILD=${BUILD:-$SOURCE_DIR/build}
case $BUILD in /*) ;; *) BUILD=$SOURCE_DIR/$BUILD ;; esac
PROBE=$BUILD/tests/netns/probe
TOPOLOGY=${TOPOLOGY:-}

say()
{
	printf '%s\n' "$*"
}

fail()
{
	printf 'FAILED: %s\n' "$*"
	FAILED=$((FAILED + 1))
}
FAILED=0

# Stop here.
die()
{
	printf 'FAILED: %s\n' "$*"
	exit 1
}

skip()
{
	say "$*"
	exit 77
}

enter_private()
{
	local child
	[ -z "${HEDATE_PRIVATE:-}" ] || return 0
	[ "$(id -u)" = 0 ] || skip "needs root, for network namespaces"
	mkdir -p /run/netns
	HEDATE_PRIVATE=1 setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child=KILL \
		--mount-proc -- "$BASH" "$0" "$@" &
	child=$!
	trap 'end_private $child 130' INT
	trap 'end_private $child 143' TERM HUP
	wait "$child"
	exit $?
}

# Kill the first process of the process namespace, and with it all others; unshare waits for it.
end_private()
{
	local first
	trap '' INT TERM HUP
	first=$(cat "/proc/$1/task/$1/children" 2>/dev/null)
	# shellcheck disable=SC2086
	kill -KILL ${first:-$1} 2>/dev/null
	wait "$1"
	exit "$2"
}

# A /run of our own, gone when the mount namespace is.
private_files()
{
	mount --make-rprivate / && mount -t tmpfs -o mode=755 hedate /run && mkdir /run/netns
}

if [ "${KEEP:-}" != 1 ]; then
	enter_private "$@"
	private_files || die "no mount namespace"
fi
# Everything that is written goes here; city.sh removes it by the same name.
WORK=/run/${TOPOLOGY:-hdt-}files
mkdir "$WORK" || die "$WORK"
RUN=$WORK/run
LOGS=$WORK/log
STATE=$WORK/state
export TMPDIR=$WORK

# shellcheck source=tests/netns/topology.sh
. "$NETNS_DIR/topology.sh"
# shellcheck source=tests/netns/gateway.sh
. "$NETNS_DIR/gateway.sh"
# shellcheck source=tests/netns/plan.sh
. "$NETNS_DIR/plan.sh"
# shellcheck source=tests/netns/accounts.sh
. "$NETNS_DIR/accounts.sh"
