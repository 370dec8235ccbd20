/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change of the policy means: one policy against another, part by part, in the words of the
 * configuration (names, addresses, numbers), so that it reads the same in every language. Where
 * things stand in the file, and in which order, is no difference. What an end or a service of a
 * path stands for is written out there, so that a host that gets another address is seen at each
 * path that names it. Paths of exceptions are left out: their register says who granted them.
 */
#ifndef HEDATE_CHANGE_H
#define HEDATE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "policy.h"

enum change_action {
	CHANGE_ADDED,
	CHANGE_REMOVED,
	CHANGE_CHANGED,
};
#define CHANGE_ACTIONS 3

enum change_what {
	CHANGE_SETTING, /* its name is its key: "log.epoch"; always CHANGE_CHANGED */
	CHANGE_ZONE,
	CHANGE_SEGMENT, /* "zone.segment" */
	CHANGE_HOST,
	CHANGE_NETWORK,
	CHANGE_SERVICE,
	CHANGE_BREAKOUT, /* of local_breakout */
	CHANGE_PATH,	 /* forward, input and output; "zone.inside" of one that is open inside */
	CHANGE_OBSERVE,	 /* "from > to" */
	CHANGE_ASSERTION,
	CHANGE_ALERT,
	/* What follows of all that for packets, "from > to", see changepackets.h: */
	CHANGE_PACKETS, /* what passes */
	CHANGE_RECORDS, /* what is recorded */
};
#define CHANGE_WHATS 13

/* What follows for what passes the gateway; or-ed. A name that no path uses has no effect: what a
 * path permits stands at the path. When it is not known which, both OPENS and CLOSES are set. */
enum change_effect {
	CHANGE_OPENS = 1 << 0,	 /* something passes that did not */
	CHANGE_CLOSES = 1 << 1,	 /* something passes no more */
	CHANGE_WEAKENS = 1 << 2, /* less is checked, recorded, told or asked for */
};
#define CHANGE_EFFECTS 3

/* One key of an item. "" stands for what is not there. */
struct change_field {
	const char *key; /* "networks", in static storage */
	char *before, *after;
	unsigned int effects;
};

struct change_item {
	enum change_action action;
	enum change_what what;
	char *name;
	unsigned int effects; /* of all of it */
	struct change_field *fields;
	size_t field_count;
};

struct change {
	struct change_item *items; /* what by what; in each, in the order of the policy that comes,
				    * and then what is removed */
	size_t count, room;
};

/* Compare. before NULL: nothing is in place. 0, and the caller owns *ret_change:
 * change_free(); -ENOMEM. */
int change_find(
	const struct policy *before, const struct policy *after, struct change **ret_change);
void change_free(struct change *change); /* accepts NULL */

/* Building one that was found by somebody else. 0, or -ENOMEM. The texts are copied, the key is
 * borrowed; a field belongs to the item that was added last. */
int change_add_item(struct change *change, enum change_action action, enum change_what what,
	const char *name, unsigned int effects);
int change_add_field(struct change *change, const char *key, const char *before, const char *after,
	unsigned int effects);

struct change_counts {
	size_t added, removed, changed; /* items, but those of packets, which follow from others */
	size_t opens, closes, weakens;	/* items that have this effect */
};
struct change_counts change_count(const struct change *change);

const char *change_action_name(enum change_action action); /* "added" */
const char *change_what_name(enum change_what what);	   /* "path" */
/* A key of such an item, in static storage; NULL: it has none of that name. */
const char *change_key_name(enum change_what what, const char *name);
/* Of one bit: "opens". */
const char *change_effect_name(enum change_effect effect);

/* An array of {"action","what","name","effects":["opens"],"fields":[{"key","before","after",
 * "effects"}]}. */
void change_write_json(struct json *json, const struct change *change);

#endif
