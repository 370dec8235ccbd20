/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "isolatefile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/fileio.h"

#define OWNER	   "hedate"
#define NEW_SUFFIX ".new"
#define FILE_MODE  0644 /* the directory keeps others out */
#define TEXT_MAX   (1u << 20)
#define WAIT_STEP  20 /* ms */

/* The directory ---------------------------------------------------------------------------------
 */

static int directory_path(const char *config_file, char path[PATH_MAX])
{
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", config_file) >= PATH_MAX)
		return -ENAMETOOLONG;
	int length = snprintf(path, PATH_MAX, "%s/" ISOLATEFILE_DIRECTORY, dirname(copy));

	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* As root, for the user that hedated is, wherever there is one. */
static void give_away(int directory)
{
	const struct passwd *owner = geteuid() == 0 ? getpwnam(OWNER) : NULL;

	if (owner)
		(void)!fchown(directory, owner->pw_uid, owner->pw_gid);
}

int isolatefile_open(const char *config_file, bool make, int *ret_directory)
{
	char path[PATH_MAX];
	int r = directory_path(config_file, path);

	if (r < 0)
		return r;
	bool made = make && mkdir(path, 0750) == 0;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (made)
		give_away(fd);
	*ret_directory = fd;
	return 0;
}

bool isolatefile_lock(int directory)
{
	const struct timespec step = { .tv_nsec = WAIT_STEP * 1000000L };

	for (unsigned int waited = 0; waited < ISOLATEFILE_WAIT_MS; waited += WAIT_STEP) {
		if (flock(directory, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			return true;
		(void)nanosleep(&step, NULL);
	}
	return false;
}

/* Files -----------------------------------------------------------------------------------------
 */

/* -ENOENT: there is none. */
static int read_text(int directory, const char *name, char **ret_text, size_t *ret_length)
{
	int r = fileio_load_at(directory, name, TEXT_MAX, ret_text, ret_length);

	return r == -EFBIG ? -EINVAL : r;
}

/* What another one left behind may belong to somebody else. */
static int write_text(int directory, const char *name, const char *text, size_t length)
{
	char new_name[NAME_MAX];

	snprintf(new_name, sizeof(new_name), "%s" NEW_SUFFIX, name);
	(void)unlinkat(directory, new_name, 0);
	return fileio_replace(directory, name, new_name, FILE_MODE, text, length);
}

/* The list --------------------------------------------------------------------------------------
 */

int isolatefile_load(int directory, struct isolation *ret_isolation, unsigned int *ret_line)
{
	size_t length = 0;
	char *text = NULL;
	int r = read_text(directory, ISOLATEFILE_ENTRIES, &text, &length);

	*ret_isolation = (struct isolation){ 0 };
	*ret_line = 0;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = isolation_parse(text, length, ret_isolation, ret_line);
	free(text);
	return r;
}

int isolatefile_save(int directory, const struct isolation *isolation)
{
	size_t length;
	char *text;
	int r = isolation_format(isolation, &text, &length);

	if (r < 0)
		return r;
	r = write_text(directory, ISOLATEFILE_ENTRIES, text, length);
	free(text);
	return r;
}

void isolatefile_set_aside(int directory)
{
	(void)renameat(directory, ISOLATEFILE_ENTRIES, directory, ISOLATEFILE_BROKEN);
}

/* Zones -----------------------------------------------------------------------------------------
 */

int isolatefile_zones(int directory, isolatefile_line function, void *data, char **ret_text)
{
	char *next, *interface;
	size_t length;
	int r = read_text(directory, ISOLATEFILE_ZONES, ret_text, &length);

	if (r < 0)
		*ret_text = NULL;
	for (char *line = *ret_text; r == 0 && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		interface = strchr(line, '\t');
		if (!interface)
			return -EINVAL;
		*interface++ = '\0';
		r = function(line, interface, data);
	}
	return r;
}

static bool same_text(int directory, const char *text, size_t length)
{
	size_t there_length = 0;
	char *there = NULL;

	if (read_text(directory, ISOLATEFILE_ZONES, &there, &there_length) < 0)
		return false;
	bool same = there && there_length == length && memcmp(there, text, length) == 0;

	free(there);
	return same;
}

int isolatefile_put_zones(int directory, const struct policy *policy)
{
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);
	int r = 0;

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < policy->segment_count; i++)
		fprintf(out, "%s\t%s\n", policy->zones[policy->segments[i].zone].name,
			policy->segments[i].interface);
	if (fclose(out) != 0)
		return -ENOMEM;
	if (!same_text(directory, text, length))
		r = write_text(directory, ISOLATEFILE_ZONES, text, length);
	free(text);
	return r;
}
