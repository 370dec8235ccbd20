/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flowpush.h"

#include "message.h"

#define COUNTS_AT_ONCE 16 /* COUNTS messages pushed before the recorder has to take them */

int flowpush_closed(struct reclink *link, const struct flowpush_closed *closed)
{
	struct message message;

	message_begin(&message, REC_CLOSED);
	message_put_number(&message, closed->number);
	message_put_number(&message, closed->generation);
	message_put_number(&message, closed->packets);
	message_put_number(&message, closed->bytes);
	return reclink_push(link, &message);
}

int flowpush_begin(struct reclink *link, const struct epoch_id *next, unsigned int generation,
	const char *revision, bool counts)
{
	struct message message;

	message_begin(&message, REC_EPOCH);
	message_put_number(&message, next->number - 1);
	message_put_number(&message, generation);
	message_put_number(&message, next->after);
	message_put_number(&message, next->since);
	message_put_string(&message, revision);
	message_put_number(&message, counts);
	return reclink_push(link, &message);
}

int flowpush_counts(struct reclink *link, const struct flowread_result *result, size_t *sent)
{
	struct message message;
	int r = 0;

	for (int i = 0; r == 0 && i < COUNTS_AT_ONCE && *sent < result->count; i++) {
		size_t count = result->count - *sent;

		if (count > REC_COUNTS_MAX)
			count = REC_COUNTS_MAX;
		message_begin(&message, REC_COUNTS);
		message_put_bytes(
			&message, result->counts + *sent, count * sizeof(*result->counts));
		*sent += count;
		r = reclink_push(link, &message);
	}
	return r;
}

int flowpush_codes(struct reclink *link, const struct flowread_result *result)
{
	struct message message;
	int r = 0;

	for (size_t sent = 0; r == 0 && sent < result->code_count; sent += REC_OVERFLOW_MAX) {
		size_t count = result->code_count - sent;

		if (count > REC_OVERFLOW_MAX)
			count = REC_OVERFLOW_MAX;
		message_begin(&message, REC_OVERFLOW);
		message_put_bytes(&message, result->codes + sent, count * sizeof(*result->codes));
		r = reclink_push(link, &message);
	}
	return r;
}

int flowpush_end(struct reclink *link, const struct flowpush_end *end)
{
	struct message message;

	message_begin(&message, REC_EPOCH_END);
	message_put_number(&message, end->number);
	message_put_number(&message, end->packets);
	message_put_number(&message, end->bytes);
	message_put_number(&message, end->overflow);
	message_put_number(&message, end->kernel);
	return reclink_push(link, &message);
}
