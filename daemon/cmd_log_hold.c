/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log hold: legal holds, while which nothing of the log is removed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/logkeep.h"
#include "../lib/logtime.h"
#include "../lib/record.h"
#include "clock.h"
#include "cmd.h"
#include "logask.h"
#include "optionrows.h"
#include "table.h"

enum option {
	OPTION_SINCE,
	OPTION_REASON,
	OPTION_RELEASE,
	OPTION_DIRECTORY,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_SINCE] = { "since", 's', N_("TIME"),
		N_("hold what was recorded from then on; without it, all that there is") },
	[OPTION_REASON] = OPTIONROW_REASON,
	[OPTION_RELEASE] = { "release", 0, N_("NUMBER"), N_("release the hold with this number") },
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
};

static const struct cmd_usage usage = {
	"log hold",
	"",
	N_("Places a legal hold: until it is released, nothing of the log that may be of then or "
	   "later\nis removed, whatever its age. Without options, lists the holds."),
	options,
	OPTION_COUNT,
};

struct hold {
	const char *since, *reason, *release, *directory;
};

static int take_option(int option, const char *value, void *data)
{
	struct hold *hold = data;
	const char **const texts[OPTION_COUNT] = {
		[OPTION_SINCE] = &hold->since,
		[OPTION_REASON] = &hold->reason,
		[OPTION_RELEASE] = &hold->release,
		[OPTION_DIRECTORY] = &hold->directory,
	};

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	*texts[option] = value;
	return EXIT_OK;
}

/* Listing --------------------------------------------------------------------------------------
 */

static int list_json(const struct logkeep *keep)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "holds");
	json_array_begin(&json);
	for (size_t i = 0; i < keep->hold_count; i++) {
		const struct logkeep_hold *hold = &keep->holds[i];

		json_object_begin(&json);
		json_key(&json, "number");
		json_unsigned(&json, hold->number);
		record_time_put(&json, "since", hold->since);
		record_time_put(&json, "placed", hold->note.time);
		json_key(&json, "by");
		json_string(&json, hold->note.by);
		json_key(&json, "reason");
		json_string(&json, hold->note.text);
		json_object_end(&json);
	}
	json_array_end(&json);
	json_object_end(&json);
	return cmd_put_json(&json);
}

static int list_table(const struct cli *cli, const struct logkeep *keep)
{
	const struct table_column columns[] = { { _("hold"), true, 0 },
		{ _("of what is since"), false, 0 }, { _("placed"), false, 0 },
		{ _("by"), false, 0 }, { _("reason"), false, 0 } };
	struct table *table;
	char text[LOGTIME_TEXT_MAX];

	if (keep->hold_count == 0) {
		puts(_("There is no hold."));
		return EXIT_OK;
	}
	if (table_new(columns, 5, cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < keep->hold_count; i++) {
		const struct logkeep_hold *hold = &keep->holds[i];

		table_number(table, TABLE_PLAIN, hold->number);
		logtime_format_local(hold->since, text);
		table_cell(table, TABLE_PLAIN, hold->since ? text : _("ever"));
		logtime_format_local(hold->note.time, text);
		table_cell(table, TABLE_PLAIN, text);
		table_cell(table, TABLE_PLAIN, hold->note.by);
		table_cell(table, TABLE_PLAIN, hold->note.text);
	}
	int error = table_print(table, stdout);

	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

static int list(const struct cli *cli, const char *path)
{
	static struct logkeep keep;
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = directory < 0 ? -errno : logkeep_read(directory, &keep);

	if (directory >= 0)
		close(directory);
	if (r == -EBADMSG)
		return cmd_failed(_("%s/%s is damaged; the recorder removes nothing until it is "
				    "restored"),
			path, LOGKEEP_FILE);
	if (r < 0)
		return cmd_failed("%s: %s", path, errtext(r));
	return cli->json ? list_json(&keep) : list_table(cli, &keep);
}

/* Placing and releasing ------------------------------------------------------------------------
 */

static int done(const struct cli *cli, uint64_t number, bool held)
{
	struct json json;

	if (!cli->json) {
		printf(held ? _("Hold %" PRIu64 " is in force.\n")
			    : _("Hold %" PRIu64 " is released.\n"),
			number);
		return EXIT_OK;
	}
	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "number");
	json_unsigned(&json, number);
	json_key(&json, "held");
	json_bool(&json, held);
	json_object_end(&json);
	return cmd_put_json(&json);
}

static int change(const struct cli *cli, const struct hold *hold)
{
	unsigned long number = 0;
	uint64_t given;
	int64_t since = 0;
	int exit_code = logask_check_text(&usage, "reason", hold->reason);

	if (exit_code != EXIT_OK)
		return exit_code;
	if (hold->release && hold->since)
		return cmd_usage_error(&usage, _("--release takes no --since"));
	if (hold->release && (!options_number(hold->release, INT64_MAX, &number) || number == 0))
		return cmd_usage_error(
			&usage, _("\"%s\" is not the number of a hold"), hold->release);
	if (hold->since &&
		(logtime_parse_person(hold->since, clock_realtime(), false, &since) < 0 ||
			since < 0))
		return cmd_usage_error(&usage, _("\"%s\" is no time"), hold->since);
	exit_code = logask_call(cli, hold->release ? CTL_LOG_RELEASE : CTL_LOG_HOLD, number, since,
		hold->reason, &given);
	return exit_code == EXIT_OK ? done(cli, given, !hold->release) : exit_code;
}

int cmd_log_hold(struct cli *cli, int argc, char **argv)
{
	struct hold hold = { .directory = LOG_DIRECTORY };
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &hold, &exit_code))
		return exit_code;
	if (!hold.since && !hold.reason && !hold.release)
		return list(cli, hold.directory);
	return change(cli, &hold);
}
