/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The register of exceptions: whose report is due first. */
#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "../lib/exception.h"
#include "../lib/fileio.h"
#include "exceptionfile.h"
#include "reportfill.h"

/* ---- one ---- */

static void fill_request(
	struct report *report, struct report_exception *item, const struct exception_entry *request)
{
	item->id = report_keep(report, request->id);
	item->applicant = report_keep(report, request->user);
	item->from = report_keep(report, request->from);
	item->to = report_keep(report, request->to);
	item->service = report_keep(report, request->service);
	item->clauses = report_keep(report, request->clauses);
	item->reason = report_keep(report, request->text);
	item->requested = request->time;
	item->start = request->start;
	item->end = request->end;
	item->emergency = request->emergency;
}

/* An override is the text of an approval by who asked. */
static void fill_steps(
	struct report *report, struct report_exception *item, const struct exception *exception)
{
	const struct exception_step *decided = &exception->decided;

	item->approver = report_keep(report, decided->line > 0 ? decided->user : "");
	item->override = report_keep(report,
		decided->line > 0 && decided->uid == exception->request.uid ? decided->text : "");
	item->report =
		report_keep(report, exception->reported.line > 0 ? exception->reported.text : "");
	item->ended = exception->ended.line > 0 ? exception->ended.time : 0;
}

static void fill_one(struct report *report, const struct exception *exception, int64_t now)
{
	struct report_exceptions *exceptions = &report->exceptions;
	struct report_exception *item =
		report_add(report, &exceptions->items, &exceptions->count, sizeof(*item));

	if (!item)
		return;
	fill_request(report, item, &exception->request);
	fill_steps(report, item, exception);
	item->state = exception_state_name(exception_state_at(exception, now));
	item->in_force = exception_in_force(exception, now);
	item->report_due = exception_report_due(exception);
	/* From the moment that it was opened on; hedated asks for it until it is entered. */
	item->due_since = item->report_due ? exception->request.time : 0;
	exceptions->in_force += item->in_force;
	exceptions->due += item->report_due;
}

/* ---- all ---- */

static int rank(const struct report_exception *item)
{
	return item->report_due ? 0 : item->in_force ? 1 : 2;
}

/* Of those that are due, the one that is so for longest; of others the newest first. */
static int compare(const void *left, const void *right)
{
	const struct report_exception *a = left, *b = right;
	int order = rank(a) - rank(b);

	if (order == 0 && a->report_due)
		order = (a->due_since > b->due_since) - (a->due_since < b->due_since);
	if (order == 0)
		order = (a->requested < b->requested) - (a->requested > b->requested);
	return order != 0 ? order : strcmp(a->id, b->id);
}

static unsigned int evidence_of(
	struct report *report, const char *file, const char *text, size_t length)
{
	struct sha256_ctx context;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&context);
	sha256_update(&context, length, (const uint8_t *)text);
	sha256_digest(&context, sizeof(digest), digest);
	return report_evidence_add(report, "register", file, "SHA-256", digest, sizeof(digest));
}

static void fill_register(
	struct report *report, const struct reportfacts *facts, const char *text, size_t length)
{
	struct report_source *source = &report->exceptions.source;
	struct exception_register reg;
	struct exception_reading reading;
	int r;

	exception_register_init(&reg);
	r = exception_register_read(&reg, text, length, &reading);
	if (r == 0) {
		for (size_t i = 0; i < reg.count; i++)
			fill_one(report, &reg.items[i], facts->now);
		if (report->exceptions.count > 1)
			qsort(report->exceptions.items, report->exceptions.count,
				sizeof(*report->exceptions.items), compare);
		report_read(source, evidence_of(report, facts->exceptions, text, length));
	} else if (r == -EBADMSG) {
		report_unread(report, source,
			report_print(report, _("%s is broken in line %llu: %s"), facts->exceptions,
				(unsigned long long)reading.broken_line, _(reading.broken)));
	} else {
		report->failed = true;
	}
	exception_register_clear(&reg);
}

/* Where nobody has ever asked for one, there is no file. */
void reportfill_exceptions(struct report *report, const struct reportfacts *facts)
{
	struct report_source *source = &report->exceptions.source;
	char *text = NULL;
	size_t length = 0;
	int r;

	if (!facts->exceptions || facts->exceptions[0] == '\0') {
		report_unread(report, source, _("there is no register of this host here"));
		return;
	}
	r = fileio_load_path(facts->exceptions, EXCEPTIONFILE_MAX, &text, &length);
	if (r == -ENOENT)
		report_read(source, evidence_of(report, facts->exceptions, "", 0));
	else if (r < 0)
		report_unread(report, source,
			report_print(
				report, _("%s cannot be read: %s"), facts->exceptions, errtext(r)));
	else
		fill_register(report, facts, text, length);
	free(text);
}
