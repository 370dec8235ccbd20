#!/bin/bash
# hedate prove on a snapshot that was saved: what it says of a policy that is the same, of one that
# permits more and of one that permits something else, in English and in Japanese; its JSON and its
# certificates are as conf/hedate-proof.schema.json says; a certificate that was changed, or is of
# something else, is refused. To renew what is expected: UPDATE=1 tests/golden/571-prove.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${BUILD:-build}")
data=tests/golden/prove
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-prove.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

complain()
{
	echo "$*"
	bad=1
}

# prove LANGUAGE CONFIG OPTION ...
prove()
{
	local language=$1 config=$2
	shift 2
	LC_ALL=C.UTF-8 LANGUAGE=$language HEDATE_LOCALEDIR="$build/locale" "$build/hedate" -r "$work" prove \
		-s "$data/town.snapshot" -c "$data/$config" --exceptions '' "$@" 2>&1
}

for language in en ja; do
	for config in town.conf more.conf other.conf; do
		echo "== $config"
		prove "$language" "$config"
		echo "exit $?"
	done |
		# Which example of many, and the kernel's numbers of its rules, are nobody's promise.
		sed -E 's/^(    [^ ].*: ).* > .*, .*/\1PACKET/; /, handle [0-9]+/d' >"$work/$language"
	[ "${UPDATE:-}" ] && cp "$work/$language" "$data/expected.$language"
	diff -u "$data/expected.$language" "$work/$language" || complain "it says something else ($language)"
done

prove en town.conf --certificate "$work/certificate" --key "$work/key" >/dev/null ||
	complain "no certificate"
prove en more.conf --json >"$work/more.json" && complain "less is proved"
jq -e '[.cells[] | .new, .established | .verdict] | index("less")' "$work/more.json" >/dev/null ||
	complain "nothing is less: $(cat "$work/more.json")"
prove en town.conf --json --pair lgwan,internet | jq -e '.cells | length == 2' >/dev/null ||
	complain "one pair is not one"
prove en town.conf --pair lgwan,nowhere >/dev/null
[ $? = 2 ] || complain "a zone that is not there"
/usr/bin/python3 - "$work/certificate" "$work/more.json" <<'END' || complain "not as the schema says"
import json, sys, jsonschema
schema = json.load(open("conf/hedate-proof.schema.json"))
for name in sys.argv[1:]:
    jsonschema.validate(json.load(open(name)), schema)
END

# It names what was looked at, by digests that anybody can make.
[ "$(jq -r .certificate.snapshot.sha256 "$work/certificate")" = "$(sha256sum <"$data/town.snapshot" | cut -d' ' -f1)" ] ||
	complain "of another snapshot: $(jq -c .certificate.snapshot "$work/certificate")"
[ "$(jq -r .certificate.policy.blake2b "$work/certificate")" = "$(b2sum -l 256 <"$data/town.conf" | cut -d' ' -f1)" ] ||
	complain "of another configuration: $(jq -c .certificate.policy "$work/certificate")"

prove en town.conf --check "$work/certificate" >"$work/out" || complain "again: $(cat "$work/out")"
grep -q 'Decided again on that snapshot: the same' "$work/out" || complain "again: $(cat "$work/out")"
prove en more.conf --check "$work/certificate" >"$work/out" && complain "of another configuration"
grep -q 'of another configuration' "$work/out" || complain "another: $(cat "$work/out")"
sed 's/"result":"proved"/"result":"qroved"/' "$work/certificate" >"$work/changed"
"$build/hedate" prove --check "$work/changed" >"$work/out" 2>&1 && complain "it was changed"
grep -q 'was changed' "$work/out" || complain "changed: $(cat "$work/out")"
echo '{}' >"$work/changed"
"$build/hedate" prove --check "$work/changed" >/dev/null 2>&1
[ $? = 4 ] || complain "no certificate at all"
head -c 5000 "$data/town.snapshot" >"$work/torn"
"$build/hedate" prove -s "$work/torn" -c "$data/town.conf" >"$work/out" 2>&1
[ $? = 4 ] || complain "a torn snapshot: $(cat "$work/out")"
[ "$bad" = 0 ]
