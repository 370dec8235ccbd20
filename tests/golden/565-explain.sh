#!/bin/bash
# "hedate explain": what it says of packets that the demo city blocks and lets pass, in both
# languages; each change that it proposes made by hand, and each refusal, for every profile
# (explain.py). To renew what is expected: UPDATE=1 tests/golden/565-explain.sh
# shellcheck source=tests/golden/common.sh
. "$(dirname "$0")/common.sh"
top=$PWD
locales=$(realpath "${BUILD:-build}/locale")
unset TERM
export NO_COLOR=''

# say LANGUAGE NAME: the answers to all questions
say()
{
	local language=$1 expected=tests/golden/explain.$2 question
	install -m 0644 conf/aobano.conf "$work/aobano.conf"
	cd "$work" || exit 1
	while read -r question; do
		cases=$((cases + 1))
		echo "\$ hedate explain $question"
		# shellcheck disable=SC2086 # words
		LANGUAGE=$language HEDATE_LOCALEDIR=$locales \
			"$hedate" --profiles "$top/conf" explain -c aobano.conf $question 2>&1 ||
			echo "-> $?"
	done <"$top/tests/golden/explain.questions" >"$work/said"
	cd "$top" || exit 1
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$work/said" "$expected"
	fi
	diff -u "$expected" "$work/said" || fail "what is said, language \"$language\""
}

# prove FILE NUMBER: what is proposed and refused, and NUMBER questions more
prove()
{
	cases=$((cases + 1))
	install -m 0644 "$1" "$work/city.conf"
	python3 tests/golden/explain.py "$hedate" "$work/city.conf" "$work" "$2" \
		<tests/golden/explain.questions || fail "$1: proposals"
}

# mistake CODE WORDS ARGUMENT...: the exit code, and words that are said
mistake()
{
	local code=$1 wanted=$2
	shift 2
	cases=$((cases + 1))
	"$hedate" --profiles conf explain -c "$work/aobano.conf" "$@" >"$work/out" 2>&1
	[ $? = "$code" ] || fail "explain $*: not exit code $code: $(cat "$work/out")"
	grep -qF -- "$wanted" "$work/out" || fail "explain $*: no \"$wanted\" in $(cat "$work/out")"
}

say '' expected
say ja expected-ja
prove conf/aobano.conf 30
for file in conf/examples/*.conf; do
	prove "$file" 5
done

mistake 2 'which packet?'
mistake 2 'which packet?' 10.10.0.1 10.20.0.1
mistake 2 'is not expected here' 10.10.0.1 10.20.0.1 tcp/1 tcp/2
mistake 2 'says all of the packet' -n 3 10.10.0.1
mistake 2 'is not the number of a record' -n 0
mistake 2 'did you mean "proxy"?' prxy 10.20.0.1 tcp/1
mistake 2 'is no service' proxy 10.20.0.1 tpc/1
mistake 2 'is no MAC address' proxy 10.20.0.1 tcp/1 -m 1
mistake 2 'is not known' 224.0.0.1 10.20.0.1 tcp/1
mkdir "$work/log"
mistake 1 'there is no record 3' -n 3 -d "$work/log"
mistake 1 'there is no record 3' -n 3 -d "$work/none"
mistake 4 'No such file' proxy 10.20.0.1 tcp/1 -c "$work/none.conf"
sed 's/"lgwan"; kind/"lgwan" kind/;s/kind = "lgwan"/kind = "x"/' conf/aobano.conf >"$work/bad.conf"
mistake 4 'error' proxy 10.20.0.1 tcp/1 -c "$work/bad.conf"

# A record: its packet, with its interface and MAC address.
flow='"event.action":"flow-blocked","event.reason":"device","hedate.zone.destination":"lgwan"'
{
	printf '{"@timestamp":"2026-11-20T08:00:00Z","event.sequence":1,%s,"observer.ingress.interface.name":"eno1.120","source.mac":"00-00-5E-00-53-99","source.ip":"10.10.0.60","source.port":40000,"destination.ip":"10.20.240.2","destination.port":443,"network.transport":"tcp","hedate.tcp.flags":"S"}\n' "$flow"
	printf '{"@timestamp":"2026-11-20T08:00:01Z","event.sequence":2,"event.action":"start"}\n'
	printf '{"@timestamp":"2026-11-20T08:00:02Z","event.sequence":3,%s,"source.ip":"10.30.17.5","destination.ip":"10.10.0.10","destination.port":443,"network.transport":"tcp","hedate.tcp.flags":"A"}\n' "$flow"
	printf '{"@timestamp":"2026-11-20T08:00:03Z","event.sequence":4,%s,"source.ip":"10.30.17.5","destination.ip":"10.10.0.10","network.transport":"icmp","hedate.icmp.type":8,"hedate.icmp.code":0}\n' "$flow"
	printf '{"@timestamp":"2026-11-20T08:00:04Z","event.sequence":5,%s,"hedate.zone.source":"gateway","source.ip":"10.90.0.1","destination.ip":"10.90.0.10","destination.port":99,"network.transport":"tcp"}\n' "$flow"
	printf '{"@timestamp":"2026-11-20T08:00:05Z","event.sequence":6,%s,"source.ip":"10.30.17.5","destination.ip":"10.10.0.10","network.iana_number":"47"}\n' "$flow"
} >"$work/log/hedate-20261120.jsonl"
mistake 0 '(device)' -n 1 -d "$work/log"
mistake 0 'mac = "00:00:5e:00:53:99";' -n 1 -d "$work/log"
mistake 1 'record 2 is not of a packet' -n 2 -d "$work/log"
mistake 0 '(invalid)' -n 3 -d "$work/log"
mistake 0 'icmp 8/0 from 10.30.17.5' -n 4 -d "$work/log"
mistake 0 '(output)' -n 5 -d "$work/log"
mistake 0 'protocol 47 from 10.30.17.5' -n 6 -d "$work/log"
enough_cases 60
