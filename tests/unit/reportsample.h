/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports in which every member of every struct is set, by the tables of report_shape.h. */
#ifndef HEDATE_TEST_REPORTSAMPLE_H
#define HEDATE_TEST_REPORTSAMPLE_H

#include "report.h"

/* Every text is this one, every array has so many items, numbers differ from one another. The
 * caller's. */
struct report *reportsample(const char *text, size_t items);

/* The JSON of a report, which the caller frees. */
char *reportsample_json(const struct report *report);

/* A report in which all sections were read, and nothing is wrong. */
struct report *reportsample_good(void);

#endif
