/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sshpeer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE	"SSH_CONNECTION"
#define ENVIRONMENT_MAX (256u << 10) /* bytes of it that are looked at */
#define GENERATIONS_MAX 64

/* "client port server port" */
static bool parse(const char *text, struct sshpeer *ret_peer)
{
	struct sshpeer peer;
	unsigned int port;

	if (sscanf(text, "%63s %*u %*63s %u", peer.client, &port) != 2 || port == 0 ||
		port > UINT16_MAX)
		return false;
	peer.port = (uint16_t)port;
	*ret_peer = peer;
	return true;
}

/* A file of /proc, up to size - 1 bytes and a NUL. The bytes, or 0. */
static size_t read_file(pid_t pid, const char *name, char *bytes, size_t size)
{
	char path[64];
	size_t length = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (length < size - 1 && (got = read(fd, bytes + length, size - 1 - length)) > 0)
		length += (size_t)got;
	close(fd);
	bytes[length] = '\0';
	return length;
}

static bool find_in(pid_t pid, struct sshpeer *ret_peer)
{
	static const char wanted[] = VARIABLE "=";
	char *bytes = malloc(ENVIRONMENT_MAX);
	size_t length = bytes ? read_file(pid, "environ", bytes, ENVIRONMENT_MAX) : 0;
	bool found = false;

	for (size_t at = 0; at < length && !found; at += strlen(bytes + at) + 1)
		found = strncmp(bytes + at, wanted, sizeof(wanted) - 1) == 0 &&
			parse(bytes + at + sizeof(wanted) - 1, ret_peer);
	free(bytes);
	return found;
}

/* The parent of a process, 0 when it cannot be known. */
static pid_t parent_of(pid_t pid)
{
	char text[4096];
	const char *line;
	int parent;

	if (read_file(pid, "status", text, sizeof(text)) == 0)
		return 0;
	line = strstr(text, "\nPPid:");
	return line && sscanf(line, "\nPPid: %d", &parent) == 1 ? parent : 0;
}

bool sshpeer_find(struct sshpeer *ret_peer)
{
	const char *own = getenv(VARIABLE);
	pid_t pid = getpid();

	if (own)
		return parse(own, ret_peer);
	for (int i = 0; i < GENERATIONS_MAX && (pid = parent_of(pid)) > 1; i++)
		if (find_in(pid, ret_peer))
			return true;
	return false;
}
