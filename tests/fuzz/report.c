/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as a report's JSON: what is loaded is written as it would be loaded again, what follows
 * from it follows again, and no text of it becomes markup of the page. */
#include <string.h>

#include "report_compare.h"
#include "report_html.h"
#include "report_json.h"

#include "demand.h"

/* Between tags, what is not of the writer's own is escaped: so quotes and angle brackets pair. */
static void check_page(const struct report *report)
{
	struct html html;
	bool inside = false, quoted = false;
	const char *style;

	html_init(&html);
	report_html(report, &html);
	demand(!html.failed, "memory");
	style = strstr(html.text, "</style>");
	demand(style != NULL, "a style sheet");
	for (const char *at = style; *at != '\0'; at++) {
		demand(*at == '\n' || (unsigned char)*at >= ' ', "no control characters");
		if (inside && *at == '"')
			quoted = !quoted;
		if (*at == '<') {
			demand(!inside, "no tag in a tag");
			inside = true;
		} else if (*at == '>') {
			demand(inside && !quoted, "what ends was begun");
			inside = false;
		}
	}
	demand(!inside, "the last tag ends");
	demand(!strstr(html.text, "<script") && !strstr(html.text, "<img"), "only our elements");
	html_clear(&html);
}

static struct report *load(const char *text, size_t length)
{
	char problem[REPORT_PROBLEM_MAX] = "";
	struct report *report = NULL;
	int r = report_load(text, length, problem, &report);

	demand((r == 0) == (report != NULL), "loaded, or not");
	demand((r == 0) == (problem[0] == '\0'), "refused with a reason");
	return report;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const uint8_t digest[32] = { 1 };
	struct report *report = load((const char *)bytes, length), *again;
	struct json first, second;

	if (!report)
		return 0;
	json_init(&first);
	json_init(&second);
	report_write(report, &first);
	again = load(first.text, first.length);
	demand(again != NULL, "what was written is loaded");
	report_write(again, &second);
	demand(first.length == second.length && strcmp(first.text, second.text) == 0,
		"and written again as it was");
	check_page(report);
	again->difference.count = 0;
	report_compare(again, report, digest);
	demand(report_finish(again) == 0, "memory");
	check_page(again);
	report_free(again);
	report_free(report);
	json_clear(&first);
	json_clear(&second);
	return 0;
}
