/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as JSON: every member goes there and back; what is not such a text is refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report_json.h"
#include "reportsample.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char problem[REPORT_PROBLEM_MAX];

static int load(const char *text, struct report **ret_report)
{
	*ret_report = NULL;
	problem[0] = '\0';
	return report_load(text, strlen(text), problem, ret_report);
}

static const char *const texts[] = {
	"",
	"x",
	"青葉野市",
	"\"\\</script><!-- ]]>",
	"a\tb\nc\r\x1b[31m\x7f",
	"\u202e\u200b\ufeff",
};

START_TEST(test_there_and_back)
{
	for (size_t items = 0; items < 4; items++) {
		struct report *report = reportsample(texts[_i], items), *again;
		char *text = reportsample_json(report), *second;

		ck_assert_int_eq(load(text, &again), 0);
		second = reportsample_json(again);
		ck_assert_str_eq(text, second);
		if (items > 0) {
			ck_assert_str_eq(again->site.zones[0].label, texts[_i]);
			ck_assert_str_eq(again->unused.paths[items - 1], texts[_i]);
			ck_assert_int_eq(again->flows.scans[0].time, report->flows.scans[0].time);
		}
		free(second);
		free(text);
		report_free(again);
		report_free(report);
	}
}
END_TEST

START_TEST(test_what_is_not_utf8)
{
	struct report *report = reportsample("a\xff\xc0z", 1), *again;
	char *text = reportsample_json(report);

	ck_assert_int_eq(load(text, &again), 0);
	ck_assert_str_eq(again->head.machine, "a\xef\xbf\xbd\xef\xbf\xbdz");
	free(text);
	report_free(again);
	report_free(report);
}
END_TEST

/* No time is null, and no text is "". */
START_TEST(test_empty)
{
	struct report *report, *again;
	char *text;

	ck_assert_int_eq(report_new(&report), 0);
	text = reportsample_json(report);
	ck_assert_ptr_nonnull(strstr(text, "\"made\":null"));
	ck_assert_ptr_nonnull(strstr(text, "\"machine\":\"\""));
	ck_assert_int_eq(load(text, &again), 0);
	ck_assert_str_eq(again->head.machine, "");
	ck_assert_int_eq(again->site.source.state, REPORT_UNREAD);
	free(text);
	report_free(again);
	report_free(report);
}
END_TEST

/* Each end of a text that is whole. */
START_TEST(test_torn)
{
	struct report *report = reportsample("x", 1), *again;
	char *text = reportsample_json(report);

	for (size_t length = strlen(text) - 1; length > 0; length--) {
		ck_assert_int_eq(report_load(text, length, problem, &again), -EINVAL);
		ck_assert_str_ne(problem, "");
	}
	free(text);
	report_free(report);
}
END_TEST

/* One place of a report's text, in another way. */
static const struct {
	const char *before, *after;
} refused[] = {
	{ "\"json_version\":1", "\"json_version\":2" },
	{ "\"hedate report\"", "\"hedate reports\"" },
	{ "\"head\"", "\"heads\"" },
	{ "\"language\":\"x\"", "\"language\":7" },
	{ "\"made\":\"1970", "\"made\":\"x1970" },
	{ "\"open_inside\":true", "\"open_inside\":1" },
	{ "\"scan_total\":", "\"scan_total\":-" },
	{ "\"digest\":\"aa", "\"digest\":\"aaa" },
	{ "\"state\":\"read\"", "\"state\":\"reads\"" },
	{ "\"verdicts\":[\"x\",\"x\"]", "\"verdicts\":[\"x\",\"x\",\"x\"]" },
	{ "\"zone\":0", "\"zone\":2" },
	{ "\"from_place\":0", "\"from_place\":9" },
	{ "\"first_path\":0", "\"first_path\":3" },
	{ "\"path_count\":2", "\"path_count\":3" },
	{ "\"deviations\":[{\"from\":0", "\"deviations\":[{\"from\":2" },
	{ "\"cells\":[{\"from\":0", "\"cells\":[{\"from\":1" },
	{ "\"evidence\":[{\"number\":1", "\"evidence\":[{\"number\":0" },
	{ "\"evidence\":[{\"number\":1", "\"evidence\":[{\"number\":3" },
	{ "{\"number\":1,\"digest\":\"a", "{\"number\":1,\"digest\":\"b" },
};

START_TEST(test_refused)
{
	struct report *report = reportsample("x", 2), *again;
	char *text = reportsample_json(report);
	const char *place = strstr(text, refused[_i].before);
	size_t before = strlen(refused[_i].before), after = strlen(refused[_i].after);
	char *changed = malloc(strlen(text) + after + 1);

	ck_assert_ptr_nonnull(place);
	memcpy(changed, text, (size_t)(place - text));
	memcpy(changed + (place - text), refused[_i].after, after);
	strcpy(changed + (place - text) + after, place + before);
	ck_assert_int_eq(load(changed, &again), -EINVAL);
	ck_assert_ptr_null(again);
	ck_assert_ptr_nonnull(strstr(problem, "1:"));
	free(changed);
	free(text);
	report_free(report);
}
END_TEST

/* Cells without places, or not as many as places want. */
START_TEST(test_cells_without_places)
{
	struct report *report = reportsample("x", 2), *again;
	char *text;

	report->matrix.place_count = 0;
	report->matrix.path_count = report->matrix.deviation_count = 0;
	text = reportsample_json(report);
	ck_assert_int_eq(load(text, &again), -EINVAL);
	free(text);
	report->matrix.place_count = 1;
	text = reportsample_json(report);
	ck_assert_int_eq(load(text, &again), -EINVAL);
	free(text);
	report_free(report);
}
END_TEST

START_TEST(test_behind_the_end)
{
	struct report *report = reportsample("x", 1), *again;
	char *text = reportsample_json(report);
	size_t length = strlen(text);

	text = realloc(text, length + 3);
	strcpy(text + length, "\n");
	ck_assert_int_eq(load(text, &again), 0);
	report_free(again);
	strcpy(text + length, "\nx");
	ck_assert_int_eq(load(text, &again), -EINVAL);
	free(text);
	report_free(report);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_json");
	TCase *tests = tcase_create("report_json");

	tcase_add_loop_test(tests, test_there_and_back, 0, COUNT(texts));
	tcase_add_test(tests, test_what_is_not_utf8);
	tcase_add_test(tests, test_empty);
	tcase_add_test(tests, test_torn);
	tcase_add_loop_test(tests, test_refused, 0, COUNT(refused));
	tcase_add_test(tests, test_cells_without_places);
	tcase_add_test(tests, test_behind_the_end);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
