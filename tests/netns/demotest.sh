# shellcheck shell=bash
# What tests of the demo begin with (sourced, first of all): it is run as a person runs it, and its
# output is in $work/out.
# What it sets is read by them.
# shellcheck disable=SC2034
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
[ "$(id -u)" = 0 ] || { echo "needs root, for network namespaces" && exit 77; }
export BUILD=${BUILD:-build}
unset KEEP CONFIG PROFILE
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-demo-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

fail()
{
	echo "FAILED: $*"
	failed=1
}

# Run the demo with this environment; its exit status is in $status.
demo()
{
	env "$@" tests/netns/demo >"$work/out" 2>&1
	status=$?
}
