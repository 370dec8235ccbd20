/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Local time, against the C library's, and by what is known of clocks that were changed. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lib/calendar.h"
#include "../../lib/zonetime.h"
#include "../../lib/zonetime_rule.h"
#include "suite.h"

#define DAY 86400

static const char *const zones[] = {
	"Asia/Tokyo",
	"UTC",
	"Europe/Berlin",
	"Europe/Dublin", /* its summer time is the standard, winter is set back */
	"Europe/London",
	"America/Sao_Paulo",
	"America/New_York",
	"America/St_Johns",
	"America/Asuncion",
	"America/Santiago",    /* the southern summer goes over the year's end */
	"America/Nuuk",	       /* changes the day before, at -1 hours */
	"Australia/Lord_Howe", /* by half an hour */
	"Australia/Sydney",
	"Asia/Kathmandu",
	"Asia/Gaza",
	"Africa/Casablanca",
	"Pacific/Apia", /* left out a day */
	"Pacific/Chatham",
	"Pacific/Kiritimati",
	"Antarctica/Troll",
};

#define ZONES (sizeof(zones) / sizeof(zones[0]))

static struct zonetime *load(const char *name)
{
	struct zonetime *zone;

	ck_assert_int_eq(zonetime_load(name, &zone), 0);
	return zone;
}

/* Seconds of a local time of the Gregorian calendar. */
static int64_t local(int year, int month, int day, int hour, int minute)
{
	const struct calendar_date date = { year, month, day };

	return calendar_days(&date) * DAY + hour * 3600 + minute * 60;
}

static long offset_of_libc(int64_t instant)
{
	time_t time = (time_t)instant;
	struct tm tm;

	ck_assert_ptr_nonnull(localtime_r(&time, &tm));
	return tm.tm_gmtoff;
}

START_TEST(as_the_library)
{
	unsigned int seed = random_seed("as_the_library");
	struct zonetime *zone = load(zones[_i]);

	setenv("TZ", zones[_i], 1);
	tzset();
	srandom(seed);
	/* From 1970 on every two days and something, up to 2120. */
	for (int64_t t = 0; t < INT64_C(150) * 366 * DAY; t += 2 * DAY - random() % 40000)
		ck_assert_msg(zonetime_offset(zone, t) == offset_of_libc(t),
			"%s at %lld: %d, not %ld", zones[_i], (long long)t,
			zonetime_offset(zone, t), offset_of_libc(t));
	zonetime_free(zone);
}
END_TEST

/* Each change is one, and there is none between them. */
START_TEST(changes)
{
	struct zonetime *zone = load(zones[_i]);
	int64_t t = 0, limit = INT64_C(120) * 366 * DAY;

	setenv("TZ", zones[_i], 1);
	tzset();
	while (t < limit) {
		int64_t next = zonetime_next_change(zone, t);

		ck_assert_int_gt(next, t);
		for (int64_t i = t; i < next && i < limit; i += 3 * DAY)
			ck_assert_int_eq(offset_of_libc(i), zonetime_offset(zone, t));
		if (next >= limit)
			break;
		ck_assert_int_ne(offset_of_libc(next), offset_of_libc(next - 1));
		t = next;
	}
	zonetime_free(zone);
}
END_TEST

/* There and back; what is left out is the instant of the change, what comes twice the first. */
START_TEST(there_and_back)
{
	struct zonetime *zone = load(zones[_i]);

	for (int64_t t = 365 * DAY; t < INT64_C(100) * 366 * DAY;) {
		int64_t next = zonetime_next_change(zone, t), change;
		int32_t before, after;

		if (next == ZONETIME_NEVER)
			next = t + 400 * DAY;
		/* In the middle between two changes there is no doubt. */
		ck_assert_int_eq(
			zonetime_instant(zone, t + (next - t) / 2 + zonetime_offset(zone, t)),
			t + (next - t) / 2);
		change = next;
		before = zonetime_offset(zone, change - 1);
		after = zonetime_offset(zone, change);
		ck_assert_int_eq(zonetime_instant(zone, change - 1 + before), change - 1);
		if (after > before) {
			ck_assert_int_eq(zonetime_instant(zone, change + before), change);
			ck_assert_int_eq(zonetime_instant(zone, change + after - 1), change);
			ck_assert_int_eq(zonetime_instant(zone, change + after), change);
			ck_assert_int_eq(zonetime_instant(zone, change + after + 1), change + 1);
		} else if (after < before) {
			ck_assert_int_eq(
				zonetime_instant(zone, change + after), change + after - before);
			ck_assert_int_eq(
				zonetime_instant(zone, change + before), change + before - after);
		}
		t = next;
	}
	zonetime_free(zone);
}
END_TEST

static const struct {
	const char *zone;
	int date[5];
	const char *instant;
} known[] = {
	{ "Asia/Tokyo", { 2026, 11, 23, 8, 30 }, "2026-11-23T08:30:00+09:00" },
	{ "Asia/Tokyo", { 2028, 2, 29, 23, 59 }, "2028-02-29T23:59:00+09:00" },
	{ "Europe/Berlin", { 2026, 3, 29, 1, 59 }, "2026-03-29T01:59:00+01:00" },
	{ "Europe/Berlin", { 2026, 3, 29, 2, 30 }, "2026-03-29T03:00:00+02:00" },
	{ "Europe/Berlin", { 2026, 3, 29, 3, 0 }, "2026-03-29T03:00:00+02:00" },
	{ "Europe/Berlin", { 2026, 10, 25, 2, 30 }, "2026-10-25T02:30:00+02:00" },
	{ "Europe/Berlin", { 2026, 10, 25, 3, 0 }, "2026-10-25T03:00:00+01:00" },
	{ "Europe/Berlin", { 2100, 7, 1, 12, 0 }, "2100-07-01T12:00:00+02:00" },
	/* Midnight did not come, or came twice. */
	{ "America/Sao_Paulo", { 2018, 11, 4, 0, 0 }, "2018-11-04T01:00:00-02:00" },
	{ "America/Sao_Paulo", { 2018, 2, 17, 23, 30 }, "2018-02-17T23:30:00-02:00" },
	{ "America/Sao_Paulo", { 2018, 2, 18, 0, 0 }, "2018-02-18T00:00:00-03:00" },
	{ "America/Sao_Paulo", { 2030, 1, 15, 12, 0 }, "2030-01-15T12:00:00-03:00" },
	/* The 30th of December did not come at all. */
	{ "Pacific/Apia", { 2011, 12, 30, 12, 0 }, "2011-12-31T00:00:00+14:00" },
	{ "Australia/Lord_Howe", { 2026, 10, 4, 2, 15 }, "2026-10-04T02:30:00+11:00" },
};

START_TEST(known_time)
{
	const int *date = known[_i].date;
	struct zonetime *zone = load(known[_i].zone);
	char text[ZONETIME_TEXT_MAX];

	zonetime_format(zone,
		zonetime_instant(zone, local(date[0], date[1], date[2], date[3], date[4])), text);
	ck_assert_str_eq(text, known[_i].instant);
	zonetime_free(zone);
}
END_TEST

START_TEST(not_there)
{
	struct zonetime *zone;

	ck_assert_int_eq(zonetime_load("Asia/Nowhere", &zone), -ENOENT);
	ck_assert_int_eq(zonetime_load("zone.tab", &zone), -EBADMSG);
	ck_assert_int_eq(zonetime_load("Asia", &zone), -EISDIR);
	/* Leap seconds are not in Unix time. */
	ck_assert_int_eq(zonetime_load("right/Asia/Tokyo", &zone), -EBADMSG);
}
END_TEST

static uint8_t file[8192];
static size_t file_length;

static void read_zone(const char *name)
{
	char path[100];
	FILE *in;

	snprintf(path, sizeof(path), ZONETIME_DIRECTORY "/%s", name);
	in = fopen(path, "re");
	ck_assert_ptr_nonnull(in);
	file_length = fread(file, 1, sizeof(file), in);
	fclose(in);
	ck_assert_uint_lt(file_length, sizeof(file));
}

static int parse(size_t length)
{
	struct zonetime *zone = NULL;
	uint8_t *exact = malloc(length + 1);
	int error;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, file, length);
	error = zonetime_parse(exact, length, &zone);
	free(exact);
	zonetime_free(zone);
	return error;
}

/* No file that ends early is one. */
START_TEST(cut_off)
{
	read_zone("Europe/Berlin");
	ck_assert_int_eq(parse(file_length), 0);
	for (size_t i = 0; i < file_length; i++)
		ck_assert_int_eq(parse(i), -EBADMSG);
}
END_TEST

/* Version 1 has its times in four bytes, and no rule. */
START_TEST(version_1)
{
	struct zonetime *zone;

	read_zone("Europe/Berlin");
	file[4] = '\0';
	ck_assert_int_eq(zonetime_parse(file, file_length, &zone), 0);
	ck_assert_int_eq(zonetime_offset(zone, INT64_C(1800000000)), 3600);
	ck_assert_int_eq(zonetime_next_change(zone, INT64_C(1) << 31), ZONETIME_NEVER);
	zonetime_free(zone);
}
END_TEST

/* A small file, to be damaged: no part of version 1, two changes, one type. */
static void small_file(const char *rule)
{
	static const uint8_t header[44] = { 'T', 'Z', 'i', 'f', '2' };
	uint8_t *at = file;

	memset(file, 0, sizeof(file));
	memcpy(at, header, sizeof(header));
	at[39] = 1; /* types */
	at += sizeof(header) + 6;
	memcpy(at, header, sizeof(header));
	at[35] = 2; /* times */
	at[39] = 1;
	at += sizeof(header);
	at[7] = 10;
	at[15] = 20;
	at += 16 + 2;
	at[2] = 0x0e; /* 3600 */
	at[3] = 0x10;
	at += 6;
	file_length = (size_t)(at - file) + (size_t)snprintf((char *)at, 100, "\n%s\n", rule);
}

#define SECOND 50  /* where the second header begins */
#define TIMES  94  /* the times */
#define TYPES  112 /* the type */

static const struct damage {
	size_t at;
	uint8_t value;
} damages[] = {
	{ 0, 'X' }, { SECOND, 'X' }, { SECOND + 31, 1 }, /* leap seconds */
	{ SECOND + 39, 0 },				 /* no type */
	{ SECOND + 35, 200 },				 /* more times than there are bytes */
	{ SECOND + 32, 0xff },				 /* very many */
	{ TIMES + 15, 10 },				 /* the second is the first */
	{ TIMES + 15, 9 },				 /* or before it */
	{ TIMES, 0x80 },				 /* before all time */
	{ TIMES + 8, 0x7f }, { TIMES + 16, 1 },		 /* there is no type 1 */
	{ TYPES + 1, 2 },				 /* offset of more than a day */
	{ TYPES, 0x80 }, { TYPES + 6, 'X' },		 /* no newline before the rule */
};

START_TEST(damaged)
{
	small_file("CET-1");
	ck_assert_int_eq(parse(file_length), 0);
	file[damages[_i].at] = damages[_i].value;
	ck_assert_int_eq(parse(file_length), -EBADMSG);
}
END_TEST

static const struct {
	const char *text;
	int error;
} rules[] = {
	{ "", 0 },
	{ "JST-9", 0 },
	{ "<+0330>-3:30", 0 },
	{ "<-00>0", 0 },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 0 },
	{ "XXX3EDT4,0/0,J365/23", 0 },
	{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 0 },
	{ "IST-2IDT,M3.4.4/26,M10.5.0", 0 },
	{ "JST", -EBADMSG },
	{ "JS-9", -EBADMSG },
	{ "JST-25", -EBADMSG },
	{ "JST-1000", -EBADMSG },
	{ "JST-9:60", -EBADMSG },
	{ "<+9-9", -EBADMSG },
	{ "JST-9 ", -EBADMSG },
	{ "CET-1CEST", -EBADMSG },
	{ "CET-1CEST,", -EBADMSG },
	{ "CET-1CEST,M3.5.0", -EBADMSG },
	{ "CET-1CEST,M13.5.0,M10.5.0", -EBADMSG },
	{ "CET-1CEST,M3.6.0,M10.5.0", -EBADMSG },
	{ "CET-1CEST,M3.5.7,M10.5.0", -EBADMSG },
	{ "CET-1CEST,M3,M10.5.0", -EBADMSG },
	{ "CET-1CEST,J0,J365", -EBADMSG },
	{ "CET-1CEST,366,1", -EBADMSG },
	{ "CET-1CEST,M3.5.0/168,M10.5.0", -EBADMSG },
	{ "CET-1CEST-30,M3.5.0,M10.5.0", -EBADMSG },
};

START_TEST(rule)
{
	small_file(rules[_i].text);
	ck_assert_int_eq(parse(file_length), rules[_i].error);
}
END_TEST

/* The days of a rule, where the year is a leap one and where it is not. */
START_TEST(rule_days)
{
	static const struct {
		const char *rule;
		int year, month, day;
	} days[] = {
		{ "AAA0BBB,J59/0,J300", 2027, 2, 28 },
		{ "AAA0BBB,J59/0,J300", 2028, 2, 28 },
		{ "AAA0BBB,J60/0,J300", 2027, 3, 1 },
		{ "AAA0BBB,J60/0,J300", 2028, 3, 1 },
		{ "AAA0BBB,59/0,J300", 2027, 3, 1 },
		{ "AAA0BBB,59/0,J300", 2028, 2, 29 },
		{ "AAA0BBB,M2.5.2/0,J300", 2028, 2, 29 },
		{ "AAA0BBB,M2.5.2/0,J300", 2027, 2, 23 },
		{ "AAA0BBB,M3.1.1/0,J300", 2027, 3, 1 },
		{ "AAA0BBB,M3.2.0/0,J300", 2027, 3, 14 },
	};

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		struct zone_rule parsed;

		ck_assert_int_eq(zone_rule_parse(days[i].rule, strlen(days[i].rule), &parsed), 0);
		ck_assert_int_eq(zone_rule_next(&parsed, local(days[i].year, 1, 1, 0, 0)),
			local(days[i].year, days[i].month, days[i].day, 0, 0));
	}
}
END_TEST

/* A day of one year with a time in the year before; summer time without an end. */
START_TEST(rule_over_new_year)
{
	static const char before[] = "AAA3BBB2,M1.1.5/-2,M1.5.0/-1",
			  always[] = "AAA3BBB4,0/0,J365/23";
	const int64_t begin = local(2027, 1, 1, 1, 0); /* 2026-12-31T22:00:00-03:00 */
	struct zone_rule parsed;

	ck_assert_int_eq(zone_rule_parse(before, strlen(before), &parsed), 0);
	ck_assert_int_eq(zone_rule_next(&parsed, local(2026, 12, 31, 0, 0)), begin);
	ck_assert_int_eq(zone_rule_offset(&parsed, begin - 1), -3 * 3600);
	ck_assert_int_eq(zone_rule_offset(&parsed, begin), -2 * 3600);
	ck_assert_int_eq(zone_rule_parse(always, strlen(always), &parsed), 0);
	for (int64_t hour = local(2026, 12, 30, 0, 0); hour < local(2027, 1, 3, 0, 0); hour += 3600)
		ck_assert_int_eq(zone_rule_offset(&parsed, hour), -4 * 3600);
	ck_assert_int_eq(zone_rule_next(&parsed, begin), ZONETIME_NEVER);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("zonetime");
	TCase *test = tcase_create("zonetime");

	tcase_set_timeout(test, 60);
	tcase_add_loop_test(test, as_the_library, 0, ZONES);
	tcase_add_loop_test(test, changes, 0, ZONES);
	tcase_add_loop_test(test, there_and_back, 0, ZONES);
	tcase_add_loop_test(test, known_time, 0, sizeof(known) / sizeof(known[0]));
	tcase_add_test(test, not_there);
	tcase_add_test(test, cut_off);
	tcase_add_test(test, version_1);
	tcase_add_loop_test(test, damaged, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_loop_test(test, rule, 0, sizeof(rules) / sizeof(rules[0]));
	tcase_add_test(test, rule_days);
	tcase_add_test(test, rule_over_new_year);
	suite_add_tcase(suite, test);
	return suite;
}

int main(void)
{
	return suite_run(suite());
}
