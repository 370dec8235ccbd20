/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctlexception.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctlanswer.h"
#include "localuser.h"

#define TEXT_MAX 8192 /* of one text; what is too long for the register is refused there */

/* ---- from messages ---- */

/* The next text of the message, owned; NULL fails the message, or memory ran out. */
static char *take_text(struct message *message)
{
	char text[TEXT_MAX];

	message_get_string(message, text, sizeof(text));
	return message->failed ? NULL : strdup(text);
}

/* The same; "" means that there is none. */
static char *take_optional(struct message *message)
{
	char *text = take_text(message);

	if (text && text[0] != '\0')
		return text;
	free(text);
	return NULL;
}

/* A time that a register can hold; later ones are so late that they are refused anyway. */
static int64_t take_time(struct message *message)
{
	uint64_t time = message_get_number(message);

	return time < INT64_MAX / 2 ? (int64_t)time : INT64_MAX / 2;
}

static void take_request(struct message *message, struct exception_entry *entry)
{
	entry->from = take_text(message);
	entry->to = take_text(message);
	entry->service = take_text(message);
	entry->clauses = take_text(message);
	entry->text = take_text(message);
	entry->start = take_time(message);
	entry->end = take_time(message);
	entry->emergency = message_get_number(message) != 0;
}

static void take_approve(struct message *message, struct exception_entry *entry)
{
	entry->id = take_text(message);
	entry->text = take_optional(message);
}

static void take_step(struct message *message, struct exception_entry *entry)
{
	entry->id = take_text(message);
	entry->text = take_text(message);
}

static const struct {
	enum ctl_message type;
	enum exception_action action;
	void (*take)(struct message *message, struct exception_entry *entry);
} steps[] = {
	{ CTL_EXCEPTION_REQUEST, EXCEPTION_REQUEST, take_request },
	{ CTL_EXCEPTION_APPROVE, EXCEPTION_APPROVE, take_approve },
	{ CTL_EXCEPTION_REFUSE, EXCEPTION_REFUSE, take_step },
	{ CTL_EXCEPTION_REVOKE, EXCEPTION_REVOKE, take_step },
	{ CTL_EXCEPTION_REPORT, EXCEPTION_REPORT, take_step },
};

static int take_entry(struct message *message, uid_t uid, struct exception_entry *entry)
{
	char name[LOCALUSER_MAX];
	size_t i = 0;

	while (i < sizeof(steps) / sizeof(steps[0]) && steps[i].type != message->type)
		i++;
	if (i == sizeof(steps) / sizeof(steps[0]))
		return -EBADMSG;
	localuser_name(uid, name);
	*entry = (struct exception_entry){ .action = steps[i].action, .uid = uid };
	entry->user = strdup(name);
	steps[i].take(message, entry);
	if (!message_complete(message))
		return -EBADMSG;
	return entry->user ? 0 : -ENOMEM;
}

/* ---- to messages ---- */

static int put_exception(const struct exceptions *exceptions, const struct exception *exception,
	struct message *ret_message)
{
	struct json json;
	int r = -ENOMEM;

	json_init(&json);
	exception_write(&json, exception, exceptions_now(exceptions),
		exceptions_suspended(exceptions, exception));
	if (!json.failed) {
		message_begin(ret_message, CTL_EXCEPTION);
		message_put_string(ret_message, json.text);
		r = 0;
	}
	json_clear(&json);
	return r;
}

int ctlexception_put(const struct exceptions *exceptions, size_t index, struct message *ret_message)
{
	const struct exception_register *reg = exceptions_register(exceptions);
	int r;

	if (index >= reg->count || exceptions_problem(exceptions)[0] != '\0')
		return 0;
	r = put_exception(exceptions, &reg->items[index], ret_message);
	return r < 0 ? r : 1;
}

static void put_refusal(const struct exception_refusal *refusal, struct message *ret_message)
{
	message_begin(ret_message, CTL_REFUSAL);
	message_put_number(ret_message, refusal->error);
	message_put_string(ret_message, refusal->id);
	message_put_string(ret_message, refusal->what);
	message_put_number(ret_message, (uint64_t)refusal->number);
	message_put_number(ret_message, refusal->action);
	message_put_number(ret_message, refusal->state);
}

static int put_answers(const struct exceptions *exceptions, const struct diag_list *diags,
	const struct exceptions_result *result, struct sendq *queue)
{
	struct message message;
	int r = ctlanswer_diags(queue, diags);

	if (r == 0 && result->refusal.error != EXCEPTION_OK) {
		put_refusal(&result->refusal, &message);
		r = sendq_push(queue, &message);
	}
	if (r == 0 && result->exception) {
		r = put_exception(exceptions, result->exception, &message);
		if (r == 0)
			r = sendq_push(queue, &message);
	}
	return r < 0 ? r : ctlanswer_result(queue, result->code, result->text);
}

int ctlexception_answer(
	struct exceptions *exceptions, struct message *message, uid_t uid, struct sendq *queue)
{
	struct exceptions_result result;
	struct exception_entry entry = { 0 };
	struct diag_list *diags = NULL;
	int r = take_entry(message, uid, &entry);

	if (r == 0)
		r = diag_list_new(&diags);
	if (r == 0) {
		exceptions_take(exceptions, &entry, diags, &result);
		r = put_answers(exceptions, diags, &result, queue);
	}
	diag_list_free(diags);
	exception_entry_clear(&entry);
	return r;
}
