#!/bin/bash
# "hedate replay" and "hedate lint": what they say of a capture of the demo city and of its
# configuration, in both languages; mistakes; files that are none. To renew what is expected:
#	UPDATE=1 tests/golden/567-replay.sh
# shellcheck source=tests/golden/common.sh
. "$(dirname "$0")/common.sh"
top=$PWD
locales=$(realpath "${BUILD:-build}/locale")
unset TERM
export NO_COLOR='' TZ=JST-9
install -m 0644 conf/aobano.conf "$work/aobano.conf"
tests/golden/capture.py "$work" || fail "capture.py"
chmod 755 "$work"
# F03 is not needed beside the two new ones, which together permit what it does; F04 beside one.
sed 's/^paths = (/&\
  { name = "W1"; from = "eltax-client"; to = "eltax"; service = "w1"; reason = "r"; specified = { public_body = true; via = "lgwan"; }; },\
  { name = "W2"; from = "eltax-client"; to = "eltax"; service = "w2"; reason = "r"; specified = { public_body = true; via = "lgwan"; }; },\
  { name = "W3"; from = "interim-client"; to = "interim-server"; service = "w3"; reason = "r"; specified = { public_body = true; via = "lgwan"; }; },/
	s/^services = (/&\
  { name = "w1"; tcp = "1-443"; udp = 9; }, { name = "w2"; tcp = "444-500"; }, { name = "w3"; tcp = "443-500"; },/
	s/{ name = "https"; tcp = 443; }/{ name = "https"; tcp = [ "443-444" ]; }/' \
	conf/aobano.conf >"$work/wide.conf"
sed -i '/^assertions = (/,$d' "$work/wide.conf"

run()
{
	echo "\$ hedate $*"
	(cd "$work" && HEDATE_LOCALEDIR=$locales "$hedate" --profiles "$top/conf" "$@" 2>&1)
	echo "-> $?"
	cases=$((cases + 1))
}

# say LANGUAGE NAME
say()
{
	export LANGUAGE=$1
	{
		run replay -c aobano.conf city.pcap
		run replay -c aobano.conf --flows --top 2 --gateway 10.20.16.1 city.pcapng
		run replay -c aobano.conf --no-mac --top 0 city.pcap
		run replay -c aobano.conf --iif eno3.310 --top 1 city.pcap
		run replay -c aobano.conf cut.pcap
		run replay -c aobano.conf empty.pcap
		run replay -c aobano.conf odd.pcap
		run replay -c aobano.conf aobano.conf
		run lint aobano.conf
		run lint wide.conf
		run lint --traffic city.pcap aobano.conf
		run check wide.conf | grep -v '^[A-Z][0-9]'
	} >"$work/said"
	LANGUAGE=
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$work/said" "tests/golden/$2"
	fi
	diff -u "tests/golden/$2" "$work/said" || fail "what is said, language \"$1\""
}

# mistake CODE WORDS ARGUMENT...: the exit code, and words that are said
mistake()
{
	local code=$1 wanted=$2
	shift 2
	cases=$((cases + 1))
	"$hedate" --profiles conf "$@" >"$work/out" 2>&1
	[ $? = "$code" ] || fail "hedate $*: not exit code $code: $(cat "$work/out")"
	grep -qF -- "$wanted" "$work/out" || fail "hedate $*: no \"$wanted\" in $(cat "$work/out")"
}

say '' replay.expected
say ja replay.expected-ja
# The same packets in another form.
for form in pcap pcapng; do
	"$hedate" --profiles conf replay --json -c "$work/aobano.conf" "$work/city.$form" \
		>"$work/$form.json" || fail "$form: $?"
done
cmp "$work/pcap.json" "$work/pcapng.json" || fail "pcap and pcapng differ"
jq -e '.json_version == 1 and .packets == 25 and ([.flows[] | .permitted + .blocked] | add) ==
	.permitted + .blocked and ([.skipped[]] | add) + .permitted + .blocked == .packets' \
	"$work/pcap.json" >/dev/null || fail "JSON: $(cat "$work/pcap.json")"
"$hedate" --profiles conf replay --json -c "$work/aobano.conf" - <"$work/city.pcap" | cmp - "$work/pcap.json" ||
	fail "standard input"
"$hedate" --profiles conf lint --json "$work/wide.conf" | jq -e '[.findings[] | "\(.kind) \(.path)"] ==
	["redundant F03", "shadowed F04"]' >/dev/null || fail "lint --json: $("$hedate" --profiles conf lint --json "$work/wide.conf")"

mistake 2 'which file?' replay
mistake 2 'is not expected here' replay a b
mistake 2 'is not an address' replay -g 10.1 a
mistake 2 'is not a number' replay -t x a
mistake 1 'No such file' replay -c "$work/aobano.conf" "$work/none"
mistake 4 'No such file' replay -c "$work/none.conf" "$work/city.pcap"
mistake 2 'is not a number of days' lint -u x
mistake 2 'is not expected here' lint a b
mistake 4 'No such file' lint "$work/none.conf"
mistake 1 'No such file' lint -t "$work/none" "$work/aobano.conf"
mistake 3 'hedated' lint -r "$work" -u 1 "$work/aobano.conf"
enough_cases 30
