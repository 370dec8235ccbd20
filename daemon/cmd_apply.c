/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate apply [FILE]: put a configuration in force. The file is opened here, with the caller's
 * rights, and handed over as a descriptor: the daemon never opens a name that a caller gave.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctlclient.h"
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

/* The daemon's diagnostics: for a person they are printed as they come, as JSON they are kept. */
struct findings {
	bool keep;
	char *json; /* an array, perhaps in pieces; owned; NULL until it came */
	size_t length;
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

static int keep_json(struct findings *findings, const char *piece)
{
	size_t length = strlen(piece);
	char *grown = realloc(findings->json, findings->length + length + 1);

	if (!grown)
		return cmd_failed(_("out of memory"));
	memcpy(grown + findings->length, piece, length + 1);
	findings->json = grown;
	findings->length += length;
	return EXIT_OK;
}

static int take_answer(struct message *message, void *data)
{
	struct findings *findings = data;
	int exit_code = EXIT_OK;
	char kind[16];
	char *text;

	if (message->type != CTL_TEXT) {
		message->failed = true;
		return EXIT_OK;
	}
	message_get_string(message, kind, sizeof(kind));
	text = ctl_take_string(message);
	if (!message_complete(message)) {
		message->failed = true;
		free(text);
		return EXIT_OK;
	}
	if (!text)
		return cmd_failed(_("out of memory"));
	if (findings->keep && strcmp(kind, "json") == 0)
		exit_code = keep_json(findings, text);
	else if (!findings->keep && strcmp(kind, "text") == 0)
		fputs(text, stderr);
	free(text);
	return exit_code;
}

/* {"applied": ..., "message": ..., "diagnostics": [...]} */
static int print_json(const struct findings *findings, int exit_code, const char *text)
{
	struct json json;

	json_init(&json);
	json_string(&json, text);
	if (json.failed) {
		json_clear(&json);
		return cmd_failed(_("out of memory"));
	}
	printf("{\"applied\":%s,\"message\":%s,\"diagnostics\":%s}\n",
		exit_code == EXIT_OK ? "true" : "false", json.text,
		findings->json ? findings->json : "[]");
	json_clear(&json);
	return EXIT_OK;
}

static int ask(const struct cli *cli, const char *file, int fd)
{
	struct ctl_request request = { .type = CTL_APPLY, .fd = fd, .seconds = APPLY_SECONDS };
	struct findings findings = { .keep = cli->json };
	char text[CTL_TEXT_MAX];
	int exit_code;

	request.text = file ? file : "";
	exit_code = ctl_call(cli, &request, take_answer, &findings, text);
	if (cli->json) {
		if (print_json(&findings, exit_code, text) != EXIT_OK)
			exit_code = EXIT_FAILED;
	} else if (exit_code != EXIT_OK) {
		if (text[0] != '\0')
			cmd_failed("%s", text);
	} else {
		table_put(stdout, cli->color, TABLE_GOOD, _("in force"));
		fputs(text[0] != '\0' ? ": " : "", stdout);
		table_put(stdout, cli->color, TABLE_PLAIN, text);
		putchar('\n');
	}
	free(findings.json);
	return exit_code;
}

static int cannot_open(const struct cli *cli, const char *file, int error)
{
	const struct findings none = { .keep = true };
	char text[CTL_TEXT_MAX];

	snprintf(text, sizeof(text), _("cannot open %s: %s"), file, strerror(error));
	if (cli->json)
		print_json(&none, EXIT_CONFIG, text);
	else
		cmd_failed("%s", text);
	return EXIT_CONFIG;
}

int cmd_apply(struct cli *cli, int argc, char **argv)
{
	const char *file = NULL;
	int fd = -1, exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &file, &exit_code))
		return exit_code;
	if (file) {
		/* Not to wait for a writer, should it be a pipe; the daemon refuses that. */
		fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			return cannot_open(cli, file, errno);
	}
	exit_code = ask(cli, file, fd);
	if (fd >= 0)
		close(fd);
	return exit_code;
}
