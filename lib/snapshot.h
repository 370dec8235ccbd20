/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All rules of this host's network namespace as the kernel tells them: every table of every family
 * with its chains, rules, sets, elements, objects and flowtables, all of one generation. Nothing is
 * interpreted here (nltree.h), so that what is decided on it can be decided again, elsewhere and
 * later, from the file that it is saved to.
 */
#ifndef HEDATE_SNAPSHOT_H
#define HEDATE_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "nftschema.h"
#include "nltree.h"

struct snap_chain {
	struct nltree tree;   /* NFTSCHEMA_CHAIN */
	struct nltree *rules; /* NFTSCHEMA_RULE, in the order in which they are judged */
	size_t rule_count, rule_room;
};

struct snap_set {
	struct nltree tree;	 /* NFTSCHEMA_SET */
	struct nltree *elements; /* of NFTSCHEMA_ELEMENTS */
	size_t element_count, element_room;
};

struct snap_table {
	uint8_t family;	    /* NFPROTO_* */
	struct nltree tree; /* NFTSCHEMA_TABLE */
	struct snap_chain *chains;
	size_t chain_count, chain_room;
	struct snap_set *sets;
	size_t set_count, set_room;
	struct nltree *objects; /* NFTSCHEMA_OBJECT */
	size_t object_count, object_room;
	struct nltree *flowtables; /* NFTSCHEMA_FLOWTABLE */
	size_t flowtable_count, flowtable_room;
};

struct snapshot {
	uint32_t generation;
	struct snap_table *tables;
	size_t table_count, table_room;
};

void snapshot_free(struct snapshot *snapshot); /* accepts NULL */

/*
 * Building one, table by table: a message of a kind, which is taken over whatever comes of it. 0;
 * -ENOENT: its table, chain or set is not there; -EBADMSG: it has no name; -ENOMEM.
 */
int snapshot_add(struct snapshot *snapshot, enum nftschema_message kind, uint8_t family,
	struct nltree *tree);
/* An element, which is taken over. 0, or -ENOMEM. */
int snap_add_element(struct snap_set *set, struct nltree *tree);
/* All elements of a message of NFTSCHEMA_ELEMENTS, which is left without them. 0; -EBADMSG: it
 * holds what is not known; -ENOMEM. */
int snap_take_elements(struct snap_set *set, struct nltree *message);

/* Names; never NULL. */
const char *snap_table_name(const struct snap_table *table);
const char *snap_chain_name(const struct snap_chain *chain);
const char *snap_set_name(const struct snap_set *set);
/* NULL: there is none of that name. */
const struct snap_table *snapshot_find_table(
	const struct snapshot *snapshot, uint8_t family, const char *name);
const struct snap_chain *snap_find_chain(const struct snap_table *table, const char *name);
const struct snap_set *snap_find_set(const struct snap_table *table, const char *name);
/* "ip", "inet", ...; NULL for a number that is no family. */
const char *snap_family_name(uint8_t family);

/* As one JSON object; json.failed says whether memory was enough. */
void snapshot_write(const struct snapshot *snapshot, struct json *json);

#endif
