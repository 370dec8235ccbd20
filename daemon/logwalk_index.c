/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logwalk_impl.h"

static void close_file(struct walk *walk)
{
	logfile_close(walk->file);
	walk->file = NULL;
}

void walk_index_close(struct walk *walk)
{
	close_file(walk);
	logindex_free(walk->index);
	walk->index = NULL;
	free(walk->line);
}

bool walk_index_enter(struct walk *walk, const char *segment)
{
	if (!walk->index)
		return false;
	close_file(walk);
	memcpy(walk->entered, segment, strlen(segment) + 1);
	return logindex_enter(walk->index, walk->directory, segment) == 0;
}

/* A single line: NUL-terminated, without its newline. 0; -ESTALE: it is not there; other negative
 * errno. */
static int read_line(struct walk *walk, const struct logindex_line *line)
{
	ssize_t got;
	int r = walk->file ? 0 : logfile_open(walk->directory, walk->entered, &walk->file);

	if (r < 0)
		return r;
	if (line->length > LOGREAD_LINE_MAX)
		return -ESTALE;
	if (walk->line_room < line->length + 1) {
		char *grown = realloc(walk->line, line->length * 2 + 1);

		if (!grown)
			return -ENOMEM;
		walk->line = grown;
		walk->line_room = line->length * 2 + 1;
	}
	got = logfile_read(walk->file, walk->line, line->length + 1, line->offset);
	if (got < 0)
		return (int)got;
	if ((size_t)got != line->length + 1 || walk->line[line->length] != '\n')
		return -ESTALE;
	walk->line[line->length] = '\0';
	return 0;
}

static void seek(struct walk *walk, int64_t offset)
{
	struct logread_position position = { .offset = offset };

	memcpy(position.file, walk->entered, sizeof(position.file));
	logread_seek(walk->log, &position);
}

/* The places that are asked for: does the log know them? */
static void note_places(struct walk *walk, size_t part)
{
	for (size_t i = 0; i < LOG_PLACES_MAX; i++) {
		struct log_place *place = &walk->places.places[i];

		if (place->name && !place->known)
			place->known = logindex_mentions(
				walk->index, part, &walk->query->filter, place->name);
	}
}

/* Forward ------------------------------------------------------------------------------------ */

/* As if there were no index. */
static int scan(struct walk *walk, int64_t begin, int64_t end)
{
	struct logread_position position;
	char *line;
	size_t length;
	int found = 0, exit_code = EXIT_OK;

	seek(walk, begin);
	for (;;) {
		logread_tell(walk->log, &position);
		if (position.offset >= end)
			return EXIT_OK;
		logprogress_at(&walk->progress, position.file, position.offset);
		found = logread_next(walk->log, &line, &length);
		if (found <= 0)
			return found < 0 ? walk_read_failed(walk, found) : EXIT_OK;
		exit_code = walk_offer(walk, line, length);
		if (exit_code != EXIT_OK)
			return exit_code;
	}
}

/* A line that was found cannot be read; the others were counted without it. */
static void skip_line(struct walk *walk, const struct logindex_line *line)
{
	struct logread_damage part = { .file = walk->entered, .begin = 0, .end = -1 };

	if (walk->file) {
		part.begin = logfile_frame_begin(walk->file, line->offset + 1);
		part.end = logfile_next_whole(walk->file, line->offset);
	}
	walk_skip_damage(&part, walk);
}

/* The lines that were found in a part. */
static int offer_lines(
	struct walk *walk, const struct logindex_lines *found, struct logindex_range range)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct logindex_line *line = &found->lines[i];
		int exit_code, r = read_line(walk, line);

		if (r == -ENOMEM)
			return walk_out_of_memory();
		/* The log itself says what is wrong, or is not what it was. */
		if (r < 0 && !walk->count)
			return scan(walk, line->offset, range.end);
		if (r == -EBADMSG) {
			skip_line(walk, line);
			continue;
		}
		if (r < 0)
			return walk_read_failed(walk, r);
		exit_code = walk_offer(walk, walk->line, line->length);
		if (exit_code != EXIT_OK)
			return exit_code;
		logprogress_at(&walk->progress, walk->entered, line->offset);
	}
	return EXIT_OK;
}

static int part_forward(struct walk *walk, size_t part)
{
	const struct log_filter *filter = &walk->query->filter;
	struct logindex_range range = logindex_part(walk->index, part);
	struct logindex_lines lines;
	struct logcount_totals before = { 0 }, after = { 0 };
	int r;

	note_places(walk, part);
	if (walk->count) {
		before = logcount_totals(walk->count);
		r = logindex_count(walk->index, part, filter, walk->count, &lines);
		after = logcount_totals(walk->count);
		walk->met |= after.records > before.records;
	} else {
		r = logindex_find(walk->index, part, filter, &lines);
	}
	if (r == -ENOMEM)
		return walk_out_of_memory();
	if (r < 0)
		return scan(walk, range.begin, range.end);
	return offer_lines(walk, &lines, range);
}

int walk_index_forward(struct walk *walk)
{
	size_t count = logindex_parts(walk->index);
	int exit_code = EXIT_OK;

	for (size_t i = 0; i < count && exit_code == EXIT_OK; i++) {
		logprogress_at(&walk->progress, walk->entered, logindex_part(walk->index, i).begin);
		exit_code = part_forward(walk, i);
		if (ferror(stdout))
			return EXIT_FAILED;
	}
	seek(walk, logindex_end(walk->index));
	return exit_code;
}

/* Backward ----------------------------------------------------------------------------------- */

static bool enough(const struct walk *walk, const struct lines *lines)
{
	return lines->count >= walk->query->last;
}

/* As if there were no index. */
static int scan_back(struct walk *walk, struct lines *lines, int64_t begin, int64_t end)
{
	struct logread_position position;
	char *line;
	size_t length;

	seek(walk, end);
	while (!enough(walk, lines)) {
		int exit_code, found;

		logread_tell(walk->log, &position);
		if (position.offset <= begin)
			break;
		found = logread_previous(walk->log, &line, &length);
		if (found <= 0)
			return found < 0 ? walk_read_failed(walk, found) : EXIT_OK;
		exit_code = walk_keep(walk, lines, line, length);
		if (exit_code != EXIT_OK)
			return exit_code;
	}
	return EXIT_OK;
}

static int keep_lines(struct walk *walk, struct lines *lines, const struct logindex_lines *found,
	struct logindex_range range)
{
	for (size_t i = found->count; i-- > 0 && !enough(walk, lines);) {
		const struct logindex_line *line = &found->lines[i];
		int exit_code, r = read_line(walk, line);

		if (r == -ENOMEM)
			return walk_out_of_memory();
		if (r < 0)
			return scan_back(
				walk, lines, range.begin, line->offset + (int64_t)line->length + 1);
		exit_code = walk_keep(walk, lines, walk->line, line->length);
		if (exit_code != EXIT_OK)
			return exit_code;
	}
	return EXIT_OK;
}

static int part_backward(struct walk *walk, struct lines *lines, size_t part)
{
	struct logindex_range range = logindex_part(walk->index, part);
	struct logindex_lines found;
	int r;

	note_places(walk, part);
	r = logindex_find(walk->index, part, &walk->query->filter, &found);
	if (r == -ENOMEM)
		return walk_out_of_memory();
	if (r < 0)
		return scan_back(walk, lines, range.begin, range.end);
	return keep_lines(walk, lines, &found, range);
}

int walk_index_backward(struct walk *walk, struct lines *lines)
{
	int exit_code = EXIT_OK;

	for (size_t i = logindex_parts(walk->index); i-- > 0 && !enough(walk, lines);) {
		logprogress_at(&walk->progress, walk->entered, logindex_part(walk->index, i).begin);
		exit_code = part_backward(walk, lines, i);
		if (exit_code != EXIT_OK)
			break;
	}
	seek(walk, 0);
	return exit_code;
}
