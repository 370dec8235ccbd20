/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "logread_impl.h"
#include "logrecord.h"

/* Backward: put the block before what is buffered in front of it. 1, 0 at the beginning of the
 * file, or negative errno. */
static int fill_backward(struct logread *log)
{
	/* Not over the begin of a frame: a block can be read, or all of it is damaged. */
	int64_t frame = logfile_frame_begin(log->opened, log->buffer_offset);
	int64_t left = log->buffer_offset - frame;
	size_t length = left < LOGREAD_BLOCK ? (size_t)left : LOGREAD_BLOCK;
	ssize_t got;
	int error;

	if (length == 0)
		return 0;
	error = logread_grow(log, log->used + length);
	if (error < 0)
		return error;
	memmove(log->buffer + length, log->buffer, log->used);
	got = logfile_read(log->opened, log->buffer, length, log->buffer_offset - (int64_t)length);
	if (got < 0)
		return (int)got;
	if ((size_t)got < length)
		return -EIO; /* the file shrank while it was being read */
	log->buffer_offset -= (int64_t)length;
	log->used += length;
	return 1;
}

/* Before what is damaged and ends here. */
static void skip_damaged(struct logread *log)
{
	int64_t end = log->buffer_offset + (int64_t)log->used;
	int64_t begin = logfile_previous_whole(log->opened, log->buffer_offset);

	logread_tell_damage(log, begin, end);
	logread_place(log, begin);
}

/* Place behind the last newline before an offset in the current file. 0, or negative errno. */
static int place_at_newline(struct logread *log, int64_t offset)
{
	log->backward = true;
	logread_place(log, offset);
	for (;;) {
		char *newline = log->used > 0 ? memrchr(log->buffer, '\n', log->used) : NULL;
		int more;

		if (newline) {
			log->used = (size_t)(newline - log->buffer) + 1;
			return 0;
		}
		log->used = 0;
		more = fill_backward(log);
		if (more == -EBADMSG && log->skip_damaged)
			skip_damaged(log);
		else if (more <= 0)
			return more;
	}
}

/* Forget the part of a line that is too long, but for a newline: so what is before it will look
 * like a line, which stands for the whole of it. */
static void skip_part_backward(struct logread *log)
{
	log->skipping = true;
	log->used = 1;
	log->buffer[0] = '\n';
}

/* Put more in front of what is buffered. 1; 0: a line may begin where it begins; negative errno. */
static int more_before(struct logread *log)
{
	int more;

	if (log->used > LOGREAD_LINE_MAX + 1)
		skip_part_backward(log);
	more = fill_backward(log);
	if (more != -EBADMSG || !log->skip_damaged)
		return more;
	if (log->used > 0)
		return 0; /* that line is given first */
	more = place_at_newline(log, log->buffer_offset);
	return more == 0 && log->used > 0 ? 1 : more;
}

/* The line before, of the current file. 1, 0 at its beginning. */
static int previous_in_file(struct logread *log, char **ret_line, size_t *ret_length)
{
	for (;;) {
		/* The byte at used - 1 is the newline of the line that is wanted. */
		char *newline = log->used > 1 ? memrchr(log->buffer, '\n', log->used - 1) : NULL;
		size_t begin = newline ? (size_t)(newline - log->buffer) + 1 : 0;

		if (!newline) {
			int more = more_before(log);

			if (more < 0)
				return more;
			if (more > 0)
				continue;
		}
		if (log->used == 0)
			return 0;
		*ret_line = log->buffer + begin;
		*ret_length = log->used - 1 - begin;
		log->buffer[log->used - 1] = '\0';
		log->used = begin;
		if (!log->skipping && *ret_length <= LOGREAD_LINE_MAX)
			return 1;
		log->skipping = false;
		log->findings.too_long++;
	}
}

/* Back over lines without the end of their group. */
static int place_at_group(struct logread *log)
{
	char *line;
	size_t length;
	int found;

	while ((found = previous_in_file(log, &line, &length)) > 0) {
		/* Behind what is damaged, or before it: the end is lost, not missing. */
		if (log->met_damage || log_line_ends_group(line, length)) {
			line[length] = '\n';
			log->used += length + 1;
			return 0;
		}
		log->findings.torn++;
	}
	return found;
}

/* Place behind the last line that may be given. 0, or negative errno. */
static int place_at_end(struct logread *log, bool last_file)
{
	struct logread_findings findings = log->findings;
	int64_t size;
	int error = logfile_size(log->opened, &size);

	log->met_damage = false;
	if (error == 0)
		error = place_at_newline(log, size);
	if (error == 0 && logread_offset(log) < size && !log->met_damage)
		log->findings.torn++;
	if (error == 0 && log->scout)
		error = place_at_group(log);
	/* What the last file ends with is being written, for all that can be known. */
	if (last_file)
		log->findings = findings;
	return error;
}

int logread_seek_end(struct logread *log)
{
	char name[LOGNAME_MAX];
	int found;

	logread_leave(log);
	/* '~' sorts behind every file's name. */
	memcpy(log->file, "~", 2);
	for (;;) {
		found = logread_neighbour(log, LOGREAD_PREVIOUS, log->file, name);
		if (found == 0)
			log->file[0] = '\0';
		if (found <= 0)
			return found;
		found = logread_enter(log, name);
		if (found == 0)
			return place_at_end(log, true);
		if (found != -ENOENT)
			return found;
	}
}

int logread_previous(struct logread *log, char **ret_line, size_t *ret_length)
{
	char name[LOGNAME_MAX];

	if (log->opened)
		logread_direction(log, true);
	for (;;) {
		int found = log->opened ? previous_in_file(log, ret_line, ret_length) : 0;

		if (found != 0)
			return found;
		found = logread_neighbour(log, LOGREAD_PREVIOUS, log->file, name);
		if (found <= 0)
			return found;
		found = logread_enter(log, name);
		if (found == 0)
			found = place_at_end(log, false);
		if (found < 0 && found != -ENOENT)
			return found;
	}
}
