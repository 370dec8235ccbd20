/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What epoch.c, epoch_record.c and epoch_close.c share. */
#ifndef HEDATE_EPOCH_IMPL_H
#define HEDATE_EPOCH_IMPL_H

#include <stdbool.h>

#include "detaillog.h"
#include "details.h"
#include "epoch.h"
#include "leftover.h"
#include "overflow.h"

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
	uint64_t merged; /* packets that may be of other flows than their record's */
	struct rec_count *fallen;
	size_t fallen_count, fallen_room;
	struct overflow overflow;
};

/* Of the epoch that is being closed. */
struct details *epochs_current(struct epochs *epochs);
/* They are on disk, or not needed any more. */
void epochs_forget(struct epochs *epochs, struct details *details);
/* A record was written: after so many, others have their turn. */
void epochs_let_others(struct epochs *epochs);

/* Records (epoch_record.c): 0, or negative errno of the journal. */
int epochs_record_count(
	struct epochs *epochs, const struct rec_count *count, struct pending_entry *entry);
int epochs_record_overflows(struct epochs *epochs, uint64_t left);
int epochs_keep_fallen(struct epochs *epochs, const struct rec_count *count);
void epochs_forget_fallen(struct epochs *epochs);
int epochs_record_fallen(struct epochs *epochs);
bool epochs_may_have_fallen(const struct flow_key *key);
int epochs_note_overflow(struct epochs *epochs);
int epochs_note_counted(struct epochs *epochs);
int epochs_note_lost(struct epochs *epochs, uint64_t lost, int64_t difference);

#endif
