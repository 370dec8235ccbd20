/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate: the command line. Commands that ask the daemon speak the control protocol
 * (ctlproto.h); check, compile and log need no daemon.
 */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "cmd.h"
#include "commands.h"
#include "pager.h"
#include "terminal.h"

#define OPTIONS_MAX 32 /* of a command, the common ones included */

int cmd_failed(const char *format, ...)
{
	va_list arguments;

	fputs("hedate: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

/* "hedate log", and "hedate" for what comes before the command. */
static const char *usage_program(const struct cmd_usage *usage, char text[64])
{
	if (usage->name[0] == 0)
		snprintf(text, 64, "hedate");
	else
		snprintf(text, 64, "hedate %s", usage->name);
	return text;
}

static void point_to_help(const struct cmd_usage *usage)
{
	char program[64];

	fprintf(stderr, _("Try \"%s --help\".\n"), usage_program(usage, program));
}

int cmd_usage_error(const struct cmd_usage *usage, const char *format, ...)
{
	char program[64];
	va_list arguments;

	fprintf(stderr, "%s: ", usage_program(usage, program));
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	point_to_help(usage);
	return EXIT_USAGE;
}

static void print_commands(const struct command *list)
{
	printf("\n%s\n", _("Commands:"));
	for (; list->name; list++)
		if (list->help) {
			printf("  %-24s  ", list->name);
			terminal_put(stdout, _(list->help), 28);
		}
}

void cmd_put_help(const struct cmd_usage *usage)
{
	const struct command *words = commands_below(usage->name);
	char program[64];

	printf(_("Usage: %s %s\n"), usage_program(usage, program),
		usage->operands[0] != '\0' ? _(usage->operands) : _("[OPTION ...]"));
	terminal_put(stdout, _(usage->about), 0);
	if (words)
		print_commands(words);
	printf("\n%s\n", _("Options:"));
	options_describe(usage->options, usage->option_count, stdout);
	options_describe(commands_options, COMMON_COUNT, stdout);
	putchar('\n');
	terminal_put(stdout,
		_("Exit status: 0 done, 1 failed, 2 wrong usage, 3 daemon not reachable,\n"
		  "4 invalid configuration, 5 the kernel's rule set differs."),
		0);
	terminal_put(stdout, _("The manual page hedate(1) says more."), 0);
}

static int set_color(struct cli *cli, const struct cmd_usage *usage, const char *value)
{
	static const struct {
		const char *name;
		enum color_mode mode;
	} modes[] = { { "auto", COLOR_AUTO }, { "always", COLOR_ALWAYS },
		{ "never", COLOR_NEVER } };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(value, modes[i].name) == 0) {
			cli->color_mode = modes[i].mode;
			return 0;
		}
	}
	return cmd_usage_error(
		usage, _("--color is \"auto\", \"always\" or \"never\", not \"%s\""), value);
}

/* A common option. True: go on. */
static bool take_common(struct cli *cli, const struct cmd_usage *usage, enum common_option option,
	const char *value, int *ret_exit)
{
	*ret_exit = EXIT_OK;
	switch (option) {
	case COMMON_RUN:
		cli->run_directory = value;
		return true;
	case COMMON_PROFILES:
		cli->profiles = value;
		return true;
	case COMMON_COLOR:
		*ret_exit = set_color(cli, usage, value);
		return *ret_exit == EXIT_OK;
	case COMMON_JSON:
		cli->json = true;
		return true;
	case COMMON_NO_PAGER:
		cli->no_pager = true;
		return true;
	case COMMON_HELP:
		cmd_put_help(usage);
		return false;
	case COMMON_VERSION:
		puts("hedate " HEDATE_VERSION);
		return false;
	case COMMON_COUNT:
		break;
	}
	return true;
}

/* NO_COLOR (no-color.org) rules out colour whatever else was asked for. */
static bool use_color(const struct cli *cli, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (cli->color_mode == COLOR_NEVER || (no_color && no_color[0] != '\0'))
		return false;
	if (cli->color_mode == COLOR_ALWAYS)
		return true;
	return isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

bool cmd_parse(struct cli *cli, const struct cmd_usage *usage, int argc, char **argv,
	cmd_option function, void *data, int *ret_exit)
{
	struct option_spec specs[OPTIONS_MAX];
	size_t own = usage->option_count;
	struct options options;
	char program[64];
	int option;

	if (cli->describe) {
		cli->describe(usage, cli->describe_data);
		*ret_exit = EXIT_OK;
		return false;
	}
	if (own > 0)
		memcpy(specs, usage->options, own * sizeof(specs[0]));
	memcpy(specs + own, commands_options, sizeof(commands_options));
	options_begin(
		&options, usage_program(usage, program), specs, own + COMMON_COUNT, argc, argv);
	while ((option = options_next(&options)) != OPTIONS_END) {
		if (option == OPTIONS_FAILED) {
			point_to_help(usage);
			*ret_exit = EXIT_USAGE;
			return false;
		}
		if (option >= (int)own) {
			enum common_option common = (enum common_option)(option - (int)own);

			if (!take_common(cli, usage, common, options.value, ret_exit))
				return false;
			continue;
		}
		*ret_exit = function ? function(option, options.value, data)
				     : cmd_usage_error(usage, _("\"%s\" is not expected here"),
					       options.value);
		if (*ret_exit != EXIT_OK)
			return false;
	}
	/* What programs read is the same in every language, messages within it included. */
	if (cli->json)
		setlocale(LC_MESSAGES, "C");
	cli->color = use_color(cli, STDOUT_FILENO);
	cli->error_color = use_color(cli, STDERR_FILENO);
	return true;
}

const struct command *cmd_find(const char *name)
{
	const char *meant;
	const struct command *command = commands_find(commands_below(""), name, &meant);

	if (!command && meant)
		cmd_usage_error(&commands_usage,
			_("there is no command \"%s\"; did you mean \"%s\"?"), name, meant);
	else if (!command)
		cmd_usage_error(&commands_usage, _("there is no command \"%s\""), name);
	return command;
}

/* The options before the command, then the command. */
static int run(int argc, char **argv)
{
	struct cli cli = { .run_directory = RUN_DIRECTORY };
	const struct command *command;
	struct options options;
	int option, exit_code;

	options_begin(&options, "hedate", commands_options, COMMON_COUNT, argc, argv);
	while ((option = options_next(&options)) >= 0) {
		if (!take_common(&cli, &commands_usage, (enum common_option)option, options.value,
			    &exit_code))
			return exit_code;
	}
	if (option == OPTIONS_FAILED) {
		point_to_help(&commands_usage);
		return EXIT_USAGE;
	}
	if (option == OPTIONS_END)
		return cmd_usage_error(&commands_usage, _("a command is needed"));
	command = cmd_find(options.value);
	if (!command)
		return EXIT_USAGE;
	/* The command's own argv begins with its name. */
	return command->function(&cli, argc - options.next + 1, argv + options.next - 1);
}

/* Why stdout is in error; the errno of the write that failed is long gone. */
static int output_error(void)
{
	struct pollfd state = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&state, 1, 0) > 0 && (state.revents & POLLERR) ? EPIPE : EIO;
}

/* What was printed must have arrived: a full disk or a closed pipe is a failure. */
static int finish(int exit_code)
{
	int error = ferror(stdout) ? output_error() : 0;

	if (fflush(stdout) != 0 && !error)
		error = errno;
	/* Some file systems tell only here. */
	if (close(STDOUT_FILENO) != 0 && !error)
		error = errno;
	if (!error)
		return exit_code;
	/* Whoever has read enough of it in the pager has not failed. */
	if (error == EPIPE && pager_is_used())
		return exit_code;
	/* Whoever closed the pipe does not want to hear about it. */
	if (error != EPIPE)
		cmd_failed(_("cannot write the output: %s"), errtext(-error));
	return exit_code == EXIT_OK ? EXIT_FAILED : exit_code;
}

int main(int argc, char **argv)
{
	/* Translations of another place serve tests; never for a program with raised privileges. */
	const char *locales = secure_getenv("HEDATE_LOCALEDIR");
	int exit_code;

	setlocale(LC_ALL, "");
	bindtextdomain("hedate", locales && locales[0] == '/' ? locales : HEDATE_LOCALEDIR);
	textdomain("hedate");
	/* A closed pipe is an error of writing, not the end. */
	signal(SIGPIPE, SIG_IGN);
	exit_code = finish(run(argc, argv));
	pager_end();
	return exit_code;
}
