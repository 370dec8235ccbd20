/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logfile_pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "fileio.h"
#include "logfile_frames.h"

#define LEVEL	   3
#define NEW_ENDING LOGFILE_ENDING ".new"

enum phase {
	PHASE_FRAMES,
	PHASE_TABLE,
	PHASE_SYNC,
	PHASE_COMPARE,
	PHASE_RENAME,
	PHASE_REMOVE,
	PHASE_DONE,
};

struct logfile_pack {
	struct logfile_io io;
	int directory; /* borrowed */
	char segment[LOGNAME_MAX];
	char name[LOGNAME_MAX + sizeof(LOGFILE_ENDING)];
	char new_name[LOGNAME_MAX + sizeof(NEW_ENDING)];
	enum phase phase;
	struct logfile *plain;	  /* what was written; owned */
	struct logfile *readback; /* the new file while it is compared; owned */
	int fd;			  /* the new file, -1: it is not there */
	int64_t offset;		  /* in plain: compressed, or compared, up to here */
	struct frames frames;
	ZSTD_CCtx *context;
	char *bytes, *packed; /* a frame, before and after; owned */
};

static const struct logfile_io real_io = {
	.write = write,
	.sync = fsync,
	.rename = renameat,
	.unlink = unlinkat,
};

/* Begin and end ------------------------------------------------------------------------------- */

static int make_room(struct logfile_pack *pack)
{
	pack->context = ZSTD_createCCtx();
	pack->bytes = malloc(LOGFILE_FRAME_MAX);
	pack->packed = malloc(ZSTD_compressBound(LOGFILE_FRAME_MAX));
	if (!pack->context || !pack->bytes || !pack->packed)
		return -ENOMEM;
	bool set = !ZSTD_isError(
			   ZSTD_CCtx_setParameter(pack->context, ZSTD_c_compressionLevel, LEVEL)) &&
		   !ZSTD_isError(ZSTD_CCtx_setParameter(pack->context, ZSTD_c_checksumFlag, 1));
	return set ? 0 : -ENOMEM;
}

static int open_both(struct logfile_pack *pack)
{
	int r = logfile_open(pack->directory, pack->segment, &pack->plain);
	if (r == 0 && logfile_is_compressed(pack->plain))
		r = -ENOENT;
	if (r < 0)
		return r;
	pack->fd = openat(pack->directory, pack->new_name,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0640);
	return pack->fd < 0 ? -errno : 0;
}

int logfile_pack_begin(int directory, const char *segment, const struct logfile_io *io,
	struct logfile_pack **ret_pack)
{
	struct logfile_pack *pack = calloc(1, sizeof(*pack));
	if (!pack)
		return -ENOMEM;
	pack->io = io ? *io : real_io;
	pack->directory = directory;
	pack->fd = -1;
	int r = -EINVAL;
	if (strlen(segment) < LOGNAME_MAX) {
		snprintf(pack->segment, sizeof(pack->segment), "%s", segment);
		snprintf(pack->name, sizeof(pack->name), "%s" LOGFILE_ENDING, segment);
		snprintf(pack->new_name, sizeof(pack->new_name), "%s" NEW_ENDING, segment);
		r = make_room(pack);
	}
	if (r == 0)
		r = open_both(pack);
	if (r < 0)
		logfile_pack_end(pack);
	else
		*ret_pack = pack;
	return r;
}

/* The new file is not worth keeping. */
static void give_up(struct logfile_pack *pack)
{
	if (pack->fd >= 0 && pack->phase <= PHASE_RENAME)
		(void)pack->io.unlink(pack->directory, pack->new_name, 0);
	if (pack->fd >= 0)
		close(pack->fd);
	pack->fd = -1;
}

void logfile_pack_end(struct logfile_pack *pack)
{
	if (!pack)
		return;
	give_up(pack);
	logfile_close(pack->plain);
	logfile_close(pack->readback);
	frames_clear(&pack->frames);
	ZSTD_freeCCtx(pack->context);
	free(pack->bytes);
	free(pack->packed);
	free(pack);
}

void logfile_pack_sizes(const struct logfile_pack *pack, uint64_t *ret_plain, uint64_t *ret_packed)
{
	struct frame_place end = frames_end(&pack->frames);
	*ret_plain = end.plain;
	*ret_packed = end.packed;
}

/* Steps --------------------------------------------------------------------------------------- */

/* How much of what was read belongs into one frame: up to a newline if there is one in time. */
static size_t frame_length(const char *bytes, size_t have)
{
	if (have <= LOGFILE_FRAME)
		return have;
	const char *end = memchr(bytes + LOGFILE_FRAME - 1, '\n', have - (LOGFILE_FRAME - 1));
	return end ? (size_t)(end + 1 - bytes) : have;
}

static int put_frame(struct logfile_pack *pack)
{
	ssize_t have = logfile_read(pack->plain, pack->bytes, LOGFILE_FRAME_MAX, pack->offset);
	if (have <= 0) {
		pack->phase = PHASE_TABLE;
		return (int)have;
	}
	size_t length = frame_length(pack->bytes, (size_t)have);
	size_t packed = ZSTD_compress2(pack->context, pack->packed,
		ZSTD_compressBound(LOGFILE_FRAME_MAX), pack->bytes, length);
	if (ZSTD_isError(packed))
		return -ENOMEM;
	int r = fileio_write(pack->io.write, pack->fd, pack->packed, packed, NULL);
	if (r == 0)
		r = frames_add(&pack->frames, packed, length);
	pack->offset += (int64_t)length;
	/* So that the sync at the end has little left to wait for. */
	(void)sync_file_range(pack->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return r;
}

static int put_table(struct logfile_pack *pack)
{
	unsigned char *table;
	size_t length;
	int r = frames_format(&pack->frames, &table, &length);
	if (r < 0)
		return r;
	r = fileio_write(pack->io.write, pack->fd, table, length, NULL);
	free(table);
	pack->phase = PHASE_SYNC;
	return r;
}

static int sync_new(struct logfile_pack *pack)
{
	if (pack->io.sync(pack->fd) < 0)
		return -errno;
	/* It is to be read back from the disk. */
	(void)posix_fadvise(pack->fd, 0, 0, POSIX_FADV_DONTNEED);
	pack->offset = 0;
	pack->phase = PHASE_COMPARE;
	return logfile_open_compressed(pack->directory, pack->new_name, &pack->readback);
}

static int compare(struct logfile_pack *pack)
{
	ssize_t one = logfile_read(pack->plain, pack->bytes, LOGFILE_FRAME, pack->offset);
	if (one < 0)
		return (int)one;
	ssize_t other = logfile_read(pack->readback, pack->packed, LOGFILE_FRAME, pack->offset);
	if (one != other || memcmp(pack->bytes, pack->packed, (size_t)one) != 0)
		return -EIO;
	pack->offset += one;
	if (one == 0)
		pack->phase = PHASE_RENAME;
	return 0;
}

static int rename_new(struct logfile_pack *pack)
{
	if (pack->io.rename(pack->directory, pack->new_name, pack->directory, pack->name) < 0)
		return -errno;
	pack->phase = PHASE_REMOVE;
	return pack->io.sync(pack->directory) < 0 ? -errno : 0;
}

static int remove_plain(struct logfile_pack *pack)
{
	if (pack->io.unlink(pack->directory, pack->segment, 0) < 0)
		return -errno;
	pack->phase = PHASE_DONE;
	return pack->io.sync(pack->directory) < 0 ? -errno : 0;
}

int logfile_pack_step(struct logfile_pack *pack)
{
	static int (*const steps[])(struct logfile_pack * pack) = {
		[PHASE_FRAMES] = put_frame,
		[PHASE_TABLE] = put_table,
		[PHASE_SYNC] = sync_new,
		[PHASE_COMPARE] = compare,
		[PHASE_RENAME] = rename_new,
		[PHASE_REMOVE] = remove_plain,
	};
	if (pack->phase == PHASE_DONE)
		return 0;
	int r = steps[pack->phase](pack);
	if (r < 0) {
		give_up(pack);
		pack->phase = PHASE_DONE;
		return r;
	}
	return pack->phase != PHASE_DONE;
}
