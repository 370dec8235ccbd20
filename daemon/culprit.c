/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "culprit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/fileio.h"

#define NOBODY_LOGGED_IN UINT32_MAX

/* The beginning of a file of the process, as text. Its length, or negative errno. */
static ssize_t read_file(int directory, const char *name, char *text, size_t size)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	ssize_t length = fileio_read(fd, text, size - 1, 0);

	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return length;
}

static int open_process(const char *proc, uint32_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%u", proc, pid);
	return pid ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static bool is_named(int directory, const char *name)
{
	char comm[32];

	if (read_file(directory, "comm", comm, sizeof(comm)) <= 0)
		return false;
	comm[strcspn(comm, "\n")] = '\0';
	return strcmp(comm, name) == 0;
}

/* "Uid: real effective saved file" */
static bool read_uid(int directory, uid_t *ret_uid)
{
	char text[1024];
	unsigned int real, effective;

	if (read_file(directory, "status", text, sizeof(text)) <= 0)
		return false;
	const char *line = strstr(text, "\nUid:");

	if (!line || sscanf(line, "\nUid:%u%u", &real, &effective) != 2)
		return false;
	*ret_uid = effective;
	return true;
}

static void read_login(int directory, struct culprit *culprit)
{
	char text[32];
	unsigned int uid;

	if (read_file(directory, "loginuid", text, sizeof(text)) <= 0 ||
		sscanf(text, "%u", &uid) != 1 || uid == NOBODY_LOGGED_IN)
		return;
	culprit->has_login = true;
	culprit->login = uid;
}

static void make_plain(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = ' ';
		else if (text[i] < 0x20 || text[i] > 0x7e)
			text[i] = '?';
	while (length > 0 && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
}

static void read_words(int directory, struct culprit *culprit)
{
	ssize_t length =
		read_file(directory, "cmdline", culprit->command, sizeof(culprit->command));

	make_plain(culprit->command, length > 0 ? (size_t)length : 0);
	length = readlinkat(directory, "exe", culprit->program, sizeof(culprit->program) - 1);
	make_plain(culprit->program, length > 0 ? (size_t)length : 0);
}

static bool look_at(const char *proc, uint32_t pid, struct culprit *culprit)
{
	int directory = open_process(proc, pid);

	if (directory < 0)
		return false;
	culprit->found = is_named(directory, culprit->name) && read_uid(directory, &culprit->uid);
	if (culprit->found) {
		read_login(directory, culprit);
		read_words(directory, culprit);
	}
	close(directory);
	return culprit->found;
}

void culprit_find(const char *proc, uint32_t pid, uint32_t port, const char *name,
	struct culprit *ret_culprit)
{
	*ret_culprit = (struct culprit){ .pid = pid };
	snprintf(ret_culprit->name, sizeof(ret_culprit->name), "%s", name);
	if (!look_at(proc, pid, ret_culprit) && port != pid)
		(void)look_at(proc, port, ret_culprit);
	make_plain(ret_culprit->name, strlen(ret_culprit->name));
}

static void put(const char **pairs, size_t *count, const char *key, const char *value)
{
	pairs[(*count)++] = key;
	pairs[(*count)++] = value;
}

void culprit_pairs(
	const struct culprit *culprit, struct culprit_text *text, const char **pairs, size_t *count)
{
	snprintf(text->pid, sizeof(text->pid), "%u", culprit->pid);
	snprintf(text->uid, sizeof(text->uid), "%u", culprit->uid);
	snprintf(text->login, sizeof(text->login), "%u", culprit->login);
	if (culprit->pid)
		put(pairs, count, "by.pid", text->pid);
	if (culprit->name[0])
		put(pairs, count, "by.name", culprit->name);
	if (culprit->found)
		put(pairs, count, "by.uid", text->uid);
	if (culprit->has_login)
		put(pairs, count, "by.login_uid", text->login);
	if (culprit->program[0])
		put(pairs, count, "by.program", culprit->program);
	if (culprit->command[0])
		put(pairs, count, "by.command", culprit->command);
}
