/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Thresholds over records: what they are about, when they are reached, how often somebody is told.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/alert.h"
#include "suite.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1795161600) * SECOND)

static struct policy_alert rule;
static struct alert alert;
static struct alert_told told;

static void set_up(void)
{
	rule = (struct policy_alert){ .count = 3, .seconds = 60, .every = 300 };
}

static void begin(void)
{
	ck_assert_int_eq(alert_init(&alert, &rule, 10), 0);
}

static void tear_down(void)
{
	alert_clear(&alert);
}

static bool note(int64_t seconds, const char *packets)
{
	const struct log_record record = {
		.action = "flow-blocked", .packets = packets, .time = START + seconds * SECOND
	};
	return alert_note(&alert, &record, START + seconds * SECOND, &told);
}

static char spoof[] = "spoof", terminals[] = "internet.terminals", mynumber[] = "mynumber",
	    lost[] = "records-lost", scan_action[] = "scan";

START_TEST(test_matches)
{
	struct log_record record = {
		.action = "flow-blocked",
		.reason = "spoof",
		.zone_source = "internet",
		.segment_source = "internet.terminals",
		.zone_destination = "mynumber",
	};
	struct log_record loss = { .action = "records-lost" }, scan = { .action = "scan" };
	ck_assert(alert_matches(&rule, &record));
	ck_assert(!alert_matches(&rule, &loss));
	ck_assert(!alert_matches(&rule, &scan));
	rule.reason = spoof;
	rule.from = terminals;
	rule.to = mynumber;
	ck_assert(alert_matches(&rule, &record));
	record.reason = "no-path";
	ck_assert(!alert_matches(&rule, &record));
	record.reason = "spoof";
	record.zone_destination = "lgwan";
	ck_assert(!alert_matches(&rule, &record));
	rule = (struct policy_alert){ .action = lost };
	ck_assert(alert_matches(&rule, &loss));
	ck_assert(!alert_matches(&rule, &scan));
	rule.action = scan_action;
	ck_assert(alert_matches(&rule, &scan));
	ck_assert(!alert_matches(&rule, &record));
	ck_assert(!alert_matches(&rule, &loss));
}
END_TEST

START_TEST(test_count)
{
	begin();
	ck_assert(!note(0, "5"));
	ck_assert(!note(30, "5"));
	ck_assert(note(59, "7"));
	ck_assert_uint_eq(told.records, 3);
	ck_assert_uint_eq(told.packets, 17);
	ck_assert_uint_eq(told.suppressed, 0);
}
END_TEST

START_TEST(test_too_slow)
{
	begin();
	for (int i = 0; i < 1000; i++)
		ck_assert(!note(i * 31, "1"));
}
END_TEST

START_TEST(test_packets)
{
	rule.count = 0;
	rule.packets = 1000;
	begin();
	ck_assert(!note(0, "999"));
	ck_assert(!note(61, "998"));
	ck_assert(note(62, "2"));
	ck_assert_uint_eq(told.packets, 1000);
}
END_TEST

/* Records of an epoch come in any order. */
START_TEST(test_late)
{
	begin();
	ck_assert(!note(69, "1"));
	ck_assert(!note(5, "1"));
	ck_assert(!note(0, "1"));
	ck_assert(note(8, "1"));
}
END_TEST

START_TEST(test_every)
{
	begin();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(note(0, "1"), i == 2);
	/* Two more alerts, and two records too few for a third. */
	for (int i = 0; i < 8; i++)
		ck_assert(!note(10, "1"));
	ck_assert_uint_eq(alert.suppressed, 2);
	ck_assert(!alert_due(&alert, START + 299 * SECOND, &told));
	ck_assert(alert_due(&alert, START + 300 * SECOND, &told));
	ck_assert_uint_eq(told.suppressed, 2);
	ck_assert_uint_eq(told.records, 0);
	ck_assert(!alert_due(&alert, START + 900 * SECOND, &told));
	/* The run that was due counts as one. */
	for (int i = 0; i < 3; i++)
		ck_assert(!note(590, "1"));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(note(600, "1"), i == 2);
	ck_assert_uint_eq(told.suppressed, 1);
}
END_TEST

START_TEST(test_clock_set_back)
{
	begin();
	for (int i = 0; i < 200; i++)
		note(100000 + i, "1");
	for (int i = 0; i < 3; i++)
		ck_assert(!note(i, "1"));
	ck_assert_uint_gt(alert.suppressed, 0);
}
END_TEST

START_TEST(test_one)
{
	rule = (struct policy_alert){ .count = 1, .seconds = 86400, .every = 1 };
	begin();
	ck_assert(note(0, NULL));
	ck_assert_uint_eq(told.packets, 1);
	ck_assert(note(1, NULL));
}
END_TEST

/* Against all records that there were, one by one, to the exactness of a bucket. */
START_TEST(test_random)
{
	static int64_t times[300];
	unsigned int seed = random_seed("test_alert"), fired = 0;
	srandom(seed);
	for (int round = 0; round < 300; round++) {
		size_t count = 0;
		int64_t now = 0;
		bool first = false, must = false, may = false;
		rule.count = 2 + (unsigned int)random() % 20;
		begin();
		while (count < 300 && !first) {
			now += random() % 8;
			times[count++] = now;
			first = note(now, "1");
			/* Bounds: counted over a second less, and over a second more. */
			size_t less = 0, more = 0;
			for (size_t i = 0; i < count; i++) {
				less += times[i] > now - 59;
				more += times[i] > now - 61;
			}
			must = less >= rule.count;
			may = more >= rule.count;
			ck_assert(first ? may : !must);
		}
		fired += first;
		alert_clear(&alert);
	}
	ck_assert_uint_gt(fired, 50);
	begin();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("alert");
	TCase *tests = tcase_create("alert");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_matches);
	tcase_add_test(tests, test_count);
	tcase_add_test(tests, test_too_slow);
	tcase_add_test(tests, test_packets);
	tcase_add_test(tests, test_late);
	tcase_add_test(tests, test_every);
	tcase_add_test(tests, test_clock_set_back);
	tcase_add_test(tests, test_one);
	tcase_add_test(tests, test_random);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
