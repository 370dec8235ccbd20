#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# "hedate log --format": records full of texts that try to break out of their places, in each form
# and read again by readers that are none of hedate's: every member is what it was, and no record is
# more or less than one.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8 LANGUAGE='' TZ=UTC
build=$(realpath "${BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-formats.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

complain()
{
	echo "$*"
	bad=1
}

mkdir "$work/log" "$work/empty"
tests/golden/formats.py write "$work/log" || complain "no log"
for form in json ecs ocsf cef rfc5424 csv; do
	"$build/hedate" log -e -d "$work/log" -r "$work" --format "$form" >"$work/$form" 2>"$work/said" ||
		complain "--format $form: $(cat "$work/said")"
	tests/golden/formats.py "$form" "$work/log" "$work/$form" || complain "$form is not as it should be"
	"$build/hedate" log -d "$work/empty" -r "$work" --format "$form" >"$work/none" 2>&1 ||
		complain "--format $form without records: $(cat "$work/none")"
	[ "$(wc -l <"$work/none")" = "$([ "$form" = csv ] && echo 1 || echo 0)" ] ||
		complain "$form without records: $(cat "$work/none")"
done
# The same as --json, and as the log itself.
"$build/hedate" log -e -d "$work/log" -r "$work" --json | cmp - "$work/json" || complain "--json is not --format=json"
cmp "$work/log/hedate-20261120.jsonl" "$work/json" || complain "json is not the log's lines"
# One that a reader that trusts nothing has to refuse.
awk 'BEGIN { printf "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"apply\""
	for (i = 0; i < 300; i++) printf ",\"hedate.m%d\":1", i; print "}" }' >"$work/empty/hedate-20261120.jsonl"
"$build/hedate" log -e -d "$work/empty" -r "$work" --format csv >"$work/none" 2>"$work/said"
code=$?
[ $code = 1 ] || complain "300 members: status $code"
grep -q 'cannot be put into this form' "$work/said" || complain "300 members: $(cat "$work/said")"
[ "$bad" = 0 ]
