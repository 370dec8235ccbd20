/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of conf_check that looks at paths. Ends without parts (they could not be resolved, and
 * that was reported) are left alone.
 */
#ifndef HEDATE_CONF_CHECK_PATH_H
#define HEDATE_CONF_CHECK_PATH_H

#include "diag.h"
#include "policy.h"

/* 0, or -ENOMEM. */
int conf_check_paths(const struct policy *policy, struct diag_list *diags);
/* A path that is not of the policy's file, with services of its own: by itself, and whether the
 * policy permits all of it at any time already. 0, or -ENOMEM. */
int conf_check_other_path(
	const struct policy *policy, const struct policy_path *path, struct diag_list *diags);

#endif
