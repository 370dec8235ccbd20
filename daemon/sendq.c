/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sendq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sendq_item {
	struct sendq_item *next;
	size_t length;
	int fd;
	uint16_t type;
	uint8_t body[];
};

void sendq_init(struct sendq *queue, size_t limit)
{
	*queue = (struct sendq){ .limit = limit };
}

void sendq_clear(struct sendq *queue)
{
	while (queue->first)
		sendq_drop(queue);
}

void sendq_drop(struct sendq *queue)
{
	struct sendq_item *item = queue->first;

	if (!item)
		return;
	queue->first = item->next;
	if (!queue->first)
		queue->last = NULL;
	queue->bytes -= item->length;
	queue->count--;
	free(item);
}

bool sendq_empty(const struct sendq *queue)
{
	return !queue->first;
}

int sendq_push(struct sendq *queue, const struct message *message)
{
	if (message->failed)
		return -EMSGSIZE;
	if (message->length > queue->limit - queue->bytes)
		return -ENOBUFS;
	struct sendq_item *item = malloc(sizeof(*item) + message->length);

	if (!item)
		return -ENOMEM;
	item->next = NULL;
	item->length = message->length;
	item->fd = message->fd;
	item->type = message->type;
	memcpy(item->body, message->body, message->length);
	if (queue->last)
		queue->last->next = item;
	else
		queue->first = item;
	queue->last = item;
	queue->bytes += item->length;
	queue->count++;
	return 0;
}

static void fill(const struct sendq_item *item, struct message *message)
{
	message_begin(message, item->type);
	message->fd = item->fd;
	message->length = item->length;
	memcpy(message->body, item->body, item->length);
}

bool sendq_pop(struct sendq *queue, struct message *ret_message)
{
	if (!queue->first)
		return false;
	fill(queue->first, ret_message);
	sendq_drop(queue);
	return true;
}

static int send_item(const struct sendq_item *item, int socket)
{
	struct message message;

	fill(item, &message);
	return message_send(socket, &message);
}

int sendq_flush(struct sendq *queue, int socket)
{
	int r = 0;

	while (queue->first && (r = send_item(queue->first, socket)) == 0)
		sendq_drop(queue);
	return r;
}

int sendq_send(const struct sendq *queue, int socket, size_t *sent)
{
	const struct sendq_item *item = queue->first;
	int r = 0;

	for (size_t i = 0; i < *sent && item; i++)
		item = item->next;
	for (; item && (r = send_item(item, socket)) == 0; item = item->next)
		(*sent)++;
	return r;
}
