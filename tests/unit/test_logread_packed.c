/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressed files, and damage in them. */
#include "test_logread.h"

/* Compress a file, the way the recorder does. */
static void compress(const char *name)
{
	struct logfile_pack *pack;
	int fd = open(directory, O_RDONLY | O_DIRECTORY);
	int r = logfile_pack_begin(fd, name, NULL, &pack);

	ck_assert_int_eq(r, 0);
	while ((r = logfile_pack_step(pack)) > 0)
		;
	ck_assert_int_eq(r, 0);
	logfile_pack_end(pack);
	close(fd);
}

/* Positions stay the same while files are compressed under the reader. */
START_TEST(test_compressed)
{
	struct logread_position position;

	append(DAY_1, FLOW "1}\n" LEDGER "2}\n");
	append(DAY_2, EVENT "3}\n" FLOW "torn}\n");
	append(DAY_3, EVENT "4}\n");
	ck_assert_int_eq(logread_whole_groups(reader), 0);
	expect(FLOW "1}");
	logread_tell(reader, &position);
	compress(DAY_1);
	expect(LEDGER "2}");
	compress(DAY_2);
	expect(EVENT "3}");
	expect(EVENT "4}");
	expect(NULL);
	ck_assert_uint_eq(logread_findings(reader).torn, 1);
	logread_seek(reader, &position);
	expect(LEDGER "2}");
	ck_assert_int_eq(logread_seek_end(reader), 0);
	expect_previous(EVENT "4}");
	expect_previous(EVENT "3}");
	expect_previous(LEDGER "2}");
	expect_previous(FLOW "1}");
	expect_previous(NULL);
	logread_seek_day(reader, "20261120");
	expect(EVENT "3}");
}
END_TEST

/* A compressed file that is damaged is an error, and not the end of the log. */
START_TEST(test_compressed_damaged)
{
	char *line;
	size_t length;

	append(DAY_1, EVENT "1}\n");
	append(DAY_2 ".zst", "not compressed\n");
	append(DAY_3, EVENT "3}\n");
	expect(EVENT "1}");
	ck_assert_int_eq(logread_next(reader, &line, &length), -EBADMSG);
	expect(EVENT "3}");
	expect(NULL);
	ck_assert_int_eq(logread_seek_end(reader), 0);
	expect_previous(EVENT "3}");
	ck_assert_int_eq(logread_previous(reader, &line, &length), -EBADMSG);
	expect_previous(EVENT "1}");
	expect_previous(NULL);
}
END_TEST

/* Damage that is skipped ----------------------------------------------------------------------- */

#define FRAME_LINES 380 /* of 1,001 bytes: three frames */

static struct {
	char file[LOGNAME_MAX];
	int64_t begin, end;
	int times;
} told;

static void note_damage(const struct logread_damage *damage, void *data)
{
	ck_assert_ptr_eq(data, &told);
	snprintf(told.file, sizeof(told.file), "%s", damage->file);
	told.begin = damage->begin;
	told.end = damage->end;
	told.times++;
}

/* Line n is an event, the end of a group, if n is a multiple of every. */
static void text_of(int n, int every, char text[1001])
{
	int length =
		snprintf(text, 1001, "%s\"n\":%d,\"pad\":\"", n % every == 0 ? EVENT : FLOW, n);

	/* Nothing that could be packed into a few bytes. */
	for (; length < 998; length++)
		text[length] = (char)('A' + random() % 58 / 2);
	memcpy(text + 998, "\"}", 3);
}

/* DAY_2: compressed, of FRAME_LINES lines; some bytes of it damaged, from a part of it on. */
static void damaged_day(int every, double part)
{
	char path[256], text[1001];
	struct stat status;
	int fd;

	for (int n = 1; n <= FRAME_LINES; n++) {
		text_of(n, every, text);
		text[1000] = '\0';
		append(DAY_2, text);
		append(DAY_2, "\n");
	}
	compress(DAY_2);
	path_of(DAY_2 ".zst", path);
	fd = open(path, O_RDWR);
	ck_assert_int_eq(fstat(fd, &status), 0);
	ck_assert_int_eq(pwrite(fd, "damaged!", 8, (off_t)(part * (double)status.st_size)), 8);
	close(fd);
}

static void open_skipping(void)
{
	memset(&told, 0, sizeof(told));
	logread_skip_damaged(reader, note_damage, &told);
}

/* The numbers of the lines that are there, in one direction: those of a part are missing. */
static void expect_without(bool backward, int first_lost, int last_lost)
{
	int expected = backward ? FRAME_LINES : 1, step = backward ? -1 : 1;
	char *line;
	size_t length;

	for (;; expected += step) {
		int found;

		if (expected == (backward ? last_lost : first_lost))
			expected = backward ? first_lost - 1 : last_lost + 1;
		found = backward ? logread_previous(reader, &line, &length)
				 : logread_next(reader, &line, &length);
		ck_assert_int_ge(found, 0);
		if (expected < 1 || expected > FRAME_LINES) {
			ck_assert_int_eq(found,
				strcmp(line, EVENT "end}") == 0 || strcmp(line, EVENT "0}") == 0);
			return;
		}
		ck_assert_int_eq(found, 1);
		ck_assert_int_eq(number_in(line), expected);
	}
}

/* At its begin, in its middle, at its end: with a group of each line, and with a single one. */
static const struct {
	int every;
	double part;
} damages[] = {
	{ 1, 0.05 },
	{ 1, 0.4 },
	{ 1, 0.8 },
	{ 38, 0.05 },
	{ 38, 0.4 },
	{ 38, 0.8 },
	{ FRAME_LINES, 0.05 },
	{ FRAME_LINES, 0.4 },
	{ FRAME_LINES, 0.8 },
};

START_TEST(test_skip_damaged)
{
	int first, last;

	append(DAY_1, EVENT "0}\n");
	damaged_day(damages[_i].every, damages[_i].part);
	append(DAY_3, EVENT "end}\n");
	ck_assert_int_eq(logread_whole_groups(reader), 0);
	open_skipping();
	expect(EVENT "0}");
	/* Where it is, is what is told. */
	logread_seek_day(reader, "20261120");
	while (told.times == 0) {
		char *line;
		size_t length;

		ck_assert_int_eq(logread_next(reader, &line, &length), 1);
	}
	ck_assert_str_eq(told.file, DAY_2);
	ck_assert_int_gt(told.end - told.begin, 100000);
	ck_assert_int_lt(told.end - told.begin, 150000);
	ck_assert_int_eq(told.begin % 1001, 0);
	first = (int)(told.begin / 1001) + 1;
	last = (int)(told.end / 1001);
	logread_seek_day(reader, "20261120");
	expect_without(false, first, last);
	ck_assert_int_eq(logread_seek_end(reader), 0);
	expect_previous(EVENT "end}");
	expect_without(true, first, last);
	ck_assert_uint_eq(logread_findings(reader).torn, 0);
	ck_assert_int_eq(told.end / 1001, last);
	ck_assert_int_eq(told.begin / 1001 + 1, first);
}
END_TEST

/* All of it: the file before and the one behind are read. */
START_TEST(test_skip_file)
{
	append(DAY_1, EVENT "1}\n");
	append(DAY_2 ".zst", "not compressed\n");
	append(DAY_3, EVENT "3}\n");
	open_skipping();
	expect(EVENT "1}");
	expect(EVENT "3}");
	expect(NULL);
	ck_assert_str_eq(told.file, DAY_2);
	ck_assert_int_eq(told.end, -1);
	ck_assert_int_eq(logread_seek_end(reader), 0);
	expect_previous(EVENT "3}");
	expect_previous(EVENT "1}");
	expect_previous(NULL);
	ck_assert_int_eq(told.times, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logread-packed");
	TCase *tests = tcase_create("logread");

	tcase_add_checked_fixture(tests, open_directory, close_directory);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_compressed);
	tcase_add_test(tests, test_compressed_damaged);
	tcase_add_loop_test(tests, test_skip_damaged, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_test(tests, test_skip_file);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
