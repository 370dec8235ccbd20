/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between a report and the one before. */
#ifndef HEDATE_REPORT_COMPARE_H
#define HEDATE_REPORT_COMPARE_H

#include "report.h"

/*
 * Put down in report.difference what is another than before: results of clauses, verdicts of pairs,
 * paths, ways round the rules, exceptions, services, segments, what the policy and its profile are.
 * What a report could not read is not compared, which is one more item. digest: of the bytes of the
 * one before. report->failed when memory ran out.
 */
void report_compare(struct report *report, const struct report *before, const uint8_t digest[32]);

#endif
