/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proverproc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

#include "../lib/errtext.h"
#include "clock.h"
#include "proverwork.h"

#define SOCKET PROVERPROC_SOCKET

/* The process of a request. */
struct worker {
	pid_t pid;
	int lifeline;	  /* ends with it */
	int64_t deadline; /* monotonic */
	uint16_t type;
	uint64_t number; /* of the request */
};

struct proverproc {
	const struct proverproc_options *options;
	struct worker workers[PROVERPROC_WORKERS];
	size_t count;
};

static _Noreturn void fail(const char *what, int error)
{
	fprintf(stderr, "hedated: prover: %s: %s\n", what, errtext(-error));
	_exit(EXIT_FAILURE);
}

/* The process that waits -------------------------------------------------------------------------
 */

static void tell_failure(const struct worker *worker, const char *why)
{
	proverwork_failed(worker->type, worker->number, why);
}

static void start_worker(struct proverproc *proverproc, struct message *request)
{
	int64_t seconds =
		request->type == PROVER_COMPARE ? PROVERPROC_COMPARE_SECONDS : PROVERPROC_SECONDS;
	struct worker worker = {
		.deadline = clock_monotonic() + seconds * CLOCK_SECOND,
		.type = request->type,
		.number = request->type == PROVER_SNAPSHOT ? 0 : message_get_number(request),
	};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe", errno);
	worker.pid = fork();
	if (worker.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody else would end it */
		close(ends[0]);
		for (size_t i = 0; i < proverproc->count; i++)
			close(proverproc->workers[i].lifeline);
		proverwork(proverproc->options, worker.number, request);
	}
	close(ends[1]);
	worker.lifeline = ends[0];
	if (worker.pid > 0) {
		proverproc->workers[proverproc->count++] = worker;
		return;
	}
	close(ends[0]);
	tell_failure(&worker, "no process could be made for it");
}

/* Gone already, or past its time, or for nobody: then it is not there any more. */
static void end_worker(struct proverproc *proverproc, size_t number, bool tell)
{
	struct worker worker = proverproc->workers[number];
	int status = 0;

	proverproc->workers[number] = proverproc->workers[--proverproc->count];
	(void)kill(worker.pid, SIGKILL);
	while (waitpid(worker.pid, &status, 0) < 0 && errno == EINTR)
		;
	close(worker.lifeline);
	if (tell && (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS))
		tell_failure(&worker, "it took too much time or memory, and was ended");
}

enum waited {
	WAITED_REQUEST,
	WAITED_WORKER, /* one of them has ended, or was past its time */
	WAITED_GONE,   /* hedated is */
};

static enum waited wait_for_any(struct proverproc *proverproc)
{
	struct pollfd fds[PROVERPROC_WORKERS + 1];
	int64_t now = clock_monotonic(), first = INT64_MAX;
	size_t count = proverproc->count;

	for (size_t i = 0; i < count; i++) {
		const struct worker *worker = &proverproc->workers[i];

		fds[i] = (struct pollfd){ .fd = worker->lifeline, .events = POLLIN };
		first = worker->deadline < first ? worker->deadline : first;
	}
	fds[count] =
		(struct pollfd){ .fd = SOCKET, .events = count < PROVERPROC_WORKERS ? POLLIN : 0 };
	int64_t left = first > now ? (first - now) / CLOCK_MILLISECOND + 1 : 0;

	if (poll(fds, count + 1, count ? (int)left : -1) < 0)
		return errno == EINTR ? WAITED_WORKER : WAITED_GONE;
	now = clock_monotonic();
	for (size_t i = count; i-- > 0;) /* the last one takes the place of one that ends */
		if (fds[i].revents || proverproc->workers[i].deadline <= now)
			end_worker(proverproc, i, true);
	if (fds[count].revents & (POLLHUP | POLLERR))
		return WAITED_GONE;
	return fds[count].revents ? WAITED_REQUEST : WAITED_WORKER;
}

static void serve(const struct proverproc_options *options)
{
	static struct message request;
	struct proverproc proverproc = { .options = options };
	enum waited waited;
	int r = 0;

	while ((r == 0 || r == -EAGAIN) && (waited = wait_for_any(&proverproc)) != WAITED_GONE) {
		if (waited == WAITED_WORKER)
			continue;
		r = message_receive(SOCKET, &request);
		if (r < 0)
			continue;
		start_worker(&proverproc, &request);
		message_close_fd(&request);
	}
	while (proverproc.count > 0)
		end_worker(&proverproc, proverproc.count - 1, false);
}

/* Whatever hedated has open is not ours to hold: its locks, its table. */
static void keep_only(int socket)
{
	if (socket != SOCKET && dup3(socket, SOCKET, O_CLOEXEC) < 0)
		fail("dup3", errno);
	if (close_range(SOCKET + 1, ~0u, 0) < 0)
		fail("close_range", errno);
}

static _Noreturn void become_prover(const struct proverproc_options *options, int socket)
{
	const char *step;
	sigset_t mask;

	(void)prctl(PR_SET_NAME, "hedated-prove");
	keep_only(socket);
	/* A terminal's Ctrl-C goes to hedated alone, and a service manager's SIGTERM to all: its
	 * end is ours, and not the other way round. */
	(void)setpgid(0, 0);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	int r = sandbox_drop(options->user, SANDBOX_CAPABILITY(CAP_NET_ADMIN), &step);

	if (r < 0)
		fail(step, -r);
	/* What it costs is nobody's haste. */
	(void)setpriority(PRIO_PROCESS, 0, 10);
	r = sandbox_filter(SANDBOX_PROVER);
	if (r < 0 && r != -EOPNOTSUPP)
		fail("seccomp", -r);
	serve(options);
	_exit(EXIT_SUCCESS);
}

int proverproc_start(const struct proverproc_options *options, pid_t *ret_pid, int *ret_socket)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid_t pid = fork();

	if (pid == 0) {
		close(ends[0]);
		become_prover(options, ends[1]);
	}
	int error = -errno;

	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return error;
	}
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*ret_pid = pid;
	*ret_socket = ends[0];
	return 0;
}
