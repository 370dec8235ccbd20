/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writeahead.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/fileio.h"

#define MAGIC	   "hedateWA"
#define VERSION	   1
#define HEAD_BYTES 4096
#define GROW_BYTES (256 << 10) /* by which the file grows at first: written with zeros */
#define GROW_MOST  (4 << 20)
#define KEEP_BYTES (64 << 20) /* that a file keeps when it begins anew */
#define NAME_BYTES 24

/* On disk, in this machine's byte order. */
struct head_block {
	char magic[8];
	uint32_t version, generation;
	uint8_t id[WRITEAHEAD_ID];
	uint64_t sequence;
	char table[WRITEAHEAD_TABLE];
	uint8_t check[crypto_shorthash_BYTES]; /* of all before it */
};

struct frame {
	uint8_t tag[8];
	uint32_t number, length;
	uint8_t check[crypto_shorthash_BYTES]; /* of all before it and of what follows */
};

_Static_assert(WRITEAHEAD_ID == crypto_shorthash_KEYBYTES, "the id is the checksum's key");
_Static_assert(sizeof(struct frame) == 24, "no padding");
_Static_assert(sizeof(struct head_block) == 112, "no padding");

struct writeahead {
	struct writeahead_io io;
	int directory;
	int fd;
	unsigned int number;
	struct writeahead_head head;
	bool named; /* it has its own name; else the name of one that is begun */
	bool failed;
	uint32_t frames;   /* that were ever put since it began: the number of the last one */
	off_t end, synced; /* of the last frame; of the last that was synced */
	off_t size;
	uint8_t buffer[sizeof(struct frame) + WRITEAHEAD_FRAME];
};

static const struct writeahead_io real_io = { .pwrite = pwrite, .sync = fdatasync };

static void format_name(unsigned int number, bool named, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "writeahead-%u%s", number, named ? "" : ".new");
}

static int write_at(const struct writeahead *file, const void *bytes, size_t length, off_t offset)
{
	const uint8_t *next = bytes;
	while (length > 0) {
		ssize_t written = file->io.pwrite(file->fd, next, length, offset);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		next += written;
		length -= (size_t)written;
		offset += written;
	}
	return 0;
}

/* Room up to there, written: a block that was never written would have to be made by the commit
 * that uses it. */
static int make_room(struct writeahead *file, off_t until)
{
	static uint8_t zeros[GROW_BYTES];
	if (file->size >= until)
		return 0;
	/* By as much as there is: to grow costs a commit of the file system's journal. */
	until += file->size < GROW_MOST ? file->size : GROW_MOST;
	while (file->size < until) {
		int r = write_at(file, zeros, sizeof(zeros), file->size);
		/* There may be room for the frame all the same. */
		if (r < 0)
			return r == -ENOSPC || r == -EDQUOT ? 0 : r;
		file->size += (off_t)sizeof(zeros);
	}
	return 0;
}

/* Beginning ----------------------------------------------------------------------------------- */

static int write_head(struct writeahead *file, const struct writeahead_head *head)
{
	uint8_t bytes[HEAD_BYTES] = { 0 };
	struct head_block block = {
		.magic = MAGIC,
		.version = VERSION,
		.generation = head->generation,
		.sequence = head->sequence,
	};
	file->head = *head;
	randombytes_buf(file->head.id, WRITEAHEAD_ID);
	memcpy(block.id, file->head.id, WRITEAHEAD_ID);
	snprintf(block.table, sizeof(block.table), "%s", head->table);
	crypto_shorthash(
		block.check, (const uint8_t *)&block, offsetof(struct head_block, check), block.id);
	memcpy(bytes, &block, sizeof(block));
	file->frames = 0;
	file->end = file->synced = HEAD_BYTES;
	return write_at(file, bytes, sizeof(bytes), 0);
}

static struct writeahead *new_file(
	int directory, unsigned int number, const struct writeahead_io *io)
{
	struct writeahead *file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->io = io ? *io : real_io;
	file->directory = directory;
	file->number = number;
	return file;
}

#define OPEN_FLAGS (O_RDWR | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)

int writeahead_begin(int directory, unsigned int number, const struct writeahead_io *io,
	const struct writeahead_head *head, struct writeahead **ret_file)
{
	char name[NAME_BYTES];
	struct writeahead *file = new_file(directory, number, io);
	if (!file)
		return -ENOMEM;
	writeahead_clean(directory, number);
	format_name(number, false, name);
	file->fd = openat(directory, name, OPEN_FLAGS | O_CREAT | O_EXCL, 0600);
	if (file->fd < 0) {
		int error = -errno;
		free(file);
		return error;
	}
	int r = make_room(file, GROW_BYTES);
	if (r == 0)
		r = write_head(file, head);
	if (r < 0)
		(void)writeahead_remove(file);
	else
		*ret_file = file;
	return r;
}

int writeahead_restart(struct writeahead *file, const struct writeahead_head *head)
{
	int r = file->failed ? -EIO : 0;
	if (r == 0 && file->size > KEEP_BYTES) {
		r = ftruncate(file->fd, KEEP_BYTES) < 0 ? -errno : 0;
		file->size = r < 0 ? file->size : KEEP_BYTES;
	}
	/* On disk before any frame: or else some of the new frames could be there without the new
	 * head, on top of old ones. */
	if (r == 0)
		r = write_head(file, head);
	if (r == 0)
		r = writeahead_sync(file);
	file->failed = r < 0;
	return r;
}

/* Frames -------------------------------------------------------------------------------------- */

static void make_check(const uint8_t *frame, size_t length, const uint8_t *id,
	uint8_t check[crypto_shorthash_BYTES])
{
	struct frame head;
	uint8_t sums[2 * crypto_shorthash_BYTES];
	memcpy(&head, frame, sizeof(head));
	crypto_shorthash(sums, (const uint8_t *)&head, offsetof(struct frame, check), id);
	crypto_shorthash(sums + crypto_shorthash_BYTES, frame + sizeof(head), length, id);
	crypto_shorthash(check, sums, sizeof(sums), id);
}

int writeahead_put(struct writeahead *file, const void *bytes, size_t length)
{
	struct frame frame = { .number = file->frames + 1, .length = (uint32_t)length };
	if (file->failed)
		return -EIO;
	if (length > WRITEAHEAD_FRAME)
		return -EMSGSIZE;
	memcpy(frame.tag, file->head.id, sizeof(frame.tag));
	memcpy(file->buffer, &frame, sizeof(frame));
	memcpy(file->buffer + sizeof(frame), bytes, length);
	make_check(file->buffer, length, file->head.id, frame.check);
	memcpy(file->buffer, &frame, sizeof(frame));
	size_t size = sizeof(frame) + length;
	/* Also of one that fails: numbers only grow, so that what was put and dropped again can
	 * not be taken for what follows a later frame. */
	file->frames++;
	int r = make_room(file, file->end + (off_t)size);
	if (r == 0)
		r = write_at(file, file->buffer, size, file->end);
	/* The device, not the room. */
	if (r == -EIO)
		file->failed = true;
	if (r < 0)
		return r;
	file->end += (off_t)size;
	if (file->size < file->end)
		file->size = file->end;
	return 0;
}

/* It takes the name of the one before. */
static int take_name(struct writeahead *file)
{
	char begun[NAME_BYTES], name[NAME_BYTES];
	format_name(file->number, false, begun);
	format_name(file->number, true, name);
	if (renameat(file->directory, begun, file->directory, name) < 0)
		return -errno;
	file->named = true;
	return fsync(file->directory) < 0 ? -errno : 0;
}

int writeahead_sync(struct writeahead *file)
{
	if (file->failed)
		return -EIO;
	int r = file->io.sync(file->fd) < 0 ? -errno : 0;
	if (r == 0 && !file->named)
		r = take_name(file);
	if (r < 0) {
		file->failed = true;
		return r;
	}
	file->synced = file->end;
	return 0;
}

void writeahead_rollback(struct writeahead *file)
{
	file->end = file->synced;
}

bool writeahead_fresh(const struct writeahead *file)
{
	return file->frames == 0;
}

bool writeahead_failed(const struct writeahead *file)
{
	return file->failed;
}

const struct writeahead_head *writeahead_head(const struct writeahead *file)
{
	return &file->head;
}

unsigned int writeahead_number(const struct writeahead *file)
{
	return file->number;
}

/* The end ------------------------------------------------------------------------------------- */

void writeahead_close(struct writeahead *file)
{
	if (!file)
		return;
	if (!file->named)
		writeahead_clean(file->directory, file->number);
	close(file->fd);
	free(file);
}

int writeahead_remove(struct writeahead *file)
{
	char name[NAME_BYTES];
	format_name(file->number, file->named, name);
	int r = unlinkat(file->directory, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	if (r == 0 && fsync(file->directory) < 0)
		r = -errno;
	close(file->fd);
	free(file);
	return r;
}

void writeahead_set_aside(int directory, unsigned int number)
{
	char name[NAME_BYTES], aside[NAME_BYTES + 16];
	format_name(number, true, name);
	snprintf(aside, sizeof(aside), "%s.unreadable", name);
	(void)renameat(directory, name, directory, aside);
}

void writeahead_clean(int directory, unsigned int number)
{
	char name[NAME_BYTES];
	format_name(number, false, name);
	(void)unlinkat(directory, name, 0);
}

/* Reading ------------------------------------------------------------------------------------- */

static int read_head(struct writeahead *file)
{
	struct head_block block;
	uint8_t check[crypto_shorthash_BYTES];
	struct stat status;
	if (fstat(file->fd, &status) < 0)
		return -errno;
	ssize_t got = S_ISREG(status.st_mode) ? fileio_read(file->fd, &block, sizeof(block), 0) : 0;
	if (got < 0)
		return (int)got;
	if (got < (ssize_t)sizeof(block) || memcmp(block.magic, MAGIC, sizeof(block.magic)) != 0 ||
		block.version != VERSION)
		return -EBADMSG;
	crypto_shorthash(
		check, (const uint8_t *)&block, offsetof(struct head_block, check), block.id);
	if (memcmp(check, block.check, sizeof(check)) != 0 ||
		!memchr(block.table, '\0', sizeof(block.table)))
		return -EBADMSG;
	memcpy(file->head.id, block.id, WRITEAHEAD_ID);
	memcpy(file->head.table, block.table, sizeof(block.table));
	file->head.generation = block.generation;
	file->head.sequence = block.sequence;
	file->size = status.st_size;
	file->end = HEAD_BYTES;
	return 0;
}

/* The frame at the end of those that were read. 1 with its length, 0 when there is none (torn:
 * bytes of one that is not whole), negative errno. */
static int read_frame(struct writeahead *file, size_t *ret_length, uint64_t *torn)
{
	struct frame frame;
	uint8_t check[crypto_shorthash_BYTES];
	ssize_t got = fileio_read(file->fd, file->buffer, sizeof(frame), file->end);
	if (got < (ssize_t)sizeof(frame))
		return got < 0 ? (int)got : 0;
	memcpy(&frame, file->buffer, sizeof(frame));
	if (memcmp(frame.tag, file->head.id, sizeof(frame.tag)) != 0 ||
		frame.number <= file->frames || frame.length > WRITEAHEAD_FRAME)
		return 0;
	got = fileio_read(file->fd, file->buffer + sizeof(frame), frame.length,
		file->end + (off_t)sizeof(frame));
	if (got < 0)
		return (int)got;
	*torn = sizeof(frame) + frame.length;
	if ((size_t)got < frame.length)
		return 0;
	make_check(file->buffer, frame.length, file->head.id, check);
	if (memcmp(check, frame.check, sizeof(check)) != 0)
		return 0;
	*torn = 0;
	*ret_length = frame.length;
	file->frames = frame.number;
	return 1;
}

static int read_frames(
	struct writeahead *file, writeahead_function function, void *data, uint64_t *torn)
{
	size_t length = 0;
	int r;
	while ((r = read_frame(file, &length, torn)) > 0) {
		r = function(file->buffer + sizeof(struct frame), length, data);
		if (r < 0)
			return r;
		file->end += (off_t)(sizeof(struct frame) + length);
	}
	file->synced = file->end;
	return r;
}

int writeahead_open(int directory, unsigned int number, const struct writeahead_io *io,
	writeahead_function function, void *data, struct writeahead **ret_file, uint64_t *ret_torn)
{
	char name[NAME_BYTES];
	struct writeahead *file = new_file(directory, number, io);
	if (!file)
		return -ENOMEM;
	*ret_torn = 0;
	file->named = true;
	format_name(number, true, name);
	file->fd = openat(directory, name, OPEN_FLAGS);
	int r = file->fd < 0 ? -errno : read_head(file);
	if (r == 0)
		r = read_frames(file, function, data, ret_torn);
	if (r < 0) {
		if (file->fd >= 0)
			close(file->fd);
		free(file);
		return r;
	}
	*ret_file = file;
	return 0;
}
