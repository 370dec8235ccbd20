/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index whose checksums are right and whose contents are not: bytes of a true one are changed,
 * as the input says, and all checksums made anew. Whatever is asked of it must end well: an error,
 * or lines inside of the part.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "logindex_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define SEGMENT	 "hedate-20261120.jsonl"
#define FILE_MAX 65536
#define FLOWS	 30

static char directory[] = "/dev/shm/hedate-fuzz.XXXXXX";
static uint8_t whole[FILE_MAX], changed[FILE_MAX];
static size_t size;
static int log_fd = -1;

static void path_of(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", directory, name);
}

static void clean_up(void)
{
	char path[128];

	path_of(SEGMENT, path);
	unlink(path);
	path_of(SEGMENT ".index", path);
	unlink(path);
	rmdir(directory);
}

static void write_log(void)
{
	char path[128];
	FILE *out;

	path_of(SEGMENT, path);
	out = fopen(path, "w");
	if (!out)
		abort();
	for (int i = 0; i < FLOWS; i++)
		fprintf(out,
			"{\"@timestamp\":\"2026-11-20T08:00:%02dZ\",\"event.action\":\"flow-"
			"blocked\","
			"\"event.reason\":\"%s\",\"hedate.zone.source\":\"lgwan\","
			"\"source.mac\":\"00-00-5E-00-53-%02X\",\"source.ip\":\"%s%d\","
			"\"destination.ip\":\"10.0.0.1\",\"destination.port\":%d,"
			"\"network.transport\":\"tcp\",\"network.packets\":%d}\n",
			i, i % 3 ? "no-path" : "spoof", i, i % 4 ? "10.0.0." : "fd00::", i, i, i);
	fputs("no record\n{\"@timestamp\":\"2026-11-20T08:01:00Z\",\"event.action\":\"records-"
	      "lost\","
	      "\"hedate.lost.packets\":3}\n{\"@timestamp\":\"2026-11-20T08:01:00Z\","
	      "\"event.action\":\"ledger\"}\n",
		out);
	if (fclose(out) != 0)
		abort();
}

static void prepare(void)
{
	struct logindex_work work;
	char path[128];
	FILE *in;

	if (!mkdtemp(directory) || atexit(clean_up) != 0)
		abort();
	write_log();
	if (logindex_update(directory, directory, SEGMENT, true, NULL, NULL, &work) < 0)
		abort();
	path_of(SEGMENT ".index", path);
	in = fopen(path, "r");
	log_fd = open(directory, O_RDONLY | O_DIRECTORY);
	if (!in || log_fd < 0)
		abort();
	size = fread(whole, 1, sizeof(whole), in);
	fclose(in);
	if (size < sizeof(struct trailer) || size == sizeof(whole))
		abort();
}

/* The checksums of a part's sections, as far as these are in the file. */
static void seal_part(struct part *part)
{
	uint64_t position = part->position;

	for (int i = 0; i < SECTION_COUNT; i++) {
		size_t bytes = logindex_section_bytes(part, (enum section)i);

		if (position > size || bytes > size - position)
			return;
		part->hashes[i] = logindex_hash(changed + position, bytes);
		position += logindex_padded(bytes);
	}
}

static void seal(void)
{
	struct trailer trailer;
	uint8_t *end = changed + size - sizeof(trailer);
	size_t parts;

	memcpy(&trailer, end, sizeof(trailer));
	if (trailer.position <= size - sizeof(trailer) &&
		trailer.parts <=
			(size - sizeof(trailer) - trailer.position) / sizeof(struct part)) {
		parts = trailer.parts * sizeof(struct part);
		for (size_t i = 0; i < trailer.parts; i++) {
			struct part part;
			uint8_t *at = changed + trailer.position + i * sizeof(part);

			memcpy(&part, at, sizeof(part));
			seal_part(&part);
			memcpy(at, &part, sizeof(part));
		}
		trailer.parts_hash = logindex_hash(changed + trailer.position, parts);
	}
	trailer.hash = logindex_hash(&trailer, offsetof(struct trailer, hash));
	memcpy(end, &trailer, sizeof(trailer));
}

static void check_lines(struct logindex *index, size_t part, const struct logindex_lines *lines)
{
	struct logindex_range range = logindex_part(index, part);

	for (size_t i = 0; i < lines->count; i++)
		if (lines->lines[i].offset < range.begin ||
			lines->lines[i].offset + (int64_t)lines->lines[i].length >= range.end)
			abort();
}

static void ask(struct logindex *index, size_t part, const struct log_filter *filter)
{
	struct logindex_lines lines;

	if (logindex_find(index, part, filter, &lines) == 0)
		check_lines(index, part, &lines);
	static const int64_t bounds[] = { INT64_C(1795161600000000000),
		INT64_C(1795161605000000000), INT64_C(1795165200000000000) };

	for (int by = 0; by <= LOGCOUNT_TIME; by++) {
		struct logcount_row *rows;
		struct logcount *count;
		size_t row_count;

		if (logcount_new((enum logcount_by)by, &count) < 0)
			abort();
		if (by == LOGCOUNT_TIME && logcount_set_spans(count, bounds, 2) < 0)
			abort();
		if (logindex_count(index, part, filter, count, &lines) == 0)
			check_lines(index, part, &lines);
		if (logcount_top(count, 5, &rows, &row_count) < 0)
			abort();
		free(rows);
		logcount_free(count);
	}
	(void)logindex_mentions(index, part, filter, "lgwan");
}

static void ask_all(struct logindex *index)
{
	struct log_filter filter = { .since = INT64_MIN, .until = INT64_MAX, .events = true };

	for (size_t part = 0; part < logindex_parts(index) && part < 4; part++) {
		ask(index, part, &filter);
		filter.port_set = true;
		filter.mac = "00:00:5e:00:53:05";
		filter.since = INT64_C(1795161605000000000);
		if (log_address_parse("10.0.0.0/28", &filter.either) < 0)
			abort();
		ask(index, part, &filter);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct logindex *index;
	char path[128];
	int fd;

	if (log_fd < 0)
		prepare();
	memcpy(changed, whole, size);
	/* Three bytes a change: where, and what. */
	for (; length >= 3; bytes += 3, length -= 3)
		changed[(bytes[0] | (size_t)bytes[1] << 8) % size] = bytes[2];
	seal();
	path_of(SEGMENT ".index", path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, changed, size) != (ssize_t)size || close(fd) != 0 ||
		logindex_new(directory, &index) < 0)
		abort();
	if (logindex_enter(index, log_fd, SEGMENT) == 0)
		ask_all(index);
	logindex_free(index);
	return 0;
}
