/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/json.h"
#include "suite.h"

static struct json json;

START_TEST(test_structure)
{
	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "a");
	json_unsigned(&json, UINT64_MAX);
	json_key(&json, "b");
	json_array_begin(&json);
	json_signed(&json, INT64_MIN);
	json_signed(&json, 0);
	json_array_begin(&json);
	json_array_end(&json);
	json_object_begin(&json);
	json_object_end(&json);
	json_bool(&json, true);
	json_bool(&json, false);
	json_null(&json);
	json_array_end(&json);
	json_key(&json, "c");
	json_string(&json, "");
	json_object_end(&json);
	json_newline(&json);
	json_object_begin(&json);
	json_object_end(&json);
	ck_assert_str_eq(json.text,
		"{\"a\":18446744073709551615,\"b\":[-9223372036854775808,0,[],{},true,false,null],"
		"\"c\":\"\"}\n{}");
	ck_assert_uint_eq(json.length, strlen(json.text));
	json_reset(&json);
	json_null(&json);
	ck_assert_str_eq(json.text, "null");
	json_clear(&json);
	ck_assert_ptr_null(json.text);
}
END_TEST

static const struct {
	const char *value, *written;
} escapes[] = {
	{ "plain", "plain" }, { "隔て🏯", "隔て🏯" }, { "\"\\/", "\\\"\\\\/" },
	{ "a\nb\tc\rd", "a\\nb\\tc\\u000dd" }, { "\x01\x1b[2J\x7f", "\\u0001\\u001b[2J\\u007f" },
	{ "\xc2\x9b"
	  "31m",
		"\\u009b31m" },
	{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029" },
	{ "\xe2\x80\xae", "\\u202e" },		  /* right-to-left override */
	{ "\xf3\xa0\x81\xa1", "\\udb40\\udc61" }, /* tag character */
	{ "\xff", "\xef\xbf\xbd" }, { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" }, /* overlong */
	{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },		/* surrogate */
	{ "a\xe9\x9a", "a\xef\xbf\xbd\xef\xbf\xbd" },				/* cut */
	{ "\xef\xbf\xbd", "\xef\xbf\xbd" },					/* U+FFFD itself */
};

START_TEST(test_escapes)
{
	char expected[256];
	json_init(&json);
	json_string(&json, escapes[_i].value);
	snprintf(expected, sizeof(expected), "\"%s\"", escapes[_i].written);
	ck_assert_str_eq(json.text, expected);
	json_clear(&json);
}
END_TEST

/* Each byte at each place of texts of each length: what is plain goes as it is, all else does not.
 */
START_TEST(test_any_byte_anywhere)
{
	char text[20], plain[32];
	json_init(&json);
	for (int byte = 1; byte < 256; byte++) {
		for (size_t length = 1; length < sizeof(text); length++) {
			size_t place = (size_t)byte * 7 % length;
			memset(text, 'x', length);
			text[place] = (char)byte;
			json_reset(&json);
			json_string_n(&json, text, length);
			snprintf(plain, sizeof(plain), "\"%.*s\"", (int)length, text);
			bool is_plain = byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\';
			ck_assert_msg((strcmp(json.text, plain) == 0) == is_plain, "%d: %s", byte,
				json.text);
			for (size_t i = 0; i < json.length; i++)
				ck_assert(
					json.text[i] >= ' ' || (unsigned char)json.text[i] >= 0x80);
		}
	}
	json_clear(&json);
}
END_TEST

START_TEST(test_member)
{
	json_init(&json);
	json_object_begin(&json);
	json_member(&json, "\"a\":", 4);
	json_unsigned(&json, 1);
	json_member(&json, "\"b\":", 4);
	json_string(&json, "c");
	json_object_end(&json);
	ck_assert_str_eq(json.text, "{\"a\":1,\"b\":\"c\"}");
	json_clear(&json);
}
END_TEST

START_TEST(test_string_with_length)
{
	json_init(&json);
	json_string_n(&json, "a\0b", 3);
	ck_assert_str_eq(json.text, "\"a\\u0000b\"");
	json_clear(&json);
}
END_TEST

START_TEST(test_growth)
{
	json_init(&json);
	json_array_begin(&json);
	for (int i = 0; i < 100000; i++)
		json_unsigned(&json, 7);
	json_array_end(&json);
	ck_assert(!json.failed);
	ck_assert_uint_eq(json.length, 200001);
	json_clear(&json);
}
END_TEST

/* Members as text: "key=S:text;", with the first letter of the type. */
static char members[4096];

static int collect(const struct json_member *member, void *data)
{
	static const char letters[] = { 'S', 'D', 'T', 'F', 'N', 'X' };
	const int *stop = data;
	size_t length = strlen(members);
	snprintf(members + length, sizeof(members) - length, "%s=%c:%s;", member->key,
		letters[member->type], member->text);
	return *stop;
}

static int read_text(const char *text, int stop)
{
	/* On the heap, without a NUL, so that AddressSanitizer sees a read past the end. */
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, length);
	members[0] = '\0';
	int r = json_read_object(copy, length, collect, &stop);
	free(copy);
	return r;
}

static const struct {
	const char *text, *expected;
} valid[] = {
	{ "{}", "" },
	{ " \t\r\n{ \n} \n", "" },
	{ "{\"a\":1}", "a=D:1;" },
	{ "{ \"a\" : -0.5e+10 , \"b\" : 0 }\n", "a=D:-0.5e+10;b=D:0;" },
	{ "{\"a\":true,\"b\":false,\"c\":null}", "a=T:true;b=F:false;c=N:null;" },
	{ "{\"a\":\"\",\"\":\"x\"}", "a=S:;=S:x;" },
	{ "{\"a\\u0062\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "ab=S:\"\\/\b\f\n\r\t;" },
	{ "{\"a\":\"\\u9694\\u3066\\ud83c\\udfef\"}", "a=S:隔て🏯;" },
	{ "{\"a\":\"隔て\"}", "a=S:隔て;" },
	{ "{\"a\":\"x\\u0000y\"}", "a=S:x\xef\xbf\xbdy;" },
	{ "{\"a\":\"\\ud83c\"}", "a=S:\xef\xbf\xbd;" },
	{ "{\"a\":\"\\udfef\"}", "a=S:\xef\xbf\xbd;" },
	{ "{\"a\":\"\\ud83c\\u0041\"}", "a=S:\xef\xbf\xbd"
					"A;" },
	{ "{\"a\":\"\\ud83c\\n\"}", "a=S:\xef\xbf\xbd\n;" },
	{ "{\"a\":[1, {\"b\": [\"]}\\\"\"]}, []],\"c\":{}}",
		"a=X:[1, {\"b\": [\"]}\\\"\"]}, []];c=X:{};" },
	{ "{\"a\":1,\"a\":2}", "a=D:1;a=D:2;" },
};

START_TEST(test_read_valid)
{
	ck_assert_int_eq(read_text(valid[_i].text, 0), 0);
	ck_assert_str_eq(members, valid[_i].expected);
}
END_TEST

static const char *const invalid[] = {
	"",
	" ",
	"{",
	"}",
	"[]",
	"1",
	"\"a\"",
	"{}{}",
	"{} x",
	"{,}",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{\"a\":1",
	"{\"a\":1 ",
	"{\"a\":1 2}",
	"{\"a\":\"x",
	"{\"a\":\"x}",
	"{\"a\":\"\\",
	"{\"a\":\"\\u00",
	"{\"a\":\"\\u00g0\"}",
	"{\"a\":\"\\ud83c\\u00\"}",
	"{\"a\":\"\\x41\"}",
	"{\"a\":\"\n\"}",
	"{\"a\":\"\xff\"}",
	"{\"a\":\"\xe9\x9a\"}",
	"{a:1}",
	"{'a':1}",
	"{\"a\":01}",
	"{\"a\":+1}",
	"{\"a\":.5}",
	"{\"a\":1.}",
	"{\"a\":1e}",
	"{\"a\":-}",
	"{\"a\":tru}",
	"{\"a\":TRUE}",
	"{\"a\":nulll}",
	"{\"a\":[1}",
	"{\"a\":[1,]}",
	"{\"a\":{\"b\"}}",
	"{\"a\":{\"b\":1,}}",
	"{\"a\":{1:1}}",
	"{\"a\":[\"x]}",
};

START_TEST(test_read_invalid)
{
	ck_assert_int_eq(read_text(invalid[_i], 0), -EINVAL);
}
END_TEST

START_TEST(test_read_stops)
{
	ck_assert_int_eq(read_text("{\"a\":1,\"b\":2}", -EDOM), -EDOM);
	ck_assert_str_eq(members, "a=D:1;");
	ck_assert_int_eq(read_text("{\"a\":1,\"b\":2}", 5), 0);
}
END_TEST

START_TEST(test_read_depth)
{
	char text[2 * JSON_DEPTH_MAX + 16];
	for (int over = 0; over < 2; over++) {
		size_t depth = JSON_DEPTH_MAX + (size_t)over;
		strcpy(text, "{\"a\":");
		memset(text + 5, '[', depth);
		memset(text + 5 + depth, ']', depth);
		strcpy(text + 5 + 2 * depth, "}");
		ck_assert_int_eq(read_text(text, 0), over ? -EINVAL : 0);
	}
}
END_TEST

static int compare(const struct json_member *member, void *data)
{
	ck_assert_int_eq(member->type, JSON_STRING);
	ck_assert_str_eq(member->key, data);
	ck_assert_str_eq(member->text, data);
	return 0;
}

/* What the writer wrote of any valid text, the reader gives back. */
START_TEST(test_round_trip)
{
	static const char *const pieces[] = { "a", "\"", "\\", "\n", "\x7f", "隔", "🏯",
		"\xe2\x80\xa8", "\xc2\x85", "/", "\xf3\xa0\x81\xa1", "\x01" };
	srand(random_seed("json"));
	for (int round = 0; round < 2000; round++) {
		char text[256] = "";
		for (int i = rand() % 20; i > 0; i--)
			strcat(text, pieces[(size_t)rand() % (sizeof(pieces) / sizeof(pieces[0]))]);
		json_init(&json);
		json_object_begin(&json);
		json_key(&json, text);
		json_string(&json, text);
		json_object_end(&json);
		ck_assert_ptr_null(strchr(json.text, '\n'));
		ck_assert_int_eq(json_read_object(json.text, json.length, compare, text), 0);
		json_clear(&json);
	}
}
END_TEST

/* The text that was read is what it was; only the very same is what was written. */
START_TEST(test_copy_and_compare)
{
	static const char text[] = "{\"a\":\"\\n\"}\n";
	const size_t length = sizeof(text) - 1;
	char copy[sizeof(text)];
	int stop = 0;

	memcpy(copy, text, sizeof(text));
	members[0] = '\0';
	ck_assert_int_eq(json_read_copy(copy, length, collect, &stop), 0);
	ck_assert_str_eq(members, "a=S:\n;");
	ck_assert_mem_eq(copy, text, sizeof(text));
	ck_assert_int_eq(json_read_copy(copy, 0, collect, &stop), -EINVAL);
	for (int more = -1; more <= 1; more++) {
		json_init(&json);
		json_object_begin(&json);
		json_key(&json, "a");
		json_string(&json, "\n");
		json_object_end(&json);
		json_newline(&json);
		ck_assert_int_eq(
			json_compare(&json, text, length + (size_t)more), more == 0 ? 0 : -EINVAL);
		ck_assert_ptr_null(json.text);
	}
	json_init(&json);
	json_string(&json, "");
	ck_assert_int_eq(json_compare(&json, "''", 2), -EINVAL);
	json_init(&json);
	json.failed = true;
	ck_assert_int_eq(json_compare(&json, "", 0), -ENOMEM);
}
END_TEST

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("json");
	tcase_add_test(tests, test_structure);
	tcase_add_loop_test(tests, test_escapes, 0, COUNT(escapes));
	tcase_add_test(tests, test_any_byte_anywhere);
	tcase_add_test(tests, test_member);
	tcase_add_test(tests, test_string_with_length);
	tcase_add_test(tests, test_growth);
	tcase_add_loop_test(tests, test_read_valid, 0, COUNT(valid));
	tcase_add_loop_test(tests, test_read_invalid, 0, COUNT(invalid));
	tcase_add_test(tests, test_read_stops);
	tcase_add_test(tests, test_read_depth);
	tcase_add_test(tests, test_round_trip);
	tcase_add_test(tests, test_copy_and_compare);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
