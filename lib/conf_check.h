/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks over the whole policy after it was read: overlapping networks, two zones on one
 * interface, paths to themselves, repeated paths, management zones that would forward, MACs of
 * hosts behind a router; warnings about what is not used. conf_parse() calls it, so whoever reads
 * a policy through conf.h has its findings already. Pure: policy in, diagnostics out.
 */
#ifndef HEDATE_CONF_CHECK_H
#define HEDATE_CONF_CHECK_H

#include "diag.h"
#include "policy.h"

/* 0, -EINVAL when an error was added to diags, or -ENOMEM. */
int conf_check(const struct policy *policy, struct diag_list *diags);

#endif
