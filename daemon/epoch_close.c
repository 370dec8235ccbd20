/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closing epochs: begin, counts, end. */
#include "epoch_impl.h"

#include <errno.h>
#include <string.h>

bool epochs_know_all(const struct epochs *epochs, const struct epochs_closed *closed)
{
	const struct pending *flows = &epochs->details[closed->generation].flows;
	uint64_t bytes = 0;
	if (closed->number <= epochs->totals.last_epoch)
		return true;
	if (flows->count != closed->packets)
		return false;
	for (size_t i = 0; i < flows->count; i++)
		bytes += flows->entries[i].length;
	return bytes == closed->bytes;
}

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
	epochs->merged = 0;
	if (begin->number <= epochs->totals.last_epoch) {
		epochs->state = EPOCH_KNOWN;
		return 0;
	}
	struct pending *flows = &epochs_current(epochs)->flows;
	for (size_t i = 0; i < flows->count; i++)
		flows->entries[i].flags &= (uint8_t)~PENDING_USED;
	int r = journal_begin(epochs->journal);
	if (r == 0)
		epochs->state = EPOCH_OPEN;
	/* Before anything of the epoch is in the log. */
	if (r == 0 && epochs->log)
		r = detaillog_seal(epochs->log, epochs_current(epochs), begin->number,
			journal_sequence(epochs->journal));
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
		epochs_current(epochs)->unkept = false;
	}
	epochs->state = EPOCH_NONE;
	epochs_forget_fallen(epochs);
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
	struct pending_entry *entry = pending_find(&epochs_current(epochs)->flows, key);
	if (!entry && epochs_may_have_fallen(key) && epochs->fallen_count < EPOCH_FALLEN_MAX &&
		epochs_keep_fallen(epochs, count) == 0)
		return 0;
	return epochs_record_count(epochs, count, entry);
}

int epochs_counts(struct epochs *epochs, const struct rec_count *counts, size_t count)
{
	if (epochs->state == EPOCH_NONE || !epochs->begin.counts)
		return -EPROTO;
	int r = 0;
	for (size_t i = 0; i < count && r == 0 && epochs->state == EPOCH_OPEN; i++) {
		r = take_count(epochs, &counts[i]);
		epochs_let_others(epochs);
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

static int write_end(struct epochs *epochs, const struct epochs_end *end, struct epochs_done *done)
{
	uint64_t in_sets = epochs->recorded;
	int64_t difference = (int64_t)(end->packets - in_sets - end->overflow);
	int r = overflow_total(&epochs->overflow, end->overflow);
	if (r == 0)
		r = epochs_record_overflows(epochs, end->overflow);
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
		r = epochs_note_overflow(epochs);
	if (r == 0)
		r = epochs_note_counted(epochs);
	if (r == 0)
		r = epochs_note_lost(epochs, done->lost, difference);
	if (r == 0)
		r = journal_commit(epochs->journal, &ledger);
	return r;
}

/* Every flow that NFLOG told of, of one packet each. */
static int record_known(struct epochs *epochs, const struct epochs_end *end)
{
	struct pending *flows = &epochs_current(epochs)->flows;
	size_t known = flows->count; /* what comes late is not of this epoch */
	int r = known == end->packets - end->overflow ? 0 : -EPROTO;
	for (size_t i = 0; i < known && r == 0; i++) {
		const struct rec_count count = { flows->entries[i].key, 1,
			flows->entries[i].length };
		r = epochs_record_count(epochs, &count, &flows->entries[i]);
		epochs_let_others(epochs);
	}
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
		r = epochs->begin.counts ? epochs_record_fallen(epochs) : record_known(epochs, end);
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
		/* Until an epoch has flows without detail: what was read first came first, and
		 * that something is missing was seen before what is behind it. */
		if (epochs->counted_flows)
			epochs->findings = (struct nflog_findings){ 0 };
	}
	epochs->state = EPOCH_NONE;
	overflow_clear(&epochs->overflow);
	epochs_forget(epochs, epochs_current(epochs));
	*ret_done = done;
	return 0;
}
