/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hedated knows of the other gateway of a pair: nothing by itself. "hedate ha" asks the peer,
 * compares, and tells what it found; here it is put on record when it is something else than what
 * was told before, so that a timer can ask each minute.
 */
#ifndef HEDATE_HAPEER_H
#define HEDATE_HAPEER_H

#include "../lib/hapair.h"
#include "caller.h"
#include "limiter.h"
#include "message.h"
#include "reclink.h"
#include "sendq.h"

#define HAPEER_WHAT_MAX 256 /* bytes of what is told, with its NUL */

struct hapeer {
	/* hapair_digest() in hex, of the policy whose file has the digest "of", put in place at
	 * "since"; "" for none. */
	char digest[2 * POLICY_DIGEST_LENGTH + 1];
	uint8_t of[POLICY_DIGEST_LENGTH];
	int64_t since;
	bool told; /* in this life of hedated; and what: */
	char peer[POLICY_NAME_MAX + 1], what[HAPEER_WHAT_MAX];
	struct limiter limiter;
};

/* digest becomes the one of a policy that was put in place at a time; "" when memory ran out. Made
 * anew only for another one. */
void hapeer_digest(struct hapeer *peer, const struct policy *policy, int64_t since);

/* HA of ctlproto.h. now: seconds, any clock that does not go back. 0; -EBADMSG; or negative errno
 * of sendq_push(). */
int hapeer_answer(struct hapeer *peer, struct reclink *link, struct message *message,
	const struct caller *caller, uint64_t now, struct sendq *queue);

#endif
