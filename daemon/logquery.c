/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logquery.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/logread.h"
#include "../lib/logtime.h"
#include "../lib/suggest.h"
#include "ctlclient.h"
#include "logview.h"

#define ROWS_AT_ONCE   200 /* of a table between two prints */
#define FOLLOW_WAIT_MS 200
#define PLACES_MAX     3 /* of a filter: --zone, both of --pair */
#define ZONES_SECONDS  2

struct place {
	const char *name; /* as asked for; NULL: not asked for */
	bool known;	  /* to the daemon, or met in the log */
	struct suggest suggest;
};

struct run {
	const struct cli *cli;
	const struct log_query *query;
	struct logread *log;
	struct table *table; /* NULL with --json */
	size_t rows;	     /* in table, not printed yet */
	char *copy;	     /* parsing changes a line: JSON is parsed from here */
	size_t copy_room;
	bool met;	  /* something that the places of the filter let through */
	uint64_t invalid; /* lines that are no records */
	struct place places[PLACES_MAX];
	char **zones; /* the daemon's names of places, owned */
	size_t zone_count;
	bool asked; /* the daemon answered */
};

/* What was asked for in reverse order, for --last. */
struct lines {
	char **lines; /* owned, each owned */
	size_t count, room;
};

static int out_of_memory(void)
{
	return cmd_failed(_("out of memory"));
}

/* Parse without changing the line: into the copy. */
static int parse(struct run *run, const char *line, size_t length, struct log_record *ret_record)
{
	if (length >= run->copy_room) {
		char *copy = realloc(run->copy, length + 1);

		if (!copy)
			return -ENOMEM;
		run->copy = copy;
		run->copy_room = length + 1;
	}
	memcpy(run->copy, line, length + 1);
	return log_record_parse(run->copy, length, ret_record);
}

static bool names(const char *value, const char *place)
{
	return value && strcmp(value, place) == 0;
}

/* Places that the log itself mentions are known, though the policy may have none such any more. */
static void note_places(struct run *run, const struct log_record *record)
{
	for (size_t i = 0; i < PLACES_MAX; i++) {
		struct place *place = &run->places[i];

		if (place->name && !place->known)
			place->known = names(record->zone_source, place->name) ||
				       names(record->zone_destination, place->name) ||
				       names(record->segment_source, place->name) ||
				       names(record->segment_destination, place->name);
	}
}

/* Does the line match? 1 with *ret_record (valid until the next call), 0, or negative errno. */
static int consider(struct run *run, const char *line, size_t length, struct log_record *ret_record)
{
	const struct log_filter *filter = &run->query->filter;
	int64_t time;
	int error;

	if (log_record_time(line, length, &time) == 0 &&
		(time < filter->since || time >= filter->until))
		return 0;
	error = parse(run, line, length, ret_record);
	if (error == -ENOMEM)
		return error;
	if (error < 0) {
		run->invalid++;
		return 0;
	}
	note_places(run, ret_record);
	return log_filter_match(filter, ret_record);
}

static int print_rows(struct run *run)
{
	if (run->rows == 0)
		return EXIT_OK;
	run->rows = 0;
	if (run->table && table_print(run->table, stdout) < 0)
		return out_of_memory();
	return EXIT_OK;
}

static int show(struct run *run, const char *line, size_t length, const struct log_record *record)
{
	run->met |= log_record_class(record) != LOG_CLASS_LOSS;
	if (!run->table) {
		fwrite(line, 1, length, stdout);
		putchar('\n');
		return EXIT_OK;
	}
	logview_add(run->table, record);
	return ++run->rows < ROWS_AT_ONCE ? EXIT_OK : print_rows(run);
}

static int read_failed(const struct run *run, int error)
{
	struct logread_position position;

	logread_tell(run->log, &position);
	return cmd_failed(
		_("cannot read %s/%s: %s"), run->query->directory, position.file, strerror(-error));
}

/* Show all that there is from here on. */
static int show_forward(struct run *run)
{
	char *line;
	size_t length;
	int found;

	while ((found = logread_next(run->log, &line, &length)) > 0) {
		struct log_record record;
		int match = consider(run, line, length, &record);
		int exit_code = match < 0   ? out_of_memory()
				: match > 0 ? show(run, line, length, &record)
					    : EXIT_OK;

		if (exit_code != EXIT_OK)
			return exit_code;
		if (ferror(stdout))
			return EXIT_FAILED; /* nobody reads: found again, and told, at the end */
	}
	return found < 0 ? read_failed(run, found) : print_rows(run);
}

/* No record of a file was written after the end of its day: older files hold nothing for --since.
 */
static bool before_since(const struct run *run)
{
	char first[LOGNAME_MAX] = "hedate-", day[LOGTIME_DAY_MAX];
	struct logread_position position;

	if (!run->query->since_set)
		return false;
	logtime_day(run->query->filter.since, day);
	memcpy(first + 7, day, sizeof(day));
	logread_tell(run->log, &position);
	return strcmp(position.file, first) < 0;
}

static bool keep_line(struct lines *lines, const char *line)
{
	if (lines->count == lines->room) {
		size_t room = lines->room ? lines->room * 2 : 64;
		char **grown = reallocarray(lines->lines, room, sizeof(*grown));

		if (!grown)
			return false;
		lines->lines = grown;
		lines->room = room;
	}
	lines->lines[lines->count] = strdup(line);
	if (!lines->lines[lines->count])
		return false;
	lines->count++;
	return true;
}

/* Collect the last records that match, the last one first. */
static int collect_last(struct run *run, struct lines *lines)
{
	char *line;
	size_t length;
	int found = 0;

	while (lines->count < run->query->last &&
		(found = logread_previous(run->log, &line, &length)) > 0) {
		struct log_record record;
		int match;

		if (before_since(run))
			break;
		match = consider(run, line, length, &record);
		if (match < 0 || (match > 0 && !keep_line(lines, line)))
			return out_of_memory();
	}
	return found < 0 ? read_failed(run, found) : EXIT_OK;
}

static int show_lines(struct run *run, const struct lines *lines)
{
	for (size_t i = lines->count; i-- > 0;) {
		const char *line = lines->lines[i];
		struct log_record record;
		int exit_code;

		if (parse(run, line, strlen(line), &record) < 0)
			return out_of_memory(); /* it was valid before */
		exit_code = show(run, line, strlen(line), &record);
		if (exit_code != EXIT_OK)
			return exit_code;
	}
	return print_rows(run);
}

/* The last records; afterwards the log stands behind all that it had when this began. */
static int show_last(struct run *run)
{
	struct logread_position end;
	struct lines lines = { 0 };
	int exit_code, error = logread_seek_end(run->log);

	if (error < 0)
		return read_failed(run, error);
	logread_tell(run->log, &end);
	exit_code = collect_last(run, &lines);
	if (exit_code == EXIT_OK)
		exit_code = show_lines(run, &lines);
	for (size_t i = 0; i < lines.count; i++)
		free(lines.lines[i]);
	free(lines.lines);
	logread_seek(run->log, &end);
	return exit_code;
}

/* Until interrupted, or nobody reads any more. */
static int follow(struct run *run)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };

	for (;;) {
		int exit_code = show_forward(run);

		if (exit_code != EXIT_OK)
			return exit_code;
		if (fflush(stdout) != 0)
			return EXIT_FAILED;
		/* Also the wait: only errors of the reader end it early. */
		if (poll(&reader, 1, FOLLOW_WAIT_MS) > 0 && (reader.revents & (POLLERR | POLLNVAL)))
			return EXIT_FAILED;
	}
}

static bool keep_zone(struct run *run, const char *zone, const char *segment)
{
	char **zones = reallocarray(run->zones, run->zone_count + 1, sizeof(*zones));
	char *name = NULL;

	if (!zones)
		return false;
	run->zones = zones;
	if (asprintf(&name, "%s%s%s", zone, segment[0] != '\0' ? "." : "", segment) < 0)
		return false;
	run->zones[run->zone_count++] = name;
	return true;
}

static int take_zone(struct message *message, void *data)
{
	struct run *run = data;
	char zone[POLICY_NAME_MAX + 1], segment[POLICY_NAME_MAX + 1] = "";

	if (message->type != CTL_ZONE && message->type != CTL_SEGMENT)
		return EXIT_OK;
	message_get_string(message, zone, sizeof(zone));
	if (message->type == CTL_SEGMENT)
		message_get_string(message, segment, sizeof(segment));
	if (message->failed)
		return EXIT_OK;
	return keep_zone(run, zone, segment) ? EXIT_OK : out_of_memory();
}

/* Does the running policy know these places? Without a daemon to ask, all of them may be right. */
static void ask_places(struct run *run)
{
	struct ctl_request request = {
		.type = CTL_ZONES, .fd = -1, .seconds = ZONES_SECONDS, .quiet = true
	};

	run->asked = ctl_call(run->cli, &request, take_zone, run, NULL) == EXIT_OK &&
		     keep_zone(run, "gateway", "") && keep_zone(run, "unknown", "");
	for (size_t i = 0; i < PLACES_MAX; i++) {
		struct place *place = &run->places[i];

		if (!place->name)
			continue;
		place->suggest.word = place->name;
		for (size_t j = 0; j < run->zone_count; j++) {
			if (strcmp(run->zones[j], place->name) == 0)
				place->known = true;
			suggest_consider(&place->suggest, run->zones[j]);
		}
	}
}

static void set_places(struct run *run)
{
	const struct log_filter *filter = &run->query->filter;

	run->places[0].name = filter->place;
	run->places[1].name = filter->from;
	run->places[2].name = filter->to;
	if (filter->place || filter->from || filter->to)
		ask_places(run);
}

/* A place that neither the policy nor the log knows is a slip of the finger. */
static int check_places(const struct run *run)
{
	for (size_t i = 0; i < PLACES_MAX; i++) {
		const struct place *place = &run->places[i];

		if (!place->name || place->known || run->met)
			continue;
		if (!run->asked) {
			fprintf(stderr, _("hedate: no record mentions \"%s\"\n"), place->name);
			continue;
		}
		if (place->suggest.best)
			return cmd_usage_error(run->query->usage,
				_("there is no zone or segment \"%s\"; did you mean \"%s\"?"),
				place->name, place->suggest.best);
		return cmd_usage_error(
			run->query->usage, _("there is no zone or segment \"%s\""), place->name);
	}
	return EXIT_OK;
}

/* What was met that is no record. Torn lines are what a crash leaves; invalid ones should not be.
 */
static int report_findings(const struct run *run)
{
	struct logread_findings findings = logread_findings(run->log);
	uint64_t invalid = run->invalid + findings.too_long;
	char count[TABLE_NUMBER_MAX];

	if (findings.torn > 0) {
		table_number_text(findings.torn, count);
		fprintf(stderr,
			_("hedate: unfinished lines, as a crash leaves them, skipped: %s\n"),
			count);
	}
	if (invalid == 0)
		return EXIT_OK;
	table_number_text(invalid, count);
	return cmd_failed(_("lines of the log that are no valid records: %s"), count);
}

static int go(struct run *run)
{
	char day[LOGTIME_DAY_MAX];
	int exit_code, findings;

	if (run->query->since_set) {
		logtime_day(run->query->filter.since, day);
		logread_seek_day(run->log, day);
	}
	exit_code = run->query->last_set ? show_last(run) : show_forward(run);
	if (exit_code == EXIT_OK)
		exit_code = check_places(run);
	/* The titles, when nothing matched so far. */
	if (exit_code == EXIT_OK && run->table && table_print(run->table, stdout) < 0)
		exit_code = out_of_memory();
	if (exit_code == EXIT_OK && run->query->follow)
		exit_code = follow(run);
	findings = report_findings(run);
	return exit_code == EXIT_OK ? findings : exit_code;
}

int log_query_run(const struct cli *cli, const struct log_query *query)
{
	struct run run = { .cli = cli, .query = query };
	int exit_code, error = logread_open(query->directory, &run.log);

	if (error < 0)
		return cmd_failed(
			_("cannot open the log %s: %s"), query->directory, strerror(-error));
	if (logread_whole_groups(run.log) < 0 ||
		(!cli->json && logview_new(cli->color, &run.table) < 0)) {
		exit_code = out_of_memory();
	} else {
		set_places(&run);
		exit_code = go(&run);
	}
	table_free(run.table);
	logread_close(run.log);
	for (size_t i = 0; i < run.zone_count; i++)
		free(run.zones[i]);
	free(run.zones);
	free(run.copy);
	return exit_code;
}
