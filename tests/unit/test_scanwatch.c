/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which blocked packets are tries of a scan, and what is put on record of them. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "../../daemon/clock.h"
#include "../../daemon/scanwatch.h"
#include "../../lib/logread.h"
#include "suite.h"
#include "testdir.h"

#define START INT64_C(1795161600000000000)

static char directory[TESTDIR_PATH];
static struct journal *journal;
static struct ifnames *ifnames;
static struct topology topology;
static struct scanwatch *watch;

/* The clock of the minutes in which so many events may be written. */
static int64_t ticks = CLOCK_SECOND;

int64_t clock_monotonic(void)
{
	return ticks;
}

static void changed(int error, void *data)
{
	(void)error, (void)data;
}

static void set_up(void)
{
	struct logwrite_state state;
	struct topology_place lo = { "lo", "internet.terminals", "internet" };
	testdir_make(directory, "scans");
	ck_assert_int_eq(journal_open(directory, NULL, changed, NULL, &journal, &state), 0);
	ck_assert_int_eq(ifnames_new(&ifnames), 0);
	ck_assert_int_eq(topology_begin(&topology, "0123456789ab"), 0);
	ck_assert_int_eq(topology_add_place(&topology, &lo), 0);
	ck_assert_int_eq(topology_end(&topology), 0);
	ck_assert_int_eq(scanwatch_new(journal, &topology, ifnames, &watch), 0);
	ck_assert_int_eq(scanwatch_configure(watch, 5, 60), 0);
}

static void tear_down(void)
{
	scanwatch_free(watch);
	topology_clear(&topology);
	ifnames_free(ifnames);
	journal_close(journal);
	testdir_remove(directory);
}

/* The lines of the log that have all of these texts; the last one is in line. */
static char line[4096];

static unsigned int lines_with(const char *one, const char *other)
{
	struct logread *log;
	unsigned int count = 0;
	size_t length;
	char *text;
	scanwatch_flush(watch);
	ck_assert_int_eq(logread_open(directory, &log), 0);
	while (logread_next(log, &text, &length) > 0) {
		if (!strstr(text, one) || !strstr(text, other))
			continue;
		snprintf(line, sizeof(line), "%s", text);
		count++;
	}
	logread_close(log);
	return count;
}

static unsigned int scans(void)
{
	return lines_with("\"event.action\":\"scan\"", "");
}

static struct nflog_packet packet_of(const char *prefix, uint8_t protocol, uint16_t port)
{
	return (struct nflog_packet){
		.flow = { .key = { .saddr = { 10, 30, 17, 5 },
				  .daddr = { 10, 10, 0, 10 },
				  .family = ADDR_IPV4,
				  .protocol = protocol },
			.has_ports = protocol == IPPROTO_TCP,
			.dport = port },
		.prefix = prefix,
		.index_in = 1,
		.has_time = true,
		.time = START + port,
		.has_mac = true,
		.mac = { 0, 0, 0x5e, 0, 0x53, 5 },
	};
}

static void send_ports(const char *prefix, uint16_t count)
{
	for (uint16_t port = 1; port <= count; port++) {
		struct nflog_packet packet = packet_of(prefix, IPPROTO_TCP, port);
		scanwatch_packet(watch, &packet);
	}
}

static void send_pings(uint8_t type, uint8_t count)
{
	for (uint8_t host = 1; host <= count; host++) {
		struct nflog_packet packet =
			packet_of("hedate no-path internet mynumber 0123456789ab", IPPROTO_ICMP, 0);
		packet.flow.key.daddr[3] = host;
		packet.flow.has_icmp = true;
		packet.flow.icmp_type = type;
		scanwatch_packet(watch, &packet);
	}
}

START_TEST(test_record)
{
	send_ports("hedate no-path internet mynumber 0123456789ab", 4);
	ck_assert_uint_eq(scans(), 0);
	send_ports("hedate no-path internet mynumber 0123456789ab", 7);
	ck_assert_uint_eq(scans(), 1);
	static const char *const members[] = {
		"\"event.kind\":\"alert\",\"event.category\":\"intrusion_detection\"",
		"\"rule.ruleset\":\"0123456789ab\"",
		"\"message\":\"10.30.17.5 tried 5 targets in 1 s (addresses: 1, ports: 5)\"",
		"\"hedate.zone.source\":\"internet\",\"hedate.zone.destination\":\"mynumber\"",
		"\"hedate.segment.source\":\"internet.terminals\"",
		"\"observer.ingress.interface.name\":\"lo\"",
		"\"source.mac\":\"00-00-5E-00-53-05\",\"source.ip\":\"10.30.17.5\"",
		"\"hedate.scan.reason\":\"no-path\"",
		"\"hedate.scan.targets\":5,\"hedate.scan.addresses\":1,\"hedate.scan.ports\":5",
		"\"hedate.scan.last\":\"10.10.0.10 tcp 5\"",
	};
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		ck_assert_msg(strstr(line, members[i]), "%s is not in %s", members[i], line);
}
END_TEST

START_TEST(test_no_tries)
{
	send_ports("hedate revoked internet mynumber 0123456789ab", 20);
	send_ports("hedate limit internet mynumber 0123456789ab", 20);
	send_ports("hedate island internet mynumber 0123456789ab", 20);
	send_ports("another program's prefix", 20);
	send_pings(0, 20);  /* echo reply */
	send_pings(3, 20);  /* unreachable */
	send_pings(11, 20); /* time exceeded */
	ck_assert_uint_eq(scans(), 0);
	send_pings(8, 20);
	ck_assert_uint_eq(scans(), 1);
}
END_TEST

START_TEST(test_forged)
{
	for (uint8_t i = 1; i <= 5; i++) {
		struct nflog_packet packet =
			packet_of("hedate spoof internet unknown 0123456789ab", IPPROTO_TCP, i);
		packet.flow.key.saddr[3] = i;
		scanwatch_packet(watch, &packet);
	}
	ck_assert_uint_eq(scans(), 1);
	ck_assert_ptr_nonnull(strstr(line, "\"message\":\"00-00-5E-00-53-05 tried"));
	ck_assert_ptr_nonnull(strstr(line, "\"source.mac\":\"00-00-5E-00-53-05\""));
	ck_assert_ptr_null(strstr(line, "source.ip"));
}
END_TEST

/* Flows whose packets were lost on their way are tries, too. */
START_TEST(test_counted)
{
	for (uint16_t port = 1; port <= 5; port++) {
		const struct record_flow flow = {
			.key = { .saddr = { 10, 30, 17, 5 },
				.daddr = { 10, 10, 0, 10 },
				.family = ADDR_IPV4,
				.protocol = IPPROTO_UDP },
			.reason = "no-path",
			.from = "internet.terminals",
			.to = "mynumber",
			.revision = "0123456789ab",
			.has_ports = true,
			.dport = port,
		};
		scanwatch_flow(watch, &flow);
	}
	ck_assert_uint_eq(scans(), 1);
	ck_assert_ptr_nonnull(strstr(line, "\"hedate.zone.source\":\"internet\""));
	ck_assert_ptr_nonnull(strstr(line, "\"hedate.segment.source\":\"internet.terminals\""));
	ck_assert_ptr_nonnull(strstr(line, "\"hedate.scan.last\":\"10.10.0.10 udp 5\""));
	ck_assert_ptr_null(strstr(line, "source.mac"));
}
END_TEST

START_TEST(test_end)
{
	send_ports("hedate no-path internet mynumber 0123456789ab", 9);
	ck_assert_uint_eq(scans(), 1);
	ck_assert_uint_eq(lines_with("\"event.action\":\"scan-end\"", ""), 0);
	ck_assert_int_eq(scanwatch_configure(watch, 0, 60), 0);
	ck_assert_uint_eq(
		lines_with("\"event.action\":\"scan-end\"", "\"source.ip\":\"10.30.17.5\""), 1);
	ck_assert_ptr_nonnull(strstr(line, "\"hedate.scan.targets\":9"));
	send_ports("hedate no-path internet mynumber 0123456789ab", 9);
	ck_assert_uint_eq(scans(), 1);
}
END_TEST

/* A recorder that has started says once that it counts anew, when scans are looked for. */
START_TEST(test_anew)
{
	ck_assert_uint_eq(lines_with("\"event.action\":\"scan-anew\"",
				  "\"hedate.scan.targets\":5,\"hedate.scan.seconds\":60"),
		1);
	ck_assert_int_eq(scanwatch_configure(watch, 9, 30), 0);
	ck_assert_uint_eq(lines_with("\"event.action\":\"scan-anew\"", ""), 1);
	scanwatch_free(watch);
	ck_assert_int_eq(scanwatch_new(journal, &topology, ifnames, &watch), 0);
	ck_assert_int_eq(scanwatch_configure(watch, 0, 60), 0);
	ck_assert_uint_eq(lines_with("\"event.action\":\"scan-anew\"", ""), 1);
	ck_assert_int_eq(scanwatch_configure(watch, 9, 30), 0);
	ck_assert_uint_eq(lines_with("\"event.action\":\"scan-anew\"", ""), 2);
}
END_TEST

/* Of more scans than may be written in a minute, the first ones are. */
START_TEST(test_too_many)
{
	for (unsigned int source = 0; source < SCANWATCH_EVENTS_MAX + 100; source++) {
		for (uint16_t port = 1; port <= 5; port++) {
			struct nflog_packet packet = packet_of(
				"hedate no-path internet mynumber 0123456789ab", IPPROTO_TCP, port);
			packet.flow.key.saddr[2] = (uint8_t)(source >> 8);
			packet.flow.key.saddr[3] = (uint8_t)source;
			scanwatch_packet(watch, &packet);
		}
		if (source % 100 == 99)
			scanwatch_flush(watch);
	}
	ck_assert_uint_eq(scans(), SCANWATCH_EVENTS_MAX);
	ck_assert_uint_eq(lines_with("\"event.action\":\"scan-overflow\"", ""), 0);
	ticks += 60 * CLOCK_SECOND;
	ck_assert_uint_eq(lines_with("\"event.action\":\"scan-overflow\"",
				  "\"hedate.scan.forgotten\":0,\"hedate.scan.unsaid\":100"),
		1);
	ticks += 60 * CLOCK_SECOND;
	ck_assert_uint_eq(lines_with("\"event.action\":\"scan-overflow\"", ""), 1);
}
END_TEST

/* More forged addresses than are kept: how many were forgotten is on record. */
START_TEST(test_forgotten)
{
	struct nflog_packet packet =
		packet_of("hedate no-path internet mynumber 0123456789ab", IPPROTO_TCP, 1);
	const uint32_t count = (1u << 17) + 1000; /* SCAN_SOURCES_MAX */
	for (uint32_t source = 0; source < count; source++) {
		memcpy(packet.flow.key.saddr, &source, sizeof(source));
		scanwatch_packet(watch, &packet);
	}
	ticks += 60 * CLOCK_SECOND;
	ck_assert_uint_eq(lines_with("\"event.action\":\"scan-overflow\"",
				  "\"hedate.scan.forgotten\":1000,\"hedate.scan.unsaid\":0"),
		1);
	ck_assert_uint_eq(scans(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scanwatch");
	TCase *tests = tcase_create("scanwatch");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_record);
	tcase_add_test(tests, test_no_tries);
	tcase_add_test(tests, test_forged);
	tcase_add_test(tests, test_counted);
	tcase_add_test(tests, test_end);
	tcase_add_test(tests, test_anew);
	tcase_add_test(tests, test_too_many);
	tcase_add_test(tests, test_forgotten);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
