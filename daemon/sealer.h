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

/* Seal what is on disk. Does nothing while an epoch is being written. */
void sealer_run(struct sealer *sealer);

#endif
