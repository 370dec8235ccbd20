/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions: whatever is asked, the index answers as reading every line does. */
#include "test_logindex.h"

START_TEST(test_questions)
{
	srandom(random_seed("logindex") + (unsigned int)_i);
	append(SEGMENT, 40, 40);
	ck_assert_int_eq(update(SEGMENT, false).made, LOGINDEX_MADE);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	read_lines(SEGMENT);
	ck_assert_int_eq(logindex_end(reader),
		lines[line_count - 1].offset + (int64_t)lines[line_count - 1].length + 1);
	ask_many(QUESTIONS);
	forget_lines();
}
END_TEST

/* More lines than a part has; then more of them, and more. */
START_TEST(test_growing)
{
	struct logindex_work work;

	srandom(random_seed("logindex, growing"));
	append(SEGMENT, 1700, 40);
	work = update(SEGMENT, false);
	ck_assert_uint_gt(work.rows, LOGINDEX_ROWS);
	append(SEGMENT, 3, 40);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	ck_assert_uint_eq(logindex_parts(reader), 2);
	read_lines(SEGMENT);
	ck_assert_int_lt(logindex_end(reader), lines[line_count - 1].offset);
	ask_many(ROUNDS);
	forget_lines();
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t rows = work.rows;

		append(SEGMENT, 700, 40);
		work = update(SEGMENT, false);
		ck_assert_int_eq(work.made, LOGINDEX_EXTENDED);
		ck_assert_uint_gt(work.rows, rows);
		ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
		read_lines(SEGMENT);
		ck_assert_uint_eq(work.rows, line_count);
		ask_many(ROUNDS);
		forget_lines();
		work = update(SEGMENT, false);
		ck_assert_int_eq(work.made, LOGINDEX_KEPT);
		ck_assert_int_eq(work.bytes, 0);
	}
	ck_assert_int_eq(update(SEGMENT, true).made, LOGINDEX_MADE);
}
END_TEST

/* What may still be cut off is not in the index. */
START_TEST(test_whole_groups)
{
	const char *flow = "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"flow-"
			   "blocked\"}\n";
	const char *ledger =
		"{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"ledger\"}\n";
	char path[256];

	testdir_append(logs, SEGMENT, flow);
	ck_assert_uint_eq(update(SEGMENT, false).rows, 0);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ENOENT);
	testdir_append(logs, SEGMENT, ledger);
	testdir_append(logs, SEGMENT, flow);
	testdir_append(logs, SEGMENT, "{\"@timest");
	ck_assert_uint_eq(update(SEGMENT, false).rows, 2);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	ck_assert_int_eq(logindex_end(reader), (int64_t)(strlen(flow) + strlen(ledger)));
	/* The recorder cuts the rest off, and goes on. */
	path_of(path, logs, SEGMENT);
	ck_assert_int_eq(truncate(path, logindex_end(reader)), 0);
	testdir_append(logs, SEGMENT, ledger);
	ck_assert_uint_eq(update(SEGMENT, false).rows, 3);
}
END_TEST

/* A line that is too long to be a record: the index ends before it. */
START_TEST(test_too_long)
{
	static char text[2u << 20];
	int64_t end;

	srandom(7);
	append(SEGMENT, 10, 10);
	end = (int64_t)update(SEGMENT, false).bytes;
	memset(text, 'x', sizeof(text) - 2);
	text[sizeof(text) - 2] = '\n';
	testdir_append(logs, SEGMENT, text);
	append(SEGMENT, 10, 10);
	update(SEGMENT, false);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	ck_assert_int_eq(logindex_end(reader), end);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logindex");
	TCase *tests = tcase_create("index");

	tcase_set_timeout(tests, 600);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_questions, 0, 3);
	tcase_add_test(tests, test_growing);
	tcase_add_test(tests, test_whole_groups);
	tcase_add_test(tests, test_too_long);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
