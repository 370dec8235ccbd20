/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctlsummary.h"

#include <stdio.h>
#include <string.h>

#include "ctlproto.h"

#define PIECE CTLSUMMARY_PIECE

/* How much of a text goes into one piece, cut between characters. */
static size_t piece_of(const char *text)
{
	size_t length = strnlen(text, PIECE + 1);

	if (length <= PIECE)
		return length;
	length = PIECE;
	while (length > 1 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

static void put_piece(struct message *message, const char **text)
{
	char piece[PIECE + 1];
	size_t length = piece_of(*text);

	memcpy(piece, *text, length);
	piece[length] = '\0';
	message_put_string(message, piece);
	*text += length;
}

static int put_field(struct sendq *queue, const struct change_field *field)
{
	const char *before = field->before, *after = field->after;
	struct message message;
	int r = 0;

	do {
		message_begin(&message, CTL_SUMMARY_KEY);
		message_put_string(&message, field->key);
		message_put_number(&message, field->effects);
		put_piece(&message, &before);
		put_piece(&message, &after);
		message_put_number(&message, before[0] != '\0' || after[0] != '\0');
		r = sendq_push(queue, &message);
	} while (r == 0 && (before[0] != '\0' || after[0] != '\0'));
	return r;
}

static int put_item(struct sendq *queue, const struct change_item *item)
{
	struct message message;
	int r;

	message_begin(&message, CTL_SUMMARY);
	message_put_number(&message, item->action);
	message_put_number(&message, item->what);
	message_put_string(&message, item->name);
	message_put_number(&message, item->effects);
	r = sendq_push(queue, &message);
	for (size_t i = 0; i < item->field_count && r == 0; i++)
		r = put_field(queue, &item->fields[i]);
	return r;
}

static size_t bytes_of(const struct change_item *item)
{
	size_t bytes = strlen(item->name);

	for (size_t i = 0; i < item->field_count; i++)
		bytes += strlen(item->fields[i].before) + strlen(item->fields[i].after);
	return bytes;
}

static int put_count(struct sendq *queue, const char *key, size_t count)
{
	struct message message;
	char text[24];

	snprintf(text, sizeof(text), "%zu", count);
	message_begin(&message, CTL_FIELD);
	message_put_string(&message, key);
	message_put_string(&message, text);
	return sendq_push(queue, &message);
}

int ctlsummary_put(struct sendq *queue, const struct change *change)
{
	size_t bytes = 0, i = 0;
	int r = 0;

	if (!change)
		return 0;
	for (; i < change->count && r == 0; i++) {
		bytes += bytes_of(&change->items[i]);
		if (bytes > CTLSUMMARY_BYTES)
			break;
		r = put_item(queue, &change->items[i]);
	}
	if (r == 0 && i < change->count)
		r = put_count(queue, "items_left_out", change->count - i);
	return r;
}

void ctlsummary_answer_clear(struct ctlsummary_answer *answer)
{
	sendq_clear(&answer->last);
	packettexts_clear(&answer->texts);
}

int ctlsummary_answer_end(struct ctlsummary_answer *answer)
{
	struct message message;
	int r = 0;

	while (r == 0 && sendq_pop(&answer->last, &message))
		r = sendq_push(answer->queue, &message);
	return r;
}
