/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logscan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "logfile.h"
#include "seal.h"

#define BLOCK (256u << 10)

struct logscan {
	int directory;
	struct logfile *file; /* the segment; NULL: it is not open yet */
	bool *damaged;	      /* of each segment; owned */
	const struct logscan_names *names;
	struct logscan_position position;
	char *buffer; /* bytes from position on are start to used */
	size_t room, start, used;
};

/* Names --------------------------------------------------------------------------------------- */

/* What a file of this kind is called here. 0, or -EINVAL when it is none. */
static int take_name(enum logscan_kind kind, const char *file, char name[LOGNAME_MAX])
{
	static const char ending[] = LOGFILE_ENDING;
	char seal[LOGNAME_MAX] = "", segment[LOGNAME_MAX];
	size_t length = strlen(file), cut = sizeof(ending) - 1;
	if (kind == LOGSCAN_SEGMENTS)
		return logfile_segment(file, name, NULL);
	if (length > cut && strcmp(file + length - cut, ending) == 0)
		length -= cut;
	if (length >= sizeof(seal))
		return -EINVAL;
	memcpy(seal, file, length);
	int r = seal_segment(seal, segment);
	return r < 0 ? r : seal_name(segment, name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int add_name(struct logscan_names *names, const char *name)
{
	char(*grown)[LOGNAME_MAX] = array_reserve_next(names->names, sizeof(*grown), names->count);
	if (!grown)
		return -ENOMEM;
	names->names = grown;
	memcpy(names->names[names->count++], name, strlen(name) + 1);
	return 0;
}

/* A segment that is there in both forms is one. */
static void drop_twins(struct logscan_names *names)
{
	size_t kept = 0;
	for (size_t i = 0; i < names->count; i++)
		if (kept == 0 || strcmp(names->names[kept - 1], names->names[i]) != 0)
			memmove(names->names[kept++], names->names[i], LOGNAME_MAX);
	names->count = kept;
}

int logscan_list(const char *directory, enum logscan_kind kind, struct logscan_names *ret_names)
{
	const struct dirent *entry;
	char name[LOGNAME_MAX];
	int r = 0;
	DIR *stream = opendir(directory);
	memset(ret_names, 0, sizeof(*ret_names));
	if (!stream)
		return -errno;
	while (r == 0 && (entry = readdir(stream)))
		if (take_name(kind, entry->d_name, name) == 0)
			r = add_name(ret_names, name);
	closedir(stream);
	if (r < 0)
		logscan_free_names(ret_names);
	else if (ret_names->count > 0)
		qsort(ret_names->names, ret_names->count, LOGNAME_MAX, compare_names);
	drop_twins(ret_names);
	return r;
}

void logscan_free_names(struct logscan_names *names)
{
	free(names->names);
	memset(names, 0, sizeof(*names));
}

/* Lines --------------------------------------------------------------------------------------- */

int logscan_open(
	const char *directory, const struct logscan_names *names, struct logscan **ret_scan)
{
	struct logscan *scan = calloc(1, sizeof(*scan));
	if (!scan)
		return -ENOMEM;
	scan->names = names;
	scan->damaged = calloc(names->count + 1, sizeof(*scan->damaged));
	scan->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = scan->directory < 0 ? -errno : scan->damaged ? 0 : -ENOMEM;
	if (r < 0)
		logscan_close(scan);
	else
		*ret_scan = scan;
	return r;
}

static void leave(struct logscan *scan)
{
	logfile_close(scan->file);
	scan->file = NULL;
	scan->start = scan->used = 0;
}

void logscan_close(struct logscan *scan)
{
	if (!scan)
		return;
	leave(scan);
	if (scan->directory >= 0)
		close(scan->directory);
	free(scan->damaged);
	free(scan->buffer);
	free(scan);
}

void logscan_seek(struct logscan *scan, struct logscan_position position)
{
	if (position.segment != scan->position.segment)
		leave(scan);
	scan->position = position;
	scan->start = scan->used = 0;
}

struct logscan_position logscan_tell(const struct logscan *scan)
{
	return scan->position;
}

static int enter(struct logscan *scan)
{
	return logfile_open(
		scan->directory, scan->names->names[scan->position.segment], &scan->file);
}

/* Another block behind what is buffered. Its length, 0 at the end of the file. */
static ssize_t fill(struct logscan *scan)
{
	size_t have = scan->used - scan->start;
	if (scan->buffer && scan->start > 0)
		memmove(scan->buffer, scan->buffer + scan->start, have);
	scan->start = 0;
	scan->used = have;
	if (scan->room < have + BLOCK) {
		size_t room = have * 2 + BLOCK;
		char *grown = realloc(scan->buffer, room);
		if (!grown)
			return -ENOMEM;
		scan->buffer = grown;
		scan->room = room;
	}
	ssize_t got = logfile_read(scan->file, scan->buffer + have, scan->room - have,
		(int64_t)(scan->position.offset + have));
	if (got > 0)
		scan->used += (size_t)got;
	return got;
}

static void take(struct logscan *scan, size_t length, bool whole, struct logscan_line *ret_line)
{
	size_t bytes = length + (whole ? 1 : 0);
	ret_line->text = scan->buffer + scan->start;
	ret_line->length = length;
	ret_line->whole = whole;
	ret_line->begin = ret_line->end = scan->position;
	ret_line->end.offset += bytes;
	scan->start += bytes;
	scan->position.offset += bytes;
}

/* 1; 0 at the end of the segment. */
static int next_in_segment(struct logscan *scan, struct logscan_line *ret_line)
{
	size_t scanned = 0;
	for (;;) {
		size_t have = scan->used - scan->start;
		const char *begin = have > scanned ? scan->buffer + scan->start : NULL;
		const char *end = begin ? memchr(begin + scanned, '\n', have - scanned) : NULL;
		if (end) {
			take(scan, (size_t)(end - begin), true, ret_line);
			return 1;
		}
		scanned = have;
		ssize_t got = fill(scan);
		if (got == -EBADMSG)
			scan->damaged[scan->position.segment] = true;
		else if (got < 0)
			return (int)got;
		if (got > 0)
			continue;
		if (have > 0)
			take(scan, have, false, ret_line);
		return have > 0;
	}
}

int logscan_next(struct logscan *scan, struct logscan_line *ret_line)
{
	while (scan->position.segment < scan->names->count) {
		int r = scan->file ? 0 : enter(scan);
		if (r == 0)
			r = next_in_segment(scan, ret_line);
		else if (r == -EBADMSG)
			scan->damaged[scan->position.segment] = true;
		if (r != 0 && r != -EBADMSG)
			return r;
		logscan_seek(scan, (struct logscan_position){ scan->position.segment + 1, 0 });
	}
	return 0;
}

bool logscan_is_damaged(const struct logscan *scan, size_t segment)
{
	return segment < scan->names->count && scan->damaged[segment];
}

int logscan_read(const char *directory, const char *name, char **ret_text, size_t *ret_length)
{
	struct logscan_names names = { .count = 1 };
	struct logscan *scan = NULL;
	char one[1][LOGNAME_MAX] = { "" };
	strncpy(one[0], name, LOGNAME_MAX - 1);
	names.names = one;
	int r = logscan_open(directory, &names, &scan);
	if (!scan)
		return r;
	r = enter(scan);
	ssize_t got = r;
	while (r == 0 && (got = fill(scan)) > 0)
		;
	r = got < 0 ? (int)got : 0;
	if (!scan->buffer && r == 0)
		r = -ENOMEM; /* fill() has made it */
	if (r == 0) {
		scan->buffer[scan->used] = '\0'; /* fill() always leaves room */
		*ret_text = scan->buffer;
		*ret_length = scan->used;
		scan->buffer = NULL;
	}
	logscan_close(scan);
	return r;
}
