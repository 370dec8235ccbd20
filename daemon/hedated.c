/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedated, the enforcer: puts the policy's rule set into the kernel, keeps CAP_NET_ADMIN and
 * nothing else, hands closed epochs of blocked flows to the recorder, answers requests.
 *
 * Set-up is a ladder, tear-down the same ladder downwards. The rule set is not on it: it stays in
 * the kernel whatever becomes of this process.
 */
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "guard.h"
#include "hedated_impl.h"
#include "keptfd.h"
#include "notify.h"
#include "opengate.h"
#include "proposals.h"
#include "runmark.h"
#include "tojournal.h"

#define STOP_CHECK_MS 20
#define STOP_CHECKS   50 /* a second for the recorder to take the last events */

/* A message; in the journal of this priority. */
static void put_message(enum tojournal_level level, const char *format, va_list arguments)
{
	enum tojournal_level before = tojournal_set(level);

	fputs("hedated: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	(void)tojournal_set(before);
}

/* What somebody should know. */
void hedated_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_message(TOJOURNAL_WARNING, format, arguments);
	va_end(arguments);
}

/* What failed. */
void hedated_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_message(TOJOURNAL_ERROR, format, arguments);
	va_end(arguments);
}

/* What is well. */
void hedated_tell(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_message(TOJOURNAL_INFO, format, arguments);
	va_end(arguments);
}

/* What is said of a configuration with which this was done. */
void hedated_put_diags(const struct diag_list *diags, enum exit_code code, bool color)
{
	enum tojournal_level before =
		tojournal_set(code == EXIT_OK ? TOJOURNAL_WARNING : TOJOURNAL_ERROR);

	diag_list_print(diags, stderr, color);
	(void)tojournal_set(before);
}

/* Signals -------------------------------------------------------------------------------------- */

static void check_stopped(struct loop *loop, void *data)
{
	struct hedated *daemon = data;

	if (reclink_idle(daemon->enforcer.reclink) || ++daemon->stop_checks > STOP_CHECKS)
		loop_quit(loop, EXIT_OK);
}

static void on_stop(struct loop *loop, int signal_number, void *data)
{
	struct hedated *daemon = data;
	char why[PROPOSALS_WHY_MAX];

	(void)loop;
	(void)signal_number;
	(void)notify_send("STOPPING=1");
	changes_stop(daemon->enforcer.changes);
	(void)opengate_close(daemon->enforcer.opengate, NULL, NULL, why);
	reclink_event(daemon->enforcer.reclink, "stop", true,
		"hedated ends; the rule set stays in the kernel", NULL);
	(void)runmark_end(daemon->settings.state_directory);
	(void)loop_set_timer(daemon->stop_timer, STOP_CHECK_MS, STOP_CHECK_MS);
}

static void on_reload(struct loop *loop, int signal_number, void *data)
{
	(void)loop;
	(void)signal_number;
	hedated_apply_again(data);
}

static bool has_ended(pid_t *child)
{
	if (*child <= 0 || waitpid(*child, NULL, WNOHANG) != *child)
		return false;
	*child = 0;
	return true;
}

static void on_child(struct loop *loop, int signal_number, void *data)
{
	struct hedated *daemon = data;

	(void)loop;
	(void)signal_number;
	if (has_ended(&daemon->keeper))
		hedated_complain(_(
			"the recorder has ended; the kernel goes on counting until one connects"));
	if (has_ended(&daemon->watcher))
		hedated_complain(
			_("the watcher has ended: should hedated be killed, a change that is not "
			  "confirmed is rolled back only when it is started again"));
	if (has_ended(&daemon->proving))
		hedated_complain(_("the process that proves has ended: nothing is proved until "
				   "hedated is started again"));
}

static int take_signals(struct hedated *daemon)
{
	struct loop *loop = daemon->enforcer.loop;
	int r;

	if ((r = loop_add_timer(loop, check_stopped, daemon, &daemon->stop_timer)) < 0)
		return r;
	if ((r = loop_add_signal(loop, SIGTERM, on_stop, daemon, NULL)) < 0)
		return r;
	if ((r = loop_add_signal(loop, SIGINT, on_stop, daemon, NULL)) < 0)
		return r;
	if ((r = loop_add_signal(loop, SIGCHLD, on_child, daemon, NULL)) < 0)
		return r;
	return loop_add_signal(loop, SIGHUP, on_reload, daemon, NULL);
}

static enum exit_code make_loop(struct hedated *daemon)
{
	int r = loop_new(&daemon->enforcer.loop);

	if (r == 0)
		r = take_signals(daemon);
	if (r == 0)
		return EXIT_OK;
	hedated_complain("%s: %s", _("event loop"), errtext(r));
	return EXIT_FAILED;
}

/* The ladder ----------------------------------------------------------------------------------- */

static enum exit_code climb(struct hedated *daemon)
{
	static enum exit_code (*const steps[])(struct hedated *) = {
		hedated_open_kernel,
		hedated_take_directory,
		hedated_start_watcher,
		hedated_start_prover,
		hedated_prepare_recorder,
		hedated_open_exceptions,
		hedated_open_changes,
		hedated_open_proposals,
		hedated_apply_first,
		make_loop,
		hedated_make_parts,
		hedated_start_recorder,
		hedated_drop_privileges,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		enum exit_code result = steps[i](daemon);

		if (result != EXIT_OK)
			return result;
	}
	return EXIT_OK;
}

static void descend(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	hedated_free_parts(daemon);
	exceptions_free(enforcer->exceptions);
	proposals_free(enforcer->proposals);
	changes_free(enforcer->changes);
	loop_free(enforcer->loop);
	if (daemon->lifeline >= 0)
		close(daemon->lifeline);
	if (daemon->keeper > 0)
		(void)waitpid(daemon->keeper, NULL, 0);
	if (daemon->prover >= 0)
		close(daemon->prover);
	if (daemon->watched >= 0)
		close(daemon->watched);
	lifecycle_free(enforcer->lifecycle);
	observed_clear(&enforcer->observed);
	nlsock_close(enforcer->socket);
	if (daemon->lock >= 0)
		close(daemon->lock);
}

/* From here on the table is protected also when we end. Without a service manager it is not. What
 * that has handed over it keeps on keeping. */
static void keep_table(const struct hedated *daemon)
{
	int r = 0;

	if (!daemon->kept && (lifecycle_owns(daemon->enforcer.lifecycle) ||
				     lifecycle_locks(daemon->enforcer.lifecycle)))
		r = keptfd_give(KEPT_TABLE, nlsock_fd(daemon->enforcer.socket));
	if (r < 0)
		hedated_say(
			_("the service manager does not keep the table's socket: %s"), errtext(r));
}

static enum exit_code run(const struct settings *settings)
{
	struct hedated daemon = {
		.settings = *settings, .lock = -1, .lifeline = -1, .watched = -1, .prover = -1
	};
	enum exit_code result = hedated_check_user(&daemon);

	if (result != EXIT_OK)
		return result;
	hedated_find_users(&daemon);
	result = climb(&daemon);
	if (result == EXIT_OK) {
		hedated_lock_table(&daemon);
		keep_table(&daemon);
		hedated_record_start(&daemon);
		(void)notify_send("READY=1");
		int r = loop_run(daemon.enforcer.loop);

		if (r < 0) {
			hedated_complain(_("event loop: %s"), errtext(r));
			result = EXIT_FAILED;
		}
	}
	descend(&daemon);
	return result;
}

int main(int argc, char **argv)
{
	struct settings settings;
	int exit_status;

	setlocale(LC_ALL, "");
	bindtextdomain("hedate", HEDATE_LOCALEDIR);
	(void)tojournal_begin();
	if (!settings_parse(argc, argv, &settings, &exit_status))
		return exit_status;
	umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	return settings.guard ? guard_run(&settings) : run(&settings);
}
