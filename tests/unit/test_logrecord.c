/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the log, filters, and times. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lib/logrecord.h"
#include "../../lib/logtime.h"
#include "suite.h"

/* What the recorder writes, see record.h. */
static const char flow[] =
	"{\"@timestamp\":\"2026-11-20T08:00:00.123456789Z\",\"event.sequence\":17,"
	"\"event.kind\":\"event\",\"event.category\":\"network\",\"event.type\":\"denied\","
	"\"event.action\":\"flow-blocked\",\"event.outcome\":\"success\",\"event.reason\":\"no-"
	"path\","
	"\"event.start\":\"2026-11-20T08:00:00.123456789Z\",\"event.end\":\"2026-11-20T08:00:10Z\","
	"\"observer.name\":\"aobano\",\"rule.ruleset\":\"0123456789ab\","
	"\"hedate.zone.source\":\"internet\",\"hedate.zone.destination\":\"mynumber\","
	"\"hedate.segment.source\":\"internet.terminals\","
	"\"hedate.segment.destination\":\"mynumber.servers\","
	"\"observer.ingress.interface.name\":\"eno3.310\","
	"\"observer.egress.interface.name\":\"eno1.120\",\"source.mac\":\"00-00-5E-00-53-05\","
	"\"source.ip\":\"10.30.17.5\",\"source.port\":40000,\"destination.ip\":\"10.10.0.10\","
	"\"destination.port\":1433,\"network.type\":\"ipv4\",\"network.transport\":\"tcp\","
	"\"network.iana_number\":\"6\",\"hedate.tcp.flags\":\"S\",\"network.packets\":3,"
	"\"network.bytes\":180,\"hedate.length\":60,\"hedate.detail\":\"full\"}";

static const char loss[] =
	"{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":"
	"\"records-lost\",\"event.outcome\":\"failure\",\"hedate.lost.packets\":5}";
static const char event[] = "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"apply\","
			    "\"rule.ruleset\":\"0123456789ab\",\"message\":\"隔て\\u3066\"}";
static const char ledger[] =
	"{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"ledger\"}";

#define FLOW_TIME INT64_C(1795161600123456789)

/* The record's texts lie in here. */
static char line[4096];

static struct log_record parse(const char *text)
{
	struct log_record record;

	snprintf(line, sizeof(line), "%s", text);
	ck_assert_int_eq(log_record_parse(line, strlen(line), &record), 0);
	return record;
}

static struct log_filter everything(void)
{
	return (struct log_filter){ .since = INT64_MIN, .until = INT64_MAX };
}

START_TEST(test_fields)
{
	struct log_record record = parse(flow);

	ck_assert_int_eq(record.time, FLOW_TIME);
	ck_assert_str_eq(record.sequence, "17");
	ck_assert_str_eq(record.reason, "no-path");
	ck_assert_str_eq(record.revision, "0123456789ab");
	ck_assert_str_eq(record.segment_destination, "mynumber.servers");
	ck_assert_str_eq(record.source_ip, "10.30.17.5");
	ck_assert_str_eq(record.destination_port, "1433");
	ck_assert_str_eq(record.packets, "3");
	ck_assert_str_eq(record.detail, "full");
	ck_assert_ptr_null(record.icmp_type);
	ck_assert_ptr_null(record.message);
	record = parse(event);
	ck_assert_str_eq(record.message, "隔てて");
	/* In any order, with keys that are not known, null as if absent. */
	record = parse("{\"x\":1,\"message\":\"m\",\"source.ip\":null,\"a\":[1,{\"b\":2}],"
		       "\"@timestamp\":\"2026-11-20T08:00:00Z\"}");
	ck_assert_str_eq(record.message, "m");
	ck_assert_ptr_null(record.source_ip);
}
END_TEST

static const char *const bad_lines[] = {
	"",
	"{}",
	"[]",
	"{\"@timestamp\":\"yesterday\"}",
	"{\"@timestamp\":5}",
	"{\"@timestamp\":\"2026-11-20T08:00:00Z\"",
	"{\"@timestamp\":\"2026-11-20T08:00:00Z\"} x",
	"{\"message\":\"no time\"}",
};

START_TEST(test_bad_lines)
{
	struct log_record record;

	snprintf(line, sizeof(line), "%s", bad_lines[_i]);
	ck_assert_int_eq(log_record_parse(line, strlen(line), &record), -EINVAL);
}
END_TEST

START_TEST(test_quick_time)
{
	int64_t time = 0;

	ck_assert_int_eq(log_record_time(flow, strlen(flow), &time), 0);
	ck_assert_int_eq(time, FLOW_TIME);
	for (size_t length = 0; length < 45; length++)
		ck_assert_int_eq(log_record_time(flow, length, &time), -EINVAL);
	ck_assert_int_eq(log_record_time("{\"a\":1,\"@timestamp\":1}", 22, &time), -EINVAL);
}
END_TEST

START_TEST(test_classes)
{
	struct log_record record = parse(flow);

	ck_assert_int_eq(log_record_class(&record), LOG_CLASS_FLOW);
	record = parse(loss);
	ck_assert_int_eq(log_record_class(&record), LOG_CLASS_LOSS);
	record = parse(event);
	ck_assert_int_eq(log_record_class(&record), LOG_CLASS_EVENT);
	record = parse(ledger);
	ck_assert_int_eq(log_record_class(&record), LOG_CLASS_LEDGER);
	ck_assert(!log_line_ends_group(flow, strlen(flow)));
	ck_assert(!log_line_ends_group(loss, strlen(loss)));
	ck_assert(log_line_ends_group(event, strlen(event)));
	ck_assert(log_line_ends_group(ledger, strlen(ledger)));
	/* What is no line of the log ends nothing, and a text cannot play a key. */
	ck_assert(!log_line_ends_group("", 0));
	ck_assert(!log_line_ends_group("{\"event.action\":\"led", 21));
	static const char quoted[] =
		"{\"m\":\"\\\"event.action\\\":\\\"ledger\\\"\",\"event.action\":"
		"\"flow-blocked\"}";
	ck_assert(!log_line_ends_group(quoted, strlen(quoted)));
	static const char observed[] = "{\"@timestamp\":\"2026-11-20T08:00:00Z\","
				       "\"event.action\":\"flow-observed\"}";
	ck_assert(!log_line_ends_group(observed, strlen(observed)));
	record = parse(observed);
	ck_assert_int_eq(log_record_class(&record), LOG_CLASS_FLOW);
}
END_TEST

/* One member of a filter, and whether the flow above matches it. */
static const struct {
	enum {
		PLACE,
		FROM,
		TO,
		EITHER,
		SOURCE,
		DESTINATION,
		PORT,
		REASON,
		PROTOCOL,
		INTERFACE,
		MAC,
		REVISION,
		ACTION
	} what;
	const char *value;
	bool matches;
} filters[] = {
	{ PLACE, "internet", true },
	{ PLACE, "mynumber", true },
	{ PLACE, "mynumber.servers", true },
	{ PLACE, "lgwan", false },
	{ PLACE, "mynumber.terminals", false },
	{ PLACE, "inter", false },
	{ FROM, "internet", true },
	{ FROM, "internet.terminals", true },
	{ FROM, "mynumber", false },
	{ TO, "mynumber", true },
	{ TO, "internet", false },
	{ EITHER, "10.30.17.5", true },
	{ EITHER, "10.10.0.10", true },
	{ EITHER, "10.10.0.0/24", true },
	{ EITHER, "10.0.0.0/8", true },
	{ EITHER, "10.10.0.99/24", true },
	{ EITHER, "10.20.0.0/16", false },
	{ EITHER, "::/0", false },
	{ SOURCE, "10.30.16.0/22", true },
	{ SOURCE, "10.10.0.10", false },
	{ SOURCE, "10.30.17.4", false },
	{ DESTINATION, "10.10.0.10", true },
	{ DESTINATION, "10.30.17.5", false },
	{ PORT, "1433", true },
	{ PORT, "40000", true },
	{ PORT, "143", false },
	{ PORT, "0", false },
	{ REASON, "no-path", true },
	{ REASON, "spoof", false },
	{ PROTOCOL, "6", true },
	{ PROTOCOL, "tcp", true },
	{ PROTOCOL, "17", false },
	{ INTERFACE, "eno3.310", true },
	{ INTERFACE, "eno1.120", true },
	{ INTERFACE, "eno1", false },
	{ MAC, "00:00:5e:00:53:05", true },
	{ MAC, "00-00-5E-00-53-05", true },
	{ MAC, "00:00:5e:00:53:06", false },
	{ MAC, "00:00:5e:00:53:0", false },
	{ REVISION, "0123456789ab", true },
	{ REVISION, "0123", true },
	{ REVISION, "0124", false },
	{ REVISION, "0123456789abc", false },
	{ ACTION, "flow-blocked", true },
	{ ACTION, "ledger", false },
};

static void set(struct log_filter *filter, int what, const char *value)
{
	switch (what) {
	case PLACE:
		filter->place = value;
		break;
	case FROM:
		filter->from = value;
		break;
	case TO:
		filter->to = value;
		break;
	case EITHER:
		ck_assert_int_eq(log_address_parse(value, &filter->either), 0);
		break;
	case SOURCE:
		ck_assert_int_eq(log_address_parse(value, &filter->source), 0);
		break;
	case DESTINATION:
		ck_assert_int_eq(log_address_parse(value, &filter->destination), 0);
		break;
	case PORT:
		filter->port_set = true;
		filter->port = (uint16_t)atoi(value);
		break;
	case REASON:
		filter->reason = value;
		break;
	case PROTOCOL:
		filter->protocol = value;
		break;
	case INTERFACE:
		filter->interface = value;
		break;
	case MAC:
		filter->mac = value;
		break;
	case REVISION:
		filter->revision = value;
		break;
	case ACTION:
		filter->action = value;
		break;
	}
}

START_TEST(test_filters)
{
	struct log_filter filter = everything();
	struct log_record record = parse(flow);

	ck_assert(log_filter_match(&filter, &record));
	set(&filter, (int)filters[_i].what, filters[_i].value);
	ck_assert_int_eq(log_filter_match(&filter, &record), filters[_i].matches);
	/* A loss passes every filter of flows. */
	record = parse(loss);
	ck_assert_int_eq(log_filter_match(&filter, &record), filters[_i].what != ACTION);
}
END_TEST

START_TEST(test_filter_of_time)
{
	struct log_filter filter = everything();
	struct log_record record = parse(flow);

	filter.since = FLOW_TIME;
	ck_assert(log_filter_match(&filter, &record));
	filter.since = FLOW_TIME + 1;
	ck_assert(!log_filter_match(&filter, &record));
	filter.since = INT64_MIN;
	filter.until = FLOW_TIME + 1;
	ck_assert(log_filter_match(&filter, &record));
	filter.until = FLOW_TIME;
	ck_assert(!log_filter_match(&filter, &record));
	record = parse(loss);
	filter.until = 0;
	ck_assert(!log_filter_match(&filter, &record));
}
END_TEST

START_TEST(test_filter_of_events)
{
	struct log_filter filter = everything();
	struct log_record record = parse(event);

	ck_assert(!log_filter_match(&filter, &record));
	filter.events = true;
	ck_assert(log_filter_match(&filter, &record));
	filter.place = "lgwan";
	ck_assert(!log_filter_match(&filter, &record));
	filter = everything();
	filter.action = "apply";
	ck_assert(log_filter_match(&filter, &record));
	record = parse(ledger);
	filter = everything();
	filter.events = true;
	ck_assert(!log_filter_match(&filter, &record));
	filter.action = "ledger";
	ck_assert(log_filter_match(&filter, &record));
}
END_TEST

#define SECOND INT64_C(1000000000)

static const struct {
	const char *text;
	int64_t time;
} good_times[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "2026-11-20T08:00:00.123456789Z", FLOW_TIME },
	{ "2026-11-20T17:00:00.123456789+09:00", FLOW_TIME },
	{ "2026-11-20 08:00:00.1234567891234z", FLOW_TIME },
	{ "2026-11-20T03:30:00.123456789-04:30", FLOW_TIME },
	{ "2000-02-29T23:59:59Z", 951868799 * SECOND },
	{ "2024-12-31T23:59:60Z", INT64_C(1735689599) * SECOND },
	{ "2100-03-01T00:00:00Z", INT64_C(4107542400) * SECOND },
};

static const char *const bad_times[] = {
	"",
	"2026",
	"2026-11-20",
	"2026-11-20T08:00:00",
	"2026-11-20T08:00Z",
	"2026-13-01T00:00:00Z",
	"2026-00-01T00:00:00Z",
	"2026-02-29T00:00:00Z",
	"2100-02-29T00:00:00Z",
	"2026-11-31T00:00:00Z",
	"2026-11-20T24:00:00Z",
	"2026-11-20T08:60:00Z",
	"2026-11-20T08:00:61Z",
	"2026-11-20T08:00:00.Z",
	"2026-11-20T08:00:00+9:00",
	"2026-11-20T08:00:00+24:00",
	"2026-11-20T08:00:00ZZ",
	"1969-12-31T23:59:59Z",
	"9999-01-01T00:00:00Z",
	"2026-11-20T08:00:00Z ",
	" 2026-11-20T08:00:00Z",
	"-026-11-20T08:00:00Z",
};

START_TEST(test_rfc3339)
{
	int64_t time = -1;

	ck_assert_int_eq(logtime_parse(good_times[_i].text, &time), 0);
	ck_assert_int_eq(time, good_times[_i].time);
}
END_TEST

START_TEST(test_not_rfc3339)
{
	int64_t time;

	ck_assert_int_eq(logtime_parse(bad_times[_i], &time), -EINVAL);
}
END_TEST

/* In Japan, at 2026-11-20 17:00:00.5: each text, as --since and as --until, local. */
static const struct {
	const char *text;
	const char *begin, *end; /* NULL: refused */
} persons[] = {
	{ "now", "2026-11-20T08:00:00.5Z", "2026-11-20T08:00:00.5Z" },
	{ "today", "2026-11-19T15:00:00Z", "2026-11-20T15:00:00Z" },
	{ "yesterday", "2026-11-18T15:00:00Z", "2026-11-19T15:00:00Z" },
	{ "2026-11-20", "2026-11-19T15:00:00Z", "2026-11-20T15:00:00Z" },
	{ "2026-10-31", "2026-10-30T15:00:00Z", "2026-10-31T15:00:00Z" },
	{ "2026-11-20 10:30", "2026-11-20T01:30:00Z", "2026-11-20T01:30:00Z" },
	{ "2026-11-20T10:30:15", "2026-11-20T01:30:15Z", "2026-11-20T01:30:15Z" },
	{ "10:30", "2026-11-20T01:30:00Z", "2026-11-20T01:30:00Z" },
	{ "00:00:01", "2026-11-19T15:00:01Z", "2026-11-19T15:00:01Z" },
	{ "-1h", "2026-11-20T07:00:00.5Z", "2026-11-20T07:00:00.5Z" },
	{ "-1h30m", "2026-11-20T06:30:00.5Z", "2026-11-20T06:30:00.5Z" },
	{ "-2d", "2026-11-18T08:00:00.5Z", "2026-11-18T08:00:00.5Z" },
	{ "-1w", "2026-11-13T08:00:00.5Z", "2026-11-13T08:00:00.5Z" },
	{ "-90s", "2026-11-20T07:58:30.5Z", "2026-11-20T07:58:30.5Z" },
	{ "2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z" },
	{ "", NULL, NULL },
	{ "-", NULL, NULL },
	{ "-1", NULL, NULL },
	{ "-h", NULL, NULL },
	{ "-1y", NULL, NULL },
	{ "1h", NULL, NULL },
	{ "-100000000w", NULL, NULL },
	{ "-99999999999999999999s", NULL, NULL },
	{ "25:00", NULL, NULL },
	{ "10:3", NULL, NULL },
	{ "tomorrow", NULL, NULL },
	{ "2026-02-30", NULL, NULL },
	{ "2026-11-20 10:30 x", NULL, NULL },
	{ "2026-11-20x10:30", NULL, NULL },
};

static void in_japan(void)
{
	setenv("TZ", "JST-9", 1);
	tzset();
}

START_TEST(test_person)
{
	const int64_t now = INT64_C(1795161600500000000);
	int64_t time = 0, wanted = 0;
	const char *const texts[] = { persons[_i].begin, persons[_i].end };

	for (int end = 0; end < 2; end++) {
		int result = logtime_parse_person(persons[_i].text, now, end == 1, &time);

		if (!texts[end]) {
			ck_assert_int_eq(result, -EINVAL);
			continue;
		}
		ck_assert_int_eq(logtime_parse(texts[end], &wanted), 0);
		ck_assert_int_eq(result, 0);
		ck_assert_int_eq(time, wanted);
	}
}
END_TEST

START_TEST(test_format)
{
	char text[LOGTIME_TEXT_MAX], day[LOGTIME_DAY_MAX];

	logtime_format_local(FLOW_TIME, text);
	ck_assert_str_eq(text, "2026-11-20 17:00:00.123");
	logtime_format_local(-1, text);
	ck_assert_str_eq(text, "1970-01-01 08:59:59.999");
	logtime_zone(FLOW_TIME, text);
	ck_assert_str_eq(text, "JST");
	logtime_day(FLOW_TIME, day);
	ck_assert_str_eq(day, "20261120");
	logtime_day(INT64_C(1795132800) * SECOND - 1, day);
	ck_assert_str_eq(day, "20261119");
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("logrecord");
	TCase *tests = tcase_create("logrecord");

	tcase_add_checked_fixture(tests, in_japan, NULL);
	tcase_add_test(tests, test_fields);
	tcase_add_loop_test(tests, test_bad_lines, 0, COUNT(bad_lines));
	tcase_add_test(tests, test_quick_time);
	tcase_add_test(tests, test_classes);
	tcase_add_loop_test(tests, test_filters, 0, COUNT(filters));
	tcase_add_test(tests, test_filter_of_time);
	tcase_add_test(tests, test_filter_of_events);
	tcase_add_loop_test(tests, test_rfc3339, 0, COUNT(good_times));
	tcase_add_loop_test(tests, test_not_rfc3339, 0, COUNT(bad_times));
	tcase_add_loop_test(tests, test_person, 0, COUNT(persons));
	tcase_add_test(tests, test_format);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
