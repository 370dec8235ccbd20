#!/bin/bash
# "hedate explain --live" and "--snapshot": the way of packets through our table and those of others
# that stand beside it, in a network namespace of its own. Handles are left out of what is compared.
# To renew what is expected: UPDATE=1 tests/golden/568-explain-live.sh
# shellcheck source=tests/golden/common.sh
. "$(dirname "$0")/common.sh"
top=$PWD
locales=$(realpath "${BUILD:-build}/locale")
unset TERM
export NO_COLOR=''
install -m 0644 conf/aobano.conf "$work/aobano.conf"
"$hedate" --profiles conf compile "$work/aobano.conf" >"$work/ruleset" || fail "compile"
cat >"$work/foreign" <<'END'
table ip other {
	chain early {
		type filter hook prerouting priority -500; policy accept;
		ip saddr 10.20.0.53 meta mark set 7
	}
	chain forward {
		type filter hook forward priority 10; policy accept;
		ip daddr 172.28.1.20 tcp dport 443 drop
		jump more
	}
	chain more {
		limit rate over 5/second ip daddr 172.28.2.25 drop
	}
}
table inet gate {
	chain in {
		type filter hook input priority 5; policy drop;
		tcp dport 22 accept
	}
}
END
cat >"$work/questions" <<'END'
eltax-client eltax tcp/443
lgwan-mail lgwan-relay tcp/25
lgwan-dns lgwan-resolver udp/53
10.10.16.9 203.0.113.80 tcp/443
admin gateway tcp/22
gateway syslog tcp/6514
fd00:aa:310::5 file-pull tcp/443
END

# Within the namespace: everything that is asked of it.
# shellcheck disable=SC2016
asked='cd "$1" && nft -f ruleset && nft -f foreign || exit 1
while read -r question; do
	echo "\$ hedate explain --live $question"
	"$2" --profiles "$3/conf" explain -c aobano.conf --live $question 2>&1 | sed -n "/^$/,\$p"
done <questions >said
while read -r question; do
	"$2" --profiles "$3/conf" explain -c aobano.conf --live --json $question
done <questions >live.json
"$2" --profiles "$3/conf" prove -c aobano.conf --exceptions "" --save snapshot >/dev/null 2>&1
[ -s snapshot ]'

say()
{
	cases=$((cases + 1))
	rm -f "$work/snapshot"
	LANGUAGE=$1 HEDATE_LOCALEDIR=$locales unshare -n bash -c "$asked" bash "$work" "$hedate" "$top" ||
		fail "the namespace, language \"$1\""
	sed -E 's/(handle |generation |ハンドル |世代 )[0-9]+/\1N/' "$work/said" >"$work/seen"
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$work/seen" "tests/golden/$2"
	fi
	diff -u "tests/golden/$2" "$work/seen" || fail "what is said, language \"$1\""
}

say ja explain-live.expected-ja
say '' explain-live.expected
# By the snapshot, it is the same; and each base chain of the way is there, in the order of hooks.
while read -r question; do
	# shellcheck disable=SC2086 # words
	"$hedate" --profiles conf explain -c "$work/aobano.conf" -s "$work/snapshot" --json $question
done <"$work/questions" | jq -c .kernel >"$work/file.json"
jq -c .kernel "$work/live.json" | diff - "$work/file.json" || fail "by the snapshot it is not the same"
jq -es 'map(.verdict) == ["blocked", "unknown", "passes", "blocked", "passes", "passes", "blocked"] and
	(.[0].steps | map(select(.step == "base") | .chain)) == ["early", "prerouting", "forward", "forward"]' \
	"$work/file.json" >/dev/null || fail "verdicts: $(jq -c .verdict "$work/file.json")"

# mistake CODE WORDS ARGUMENT...
mistake()
{
	local code=$1 wanted=$2
	shift 2
	cases=$((cases + 1))
	"$hedate" --profiles conf explain -c "$work/aobano.conf" 10.10.0.1 10.20.0.1 tcp/1 "$@" >"$work/out" 2>&1
	[ $? = "$code" ] || fail "explain $*: not exit code $code: $(cat "$work/out")"
	grep -qF -- "$wanted" "$work/out" || fail "explain $*: no \"$wanted\" in $(cat "$work/out")"
}
mistake 2 'exclude each other' --live --snapshot "$work/snapshot"
mistake 1 'No such file' --snapshot "$work/none"
head -c 1000 "$work/snapshot" >"$work/half"
mistake 4 'half' --snapshot "$work/half"
enough_cases 5
