/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/array.h"
#include "../lib/errtext.h"
#include "../lib/logtime.h"
#include "logwalk_impl.h"
#include "table.h"

#define FOLLOW_WAIT_MS 200

int walk_out_of_memory(void)
{
	return cmd_failed(_("out of memory"));
}

int walk_read_failed(const struct walk *walk, int error)
{
	struct logread_position position;

	logread_tell(walk->log, &position);
	return cmd_failed(
		_("cannot read %s/%s: %s"), walk->query->directory, position.file, errtext(error));
}

void walk_skip_damage(const struct logread_damage *part, void *data)
{
	struct walk *walk = data;

	logprogress_clear(&walk->progress);
	logdamage_tell(&walk->damage, walk->query->directory, part);
}

/* Parse without changing the line: into the copy. */
static int parse(struct walk *walk, const char *line, size_t length, struct log_record *ret_record)
{
	if (length >= walk->copy_room) {
		char *copy = realloc(walk->copy, length + 1);

		if (!copy)
			return -ENOMEM;
		walk->copy = copy;
		walk->copy_room = length + 1;
	}
	memcpy(walk->copy, line, length + 1);
	return log_record_parse(walk->copy, length, ret_record);
}

/* Does the line match? 1 with *ret_record (valid until the next call), 0, or negative errno. */
static int consider(
	struct walk *walk, const char *line, size_t length, struct log_record *ret_record)
{
	const struct log_filter *filter = &walk->query->filter;
	int64_t time;
	int error;

	if (log_record_time(line, length, &time) == 0 &&
		(time < filter->since || time >= filter->until))
		return 0;
	error = parse(walk, line, length, ret_record);
	if (error == -ENOMEM)
		return error;
	if (error < 0) {
		walk->invalid++;
		return 0;
	}
	log_places_note(&walk->places, ret_record);
	return log_filter_match(filter, ret_record);
}

static int give(struct walk *walk, const char *line, size_t length, const struct log_record *record)
{
	walk->met |= log_record_class(record) != LOG_CLASS_LOSS;
	if (walk->count)
		return logcount_add(walk->count, record) < 0 ? walk_out_of_memory() : EXIT_OK;
	logprogress_clear(&walk->progress);
	return walk->sink->take(line, length, record, walk->sink->data);
}

int walk_offer(struct walk *walk, const char *line, size_t length)
{
	struct log_record record;
	int match = consider(walk, line, length, &record);

	if (match < 0)
		return walk_out_of_memory();
	return match > 0 ? give(walk, line, length, &record) : EXIT_OK;
}

static int show(struct walk *walk)
{
	return walk->sink && walk->sink->show ? walk->sink->show(walk->sink->data) : EXIT_OK;
}

/* Forward ------------------------------------------------------------------------------------ */

/* Give all that there is from here to the end of the file. */
static int rest_of_file(struct walk *walk)
{
	struct logread_position position;
	char *line;
	size_t length;
	int found;

	while ((found = logread_next(walk->log, &line, &length)) > 0) {
		int exit_code = walk_offer(walk, line, length);

		if (exit_code != EXIT_OK)
			return exit_code;
		if (ferror(stdout))
			return EXIT_FAILED; /* nobody reads: found again, and told, at the end */
		if (walk->progress.terminal) {
			logread_tell(walk->log, &position);
			logprogress_at(&walk->progress, position.file, position.offset);
		}
	}
	return found < 0 ? walk_read_failed(walk, found) : EXIT_OK;
}

/* Give all that there is from here on. */
static int walk_forward(struct walk *walk)
{
	for (;;) {
		struct logread_position position;
		int found, exit_code = rest_of_file(walk);

		if (exit_code != EXIT_OK)
			return exit_code;
		found = logread_next_file(walk->log);
		if (found <= 0)
			return found < 0 ? walk_read_failed(walk, found) : EXIT_OK;
		logread_tell(walk->log, &position);
		if (walk_index_enter(walk, position.file))
			exit_code = walk_index_forward(walk);
		if (exit_code != EXIT_OK)
			return exit_code;
	}
}

/* The last ones ------------------------------------------------------------------------------ */

/* No record of a file was written after the end of its day: older files hold nothing for --since.
 */
static bool before_since(const struct walk *walk, const char *file)
{
	char first[LOGNAME_MAX] = "hedate-", day[LOGTIME_DAY_MAX];

	if (!walk->query->since_set)
		return false;
	logtime_day(walk->query->filter.since, day);
	memcpy(first + 7, day, sizeof(day));
	return strcmp(file, first) < 0;
}

static bool keep_line(struct lines *lines, const char *line)
{
	char **grown = array_reserve(lines->lines, sizeof(*grown), lines->count, &lines->room);

	if (!grown)
		return false;
	lines->lines = grown;
	lines->lines[lines->count] = strdup(line);
	if (!lines->lines[lines->count])
		return false;
	lines->count++;
	return true;
}

int walk_keep(struct walk *walk, struct lines *lines, const char *line, size_t length)
{
	struct log_record record;
	int match = consider(walk, line, length, &record);

	return match < 0 || (match > 0 && !keep_line(lines, line)) ? walk_out_of_memory() : EXIT_OK;
}

/* Collect the last records that match, the last one first. */
static int collect_last(struct walk *walk, struct lines *lines)
{
	char *line;
	size_t length;
	int found = 0, exit_code;
	bool indexed = false;

	while (lines->count < walk->query->last &&
		(found = logread_previous(walk->log, &line, &length)) > 0) {
		struct logread_position position;

		logread_tell(walk->log, &position);
		if (before_since(walk, position.file))
			break;
		logprogress_at(&walk->progress, position.file, position.offset);
		if (strcmp(position.file, walk->entered) != 0)
			indexed = walk_index_enter(walk, position.file);
		exit_code = indexed && position.offset < logindex_end(walk->index)
				    ? walk_index_backward(walk, lines)
				    : walk_keep(walk, lines, line, length);
		if (exit_code != EXIT_OK)
			return exit_code;
	}
	return found < 0 ? walk_read_failed(walk, found) : EXIT_OK;
}

static int give_lines(struct walk *walk, const struct lines *lines)
{
	for (size_t i = lines->count; i-- > 0;) {
		const char *line = lines->lines[i];
		struct log_record record;
		int exit_code;

		if (parse(walk, line, strlen(line), &record) < 0)
			return walk_out_of_memory(); /* it was valid before */
		exit_code = give(walk, line, strlen(line), &record);
		if (exit_code != EXIT_OK)
			return exit_code;
	}
	return EXIT_OK;
}

/* The last records; afterwards the log stands behind all that it had when this began. */
static int walk_last(struct walk *walk)
{
	struct logread_position end;
	struct lines lines = { 0 };
	int exit_code, error = logread_seek_end(walk->log);

	if (error < 0)
		return walk_read_failed(walk, error);
	logread_tell(walk->log, &end);
	walk->progress.backward = true;
	exit_code = collect_last(walk, &lines);
	if (exit_code == EXIT_OK)
		exit_code = give_lines(walk, &lines);
	for (size_t i = 0; i < lines.count; i++)
		free(lines.lines[i]);
	free(lines.lines);
	logread_seek(walk->log, &end);
	return exit_code;
}

/* The whole ---------------------------------------------------------------------------------- */

/* Until interrupted, or nobody reads any more. */
static int follow(struct walk *walk)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };

	for (;;) {
		int exit_code = walk_forward(walk), shown = show(walk);

		if (exit_code != EXIT_OK || shown != EXIT_OK)
			return exit_code != EXIT_OK ? exit_code : shown;
		if (fflush(stdout) != 0)
			return EXIT_FAILED;
		/* Also the wait: only errors of the reader end it early. */
		if (poll(&reader, 1, FOLLOW_WAIT_MS) > 0 && (reader.revents & (POLLERR | POLLNVAL)))
			return EXIT_FAILED;
	}
}

/* What was met that is no record. Torn lines are what a crash leaves; invalid ones should not be.
 */
static int report_findings(const struct walk *walk)
{
	struct logread_findings findings = logread_findings(walk->log);
	uint64_t invalid = walk->invalid + findings.too_long;
	char count[TABLE_NUMBER_MAX];

	if (findings.torn > 0) {
		table_number_text(findings.torn, count);
		fprintf(stderr,
			_("hedate: unfinished lines, as a crash leaves them, skipped: %s\n"),
			count);
	}
	if (invalid == 0)
		return logdamage_end(&walk->damage) ? EXIT_FAILED : EXIT_OK;
	(void)logdamage_end(&walk->damage);
	table_number_text(invalid, count);
	return cmd_failed(_("lines of the log that are no valid records: %s"), count);
}

/* What was asked for, as far as it is there now. */
static int walk_once(struct walk *walk, const struct cmd_usage *usage)
{
	char day[LOGTIME_DAY_MAX];
	int exit_code, shown;

	if (walk->query->since_set) {
		logtime_day(walk->query->filter.since, day);
		logread_seek_day(walk->log, day);
	}
	exit_code = walk->query->last_set ? walk_last(walk) : walk_forward(walk);
	logprogress_end(&walk->progress);
	if (exit_code == EXIT_OK && !walk->met)
		exit_code = log_places_check(&walk->places, usage);
	shown = exit_code == EXIT_OK || walk->met ? show(walk) : EXIT_OK;
	return exit_code == EXIT_OK ? shown : exit_code;
}

static int go(struct walk *walk, const struct cmd_usage *usage)
{
	int exit_code = walk_once(walk, usage), findings;

	if (exit_code == EXIT_OK && walk->query->follow)
		exit_code = follow(walk);
	findings = report_findings(walk);
	return exit_code == EXIT_OK ? findings : exit_code;
}

/* Without an index, or the right to read it, the log is read as it is. */
static int open_log(struct walk *walk)
{
	const char *directory = walk->query->directory;
	int error = logread_open(directory, &walk->log);

	walk->directory = error == 0 ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (error == 0 && walk->directory < 0)
		error = -errno;
	if (error < 0)
		return cmd_failed(_("cannot open the log %s: %s"), directory, errtext(error));
	logread_file_by_file(walk->log);
	logread_skip_damaged(walk->log, walk_skip_damage, walk);
	if (logread_whole_groups(walk->log) < 0)
		return walk_out_of_memory();
	if (walk->query->index && logindex_new(walk->query->index, &walk->index) == -ENOMEM)
		return walk_out_of_memory();
	return EXIT_OK;
}

static int run(struct walk *walk, const struct cli *cli, const struct cmd_usage *usage)
{
	int exit_code = open_log(walk);

	log_path_init(&walk->path, walk->query->path);
	if (exit_code == EXIT_OK && walk->query->path) {
		exit_code = log_path_ask(cli, usage, walk->query->path, &walk->path);
		walk->with_path = *walk->query;
		walk->with_path.filter.path = &walk->path;
		walk->query = &walk->with_path;
	}
	if (exit_code == EXIT_OK) {
		log_places_ask(&walk->places, cli, &walk->query->filter);
		logprogress_begin(
			&walk->progress, walk->query->directory, _("searching the log"), true);
		exit_code = go(walk, usage);
		logprogress_end(&walk->progress);
	}
	logread_close(walk->log);
	if (walk->directory >= 0)
		close(walk->directory);
	walk_index_close(walk);
	log_places_clear(&walk->places);
	log_path_clear(&walk->path);
	free(walk->copy);
	return exit_code;
}

int log_walk(const struct cli *cli, const struct cmd_usage *usage, const struct log_query *query,
	const struct log_sink *sink)
{
	struct walk walk = { .query = query, .sink = sink, .directory = -1 };

	return run(&walk, cli, usage);
}

int log_walk_count(const struct cli *cli, const struct cmd_usage *usage,
	const struct log_query *query, struct logcount *count)
{
	struct walk walk = { .query = query, .count = count, .directory = -1 };

	return run(&walk, cli, usage);
}
