/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages waiting for a peer that does not read as fast as we write: sending never blocks. Bounded
 * in bytes, so that no peer makes us grow.
 */
#ifndef HEDATE_SENDQ_H
#define HEDATE_SENDQ_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"

struct sendq_item;

struct sendq {
	struct sendq_item *first, *last;
	size_t count;
	size_t bytes; /* of all bodies */
	size_t limit; /* of bytes */
};

void sendq_init(struct sendq *queue, size_t limit);
void sendq_clear(struct sendq *queue); /* drops what waits */

/* Append a copy. A descriptor in it is borrowed until it is sent. 0, -ENOBUFS when the queue is
 * full, -EMSGSIZE when a put had failed, -ENOMEM. */
int sendq_push(struct sendq *queue, const struct message *message);
/* Drop the oldest. */
void sendq_drop(struct sendq *queue);
/* Take the oldest out; false: there is none. */
bool sendq_pop(struct sendq *queue, struct message *ret_message);
bool sendq_empty(const struct sendq *queue);

/* Send what the socket takes of all behind the first *sent messages, and keep it: *sent grows. As
 * sendq_flush(). */
int sendq_send(const struct sendq *queue, int socket, size_t *sent);
/* Send what the socket takes, and drop it. 0 when all was sent; -EAGAIN when some is left; other
 * -errno of message_send(). */
int sendq_flush(struct sendq *queue, int socket);

#endif
