/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "terminal.h"

#define LESS_PATH "/usr/bin/less"
/* Ends on one screen, passes colours, leaves the screen as it is, ends on Ctrl-C. */
#define LESS_OPTIONS "FRXK"

static struct {
	pid_t process; /* 0: none */
	bool used;
	int error; /* stderr as it was, -1 when it was not taken */
} pager = { .error = -1 };

/* Somebody else may have chosen what is in the environment. */
static bool is_privileged(void)
{
	return geteuid() == 0 || !secure_getenv("PATH");
}

/* What to run, "" for nothing; NULL: less. */
static const char *wanted(void)
{
	const char *command = getenv("HEDATE_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (command && (command[0] == '\0' || strcmp(command, "cat") == 0))
		return "";
	return is_privileged() ? NULL : command;
}

/* In the child. What less would run or write is out of reach. */
static void set_environment(void)
{
	static const char *const dangerous[] = { "LESSOPEN", "LESSCLOSE", "LESSEDIT", "LESSKEY",
		"LESSKEYIN", "LESSKEY_SYSTEM", "LESSKEYIN_SYSTEM", "LESSKEY_CONTENT", "LESSECHO",
		"LESSHISTFILE", "LESSMETACHARS", "VISUAL", "EDITOR", "SHELL" };

	setenv("LESSSECURE", "1", 1);
	setenv("LESS", LESS_OPTIONS, is_privileged());
	if (!is_privileged())
		return;
	for (size_t i = 0; i < sizeof(dangerous) / sizeof(dangerous[0]); i++)
		unsetenv(dangerous[i]);
	setenv("LESSHISTFILE", "-", 1);
}

static void run(const char *command, int input, int failed)
{
	int error;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	if (dup2(input, STDIN_FILENO) >= 0) {
		set_environment();
		if (command)
			execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		else
			execl(LESS_PATH, "less", (char *)NULL);
	}
	error = errno;
	if (write(failed, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Start it. The end of the pipe to write to, or -1 when it could not be run. */
static int start(const char *command)
{
	int data[2], failed[2], error;
	pid_t child;

	if (pipe2(data, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(failed, O_CLOEXEC) < 0) {
		close(data[0]);
		close(data[1]);
		return -1;
	}
	child = fork();
	if (child == 0)
		run(command, data[0], failed[1]);
	close(data[0]);
	close(failed[1]);
	/* Nothing comes when it was run. */
	if (child < 0 || read(failed[0], &error, sizeof(error)) != 0) {
		close(data[1]);
		data[1] = -1;
		if (child > 0)
			waitpid(child, NULL, 0);
	}
	close(failed[0]);
	if (data[1] >= 0)
		pager.process = child;
	return data[1];
}

void pager_begin(const struct cli *cli)
{
	const char *terminal = getenv("TERM"), *command = wanted();
	int end;

	if (cli->no_pager || pager.process || !isatty(STDOUT_FILENO) || !terminal ||
		strcmp(terminal, "dumb") == 0 || (command && command[0] == '\0'))
		return;
	(void)terminal_columns(); /* as long as stdout is the terminal */
	fflush(stdout);
	end = start(command);
	if (end < 0)
		return;
	/* Ctrl-C is for whoever reads: the pager. */
	signal(SIGINT, SIG_IGN);
	pager.used = true;
	if (isatty(STDERR_FILENO)) {
		pager.error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
		if (pager.error >= 0)
			(void)dup2(end, STDERR_FILENO);
	}
	(void)dup2(end, STDOUT_FILENO);
	close(end);
}

void pager_end(void)
{
	if (!pager.process)
		return;
	if (pager.error >= 0)
		(void)dup2(pager.error, STDERR_FILENO);
	while (waitpid(pager.process, NULL, 0) < 0 && errno == EINTR)
		;
	pager.process = 0;
}

bool pager_is_used(void)
{
	return pager.used;
}
