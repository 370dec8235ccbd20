/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log itself: is it what was sealed, how long is it kept, who exported and reviewed it; and the
 * checkpoint that belongs to another place. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/logkeep.h"
#include "../lib/logverify.h"
#include "../lib/seal.h"
#include "clock.h"
#include "keydir.h"
#include "reportlog.h"

#define FINDINGS_MAX 100

/* ---- verification ---- */

static void take_finding(const struct logverify_finding *finding, void *data)
{
	struct report *report = data;
	struct report_log *log = &report->log;
	struct report_log_finding *item;

	log->finding_total++;
	if (log->finding_count >= FINDINGS_MAX)
		return;
	item = report_add(report, &log->findings, &log->finding_count, sizeof(*item));
	if (!item)
		return;
	item->name = logverify_name(finding->code);
	item->meaning = report_keep(report, _(logverify_meaning(finding->code)));
	item->file = report_keep(report, finding->file);
	item->first = finding->first;
	item->last = finding->last;
	item->checkpoints = finding->checkpoints;
}

/* What was verified is named by the root of all lines up to the last checkpoint. */
static unsigned int evidence_of(struct report *report, const struct logverify_summary *summary)
{
	const struct checkpoint *last = &summary->last;
	struct merkle_hash root;

	if (summary->checkpoints == 0)
		return 0;
	merkle_root(&last->at.tree, &root);
	return report_evidence_add(report, "log",
		report_print(report, "%s, checkpoint %llu", last->origin,
			(unsigned long long)last->index),
		"SHA-256", root.bytes, sizeof(root.bytes));
}

static unsigned int verify(struct report *report, const struct reportfacts *facts, int *ret_error)
{
	struct logverify_summary *summary = calloc(1, sizeof(*summary));
	char keys[PATH_MAX];
	const struct logverify_request request = {
		.directory = facts->log,
		.key_directory = keydir_find(facts->log, NULL, keys) == 0 ? keys : NULL,
		.found = take_finding,
		.data = report,
	};
	struct report_log *log = &report->log;
	unsigned int evidence = 0;

	if (!summary) {
		report->failed = true;
		return 0;
	}
	*ret_error = logverify_run(&request, summary);
	if (*ret_error == 0) {
		log->verified = true;
		log->lines = summary->lines;
		log->bytes = summary->bytes;
		log->checkpoints = summary->checkpoints;
		log->unsealed = summary->unsealed;
		log->removed = summary->removed;
		evidence = evidence_of(report, summary);
	}
	free(summary);
	return evidence;
}

/* ---- what is kept beside the log ---- */

static void fill_step(struct report *report, struct report_log_step *step,
	const struct logkeep_note *note, uint64_t sequence)
{
	step->time = note->time / CLOCK_SECOND;
	step->sequence = sequence;
	step->by = report_keep(report, note->by);
	step->text = report_keep(report, note->text);
}

static void fill_holds(struct report *report, const struct logkeep *keep)
{
	struct report_log *log = &report->log;

	for (size_t i = 0; i < keep->hold_count; i++) {
		const struct logkeep_hold *hold = &keep->holds[i];
		struct report_hold *item =
			report_add(report, &log->holds, &log->hold_count, sizeof(*item));

		if (!item)
			return;
		item->number = hold->number;
		item->since = hold->since / CLOCK_SECOND;
		item->placed = hold->note.time / CLOCK_SECOND;
		item->by = report_keep(report, hold->note.by);
		item->text = report_keep(report, hold->note.text);
	}
}

static int fill_kept(struct report *report, const struct reportfacts *facts)
{
	struct logkeep *keep = calloc(1, sizeof(*keep));
	int directory = open(facts->log, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = directory < 0 ? -errno : keep ? logkeep_read(directory, keep) : -ENOMEM;

	if (r == 0) {
		fill_step(report, &report->log.exported, &keep->export_note, keep->exported);
		fill_step(report, &report->log.reviewed, &keep->review_note, keep->reviewed);
		fill_holds(report, keep);
	}
	if (directory >= 0)
		close(directory);
	free(keep);
	return r;
}

static void fill_ends(struct report *report, const struct reportfacts *facts)
{
	int64_t oldest, newest;

	if (!reportlog_ends(facts, &oldest, &newest))
		return;
	report->log.oldest = oldest / CLOCK_SECOND;
	report->log.newest = newest / CLOCK_SECOND;
}

void reportfill_log(struct report *report, const struct reportfacts *facts)
{
	struct report_log *log = &report->log;
	unsigned int evidence;
	int verified = 0, kept;

	if (!reportlog_open(report, facts, &log->source))
		return;
	fill_ends(report, facts);
	if (facts->policy)
		log->retention_days = facts->policy->log.retention_days;
	kept = fill_kept(report, facts);
	evidence = facts->no_verify ? 0 : verify(report, facts, &verified);
	reportlog_end(report, &log->source, EXIT_OK, evidence);
	if (facts->no_verify)
		report_partly(report, &log->source,
			_("the log was not verified: that was not asked for"));
	else if (verified < 0)
		report_partly(report, &log->source,
			report_print(
				report, _("the log could not be verified: %s"), errtext(verified)));
	else if (kept < 0)
		report_partly(report, &log->source,
			report_print(report, _("%s/%s cannot be read: %s"), facts->log,
				LOGKEEP_FILE, errtext(kept)));
}

/* ---- the checkpoint ---- */

/* The last one of a file of them, with its length; NULL: there is none. */
static const char *last_of(
	const char *text, size_t length, struct checkpoint *ret_checkpoint, size_t *ret_length)
{
	const char *last = NULL;
	int size;

	for (size_t at = 0; at < length; at += (size_t)size) {
		size = checkpoint_parse(text + at, length - at, ret_checkpoint);
		if (size <= 0)
			break;
		last = text + at;
		*ret_length = (size_t)size;
	}
	return last;
}

static void keep_checkpoint(struct report *report, const char *text, size_t length)
{
	struct report_checkpoint *to = &report->checkpoint;
	struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));

	if (!checkpoint || checkpoint_parse(text, length, checkpoint) < 0) {
		report->failed = true;
		free(checkpoint);
		return;
	}
	to->origin = report_keep(report, checkpoint->origin);
	to->index = checkpoint->index;
	to->size = checkpoint->at.tree.size;
	to->time = checkpoint->time / CLOCK_SECOND;
	to->text = report_keep_n(report, text, length);
	free(checkpoint);
}

static bool read_last(
	struct report *report, const struct reportfacts *facts, const struct logscan_names *names)
{
	struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));
	bool found = false;

	if (!checkpoint)
		report->failed = true;
	for (size_t i = names->count; checkpoint && !found && i-- > 0;) {
		const char *last = NULL;
		char *text = NULL;
		size_t length, size = 0;

		if (logscan_read(facts->log, names->names[i], &text, &length) == 0)
			last = last_of(text, length, checkpoint, &size);
		found = last != NULL;
		if (found)
			keep_checkpoint(report, last, size);
		free(text);
	}
	free(checkpoint);
	return found;
}

static const char *read_vkey(struct report *report, const struct reportfacts *facts)
{
	char *text = NULL;
	const char *kept;
	size_t length;

	if (logscan_read(facts->log, SEAL_VKEY_FILE, &text, &length) < 0)
		return "";
	kept = report_keep_n(report, text, strcspn(text, "\n"));
	free(text);
	return kept;
}

void reportfill_checkpoint(struct report *report, const struct reportfacts *facts)
{
	struct report_source *source = &report->checkpoint.source;
	struct logscan_names names = { 0 };
	int r;

	if (!reportlog_open(report, facts, source))
		return;
	r = logscan_list(facts->log, LOGSCAN_SEALS, &names);
	report->checkpoint.vkey = read_vkey(report, facts);
	if (r < 0)
		report_unread(report, source,
			report_print(report, _("the log %s cannot be read: %s"), facts->log,
				errtext(r)));
	else if (!read_last(report, facts, &names))
		report_unread(report, source, _("the log has no checkpoint"));
	else
		report_read(source, report->log.source.evidence);
	logscan_free_names(&names);
}
