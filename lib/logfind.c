/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logfind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logfile.h"
#include "logread.h"
#include "logscan.h"

#define CHUNK (64u << 10)

struct finder {
	int directory;
	uint64_t sequence;
	struct logfile *file;
	int64_t size;
	bool damaged; /* something could not be read, so that what is not found may be there */
	char *line;   /* owned */
	size_t room;
	char chunk[CHUNK];
};

/* Where the next newline is, from there on. 1; 0: there is none; negative errno, which came of
 * reading at *ret_failed. */
static int find_newline(
	struct finder *finder, int64_t from, int64_t *ret_place, int64_t *ret_failed)
{
	while (from < finder->size) {
		ssize_t length = logfile_read(finder->file, finder->chunk, CHUNK, from);
		const char *newline;

		*ret_failed = from;
		if (length <= 0)
			return (int)length;
		newline = memchr(finder->chunk, '\n', (size_t)length);
		if (newline) {
			*ret_place = from + (newline - finder->chunk);
			return 1;
		}
		from += length;
	}
	return 0;
}

/* A line, into finder->line. */
static int read_line(struct finder *finder, int64_t begin, size_t length)
{
	size_t done = 0;

	if (length > LOGREAD_LINE_MAX)
		return -EMSGSIZE;
	if (length >= finder->room) {
		char *line = realloc(finder->line, length + 1);

		if (!line)
			return -ENOMEM;
		finder->line = line;
		finder->room = length + 1;
	}
	while (done < length) {
		ssize_t part = logfile_read(
			finder->file, finder->line + done, length - done, begin + (int64_t)done);

		if (part <= 0)
			return part < 0 ? (int)part : -EIO;
		done += (size_t)part;
	}
	finder->line[length] = '\0';
	return 0;
}

/* 0: it has none. */
static uint64_t sequence_of(const char *line)
{
	static const char key[] = "\"event.sequence\":";
	const char *found = strstr(line, key);

	return found ? strtoull(found + sizeof(key) - 1, NULL, 10) : 0;
}

struct found {
	int64_t end; /* behind its newline */
	size_t length;
	uint64_t sequence;
};

/* The line that begins there. 1; 0: it does not end; negative errno; -EBADMSG: what is at
 * *ret_damage cannot be read. */
static int line_at(
	struct finder *finder, int64_t begin, struct found *ret_found, int64_t *ret_damage)
{
	int64_t end;
	int r = find_newline(finder, begin, &end, ret_damage);

	if (r <= 0)
		return r;
	ret_found->length = (size_t)(end - begin);
	ret_found->end = end + 1;
	r = read_line(finder, begin, ret_found->length);
	if (r < 0)
		return r;
	ret_found->sequence = sequence_of(finder->line);
	return 1;
}

/* The first whole line that begins there or later. What is damaged is gone over: behind it, a line
 * begins where a frame does. 1; 0: there is none; negative errno. */
static int line_from(struct finder *finder, int64_t offset, struct found *ret_found)
{
	int64_t begin = 0, damage = 0;
	int r = 1;

	if (offset > 0) {
		r = find_newline(finder, offset - 1, &begin, &damage);
		begin++;
	}
	if (r > 0)
		r = line_at(finder, begin, ret_found, &damage);
	while (r == -EBADMSG) {
		finder->damaged = true;
		begin = logfile_next_whole(finder->file, damage);
		r = begin < finder->size ? line_at(finder, begin, ret_found, &damage) : 0;
	}
	return r;
}

/* In the open file. 1: finder->line is it; 0: it is not there; negative errno. */
static int find_in_file(struct finder *finder, struct found *ret_found)
{
	int64_t low = 0, high = finder->size;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		int r = line_from(finder, middle, ret_found);

		if (r < 0)
			return r;
		if (r > 0 && ret_found->sequence == finder->sequence)
			return 1;
		if (r > 0 && ret_found->sequence < finder->sequence)
			low = ret_found->end;
		else
			high = middle;
	}
	return 0;
}

static int open_file(struct finder *finder, const char *name)
{
	int r;

	logfile_close(finder->file);
	finder->file = NULL;
	r = logfile_open(finder->directory, name, &finder->file);
	return r < 0 ? r : logfile_size(finder->file, &finder->size);
}

/* The number of a file's first record; 0: it has none. */
static int first_in_file(struct finder *finder, const char *name, uint64_t *ret_sequence)
{
	struct found found = { 0 };
	int r = open_file(finder, name);

	*ret_sequence = 0;
	if (r == -EBADMSG) {
		finder->damaged = true;
		return 0;
	}
	if (r == 0)
		r = line_from(finder, 0, &found);
	if (r > 0)
		*ret_sequence = found.sequence;
	return r < 0 && r != -ENOENT ? r : 0;
}

/* The last file that begins with this number or a smaller one. */
static int find_file(struct finder *finder, const struct logscan_names *names, size_t *ret_index)
{
	size_t low = 0, high = names->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2, at = middle;
		uint64_t first = 0;
		int r = 0;

		/* One without records says nothing. */
		for (; at < high && first == 0 && r == 0; at++)
			r = first_in_file(finder, names->names[at], &first);
		if (r < 0)
			return r;
		if (first != 0 && first <= finder->sequence)
			low = at - 1;
		else
			high = middle;
	}
	*ret_index = low;
	return names->count > 0 ? 0 : -ENOENT;
}

static int find(struct finder *finder, const char *directory, struct found *ret_found)
{
	struct logscan_names names;
	size_t index;
	int r = logscan_list(directory, LOGSCAN_SEGMENTS, &names);

	if (r < 0)
		return r;
	r = find_file(finder, &names, &index);
	if (r == 0)
		r = open_file(finder, names.names[index]);
	if (r == 0)
		r = find_in_file(finder, ret_found);
	logscan_free_names(&names);
	if (r < 0)
		return r;
	return r > 0 ? 0 : finder->damaged ? -EBADMSG : -ENOENT;
}

int logfind(const char *directory, uint64_t sequence, char **ret_line, size_t *ret_length)
{
	struct finder *finder = calloc(1, sizeof(*finder));
	struct found found = { 0 };
	int r;

	if (!finder)
		return -ENOMEM;
	finder->sequence = sequence;
	finder->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = finder->directory < 0 ? -errno : find(finder, directory, &found);
	if (r == 0) {
		*ret_line = finder->line;
		*ret_length = found.length;
		finder->line = NULL;
	}
	logfile_close(finder->file);
	if (finder->directory >= 0)
		close(finder->directory);
	free(finder->line);
	free(finder);
	return r;
}
