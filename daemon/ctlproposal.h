/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about proposals, and about opening and closing the gateway (ctlproto.h). */
#ifndef HEDATE_CTLPROPOSAL_H
#define HEDATE_CTLPROPOSAL_H

#include <stdbool.h>

#include "caller.h"
#include "ctlsummary.h"
#include "enforcer.h"
#include "message.h"
#include "sendq.h"

/* Each puts its answers and RESULT into the queue. 0; -EBADMSG: no such request; or negative errno
 * of sendq_push(). */
int ctlproposal_list(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue);
int ctlproposal_show(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct ctlsummary_answer *answer);
int ctlproposal_approve(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue);
/* Whoever may decide, also those of others. */
int ctlproposal_refuse(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue);
/* A configuration that may not be applied by one person alone. */
int ctlproposal_propose(struct enforcer *enforcer, const struct change_request *request,
	struct ctlsummary_answer *answer);
/* What a configuration would change, and nothing more. */
int ctlproposal_try(struct enforcer *enforcer, struct message *message, const struct caller *caller,
	struct ctlsummary_answer *answer);
int ctlproposal_open(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue);
int ctlproposal_close(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue);

#endif
