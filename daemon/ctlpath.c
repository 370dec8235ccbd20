/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctlpath.h"

#include <errno.h>
#include <string.h>

#include "../lib/suggest.h"
#include "ctlanswer.h"

#define RANGES_AT_ONCE 100

static int put_ranges(
	struct sendq *queue, uint64_t end, const struct addrset *set, size_t first, size_t count)
{
	uint8_t bytes[RANGES_AT_ONCE * 2 * 16];
	size_t length = addr_length(set->family), used = 0;
	struct message message;

	for (size_t i = first; i < first + count; i++) {
		memcpy(bytes + used, set->ranges[i].first, length);
		memcpy(bytes + used + length, set->ranges[i].last, length);
		used += 2 * length;
	}
	message_begin(&message, CTL_ENDS);
	message_put_number(&message, end);
	message_put_number(&message, 0);
	message_put_bytes(&message, bytes, used);
	message_put_number(&message, length);
	return sendq_push(queue, &message);
}

static int put_set(struct sendq *queue, uint64_t end, const struct addrset *set)
{
	int r = 0;

	for (size_t i = 0; i < set->count && r == 0; i += RANGES_AT_ONCE)
		r = put_ranges(queue, end, set, i,
			set->count - i < RANGES_AT_ONCE ? set->count - i : RANGES_AT_ONCE);
	return r;
}

static int put_gateway(struct sendq *queue, uint64_t end)
{
	struct message message;

	message_begin(&message, CTL_ENDS);
	message_put_number(&message, end);
	message_put_number(&message, 1);
	message_put_bytes(&message, "", 0);
	message_put_number(&message, 4);
	return sendq_push(queue, &message);
}

static int put_end(struct sendq *queue, uint64_t number, const struct policy_end *end)
{
	int r = end->part_count == 0 ? put_gateway(queue, number) : 0;

	for (size_t i = 0; i < end->part_count; i++)
		for (int family = 0; family < ADDR_FAMILIES && r == 0; family++)
			r = put_set(queue, number, &end->parts[i].addresses[family]);
	return r;
}

/* There is none of this name; RESULT says what may have been meant. */
static int refuse(struct sendq *queue, const struct policy *policy, const char *name)
{
	struct suggest suggest = { .word = name };

	for (size_t i = 0; policy && i < policy->path_count; i++)
		suggest_consider(&suggest, policy->paths[i].name);
	return ctlanswer_result(queue, EXIT_USAGE, suggest.best ? suggest.best : "");
}

int ctlpath_answer(const struct policy *policy, struct message *message, struct sendq *queue)
{
	char name[POLICY_NAME_MAX + 1];
	int r;

	message_get_string(message, name, sizeof(name));
	if (!message_complete(message))
		return -EBADMSG;
	for (size_t i = 0; policy && i < policy->path_count; i++) {
		if (strcmp(policy->paths[i].name, name) != 0)
			continue;
		r = put_end(queue, 0, &policy->paths[i].from);
		if (r == 0)
			r = put_end(queue, 1, &policy->paths[i].to);
		return r < 0 ? r : ctlanswer_result(queue, EXIT_OK, "");
	}
	return refuse(queue, policy, name);
}
