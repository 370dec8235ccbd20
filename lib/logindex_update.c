/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bringing the index of a segment up to date. What it has stays, but for its last part, which may
 * not be full yet; that and what follows is read from the log. The file is written anew under
 * another name and then takes the place of the old one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array.h"
#include "logfile.h"
#include "logindex_build.h"
#include "logread.h"

#define ENDING_NEW   ".new"
#define NAME_NEW_MAX (LOGINDEX_NAME_MAX + sizeof(ENDING_NEW))

#define TELL_EVERY (4 << 20) /* bytes between two reports of progress */

struct update {
	const char *segment;
	int directory, log; /* the index's, the log's */
	struct logindex *old;
	struct part_builder *builder;
	struct logread *lines;
	FILE *out;
	uint64_t position;  /* reached in out */
	struct part *parts; /* owned */
	size_t part_count, part_room;
	struct trailer trailer;
	void (*progress)(int64_t bytes, void *data);
	void *data;
	int64_t told;
	struct logindex_work *work;
};

static int write_failed(void)
{
	return errno > 0 ? -errno : -EIO;
}

static int add_part(struct update *update, const struct part *part)
{
	struct part *parts = array_reserve(
		update->parts, sizeof(*parts), update->part_count, &update->part_room);

	if (!parts)
		return -ENOMEM;
	update->parts = parts;
	update->parts[update->part_count++] = *part;
	update->trailer.end = part->end;
	update->trailer.rows += part->rows;
	return 0;
}

/* What there is -------------------------------------------------------------------------------
 */

/* Copy a part. -EBADMSG: it is damaged, and has to be made again. */
static int keep_part(struct update *update, size_t number)
{
	static const char padding[8];
	struct part part = update->old->parts[number];

	part.position = update->position;
	for (int i = 0; i < SECTION_COUNT; i++) {
		size_t bytes = logindex_section_bytes(&part, (enum section)i);
		size_t pad = logindex_padded(bytes) - bytes;
		const void *section;
		int r;

		section = logindex_section(update->old, number, (enum section)i, &r);
		if (!section)
			return r;
		if ((bytes > 0 && fwrite(section, 1, bytes, update->out) != bytes) ||
			(pad > 0 && fwrite(padding, 1, pad, update->out) != pad))
			return write_failed();
		update->position += bytes + pad;
	}
	return add_part(update, &part);
}

/* All parts of the old index but the last. What cannot be kept is made again. */
static int keep_parts(struct update *update)
{
	int r = 0;

	for (size_t i = 0; i + 1 < logindex_parts(update->old) && r == 0; i++) {
		r = keep_part(update, i);
		if (r == 0 || r == -ENOMEM)
			continue;
		/* Behind what is kept, not behind what was begun. */
		if (fflush(update->out) != 0 || ftruncate(fileno(update->out), 0) < 0)
			return write_failed();
		rewind(update->out);
		update->position = 0;
		update->part_count = 0;
		update->trailer.end = 0;
		update->trailer.rows = 0;
		return 0;
	}
	return r;
}

/* What is new ---------------------------------------------------------------------------------
 */

static int end_part(struct update *update)
{
	struct part part;
	int r;

	if (part_builder_rows(update->builder) == 0)
		return 0;
	r = part_builder_write(update->builder, update->out, &update->position, &part);
	if (r == 0)
		r = add_part(update, &part);
	part_builder_begin(update->builder, update->trailer.end);
	return r;
}

static void tell(struct update *update, int64_t reached)
{
	if (!update->progress || reached - update->told < TELL_EVERY)
		return;
	update->told = reached;
	update->progress(reached, update->data);
}

/* The lines of whole groups from where the kept parts end. */
static int add_lines(struct update *update)
{
	struct logread_position position = { .offset = update->trailer.end };
	int64_t begin = update->trailer.end, reached = begin;
	char *line;
	size_t length;
	int r;

	memcpy(position.file, update->segment, strlen(update->segment) + 1);
	logread_seek(update->lines, &position);
	part_builder_begin(update->builder, begin);
	while ((r = logread_next(update->lines, &line, &length)) > 0) {
		logread_tell(update->lines, &position);
		/* A line that is too long was skipped: the index ends before it. */
		if (position.offset - (int64_t)length - 1 != reached)
			break;
		r = part_builder_add(update->builder, line, length, reached);
		reached = position.offset;
		if (r == 0 && part_builder_full(update->builder))
			r = end_part(update);
		if (r < 0)
			return r;
		tell(update, reached);
	}
	if (r < 0 && r != -EBADMSG) /* a damaged end of a compressed segment is for who asks */
		return r;
	update->work->bytes = reached - begin;
	return end_part(update);
}

/* The file ------------------------------------------------------------------------------------
 */

static int sample(struct update *update)
{
	struct trailer *trailer = &update->trailer;
	struct logfile *file;
	int r = logfile_open(update->log, update->segment, &file);

	if (r < 0)
		return r;
	r = logindex_sample(file, trailer->end, &trailer->head_hash, &trailer->tail_hash);
	logfile_close(file);
	return r;
}

static int write_end(struct update *update)
{
	struct trailer *trailer = &update->trailer;
	size_t bytes = update->part_count * sizeof(*update->parts);
	int r = sample(update);

	if (r < 0)
		return r;
	memcpy(trailer->segment, update->segment, strlen(update->segment));
	memcpy(trailer->magic, LOGINDEX_MAGIC, sizeof(trailer->magic));
	trailer->parts = update->part_count;
	trailer->position = update->position;
	trailer->parts_hash = logindex_hash(update->parts, bytes);
	trailer->hash = logindex_hash(trailer, offsetof(struct trailer, hash));
	if (fwrite(update->parts, 1, bytes, update->out) != bytes ||
		fwrite(trailer, 1, sizeof(*trailer), update->out) != sizeof(*trailer) ||
		fflush(update->out) != 0)
		return write_failed();
	return 0;
}

static int open_new(struct update *update, const char *name)
{
	int fd = openat(
		update->directory, name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	update->out = fdopen(fd, "w");
	if (update->out)
		return 0;
	close(fd);
	return -ENOMEM;
}

/* Not brought to disk: what a power cut leaves of it is found out by its checksums. */
static int make(struct update *update)
{
	char name[LOGINDEX_NAME_MAX], new_name[NAME_NEW_MAX];
	int r;

	logindex_name(update->segment, name);
	snprintf(new_name, sizeof(new_name), "%s" ENDING_NEW, name);
	r = open_new(update, new_name);
	if (r < 0)
		return r;
	r = keep_parts(update);
	if (r == 0)
		r = add_lines(update);
	/* A segment without any whole group needs no index. */
	if (r == 0 && update->part_count > 0)
		r = write_end(update);
	if (fclose(update->out) != 0 && r == 0)
		r = write_failed();
	if (r == 0 && update->part_count > 0 &&
		renameat(update->directory, new_name, update->directory, name) < 0)
		r = -errno;
	if (r < 0 || update->part_count == 0)
		(void)unlinkat(update->directory, new_name, 0);
	return r;
}

/* Is there anything to do? What is there is looked at; with anew it does not count. */
static int look(struct update *update, bool anew, bool *ret_done)
{
	int r = anew ? -ENOENT : logindex_enter(update->old, update->log, update->segment);
	struct identity *now = &update->trailer.identity;

	*ret_done = false;
	update->work->made = r == 0 ? LOGINDEX_EXTENDED : LOGINDEX_MADE;
	if (r == -ENOMEM)
		return r;
	r = logindex_identify(update->log, update->segment, now);
	if (r == 0 && update->work->made == LOGINDEX_EXTENDED)
		*ret_done = memcmp(now, &update->old->trailer.identity, sizeof(*now)) == 0;
	return r;
}

static int run(struct update *update, const char *directory, const char *log, bool anew)
{
	bool done;
	int r = logindex_new(directory, &update->old);

	if (r < 0)
		return r;
	update->directory = update->old->directory;
	if (flock(update->directory, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	update->log = open(log, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (update->log < 0)
		return -errno;
	r = look(update, anew, &done);
	if (r < 0 || done) {
		update->work->rows = done ? update->old->trailer.rows : 0;
		update->work->made = LOGINDEX_KEPT;
		return r;
	}
	r = part_builder_new(&update->builder);
	if (r == 0)
		r = logread_open(log, &update->lines);
	if (r == 0)
		r = logread_whole_groups(update->lines);
	if (r < 0)
		return r;
	logread_file_by_file(update->lines);
	r = make(update);
	update->work->rows = update->trailer.rows;
	return r;
}

int logindex_update(const char *directory, const char *log, const char *segment, bool anew,
	void (*progress)(int64_t bytes, void *data), void *data, struct logindex_work *ret_work)
{
	struct update update = {
		.segment = segment, .log = -1, .progress = progress, .data = data, .work = ret_work
	};
	int r;

	memset(ret_work, 0, sizeof(*ret_work));
	if (strlen(segment) >= LOGNAME_MAX)
		return -EINVAL;
	r = run(&update, directory, log, anew);
	part_builder_free(update.builder);
	logread_close(update.lines);
	if (update.log >= 0)
		close(update.log);
	logindex_free(update.old); /* and with it the lock */
	free(update.parts);
	return r;
}

/* Is it ours, and of a segment that is gone, or unfinished? */
static bool is_left_over(int log, const char *name)
{
	static const char unfinished[] = LOGINDEX_ENDING ENDING_NEW, ending[] = LOGINDEX_ENDING;
	size_t length = strlen(name), cut = sizeof(ending) - 1, more = sizeof(unfinished) - 1;
	char segment[LOGNAME_MAX];
	struct identity identity;
	struct logname parts;

	if (length > more && strcmp(name + length - more, unfinished) == 0)
		return true;
	if (length <= cut || length - cut >= sizeof(segment) ||
		strcmp(name + length - cut, ending) != 0)
		return false;
	memcpy(segment, name, length - cut);
	segment[length - cut] = '\0';
	return logname_parse(segment, &parts) == 0 &&
	       logindex_identify(log, segment, &identity) == -ENOENT;
}

static int prune(int directory, int log, size_t *ret_removed)
{
	DIR *names = fdopendir(directory);
	struct dirent *entry;
	int r = 0;

	if (!names) {
		r = -errno;
		close(directory);
		return r;
	}
	while ((entry = readdir(names)))
		if (is_left_over(log, entry->d_name)) {
			if (unlinkat(directory, entry->d_name, 0) < 0)
				r = -errno;
			else
				*ret_removed += 1;
		}
	closedir(names);
	return r;
}

int logindex_prune(const char *directory, const char *log, size_t *ret_removed)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), log_fd, r;

	*ret_removed = 0;
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 ||
		(log_fd = open(log, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	r = prune(fd, log_fd, ret_removed);
	close(log_fd);
	return r;
}
