/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy held against its site's own security policy: profile, model, and what hedate itself
 * insists on. Pure: policy in, findings out; what day it is, the caller says.
 *
 * A check of a clause is judged for every path, segment, host and pair that it is about. Profile
 * comes before model before hedate's own rules (judge_own.c), and what one of them has found a
 * later one does not say again, unless it is stricter. hedate's own rules stand back where profile
 * or model have a check of the same kind, but one: nothing leads from residents' data to a zone of
 * kind internet.
 */
#ifndef HEDATE_JUDGE_H
#define HEDATE_JUDGE_H

#include "calendar.h"
#include "diag.h"
#include "policy.h"
#include "profile.h"

struct judge;

/* What does not keep a clause. Texts are the judge's; the rest lives as long as the policy. */
struct judge_finding {
	const struct profile *document; /* profile, model, or judge_own() */
	const struct profile_clause *clause;
	const struct profile_check *check;
	enum clause_severity severity; /* never CLAUSE_NOT_APPLICABLE */
	struct diag_loc loc;
	const char *message; /* translated, as in struct diag */
	const char *fix;
};

/* Returns 0, or negative errno to end with. */
typedef int (*judge_visitor)(const struct judge_finding *finding, void *data);

/* The policy must outlive the judge. today: year 0 when it shall not matter. 0, or -ENOMEM. */
int judge_new(
	const struct policy *policy, const struct calendar_date *today, struct judge **ret_judge);
void judge_free(struct judge *judge);

/* One path, which need not be among the policy's: that of an exception is judged before it is
 * granted. 0, -ENOMEM, or what the visitor returned. */
int judge_path(
	struct judge *judge, const struct policy_path *path, judge_visitor visitor, void *data);
/* All that is not a path: segments, hosts, observed pairs, the site. */
int judge_rest(struct judge *judge, judge_visitor visitor, void *data);

/* One check alone, of all of the policy and of more paths (those of exceptions): every finding,
 * also what a document before it says already. *ret_concerned: how many things it is about. 0,
 * -ENOENT: the check does not apply to this site, or is not judged; -ENOMEM, or what the visitor
 * returned. */
struct judge_paths {
	const struct policy_path *const *paths;
	size_t count;
};
int judge_check(struct judge *judge, const struct profile_check *check, struct judge_paths more,
	judge_visitor visitor, void *data, size_t *ret_concerned);

/* The whole policy into diagnostics: "refuse" is an error, "warn" a warning, and there is a warning
 * for each class of paths that no clause permits. 0, or -ENOMEM. */
int judge_policy(
	const struct policy *policy, const struct calendar_date *today, struct diag_list *diags);

/* What a path is. */
enum path_class judge_class(const struct policy *policy, const struct policy_path *path);

/* The clause that a path rests on; both NULL when there is none, or neither profile nor model. */
struct judge_ground {
	const struct profile *document;
	const struct profile_clause *clause;
};
struct judge_ground judge_ground(const struct policy *policy, const struct policy_path *path);

/* hedate's own rules, in the form of a profile. Texts are in English; _() translates them. */
const struct profile *judge_own(void);

#endif
