/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctlisolate.h"

#include <errno.h>

#include "ctlanswer.h"
#include "enforcer.h"
#include "isolate.h"
#include "localuser.h"

#define TARGET_MAX 256

/* What came, with room for its texts. */
struct asked {
	struct isolate_request request;
	char target[TARGET_MAX], reason[ISOLATION_REASON_MAX + 1], user[LOCALUSER_MAX];
};

static int put_entry(const struct isolation_entry *entry, struct sendq *queue)
{
	char line[ISOLATION_LINE_MAX];
	struct message message;

	isolation_entry_format(entry, line);
	message_begin(&message, CTL_ISOLATION);
	message_put_string(&message, line);
	message_put_number(&message, entry->packets);
	message_put_number(&message, entry->bytes);
	return sendq_push(queue, &message);
}

static int put_entries(const struct isolation *isolation, uint64_t since, struct sendq *queue)
{
	int r = 0;

	for (size_t i = 0; i < isolation->count && r == 0; i++) {
		const struct isolation_entry *entry = &isolation->entries[i];

		if (entry->isolated.number > since || entry->released.number > since)
			r = put_entry(entry, queue);
	}
	return r;
}

/* An action that the right for the message's type does not cover is no message. */
static int take_request(struct message *message, uid_t uid, struct asked *asked)
{
	uint64_t action = message_get_number(message);
	bool releases = action == ISOLATE_RELEASE || action == ISOLATE_RELEASE_ALL;

	message_get_string(message, asked->target, sizeof(asked->target));
	message_get_string(message, asked->reason, sizeof(asked->reason));
	if (!message_complete(message) || action >= ISOLATE_ACTIONS ||
		releases != (message->type == CTL_RELEASE))
		return -EBADMSG;
	localuser_name(uid, asked->user);
	asked->request = (struct isolate_request){
		.action = (enum isolate_action)action,
		.target = asked->target,
		.reason = asked->reason,
		.uid = uid,
		.user = asked->user,
	};
	return 0;
}

static int answer(struct enforcer *enforcer, const struct isolate_request *request,
	struct diag_list *diags, struct sendq *queue)
{
	const char *config = lifecycle_config_file(enforcer->lifecycle);
	struct isolate_result result;
	enum exit_code code = request ? isolate_run(config, request, diags, &result)
				      : isolate_read(config, diags, &result);
	int r = ctlanswer_diags(queue, diags);

	if (r == 0)
		r = put_entries(&result.isolation, request ? result.before : 0, queue);
	isolate_result_clear(&result);
	if (request)
		isolationwatch_look(enforcer->isolation);
	return r < 0 ? r : ctlanswer_result(queue, code, "");
}

int ctlisolate_answer(
	struct enforcer *enforcer, struct message *message, uid_t uid, struct sendq *queue)
{
	bool reads = message->type == CTL_ISOLATED;
	struct diag_list *diags;
	struct asked asked;
	int r = reads ? (message_complete(message) ? 0 : -EBADMSG)
		      : take_request(message, uid, &asked);

	if (r == 0)
		r = diag_list_new(&diags);
	if (r < 0)
		return r;
	r = answer(enforcer, reads ? NULL : &asked.request, diags, queue);
	diag_list_free(diags);
	return r;
}
