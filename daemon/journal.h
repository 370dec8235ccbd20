/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log as the recorder uses it: one epoch at a time, and events, which wait while an epoch is
 * being written or the log cannot be written at all. That it cannot be, from when and until when,
 * is an event itself.
 */
#ifndef HEDATE_JOURNAL_H
#define HEDATE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/json.h"
#include "../lib/logwrite.h"
#include "../lib/record.h"

#define JOURNAL_EVENTS_MAX 1000 /* that wait; more are counted, which is itself an event */

struct journal;

/* The log could be written until now and cannot any more (error, negative errno), or the other
 * way round (0). Must not call the journal. */
typedef void (*journal_changed_function)(int error, void *data);

/* Arguments and result as of logwrite_open(). */
int journal_open(const char *directory, const struct logwrite_io *io,
	journal_changed_function changed, void *data, struct journal **ret_journal,
	struct logwrite_state *ret_state);
void journal_close(struct journal *journal); /* what waits is tried once more; accepts NULL */

/* What lines carry from now on; "" for not known. -EINVAL when too long. */
int journal_set_site(struct journal *journal, const char *site);
int journal_set_table(struct journal *journal, const char *table);
void journal_get_table(const struct journal *journal, char table[LOGWRITE_TEXT_MAX]);
/* The profile and model of a policy, "" for none: lines that carry its revision carry them, too.
 * The last few are kept, for flows that an earlier policy blocked. -EINVAL when too long. */
int journal_add_policy(
	struct journal *journal, const char *revision, const char *profile, const char *model);
/* The largest file, in bytes; the next group begins another one when it is as large. 0: any. */
void journal_set_segment(struct journal *journal, uint64_t bytes);
/* Of the last line on disk. */
uint64_t journal_sequence(const struct journal *journal);

/* Write an event, or keep it (copied) until it can be written. */
void journal_event(struct journal *journal, const struct record_event *event);

/* The same of many: keep each (copied), then write all that wait in one go. */
void journal_queue(struct journal *journal, const struct record_event *event);
void journal_flush(struct journal *journal);

/* Is there an event that is not on disk? */
bool journal_waits(const struct journal *journal);

/* An epoch: begin, lines, commit; all that return negative errno have rolled it back. -EBUSY:
 * events wait for a log that cannot be written. */
int journal_begin(struct journal *journal);
int journal_flow(struct journal *journal, const struct record_flow *flow);
int journal_note(struct journal *journal, const struct record_event *event); /* of the epoch */
int journal_commit(struct journal *journal, const struct record_ledger *ledger);
void journal_rollback(struct journal *journal);
/* Or end the group with this event: flows of a table that is gone, which has no ledger. */
int journal_commit_event(struct journal *journal, const struct record_event *event);

/* Try again to write what waits. 0, or negative errno. */
int journal_retry(struct journal *journal);

/* For sealing what is on disk. NULL: not now, an epoch is being written or the log cannot be. */
struct logwrite *journal_log(struct journal *journal);

#endif
