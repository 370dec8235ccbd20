/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading in order, backward, while files grow, after a crash. */
#include "test_logread.h"

START_TEST(test_no_directory)
{
	struct logread *log = NULL;

	ck_assert_int_eq(logread_open("/nonexistent/log", &log), -ENOENT);
	ck_assert_int_eq(logread_open("/etc/passwd", &log), -ENOTDIR);
	ck_assert_ptr_null(log);
	logread_close(NULL);
}
END_TEST

START_TEST(test_empty)
{
	expect(NULL);
	expect_previous(NULL);
	ck_assert_int_eq(logread_seek_end(reader), 0);
	expect(NULL);
	expect_previous(NULL);
	append(DAY_2, "");
	expect(NULL);
	ck_assert_int_eq(logread_seek_end(reader), 0);
	expect_previous(NULL);
	append(DAY_2, "a\n");
	expect("a");
}
END_TEST

START_TEST(test_order_of_files)
{
	append(DAY_3, "5\n");
	append(DAY_1, "1\n\n2\n");
	append(DAY_2B, "4\n");
	append(DAY_2, "3\n");
	/* None of these is one of the log's. */
	append("hedate-20261120.jsonl.torn", "x\n");
	append("hedate-2026112.jsonl", "x\n");
	append("hedate-20261120.json", "x\n");
	append("xhedate-20261120.jsonl", "x\n");
	append(".hedate-20261120.jsonl.swp", "x\n");
	for (int i = 0; i < 2; i++) {
		expect("1");
		expect("");
		expect("2");
		expect("3");
		expect("4");
		expect("5");
		expect(NULL);
		expect_previous("5");
		expect_previous("4");
		expect_previous("3");
		expect_previous("2");
		expect_previous("");
		expect_previous("1");
		expect_previous(NULL);
	}
	logread_seek_day(reader, "20261120");
	expect("3");
	logread_seek_day(reader, "20261122");
	expect(NULL);
	expect_previous("5");
}
END_TEST

START_TEST(test_not_a_file)
{
	char path[256];

	append(DAY_1, "1\n");
	path_of(DAY_2, path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	path_of(DAY_2B, path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	append(DAY_3, "3\n");
	expect("1");
	expect("3");
	expect_previous("3");
	expect_previous("1");
	expect_previous(NULL);
}
END_TEST

START_TEST(test_growing)
{
	append(DAY_2, "one\ntw");
	expect("one");
	expect(NULL);
	append(DAY_2, "o\nthree");
	expect("two");
	expect(NULL);
	expect(NULL);
	append(DAY_2, "\n");
	expect("three");
	expect(NULL);
	/* Midnight. */
	append(DAY_2, "four\n");
	append(DAY_3, "fi");
	expect("four");
	expect(NULL);
	append(DAY_3, "ve\n");
	expect("five");
	expect(NULL);
	ck_assert_uint_eq(logread_findings(reader).torn, 0);
}
END_TEST

START_TEST(test_torn_line)
{
	append(DAY_2, "one\ntorn");
	expect("one");
	expect(NULL);
	append(DAY_2B, "two\n");
	expect("two");
	ck_assert_uint_eq(logread_findings(reader).torn, 1);
	expect_previous("two");
	expect_previous("one");
	expect_previous(NULL);
	ck_assert_uint_eq(logread_findings(reader).torn, 2);
}
END_TEST

/* The recorder cuts a torn end off and writes on: nothing of the torn line may come out. */
START_TEST(test_cut_back)
{
	char path[256];

	append(DAY_2, "one\ntorn torn torn");
	expect("one");
	expect(NULL);
	path_of(DAY_2, path);
	ck_assert_int_eq(truncate(path, 4), 0);
	expect(NULL);
	append(DAY_2, "2\n");
	expect("2");
	expect(NULL);
}
END_TEST

START_TEST(test_positions)
{
	struct logread_position begin, middle, end, other = { .file = "hedate-20000101.jsonl" };

	append(DAY_1, "1\n2\n");
	append(DAY_2, "3\n4\n5");
	logread_tell(reader, &begin);
	ck_assert_str_eq(begin.file, "");
	expect("1");
	expect("2");
	expect("3");
	logread_tell(reader, &middle);
	ck_assert_str_eq(middle.file, DAY_2);
	ck_assert_int_eq(middle.offset, 2);
	expect("4");
	expect(NULL);
	ck_assert_int_eq(logread_seek_end(reader), 0);
	logread_tell(reader, &end);
	ck_assert_str_eq(end.file, DAY_2);
	ck_assert_int_eq(end.offset, 4);
	expect_previous("4");
	expect_previous("3");
	expect("3");
	logread_seek(reader, &end);
	append(DAY_2, "\n");
	expect("5");
	logread_seek(reader, &middle);
	expect("4");
	logread_seek(reader, &middle);
	expect_previous("3");
	expect_previous("2");
	logread_seek(reader, &begin);
	expect("1");
	/* The file is gone: the next one follows. */
	logread_seek(reader, &other);
	expect("1");
}
END_TEST

/* Lines around the sizes at which the buffer is filled again. */
START_TEST(test_long_lines)
{
	static const size_t lengths[] = { 0, 1, 65535, 65536, 65537, 131071, 131072, 500000,
		LOGREAD_LINE_MAX - 1, LOGREAD_LINE_MAX };
	const size_t count = sizeof(lengths) / sizeof(lengths[0]);
	char *text = malloc(LOGREAD_LINE_MAX + 2), *line;
	size_t length;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < count; i++) {
		memset(text, 'a' + (int)i, lengths[i]);
		text[lengths[i]] = '\n';
		append_bytes(DAY_2, text, lengths[i] + 1);
	}
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(logread_next(reader, &line, &length), 1);
		ck_assert_uint_eq(length, lengths[i]);
		ck_assert(length == 0 || (line[0] == 'a' + (int)i && line[length - 1] == line[0]));
		ck_assert_int_eq(line[length], '\0');
	}
	expect(NULL);
	for (size_t i = count; i-- > 0;) {
		ck_assert_int_eq(logread_previous(reader, &line, &length), 1);
		ck_assert_uint_eq(length, lengths[i]);
		ck_assert(length == 0 || (line[0] == 'a' + (int)i && line[length - 1] == line[0]));
		ck_assert_int_eq(line[length], '\0');
	}
	expect_previous(NULL);
	ck_assert_uint_eq(logread_findings(reader).too_long, 0);
	free(text);
}
END_TEST

static const size_t too_long[] = { LOGREAD_LINE_MAX + 1, LOGREAD_LINE_MAX + 65536,
	LOGREAD_LINE_MAX + 65537, 3 * LOGREAD_LINE_MAX };

START_TEST(test_too_long)
{
	char *text = malloc(too_long[_i] + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', too_long[_i]);
	text[too_long[_i]] = '\n';
	append_bytes(DAY_1, text, too_long[_i] + 1);
	append(DAY_2, "one\n");
	append_bytes(DAY_2, text, too_long[_i] + 1);
	append(DAY_2, "two\n");
	expect("one");
	expect("two");
	expect(NULL);
	ck_assert_uint_eq(logread_findings(reader).too_long, 2);
	expect_previous("two");
	expect_previous("one");
	expect_previous(NULL);
	ck_assert_uint_eq(logread_findings(reader).too_long, 4);
	free(text);
}
END_TEST

/* A line that is too long comes in pieces. */
START_TEST(test_too_long_growing)
{
	char *text = malloc(LOGREAD_LINE_MAX);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', LOGREAD_LINE_MAX);
	append(DAY_2, "one\n");
	expect("one");
	for (int i = 0; i < 3; i++) {
		append_bytes(DAY_2, text, LOGREAD_LINE_MAX);
		expect(NULL);
	}
	append(DAY_2, "xx\ntwo\n");
	expect("two");
	ck_assert_uint_eq(logread_findings(reader).too_long, 1);
	free(text);
}
END_TEST

START_TEST(test_whole_groups)
{
	ck_assert_int_eq(logread_whole_groups(reader), 0);
	append(DAY_2, EVENT "1}\n");
	expect(EVENT "1}");
	append(DAY_2, FLOW "2}\n" FLOW "3}\n");
	expect(NULL);
	append(DAY_2, LEDGER "4");
	expect(NULL);
	append(DAY_2, "}\n" FLOW "5}\n");
	expect(FLOW "2}");
	expect(FLOW "3}");
	expect(LEDGER "4}");
	expect(NULL);
	/* Backward as well, from what is whole. */
	ck_assert_int_eq(logread_seek_end(reader), 0);
	expect_previous(LEDGER "4}");
	expect_previous(FLOW "3}");
	expect(FLOW "3}");
	expect(LEDGER "4}");
	expect(NULL);
	ck_assert_uint_eq(logread_findings(reader).torn, 0);
	append(DAY_2, LEDGER "6}\n");
	expect(FLOW "5}");
	expect(LEDGER "6}");
	expect(NULL);
}
END_TEST

START_TEST(test_group_without_end)
{
	ck_assert_int_eq(logread_whole_groups(reader), 0);
	append(DAY_1, EVENT "1}\n" FLOW "2}\n" FLOW "3}\n" FLOW "4");
	append(DAY_2, FLOW "5}\n");
	append(DAY_2B, FLOW "6}\n" LEDGER "7}\n");
	expect(EVENT "1}");
	expect(FLOW "6}");
	expect(LEDGER "7}");
	expect(NULL);
	ck_assert_uint_eq(logread_findings(reader).torn, 4);
	expect_previous(LEDGER "7}");
	expect_previous(FLOW "6}");
	expect_previous(EVENT "1}");
	expect_previous(NULL);
	ck_assert_uint_eq(logread_findings(reader).torn, 8);
}
END_TEST

/* The recorder takes an unfinished group back, and writes it again, shorter or longer. */
START_TEST(test_group_taken_back)
{
	char path[256];

	ck_assert_int_eq(logread_whole_groups(reader), 0);
	path_of(DAY_2, path);
	append(DAY_2, EVENT "1}\n" FLOW "2}\n" FLOW "3}\n");
	expect(EVENT "1}");
	expect(NULL);
	ck_assert_int_eq(truncate(path, (off_t)strlen(EVENT "1}\n")), 0);
	expect(NULL);
	append(DAY_2, LEDGER "4}\n");
	expect(LEDGER "4}");
	append(DAY_2, FLOW "55}\n" FLOW "66}\n");
	expect(NULL);
	ck_assert_int_eq(truncate(path, (off_t)strlen(EVENT "1}\n" LEDGER "4}\n")), 0);
	expect(NULL);
	append(DAY_2, EVENT "5}\n" FLOW "6}\n" LEDGER "7}\n");
	expect(EVENT "5}");
	expect(FLOW "6}");
	expect(LEDGER "7}");
	expect(NULL);
}
END_TEST

/* A log written at random, read at random moments: every line once, in order, none too early. */
START_TEST(test_random)
{
	int written = 0, seen = 0;
	unsigned int day = 0;
	bool whole = false; /* is all that was written part of a whole group? */
	int last_whole = 0;

	srand(random_seed("logread"));
	ck_assert_int_eq(logread_whole_groups(reader), 0);
	for (int step = 0; step < 3000; step++) {
		char name[LOGNAME_MAX], text[256], *line;
		size_t length;
		int kind = rand() % 10;

		/* A group lies in one file. */
		if (whole && rand() % 50 == 0)
			day++;
		snprintf(name, sizeof(name), "hedate-202611%02u_%02u.jsonl", 1 + day / 90 % 30,
			1 + day % 90);
		if (kind < 8) {
			snprintf(text, sizeof(text), "%s%d,\"x\":\"%*s\"}\n",
				kind < 6 ? FLOW "\"n\":" : LEDGER "\"n\":", ++written, rand() % 40,
				"");
			append(name, text);
			whole = kind >= 6;
			last_whole = whole ? written : last_whole;
			continue;
		}
		for (int limit = rand() % 20; limit > 0; limit--) {
			int found = logread_next(reader, &line, &length);

			ck_assert_int_ge(found, 0);
			if (found == 0) {
				ck_assert_int_eq(seen, last_whole);
				break;
			}
			seen++;
			ck_assert_int_le(seen, last_whole);
			ck_assert_int_eq(number_in(line), seen);
		}
	}
	ck_assert_uint_eq(logread_findings(reader).torn, 0);
	/* And the whole of it backward. */
	ck_assert_int_eq(logread_seek_end(reader), 0);
	for (int n = last_whole; n > 0; n--) {
		char *line;
		size_t length;

		ck_assert_int_eq(logread_previous(reader, &line, &length), 1);
		ck_assert_int_eq(number_in(line), n);
	}
	expect_previous(NULL);
	ck_assert_int_gt(last_whole, 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logread");
	TCase *tests = tcase_create("logread");

	tcase_add_checked_fixture(tests, open_directory, close_directory);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_no_directory);
	tcase_add_test(tests, test_empty);
	tcase_add_test(tests, test_order_of_files);
	tcase_add_test(tests, test_not_a_file);
	tcase_add_test(tests, test_growing);
	tcase_add_test(tests, test_torn_line);
	tcase_add_test(tests, test_cut_back);
	tcase_add_test(tests, test_positions);
	tcase_add_test(tests, test_long_lines);
	tcase_add_loop_test(tests, test_too_long, 0, sizeof(too_long) / sizeof(too_long[0]));
	tcase_add_test(tests, test_too_long_growing);
	tcase_add_test(tests, test_whole_groups);
	tcase_add_test(tests, test_group_without_end);
	tcase_add_test(tests, test_group_taken_back);
	tcase_add_test(tests, test_random);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
