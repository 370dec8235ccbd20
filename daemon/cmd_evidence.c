/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate evidence: log, rule set, configuration, connections and status in one signed directory. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/logname.h"
#include "../lib/logscan.h"
#include "../lib/logtime.h"
#include "../lib/record.h"
#include "clock.h"
#include "cmd.h"
#include "evidence.h"
#include "evidencerecord.h"
#include "optionrows.h"

enum option {
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_FOR,
	OPTION_REASON,
	OPTION_CONFIG,
	OPTION_KEY,
	OPTION_STATE,
	OPTION_DIRECTORY,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_SINCE] = { "since", 'S', N_("TIME"), N_("files of the log from that day on") },
	[OPTION_UNTIL] = { "until", 'U', N_("TIME"), N_("and up to that day") },
	[OPTION_FOR] = { "for", 0, N_("NAME"), N_("who asked for it: auditor, police, ...") },
	[OPTION_REASON] = { "reason", 0, N_("TEXT"), N_("what for") },
	[OPTION_CONFIG] = { "config", 'c', N_("FILE"), N_("the configuration") },
	[OPTION_KEY] = { "key", 'K', N_("FILE"),
		N_("the key that signs; it is made when it is not there") },
	[OPTION_STATE] = { "state-directory", 0, N_("DIR"), N_("where the register is") },
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
};

static const struct cmd_usage usage = {
	"evidence",
	N_("[OPTION ...] NEW-DIRECTORY"),
	N_("Collects evidence in a new directory: the log with its checkpoints, the rule set of "
	   "the\n"
	   "kernel, configuration, connections, status, register of exceptions; the digests of "
	   "all\n"
	   "files, and a signature of them. What could not be had is named, with status 1."),
	options,
	OPTION_COUNT,
};

struct request {
	const struct cli *cli;
	const char *output, *reader, *reason, *config, *key, *state, *log;
	int64_t since, until;
};

static int take_time(const char *option, const char *value, bool end, int64_t *ret_time)
{
	if (logtime_parse_person(value, clock_realtime(), end, ret_time) == 0)
		return EXIT_OK;
	return cmd_usage_error(&usage, _("--%s: \"%s\" is not a time"), option, value);
}

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;
	const char **const texts[OPTION_COUNT] = {
		[OPTION_FOR] = &request->reader,
		[OPTION_REASON] = &request->reason,
		[OPTION_CONFIG] = &request->config,
		[OPTION_KEY] = &request->key,
		[OPTION_STATE] = &request->state,
		[OPTION_DIRECTORY] = &request->log,
	};

	if (option == OPTION_SINCE)
		return take_time("since", value, false, &request->since);
	if (option == OPTION_UNTIL)
		return take_time("until", value, true, &request->until);
	if (option != OPTIONS_OPERAND) {
		*texts[option] = value;
		return EXIT_OK;
	}
	if (request->output)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	request->output = value;
	return EXIT_OK;
}

/* Parts -----------------------------------------------------------------------------------------
 */

enum which {
	ALL,
	CHECKPOINTS, /* and what else is with the log */
	LINES,
};

/* A file of the log belongs to it when its day does. Lines are written up to one epoch after what
 * they tell: the day after the end belongs to it, too. */
static bool is_asked_for(const struct request *request, const char *name, enum which which)
{
	if (which == ALL)
		return true;
	if ((strstr(name, ".jsonl") != NULL) != (which == LINES))
		return false;

	char first[LOGTIME_DAY_MAX], last[LOGTIME_DAY_MAX], segment[LOGNAME_MAX];
	const char *dot = strchr(name, '.');
	struct logname parsed;

	if (!dot)
		return false;
	snprintf(segment, sizeof(segment), "%.*s.jsonl", (int)(dot - name), name);
	if (logname_parse(segment, &parsed) < 0)
		return strcmp(name, "hedate.vkey") == 0;
	logtime_day(request->since < 0 ? 0 : request->since, first);
	logtime_day(request->until > INT64_MAX - 86400 * CLOCK_SECOND
			    ? INT64_MAX
			    : request->until + 86400 * CLOCK_SECOND,
		last);
	return strcmp(parsed.day, first) >= 0 && strcmp(parsed.day, last) <= 0;
}

/* The regular files of a directory that are asked for, in the order of their names. */
static int copy_directory(struct evidence *evidence, const char *path, const char *below,
	const struct request *request, enum which which)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort), r = 0;

	if (count < 0) {
		char from[PATH_MAX];

		snprintf(from, sizeof(from), "%s/.", path);
		return evidence_copy(evidence, below, from);
	}
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		char from[PATH_MAX], to[EVIDENCE_NAME_MAX];
		int length = snprintf(from, sizeof(from), "%s/%s", path, name);

		if (entries[i]->d_type == DT_REG && length < (int)sizeof(from) && r != -ENOMEM &&
			is_asked_for(request, name, which) &&
			snprintf(to, sizeof(to), "%s/%s", below, name) < (int)sizeof(to))
			r = evidence_copy(evidence, to, from);
		free(entries[i]);
	}
	free(entries);
	return r == -ENOMEM ? r : 0;
}

#define KEY_PROOF "evidence-key.proof"

#define WORDS_MAX 10

/* What programs are asked; "hedate" stands for this one. */
static const struct {
	const char *name;
	const char *words[WORDS_MAX];
} answers[] = {
	{ "rules.json", { "nft", "-j", "list", "ruleset" } },
	{ "rules.nft", { "nft", "list", "ruleset" } },
	{ "addresses.json", { "ip", "-j", "-d", "address" } },
	{ "routes.json", { "ip", "-j", "route", "show", "table", "all" } },
	{ "routes6.json", { "ip", "-6", "-j", "route", "show", "table", "all" } },
	{ "neighbours.json", { "ip", "-j", "neighbour" } },
	{ "status.json", { "hedate", "status", "--json" } },
	{ "zones.json", { "hedate", "zones", "--json" } },
	{ "paths.json", { "hedate", "paths", "--json" } },
	{ "exceptions.json", { "hedate", "exception", "list", "--json" } },
	{ "rules-wanted.nft", { "hedate", "compile", "CONFIG" } },
	{ "verified.json", { "hedate", "log", "verify", "--json", "-d", "LOG" } },
};

/* Words that stand for something of this run. */
static const char *word_of(const struct request *request, const char *word, const char *log)
{
	if (strcmp(word, "hedate") == 0)
		return "/proc/self/exe";
	if (strcmp(word, "CONFIG") == 0)
		return request->config;
	return strcmp(word, "LOG") == 0 ? log : word;
}

static int ask_programs(struct evidence *evidence, const struct request *request)
{
	char log[PATH_MAX];
	int r = 0;

	snprintf(log, sizeof(log), "%s/log", request->output);
	for (size_t i = 0; r != -ENOMEM && i < sizeof(answers) / sizeof(answers[0]); i++) {
		char *words[WORDS_MAX + 5];
		size_t count = 0;

		for (size_t j = 0; j < WORDS_MAX && answers[i].words[j]; j++) {
			const char *word = word_of(request, answers[i].words[j], log);

			words[count++] = strdup(word);
			if (j > 0 || word == answers[i].words[j])
				continue;
			words[count++] = strdup("-r");
			words[count++] = strdup(request->cli->run_directory);
			if (request->cli->profiles) {
				words[count++] = strdup("--profiles");
				words[count++] = strdup(request->cli->profiles);
			}
		}
		words[count] = NULL;
		r = evidence_run(evidence, answers[i].name, words);
		while (count > 0)
			free(words[--count]);
	}
	return r == -ENOMEM ? r : 0;
}

/* Who made it, when, of what; what is missing. */
static int put_parts(struct evidence *evidence, const struct request *request)
{
	char now[RECORD_TIME_MAX], since[RECORD_TIME_MAX], until[RECORD_TIME_MAX];
	struct utsname host = { .nodename = "" };
	struct json json;
	int r;

	record_time_format(clock_realtime(), now);
	record_time_format(request->since, since);
	record_time_format(request->until, until);
	(void)uname(&host);
	const struct {
		const char *key, *text;
	} facts[] = {
		{ "made", now },
		{ "host", host.nodename },
		{ "kernel", host.release },
		{ "machine", host.machine },
		{ "by", getenv("SUDO_USER") ? getenv("SUDO_USER") : getlogin() },
		{ "for", request->reader },
		{ "reason", request->reason },
		{ "version", HEDATE_VERSION },
		{ "since", request->since == INT64_MIN ? NULL : since },
		{ "until", request->until == INT64_MAX ? NULL : until },
	};

	json_init(&json);
	json_object_begin(&json);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		json_put_text(&json, facts[i].key, facts[i].text);
	json_key(&json, "uid");
	json_unsigned(&json, getuid());
	json_key(&json, "parts");
	json_array_begin(&json);
	for (size_t i = 0; i < evidence->count; i++) {
		const struct evidence_part *part = &evidence->parts[i];

		json_object_begin(&json);
		json_key(&json, "name");
		json_string(&json, part->name);
		json_key(&json, "missing");
		part->error < 0 ? json_string(&json, errtext_english(part->error))
				: json_null(&json);
		json_key(&json, "status");
		part->status >= 0 ? json_signed(&json, part->status) : json_null(&json);
		json_object_end(&json);
	}
	json_array_end(&json);
	json_object_end(&json);
	json_newline(&json);
	r = json.failed ? -ENOMEM
			: evidence_write(evidence, EVIDENCE_PARTS, json.text, json.length);
	json_clear(&json);
	return r;
}

static int collect(struct evidence *evidence, const struct request *request)
{
	int r;

	/* What changes soonest comes first. */
	r = evidence_copy(evidence, "conntrack.txt", "/proc/net/nf_conntrack");
	if (r != -ENOMEM)
		r = copy_directory(evidence, request->log, "log", request, CHECKPOINTS);
	/* Afterwards, as the log grows meanwhile: no checkpoint is of lines that are not here. */
	if (r != -ENOMEM)
		r = copy_directory(evidence, request->log, "log", request, LINES);
	if (r != -ENOMEM)
		r = ask_programs(evidence, request);
	if (r != -ENOMEM)
		r = evidence_copy(evidence, "config/hedate.conf", request->config);
	if (r != -ENOMEM)
		r = copy_directory(evidence, request->state, "state", request, ALL);
	return r == -ENOMEM ? r : put_parts(evidence, request);
}

/* The result ------------------------------------------------------------------------------------
 */

static int show_json(const struct request *request, const struct evidence *evidence,
	const char *key, const char *digest, bool on_record)
{
	struct json json;
	const struct {
		const char *key, *text;
	} texts[] = { { "directory", request->output }, { "digest", digest }, { "key", key } };

	json_init(&json);
	json_object_begin(&json);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_key(&json, texts[i].key);
		json_string(&json, texts[i].text);
	}
	json_key(&json, "files");
	json_unsigned(&json, evidence->count - evidence->missing);
	json_key(&json, "on_record");
	json_bool(&json, on_record);
	json_key(&json, "missing");
	json_array_begin(&json);
	for (size_t i = 0; i < evidence->count; i++)
		if (evidence->parts[i].error < 0)
			json_string(&json, evidence->parts[i].name);
	json_array_end(&json);
	json_object_end(&json);
	return cmd_put_json(&json);
}

static int show(const struct request *request, const struct evidence *evidence, const char *key,
	const char *digest, bool on_record)
{
	for (size_t i = 0; i < evidence->count; i++)
		if (evidence->parts[i].error < 0)
			printf(_("not collected: %s: %s\n"), evidence->parts[i].name,
				errtext(evidence->parts[i].error));
	printf(_("%s: %zu files\n"), request->output, evidence->count - evidence->missing);
	printf(_("digest, to be written down elsewhere:\n  %s\n"), digest);
	printf(_("signed with the key of this gateway:\n  %s\n"), key);
	if (on_record)
		puts(_("Key and digest are on record in the log."));
	puts(_("The signature shows that nothing was changed since somebody collected it who could "
	       "read\nthe key, that is, root of this gateway. That the log was not changed before, "
	       "its own\nseals show (\"hedate log verify\"). How to check: hedate(1)."));
	return EXIT_OK;
}

/* The key goes on record, and the proof of that is a part. */
static int put_key(struct evidence *evidence, const struct evidencerecord *record, const char *key,
	bool *ret_on_record)
{
	char *proof = NULL;
	int r;

	*ret_on_record = evidencerecord_begin(record, key, &proof) == EXIT_OK;
	if (*ret_on_record)
		r = evidence_write(evidence, KEY_PROOF, proof, strlen(proof));
	else
		r = evidence_missing(evidence, KEY_PROOF, -ENOTCONN);
	free(proof);
	return r == -ENOMEM ? r : 0;
}

static int run(const struct request *request, const struct evidencekey *key)
{
	const struct evidencerecord record = {
		.cli = request->cli,
		.log = request->log,
		.reader = request->reader,
		.reason = request->reason,
	};
	char digest[EVIDENCE_HEX_MAX], text[EVIDENCEKEY_TEXT_MAX];
	struct evidence evidence;
	bool on_record = false;
	int r = evidence_begin(&evidence, request->output), exit_code;

	evidencekey_text(key, text);
	if (r == 0)
		r = put_key(&evidence, &record, text, &on_record);
	if (r == 0)
		r = collect(&evidence, request);
	if (r == 0)
		r = evidence_finish(&evidence, key, digest);
	if (r < 0) {
		exit_code = cmd_failed("%s: %s", request->output, errtext(r));
	} else {
		on_record = on_record && evidencerecord_end(&record, digest) == EXIT_OK;
		exit_code = request->cli->json
				    ? show_json(request, &evidence, text, digest, on_record)
				    : show(request, &evidence, text, digest, on_record);
		if (evidence.missing > 0 || !on_record)
			exit_code = EXIT_FAILED;
	}
	evidence_clear(&evidence);
	return exit_code;
}

int cmd_evidence(struct cli *cli, int argc, char **argv)
{
	struct request request = {
		.cli = cli,
		.config = CONFIG_FILE,
		.key = CONFIG_DIRECTORY "/evidence.key",
		.state = STATE_DIRECTORY,
		.log = LOG_DIRECTORY,
		.since = INT64_MIN,
		.until = INT64_MAX,
	};
	struct evidencekey key;
	int exit_code;
	bool made;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	if (!request.output)
		return cmd_usage_error(&usage, _("a new directory is needed"));
	if (request.since >= request.until)
		return cmd_usage_error(&usage, _("--since is not before --until"));
	int r = evidencekey_open(request.key, &key, &made);

	if (r == -EPERM)
		return cmd_failed(
			_("%s: others may read this key, or it is not yours"), request.key);
	if (r == -EINVAL)
		return cmd_failed(_("%s: this is no key"), request.key);
	if (r < 0)
		return cmd_failed("%s: %s", request.key, errtext(r));
	if (made && !cli->json)
		printf(_("%s: a new key; keep its public half elsewhere\n"), request.key);
	exit_code = run(&request, &key);
	evidencekey_clear(&key);
	return exit_code;
}
