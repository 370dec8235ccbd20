/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about exceptions (ctlproto.h): from messages to steps, and back. */
#ifndef HEDATE_CTLEXCEPTION_H
#define HEDATE_CTLEXCEPTION_H

#include <stddef.h>
#include <sys/types.h>

#include "exceptions.h"
#include "message.h"
#include "sendq.h"

/* Take the step that a message of EXCEPTION_REQUEST ... asks for, as uid, and put what became of it
 * into the queue, RESULT at the end. 0; -EBADMSG for a message that is not valid; negative errno
 * of sendq_push(); -ENOMEM. */
int ctlexception_answer(
	struct exceptions *exceptions, struct message *message, uid_t uid, struct sendq *queue);

/* The exception of an index as a message. 1; 0 when there is none any more; -ENOMEM. */
int ctlexception_put(
	const struct exceptions *exceptions, size_t index, struct message *ret_message);

#endif
