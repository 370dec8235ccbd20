/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people ask for, and is kept: holds, the last export, the last review. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/record.h"
#include "clock.h"
#include "housekeep_impl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of each request: the event, and what it changes in what is kept. number: in and out. */
static int place(struct housekeep *housekeep, struct logkeep *keep,
	const struct rec_request *request, const struct logkeep_note *note, uint64_t *number)
{
	(void)housekeep;
	return logkeep_place(keep, request->since, note, number);
}

static int release(struct housekeep *housekeep, struct logkeep *keep,
	const struct rec_request *request, const struct logkeep_note *note, uint64_t *number)
{
	(void)housekeep, (void)note;
	*number = request->number;
	return logkeep_release(keep, request->number);
}

static int note_export(struct housekeep *housekeep, struct logkeep *keep,
	const struct rec_request *request, const struct logkeep_note *note, uint64_t *number)
{
	(void)housekeep;
	*number = keep->exported = request->number;
	keep->export_note = *note;
	return 0;
}

/* A review of all that there is, when nothing else is said; never of what there is not yet. */
static int note_review(struct housekeep *housekeep, struct logkeep *keep,
	const struct rec_request *request, const struct logkeep_note *note, uint64_t *number)
{
	uint64_t last = journal_sequence(housekeep->journal);
	*number = request->number ? request->number : last;
	if (*number > last || *number < keep->reviewed)
		return -ERANGE;
	keep->reviewed = *number;
	keep->review_note = *note;
	return 0;
}

static const struct {
	const char *event, *message, *key; /* key: of the number */
	int (*change)(struct housekeep *housekeep, struct logkeep *keep,
		const struct rec_request *request, const struct logkeep_note *note,
		uint64_t *number);
} kinds[] = {
	[REC_HOLD] = { "hold-placed",
		"a legal hold: no file with records from then on is removed until it is released",
		"hold", place },
	[REC_RELEASE] = { "hold-released", "a legal hold was released", "hold", release },
	[REC_EXPORTED] = { "log-exported", "sealed files of the log were copied elsewhere",
		"log.last", note_export },
	[REC_REVIEWED] = { "log-reviewed", "somebody has reviewed the log up to this record",
		"log.last", note_review },
};

static void tell(struct housekeep *housekeep, const struct rec_request *request, uint64_t number)
{
	char since[RECORD_TIME_MAX], uid[24];
	record_time_format(request->since, since);
	snprintf(uid, sizeof(uid), "%" PRIu64, request->uid);
	const struct record_extra extras[] = {
		{ .key = kinds[request->kind].key, .number = number },
		{ .key = "uid", .text = uid },
		{ .key = "user", .text = request->by },
		{ .key = "text", .text = request->text },
		{ .key = "since", .text = since },
	};
	size_t count = request->kind == REC_HOLD ? COUNT(extras) : COUNT(extras) - 1;
	housekeep_record(housekeep, kinds[request->kind].event, true, kinds[request->kind].message,
		extras, count);
}

int housekeep_ask(
	struct housekeep *housekeep, const struct rec_request *request, uint64_t *ret_number)
{
	struct logkeep keep = housekeep->keep;
	struct logkeep_note note = { .time = clock_realtime() };
	if (request->kind >= REC_REQUEST_COUNT || strlen(request->by) >= sizeof(note.by) ||
		strlen(request->text) >= sizeof(note.text))
		return -EINVAL;
	if (request->kind >= COUNT(kinds))
		return housekeep_ask_event(housekeep, request, ret_number);
	if (housekeep->keep_error)
		return housekeep->keep_error;
	memcpy(note.by, request->by, strlen(request->by) + 1);
	memcpy(note.text, request->text, strlen(request->text) + 1);
	int r = kinds[request->kind].change(housekeep, &keep, request, &note, ret_number);
	if (r == 0)
		r = logkeep_write(housekeep->directory, &keep);
	if (r < 0)
		return r;
	housekeep->keep = keep;
	tell(housekeep, request, *ret_number);
	housekeep_soon(housekeep);
	housekeep->changed(housekeep->data);
	return 0;
}
