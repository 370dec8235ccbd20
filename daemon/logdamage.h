/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of compressed files of the log that cannot be read: each is told of once, on stderr. */
#ifndef HEDATE_LOGDAMAGE_H
#define HEDATE_LOGDAMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/logread.h"

#define LOGDAMAGE_MAX 16 /* parts that are told of; those behind them are counted */

/* All zero before the first. */
struct logdamage {
	struct {
		char file[LOGNAME_MAX];
		int64_t begin;
	} parts[LOGDAMAGE_MAX];
	unsigned int count;
	uint64_t more;
};

/* This part is skipped. Nothing is said when it is known already. */
void logdamage_tell(
	struct logdamage *damage, const char *directory, const struct logread_damage *part);
/* Nothing more will come. True: there was something. */
bool logdamage_end(const struct logdamage *damage);

#endif
