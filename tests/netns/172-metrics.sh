#!/bin/bash
# hedate metrics: what Prometheus' own promtool accepts without a remark, with the numbers of the
# kernel and of hedate status; also when hedated does not answer.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

promtool()
{
	"$SOURCE_DIR/tests/promtool" "$@"
}

# The value of a sample, named as it stands: value 'hedate_paths{from="mynumber",to="lgwan"}'
value()
{
	awk -v name="$1" 'index($0, name " ") == 1 { print substr($0, length(name) + 2) }' "$WORK/metrics"
}

is()
{
	[ "$(value "$1")" = "$2" ] || fail "$1 is '$(value "$1")', not $2"
}

# Ask, and have it checked: metrics CODE [ARGUMENT...]
metrics()
{
	local wanted=$1 code
	shift
	hedate metrics -d "$LOGS" "$@" >"$WORK/metrics" 2>"$WORK/metrics.err"
	code=$?
	[ "$code" = "$wanted" ] || fail "hedate metrics: exit code $code: $(cat "$WORK/metrics.err")"
	promtool check metrics <"$WORK/metrics" >"$WORK/promtool" 2>&1
	code=$?
	if [ "$code" = 77 ]; then
		say "promtool cannot be had: the format was not looked at"
	elif [ "$code" != 0 ] || [ -s "$WORK/promtool" ]; then
		fail "promtool: $(cat "$WORK/promtool")"
	fi
}

lab_up "$(lab_paths "$(lab_path P1 my lg https)" "$(lab_path P2 in world ping)")"
plan pass ok tcp 10.1.0.10 10.2.0.10 443
plan no-path:internet:mynumber one tcp 10.3.0.10 10.1.0.10 445
plan no-path:internet:mynumber two udp fd00:3::10 fd00:1::10 445
plan spoof:internet:unknown forged raw 10.2.0.10 10.1.0.10 80 client=internet.a
plan_check
# A neighbour that is looked for may be blocked in between: again.
for try in 1 2 3 4 5 6 7 8 9 10; do
	before=$(kernel_total)
	flush
	metrics 0 --paths
	[ "$(kernel_total)" != "$before" ] || break
done
say "$try tries"
is hedate_up 1
is hedate_enforcing 1
is hedate_balanced 1
is hedate_recorder_connected 1
is hedate_forwarding 1
is hedate_pending_packets 0
is hedate_log_readable 1
is hedate_log_files 1
is 'hedate_paths{from="mynumber",to="lgwan"}' 1
is 'hedate_only_observed{from="mynumber",to="lgwan"}' 0
is 'hedate_interface_up{zone="lgwan",segment="a",interface="lg0"}' 1
is 'hedate_path_connections_total{path="P1",direction="forward"}' 1
is 'hedate_path_connections_total{path="P2",direction="forward"}' 0
is 'hedate_blocked_packets_total{reason="no-path",from="internet",to="mynumber"}' \
	$(($(kernel_count deny-no-path-internet-mynumber)))
is 'hedate_blocked_packets_total{reason="spoof",from="internet",to="unknown"}' 1
is 'hedate_blocked_packets_total{reason="no-path",from="mynumber",to="internet"}' 0
is hedate_kernel_packets_total "$(kernel_total)"
is hedate_recorded_packets_total "$(kernel_total)"
sum=$(awk '/^hedate_blocked_packets_total/ { sum += $NF } END { print sum }' "$WORK/metrics")
[ "$sum" = "$(kernel_total)" ] || fail "by reason there are $sum packets, not $(kernel_total)"
grep -q "^hedate_info{site=\"lab\",revision=\"$(status_field revision)\"," "$WORK/metrics" ||
	fail "hedate_info: $(grep hedate_info "$WORK/metrics")"
now=$(date +%s)
for time in applied written sealed; do
	name=hedate_log_${time}_timestamp_seconds
	[ $time != applied ] || name=hedate_applied_timestamp_seconds
	age=$((now - $(value $name)))
	if [ "$age" -lt -1 ] || [ "$age" -gt 60 ]; then
		fail "$name is $(value $name) at $now"
	fi
done
hedate metrics -d "$LOGS" --json | jq -e '
	([.metrics[] | select(.name == "hedate_up") | .samples[].value] == [1]) and
	([.metrics[] | select(.name == "hedate_blocked_packets_total") | .type] == ["counter"]) and
	([.metrics[] | .samples[] | select(.labels.reason == "spoof" and .labels.from == "internet") | .value] |
		add == 1)' >/dev/null || fail "hedate metrics --json"

# The rules that are shipped speak of metrics that there are.
promtool check rules "$SOURCE_DIR/conf/hedate.rules.yml" >"$WORK/promtool" 2>&1 ||
	[ $? = 77 ] || fail "rules: $(cat "$WORK/promtool")"
while read -r name; do
	grep -qE "^${name}(\{| )" "$WORK/metrics" || fail "rules: there is no $name"
done < <(grep -o 'hedate_[a-z_]*' "$SOURCE_DIR/conf/hedate.rules.yml" | sort -u)

# Another rule set in the kernel; then nobody answers.
stop_hedated
start_hedated "$WORK/lab.conf" --unowned
hijack_table
metrics 0
is hedate_up 1
is hedate_enforcing 0
release_table
RUN_BEFORE=$RUN
RUN=$WORK/nowhere
metrics 3
is hedate_up 0
is hedate_log_readable 1
[ -z "$(value hedate_enforcing)" ] || fail "nobody knows whether it is in force"
hedate metrics -d "$WORK/nowhere" >"$WORK/metrics" 2>/dev/null
is hedate_log_readable 0
RUN=$RUN_BEFORE
finish
