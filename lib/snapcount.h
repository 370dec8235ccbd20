/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often the paths of a policy were used, by the counters of our own table in a snapshot. */
#ifndef HEDATE_SNAPCOUNT_H
#define HEDATE_SNAPCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot.h"

/* Connections by the id of their path (policy_path.id), of set @hits (compile.h). */
struct snapcount_hit {
	uint32_t id;
	uint64_t connections;
};

struct snapcount {
	bool known;		    /* there is such a set */
	struct snapcount_hit *hits; /* sorted by id; owned */
	size_t count;
};

/* 0, or -ENOMEM. */
int snapcount_read(const struct snapshot *snapshot, struct snapcount *ret_count);
void snapcount_clear(struct snapcount *count);
uint64_t snapcount_of(const struct snapcount *count, uint32_t id); /* 0: none yet */

#endif
