/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a status calls for somebody, and how much. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/cmd.h"
#include "../../daemon/statuscheck.h"
#include "suite.h"

/* The command line's, which asks no daemon here. */
int cmd_failed(const char *format, ...)
{
	(void)format;
	return EXIT_FAILED;
}

static struct ctl_field list[64];
static struct ctl_fields fields;

static void set(const char *key, const char *value)
{
	for (size_t i = 0; i < fields.count; i++) {
		if (strcmp(list[i].key, key) == 0) {
			list[i].value = (char *)(uintptr_t)value;
			return;
		}
	}
	ck_assert_uint_lt(fields.count, sizeof(list) / sizeof(list[0]));
	struct ctl_field *field = &list[fields.count++];

	snprintf(field->key, sizeof(field->key), "%s", key);
	field->value = (char *)(uintptr_t)value;
}

/* All is well. */
static void set_up(void)
{
	static const char *const well[][2] = { { "site", "t" }, { "state", "enforcing" },
		{ "island", "no" }, { "recorder", "connected" }, { "recording", "ok" },
		{ "foreign_risks", "" }, { "host_risks", "" }, { "log_room", "ok" },
		{ "log_holds", "0" }, { "store", "ok" }, { "confirmed", "true" },
		{ "isolated", "0" }, { "observed", "" }, { "exceptions_register", "ok" },
		{ "exceptions_suspended", "0" }, { "reports_due", "0" },
		{ "separation", "undecided" }, { "separation_whole", "proved" }, { "proof", "ok" },
		{ "clock", "synchronised" } };

	fields = (struct ctl_fields){ .fields = list };
	for (size_t i = 0; i < sizeof(well) / sizeof(well[0]); i++)
		set(well[i][0], well[i][1]);
}

static struct statuscheck judge(bool balanced)
{
	struct statuscheck check;

	statuscheck_judge(&fields, balanced, &check);
	return check;
}

START_TEST(test_well)
{
	struct statuscheck check = judge(true);

	ck_assert_int_eq(check.level, CHECK_OK);
	ck_assert_uint_eq(check.problems, 0);
	ck_assert_str_eq(check.text, "");
	ck_assert_str_eq(statuscheck_level_name(check.level), "OK");
}
END_TEST

START_TEST(test_each)
{
	static const struct {
		const char *key, *value;
		enum check_level level;
		const char *text;
	} cases[] = {
		{ "state", "open", CHECK_CRITICAL, "opened on purpose" },
		{ "state", "differs", CHECK_CRITICAL, "is not the one" },
		{ "state", "none", CHECK_CRITICAL, "no rule set is in force" },
		{ "island", "log-failed", CHECK_CRITICAL, "nothing is forwarded (log-failed)" },
		{ "recording", "failed", CHECK_CRITICAL, "the log cannot be written" },
		{ "recorder", "absent", CHECK_CRITICAL, "no recorder" },
		{ "isolated", "unknown", CHECK_CRITICAL, "what is isolated" },
		{ "isolated", "2", CHECK_WARNING, "2 isolated" },
		{ "foreign_risks", "x", CHECK_CRITICAL, "tables of others may let packets by: x" },
		{ "host_risks", "route; bridge", CHECK_WARNING,
			"the host's network: route; bridge" },
		{ "log_room", "disk-low", CHECK_CRITICAL, "nearly full" },
		{ "log_room", "too-large", CHECK_WARNING, "larger than it may be" },
		{ "log_holds", "unreadable", CHECK_WARNING, "legal holds" },
		{ "store", "disk full", CHECK_WARNING, "changes cannot be kept: disk full" },
		{ "confirmed", "false", CHECK_WARNING, "waits to be confirmed" },
		{ "observed", "a > b", CHECK_WARNING, "only observed, nothing is blocked: a > b" },
		{ "exceptions_register", "broken", CHECK_WARNING,
			"no exception is granted: broken" },
		{ "exceptions_suspended", "3", CHECK_WARNING, "3 exceptions are suspended" },
		{ "reports_due", "1", CHECK_WARNING, "1 emergencies were not reported on" },
		{ "separation", "lost", CHECK_CRITICAL, "NOT as the policy says" },
		{ "separation_whole", "lost", CHECK_CRITICAL, "NOT as the policy says" },
		{ "proof", "late", CHECK_WARNING, "the proof: late" },
		{ "clock", "unsynchronised", CHECK_WARNING, "the clock is not synchronised" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up();
		set(cases[i].key, cases[i].value);
		struct statuscheck check = judge(true);

		ck_assert_msg(check.level == cases[i].level && check.problems == 1 &&
				      strstr(check.text, cases[i].text),
			"%s = %s: %d, %zu problems: %s", cases[i].key, cases[i].value,
			(int)check.level, check.problems, check.text);
	}
}
END_TEST

/* The worst counts, and all are told. */
START_TEST(test_several)
{
	set("clock", "unsynchronised");
	set("recorder", "absent");
	struct statuscheck check = judge(false);

	ck_assert_int_eq(check.level, CHECK_CRITICAL);
	ck_assert_uint_eq(check.problems, 3);
	ck_assert_ptr_nonnull(strstr(check.text, "; "));
	ck_assert_ptr_nonnull(strstr(check.text, "equation"));
}
END_TEST

/* An answer that says nothing is no good one. */
START_TEST(test_empty)
{
	fields.count = 0;
	ck_assert_int_eq(judge(true).level, CHECK_UNKNOWN);
}
END_TEST

/* One line without a bar, however long what others wrote is. */
START_TEST(test_one_line)
{
	char value[2 * STATUSCHECK_MAX];

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	memcpy(value, "a|b\nc", 5);
	set("host_risks", value);
	struct statuscheck check = judge(false);

	ck_assert_ptr_null(strpbrk(check.text, "|\n"));
	ck_assert_uint_lt(strlen(check.text), STATUSCHECK_MAX);
	ck_assert_int_eq(check.level, CHECK_CRITICAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statuscheck");
	TCase *tcase = tcase_create("judging");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, test_well);
	tcase_add_test(tcase, test_each);
	tcase_add_test(tcase, test_several);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_one_line);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
