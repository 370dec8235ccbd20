/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorderproc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/errtext.h"

#define END_SECONDS 10 /* that the recorder has to write what it has */

static void fail(const char *what, int error)
{
	fprintf(stderr, "hedated: recorder: %s: %s\n", what, errtext(-error));
	_exit(EXIT_FAILURE);
}

static void run_program(const struct recorderproc_options *options, pid_t keeper)
{
	sigset_t none;

	/* The keeper itself may be killed; it has our user, so this signal arrives. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0)
		fail("PR_SET_PDEATHSIG", errno);
	if (getppid() != keeper)
		_exit(EXIT_FAILURE); /* it was killed before we asked for that */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl(options->program, "hedate-logd", "-d", options->log_directory, "-r",
		options->run_directory, (char *)NULL);
	fail(options->program, errno);
}

static pid_t start_program(const struct recorderproc_options *options)
{
	pid_t keeper = getpid();
	pid_t pid = fork();

	if (pid < 0)
		fail("fork", errno);
	if (pid == 0)
		run_program(options, keeper);
	return pid;
}

/* SIGTERM, and SIGKILL when it does not end. */
static void end_program(pid_t pid, int signals)
{
	struct pollfd poll_signals = { .fd = signals, .events = POLLIN };

	kill(pid, SIGTERM);
	if (poll(&poll_signals, 1, END_SECONDS * 1000) == 0)
		kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

/* A byte on the lifeline is the word to begin; its end before that is the end. */
static void wait_for_word(int lifeline)
{
	char byte;
	ssize_t length;

	do
		length = read(lifeline, &byte, 1);
	while (length < 0 && errno == EINTR);
	if (length != 1)
		_exit(EXIT_SUCCESS);
}

/* Until the other end of the lifeline is closed, or the recorder has ended by itself. */
static void keep(pid_t pid, int lifeline, int signals)
{
	struct pollfd fds[] = {
		{ .fd = lifeline, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int status;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (waitpid(pid, &status, WNOHANG) == pid)
			_exit(exit_status(status));
		if (fds[0].revents)
			break;
		if (fds[1].revents) {
			struct signalfd_siginfo info;

			(void)!read(signals, &info, sizeof(info));
		}
	}
	end_program(pid, signals);
	_exit(EXIT_SUCCESS);
}

/* Whatever hedated has open is not ours to hold: its lock, its sockets. */
static int keep_only(int lifeline)
{
	const int place = STDERR_FILENO + 1;

	if (lifeline != place && dup3(lifeline, place, O_CLOEXEC) < 0)
		fail("dup3", errno);
	if (close_range((unsigned int)place + 1, ~0u, 0) < 0)
		fail("close_range", errno);
	return place;
}

static void run_keeper(const struct recorderproc_options *options, int lifeline)
{
	const char *step;
	sigset_t mask;

	(void)prctl(PR_SET_NAME, "hedated-keeper");
	lifeline = keep_only(lifeline);
	setpgid(0, 0); /* a terminal's Ctrl-C goes to hedated alone, which ends us in order */
	int r = sandbox_drop(options->user, 0, &step);

	if (r < 0)
		fail(step, -r);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_SETMASK, &mask, NULL) < 0)
		fail("sigprocmask", errno);
	int signals = signalfd(-1, &mask, SFD_CLOEXEC);

	if (signals < 0)
		fail("signalfd", errno);
	wait_for_word(lifeline);
	keep(start_program(options), lifeline, signals);
}

int recorderproc_prepare(
	const struct recorderproc_options *options, pid_t *ret_keeper, int *ret_lifeline)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid_t pid = fork();

	if (pid < 0) {
		int error = -errno;

		close(ends[0]);
		close(ends[1]);
		return error;
	}
	if (pid == 0) {
		close(ends[1]);
		run_keeper(options, ends[0]);
	}
	close(ends[0]);
	*ret_keeper = pid;
	*ret_lifeline = ends[1];
	return 0;
}

int recorderproc_start(int lifeline)
{
	return write(lifeline, "", 1) == 1 ? 0 : -errno;
}
