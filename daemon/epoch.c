/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "epoch_impl.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE 512 /* records, before others have their turn */

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

void epochs_forget(struct epochs *epochs, struct details *details)
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
struct details *epochs_current(struct epochs *epochs)
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
void epochs_let_others(struct epochs *epochs)
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
		epochs_forget(epochs, details);
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
