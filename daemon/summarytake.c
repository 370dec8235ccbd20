/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "summarytake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"
#include "ctlproto.h"

static void forget_pieces(struct summary *summary)
{
	free(summary->before);
	free(summary->after);
	summary->before = summary->after = NULL;
	summary->before_length = summary->after_length = 0;
}

void summary_clear(struct summary *summary)
{
	forget_pieces(summary);
	change_free(summary->change);
	summary->change = NULL;
}

static int take_item(struct summary *summary, struct message *message)
{
	uint64_t action = message_get_number(message), what = message_get_number(message);
	char name[SUMMARY_PIECE + 1];

	message_get_string(message, name, sizeof(name));
	uint64_t effects = message_get_number(message);

	if (action >= CHANGE_ACTIONS || what >= CHANGE_WHATS || summary->before)
		message->failed = true;
	if (!message_complete(message))
		return 0;
	if (!summary->change && !(summary->change = calloc(1, sizeof(*summary->change))))
		return -ENOMEM;
	return change_add_item(summary->change, (enum change_action)action, (enum change_what)what,
		name, (unsigned int)effects);
}

static int take_key(struct summary *summary, struct message *message)
{
	char piece[2][SUMMARY_PIECE + 1];
	const struct change *change = summary->change;
	char key[64];

	message_get_string(message, key, sizeof(key));
	uint64_t effects = message_get_number(message);

	message_get_string(message, piece[0], sizeof(piece[0]));
	message_get_string(message, piece[1], sizeof(piece[1]));
	bool more = message_get_number(message) != 0;
	const char *name = change && change->count > 0
				   ? change_key_name(change->items[change->count - 1].what, key)
				   : NULL;

	if (!name)
		message->failed = true;
	if (!message_complete(message))
		return 0;
	int r = array_append_text(&summary->before, &summary->before_length, piece[0]);

	if (r == 0)
		r = array_append_text(&summary->after, &summary->after_length, piece[1]);
	if (r < 0 || more)
		return r;
	r = change_add_field(
		summary->change, name, summary->before, summary->after, (unsigned int)effects);
	forget_pieces(summary);
	return r;
}

int summary_take(struct summary *summary, struct message *message)
{
	if (message->type == CTL_SUMMARY)
		return take_item(summary, message);
	if (message->type == CTL_SUMMARY_KEY)
		return take_key(summary, message);
	message->failed = true;
	return 0;
}
