/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record with a number, among many files; the chain that a record names. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/compile.h"
#include "../../lib/logfile_pack.h"
#include "../../lib/logfind.h"
#include "../../lib/logrule.h"
#include "suite.h"
#include "testdir.h"

#define FILES 7

static char directory[TESTDIR_PATH];

static void make_directory(void)
{
	testdir_make(directory, "logfind");
}

static void remove_directory(void)
{
	testdir_remove(directory);
}

static FILE *open_file(unsigned int number, const char *mode)
{
	char path[sizeof(directory) + 32];

	snprintf(path, sizeof(path), "%s/hedate-202611%02u.jsonl", directory, number + 1);
	FILE *file = fopen(path, mode);
	ck_assert_ptr_nonnull(file);
	return file;
}

/* A line of another length each. */
static void put_line(FILE *file, uint64_t sequence)
{
	fprintf(file,
		"{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.sequence\":%lu,\"x\":\"%*s\"}\n",
		(unsigned long)sequence, (int)(sequence * 37 % 500), "");
}

/* Numbers from first on, some left out; one file has no line, one is compressed. */
static uint64_t fill(uint64_t first, uint64_t step)
{
	uint64_t sequence = first;

	for (unsigned int i = 0; i < FILES; i++) {
		FILE *file = open_file(i, "w");

		for (unsigned int line = 0; line < (i == 3 ? 0 : 50 + 100 * i); line++) {
			put_line(file, sequence);
			sequence += step;
		}
		fclose(file);
	}
	return sequence;
}

static void compress(const char *name)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY), r = 1;
	struct logfile_pack *pack;

	ck_assert_int_eq(logfile_pack_begin(fd, name, NULL, &pack), 0);
	while (r == 1)
		r = logfile_pack_step(pack);
	ck_assert_int_eq(r, 0);
	logfile_pack_end(pack);
	close(fd);
}

static void expect_line(uint64_t sequence)
{
	char wanted[64], *line;
	size_t length;

	ck_assert_int_eq(logfind(directory, sequence, &line, &length), 0);
	snprintf(wanted, sizeof(wanted), "\"event.sequence\":%lu,", (unsigned long)sequence);
	ck_assert_ptr_nonnull(strstr(line, wanted));
	ck_assert_uint_eq(strlen(line), length);
	ck_assert_int_eq(line[length - 1], '}');
	free(line);
}

static void expect_none(uint64_t sequence)
{
	size_t length;
	char *line;

	ck_assert_int_eq(logfind(directory, sequence, &line, &length), -ENOENT);
}

START_TEST(test_each)
{
	uint64_t end = fill(10, 1);

	compress("hedate-20261103.jsonl");
	for (uint64_t sequence = 10; sequence < end; sequence++)
		expect_line(sequence);
	expect_none(9);
	expect_none(end);
	expect_none(UINT64_MAX);
}
END_TEST

/* Numbers that retention, or somebody else, has taken away. */
START_TEST(test_gaps)
{
	uint64_t end = fill(1, 3);

	for (uint64_t sequence = 1; sequence < end; sequence++) {
		if (sequence % 3 == 1)
			expect_line(sequence);
		else
			expect_none(sequence);
	}
}
END_TEST

START_TEST(test_ends)
{
	FILE *file;

	expect_none(1);
	file = open_file(0, "w");
	put_line(file, 1);
	put_line(file, 2);
	/* Not whole yet. */
	fputs("{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.sequence\":3,", file);
	fclose(file);
	expect_line(1);
	expect_line(2);
	expect_none(3);
	/* Lines that are no records, and one that is longer than any can be. */
	file = open_file(1, "w");
	fputs("\nnothing\n", file);
	for (unsigned int i = 0; i < 3000000; i++)
		putc('x', file);
	putc('\n', file);
	fclose(file);
	expect_line(1);
	expect_line(2);
}
END_TEST

/* Where a compressed file is damaged, its other records are found; those in there may be there. */
START_TEST(test_damaged)
{
	uint64_t end = fill(1, 1), lost = 0, first = end - (50 + 100 * (FILES - 1));
	char path[sizeof(directory) + 32];
	struct stat status;
	size_t length;
	char *line;
	int fd;

	compress("hedate-20261107.jsonl");
	snprintf(path, sizeof(path), "%s/hedate-20261107.jsonl.zst", directory);
	fd = open(path, O_RDWR);
	ck_assert_int_eq(fstat(fd, &status), 0);
	ck_assert_int_eq(pwrite(fd, "damaged!", 8, 40), 8);
	for (uint64_t sequence = 1; sequence < end; sequence++) {
		int r = logfind(directory, sequence, &line, &length);

		if (r == 0)
			free(line);
		if (r == 0)
			continue;
		ck_assert_int_eq(r, -EBADMSG);
		ck_assert_uint_ge(sequence, first);
		lost++;
	}
	/* The first frame of two. */
	ck_assert_uint_gt(lost, 300);
	ck_assert_uint_lt(lost, 600);
	expect_line(end - 1);
	/* The table of the frames. */
	ck_assert_int_eq(ftruncate(fd, status.st_size - 1), 0);
	close(fd);
	expect_line(first - 1);
	ck_assert_int_eq(logfind(directory, end - 1, &line, &length), -EBADMSG);
}
END_TEST

START_TEST(test_errors)
{
	size_t length;
	char *line;

	ck_assert_int_eq(logfind("/no/such/directory", 1, &line, &length), -ENOENT);
	ck_assert_int_eq(logfind("/dev/null", 1, &line, &length), -ENOTDIR);
}
END_TEST

/* ---- chains ---- */

START_TEST(test_chains)
{
	static const struct {
		struct logrule_flow flow;
		const char *chain;
	} cases[] = {
		{ { "no-path", "internet", "mynumber", "internet.a" },
			"deny-no-path-internet-mynumber" },
		{ { "spoof", "internet", "unknown", "internet.a" },
			"deny-spoof-internet.a-unknown" },
		{ { "device", "mynumber", "unknown", "mynumber.b" },
			"deny-device-mynumber.b-unknown" },
		{ { "input", "lgwan", "gateway", NULL }, "deny-input-lgwan-gateway" },
		{ { "observed", "lgwan", "internet", NULL }, "observe-lgwan-internet" },
		{ { "spoof", "internet", "unknown", NULL }, NULL },
		{ { "unknown", "internet", "mynumber", NULL }, NULL },
		{ { NULL, "internet", "mynumber", NULL }, NULL },
		{ { "no-path", "internet", NULL, NULL }, NULL },
	};
	char chain[RULESET_NAME_MAX + 1];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r = logrule_chain(&cases[i].flow, chain);

		ck_assert_int_eq(r, cases[i].chain ? 0 : -EINVAL);
		if (cases[i].chain)
			ck_assert_str_eq(chain, cases[i].chain);
	}
}
END_TEST

/* A name that is longer than any chain's. */
START_TEST(test_long_chain)
{
	char name[RULESET_NAME_MAX], chain[RULESET_NAME_MAX + 1];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	const struct logrule_flow flow = { "no-path", name, "mynumber", NULL };
	ck_assert_int_eq(logrule_chain(&flow, chain), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logfind");
	TCase *files = tcase_create("files"), *chains = tcase_create("chains");

	tcase_add_checked_fixture(files, make_directory, remove_directory);
	tcase_set_timeout(files, 60);
	tcase_add_test(files, test_each);
	tcase_add_test(files, test_gaps);
	tcase_add_test(files, test_ends);
	tcase_add_test(files, test_damaged);
	tcase_add_test(files, test_errors);
	tcase_add_test(chains, test_chains);
	tcase_add_test(chains, test_long_chain);
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, chains);
	return suite_run(suite);
}
