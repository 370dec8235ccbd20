/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proposalfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/conf.h"
#include "../lib/fileio.h"
#include "rundir.h"

#define DRAFT	  "draft" /* a file on its way to its name */
#define FILE_MODE 0640
#define FILE_MAX  (CONF_SIZE_MAX + 16384) /* bytes: the line, and what follows it */

void proposalfile_name(const struct proposal *proposal, char name[PROPOSALFILE_NAME_MAX])
{
	char digest[PROPOSAL_DIGEST_MAX];

	proposal_digest_text(proposal->digest, digest);
	snprintf(name, PROPOSALFILE_NAME_MAX, "%s" PROPOSALFILE_EXTENSION, digest);
}

/* Nobody else may have put anything there. */
static int check_owner(int fd, const struct sandbox_user *user)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_uid != 0 && status.st_uid != geteuid() &&
		!(user && status.st_uid == user->uid))
		return -EPERM;
	return status.st_mode & (S_IWGRP | S_IWOTH) ? -EPERM : 0;
}

int proposalfile_open(
	const char *state_directory, const struct sandbox_user *user, int *ret_directory)
{
	char path[PATH_MAX];
	int fd, r = rundir_make(state_directory, 0750, user);

	snprintf(path, sizeof(path), "%s/" PROPOSALFILE_DIRECTORY, state_directory);
	if (r == 0)
		r = rundir_make(path, 0750, user);
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = check_owner(fd, user);
	if (r < 0)
		close(fd);
	else
		*ret_directory = fd;
	return r;
}

/* ---- writing ---- */

int proposalfile_put(
	int directory, const struct proposal *proposal, const char *bytes, size_t length)
{
	char name[PROPOSALFILE_NAME_MAX], *text;
	struct json json;
	int r = -ENOMEM;

	json_init(&json);
	proposal_write(&json, proposal);
	text = json.failed ? NULL : malloc(json.length + length);
	if (text) {
		memcpy(text, json.text, json.length);
		memcpy(text + json.length, bytes, length);
		proposalfile_name(proposal, name);
		r = fileio_replace(directory, name, DRAFT, FILE_MODE, text, json.length + length);
	}
	free(text);
	json_clear(&json);
	return r;
}

int proposalfile_remove(int directory, const struct proposal *proposal)
{
	char name[PROPOSALFILE_NAME_MAX];

	proposalfile_name(proposal, name);
	if (unlinkat(directory, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return fsync(directory) < 0 ? -errno : 0;
}

/* ---- reading ---- */

/* A NUL follows what was read. */
static int read_all(int fd, char **ret_text, size_t *ret_length)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_mode & (S_IWGRP | S_IWOTH) ||
		status.st_size > (off_t)FILE_MAX)
		return -EBADMSG;
	return fileio_load(fd, FILE_MAX, ret_text, ret_length);
}

/* The line, and are the bytes behind it what it says? And is the file called by that? */
static int check(const char *name, const char *text, size_t length, struct proposal *ret_proposal,
	size_t *ret_start)
{
	const char *end = memchr(text, '\n', length);
	char wanted[PROPOSALFILE_NAME_MAX];
	uint8_t digest[POLICY_DIGEST_LENGTH];
	size_t line = end ? (size_t)(end - text) : 0;
	int r = end ? proposal_read(text, line, ret_proposal) : -EINVAL;

	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	proposalfile_name(ret_proposal, wanted);
	crypto_generichash(digest, sizeof(digest), (const unsigned char *)text + line + 1,
		length - line - 1, NULL, 0);
	*ret_start = line + 1;
	return strcmp(name, wanted) == 0 &&
			       memcmp(digest, ret_proposal->digest, sizeof(digest)) == 0
		       ? 0
		       : -EBADMSG;
}

int proposalfile_get(int directory, const char *name, struct proposal *ret_proposal,
	char **ret_bytes, size_t *ret_length)
{
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t length = 0, start = 0;
	char *text = NULL;

	if (fd < 0)
		return -errno;
	int r = read_all(fd, &text, &length);

	close(fd);
	if (r < 0 || !text)
		return r < 0 ? r : -EIO;
	r = check(name, text, length, ret_proposal, &start);
	if (r < 0 || !ret_bytes) {
		free(text);
		return r;
	}
	memmove(text, text + start, length - start + 1);
	*ret_bytes = text;
	*ret_length = length - start;
	return 0;
}

static bool is_proposal(const char *name)
{
	size_t length = strlen(name), end = strlen(PROPOSALFILE_EXTENSION);

	return length > end && strcmp(name + length - end, PROPOSALFILE_EXTENSION) == 0;
}

int proposalfile_each(int directory, proposalfile_function function, void *data)
{
	DIR *names;
	int r = fileio_names(directory, ".", &names);

	if (r < 0)
		return r;
	(void)unlinkat(directory, DRAFT, 0);
	for (struct dirent *entry; r == 0 && (entry = readdir(names));)
		if (is_proposal(entry->d_name))
			r = function(entry->d_name, data);
	closedir(names);
	return r;
}
