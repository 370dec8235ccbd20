#!/bin/bash
# hedate incident draft: its numbers are those of the log, what passed is said to have passed, what
# a source may open is told, readers outside get no addresses.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

draft()
{
	hedate incident draft -d "$LOGS" -c "$WORK/lab.conf" "$@" >"$WORK/draft" || fail "draft $*"
}

# has LINE: the draft has it as a whole line
has()
{
	grep -qxF -- "$1" "$WORK/draft" || fail "the draft has no line \"$1\": $(cat "$WORK/draft")"
}

topology_up || die "the lab could not be built"
{
	lab_config "$(lab_paths "$(lab_path P1 in lg https)" "$(lab_path P2 my lg ssh)")" "input = ( $(
		printf '{ name = "G1"; from = "in"; service = "ping"; reason = "試験"; }') )"
	echo 'observe = ( { from = "lgwan"; to = "internet"; reason = "移行"; } );'
} >"$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
for port in 1 2 3 4 5; do
	plan no-path:internet:mynumber "blocked-$port" tcp 10.3.0.10 10.1.0.10 "$port"
done
plan spoof:internet:unknown forged raw 10.2.0.10 10.1.0.10 80 client=internet.a
plan observed:lgwan:internet observed tcp 10.2.0.10 10.3.0.10 81
plan_check

# Of the one source: what is in the log, and nothing else.
draft --source 10.3.0.10 --json
packets=$(records 'select(."source.ip" == "10.3.0.10" and ."event.category" == "network") | ."network.packets"' |
	jq -s add)
jq -e --argjson packets "$packets" '.site == "lab" and .packets == $packets and .observed_packets == 0 and
	(.pairs | length) == 1 and .pairs[0].name == "internet" and .pairs[0].second == "mynumber" and
	(.ports | length) == 5 and ([.events[].action] | index("apply")) != null and
	.events_in_all == (.events | length) and .checkpoint > 0' "$WORK/draft" >/dev/null ||
	fail "the facts: $(cat "$WORK/draft")"
first=$(jq .first_sequence "$WORK/draft") last=$(jq .last_sequence "$WORK/draft")
wrong=$(records "select(.\"source.ip\" == \"10.3.0.10\" and .\"event.category\" == \"network\" and
	(.\"event.sequence\" < $first or .\"event.sequence\" > $last))")
[ -z "$wrong" ] || fail "records $first to $last do not hold $wrong"
draft --source 10.3.0.10
has '- What was blocked did not pass the gateway.'
has '- 10.3.0.10: P1 > lg (tcp 443); G1 > gateway (icmp 8; icmpv6 128)'
has "- records $first to $last of $LOGS"

# All of it: one connection passed.
passed=$(records 'select(."event.action" == "flow-observed") | ."network.packets"' | jq -s add)
draft
has "- OF THESE PACKETS PASSED, as their pair of zones is only observed: $passed"
has '- What was blocked did not pass the gateway. What was only observed passed.'
grep -q '| spoof | its source does not belong' "$WORK/draft" || fail "reasons: $(cat "$WORK/draft")"
root=$(sed -n 's/.*last checkpoint: number .* root \(.*\)$/\1/p' "$WORK/draft")
grep -qxF -- "${root:-none}" "$LOGS"/hedate-*.seal ||
	fail "no checkpoint has the root \"$root\": $(cat "$WORK/draft")"

for reader in prefecture ministry; do
	draft --for $reader
	! grep -qE '10\.[0-9]+\.[0-9]+\.[0-9]+|fe80|: apply' "$WORK/draft" ||
		fail "$reader gets addresses or what else happened: $(cat "$WORK/draft")"
	draft --for $reader --addresses
	grep -q '| 10.3.0.10 |' "$WORK/draft" || fail "--addresses: $(cat "$WORK/draft")"
done

# Where nothing is on record, it says so; where there is no configuration, too.
draft --source 192.0.2.1
has '- In what was asked for, no blocked flow is on record.'
hedate incident draft -d "$LOGS" -c "$WORK/none" >"$WORK/draft" || fail "without a configuration"
has 'What the sources may reach by permitted paths: the configuration could not be read.'
finish
