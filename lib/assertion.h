/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do a policy's assertions hold of a rule set? Each is tried with packets of first contact: from
 * each address of one end to each of the other of the same family, for each entry of its services
 * with the first and the last port (or ICMP type and code). What must pass passes when each of
 * them does and its answer as well; what must be blocked, when none of them passes.
 *
 * It is to hold at any time. So what must pass is tried with all timed paths closed, what must be
 * blocked with all of them open. Limits never bite: how many connections a zone may open is no
 * question of which, and what passes until a limit bites does pass. A pair of zones that is only
 * observed lets through what it records: nothing is blocked there.
 */
#ifndef HEDATE_ASSERTION_H
#define HEDATE_ASSERTION_H

#include <stddef.h>

#include "diag.h"
#include "evaluate.h"
#include "flowrec.h"
#include "policy.h"
#include "ruleset.h"

#define ASSERTION_TRIES_MAX 10000 /* packets of one assertion */
#define ASSERTION_MET_MAX   256	  /* bytes of assertion_met_text() */

enum assertion_outcome {
	ASSERTION_HOLDS,
	ASSERTION_FAILS,
	ASSERTION_UNKNOWN, /* it cannot be told; as bad as failing */
};

/* The packet that decided, or of those that all were as they must the first, and what it met.
 * Borrows from the policy and the rule set. */
struct assertion_result {
	enum assertion_outcome outcome;
	size_t tried; /* packets; answers are not counted */
	struct addr from, to;
	struct policy_service_entry service; /* one port, or a protocol without */
	bool answer;			     /* it is the answer to that packet */
	struct eval_result met;
	const struct policy_path *path;	      /* that let it pass, or NULL */
	const struct policy_observe *observe; /* the same */
	struct flow_prefix denial;	      /* of a blocked one; "" when it has none */
};

struct assertion_results {
	struct assertion_result *list; /* owned; in the order of policy->assertions */
	size_t count, failed;
};

/*
 * Try all of them. ruleset is compiled from policy, whose paths have their ids. 0; -EINVAL when one
 * or more does not hold, diags says which, with file, line and what the packet met; -ENOMEM.
 * ret_results is to be cleared after 0 and -EINVAL.
 */
int assertion_check(const struct policy *policy, const struct ruleset *ruleset,
	struct diag_list *diags, struct assertion_results *ret_results);
void assertion_results_clear(struct assertion_results *results);

/* The names of those that do not hold, "B2 B6"; as many as there is room for, then "...". */
void assertion_failed_names(const struct policy *policy, const struct assertion_results *results,
	char *text, size_t size);
const char *assertion_outcome_name(enum assertion_outcome outcome); /* "holds" */
/* What the packet met in words that are never translated: "path F09", "no-path mynumber lgwan",
 * "observed core lgwan", "chain x, rule 3". */
void assertion_met_text(const struct policy *policy, const struct assertion_result *result,
	char text[ASSERTION_MET_MAX]);

#endif
