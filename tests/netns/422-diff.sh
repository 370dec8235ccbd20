#!/bin/bash
# What "hedate diff" says of two configurations is what the kernel does: every packet that it names as
# an example is sent before and after the change, and passes or is blocked as it said.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

P1=$(lab_path P1 my lg https)
P2=$(lab_path P2 my lg ssh)
P3=$(lab_path P3 lg in dns)
P4=$(lab_path P4 my far syslog)

lab_config "$(lab_paths "$P1" "$P3")" >"$WORK/one.conf"
lab_config "$(lab_paths "$P1" "$P2" "$P4")" >"$WORK/two.conf"

# compare STATUS A B
compare()
{
	in_ns gw "$BUILD/hedate" diff --json -n 0 "$2" "$3" >"$WORK/diff" 2>"$WORK/err"
	local status=$?
	[ "$status" = "$1" ] || fail "diff $2 $3: status $status: $(head -c 2000 "$WORK/diff" "$WORK/err")"
}

# Each packet of the comparison, "kind from to protocol source destination port".
examples()
{
	jq -r '.items[] | select(.phase == "new") | . as $item | .regions[].witness |
		[$item.kind, $item.from, $item.to, .protocol, .source, .destination, .destination_port] |
		join(" ")' "$WORK/diff"
}

# expect PASSING: packets of that kind pass, the others are blocked for want of a path.
expect()
{
	local kind from to protocol source destination port number=0
	while read -r kind from to protocol source destination port; do
		number=$((number + 1))
		if [ "$kind" = "$1" ]; then
			plan pass "$1-$number" "$protocol" "$source" "$destination" "$port"
		else
			plan "no-path:$from:$to" "$1-$number" "$protocol" "$source" "$destination" "$port"
		fi
	done <"$WORK/examples"
	plan_check
}

topology_up || die "the lab could not be built"
cp "$WORK/one.conf" "$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
compare 0 live "$WORK/one.conf"
compare 1 live "$WORK/two.conf"
compare 1 "$WORK/one.conf" "$WORK/two.conf"
examples >"$WORK/examples"
# ssh and syslog come, dns by TCP and UDP goes, each in IPv4 and IPv6.
[ "$(grep -c ^permitted "$WORK/examples")" = 4 ] || fail "examples: $(cat "$WORK/examples")"
[ "$(grep -c ^forbidden "$WORK/examples")" -ge 2 ] || fail "examples: $(cat "$WORK/examples")"
expect forbidden
hedate apply "$WORK/two.conf" >"$WORK/out" 2>&1 || fail "apply: $(cat "$WORK/out")"
compare 0 live "$WORK/two.conf"
compare 1 live "$WORK/one.conf"
expect permitted

# Somebody else's table, which stops one of them.
in_ns gw nft -f - <<'END' || die "nft"
table inet other { chain c { type filter hook forward priority 10; policy accept;
	tcp dport 22 drop
}
}
END
compare 1 "$WORK/two.conf" live
[ "$(jq -c '[.items[] | select(.phase == "new") | [.kind, .from, .to, (.regions | map(.destination_port))]] | unique' "$WORK/diff")" = \
	'[["forbidden","mynumber","lgwan",[["22"]]]]' ] ||
	fail "a table of somebody else: $(head -c 3000 "$WORK/diff")"
finish
