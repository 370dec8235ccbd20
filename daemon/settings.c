/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include <stdio.h>

#include "../lib/i18n.h"
#include "ctlproto.h"
#include "options.h"

enum option {
	OPTION_CONFIG,
	OPTION_PROFILES,
	OPTION_RUN,
	OPTION_FOREGROUND,
	OPTION_USER,
	OPTION_RECORDER,
	OPTION_LOG,
	OPTION_STATE,
	OPTION_UNOWNED,
	OPTION_GUARD,
	OPTION_NO_PERSIST,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_COUNT,
};

static const struct option_spec option_specs[OPTION_COUNT] = {
	[OPTION_CONFIG] = { "config", 'c', N_("FILE"),
		N_("configuration, /etc/hedate/hedate.conf") },
	[OPTION_PROFILES] = { "profiles", 0, N_("DIR"),
		N_("look for profiles and models in DIR first") },
	[OPTION_RUN] = { "run-directory", 'r', N_("DIR"), N_("for the sockets, /run/hedate") },
	[OPTION_FOREGROUND] = { "foreground", 'f', NULL, N_("as always: no detaching") },
	[OPTION_USER] = { "user", 'u', N_("USER"),
		N_("user to become, hedate if it exists; root: stay") },
	[OPTION_RECORDER] = { "recorder", 0, NULL,
		N_("start the recorder too, and end it with us; PROGRAM may follow") },
	[OPTION_LOG] = { "log-directory", 'l', N_("DIR"),
		N_("for that recorder, /var/log/hedate") },
	[OPTION_STATE] = { "state-directory", 's', N_("DIR"),
		N_("for the register of exceptions, /var/lib/hedate") },
	[OPTION_UNOWNED] = { "unowned", 0, NULL,
		N_("only watch the table, also where the kernel lets it be ours alone") },
	[OPTION_GUARD] = { "guard", 0, NULL,
		N_("load what is confirmed, or shut the gateway, and end; for the boot") },
	[OPTION_NO_PERSIST] = { "no-persist", 0, NULL,
		N_("do as on a kernel that does not know this flag of tables") },
	[OPTION_HELP] = { "help", 'h', NULL, N_("show this help") },
	[OPTION_VERSION] = { "version", 'V', NULL, N_("show the version") },
};

static void print_help(void)
{
	printf(_("Usage: %s %s\n"), "hedated", _("[OPTION ...]"));
	printf("%s\n\n%s\n",
		_("Enforces the policy of a zone boundary: puts its rule set into the kernel."),
		_("Options:"));
	options_describe(option_specs, OPTION_COUNT, stdout);
	printf("\n%s\n", _("Exit status: 0 ended by a signal, 1 failed, 2 wrong usage, 4 invalid "
			   "configuration,\n5 what was read back differs. The rule set stays in "
			   "the kernel in "
			   "every case.\nThe manual page hedated(8) says more."));
}

/* true: go on. */
static bool take_option(struct settings *settings, enum option option, const char *value)
{
	/* Where a value goes; NULL for an option without one. */
	const char **const places[OPTION_COUNT] = {
		[OPTION_CONFIG] = &settings->config,
		[OPTION_PROFILES] = &settings->profiles,
		[OPTION_RUN] = &settings->run_directory,
		[OPTION_USER] = &settings->user,
		[OPTION_LOG] = &settings->log_directory,
		[OPTION_STATE] = &settings->state_directory,
	};

	if (places[option])
		*places[option] = value;
	else if (option == OPTION_RECORDER)
		settings->with_recorder = true;
	else if (option == OPTION_UNOWNED)
		settings->unowned = true;
	else if (option == OPTION_GUARD)
		settings->guard = true;
	else if (option == OPTION_NO_PERSIST)
		settings->no_persist = true;
	else if (option == OPTION_HELP)
		print_help();
	else if (option == OPTION_VERSION)
		printf("hedated %s\n", HEDATE_VERSION);
	return option != OPTION_HELP && option != OPTION_VERSION;
}

/* An operand is the program of --recorder. */
static bool take_operand(struct settings *settings, const char *value)
{
	if (settings->with_recorder && !settings->recorder) {
		settings->recorder = value;
		return true;
	}
	fputs("hedated: ", stderr);
	fprintf(stderr, _("\"%s\" is not understood; try --help"), value);
	fputc('\n', stderr);
	return false;
}

bool settings_parse(int argc, char **argv, struct settings *ret_settings, int *ret_exit)
{
	struct options options;
	int next;

	*ret_settings = (struct settings){
		.config = CONFIG_FILE,
		.run_directory = RUN_DIRECTORY,
		.log_directory = LOG_DIRECTORY,
		.state_directory = STATE_DIRECTORY,
	};
	options_begin(&options, "hedated", option_specs, OPTION_COUNT, argc, argv);
	while ((next = options_next(&options)) != OPTIONS_END) {
		*ret_exit = next == OPTIONS_FAILED ? EXIT_USAGE : EXIT_OK;
		if (next == OPTIONS_FAILED)
			return false;
		if (next == OPTIONS_OPERAND) {
			*ret_exit = EXIT_USAGE;
			if (!take_operand(ret_settings, options.value))
				return false;
		} else if (!take_option(ret_settings, (enum option)next, options.value)) {
			return false;
		}
	}
	return true;
}
