/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model of a report, what follows from it, and what differs from the one before. */
#include <string.h>

#include "report.h"
#include "report_compare.h"
#include "reportsample.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct report *report;

static void setup(void)
{
	report = reportsample_good();
}

static void teardown(void)
{
	report_free(report);
	report_free(NULL);
}

START_TEST(test_memory)
{
	struct report_point *points = NULL;
	size_t count = 0;
	char text[] = "abc";
	const char *kept = report_keep(report, text);

	text[0] = 'x';
	ck_assert_str_eq(kept, "abc");
	ck_assert_str_eq(report_keep(report, NULL), "");
	ck_assert_str_eq(report_keep_n(report, "abcdef", 2), "ab");
	ck_assert_str_eq(report_print(report, "%d%s", 7, "%"), "7%");
	for (size_t i = 0; i < 1000; i++) {
		struct report_point *point = report_add(report, &points, &count, sizeof(*points));

		ck_assert_ptr_nonnull(point);
		ck_assert_ptr_eq(point, &points[i]);
		ck_assert_ptr_null(point->text);
		point->text = report_print(report, "%zu", i);
	}
	ck_assert_uint_eq(count, 1000);
	for (size_t i = 0; i < count; i++)
		ck_assert_str_eq(points[i].text, report_print(report, "%zu", i));
	ck_assert(!report->failed);
	count = SIZE_MAX / 2 + 1;
	ck_assert_ptr_null(report_add(report, &points, &count, sizeof(*points)));
	ck_assert(report->failed);
	ck_assert_int_lt(report_finish(report), 0);
}
END_TEST

START_TEST(test_evidence)
{
	static const uint8_t one[32] = { 1 }, other[32] = { 2 };

	ck_assert_uint_eq(report_evidence_add(report, "log", "a", "SHA-256", one, 32), 1);
	ck_assert_uint_eq(report_evidence_add(report, "log", "a", "SHA-256", other, 32), 2);
	ck_assert_uint_eq(report_evidence_add(report, "log", "b", "SHA-256", one, 32), 3);
	ck_assert_uint_eq(report_evidence_add(report, "log", "a", "SHA-256", one, 32), 1);
	ck_assert_uint_eq(report->evidence_count, 3);
	ck_assert_str_eq(report->evidence[1].digest,
		"0200000000000000000000000000000000000000000000000000000000000000");
}
END_TEST

START_TEST(test_worse)
{
	static const enum report_result order[] = { REPORT_NOT_APPLICABLE, REPORT_CONFORMS,
		REPORT_CONFIRM, REPORT_FAILS };

	for (size_t i = 0; i < COUNT(order); i++)
		for (size_t k = 0; k < COUNT(order); k++)
			ck_assert_int_eq(report_worse(order[i], order[k]), order[i > k ? i : k]);
}
END_TEST

/* ---- points ---- */

START_TEST(test_nothing_is_wrong)
{
	ck_assert_int_eq(report_finish(report), 0);
	ck_assert_uint_eq(report->point_count, 0);
	ck_assert_int_eq(report->result, REPORT_CONFORMS);
	ck_assert(report_whole(report));
}
END_TEST

/* What only time mends is to be confirmed, and was read all the same; what is not known was not. */
START_TEST(test_counted_for_days)
{
	report_partly(report, &report->unused.source, "young");
	report->unused.known_since = 1;
	ck_assert_int_eq(report_finish(report), 0);
	ck_assert_int_eq(report->result, REPORT_CONFIRM);
	ck_assert(report_whole(report));
	report->unused.known_since = 0;
	ck_assert(!report_whole(report));
	report->unused.known_since = 1;
	report_unread(report, &report->unused.source, "not at all");
	ck_assert(!report_whole(report));
}
END_TEST

/* A report that nobody has filled says nothing good. */
START_TEST(test_nobody_has_looked)
{
	struct report *empty;

	ck_assert_int_eq(report_new(&empty), 0);
	ck_assert_int_eq(report_finish(empty), 0);
	ck_assert_uint_eq(empty->point_count, 16);
	ck_assert_int_eq(empty->result, REPORT_CONFIRM);
	ck_assert(!report_whole(empty));
	report_free(empty);
}
END_TEST

static void add_cell(const char *verdict)
{
	struct report_matrix *matrix = &report->matrix;
	struct report_place *place =
		report_add(report, &matrix->places, &matrix->place_count, sizeof(*place));
	struct report_cell *cell =
		report_add(report, &matrix->cells, &matrix->cell_count, sizeof(*cell));

	place->name = "lgwan";
	cell->asked = true;
	cell->verdict = verdict;
}

static void cell_more(void)
{
	add_cell("more");
}

static void cell_less(void)
{
	add_cell("less");
}

static void cell_less_isolated(void)
{
	add_cell("less");
	report->matrix.isolation = true;
}

static void cell_observed(void)
{
	add_cell("observed");
}

static void cell_undecided(void)
{
	add_cell("undecided");
}

static void cell_budget(void)
{
	add_cell("budget");
}

static void guard(void)
{
	report->matrix.guard = true;
}

static void island(void)
{
	report->matrix.island = true;
}

static void connection(void)
{
	report->matrix.connection_findings = 1;
}

static void connections_unread(void)
{
	report->matrix.connections_read = false;
}

static void add_bypass(const char *state, bool harmless)
{
	struct report_bypass_item *item =
		report_add(report, &report->bypass.items, &report->bypass.count, sizeof(*item));

	item->name = "xdp";
	item->state = state;
	item->harmless = harmless;
}

static void bypass_present(void)
{
	add_bypass("present", false);
}

static void bypass_harmless(void)
{
	add_bypass("present", true);
}

static void bypass_unreadable(void)
{
	add_bypass("unreadable", false);
}

static void bypass_more(void)
{
	report->bypass.left_out = 1;
}

static void add_clause(enum report_result result)
{
	struct report_clauses *document = report_add(report, &report->conformity.documents,
		&report->conformity.document_count, sizeof(*document));
	struct report_clause *clause =
		report_add(report, &document->clauses, &document->clause_count, sizeof(*clause));

	clause->result = result;
}

static void clause_fails(void)
{
	add_clause(REPORT_FAILS);
}

static void clause_open(void)
{
	add_clause(REPORT_CONFIRM);
}

static void clause_not_applicable(void)
{
	add_clause(REPORT_NOT_APPLICABLE);
}

static void audit_overdue(void)
{
	struct report_outside_date *item =
		report_add(report, &report->outside.items, &report->outside.count, sizeof(*item));

	item->name = "audited_on";
	item->overdue = true;
}

static void observed(void)
{
	report->flows.observed_packets = 1;
}

static void scan(void)
{
	report->flows.scan_total = 1;
}

static void equation(void)
{
	report->equation.holds = false;
}

static void unbalanced(void)
{
	report->equation.unbalanced = 1;
}

static void lost(void)
{
	report->equation.lost = 1;
}

static void alone(void)
{
	report->changes.alone = 1;
}

static void alone_of_two(void)
{
	report->changes.alone = 1;
	report->site.two_person = true;
}

static void report_due(void)
{
	struct report_exception *item = report_add(
		report, &report->exceptions.items, &report->exceptions.count, sizeof(*item));

	item->id = "X-2026-0001";
	item->report_due = true;
}

static void in_force(void)
{
	report->exceptions.in_force = 1;
}

static void drift_open(void)
{
	report->drift.open = 1;
}

static void drift_found(void)
{
	report->drift.found = report->drift.repaired = 1;
}

static void unused(void)
{
	report->unused.count = 1;
	report->unused.paths =
		report_add(report, &report->unused.paths, &(size_t){ 0 }, sizeof(const char *));
}

static void listener(void)
{
	struct report_listener *item = report_add(
		report, &report->listeners.items, &report->listeners.count, sizeof(*item));

	item->declared = false;
}

static void clock_alone(void)
{
	report->clock.synchronised = false;
}

static void clock_lost(void)
{
	report->clock.lost = 1;
}

static void clock_jumped(void)
{
	report->clock.jumps = 1;
}

static void log_finding(void)
{
	report->log.finding_total = 1;
}

static void log_unverified(void)
{
	report->log.verified = false;
}

static void log_short(void)
{
	report->log.retention_days = 364;
}

static void log_for_ever(void)
{
	report->log.retention_days = 0;
}

static void log_never_exported(void)
{
	report->log.exported.time = 0;
}

static void worse(void)
{
	struct report_difference_item *item = report_add(
		report, &report->difference.items, &report->difference.count, sizeof(*item));

	item->worse = true;
	report_read(&report->difference.source, 0);
}

static void log_partly(void)
{
	report_partly(report, &report->log.source, "why");
}

static void flows_unread(void)
{
	report_unread(report, &report->flows.source, "why");
}

/* What a section that was not read holds is of no meaning. */
static void unread_and_wrong(void)
{
	report->equation.holds = false;
	report_unread(report, &report->equation.source, "why");
}

static const struct {
	void (*change)(void);
	enum report_result result;
	const char *section; /* NULL: no point */
} points[] = {
	{ cell_more, REPORT_FAILS, "matrix" },
	{ cell_less, REPORT_FAILS, "matrix" },
	{ cell_less_isolated, REPORT_CONFIRM, "matrix" },
	{ cell_observed, REPORT_FAILS, "matrix" },
	{ cell_undecided, REPORT_CONFIRM, "matrix" },
	{ cell_budget, REPORT_CONFIRM, "matrix" },
	{ guard, REPORT_FAILS, "matrix" },
	{ island, REPORT_CONFIRM, "matrix" },
	{ connection, REPORT_FAILS, "matrix" },
	{ connections_unread, REPORT_CONFIRM, "matrix" },
	{ bypass_present, REPORT_FAILS, "bypass" },
	{ bypass_harmless, REPORT_CONFORMS, NULL },
	{ bypass_unreadable, REPORT_CONFIRM, "bypass" },
	{ bypass_more, REPORT_CONFIRM, "bypass" },
	{ clause_fails, REPORT_FAILS, "conformity" },
	{ clause_open, REPORT_CONFIRM, "conformity" },
	{ clause_not_applicable, REPORT_CONFORMS, NULL },
	{ audit_overdue, REPORT_FAILS, "outside" },
	{ observed, REPORT_CONFIRM, "flows" },
	{ scan, REPORT_CONFIRM, "flows" },
	{ equation, REPORT_FAILS, "equation" },
	{ unbalanced, REPORT_FAILS, "equation" },
	{ lost, REPORT_CONFIRM, "equation" },
	{ alone, REPORT_CONFIRM, "changes" },
	{ alone_of_two, REPORT_FAILS, "changes" },
	{ report_due, REPORT_FAILS, "exceptions" },
	{ in_force, REPORT_CONFIRM, "exceptions" },
	{ drift_open, REPORT_FAILS, "drift" },
	{ drift_found, REPORT_CONFIRM, "drift" },
	{ unused, REPORT_CONFIRM, "unused" },
	{ listener, REPORT_CONFIRM, "listeners" },
	{ clock_alone, REPORT_FAILS, "clock" },
	{ clock_lost, REPORT_CONFIRM, "clock" },
	{ clock_jumped, REPORT_CONFIRM, "clock" },
	{ log_finding, REPORT_FAILS, "log" },
	{ log_unverified, REPORT_CONFIRM, "log" },
	{ log_short, REPORT_CONFIRM, "log" },
	{ log_for_ever, REPORT_CONFORMS, NULL },
	{ log_never_exported, REPORT_CONFIRM, "log" },
	{ worse, REPORT_CONFIRM, "difference" },
	{ log_partly, REPORT_CONFIRM, "log" },
	{ flows_unread, REPORT_CONFIRM, "flows" },
	{ unread_and_wrong, REPORT_CONFIRM, "equation" },
};

START_TEST(test_point)
{
	points[_i].change();
	ck_assert_int_eq(report_finish(report), 0);
	ck_assert_int_eq(report->result, points[_i].result);
	ck_assert_uint_eq(report->point_count > 0, points[_i].section != NULL);
	for (size_t i = 0; i < report->point_count; i++) {
		ck_assert_str_eq(report->points[i].section, points[_i].section);
		ck_assert_str_ne(report->points[i].text, "");
	}
	/* Once more gives the same, not twice as many. */
	size_t count = report->point_count;

	ck_assert_int_eq(report_finish(report), 0);
	ck_assert_uint_eq(report->point_count, count);
}
END_TEST

START_TEST(test_what_fails_comes_first)
{
	scan();
	lost();
	clock_alone();
	clause_fails();
	ck_assert_int_eq(report_finish(report), 0);
	ck_assert_uint_eq(report->point_count, 4);
	ck_assert_str_eq(report->points[0].section, "conformity");
	ck_assert_str_eq(report->points[1].section, "clock");
	ck_assert_str_eq(report->points[2].section, "equation");
	ck_assert_str_eq(report->points[3].section, "flows");
	ck_assert_int_eq(report->result, REPORT_FAILS);
}
END_TEST

START_TEST(test_blocked_of_a_pair)
{
	struct report_row *row = report_add(
		report, &report->flows.pairs.rows, &report->flows.pairs.count, sizeof(*row));

	add_cell("separate");
	row->name = row->second = "lgwan";
	row->packets = 42;
	ck_assert_int_eq(report_finish(report), 0);
	ck_assert_uint_eq(report->matrix.cells[0].blocked, 42);
}
END_TEST

/* ---- difference ---- */

static const struct report_difference_item *find(const char *what)
{
	for (size_t i = 0; i < report->difference.count; i++)
		if (strcmp(report->difference.items[i].what, what) == 0)
			return &report->difference.items[i];
	return NULL;
}

static const uint8_t digest[32] = { 0xab };

START_TEST(test_same_as_before)
{
	struct report *before = reportsample("x", 2), *now = reportsample("x", 2);

	now->difference.count = 0;
	report_compare(now, before, digest);
	for (size_t i = 0; i < now->difference.count; i++)
		ck_assert_str_eq(now->difference.items[i].section, "");
	ck_assert_int_eq(now->difference.source.state, REPORT_READ);
	ck_assert_int_eq(now->difference.made, before->head.made);
	ck_assert_str_eq(now->evidence[now->difference.source.evidence - 1].digest,
		"ab00000000000000000000000000000000000000000000000000000000000000");
	report_free(before);
	report_free(now);
}
END_TEST

START_TEST(test_another_than_before)
{
	struct report *now = report, *before = reportsample_good();

	before->head.made = 99;
	report = before;
	cell_less();
	clause_fails();
	bypass_present();
	report->site.revision = "old";
	report_due();
	report = now;
	cell_more();
	clause_open();
	report->site.revision = "new";
	listener();
	report_unread(report, &report->log.source, "");
	report_finish(before);
	report_finish(report);
	report_compare(report, before, digest);
	ck_assert_int_eq(report->difference.made, 99);

	const struct report_difference_item *item = find("lgwan > lgwan");
	ck_assert_ptr_nonnull(item);
	ck_assert_str_eq(item->before, "less");
	ck_assert_str_eq(item->after, "more");
	ck_assert(item->worse && !item->better);
	item = find(" ");
	ck_assert_ptr_nonnull(item);
	ck_assert_str_eq(item->after, "confirm");
	ck_assert(!item->worse && item->better);
	item = find("revision");
	ck_assert_ptr_nonnull(item);
	ck_assert(!item->worse && !item->better);
	item = find("xdp ");
	ck_assert_ptr_nonnull(item);
	ck_assert_str_eq(item->after, "");
	ck_assert(!item->worse);
	item = find("X-2026-0001");
	ck_assert_ptr_nonnull(item);
	ck_assert(!item->worse);
	item = find("log");
	ck_assert_ptr_nonnull(item);
	ck_assert_str_eq(item->after, "unread");
	ck_assert(item->worse);
	item = find("  0");
	ck_assert_ptr_nonnull(item);
	ck_assert_str_eq(item->before, "");
	ck_assert_str_eq(item->after, "undeclared");
	ck_assert(item->worse);
	ck_assert_uint_eq(report->difference.count, 7);
	report_free(before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tests = tcase_create("report");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_memory);
	tcase_add_test(tests, test_evidence);
	tcase_add_test(tests, test_worse);
	tcase_add_test(tests, test_nothing_is_wrong);
	tcase_add_test(tests, test_counted_for_days);
	tcase_add_test(tests, test_nobody_has_looked);
	tcase_add_loop_test(tests, test_point, 0, COUNT(points));
	tcase_add_test(tests, test_what_fails_comes_first);
	tcase_add_test(tests, test_blocked_of_a_pair);
	tcase_add_test(tests, test_same_as_before);
	tcase_add_test(tests, test_another_than_before);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
