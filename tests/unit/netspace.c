/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netspace.h"

#include <check.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

bool netspace_allowed(void)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(unshare(CLONE_NEWNET) < 0 ? errno : 0);
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return false;
	if (WEXITSTATUS(status) == 0)
		return true;
	printf("skipped: a network namespace is needed, and making one is refused: %s\n",
		strerror(WEXITSTATUS(status)));
	return false;
}

void netspace_enter(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

const char *netspace_run(int status, const char *command)
{
	static char output[65536];
	char line[4096];
	size_t length;
	FILE *pipe;
	int result;

	snprintf(line, sizeof(line), "exec 2>&1; %s", command);
	pipe = popen(line, "r");
	ck_assert_ptr_nonnull(pipe);
	length = fread(output, 1, sizeof(output) - 1, pipe);
	output[length] = '\0';
	while (fread(line, 1, sizeof(line), pipe) > 0)
		continue;
	result = pclose(pipe);
	ck_assert_msg(WIFEXITED(result) && WEXITSTATUS(result) == status,
		"\"%s\" ended with %d and said: %.2000s", command, WEXITSTATUS(result), output);
	return output;
}
