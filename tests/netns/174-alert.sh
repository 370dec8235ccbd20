#!/bin/bash
# hedate alert: a real command is run when the threshold is reached, once in its time, with the
# record, as an unprivileged user; the others are counted and told. Nothing is missed while it was
# away; a policy that is applied brings its own alerts.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

role_groups

TOLD=$WORK/told
NOBODY=65534

# The lab with these alerts: alert_config ALERTS
alert_config()
{
	EPOCH=1 lab_config "$(lab_path P1 my lg https)" |
		sed 's/^log = {/& scan = { targets = 5; seconds = 60; };/'
	printf 'alerts = ( %s );\n' "$1"
}

# An alert whose command writes down what it was told: alert NAME 'MEMBERS'
alert()
{
	printf '{ name = "%s"; %s command = [ "%s", "a word", "%s" ]; }' "$1" "$2" "$WORK/notify" "$TOLD"
}

# What has the command of this alert been told? Lines "records packets suppressed uid arguments"
told()
{
	cat "$TOLD/$1" 2>/dev/null
}

told_lines()
{
	[ "$(told "$1" | wc -l)" = "$2" ]
}

# So many blocked flows, from port $1 on.
block()
{
	local words
	plan_words block raw 10.3.0.10 10.1.0.11 53 protocol=udp
	words=("${WORDS[@]:1}")
	"$PROBE" send "${words[@]}" "count=$2" "distinct=$2" "source=10.3.0.$1" >/dev/null
	flush
}

# For a user who is in none of the groups that may read the log.
readable()
{
	chmod 755 "$LOGS"
	find "$LOGS" -maxdepth 1 -name 'hedate-*' -exec chmod 644 {} +
}

alert_start()
{
	setpriv --reuid $NOBODY --regid $NOBODY --groups "$(stat -c %g "$LOGS"),${1:-64805}" \
		"$PROGRAMS/hedate" -r "$RUN" --profiles "$POLICIES" alert -c "$WORK/lab.conf" -d "$LOGS" \
		--state "$WORK/alert" >>"$WORK/alert.out" 2>&1 &
	ALERT=$!
	sleep 0.5
}

alert_stop()
{
	kill -TERM "$ALERT"
	wait "$ALERT" || fail "hedate alert ended with $?"
}

topology_up || die "the lab could not be built"
mkdir "$TOLD" "$WORK/alert"
chown $NOBODY "$TOLD" "$WORK/alert"
chmod 755 "$WORK"
cat >"$WORK/notify" <<'END'
#!/bin/bash
read -r line
env | sort >"$2/environment"
ls /proc/self/fd >"$2/descriptors"
echo "$line" >"$2/$HEDATE_ALERT.record"
echo "$HEDATE_RECORDS $HEDATE_PACKETS $HEDATE_SUPPRESSED $UID $HEDATE_SITE ${*:1:1}" >>"$2/$HEDATE_ALERT"
END
chmod 755 "$WORK/notify"
alert_config "$(lab_paths \
	"$(alert many 'to = "mynumber"; count = 30; seconds = 60; every = 6;')" \
	"$(alert scans 'action = "scan"; from = "internet";')" \
	"$(alert none 'reason = "spoof";')" \
	"{ name = \"wrong\"; action = \"scan\"; command = \"$WORK/no-such-command\"; }")" >"$WORK/lab.conf"
chmod 644 "$WORK/lab.conf"
start_hedated "$WORK/lab.conf"
install -m 755 "$BUILD/hedate" "$PROGRAMS/hedate"
block 21 40 # before it is started: not its matter
readable
alert_start

block 22 20
sleep 1
[ -z "$(told many)" ] || fail "20 of 30 records: $(told many)"
block 23 10
wait_until 200 told_lines many 1 || fail "30 records: $(told many) $(cat "$WORK/alert.out")"
[ "$(told many)" = "30 30 0 $NOBODY lab a word" ] || fail "told: $(told many)"
jq -e '."event.action" == "flow-blocked" and ."source.ip" == "10.3.0.23"' "$TOLD/many.record" >/dev/null ||
	fail "the record: $(cat "$TOLD/many.record")"
wrong=$(grep -vE '^(PATH|LANG|HEDATE_[A-Z]+|PWD|SHLVL|_)=' "$TOLD/environment")
[ -z "$wrong" ] || fail "its environment: $wrong"
[ "$(tr '\n' ' ' <"$TOLD/descriptors")" = '0 1 2 3 ' ] || fail "descriptors: $(cat "$TOLD/descriptors")"

# Two more within its six seconds: told together, when they are over.
block 24 70
sleep 1
told_lines many 1 || fail "more than one run within its time: $(told many)"
wait_until 200 told_lines many 2 || fail "what was suppressed is not told: $(told many)"
[ "$(told many | tail -n 1)" = "0 0 2 $NOBODY lab a word" ] || fail "suppressed: $(told many)"

# A scan, at once; and a command that there is not.
for port in 1 2 3 4 5 6; do
	plan_words scan raw 10.3.0.10 10.1.0.11 "$port" protocol=tcp flags=S
	"$PROBE" send "${WORDS[@]:1}" count=1 >/dev/null
done
wait_until 200 told_lines scans 1 || fail "a scan: $(cat "$WORK/alert.out")"
jq -e '."event.action" == "scan" and ."source.ip" == "10.3.0.10"' "$TOLD/scans.record" >/dev/null ||
	fail "the scan: $(cat "$TOLD/scans.record")"
wait_until 200 grep -q 'alert "wrong": its command ended with status 127' "$WORK/alert.out" ||
	fail "nothing is said of a command that cannot be run: $(cat "$WORK/alert.out")"
[ -z "$(told none)" ] || fail "nothing was forged"

# Each run is on record with its end, and is no cause of another one.
runs()
{
	records 'select(."event.action" == "alert-run") | "\(."hedate.alert.name") \(."hedate.alert.end") \(."hedate.alert.suppressed") \(."event.outcome") \(."hedate.uid")"' | tr -d '"' | sort
}
cat >"$WORK/wanted" <<END
many status 0 0 success $NOBODY
many status 0 2 success $NOBODY
scans status 0 0 success $NOBODY
wrong status 127 0 failure $NOBODY
END
# For wait_until.
# shellcheck disable=SC2317
recorded()
{
	runs | cmp -s - "$WORK/wanted"
}
wait_until 200 recorded || fail "the runs that are on record: $(runs)"

# Away, and back: what came meanwhile counts.
alert_stop
block 25 30
readable
alert_start
wait_until 200 told_lines many 3 || fail "what came while it was away: $(told many)"

# Another policy, other alerts; one that cannot be read changes nothing.
alert_config "$(alert next 'count = 5;')" >"$WORK/lab.conf"
hedate apply "$WORK/lab.conf" >/dev/null || fail "apply"
sleep 1
block 26 5
wait_until 200 told_lines next 1 || fail "the alert of the next policy: $(cat "$WORK/alert.out")"
echo 'alerts = (' >>"$WORK/lab.conf"
kill -HUP "$ALERT"
sleep 0.5
grep -q 'the alerts of before go on' "$WORK/alert.out" || fail "a bad configuration: $(cat "$WORK/alert.out")"
alert_stop
# Of a user who may not put it on record.
alert_config "$(alert next 'count = 5;')" >"$WORK/lab.conf"
alert_start 65534
grep -q 'cannot be put on record' "$WORK/alert.out" && fail "a run that was on record is not"
block 27 5
wait_until 200 told_lines next 2 || fail "the alert of the next policy, again"
wait_until 200 grep -q 'cannot be put on record' "$WORK/alert.out" || fail "not said: $(cat "$WORK/alert.out")"
alert_stop
told_lines many 3 || fail "an alert that there is no more: $(told many)"

# What would have been run.
alert_config "$(alert many 'to = "mynumber"; count = 30; seconds = 60; every = 5;')" >"$WORK/lab.conf"
hedate alert -c "$WORK/lab.conf" -d "$LOGS" --dry-run --json >"$WORK/would" || fail "--dry-run"
jq -es 'length >= 2 and .[0].name == "many" and .[0].records == 30 and .[0].suppressed == 0' \
	"$WORK/would" >/dev/null || fail "--dry-run: $(cat "$WORK/would")"
hedate alert -c "$WORK/lab.conf" --list --json | jq -e '.alerts[0].count == 30 and .alerts[0].every == 5' \
	>/dev/null || fail "--list"
hedate alert -c "$WORK/lab.conf" --test many || fail "--test"
jq -e '."event.action" == "alert-test"' "$TOLD/many.record" >/dev/null || fail "--test: the record"
hedate alert -c "$WORK/lab.conf" --test nothing 2>/dev/null && fail "--test of what there is not"
told_lines many 4 || fail "--test: $(told many)"
finish
