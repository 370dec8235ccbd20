#!/bin/bash
# The records of a gateway get into PostgreSQL, the real one, by the real rsyslog: each once, byte
# for byte, though the database and both rsyslogs are killed; what is no record is put aside; who
# writes can do nothing else; the queries that are shipped say what the log says.
# shellcheck disable=SC2317 # functions that wait_until calls
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/forward.sh
. "$NETNS_DIR/forward.sh"

PROGRAMS_PG=/usr/lib/postgresql/15/bin
BASE=$WORK/base
IMPORT=$WORK/import # work directory of the rsyslog that feeds it

# The server does not run as root.
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

database_start()
{
	as_nobody "$PROGRAMS_PG/pg_ctl" -D "$BASE/data" -w -l "$BASE/log" \
		-o "-k $BASE -c listen_addresses=''" start >/dev/null ||
		die "no database: $(tail -n 3 "$BASE/log")"
}

database_kill()
{
	kill -KILL "$(head -n 1 "$BASE/data/postmaster.pid")"
	wait_until 200 eval "! $PROGRAMS_PG/pg_isready -h $BASE" || fail "the database lives"
}

sql()
{
	"$PROGRAMS_PG/psql" -h "$BASE" -U "${SQL_USER:-postgres}" -d hedate -XqAt \
		-v ON_ERROR_STOP=1 "$@"
}

import_start()
{
	sed -e "s,/var/lib/hedate-database,$IMPORT,; s,/var/log/hedate-remote,$REMOTE,g" \
		-e "s,@/hedate,@/hedate?host=$BASE,; s,resumeInterval=\"5\",resumeInterval=\"1\"," \
		"$RSYSLOG/database.conf" >"$WORK/conf/database.conf"
	"$RSYSLOG/hedate-rewind" "$IMPORT" || fail "hedate-rewind"
	rsyslogd -n -iNONE -f "$WORK/conf/database.conf" >>"$WORK/import.out" 2>&1 &
	IMPORTER=$!
}

in_base()
{
	sql -c 'SELECT line FROM hedate.record' 2>/dev/null | sort >"$WORK/based"
	[ -z "$(comm -23 "$WORK/lines" "$WORK/based")" ]
}

# All that is in the log is in the database, and once.
expect_in_base()
{
	local twice
	cat "$LOGS"/hedate-*.jsonl | sort >"$WORK/lines"
	wait_until 200 in_base || {
		fail "$1: $(comm -23 "$WORK/lines" "$WORK/based" | wc -l) lines are not in the database"
		tail -n 5 "$WORK/import.out" "$BASE/log"
	}
	twice=$(uniq -d "$WORK/based" | wc -l)
	[ "$twice" = 0 ] || fail "$1: $twice lines twice"
	say "$1: $(wc -l <"$WORK/lines") lines"
}

forward_packages
with_packages postgresql "$PROGRAMS_PG/postgres" postgresql-15 postgresql-client-15
forward_certificates
mkdir "$BASE" "$IMPORT" && chown 65534 "$BASE"
as_nobody "$PROGRAMS_PG/initdb" -D "$BASE/data" -A trust -U postgres -E UTF8 \
	--locale=C.UTF-8 >/dev/null 2>"$WORK/initdb.out" || die "initdb: $(cat "$WORK/initdb.out")"
database_start
"$PROGRAMS_PG/createdb" -h "$BASE" -U postgres hedate || die "createdb"
for _ in first again; do
	sql -f "$SOURCE_DIR/conf/postgresql/schema.sql" >/dev/null 2>"$WORK/schema.out" ||
		die "schema.sql: $(cat "$WORK/schema.out")"
done

EPOCH=2 lab_up "$(lab_path P1 my lg https)" "$(forward_output)"
collector_start
forwarder_start relp
import_start
block 21 500
expect_in_base "first"

# The database goes away; what comes meanwhile is kept by the collector.
database_kill
block 22 1500
sleep 1
database_start
expect_in_base "database killed"

# All of them, in the middle.
block 23 1500 &
blocking=$!
sleep 0.3
end "$IMPORTER"
end "$COLLECTOR"
end "$FORWARDER"
wait "$blocking"
database_kill
collector_start
forwarder_start relp
import_start
database_start
expect_in_base "all killed"
notes_there()
{
	[ "$(sql -c 'SELECT count(*) FROM hedate.checkpoint')" -ge \
		"$(cat "$LOGS"/hedate-*.seal | grep -c '^— ')" ]
}
wait_until 100 notes_there || fail "not every checkpoint is in the database"

# The columns say what the lines say; the leaf is the line's hash in the tree.
line=$(records 'select(."source.ip" == "10.3.0.21" and ."event.action" == "flow-blocked")' |
	head -n 1)
number=$(jq '."event.sequence"' <<<"$line")
got=$(sql -c "SELECT source, destination, destination_port, reason, zone_source, zone_destination,
	packets, encode(leaf, 'hex') FROM hedate.record WHERE sequence = $number")
leaf=$( (printf '\0' && grep -h "\"event.sequence\":$number," "$LOGS"/hedate-*.jsonl | tr -d '\n') |
	sha256sum | cut -d ' ' -f 1)
[ "$got" = "10.3.0.21|10.1.0.11|53|no-path|internet|mynumber|1|$leaf" ] || fail "columns: $got"
[ "$(sql -c 'SELECT packets = ledgers FROM hedate.balance')" = t ] ||
	fail "balance: $(sql -c 'SELECT * FROM hedate.balance')"
[ -z "$(sql -c 'SELECT * FROM hedate.gap' -c 'SELECT * FROM hedate.twice' \
	-c 'SELECT * FROM hedate.refused')" ] || fail "gaps, or what is no record"

# What is no record does not hold up what is: no JSON, no UTF-8, quotes, a number that is none.
# And one that has the number of another, and says something else, does not take its place.
other=$REMOTE/other
mkdir "$other"
{
	echo "'); DROP TABLE hedate.record; --"
	printf '{"event.sequence":1,"x":"\377\\\\"}\n'
	echo '{"@timestamp":"2026-11-20T00:00:00Z","event.sequence":"x","event.action":"y"}'
	echo '{"@timestamp":"2026-11-20T00:00:00Z","event.sequence":8,"event.action":"it'"''"'s \u00e9"}'
	echo '{"@timestamp":"1999-11-20T00:00:00Z","event.sequence":9,"event.action":"old"}'
	echo '{"@timestamp":"1999-11-20T00:00:00Z","event.sequence":9,"event.action":"new"}'
	echo '{"@timestamp":"2026-11-20T00:00:00Z","event.sequence":12,"event.action":"last"}'
} >"$other/hedate-20261120.jsonl"
there()
{
	[ "$(sql -c "SELECT count(*) FROM hedate.record WHERE action = 'last'")" = 1 ]
}
wait_until 100 there || fail "held up: $(tail -n 3 "$WORK/import.out")"
[ "$(sql -c 'SELECT count(*) FROM hedate.refused')" = 3 ] ||
	fail "refused: $(sql -c 'SELECT line FROM hedate.refused')"
[ "$(sql -c "SELECT string_agg(action, ' ' ORDER BY sequence, action) FROM hedate.record r
	JOIN hedate.gateway g ON g.id = r.gateway WHERE host = 'other'")" = "it''s é new old last" ] ||
	fail "records of the other"
[ "$(sql -c 'SELECT * FROM hedate.gap ORDER BY 1, 2')" = "other|10|11" ] ||
	fail "gap: $(sql -c 'SELECT * FROM hedate.gap')"
[ "$(sql -c 'SELECT * FROM hedate.twice')" = "other|9|2" ] || fail "twice"

# The writer adds; he neither reads nor changes what is there.
for command in 'SELECT * FROM hedate.record' 'DELETE FROM hedate.record' \
	'UPDATE hedate.record SET packets = 0' 'INSERT INTO hedate.gateway (host) VALUES (1)' \
	"SELECT hedate.drop_before('2030-01-01')" 'TRUNCATE hedate.record'; do
	SQL_USER=hedate_writer sql -c "$command" >/dev/null 2>&1 && fail "permitted: $command"
done
sql -c 'SET ROLE hedate_reader' -c 'SELECT count(*) FROM hedate.flow' >/dev/null ||
	fail "the reader may not read"

# The queries that are shipped run, and count as jq does.
sql -v hours=1 -f "$SOURCE_DIR/conf/postgresql/queries.sql" >"$WORK/queries.out" 2>&1 ||
	fail "queries.sql: $(tail -n 3 "$WORK/queries.out")"
wanted=$(records 'select(."event.action" == "flow-blocked" and ."event.reason" == "no-path"
	and ."hedate.zone.destination" == "mynumber")
	| ."network.packets"' | awk '{ n++; sum += $1 } END { print n "|" sum }')
grep -q "|internet|mynumber|no-path|$wanted\$" "$WORK/queries.out" ||
	fail "not $wanted: $(grep no-path "$WORK/queries.out")"

# The end of retention.
sql -c "SELECT hedate.drop_before((now() AT TIME ZONE 'UTC')::date)" >"$WORK/dropped"
[ "$(wc -l <"$WORK/dropped")" = 1 ] || fail "dropped: $(cat "$WORK/dropped")"
[ "$(sql -c 'SELECT hedate.make_partitions()')" = 1 ] || fail "make_partitions"
expect_in_base "after retention"
end "$IMPORTER"
end "$FORWARDER"
end "$COLLECTOR"
as_nobody "$PROGRAMS_PG/pg_ctl" -D "$BASE/data" -m immediate stop >/dev/null
finish
