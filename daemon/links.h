/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which interfaces exist and carry traffic, by rtnetlink: a segment whose interface is missing or
 * down is worth knowing, and so is an interface that is up and belongs to no segment.
 */
#ifndef HEDATE_LINKS_H
#define HEDATE_LINKS_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/policy.h"
#include "loop.h"

struct links;

enum links_event {
	LINKS_UP,
	LINKS_DOWN,
	LINKS_MISSING,	  /* of a segment, and not there */
	LINKS_UNDECLARED, /* up, and of no segment: nothing is forwarded from or to it */
};

/* segment: its full name, or NULL. */
typedef void (*links_function)(
	enum links_event event, const char *interface, const char *segment, void *data);

const char *links_event_name(enum links_event event); /* "link-up", for records */

/* Nothing is reported before links_watch(). 0, or negative errno. */
int links_new(struct loop *loop, links_function function, void *data, struct links **ret_links);
void links_free(struct links *links);

/* From now on report what becomes of this policy's interfaces; those that are missing or down
 * and those that are undeclared are reported at once. policy is borrowed until the next call. */
void links_watch(struct links *links, const struct policy *policy);

bool links_present(const struct links *links, const char *interface);
bool links_up(const struct links *links, const char *interface);

#endif
