#!/bin/bash
# What "hedate check" says of each kind of bad configuration: conf-errors/<case>/policy.conf against
# conf-errors/<case>/expected. Exit status 4 where there is an error, else 0.
#
#	UPDATE=1 tests/golden/010-conf-errors.sh	write what it says now, to be read before commit
# shellcheck source=tests/golden/common.sh
. "$(dirname "$0")/common.sh"
cd tests/golden/conf-errors || exit 1

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
		fail "$case: differs, or exit status $status instead of $wanted"
	fi
done
enough_cases 101
