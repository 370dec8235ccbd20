/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctlchange.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "ctlanswer.h"
#include "ctlproposal.h"
#include "ctlsummary.h"
#include "localuser.h"
#include "roles.h"

/* Who asks, and with what words. */
struct asked {
	char file[CTLANSWER_FILE_MAX];
	uint64_t seconds;
	char ticket[STORE_TICKET_MAX], reason[STORE_REASON_MAX];
	char who[LOCALUSER_MAX];
};

static struct change_request request_of(
	const struct asked *asked, const struct caller *caller, const char *how)
{
	return (struct change_request){
		.how = how,
		.fd = -1,
		.uid = caller->person,
		.pid = caller->peer.pid,
		.who = asked->who,
		.ticket = asked->ticket,
		.reason = asked->reason,
		.confirm_seconds = asked->seconds ? (int64_t)asked->seconds : CHANGES_AS_POLICY,
	};
}

static void get_words(struct message *message, const struct caller *caller, struct asked *asked)
{
	asked->seconds = message_get_number(message);
	message_get_string(message, asked->ticket, sizeof(asked->ticket));
	message_get_string(message, asked->reason, sizeof(asked->reason));
	localuser_name(caller->person, asked->who);
}

/* Seconds that no change may wait are refused before anything is looked at. */
static bool fits(const struct asked *asked)
{
	return asked->seconds == 0 ||
	       (asked->seconds >= POLICY_CONFIRM_LEAST && asked->seconds <= POLICY_CONFIRM_MAX);
}

/* What is read at the next start: another file, where the policy leaves that to the file. */
static const char *next_file(const struct enforcer *enforcer, const struct change_request *request)
{
	const struct policy *policy = lifecycle_policy(enforcer->lifecycle);

	if (request->fd < 0 || policy->two_person || policy->confirm_seconds)
		return "";
	return lifecycle_config_file(enforcer->lifecycle);
}

static int make(struct enforcer *enforcer, const struct change_request *request,
	struct ctlsummary_answer *answer)
{
	struct change_result result;
	struct diag_list *diags;
	int r = diag_list_new(&diags);

	if (r < 0)
		return r;
	enum exit_code code = enforcer_apply(enforcer, request, diags, &result);

	r = result.two_person ? 0 : ctlanswer_diags(answer->queue, diags);
	diag_list_free(diags);
	if (r == 0 && !result.two_person && code != EXIT_CONFIG)
		r = ctlsummary_put(answer->queue, result.summary);
	if (code == EXIT_OK || code == EXIT_DIFFERS) {
		answer->texts = result.texts;
		result.texts = (struct packettexts){ .wanted = false };
	}
	change_result_clear(&result);
	if (r == 0 && result.two_person)
		return ctlproposal_propose(enforcer, request, answer);
	return r < 0 ? r
		     : ctlanswer_apply(&answer->last, code, &result, next_file(enforcer, request));
}

int ctlchange_apply(struct enforcer *enforcer, struct message *message, const struct caller *caller,
	struct ctlsummary_answer *answer)
{
	struct asked asked;

	message_get_string(message, asked.file, sizeof(asked.file));
	get_words(message, caller, &asked);
	bool packets = message_get_number(message) != 0;

	if (!message_complete(message) || !fits(&asked))
		return -EBADMSG;
	struct change_request request = request_of(&asked, caller, "request");

	request.fd = message->fd;
	request.packets = packets;
	if (message->fd >= 0)
		request.name = asked.file[0] ? asked.file : "configuration";
	return make(enforcer, &request, answer);
}

int ctlchange_confirm(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue)
{
	char who[LOCALUSER_MAX], reason[STORE_REASON_MAX], why[CHANGES_WHY_MAX] = "";
	uint64_t number;

	message_get_string(message, reason, sizeof(reason));
	if (!message_complete(message))
		return -EBADMSG;
	localuser_name(caller->person, who);
	const struct change_person person = { caller->person, caller->peer.pid, who, reason };
	enum exit_code code = changes_confirm(enforcer->changes, &person, &number, why);
	int r = code == EXIT_OK ? ctlanswer_number(queue, "change", number) : 0;

	return r < 0 ? r : ctlanswer_result(queue, code, why);
}

/* What waits. */
static int undo(struct enforcer *enforcer, const struct asked *asked, const struct caller *caller,
	struct sendq *queue)
{
	const struct change_person person = { caller->person, caller->peer.pid, asked->who,
		asked->reason };
	unsigned int serial = lifecycle_serial(enforcer->lifecycle);
	struct change_result result;
	struct diag_list *diags;
	int r = diag_list_new(&diags);

	if (r < 0)
		return r;
	enum exit_code code = changes_undo(enforcer->changes, &person, diags, &result);

	if (lifecycle_serial(enforcer->lifecycle) != serial)
		enforcer_changed(enforcer, &result.change);
	r = ctlanswer_diags(queue, diags);
	change_result_clear(&result);
	diag_list_free(diags);
	return r < 0 ? r : ctlanswer_apply(queue, code, &result, "");
}

/* One that was confirmed is put in place once more. */
static int put_again(struct enforcer *enforcer, uint64_t number, const struct asked *asked,
	const struct caller *caller, struct ctlsummary_answer *answer)
{
	const struct store *store = changes_store(enforcer->changes);
	struct change_request request = request_of(asked, caller, "rollback");
	struct store_entry entry;
	char text[CHANGES_WHY_MAX], *bytes;
	int r = store_get(store, number, &entry, &bytes, &request.length);

	if (r < 0) {
		snprintf(text, sizeof(text), "number %" PRIu64 " of %s %s", number,
			store_path(store),
			r == -ENOENT	? "is not there"
			: r == -EBADMSG ? "is broken and cannot be used"
					: errtext_english(r));
		return ctlanswer_result(answer->queue, EXIT_FAILED, text);
	}
	request.bytes = bytes;
	request.of = number;
	request.packets = true;
	snprintf(text, sizeof(text), "%s/%06" PRIu64 ".conf", store_path(store), number);
	request.name = text;
	r = make(enforcer, &request, answer);
	free(bytes);
	return r;
}

static int roll_back(struct enforcer *enforcer, uint64_t number, const struct asked *asked,
	const struct caller *caller, struct ctlsummary_answer *answer)
{
	struct sendq *queue = answer->queue;
	const struct store *store = changes_store(enforcer->changes);
	const struct store_current *current = store ? store_current(store) : NULL;
	int r = 0;

	if (!store)
		return ctlanswer_result(
			queue, EXIT_FAILED, changes_begun(enforcer->changes)->problem);
	if (current->pending && (number == 0 || number == current->confirmed))
		return undo(enforcer, asked, caller, queue);
	if (!(caller->rights & RIGHT_CHANGE))
		return ctlanswer_result(queue, EXIT_FAILED, roles_refusal(RIGHT_CHANGE));
	if (number == 0)
		r = store_confirmed_before(store, current->confirmed, &number);
	if (r < 0)
		return ctlanswer_result(queue, EXIT_FAILED, errtext_english(r));
	if (number == 0)
		return ctlanswer_result(queue, EXIT_FAILED,
			"nothing else was confirmed before: see \"hedate history\"");
	return put_again(enforcer, number, asked, caller, answer);
}

int ctlchange_rollback(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct ctlsummary_answer *answer)
{
	uint64_t number = message_get_number(message);
	struct asked asked;

	get_words(message, caller, &asked);
	if (!message_complete(message) || !fits(&asked))
		return -EBADMSG;
	return roll_back(enforcer, number, &asked, caller, answer);
}

static int put_entry(const struct store *store, uint64_t number, struct sendq *queue)
{
	const struct store_current *current = store_current(store);
	struct store_entry entry;
	struct message message;
	struct json json;
	bool in_force = number == (current->pending ? current->pending : current->confirmed);
	bool intact = store_entry(store, number, &entry) == 0;
	int64_t left = number == current->pending ? store_seconds_left(store) : 0;

	json_init(&json);
	if (intact)
		store_entry_write(&json, &entry);
	message_begin(&message, CTL_CHANGE);
	message_put_number(&message, number);
	message_put_string(&message, intact && !json.failed ? json.text : "");
	message_put_number(&message, in_force);
	message_put_number(&message, left > 0 ? (uint64_t)left : 0);
	json_clear(&json);
	return sendq_push(queue, &message);
}

int ctlchange_history(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue)
{
	const struct store *store = changes_store(enforcer->changes);
	uint64_t *numbers;
	size_t count;

	(void)caller;
	if (!message_complete(message))
		return -EBADMSG;
	int r = store ? store_list(store, &numbers, &count) : -ENODEV;

	if (r == -ENODEV)
		return ctlanswer_result(
			queue, EXIT_FAILED, changes_begun(enforcer->changes)->problem);
	if (r < 0)
		return ctlanswer_result(queue, EXIT_FAILED, errtext_english(r));
	for (size_t i = 0; i < count && r == 0; i++)
		r = put_entry(store, numbers[i], queue);
	free(numbers);
	return r < 0 ? r : ctlanswer_result(queue, EXIT_OK, "");
}
