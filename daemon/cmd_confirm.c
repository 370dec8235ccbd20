/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate confirm: what was put in force stays, whether anybody is there to see it or not. */
#include <string.h>

#include "../lib/storeline.h"
#include "ctlclient.h"
#include "optionrows.h"

enum option {
	OPTION_REASON,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_REASON] = OPTIONROW_REASON,
};

static const struct cmd_usage usage = {
	"confirm",
	"",
	N_("Confirms the change that is in force and waits for it: it is not rolled back any "
	   "more."),
	options,
	OPTION_COUNT,
};

#define CONFIRM_SECONDS 30

static int take_option(int option, const char *value, void *data)
{
	const char **reason = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (strlen(value) >= STORE_REASON_MAX)
		return cmd_usage_error(
			&usage, _("--reason: at most %d bytes"), STORE_REASON_MAX - 1);
	*reason = value;
	return EXIT_OK;
}

static int take_answer(struct message *message, void *data)
{
	if (message->type == CTL_FIELD)
		return ctl_fields_take(data, message);
	message->failed = true;
	return EXIT_OK;
}

static int put_json(bool confirmed, uint64_t number, const char *text)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "confirmed");
	json_bool(&json, confirmed);
	json_key(&json, "change");
	json_unsigned(&json, number);
	json_key(&json, "message");
	json_string(&json, text);
	json_object_end(&json);
	return cmd_put_json(&json);
}

int cmd_confirm(struct cli *cli, int argc, char **argv)
{
	struct ctl_request request = {
		.type = CTL_CONFIRM, .text = "", .fd = -1, .seconds = CONFIRM_SECONDS
	};
	struct ctl_fields fields = { 0 };
	char text[CTL_TEXT_MAX] = "";
	uint64_t number = 0;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, (void *)&request.text, &exit_code))
		return exit_code;
	exit_code = ctl_call(cli, &request, take_answer, &fields, text);
	(void)ctl_fields_number(&fields, "change", &number);
	ctl_fields_clear(&fields);
	if (cli->json && put_json(exit_code == EXIT_OK, number, text) != EXIT_OK)
		return EXIT_FAILED;
	if (!cli->json && exit_code == EXIT_OK)
		printf(_("Change %llu is confirmed.\n"), (unsigned long long)number);
	else if (!cli->json && text[0] != '\0')
		cmd_failed("%s", text);
	return exit_code;
}
