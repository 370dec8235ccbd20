# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests share that compare what hedate says of many cases (sourced, first of all): the top
# of the tree as working directory, the program, a directory that vanishes, and the count.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck disable=SC2034 # for the scripts
hedate=$(realpath "${HEDATE:-${BUILD:-build}/hedate}")
export LC_ALL=C.UTF-8 LANGUAGE=
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-golden.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cases=0 failed=0

fail()
{
	echo "$*"
	failed=$((failed + 1))
}

# enough_cases NUMBER: the last word; nothing failed, and there were so many.
enough_cases()
{
	echo "$cases cases, $failed failed"
	[ "$failed" = 0 ] && [ "$cases" -ge "$1" ]
}
