/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections of a report that are gathered from the log's events and the store: changes and what
 * they meant, drift, the clock. */
#include "test_reportfill.h"

/* ---- events ---- */

START_TEST(test_events)
{
	line(FILE_1, MIDNIGHT - 4 * DAY, "start", "\"hedate.version\":\"1\"");
	line(FILE_1, MIDNIGHT + 1, "start", "\"hedate.version\":\"1\"");
	line(FILE_1, MIDNIGHT + 5, "isolate", "\"hedate.uid\":\"0\"");
	line(FILE_1, MIDNIGHT + 9, "start", "\"hedate.version\":\"1\"");
	reportfill_events(report, &facts);
	ck_assert_uint_eq(report->events.count, 2);
	ck_assert_str_eq(report->events.items[0].action, "isolate");
	ck_assert_str_eq(report->events.items[1].action, "start");
	ck_assert_uint_eq(report->events.items[1].count, 2);
	ck_assert_int_eq(report->events.items[1].first, MIDNIGHT + 1);
	ck_assert_int_eq(report->events.items[1].last, MIDNIGHT + 9);
}
END_TEST

static void apply(
	int64_t time, unsigned int change, const char *before, const char *after, const char *more)
{
	line(FILE_1, time, "apply",
		"\"hedate.how\":\"apply\",\"hedate.user\":\"taro\",\"hedate.change\":\"%u\","
		"\"hedate.revision_before\":\"%s\",\"hedate.revision_after\":\"%s\"%s",
		change, before, after, more);
}

START_TEST(test_changes)
{
	const struct report_changes *changes = &report->changes;

	line(FILE_1, MIDNIGHT, "apply",
		"\"hedate.how\":\"start\",\"hedate.change\":\"0\",\"hedate.revision_after\":\"a\"");
	apply(MIDNIGHT + 1, 2, "a", "b",
		",\"hedate.approver\":\"jiro\",\"hedate.ticket\":\"R8-1\",\"hedate.reason\":"
		"\"保守\"");
	apply(MIDNIGHT + 2, 3, "b", "c", ",\"hedate.seconds\":\"300\"");
	apply(MIDNIGHT + 3, 4, "b", "d", ",\"hedate.seconds\":\"300\"");
	line(FILE_1, MIDNIGHT + 4, "confirm", "\"hedate.change\":\"4\",\"hedate.user\":\"taro\"");
	line(FILE_1, MIDNIGHT + 5, "rollback-automatic", "\"hedate.change\":\"3\"");
	line(FILE_1, MIDNIGHT + 6, "apply-refused", "\"hedate.user\":\"taro\"");
	line(FILE_1, MIDNIGHT + 7, "open",
		"\"hedate.proposer\":\"taro\",\"hedate.approver\":\"jiro\",\"hedate.reason\":"
		"\"x\"");
	line(FILE_1, MIDNIGHT + 8, "close", "\"hedate.user\":\"jiro\"");
	apply(MIDNIGHT + 9, 5, "d", "e", ",\"hedate.seconds\":\"300\"");
	reportfill_events(report, &facts);
	ck_assert_int_eq(changes->source.state, REPORT_READ);
	ck_assert_uint_eq(changes->count, 8);
	ck_assert_str_eq(changes->items[0].who, "taro");
	ck_assert_str_eq(changes->items[0].approver, "jiro");
	ck_assert_str_eq(changes->items[0].ticket, "R8-1");
	ck_assert_str_eq(changes->items[0].reason, "保守");
	ck_assert_str_eq(changes->items[0].outcome, "confirmed");
	ck_assert_str_eq(changes->items[1].outcome, "rolled_back");
	ck_assert_str_eq(changes->items[2].outcome, "confirmed");
	ck_assert_str_eq(changes->items[3].action, "rollback-automatic");
	ck_assert_str_eq(changes->items[3].outcome, "success");
	ck_assert_str_eq(changes->items[4].outcome, "refused");
	ck_assert_str_eq(changes->items[5].action, "open");
	ck_assert_str_eq(changes->items[5].who, "taro");
	ck_assert_str_eq(changes->items[5].approver, "jiro");
	ck_assert_str_eq(changes->items[7].outcome, "waiting");
	ck_assert_uint_eq(changes->alone, 3);
}
END_TEST

/* ---- what a change meant ---- */

static void keep(struct store *store, const char *bytes, struct store_entry *kept)
{
	*kept = (struct store_entry){ .time = MIDNIGHT, .who = "taro" };
	ck_assert_int_eq(store_put(store, kept, bytes, strlen(bytes)), 0);
	ck_assert_int_eq(store_begin(store, kept->number, 0), 0);
	ck_assert_int_eq(store_confirm(store, "taro"), 0);
}

struct wanted_line {
	const char *text;
	enum report_effect effect;
};

static void ck_lines(
	const struct report_change *change, const struct wanted_line *wanted, size_t count)
{
	ck_assert_uint_eq(change->line_count, count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_str_eq(change->lines[i].text, wanted[i].text);
		ck_assert_int_eq(change->lines[i].effect, wanted[i].effect);
	}
}

/* What comes, what goes, what was tried: in the policy's words, and for packets. */
START_TEST(test_meaning)
{
	static const char one[] = SITE "paths = ( " PATH_ONE " );\n";
	static const char two[] = SITE "paths = ( " PATH_ONE ", " PATH_TWO " );\n";
	static const char three[] = SITE "log = { epoch = 20; };\npaths = ( " PATH_TWO " );\n";
	static const struct wanted_line added[] = {
		{ "path P2: added: from 10.1.0.2 (10.1.0.2@a.s); to 10.2.0.1 (10.2.0.1@b.s); "
		  "service https (tcp 443)",
			REPORT_OPENS },
		{ "packets a > b: added: ipv4 10.1.0.2 > 10.2.0.1 tcp 443", REPORT_OPENS },
	};
	static const struct wanted_line changed[] = {
		{ "setting log.epoch: 10 → 20", REPORT_NEUTRAL },
		{ "path P1: removed: from 10.1.0.1 (10.1.0.1@a.s); to 10.2.0.1 (10.2.0.1@b.s); "
		  "service https (tcp 443)",
			REPORT_CLOSES },
		{ "packets a > b: removed: ipv4 10.1.0.1 > 10.2.0.1 tcp 443", REPORT_CLOSES },
	};
	struct store_entry entries[3];
	struct store *store;
	static char own[100];

	snprintf(own, sizeof(own), "%s/hedate.conf", root);
	ck_assert_int_eq(store_open(own, STORE_WRITE, NULL, &store), 0);
	keep(store, one, &entries[0]);
	keep(store, two, &entries[1]);
	keep(store, three, &entries[2]);
	store_close(store);
	apply(MIDNIGHT + 1, (unsigned int)entries[1].number, entries[0].revision,
		entries[1].revision, "");
	line(FILE_1, MIDNIGHT + 2, "apply-refused",
		"\"hedate.user\":\"taro\",\"hedate.change\":\"%u\","
		"\"hedate.revision_before\":\"%s\",\"hedate.revision_after\":\"%s\"",
		(unsigned int)entries[2].number, entries[1].revision, entries[2].revision);
	facts.own = own;
	reportfill_events(report, &facts);
	ck_assert_int_eq(report->changes.source.state, REPORT_READ);
	ck_assert_uint_eq(report->changes.count, 2);
	ck_assert_uint_eq(report->changes.items[0].added, 1);
	ck_assert_str_eq(report->changes.items[0].outcome, "confirmed");
	ck_lines(&report->changes.items[0], added, sizeof(added) / sizeof(added[0]));
	ck_lines(&report->changes.items[1], changed, sizeof(changed) / sizeof(changed[0]));
}
END_TEST

/* In place of that of sandbox.c. */
static bool has_user;

int sandbox_find_user(const char *name, struct sandbox_user *ret_user)
{
	ck_assert_str_eq(name, "hedate");
	*ret_user = (struct sandbox_user){ .name = "hedate", .uid = 64801, .gid = 64801 };
	return has_user ? 0 : -ENOENT;
}

/* Root reads what belongs to hedated's user, and to nobody else. */
START_TEST(test_store_of_user)
{
	static const char one[] = SITE "paths = ( " PATH_ONE " );\n";
	static char own[100], directory[100];
	struct store_entry entry_kept;
	struct store *store;

	if (geteuid() != 0)
		return;
	snprintf(own, sizeof(own), "%s/hedate.conf", root);
	snprintf(directory, sizeof(directory), "%s/" STORE_DIRECTORY, root);
	ck_assert_int_eq(store_open(own, STORE_WRITE, NULL, &store), 0);
	keep(store, one, &entry_kept);
	store_close(store);
	ck_assert_int_eq(chown(directory, 64801, 64801), 0);
	apply(MIDNIGHT + 1, (unsigned int)entry_kept.number, "", entry_kept.revision, "");
	facts.own = own;
	for (int i = 0; i < 2; i++) {
		has_user = i == 1;
		report_free(report);
		ck_assert_int_eq(report_new(&report), 0);
		reportfill_events(report, &facts);
		ck_assert_int_eq(
			report->changes.source.state, has_user ? REPORT_READ : REPORT_PARTLY);
	}
}
END_TEST

/* Without the store it is known that something changed, and not what it meant. */
START_TEST(test_no_store)
{
	apply(MIDNIGHT + 1, 2, "a", "b", "");
	facts.own = "/nonexistent/hedate.conf";
	reportfill_events(report, &facts);
	ck_assert_int_eq(report->changes.source.state, REPORT_PARTLY);
	ck_assert_ptr_nonnull(strstr(report->changes.source.problem, "/nonexistent"));
	ck_assert_uint_eq(report->changes.count, 1);
	ck_assert_uint_eq(report->changes.items[0].line_count, 0);
}
END_TEST

/* ---- drift, clock ---- */

START_TEST(test_drift)
{
	const struct report_drift *drift = &report->drift;

	line(FILE_1, MIDNIGHT + 1, "drift",
		"\"hedate.what\":\"rule added\",\"hedate.by.pid\":\"4711\",\"hedate.by.name\":"
		"\"nft\",\"hedate.by.login_uid\":\"1001\"");
	line(FILE_1, MIDNIGHT + 2, "drift-repaired", "\"hedate.repair_ms\":\"12\"");
	line(FILE_1, MIDNIGHT + 3, "drift", "\"hedate.what\":\"table gone\"");
	line(FILE_1, MIDNIGHT + 4, "drift-repair-failed", "\"hedate.error\":\"EPERM\"");
	reportfill_events(report, &facts);
	ck_assert_uint_eq(drift->found, 2);
	ck_assert_uint_eq(drift->repaired, 1);
	ck_assert_uint_eq(drift->open, 1);
	ck_assert_uint_eq(drift->count, 4);
	ck_assert_str_eq(drift->items[0].what, "rule added");
	ck_assert_str_eq(drift->items[0].who, "4711, nft, login uid 1001");
	ck_assert(drift->items[0].repaired);
	ck_assert_str_eq(drift->items[1].what, "12 ms");
	ck_assert(!drift->items[2].repaired);
	ck_assert_str_eq(drift->items[3].what, "EPERM");
	ck_assert(!drift->items[3].repaired);
}
END_TEST

/* Each row says what it says: a repair that failed has failed, whatever came of it later. */
START_TEST(test_repaired_later)
{
	static const bool wanted[] = { true, false, true, true, false };

	line(FILE_1, MIDNIGHT + 1, "drift", "\"hedate.what\":\"a\"");
	line(FILE_1, MIDNIGHT + 2, "drift-repair-failed", "\"hedate.error\":\"EPERM\"");
	line(FILE_1, MIDNIGHT + 3, "drift", "\"hedate.what\":\"b\"");
	line(FILE_1, MIDNIGHT + 4, "drift-repaired", "\"hedate.repair_ms\":\"12\"");
	line(FILE_1, MIDNIGHT + 5, "table-missing", "%s", "");
	reportfill_events(report, &facts);
	ck_assert_uint_eq(report->drift.count, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(report->drift.items[i].repaired, wanted[i]);
	ck_assert_uint_eq(report->drift.open, 1);
}
END_TEST

/* Only the last ones are kept; all are counted. */
START_TEST(test_much_drift)
{
	for (int i = 0; i < 300; i++)
		line(FILE_1, MIDNIGHT + i, "drift", "\"hedate.what\":\"%d\"", i);
	line(FILE_1, MIDNIGHT + 400, "drift-end", "\"hedate.repairs\":\"300\"");
	reportfill_events(report, &facts);
	ck_assert_uint_eq(report->drift.found, 300);
	ck_assert_uint_eq(report->drift.repaired, 300);
	ck_assert_uint_eq(report->drift.open, 0);
	ck_assert_uint_eq(report->drift.count, 200);
	ck_assert_str_eq(report->drift.items[198].what, "299");
	ck_assert(report->drift.items[0].repaired);
}
END_TEST

START_TEST(test_clock)
{
	line(FILE_1, MIDNIGHT + 1, "clock-synchronised", "\"hedate.clock.error\":\"0.01\"");
	line(FILE_1, MIDNIGHT + 2, "clock-lost", "%s", "");
	line(FILE_1, MIDNIGHT + 3, "clock-stepped", "\"hedate.clock.step\":\"-3\"");
	reportfill_events(report, &facts);
	ck_assert_int_eq(report->clock.source.state, REPORT_READ);
	ck_assert(!report->clock.synchronised);
	ck_assert_uint_eq(report->clock.lost, 1);
	ck_assert_uint_eq(report->clock.jumps, 1);
	ck_assert_str_eq(report->clock.detail, "the clock is not synchronised any more");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reportfill_events");
	TCase *tests = tcase_create("reportfill_events");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, test_events);
	tcase_add_test(tests, test_changes);
	tcase_add_test(tests, test_meaning);
	tcase_add_test(tests, test_store_of_user);
	tcase_add_test(tests, test_no_store);
	tcase_add_test(tests, test_drift);
	tcase_add_test(tests, test_repaired_later);
	tcase_add_test(tests, test_much_drift);
	tcase_add_test(tests, test_clock);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
