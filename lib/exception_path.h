/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an exception's texts mean in a policy: a path of its own, open from its start to its end,
 * and whether the clauses that it breaks are those that it says it deviates from.
 */
#ifndef HEDATE_EXCEPTION_PATH_H
#define HEDATE_EXCEPTION_PATH_H

#include "calendar.h"
#include "diag.h"
#include "exception.h"
#include "policy.h"

/*
 * The path that a request asks for, named after its id. A service is the name of one of the policy,
 * or a protocol and ports: "tcp/445", "udp/1024-2047", "sctp/any"; several have commas between.
 * Those that are written out become services of the policy, which nothing else refers to.
 * 0 with *ret_path, the caller's to clear; -EINVAL with findings; -ENOMEM.
 */
int exception_path_make(struct policy *policy, const struct exception_entry *request,
	struct diag_list *diags, struct policy_path *ret_path);

/* A finding for each clause that the path breaks, as the judges say (judge.h), and that is not
 * among clauses (numbers with commas between). 0, or -ENOMEM. */
int exception_path_judge(const struct policy *policy, const struct policy_path *path,
	const char *clauses, const struct calendar_date *today, struct diag_list *diags);
/* Are there connections that both permit, whatever their times? */
bool exception_paths_meet(
	const struct policy *policy, const struct policy_path *a, const struct policy_path *b);

#endif
