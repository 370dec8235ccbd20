/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log index: brings the index of the log up to date. Reads the files, needs no daemon. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "../lib/logindex.h"
#include "../lib/logscan.h"
#include "cmd.h"
#include "logprogress.h"
#include "optionrows.h"
#include "table.h"

enum option {
	OPTION_ANEW,
	OPTION_DIRECTORY,
	OPTION_INDEX,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_ANEW] = { "anew", 0, NULL, N_("make all of it anew") },
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
	[OPTION_INDEX] = OPTIONROW_INDEX,
};

static const struct cmd_usage usage = {
	"log index",
	"",
	N_("Brings the index of the log up to date, by which \"hedate log\" answers at once. What "
	   "it does\n"
	   "not cover is read from the log; it can be removed and made again at any time."),
	options,
	OPTION_COUNT,
};

struct work {
	const char *directory, *index;
	bool anew;
	struct logprogress progress;
	const char *segment; /* at work on */
	uint64_t segments, rows, bytes, kept, removed;
};

static int take_option(int option, const char *value, void *data)
{
	struct work *work = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (option == OPTION_ANEW)
		work->anew = true;
	else
		*(option == OPTION_INDEX ? &work->index : &work->directory) = value;
	return EXIT_OK;
}

static void on_progress(int64_t bytes, void *data)
{
	struct work *work = data;

	logprogress_look(&work->progress, work->segment, bytes);
}

static int failed(const struct work *work, const char *what, int error)
{
	if (error == -EWOULDBLOCK)
		return cmd_failed(_("%s: another process is at work on this index"), work->index);
	return cmd_failed("%s: %s", what, errtext(error));
}

static int update(struct work *work, const char *segment)
{
	struct logindex_work done;
	int r;

	work->segment = segment;
	r = logindex_update(
		work->index, work->directory, segment, work->anew, on_progress, work, &done);
	/* Gone since the names were read: moved away, or removed by retention. */
	if (r == -ENOENT)
		return EXIT_OK;
	if (r < 0) {
		logprogress_clear(&work->progress);
		return failed(work, segment, r);
	}
	work->segments++;
	work->kept += done.made == LOGINDEX_KEPT;
	work->rows += done.rows;
	work->bytes += (uint64_t)done.bytes;
	return EXIT_OK;
}

/* All of them, also when one fails. */
static int update_all(struct work *work)
{
	struct logscan_names names;
	size_t removed = 0;
	int exit_code = EXIT_OK, r = logscan_list(work->directory, LOGSCAN_SEGMENTS, &names);

	if (r < 0)
		return failed(work, work->directory, r);
	logprogress_begin(&work->progress, work->directory, _("making the index"), true);
	r = logindex_prune(work->index, work->directory, &removed);
	if (r < 0)
		exit_code = failed(work, work->index, r);
	work->removed = removed;
	for (size_t i = 0; i < names.count && r != -EWOULDBLOCK && r != -ENOENT; i++)
		if (update(work, names.names[i]) != EXIT_OK)
			exit_code = EXIT_FAILED;
	logprogress_end(&work->progress);
	logscan_free_names(&names);
	return exit_code;
}

static int say(const struct cli *cli, const struct work *work)
{
	const struct {
		const char *key, *title;
		uint64_t value;
	} fields[] = {
		{ "segments", _("files of the log"), work->segments },
		{ "unchanged", _("unchanged since"), work->kept },
		{ "records", _("lines in the index"), work->rows },
		{ "bytes", _("bytes read"), work->bytes },
		{ "removed", _("removed, as their files are gone"), work->removed },
	};
	char number[TABLE_NUMBER_MAX];
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		json_key(&json, fields[i].key);
		json_unsigned(&json, fields[i].value);
		table_number_text(fields[i].value, number);
		if (!cli->json)
			printf("%s: %s\n", fields[i].title, number);
	}
	json_object_end(&json);
	if (cli->json)
		return cmd_put_json(&json);
	json_clear(&json);
	return EXIT_OK;
}

int cmd_log_index(struct cli *cli, int argc, char **argv)
{
	struct work work = { .directory = LOG_DIRECTORY, .index = LOG_INDEX_DIRECTORY };
	int exit_code, said;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &work, &exit_code))
		return exit_code;
	exit_code = update_all(&work);
	said = exit_code == EXIT_OK || work.segments > 0 ? say(cli, &work) : EXIT_OK;
	return exit_code == EXIT_OK ? said : exit_code;
}
