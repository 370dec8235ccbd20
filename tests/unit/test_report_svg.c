/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "html.h"
#include "report.h"
#include "report_css.h"
#include "report_svg.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PLACES	     5

static struct report report;
static struct html html;

static struct report_zone zones[] = {
	{ .name = "mynumber", .label = "マイナンバー利用事務系", .kind = "mynumber", .role = "" },
	{ .name = "lgwan", .label = "LGWAN接続系", .kind = "lgwan", .role = "" },
	{ .name = "internet", .label = "", .kind = "internet", .role = "", .open_inside = true },
};

#define SEGMENT(z, n, l, i, s, o)                                                                  \
	{                                                                                          \
		.zone = (z), .name = (n), .label = (l), .interface = (i), .link = (s),             \
		.owner = (o), .networks = "", .remote = "", .permission = "", .survey = "",        \
		.line = "", .encryption = ""                                                       \
	}
static struct report_segment segments[] = {
	SEGMENT(0, "terminals", "業務端末", "eno1.110", REPORT_LINK_UP, ""),
	SEGMENT(0, "servers", "", "eno1.120", REPORT_LINK_DOWN, ""),
	SEGMENT(1, "external", "LGWAN", "eno2.230", REPORT_LINK_UNKNOWN, "J-LIS"),
	SEGMENT(2, "uplink", "<script>alert(1)</script>", "eno3", REPORT_LINK_MISSING, ""),
};

static struct report_place places[PLACES] = {
	{ .name = "mynumber", .label = "", .kind = "mynumber" },
	{ .name = "lgwan", .label = "", .kind = "lgwan" },
	{ .name = "internet", .label = "", .kind = "internet" },
	{ .name = "gateway", .label = "", .kind = "" },
	{ .name = "other", .label = "", .kind = "" },
};

static struct report_path paths[] = {
	{ .name = "F01" },
	{ .name = "F<2>" },
	{ .name = "H1" },
};

static struct report_cell cells[PLACES * PLACES];
static struct report_bucket buckets[366];

static struct report_cell *cell(size_t from, size_t to)
{
	return &cells[from * PLACES + to];
}

/* Three zones; mynumber → lgwan by two paths, lgwan → the gateway by one. */
static void setup(void)
{
	memset(&report, 0, sizeof(report));
	html_init(&html);
	for (size_t i = 0; i < COUNT(cells); i++)
		cells[i] = (struct report_cell){ .from = i / PLACES,
			.to = i % PLACES,
			.asked = i != 18,
			.verdict = "separate" };
	*cell(0, 1) = (struct report_cell){
		.from = 0, .to = 1, .asked = true, .verdict = "exact", .path_count = 2
	};
	*cell(1, 3) = (struct report_cell){ .from = 1,
		.to = 3,
		.asked = true,
		.verdict = "exact",
		.first_path = 2,
		.path_count = 1 };
	report.site.name = "aobano";
	report.site.label = "青";
	report.site.zones = zones;
	report.site.zone_count = COUNT(zones);
	report.site.segments = segments;
	report.site.segment_count = COUNT(segments);
	report.matrix.source.state = REPORT_READ;
	report.matrix.places = places;
	report.matrix.place_count = PLACES;
	report.matrix.cells = cells;
	report.matrix.cell_count = COUNT(cells);
	report.matrix.paths = paths;
	report.matrix.path_count = COUNT(paths);
}

static void teardown(void)
{
	html_clear(&html);
}

static size_t times(const char *what)
{
	size_t count = 0;

	for (const char *at = html.text; (at = strstr(at, what)); at += strlen(what))
		count++;
	return count;
}

static bool has(const char *what)
{
	return html.text && strstr(html.text, what);
}

START_TEST(test_zones)
{
	report_svg_zones(&html, &report);
	ck_assert(has("role=\"img\" aria-labelledby=\"zones-title zones-desc\""));
	ck_assert(has("Zones 3, segments 4; between 2 ordered pairs something may cross."));
	ck_assert(has("<rect class=\"zone mynumber\""));
	/* In two lines, where one is too short. */
	ck_assert(has(">マイナンバー利用事務系</text>"));
	ck_assert(has(">internet</text>")); /* its name, where it has no label */
	ck_assert(has(">inside: open</text>"));
	ck_assert_uint_eq(times(">inside: nothing</text>"), 2);
	ck_assert_uint_eq(times("<rect class=\"seg\""), 3);
	ck_assert_uint_eq(times("<rect class=\"seg ext\""), 1);
	ck_assert(has(">eno1.110</text>"));
	ck_assert(has(">eno1.120 ✖ down</text>"));
	ck_assert(has(">⇄ eno2.230</text>"));
	ck_assert(has(">eno3 ✖ not there</text>"));
	ck_assert(has(">⇄ dashed: an external connection</text>"));
}
END_TEST

START_TEST(test_lanes)
{
	report_svg_zones(&html, &report);
	ck_assert_uint_eq(times("class=\"lane ok\""), 2);
	ck_assert_uint_eq(times("class=\"lane"), 2);
	ck_assert(has(">✔ F01, F&lt;2&gt;</text>"));
	ck_assert(has(">✔ H1</text>"));
	/* The gateway is drawn because of its lane, "other" is not. */
	ck_assert(has(">the gateway itself</text>"));
	ck_assert(!has(">any other interface</text>"));
}
END_TEST

START_TEST(test_text_is_no_markup)
{
	report_svg_zones(&html, &report);
	ck_assert(!has("<script"));
	ck_assert(has("&lt;script&gt;"));
}
END_TEST

static const struct {
	const char *verdict, *class, *label;
} verdicts[] = {
	{ "more", "lane bad", ">✖ more passes than the policy permits</text>" },
	{ "less", "lane ask", ">▲ less passes than the policy permits</text>" },
	{ "observed", "lane ask", ">▲ only observed</text>" },
	{ "undecided", "lane ask", ">▲ could not be decided</text>" },
	{ "budget", "lane ask", ">▲ could not be decided</text>" },
	{ "of a later version", "lane ask", ">▲ could not be decided</text>" },
};

/* What is not as the policy says is drawn, also between places that have no path. */
START_TEST(test_verdicts)
{
	cell(2, 0)->verdict = verdicts[_i].verdict;
	report_svg_zones(&html, &report);
	ck_assert(has(verdicts[_i].class));
	ck_assert(has(verdicts[_i].label));
}
END_TEST

START_TEST(test_deviation_from_elsewhere)
{
	cell(4, 0)->verdict = "more";
	report_svg_zones(&html, &report);
	/* Its title takes two lines. */
	ck_assert(has(">any other interfa"));
	ck_assert_uint_eq(times("class=\"lane bad\""), 1);
}
END_TEST

START_TEST(test_nothing_crosses)
{
	cell(0, 1)->path_count = cell(1, 3)->path_count = 0;
	cell(0, 1)->verdict = cell(1, 3)->verdict = "separate";
	report_svg_zones(&html, &report);
	ck_assert(has(">Nothing may cross.</text>"));
	ck_assert(!has("class=\"lane"));
}
END_TEST

/* What was not read is not shown as nothing. */
START_TEST(test_matrix_unread)
{
	memset(&report.matrix, 0, sizeof(report.matrix));
	report_svg_zones(&html, &report);
	ck_assert(has(">What may cross was not read.</text>"));
	ck_assert(!has("inside: nothing"));
	ck_assert(has(">マイナンバー利用事務系</text>"));
}
END_TEST

START_TEST(test_no_zones)
{
	report.site.zone_count = 0;
	report_svg_zones(&html, &report);
	ck_assert_uint_eq(html.length, 0);
}
END_TEST

/* More than can be drawn is said. */
START_TEST(test_many)
{
	static struct report_zone many[20];
	static struct report_segment more[12];

	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct report_zone){ .name = i < 3 ? zones[i].name : "z",
			.label = "",
			.kind = "lgwan",
			.role = "" };
	for (size_t i = 0; i < COUNT(more); i++)
		more[i] = segments[0];
	report.site.zones = many;
	report.site.zone_count = COUNT(many);
	report.site.segments = more;
	report.site.segment_count = COUNT(more);
	report_svg_zones(&html, &report);
	ck_assert_uint_eq(times("<rect class=\"zone"), 16);
	ck_assert_uint_eq(times("<rect class=\"seg"), 8);
	ck_assert(has(">and 4 more</text>"));
	ck_assert(has(">not drawn: zones 5, pairs 1; see the table</text>"));
}
END_TEST

/* A text that is too long ends with an ellipsis inside its box. */
START_TEST(test_long_label)
{
	static struct report_zone one[] = { { .kind = "lgwan", .role = "" } };
	char label[4001];

	memset(label, 'W', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	one[0].name = "lgwan";
	one[0].label = label;
	report.site.zones = one;
	report.site.zone_count = 1;
	report.site.segment_count = 0;
	report_svg_zones(&html, &report);
	ck_assert(has("WWW…</text>"));
	ck_assert_uint_lt(times("W"), 120);
}
END_TEST

/* A year of days from 2026-01-01, with more records each day. */
static void fill_year(void)
{
	for (size_t i = 0; i < COUNT(buckets); i++)
		buckets[i] =
			(struct report_bucket){ .begin = INT64_C(1767225600) + (int64_t)i * 86400,
				.records = i,
				.complete = i + 1 < COUNT(buckets) };
	report.flows.buckets = buckets;
	report.flows.bucket_count = COUNT(buckets);
	report.flows.bucket_seconds = 86400;
}

START_TEST(test_timeline_of_a_year)
{
	fill_year();
	buckets[40].lost = 3;
	report_svg_timeline(&html, &report);
	ck_assert(has("aria-labelledby=\"timeline-title timeline-desc\""));
	ck_assert(has(
		"366 columns; the highest has 365 blocked flows; in 1 of them records were lost"));
	/* 0 to 400 by 100, and months below. */
	for (unsigned int i = 0; i <= 400; i += 100) {
		char tick[64];

		snprintf(tick, sizeof(tick), "class=\"s e\">%u</text>", i);
		ck_assert(has(tick));
	}
	ck_assert(!has(">500</text>"));
	ck_assert(has(">2026-01</text>"));
	ck_assert(has(">2026-11</text>"));
	ck_assert_uint_eq(times("class=\"lost\""), 1);
	ck_assert_uint_eq(times("class=\"col\""), 1);
	ck_assert_uint_eq(times("class=\"col part\""), 1);
}
END_TEST

START_TEST(test_timeline_of_days_and_hours)
{
	fill_year();
	report.flows.bucket_count = 31;
	report_svg_timeline(&html, &report);
	ck_assert(has(">2026-01-01</text>"));
	ck_assert(!has(">2026-01</text>"));
	html_clear(&html);
	for (size_t i = 0; i < 24; i++)
		buckets[i].begin = INT64_C(1767225600) + (int64_t)i * 3600;
	report.flows.bucket_count = 24;
	report_svg_timeline(&html, &report);
	ck_assert(has(">2026-01-01 00:00</text>"));
}
END_TEST

START_TEST(test_timeline_without_flows)
{
	report_svg_timeline(&html, &report);
	ck_assert_uint_eq(html.length, 0);
	fill_year();
	for (size_t i = 0; i < COUNT(buckets); i++)
		buckets[i].records = 0;
	report_svg_timeline(&html, &report);
	ck_assert(has("the highest has 0 blocked flows"));
	ck_assert(!has("class=\"col"));
}
END_TEST

START_TEST(test_timeline_of_large_numbers)
{
	fill_year();
	buckets[7].records = UINT64_MAX;
	report_svg_timeline(&html, &report);
	ck_assert(!has("nan") && !has("inf"));
	ck_assert(has("the highest has 18446744073709551615 blocked flows"));
}
END_TEST

START_TEST(test_bar)
{
	report_svg_bar(&html, 1, 4);
	ck_assert(has("aria-hidden=\"true\""));
	ck_assert(has("h25.0v10h-25.0z"));
	html_clear(&html);
	report_svg_bar(&html, 0, 0);
	ck_assert(has("h0.0v10"));
}
END_TEST

/* The head of each page is a string of CSS, whatever the site is called. */
START_TEST(test_style)
{
	report_css_write(&html, &report);
	ck_assert(has("@page { @top-right { content: \"\\009752\";"));
	ck_assert(!has("url("));
	ck_assert(!has("<"));
	html_clear(&html);
	report.site.label = "\"}</style>\n\u202e";
	report_css_write(&html, &report);
	ck_assert(has("content: \"\\000022\\00007D\\00003C\\00002F"));
	ck_assert(has("\\00FFFD\\00FFFD\";"));
	ck_assert(!has("</style>"));
	html_clear(&html);
	report.site.label =
		"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";
	report_css_write(&html, &report);
	ck_assert_uint_eq(times("\\000077"), 60);
	ck_assert(has("\\000077…\";"));
	html_clear(&html);
	report.site.label = NULL;
	report_css_write(&html, &report);
	ck_assert(has("content: \"\\000061\\00006F"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_svg");
	TCase *tests = tcase_create("report_svg");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_zones);
	tcase_add_test(tests, test_lanes);
	tcase_add_test(tests, test_text_is_no_markup);
	tcase_add_loop_test(tests, test_verdicts, 0, COUNT(verdicts));
	tcase_add_test(tests, test_deviation_from_elsewhere);
	tcase_add_test(tests, test_nothing_crosses);
	tcase_add_test(tests, test_matrix_unread);
	tcase_add_test(tests, test_no_zones);
	tcase_add_test(tests, test_many);
	tcase_add_test(tests, test_long_label);
	tcase_add_test(tests, test_timeline_of_a_year);
	tcase_add_test(tests, test_timeline_of_days_and_hours);
	tcase_add_test(tests, test_timeline_without_flows);
	tcase_add_test(tests, test_timeline_of_large_numbers);
	tcase_add_test(tests, test_bar);
	tcase_add_test(tests, test_style);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
