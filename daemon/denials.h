/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be denied: for each deny chain of a rule set its code, reason and places, and what a
 * counter left over from an earlier policy may have stood for.
 */
#ifndef HEDATE_DENIALS_H
#define HEDATE_DENIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/compile.h"
#include "../lib/flowrec.h"

struct denial {
	char *counter; /* "deny-<reason>-<from>-<to>", "observe-<from>-<to>" */
	uint32_t code; /* DENY_CODE_MASK part of the mark */
	enum reason reason;
	char from[FLOW_PLACE_MAX];
	char to[FLOW_PLACE_MAX];
};

struct denials {
	struct denial *items; /* sorted by counter */
	size_t count, room;
};

/* Collect the deny chains of a rule set, and those of observed pairs. 0, or -ENOMEM. */
int denials_collect(const struct ruleset *ruleset, struct denials *ret_denials);
void denials_clear(struct denials *denials);
const struct denial *denials_find(const struct denials *denials, const char *counter);

/*
 * Every (reason, from, to) that this counter's name could have been made of; names hold hyphens,
 * so there may be several. Only one of them has a code that ever occurs. Negative errno from
 * function stops.
 */
typedef int (*denials_guess)(const struct denial *denial, void *data);
int denials_guesses(const char *counter, denials_guess function, void *data);

/* The zone of a place: "mynumber" of "mynumber.servers". Copied and cut to size. */
void place_zone(const char *place, char *zone, size_t size);

#endif
