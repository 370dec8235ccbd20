/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "epoch.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "detaillog.h"
#include "details.h"
#include "leftover.h"
#include "overflow.h"

#define AT_ONCE 512 /* records, before others have their turn */

enum epoch_state {
	EPOCH_NONE,
	EPOCH_OPEN,
	EPOCH_KNOWN, /* being sent again, though it is on disk */
};

struct epochs {
	struct journal *journal;
	const struct topology *topology;
	struct ifnames *ifnames;
	struct epochs_totals totals;
	struct pending_budget budget;
	uint8_t hash_key[PENDING_HASH_KEY];
	struct details details[2]; /* by generation */
	struct leftovers left;	   /* of other tables, or of one that is not known yet */
	struct detaillog *log;	   /* NULL: details are kept in memory only */
	const char *directory;
	void (*between)(void *data);
	void *between_data;
	unsigned int payload;		    /* bytes of a packet that are kept */
	size_t since_between;		    /* records */
	struct nflog_findings findings;	    /* not yet said in any epoch */
	epochs_counted_function on_counted; /* may be NULL */
	void *on_counted_data;

	/* The epoch that is being closed. */
	enum epoch_state state;
	struct epochs_begin begin; /* revision: below */
	char revision[16];
	uint64_t recorded;
	uint64_t counted_flows, counted_packets; /* without detail */
	struct rec_count *fallen;
	size_t fallen_count, fallen_room;
	struct overflow overflow;
};

static struct details new_details(struct epochs *epochs, unsigned int generation)
{
	struct details details;
	details_init(&details, &epochs->budget, epochs->hash_key);
	memcpy(details.table, epochs->totals.table, sizeof(details.table));
	details.generation = generation;
	details.packets.keep = epochs->payload;
	return details;
}

int epochs_new(struct journal *journal, const struct topology *topology, struct ifnames *ifnames,
	const struct logwrite_state *state, size_t details, struct epochs **ret_epochs)
{
	struct epochs *epochs = calloc(1, sizeof(*epochs));
	if (!epochs)
		return -ENOMEM;
	epochs->journal = journal;
	epochs->topology = topology;
	epochs->ifnames = ifnames;
	epochs->budget.limit = details ? details : EPOCH_DETAILS_MAX;
	randombytes_buf(epochs->hash_key, sizeof(epochs->hash_key));
	for (unsigned int g = 0; g < 2; g++)
		epochs->details[g] = new_details(epochs, g);
	memcpy(epochs->totals.table, state->table, sizeof(epochs->totals.table));
	epochs->totals.last_epoch = state->epoch;
	epochs->totals.epoch_recorded = state->epoch_recorded;
	epochs->totals.epoch_lost = state->epoch_lost;
	epochs->totals.recorded = state->total_recorded;
	epochs->totals.lost = state->total_lost;
	*ret_epochs = epochs;
	return 0;
}

static uint64_t sequence(const struct epochs *epochs)
{
	return journal_sequence(epochs->journal);
}

static void forget(struct epochs *epochs, struct details *details)
{
	if (epochs->log)
		detaillog_forget(epochs->log, details, sequence(epochs));
	else
		details_clear(details);
}

/* On disk they stay. */
static void leave(struct epochs *epochs, struct details *details)
{
	if (epochs->log)
		detaillog_leave(epochs->log, details);
	else
		details_clear(details);
}

void epochs_free(struct epochs *epochs)
{
	if (!epochs)
		return;
	for (int g = 0; g < 2; g++)
		leave(epochs, &epochs->details[g]);
	leftovers_leave(&epochs->left, epochs->log);
	detaillog_close(epochs->log);
	free(epochs->fallen);
	free(epochs);
}

/* Of the epoch that is being closed. */
static struct details *current(struct epochs *epochs)
{
	return &epochs->details[epochs->begin.generation];
}

const struct epochs_totals *epochs_totals(const struct epochs *epochs)
{
	return &epochs->totals;
}

/* Written ahead ------------------------------------------------------------------------------- */

struct restoring {
	struct epochs *epochs;
	struct epochs_kept *kept;
};

static struct details init_restored(void *data)
{
	const struct restoring *restoring = data;
	return new_details(restoring->epochs, 0);
}

/* Whether their table still counts is not known before WELCOME. */
static void take_restored(struct details *details, void *data)
{
	const struct restoring *restoring = data;
	struct epochs *epochs = restoring->epochs;
	const struct epochs_totals *totals = &epochs->totals;
	bool recorded = details->epoch && details->epoch <= totals->last_epoch &&
			strcmp(details->table, totals->table) == 0;
	if (recorded || details_empty(details) || details->generation > 1) {
		detaillog_remove(epochs->log, details);
		return;
	}
	const struct leftover leftover = { *details, INT64_MAX, true };
	restoring->kept->flows += details->flows.count + details->overflow.count;
	leftovers_add(&epochs->left, epochs->log, &leftover);
}

int epochs_keep(struct epochs *epochs, const char *directory, const struct writeahead_io *io,
	struct epochs_kept *ret_kept)
{
	struct restoring restoring = { epochs, ret_kept };
	struct detaillog_found found = { 0 };
	*ret_kept = (struct epochs_kept){ 0 };
	int r = detaillog_open(directory, io, &epochs->log);
	if (r < 0)
		return r;
	epochs->directory = directory;
	r = detaillog_restore(epochs->log, init_restored, take_restored, &restoring, &found);
	ret_kept->torn = found.torn;
	ret_kept->unreadable = found.unreadable;
	return r;
}

bool epochs_unkept(const struct epochs *epochs)
{
	return epochs->log &&
	       (details_unkept(&epochs->details[0]) || details_unkept(&epochs->details[1]));
}

int64_t epochs_unkept_since(const struct epochs *epochs)
{
	int64_t one = details_unkept_since(&epochs->details[0]);
	int64_t other = details_unkept_since(&epochs->details[1]);
	if (!epochs->log)
		return INT64_MAX;
	return one < other ? one : other;
}

int epochs_commit(struct epochs *epochs)
{
	int r = 0;
	for (int g = 0; g < 2 && epochs->log; g++) {
		int error = detaillog_commit(epochs->log, &epochs->details[g], sequence(epochs));
		r = error ? error : r;
	}
	return r;
}

void epochs_set_payload(struct epochs *epochs, unsigned int bytes)
{
	epochs->payload = bytes;
	for (int g = 0; g < 2; g++)
		epochs->details[g].packets.keep = bytes;
}

void epochs_set_between(struct epochs *epochs, void (*between)(void *data), void *data)
{
	epochs->between = between;
	epochs->between_data = data;
}

/* Called between two records: entries may move while others have their turn. */
static void let_others(struct epochs *epochs)
{
	if (!epochs->between || ++epochs->since_between < AT_ONCE)
		return;
	epochs->since_between = 0;
	epochs->between(epochs->between_data);
}

/* Tables -------------------------------------------------------------------------------------- */

/* The table of these details is gone. Of packets since the next one counts, they are its. */
static void set_aside(struct epochs *epochs, unsigned int generation, int64_t since)
{
	struct details *details = &epochs->details[generation];
	const struct leftover leftover = { *details, since, false };
	if (details_empty(details)) {
		forget(epochs, details);
		memcpy(details->table, epochs->totals.table, sizeof(details->table));
		return;
	}
	*details = new_details(epochs, generation);
	details_take_since(details, &leftover.details, since);
	leftovers_add(&epochs->left, epochs->log, &leftover);
}

/* What a crash left of this generation goes on, unless it is of an epoch that is over. */
static void go_on_with_left(struct epochs *epochs, unsigned int generation)
{
	struct details *details = &epochs->details[generation], left;
	const char *table = epochs->totals.table;
	while (leftovers_take(&epochs->left, table, generation, &left)) {
		bool over = left.epoch && left.epoch <= epochs->totals.last_epoch;
		if (over || !details_empty(details)) {
			detaillog_remove(epochs->log, &left);
			continue;
		}
		detaillog_remove(epochs->log, details);
		*details = left;
		details->packets.keep = epochs->payload;
	}
}

int epochs_set_table(struct epochs *epochs, const char *table, int64_t since)
{
	int r = journal_set_table(epochs->journal, table);
	if (r < 0)
		return r;
	if (strcmp(epochs->totals.table, table) != 0) {
		memset(&epochs->totals, 0, sizeof(epochs->totals));
		/* The journal has checked its length. */
		memcpy(epochs->totals.table, table, strlen(table) + 1);
	}
	for (unsigned int g = 0; g < 2; g++) {
		if (strcmp(epochs->details[g].table, table) != 0)
			set_aside(epochs, g, since);
		go_on_with_left(epochs, g);
		if (epochs->log)
			detaillog_prepare(epochs->log, &epochs->details[g], sequence(epochs));
	}
	return 0;
}

int epochs_record_left(struct epochs *epochs)
{
	const struct leftover_use use = {
		.journal = epochs->journal,
		.directory = epochs->directory,
		.topology = epochs->topology,
		.log = epochs->log,
		.between = epochs->between,
		.data = epochs->between_data,
	};
	return leftovers_record(&epochs->left, &use);
}

void epochs_on_counted(struct epochs *epochs, epochs_counted_function function, void *data)
{
	epochs->on_counted = function;
	epochs->on_counted_data = data;
}

void epochs_packet(struct epochs *epochs, const struct nflog_packet *packet)
{
	details_packet(&epochs->details[packet->flow.key.generation], epochs->ifnames, packet);
}

void epochs_findings(struct epochs *epochs, struct nflog_findings findings)
{
	epochs->findings.overruns += findings.overruns;
	epochs->findings.malformed += findings.malformed;
}

/* Records ------------------------------------------------------------------------------------- */

/* One flow of a flow set. entry: its detail, or NULL. */
static int record_count(
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
		details_describe(current(epochs), epochs->topology, entry, &flow);
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
	details_describe(current(epochs), epochs->topology, entry, &flow);
	epochs->recorded += packets;
	return journal_flow(epochs->journal, &flow);
}

/* No more than the kernel counted: what may have been logged of an epoch before it was repeated
 * must not be recorded twice. */
static int record_overflows(struct epochs *epochs, uint64_t left)
{
	const struct pending *overflow = &current(epochs)->overflow;
	int r = 0;
	for (size_t i = 0; i < overflow->count && left > 0 && r == 0; i++) {
		const struct pending_entry *entry = &overflow->entries[i];
		uint64_t packets = entry->packets < left ? entry->packets : left;
		packets = overflow_take(&epochs->overflow, entry->key.code, packets);
		left -= packets;
		r = packets ? record_overflow(epochs, entry, packets) : 0;
		let_others(epochs);
	}
	return r;
}

/* Flows that fell out of their own sets ------------------------------------------------------- */

/* Could this flow of an "other" set be of a protocol that has a set of its own? Its detail is then
 * kept under the key of that set, and can only be found from there. */
static bool may_have_fallen(const struct flow_key *key)
{
	return key->class == FLOW_OTHER && (key->protocol == 6 || key->protocol == 17 ||
						   key->protocol == 1 || key->protocol == 58);
}

static int keep_fallen(struct epochs *epochs, const struct rec_count *count)
{
	if (epochs->fallen_count == epochs->fallen_room) {
		size_t room = epochs->fallen_room ? 2 * epochs->fallen_room : 64;
		struct rec_count *fallen =
			reallocarray(epochs->fallen, room, sizeof(*epochs->fallen));
		if (!fallen)
			return -ENOMEM;
		epochs->fallen = fallen;
		epochs->fallen_room = room;
	}
	epochs->fallen[epochs->fallen_count++] = *count;
	return 0;
}

static void forget_fallen(struct epochs *epochs)
{
	free(epochs->fallen);
	epochs->fallen = NULL;
	epochs->fallen_count = epochs->fallen_room = 0;
}

/* Give each the detail of the first unused packet that would have the same key there. */
static void find_details(struct epochs *epochs, struct pending *index, size_t *details)
{
	const struct pending *flows = &current(epochs)->flows;
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
static int record_fallen(struct epochs *epochs)
{
	struct pending *flows = &current(epochs)->flows;
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
		r = record_count(
			epochs, &epochs->fallen[i], found ? &flows->entries[details[i]] : NULL);
		let_others(epochs);
	}
	pending_clear(&index);
	free(details);
	forget_fallen(epochs);
	return r;
}

/* Closing ------------------------------------------------------------------------------------- */

int epochs_begin(struct epochs *epochs, const struct epochs_begin *begin)
{
	if (epochs->state != EPOCH_NONE || begin->generation > 1 || begin->number == 0 ||
		strlen(begin->revision) >= sizeof(epochs->revision))
		return -EPROTO;
	epochs->begin = *begin;
	epochs->begin.revision = NULL; /* the caller's */
	memcpy(epochs->revision, begin->revision, strlen(begin->revision) + 1);
	epochs->recorded = 0;
	epochs->counted_flows = 0;
	epochs->counted_packets = 0;
	if (begin->number <= epochs->totals.last_epoch) {
		epochs->state = EPOCH_KNOWN;
		return 0;
	}
	struct pending *flows = &current(epochs)->flows;
	for (size_t i = 0; i < flows->count; i++)
		flows->entries[i].flags &= (uint8_t)~PENDING_USED;
	int r = journal_begin(epochs->journal);
	if (r == 0)
		epochs->state = EPOCH_OPEN;
	/* Before anything of the epoch is in the log. */
	if (r == 0 && epochs->log)
		r = detaillog_seal(epochs->log, current(epochs), begin->number, sequence(epochs));
	if (r < 0)
		epochs_abort(epochs);
	return r;
}

/* The log failed, or the enforcer did not do as agreed. */
static int give_up(struct epochs *epochs, int error)
{
	epochs_abort(epochs);
	return error;
}

void epochs_abort(struct epochs *epochs)
{
	if (epochs->state == EPOCH_OPEN) {
		journal_rollback(epochs->journal);
		current(epochs)->unkept = false;
	}
	epochs->state = EPOCH_NONE;
	forget_fallen(epochs);
	overflow_clear(&epochs->overflow);
}

static int take_count(struct epochs *epochs, const struct rec_count *count)
{
	const struct flow_key *key = &count->key;
	if (key->generation != epochs->begin.generation || key->family >= ADDR_FAMILIES ||
		key->class >= FLOW_CLASS_COUNT)
		return -EPROTO;
	if (count->packets == 0)
		return 0;
	struct pending_entry *entry = pending_find(&current(epochs)->flows, key);
	if (!entry && may_have_fallen(key) && epochs->fallen_count < EPOCH_FALLEN_MAX &&
		keep_fallen(epochs, count) == 0)
		return 0;
	return record_count(epochs, count, entry);
}

int epochs_counts(struct epochs *epochs, const struct rec_count *counts, size_t count)
{
	if (epochs->state == EPOCH_NONE)
		return -EPROTO;
	int r = 0;
	for (size_t i = 0; i < count && r == 0 && epochs->state == EPOCH_OPEN; i++) {
		r = take_count(epochs, &counts[i]);
		let_others(epochs);
	}
	return r < 0 ? give_up(epochs, r) : 0;
}

int epochs_overflow(struct epochs *epochs, const struct rec_overflow *codes, size_t count)
{
	if (epochs->state == EPOCH_NONE)
		return -EPROTO;
	int r = epochs->state == EPOCH_OPEN ? overflow_add(&epochs->overflow, codes, count) : 0;
	return r < 0 ? give_up(epochs, r) : 0;
}

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

static int note_overflow(struct epochs *epochs)
{
	int r = 0;
	for (size_t i = 0; i < epochs->overflow.count && r == 0; i++) {
		if (epochs->overflow.codes[i].packets)
			r = note_code(epochs, &epochs->overflow.codes[i]);
	}
	return r;
}

/* "detail-lost": flows of which only the numbers are known. */
static int note_counted(struct epochs *epochs)
{
	const struct record_extra extras[] = {
		{ .key = "epoch", .number = epochs->begin.number },
		{ .key = "table", .text = epochs->totals.table },
		{ .key = "counted.flows", .number = epochs->counted_flows },
		{ .key = "counted.packets", .number = epochs->counted_packets },
		{ .key = "counted.overruns", .number = epochs->findings.overruns },
		{ .key = "counted.malformed", .number = epochs->findings.malformed },
		{ .key = "counted.dropped", .number = current(epochs)->dropped },
		{ .key = "counted.unkept", .number = current(epochs)->packets.dropped },
	};
	const struct record_event event = {
		.time = clock_realtime(),
		.action = "detail-lost",
		.outcome = "failure",
		.revision = epochs->revision,
		.message = epochs->counted_flows
				   ? "of some flows only addresses, ports and numbers are known"
				   : "of some flows the packet was not kept, for want of memory",
		.extras = extras,
		.extra_count = sizeof(extras) / sizeof(extras[0]),
	};
	if (!epochs->counted_flows && !current(epochs)->packets.dropped)
		return 0;
	return journal_note(epochs->journal, &event);
}

/* "records-lost": packets that no record stands for. difference: blocked-<g> less all that the
 * flow sets and overflow-<g> counted. */
static int note_lost(struct epochs *epochs, uint64_t lost, int64_t difference)
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

static int write_end(struct epochs *epochs, const struct epochs_end *end, struct epochs_done *done)
{
	uint64_t in_sets = epochs->recorded;
	int64_t difference = (int64_t)(end->packets - in_sets - end->overflow);
	int r = overflow_total(&epochs->overflow, end->overflow);
	if (r == 0)
		r = record_overflows(epochs, end->overflow);
	/* More in records than the counter has cannot be lost; the ledger keeps to the counter. */
	done->recorded = epochs->recorded < end->packets ? epochs->recorded : end->packets;
	done->lost = end->packets - done->recorded;
	const struct record_ledger ledger = {
		.epoch = epochs->begin.number,
		.start = epochs->begin.start,
		.end = epochs->begin.end,
		.packets = end->packets,
		.recorded = done->recorded,
		.lost = done->lost,
		.total_kernel = end->kernel,
		.total_recorded = epochs->totals.recorded + done->recorded,
		.total_lost = epochs->totals.lost + done->lost,
	};
	if (r == 0)
		r = note_overflow(epochs);
	if (r == 0)
		r = note_counted(epochs);
	if (r == 0)
		r = note_lost(epochs, done->lost, difference);
	if (r == 0)
		r = journal_commit(epochs->journal, &ledger);
	return r;
}

/* An epoch in which nothing was blocked leaves no line. */
static bool is_empty(const struct epochs *epochs, const struct epochs_end *end)
{
	return end->packets == 0 && end->overflow == 0 && epochs->recorded == 0;
}

int epochs_end(struct epochs *epochs, const struct epochs_end *end, struct epochs_done *ret_done)
{
	struct epochs_totals *totals = &epochs->totals;
	struct epochs_done done = { 0 };
	int r = 0;
	if (epochs->state == EPOCH_NONE || end->number != epochs->begin.number)
		return give_up(epochs, -EPROTO);
	if (epochs->state == EPOCH_KNOWN) {
		if (end->number == totals->last_epoch)
			done = (struct epochs_done){ totals->epoch_recorded, totals->epoch_lost };
	} else {
		r = record_fallen(epochs);
		if (r == 0 && is_empty(epochs, end))
			journal_rollback(epochs->journal);
		else if (r == 0)
			r = write_end(epochs, end, &done);
		if (r < 0)
			return give_up(epochs, r);
		totals->last_epoch = end->number;
		totals->epoch_recorded = done.recorded;
		totals->epoch_lost = done.lost;
		totals->recorded += done.recorded;
		totals->lost += done.lost;
		epochs->findings = (struct nflog_findings){ 0 };
	}
	epochs->state = EPOCH_NONE;
	overflow_clear(&epochs->overflow);
	forget(epochs, current(epochs));
	*ret_done = done;
	return 0;
}
