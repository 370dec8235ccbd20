-- SPDX-License-Identifier: GPL-2.0-or-later
-- The records of many gateways in PostgreSQL 15 or later: psql -d hedate -f schema.sql, as the
-- owner of the database. Can be run again. hedate-collect(7) describes it.
--
-- Every line is kept as it was written, byte for byte; the columns beside it are taken from it.
-- Nothing is ever overwritten: a line that comes again is the same row, a line that differs from
-- one with its number is another row, and the view "twice" shows both. Who writes
-- (hedate_writer) can add, and neither read, change nor delete.
\set ON_ERROR_STOP on
BEGIN;
CREATE SCHEMA IF NOT EXISTS hedate;

DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hedate_writer') THEN
		CREATE ROLE hedate_writer LOGIN;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hedate_reader') THEN
		CREATE ROLE hedate_reader NOLOGIN;
	END IF;
END $$;

CREATE TABLE IF NOT EXISTS hedate.gateway (
	id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	host text NOT NULL UNIQUE
);

-- A partition for each day of the records' time. leaf is the line's hash in the Merkle tree of the
-- log (RFC 6962): SHA-256 of 0x00 and the line.
CREATE TABLE IF NOT EXISTS hedate.record (
	gateway smallint NOT NULL,
	sequence bigint NOT NULL,
	time timestamptz NOT NULL,
	leaf bytea NOT NULL,
	action text NOT NULL,
	reason text,
	zone_source text,
	zone_destination text,
	source inet,
	destination inet,
	source_port integer,
	destination_port integer,
	transport text,
	packets bigint,
	bytes bigint,
	received timestamptz NOT NULL DEFAULT now(),
	line text NOT NULL,
	PRIMARY KEY (gateway, sequence, time, leaf)
) PARTITION BY RANGE (time);
CREATE INDEX IF NOT EXISTS record_time ON hedate.record USING brin (time);
CREATE INDEX IF NOT EXISTS record_source ON hedate.record (source) WHERE source IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_destination ON hedate.record (destination)
	WHERE destination IS NOT NULL;
-- Of a day for which there is no partition: nothing is refused for that.
CREATE TABLE IF NOT EXISTS hedate.record_other PARTITION OF hedate.record DEFAULT;

CREATE TABLE IF NOT EXISTS hedate.checkpoint (
	gateway smallint NOT NULL,
	index bigint NOT NULL,
	hash bytea NOT NULL,
	received timestamptz NOT NULL DEFAULT now(),
	note text NOT NULL,
	PRIMARY KEY (gateway, index, hash)
);

-- What came and is no record: from a gateway that is not one, or from somebody in between.
CREATE TABLE IF NOT EXISTS hedate.refused (
	path text NOT NULL,
	hash bytea NOT NULL,
	received timestamptz NOT NULL DEFAULT now(),
	line text NOT NULL,
	PRIMARY KEY (path, hash)
);

-- What a line says; NULL when it is no record.
CREATE OR REPLACE FUNCTION hedate.read(line text) RETURNS hedate.record
LANGUAGE plpgsql STABLE AS $$
DECLARE
	j jsonb;
	r hedate.record;
BEGIN
	j := line::jsonb;
	r.sequence := j->>'event.sequence';
	r.time := j->>'@timestamp';
	r.leaf := sha256('\x00'::bytea || convert_to(line, 'UTF8'));
	r.action := j->>'event.action';
	r.reason := j->>'event.reason';
	r.zone_source := j->>'hedate.zone.source';
	r.zone_destination := j->>'hedate.zone.destination';
	r.source := j->>'source.ip';
	r.destination := j->>'destination.ip';
	r.source_port := j->>'source.port';
	r.destination_port := j->>'destination.port';
	r.transport := j->>'network.transport';
	r.packets := j->>'network.packets';
	r.bytes := j->>'network.bytes';
	r.received := now();
	r.line := line;
	IF r.sequence IS NULL OR r.time IS NULL OR r.action IS NULL THEN
		RETURN NULL;
	END IF;
	RETURN r;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION hedate.gateway_of(name text) RETURNS smallint
LANGUAGE plpgsql AS $$
DECLARE
	found smallint := (SELECT id FROM hedate.gateway WHERE host = name);
BEGIN
	IF found IS NULL THEN
		INSERT INTO hedate.gateway (host) VALUES (name) ON CONFLICT DO NOTHING;
		found := (SELECT id FROM hedate.gateway WHERE host = name);
	END IF;
	RETURN found;
END $$;

-- One message, from the file ".../HOST/hedate-20261120.jsonl" or ".seal" of a collector. It never
-- fails for what is in it: rsyslog would send it, and all that came with it, again for ever.
CREATE OR REPLACE FUNCTION hedate.put(path text, message text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = hedate, pg_temp AS $$
DECLARE
	host text := split_part(path, '/', -2);
	number text;
	r hedate.record;
BEGIN
	IF path LIKE '%.seal' THEN
		number := substring(message FROM '\nindex (\d{1,18})\n');
	END IF;
	IF number IS NOT NULL THEN
		INSERT INTO checkpoint VALUES (gateway_of(host), number::bigint,
			sha256(convert_to(message, 'UTF8')), now(), message) ON CONFLICT DO NOTHING;
		RETURN;
	END IF;
	r := read(message);
	IF r.sequence IS NULL THEN
		INSERT INTO refused VALUES (path, sha256(convert_to(message, 'UTF8')), now(), message)
			ON CONFLICT DO NOTHING;
		RETURN;
	END IF;
	r.gateway := gateway_of(host);
	INSERT INTO record VALUES (r.*) ON CONFLICT DO NOTHING;
END $$;

-- Partitions of the days from yesterday on: daily, by cron or a timer.
CREATE OR REPLACE FUNCTION hedate.make_partitions(days integer DEFAULT 14) RETURNS integer
LANGUAGE plpgsql SET search_path = hedate, pg_temp AS $$
DECLARE
	day date;
	made integer := 0;
BEGIN
	FOR day IN SELECT (now() AT TIME ZONE 'UTC')::date + g FROM generate_series(-1, days) g LOOP
		IF to_regclass('hedate.record_' || to_char(day, 'YYYYMMDD')) IS NULL THEN
			EXECUTE format('CREATE TABLE hedate.%I PARTITION OF hedate.record '
				'FOR VALUES FROM (%L) TO (%L)', 'record_' || to_char(day, 'YYYYMMDD'),
				day || ' 00:00Z', day + 1 || ' 00:00Z');
			made := made + 1;
		END IF;
	END LOOP;
	RETURN made;
END $$;

-- The end of retention: drops the days before this one. The names of what went.
CREATE OR REPLACE FUNCTION hedate.drop_before(first date) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = hedate, pg_temp AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'hedate'::regnamespace
		AND relname ~ '^record_\d{8}$' AND relkind = 'r'
		AND relname < 'record_' || to_char(first, 'YYYYMMDD') ORDER BY 1 LOOP
		EXECUTE format('DROP TABLE hedate.%I', name);
		RETURN NEXT name;
	END LOOP;
END $$;
SELECT hedate.make_partitions();

-- Blocked and observed flows, with the gateway's name.
CREATE OR REPLACE VIEW hedate.flow AS
	SELECT host, r.* FROM hedate.record r JOIN hedate.gateway g ON g.id = r.gateway
	WHERE action IN ('flow-blocked', 'flow-observed');

-- Numbers that never came: can be sent again (hedate-collect(7)).
CREATE OR REPLACE VIEW hedate.gap AS
	SELECT host, sequence + 1 AS first, following - 1 AS last FROM (
		SELECT gateway, sequence,
			lead(sequence) OVER (PARTITION BY gateway ORDER BY sequence) AS following
		FROM hedate.record) s JOIN hedate.gateway g ON g.id = s.gateway
	WHERE following > sequence + 1;

-- One number, two lines: what a crash cut off and the recorder wrote anew; a log that was begun
-- anew; or a gateway, or somebody in its name, that tells another story now.
CREATE OR REPLACE VIEW hedate.twice AS
	SELECT host, sequence, count(*) AS lines FROM hedate.record r
	JOIN hedate.gateway g ON g.id = r.gateway GROUP BY host, sequence HAVING count(*) > 1;

-- When each gateway was last heard of: its recorder writes every few seconds, also when nothing
-- is blocked (checkpoints).
CREATE OR REPLACE VIEW hedate.heard AS
	SELECT host, greatest((SELECT max(received) FROM hedate.checkpoint c WHERE c.gateway = id),
		(SELECT max(received) FROM hedate.record r WHERE r.gateway = id)) AS received
	FROM hedate.gateway;

-- Packets in the records of a day and those that its ledgers say are in records: equal, unless
-- records are missing here. An epoch over midnight counts on the day of its ledger.
CREATE OR REPLACE VIEW hedate.balance AS
	SELECT host, coalesce(sum(packets), 0) AS packets,
		coalesce(sum((line::jsonb->>'hedate.ledger.recorded')::bigint)
			FILTER (WHERE action = 'ledger'), 0) AS ledgers
	FROM hedate.record r JOIN hedate.gateway g ON g.id = r.gateway
	WHERE action IN ('flow-blocked', 'flow-observed', 'ledger') GROUP BY host;

REVOKE ALL ON SCHEMA hedate FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hedate FROM PUBLIC;
GRANT USAGE ON SCHEMA hedate TO hedate_writer, hedate_reader;
GRANT EXECUTE ON FUNCTION hedate.put(text, text) TO hedate_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA hedate TO hedate_reader;
COMMIT;
