/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recpolicy.h"

#include <errno.h>

#include "../lib/compile.h"
#include "../lib/decode.h"

/* Nothing was counted in this table before. It can be told of its first two epochs; in a later one
 * a recorder has been here already. */
static uint64_t table_since(const struct epoch_id *epoch)
{
	if (epoch->number > 2)
		return 0;
	return epoch->number == 2 ? epoch->after : epoch->since;
}

int recpolicy_welcome(struct reclink *link, const struct lifecycle *lifecycle, bool with_socket)
{
	const struct policy *policy = lifecycle_policy(lifecycle);
	struct message message;

	message_begin(&message, REC_WELCOME);
	message_put_string(&message, policy->site);
	message_put_string(&message, lifecycle_epoch(lifecycle)->table);
	message_put_number(&message, policy->log_group);
	message_put_number(&message, table_since(lifecycle_epoch(lifecycle)));
	message_put_number(&message, reclink_instance(link));
	if (with_socket)
		message.fd = lifecycle_nflog(lifecycle);
	return reclink_push(link, &message);
}

static int send_places(struct reclink *link, const struct policy *policy)
{
	struct message message;
	int r = 0;

	for (size_t i = 0; r == 0 && i < policy->segment_count; i++) {
		const struct policy_segment *segment = &policy->segments[i];

		message_begin(&message, REC_PLACE);
		message_put_string(&message, segment->interface);
		message_put_string(&message, segment->full_name);
		message_put_string(&message, policy->zones[segment->zone].name);
		r = reclink_push(link, &message);
	}
	return r;
}

static int send_code(const struct denial *denial, void *data)
{
	struct reclink *link = data;
	struct message message;

	message_begin(&message, REC_CODE);
	message_put_number(&message, denial->code);
	message_put_string(&message, reason_name(denial->reason));
	message_put_string(&message, denial->from);
	message_put_string(&message, denial->to);
	return reclink_push(link, &message);
}

struct leftovers {
	struct reclink *link;
	const struct denials *denials;
	int error; /* of the link: the kernel's dump is read to its end all the same */
};

static int send_leftover(const char *name, struct counter_value value, void *data)
{
	struct leftovers *leftovers = data;

	if (leftovers->error == 0 && value.packets && !denials_find(leftovers->denials, name))
		leftovers->error = denials_guesses(name, send_code, leftovers->link);
	return 0;
}

static int send_codes(struct reclink *link, const struct lifecycle *lifecycle)
{
	const struct denials *denials = lifecycle_denials(lifecycle);
	struct leftovers leftovers = { .link = link, .denials = denials };
	int r = 0;

	for (size_t i = 0; r == 0 && i < denials->count; i++)
		r = send_code(&denials->items[i], link);
	if (r < 0)
		return r;
	/* A dump that fails costs the names of old codes at most; the packets are counted. */
	(void)decode_counters(lifecycle_socket(lifecycle), TABLE_NAME, send_leftover, &leftovers);
	return leftovers.error;
}

static int send_logging(struct reclink *link, const struct policy_log *log)
{
	struct message message;

	message_begin(&message, REC_LOGGING);
	message_put_number(&message, log->island);
	message_put_number(&message, log->compress);
	message_put_number(&message, log->retention_days);
	message_put_number(&message, log->size);
	message_put_number(&message, log->segment);
	message_put_number(&message, log->scan_targets);
	message_put_number(&message, log->scan_seconds);
	message_put_number(&message, log->payload);
	return reclink_push(link, &message);
}

int recpolicy_send(struct reclink *link, const struct lifecycle *lifecycle)
{
	const struct policy *policy = lifecycle_policy(lifecycle);
	struct message message;
	int r;

	if ((r = send_logging(link, &policy->log)) < 0)
		return r;

	message_begin(&message, REC_POLICY);
	message_put_string(&message, policy->revision);
	message_put_string(&message, policy->label);
	message_put_string(&message, policy->profile_name ? policy->profile_name : "");
	message_put_string(&message, policy->model_name ? policy->model_name : "");
	if ((r = reclink_push(link, &message)) < 0)
		return r;
	if ((r = send_places(link, policy)) < 0)
		return r;
	if ((r = send_codes(link, lifecycle)) < 0)
		return r;
	message_begin(&message, REC_POLICY_END);
	return reclink_push(link, &message);
}
