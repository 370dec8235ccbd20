/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scans: what is one, when it is said, when it ends, and what happens when there is no room. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/scan.h"
#include "suite.h"

#define SECOND INT64_C(1000000000)
#define START  INT64_C(1795161600000000000)

static struct scan *scan;
static struct scan_found found;

static void set_up(void)
{
	ck_assert_int_eq(scan_new(0, 0, &scan), 0);
	ck_assert_int_eq(scan_configure(scan, 20, 60), 0);
}

static void tear_down(void)
{
	scan_free(scan);
}

static struct scan_source source_of(uint32_t number)
{
	struct scan_source source = { .kind = SCAN_IPV4 };
	memcpy(source.bytes, &number, sizeof(number));
	return source;
}

static struct scan_target target_of(uint32_t host, uint16_t port)
{
	struct scan_target target = { .port = port, .protocol = IPPROTO_TCP };
	memcpy(target.address, &host, sizeof(host));
	return target;
}

static bool note(uint32_t source, uint32_t host, uint16_t port, int64_t time)
{
	struct scan_try try = { source_of(source), target_of(host, port), time };
	return scan_note(scan, &try, &found);
}

START_TEST(test_hosts)
{
	for (uint32_t i = 0; i < 19; i++)
		ck_assert(!note(1, i, 445, START + i * SECOND));
	ck_assert(note(1, 19, 445, START + 19 * SECOND));
	struct scan_source one = source_of(1);
	ck_assert_mem_eq(&found.source, &one, sizeof(one));
	ck_assert_uint_eq(found.targets, 20);
	ck_assert_uint_eq(found.hosts, 20);
	ck_assert_uint_eq(found.ports, 1);
	ck_assert_int_eq(found.since, START);
	ck_assert_int_eq(found.last, START + 19 * SECOND);
	/* It is said once. */
	for (uint32_t i = 20; i < 1000; i++)
		ck_assert(!note(1, i, 445, START + 20 * SECOND));
	ck_assert(!scan_take_ended(scan, &found));
}
END_TEST

START_TEST(test_ports_and_protocols)
{
	for (uint16_t i = 1; i < 20; i++)
		ck_assert(!note(1, 7, i, START));
	ck_assert(note(1, 7, 20, START));
	ck_assert_uint_eq(found.hosts, 1);
	ck_assert_uint_eq(found.ports, 20);
	/* What has no port is one target a host. */
	for (uint32_t i = 0; i < 40; i++) {
		struct scan_try try = { source_of(2), target_of(i / 2, 0), START };
		try.target.protocol = IPPROTO_ICMP;
		ck_assert_int_eq(scan_note(scan, &try, &found), i == 38);
	}
	ck_assert_uint_eq(found.hosts, 20);
	ck_assert_uint_eq(found.ports, 0);
}
END_TEST

START_TEST(test_different_sources_are_no_scan)
{
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert(!note(i, i, 445, START));
}
END_TEST

START_TEST(test_the_same_targets_are_no_scan)
{
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert(!note(1, i % 19, 445, START + i * SECOND / 100));
}
END_TEST

START_TEST(test_slow_ones_are_no_scan)
{
	/* 19 of them fall into any minute. */
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert(!note(1, i, 445, START + i * (60 * SECOND / 19 + 1)));
	ck_assert(!scan_take_ended(scan, &found));
}
END_TEST

START_TEST(test_seen_again_is_newest)
{
	ck_assert(!note(1, 0, 445, START));
	ck_assert(!note(1, 0, 445, START + 50 * SECOND));
	for (uint32_t i = 1; i < 19; i++)
		ck_assert(!note(1, i, 445, START + 50 * SECOND));
	ck_assert(note(1, 19, 445, START + 100 * SECOND));
	ck_assert_int_eq(found.since, START + 50 * SECOND);
}
END_TEST

START_TEST(test_end)
{
	for (uint32_t i = 0; i < 500; i++)
		note(1, i, 445, START + i * SECOND / 10);
	int64_t last = START + 499 * SECOND / 10;
	scan_expire(scan, last + 57 * SECOND);
	ck_assert(!scan_take_ended(scan, &found));
	/* Fewer than half: nine of the last twenty, which were 100 ms apart. */
	scan_expire(scan, last + 59 * SECOND + SECOND / 10);
	ck_assert(scan_take_ended(scan, &found));
	ck_assert_int_eq(found.since, START);
	ck_assert_int_eq(found.last, last);
	ck_assert_uint_eq(found.targets, 500);
	ck_assert(!scan_take_ended(scan, &found));
	/* And another one. */
	for (uint32_t i = 0; i < 19; i++)
		ck_assert(!note(1, i, 445, last + 61 * SECOND));
	ck_assert(note(1, 19, 445, last + 61 * SECOND));
}
END_TEST

START_TEST(test_clock_set_back)
{
	for (uint32_t i = 0; i < 20; i++)
		note(1, i, 445, START);
	for (uint32_t i = 0; i < 19; i++)
		ck_assert(!note(2, i, 445, START));
	/* A little is how packets come. */
	ck_assert(note(2, 19, 445, START - SECOND));
	ck_assert(!note(3, 0, 445, START - 3600 * SECOND));
	ck_assert(scan_take_ended(scan, &found));
	ck_assert(scan_take_ended(scan, &found));
	ck_assert(!scan_take_ended(scan, &found));
	for (uint32_t i = 1; i < 19; i++)
		ck_assert(!note(3, i, 445, START - 3600 * SECOND));
	ck_assert(note(3, 19, 445, START - 3600 * SECOND));
	scan_expire(scan, START - 7200 * SECOND);
	ck_assert(scan_take_ended(scan, &found));
}
END_TEST

START_TEST(test_other_numbers)
{
	for (uint32_t i = 0; i < 20; i++)
		note(1, i, 445, START);
	ck_assert_int_eq(scan_configure(scan, 20, 60), 0);
	ck_assert(!scan_take_ended(scan, &found));
	ck_assert_int_eq(scan_configure(scan, 3, 60), 0);
	ck_assert(scan_take_ended(scan, &found));
	ck_assert(!note(1, 0, 445, START));
	ck_assert(!note(1, 1, 445, START));
	ck_assert(note(1, 2, 445, START));
	ck_assert_int_eq(scan_configure(scan, 0, 60), 0);
	for (uint32_t i = 0; i < 20; i++)
		ck_assert(!note(2, i, 445, START));
	ck_assert_int_eq(scan_configure(scan, SCAN_TARGETS_MAX, 60), 0);
	for (uint32_t i = 0; i < SCAN_TARGETS_MAX - 1; i++)
		ck_assert(!note(2, i, 445, START));
	ck_assert(note(2, SCAN_TARGETS_MAX, 445, START));
	ck_assert_uint_eq(found.hosts, SCAN_TARGETS_MAX);
}
END_TEST

/* Forged sources of one target each do not push out one that has tried two. */
START_TEST(test_flood_of_sources)
{
	scan_free(scan);
	ck_assert_int_eq(scan_new(1000, 500, &scan), 0);
	ck_assert_int_eq(scan_configure(scan, 20, 60), 0);
	uint32_t forged = 100;
	note(1, 0, 445, START);
	note(1, 1, 445, START);
	for (uint32_t i = 2; i < 20; i++) {
		for (int n = 0; n < 5000; n++)
			ck_assert(!note(forged++, 7, 53, START + i * SECOND));
		ck_assert_int_eq(note(1, i, 445, START + i * SECOND), i == 19);
	}
	ck_assert_uint_ge(scan_take_forgotten(scan), 18 * 5000 - 500);
	ck_assert_uint_eq(scan_take_forgotten(scan), 0);
}
END_TEST

/* Nobody takes the ends: what is left untaken gives way. */
START_TEST(test_flood_of_scans)
{
	scan_free(scan);
	ck_assert_int_eq(scan_new(1000, 100, &scan), 0);
	ck_assert_int_eq(scan_configure(scan, 2, 1), 0);
	for (uint32_t i = 0; i < 10000; i++) {
		ck_assert(!note(i, 1, 445, START + i * 2 * SECOND));
		ck_assert(note(i, 2, 445, START + i * 2 * SECOND));
	}
	unsigned int ended = 0;
	while (scan_take_ended(scan, &found))
		ended++;
	ck_assert_uint_gt(ended, 90);
	ck_assert_uint_le(ended, 100);
	for (uint32_t i = 0; i < 200; i++) {
		note(i, 1, 445, START + 30000 * SECOND);
		ck_assert(note(i, 2, 445, START + 30000 * SECOND));
	}
}
END_TEST

/* Of one scan no more is kept than makes it one: nothing gives way to it. */
START_TEST(test_long_scan)
{
	scan_free(scan);
	ck_assert_int_eq(scan_new(100, 50, &scan), 0);
	ck_assert_int_eq(scan_configure(scan, 20, 60), 0);
	for (uint32_t i = 0; i < 19; i++)
		ck_assert(!note(2, i, 445, START));
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_int_eq(note(1, i, 445, START + SECOND), i == 19);
	ck_assert_uint_eq(scan_take_forgotten(scan), 0);
	ck_assert(note(2, 19, 445, START + SECOND));
}
END_TEST

/* The same, told in the plainest way --------------------------------------------------------- */

#define MODEL_SOURCES 6
#define MODEL_HOSTS   12
#define MODEL_TARGETS 5

static struct {
	int64_t seen[MODEL_HOSTS]; /* 0: not */
	bool scanning;
} model[MODEL_SOURCES];

static unsigned int model_count(unsigned int source, int64_t now, int64_t period)
{
	unsigned int count = 0;
	for (unsigned int i = 0; i < MODEL_HOSTS; i++)
		count += model[source].seen[i] && model[source].seen[i] > now - period;
	return count;
}

/* A scan keeps its last targets only; the oldest of all is the one that gives way. */
static void model_forget(unsigned int source, int64_t now, int64_t period, unsigned int keep)
{
	while (model_count(source, now, period) > keep) {
		unsigned int oldest = MODEL_HOSTS;
		for (unsigned int i = 0; i < MODEL_HOSTS; i++)
			if (model[source].seen[i] &&
				(oldest == MODEL_HOSTS ||
					model[source].seen[i] < model[source].seen[oldest]))
				oldest = i;
		model[source].seen[oldest] = 0;
	}
}

START_TEST(test_random_against_model)
{
	unsigned int seed = random_seed("test_scan");
	int64_t now = START, period = 10 * SECOND;
	unsigned int scans = 0, ends = 0;
	srandom(seed);
	ck_assert_int_eq(scan_configure(scan, MODEL_TARGETS, 10), 0);
	for (unsigned int step = 0; step < 200000; step++) {
		unsigned int source = (unsigned int)random() % MODEL_SOURCES;
		unsigned int host = (unsigned int)random() % MODEL_HOSTS;
		now += 1 + random() % (random() % 50 == 0 ? 20 * SECOND : SECOND / 2);
		unsigned int ended = 0, expected = 0;
		for (unsigned int i = 0; i < MODEL_SOURCES; i++) {
			if (!model[i].scanning || 2 * model_count(i, now, period) >= MODEL_TARGETS)
				continue;
			memset(&model[i], 0, sizeof(model[i]));
			expected++;
		}
		model[source].seen[host] = now;
		unsigned int count = model_count(source, now, period);
		bool first = !model[source].scanning && count >= MODEL_TARGETS;
		model[source].scanning |= first;
		if (model[source].scanning)
			model_forget(source, now, period, MODEL_TARGETS);
		ck_assert_int_eq(note(source, host, 445, now), first);
		if (first) {
			scans++;
			ck_assert_uint_eq(found.hosts, MODEL_TARGETS);
		}
		while (scan_take_ended(scan, &found))
			ended++;
		ck_assert_uint_eq(ended, expected);
		ends += ended;
	}
	ck_assert_uint_gt(scans, 100);
	ck_assert_uint_gt(ends, 100);
	ck_assert_uint_eq(scan_take_forgotten(scan), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scan");
	TCase *tests = tcase_create("scan");
	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_hosts);
	tcase_add_test(tests, test_ports_and_protocols);
	tcase_add_test(tests, test_different_sources_are_no_scan);
	tcase_add_test(tests, test_the_same_targets_are_no_scan);
	tcase_add_test(tests, test_slow_ones_are_no_scan);
	tcase_add_test(tests, test_seen_again_is_newest);
	tcase_add_test(tests, test_end);
	tcase_add_test(tests, test_clock_set_back);
	tcase_add_test(tests, test_other_numbers);
	tcase_add_test(tests, test_flood_of_sources);
	tcase_add_test(tests, test_flood_of_scans);
	tcase_add_test(tests, test_long_scan);
	tcase_add_test(tests, test_random_against_model);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
