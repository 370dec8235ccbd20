-- SPDX-License-Identifier: GPL-2.0-or-later
-- What is asked of the records of many gateways: psql -d hedate -v hours=24 -f queries.sql
\set ON_ERROR_STOP on
\if :{?hours}
\else
	\set hours 24
\endif
SELECT now() - make_interval(hours => :hours) AS since \gset

\echo 'Sources that were blocked at several gateways: the same guest at many doors'
SELECT source, count(DISTINCT host) AS gateways, count(*) AS flows, sum(packets) AS packets,
	min(time) AS first, max(time) AS last
FROM hedate.flow WHERE time >= :'since' GROUP BY source HAVING count(DISTINCT host) > 1
ORDER BY gateways DESC, packets DESC, source LIMIT 20;

\echo 'Sources with the most destinations: who looks around'
SELECT host, source, count(DISTINCT (destination, destination_port)) AS targets,
	sum(packets) AS packets
FROM hedate.flow WHERE time >= :'since' GROUP BY host, source
ORDER BY targets DESC, host, source LIMIT 20;

\echo 'Blocked between zones, by gateway and reason'
SELECT host, zone_source, zone_destination, reason, count(*) AS flows, sum(packets) AS packets
FROM hedate.flow WHERE time >= :'since' AND action = 'flow-blocked'
GROUP BY 1, 2, 3, 4 ORDER BY packets DESC, 1, 2, 3, 4 LIMIT 40;

\echo 'Ports that were asked for'
SELECT transport, destination_port, count(DISTINCT host) AS gateways, sum(packets) AS packets
FROM hedate.flow WHERE time >= :'since' AND destination_port IS NOT NULL
GROUP BY 1, 2 ORDER BY packets DESC, 1, 2 LIMIT 20;

\echo 'What happened to the gateways'
SELECT host, time, action, line::jsonb->>'message' AS message
FROM hedate.record r JOIN hedate.gateway g ON g.id = r.gateway
WHERE time >= :'since' AND action NOT IN ('flow-blocked', 'flow-observed', 'ledger')
ORDER BY time DESC LIMIT 50;

\echo 'Gateways that were not heard of for five minutes'
SELECT host, received FROM hedate.heard WHERE received < now() - interval '5 minutes' ORDER BY 2;

\echo 'Records that are missing here, numbers with two lines, lines that are no record'
SELECT * FROM hedate.gap ORDER BY 1, 2;
SELECT * FROM hedate.twice ORDER BY 1, 2;
SELECT path, received, left(line, 100) AS line FROM hedate.refused ORDER BY received DESC LIMIT 20;
