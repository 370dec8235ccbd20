/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reckeep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_MAX 32
#define KEY_MAX	  64

struct reckeep {
	struct {
		char key[KEY_MAX], value[RECKEEP_VALUE_MAX];
	} pairs[PAIRS_MAX];
	size_t count;
	uint64_t last_id;
	struct reckeep_waiter *waiters;
};

int reckeep_new(struct reckeep **ret_keep)
{
	*ret_keep = calloc(1, sizeof(**ret_keep));
	return *ret_keep ? 0 : -ENOMEM;
}

void reckeep_free(struct reckeep *keep)
{
	free(keep);
}

int reckeep_ask(struct reckeep *keep, struct reclink *link, const struct rec_request *request,
	struct reckeep_waiter *waiter)
{
	struct message message;
	message_begin(&message, REC_REQUEST);
	message_put_number(&message, ++keep->last_id);
	message_put_number(&message, request->kind);
	message_put_number(&message, request->uid);
	message_put_string(&message, request->by);
	message_put_number(&message, request->number);
	message_put_number(&message, (uint64_t)request->since);
	message_put_string(&message, request->text);
	int r = reclink_push(link, &message);
	if (r < 0)
		return r;
	waiter->id = keep->last_id;
	waiter->next = keep->waiters;
	keep->waiters = waiter;
	return 0;
}

void reckeep_cancel(struct reckeep *keep, struct reckeep_waiter *waiter)
{
	struct reckeep_waiter **place = &keep->waiters;
	while (*place && *place != waiter)
		place = &(*place)->next;
	if (*place)
		*place = waiter->next;
}

static int take_answer(struct reckeep *keep, struct message *message)
{
	uint64_t id = message_get_number(message), error = message_get_number(message);
	uint64_t number = message_get_number(message);
	if (!message_complete(message) || error > 4095)
		return -EBADMSG;
	struct reckeep_waiter *waiter = keep->waiters;
	while (waiter && waiter->id != id)
		waiter = waiter->next;
	if (!waiter)
		return 0; /* who asked has gone */
	reckeep_cancel(keep, waiter);
	waiter->function(waiter, -(int)error, number, waiter->data);
	return 0;
}

static int take_pairs(struct reckeep *keep, struct message *message)
{
	keep->count = 0;
	while (message_more(message) && keep->count < PAIRS_MAX) {
		message_get_string(message, keep->pairs[keep->count].key, KEY_MAX);
		message_get_string(message, keep->pairs[keep->count].value, RECKEEP_VALUE_MAX);
		keep->count += !message->failed;
	}
	return message_complete(message) ? 0 : -EBADMSG;
}

int reckeep_take(struct reckeep *keep, struct message *message)
{
	if (message->type == REC_ANSWERED)
		return take_answer(keep, message);
	return message->type == REC_KEEPING ? take_pairs(keep, message) : -EBADMSG;
}

void reckeep_disconnected(struct reckeep *keep)
{
	keep->count = 0;
	while (keep->waiters) {
		struct reckeep_waiter *waiter = keep->waiters;
		keep->waiters = waiter->next;
		waiter->function(waiter, -ENOTCONN, 0, waiter->data);
	}
}

const char *reckeep_value(const struct reckeep *keep, const char *key)
{
	for (size_t i = 0; i < keep->count; i++)
		if (strcmp(keep->pairs[i].key, key) == 0)
			return keep->pairs[i].value;
	return "";
}
