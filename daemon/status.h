/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What STATUS, ZONES, PATHS and EXCEPTIONS are answered with (ctlproto.h), message by message: a
 * policy may have more paths than a socket takes at once.
 */
#ifndef HEDATE_STATUS_H
#define HEDATE_STATUS_H

#include "ctlproto.h"
#include "enforcer.h"
#include "message.h"

struct status_report;

/* request: CTL_STATUS, CTL_ZONES, CTL_PATHS or CTL_EXCEPTIONS. What is the kernel's is read here.
 * 0, or negative errno. */
int status_begin(const struct enforcer *enforcer, enum ctl_message request,
	struct status_report **ret_report);
void status_end(struct status_report *report); /* accepts NULL */

/* Make the next message. 1 when there is one; 0 after the last; -ESTALE when the policy was
 * replaced meanwhile. */
int status_next(struct status_report *report, struct message *ret_message);

/* The exit code that belongs to it: EXIT_DIFFERS when the rule set is not the one that it should
 * be. */
enum exit_code status_result(const struct status_report *report);

#endif
