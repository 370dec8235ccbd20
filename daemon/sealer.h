/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the log sealed: a checkpoint whenever it is asked for, and on record when that fails and
 * when it can be done again. A log that cannot be sealed is written all the same.
 */
#ifndef HEDATE_SEALER_H
#define HEDATE_SEALER_H

#include "journal.h"

struct sealer;

/* All borrowed. 0, or -ENOMEM: what else may fail is tried with sealer_run(). */
int sealer_new(struct journal *journal, const char *log_directory, const char *key_directory,
	struct sealer **ret_sealer);
/* A last checkpoint. Accepts NULL. */
void sealer_free(struct sealer *sealer);

/* The last checkpoint that was made. */
struct sealer_state {
	uint64_t index, sequence; /* its own; of the last record that it seals, 0: there is none */
	int64_t time;		  /* realtime ns */
};
const struct sealer_state *sealer_state(const struct sealer *sealer); /* borrowed */

/* Seal what is on disk. Does nothing while an epoch is being written. */
void sealer_run(struct sealer *sealer);

#endif
