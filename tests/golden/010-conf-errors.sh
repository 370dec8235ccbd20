#!/bin/bash
# What "hedate check" says of each kind of bad configuration: conf-errors/<case>/policy.conf against
# conf-errors/<case>/expected. Exit status 4 where there is an error, else 0.
#
#	UPDATE=1 tests/golden/010-conf-errors.sh	write what it says now, to be read before commit
set -u
cd "$(dirname "$0")/conf-errors" || exit 1
case ${BUILD:-build} in
/*) hedate=${BUILD:-build}/hedate ;;
*) hedate=../../../${BUILD:-build}/hedate ;;
esac
hedate=${HEDATE:-$(realpath "$hedate")}
export LC_ALL=C.UTF-8 LANGUAGE=
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-golden.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cases=0 failed=0

# The working copy may be writable by a group, which would be one more error.
check()
{
	install -m 0644 "$1/policy.conf" "$work/policy.conf"
	(cd "$work" && "$hedate" check policy.conf 2>said >printed)
}

for case in *; do
	check "$case"
	status=$?
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$work/said" "$case/expected"
	fi
	wanted=0
	if grep -Eq '^policy\.conf:([0-9]+:)*[ ]error: ' "$case/expected"; then
		wanted=4
	fi
	cases=$((cases + 1))
	if ! diff -u "$case/expected" "$work/said" || [ "$status" != "$wanted" ]; then
		echo "$case: differs, or exit status $status instead of $wanted"
		failed=$((failed + 1))
	fi
done
echo "$cases cases, $failed failed"
[ "$failed" = 0 ] && [ "$cases" -gt 100 ]
