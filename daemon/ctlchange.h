/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that change the configuration in force, or ask what was changed (ctlproto.h). */
#ifndef HEDATE_CTLCHANGE_H
#define HEDATE_CTLCHANGE_H

#include <stdbool.h>

#include "caller.h"
#include "ctlsummary.h"
#include "enforcer.h"
#include "message.h"
#include "sendq.h"

/* Each puts its answers and RESULT into the queue. 0; -EBADMSG: no such request; or negative errno
 * of sendq_push(). */
int ctlchange_apply(struct enforcer *enforcer, struct message *message, const struct caller *caller,
	struct ctlsummary_answer *answer);
int ctlchange_confirm(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue);
/* Whoever may change may put another one in place, too. */
int ctlchange_rollback(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct ctlsummary_answer *answer);
int ctlchange_history(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue);

#endif
