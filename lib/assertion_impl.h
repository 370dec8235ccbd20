/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HEDATE_ASSERTION_IMPL_H
#define HEDATE_ASSERTION_IMPL_H

#include "assertion.h"

/* assertion_report.c: say of one that does not hold why not. */
void assertion_report(const struct policy *policy, const struct policy_assertion *assertion,
	const struct assertion_result *result, struct diag_list *diags);

#endif
