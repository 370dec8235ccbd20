/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of a line of the log, as what shows and exports it reads them. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/logmembers.h"
#include "suite.h"

static struct logmembers members;
static char line[16384];

static int parse(const char *text)
{
	snprintf(line, sizeof(line), "%s", text);
	return logmembers_parse(line, strlen(line), &members);
}

START_TEST(texts_stay)
{
	ck_assert_int_eq(parse("{\"a\":\"one\",\"b\":17,\"c\":true,\"d\":{\"e\":[1]},\"f\":null,"
			       "\"g\":\"\\u9694\\n\",\"h\":\"\"}\n"),
		0);
	ck_assert_uint_eq(members.count, 6);
	ck_assert_str_eq(logmembers_text(&members, "a"), "one");
	ck_assert_str_eq(logmembers_text(&members, "b"), "17");
	ck_assert_int_eq(logmembers_find(&members, "c")->type, JSON_TRUE);
	ck_assert_str_eq(logmembers_text(&members, "d"), "{\"e\":[1]}");
	ck_assert_str_eq(logmembers_text(&members, "g"), "隔\n");
	ck_assert_str_eq(logmembers_text(&members, "h"), "");
	ck_assert_ptr_null(logmembers_find(&members, "f")); /* as if it were not there */
	ck_assert_ptr_null(logmembers_text(&members, "i"));
}
END_TEST

/* Whoever can write a text into a line twice does not hide the first. */
START_TEST(first_counts)
{
	ck_assert_int_eq(parse("{\"a\":\"first\",\"b\":1,\"a\":\"second\"}"), 0);
	ck_assert_uint_eq(members.count, 2);
	ck_assert_str_eq(logmembers_text(&members, "a"), "first");
	ck_assert_int_eq(parse("{\"a\":null,\"a\":\"second\"}"), 0);
	ck_assert_str_eq(logmembers_text(&members, "a"), "second");
}
END_TEST

static const char *const refused[] = { "", "{", "[]", "17", "{\"a\":1} x", "{\"a\":1}{\"b\":2}",
	"{\"a\"}", "{\"a\":1,}", "{\"a\":\"x\n\"}" };

START_TEST(no_line)
{
	ck_assert_int_eq(parse(refused[_i]), -EINVAL);
}
END_TEST

START_TEST(too_many)
{
	size_t length = 0;
	char text[8192];

	for (int i = 0; i <= LOGMEMBERS_MAX; i++) {
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "%c\"%d\":%d", i ? ',' : '{', i, i);
		snprintf(text + length, sizeof(text) - length, "}");
		ck_assert_int_eq(parse(text), i < LOGMEMBERS_MAX ? 0 : -E2BIG);
	}
}
END_TEST

START_TEST(times)
{
	ck_assert_int_eq(
		parse("{\"t\":\"2026-11-20T08:00:00.000000001Z\",\"n\":5,\"x\":\"soon\"}"), 0);
	ck_assert_int_eq(logmembers_time(&members, "t"), INT64_C(1795161600000000001));
	ck_assert_int_eq(logmembers_time(&members, "x"), 0);
	ck_assert_int_eq(logmembers_time(&members, "n"), 0);
	ck_assert_int_eq(logmembers_time(&members, "none"), 0);
}
END_TEST

/* Written again they are what they were; what is nested is a text of it. */
START_TEST(written_again)
{
	struct json json;

	json_init(&json);
	ck_assert_int_eq(
		parse("{\"a\":\"x\\\"\",\"b\":-1.50,\"c\":false,\"d\":true,\"e\":[1]}"), 0);
	json_array_begin(&json);
	for (size_t i = 0; i < members.count; i++)
		logmembers_value(&json, &members.items[i]);
	json_array_end(&json);
	ck_assert(!json.failed);
	ck_assert_str_eq(json.text, "[\"x\\\"\",-1.50,false,true,\"[1]\"]");
	json_clear(&json);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logmembers");
	TCase *tests = tcase_create("logmembers");

	tcase_add_test(tests, texts_stay);
	tcase_add_test(tests, first_counts);
	tcase_add_loop_test(tests, no_line, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tests, too_many);
	tcase_add_test(tests, times);
	tcase_add_test(tests, written_again);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
