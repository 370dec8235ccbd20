/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Details of flows that were counted in a table that is gone: the power failed, or somebody took
 * the table away. What the kernel had counted of them is lost with it; their first packets are
 * known, and become records of the detail "recovered", followed by the event "records-recovered"
 * with their number. Once: the event carries the name of the write-ahead that they came from.
 */
#ifndef HEDATE_LEFTOVER_H
#define HEDATE_LEFTOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "detaillog.h"
#include "journal.h"

#define LEFTOVERS_MAX 8

struct leftover {
	struct details details;
	int64_t until;	/* those of later packets are not among them (realtime ns) */
	bool from_disk; /* they may be in the log already */
};

struct leftovers {
	struct leftover items[LEFTOVERS_MAX];
	size_t count;
};

/* Takes the details over. When there are too many they are left on disk, for the next start. */
void leftovers_add(
	struct leftovers *leftovers, struct detaillog *log, const struct leftover *leftover);
/* Take out those of this table and generation. False: there are none. */
bool leftovers_take(struct leftovers *leftovers, const char *table, unsigned int generation,
	struct details *ret_details);

/* What they are recorded with. between: called now and then, may be NULL. All borrowed. */
struct leftover_use {
	struct journal *journal;
	const char *directory; /* of the log */
	const struct topology *topology;
	struct detaillog *log; /* NULL: they are in memory only */
	void (*between)(void *data);
	void *data;
};
/* Record all, and forget each once it is on disk. 0, or negative errno: the rest stays. */
int leftovers_record(struct leftovers *leftovers, const struct leftover_use *use);
/* Leave them on disk. */
void leftovers_leave(struct leftovers *leftovers, struct detaillog *log);

#endif
