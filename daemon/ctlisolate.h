/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about what is isolated (ctlproto.h), of those who are not root. */
#ifndef HEDATE_CTLISOLATE_H
#define HEDATE_CTLISOLATE_H

#include <sys/types.h>

#include "isolationwatch.h"
#include "message.h"
#include "sendq.h"

/* Do what ISOLATE or RELEASE asks for, as uid, or answer ISOLATED; RESULT comes at the end. 0;
 * -EBADMSG for a message that is not valid; negative errno of sendq_push(); -ENOMEM. */
int ctlisolate_answer(
	struct enforcer *enforcer, struct message *message, uid_t uid, struct sendq *queue);

#endif
