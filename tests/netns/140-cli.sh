#!/bin/bash
# The command line beside a running gateway: what it shows is what is in the kernel and on record,
# and its exit codes say what is wrong.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
export HEDATE_LOCALEDIR=$BUILD/locale

gateway_input='input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; } );'
lab_up "$(lab_paths "$(lab_path P1 my lg https)" "$(lab_path P2 my in https)")" "$gateway_input"

# expect CODE ARGUMENT...: the exit code; what was said is in $WORK/said
expect()
{
	local wanted=$1 code
	shift
	hedate "$@" >"$WORK/said" 2>&1 </dev/null
	code=$?
	[ "$code" = "$wanted" ] || fail "hedate $*: exit code $code, not $wanted: $(cat "$WORK/said")"
}

# says TEXT: in what was said last
says()
{
	grep -qF -- "$1" "$WORK/said" || fail "not said: $1, but: $(cat "$WORK/said")"
}

# json FILTER ARGUMENT...: one object, of which the filter holds
json()
{
	local filter=$1
	shift
	hedate "$@" --json >"$WORK/said" 2>&1
	jq -es "length == 1 and (.[0] | $filter)" <"$WORK/said" >/dev/null ||
		fail "hedate $* --json: not so: $filter, but: $(cat "$WORK/said")"
}

hedate log -d "$LOGS" -f --json >"$WORK/followed" &
follower=$!

plan pass permitted4 tcp 10.1.0.10 10.2.0.10 443
plan pass permitted6 tcp fd00:1::10 fd00:2::10 443
plan no-path:internet:mynumber blocked4 tcp 10.3.0.10 10.1.0.10 443
plan no-path:internet:mynumber blocked6 tcp fd00:3::10 fd00:1::10 22
plan no-path:lgwan:internet dns udp 10.2.0.10 10.3.0.10 53
plan no-path:internet:lgwan ping echo 10.3.0.10 10.2.0.10 -
plan input:lgwan:gateway ssh tcp 10.2.0.10 10.2.0.1 22
plan_check
expect 0 flush
says 'on record'

# status
expect 0 status
says enforcing
says 'balanced'
json '.state == "enforcing" and .recorder == "connected" and .balanced == true and .site == "lab" and
	.label == "試験場" and .zones == 4 and .paths == 3 and .lost_packets == 0 and
	.kernel_packets == .recorded_packets + .pending_packets and .kernel_packets > 4 and
	(.applied_at | test("^20.*Z$")) and (.revision | length) == 12' status
[ "$(hedate status --json | jq .kernel_packets)" -le "$(kernel_total)" ] ||
	fail "status shows more packets than the kernel has"

# zones: what was blocked stands in the matrix, a link that is down is seen
json '[.zones[].name] == ["mynumber", "lgwan", "internet", "management"] and
	(.zones[0].segments | length) == 2 and .zones[0].segments[0].interface == "my0" and
	.zones[0].segments[0].up and
	(.pairs[] | select(.from == "internet" and .to == "mynumber") | .blocked_packets > 1 and .paths == 0) and
	(.pairs[] | select(.from == "mynumber" and .to == "lgwan") | .paths == 1) and
	(.pairs[] | select(.from == "lgwan" and .to == "gateway") | .blocked_packets > 0)' zones
ip -n "${TOPOLOGY}gw" link set mg0 down
sleep 0.3
json '.zones[3].segments[0] | .present and (.up | not)' zones
expect 0 zones
says 'down'
says 'マイナンバー利用事務系'
ip -n "${TOPOLOGY}gw" link set mg0 up

# paths: P1 was used, the others were not
json '[.paths[] | select(.hits > 0) | .name] == ["P1"] and (.paths | length) == 3 and
	(.paths[0].bytes > 0)' paths
json '[.paths[].name] == ["P2", "H1"]' paths --unused
expect 0 paths
says P1

# log: each filter gives just the records that jq finds
# filter CONDITION ARGUMENT...
filter()
{
	local condition=$1 wanted
	shift
	wanted=$(records "select($condition) | .\"event.sequence\"")
	[ -n "$wanted" ] || fail "no record of which $condition"
	hedate log -d "$LOGS" --json "$@" >"$WORK/said" 2>&1 || fail "hedate log $*: $(cat "$WORK/said")"
	[ "$(jq '."event.sequence"' "$WORK/said")" = "$wanted" ] ||
		fail "hedate log $*: not the records of which $condition"
	hedate log -d "$LOGS" --index "$WORK/index" --json "$@" | cmp -s - "$WORK/said" ||
		fail "hedate log $*: other records with an index"
}
# In a copy, made between two epochs: what is compared stays as it is.
# shellcheck disable=SC2317 # for wait_until
copy_log()
{
	rm -rf "$WORK/copy" && cp -r "$LOGS" "$WORK/copy" &&
		tail -q -n 1 "$WORK"/copy/*.jsonl | tail -n 1 | grep -vq flow-blocked
}
wait_until 200 copy_log || fail "the log cannot be copied"
live=$LOGS
LOGS=$WORK/copy
mkdir "$WORK/index"
expect 0 log index -d "$LOGS" --index "$WORK/index"
flow='."event.action" == "flow-blocked"'
filter "$flow"
filter "$flow and (.\"hedate.zone.source\" == \"internet\" or .\"hedate.zone.destination\" == \"internet\")" \
	--zone internet
filter "$flow and .\"hedate.zone.source\" == \"internet\" and .\"hedate.zone.destination\" == \"mynumber\"" \
	--pair internet,mynumber
filter "$flow and (.\"hedate.segment.source\" == \"lgwan.a\" or .\"hedate.segment.destination\" == \"lgwan.a\")" \
	--zone lgwan.a
filter "$flow and (.\"source.ip\" == \"10.3.0.10\" or .\"destination.ip\" == \"10.3.0.10\")" \
	--address 10.3.0.10
filter "$flow and (.\"source.ip\" | startswith(\"fd00:3:\"))" --source fd00:3::/64
filter "$flow and .\"destination.ip\" == \"10.1.0.10\"" --destination 10.1.0.10
filter "$flow and .\"destination.port\" == 53" --port 53
# Beside path P2, from my to in: the other way round, on any port.
filter "$flow and (.\"source.ip\" == (\"10.3.0.10\", \"fd00:3::10\")) and
	(.\"destination.ip\" == (\"10.1.0.10\", \"fd00:1::10\"))" --path P2
expect 0 log -d "$LOGS" --json --path H1
[ -s "$WORK/said" ] && fail "records beside path H1: $(cat "$WORK/said")"
expect 2 log -d "$LOGS" --path P22
says 'there is no path "P22"; did you mean "P2"?'
filter "$flow and .\"network.transport\" == \"icmp\"" --protocol icmp
filter "$flow and .\"network.iana_number\" == \"17\"" --protocol udp
filter "$flow and .\"event.reason\" == \"input\"" --reason input
filter "$flow and (.\"observer.ingress.interface.name\" == \"in0\" or
	.\"observer.egress.interface.name\" == \"in0\")" --interface in0
filter "$flow and .\"source.mac\" == \"$(topology_host_mac internet.a | tr 'a-f:' 'A-F-')\"" \
	--mac "$(topology_host_mac internet.a)"
filter "$flow and .\"rule.ruleset\" == \"$(status_field revision)\"" \
	--revision "$(status_field revision | cut -c 1-6)"
filter '."event.action" == "apply"' --action apply
filter '."event.action" == "ledger"' --action ledger
filter "$flow" --since -1h --until now
filter '."event.action" != "ledger"' --events
[ "$(hedate log -d "$LOGS" --json -n 1)" = "$(hedate log -d "$LOGS" --json | tail -n 1)" ] ||
	fail "log -n 1 is not the last record"
expect 0 log -d "$LOGS"
says '10.3.0.10:'
says '[fd00:3::10]:'
says 'no-path'
expect 0 log -d "$LOGS" --since -1h --zone management
expect 2 log -d "$LOGS" --zone mynumbr
says 'did you mean "mynumber"?'
expect 2 log -d "$LOGS" --pair internet,lgwan.b
says 'did you mean'

# Help is where people look for it first.
expect 0 help
says 'Commands:'
expect 0 help exception request
says 'hedate exception request'
expect 2 help statsu
says 'did you mean "status"?'
expect 2 help apply request
says 'is not expected here'

LOGS=$live

# What was followed is what is there.
# shellcheck disable=SC2317 # for wait_until
same_as_log()
{
	[ "$(cat "$WORK/followed")" = "$(hedate log -d "$LOGS" --json)" ]
}
wait_until 200 same_as_log || fail "log -f did not show the same"
kill "$follower"

# apply: refused with the findings in the caller's language, or in force
sed 's/"my"; to = "lg"/"my"; to = "lgg"/' "$WORK/lab.conf" >"$WORK/bad.conf"
before=$(status_field revision)
expect 4 apply "$WORK/bad.conf"
says 'bad.conf:'
says 'did you mean "lg"?'
says 'nothing changed'
LANGUAGE=ja expect 4 apply "$WORK/bad.conf"
says '"lg" ではありませんか'
says '何も変わっていません'
json '.applied == false and .diagnostics[0].severity == "error"' apply "$WORK/bad.conf"
[ "$(status_field revision)" = "$before" ] || fail "a refused configuration is in force"
lab_config "$(lab_path P1 my lg https)" "$gateway_input" >"$WORK/less.conf"
chmod 600 "$WORK/less.conf"
json ".applied and .revision_before == \"$before\" and .paths_before == 3 and .paths_after == 2" \
	apply "$WORK/less.conf"
expect 0 apply
says "before: revision"

# What is wrong is an exit code.
stop_hedated
start_hedated "$WORK/lab.conf" --unowned
hijack_table
expect 5 status
says 'DIFFERS'
json '.state == "differs" and .ownership == "watched"' status
expect 1 apply
release_table
expect 0 status
recorder_stop KILL
expect 1 flush
says 'no recorder'
expect 0 status # nothing was blocked meanwhile that could be lost
says 'absent'
LANGUAGE=ja expect 1 flush
says '記録デーモンが接続していません'
recorder_start
kill -STOP "$HEDATED"
hedate status >/dev/null 2>&1 &
asking=$!
sleep 0.5
kill -0 $asking 2>/dev/null || fail "status does not wait for an answer"
kill -CONT "$HEDATED"
wait $asking || fail "status fails after waiting"
check_equation
stop_hedated
for command in status zones paths flush apply; do
	expect 3 $command
done
says 'is it running?'
expect 0 log -d "$LOGS"
[ "$(wc -l <"$WORK/said")" -gt 4 ] || fail "without the daemon the log is not shown"
recorder_stop TERM
start_hedated "$WORK/lab.conf"
finish
