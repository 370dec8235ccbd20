/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which connections does a policy permit at this time? The policy read straight, not the rule set:
 * quick enough to be asked of every connection that the kernel knows.
 */
#ifndef HEDATE_PERMITTED_H
#define HEDATE_PERMITTED_H

#include <stdbool.h>
#include <stdint.h>

#include "opening.h"
#include "policy.h"

struct permitted;

/* A connection, by its first packet as the rule set sees it. */
struct permitted_flow {
	enum path_direction direction;
	enum addr_family family;
	uint8_t source[16], destination[16]; /* network order; the gateway's own is not looked at */
	uint8_t protocol;
	uint16_t port; /* the destination's; of ICMP: type << 8 | code */
	uint32_t mark; /* that it has, or 0: its path is tried first */
};

/* Of a compiled policy; openings: which of its timed paths are open, or NULL: none is. Both are
 * borrowed. 0, or -ENOMEM. */
int permitted_new(const struct policy *policy, const struct openings *openings,
	struct permitted **ret_permitted);
void permitted_free(struct permitted *permitted); /* accepts NULL */

/* Is there a path for it that is open, or is its pair of zones only observed? */
bool permitted_has(const struct permitted *permitted, const struct permitted_flow *flow);

/* Has the path this protocol and port, whatever else it is about? */
bool permitted_service(const struct policy *policy, const struct policy_path *path,
	const struct permitted_flow *flow);

#endif
