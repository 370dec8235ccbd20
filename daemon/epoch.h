/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Closing epochs: what the kernel counted of each blocked flow (COUNTS) is joined with what NFLOG
 * told of its first packet, and becomes records.
 *
 * For each epoch, exactly:
 *	packets of counter blocked-<g> = packets in records + packets counted as lost
 * A flow that was counted yields one record with the kernel's numbers, whether its detail is known
 * ("full") or not ("counted"). Where as many flows are known as packets were counted, each had one
 * packet, and the kernel need not be asked. Packets that no flow set could take were logged one by
 * one and yield "overflow" records; what the overflow counter has beyond them was lost on the way,
 * and is a number in "records-lost" and in the ledger. An event "overflow" says for each reason and
 * pair of zones how many there were of both. Should sums not add up all the same, the difference is
 * said, and ends up in the same number.
 *
 * Details live until their epoch is on disk: one that could not be written finds them again, and
 * with epochs_keep() one that a crash of the recorder interrupted, too. When the table is gone,
 * there will be no counts: what is known of its flows is then recorded alone (leftover.h).
 */
#ifndef HEDATE_EPOCH_H
#define HEDATE_EPOCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ifnames.h"
#include "journal.h"
#include "nflog.h"
#include "recproto.h"
#include "topology.h"
#include "writeahead.h"

/* Flows whose detail is kept at a time, about 100 bytes each; past it they are only counted. */
#define EPOCH_DETAILS_MAX 600000
/* Flows of an epoch that fell from their own full set into "other" and wait for its end. */
#define EPOCH_FALLEN_MAX 65536

struct epochs;

/* What is known of the table that the enforcer counts with: HELLO. */
struct epochs_totals {
	char table[LOGWRITE_TEXT_MAX];	     /* "": none */
	uint64_t last_epoch;		     /* that is on disk */
	uint64_t epoch_recorded, epoch_lost; /* of that epoch */
	uint64_t recorded, lost;	     /* of the table */
};

/* All borrowed. state is the log's. details: 0 for EPOCH_DETAILS_MAX. 0, or -ENOMEM. */
int epochs_new(struct journal *journal, const struct topology *topology, struct ifnames *ifnames,
	const struct logwrite_state *state, size_t details, struct epochs **ret_epochs);
void epochs_free(struct epochs *epochs); /* accepts NULL */

/* What write-ahead files held when they were opened. */
struct epochs_kept {
	uint64_t flows;	     /* whose details were taken back */
	uint64_t torn;	     /* bytes of a commit that was not finished */
	uint64_t unreadable; /* files that are none of ours, now under another name */
};
/*
 * Write details ahead, in the log's directory (borrowed), and take back those that are there.
 * Before the first table. io: NULL for the real calls. 0, or negative errno: details are kept in
 * memory only.
 */
int epochs_keep(struct epochs *epochs, const char *directory, const struct writeahead_io *io,
	struct epochs_kept *ret_kept);
/* Are there details that are not on disk? */
bool epochs_unkept(const struct epochs *epochs);
/* Since when, by the clock (realtime ns); INT64_MAX: there are none. */
int64_t epochs_unkept_since(const struct epochs *epochs);
/* They are when this returns 0. Negative errno: the next call tries again. */
int epochs_commit(struct epochs *epochs);
/* How many bytes of a flow's first packet are kept from now on, 0 to 1500. */
void epochs_set_payload(struct epochs *epochs, unsigned int bytes);
/* Called every few hundred records while an epoch is written: packets and commits have their turn.
 */
void epochs_set_between(struct epochs *epochs, void (*between)(void *data), void *data);

const struct epochs_totals *epochs_totals(const struct epochs *epochs);
/*
 * The enforcer's table. Another one than before begins at zero. since: nothing was counted in it
 * before that time (realtime ns); INT64_MAX: not known. 0, or -EINVAL when too long.
 */
int epochs_set_table(struct epochs *epochs, const char *table, int64_t since);
/* Record what is left of tables that are gone, now that the topology is known. 0, or negative
 * errno: to be tried again. */
int epochs_record_left(struct epochs *epochs);

/* Told of each flow that has no detail, only its numbers; the texts are borrowed. */
typedef void (*epochs_counted_function)(const struct record_flow *flow, void *data);
void epochs_on_counted(struct epochs *epochs, epochs_counted_function function, void *data);

/* A packet of NFLOG. */
void epochs_packet(struct epochs *epochs, const struct nflog_packet *packet);
/* What went wrong while reading them. */
void epochs_findings(struct epochs *epochs, struct nflog_findings findings);

/* An epoch that has ended: what its flow sets counted. */
struct epochs_closed {
	uint64_t number;
	unsigned int generation;
	uint64_t packets, bytes;
};
struct epochs_begin {
	uint64_t number;
	unsigned int generation;
	int64_t start, end;
	const char *revision;
	bool counts; /* follow; otherwise epochs_know_all() said that they need not */
};
struct epochs_end {
	uint64_t number;
	uint64_t packets, bytes; /* counter blocked-<g> */
	uint64_t overflow;	 /* packets of counter overflow-<g> */
	uint64_t kernel;	 /* all denied packets, at the switch */
};
struct epochs_done {
	uint64_t recorded, lost;
};

/*
 * Are its counts not needed? NFLOG has been drained. Each flow that it told of was counted at least
 * once: when it told of as many as there were packets, each had exactly one, and there are no
 * others. Likewise when the epoch is on disk already.
 */
bool epochs_know_all(const struct epochs *epochs, const struct epochs_closed *closed);

/*
 * Begin, any number of counts, end. NFLOG has been drained before the first. One that is on disk
 * already is not written again: the end gives its numbers. 0; -EPROTO for what is not in this
 * order or has numbers that cannot be; other negative errno when the log cannot be written. After
 * an error nothing of the epoch is on disk and it has to be sent again.
 */
int epochs_begin(struct epochs *epochs, const struct epochs_begin *begin);
int epochs_counts(struct epochs *epochs, const struct rec_count *counts, size_t count);
/* Of what overflowed, how much each denial had; any number, after the counts. */
int epochs_overflow(struct epochs *epochs, const struct rec_overflow *codes, size_t count);
int epochs_end(struct epochs *epochs, const struct epochs_end *end, struct epochs_done *ret_done);
/* The rest will not come. */
void epochs_abort(struct epochs *epochs);

#endif
