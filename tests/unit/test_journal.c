/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lines name a policy by: the profile and model of the revision that they carry. The journal's
 * epochs and waiting events: test_epoch.c. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../daemon/journal.h"
#include "suite.h"
#include "testdir.h"

static char directory[TESTDIR_PATH];
static struct journal *journal;
static char log_text[1 << 16];

static void no_change(int error, void *data)
{
	(void)data;
	ck_assert_int_eq(error, 0);
}

static void set_up(void)
{
	struct logwrite_state state;
	testdir_make(directory, "journal");
	ck_assert_int_eq(journal_open(directory, NULL, no_change, NULL, &journal, &state), 0);
}

/* All lines; the files are removed. */
static void read_log(void)
{
	size_t length = 0;
	struct dirent *entry;
	DIR *files = opendir(directory);
	ck_assert_ptr_nonnull(files);
	while ((entry = readdir(files)) != NULL) {
		char path[512];
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		FILE *file = entry->d_name[0] != '.' ? fopen(path, "r") : NULL;
		if (!file)
			continue;
		length += fread(log_text + length, 1, sizeof(log_text) - 1 - length, file);
		fclose(file);
		unlink(path);
	}
	closedir(files);
	log_text[length] = '\0';
}

static void tear_down(void)
{
	journal_close(journal);
	read_log();
	rmdir(directory);
}

static void write_event(const char *revision, const char *message)
{
	struct record_event event = { .time = 1,
		.action = "apply",
		.outcome = "success",
		.revision = revision,
		.message = message };
	journal_event(journal, &event);
}

/* What stands between the revision and the message of a line. */
static void expect(const char *message, const char *wanted)
{
	char end[100];
	snprintf(end, sizeof(end), "\"message\":\"%s\"", message);
	char *at = strstr(log_text, end);
	ck_assert_ptr_nonnull(at);
	size_t length = strlen(wanted);
	ck_assert_msg(
		strncmp(at - length, wanted, length) == 0, "%s: %.200s", message, at - length);
}

START_TEST(test_policies)
{
	char revision[16], message[16];
	ck_assert_int_eq(journal_add_policy(journal, "000000000001", "miyazaki", "alpha"), 0);
	ck_assert_int_eq(journal_add_policy(journal, "000000000002", "chiryu", ""), 0);
	ck_assert_int_eq(journal_add_policy(journal, "000000000003", "", ""), 0);
	write_event("000000000001", "one");
	write_event("000000000002", "two");
	write_event("000000000003", "three");
	write_event("0000000000ff", "unknown");
	write_event("", "nothing");
	/* The oldest are forgotten, not the others; a line never gets those of another. */
	for (int i = 0; i < 15; i++) {
		snprintf(revision, sizeof(revision), "%012d", 100 + i);
		snprintf(message, sizeof(message), "p%d", i);
		ck_assert_int_eq(journal_add_policy(journal, revision, message, "m"), 0);
	}
	write_event("000000000001", "forgotten");
	write_event("000000000003", "kept");
	write_event("000000000100", "hundred");
	journal_close(journal);
	journal = NULL;
	read_log();
	expect("one", "\"rule.ruleset\":\"000000000001\",\"hedate.profile\":\"miyazaki\","
		      "\"hedate.model\":\"alpha\",");
	expect("two", "\"rule.ruleset\":\"000000000002\",\"hedate.profile\":\"chiryu\",");
	expect("three", "\"rule.ruleset\":\"000000000003\",");
	expect("unknown", "\"rule.ruleset\":\"0000000000ff\",");
	expect("nothing", "\"event.outcome\":\"success\",");
	expect("forgotten", "\"rule.ruleset\":\"000000000001\",");
	expect("kept", "\"rule.ruleset\":\"000000000003\",");
	expect("hundred", "\"hedate.profile\":\"p0\",\"hedate.model\":\"m\",");
}
END_TEST

START_TEST(test_too_long)
{
	char name[40];
	memset(name, 'x', sizeof(name));
	name[33] = '\0';
	ck_assert_int_eq(journal_add_policy(journal, "1", name, ""), -EINVAL);
	ck_assert_int_eq(journal_add_policy(journal, "1", "", name), -EINVAL);
	ck_assert_int_eq(journal_add_policy(journal, "0123456789abcdef", "", ""), -EINVAL);
	name[32] = '\0';
	ck_assert_int_eq(journal_add_policy(journal, "1", name, name), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal");
	TCase *tests = tcase_create("journal");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_policies);
	tcase_add_test(tests, test_too_long);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
