/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "applyview.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/array.h"
#include "../lib/assertion.h"
#include "../lib/compile.h"
#include "../lib/conf.h"
#include "../lib/storeline.h"
#include "readopts.h"
#include "table.h"

/* What is asked for ---------------------------------------------------------------------------- */

int applyview_check(const struct cmd_usage *usage, struct applyview_words *words)
{
	unsigned long seconds = 0;

	if (words->confirm && (!options_number(words->confirm, POLICY_CONFIRM_MAX, &seconds) ||
				      seconds < POLICY_CONFIRM_LEAST))
		return cmd_usage_error(usage,
			_("--confirm: \"%s\" is not a number of seconds, %d to %d"), words->confirm,
			POLICY_CONFIRM_LEAST, POLICY_CONFIRM_MAX);
	if (words->ticket && strlen(words->ticket) >= STORE_TICKET_MAX)
		return cmd_usage_error(
			usage, _("--ticket: at most %d bytes"), STORE_TICKET_MAX - 1);
	if (words->reason && strlen(words->reason) >= STORE_REASON_MAX)
		return cmd_usage_error(
			usage, _("--reason: at most %d bytes"), STORE_REASON_MAX - 1);
	words->seconds = seconds;
	return EXIT_OK;
}

void applyview_put_words(struct message *message, const struct applyview_words *words)
{
	message_put_number(message, words->seconds);
	message_put_string(message, words->ticket ? words->ticket : "");
	message_put_string(message, words->reason ? words->reason : "");
}

/* What was answered ---------------------------------------------------------------------------- */

void applyview_begin(const struct cli *cli, struct applyview *ret_view)
{
	*ret_view = (struct applyview){ .kind = cli->json ? "json" : "text" };
}

void applyview_clear(struct applyview *view)
{
	free(view->diags);
	ctl_fields_clear(&view->change);
}

static int keep(struct applyview *view, const char *piece)
{
	return array_append_text(&view->diags, &view->length, piece) < 0
		       ? cmd_failed(_("out of memory"))
		       : EXIT_OK;
}

static int take_text(struct applyview *view, struct message *message)
{
	int exit_code = EXIT_OK;
	char kind[16];
	char *text;

	message_get_string(message, kind, sizeof(kind));
	text = ctl_take_string(message);
	if (!message_complete(message))
		message->failed = true;
	else if (!text)
		exit_code = cmd_failed(_("out of memory"));
	else if (strcmp(kind, view->kind) == 0)
		exit_code = keep(view, text);
	free(text);
	return exit_code;
}

int applyview_take(struct message *message, void *data)
{
	struct applyview *view = data;

	if (message->type == CTL_FIELD)
		return ctl_fields_take(&view->change, message);
	if (message->type == CTL_TEXT)
		return take_text(view, message);
	message->failed = true;
	return EXIT_OK;
}

static bool is_count(const char *key)
{
	static const char *const counts[] = { "paths_before", "paths_after", "assertions",
		"exceptions_suspended", "change", "confirm_seconds", "items_added", "items_removed",
		"items_changed" };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (strcmp(key, counts[i]) == 0)
			return true;
	return false;
}

static void put_change_json(struct json *json, const struct ctl_fields *change)
{
	for (size_t i = 0; i < change->count; i++) {
		uint64_t number;

		json_key(json, change->fields[i].key);
		if (is_count(change->fields[i].key) &&
			ctl_fields_number(change, change->fields[i].key, &number))
			json_unsigned(json, number);
		else
			json_string(json, change->fields[i].value);
	}
}

/* {"applied": ..., "message": ..., what changed, "changes": [...], "diagnostics": [...]} */
static int print_json(const struct applyview *view, const struct change *summary, int exit_code)
{
	size_t length = view->length;
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "applied");
	json_bool(&json, exit_code == EXIT_OK);
	json_key(&json, "message");
	json_string(&json, view->text);
	put_change_json(&json, &view->change);
	if (summary) {
		json_key(&json, "changes");
		change_write_json(&json, summary);
	}
	json_key(&json, "diagnostics");
	if (cmd_begin_json(&json) != EXIT_OK)
		return EXIT_FAILED;
	while (length > 0 && view->diags[length - 1] == '\n')
		length--;
	if (length > 0)
		fwrite(view->diags, 1, length, stdout);
	puts(length > 0 ? "}" : "[]}");
	return EXIT_OK;
}

/* The findings of the file's text alone, in the caller's language. 0, or negative errno. */
static int find_again(const struct cli *cli, const char *file, int fd, struct diag_list *diags)
{
	struct assertion_results results = { 0 };
	struct policy *policy = NULL;
	struct ruleset *ruleset = NULL;
	struct readopts readopts;
	int error = lseek(fd, 0, SEEK_SET) == 0 ? 0 : -errno;

	if (error == 0)
		error = conf_read(fd, file, readopts_now(&readopts, cli->profiles), diags, &policy);
	if (error == 0)
		error = compile_policy(policy, diags, &ruleset);
	if (error == 0)
		error = assertion_check(policy, ruleset, diags, &results);
	assertion_results_clear(&results);
	ruleset_free(ruleset);
	policy_free(policy);
	return error;
}

/* The daemon's findings are in English. When they are of the file's text alone, the same ones can
 * be made here, in the caller's language; what the kernel refused, and what is wrong with the file
 * only together with what the daemon knows, is only the daemon's to say. */
static void print_diags(const struct cli *cli, const struct applyview *view, const char *file,
	int fd, int exit_code)
{
	bool of_text = (exit_code == EXIT_OK || exit_code == EXIT_CONFIG) && fd >= 0;
	struct diag_list *diags = NULL;
	bool refused = false;

	if (!view->diags)
		return;
	if (of_text && diag_list_new(&diags) == 0)
		refused = find_again(cli, file, fd, diags) == -EINVAL;
	if (diags && diag_list_length(diags) > 0 && refused == (exit_code == EXIT_CONFIG))
		diag_list_print(diags, stderr, cli->error_color);
	else
		fputs(view->diags, stderr);
	diag_list_free(diags);
}

static bool same_file(const char *a, const char *b)
{
	struct stat a_status, b_status;

	return stat(a, &a_status) == 0 && stat(b, &b_status) == 0 &&
	       a_status.st_dev == b_status.st_dev && a_status.st_ino == b_status.st_ino;
}

static uint64_t number_of(const struct applyview *view, const char *key)
{
	uint64_t number = 0;

	return ctl_fields_number(&view->change, key, &number) ? number : 0;
}

static void print_rest(const struct applyview *view, const char *file)
{
	const char *next = ctl_fields_find(&view->change, "next_file");
	uint64_t assertions = number_of(view, "assertions");
	uint64_t suspended = number_of(view, "exceptions_suspended");
	uint64_t seconds = number_of(view, "confirm_seconds");

	if (assertions > 0)
		printf(_("assertions that hold: %llu\n"), (unsigned long long)assertions);
	if (suspended > 0)
		printf(_("exceptions that this configuration suspends: %llu; \"hedate exception "
			 "list --open\" shows them\n"),
			(unsigned long long)suspended);
	if (file && next && next[0] != '\0' && !same_file(file, next))
		printf(_("When hedated starts again it reads %s, not this file.\n"), next);
	if (seconds > 0)
		printf(_("Change %llu is rolled back in %llu seconds, unless \"hedate confirm\" "
			 "comes first.\n"),
			(unsigned long long)number_of(view, "change"), (unsigned long long)seconds);
}

/* What changed, in short. */
static void print_change(const struct cli *cli, const struct applyview *view, const char *file)
{
	const char *before = ctl_fields_find(&view->change, "revision_before");
	const char *after = ctl_fields_find(&view->change, "revision_after");
	uint64_t paths_before = 0, paths_after = 0;
	char count_before[TABLE_NUMBER_MAX], count_after[TABLE_NUMBER_MAX];

	table_put(stdout, cli->color, TABLE_GOOD, _("in force"));
	if (!before || !after || !ctl_fields_number(&view->change, "paths_before", &paths_before) ||
		!ctl_fields_number(&view->change, "paths_after", &paths_after)) {
		printf("%s%s\n", view->text[0] != '\0' ? ": " : "", view->text);
		return;
	}
	table_number_text(paths_before, count_before);
	table_number_text(paths_after, count_after);
	if (before[0] == '\0')
		printf(_(": revision %s, %s paths; nothing was before\n"), after, count_after);
	else if (strcmp(before, after) == 0)
		printf(_(": revision %s, %s paths, as before\n"), after, count_after);
	else
		printf(_(": revision %s, %s paths; before: revision %s, %s paths\n"), after,
			count_after, before, count_before);
	print_rest(view, file);
}

int applyview_print(const struct cli *cli, const struct applyview *view,
	const struct change *summary, const struct applyview_file *file, int exit_code)
{
	if (cli->json)
		return print_json(view, summary, exit_code) == EXIT_OK ? exit_code : EXIT_FAILED;
	print_diags(cli, view, file->name, file->fd, exit_code);
	if (exit_code == EXIT_OK)
		print_change(cli, view, file->name);
	else if (view->text[0] != '\0')
		cmd_failed("%s", view->text);
	return exit_code;
}
