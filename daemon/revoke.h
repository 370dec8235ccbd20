/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Revocation: after a change, connections that nothing permits any more are found in the kernel's
 * table of connections, put on record (event "cut"), and taken out of it. The rule set blocks them
 * from the change on; until they are taken out, a few seconds later, what still comes of them is
 * blocked with reason "revoked" or "expired", and they go on if the change is undone by then.
 *
 * Connections that are permitted, by whichever path, are not touched; nor is any while nothing is
 * forwarded (the island), which ends no connection. Those that nobody marked and that were there
 * before hedated are judged like all others.
 */
#ifndef HEDATE_REVOKE_H
#define HEDATE_REVOKE_H

#include <stdint.h>

#include "../lib/isolation.h"
#include "lifecycle.h"
#include "loop.h"
#include "reclink.h"

#define REVOKE_SHOWN	100  /* connections that one event tells in full */
#define REVOKE_GRACE_MS 3000 /* from finding them to taking them out */

struct revoke;

/* All but the result are borrowed. 0, or negative errno. */
int revoke_new(struct loop *loop, const struct lifecycle *lifecycle, struct reclink *reclink,
	struct revoke **ret_revoke);
void revoke_free(struct revoke *revoke); /* accepts NULL */

/* What is isolated is cut as well, whatever permits it: the list is borrowed, and looked at
 * whenever connections are. Accepts NULL. */
void revoke_isolation(struct revoke *revoke, const struct isolation *isolation);

/* What is permitted may be less now, because of this ("apply", "path-closed", ...: of static
 * storage): look, soon. Accepts NULL. */
void revoke_look(struct revoke *revoke, const char *why);

struct revoke_totals {
	uint64_t cut;	  /* connections, since the start */
	uint64_t removed; /* of them, taken out by us */
	uint64_t failed;  /* could not be taken out; nothing of them passes all the same */
};
struct revoke_totals revoke_totals(const struct revoke *revoke); /* accepts NULL */

#endif
