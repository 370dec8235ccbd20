/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "causer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The name of a running process, and whose it is. */
static bool look_up(uint32_t pid, char program[CAUSER_PROGRAM_MAX], uid_t *ret_uid)
{
	char path[48];
	struct stat info;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	ssize_t length = read(fd, program, CAUSER_PROGRAM_MAX - 1);
	bool found = length > 0 && fstat(fd, &info) == 0;

	close(fd);
	if (!found)
		return false;
	program[length] = '\0';
	program[strcspn(program, "\n")] = '\0';
	*ret_uid = info.st_uid;
	return true;
}

void causer_add(struct causer *causer, uint32_t port)
{
	if (port == 0 || port == causer->port || causer->several)
		return;
	if (causer->port != 0) {
		*causer = (struct causer){ .several = true };
		return;
	}
	causer->port = port;
	causer->known = look_up(port, causer->program, &causer->uid);
}

void causer_forget(struct causer *causer)
{
	*causer = (struct causer){ 0 };
}

unsigned int causer_pairs(
	const struct causer *causer, struct causer_text *text, const char *pairs[CAUSER_PAIRS])
{
	unsigned int count = 0;

	if (causer->port != 0) {
		snprintf(text->pid, sizeof(text->pid), "%u", causer->port);
		pairs[count++] = "pid";
		pairs[count++] = text->pid;
	}
	pairs[count++] = "program";
	pairs[count++] = causer->known ? causer->program : causer->several ? "several" : "unknown";
	if (causer->known) {
		snprintf(text->uid, sizeof(text->uid), "%u", causer->uid);
		pairs[count++] = "uid";
		pairs[count++] = text->uid;
	}
	return count;
}
