/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PATH_ENDS: the addresses that a path of the policy in place leads from and to (ctlproto.h). */
#ifndef HEDATE_CTLPATH_H
#define HEDATE_CTLPATH_H

#include "../lib/policy.h"
#include "message.h"
#include "sendq.h"

/* Answer with ENDS and RESULT. policy may be NULL. 0; -EBADMSG for a message that is not valid;
 * other negative errno of sendq_push(). */
int ctlpath_answer(const struct policy *policy, struct message *message, struct sendq *queue);

#endif
