/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All rules of this host's network namespace as the kernel tells them: every table of every family
 * with its chains, rules, sets, elements, objects and flowtables, all of one generation; and what
 * else decides where packets go (hostsnap.h), and the connections that there are. Nothing is
 * interpreted here (nltree.h), so that what is decided on it can be decided again, elsewhere and
 * later, from the file that it is saved to.
 *
 * The file is one JSON object, its members always in this order: "hedate.snapshot": 1 (the version
 * of the format), "generation", "time", "machine", "tables", "host", "connections"; the last two
 * are null when they were not asked for.
 */
#ifndef HEDATE_SNAPSHOT_H
#define HEDATE_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "conntrack.h"
#include "diag.h"
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

struct snap_connections {
	int error; /* 0: they were read; -ENODATA: nobody tried; negative errno: why they were not
		    */
	struct conntrack_entry *list; /* owned */
	size_t count, room;
};

struct hostsnap; /* hostsnap.h */

struct snapshot {
	uint32_t generation;
	int64_t time;  /* when it was read, Unix time in seconds; 0: not told */
	char *machine; /* name and kernel of the host; owned; NULL: not told */
	struct snap_table *tables;
	size_t table_count, table_room;
	struct hostsnap *host; /* owned; NULL: not asked for */
	struct snap_connections connections;
};

/* An empty one: no tables, no host, connections that nobody read. NULL: out of memory. */
struct snapshot *snapshot_new(void);
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

/* One more connection. 0, or -ENOMEM. */
int snap_add_connection(struct snap_connections *connections, const struct conntrack_entry *entry);

/* Names; never NULL. */
const char *snap_table_name(const struct snap_table *table);
const char *snap_chain_name(const struct snap_chain *chain);
const char *snap_set_name(const struct snap_set *set);
/* NULL: there is none of that name. */
const struct snap_table *snapshot_find_table(
	const struct snapshot *snapshot, uint8_t family, const char *name);
size_t snapshot_rule_count(const struct snapshot *snapshot); /* of all tables */
const struct snap_chain *snap_find_chain(const struct snap_table *table, const char *name);
const struct snap_set *snap_find_set(const struct snap_table *table, const char *name);

/* As one JSON object; json.failed says whether memory was enough. */
void snapshot_write(const struct snapshot *snapshot, struct json *json);

#define SNAPSHOT_VERSION 1
/* Read what snapshot_write() wrote, and nothing else: members in another order, of other names, or
 * that hold what they cannot are findings, with their place in the file (a name for it). 0;
 * -EINVAL: findings say why; -ENOMEM. */
int snapshot_load(const char *text, size_t length, const char *file, struct diag_list *diags,
	struct snapshot **ret_snapshot);

#define SNAPSHOT_DIGEST_LENGTH 32
/* SHA-256 of exactly these bytes: of the file as it stands. */
void snapshot_digest(const char *text, size_t length, uint8_t ret_digest[SNAPSHOT_DIGEST_LENGTH]);

#endif
