/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HEDATE_CONF_CHECK_HOST_H
#define HEDATE_CONF_CHECK_HOST_H

#include "diag.h"
#include "policy.h"

/* MACs against where the hosts are, addresses that hosts share. 0, also with findings, or
 * -ENOMEM. */
int conf_check_hosts(const struct policy *policy, struct diag_list *diags);

#endif
