/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of conf_check that looks at paths. Ends without parts (they could not be resolved, and
 * that was reported) are left alone. Internal to conf_check.
 */
#ifndef HEDATE_CONF_CHECK_PATH_H
#define HEDATE_CONF_CHECK_PATH_H

#include "diag.h"
#include "policy.h"

/* 0, or -ENOMEM. */
int conf_check_paths(const struct policy *policy, struct diag_list *diags);

#endif
