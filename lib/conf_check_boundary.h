/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of conf_check that looks at the boundary of zones of kind mynumber: a path across it
 * should name one source host with its MAC, one target host, and ports (R11). Warnings only, since
 * whether that is demanded is a matter of each municipality's policy. Internal to conf_check.
 */
#ifndef HEDATE_CONF_CHECK_BOUNDARY_H
#define HEDATE_CONF_CHECK_BOUNDARY_H

#include "diag.h"
#include "policy.h"

/* The policy has no errors. 0, or -ENOMEM. */
int conf_check_boundary(const struct policy *policy, struct diag_list *diags);

#endif
