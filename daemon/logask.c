/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logask.h"

#include <string.h>

#include "../lib/logkeep.h"
#include "ctlclient.h"

#define TELL_SECONDS 3
#define ASK_SECONDS  15 /* the daemon itself gives up after 10 */

struct ask {
	uint64_t number;
	int64_t since;
	const char *text;
};

static void put_request(struct message *message, const void *data)
{
	const struct ask *ask = data;

	message_put_number(message, ask->number);
	message_put_number(message, (uint64_t)ask->since);
	message_put_string(message, ask->text);
}

static int take_answer(struct message *message, void *data)
{
	if (message->type == CTL_FIELD)
		return ctl_fields_take(data, message);
	message->failed = true;
	return EXIT_OK;
}

int logask_call(const struct cli *cli, enum ctl_message type, uint64_t number, int64_t since,
	const char *text, uint64_t *ret_number)
{
	const struct ask ask = { number, since, text };
	const struct ctl_request request = {
		.type = type,
		.fd = -1,
		.seconds = ASK_SECONDS,
		.put = put_request,
		.put_data = &ask,
	};
	struct ctl_fields fields = { 0 };
	int exit_code = ctl_call(cli, &request, take_answer, &fields, NULL);

	if (exit_code == EXIT_OK && !ctl_fields_number(&fields, "number", ret_number))
		exit_code = cmd_failed(
			_("hedated's answer is not understood; are both of one version?"));
	ctl_fields_clear(&fields);
	return exit_code;
}

int logask_tell(const struct cli *cli, enum ctl_message type, uint64_t number, const char *text)
{
	const struct ask ask = { number, 0, text };
	const struct ctl_request request = {
		.type = type,
		.fd = -1,
		.seconds = TELL_SECONDS,
		.put = put_request,
		.put_data = &ask,
		.quiet = true,
	};
	struct ctl_fields fields = { 0 };
	char answer[CTL_TEXT_MAX];
	int exit_code = ctl_call(cli, &request, take_answer, &fields, answer);

	ctl_fields_clear(&fields);
	return exit_code;
}

int logask_check_text(const struct cmd_usage *usage, const char *option, const char *text)
{
	if (!text || text[0] == '\0')
		return cmd_usage_error(usage, _("--%s is needed"), option);
	if (strlen(text) >= LOGKEEP_TEXT_MAX)
		return cmd_usage_error(
			usage, _("--%s: at most %d bytes are kept"), option, LOGKEEP_TEXT_MAX - 1);
	return EXIT_OK;
}
