/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A summary of a change (change.h) as the daemon answers it, item by item. */
#ifndef HEDATE_SUMMARYTAKE_H
#define HEDATE_SUMMARYTAKE_H

#include "../lib/change.h"
#include "message.h"

#define SUMMARY_PIECE 20000 /* bytes of a text in one message */

/* What has come; all zero is nothing. */
struct summary {
	struct change *change; /* owned; NULL until a SUMMARY came */
	char *before, *after;  /* of the key that is coming in pieces */
	size_t before_length, after_length;
};
void summary_clear(struct summary *summary);
/* Take a SUMMARY or SUMMARY_KEY; one that is not valid fails the message. 0, or -ENOMEM. */
int summary_take(struct summary *summary, struct message *message);

#endif
