/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths that a policy would not miss: all that one permits, others permit as well; no connection
 * has used it; what was used of it is less than what it permits.
 *
 * Paths are compared as sets of packets: boxes of source addresses, destination addresses and
 * services, between two segments. One is covered when nothing is left of its boxes after those of
 * the others are taken out of them, which is exact whatever the others overlap with. A path that is
 * open at times is covered by one that always is, or is open at just the same times; never the
 * other way round.
 */
#ifndef HEDATE_PATHLINT_H
#define HEDATE_PATHLINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "policy.h"

#define PATHLINT_BY_MAX 8

enum pathlint_kind {
	PATHLINT_SHADOWED,  /* another path alone permits all of it */
	PATHLINT_REDUNDANT, /* others together do */
	PATHLINT_UNUSED,    /* no connection has used it */
	PATHLINT_WIDE,	    /* addresses or ports of it that nobody used */
};
#define PATHLINT_KINDS 4

struct pathlint_finding {
	enum pathlint_kind kind;
	const struct policy_path *path;
	const struct policy_path *by[PATHLINT_BY_MAX]; /* SHADOWED, REDUNDANT */
	size_t by_count;
	uint64_t days;			     /* UNUSED: for so many whole days */
	size_t sources, destinations, ports; /* WIDE: so many different ones were used */
};

struct pathlint {
	struct pathlint_finding *list; /* owned; in the order of the policy's paths */
	size_t count, room;
	size_t undecided; /* paths that were too many to compare */
};

/* Compare the paths with each other. 0, or -ENOMEM; to be cleared in any case. */
int pathlint_compare(const struct policy *policy, struct pathlint *lint);

/* How often each path of policy->paths was used since a time; seconds: how long ago that is. Paths
 * without use are found when it is days or longer. 0, or -ENOMEM. */
int pathlint_unused(const struct policy *policy, const uint64_t *hits, uint64_t seconds,
	unsigned int days, struct pathlint *lint);

/* A connection that was seen. */
struct pathlint_use {
	size_t path; /* of policy->paths */
	struct addr source, destination;
	uint8_t protocol;
	uint16_t port; /* of ICMP: type << 8 | code */
};
/* Which paths permit more than what was seen of them; those that nothing was seen of are left out.
 * uses is sorted in place. 0, or -ENOMEM. */
int pathlint_wide(const struct policy *policy, struct pathlint_use *uses, size_t count,
	struct pathlint *lint);

void pathlint_clear(struct pathlint *lint);

const char *pathlint_kind_name(enum pathlint_kind kind); /* "shadowed" */
/* One finding as a warning. */
void pathlint_report(const struct pathlint_finding *finding, struct diag_list *diags);

#endif
