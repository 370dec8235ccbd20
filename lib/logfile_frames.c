/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logfile_frames.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "fileio.h"

#define SKIPPABLE 0x184D2A5Eu
#define SEEKABLE  0x8F92EAB1u
#define COUNT_MAX (1u << 22)

struct frame_place frames_end(const struct frames *frames)
{
	const struct frame_place zero = { 0 };
	return frames->begin ? frames->begin[frames->count] : zero;
}

/* The array has room for a power of two of frames, and for the end behind them. */
int frames_add(struct frames *frames, size_t packed, size_t plain)
{
	struct frame_place end = frames_end(frames);
	size_t count = frames->count + 1;
	if (!frames->begin || (frames->count & (frames->count - 1)) == 0) {
		struct frame_place *grown = reallocarray(
			frames->begin, (frames->count ? frames->count * 2 : 1) + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		frames->begin = grown;
	}
	frames->begin[frames->count] = end;
	frames->begin[count] = (struct frame_place){ end.packed + packed, end.plain + plain };
	frames->count = count;
	return 0;
}

void frames_clear(struct frames *frames)
{
	free(frames->begin);
	memset(frames, 0, sizeof(*frames));
}

static unsigned char *put32(unsigned char *at, uint64_t value)
{
	uint32_t bytes = htole32((uint32_t)value);
	memcpy(at, &bytes, sizeof(bytes));
	return at + sizeof(bytes);
}

static uint32_t get32(const unsigned char *at)
{
	uint32_t bytes;
	memcpy(&bytes, at, sizeof(bytes));
	return le32toh(bytes);
}

int frames_format(const struct frames *frames, unsigned char **ret_bytes, size_t *ret_length)
{
	size_t body = frames->count * FRAMES_ENTRY + FRAMES_FOOTER;
	unsigned char *bytes = malloc(FRAMES_HEADER + body), *at = bytes;
	if (!bytes)
		return -ENOMEM;
	at = put32(put32(at, SKIPPABLE), body);
	for (size_t i = 0; i < frames->count; i++) {
		const struct frame_place *one = &frames->begin[i];
		at = put32(put32(at, one[1].packed - one->packed), one[1].plain - one->plain);
	}
	at = put32(at, frames->count);
	*at++ = 0; /* no checksums here: the frames have their own */
	(void)put32(at, SEEKABLE);
	*ret_bytes = bytes;
	*ret_length = FRAMES_HEADER + body;
	return 0;
}

/* All of length, or -EBADMSG. */
static int take_bytes(int fd, void *bytes, size_t length, uint64_t offset)
{
	ssize_t got = fileio_read(fd, bytes, length, (off_t)offset);
	return got < 0 ? (int)got : (size_t)got == length ? 0 : -EBADMSG;
}

/* Where the table begins, and how many frames it tells of. */
static int find_table(int fd, uint64_t size, uint64_t *ret_begin, size_t *ret_count)
{
	unsigned char footer[FRAMES_FOOTER], header[FRAMES_HEADER];
	if (size < FRAMES_HEADER + FRAMES_FOOTER)
		return -EBADMSG;
	int r = take_bytes(fd, footer, sizeof(footer), size - sizeof(footer));
	if (r < 0)
		return r;
	uint64_t count = get32(footer), body = count * FRAMES_ENTRY + FRAMES_FOOTER;
	if (get32(footer + 5) != SEEKABLE || footer[4] != 0 || count > COUNT_MAX ||
		FRAMES_HEADER + body > size)
		return -EBADMSG;
	*ret_begin = size - body - FRAMES_HEADER;
	*ret_count = (size_t)count;
	r = take_bytes(fd, header, sizeof(header), *ret_begin);
	if (r == 0 && (get32(header) != SKIPPABLE || get32(header + 4) != body))
		r = -EBADMSG;
	return r;
}

static int take_entries(struct frames *frames, const unsigned char *entries, size_t count)
{
	int r = 0;
	for (size_t i = 0; i < count && r == 0; i++, entries += FRAMES_ENTRY) {
		uint32_t packed = get32(entries), plain = get32(entries + 4);
		if (packed == 0 || packed > ZSTD_compressBound(LOGFILE_FRAME_MAX) || plain == 0 ||
			plain > LOGFILE_FRAME_MAX)
			return -EBADMSG;
		r = frames_add(frames, packed, plain);
	}
	return r;
}

int frames_read(int fd, uint64_t size, struct frames *ret_frames)
{
	uint64_t begin = 0;
	size_t count = 0;
	memset(ret_frames, 0, sizeof(*ret_frames));
	int r = find_table(fd, size, &begin, &count);
	if (r < 0)
		return r;
	unsigned char *entries = malloc(count * FRAMES_ENTRY + 1);
	if (!entries)
		return -ENOMEM;
	r = take_bytes(fd, entries, count * FRAMES_ENTRY, begin + FRAMES_HEADER);
	if (r == 0)
		r = take_entries(ret_frames, entries, count);
	/* Nothing may lie between the frames and their table. */
	if (r == 0 && frames_end(ret_frames).packed != begin)
		r = -EBADMSG;
	free(entries);
	if (r < 0)
		frames_clear(ret_frames);
	return r;
}
