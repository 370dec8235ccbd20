/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands write for programs: the version first, then what they have to say. */
#include "cmd.h"

int cmd_begin_json(struct json *json)
{
	bool failed = json->failed;

	/* Behind its "{", up to the "}" if it has one already. */
	if (!failed)
		printf("{\"json_version\":%d,%.*s", CMD_JSON_VERSION, (int)json->length - 1,
			json->text + 1);
	json_clear(json);
	return failed ? cmd_failed(_("out of memory")) : EXIT_OK;
}

int cmd_put_json(struct json *json)
{
	int exit_code = cmd_begin_json(json);

	if (exit_code == EXIT_OK)
		putchar('\n');
	return exit_code;
}

void cmd_begin_json_list(const char *key)
{
	printf("{\"json_version\":%d,\"%s\":[", CMD_JSON_VERSION, key);
}

int cmd_put_json_done(const char *key, int exit_code, const char *message)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, key);
	json_bool(&json, exit_code == EXIT_OK);
	json_key(&json, "message");
	json_string(&json, message);
	json_object_end(&json);
	return cmd_put_json(&json) == EXIT_OK ? exit_code : EXIT_FAILED;
}
