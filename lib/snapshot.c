/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "array.h"
#include "hostsnap.h"

/* Memory --------------------------------------------------------------------------------------- */

static void clear_trees(struct nltree *trees, size_t count)
{
	for (size_t i = 0; i < count; i++)
		nltree_clear(&trees[i]);
	free(trees);
}

static void clear_table(struct snap_table *table)
{
	for (size_t i = 0; i < table->chain_count; i++) {
		nltree_clear(&table->chains[i].tree);
		clear_trees(table->chains[i].rules, table->chains[i].rule_count);
	}
	for (size_t i = 0; i < table->set_count; i++) {
		nltree_clear(&table->sets[i].tree);
		clear_trees(table->sets[i].elements, table->sets[i].element_count);
	}
	free(table->chains);
	free(table->sets);
	clear_trees(table->objects, table->object_count);
	clear_trees(table->flowtables, table->flowtable_count);
	nltree_clear(&table->tree);
}

struct snapshot *snapshot_new(void)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot)
		snapshot->connections.error = -ENODATA;
	return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->table_count; i++)
		clear_table(&snapshot->tables[i]);
	free(snapshot->tables);
	hostsnap_free(snapshot->host);
	free(snapshot->connections.list);
	free(snapshot->machine);
	free(snapshot);
}

/* One more element, all zero, of an array; NULL: out of memory. */
#define ADD(array, count, room)                                                                    \
	add_element((void **)&(array), &(count), &(room), sizeof((array)[0]))

static void *add_element(void **array, size_t *count, size_t *room, size_t size)
{
	void *grown = array_reserve(*array, size, *count, room);

	if (!grown)
		return NULL;
	*array = grown;
	return memset((char *)*array + (*count)++ * size, 0, size);
}

/* Finding -------------------------------------------------------------------------------------- */

const char *snap_table_name(const struct snap_table *table)
{
	return nltree_text(&table->tree, NFTA_TABLE_NAME);
}

const char *snap_chain_name(const struct snap_chain *chain)
{
	return nltree_text(&chain->tree, NFTA_CHAIN_NAME);
}

const char *snap_set_name(const struct snap_set *set)
{
	return nltree_text(&set->tree, NFTA_SET_NAME);
}

static struct snap_table *find_table(
	const struct snapshot *snapshot, uint8_t family, const char *name)
{
	for (size_t i = 0; name && i < snapshot->table_count; i++)
		if (snapshot->tables[i].family == family &&
			strcmp(snap_table_name(&snapshot->tables[i]), name) == 0)
			return &snapshot->tables[i];
	return NULL;
}

static struct snap_chain *find_chain(const struct snap_table *table, const char *name)
{
	/* Rules come chain by chain: the one that was asked for last is near the end. */
	for (size_t i = table->chain_count; name && i-- > 0;)
		if (strcmp(snap_chain_name(&table->chains[i]), name) == 0)
			return &table->chains[i];
	return NULL;
}

static struct snap_set *find_set(const struct snap_table *table, const char *name)
{
	for (size_t i = 0; name && i < table->set_count; i++)
		if (strcmp(snap_set_name(&table->sets[i]), name) == 0)
			return &table->sets[i];
	return NULL;
}

const struct snap_table *snapshot_find_table(
	const struct snapshot *snapshot, uint8_t family, const char *name)
{
	return find_table(snapshot, family, name);
}

size_t snapshot_rule_count(const struct snapshot *snapshot)
{
	size_t rules = 0;

	for (size_t i = 0; i < snapshot->table_count; i++)
		for (size_t k = 0; k < snapshot->tables[i].chain_count; k++)
			rules += snapshot->tables[i].chains[k].rule_count;
	return rules;
}

const struct snap_chain *snap_find_chain(const struct snap_table *table, const char *name)
{
	return find_chain(table, name);
}

const struct snap_set *snap_find_set(const struct snap_table *table, const char *name)
{
	return find_set(table, name);
}

/* Building ------------------------------------------------------------------------------------- */

/* Where a tree of that kind belongs; NULL with *ret_error for what is not listed, or no memory. */
static struct nltree *place_in_table(
	struct snap_table *table, const struct nltree *tree, enum nftschema_message kind)
{
	struct snap_chain *chain;
	struct snap_set *set;

	switch (kind) {
	case NFTSCHEMA_CHAIN:
		chain = ADD(table->chains, table->chain_count, table->chain_room);
		return chain ? &chain->tree : NULL;
	case NFTSCHEMA_SET:
		set = ADD(table->sets, table->set_count, table->set_room);
		return set ? &set->tree : NULL;
	case NFTSCHEMA_RULE:
		chain = find_chain(table, nltree_text(tree, NFTA_RULE_CHAIN));
		return chain ? ADD(chain->rules, chain->rule_count, chain->rule_room) : NULL;
	case NFTSCHEMA_OBJECT:
		return ADD(table->objects, table->object_count, table->object_room);
	case NFTSCHEMA_FLOWTABLE:
		return ADD(table->flowtables, table->flowtable_count, table->flowtable_room);
	default:
		return NULL;
	}
}

/* The attribute that names the table is the first one of all these messages. */
static const char *table_of(const struct nltree *tree)
{
	return nltree_text(tree, 1);
}

/* Without its name a thing cannot be referred to; the kernel always tells it. */
static bool has_name(const struct nltree *tree, enum nftschema_message kind)
{
	static const uint16_t names[NFTSCHEMA_COUNT] = {
		[NFTSCHEMA_TABLE] = NFTA_TABLE_NAME,
		[NFTSCHEMA_CHAIN] = NFTA_CHAIN_NAME,
		[NFTSCHEMA_RULE] = NFTA_RULE_CHAIN,
		[NFTSCHEMA_SET] = NFTA_SET_NAME,
		[NFTSCHEMA_ELEMENTS] = NFTA_SET_ELEM_LIST_SET,
		[NFTSCHEMA_OBJECT] = NFTA_OBJ_NAME,
		[NFTSCHEMA_FLOWTABLE] = NFTA_FLOWTABLE_NAME,
	};

	return table_of(tree) && nltree_text(tree, names[kind]);
}

/* They are no tree of their own: what is left of the message goes. */
static int add_elements(struct snap_table *table, struct nltree *tree)
{
	struct snap_set *set = find_set(table, nltree_text(tree, NFTA_SET_ELEM_LIST_SET));
	int r = set ? snap_take_elements(set, tree) : -ENOENT;

	nltree_clear(tree);
	return r;
}

int snapshot_add(
	struct snapshot *snapshot, enum nftschema_message kind, uint8_t family, struct nltree *tree)
{
	struct nltree *place = NULL;

	if (!has_name(tree, kind)) {
		nltree_clear(tree);
		return -EBADMSG;
	}
	if (kind == NFTSCHEMA_TABLE) {
		struct snap_table *table =
			ADD(snapshot->tables, snapshot->table_count, snapshot->table_room);

		if (table) {
			table->family = family;
			place = &table->tree;
		}
	} else {
		struct snap_table *table = find_table(snapshot, family, table_of(tree));

		if (!table) {
			nltree_clear(tree);
			return -ENOENT;
		}
		if (kind == NFTSCHEMA_ELEMENTS)
			return add_elements(table, tree);
		place = place_in_table(table, tree, kind);
	}
	if (!place) {
		nltree_clear(tree);
		return -ENOMEM;
	}
	*place = *tree;
	return 0;
}

int snap_add_element(struct snap_set *set, struct nltree *tree)
{
	struct nltree *element = ADD(set->elements, set->element_count, set->element_room);

	if (!element) {
		nltree_clear(tree);
		return -ENOMEM;
	}
	*element = *tree;
	*tree = (struct nltree){ 0 };
	return 0;
}

int snap_take_elements(struct snap_set *set, struct nltree *message)
{
	struct nltree *list = NULL;

	for (size_t i = 0; i < message->count; i++) {
		struct nltree *node = &message->children[i];

		if (node->kind == NLTREE_UNKNOWN)
			return -EBADMSG;
		if (node->attr->type == NFTA_SET_ELEM_LIST_ELEMENTS)
			list = node;
	}
	for (size_t i = 0; list && i < list->count; i++) {
		/* One that is not known would stand there as one that holds nothing. */
		int r = list->children[i].kind == NLTREE_UNKNOWN
				? -EBADMSG
				: snap_add_element(set, &list->children[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int snap_add_connection(struct snap_connections *connections, const struct conntrack_entry *entry)
{
	struct conntrack_entry *place =
		ADD(connections->list, connections->count, connections->room);

	if (!place)
		return -ENOMEM;
	*place = *entry;
	return 0;
}
