/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run a command to its end and say what it took.
 *
 *	timed COMMAND [ARGUMENT...]
 *
 * Writes to descriptor 3: nanoseconds of wall time, peak resident KiB, exit status. A program of
 * its own because the peak of a process begins with that of the one it was forked from, and because
 * it can be started in a namespace first and take the time afterwards.
 */
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool.h"

#define RESULT_FD 3

int main(int argc, char **argv)
{
	struct rusage usage;
	uint64_t start, elapsed;
	int status;
	pid_t pid;

	if (argc < 2) {
		fputs("usage: timed COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	start = now_ns(CLOCK_MONOTONIC);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		close(RESULT_FD);
		execvp(argv[1], argv + 1);
		die("%s", argv[1]);
	}
	if (wait4(pid, &status, 0, &usage) < 0)
		die("wait4");
	elapsed = now_ns(CLOCK_MONOTONIC) - start;
	dprintf(RESULT_FD, "%llu %ld %d\n", (unsigned long long)elapsed, usage.ru_maxrss,
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
