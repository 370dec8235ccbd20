/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "isolateview.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/logtime.h"
#include "clock.h"
#include "localuser.h"
#include "table.h"

#define ANSWER_SECONDS 10
#define LOGIN_UID      "/proc/self/loginuid"

/* Who asks --------------------------------------------------------------------------------------
 */

/* Who has logged in, whatever he has become by sudo or su since. */
static uid_t login_uid(void)
{
	char text[16] = "";
	int fd = open(LOGIN_UID, O_RDONLY | O_CLOEXEC);
	unsigned long uid;

	if (fd < 0)
		return getuid();
	ssize_t length = read(fd, text, sizeof(text) - 1);

	close(fd);
	if (length <= 0 || !options_number(text, UINT32_MAX, &uid) || uid == UINT32_MAX)
		return getuid();
	return (uid_t)uid;
}

/* Asking ----------------------------------------------------------------------------------------
 */

static void put_request(struct message *message, const void *data)
{
	const struct isolate_request *request = data;

	message_put_number(message, request->action);
	message_put_string(message, request->target ? request->target : "");
	message_put_string(message, request->reason);
}

static int take_entry(struct message *message, struct isolation *isolation)
{
	struct isolation_entry entry, *grown;
	char line[ISOLATION_LINE_MAX];

	message_get_string(message, line, sizeof(line));
	uint64_t packets = message_get_number(message), bytes = message_get_number(message);

	if (!message_complete(message) || isolation_entry_parse(line, &entry) < 0) {
		message->failed = true;
		return EXIT_OK;
	}
	entry.packets = packets;
	entry.bytes = bytes;
	grown = reallocarray(isolation->entries, isolation->count + 1, sizeof(*grown));
	if (!grown)
		return cmd_failed(_("out of memory"));
	isolation->entries = grown;
	grown[isolation->count++] = entry;
	return EXIT_OK;
}

static int take_answer(struct message *message, void *data)
{
	struct isolate_result *result = data;
	char kind[16];

	if (message->type == CTL_ISOLATION)
		return take_entry(message, &result->isolation);
	if (message->type != CTL_TEXT) {
		message->failed = true;
		return EXIT_OK;
	}
	message_get_string(message, kind, sizeof(kind));
	char *text = ctl_take_string(message);

	if (!message_complete(message))
		message->failed = true;
	else if (text && strcmp(kind, "text") == 0)
		fputs(text, stderr);
	free(text);
	return EXIT_OK;
}

static enum exit_code ask(
	const struct cli *cli, const struct isolate_request *request, struct isolate_result *result)
{
	bool releases = request && (request->action == ISOLATE_RELEASE ||
					   request->action == ISOLATE_RELEASE_ALL);
	const struct ctl_request question = {
		.type = !request   ? CTL_ISOLATED
			: releases ? CTL_RELEASE
				   : CTL_ISOLATE,
		.put = request ? put_request : NULL,
		.put_data = request,
		.fd = -1,
		.seconds = ANSWER_SECONDS,
	};
	int code = ctl_call(cli, &question, take_answer, result, NULL);

	result->matches = code == EXIT_OK;
	return (enum exit_code)code;
}

static enum exit_code go(const struct cli *cli, const char *config_file,
	struct isolate_request *request, struct isolate_result *result)
{
	struct diag_list *diags;
	enum exit_code code;

	if (diag_list_new(&diags) < 0)
		return (enum exit_code)cmd_failed(_("out of memory"));
	code = request ? isolate_run(config_file, request, diags, result)
		       : isolate_read(config_file, diags, result);
	diag_list_print(diags, stderr, cli->error_color);
	diag_list_free(diags);
	return code;
}

enum exit_code isolateview_do(const struct cli *cli, const char *config_file,
	struct isolate_request *request, struct isolate_result *ret_result)
{
	char user[LOCALUSER_MAX];

	*ret_result = (struct isolate_result){ 0 };
	if (geteuid() != 0)
		return ask(cli, request, ret_result);
	if (request) {
		request->uid = login_uid();
		localuser_name(request->uid, user);
		request->user = user;
	}
	return go(cli, config_file, request, ret_result);
}

/* Showing ---------------------------------------------------------------------------------------
 */

static bool is_wanted(const struct isolation_entry *entry, uint64_t since, bool in_force_only)
{
	uint64_t number =
		isolation_in_force(entry) ? entry->isolated.number : entry->released.number;

	return number > since && (!in_force_only || isolation_in_force(entry));
}

static void show_time(struct table *table, int64_t seconds)
{
	char text[LOGTIME_TEXT_MAX];

	logtime_format_local(seconds * CLOCK_SECOND, text);
	text[strcspn(text, ".")] = '\0';
	table_cell(table, TABLE_PLAIN, text);
}

static void show_step(struct table *table, const struct isolation_step *step)
{
	show_time(table, step->time);
	if (step->user[0] != '\0')
		table_cell(table, TABLE_PLAIN, step->user);
	else
		table_format(table, TABLE_PLAIN, "%u", step->uid);
	table_cell(table, TABLE_PLAIN, step->reason);
}

static void show_entry(struct table *table, const struct isolation_entry *entry)
{
	static const char *const kinds[ISOLATION_KINDS] = {
		[ISOLATION_INTERFACE] = N_("interface"),
		[ISOLATION_ADDRESS] = N_("address"),
		[ISOLATION_DEVICE] = N_("device"),
	};
	bool in_force = isolation_in_force(entry);

	table_cell(table, in_force ? TABLE_BAD : TABLE_FAINT,
		in_force ? _("ISOLATED") : _("released"));
	table_cell(table, TABLE_PLAIN, _(kinds[entry->target.kind]));
	table_cell(table, TABLE_STRONG, entry->target.text);
	table_cell(table, TABLE_PLAIN, entry->zone);
	table_number(table, TABLE_PLAIN, entry->packets);
	show_step(table, in_force ? &entry->isolated : &entry->released);
}

int isolateview_print(const struct cli *cli, const struct isolation *isolation, uint64_t since,
	bool in_force_only)
{
	const struct table_column columns[] = { { _("state"), false, 0 }, { _("kind"), false, 0 },
		{ _("what"), false, 0 }, { _("zone"), false, 0 }, { _("packets"), true, 0 },
		{ _("since"), false, 0 }, { _("by"), false, 0 }, { _("reason"), false, 0 } };
	struct table *table;
	int r = table_new(columns, sizeof(columns) / sizeof(columns[0]), cli->color, &table);

	if (r < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < isolation->count; i++)
		if (is_wanted(&isolation->entries[i], since, in_force_only))
			show_entry(table, &isolation->entries[i]);
	r = table_print(table, stdout);
	table_free(table);
	return r < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

static void put_step(struct json *json, const char *key, const struct isolation_step *step)
{
	json_key(json, key);
	json_object_begin(json);
	json_key(json, "number");
	json_unsigned(json, step->number);
	json_key(json, "uid");
	json_unsigned(json, step->uid);
	json_key(json, "user");
	json_string(json, step->user);
	json_key(json, "time");
	json_signed(json, step->time);
	json_key(json, "reason");
	json_string(json, step->reason);
	json_object_end(json);
}

static void put_entry(struct json *json, const struct isolation_entry *entry)
{
	json_object_begin(json);
	json_key(json, "kind");
	json_string(json, isolation_kind_name(entry->target.kind));
	json_key(json, "target");
	json_string(json, entry->target.text);
	json_key(json, "zone");
	json_string(json, entry->zone);
	json_key(json, "in_force");
	json_bool(json, isolation_in_force(entry));
	json_key(json, "packets");
	json_unsigned(json, entry->packets);
	json_key(json, "bytes");
	json_unsigned(json, entry->bytes);
	put_step(json, "isolated", &entry->isolated);
	if (!isolation_in_force(entry))
		put_step(json, "released", &entry->released);
	json_object_end(json);
}

void isolateview_put_json(
	struct json *json, const struct isolation *isolation, uint64_t since, bool in_force_only)
{
	json_array_begin(json);
	for (size_t i = 0; i < isolation->count; i++)
		if (is_wanted(&isolation->entries[i], since, in_force_only))
			put_entry(json, &isolation->entries[i]);
	json_array_end(json);
}
