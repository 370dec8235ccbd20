/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the log: two files, cut where the first byte says. Read forward and backward, as
 * they are and by whole groups: both directions must give the same lines. Each line is parsed and
 * asked for. The end of the log is found, as the recorder does when it starts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logread.h"
#include "logrecord.h"
#include "logtail.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define LINES_MAX 8192

static char directory[] = "/dev/shm/hedate-fuzz.XXXXXX";
static const char *const names[] = { "hedate-20261120.jsonl", "hedate-20261120_01.jsonl" };

static void path_of(size_t file, char path[128])
{
	snprintf(path, 128, "%s/%s", directory, names[file]);
}

static void clean_up(void)
{
	char path[128];

	for (size_t i = 0; i < 2; i++) {
		path_of(i, path);
		unlink(path);
	}
	rmdir(directory);
}

static void write_file(size_t file, const uint8_t *bytes, size_t length)
{
	char path[128];
	FILE *out;

	path_of(file, path);
	out = fopen(path, "w");
	if (!out || (length > 0 && fwrite(bytes, 1, length, out) != length) || fclose(out) != 0)
		abort();
}

static void look_at(char *line, size_t length)
{
	struct log_filter filter = { .since = INT64_MIN,
		.until = INT64_MAX,
		.place = "lgwan",
		.reason = "spoof",
		.mac = "00:00:5e:00:53:01",
		.port = 443,
		.port_set = true,
		.events = true };
	struct log_record record;
	int64_t time;

	if (log_address_parse("10.0.0.0/8", &filter.either) < 0)
		abort();
	(void)log_record_time(line, length, &time);
	(void)log_line_ends_group(line, length);
	if (log_record_parse(line, length, &record) == 0) {
		(void)log_record_class(&record);
		(void)log_filter_match(&filter, &record);
	}
}

/* Sums over the lines: a line and its number, so that their order counts. */
static uint64_t sum_of(const char *line, size_t length, uint64_t number)
{
	uint64_t sum = 14695981039346656037u ^ number;

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ (unsigned char)line[i]) * 1099511628211u;
	return sum;
}

static void read_both_ways(int whole_groups)
{
	static uint64_t sums[LINES_MAX];
	struct logread *log;
	uint64_t count = 0;
	size_t length;
	char *line;
	int found;

	if (logread_open(directory, &log) < 0 || (whole_groups && logread_whole_groups(log) < 0))
		abort();
	while ((found = logread_next(log, &line, &length)) > 0 && count < LINES_MAX) {
		if (line[length] != '\0')
			abort();
		sums[count] = sum_of(line, length, count);
		count++;
		look_at(line, length);
	}
	if (found < 0 || logread_seek_end(log) < 0)
		abort();
	while (count < LINES_MAX && (found = logread_previous(log, &line, &length)) > 0) {
		if (count-- == 0 || sum_of(line, length, count) != sums[count])
			abort();
	}
	if (found < 0 || (count > 0 && count < LINES_MAX))
		abort();
	logread_close(log);
}

/* The last group ends inside one of the files, behind a newline. */
static void find_the_end(const uint8_t *bytes, const size_t lengths[2])
{
	struct logwrite_state state;
	struct logtail tail;

	if (logtail_read(directory, &tail, &state) < 0)
		abort();
	if (!memchr(state.site, '\0', sizeof(state.site)) ||
		!memchr(state.table, '\0', sizeof(state.table)))
		abort();
	if (tail.file[0] == '\0') {
		if (state.sequence != 0)
			abort();
		return;
	}
	size_t file = strcmp(tail.file, names[0]) != 0;
	const uint8_t *text = file ? bytes + lengths[0] : bytes;
	if (strcmp(tail.file, names[file]) != 0 || tail.end < 1 ||
		(size_t)tail.end > lengths[file] || text[tail.end - 1] != '\n')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static int made;
	size_t lengths[2];

	if (!made) {
		if (!mkdtemp(directory) || atexit(clean_up) != 0)
			abort();
		made = 1;
	}
	if (length == 0)
		return 0;
	lengths[0] = (length - 1) * bytes[0] / 255;
	lengths[1] = length - 1 - lengths[0];
	write_file(0, bytes + 1, lengths[0]);
	write_file(1, bytes + 1 + lengths[0], lengths[1]);
	find_the_end(bytes + 1, lengths);
	read_both_ways(0);
	read_both_ways(1);
	return 0;
}
