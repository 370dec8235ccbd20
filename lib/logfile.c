/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "fileio.h"
#include "logfile_frames.h"

#define NO_FRAME SIZE_MAX

struct logfile {
	int fd;
	bool compressed;
	/* Of a compressed one: */
	struct frames frames;
	ZSTD_DCtx *context;
	size_t current; /* frame that plain holds, or NO_FRAME */
	char *plain;	/* owned, LOGFILE_FRAME_MAX bytes */
	char *packed;	/* owned; room for any frame */
};

int logfile_segment(const char *name, char segment[LOGNAME_MAX], bool *ret_compressed)
{
	static const char ending[] = LOGFILE_ENDING;
	struct logname parsed;
	size_t length = strlen(name), cut = sizeof(ending) - 1;
	bool compressed = length > cut && strcmp(name + length - cut, ending) == 0;
	if (compressed)
		length -= cut;
	if (length >= LOGNAME_MAX)
		return -EINVAL;
	memcpy(segment, name, length);
	segment[length] = '\0';
	if (ret_compressed)
		*ret_compressed = compressed;
	return logname_parse(segment, &parsed);
}

/* Open and close ------------------------------------------------------------------------------ */

static int open_regular(int directory, const char *name, int *ret_fd)
{
	struct stat status;
	int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = fstat(fd, &status) < 0 ? -errno : S_ISREG(status.st_mode) ? 0 : -EINVAL;
	if (r < 0)
		close(fd);
	else
		*ret_fd = fd;
	return r;
}

static int prepare_frames(struct logfile *file)
{
	struct stat status;
	if (fstat(file->fd, &status) < 0)
		return -errno;
	file->compressed = true;
	file->context = ZSTD_createDCtx();
	file->plain = malloc(LOGFILE_FRAME_MAX);
	file->packed = malloc(ZSTD_compressBound(LOGFILE_FRAME_MAX));
	if (!file->context || !file->plain || !file->packed)
		return -ENOMEM;
	return frames_read(file->fd, (uint64_t)status.st_size, &file->frames);
}

static int open_as(int directory, const char *name, bool compressed, struct logfile **ret_file)
{
	struct logfile *file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->fd = -1;
	file->current = NO_FRAME;
	int r = open_regular(directory, name, &file->fd);
	if (r == 0 && compressed)
		r = prepare_frames(file);
	if (r < 0)
		logfile_close(file);
	else
		*ret_file = file;
	return r;
}

int logfile_open_compressed(int directory, const char *name, struct logfile **ret_file)
{
	return open_as(directory, name, true, ret_file);
}

int logfile_open(int directory, const char *segment, struct logfile **ret_file)
{
	char name[LOGNAME_MAX + sizeof(LOGFILE_ENDING)];
	int r = open_as(directory, segment, false, ret_file);
	if (r != -ENOENT || strlen(segment) >= LOGNAME_MAX)
		return r;
	snprintf(name, sizeof(name), "%s" LOGFILE_ENDING, segment);
	return open_as(directory, name, true, ret_file);
}

void logfile_close(struct logfile *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	frames_clear(&file->frames);
	ZSTD_freeDCtx(file->context);
	free(file->plain);
	free(file->packed);
	free(file);
}

bool logfile_is_compressed(const struct logfile *file)
{
	return file->compressed;
}

int logfile_size(const struct logfile *file, int64_t *ret_size)
{
	struct stat status;
	if (!file->compressed && fstat(file->fd, &status) < 0)
		return -errno;
	*ret_size = file->compressed ? (int64_t)frames_end(&file->frames).plain : status.st_size;
	return 0;
}

/* Reading ------------------------------------------------------------------------------------- */

/* The frame in which a byte lies that there is. */
static size_t find_frame(const struct frames *frames, uint64_t offset)
{
	size_t low = 0, high = frames->count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (frames->begin[middle].plain <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int load_frame(struct logfile *file, size_t number)
{
	const struct frame_place *begin = &file->frames.begin[number];
	size_t packed = (size_t)(begin[1].packed - begin->packed);
	size_t plain = (size_t)(begin[1].plain - begin->plain);
	if (file->current == number)
		return 0;
	file->current = NO_FRAME;
	ssize_t got = fileio_read(file->fd, file->packed, packed, (off_t)begin->packed);
	if (got < 0)
		return (int)got;
	/* One frame, which says of itself what the table says. */
	if ((size_t)got != packed || ZSTD_findFrameCompressedSize(file->packed, packed) != packed ||
		ZSTD_getFrameContentSize(file->packed, packed) != plain ||
		ZSTD_decompressDCtx(file->context, file->plain, plain, file->packed, packed) !=
			plain)
		return -EBADMSG;
	file->current = number;
	return 0;
}

static ssize_t read_frames(struct logfile *file, char *bytes, size_t length, uint64_t offset)
{
	const uint64_t size = frames_end(&file->frames).plain;
	size_t done = 0;
	while (done < length && offset + done < size) {
		size_t number = find_frame(&file->frames, offset + done);
		int r = load_frame(file, number);
		if (r < 0)
			return done > 0 ? (ssize_t)done : r;
		const struct frame_place *begin = &file->frames.begin[number];
		size_t skip = (size_t)(offset + done - begin->plain);
		size_t some = (size_t)(begin[1].plain - begin->plain) - skip;
		if (some > length - done)
			some = length - done;
		memcpy(bytes + done, file->plain + skip, some);
		done += some;
	}
	return (ssize_t)done;
}

ssize_t logfile_read(struct logfile *file, char *bytes, size_t length, int64_t offset)
{
	if (offset < 0)
		return -EINVAL;
	return file->compressed ? read_frames(file, bytes, length, (uint64_t)offset)
				: fileio_read(file->fd, bytes, length, (off_t)offset);
}

/* Around what is damaged -----------------------------------------------------------------------
 */

int64_t logfile_next_whole(struct logfile *file, int64_t offset)
{
	const struct frames *frames = &file->frames;
	size_t number = find_frame(frames, (uint64_t)offset) + 1;
	while (number < frames->count && load_frame(file, number) < 0)
		number++;
	return (int64_t)(number < frames->count ? frames->begin[number] : frames_end(frames)).plain;
}

int64_t logfile_previous_whole(struct logfile *file, int64_t offset)
{
	const struct frames *frames = &file->frames;
	size_t number = find_frame(frames, (uint64_t)offset - 1);
	while (number > 0 && load_frame(file, number - 1) < 0)
		number--;
	return (int64_t)frames->begin[number].plain;
}

int64_t logfile_frame_begin(const struct logfile *file, int64_t offset)
{
	const struct frames *frames = &file->frames;
	if (!file->compressed || offset <= 0 || frames->count == 0)
		return 0;
	return (int64_t)frames->begin[find_frame(frames, (uint64_t)offset - 1)].plain;
}
