/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections of a report that are gathered from the log's flows and seals, and from the register
 * of exceptions; what becomes of a section that cannot be read; clauses. */
#include "test_reportfill.h"

/* ---- blocked flows ---- */

START_TEST(test_flows)
{
	const struct report_flows *flows = &report->flows;

	write_flows();
	reportfill_flows(report, &facts);
	ck_assert_int_eq(flows->source.state, REPORT_READ);
	ck_assert_uint_eq(flows->records, 3);
	ck_assert_uint_eq(flows->packets, 11);
	ck_assert_uint_eq(flows->observed_records, 1);
	ck_assert_uint_eq(flows->observed_packets, 9);
	ck_assert_uint_eq(flows->losses, 1);
	ck_assert_uint_eq(flows->lost_packets, 3);
	ck_assert_int_eq(flows->first, MIDNIGHT - 60);
	ck_assert_int_eq(flows->last, MIDNIGHT + 61);
	ck_assert_uint_eq(flows->sources.count, 2);
	ck_assert_str_eq(flows->sources.rows[0].name, "10.30.0.1");
	ck_assert_uint_eq(flows->sources.rows[0].packets, 7);
	ck_assert_str_eq(flows->pairs.rows[0].second, "mynumber");
	ck_assert_str_eq(flows->ports.rows[0].second, "445");
	ck_assert_str_eq(flows->reasons.rows[1].name, "spoof");
	ck_assert_uint_eq(flows->scan_total, 1);
	ck_assert_uint_eq(flows->scan_count, 1);
	ck_assert_str_eq(flows->scans[0].source, "10.30.0.2");
	ck_assert_str_eq(flows->scans[0].to, "lgwan");
	ck_assert_str_eq(
		flows->scans[0].what, "21 targets: 12 addresses, 3 ports; no path permits it");
}
END_TEST

/* Days of local time; the sum of all is the whole. */
START_TEST(test_timeline)
{
	const struct report_flows *flows = &report->flows;

	write_flows();
	reportfill_flows(report, &facts);
	ck_assert_int_eq(flows->bucket_seconds, 86400);
	ck_assert_uint_eq(flows->bucket_count, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(flows->buckets[i].begin, facts.since + (int64_t)i * DAY);
	ck_assert_uint_eq(flows->buckets[2].packets, 2);
	ck_assert_uint_eq(flows->buckets[3].records, 2);
	ck_assert_uint_eq(flows->buckets[3].packets, 9);
	ck_assert_uint_eq(flows->buckets[3].lost, 3);
	for (size_t i = 0; i < 5; i++)
		ck_assert(flows->buckets[i].complete);
}
END_TEST

/* What is not in the period, or not on record, is not whole. */
START_TEST(test_incomplete)
{
	flow(FILE_2, MIDNIGHT + 12 * HOUR, "10.30.0.1", "no-path", 1);
	ledger(FILE_2, MIDNIGHT + 12 * HOUR, 1, 1, 0);
	facts.now = MIDNIGHT + DAY + 1;
	facts.since += 1;
	reportfill_flows(report, &facts);
	ck_assert_uint_eq(report->flows.bucket_count, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert(!report->flows.buckets[i].complete);
	facts.now = facts.until;
	report_free(report);
	ck_assert_int_eq(report_new(&report), 0);
	report->zone = zone;
	reportfill_flows(report, &facts);
	ck_assert(!report->flows.buckets[3].complete); /* it begins at noon */
	ck_assert(report->flows.buckets[4].complete);
	ck_assert_uint_eq(report->flows.buckets[3].records, 1);
}
END_TEST

START_TEST(test_hours)
{
	write_flows();
	facts.since = MIDNIGHT - HOUR;
	facts.until = MIDNIGHT + HOUR;
	reportfill_flows(report, &facts);
	ck_assert_int_eq(report->flows.bucket_seconds, 3600);
	ck_assert_uint_eq(report->flows.bucket_count, 2);
	ck_assert_uint_eq(report->flows.buckets[0].packets, 2);
	ck_assert_uint_eq(report->flows.buckets[1].packets, 9);
}
END_TEST

/* ---- what cannot be read ---- */

static const struct {
	reportfill_function fill;
	size_t source;
} of_log[] = {
	{ reportfill_flows, offsetof(struct report, flows.source) },
	{ reportfill_equation, offsetof(struct report, equation.source) },
	{ reportfill_events, offsetof(struct report, events.source) },
	{ reportfill_events, offsetof(struct report, changes.source) },
	{ reportfill_events, offsetof(struct report, drift.source) },
	{ reportfill_events, offsetof(struct report, clock.source) },
	{ reportfill_log, offsetof(struct report, log.source) },
	{ reportfill_checkpoint, offsetof(struct report, checkpoint.source) },
};

START_TEST(test_no_log)
{
	const struct report_source *source =
		(const void *)((const char *)report + of_log[_i].source);

	facts.log = NULL;
	of_log[_i].fill(report, &facts);
	ck_assert_int_eq(source->state, REPORT_UNREAD);
	ck_assert_ptr_nonnull(strstr(source->problem, "no log"));
	facts.log = "/nonexistent/log";
	of_log[_i].fill(report, &facts);
	ck_assert_int_eq(source->state, REPORT_UNREAD);
	ck_assert_ptr_nonnull(strstr(source->problem, "/nonexistent/log"));
	ck_assert(!report->failed);
}
END_TEST

/* A line that is no record does not hide the others, and is not hidden. */
START_TEST(test_invalid_line)
{
	static const char broken[] = "{\"@timestamp\":\"2026-11-20T15:00:10Z\",broken\n";

	write_flows();
	put("log/" FILE_1, broken, sizeof(broken) - 1);
	flow(FILE_1, MIDNIGHT + 100, "10.30.0.3", "no-path", 1);
	ledger(FILE_1, MIDNIGHT + 110, 1, 1, 0);
	reportfill_flows(report, &facts);
	ck_assert_int_eq(report->flows.source.state, REPORT_PARTLY);
	ck_assert_uint_eq(report->flows.records, 4);
	ck_assert_uint_gt(complaints, 0);
	reportfill_equation(report, &facts);
	ck_assert_int_eq(report->equation.source.state, REPORT_PARTLY);
}
END_TEST

/* An empty log was read: there was nothing. */
START_TEST(test_empty_log)
{
	reportfill_flows(report, &facts);
	ck_assert_int_eq(report->flows.source.state, REPORT_READ);
	ck_assert_uint_eq(report->flows.records, 0);
	ck_assert_uint_eq(report->flows.bucket_count, 5);
	reportfill_events(report, &facts);
	ck_assert_int_eq(report->events.source.state, REPORT_READ);
	ck_assert_uint_eq(report->events.count, 0);
	ck_assert_int_eq(report->clock.source.state, REPORT_PARTLY);
}
END_TEST

/* ---- the equation ---- */

START_TEST(test_equation)
{
	write_flows();
	reportfill_equation(report, &facts);
	ck_assert_int_eq(report->equation.source.state, REPORT_READ);
	ck_assert_uint_eq(report->equation.kernel, 23);
	ck_assert_uint_eq(report->equation.recorded, 20);
	ck_assert_uint_eq(report->equation.lost, 3);
	ck_assert_uint_eq(report->equation.epochs, 2);
	ck_assert(report->equation.holds);
}
END_TEST

/* Two that are wrong do not make a right one. */
START_TEST(test_unbalanced)
{
	ledger(FILE_1, MIDNIGHT, 10, 9, 0);
	ledger(FILE_1, MIDNIGHT + 10, 10, 11, 0);
	reportfill_equation(report, &facts);
	ck_assert_uint_eq(report->equation.kernel, report->equation.recorded);
	ck_assert_uint_eq(report->equation.unbalanced, 2);
	ck_assert(!report->equation.holds);
}
END_TEST

/* ---- exceptions ---- */

static char register_file[100];

static void write_register(const char *more)
{
	snprintf(register_file, sizeof(register_file), "%s/exceptions.jsonl", root);
	put("exceptions.jsonl", text.text, text.length);
	put("exceptions.jsonl", more, strlen(more));
	facts.exceptions = register_file;
	facts.now = NOW + DAY;
}

/* A report that is due comes first, whatever else there is. */
START_TEST(test_exceptions)
{
	const struct report_exceptions *exceptions = &report->exceptions;

	request();
	step(EXCEPTION_APPROVE, reg.items[0].request.id, SUZUKI, NOW + 60, NULL);
	make_request();
	entry.emergency = true;
	set(&entry.from, "10.10.0.99");
	entry.time = entry.start = NOW + 61;
	take();
	write_register("");
	reportfill_exceptions(report, &facts);
	ck_assert_int_eq(exceptions->source.state, REPORT_READ);
	ck_assert_uint_gt(exceptions->source.evidence, 0);
	ck_assert_uint_eq(exceptions->count, 2);
	ck_assert_uint_eq(exceptions->due, 1);
	ck_assert(exceptions->items[0].emergency);
	ck_assert(exceptions->items[0].report_due);
	ck_assert_int_gt(exceptions->items[0].due_since, 0);
	ck_assert(!exceptions->items[1].emergency);
	ck_assert_str_ne(exceptions->items[1].approver, "");
	ck_assert_str_ne(exceptions->items[1].applicant, exceptions->items[1].approver);
	ck_assert_str_eq(exceptions->items[1].state, "expired");
	facts.now = NOW + 120;
	report_free(report);
	ck_assert_int_eq(report_new(&report), 0);
	reportfill_exceptions(report, &facts);
	ck_assert_uint_ge(report->exceptions.in_force, 1);
}
END_TEST

START_TEST(test_no_register)
{
	reportfill_exceptions(report, &facts);
	ck_assert_int_eq(report->exceptions.source.state, REPORT_UNREAD);
	facts.exceptions = "/nonexistent/exceptions.jsonl";
	reportfill_exceptions(report, &facts);
	ck_assert_int_eq(report->exceptions.source.state, REPORT_READ); /* nobody ever asked */
	ck_assert_uint_eq(report->exceptions.count, 0);
	facts.exceptions = root;
	reportfill_exceptions(report, &facts);
	ck_assert_int_eq(report->exceptions.source.state, REPORT_UNREAD);
}
END_TEST

START_TEST(test_broken_register)
{
	request();
	write_register("{\"line\":2}\n");
	reportfill_exceptions(report, &facts);
	ck_assert_int_eq(report->exceptions.source.state, REPORT_UNREAD);
	ck_assert_ptr_nonnull(strstr(report->exceptions.source.problem, "line 2"));
	ck_assert_uint_eq(report->exceptions.count, 0);
}
END_TEST

/* ---- the log itself ---- */

START_TEST(test_kept)
{
	static struct logkeep kept;
	const struct logkeep_note note = {
		.time = MIDNIGHT * 1000000000, .by = "taro", .text = "case 7"
	};
	int directory = open(logs, O_RDONLY | O_DIRECTORY);
	uint64_t number;

	kept = (struct logkeep){ .exported = 12, .export_note = note };
	ck_assert_int_eq(logkeep_place(&kept, 0, &note, &number), 0);
	ck_assert_int_eq(logkeep_write(directory, &kept), 0);
	close(directory);
	write_flows();
	facts.no_verify = true;
	reportfill_log(report, &facts);
	ck_assert_int_eq(report->log.source.state, REPORT_PARTLY);
	ck_assert(!report->log.verified);
	ck_assert_uint_eq(report->log.hold_count, 1);
	ck_assert_str_eq(report->log.holds[0].text, "case 7");
	ck_assert_uint_eq(report->log.exported.sequence, 12);
	ck_assert_int_eq(report->log.exported.time, MIDNIGHT);
	ck_assert_int_eq(report->log.reviewed.time, 0);
	ck_assert_int_eq(report->log.oldest, MIDNIGHT - 5 * DAY);
	ck_assert_int_eq(report->log.newest, MIDNIGHT + 80);
}
END_TEST

START_TEST(test_keep_is_broken)
{
	write_flows();
	put("log/" LOGKEEP_FILE, "{broken\n", 8);
	reportfill_log(report, &facts);
	ck_assert_int_eq(report->log.source.state, REPORT_PARTLY);
	ck_assert_ptr_nonnull(strstr(report->log.source.problem, LOGKEEP_FILE));
}
END_TEST

/* Lines that nobody sealed are no evidence. */
START_TEST(test_unsealed)
{
	write_flows();
	reportfill_log(report, &facts);
	ck_assert(report->log.verified);
	ck_assert_uint_eq(report->log.checkpoints, 0);
	ck_assert_uint_eq(report->log.source.evidence, 0);
	reportfill_checkpoint(report, &facts);
	ck_assert_int_eq(report->checkpoint.source.state, REPORT_UNREAD);
	ck_assert_ptr_nonnull(strstr(report->checkpoint.source.problem, "no checkpoint"));
}
END_TEST

/* ---- unused paths, audits, clauses ---- */

START_TEST(test_unused)
{
	struct report_matrix *matrix = &report->matrix;

	reportfill_unused(report, &facts);
	ck_assert_int_eq(report->unused.source.state, REPORT_UNREAD);
	for (int i = 0; i < 3; i++) {
		struct report_path *path =
			report_add(report, &matrix->paths, &matrix->path_count, sizeof(*path));

		path->name = report_print(report, "P%d", i);
		path->hits_known = i < 2;
		path->hits = i == 1;
	}
	report_read(&matrix->source, 0);
	reportfill_unused(report, &facts);
	ck_assert_int_eq(report->unused.source.state, REPORT_PARTLY); /* since when? */
	ck_assert_uint_eq(report->unused.count, 1);
	ck_assert_str_eq(report->unused.paths[0], "P0");
	ck_assert_uint_eq(report->unused.days, 90);
}
END_TEST

START_TEST(test_no_policy)
{
	reportfill_outside(report, &facts);
	reportfill_conformity(report, &facts);
	ck_assert_int_eq(report->outside.source.state, REPORT_UNREAD);
	ck_assert_int_eq(report->conformity.source.state, REPORT_UNREAD);
}
END_TEST

static enum report_result result_of(const char *number)
{
	const struct report_clauses *own =
		&report->conformity.documents[report->conformity.document_count - 1];

	for (size_t i = 0; i < own->clause_count; i++)
		if (strcmp(own->clauses[i].number, number) == 0)
			return own->clauses[i].result;
	ck_abort_msg("no clause %s", number);
	return REPORT_CONFIRM;
}

/* All that was looked at, each with its digest. */
static void check_grounds(const struct report_check *check)
{
	ck_assert_uint_eq(check->evidence_count, 2);
	ck_assert_uint_eq(check->evidence[0].number, facts.snapshot_evidence);
	ck_assert_uint_eq(check->evidence[1].number, facts.policy_evidence);
	for (size_t i = 0; i < 2; i++)
		ck_assert_str_eq(check->evidence[i].digest, report->evidence[i].digest);
}

/* A clause conforms by the kernel that was read, and by nothing else. */
START_TEST(test_conformity)
{
	static const struct {
		enum report_state state;
		const char *result;
		const char *bypass; /* state of one way round the rules */
		bool connections;
		enum report_result wanted;
	} cases[] = {
		{ REPORT_READ, "proved", "ok", true, REPORT_CONFORMS },
		{ REPORT_READ, "restrained", "ok", true, REPORT_CONFORMS },
		{ REPORT_UNREAD, "", "ok", true, REPORT_CONFIRM },
		{ REPORT_PARTLY, "proved", "ok", true, REPORT_CONFIRM },
		{ REPORT_READ, "undecided", "ok", true, REPORT_CONFIRM },
		{ REPORT_READ, "proved", "ok", false, REPORT_CONFIRM },
		{ REPORT_READ, "lost", "ok", true, REPORT_FAILS },
		{ REPORT_PARTLY, "lost", "ok", true, REPORT_FAILS },
		{ REPORT_READ, "proved", "unreadable", true, REPORT_CONFIRM },
		{ REPORT_READ, "undecided", "unreadable", true, REPORT_CONFIRM },
		{ REPORT_READ, "proved", "present", true, REPORT_FAILS },
	};

	struct report_bypass_item *item;

	parse(SITE "paths = ( " PATH_ONE " );\n");
	facts.policy = policy;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		report_free(report);
		ck_assert_int_eq(report_new(&report), 0);
		facts.snapshot_evidence = report_evidence_add(
			report, "snapshot", "gw", "SHA-256", (const uint8_t *)"01234567", 8);
		facts.policy_evidence = report_evidence_add(
			report, "configuration", "x", "SHA-256", (const uint8_t *)"76543210", 8);
		report->matrix.source.state = cases[i].state;
		report->matrix.source.problem = "it was cut short";
		report->matrix.source.evidence = facts.snapshot_evidence;
		report->matrix.result = cases[i].result;
		report->matrix.connections_read = cases[i].connections;
		report->bypass.source.state = REPORT_READ;
		report->bypass.holds = strcmp(cases[i].bypass, "ok") == 0;
		item = report_add(
			report, &report->bypass.items, &report->bypass.count, sizeof(*item));
		item->state = cases[i].bypass;
		reportfill_conformity(report, &facts);
		ck_assert_int_eq(report->conformity.source.state, REPORT_READ);
		ck_assert_int_eq(result_of("hedate-1"), cases[i].wanted);
		check_grounds(&report->conformity.documents[0].clauses[0].checks[0]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reportfill");
	TCase *tests = tcase_create("reportfill");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, test_flows);
	tcase_add_test(tests, test_timeline);
	tcase_add_test(tests, test_incomplete);
	tcase_add_test(tests, test_hours);
	tcase_add_loop_test(tests, test_no_log, 0, sizeof(of_log) / sizeof(of_log[0]));
	tcase_add_test(tests, test_invalid_line);
	tcase_add_test(tests, test_empty_log);
	tcase_add_test(tests, test_equation);
	tcase_add_test(tests, test_unbalanced);
	tcase_add_test(tests, test_exceptions);
	tcase_add_test(tests, test_no_register);
	tcase_add_test(tests, test_broken_register);
	tcase_add_test(tests, test_kept);
	tcase_add_test(tests, test_keep_is_broken);
	tcase_add_test(tests, test_unsealed);
	tcase_add_test(tests, test_unused);
	tcase_add_test(tests, test_no_policy);
	tcase_add_test(tests, test_conformity);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
