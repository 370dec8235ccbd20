/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watcher. All that it needs to know stands in the store, so nobody has to tell it anything:
 * the end of its lifeline is the end of hedated. Who takes over (a hedated that was started again)
 * has the store's lock by then.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/nftxact.h"
#include "changes_impl.h"

#define LOOK_SECONDS 5 /* has another hedated been started? */
#define LIFELINE     (STDERR_FILENO + 1)

static void fail(const char *what, int error)
{
	fprintf(stderr, "hedated: watcher: %s: %s\n", what, errtext(-error));
	_exit(EXIT_FAILURE);
}

/* Whatever hedated has open is not ours to hold: its locks, its table. */
static void keep_only(int lifeline)
{
	if (lifeline != LIFELINE && dup3(lifeline, LIFELINE, O_CLOEXEC) < 0)
		fail("dup3", errno);
	if (close_range(LIFELINE + 1, ~0u, 0) < 0)
		fail("close_range", errno);
}

/* A terminal's Ctrl-C goes to hedated alone. SIGTERM ends us as it ends everything, but not before
 * hedated: a service manager sends it to both. */
static void let_terminate(bool let)
{
	sigset_t mask;

	sigemptyset(&mask);
	if (!let)
		sigaddset(&mask, SIGTERM);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void wait_for_end(void)
{
	struct pollfd lifeline = { .fd = LIFELINE, .events = POLLIN };

	while (poll(&lifeline, 1, -1) < 0 && errno == EINTR)
		;
}

static void sleep_seconds(int64_t seconds)
{
	struct timespec time = { .tv_sec = seconds };

	(void)nanosleep(&time, NULL);
}

/* The confirmed bytes into the kernel. */
static enum exit_code put_back(struct changes *changes, const struct changes_watched *watcher)
{
	struct lifecycle_change change;
	struct lifecycle *lifecycle = NULL;
	struct diag_list *diags = NULL;
	struct nlsock *socket = NULL;
	enum exit_code code = EXIT_FAILED;
	bool can_own = false;

	if (nlsock_open(&socket) == 0 && diag_list_new(&diags) == 0 &&
		lifecycle_new(socket, watcher->config_file, watcher->profiles, &lifecycle) == 0) {
		if (!watcher->unowned)
			(void)nftxact_can_own(socket, &can_own);
		lifecycle_own(lifecycle, can_own);
		code = changes_roll_back_alone(changes, lifecycle, diags, &change);
	}
	if (diags)
		diag_list_print(diags, stderr, false);
	lifecycle_free(lifecycle);
	diag_list_free(diags);
	nlsock_close(socket);
	return code;
}

/* The time is over, and nobody has taken over. true: done. */
static bool roll_back(const struct changes_watched *watcher, struct changes *changes)
{
	enum exit_code code = put_back(changes, watcher);

	if (code == EXIT_OK || code == EXIT_DIFFERS) {
		fprintf(stderr, "hedated: watcher: %s\n",
			_("nobody confirmed the change: what was before is back in place"));
		return true;
	}
	fprintf(stderr, "hedated: watcher: %s\n",
		_("nobody confirmed the change, and what was before could not be put back; it is "
		  "tried again"));
	return false;
}

/* true: done, or not ours to do. */
static bool look(const struct changes_watched *watcher)
{
	struct changes *changes;
	bool done = false;

	if (changes_new(watcher->config_file, watcher->user, 0, &changes) < 0)
		return false;
	const struct store *store = changes_store(changes);

	if (!store)
		done = changes_begun(changes)->not_kept == -EWOULDBLOCK;
	else if (store_seconds_left(store) < 0)
		done = true;
	else if (store_seconds_left(store) == 0)
		done = roll_back(watcher, changes);
	changes_free(changes);
	return done;
}

/* Seconds until the deadline; -1: nothing waits. Without the lock: it may be another's by now. */
static int64_t seconds_left(const struct changes_watched *watcher)
{
	struct store *store;

	if (store_open(watcher->config_file, STORE_READ, watcher->user, &store) < 0)
		return -1;
	int64_t left = store_seconds_left(store);

	store_close(store);
	return left;
}

/* Does a hedated have the store, which then looks after it? */
static bool is_taken_over(const struct changes_watched *watcher)
{
	struct store *store;
	int r = store_open(watcher->config_file, STORE_WRITE, watcher->user, &store);

	if (r == 0)
		store_close(store);
	return r == -EWOULDBLOCK;
}

static void watch(const struct changes_watched *watcher)
{
	int64_t left;

	wait_for_end();
	let_terminate(true);
	while ((left = seconds_left(watcher)) > 0) {
		if (is_taken_over(watcher))
			return;
		sleep_seconds(left < LOOK_SECONDS ? left : LOOK_SECONDS);
	}
	if (left < 0)
		return;
	while (!look(watcher))
		sleep_seconds(CHANGES_RETRY_MS / 1000);
}

static void run(const struct changes_watched *watcher, int lifeline)
{
	const char *step;

	(void)prctl(PR_SET_NAME, "hedated-watch");
	keep_only(lifeline);
	(void)setpgid(0, 0);
	let_terminate(false);
	int r = sandbox_drop(watcher->user, SANDBOX_CAPABILITY(CAP_NET_ADMIN), &step);

	if (r < 0)
		fail(step, -r);
	r = sandbox_filter(SANDBOX_ENFORCER);
	if (r < 0 && r != -EOPNOTSUPP)
		fail("seccomp", -r);
	watch(watcher);
	_exit(EXIT_SUCCESS);
}

int changes_watch(const struct changes_watched *watched, pid_t *ret_watcher, int *ret_lifeline)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid_t pid = fork();

	if (pid == 0) {
		close(ends[1]);
		run(watched, ends[0]);
	}
	int error = -errno;

	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return error;
	}
	*ret_watcher = pid;
	*ret_lifeline = ends[1];
	return 0;
}
