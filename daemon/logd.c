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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/i18n.h"
#include "ctlproto.h"
#include "enflink.h"
#include "notify.h"
#include "options.h"
#include "rundir.h"
#include "sandbox.h"

#define USER_RECORDER	    "hedate-log"
#define RETRY_MS_FIRST	    5000  /* until a log that could not be written is tried again, */
#define RETRY_MS_MAX	    60000 /* and at most, after it was no use several times */
#define FIXED_EXTRAS(array) .extras = (array), .extra_count = sizeof(array) / sizeof((array)[0])

enum option {
	OPTION_LOG,
	OPTION_RUN,
	OPTION_USER,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_COUNT,
};

static const struct option_spec option_specs[OPTION_COUNT] = {
	[OPTION_LOG] = { "log-directory", 'd', N_("DIR"), N_("for the log, /var/log/hedate") },
	[OPTION_RUN] = { "run-directory", 'r', N_("DIR"),
		N_("that hedated's socket is in, /run/hedate") },
	[OPTION_USER] = { "user", 'u', N_("USER"),
		N_("user to become, hedate-log if it exists; root: stay") },
	[OPTION_HELP] = { "help", 'h', NULL, N_("show this help") },
	[OPTION_VERSION] = { "version", 'V', NULL, N_("show the version") },
};

struct settings {
	const char *log_directory;
	const char *run_directory;
	const char *user; /* NULL: the default */
};

/* Everything that is set up, in the order of the ladder. */
struct logd {
	struct settings settings;
	struct loop *loop;
	struct loop_source *retry; /* of writing */
	uint64_t retry_ms;
	bool held; /* the connection is held off until then */
	struct logwrite_state state;
	int log_error; /* why the log cannot be written, 0: it can */
	struct journal *journal;
	struct ifnames *ifnames;
	struct topology topology;
	struct epochs *epochs;
	struct nflog *nflog;
	struct loop_source *nflog_source;
	struct enflink *link;
};

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list arguments;
	fputs("hedate-logd: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

/* An event of our own. */
static void record(struct logd *logd, struct record_event event)
{
	event.time = journal_now();
	event.revision = logd->topology.revision;
	journal_event(logd->journal, &event);
}

/* Writing fails and recovers ------------------------------------------------------------------- */

static void on_log_changed(int error, void *data)
{
	struct logd *logd = data;
	logd->log_error = error;
	if (error)
		say(_("the log cannot be written: %s; the kernel goes on blocking and counting"),
			strerror(-error));
	else
		say(_("the log can be written again"));
	/* Not from here: this is in the middle of writing. */
	if (logd->retry)
		(void)loop_set_timer(logd->retry, 0, 0);
}

/*
 * First the connection is given up, then after a pause events are tried, and when they can be
 * written hedated is connected to again, which delivers once more what is not on disk. An epoch may
 * find no room where an event did: so pauses grow until an epoch is written.
 */
static void on_retry(struct loop *loop, void *data)
{
	struct logd *logd = data;
	(void)loop;
	if (logd->log_error && logd->held)
		(void)journal_retry(logd->journal);
	logd->held = logd->log_error != 0;
	enflink_hold(logd->link, logd->held);
	if (!logd->held)
		return;
	(void)loop_set_timer(logd->retry, logd->retry_ms, 0);
	logd->retry_ms = logd->retry_ms * 2 < RETRY_MS_MAX ? logd->retry_ms * 2 : RETRY_MS_MAX;
}

/* NFLOG ---------------------------------------------------------------------------------------- */

static void drop_nflog(struct logd *logd)
{
	loop_remove(logd->nflog_source);
	logd->nflog_source = NULL;
	nflog_free(logd->nflog);
	logd->nflog = NULL;
}

static void on_packet(const struct nflog_packet *packet, void *data)
{
	struct logd *logd = data;
	epochs_packet(logd->epochs, packet);
}

/* A socket that fails is given up: hedated makes another when we connect without one. */
static void nflog_failed(struct logd *logd, int error)
{
	const struct record_extra extras[] = { { .key = "error",
		.text = strerrordesc_np(-error) } };
	drop_nflog(logd);
	record(logd, (struct record_event){
			     .action = "recorder-nflog-failed",
			     .outcome = "failure",
			     .message = "packets are counted only, until hedated gives another "
					"NFLOG socket",
			     FIXED_EXTRAS(extras),
		     });
}

static void on_nflog(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct logd *logd = data;
	(void)loop, (void)fd, (void)events;
	int r = nflog_read(logd->nflog);
	if (r < 0)
		nflog_failed(logd, r);
}

static int take_nflog(struct logd *logd, int fd)
{
	drop_nflog(logd);
	int r = nflog_new(fd, on_packet, logd, &logd->nflog);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = ifnames_ask_at(logd->ifnames, fd);
	if (r < 0)
		return r;
	return loop_add_fd(logd->loop, fd, EPOLLIN, on_nflog, logd, &logd->nflog_source);
}

static void drain(struct logd *logd)
{
	int r = logd->nflog ? nflog_drain(logd->nflog) : 0;
	if (logd->nflog)
		epochs_findings(logd->epochs, nflog_take_findings(logd->nflog));
	if (r < 0)
		nflog_failed(logd, r);
}

/* What comes from hedated ---------------------------------------------------------------------- */

static const struct epochs_totals *on_hello(int *ret_fd, void *data)
{
	struct logd *logd = data;
	*ret_fd = logd->nflog ? nflog_fd(logd->nflog) : -1;
	return epochs_totals(logd->epochs);
}

static int on_welcome(const struct enflink_welcome *welcome, void *data)
{
	struct logd *logd = data;
	int r = welcome->fd >= 0 ? take_nflog(logd, welcome->fd) : 0;
	if (r == 0)
		r = journal_set_site(logd->journal, welcome->site);
	if (r == 0)
		r = epochs_set_table(logd->epochs, welcome->table);
	if (r < 0)
		return r;
	const struct record_extra extras[] = {
		{ .key = "table", .text = welcome->table },
		{ .key = "group", .number = welcome->group },
	};
	record(logd, (struct record_event){
			     .action = "recorder-connected",
			     .outcome = "success",
			     .message = "connected to hedated",
			     FIXED_EXTRAS(extras),
		     });
	return 0;
}

static int on_policy(const char *revision, void *data)
{
	struct logd *logd = data;
	return topology_begin(&logd->topology, revision);
}

static int on_place(const struct topology_place *place, void *data)
{
	struct logd *logd = data;
	return topology_add_place(&logd->topology, place);
}

static int on_code(uint32_t code, const char *reason, const char *from, const char *to, void *data)
{
	struct logd *logd = data;
	return topology_add_code(&logd->topology, code, reason, from, to);
}

static int on_policy_end(void *data)
{
	struct logd *logd = data;
	return topology_end(&logd->topology);
}

static int on_event(const struct record_event *event, void *data)
{
	struct logd *logd = data;
	struct record_event copy = *event;
	copy.revision = logd->topology.revision;
	journal_event(logd->journal, &copy);
	return 0;
}

/* hedated has waited until all packets of the epoch are in our socket's queue: from here on their
 * details are known. */
static int on_begin(const struct epochs_begin *begin, void *data)
{
	struct logd *logd = data;
	drain(logd);
	return epochs_begin(logd->epochs, begin);
}

static int on_counts(const struct rec_count *counts, size_t count, void *data)
{
	struct logd *logd = data;
	return epochs_counts(logd->epochs, counts, count);
}

static int on_end(const struct epochs_end *end, struct epochs_done *ret_done, void *data)
{
	struct logd *logd = data;
	int r = epochs_end(logd->epochs, end, ret_done);
	if (r == 0)
		logd->retry_ms = RETRY_MS_FIRST;
	return r;
}

static void on_ended(int error, void *data)
{
	struct logd *logd = data;
	epochs_abort(logd->epochs);
	if (logd->log_error)
		return; /* we have ended it */
	if (error != -ECONNRESET && error != -EPIPE)
		say(_("the connection to hedated failed: %s"), strerror(-error));
	const struct record_extra extras[] = { { .key = "error",
		.text = strerrordesc_np(-error) } };
	record(logd, (struct record_event){
			     .action = "recorder-disconnected",
			     .outcome = "unknown",
			     .message = "the connection to hedated is over; the kernel goes on "
					"blocking and counting",
			     FIXED_EXTRAS(extras),
		     });
}

static const struct enflink_functions link_functions = {
	.hello = on_hello,
	.welcome = on_welcome,
	.policy = on_policy,
	.place = on_place,
	.code = on_code,
	.policy_end = on_policy_end,
	.event = on_event,
	.begin = on_begin,
	.counts = on_counts,
	.end = on_end,
	.ended = on_ended,
};

/* Start and stop ------------------------------------------------------------------------------- */

/* What the log was found to be. */
static void record_state(struct logd *logd)
{
	const struct logwrite_state *state = &logd->state;
	char since[RECORD_TIME_MAX];
	if (state->torn) {
		const struct record_extra extras[] = {
			{ .key = "torn.bytes", .number = state->torn },
			{ .key = "torn.file", .text = state->torn_file },
		};
		record(logd,
			(struct record_event){
				.action = "recorder-recovered",
				.outcome = "success",
				.message = "an epoch or event that was being written when the "
					   "recorder ended was cut off and kept beside the log; "
					   "the kernel delivers an unfinished epoch again",
				FIXED_EXTRAS(extras),
			});
	}
	if (state->sequence == 0)
		return;
	record_time_format(state->time, since);
	const struct record_extra extras[] = { { .key = "since", .text = since } };
	record(logd, (struct record_event){
			     .action = "recorder-gap",
			     .outcome = "unknown",
			     .message = "nothing was written since then; flows blocked until now "
					"are counted in the kernel, but the details of some may be "
					"missing",
			     FIXED_EXTRAS(extras),
		     });
}

/* Carries the state, so that it is found again however long there is no epoch. */
static void record_start(struct logd *logd)
{
	const struct epochs_totals *totals = epochs_totals(logd->epochs);
	const struct record_extra extras[] = {
		{ .key = "version", .text = HEDATE_VERSION },
		{ .key = "table", .text = totals->table },
		{ .key = "epoch", .number = totals->last_epoch },
		{ .key = "epoch.recorded", .number = totals->epoch_recorded },
		{ .key = "epoch.lost", .number = totals->epoch_lost },
		{ .key = "total.recorded", .number = totals->recorded },
		{ .key = "total.lost", .number = totals->lost },
	};
	record_state(logd);
	record(logd, (struct record_event){
			     .action = "recorder-start",
			     .outcome = "success",
			     .message = "hedate-logd " HEDATE_VERSION " started",
			     FIXED_EXTRAS(extras),
		     });
}

static void record_stop(struct logd *logd)
{
	epochs_abort(logd->epochs);
	record(logd,
		(struct record_event){
			.action = "recorder-stop",
			.outcome = "success",
			.message = "hedate-logd ends; the kernel goes on blocking and counting",
		});
}

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
		say(_("there is no user \"%s\"; systemd-sysusers or adduser makes it"), name);
		return EXIT_USAGE;
	}
	bool change = found && geteuid() == 0;
	int r = rundir_make(logd->settings.log_directory, 0750, change ? &user : NULL);
	if (r < 0) {
		say("%s: %s", logd->settings.log_directory, strerror(-r));
		return EXIT_FAILED;
	}
	r = sandbox_drop(change ? &user : NULL, 0, &step);
	if (r < 0) {
		say(_("dropping privileges: %s: %s"), step, strerror(-r));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static enum exit_code open_log(struct logd *logd)
{
	const char *directory = logd->settings.log_directory;
	int r = journal_open(directory, NULL, on_log_changed, logd, &logd->journal, &logd->state);
	/* That it can be read is not that it can be written. */
	if (r == 0 && access(directory, W_OK) < 0)
		r = -errno;
	if (r == 0)
		return EXIT_OK;
	if (r == -EWOULDBLOCK)
		say(_("another hedate-logd writes to %s"), directory);
	else if (r == -EACCES)
		say(_("%s cannot be written by the user that hedate-logd runs as (uid %u); "
		      "change its owner, or choose a user with -u"),
			directory, (unsigned int)geteuid());
	else
		say("%s: %s", directory, strerror(-r));
	return EXIT_FAILED;
}

static int take_signals(struct logd *logd)
{
	int r = loop_add_signal(logd->loop, SIGTERM, on_stop, logd, NULL);
	return r < 0 ? r : loop_add_signal(logd->loop, SIGINT, on_stop, logd, NULL);
}

static enum exit_code make_parts(struct logd *logd)
{
	char path[PATH_MAX];
	int length =
		snprintf(path, sizeof(path), "%s/" RECORDER_SOCKET, logd->settings.run_directory);
	int r = length < (int)sizeof(path) ? loop_new(&logd->loop) : -ENAMETOOLONG;
	if (r == 0)
		r = take_signals(logd);
	if (r == 0)
		r = loop_add_timer(logd->loop, on_retry, logd, &logd->retry);
	if (r == 0)
		r = ifnames_new(&logd->ifnames);
	if (r == 0)
		r = epochs_new(logd->journal, &logd->topology, logd->ifnames, &logd->state, 0,
			&logd->epochs);
	if (r == 0)
		r = enflink_new(logd->loop, path, &link_functions, logd, &logd->link);
	if (r == 0)
		return EXIT_OK;
	say("%s: %s", path, strerror(-r));
	return EXIT_FAILED;
}

static enum exit_code filter_calls(struct logd *logd)
{
	(void)logd;
	int r = sandbox_filter(SANDBOX_RECORDER);
	if (r == -EOPNOTSUPP) {
		say(_("the kernel has no seccomp filters; going on without"));
	} else if (r < 0) {
		say(_("restricting system calls: %s"), strerror(-r));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static enum exit_code climb(struct logd *logd)
{
	static enum exit_code (*const steps[])(struct logd *) = {
		drop_privileges,
		open_log,
		make_parts,
		filter_calls,
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		enum exit_code result = steps[i](logd);
		if (result != EXIT_OK)
			return result;
	}
	return EXIT_OK;
}

static void descend(struct logd *logd)
{
	enflink_free(logd->link);
	drop_nflog(logd);
	epochs_free(logd->epochs);
	topology_clear(&logd->topology);
	ifnames_free(logd->ifnames);
	logd->retry = NULL;
	journal_close(logd->journal);
	loop_free(logd->loop);
}

static enum exit_code run(const struct settings *settings)
{
	struct logd logd = { .settings = *settings, .retry_ms = RETRY_MS_FIRST };
	enum exit_code result = climb(&logd);
	if (result == EXIT_OK) {
		record_start(&logd);
		(void)notify_send("READY=1");
		int r = loop_run(logd.loop);
		if (r < 0) {
			say(_("event loop: %s"), strerror(-r));
			result = EXIT_FAILED;
		}
		record_stop(&logd);
	}
	descend(&logd);
	return logd.log_error ? EXIT_FAILED : result;
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
	switch (option) {
	case OPTION_LOG:
		settings->log_directory = value;
		return true;
	case OPTION_RUN:
		settings->run_directory = value;
		return true;
	case OPTION_USER:
		settings->user = value;
		return true;
	case OPTION_HELP:
		print_help();
		return false;
	case OPTION_VERSION:
		printf("hedate-logd %s\n", HEDATE_VERSION);
		return false;
	case OPTION_COUNT:
		break;
	}
	return false;
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
			say(_("unexpected argument: %s"), options.value);
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
	if (!parse(argc, argv, &settings, &status))
		return status;
	umask(0027);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sodium_init() < 0) {
		say(_("no random numbers can be had"));
		return EXIT_FAILED;
	}
	return run(&settings);
}
