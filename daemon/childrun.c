/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "childrun.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/errtext.h"

void spawn_language(char *text, size_t size)
{
	const char *language = getenv("LANG");

	snprintf(text, size, "LANG=%s", language ? language : "C.UTF-8");
}

/* In the child. Does not return. */
static void become(const struct spawn *spawn)
{
	int input = spawn->input >= 0 ? spawn->input : open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	(void)setpgid(0, 0);
	if (input < 0 || dup2(input, STDIN_FILENO) < 0 ||
		(spawn->output >= 0 && dup2(spawn->output, STDOUT_FILENO) < 0))
		_exit(SPAWN_NOT_STARTED);
	closefrom(STDERR_FILENO + 1);
	execve(spawn->words[0], spawn->words, spawn->environment);
	dprintf(STDERR_FILENO, "hedate: %s: %s\n", spawn->words[0], errtext(-errno));
	_exit(SPAWN_NOT_STARTED);
}

int spawn_start(const struct spawn *spawn, pid_t *ret_pid)
{
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0)
		become(spawn);
	*ret_pid = pid < 0 ? 0 : pid;
	return pid < 0 ? -errno : 0;
}

void spawn_kill(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
