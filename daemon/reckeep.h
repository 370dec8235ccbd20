/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hedated and the recorder say to each other about the log as a whole: how it is, and what a
 * person asks for (struct rec_request), who waits for the answer.
 */
#ifndef HEDATE_RECKEEP_H
#define HEDATE_RECKEEP_H

#include "message.h"
#include "reclink.h"

#define RECKEEP_VALUE_MAX 512 /* of a value, with NUL */

struct reckeep;

/* Lies in its owner's memory until function was called or reckeep_cancel(). */
struct reckeep_waiter {
	/* error: 0, or negative errno; -ENOTCONN: the recorder went away before it answered. */
	void (*function)(struct reckeep_waiter *waiter, int error, uint64_t number, void *data);
	void *data;
	uint64_t id; /* internal, as is next */
	struct reckeep_waiter *next;
};

/* 0, or -ENOMEM. */
int reckeep_new(struct reckeep **ret_keep);
void reckeep_free(struct reckeep *keep); /* nobody waits any more; accepts NULL */

/* Ask the recorder. 0: waiter's function will be called; -ENOTCONN, -ENOMEM: it will not. */
int reckeep_ask(struct reckeep *keep, struct reclink *link, const struct rec_request *request,
	struct reckeep_waiter *waiter);
void reckeep_cancel(struct reckeep *keep, struct reckeep_waiter *waiter);

/* ANSWERED and KEEPING. 0; -EBADMSG: it is neither, or not valid. */
int reckeep_take(struct reckeep *keep, struct message *message);
/* The recorder is away: who waits is told, and how the log is is not known. */
void reckeep_disconnected(struct reckeep *keep);

/* What the recorder told last; "" when it has not. Borrowed. */
const char *reckeep_value(const struct reckeep *keep, const char *key);

#endif
