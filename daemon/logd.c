/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate-logd, the recorder: joins what the kernel counted with what NFLOG told of it and writes
 * the log. It reads packets that anybody may have sent, and so holds no capability at any time
 * after its start and can neither change a rule nor send a packet.
 *
 * Set-up is a ladder, tear-down the same ladder downwards.
 */
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "ctlproto.h"
#include "keydir.h"
#include "notify.h"
#include "options.h"
#include "recorder.h"
#include "rundir.h"
#include "sandbox.h"
#include "tojournal.h"

#define USER_RECORDER "hedate-log"
/* For the log's lock: a recorder that is ending has 10 seconds to write what it has. */
#define LOCK_TRIES  150
#define LOCK_TRY_NS 100000000L

enum option {
	OPTION_LOG,
	OPTION_KEYS,
	OPTION_RUN,
	OPTION_USER,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_COUNT,
};

static const struct option_spec option_specs[OPTION_COUNT] = {
	[OPTION_LOG] = { "log-directory", 'd', N_("DIR"), N_("for the log, /var/log/hedate") },
	[OPTION_KEYS] = { "key-directory", 'k', N_("DIR"),
		N_("for the keys that seal the log, /var/lib/hedate-log; with -d, its keys/") },
	[OPTION_RUN] = { "run-directory", 'r', N_("DIR"),
		N_("that hedated's socket is in, /run/hedate") },
	[OPTION_USER] = { "user", 'u', N_("USER"),
		N_("user to become, hedate-log if it exists; root: stay") },
	[OPTION_HELP] = { "help", 'h', NULL, N_("show this help") },
	[OPTION_VERSION] = { "version", 'V', NULL, N_("show the version") },
};

struct settings {
	const char *log_directory;
	const char *key_directory; /* NULL: the default */
	const char *run_directory;
	const char *user; /* NULL: the default */
};

/* Everything that is set up, in the order of the ladder. */
struct logd {
	struct settings settings;
	char key_directory[PATH_MAX];
	struct loop *loop;
	struct recorder *recorder;
};

static void on_stop(struct loop *loop, int signal_number, void *data)
{
	(void)signal_number, (void)data;
	(void)notify_send("STOPPING=1");
	loop_quit(loop, EXIT_OK);
}

/* The ladder ----------------------------------------------------------------------------------- */

static enum exit_code drop_privileges(struct logd *logd)
{
	const char *name = logd->settings.user ? logd->settings.user : USER_RECORDER;
	const char *step;
	struct sandbox_user user;
	bool found = sandbox_find_user(name, &user) == 0;
	if (!found && logd->settings.user) {
		recorder_say(
			_("there is no user \"%s\"; systemd-sysusers or adduser makes it"), name);
		return EXIT_USAGE;
	}
	bool change = found && geteuid() == 0;
	int r = rundir_make(logd->settings.log_directory, 0750, change ? &user : NULL);
	if (r < 0) {
		recorder_complain("%s: %s", logd->settings.log_directory, errtext(r));
		return EXIT_FAILED;
	}
	/* Without it the log is written all the same, and says that it is not sealed. */
	(void)rundir_make(logd->key_directory, 0700, change ? &user : NULL);
	r = sandbox_drop(change ? &user : NULL, 0, &step);
	if (r < 0) {
		recorder_complain(_("dropping privileges: %s: %s"), step, errtext(r));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int take_signals(struct logd *logd)
{
	int r = loop_add_signal(logd->loop, SIGTERM, on_stop, logd, NULL);
	return r < 0 ? r : loop_add_signal(logd->loop, SIGINT, on_stop, logd, NULL);
}

static enum exit_code make_loop(struct logd *logd)
{
	int r = loop_new(&logd->loop);
	if (r == 0)
		r = take_signals(logd);
	if (r == 0)
		r = recorder_new(logd->loop, &logd->recorder);
	if (r == 0)
		return EXIT_OK;
	recorder_complain(_("event loop: %s"), errtext(r));
	return EXIT_FAILED;
}

/* False: we are to end. */
static bool wait_for_lock(void)
{
	const struct timespec while_ending = { .tv_nsec = LOCK_TRY_NS };
	sigset_t stop;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	return sigtimedwait(&stop, NULL, &while_ending) < 0;
}

/* Who starts after a hedated that was killed may come before the recorder of that one has ended. */
static enum exit_code open_log(struct logd *logd)
{
	const char *directory = logd->settings.log_directory;
	int r = recorder_open_log(logd->recorder, directory, logd->key_directory);
	for (int tries = 0; r == -EWOULDBLOCK && tries < LOCK_TRIES && wait_for_lock(); tries++)
		r = recorder_open_log(logd->recorder, directory, logd->key_directory);
	if (r == 0)
		return EXIT_OK;
	if (r == -EWOULDBLOCK)
		recorder_complain(_("another hedate-logd writes to %s"), directory);
	else if (r == -EACCES)
		recorder_say(
			_("%s cannot be written by the user that hedate-logd runs as (uid %u); "
			  "change its owner, or choose a user with -u"),
			directory, (unsigned int)geteuid());
	else
		recorder_complain("%s: %s", directory, errtext(r));
	return EXIT_FAILED;
}

static enum exit_code connect_hedated(struct logd *logd)
{
	int r = recorder_connect(logd->recorder, logd->settings.run_directory);
	if (r == 0)
		return EXIT_OK;
	recorder_complain("%s: %s", logd->settings.run_directory, errtext(r));
	return EXIT_FAILED;
}

static enum exit_code filter_calls(struct logd *logd)
{
	(void)logd;
	int r = sandbox_filter(SANDBOX_RECORDER);
	if (r == -EOPNOTSUPP) {
		recorder_say(_("the kernel has no seccomp filters; going on without"));
	} else if (r < 0) {
		recorder_complain(_("restricting system calls: %s"), errtext(r));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static enum exit_code climb(struct logd *logd)
{
	static enum exit_code (*const steps[])(struct logd *) = {
		drop_privileges,
		make_loop,
		open_log,
		connect_hedated,
		filter_calls,
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		enum exit_code result = steps[i](logd);
		if (result != EXIT_OK)
			return result;
	}
	return EXIT_OK;
}

/* True: all that was to be written is. */
static bool descend(struct logd *logd)
{
	int error = recorder_free(logd->recorder);
	loop_free(logd->loop);
	return error == 0;
}

static enum exit_code run(const struct settings *settings)
{
	struct logd logd = { .settings = *settings };
	if (keydir_find(settings->log_directory, settings->key_directory, logd.key_directory) < 0) {
		recorder_complain("%s: %s", settings->log_directory, errtext(-ENAMETOOLONG));
		return EXIT_USAGE;
	}
	enum exit_code result = climb(&logd);
	if (result == EXIT_OK) {
		recorder_start(logd.recorder);
		(void)notify_send("READY=1");
		int r = loop_run(logd.loop);
		if (r < 0) {
			recorder_complain(_("event loop: %s"), errtext(r));
			result = EXIT_FAILED;
		}
		recorder_stop(logd.recorder);
	}
	if (!descend(&logd) && result == EXIT_OK)
		result = EXIT_FAILED;
	return result;
}

/* The command line ----------------------------------------------------------------------------- */

static void print_help(void)
{
	printf(_("Usage: %s %s\n"), "hedate-logd", _("[OPTION ...]"));
	printf("%s\n\n%s\n",
		_("Records blocked flows: joins the kernel's counts with NFLOG's packets and "
		  "writes "
		  "the log."),
		_("Options:"));
	options_describe(option_specs, OPTION_COUNT, stdout);
	printf("\n%s\n",
		_("Exit status: 0 ended by a signal, 1 failed, 2 wrong usage. While it does "
		  "not run, the\nkernel goes on blocking and counting. The manual page "
		  "hedate-logd(8) says more."));
}

/* true: go on. */
static bool take_option(struct settings *settings, enum option option, const char *value)
{
	/* Where a value goes; NULL for an option without one. */
	const char **const places[OPTION_COUNT] = {
		[OPTION_LOG] = &settings->log_directory,
		[OPTION_KEYS] = &settings->key_directory,
		[OPTION_RUN] = &settings->run_directory,
		[OPTION_USER] = &settings->user,
	};

	if (places[option])
		*places[option] = value;
	else if (option == OPTION_HELP)
		print_help();
	else
		printf("hedate-logd %s\n", HEDATE_VERSION);
	return option != OPTION_HELP && option != OPTION_VERSION;
}

/* true: run. Else *ret_exit is the exit status. */
static bool parse(int argc, char **argv, struct settings *settings, int *ret_exit)
{
	struct options options;
	int next;
	options_begin(&options, "hedate-logd", option_specs, OPTION_COUNT, argc, argv);
	while ((next = options_next(&options)) != OPTIONS_END) {
		*ret_exit = EXIT_USAGE;
		if (next == OPTIONS_OPERAND)
			recorder_complain(_("unexpected argument: %s"), options.value);
		if (next < 0)
			return false;
		*ret_exit = EXIT_OK;
		if (!take_option(settings, (enum option)next, options.value))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct settings settings = {
		.log_directory = LOG_DIRECTORY,
		.run_directory = RUN_DIRECTORY,
	};
	int status = EXIT_OK;
	setlocale(LC_ALL, "");
	bindtextdomain("hedate", HEDATE_LOCALEDIR);
	(void)tojournal_begin();
	if (!parse(argc, argv, &settings, &status))
		return status;
	umask(0027);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sodium_init() < 0) {
		recorder_complain(_("no random numbers can be had"));
		return EXIT_FAILED;
	}
	return run(&settings);
}
