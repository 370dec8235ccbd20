/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy is held against, and what each of its paths rests on, for people and as JSON. */
#ifndef HEDATE_CLAUSEVIEW_H
#define HEDATE_CLAUSEVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "../lib/json.h"
#include "../lib/judge.h"

/* Does the site name a profile or a model? Else there is nothing to show. */
bool clauseview_wanted(const struct policy *policy);

/* The number of the clause that a path rests on; "" when there is none. */
const char *clauseview_number(const struct policy *policy, const struct policy_path *path);

/* A line each for the profile and the model: which, and how many clauses of each severity. */
void clauseview_print(const struct policy *policy, bool color, FILE *out);

/* Members "class", "clause" and "document" of a path's object; the latter null without a ground. */
void clauseview_path_json(
	struct json *json, const struct policy *policy, const struct policy_path *path);
/* Members "profile" and "model": null, or {name, label, document, dated, clauses: {refuse, warn,
 * evidence, not_applicable}}. */
void clauseview_json(struct json *json, const struct policy *policy);

#endif
