/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a path permits, independent of how it was written down: so that two can be compared. */
#ifndef HEDATE_CONF_CHECK_CONTENT_H
#define HEDATE_CONF_CHECK_CONTENT_H

#include "policy.h"

/* Values of one protocol, ports or ICMP types and codes. */
struct service_span {
	uint8_t protocol;
	uint16_t first, last;
};

struct path_content {
	const struct policy_path *path;
	bool families[ADDR_FAMILIES]; /* in which both ends have addresses */
	bool any;		      /* every protocol */
	struct service_span *spans;   /* owned; sorted, apart */
	size_t span_count;
	uint64_t from_segments, to_segments; /* bit segment % 64 */
	uint64_t hash;			     /* equal for what is the same, and seldom else */
};

/* The path is borrowed. 0, or -ENOMEM; either way it is to be cleared. */
int path_content_of(const struct policy *policy, const struct policy_path *path,
	struct path_content *ret_content);
void path_content_clear(struct path_content *content);

/* Do both permit exactly the same? */
bool path_content_same(const struct path_content *a, const struct path_content *b);
/* Does all that the inner path permits pass by the outer one, at any time, and is not the same? */
bool path_content_within(const struct path_content *inner, const struct path_content *outer);

#endif
