#!/bin/bash
# asked
# waits
# Each unit of the packages under systemd, within the bounds that it is shipped with, in a fresh Debian
# 12: what it is for is done, by its timer or path where it has one. A unit that is not named below is a
# failure. The self-inspection is kept, on record, and says what differs from the one before.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/../netns/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/package/machine.sh
. "$SOURCE_DIR/tests/package/machine.sh"

# Of systemd-analyze security, in tenths: what a unit may be exposed at most. Without a name: all others.
declare -A EXPOSED=([hedate-inspect.service]=30 [hedate-prove.service]=26 [hedated.service]=17
	[hedate-guard.service]=16 [others]=15)
# What runs in the background, what is begun by a timer, what by a file.
DAEMONS='hedate-guard.service hedated.service hedate-logd.service hedate-alert.service
	hedate-forward.service hedate-database.service'
TIMED='hedate-index hedate-metrics hedate-ha hedate-prove hedate-inspect'
ASKED=hedate-prove.path
RSYSLOG='rsyslog rsyslog-pgsql postgresql-15'
INSPECTIONS=/var/lib/hedate-inspect

ROOT=$BUILD/package/units
rm -rf "$ROOT"
machine_root "$ROOT"
install -D -m 644 -t "$ROOT/srv" "$BUILD/package/current"/hedate_*.deb \
	"$BUILD/package/current"/hedate-common_*.deb || die "no packages: make test-package makes them"
fetch_depends "$ROOT" --no-install-recommends '/srv/*.deb' "$RSYSLOG"
topology_up || die "the lab could not be built"

# For wait_until: what is said inside, by jq.
# shellcheck disable=SC2317
status_is()
{
	inside 'hedate status --json' | jq -e "$1"
}

# shellcheck disable=SC2317
succeeds()
{
	inside "$1" >"$WORK/said" 2>&1 </dev/null
}

until_so()
{
	wait_until "${3:-300}" succeeds "$2" || fail "$1: $2: $(cat "$WORK/said")"
	say "$1"
}

unit_fails()
{
	fail "$1: $(inside "systemctl status $1; journalctl -q -o cat -n 20 -u $1" 2>&1)"
}

# How often it has run.
runs()
{
	inside "journalctl -q -o cat -u $1 JOB_RESULT=done" | grep -c '^\(Finished\|Started\)'
}

# shellcheck disable=SC2317
has_run()
{
	[ "$(runs "$1")" -gt "$2" ] && inside "systemctl show -P ActiveState $1" | grep -qx inactive
}

# As its timer does, but at once: what it says itself stands beside it.
elapse_now()
{
	does "mkdir -p /run/systemd/system/$1.timer.d &&
		printf '[Timer]\nOnActiveSec=0\nAccuracySec=1us\nRandomizedDelaySec=0\n' \
			>/run/systemd/system/$1.timer.d/now.conf && systemctl daemon-reload && systemctl start $1.timer"
}

elapse_no_more()
{
	does "systemctl stop $1.timer && rm /run/systemd/system/$1.timer.d/now.conf && systemctl daemon-reload"
}

timer_elapses()
{
	local before
	before=$(runs "$1.service")
	elapse_now "$1"
	wait_until 600 has_run "$1.service" "$before" || unit_fails "$1.service"
	[ "$(inside "systemctl show -P Result $1.service")" = success ] || unit_fails "$1.service"
	elapse_no_more "$1"
	say "$1: its timer elapsed, it ended well"
}

# With these paths.
configure()
{
	{
		lab_config "$1" \
			'input = ( { name = "H1"; from = "mg"; service = "ssh"; reason = "管理"; } );'
		echo 'alerts = ( { name = "flood"; to = "mynumber"; packets = 10; seconds = 60;
			command = [ "/usr/bin/touch", "/var/lib/hedate-alert/told" ]; } );'
		echo 'ha = { peer = "itself"; command = [ "/usr/bin/hedate", "digest", "--json" ]; };'
	} >"$ROOT/etc/hedate/hedate.conf"
}

machine_on "$ROOT"
does "apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends install /srv/*.deb $RSYSLOG"

# ---- all of them are here, are valid, and are within their bounds ----------------------------------
named=$(for unit in $TIMED; do echo "$unit.service $unit.timer"; done)
mapfile -t UNITS < <(inside 'cat /var/lib/dpkg/info/hedate.list /var/lib/dpkg/info/hedate-common.list' |
	sed -n 's,.*/systemd/system/,,p' | sort)
# shellcheck disable=SC2086 # words
[ "$(printf '%s\n' "${UNITS[@]}")" = "$(printf '%s\n' $DAEMONS $named $ASKED | sort)" ] ||
	fail "other units than those that are tried here: ${UNITS[*]}"
for unit in "${UNITS[@]}"; do
	says "systemd-analyze --man=no verify $unit 2>&1; echo ok" ok
	! grep -v '^ok$' "$WORK/said" || fail "systemd-analyze verify $unit"
	[[ $unit != *.service ]] ||
		does "systemd-analyze security --offline=true --no-pager --threshold=${EXPOSED[$unit]:-${EXPOSED[others]}} $unit"
done

# ---- what runs in the background -------------------------------------------------------------------
configure "$(lab_path P1 my lg https)"
does "systemd-tmpfiles --create hedate.conf; systemctl start $ASKED"
does 'systemctl enable --now hedated hedate-logd hedate-alert'
wait_until 300 status_is '.state == "enforcing" and .recorder == "connected"' || unit_fails hedated.service
does 'systemctl is-active hedate-guard'
# hedated has asked for it.
wait_until 600 status_is '.separation_whole == "proved"' || unit_fails hedate-prove.service
say "hedate-prove.path: proved, as hedated asked"
block 10.3.0.10 30 10
until_so "hedate-alert: its command was run" 'test -e /var/lib/hedate-alert/told'
# The service manager keeps the socket that owns the table, and keeps it once.
does 'systemctl restart hedated'
wait_until 300 status_is '.state == "enforcing" and .recorder == "connected"' || unit_fails hedated.service
[ "$(inside 'systemctl show -P NFileDescriptorStore hedated')" = 1 ] || fail "the table's socket is not kept"
! inside 'journalctl -q -b' | grep 'more fds' || fail "the table's socket is given twice"

# To a collector, in the gateway itself: what comes is written down.
in_ns gw /usr/bin/python3 - >"$WORK/collected" <<-'END' &
	import socket, sys
	with socket.create_server(("127.0.0.1", 514)) as server:
	    while True:
	        peer, _ = server.accept()
	        while data := peer.recv(65536):
	            sys.stdout.buffer.write(data)
	            sys.stdout.flush()
END
sed 's/collector.example.jp/127.0.0.1/' "$ROOT/usr/share/hedate/rsyslog/forward-tcp.conf" \
	>"$ROOT/etc/hedate/forward.conf"
does 'chgrp hedate-forward /etc/hedate/forward.conf; systemctl start hedate-forward'
wait_until 600 grep -q '"event.reason":"no-path"' "$WORK/collected" || unit_fails hedate-forward.service
say "hedate-forward: at the collector"

# What a collector has received, into its database.
# shellcheck disable=SC2016 # for the machine to expand
does 'set -e
	pg=/etc/postgresql/15/main
	echo "hedate hedate-database hedate_writer" >>$pg/pg_ident.conf
	sed -i "1i local hedate hedate_writer peer map=hedate" $pg/pg_hba.conf
	pg_ctlcluster 15 main restart
	runuser -u postgres -- createdb -T template0 -E UTF8 hedate
	runuser -u postgres -- psql -q -d hedate -f /usr/share/hedate/postgresql/schema.sql
	install -d -m 750 -g hedate-database /var/log/hedate-remote /var/log/hedate-remote/gateway
	install -m 640 -g hedate-database -t /var/log/hedate-remote/gateway /var/log/hedate/*.jsonl
	install -m 640 -g hedate-database /usr/share/hedate/rsyslog/database.conf /etc/hedate/
	systemctl start hedate-database'
until_so "hedate-database: in the database" "runuser -u postgres -- psql -d hedate -qAtc \
	'SELECT count(*) > 0 FROM hedate.flow' | grep -qx t" 600
for unit in $DAEMONS; do
	does "systemctl is-active $unit"
done
does 'systemctl stop hedate-alert hedate-forward hedate-database'

# ---- what a timer begins ---------------------------------------------------------------------------
does 'mkdir -p /var/lib/prometheus/node-exporter'
for unit in $TIMED; do
	does "systemctl start $unit.timer && systemctl is-active $unit.timer"
	inside "systemctl show -P NextElapseUSecRealtime -P NextElapseUSecMonotonic -P LastTriggerUSec $unit.timer" |
		grep -q '[1-9]' || fail "$unit.timer: when does it elapse? $(inside 'systemctl list-timers --all')"
	does "systemctl stop $unit.timer"
	[ "$unit" = hedate-inspect ] || timer_elapses "$unit"
done
does 'ls /var/cache/hedate/index/*'
says 'cat /var/lib/prometheus/node-exporter/hedate.prom' '^hedate_enforcing 1'
until_so "hedate-ha: on record" 'hedate flush >/dev/null; hedate log --action ha-agrees | grep ha-agrees' 50

# ---- self-inspections ------------------------------------------------------------------------------
does 'systemctl start hedate-inspect.timer'
says 'systemctl show -P NextElapseUSecRealtime hedate-inspect.timer' '-01 03:[34][0-9]:'
does 'systemctl stop hedate-inspect.timer'

# Its timer elapses. It may end as failed: nobody sets the clock of this machine.
inspected()
{
	elapse_now hedate-inspect
	until_so "hedate-inspect: its timer elapsed, $1 is there" "test -s $INSPECTIONS/$1.json" 600
	wait_until 600 succeeds '! systemctl show -P ActiveState hedate-inspect | grep -q activating' ||
		unit_fails hedate-inspect.service
	elapse_no_more hedate-inspect
}

# What is kept as the inspection of that number is on record by its digest: kept NUMBER
kept()
{
	local file=$INSPECTIONS/$1.json
	says "stat -c '%a %U' $file" '^640 root$'
	does "setpriv --reuid=nobody --regid=nogroup --groups=hedate-auditor cat $file"
	! inside "setpriv --reuid=nobody --regid=nogroup --clear-groups cat $file" >/dev/null 2>&1 ||
		fail "everybody may read $file"
	does "hedate flush >/dev/null; hedate log --action inspect --json"
	jq -e --argjson number "$((10#$1))" --arg digest "$(sha256sum "$ROOT$file" | cut -d ' ' -f 1)" \
		'select(."hedate.inspect.number" == $number) | ."hedate.inspect.digest" == $digest' \
		"$WORK/said" >/dev/null || fail "inspection $1 is not on record: $(cat "$WORK/said")"
	jq -e '.equation.source.state == "read" and .equation.holds' "$ROOT$file" >/dev/null ||
		fail "inspection $1: $(jq -c .equation "$ROOT$file")"
	# All that there is to be read can be within these bounds: not what days must be counted for, and
	# the one before the first.
	unread=$(jq -c '[to_entries[] | select((.key | IN("unused", "difference") | not) and (.value |
		type == "object")) | select(.value.source.state? // "read" |
		. != "read") | {(.key): .value.source}]' "$ROOT$file")
	[ "$unread" = "[]" ] || fail "inspection $1 could not read $unread"
	say "hedate-inspect: $(jq '.difference.items | length' "$ROOT$file") differences in $1"
}

inspected 000001
kept 000001
configure "$(lab_path P1 my lg https), $(lab_path P2 my lg ssh)"
does 'hedate apply'
inspected 000002
kept 000002
jq -e '[.difference.items[] | select(.section == "matrix")] | length > 0' "$ROOT$INSPECTIONS/000002.json" >/dev/null ||
	fail "the second inspection does not tell of the change: $(jq -c .difference "$ROOT$INSPECTIONS/000002.json")"
machine_end "$ROOT"
