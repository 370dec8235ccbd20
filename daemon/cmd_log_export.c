/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log export: copies of what is sealed, for another medium. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "../lib/logexport.h"
#include "../lib/logkeep.h"
#include "cmd.h"
#include "logask.h"
#include "optionrows.h"

enum option {
	OPTION_DIRECTORY,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
};

static const struct cmd_usage usage = {
	"log export",
	N_("DIRECTORY"),
	N_("Copies the log, as far as it is sealed, with its checkpoints, the first public key and "
	   "a "
	   "file\nSHA256SUMS, to another medium. What is there already as a whole is left as it "
	   "is; "
	   "each copy is\nread back. That it was done, and when, goes on record and is shown by "
	   "\"hedate status\"."),
	options,
	OPTION_COUNT,
};

struct export
{
	const char *log, *directory;
};

static int take_option(int option, const char *value, void *data)
{
	struct export *export = data;

	if (option == OPTION_DIRECTORY) {
		export->log = value;
		return EXIT_OK;
	}
	if (export->directory)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	export->directory = value;
	return EXIT_OK;
}

static void on_copied(const char *name, uint64_t bytes, void *data)
{
	const struct cli *cli = data;

	if (!cli->json)
		printf("%s  %" PRIu64 "\n", name, bytes);
}

static int failed(const struct export *export, const struct logexport_result *result, int error)
{
	if (error == -ENODATA)
		return cmd_failed(_("%s: nothing is sealed yet"), export->log);
	if (error == -EEXIST)
		return cmd_failed(_("%s/%s is there already, and is not what the log has; choose "
				    "another directory, or look into why"),
			export->directory, result->failed);
	return cmd_failed(_("copying %s to %s: %s"),
		result->failed[0] ? result->failed : export->log, export->directory,
		errtext(error));
}

static int show(const struct cli *cli, const struct logexport_result *result, bool on_record)
{
	struct json json;

	if (!cli->json) {
		printf(_("%" PRIu64 " files copied (%" PRIu64 " bytes), %" PRIu64
			 " were there; records up to %" PRIu64 "\n"),
			result->copied, result->bytes, result->present, result->sequence);
		return EXIT_OK;
	}
	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "copied_files");
	json_unsigned(&json, result->copied);
	json_key(&json, "copied_bytes");
	json_unsigned(&json, result->bytes);
	json_key(&json, "present_files");
	json_unsigned(&json, result->present);
	json_key(&json, "sequence");
	json_unsigned(&json, result->sequence);
	json_key(&json, "on_record");
	json_bool(&json, on_record);
	json_object_end(&json);
	return cmd_put_json(&json);
}

/* The name of the place for the record, whole even when it was given from here. */
static int tell(const struct cli *cli, const struct export *export, uint64_t sequence)
{
	char path[PATH_MAX];
	const char *whole = realpath(export->directory, path);
	uint64_t number;

	if (!whole || strlen(whole) >= LOGKEEP_TEXT_MAX)
		whole = "";
	return logask_call(cli, CTL_LOG_EXPORTED, sequence, 0, whole, &number);
}

int cmd_log_export(struct cli *cli, int argc, char **argv)
{
	struct export export = { .log = LOG_DIRECTORY };
	struct logexport_result result;
	int exit_code, recorded, r;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &export, &exit_code))
		return exit_code;
	if (!export.directory)
		return cmd_usage_error(&usage, _("the directory to copy to is needed"));
	const struct logexport_request request = {
		.log = export.log, .directory = export.directory, .copied = on_copied, .data = cli
	};

	r = logexport_run(&request, &result);
	if (r < 0)
		return failed(&export, &result, r);
	recorded = tell(cli, &export, result.sequence);
	if (recorded != EXIT_OK)
		cmd_failed(_("the files are copied, but that could not be put on record"));
	exit_code = show(cli, &result, recorded == EXIT_OK);
	return recorded == EXIT_OK ? exit_code : recorded;
}
