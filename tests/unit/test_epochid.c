/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The epoch as the kernel keeps it: what is written is read again, and nothing else is. */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/epochid.h"
#include "suite.h"

static void check_round_trip(const struct epoch_id *id)
{
	char text[EPOCH_COMMENT_MAX], again[EPOCH_COMMENT_MAX];
	struct epoch_id back = { 0 };

	epoch_id_format(id, text);
	ck_assert_uint_lt(strlen(text), EPOCH_COMMENT_MAX - 1);
	ck_assert_msg(epoch_id_parse(text, &back) == 0, "%s", text);
	ck_assert_str_eq(back.table, id->table);
	ck_assert_uint_eq(back.number, id->number);
	ck_assert_uint_eq(back.since, id->since);
	ck_assert_uint_eq(back.after, id->after);
	epoch_id_format(&back, again);
	ck_assert_str_eq(text, again);
}

START_TEST(round_trip)
{
	struct epoch_id id, other;

	ck_assert_int_eq(epoch_id_new(&id), 0);
	ck_assert_int_eq(epoch_id_new(&other), 0);
	ck_assert_str_ne(id.table, other.table);
	ck_assert_uint_eq(id.number, 1);
	check_round_trip(&id);

	struct epoch_id next = epoch_id_next(&id, id.since + 123);

	ck_assert_uint_eq(next.number, 2);
	ck_assert_uint_eq(next.after, id.since);
	ck_assert_uint_eq(next.since, id.since + 123);
	ck_assert_str_eq(next.table, id.table);
	check_round_trip(&next);

	next.number = UINT64_MAX; /* the longest that can be */
	check_round_trip(&next);
}
END_TEST

START_TEST(random_round_trips)
{
	srand(random_seed("epochid"));
	for (int i = 0; i < 10000; i++) {
		struct epoch_id id;

		ck_assert_int_eq(epoch_id_new(&id), 0);
		id.number = (uint64_t)rand() * (uint64_t)rand() + 1;
		id.after = (uint64_t)rand() * 1000000000 + (uint64_t)rand() % 1000000000;
		id.since = id.after + (uint64_t)rand();
		check_round_trip(&id);
	}
}
END_TEST

static const char *const not_valid[] = {
	"",
	"epoch",
	"epoch 1",
	"epoch 1 of 0123456789abcdef",
	"epoch 0 of 0123456789abcdef since 2026-11-20T08:00:00.000000000Z after "
	"2026-11-20T08:00:00.000000000Z",
	"epoch 1 of 0123456789abcde since 2026-11-20T08:00:00.000000000Z after "
	"2026-11-20T08:00:00.000000000Z",
	"epoch 1 of 0123456789abcdeg since 2026-11-20T08:00:00.000000000Z after "
	"2026-11-20T08:00:00.000000000Z",
	"epoch 1 of 0123456789abcdef0 since 2026-11-20T08:00:00.000000000Z after "
	"2026-11-20T08:00:00.000000000Z",
	"epoch 1 of 0123456789abcdef since yesterday after 2026-11-20T08:00:00.000000000Z",
	"epoch 1 of 0123456789abcdef since 2026-11-20T08:00:00.000000000Z after "
	"2026-11-20T08:00:00.000000000Z and more",
	"drop everything",
};

START_TEST(what_is_not_one)
{
	struct epoch_id id = { .number = 77 };

	ck_assert_int_eq(epoch_id_parse(NULL, &id), -EINVAL);
	for (size_t i = 0; i < sizeof(not_valid) / sizeof(not_valid[0]); i++)
		ck_assert_msg(epoch_id_parse(not_valid[i], &id) == -EINVAL, "%s", not_valid[i]);
	ck_assert_uint_eq(id.number, 77); /* untouched */
}
END_TEST

START_TEST(times)
{
	char text[TIME_TEXT_MAX];

	time_format(0, text);
	ck_assert_str_eq(text, "1970-01-01T00:00:00.000000000Z");
	time_format(UINT64_C(1795161600123456789), text);
	ck_assert_str_eq(text, "2026-11-20T08:00:00.123456789Z");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("epochid");
	TCase *tests = tcase_create("epochid");

	tcase_add_test(tests, round_trip);
	tcase_add_test(tests, random_round_trips);
	tcase_add_test(tests, what_is_not_one);
	tcase_add_test(tests, times);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
