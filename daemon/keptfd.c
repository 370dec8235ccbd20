/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keptfd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "notify.h"
#include "options.h"

#define FIRST 3 /* descriptors that are passed on begin here, sd_listen_fds(3) */
#define MAX   16

/* The name of the next descriptor; *names goes on behind its colon. */
static bool is_next(const char **names, const char *name)
{
	size_t length = strcspn(*names, ":");
	bool same = strlen(name) == length && strncmp(*names, name, length) == 0;

	*names += length;
	*names += **names == ':';
	return same;
}

static int sort_out(const char *name, unsigned long count)
{
	const char *names = getenv("LISTEN_FDNAMES");
	int found = -1;

	if (!names)
		names = "";
	for (unsigned long i = 0; i < count; i++) {
		int fd = FIRST + (int)i;

		if (is_next(&names, name) && found < 0)
			found = fd;
		else
			close(fd);
	}
	return found;
}

int keptfd_take(const char *name)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	unsigned long owner, count;
	int found = -1;

	if (pid && fds && options_number(pid, INT_MAX, &owner) && (pid_t)owner == getpid() &&
		options_number(fds, MAX, &count))
		found = sort_out(name, count);
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return found;
}

/* FDPOLL=0: it is not to look at the socket, and to let go of it after an error of that. */
int keptfd_give(const char *name, int fd)
{
	char state[128];

	snprintf(state, sizeof(state), "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", name);
	return notify_send_fd(state, fd);
}

int keptfd_drop(const char *name)
{
	char state[128];

	snprintf(state, sizeof(state), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	return notify_send(state);
}
