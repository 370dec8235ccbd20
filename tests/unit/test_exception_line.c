/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the register of exceptions, their chain and their numbers. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "register.h"
#include "suite.h"

/* ---- lines ---- */

static const char first_line[] =
	"{\"line\":1,\"time\":\"2026-11-21T09:30:00Z\",\"action\":\"request\","
	"\"exception\":\"X-2026-0001\",\"uid\":1001,\"user\":\"sato\",\"from\":\"10.10.0.12\","
	"\"to\":\"10.20.0.40\",\"service\":\"tcp/445\",\"start\":\"2026-11-21T09:30:00Z\","
	"\"end\":\"2026-11-21T10:30:00Z\",\"emergency\":false,"
	"\"clauses\":\"第2章4(1)①,第2章4(2)①(ア)\","
	"\"reason\":\"基幹系の障害により \\\"暫定\\\" 経路を使う\","
	"\"previous\":\"0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8\"}\n";

START_TEST(test_line)
{
	struct exception_entry again;

	request();
	ck_assert_str_eq(text.text, first_line);
	ck_assert_int_eq(exception_line_read(text.text, text.length, &again), 0);
	ck_assert_int_eq(again.time, NOW);
	ck_assert_int_eq(again.end, NOW + HOUR);
	ck_assert_uint_eq(again.uid, SATO);
	ck_assert_str_eq(again.text, entry.text);
	exception_entry_clear(&again);
}
END_TEST

/* Each change of a byte, each byte less or more: not what is written, or not the chain's. */
START_TEST(test_every_byte)
{
	struct exception_reading reading;
	char *changed;
	size_t length;

	request();
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	length = text.length;
	changed = malloc(length + 1);
	for (size_t i = 0; i + 1 < length; i++) {
		struct exception_register other;
		int r;

		memcpy(changed, text.text, length);
		changed[i] ^= 1;
		exception_register_init(&other);
		r = exception_register_read(&other, changed, length, &reading);
		/* In the last line its own digits may stand for another time or person: only the
		 * line after it, or the log's event, would tell. */
		if (r == 0 && i < sizeof(first_line) - 1)
			ck_abort_msg("byte %zu can be changed", i);
		exception_register_clear(&other);
		memmove(changed + i, changed + i + 1, length - i - 1);
		r = exception_register_read(&other, changed, length - 1, &reading);
		if (r == 0 && i < sizeof(first_line) - 1)
			ck_abort_msg("byte %zu can be left out", i);
		exception_register_clear(&other);
	}
	free(changed);
}
END_TEST

static void ck_read(const char *content, size_t length, int result)
{
	struct exception_register other;
	struct exception_reading reading;

	exception_register_init(&other);
	ck_assert_int_eq(exception_register_read(&other, content, length, &reading), result);
	exception_register_clear(&other);
}

START_TEST(test_read_again)
{
	struct exception_register other;
	struct exception_reading reading;
	struct json one, two;

	request();
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	make_request();
	set(&entry.to, "10.20.0.41");
	entry.emergency = true;
	take();
	step(EXCEPTION_REPORT, "X-2026-0002", SATO, NOW + 60, "報告");
	step(EXCEPTION_EXPIRE, "X-2026-0001", 0, NOW + DAY, NULL);
	exception_register_init(&other);
	ck_assert_int_eq(exception_register_read(&other, text.text, text.length, &reading), 0);
	ck_assert_uint_eq(reading.valid, text.length);
	ck_assert_uint_eq(reading.torn, 0);
	ck_assert_uint_eq(other.count, 2);
	ck_assert_uint_eq(other.lines, 5);
	ck_assert_mem_eq(other.digest, reg.digest, sizeof(reg.digest));
	for (size_t i = 0; i < 2; i++) {
		json_init(&one);
		json_init(&two);
		exception_write(&one, &reg.items[i], NOW + DAY, NULL);
		exception_write(&two, &other.items[i], NOW + DAY, NULL);
		ck_assert_str_eq(one.text, two.text);
		json_clear(&one);
		json_clear(&two);
	}
	exception_register_clear(&other);
}
END_TEST

START_TEST(test_torn)
{
	struct exception_register other;
	struct exception_reading reading;
	size_t whole;

	request();
	whole = text.length;
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	for (size_t length = whole; length < text.length; length++) {
		exception_register_init(&other);
		ck_assert_int_eq(exception_register_read(&other, text.text, length, &reading), 0);
		ck_assert_uint_eq(reading.valid, whole);
		ck_assert_uint_eq(reading.torn, length - whole);
		ck_assert_uint_eq(other.lines, 1);
		exception_register_clear(&other);
	}
	/* The line that says what was cut. */
	make_step(EXCEPTION_REPAIR, NULL, 0, NOW + 90, NULL);
	entry.bytes = 17;
	take();
	ck_read(text.text, text.length, 0);
	ck_read("", 0, 0);
}
END_TEST

/* Lines left out, exchanged, repeated. */
START_TEST(test_broken)
{
	struct exception_reading reading;
	struct exception_register other;
	char *content;
	size_t first, second;

	request();
	first = text.length;
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	second = text.length - first;
	ck_read(text.text + first, second, -EBADMSG);
	content = malloc(2 * text.length);
	memcpy(content, text.text + first, second);
	memcpy(content + second, text.text, first);
	ck_read(content, first + second, -EBADMSG);
	memcpy(content, text.text, text.length);
	memcpy(content + text.length, text.text + first, second);
	exception_register_init(&other);
	ck_assert_int_eq(
		exception_register_read(&other, content, text.length + second, &reading), -EBADMSG);
	ck_assert_uint_eq(reading.broken_line, 3);
	ck_assert_str_eq(reading.broken, "its number does not follow");
	exception_register_clear(&other);
	free(content);
}
END_TEST

/* Lines whose chain is right and that nobody may have written. */
static void forge(enum exception_action action, uint32_t uid, int64_t time, const char *id,
	const char *words, const char *wrong)
{
	struct exception_reading reading;
	struct exception_register other;
	size_t before = text.length;

	make_step(action, id, uid, time, words);
	entry.line = reg.lines + 1;
	memcpy(entry.previous, reg.digest, sizeof(entry.previous));
	if (action == EXCEPTION_REQUEST) {
		entry.from = strdup("a");
		entry.to = strdup("b");
		entry.service = strdup("c");
		entry.clauses = strdup("d");
		entry.start = time;
		entry.end = time + HOUR;
	}
	exception_line_write(&text, &entry);
	exception_register_init(&other);
	ck_assert_int_eq(
		exception_register_read(&other, text.text, text.length, &reading), -EBADMSG);
	ck_assert_uint_eq(reading.broken_line, reg.lines + 1);
	ck_assert_str_eq(reading.broken, wrong);
	exception_register_clear(&other);
	text.length = before;
	json_newline(&text);
	text.length = before;
	text.comma = false;
}

START_TEST(test_forged)
{
	request();
	forge(EXCEPTION_APPROVE, SATO, NOW + 60, "X-2026-0001", NULL,
		"the lines before do not permit it");
	forge(EXCEPTION_APPROVE, SUZUKI, NOW + HOUR, "X-2026-0001", NULL,
		"the lines before do not permit it");
	forge(EXCEPTION_REVOKE, SUZUKI, NOW + 60, "X-2026-0001", "x",
		"the lines before do not permit it");
	forge(EXCEPTION_APPROVE, SUZUKI, NOW + 60, "X-2026-0002", NULL,
		"the lines before do not permit it");
	forge(EXCEPTION_APPROVE, SUZUKI, NOW - 1, "X-2026-0001", NULL,
		"its time is before that of the line before");
	forge(EXCEPTION_REQUEST, SATO, NOW + 60, "X-2026-0003", "x",
		"its exception's number does not follow");
	forge(EXCEPTION_REQUEST, SATO, NOW + 60, "X-2026-0001", "x",
		"its exception's number does not follow");
	/* And one that may. */
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	ck_read(text.text, text.length, 0);
}
END_TEST

static const char *const no_lines[] = {
	"\n",
	"{}\n",
	"[]\n",
	"{\"line\":1}\n",
	"{\"line\":01}\n",
	"null\n",
	"{\"line\":1,\"line\":1}\n",
	"\xff\n",
	"{\"line\":18446744073709551616}\n",
	"{\"action\":\"grant\"}\n",
	"{\"uid\":4294967296}\n",
	"{\"time\":\"2026-02-30T00:00:00Z\"}\n",
	"{\"emergency\":1}\n",
	"{\"previous\":\"00\"}\n",
	"{\"user\":\"a\",\"user\":\"b\"}\n",
	"{\"colour\":\"red\"}\n",
};

START_TEST(test_no_line)
{
	struct exception_entry again;

	ck_assert_int_eq(exception_line_read(no_lines[_i], strlen(no_lines[_i]), &again), -EINVAL);
	exception_entry_clear(&again);
	ck_read(no_lines[_i], strlen(no_lines[_i]), -EBADMSG);
}
END_TEST

/* The longest line that can be asked for is read again. */
START_TEST(test_longest_line)
{
	struct exception_entry again;
	char *words = malloc(EXCEPTION_TEXT_MAX + 1);

	memset(words, '"', EXCEPTION_TEXT_MAX);
	words[EXCEPTION_TEXT_MAX] = '\0';
	make_request();
	set(&entry.text, words);
	words[EXCEPTION_PLACE_MAX] = '\0';
	set(&entry.from, words);
	set(&entry.to, words);
	set(&entry.service, words);
	set(&entry.clauses, words);
	take();
	ck_assert_uint_lt(text.length, EXCEPTION_LINE_MAX);
	ck_assert_int_eq(exception_line_read(text.text, text.length, &again), 0);
	exception_entry_clear(&again);
	free(words);
}
END_TEST

/* ---- numbers and times ---- */

START_TEST(test_numbers)
{
	static const char *const services[] = { "tcp/1", "tcp/2", "tcp/3" };

	for (size_t i = 0; i < 3; i++) {
		make_request();
		set(&entry.service, services[i]);
		take();
	}
	ck_assert_ptr_nonnull(exception_find(&reg, "X-2026-0003"));
	make_request();
	entry.time = entry.start = INT64_C(1798761600); /* 2027-01-01T00:00:00Z */
	entry.end = entry.start + HOUR;
	take();
	ck_assert_ptr_nonnull(exception_find(&reg, "X-2027-0001"));
	/* Set back, the clock does not go back in the register. */
	make_request();
	set(&entry.service, "tcp/9");
	entry.start = 0;
	entry.end = NOW + 60 * DAY;
	take();
	ck_assert_int_eq(entry.start, INT64_C(1798761600));
	ck_assert_ptr_nonnull(exception_find(&reg, "X-2027-0002"));
	ck_assert_int_eq(exception_find(&reg, "X-2027-0002")->request.time, INT64_C(1798761600));
	ck_read(text.text, text.length, 0);
}
END_TEST

START_TEST(test_times)
{
	static const char *const wrong[] = { "", "2026-11-21T09:30:00", "2026-11-21 09:30:00Z",
		"2026-11-21T09:30:00+00:00", "2026-02-29T00:00:00Z", "2026-11-21T24:00:00Z",
		"2026-11-21T09:30:60Z", "1969-12-31T23:59:59Z", " 2026-11-21T09:30:00Z",
		"2026-1-21T09:30:00Z", "2026-11-21T09:30:00ZZ", "-026-11-21T09:30:00Z" };
	static const int64_t right[] = { 0, 1, NOW, INT64_C(1835395200), INT64_C(253402300799) };
	char written[EXCEPTION_TIME_MAX];
	int64_t time;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(exception_time_parse(wrong[i], &time) == -EINVAL, "%s", wrong[i]);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		exception_time_format(right[i], written);
		ck_assert_int_eq(exception_time_parse(written, &time), 0);
		ck_assert_int_eq(time, right[i]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exception_line");
	TCase *tests = tcase_create("exception_line");

	tcase_add_checked_fixture(tests, register_set_up, register_tear_down);
	tcase_add_test(tests, test_line);
	tcase_add_test(tests, test_every_byte);
	tcase_add_test(tests, test_read_again);
	tcase_add_test(tests, test_torn);
	tcase_add_test(tests, test_broken);
	tcase_add_test(tests, test_forged);
	tcase_add_loop_test(tests, test_no_line, 0, sizeof(no_lines) / sizeof(no_lines[0]));
	tcase_add_test(tests, test_longest_line);
	tcase_add_test(tests, test_numbers);
	tcase_add_test(tests, test_times);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
