/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table stays as it should be: whatever somebody else did to it is found (tablewatch.h, and by
 * a look of our own where something was not heard), put on record with who did it, and put right in
 * one transaction. Until then nothing is forwarded (nftclosed.h). Expected is the rule set of
 * lifecycle.h, so what hedated itself changes is none.
 */
#ifndef HEDATE_REPAIR_H
#define HEDATE_REPAIR_H

#include <stdbool.h>
#include <stdint.h>

struct enforcer;
struct repair;

/* enforcer is borrowed; it has a loop, a lifecycle with a policy, reclink, flowset and foreign. 0,
 * or negative errno. */
int repair_new(struct enforcer *enforcer, struct repair **ret_repair);
void repair_free(struct repair *repair); /* accepts NULL */

/* Since hedated was started. */
struct repair_totals {
	uint64_t drifts;	/* times that something else was found */
	uint64_t repaired;	/* and put right */
	uint64_t window_max_us; /* the longest from hearing of a change until nothing could pass */
	bool storm;
	bool failed; /* the last repair: the table is NOT as it should be */
};
struct repair_totals repair_totals(const struct repair *repair);

#endif
