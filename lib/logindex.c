/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logindex_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileio.h"
#include "logfile.h"

#define NO_PART	  SIZE_MAX
#define PARTS_MAX (1u << 20)

#define HASH_STEP (4 * sizeof(uint64_t))

static const uint64_t multiplier = UINT64_C(0x9fb21c651e98df25);

/* Four lanes, so that it goes at the speed of memory. */
static void hash_step(uint64_t lanes[4], const uint8_t bytes[HASH_STEP])
{
	uint64_t words[4];

	memcpy(words, bytes, HASH_STEP);
	for (int i = 0; i < 4; i++) {
		lanes[i] = (lanes[i] ^ words[i]) * multiplier;
		lanes[i] ^= lanes[i] >> 32;
	}
}

uint64_t logindex_hash(const void *bytes, size_t length)
{
	uint64_t lanes[4] = { length, 1, 2, 3 };
	uint8_t last[HASH_STEP] = { 0 };
	const uint8_t *at = bytes;
	size_t left = length;

	for (; left >= HASH_STEP; left -= HASH_STEP, at += HASH_STEP)
		hash_step(lanes, at);
	if (left > 0)
		memcpy(last, at, left);
	hash_step(lanes, last);
	for (int i = 1; i < 4; i++)
		lanes[0] = ((lanes[0] << 7 | lanes[0] >> 57) ^ lanes[i]) * multiplier;
	return lanes[0] ^ lanes[0] >> 29;
}

/* Bytes of each section's elements, one a row; 0: it is a table. */
static const uint8_t widths[SECTION_COUNT] = {
	[SECTION_OFFSETS] = 4,
	[SECTION_TIMES] = 8,
	[SECTION_KIND] = 2,
	[SECTION_SOURCE] = 2,
	[SECTION_DESTINATION] = 2,
	[SECTION_SPORT] = 2,
	[SECTION_DPORT] = 2,
	[SECTION_MAC] = 2,
	[SECTION_PACKETS] = 4,
};

static size_t table_bytes(const struct address_table *table)
{
	return (size_t)table->v4 * 4 + (size_t)table->v6 * 16;
}

size_t logindex_section_bytes(const struct part *part, enum section section)
{
	switch (section) {
	case SECTION_SOURCES:
		return table_bytes(&part->sources);
	case SECTION_DESTINATIONS:
		return table_bytes(&part->destinations);
	case SECTION_MACS:
		return (size_t)part->macs * MAC_LENGTH;
	case SECTION_SUMS:
		return part->kinds * sizeof(struct kind_sum);
	case SECTION_KINDS:
		return part->kind_bytes;
	default:
		return (size_t)part->rows * widths[section];
	}
}

void logindex_name(const char *segment, char name[LOGINDEX_NAME_MAX])
{
	snprintf(name, LOGINDEX_NAME_MAX, "%.*s" LOGINDEX_ENDING, LOGNAME_MAX - 1, segment);
}

/* The segment as it is now ---------------------------------------------------------------------
 */

static int64_t ns_of(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

int logindex_identify(int log, const char *segment, struct identity *ret_identity)
{
	char name[LOGNAME_MAX + sizeof(LOGFILE_ENDING)];
	bool compressed = false;
	struct stat status;

	if (fstatat(log, segment, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return -errno;
		snprintf(name, sizeof(name), "%.*s" LOGFILE_ENDING, LOGNAME_MAX - 1, segment);
		if (fstatat(log, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		compressed = true;
	}
	*ret_identity = (struct identity){
		.device = status.st_dev,
		.inode = status.st_ino,
		.size = (uint64_t)status.st_size,
		.modified = ns_of(&status.st_mtim),
		.changed = ns_of(&status.st_ctim),
		.compressed = compressed,
	};
	return 0;
}

static int sample(struct logfile *file, int64_t begin, int64_t end, uint64_t *ret_hash)
{
	char bytes[LOGINDEX_SAMPLE];
	size_t length = (size_t)(end - begin);
	ssize_t got = logfile_read(file, bytes, length, begin);

	if (got < 0)
		return (int)got;
	if ((size_t)got < length)
		return -ESTALE;
	*ret_hash = logindex_hash(bytes, length);
	return 0;
}

int logindex_sample(struct logfile *file, int64_t end, uint64_t *ret_head, uint64_t *ret_tail)
{
	int64_t length = end < LOGINDEX_SAMPLE ? end : LOGINDEX_SAMPLE;
	int r = sample(file, 0, length, ret_head);

	return r < 0 ? r : sample(file, end - length, end, ret_tail);
}

/* Does the segment still begin with what the index was made of? */
static int compare_samples(const struct trailer *trailer, int log)
{
	struct logfile *file;
	uint64_t head = 0, tail = 0;
	int r = logfile_open(log, trailer->segment, &file);

	if (r < 0)
		return -ESTALE;
	r = logindex_sample(file, trailer->end, &head, &tail);
	logfile_close(file);
	if (r == -ENOMEM)
		return r;
	return r == 0 && head == trailer->head_hash && tail == trailer->tail_hash ? 0 : -ESTALE;
}

/* It may have grown, and it may have been compressed; nothing else happens to a segment. */
static int check_segment(const struct trailer *trailer, int log)
{
	const struct identity *then = &trailer->identity;
	struct identity now = { 0 };

	if (logindex_identify(log, trailer->segment, &now) < 0)
		return -ESTALE;
	if (memcmp(&now, then, sizeof(now)) == 0)
		return 0;
	if (now.compressed == then->compressed &&
		(now.compressed || now.inode != then->inode || now.size <= then->size))
		return -ESTALE;
	return now.compressed >= then->compressed ? compare_samples(trailer, log) : -ESTALE;
}

/* Opening --------------------------------------------------------------------------------------
 */

int logindex_new(const char *directory, struct logindex **ret_index)
{
	struct logindex *index = calloc(1, sizeof(*index));

	if (!index)
		return -ENOMEM;
	index->fd = -1;
	index->current = NO_PART;
	index->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (index->directory < 0) {
		int error = -errno;

		free(index);
		return error;
	}
	*ret_index = index;
	return 0;
}

static void leave(struct logindex *index)
{
	if (index->fd >= 0)
		close(index->fd);
	index->fd = -1;
	free(index->parts);
	index->parts = NULL;
	index->part_count = 0;
	index->current = NO_PART;
	index->trailer.end = 0;
}

void logindex_free(struct logindex *index)
{
	if (!index)
		return;
	leave(index);
	close(index->directory);
	for (size_t i = 0; i < SECTION_COUNT; i++)
		free(index->sections[i]);
	free(index->lines);
	logindex_matcher_free(index->matcher);
	logindex_tally_free(index->tally);
	free(index);
}

/* All of it, or -EBADMSG. */
static int read_bytes(int fd, void *bytes, size_t length, uint64_t position)
{
	ssize_t got = fileio_read(fd, bytes, length, (off_t)position);

	if (got < 0)
		return (int)got;
	return (size_t)got == length ? 0 : -EBADMSG;
}

static int read_trailer(struct logindex *index, const char *segment)
{
	struct trailer *trailer = &index->trailer;
	int r;

	if (index->size < sizeof(*trailer))
		return -EBADMSG;
	r = read_bytes(index->fd, trailer, sizeof(*trailer), index->size - sizeof(*trailer));
	if (r < 0)
		return r;
	if (memcmp(trailer->magic, LOGINDEX_MAGIC, sizeof(trailer->magic)) != 0 ||
		trailer->hash != logindex_hash(trailer, offsetof(struct trailer, hash)))
		return -EBADMSG;
	if (strncmp(trailer->segment, segment, sizeof(trailer->segment)) != 0)
		return -ESTALE;
	if (trailer->parts > PARTS_MAX || trailer->position > index->size ||
		trailer->position + trailer->parts * sizeof(struct part) + sizeof(*trailer) !=
			index->size)
		return -EBADMSG;
	return 0;
}

static bool table_valid(const struct address_table *table, uint32_t rows)
{
	return table->v4 <= rows && table->v6 <= rows - table->v4;
}

/* Do its numbers fit with one another, and with the file? begin: where it has to begin. */
static bool part_valid(const struct logindex *index, const struct part *part, int64_t begin)
{
	uint64_t end = part->position;

	if (part->begin != begin || part->end <= begin || part->end - begin > UINT32_MAX ||
		part->rows == 0 || part->rows > LOGINDEX_ROWS ||
		part->kinds < LOGINDEX_KINDS_FIXED || part->kinds > LOGINDEX_ROWS ||
		part->kind_bytes > (LOGINDEX_ROWS + 1) * LOGINDEX_KIND_MAX ||
		part->macs > part->rows || !table_valid(&part->sources, part->rows) ||
		!table_valid(&part->destinations, part->rows))
		return false;
	for (int i = 0; i < SECTION_COUNT; i++)
		end += logindex_padded(logindex_section_bytes(part, (enum section)i));
	return part->position <= index->trailer.position && end <= index->trailer.position;
}

static int read_parts(struct logindex *index)
{
	const struct trailer *trailer = &index->trailer;
	size_t bytes = trailer->parts * sizeof(*index->parts);
	int64_t begin = 0;
	int r;

	index->parts = malloc(bytes + 1);
	if (!index->parts)
		return -ENOMEM;
	r = read_bytes(index->fd, index->parts, bytes, trailer->position);
	if (r < 0)
		return r;
	if (logindex_hash(index->parts, bytes) != trailer->parts_hash)
		return -EBADMSG;
	for (size_t i = 0; i < trailer->parts; i++) {
		if (!part_valid(index, &index->parts[i], begin))
			return -EBADMSG;
		begin = index->parts[i].end;
	}
	if (begin != trailer->end)
		return -EBADMSG;
	index->part_count = trailer->parts;
	return 0;
}

static int enter(struct logindex *index, int log, const char *segment)
{
	char name[LOGINDEX_NAME_MAX];
	struct stat status;
	int r;

	logindex_name(segment, name);
	index->fd = openat(
		index->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (index->fd < 0)
		return -errno;
	if (fstat(index->fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EBADMSG;
	index->size = (uint64_t)status.st_size;
	r = read_trailer(index, segment);
	if (r == 0)
		r = check_segment(&index->trailer, log);
	return r < 0 ? r : read_parts(index);
}

int logindex_enter(struct logindex *index, int log, const char *segment)
{
	int r;

	leave(index);
	r = enter(index, log, segment);
	if (r < 0)
		leave(index);
	return r;
}

size_t logindex_parts(const struct logindex *index)
{
	return index->part_count;
}

struct logindex_range logindex_part(const struct logindex *index, size_t part)
{
	return (struct logindex_range){ index->parts[part].begin, index->parts[part].end };
}

int64_t logindex_end(const struct logindex *index)
{
	return index->trailer.end;
}

/* Sections -------------------------------------------------------------------------------------
 */

static int make_room(struct logindex *index, enum section section, size_t bytes)
{
	/* Loops go over columns in steps of rows: they may look beyond the last one. */
	size_t room = bytes > sizeof(uint64_t) * (LOGINDEX_ROWS + 1)
			      ? bytes + 1
			      : sizeof(uint64_t) * (LOGINDEX_ROWS + 1) + 1;

	if (index->rooms[section] >= room)
		return 0;
	free(index->sections[section]);
	index->rooms[section] = 0;
	index->sections[section] = calloc(1, room);
	if (!index->sections[section])
		return -ENOMEM;
	index->rooms[section] = room;
	return 0;
}

static int load(struct logindex *index, const struct part *part, enum section section)
{
	size_t bytes = logindex_section_bytes(part, section);
	uint64_t position = part->position;
	int r = make_room(index, section, bytes);

	if (r < 0)
		return r;
	for (int i = 0; i < (int)section; i++)
		position += logindex_padded(logindex_section_bytes(part, (enum section)i));
	r = read_bytes(index->fd, index->sections[section], bytes, position);
	if (r < 0)
		return r;
	((char *)index->sections[section])[bytes] = '\0';
	return logindex_hash(index->sections[section], bytes) == part->hashes[section] ? 0
										       : -EBADMSG;
}

const void *logindex_section(
	struct logindex *index, size_t part, enum section section, int *ret_error)
{
	if (index->current != part) {
		memset(index->loaded, 0, sizeof(index->loaded));
		index->current = part;
	}
	*ret_error = 0;
	if (!index->loaded[section])
		*ret_error = load(index, &index->parts[part], section);
	index->loaded[section] = *ret_error == 0;
	return *ret_error == 0 ? index->sections[section] : NULL;
}
