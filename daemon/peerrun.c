/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peerrun.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "childrun.h"
#include "clock.h"

#define VARIABLE_MAX 512

struct environment {
	char home[VARIABLE_MAX], language[VARIABLE_MAX];
	char *list[4];
};

static void make_environment(struct environment *ret_environment)
{
	static char path[] = SPAWN_PATH;
	const char *home = getenv("HOME");

	snprintf(ret_environment->home, VARIABLE_MAX, "HOME=%s", home ? home : "/");
	spawn_language(ret_environment->language, VARIABLE_MAX);
	ret_environment->list[0] = path;
	ret_environment->list[1] = ret_environment->home;
	ret_environment->list[2] = ret_environment->language;
	ret_environment->list[3] = NULL;
}

static int start(char *const words[], int *ret_fd, pid_t *ret_pid)
{
	struct environment environment = { 0 };
	int ends[2];

	make_environment(&environment);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	const struct spawn spawn = { words, environment.list, -1, ends[1] };
	int error = spawn_start(&spawn, ret_pid);

	close(ends[1]);
	if (error)
		close(ends[0]);
	else
		*ret_fd = ends[0];
	return error;
}

/* Until the other end is closed. */
static int read_all(int fd, int64_t deadline, char *text, size_t size, size_t *ret_length)
{
	*ret_length = 0;
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - clock_monotonic();
		char more[4096];

		if (left <= 0 || poll(&wait, 1, (int)(left / 1000000) + 1) == 0)
			return -ETIMEDOUT;
		ssize_t length = read(fd, more, sizeof(more));

		if (length == 0)
			return 0;
		if (length < 0 && errno != EINTR)
			return -errno;
		if (length < 0)
			continue;
		if ((size_t)length > size - *ret_length)
			return -EFBIG;
		memcpy(text + *ret_length, more, (size_t)length);
		*ret_length += (size_t)length;
	}
}

/* It has closed its output; it may still be there. */
static int wait_for(pid_t pid, int64_t deadline, int *ret_status)
{
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_monotonic() >= deadline)
			return -ETIMEDOUT;
		poll(NULL, 0, 10);
	}
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return *ret_status == 0 ? 0 : -ECHILD;
}

int peerrun(char *const words[], unsigned int seconds, char *text, size_t size, size_t *ret_length,
	int *ret_status)
{
	int64_t deadline = clock_monotonic() + (int64_t)seconds * CLOCK_SECOND;
	pid_t pid = 0;
	int fd = -1, r = start(words, &fd, &pid);

	*ret_status = 0;
	if (r < 0)
		return r;
	r = read_all(fd, deadline, text, size, ret_length);
	close(fd);
	if (r == 0)
		r = wait_for(pid, deadline, ret_status);
	if (r < 0 && r != -ECHILD)
		spawn_kill(pid);
	return r;
}
