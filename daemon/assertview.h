/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results of assertions as a person and as a program read them. */
#ifndef HEDATE_ASSERTVIEW_H
#define HEDATE_ASSERTVIEW_H

#include "../lib/assertion.h"
#include "../lib/json.h"

/* A table of all of them. 0, or -ENOMEM. */
int assertview_print(const struct policy *policy, const struct assertion_results *results,
	bool color, FILE *out);
/* An array of {name, must, from, to, service, result, tried, met, line}. */
void assertview_json(
	struct json *json, const struct policy *policy, const struct assertion_results *results);

#endif
