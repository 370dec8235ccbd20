/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exceptionstep.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"
#include "../lib/exception.h"

#define STEP_SECONDS 120
#define WORDS_MAX    1024

/* What the daemon answered. */
struct answer {
	const struct cli *cli;
	struct exception_records *records;
	struct exception_refusal refusal; /* error EXCEPTION_OK: none */
	char *diags;			  /* as text or as JSON, owned; NULL for none */
	size_t length;
};

static int take_text(struct answer *answer, struct message *message)
{
	const char *wanted = answer->cli->json ? "json" : "text";
	char kind[16], *piece;
	int r;

	message_get_string(message, kind, sizeof(kind));
	piece = ctl_take_string(message);
	if (!message_complete(message) || !piece) {
		message->failed = true;
		free(piece);
		return EXIT_OK;
	}
	r = array_append_text(
		&answer->diags, &answer->length, strcmp(kind, wanted) == 0 ? piece : "");
	free(piece);
	return r < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

static int take_refusal(struct answer *answer, struct message *message)
{
	struct exception_refusal *refusal = &answer->refusal;
	uint64_t error = message_get_number(message), action, state;

	message_get_string(message, refusal->id, sizeof(refusal->id));
	message_get_string(message, refusal->what, sizeof(refusal->what));
	refusal->number = (int64_t)message_get_number(message);
	action = message_get_number(message);
	state = message_get_number(message);
	if (error >= EXCEPTION_ERRORS || action >= EXCEPTION_ACTIONS || state > EXCEPTION_EXPIRED)
		message->failed = true;
	if (!message_complete(message)) {
		message->failed = true;
		return EXIT_OK;
	}
	refusal->error = (enum exception_error)error;
	refusal->action = (enum exception_action)action;
	refusal->state = (enum exception_state)state;
	return EXIT_OK;
}

static int take_answer(struct message *message, void *data)
{
	struct answer *answer = data;

	if (message->type == CTL_TEXT)
		return take_text(answer, message);
	if (message->type == CTL_REFUSAL)
		return take_refusal(answer, message);
	return exceptionview_take(message, answer->records);
}

/* ---- what became of it ---- */

static void say_refusal(const struct exception_refusal *refusal)
{
	char cause[WORDS_MAX], fix[WORDS_MAX];

	exception_refusal_text(refusal, cause, fix, sizeof(cause));
	cmd_failed("%s", cause);
	if (fix[0] != '\0')
		fprintf(stderr, "      %s %s\n", _("fix:"), fix);
}

static void say(const struct answer *answer, int exit_code, const char *text)
{
	if (answer->diags && answer->length > 0)
		fputs(answer->diags, stderr);
	if (answer->refusal.error != EXCEPTION_OK)
		say_refusal(&answer->refusal);
	if (exit_code != EXIT_OK && text[0] != '\0')
		cmd_failed("%s", text);
}

static void put_refusal_json(struct json *json, const struct exception_refusal *refusal)
{
	char cause[WORDS_MAX], fix[WORDS_MAX];

	exception_refusal_text(refusal, cause, fix, sizeof(cause));
	json_key(json, "refused");
	json_string(json, exception_error_name(refusal->error));
	json_key(json, "cause");
	json_string(json, cause);
	json_key(json, "fix");
	json_string(json, fix);
}

/* {"taken": ..., "message": ..., why not, "exception": {...}, "diagnostics": [...]}; the last two
 * come as JSON. */
static int put_json(const struct answer *answer, int exit_code, const char *text)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "taken");
	json_bool(&json, exit_code == EXIT_OK || exit_code == EXIT_DIFFERS);
	json_key(&json, "message");
	json_string(&json, text);
	if (answer->refusal.error != EXCEPTION_OK)
		put_refusal_json(&json, &answer->refusal);
	if (cmd_begin_json(&json) != EXIT_OK)
		return EXIT_FAILED;
	if (answer->records->count > 0)
		printf(",\"exception\":%s", answer->records->items[0].json);
	if (answer->length > 0)
		printf(",\"diagnostics\":%s", answer->diags);
	puts("}");
	return exit_code;
}

int exceptionstep_call(const struct cli *cli, enum ctl_message type, exceptionstep_put put,
	const void *data, struct exception_records *ret_records)
{
	const struct ctl_request request = {
		.type = type,
		.fd = -1,
		.seconds = STEP_SECONDS,
		.put = put,
		.put_data = data,
	};
	struct answer answer = { .cli = cli, .records = ret_records };
	char text[CTL_TEXT_MAX];
	int exit_code;

	*ret_records = (struct exception_records){ 0 };
	exit_code = ctl_call(cli, &request, take_answer, &answer, text);
	if (exit_code != EXIT_UNREACHABLE && cli->json)
		exit_code = put_json(&answer, exit_code, text);
	else
		say(&answer, exit_code, text);
	free(answer.diags);
	return exit_code;
}
