/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closing epochs: what becomes a record, and what was lost. */
#include "epoch_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/array.h"
#include "clock.h"

/* Records ------------------------------------------------------------------------------------- */

/* One flow of a flow set. entry: its detail, or NULL. */
int epochs_record_count(
	struct epochs *epochs, const struct rec_count *count, struct pending_entry *entry)
{
	struct record_flow flow = {
		.key = count->key,
		.packets = count->packets,
		.bytes = count->bytes,
		.epoch = epochs->begin.number,
		.start = epochs->begin.start,
		.end = epochs->begin.end,
		.boottime = -1,
		.revision = epochs->revision,
		.detail = entry ? RECORD_FULL : RECORD_COUNTED,
	};
	details_describe_code(epochs->topology, count->key.code, &flow);
	if (entry) {
		details_describe(epochs_current(epochs), epochs->topology, entry, &flow);
		if (count->packets == 1)
			flow.end = flow.start;
		entry->flags |= PENDING_USED;
	} else {
		details_describe_key(&flow);
		epochs->counted_flows++;
		epochs->counted_packets += count->packets;
		if (epochs->on_counted)
			epochs->on_counted(&flow, epochs->on_counted_data);
	}
	epochs->recorded += count->packets;
	return journal_flow(epochs->journal, &flow);
}

static int record_overflow(
	struct epochs *epochs, const struct pending_entry *entry, uint64_t packets)
{
	struct record_flow flow = {
		.key = entry->key,
		.packets = packets,
		.bytes = entry->bytes,
		.epoch = epochs->begin.number,
		.end = entry->end,
		.revision = epochs->revision,
		.detail = RECORD_OVERFLOW,
	};
	details_describe_code(epochs->topology, entry->key.code, &flow);
	details_describe(epochs_current(epochs), epochs->topology, entry, &flow);
	epochs->recorded += packets;
	return journal_flow(epochs->journal, &flow);
}

/* No more than the kernel counted: what may have been logged of an epoch before it was repeated
 * must not be recorded twice. */
int epochs_record_overflows(struct epochs *epochs, uint64_t left)
{
	const struct pending *overflow = &epochs_current(epochs)->overflow;
	int r = 0;
	for (size_t i = 0; i < overflow->count && left > 0 && r == 0; i++) {
		const struct pending_entry *entry = &overflow->entries[i];
		uint64_t packets = entry->packets < left ? entry->packets : left;
		packets = overflow_take(&epochs->overflow, entry->key.code, packets);
		left -= packets;
		r = packets ? record_overflow(epochs, entry, packets) : 0;
		epochs_let_others(epochs);
	}
	return r;
}

/* Flows that fell out of their own sets ------------------------------------------------------- */

/* Could this flow of an "other" set be of a protocol that has a set of its own? Its detail is then
 * kept under the key of that set, and can only be found from there. */
bool epochs_may_have_fallen(const struct flow_key *key)
{
	return key->class == FLOW_OTHER && (key->protocol == 6 || key->protocol == 17 ||
						   key->protocol == 1 || key->protocol == 58);
}

int epochs_keep_fallen(struct epochs *epochs, const struct rec_count *count)
{
	struct rec_count *fallen = array_reserve(epochs->fallen, sizeof(*epochs->fallen),
		epochs->fallen_count, &epochs->fallen_room);

	if (!fallen)
		return -ENOMEM;
	epochs->fallen = fallen;
	epochs->fallen[epochs->fallen_count++] = *count;
	return 0;
}

void epochs_forget_fallen(struct epochs *epochs)
{
	free(epochs->fallen);
	epochs->fallen = NULL;
	epochs->fallen_count = epochs->fallen_room = 0;
}

/* Give each the detail of the first unused packet that would have the same key there. */
static void find_details(struct epochs *epochs, struct pending *index, size_t *details)
{
	const struct pending *flows = &epochs_current(epochs)->flows;
	for (size_t i = 0; i < flows->count; i++) {
		if (flows->entries[i].flags & PENDING_USED)
			continue;
		struct flow_key key = flow_key_other(&flows->entries[i].key);
		const struct pending_entry *found = pending_find(index, &key);
		if (found && details[found - index->entries] == SIZE_MAX)
			details[found - index->entries] = i;
	}
}

/* Without memory for it they are recorded all the same, without detail. */
int epochs_record_fallen(struct epochs *epochs)
{
	struct pending *flows = &epochs_current(epochs)->flows;
	struct pending_budget budget = { .limit = EPOCH_FALLEN_MAX };
	struct pending index;
	struct pending_entry *entry;
	size_t *details = reallocarray(NULL, epochs->fallen_count, sizeof(*details));
	bool complete = details != NULL;
	int r = 0;
	if (epochs->fallen_count == 0) {
		free(details);
		return 0;
	}
	pending_init(&index, &budget, flows->hash_key);
	for (size_t i = 0; i < epochs->fallen_count && complete; i++) {
		details[i] = SIZE_MAX;
		complete = pending_add(&index, &epochs->fallen[i].key, &entry) == 0;
	}
	if (complete)
		find_details(epochs, &index, details);
	for (size_t i = 0; i < epochs->fallen_count && r == 0; i++) {
		bool found = complete && details[i] != SIZE_MAX;
		epochs->merged += epochs->fallen[i].packets - found;
		r = epochs_record_count(
			epochs, &epochs->fallen[i], found ? &flows->entries[details[i]] : NULL);
		epochs_let_others(epochs);
	}
	pending_clear(&index);
	free(details);
	epochs_forget_fallen(epochs);
	return r;
}

/* What was lost ------------------------------------------------------------------------------- */

/* "overflow": packets of one reason and pair of zones that no flow set could take. */
static int note_code(struct epochs *epochs, const struct overflow_code *code)
{
	struct record_flow flow = { 0 };
	details_describe_code(epochs->topology, code->code, &flow);
	const uint64_t lost = code->packets - code->recorded;
	const struct record_extra extras[] = {
		{ .key = "reason", .text = flow.reason },
		{ .key = "zone.source", .text = flow.from },
		{ .key = "zone.destination", .text = flow.to },
		{ .key = "overflow.packets", .number = code->packets },
		{ .key = "overflow.bytes", .number = code->bytes },
		{ .key = "overflow.recorded", .number = code->recorded },
		{ .key = "overflow.lost", .number = lost },
		{ .key = "epoch", .number = epochs->begin.number },
		{ .key = "table", .text = epochs->totals.table },
	};
	const struct record_event event = {
		.time = clock_realtime(),
		.action = "overflow",
		.outcome = lost ? "failure" : "success",
		.revision = epochs->revision,
		.message = lost ? "of packets that no flow set could take, some are only counted"
				: "packets that no flow set could take were logged one by one",
		.extras = extras,
		.extra_count = sizeof(extras) / sizeof(extras[0]),
	};
	return journal_note(epochs->journal, &event);
}

int epochs_note_overflow(struct epochs *epochs)
{
	int r = 0;
	for (size_t i = 0; i < epochs->overflow.count && r == 0; i++) {
		if (epochs->overflow.codes[i].packets)
			r = note_code(epochs, &epochs->overflow.codes[i]);
	}
	return r;
}

static const char *note_text(const struct epochs *epochs)
{
	if (epochs->counted_flows)
		return "of some flows only addresses, ports and numbers are known";
	if (epochs->merged)
		return "some flows share a record: the kernel had no room or no memory for each";
	return "of some flows the packet was not kept, for want of memory";
}

/* "detail-lost": flows of which only the numbers are known. */
int epochs_note_counted(struct epochs *epochs)
{
	const struct record_extra extras[] = {
		{ .key = "epoch", .number = epochs->begin.number },
		{ .key = "table", .text = epochs->totals.table },
		{ .key = "counted.flows", .number = epochs->counted_flows },
		{ .key = "counted.packets", .number = epochs->counted_packets },
		{ .key = "counted.overruns", .number = epochs->findings.overruns },
		{ .key = "counted.malformed", .number = epochs->findings.malformed },
		{ .key = "counted.dropped", .number = epochs_current(epochs)->dropped },
		{ .key = "counted.unkept", .number = epochs_current(epochs)->packets.dropped },
		{ .key = "counted.merged", .number = epochs->merged },
	};
	const struct record_event event = {
		.time = clock_realtime(),
		.action = "detail-lost",
		.outcome = "failure",
		.revision = epochs->revision,
		.message = note_text(epochs),
		.extras = extras,
		.extra_count = sizeof(extras) / sizeof(extras[0]),
	};
	if (!epochs->counted_flows && !epochs->merged && !epochs_current(epochs)->packets.dropped)
		return 0;
	return journal_note(epochs->journal, &event);
}

/* "records-lost": packets that no record stands for. difference: blocked-<g> less all that the
 * flow sets and overflow-<g> counted. */
int epochs_note_lost(struct epochs *epochs, uint64_t lost, int64_t difference)
{
	char message[200] = "packets that no flow set could take were counted, "
			    "but not all of them were logged";
	const struct record_extra extras[] = {
		{ .key = "lost.packets", .number = lost },
		{ .key = "epoch", .number = epochs->begin.number },
		{ .key = "table", .text = epochs->totals.table },
	};
	const struct record_event event = {
		.time = clock_realtime(),
		.action = "records-lost",
		.outcome = "failure",
		.revision = epochs->revision,
		.message = message,
		.extras = extras,
		.extra_count = sizeof(extras) / sizeof(extras[0]),
	};
	if (difference != 0)
		snprintf(message, sizeof(message),
			"the kernel's counters do not add up: counter blocked-%c has %lld packets "
			"%s than its flow sets and its overflow",
			"ab"[epochs->begin.generation],
			(long long)(difference < 0 ? -difference : difference),
			difference < 0 ? "less" : "more");
	return lost || difference ? journal_note(epochs->journal, &event) : 0;
}
