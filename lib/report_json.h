/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as JSON, for programs and for the report after it: one object, its first members
 * "json_version": 1 (of the format) and "document": "hedate report", then the members of struct
 * report (report_shape.h), each under its name. conf/hedate-report.schema.json describes it.
 */
#ifndef HEDATE_REPORT_JSON_H
#define HEDATE_REPORT_JSON_H

#include "json.h"
#include "report.h"

#define REPORT_DOCUMENT "hedate report"

/* OBJECT. json.failed says whether memory was enough. */
void report_write(const struct report *report, struct json *json);

#define REPORT_PROBLEM_MAX 200

/* Read what report_write() wrote, strictly. 0 with *ret_report, the caller's; -EINVAL, with the
 * problem in words; -ENOMEM. */
int report_load(const char *text, size_t length, char problem[REPORT_PROBLEM_MAX],
	struct report **ret_report);

#endif
