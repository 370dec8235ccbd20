/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate apply [FILE]: put a configuration in force. The file is opened here, with the caller's
 * rights, and handed over as a descriptor: the daemon never opens a name that a caller gave.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/assertion.h"
#include "../lib/compile.h"
#include "../lib/conf.h"
#include "ctlclient.h"
#include "readopts.h"
#include "table.h"

static const struct cmd_usage usage = {
	"apply",
	N_("[FILE]"),
	N_("Puts a configuration in force, in one transaction: it is checked, loaded, read back "
	   "and\n"
	   "compared. If anything is wrong, everything stays as it was. Without FILE the daemon\n"
	   "reads its own configuration again."),
	NULL,
	0,
};

#define APPLY_SECONDS 300

/* What the daemon answered. */
struct answer {
	const char *kind; /* of diagnostics that are kept: "text" or "json" */
	char *diags;	  /* perhaps it came in pieces; owned; NULL until it came */
	size_t length;
	struct ctl_fields change;
	char text[CTL_TEXT_MAX]; /* of RESULT */
};

static int take_option(int option, const char *value, void *data)
{
	const char **file = data;

	(void)option;
	if (*file)
		return cmd_usage_error(&usage, _("only one file can be applied at a time"));
	*file = value;
	return EXIT_OK;
}

static int keep(struct answer *answer, const char *piece)
{
	size_t length = strlen(piece);
	char *grown = realloc(answer->diags, answer->length + length + 1);

	if (!grown)
		return cmd_failed(_("out of memory"));
	memcpy(grown + answer->length, piece, length + 1);
	answer->diags = grown;
	answer->length += length;
	return EXIT_OK;
}

static int take_text(struct answer *answer, struct message *message)
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
	else if (strcmp(kind, answer->kind) == 0)
		exit_code = keep(answer, text);
	free(text);
	return exit_code;
}

static int take_answer(struct message *message, void *data)
{
	struct answer *answer = data;

	if (message->type == CTL_FIELD)
		return ctl_fields_take(&answer->change, message);
	if (message->type == CTL_TEXT)
		return take_text(answer, message);
	message->failed = true;
	return EXIT_OK;
}

static bool is_count(const char *key)
{
	return strncmp(key, "paths_", 6) == 0 || strcmp(key, "assertions") == 0 ||
	       strcmp(key, "exceptions_suspended") == 0;
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

/* {"applied": ..., "message": ..., what changed, "diagnostics": [...]} */
static int print_json(const struct answer *answer, int exit_code)
{
	size_t length = answer->length;
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "applied");
	json_bool(&json, exit_code == EXIT_OK);
	json_key(&json, "message");
	json_string(&json, answer->text);
	put_change_json(&json, &answer->change);
	json_key(&json, "diagnostics");
	if (json.failed) {
		json_clear(&json);
		return cmd_failed(_("out of memory"));
	}
	fwrite(json.text, 1, json.length, stdout);
	while (length > 0 && answer->diags[length - 1] == '\n')
		length--;
	if (length > 0)
		fwrite(answer->diags, 1, length, stdout);
	puts(length > 0 ? "}" : "[]}");
	json_clear(&json);
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
static void print_diags(
	const struct cli *cli, const struct answer *answer, const char *file, int fd, int exit_code)
{
	bool of_text = (exit_code == EXIT_OK || exit_code == EXIT_CONFIG) && fd >= 0;
	struct diag_list *diags = NULL;
	bool refused = false;

	if (!answer->diags)
		return;
	if (of_text && diag_list_new(&diags) == 0)
		refused = find_again(cli, file, fd, diags) == -EINVAL;
	if (diags && diag_list_length(diags) > 0 && refused == (exit_code == EXIT_CONFIG))
		diag_list_print(diags, stderr, cli->error_color);
	else
		fputs(answer->diags, stderr);
	diag_list_free(diags);
}

static bool same_file(const char *a, const char *b)
{
	struct stat a_status, b_status;

	return stat(a, &a_status) == 0 && stat(b, &b_status) == 0 &&
	       a_status.st_dev == b_status.st_dev && a_status.st_ino == b_status.st_ino;
}

/* What changed, in short. */
static void print_change(const struct cli *cli, const struct answer *answer, const char *file)
{
	const char *before = ctl_fields_find(&answer->change, "revision_before");
	const char *after = ctl_fields_find(&answer->change, "revision_after");
	const char *next = ctl_fields_find(&answer->change, "next_file");
	uint64_t paths_before = 0, paths_after = 0, assertions = 0, suspended = 0;
	char count_before[TABLE_NUMBER_MAX], count_after[TABLE_NUMBER_MAX];

	table_put(stdout, cli->color, TABLE_GOOD, _("in force"));
	if (!before || !after ||
		!ctl_fields_number(&answer->change, "paths_before", &paths_before) ||
		!ctl_fields_number(&answer->change, "paths_after", &paths_after)) {
		printf("%s%s\n", answer->text[0] != '\0' ? ": " : "", answer->text);
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
	if (ctl_fields_number(&answer->change, "assertions", &assertions) && assertions > 0)
		printf(_("assertions that hold: %llu\n"), (unsigned long long)assertions);
	if (ctl_fields_number(&answer->change, "exceptions_suspended", &suspended) && suspended > 0)
		printf(_("exceptions that this configuration suspends: %llu; \"hedate exception "
			 "list --open\" shows them\n"),
			(unsigned long long)suspended);
	if (file && next && next[0] != '\0' && !same_file(file, next))
		printf(_("When hedated starts again it reads %s, not this file.\n"), next);
}

static int ask(const struct cli *cli, const char *file, int fd, struct answer *answer)
{
	struct ctl_request request = { .type = CTL_APPLY, .fd = fd, .seconds = APPLY_SECONDS };
	int exit_code;

	request.text = file ? file : "";
	exit_code = ctl_call(cli, &request, take_answer, answer, answer->text);
	if (cli->json)
		return print_json(answer, exit_code) == EXIT_OK ? exit_code : EXIT_FAILED;
	print_diags(cli, answer, file, fd, exit_code);
	if (exit_code == EXIT_OK)
		print_change(cli, answer, file);
	else if (answer->text[0] != '\0')
		cmd_failed("%s", answer->text);
	return exit_code;
}

static int cannot_open(const struct cli *cli, const char *file, struct answer *answer)
{
	snprintf(
		answer->text, sizeof(answer->text), _("cannot open %s: %s"), file, strerror(errno));
	if (cli->json)
		print_json(answer, EXIT_CONFIG);
	else
		cmd_failed("%s", answer->text);
	return EXIT_CONFIG;
}

int cmd_apply(struct cli *cli, int argc, char **argv)
{
	struct answer answer = { 0 };
	const char *file = NULL;
	int fd = -1, exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &file, &exit_code))
		return exit_code;
	answer.kind = cli->json ? "json" : "text";
	/* Not to wait for a writer, should it be a pipe; the daemon refuses that. */
	if (file)
		fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	exit_code = file && fd < 0 ? cannot_open(cli, file, &answer) : ask(cli, file, fd, &answer);
	if (fd >= 0)
		close(fd);
	free(answer.diags);
	ctl_fields_clear(&answer.change);
	return exit_code;
}
