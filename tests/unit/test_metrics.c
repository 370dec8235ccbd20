/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as Prometheus and as JSON: what is written, and what values of labels may hold. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/metrics.h"
#include "suite.h"

static struct metrics *metrics;

static void set_up(void)
{
	ck_assert_int_eq(metrics_new(&metrics), 0);
}

static void tear_down(void)
{
	metrics_free(metrics);
}

static void expect(const char *wanted)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	ck_assert_int_eq(metrics_write(metrics, out), 0);
	fclose(out);
	ck_assert_str_eq(text, wanted);
	free(text);
}

START_TEST(test_nothing)
{
	metrics_add(metrics, 1, NULL); /* of no family */
	metrics_family(metrics, "a", METRIC_GAUGE, "Without samples.");
	expect("");
}
END_TEST

START_TEST(test_families)
{
	metrics_family(metrics, "a", METRIC_GAUGE, "One.");
	metrics_add(metrics, 0, NULL);
	metrics_family(metrics, "b_total", METRIC_COUNTER, "Two.");
	metrics_add(metrics, UINT64_MAX, METRIC_LABELS({ "x", "1" }, { "y", "2" }));
	metrics_add(metrics, 7, METRIC_LABELS({ "x", "" }));
	expect("# HELP a One.\n# TYPE a gauge\na 0\n"
	       "# HELP b_total Two.\n# TYPE b_total counter\n"
	       "b_total{x=\"1\",y=\"2\"} 18446744073709551615\nb_total{x=\"\"} 7\n");
}
END_TEST

START_TEST(test_escaped)
{
	metrics_family(metrics, "a", METRIC_GAUGE, "A \\ and a\nline, \"quoted\".");
	metrics_add(metrics, 1, METRIC_LABELS({ "x", "\"} 5\nb 1\\" }, { "y", "領域" }));
	expect("# HELP a A \\\\ and a\\nline, \"quoted\".\n# TYPE a gauge\n"
	       "a{x=\"\\\"} 5\\nb 1\\\\\",y=\"領域\"} 1\n");
}
END_TEST

START_TEST(test_json)
{
	struct json json;
	json_init(&json);
	metrics_family(metrics, "none", METRIC_GAUGE, "Without samples.");
	metrics_family(metrics, "b_total", METRIC_COUNTER, "Two.");
	metrics_add(metrics, 7, METRIC_LABELS({ "x", "a\"b" }));
	metrics_add(metrics, 8, NULL);
	ck_assert_int_eq(metrics_write_json(metrics, &json), 0);
	ck_assert_str_eq(json.text,
		"[{\"name\":\"b_total\",\"type\":\"counter\",\"help\":\"Two.\",\"samples\":["
		"{\"labels\":{\"x\":\"a\\\"b\"},\"value\":7},{\"labels\":{},\"value\":8}]}]");
	json_clear(&json);
}
END_TEST

START_TEST(test_many)
{
	char number[16];
	char *text = NULL;
	size_t length, lines = 0;
	metrics_family(metrics, "a", METRIC_GAUGE, "Many.");
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(number, sizeof(number), "%u", i);
		metrics_add(metrics, i, METRIC_LABELS({ "n", number }));
	}
	FILE *out = open_memstream(&text, &length);
	ck_assert_int_eq(metrics_write(metrics, out), 0);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "\na{n=\"9999\"} 9999\n"));
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	ck_assert_uint_eq(lines, 10002);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tests = tcase_create("metrics");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_nothing);
	tcase_add_test(tests, test_families);
	tcase_add_test(tests, test_escaped);
	tcase_add_test(tests, test_json);
	tcase_add_test(tests, test_many);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
