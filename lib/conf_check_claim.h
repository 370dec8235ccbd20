/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hosts, zones and paths say of themselves, where it cannot be so whatever the site's own
 * security policy asks: roles, sanitize, specified, local_breakout. */
#ifndef HEDATE_CONF_CHECK_CLAIM_H
#define HEDATE_CONF_CHECK_CLAIM_H

#include "diag.h"
#include "policy.h"

/* The kinds of all zones must be known. 0, also with findings, or -ENOMEM. */
int conf_check_claims(const struct policy *policy, struct diag_list *diags);

#endif
