/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/record.h"
#include "suite.h"

static struct json json;
static const struct record_origin origin = {
	.site = "aobano", .table = "0123456789abcdef", .profile = "miyazaki", .model = "alpha"
};

static void set_up(void)
{
	json_init(&json);
}

static void tear_down(void)
{
	ck_assert(!json.failed);
	json_clear(&json);
}

static struct record_flow example(void)
{
	return (struct record_flow){
		.key = { .saddr = { 10, 30, 17, 5 },
			.daddr = { 10, 10, 0, 10 },
			.code = 5,
			.sport = 40000,
			.dport = 1433,
			.family = ADDR_IPV4,
			.class = FLOW_TCP,
			.protocol = IPPROTO_TCP },
		.reason = "no-path",
		.revision = "0a1b2c3d4e5f",
		.from = "internet",
		.to = "mynumber",
		.segment_from = "internet.terminals",
		.segment_to = "mynumber.servers",
		.interface_in = "eno3.310",
		.interface_out = "eno1.120",
		.start = INT64_C(1795161600123456789),
		.end = INT64_C(1795161610000000000),
		.boottime = INT64_C(123456789000),
		.packets = 3,
		.bytes = 180,
		.epoch = 41,
		.length = 60,
		.detail = RECORD_FULL,
		.has_mac = true,
		.has_ports = true,
		.has_tcp_flags = true,
		.mac = { 0, 0, 0x5e, 0, 0x53, 5 },
		.tcp_flags = 0x02,
		.sport = 40000,
		.dport = 1433,
	};
}

START_TEST(test_flow)
{
	struct record_flow flow = example();
	record_flow_write(&json, &origin, 17, &flow);
	ck_assert_str_eq(json.text,
		"{\"@timestamp\":\"2026-11-20T08:00:00.123456789Z\",\"event.sequence\":17,"
		"\"event.kind\":\"event\",\"event.category\":\"network\",\"event.type\":\"denied\","
		"\"event.action\":\"flow-blocked\",\"event.outcome\":\"success\","
		"\"event.reason\":\"no-path\",\"event.start\":\"2026-11-20T08:00:00.123456789Z\","
		"\"event.end\":\"2026-11-20T08:00:10.000000000Z\",\"hedate.boottime\":\"123."
		"456789\","
		"\"observer.name\":\"aobano\",\"rule.ruleset\":\"0a1b2c3d4e5f\","
		"\"hedate.profile\":\"miyazaki\",\"hedate.model\":\"alpha\","
		"\"hedate.zone.source\":\"internet\",\"hedate.zone.destination\":\"mynumber\","
		"\"hedate.segment.source\":\"internet.terminals\","
		"\"hedate.segment.destination\":\"mynumber.servers\","
		"\"observer.ingress.interface.name\":\"eno3.310\","
		"\"observer.egress.interface.name\":\"eno1.120\","
		"\"source.mac\":\"00-00-5E-00-53-05\",\"source.ip\":\"10.30.17.5\","
		"\"source.port\":40000,\"destination.ip\":\"10.10.0.10\",\"destination.port\":1433,"
		"\"network.type\":\"ipv4\",\"network.transport\":\"tcp\","
		"\"network.iana_number\":\"6\",\"hedate.tcp.flags\":\"S\",\"network.packets\":3,"
		"\"network.bytes\":180,\"hedate.length\":60,\"hedate.detail\":\"full\","
		"\"hedate.epoch\":41,\"hedate.table\":\"0123456789abcdef\"}\n");
}
END_TEST

/* What was only observed has passed, and is not called blocked. */
START_TEST(test_observed_flow)
{
	struct record_flow flow = example();

	flow.reason = "observed";
	record_flow_write(&json, &origin, 17, &flow);
	ck_assert_ptr_nonnull(strstr(json.text,
		"\"event.category\":\"network\",\"event.type\":\"allowed\","
		"\"event.action\":\"flow-observed\",\"event.outcome\":\"success\","
		"\"event.reason\":\"observed\","));
	ck_assert_ptr_null(strstr(json.text, "denied"));
	json_reset(&json);
	flow.reason = "limit";
	record_flow_write(&json, &origin, 18, &flow);
	ck_assert_ptr_nonnull(strstr(json.text, "\"denied\",\"event.action\":\"flow-blocked\""));
	/* A reason that is not known is none that passes. */
	json_reset(&json);
	flow.reason = NULL;
	record_flow_write(&json, &origin, 19, &flow);
	ck_assert_ptr_nonnull(strstr(json.text, "\"denied\",\"event.action\":\"flow-blocked\""));
}
END_TEST

START_TEST(test_flow_of_which_little_is_known)
{
	const struct record_origin nobody = { .site = "", .table = NULL };
	struct record_flow flow = {
		.key = { .saddr = { 0xfd, [15] = 1 },
			.daddr = { 0xfd, [15] = 2 },
			.family = ADDR_IPV6,
			.class = FLOW_ICMP,
			.protocol = IPPROTO_ICMPV6 },
		.reason = "spoof",
		.from = "internet.terminals",
		.to = "unknown",
		.segment_from = "another.one", /* the place says more */
		.start = INT64_C(1795161600000000000),
		.end = 5, /* before the start: a clock was set */
		.boottime = -1,
		.packets = 1,
		.bytes = 104,
		.epoch = 1,
		.detail = RECORD_COUNTED,
		.has_icmp = true,
		.icmp_type = 128,
	};
	record_flow_write(&json, &nobody, 1, &flow);
	ck_assert_str_eq(json.text,
		"{\"@timestamp\":\"2026-11-20T08:00:00.000000000Z\",\"event.sequence\":1,"
		"\"event.kind\":\"event\",\"event.category\":\"network\",\"event.type\":\"denied\","
		"\"event.action\":\"flow-blocked\",\"event.outcome\":\"success\","
		"\"event.reason\":\"spoof\",\"event.start\":\"2026-11-20T08:00:00.000000000Z\","
		"\"event.end\":\"2026-11-20T08:00:00.000000000Z\","
		"\"hedate.zone.source\":\"internet\",\"hedate.zone.destination\":\"unknown\","
		"\"hedate.segment.source\":\"internet.terminals\",\"source.ip\":\"fd00::1\","
		"\"destination.ip\":\"fd00::2\",\"network.type\":\"ipv6\","
		"\"network.transport\":\"ipv6-icmp\",\"network.iana_number\":\"58\","
		"\"hedate.icmp.type\":128,\"hedate.icmp.code\":0,\"network.packets\":1,"
		"\"network.bytes\":104,\"hedate.detail\":\"counted\",\"hedate.epoch\":1}\n");
}
END_TEST

static const struct {
	uint8_t flags;
	const char *text;
} flag_cases[] = {
	{ 0x00, "\"hedate.tcp.flags\":\"\"" },
	{ 0x12, "\"hedate.tcp.flags\":\"SA\"" },
	{ 0x11, "\"hedate.tcp.flags\":\"FA\"" },
	{ 0x29, "\"hedate.tcp.flags\":\"FPU\"" },
	{ 0xff, "\"hedate.tcp.flags\":\"FSRPAUEC\"" },
};

START_TEST(test_flags)
{
	struct record_flow flow = example();
	flow.tcp_flags = flag_cases[_i].flags;
	record_flow_write(&json, &origin, 1, &flow);
	ck_assert_ptr_nonnull(strstr(json.text, flag_cases[_i].text));
}
END_TEST

START_TEST(test_unnamed_protocol)
{
	struct record_flow flow = example();
	flow.key.protocol = 253;
	flow.detail = RECORD_OVERFLOW;
	record_flow_write(&json, &origin, 1, &flow);
	ck_assert_ptr_nonnull(
		strstr(json.text, "\"network.type\":\"ipv4\",\"network.iana_number\":\"253\""));
	ck_assert_ptr_nonnull(strstr(json.text, "\"hedate.detail\":\"overflow\""));
}
END_TEST

START_TEST(test_several_ports)
{
	struct record_flow flow = example();
	flow.key.class = FLOW_OTHER;
	record_flow_write(&json, &origin, 1, &flow);
	ck_assert_ptr_nonnull(strstr(json.text,
		"\"hedate.detail\":\"full\",\"hedate.collapsed\":true,\"hedate.epoch\""));
	json_reset(&json);
	flow.packets = 1;
	record_flow_write(&json, &origin, 1, &flow);
	ck_assert_ptr_null(strstr(json.text, "collapsed"));
}
END_TEST

START_TEST(test_event)
{
	const struct record_extra extras[] = {
		{ .key = "user", .text = "花子\"\n{}" },
		{ .key = "paths", .number = 25 },
	};
	const struct record_event event = {
		.time = INT64_C(1795161600000000001),
		.action = "apply",
		.outcome = "success",
		.revision = "0a1b2c3d4e5f",
		.message = "applied",
		.extras = extras,
		.extra_count = 2,
	};
	record_event_write(&json, &origin, 2, &event);
	ck_assert_str_eq(json.text,
		"{\"@timestamp\":\"2026-11-20T08:00:00.000000001Z\",\"event.sequence\":2,"
		"\"event.kind\":\"event\",\"event.category\":\"configuration\","
		"\"event.action\":\"apply\",\"event.outcome\":\"success\","
		"\"observer.name\":\"aobano\",\"rule.ruleset\":\"0a1b2c3d4e5f\","
		"\"hedate.profile\":\"miyazaki\",\"hedate.model\":\"alpha\","
		"\"message\":\"applied\",\"hedate.user\":\"花子\\\"\\n{}\",\"hedate.paths\":25}\n");
}
END_TEST

static const struct {
	const char *action, *category;
} category_cases[] = {
	{ "start", "process" },
	{ "stop", "process" },
	{ "recorder-gap", "process" },
	{ "records-lost", "process" },
	{ "log-failed", "process" },
	{ "apply-refused", "configuration" },
	{ "started", "configuration" },
};

START_TEST(test_categories)
{
	char expected[64];
	const struct record_event event = { .action = category_cases[_i].action };
	record_event_write(&json, &origin, 2, &event);
	snprintf(expected, sizeof(expected), "\"event.category\":\"%s\",",
		category_cases[_i].category);
	ck_assert_ptr_nonnull(strstr(json.text, expected));
}
END_TEST

START_TEST(test_ledger)
{
	const struct record_ledger ledger = {
		.epoch = 41,
		.start = INT64_C(1795161600000000000),
		.end = INT64_C(1795161610000000000),
		.packets = 10,
		.recorded = 8,
		.lost = 2,
		.total_kernel = 100,
		.total_recorded = 90,
		.total_lost = 10,
	};
	record_ledger_write(&json, &origin, 3, INT64_C(1795161611000000000), &ledger);
	ck_assert_str_eq(json.text,
		"{\"@timestamp\":\"2026-11-20T08:00:11.000000000Z\",\"event.sequence\":3,"
		"\"event.kind\":\"metric\",\"event.action\":\"ledger\","
		"\"observer.name\":\"aobano\",\"hedate.epoch\":41,"
		"\"hedate.table\":\"0123456789abcdef\","
		"\"hedate.epoch_start\":\"2026-11-20T08:00:00.000000000Z\","
		"\"hedate.epoch_end\":\"2026-11-20T08:00:10.000000000Z\","
		"\"hedate.ledger.packets\":10,\"hedate.ledger.recorded\":8,\"hedate.ledger.lost\":"
		"2,"
		"\"hedate.total.kernel\":100,\"hedate.total.recorded\":90,"
		"\"hedate.total.lost\":10}\n");
}
END_TEST

static const struct {
	int64_t time;
	const char *text;
} time_cases[] = {
	{ 0, "1970-01-01T00:00:00.000000000Z" },
	{ -1, "1970-01-01T00:00:00.000000000Z" },
	{ INT64_MIN, "1970-01-01T00:00:00.000000000Z" },
	{ 999999999, "1970-01-01T00:00:00.999999999Z" },
	{ INT64_C(1709208000000000000), "2024-02-29T12:00:00.000000000Z" },
	{ INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
};

START_TEST(test_times)
{
	char text[RECORD_TIME_MAX];
	record_time_format(time_cases[_i].time, text);
	ck_assert_str_eq(text, time_cases[_i].text);
}
END_TEST

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *tests = tcase_create("record");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_flow);
	tcase_add_test(tests, test_observed_flow);
	tcase_add_test(tests, test_flow_of_which_little_is_known);
	tcase_add_loop_test(tests, test_flags, 0, COUNT(flag_cases));
	tcase_add_test(tests, test_unnamed_protocol);
	tcase_add_test(tests, test_several_ports);
	tcase_add_test(tests, test_event);
	tcase_add_loop_test(tests, test_categories, 0, COUNT(category_cases));
	tcase_add_test(tests, test_ledger);
	tcase_add_loop_test(tests, test_times, 0, COUNT(time_cases));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
