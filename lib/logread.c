/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logread_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fileio.h"
#include "logrecord.h"

int logread_open(const char *directory, struct logread **ret_log)
{
	struct logread *log = calloc(1, sizeof(*log));
	int error;

	if (!log)
		return -ENOMEM;
	log->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log->directory < 0) {
		error = -errno;
		free(log);
		return error;
	}
	*ret_log = log;
	return 0;
}

void logread_leave(struct logread *log)
{
	logfile_close(log->opened);
	log->opened = NULL;
	log->start = log->used = 0;
	log->buffer_offset = 0;
	log->skipping = false;
	log->successor[0] = '\0';
	log->limit = 0;
	if (log->scout)
		log->scout->opened = NULL; /* it was ours */
}

void logread_close(struct logread *log)
{
	if (!log)
		return;
	logread_leave(log);
	close(log->directory);
	if (log->scout)
		free(log->scout->buffer);
	free(log->scout);
	free(log->buffer);
	free(log);
}

int logread_whole_groups(struct logread *log)
{
	log->scout = calloc(1, sizeof(*log->scout));
	if (!log->scout)
		return -ENOMEM;
	log->scout->directory = -1;
	return 0;
}

void logread_skip_damaged(struct logread *log,
	void (*damaged)(const struct logread_damage *damage, void *data), void *data)
{
	log->skip_damaged = true;
	log->damaged = damaged;
	log->data = data;
}

void logread_tell_damage(struct logread *log, int64_t begin, int64_t end)
{
	const struct logread_damage damage = { .file = log->file, .begin = begin, .end = end };

	log->met_damage = true;
	if (log->damaged)
		log->damaged(&damage, log->data);
}

/* Does a come after b, in the direction in which we look? */
static bool beyond(enum logread_neighbour which, const char *a, const char *b)
{
	int order = strcmp(a, b);

	return which == LOGREAD_NEXT ? order > 0 : order < 0;
}

int logread_neighbour(const struct logread *log, enum logread_neighbour which, const char *of,
	char ret_name[LOGNAME_MAX])
{
	char best[LOGNAME_MAX] = "", name[LOGNAME_MAX];
	struct dirent *entry;
	DIR *directory;
	int r = fileio_names(log->directory, ".", &directory);

	if (r < 0)
		return r;
	while ((entry = readdir(directory))) {
		/* Other files may lie beside the log's. */
		if (logfile_segment(entry->d_name, name, NULL) < 0 || !beyond(which, name, of))
			continue;
		if (best[0] == '\0' || beyond(which, best, name))
			memcpy(best, name, sizeof(best));
	}
	closedir(directory);
	memcpy(ret_name, best, sizeof(best));
	return best[0] != '\0';
}

int logread_enter(struct logread *log, const char *name)
{
	char copy[LOGNAME_MAX];
	int error;

	memcpy(copy, name, sizeof(copy)); /* name may be log->successor */
	logread_leave(log);
	memcpy(log->file, copy, sizeof(log->file));
	error = logfile_open(log->directory, log->file, &log->opened);
	if (error == -EBADMSG && log->skip_damaged) {
		logread_tell_damage(log, 0, -1);
		return -ENOENT;
	}
	return error == -EINVAL ? -ENOENT : error;
}

void logread_seek_day(struct logread *log, const char *day)
{
	logread_leave(log);
	/* Sorts before the day's own file and after that of the day before. */
	memset(log->file, 0, sizeof(log->file));
	memcpy(log->file, "hedate-", 7);
	memcpy(log->file + 7, day, strnlen(day, 8));
}

void logread_place(struct logread *log, int64_t offset)
{
	log->start = log->used = 0;
	log->buffer_offset = offset;
	log->skipping = false;
}

int64_t logread_offset(const struct logread *log)
{
	size_t reached = log->backward ? log->used : log->start;

	return log->buffer_offset + (int64_t)reached;
}

void logread_seek(struct logread *log, const struct logread_position *position)
{
	if (position->file[0] == '\0') {
		logread_leave(log);
		log->file[0] = '\0';
	} else if (logread_enter(log, position->file) == 0) {
		logread_place(log, position->offset);
	}
}

void logread_tell(const struct logread *log, struct logread_position *ret_position)
{
	memcpy(ret_position->file, log->file, sizeof(log->file));
	ret_position->offset = logread_offset(log);
}

struct logread_findings logread_findings(const struct logread *log)
{
	return log->findings;
}

void logread_direction(struct logread *log, bool backward)
{
	struct logread_position position;

	if (log->backward == backward)
		return;
	logread_tell(log, &position);
	log->backward = backward;
	logread_place(log, position.offset);
}

int logread_grow(struct logread *log, size_t room)
{
	char *buffer;

	if (log->room >= room && log->buffer)
		return 0;
	buffer = realloc(log->buffer, room + 1);
	if (!buffer)
		return -ENOMEM;
	log->buffer = buffer;
	log->room = room;
	return 0;
}

/* Forward: put the next block behind what is buffered. Bytes read, 0 at the end, negative errno. */
static ssize_t fill_forward(struct logread *log)
{
	ssize_t got;
	int error;

	if (log->buffer && log->start > 0) {
		memmove(log->buffer, log->buffer + log->start, log->used - log->start);
		log->buffer_offset += (int64_t)log->start;
		log->used -= log->start;
		log->start = 0;
	}
	error = logread_grow(log, log->used + LOGREAD_BLOCK);
	if (error < 0)
		return error;
	got = logfile_read(log->opened, log->buffer + log->used, LOGREAD_BLOCK,
		log->buffer_offset + (int64_t)log->used);
	if (got > 0)
		log->used += (size_t)got;
	return got;
}

/* Take the next line out of the buffer, if it is complete. scanned: bytes known to hold no
 * newline. */
static bool take_line(struct logread *log, size_t scanned, char **ret_line, size_t *ret_length)
{
	char *line = log->buffer + log->start;
	char *end = log->used - log->start > scanned
			    ? memchr(line + scanned, '\n', log->used - log->start - scanned)
			    : NULL;

	if (!end)
		return false;
	*end = '\0';
	*ret_line = line;
	*ret_length = (size_t)(end - line);
	log->start += *ret_length + 1;
	return true;
}

/* What to do with the part of a line that is too long: forget it, count it once. */
static void skip_part(struct logread *log)
{
	if (!log->skipping)
		log->findings.too_long++;
	log->skipping = true;
	log->start = log->used;
}

/* Where reading came to something damaged: behind it, with the line that it begins in. */
static void skip_damaged(struct logread *log)
{
	int64_t begin = log->buffer_offset + (int64_t)log->start;
	int64_t end = logfile_next_whole(log->opened, log->buffer_offset + (int64_t)log->used);

	logread_tell_damage(log, begin, end);
	logread_place(log, end);
}

/* The next line of the current file, skipping those that are too long. 1, 0 at its end. */
static int next_in_file(struct logread *log, char **ret_line, size_t *ret_length)
{
	size_t scanned = 0;

	for (;;) {
		ssize_t got;

		if (log->buffer && take_line(log, scanned, ret_line, ret_length)) {
			scanned = 0;
			if (log->skipping) {
				log->skipping = false;
				continue;
			}
			if (*ret_length > LOGREAD_LINE_MAX) {
				log->findings.too_long++;
				continue;
			}
			return 1;
		}
		if (log->used - log->start > LOGREAD_LINE_MAX)
			skip_part(log);
		scanned = log->used - log->start;
		got = fill_forward(log);
		if (got == -EBADMSG && log->skip_damaged) {
			skip_damaged(log);
			scanned = 0;
			continue;
		}
		if (got <= 0)
			return (int)got;
	}
}

/* Forget what was buffered behind the end of a file that was cut back. */
static void forget_cut(struct logread *log, int64_t size)
{
	if (log->buffer_offset + (int64_t)log->used > size)
		logread_place(log, logread_offset(log));
}

/* Let the scout read on from where it is. When the file was cut back behind it, the lines that it
 * has read are no more: it begins again at the limit. */
static int place_scout(struct logread *log)
{
	struct logread *scout = log->scout;
	int64_t size;
	int error = logfile_size(log->opened, &size);

	if (error < 0)
		return error;
	forget_cut(log, size);
	forget_cut(scout, size);
	if (scout->opened != log->opened || logread_offset(scout) < log->limit ||
		logread_offset(scout) > size) {
		scout->opened = log->opened;
		scout->met_damage = false;
		logread_place(scout, log->limit);
	}
	return 0;
}

/* Find the end of the group that begins at the limit, and set the limit there. 1; 0: not yet. */
static int find_group(struct logread *log)
{
	struct logread *scout = log->scout;
	char *line;
	size_t length;
	int found = place_scout(log);

	if (found < 0)
		return found;
	scout->skip_damaged = log->skip_damaged;
	while ((found = next_in_file(scout, &line, &length)) > 0) {
		if (log_line_ends_group(line, length)) {
			log->limit = logread_offset(scout);
			scout->met_damage = false;
			return 1;
		}
	}
	if (found == 0 && scout->met_damage) { /* its end is lost, not missing */
		log->limit = logread_offset(scout);
		return 1;
	}
	scout->used = scout->start; /* an unfinished line is read again */
	return found;
}

/* The next line that may be given. 1, 0 for none now. */
static int next_allowed(struct logread *log, char **ret_line, size_t *ret_length)
{
	int found;

	if (log->scout && logread_offset(log) >= log->limit) {
		log->limit = logread_offset(log);
		found = find_group(log);
		if (found <= 0)
			return found;
	}
	return next_in_file(log, ret_line, ret_length);
}

/* At the end of a file that is followed by another: what is left there belongs to no group. */
static int count_rest(struct logread *log)
{
	char *line;
	size_t length;
	int found;

	while ((found = next_in_file(log, &line, &length)) > 0)
		log->findings.torn++;
	if (log->used > log->start)
		log->findings.torn++;
	return found;
}

/* Into the next file. 0; -ENOENT: it is gone; other negative errno. */
static int leave_for_successor(struct logread *log)
{
	int found = log->opened ? count_rest(log) : 0;

	return found < 0 ? found : logread_enter(log, log->successor);
}

int logread_next(struct logread *log, char **ret_line, size_t *ret_length)
{
	logread_direction(log, false);
	for (;;) {
		int found = log->opened ? next_allowed(log, ret_line, ret_length) : 0;

		if (found != 0)
			return found;
		/* The successor must have been there before the end was met: else lines may have
		 * been appended in between, and have to be read first. */
		if (log->opened && log->successor[0] == '\0') {
			found = logread_neighbour(log, LOGREAD_NEXT, log->file, log->successor);
			if (found < 0)
				return found;
			if (found > 0)
				continue;
			/* An unfinished line may yet be cut off: forget it, read it again. */
			log->used = log->start;
			return 0;
		}
		if (!log->opened) {
			found = logread_neighbour(log, LOGREAD_NEXT, log->file, log->successor);
			if (found <= 0)
				return found;
		}
		if (log->file_by_file)
			return 0;
		found = leave_for_successor(log);
		if (found < 0 && found != -ENOENT)
			return found;
	}
}

void logread_file_by_file(struct logread *log)
{
	log->file_by_file = true;
}

int logread_next_file(struct logread *log)
{
	for (;;) {
		int found = 1;

		if (!log->opened)
			found = logread_neighbour(log, LOGREAD_NEXT, log->file, log->successor);
		else if (log->successor[0] == '\0')
			return 0;
		if (found <= 0)
			return found;
		found = leave_for_successor(log);
		if (found != -ENOENT)
			return found < 0 ? found : 1;
	}
}
