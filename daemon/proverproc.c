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
#include "../lib/i18n.h"
#include "clock.h"
#include "ctlproto.h"
#include "exceptionfile.h"
#include "inforce.h"
#include "prooffinding.h"
#include "proofrun.h"
#include "snapread.h"

#define SOCKET	   (STDERR_FILENO + 1)
#define PART_BYTES 60000

static _Noreturn void fail(const char *what, int error)
{
	fprintf(stderr, "hedated: prover: %s: %s\n", what, errtext(-error));
	_exit(EXIT_FAILURE);
}

/* What is found ----------------------------------------------------------------------------------
 */

static void send_finding(uint64_t number, const struct prooffinding *finding)
{
	struct message message;

	message_begin(&message, PROVER_ANSWER);
	message_put_number(&message, number);
	prooffinding_put(&message, finding);
	(void)message_send(SOCKET, &message);
}

static void send_failure(uint64_t number, const char *why)
{
	struct prooffinding finding = { .result = PROOFFINDING_FAILED };

	snprintf(finding.text, sizeof(finding.text), "%s", why);
	send_finding(number, &finding);
}

/* The worker -------------------------------------------------------------------------------------
 */

/* All rights are given up between reading and deciding. */
static int give_up(void)
{
	const struct rlimit memory = { PROVERPROC_MEMORY, PROVERPROC_MEMORY };
	const char *step;
	int r = setrlimit(RLIMIT_DATA, &memory) < 0 ? -errno : sandbox_drop(NULL, 0, &step);

	if (r == 0)
		r = sandbox_filter(SANDBOX_DECIDER);
	return r == -EOPNOTSUPP ? 0 : r;
}

static int read_policy(const struct proverproc_options *options, struct diag_list *diags,
	char problem[INFORCE_PROBLEM_MAX], struct policy **ret_policy)
{
	char exceptions[4096];
	const struct inforce inforce = {
		.own = options->config,
		.profiles = options->profiles,
		.exceptions = exceptions,
		.now = time(NULL),
	};

	snprintf(
		exceptions, sizeof(exceptions), "%s/" EXCEPTIONFILE_NAME, options->state_directory);
	int r = inforce_policy(&inforce, diags, problem, ret_policy);

	if (r == -EINVAL)
		snprintf(problem, INFORCE_PROBLEM_MAX, "%s: the policy is not valid",
			options->config);
	else if (r < 0 && problem[0] == '\0')
		snprintf(problem, INFORCE_PROBLEM_MAX, "%s: %s", options->config, errtext(r));
	return r;
}

static int decide(const char *text, size_t length, const struct policy *policy,
	struct zonetime *zone, struct prooffinding *finding, struct diag_list *diags)
{
	uint8_t digest[SNAPSHOT_DIGEST_LENGTH];
	struct snapshot *snapshot = NULL;
	struct proofrun run;
	int r = snapshot_load(text, length, "this host", diags, &snapshot);

	if (r < 0)
		return r;
	snapshot_digest(text, length, digest);
	proofrun_init(&run, snapshot, digest, policy, time(NULL));
	run.zone = zone;
	r = proofrun_decide(&run);
	if (r == 0)
		prooffinding_of(&run.certificate, finding);
	proofrun_clear(&run);
	snapshot_free(snapshot);
	return r;
}

/* Does not return. What it cannot do, it says in words of its own. */
static _Noreturn void work(const struct proverproc_options *options, uint64_t number)
{
	struct prooffinding finding = { 0 };
	int64_t begin = clock_monotonic();
	char problem[INFORCE_PROBLEM_MAX];
	struct diag_list *diags;
	struct policy *policy;
	struct zonetime *zone = NULL;
	char *text = NULL;
	size_t length = 0;
	int r = diag_list_new(&diags);

	if (r == 0)
		r = read_policy(options, diags, problem, &policy);
	if (r == 0) {
		snprintf(problem, sizeof(problem), "time zone %s", policy->time_zone);
		r = openings_load_zone(policy, &zone);
	}
	if (r == 0) {
		snprintf(problem, sizeof(problem), "the kernel cannot be read");
		r = snapread(&text, &length);
	}
	if (r == 0) {
		snprintf(problem, sizeof(problem), "rights cannot be given up");
		r = give_up();
	}
	if (r == 0) {
		snprintf(problem, sizeof(problem), "deciding");
		r = decide(text, length, policy, zone, &finding, diags);
	}
	finding.milliseconds = (uint64_t)((clock_monotonic() - begin) / CLOCK_MILLISECOND);
	if (r < 0) {
		size_t used = strlen(problem);

		if (r != -EINVAL)
			snprintf(
				problem + used, sizeof(problem) - used, ": %s", errtext_english(r));
		send_failure(number, problem);
	} else {
		send_finding(number, &finding);
	}
	_exit(EXIT_SUCCESS);
}

/* The snapshot for somebody who asked hedated, in pieces. */
static _Noreturn void hand_over(int connection)
{
	static struct message message;
	char *text = NULL;
	size_t length = 0;
	int flags = fcntl(connection, F_GETFL), r = snapread(&text, &length);

	/* The client reads at its own pace; the time of this process is bounded. */
	(void)fcntl(connection, F_SETFL, flags & ~O_NONBLOCK);
	for (size_t at = 0; r == 0 && at < length; at += PART_BYTES) {
		message_begin(&message, CTL_SNAPSHOT_PART);
		message_put_bytes(
			&message, text + at, length - at < PART_BYTES ? length - at : PART_BYTES);
		r = message_send(connection, &message);
	}
	message_begin(&message, CTL_RESULT);
	message_put_number(&message, r < 0 ? EXIT_FAILED : EXIT_OK);
	message_put_string(&message, r < 0 ? errtext_english(r) : "");
	(void)message_send(connection, &message);
	_exit(EXIT_SUCCESS);
}

/* The process that waits -------------------------------------------------------------------------
 */

/* Until it ends, its time is over, or hedated is gone. True: it ended well. */
static bool watch(pid_t worker, int lifeline)
{
	int64_t deadline = clock_monotonic() + PROVERPROC_SECONDS * CLOCK_SECOND;
	struct pollfd fds[] = { { .fd = lifeline, .events = POLLIN }, { .fd = SOCKET } };
	int status = 0;

	while (!fds[0].revents && !(fds[1].revents & (POLLHUP | POLLERR))) {
		int64_t left = deadline - clock_monotonic();

		if (left <= 0)
			break;
		(void)poll(fds, 2, (int)(left / CLOCK_MILLISECOND) + 1);
	}
	/* Gone already, or past its time: either way it is not there any more. */
	(void)kill(worker, SIGKILL);
	while (waitpid(worker, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

static void serve_one(const struct proverproc_options *options, struct message *request)
{
	int ends[2], connection = message_take_fd(request);
	uint64_t number = request->type == PROVER_ASK ? message_get_number(request) : 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe", errno);
	pid_t worker = fork();

	if (worker == 0) {
		close(ends[0]);
		if (request->type == PROVER_ASK)
			work(options, number);
		hand_over(connection);
	}
	close(ends[1]);
	if (connection >= 0)
		close(connection);
	if ((worker < 0 || !watch(worker, ends[0])) && request->type == PROVER_ASK)
		send_failure(number, worker < 0 ? "no process could be made for it"
						: "it took too much time or memory, and was ended");
	close(ends[0]);
}

static void serve(const struct proverproc_options *options)
{
	static struct message request;

	for (;;) {
		struct pollfd wait = { .fd = SOCKET, .events = POLLIN };

		if (poll(&wait, 1, -1) < 0 && errno == EINTR)
			continue;
		int r = message_receive(SOCKET, &request);

		if (r == -EAGAIN)
			continue;
		if (r < 0)
			return;
		serve_one(options, &request);
	}
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
