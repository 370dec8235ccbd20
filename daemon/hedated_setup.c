/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hedated needs of the system before it begins, and gives up afterwards. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/nftxact.h"
#include "changes.h"
#include "hedated_impl.h"
#include "keptfd.h"
#include "proverproc.h"
#include "recorderproc.h"
#include "rundir.h"

#define USER_ENFORCER "hedate"
#define USER_RECORDER "hedate-log"
#define NICE	      (-10)

/* Prerequisites -------------------------------------------------------------------------------- */

void hedated_find_users(struct hedated *daemon)
{
	const char *name = daemon->settings.user;

	daemon->change_user = geteuid() == 0 &&
			      sandbox_find_user(name ? name : USER_ENFORCER, &daemon->user) == 0;
	daemon->has_recorder_user = sandbox_find_user(USER_RECORDER, &daemon->recorder_user) == 0;
}

enum exit_code hedated_check_user(const struct hedated *daemon)
{
	struct sandbox_user user;

	if (!daemon->settings.user || sandbox_find_user(daemon->settings.user, &user) == 0)
		return EXIT_OK;
	hedated_say(_("there is no user \"%s\"; systemd-sysusers or adduser makes it"),
		daemon->settings.user);
	return EXIT_USAGE;
}

enum exit_code hedated_take_directory(struct hedated *daemon)
{
	const char *path = daemon->settings.run_directory;
	int r = rundir_make(path, 0755, daemon->change_user ? &daemon->user : NULL);

	if (r == 0)
		r = rundir_lock(path, &daemon->lock);
	if (r == 0)
		return EXIT_OK;
	if (r == -EBUSY)
		hedated_complain(_("another hedated runs with %s"), path);
	else
		hedated_say("%s: %s", path, errtext(r));
	return EXIT_FAILED;
}

/* The socket that owns the table, if the service manager kept it; else a new one. What it kept and
 * is of no use it lets go of: it keeps one, and has no room for another. */
static int open_socket(struct hedated *daemon)
{
	int kept = keptfd_take(KEPT_TABLE);

	daemon->kept = kept >= 0 && !daemon->settings.unowned &&
		       nlsock_adopt(kept, &daemon->enforcer.socket) == 0;
	if (daemon->kept)
		return 0;
	if (kept >= 0) {
		(void)keptfd_drop(KEPT_TABLE);
		close(kept);
	}
	return nlsock_open(&daemon->enforcer.socket);
}

enum exit_code hedated_open_kernel(struct hedated *daemon)
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
		hedated_complain(_("CAP_NET_ADMIN is missing; start hedated as root, or with that "
				   "capability"));
	else if (r == -EPROTONOSUPPORT || r == -EOPNOTSUPP)
		hedated_complain(
			_("the kernel has no nf_tables; load the module nf_tables, or use a kernel "
			  "with CONFIG_NF_TABLES and CONFIG_NF_TABLES_INET"));
	else
		hedated_complain(_("the kernel's nf_tables cannot be reached: %s"), errtext(r));
	return EXIT_FAILED;
}

/* Other processes, privileges --------------------------------------------------------------------
 */

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

enum exit_code hedated_prepare_recorder(struct hedated *daemon)
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
	hedated_complain(_("the recorder cannot be started: %s"), errtext(r));
	return EXIT_FAILED;
}

enum exit_code hedated_start_watcher(struct hedated *daemon)
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
	hedated_complain(_("the watcher cannot be started: %s"), errtext(r));
	return EXIT_FAILED;
}

enum exit_code hedated_start_prover(struct hedated *daemon)
{
	const struct settings *settings = &daemon->settings;
	const struct proverproc_options options = {
		.config = settings->config,
		.profiles = settings->profiles,
		.state_directory = settings->state_directory,
		.user = daemon->change_user ? &daemon->user : NULL,
	};
	int r = proverproc_start(&options, &daemon->proving, &daemon->prover);

	if (r == 0)
		return EXIT_OK;
	hedated_complain(_("the process that proves cannot be started: %s"), errtext(r));
	return EXIT_FAILED;
}

enum exit_code hedated_start_recorder(struct hedated *daemon)
{
	int r = daemon->lifeline < 0 ? 0 : recorderproc_start(daemon->lifeline);

	if (r == 0)
		return EXIT_OK;
	hedated_complain(_("the recorder cannot be started: %s"), errtext(r));
	return EXIT_FAILED;
}

/* Whoever hears first of a change of the table is before the next packet. A service manager has
 * done it already; else it takes root. */
static void be_quick(void)
{
	(void)setpriority(PRIO_PROCESS, 0, NICE);
}

enum exit_code hedated_drop_privileges(struct hedated *daemon)
{
	const struct settings *settings = &daemon->settings;
	const char *step;

	be_quick();
	int r = sandbox_drop(daemon->change_user ? &daemon->user : NULL,
		SANDBOX_CAPABILITY(CAP_NET_ADMIN), &step);

	if (r < 0) {
		hedated_complain(_("dropping privileges: %s: %s"), step, errtext(r));
		return EXIT_FAILED;
	}
	if (access(settings->config, R_OK) < 0)
		hedated_say(
			_("user %s cannot read %s: it can be applied with \"hedate apply\" only"),
			daemon->user.name, settings->config);
	r = sandbox_filter(SANDBOX_ENFORCER);
	if (r == -EOPNOTSUPP)
		hedated_say(_("the kernel has no seccomp filters; going on without"));
	else if (r < 0) {
		hedated_complain(_("restricting system calls: %s"), errtext(r));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}
