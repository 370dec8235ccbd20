/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate status: what is in force, and whether every blocked packet is on record. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/logtime.h"
#include "clock.h"
#include "ctlclient.h"
#include "exceptionview.h"
#include "pager.h"
#include "screen.h"
#include "statuscheck.h"
#include "statusview.h"

enum option {
	OPTION_CHECK,
	OPTION_WATCH,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_CHECK] = { "check", 0, NULL,
		N_("one line for monitoring; exit status 0 ok, 1 warning, 2 critical, 3 unknown") },
	[OPTION_WATCH] = { "watch", 'w', N_("[SECONDS]"),
		N_("show it again and again, every 2 seconds if none are given") },
};

static const struct cmd_usage usage = {
	"status",
	"",
	N_("Shows what is in force and the equation of blocked packets: what the kernel counted "
	   "is\n"
	   "what is on record, plus what was lost, plus what is being recorded. Exit status 5: "
	   "the\n"
	   "kernel's rule set is not the one that it should be; 1: the equation does not hold. A\n"
	   "change that waits to be confirmed is no failure."),
	options,
	OPTION_COUNT,
};

#define STATUS_SECONDS 30
#define WATCH_SECONDS  2
#define WATCH_MAX      86400

struct wanted {
	bool check, watch;
	unsigned long seconds; /* between two looks */
};

static int take_answer(struct message *message, void *data)
{
	if (message->type == CTL_FIELD)
		return ctl_fields_take(data, message);
	message->failed = true;
	return EXIT_OK;
}

static int verdict(const struct ctl_fields *status, const struct status_equation *equation)
{
	const char *state = ctl_fields_find(status, "state");

	if (!state || strcmp(state, "enforcing") != 0)
		return EXIT_DIFFERS;
	return equation->holds ? EXIT_OK : EXIT_FAILED;
}

/* What is open beside the configuration, and what is still to be reported. */
static int print_exceptions(const struct cli *cli)
{
	struct exception_records records;
	int exit_code = exceptionview_ask(cli, &records);

	if (exit_code == EXIT_OK)
		exit_code = exceptionview_print_open(cli, &records);
	exceptionview_clear(&records);
	return exit_code;
}

static bool has_exceptions(const struct ctl_fields *status)
{
	static const char *const keys[] = { "exceptions_in_force", "exceptions_suspended",
		"reports_due" };
	uint64_t count;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (ctl_fields_number(status, keys[i], &count) && count > 0)
			return true;
	return false;
}

static int print_people(const struct cli *cli, const struct ctl_fields *status,
	const struct status_equation *equation)
{
	int exit_code = statusview_print(cli, status, equation);

	if (exit_code == EXIT_OK && has_exceptions(status))
		exit_code = print_exceptions(cli);
	return exit_code;
}

/* Monitoring ----------------------------------------------------------------------------------- */

static int take_option(int option, const char *value, void *data)
{
	struct wanted *wanted = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (option == OPTION_CHECK) {
		wanted->check = true;
		return EXIT_OK;
	}
	wanted->watch = true;
	if (value && (!options_number(value, WATCH_MAX, &wanted->seconds) || wanted->seconds == 0))
		return cmd_usage_error(&usage,
			_("--watch: \"%s\" is no number of seconds from 1 to %d"), value,
			WATCH_MAX);
	return EXIT_OK;
}

/* A number for performance data, 0 when it is not known. */
static uint64_t number_of(const struct ctl_fields *status, const char *key)
{
	uint64_t number;

	return ctl_fields_number(status, key, &number) ? number : 0;
}

static void print_check(const struct ctl_fields *status, const struct statuscheck *check)
{
	const char *site = ctl_fields_find(status, "site");
	const char *revision = ctl_fields_find(status, "revision");

	printf("%s: ", statuscheck_level_name(check->level));
	if (check->problems > 0)
		printf("%s", check->text);
	else
		printf(_("%s is enforcing, revision %s"), site ? site : "",
			revision ? revision : "");
	if (status->count == 0) {
		putchar('\n');
		return;
	}
	printf(" | blocked=%" PRIu64 "c lost=%" PRIu64 "c pending=%" PRIu64 " exceptions=%" PRIu64
	       " uptime=%" PRIu64 "s\n",
		number_of(status, "kernel_packets"), number_of(status, "lost_packets"),
		number_of(status, "pending_packets"), number_of(status, "exceptions_in_force"),
		number_of(status, "uptime_seconds"));
}

static int print_check_json(const struct statuscheck *check)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "check");
	json_string(&json, statuscheck_level_name(check->level));
	json_key(&json, "problems");
	statusview_put_list(&json, check->text, ';');
	json_object_end(&json);
	return cmd_put_json(&json);
}

/* The exit status is a monitoring plugin's, see statuscheck.h. */
static int run_check(const struct cli *cli, const struct ctl_fields *status, int answer)
{
	struct statuscheck check = { .level = CHECK_UNKNOWN };

	if (answer == EXIT_OK || answer == EXIT_DIFFERS) {
		struct status_equation equation = statusview_equation(status);

		statuscheck_judge(status, equation.holds, &check);
	} else {
		snprintf(check.text, sizeof(check.text), "%s", _("hedated does not answer"));
		check.problems = 1;
	}
	if (cli->json && print_check_json(&check) != EXIT_OK)
		return CHECK_UNKNOWN;
	if (!cli->json)
		print_check(status, &check);
	return (int)check.level;
}

/* Ask and show once. */
static int look(const struct cli *cli, bool check)
{
	struct ctl_request request = { .type = CTL_STATUS, .fd = -1, .seconds = STATUS_SECONDS };
	struct ctl_fields status = { 0 };
	struct status_equation equation;
	int exit_code = ctl_call(cli, &request, take_answer, &status, NULL);

	if (check) {
		exit_code = run_check(cli, &status, exit_code);
	} else if (exit_code == EXIT_OK || exit_code == EXIT_DIFFERS) {
		equation = statusview_equation(&status);
		exit_code = cli->json ? statusview_print_json(&status)
				      : print_people(cli, &status, &equation);
		if (exit_code == EXIT_OK)
			exit_code = verdict(&status, &equation);
	}
	ctl_fields_clear(&status);
	return exit_code;
}

/* Watching ------------------------------------------------------------------------------------- */

/* The time at which it is drawn. */
static void print_time(unsigned long seconds)
{
	char text[LOGTIME_TEXT_MAX], zone[LOGTIME_TEXT_MAX];

	logtime_format_local(clock_realtime(), text);
	text[strcspn(text, ".")] = '\0';
	logtime_zone(clock_realtime(), zone);
	printf(_("%s %s, every %lu s (Ctrl-C ends it)\n\n"), text, zone, seconds);
}

static int draw(const struct cli *cli, const struct wanted *wanted)
{
	struct screen screen;

	screen_begin(&screen);
	print_time(wanted->seconds);
	fflush(stdout); /* above what goes to stderr */
	(void)look(cli, wanted->check);
	return screen_end(&screen);
}

/* For whoever reads a file or a pipe: one look behind the other. */
static int print(const struct cli *cli, const struct wanted *wanted)
{
	if (!cli->json)
		print_time(wanted->seconds);
	(void)look(cli, wanted->check);
	if (!cli->json)
		putchar('\n');
	return fflush(stdout) == 0 ? 0 : -errno;
}

/* Until a signal ends it, or nobody reads any more. A daemon that does not answer is asked again:
 * it may be starting. */
static int watch(const struct cli *cli, const struct wanted *wanted)
{
	bool drawn = !cli->json && isatty(STDOUT_FILENO);

	/* As a whole, so that the screen is never seen half drawn. */
	setvbuf(stdout, NULL, _IOFBF, 65536);
	for (;;) {
		if ((drawn ? draw(cli, wanted) : print(cli, wanted)) < 0)
			return EXIT_FAILED;
		sleep((unsigned int)wanted->seconds);
	}
}

int cmd_status(struct cli *cli, int argc, char **argv)
{
	struct wanted wanted = { .seconds = WATCH_SECONDS };
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &wanted, &exit_code))
		return exit_code;
	if (wanted.watch)
		return watch(cli, &wanted);
	if (!wanted.check)
		pager_begin(cli);
	return look(cli, wanted.check);
}
