/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Self-inspections for people and for programs. */
#ifndef HEDATE_INSPECTVIEW_H
#define HEDATE_INSPECTVIEW_H

#include "inspect.h"

/* "conforming", in the reader's language. */
const char *inspectview_result(enum report_result result);

/* What was found, and what is different from the one before. */
void inspectview_print(const struct cli *cli, uint64_t number, const struct inspection *inspection);
/* What is on record about it; steps NULL: the log cannot be read. */
void inspectview_print_steps(
	const struct inspection *inspection, const struct inspect_steps *steps);

/* Members of an object: "number", "digest", "made", "since", "until", "result", "whole",
 * "differences", "worse". */
void inspectview_json(struct json *json, uint64_t number, const struct inspection *inspection);
/* Member "steps"; null: the log cannot be read. */
void inspectview_steps_json(struct json *json, const struct inspect_steps *steps);

#endif
