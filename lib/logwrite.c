/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logwrite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileio.h"
#include "logfile.h"
#include "logread.h"
#include "logtail.h"
#include "logtime.h"

#define BUFFER_BYTES  (64u << 10)
#define PARTS_BY_SIZE (LOGNAME_PARTS_MAX - 9) /* the rest is for files that cannot be written */
#define PIECE_BYTES   (4 << 20) /* of a large group, synced while it is being written */

struct logwrite {
	struct logwrite_io io;
	int directory;		  /* locked */
	int fd;			  /* the file that grows, -1: none is open */
	struct logname name;	  /* of it, or of the last one */
	bool another;		  /* it must not be written any more */
	uint64_t segment;	  /* bytes of the largest file, 0: any */
	off_t committed;	  /* its length at the end of the last group */
	off_t written;		  /* its length now */
	off_t synced;		  /* how much of it is on disk */
	uint64_t sequence;	  /* of the last line of the last group */
	uint64_t lines;		  /* of the group that is being written */
	struct merkle_range tree; /* with the group that is being written */
	struct logpoint last;	  /* the end of the last group */
	struct logpoint opened;	  /* where its file begins */
	size_t used;
	char buffer[BUFFER_BYTES];
};

static const struct logwrite_io real_io = { .write = write, .sync = fdatasync };

void logwrite_set_segment(struct logwrite *log, uint64_t bytes)
{
	log->segment = bytes;
}

uint64_t logwrite_sequence(const struct logwrite *log)
{
	return log->sequence + log->lines + 1;
}

uint64_t logwrite_committed(const struct logwrite *log)
{
	return log->sequence;
}

static void close_file(struct logwrite *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
	log->committed = log->written = log->synced = 0;
}

/* What opens the last file, and a new one: never through a symbolic link. */
#define OPEN_FLAGS (O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)

static int open_file(struct logwrite *log, const struct logname *name, int more_flags)
{
	char text[LOGNAME_MAX];
	struct stat status;
	logname_format(name, text);
	int fd = openat(log->directory, text, OPEN_FLAGS | more_flags, 0640);
	if (fd < 0)
		return -errno;
	int r = fstat(fd, &status) < 0 ? -errno : 0;
	if (r == 0 && !S_ISREG(status.st_mode))
		r = -EINVAL;
	if (r < 0) {
		close(fd);
		return r;
	}
	close_file(log);
	log->fd = fd;
	log->name = *name;
	log->another = false;
	log->committed = log->written = log->synced = status.st_size;
	return 0;
}

/* A new file; -EEXIST also when there is a compressed one of that name, which it would hide. */
static int open_new(struct logwrite *log, const struct logname *name)
{
	char text[LOGNAME_MAX];
	struct logfile *there;
	logname_format(name, text);
	int r = logfile_open(log->directory, text, &there);
	if (r == 0)
		logfile_close(there);
	return r == -ENOENT ? open_file(log, name, O_CREAT | O_EXCL) : -EEXIST;
}

/* The name of a new file must be on disk before what is written to it counts. */
static int create_file(struct logwrite *log, struct logname name)
{
	int r = open_new(log, &name);
	while (r == -EEXIST && name.part < LOGNAME_PARTS_MAX) {
		name.part++;
		r = open_new(log, &name);
	}
	if (r == 0 && fsync(log->directory) < 0) {
		r = -errno;
		log->another = true;
	}
	return r;
}

/* The file that was found at the start; a compressed one does not grow any more. */
static int open_found(struct logwrite *log, const struct logname *name)
{
	char text[LOGNAME_MAX];
	logname_format(name, text);
	bool there = faccessat(log->directory, text, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	return there ? open_file(log, name, 0) : create_file(log, *name);
}

static bool is_full(const struct logwrite *log)
{
	return log->fd >= 0 && log->segment > 0 && (uint64_t)log->committed >= log->segment &&
	       log->name.part < PARTS_BY_SIZE;
}

/* Is the file that grows the right one for this day? The day never goes back, whatever the clock
 * does: files are written in the order of their names. */
static int choose_file(struct logwrite *log, int64_t now)
{
	struct logname name = log->name;
	char today[LOGTIME_DAY_MAX];
	logtime_day(now, today);
	bool new_day = strcmp(today, name.day) > 0, full = is_full(log);
	if (log->fd >= 0 && !log->another && !new_day && !full)
		return 0;
	if (new_day) {
		memcpy(name.day, today, sizeof(name.day));
		name.part = 0;
	} else if (!log->another && !full) {
		return open_found(log, &name);
	}
	return create_file(log, name);
}

/* Never again after it has failed: what the kernel still holds of the file is not known then. */
static int sync_file(struct logwrite *log)
{
	if (log->io.sync(log->fd) < 0) {
		log->another = true;
		return -errno;
	}
	log->synced = log->written;
	return 0;
}

/* A large group goes to disk in pieces, so that its end is no long wait. */
static int flush(struct logwrite *log)
{
	size_t written;
	int r = fileio_write(log->io.write, log->fd, log->buffer, log->used, &written);
	log->written += (off_t)written;
	log->used = 0;
	if (r == -EIO)
		log->another = true;
	if (r == 0 && log->written - log->synced >= PIECE_BYTES)
		r = sync_file(log);
	return r;
}

int logwrite_line(struct logwrite *log, const char *line, size_t length, int64_t now)
{
	int r = log->lines == 0 ? choose_file(log, now) : 0;
	if (r == 0 && length > sizeof(log->buffer) - log->used)
		r = flush(log);
	if (r == 0 && length > sizeof(log->buffer))
		r = -EMSGSIZE;
	if (r < 0)
		return r;
	memcpy(log->buffer + log->used, line, length);
	log->used += length;
	log->lines++;
	struct merkle_hash leaf;
	merkle_leaf(line, length - 1, &leaf);
	merkle_append(&log->tree, &leaf);
	return 0;
}

/* A file in which no group ever ended only takes a name from those to come. */
static void give_up_file(struct logwrite *log)
{
	char text[LOGNAME_MAX];
	logname_format(&log->name, text);
	if (log->committed == 0)
		(void)unlinkat(log->directory, text, 0);
	close_file(log);
}

void logwrite_rollback(struct logwrite *log)
{
	log->used = 0;
	log->lines = 0;
	log->tree = log->last.tree;
	if (log->fd < 0)
		return;
	/* Also when the file is given up: what readers find in it should end with a group. */
	if (log->written > log->committed && ftruncate(log->fd, log->committed) < 0)
		log->another = true;
	log->written = log->synced = log->committed;
	if (log->another)
		give_up_file(log);
}

/* The last group ends here, and the next line goes on from there. */
static void move_point(struct logpoint *last, struct logpoint *opened, const char *file,
	uint64_t end, uint64_t sequence)
{
	if (strcmp(last->file, file) != 0) {
		*opened = *last;
		opened->end = 0;
		snprintf(opened->file, sizeof(opened->file), "%s", file);
		memcpy(last->file, opened->file, sizeof(last->file));
	}
	last->end = end;
	last->sequence = sequence;
}

int logwrite_commit(struct logwrite *log)
{
	if (log->lines == 0)
		return 0;
	int r = flush(log);
	if (r == 0)
		r = sync_file(log);
	if (r < 0) {
		logwrite_rollback(log);
		return r;
	}
	char file[LOGNAME_MAX];
	logname_format(&log->name, file);
	log->committed = log->written;
	log->sequence += log->lines;
	log->lines = 0;
	move_point(&log->last, &log->opened, file, (uint64_t)log->committed, log->sequence);
	log->last.tree = log->tree;
	return 0;
}

const struct logpoint *logwrite_point(const struct logwrite *log)
{
	return &log->last;
}

const struct logpoint *logwrite_opened(const struct logwrite *log)
{
	return &log->opened;
}

/* All lines of whole groups that lie behind the point. */
static int add_lines(struct logwrite *log, struct logread *lines)
{
	struct logread_position position = { .offset = (int64_t)log->last.end };
	char *line;
	size_t length;
	int r;
	memcpy(position.file, log->last.file, sizeof(position.file));
	logread_seek(lines, &position);
	while ((r = logread_next(lines, &line, &length)) > 0) {
		struct merkle_hash leaf;
		logread_tell(lines, &position);
		move_point(&log->last, &log->opened, position.file, (uint64_t)position.offset,
			log->last.sequence + 1);
		merkle_leaf(line, length, &leaf);
		merkle_append(&log->last.tree, &leaf);
	}
	return r;
}

int logwrite_resume(struct logwrite *log, const char *directory, const struct logpoint *from)
{
	struct logread *lines;
	int r = logread_open(directory, &lines);
	if (r < 0)
		return r;
	log->last = log->opened = *from;
	r = logread_whole_groups(lines);
	if (r == 0)
		r = add_lines(log, lines);
	logread_close(lines);
	if (log->sequence < from->sequence)
		log->sequence = from->sequence;
	/* A log that was never sealed may begin with any number. */
	if (log->opened.end == 0 && log->opened.tree.size > from->tree.size)
		log->opened.sequence += log->sequence - log->last.sequence;
	log->last.sequence = log->sequence;
	log->tree = log->last.tree;
	return r;
}

/* Append what is in a file from an offset on to "<file>.torn". 0 with the number of bytes. */
static int save_torn(
	struct logwrite *log, int from, const char *torn, off_t offset, uint64_t *bytes)
{
	int to = openat(log->directory, torn, OPEN_FLAGS | O_CREAT, 0640);
	if (to < 0)
		return -errno;
	int r = 0;
	ssize_t got;
	while ((got = pread(from, log->buffer, sizeof(log->buffer), offset)) > 0 && r == 0) {
		r = fileio_write(log->io.write, to, log->buffer, (size_t)got, NULL);
		offset += got;
		*bytes += (uint64_t)got;
	}
	if (r == 0 && got < 0)
		r = -errno;
	if (r == 0 && fsync(to) < 0)
		r = -errno;
	close(to);
	return r;
}

static int cut_opened(
	struct logwrite *log, int fd, const char *file, int64_t end, struct logwrite_state *state)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_size <= end)
		return 0;
	snprintf(state->torn_file, sizeof(state->torn_file), "%s.torn", file);
	int r = save_torn(log, fd, state->torn_file, end, &state->torn);
	if (r == 0 && (ftruncate(fd, end) < 0 || fsync(fd) < 0))
		r = -errno;
	return r;
}

/* Cut a file that exists behind its last group. */
static int cut(struct logwrite *log, const char *file, int64_t end, struct logwrite_state *state)
{
	int fd = openat(log->directory, file, O_RDWR | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = cut_opened(log, fd, file, end, state);
	close(fd);
	return r;
}

/* Everything behind the last group: the rest of its file, and all of the files after it. */
static int cut_all(
	struct logwrite *log, DIR *names, const struct logtail *tail, struct logwrite_state *state)
{
	const struct dirent *entry;
	char text[LOGNAME_MAX], last[LOGNAME_MAX] = "";
	int r = 0;
	while (r == 0 && (entry = readdir(names))) {
		struct logname name;
		bool compressed;
		if (logfile_segment(entry->d_name, text, &compressed) < 0 ||
			logname_parse(text, &name) < 0)
			continue;
		int order = strcmp(text, tail->file);
		if (strcmp(text, last) > 0) {
			logname_format(&name, last);
			log->name = name;
		}
		if (order >= 0 && !compressed)
			r = cut(log, text, order == 0 ? tail->end : 0, state);
	}
	return r;
}

static int recover(struct logwrite *log, const char *directory, struct logwrite_state *ret_state)
{
	struct logtail tail;
	int r = logtail_read(directory, &tail, ret_state);
	if (r < 0)
		return r;
	DIR *names = opendir(directory);
	if (!names)
		return -errno;
	r = cut_all(log, names, &tail, ret_state);
	closedir(names);
	/* No room to keep what would be cut off: it stays where it is, without an end it is no
	 * record. */
	if (r == -ENOSPC || r == -EDQUOT || r == -EIO) {
		log->another = true;
		r = 0;
	}
	log->sequence = ret_state->sequence;
	return r;
}

int logwrite_open(const char *directory, const struct logwrite_io *io, struct logwrite **ret_log,
	struct logwrite_state *ret_state)
{
	struct logwrite *log = calloc(1, sizeof(*log));
	if (!log)
		return -ENOMEM;
	log->io = io ? *io : real_io;
	log->fd = -1;
	log->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = log->directory < 0 ? -errno : 0;
	if (r == 0 && flock(log->directory, LOCK_EX | LOCK_NB) < 0)
		r = -errno;
	if (r == 0)
		r = recover(log, directory, ret_state);
	if (r < 0) {
		logwrite_close(log);
		return r;
	}
	*ret_log = log;
	return 0;
}

void logwrite_close(struct logwrite *log)
{
	if (!log)
		return;
	logwrite_rollback(log);
	close_file(log);
	if (log->directory >= 0)
		close(log->directory);
	free(log);
}
