/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedated, the enforcer: puts the policy's rule set into the kernel, keeps CAP_NET_ADMIN and
 * nothing else, hands closed epochs of blocked flows to the recorder, answers requests.
 *
 * Set-up is a ladder, tear-down the same ladder downwards. The rule set is not on it: it stays in
 * the kernel whatever becomes of this process.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/i18n.h"
#include "../lib/nftlock.h"
#include "../lib/nftxact.h"
#include "clock.h"
#include "control.h"
#include "enforcer.h"
#include "guard.h"
#include "guardend.h"
#include "keptfd.h"
#include "notify.h"
#include "opengate.h"
#include "proposals.h"
#include "recorderproc.h"
#include "rundir.h"
#include "runmark.h"
#include "sandbox.h"
#include "settings.h"
#include "tojournal.h"

#define USER_ENFORCER "hedate"
#define USER_RECORDER "hedate-log"
#define KEPT_TABLE    "table" /* the name of its socket in the service manager's keeping */
#define NICE	      -10
#define STOP_CHECK_MS 20
#define STOP_CHECKS   50 /* a second for the recorder to take the last events */

/* Everything that is set up, in the order of the ladder. */
struct hedated {
	struct settings settings;
	bool change_user;
	struct sandbox_user user;
	bool has_recorder_user;
	struct sandbox_user recorder_user;
	int lock;
	struct enforcer enforcer;
	struct change_result first;
	struct control *control;
	pid_t keeper, watcher;
	int lifeline, watched; /* of the keeper, of the watcher */
	struct loop_source *stop_timer;
	unsigned int stop_checks;
};

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
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_message(TOJOURNAL_WARNING, format, arguments);
	va_end(arguments);
}

/* What failed. */
__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_message(TOJOURNAL_ERROR, format, arguments);
	va_end(arguments);
}

/* What is well. */
__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_message(TOJOURNAL_INFO, format, arguments);
	va_end(arguments);
}

/* What is said of a configuration with which this was done. */
static void put_diags(const struct diag_list *diags, enum exit_code code, bool color)
{
	enum tojournal_level before =
		tojournal_set(code == EXIT_OK ? TOJOURNAL_WARNING : TOJOURNAL_ERROR);

	diag_list_print(diags, stderr, color);
	(void)tojournal_set(before);
}

/* Prerequisites -------------------------------------------------------------------------------- */

static void find_users(struct hedated *daemon)
{
	const char *name = daemon->settings.user;

	daemon->change_user = geteuid() == 0 &&
			      sandbox_find_user(name ? name : USER_ENFORCER, &daemon->user) == 0;
	daemon->has_recorder_user = sandbox_find_user(USER_RECORDER, &daemon->recorder_user) == 0;
}

static enum exit_code check_user(const struct hedated *daemon)
{
	struct sandbox_user user;

	if (!daemon->settings.user || sandbox_find_user(daemon->settings.user, &user) == 0)
		return EXIT_OK;
	say(_("there is no user \"%s\"; systemd-sysusers or adduser makes it"),
		daemon->settings.user);
	return EXIT_USAGE;
}

static enum exit_code take_directory(struct hedated *daemon)
{
	const char *path = daemon->settings.run_directory;
	int r = rundir_make(path, 0755, daemon->change_user ? &daemon->user : NULL);

	if (r == 0)
		r = rundir_lock(path, &daemon->lock);
	if (r == 0)
		return EXIT_OK;
	if (r == -EBUSY)
		complain(_("another hedated runs with %s"), path);
	else
		say("%s: %s", path, strerror(-r));
	return EXIT_FAILED;
}

/* The socket that owns the table, if the service manager kept it; else a new one. */
static int open_socket(struct hedated *daemon)
{
	int kept = keptfd_take(KEPT_TABLE);

	if (kept >= 0 && daemon->settings.unowned)
		(void)keptfd_drop(KEPT_TABLE);
	else if (kept >= 0 && nlsock_adopt(kept, &daemon->enforcer.socket) == 0)
		return 0;
	if (kept >= 0)
		close(kept);
	return nlsock_open(&daemon->enforcer.socket);
}

static enum exit_code open_kernel(struct hedated *daemon)
{
	uint32_t generation;
	int r = open_socket(daemon);

	if (r == 0)
		r = nlsock_generation(daemon->enforcer.socket, &generation);
	if (r == 0 && !sandbox_has_capability(CAP_NET_ADMIN))
		r = -EPERM;
	if (r == 0)
		return EXIT_OK;
	if (r == -EPERM)
		complain(_("CAP_NET_ADMIN is missing; start hedated as root, or with that "
			   "capability"));
	else if (r == -EPROTONOSUPPORT || r == -EOPNOTSUPP)
		complain(
			_("the kernel has no nf_tables; load the module nf_tables, or use a kernel "
			  "with CONFIG_NF_TABLES and CONFIG_NF_TABLES_INET"));
	else
		complain(_("the kernel's nf_tables cannot be reached: %s"), strerror(-r));
	return EXIT_FAILED;
}

/* The policy ----------------------------------------------------------------------------------- */

/* Where the table can be ours alone, it is; what the kernel says is read back with the table. */
static bool can_own(const struct hedated *daemon)
{
	bool can = false;
	bool ask = !daemon->settings.unowned && !daemon->settings.no_persist;
	int r = ask ? nftxact_can_own(daemon->enforcer.socket, &can) : 0;

	if (r < 0)
		say(_("whether the table can be ours alone cannot be found out: %s; it is watched"),
			strerror(-r));
	return can;
}

/* Where it cannot, a second table is, if the kernel can do that much. Without it the table is
 * watched all the same. */
static void lock_table(struct hedated *daemon)
{
	struct lifecycle *lifecycle = daemon->enforcer.lifecycle;
	struct diag_list *diags;
	bool can = false;

	if (lifecycle_owns(lifecycle) || daemon->settings.unowned ||
		nftlock_can(daemon->enforcer.socket, &can) < 0 || !can || diag_list_new(&diags) < 0)
		return;
	if (lifecycle_lock(lifecycle, true, diags) < 0) {
		diag_list_print(diags, stderr, false);
		say(_("the table could not be locked by a second one; it is watched"));
	}
	diag_list_free(diags);
}

/* Whatever is wrong with the register, the boundary is put in place. */
static enum exit_code open_exceptions(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	if (exceptions_new(daemon->settings.state_directory,
		    daemon->change_user ? &daemon->user : NULL, &enforcer->exceptions) < 0) {
		complain(_("out of memory"));
		return EXIT_FAILED;
	}
	if (exceptions_problem(enforcer->exceptions)[0] != '\0')
		complain(
			_("no exception is granted: %s"), exceptions_problem(enforcer->exceptions));
	return EXIT_OK;
}

/* What is said of the store at the start; the log learns the same (changes_attach()). */
static void say_begun(const struct hedated *daemon)
{
	const struct changes_begun *begun = changes_begun(daemon->enforcer.changes);
	unsigned long long number = begun->number;

	if (begun->problem[0] != '\0')
		say(_("%s; no change of the configuration can be made"), begun->problem);
	else if (begun->not_kept)
		say(_("the configuration in force cannot be kept in %s: %s; no change of it can be "
		      "made"),
			store_path(changes_store(daemon->enforcer.changes)),
			strerror(-begun->not_kept));
	if (begun->current_broken)
		say(_("which configuration is confirmed cannot be read in %s; the newest one "
		      "counts"),
			store_path(changes_store(daemon->enforcer.changes)));
	if (begun->broken)
		say(_("number %llu of %s is broken and was not used"),
			(unsigned long long)begun->broken,
			store_path(changes_store(daemon->enforcer.changes)));
	if (begun->rolled_back)
		say(_("change %llu was not confirmed: what was confirmed before it is in force"),
			(unsigned long long)begun->rolled_back);
	if (begun->waits)
		say(_("change %llu is in force and waits to be confirmed"), number);
	if (begun->file_refused)
		say(_("%s is refused; number %llu, which was confirmed, is in force"),
			daemon->settings.config, number);
	else if (begun->file_unconfirmed && begun->file_differs)
		say(_("%s is the one that was not confirmed; \"hedate apply\" puts it in force"),
			daemon->settings.config);
	else if (begun->file_differs)
		say(_("%s is not what is in force; \"hedate apply\" puts it in force"),
			daemon->settings.config);
}

static void say_result(const struct hedated *daemon, enum exit_code result)
{
	const struct changes_begun *begun = changes_begun(daemon->enforcer.changes);

	if (result == EXIT_FAILED && begun->broken && begun->number == 0)
		say(_("nothing that was confirmed can be read, so nothing was changed; remove %s "
		      "to "
		      "begin again with %s"),
			store_path(changes_store(daemon->enforcer.changes)),
			daemon->settings.config);
	else if (result == EXIT_CONFIG)
		complain(_("the configuration is refused; the kernel's rule set is as it was"));
	else if (result == EXIT_FAILED)
		complain(_("the rule set could not be put in place; the kernel's is as it was"));
	else if (result == EXIT_DIFFERS)
		complain(_("the rule set is in place, but what was read back differs: not ready"));
}

static enum exit_code open_changes(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	if (changes_new(daemon->settings.config, daemon->change_user ? &daemon->user : NULL,
		    CHANGES_WAIT_MS, &enforcer->changes) == 0)
		return EXIT_OK;
	complain(_("out of memory"));
	return EXIT_FAILED;
}

/* What is wrong with them is said when somebody asks. */
static enum exit_code open_proposals(struct hedated *daemon)
{
	if (proposals_new(daemon->settings.state_directory,
		    daemon->change_user ? &daemon->user : NULL, &daemon->enforcer.proposals) == 0)
		return EXIT_OK;
	say(_("out of memory"));
	return EXIT_FAILED;
}

static enum exit_code apply_first(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	struct diag_list *diags = NULL;

	if (lifecycle_new(enforcer->socket, daemon->settings.config, daemon->settings.profiles,
		    &enforcer->lifecycle) < 0 ||
		diag_list_new(&diags) < 0) {
		complain(_("out of memory"));
		return EXIT_FAILED;
	}
	lifecycle_own(enforcer->lifecycle, can_own(daemon));
	exceptions_attach(enforcer->exceptions, enforcer->lifecycle);
	enum exit_code result =
		changes_begin(enforcer->changes, enforcer->lifecycle, diags, &daemon->first.change);

	put_diags(diags, result, isatty(STDERR_FILENO) && !getenv("NO_COLOR"));
	diag_list_free(diags);
	say_begun(daemon);
	say_result(daemon, result);
	return result;
}

static void apply_again(struct hedated *daemon)
{
	const struct change_request request = {
		.how = "signal",
		.fd = -1,
		.uid = getuid(),
		.pid = getpid(),
		.who = "hedated",
		.confirm_seconds = CHANGES_AS_POLICY,
	};
	struct change_result result;
	struct diag_list *diags = NULL;

	if (diag_list_new(&diags) < 0)
		return;
	enum exit_code code = enforcer_apply(&daemon->enforcer, &request, diags, &result);

	put_diags(diags, code, false);
	change_result_clear(&result);
	diag_list_free(diags);
	if (result.why[0] != '\0')
		say("%s", result.why);
	if (code == EXIT_OK)
		tell(_("revision %s is in place, %zu paths"), result.change.after,
			result.change.paths_after);
	else
		say(_("the configuration was read again and not put in place as it should be"));
	if (code == EXIT_OK && result.seconds)
		say(_("it waits %u seconds to be confirmed"), result.seconds);
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
	apply_again(data);
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
		complain(_(
			"the recorder has ended; the kernel goes on counting until one connects"));
	if (has_ended(&daemon->watcher))
		complain(_("the watcher has ended: should hedated be killed, a change that is not "
			   "confirmed is rolled back only when it is started again"));
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

/* Parts ---------------------------------------------------------------------------------------- */

static int make_recorder_link(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	char path[PATH_MAX];
	uid_t uids[2];
	size_t count = 0;

	if (daemon->change_user)
		uids[count++] = daemon->user.uid;
	if (daemon->has_recorder_user)
		uids[count++] = daemon->recorder_user.uid;
	snprintf(path, sizeof(path), "%s/" RECORDER_SOCKET, daemon->settings.run_directory);
	int r = reckeep_new(&enforcer->reckeep);
	if (r < 0)
		return r;
	return reclink_new(enforcer->loop, path, uids, count, &enforcer_recorder, enforcer,
		&enforcer->reclink);
}

static void on_path_closed(void *data)
{
	struct enforcer *enforcer = data;

	if (!lifecycle_is_open(enforcer->lifecycle))
		revoke_look(enforcer->revoke, "time");
}

static int make_control(struct hedated *daemon)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" CONTROL_SOCKET, daemon->settings.run_directory);
	return control_new(&daemon->enforcer, path, &daemon->control);
}

static enum exit_code make_parts(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	const char *part = _("event loop");
	int r = loop_new(&enforcer->loop);

	if (r == 0)
		r = take_signals(daemon);
	if (r == 0)
		r = enforcer_tidy(enforcer); /* after the first apply */
	if (r == 0) {
		part = _("recorder's socket");
		r = make_recorder_link(daemon);
	}
	if (r == 0) {
		part = _("counters of blocked flows");
		r = flowset_new(
			enforcer->loop, enforcer->lifecycle, enforcer->reclink, &enforcer->flowset);
	}
	if (r == 0) {
		part = _("interfaces");
		r = links_new(enforcer->loop, enforcer_link_event, enforcer, &enforcer->links);
	}
	if (r == 0)
		r = hostwatch_new(enforcer->loop, enforcer->reclink, &enforcer->hostwatch);
	if (r == 0) {
		part = _("clock");
		r = clockwatch_new(
			enforcer->loop, enforcer_clock_event, enforcer, &enforcer->clock);
	}
	if (r == 0) {
		part = _("counters of the kernel");
		r = dropwatch_new(enforcer->loop, enforcer->reclink, &enforcer->drops);
	}
	if (r == 0) {
		part = _("timetable");
		r = timetable_new(enforcer->loop, enforcer->lifecycle, enforcer->reclink,
			&enforcer->timetable);
	}
	if (r == 0) {
		part = _("connections");
		r = revoke_new(
			enforcer->loop, enforcer->lifecycle, enforcer->reclink, &enforcer->revoke);
	}
	if (r == 0) {
		timetable_on_closed(enforcer->timetable, on_path_closed, enforcer);
		part = _("event loop");
		r = island_new(enforcer, 0, &enforcer->island);
		if (r == 0)
			r = opengate_new(enforcer, 0, &enforcer->opengate);
	}
	if (r == 0) {
		part = _("tables of others");
		r = foreignwatch_new(enforcer, &enforcer->foreign);
	}
	if (r == 0) {
		part = _("changes of the table");
		r = repair_new(enforcer, &enforcer->repair);
	}
	if (r == 0) {
		part = _("isolation");
		r = isolationwatch_new(
			enforcer, daemon->settings.state_directory, &enforcer->isolation);
	}
	if (r == 0)
		revoke_isolation(enforcer->revoke, isolationwatch_list(enforcer->isolation));
	if (r == 0) {
		part = _("watchdog");
		r = watchdog_new(enforcer->loop, enforcer_check, enforcer, &enforcer->watchdog);
	}
	if (r == 0) {
		part = _("control socket");
		r = make_control(daemon);
	}
	if (r == 0)
		return EXIT_OK;
	say("%s: %s", part, strerror(-r));
	return EXIT_FAILED;
}

/* hedate-logd is beside us, wherever we are. */
static const char *recorder_program(const struct settings *settings, char path[PATH_MAX + 16])
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (settings->recorder)
		return settings->recorder;
	if (length < 0)
		return "/usr/sbin/hedate-logd";
	self[length] = '\0';
	snprintf(path, PATH_MAX + 16, "%s/hedate-logd", dirname(self));
	return path;
}

static enum exit_code prepare_recorder(struct hedated *daemon)
{
	const struct settings *settings = &daemon->settings;
	bool change = geteuid() == 0 && daemon->has_recorder_user;
	const struct sandbox_user *user = change ? &daemon->recorder_user : NULL;
	char path[PATH_MAX + 16];
	const struct recorderproc_options options = {
		.program = recorder_program(settings, path),
		.run_directory = settings->run_directory,
		.log_directory = settings->log_directory,
		.user = user,
	};

	if (!settings->with_recorder)
		return EXIT_OK;
	int r = rundir_make(settings->log_directory, 0750, user);

	if (r == 0)
		r = recorderproc_prepare(&options, &daemon->keeper, &daemon->lifeline);
	if (r == 0)
		return EXIT_OK;
	complain(_("the recorder cannot be started: %s"), strerror(-r));
	return EXIT_FAILED;
}

static enum exit_code start_watcher(struct hedated *daemon)
{
	const struct settings *settings = &daemon->settings;
	const struct changes_watched watched = {
		.config_file = settings->config,
		.profiles = settings->profiles,
		.user = daemon->change_user ? &daemon->user : NULL,
		.unowned = settings->unowned,
	};
	int r = changes_watch(&watched, &daemon->watcher, &daemon->watched);

	if (r == 0)
		return EXIT_OK;
	complain(_("the watcher cannot be started: %s"), strerror(-r));
	return EXIT_FAILED;
}

static enum exit_code start_recorder(struct hedated *daemon)
{
	int r = daemon->lifeline < 0 ? 0 : recorderproc_start(daemon->lifeline);

	if (r == 0)
		return EXIT_OK;
	complain(_("the recorder cannot be started: %s"), strerror(-r));
	return EXIT_FAILED;
}

/* Whoever hears first of a change of the table is before the next packet. A service manager has
 * done it already; else it takes root. */
static void be_quick(void)
{
	(void)setpriority(PRIO_PROCESS, 0, NICE);
}

static enum exit_code drop_privileges(struct hedated *daemon)
{
	const struct settings *settings = &daemon->settings;
	const char *step;

	be_quick();
	int r = sandbox_drop(daemon->change_user ? &daemon->user : NULL,
		SANDBOX_CAPABILITY(CAP_NET_ADMIN), &step);

	if (r < 0) {
		complain(_("dropping privileges: %s: %s"), step, strerror(-r));
		return EXIT_FAILED;
	}
	if (access(settings->config, R_OK) < 0)
		say(_("user %s cannot read %s: it can be applied with \"hedate apply\" only"),
			daemon->user.name, settings->config);
	r = sandbox_filter(SANDBOX_ENFORCER);
	if (r == -EOPNOTSUPP)
		say(_("the kernel has no seccomp filters; going on without"));
	else if (r < 0) {
		complain(_("restricting system calls: %s"), strerror(-r));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

/* Without a mark a crash goes unseen; that is no reason not to guard the boundary. */
static void record_crash(const struct hedated *daemon)
{
	struct runmark_before before;
	char since[TIME_TEXT_MAX];

	(void)runmark_begin(daemon->settings.state_directory, &before);
	if (!before.crashed)
		return;
	time_format((uint64_t)before.since, since);
	reclink_event(daemon->enforcer.reclink, "crash", false,
		before.rebooted ? "hedated did not end in order before the system was started anew"
				: "hedated did not end in order: it was killed, or crashed",
		(const char *const[]){ "rebooted", before.rebooted ? "true" : "false",
			before.since ? "since" : NULL, since, NULL });
}

static void record_first_apply(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	const struct changes_begun *begun = changes_begun(enforcer->changes);
	const struct change_request request = {
		.how = "start", .uid = getuid(), .pid = getpid(), .who = "hedated"
	};

	daemon->first.number = begun->number;
	enforcer_record_apply(enforcer, EXIT_OK, &request,
		lifecycle_policy(enforcer->lifecycle)->file, &daemon->first);
	if (changes_attach(enforcer->changes, enforcer) < 0 ||
		proposals_attach(enforcer->proposals, enforcer) < 0)
		complain(_("out of memory"));
}

/* Forwarding may begin, as far as it is up to the rules. */
static void end_guard(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	guardend_try(enforcer);
	if (guardend_why(enforcer)[0] != '\0')
		complain(_("NOTHING IS FORWARDED: the guard has shut the gateway (%s), and what is "
			   "isolated cannot be loaded; \"hedate isolated\" shows what can be read, "
			   "\"hedate release --all\" begins anew"),
			guardend_why(enforcer));
}

static void record_start(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	const struct policy *policy = lifecycle_policy(enforcer->lifecycle);

	enforcer->started = (uint64_t)(clock_monotonic() / CLOCK_SECOND);
	reclink_event(enforcer->reclink, "start", true, "hedated " HEDATE_VERSION " started",
		(const char *const[]){ "version", HEDATE_VERSION, NULL });
	record_crash(daemon);
	if (daemon->first.change.table_replaced)
		enforcer_record_renewed(enforcer, &daemon->first.change);
	record_first_apply(daemon);
	timetable_policy_changed(enforcer->timetable);
	if (exceptions_start(enforcer->exceptions, enforcer) < 0)
		complain(_("out of memory"));
	links_watch(enforcer->links, policy);
	hostwatch_policy(enforcer->hostwatch, policy);
	revoke_look(enforcer->revoke, "start");
	isolationwatch_applied(enforcer->isolation);
	end_guard(daemon);
	tell(_("%s: revision %s is in place, %zu paths"), policy->site, policy->revision,
		policy->path_count);
}

/* The ladder ----------------------------------------------------------------------------------- */

static enum exit_code climb(struct hedated *daemon)
{
	static enum exit_code (*const steps[])(struct hedated *) = {
		open_kernel,
		take_directory,
		start_watcher,
		prepare_recorder,
		open_exceptions,
		open_changes,
		open_proposals,
		apply_first,
		make_parts,
		start_recorder,
		drop_privileges,
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

	control_free(daemon->control);
	repair_free(enforcer->repair);
	isolationwatch_free(enforcer->isolation);
	foreignwatch_free(enforcer->foreign);
	island_free(enforcer->island);
	revoke_free(enforcer->revoke);
	watchdog_free(enforcer->watchdog);
	timetable_free(enforcer->timetable);
	hostwatch_free(enforcer->hostwatch);
	links_free(enforcer->links);
	clockwatch_free(enforcer->clock);
	dropwatch_free(enforcer->drops);
	flowset_free(enforcer->flowset);
	reclink_free(enforcer->reclink);
	reckeep_free(enforcer->reckeep);
	exceptions_free(enforcer->exceptions);
	proposals_free(enforcer->proposals);
	opengate_free(enforcer->opengate);
	changes_free(enforcer->changes);
	loop_free(enforcer->loop);
	if (daemon->lifeline >= 0)
		close(daemon->lifeline);
	if (daemon->keeper > 0)
		(void)waitpid(daemon->keeper, NULL, 0);
	if (daemon->watched >= 0)
		close(daemon->watched);
	lifecycle_free(enforcer->lifecycle);
	observed_clear(&enforcer->observed);
	nlsock_close(enforcer->socket);
	if (daemon->lock >= 0)
		close(daemon->lock);
}

/* From here on the table is protected also when we end. Without a service manager it is not. */
static void keep_table(const struct hedated *daemon)
{
	int r = 0;

	if (lifecycle_owns(daemon->enforcer.lifecycle) ||
		lifecycle_locks(daemon->enforcer.lifecycle))
		r = keptfd_give(KEPT_TABLE, nlsock_fd(daemon->enforcer.socket));
	if (r < 0)
		say(_("the service manager does not keep the table's socket: %s"), strerror(-r));
}

static enum exit_code run(const struct settings *settings)
{
	struct hedated daemon = {
		.settings = *settings, .lock = -1, .lifeline = -1, .watched = -1
	};
	enum exit_code result = check_user(&daemon);

	if (result != EXIT_OK)
		return result;
	find_users(&daemon);
	result = climb(&daemon);
	if (result == EXIT_OK) {
		lock_table(&daemon);
		keep_table(&daemon);
		record_start(&daemon);
		(void)notify_send("READY=1");
		int r = loop_run(daemon.enforcer.loop);

		if (r < 0) {
			complain(_("event loop: %s"), strerror(-r));
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
