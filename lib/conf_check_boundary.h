/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of conf_check that looks at the boundary of zones of kind mynumber. A path across it is
 * refused unless it names one source host, bound to its MAC where that can be seen, one target
 * host, and ports (R11, 特定通信); and none leads to or from a zone of kind internet (R10).
 * Internal to conf_check.
 */
#ifndef HEDATE_CONF_CHECK_BOUNDARY_H
#define HEDATE_CONF_CHECK_BOUNDARY_H

#include "diag.h"
#include "policy.h"

/* Paths whose ends could not be resolved are left alone. 0, or -ENOMEM. */
int conf_check_boundary(const struct policy *policy, struct diag_list *diags);

#endif
