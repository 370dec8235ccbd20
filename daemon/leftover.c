/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "leftover.h"

#include <string.h>

#include "../lib/logtail.h"
#include "clock.h"

#define AT_ONCE 512 /* records, before others have their turn */
#define ACTION	"records-recovered"

static void leave(struct details *details, struct detaillog *log)
{
	if (log)
		detaillog_leave(log, details);
	else
		details_clear(details);
}

void leftovers_add(
	struct leftovers *leftovers, struct detaillog *log, const struct leftover *leftover)
{
	struct details details = leftover->details;
	if (leftovers->count < LEFTOVERS_MAX)
		leftovers->items[leftovers->count++] = *leftover;
	else
		leave(&details, log);
}

static void take_out(struct leftovers *leftovers, size_t index)
{
	leftovers->count--;
	memmove(&leftovers->items[index], &leftovers->items[index + 1],
		(leftovers->count - index) * sizeof(leftovers->items[0]));
}

bool leftovers_take(struct leftovers *leftovers, const char *table, unsigned int generation,
	struct details *ret_details)
{
	for (size_t i = 0; i < leftovers->count; i++) {
		const struct details *details = &leftovers->items[i].details;
		if (details->generation != generation || strcmp(details->table, table) != 0)
			continue;
		*ret_details = *details;
		take_out(leftovers, i);
		return true;
	}
	return false;
}

void leftovers_leave(struct leftovers *leftovers, struct detaillog *log)
{
	for (size_t i = 0; i < leftovers->count; i++)
		leave(&leftovers->items[i].details, log);
	leftovers->count = 0;
}

/* Records ------------------------------------------------------------------------------------- */

struct recording {
	const struct leftover_use *use;
	struct leftover *leftover;
	uint64_t flows, packets;
};

static int record_entry(
	struct recording *recording, const struct pending_entry *entry, bool overflow)
{
	const struct leftover_use *use = recording->use;
	struct details *details = &recording->leftover->details;
	struct record_flow flow = {
		.key = entry->key,
		.packets = overflow ? entry->packets : 1,
		.bytes = overflow ? entry->bytes : entry->length,
		.epoch = details->epoch,
		.end = entry->end,
		.detail = RECORD_RECOVERED,
	};
	if (entry->start >= recording->leftover->until)
		return 0;
	details_describe_code(use->topology, entry->key.code, &flow);
	details_describe(details, use->topology, entry, &flow);
	recording->flows++;
	recording->packets += flow.packets;
	return journal_flow(use->journal, &flow);
}

/* Entries may move while others have their turn. */
static int record_entries(struct recording *recording, const struct pending *pending, bool overflow)
{
	const struct leftover_use *use = recording->use;
	int r = 0;
	for (size_t i = 0; i < pending->count && r == 0; i++) {
		r = record_entry(recording, &pending->entries[i], overflow);
		if (use->between && i % AT_ONCE == AT_ONCE - 1)
			use->between(use->data);
	}
	return r;
}

static int record_end(struct recording *recording, const char *name)
{
	const struct details *details = &recording->leftover->details;
	const struct record_extra extras[] = {
		{ .key = "table", .text = details->table },
		{ .key = "recovered.flows", .number = recording->flows },
		{ .key = "recovered.packets", .number = recording->packets },
		{ .key = "writeahead", .text = name },
	};
	const struct record_event event = {
		.time = clock_realtime(),
		.action = ACTION,
		.outcome = "success",
		.message = "flows that were counted in a table that is gone, with the packets that "
			   "are known of them; how many followed is not known",
		.extras = extras,
		.extra_count = sizeof(extras) / sizeof(extras[0]),
	};
	return journal_commit_event(recording->use->journal, &event);
}

/* The lines carry the table that was, not the one that is. */
static int record(const struct leftover_use *use, struct leftover *leftover, const char *name)
{
	struct recording recording = { .use = use, .leftover = leftover };
	char table[LOGWRITE_TEXT_MAX];
	int r = journal_begin(use->journal);
	if (r < 0)
		return r;
	journal_get_table(use->journal, table);
	(void)journal_set_table(use->journal, leftover->details.table);
	r = record_entries(&recording, &leftover->details.flows, false);
	if (r == 0)
		r = record_entries(&recording, &leftover->details.overflow, true);
	if (r == 0 && recording.flows)
		r = record_end(&recording, name);
	else
		journal_rollback(use->journal);
	(void)journal_set_table(use->journal, table);
	return r;
}

int leftovers_record(struct leftovers *leftovers, const struct leftover_use *use)
{
	while (leftovers->count) {
		struct leftover *leftover = &leftovers->items[0];
		struct details *details = &leftover->details;
		char name[DETAILLOG_NAME_MAX];
		int r = 0;
		detaillog_name(details, name);
		if (leftover->from_disk && name[0] && !details_empty(details))
			r = logtail_find(use->directory, writeahead_head(details->file)->sequence,
				ACTION, name);
		if (r == 0)
			r = record(use, leftover, name);
		if (r < 0)
			return r;
		if (use->log)
			detaillog_remove(use->log, details);
		else
			details_clear(details);
		take_out(leftovers, 0);
	}
	return 0;
}
