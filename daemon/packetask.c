/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packetask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctlproto.h"
#include "proverproc.h"

#define BYTES_MAX (4u << 20) /* of one answer */

struct packetask {
	struct packetask_waiter *waiters;
	size_t count;
	uint64_t number; /* of the last question */
};

int packetask_new(struct packetask **ret_ask)
{
	*ret_ask = calloc(1, sizeof(**ret_ask));
	return *ret_ask ? 0 : -ENOMEM;
}

void packetask_free(struct packetask *ask)
{
	free(ask);
}

/* Waiting -------------------------------------------------------------------------------------- */

static struct packetask_waiter *find_waiter(const struct packetask *ask, uint64_t number)
{
	struct packetask_waiter *waiter = ask->waiters;

	while (waiter && waiter->number != number)
		waiter = waiter->next;
	return waiter;
}

void packetask_cancel(struct packetask *ask, struct packetask_waiter *waiter)
{
	struct packetask_waiter **place = &ask->waiters;

	while (*place && *place != waiter)
		place = &(*place)->next;
	if (*place) {
		*place = waiter->next;
		ask->count--;
	}
	summary_clear(&waiter->summary);
}

bool packetask_ask(struct packetask *ask, int socket, const struct packettexts *texts,
	struct packetask_waiter *waiter, enum changepackets_why *ret_why)
{
	struct message message;

	*ret_why = texts->fd < 0 ? CHANGEPACKETS_NO_TEXT
		   : socket < 0	 ? CHANGEPACKETS_NO_WORKER
				 : CHANGEPACKETS_BUSY;
	if (socket < 0 || texts->fd < 0 || ask->count == PACKETASK_MAX)
		return false;
	message_begin(&message, PROVER_COMPARE);
	message_put_number(&message, ++ask->number);
	message_put_number(&message, texts->before);
	message.fd = texts->fd;
	if (message_send(socket, &message) < 0)
		return false;
	waiter->number = ask->number;
	waiter->summary = (struct summary){ 0 };
	waiter->bytes = 0;
	waiter->next = ask->waiters;
	ask->waiters = waiter;
	ask->count++;
	return true;
}

struct change *packetask_unknown(enum changepackets_why why)
{
	struct change *change = calloc(1, sizeof(*change));

	if (!change || changepackets_add_undecided(change, why) == 0)
		return change;
	change_free(change);
	return NULL;
}

static void tell(struct packetask *ask, struct packetask_waiter *waiter, struct change *packets)
{
	packetask_cancel(ask, waiter);
	waiter->function(packets, waiter->data);
	change_free(packets);
}

void packetask_disconnected(struct packetask *ask)
{
	while (ask->waiters)
		tell(ask, ask->waiters, packetask_unknown(CHANGEPACKETS_NO_WORKER));
}

/* Answers -------------------------------------------------------------------------------------- */

/* Whoever found them: they are of packets, and say nothing of the configuration. */
static bool is_of_packets(const struct change *change)
{
	const struct change_item *last =
		change && change->count ? &change->items[change->count - 1] : NULL;

	return last && (last->what == CHANGE_PACKETS || last->what == CHANGE_RECORDS);
}

/* number · type (number) · body (bytes): a SUMMARY or SUMMARY_KEY of ctlproto.h. */
static int take_item(struct packetask *ask, struct message *message)
{
	struct packetask_waiter *waiter = find_waiter(ask, message_get_number(message));
	uint64_t type = message_get_number(message);
	size_t length = 0;
	const void *body = message_get_bytes(message, &length);
	struct message item;

	if (!message_complete(message))
		return -EBADMSG;
	if (!waiter)
		return 0;
	message_begin(&item, (uint16_t)type);
	memcpy(item.body, body, length);
	item.length = length;
	waiter->bytes += length;
	if (summary_take(&waiter->summary, &item) < 0)
		tell(ask, waiter, NULL);
	else if (item.failed || !is_of_packets(waiter->summary.change) || waiter->bytes > BYTES_MAX)
		return -EBADMSG;
	return 0;
}

/* number · how it ended (number): 0, or 1 + enum changepackets_why */
static int take_end(struct packetask *ask, struct message *message)
{
	struct packetask_waiter *waiter = find_waiter(ask, message_get_number(message));
	uint64_t end = message_get_number(message);

	if (!message_complete(message) || end > CHANGEPACKETS_WHYS)
		return -EBADMSG;
	if (!waiter)
		return 0;
	struct change *packets =
		end ? packetask_unknown((enum changepackets_why)(end - 1)) : waiter->summary.change;

	if (end == 0) {
		waiter->summary.change = NULL;
		if (!packets)
			packets = calloc(1, sizeof(*packets));
	}
	tell(ask, waiter, packets);
	return 0;
}

int packetask_take(struct packetask *ask, struct message *message)
{
	return message->type == PROVER_ITEM	  ? take_item(ask, message)
	       : message->type == PROVER_COMPARED ? take_end(ask, message)
						  : -EBADMSG;
}
