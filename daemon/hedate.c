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

#include "../lib/suggest.h"
#include "cmd.h"

static const struct command commands[] = {
	{ "init", cmd_init, N_("write a first configuration for this host") },
	{ "check", cmd_check, N_("check a configuration, show what it permits") },
	{ "explain", cmd_explain, N_("what becomes of a packet, why, and what would permit it") },
	{ "lint", cmd_lint, N_("paths that a configuration would not miss") },
	{ "replay", cmd_replay, N_("what a configuration would do with captured traffic") },
	{ "compile", cmd_compile, N_("print the rule set of a configuration in nft's language") },
	{ "apply", cmd_apply, N_("put a configuration in force") },
	{ "confirm", cmd_confirm, N_("confirm the change that waits for it") },
	{ "rollback", cmd_rollback, N_("put a configuration in force again that was before") },
	{ "history", cmd_history, N_("the configurations that were put in force, by whom") },
	{ "proposals", cmd_proposals, N_("changes that wait for the approval of another person") },
	{ "proposal", cmd_proposal, N_("one of them, and what it would change") },
	{ "approve", cmd_approve, N_("put in force what another person has proposed") },
	{ "refuse", cmd_refuse, N_("refuse it, or take back what you have proposed") },
	{ "open", cmd_open, N_("ask to stop enforcing: NOTHING is blocked then") },
	{ "close", cmd_close, N_("enforce again, after that") },
	{ "status", cmd_status, N_("what is in force, and whether every block is on record") },
	{ "zones", cmd_zones, N_("zones, segments, interfaces, and the matrix of zone pairs") },
	{ "paths", cmd_paths, N_("permitted paths and how often they were used") },
	{ "prove", cmd_prove, N_("decide from the kernel's rules what can pass between zones") },
	{ "diff", cmd_diff, N_("which packets one rule set lets pass and another does not") },
	{ "exception", cmd_exception, N_("exceptions to the security policy, for a time") },
	{ "isolate", cmd_isolate, N_("cut off a zone, an interface or a peer, at once") },
	{ "quarantine", cmd_quarantine, N_("cut off one device") },
	{ "release", cmd_release, N_("end an isolation or quarantine") },
	{ "isolated", cmd_isolated, N_("what is cut off, by whom and why") },
	{ "log", cmd_log, N_("blocked flows and events on record") },
	{ "alert", cmd_alert, N_("follow the log, and tell somebody of what happens") },
	{ "incident", cmd_incident, N_("draft the report of an incident") },
	{ "report", cmd_report, N_("write the report of an audit, to be read and signed") },
	{ "evidence", cmd_evidence, N_("collect evidence in a signed directory") },
	{ "metrics", cmd_metrics, N_("the state of the gateway as numbers, for Prometheus") },
	{ "digest", cmd_digest, N_("what the other gateway of a pair compares") },
	{ "ha", cmd_ha, N_("has the other gateway of a pair the same in force?") },
	{ "flush", cmd_flush, N_("put everything that was counted on record now") },
	{ 0 },
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]) - 1)

/* Commands whose first operand is one of these, each with options and a --help of its own. */
static const struct {
	const char *name;
	const struct command *words;
} worded[] = {
	{ "exception", cmd_exception_commands },
	{ "log", cmd_log_commands },
};
#define WORDED_COUNT (sizeof(worded) / sizeof(worded[0]))

enum common_option {
	COMMON_RUN,
	COMMON_PROFILES,
	COMMON_COLOR,
	COMMON_JSON,
	COMMON_HELP,
	COMMON_VERSION,
	COMMON_COUNT,
};

/* Accepted before and after the command. */
static const struct option_spec common_options[COMMON_COUNT] = {
	[COMMON_RUN] = { "run-directory", 'r', N_("DIR"), N_("where the daemon's socket is") },
	[COMMON_PROFILES] = { "profiles", 0, N_("DIR"),
		N_("look for profiles and models in DIR first") },
	[COMMON_COLOR] = { "color", 0, N_("WHEN"), N_("auto, always or never") },
	[COMMON_JSON] = { "json", 0, NULL, N_("write JSON, for programs") },
	[COMMON_HELP] = { "help", 'h', NULL, N_("show this help") },
	[COMMON_VERSION] = { "version", 'V', NULL, N_("show the version") },
};

static const struct cmd_usage main_usage = {
	"hedate",
	N_("COMMAND ..."),
	N_("Keeps the networks of a municipality apart, and shows that it does."),
	NULL,
	0,
};

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
	if (usage == &main_usage)
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
		printf("  %-24s  %s\n", list->name, _(list->help));
}

static void print_help(const struct cmd_usage *usage)
{
	char program[64];

	printf(_("Usage: %s %s\n"), usage_program(usage, program),
		usage->operands[0] != '\0' ? _(usage->operands) : _("[OPTION ...]"));
	printf("%s\n", _(usage->about));
	if (usage == &main_usage)
		print_commands(commands);
	for (size_t i = 0; i < WORDED_COUNT; i++)
		if (strcmp(usage->name, worded[i].name) == 0)
			print_commands(worded[i].words);
	printf("\n%s\n", _("Options:"));
	options_describe(usage->options, usage->option_count, stdout);
	options_describe(common_options, COMMON_COUNT, stdout);
	printf("\n%s\n%s\n",
		_("Exit status: 0 done, 1 failed, 2 wrong usage, 3 daemon not reachable,\n"
		  "4 invalid configuration, 5 the kernel's rule set differs."),
		_("The manual page hedate(1) says more."));
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
	case COMMON_HELP:
		print_help(usage);
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

	if (own > 0)
		memcpy(specs, usage->options, own * sizeof(specs[0]));
	memcpy(specs + own, common_options, sizeof(common_options));
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

static const struct command *find_command(const char *name)
{
	struct suggest suggest = { .word = name };

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		suggest_consider(&suggest, commands[i].name);
	}
	if (suggest.best)
		cmd_usage_error(&main_usage, _("there is no command \"%s\"; did you mean \"%s\"?"),
			name, suggest.best);
	else
		cmd_usage_error(&main_usage, _("there is no command \"%s\""), name);
	return NULL;
}

/* The options before the command, then the command. */
static int run(int argc, char **argv)
{
	struct cli cli = { .run_directory = RUN_DIRECTORY };
	const struct command *command;
	struct options options;
	int option, exit_code;

	options_begin(&options, "hedate", common_options, COMMON_COUNT, argc, argv);
	while ((option = options_next(&options)) >= 0) {
		if (!take_common(&cli, &main_usage, (enum common_option)option, options.value,
			    &exit_code))
			return exit_code;
	}
	if (option == OPTIONS_FAILED) {
		point_to_help(&main_usage);
		return EXIT_USAGE;
	}
	if (option == OPTIONS_END)
		return cmd_usage_error(&main_usage, _("a command is needed"));
	command = find_command(options.value);
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
	/* Whoever closed the pipe does not want to hear about it. */
	if (error != EPIPE)
		cmd_failed(_("cannot write the output: %s"), strerror(error));
	return exit_code == EXIT_OK ? EXIT_FAILED : exit_code;
}

int main(int argc, char **argv)
{
	/* Translations of another place serve tests; never for a program with raised privileges. */
	const char *locales = secure_getenv("HEDATE_LOCALEDIR");

	setlocale(LC_ALL, "");
	bindtextdomain("hedate", locales && locales[0] == '/' ? locales : HEDATE_LOCALEDIR);
	textdomain("hedate");
	/* A closed pipe is an error of writing, not the end. */
	signal(SIGPIPE, SIG_IGN);
	return finish(run(argc, argv));
}
