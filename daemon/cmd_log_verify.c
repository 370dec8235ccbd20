/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log verify: is the log what was sealed? Reads the files, needs no daemon. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/logfile.h"
#include "../lib/logtime.h"
#include "../lib/logverify.h"
#include "cmd.h"
#include "keydir.h"
#include "optionrows.h"

enum option {
	OPTION_KEY,
	OPTION_CHECKPOINT,
	OPTION_KEYS,
	OPTION_DIRECTORY,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_KEY] = { "key", 'K', N_("KEY"),
		N_("the first public key, as it was kept elsewhere") },
	[OPTION_CHECKPOINT] = { "checkpoint", 'c', N_("FILE"),
		N_("a checkpoint that was kept elsewhere") },
	[OPTION_KEYS] = { "key-directory", 'k', N_("DIR"),
		N_("where the recorder's keys are; only their index is looked at") },
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
};

static const struct cmd_usage usage = {
	"log verify",
	"",
	N_("Verifies that the log is what was sealed, line by line, and names what is not: "
	   "changed,\n"
	   "inserted, deleted or reordered records, missing files and ends, checkpoints that do "
	   "not\n"
	   "belong there. Status 0: all is well; 1: it is not."),
	options,
	OPTION_COUNT,
};

#define DAY	   INT64_C(86400000000000) /* ns */
#define KEPT_BYTES 65536		   /* of a file with a checkpoint */

struct verify {
	struct cli *cli;
	const char *directory, *keys, *key, *checkpoint;
	struct json json;
	uint64_t total; /* bytes of the log */
	time_t begun;
	bool progress; /* stderr is a terminal */
	bool drawn;
};

static int take_option(int option, const char *value, void *data)
{
	struct verify *verify = data;
	const char **const texts[OPTION_COUNT] = {
		[OPTION_KEY] = &verify->key,
		[OPTION_CHECKPOINT] = &verify->checkpoint,
		[OPTION_KEYS] = &verify->keys,
		[OPTION_DIRECTORY] = &verify->directory,
	};

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	*texts[option] = value;
	return EXIT_OK;
}

/* Progress --------------------------------------------------------------------------------------
 */

static void clear_progress(struct verify *verify)
{
	if (verify->drawn)
		fputs("\r\033[K", stderr);
	verify->drawn = false;
}

static void on_progress(uint64_t bytes, void *data)
{
	struct verify *verify = data;
	unsigned int percent = verify->total ? (unsigned int)(bytes * 100 / verify->total) : 0;

	if (!verify->progress || time(NULL) <= verify->begun + 1)
		return;
	verify->drawn = true;
	fputc('\r', stderr);
	fprintf(stderr, _("verifying: %3u %% of %" PRIu64 " MB"), percent < 100 ? percent : 100,
		verify->total / 1000000);
}

/* So that there is something to compare progress with. */
static void measure(struct verify *verify)
{
	struct logscan_names names;
	int directory;

	verify->begun = time(NULL);
	verify->progress = isatty(STDERR_FILENO) && !verify->cli->json;
	if (!verify->progress || logscan_list(verify->directory, LOGSCAN_SEGMENTS, &names) < 0)
		return;
	directory = open(verify->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; directory >= 0 && i < names.count; i++) {
		struct logfile *file;
		int64_t size;

		if (logfile_open(directory, names.names[i], &file) < 0)
			continue;
		if (logfile_size(file, &size) == 0)
			verify->total += (uint64_t)size;
		logfile_close(file);
	}
	if (directory >= 0)
		close(directory);
	logscan_free_names(&names);
}

/* Findings --------------------------------------------------------------------------------------
 */

static void put_json(struct json *json, const struct logverify_finding *finding)
{
	json_object_begin(json);
	json_key(json, "finding");
	json_string(json, logverify_name(finding->code));
	json_key(json, "file");
	json_string(json, finding->file);
	json_key(json, finding->checkpoints ? "first_checkpoint" : "first_sequence");
	json_unsigned(json, finding->first);
	json_key(json, finding->checkpoints ? "last_checkpoint" : "last_sequence");
	json_unsigned(json, finding->last);
	json_object_end(json);
}

static void on_found(const struct logverify_finding *finding, void *data)
{
	struct verify *verify = data;

	if (verify->cli->json) {
		put_json(&verify->json, finding);
		return;
	}
	clear_progress(verify);
	printf("%s: %s", finding->file[0] ? finding->file : verify->directory,
		_(logverify_meaning(finding->code)));
	if (finding->first != finding->last)
		printf(finding->checkpoints ? _(" (checkpoints %" PRIu64 " to %" PRIu64 ")")
					    : _(" (records %" PRIu64 " to %" PRIu64 ")"),
			finding->first, finding->last);
	else if (finding->last > 0 || finding->checkpoints)
		printf(finding->checkpoints ? _(" (checkpoint %" PRIu64 ")")
					    : _(" (record %" PRIu64 ")"),
			finding->last);
	putchar('\n');
}

/* The result ------------------------------------------------------------------------------------
 */

static int show_json(struct verify *verify, const struct logverify_summary *summary)
{
	struct json *json = &verify->json;
	const struct {
		const char *key;
		uint64_t number;
	} numbers[] = {
		{ "lines", summary->lines },
		{ "bytes", summary->bytes },
		{ "checkpoints", summary->checkpoints },
		{ "first_checkpoint", summary->first_index },
		{ "unsealed_lines", summary->unsealed },
		{ "torn_bytes", summary->torn },
		{ "removed_files", summary->removed },
		{ "removed_to_sequence", summary->removed_last },
		{ "removed_age_days", (uint64_t)(summary->removed_age / DAY) },
	};

	json_array_end(json);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		json_key(json, numbers[i].key);
		json_unsigned(json, numbers[i].number);
	}
	json_key(json, "key");
	json_string(json, summary->vkey);
	json_key(json, "first_on_record");
	json_bool(json, summary->first_on_record);
	json_key(json, "key_index_known");
	json_bool(json, summary->key_known);
	json_key(json, "intact");
	json_bool(json, summary->findings == 0);
	json_object_end(json);
	return cmd_put_json(json);
}

static void show_notes(const struct verify *verify, const struct logverify_summary *summary)
{
	if (summary->unsealed > 0)
		printf(_("not sealed yet: %" PRIu64 " records\n"), summary->unsealed);
	if (summary->torn > 0)
		printf(_("unfinished at the end, as a crash leaves it: %" PRIu64 " bytes\n"),
			summary->torn);
	if (summary->removed > 0)
		printf(_("removed by retention, which is on record: %" PRIu64
			 " files, records up to %" PRIu64 "\n"),
			summary->removed, summary->removed_last);
	if (summary->removed_age > 0)
		printf(_("the youngest of them had been kept for %" PRId64 " days\n"),
			summary->removed_age / DAY);
	if (summary->first_index > 0)
		printf(summary->first_on_record
				? _("begins with checkpoint %" PRIu64
				    ": what was before was removed by retention, which is on "
				    "record\n")
				: _("begins with checkpoint %" PRIu64
				    ": what was before was moved away\n"),
			summary->first_index);
	if (summary->first_on_record && verify->key && summary->findings > 0)
		puts(_("from the first key of all the keys cannot be followed any more: use "
		       "--checkpoint, or the\nkey that the record of the removal names, as it was "
		       "kept elsewhere"));
	if (!verify->key && summary->vkey[0])
		printf(_("first key, to be compared with the one that was kept elsewhere:\n  %s\n"),
			summary->vkey);
	if (!summary->key_known && !verify->checkpoint)
		printf("%s\n",
			_("the recorder's keys cannot be read: whether the log goes on behind its "
			  "last\ncheckpoint is not known; --checkpoint holds it against one that "
			  "was kept elsewhere"));
}

static void show_text(const struct verify *verify, const struct logverify_summary *summary)
{
	char time_text[LOGTIME_TEXT_MAX];

	show_notes(verify, summary);
	if (summary->checkpoints > 0) {
		logtime_format_local(summary->last.time, time_text);
		printf(_("last checkpoint: %" PRIu64 ", of %s, after record %" PRIu64 "\n"),
			summary->last.index, time_text, summary->last.at.sequence);
	}
	printf(_("%" PRIu64 " lines, %" PRIu64 " checkpoints: %s\n"), summary->lines,
		summary->checkpoints,
		summary->findings ? _("NOT what was sealed") : _("exactly what was sealed"));
}

static int failed(const struct verify *verify, int error)
{
	if (error == -ENOENT)
		return cmd_failed(_("%s: there is no log"), verify->directory);
	if (error == -EINVAL)
		return cmd_failed(
			_("the key or checkpoint that was kept is not a valid one, or they "
			  "are of two logs"));
	return cmd_failed("%s: %s", verify->directory, errtext(error));
}

static int run(struct verify *verify, struct logverify_request *request)
{
	struct logverify_summary *summary = calloc(1, sizeof(*summary));
	int result;

	if (!summary)
		return cmd_failed(_("out of memory"));
	json_init(&verify->json);
	json_object_begin(&verify->json);
	json_key(&verify->json, "findings");
	json_array_begin(&verify->json);
	measure(verify);
	result = logverify_run(request, summary);
	clear_progress(verify);
	if (result < 0) {
		json_clear(&verify->json);
		result = failed(verify, result);
	} else {
		result = verify->cli->json ? show_json(verify, summary) : EXIT_OK;
		if (!verify->cli->json) {
			json_clear(&verify->json);
			show_text(verify, summary);
		}
		if (summary->findings > 0)
			result = EXIT_FAILED;
	}
	free(summary);
	return result;
}

/* The kept checkpoint, which may come by standard input. */
static int read_kept(const char *path, char text[KEPT_BYTES], size_t *ret_length)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");

	if (!file)
		return cmd_failed("%s: %s", path, errtext(-errno));
	*ret_length = fread(text, 1, KEPT_BYTES, file);
	if (ferror(file))
		return cmd_failed("%s: %s", path, errtext(-EIO));
	if (file != stdin)
		fclose(file);
	return EXIT_OK;
}

int cmd_log_verify(struct cli *cli, int argc, char **argv)
{
	static char kept[KEPT_BYTES];
	char keys[PATH_MAX];
	struct verify verify = { .cli = cli, .directory = LOG_DIRECTORY };
	struct logverify_request request = { .found = on_found, .progress = on_progress };
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &verify, &exit_code))
		return exit_code;
	if (verify.checkpoint) {
		exit_code = read_kept(verify.checkpoint, kept, &request.kept_length);
		if (exit_code != EXIT_OK)
			return exit_code;
		request.kept = kept;
	}
	if (keydir_find(verify.directory, verify.keys, keys) == 0)
		request.key_directory = keys;
	request.directory = verify.directory;
	request.vkey = verify.key;
	request.data = &verify;
	return run(&verify, &request);
}
