/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapsame.h"

#include <string.h>

#include <linux/netfilter/nf_tables.h>

/* Numbers that the kernel gives, what it counts, and what a log is called, by their names in
 * nftschema.h. */
static bool is_passing(const struct nltree *node)
{
	static const char *const names[] = { "handle", "position", "owner", "counters",
		"expiration", "bytes", "packets", "consumed", "msecs", "prefix" };

	if (node->kind == NLTREE_UNKNOWN || !node->attr)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(node->attr->name, names[i]) == 0)
			return true;
	return false;
}

static const struct nltree *next(const struct nltree *tree, size_t *index)
{
	while (*index < tree->count && is_passing(&tree->children[*index]))
		++*index;
	return *index < tree->count ? &tree->children[(*index)++] : NULL;
}

static bool same_tree(const struct nltree *a, const struct nltree *b)
{
	size_t left = 0, right = 0;

	if (a->attr != b->attr || a->kind != b->kind || a->type != b->type ||
		a->number != b->number || a->length != b->length ||
		(a->length && memcmp(a->bytes, b->bytes, a->length) != 0))
		return false;
	for (;;) {
		const struct nltree *one = next(a, &left), *other = next(b, &right);

		if (!one || !other)
			return one == other;
		if (!same_tree(one, other))
			return false;
	}
}

static bool same_trees(const struct nltree *a, size_t count, const struct nltree *b, size_t other)
{
	if (count != other)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!same_tree(&a[i], &b[i]))
			return false;
	return true;
}

static bool same_chains(const struct snap_table *a, const struct snap_table *b)
{
	if (a->chain_count != b->chain_count)
		return false;
	for (size_t i = 0; i < a->chain_count; i++) {
		const struct snap_chain *one = &a->chains[i], *other = &b->chains[i];

		if (!same_tree(&one->tree, &other->tree) ||
			!same_trees(one->rules, one->rule_count, other->rules, other->rule_count))
			return false;
	}
	return true;
}

static bool same_sets(const struct snap_table *a, const struct snap_table *b)
{
	if (a->set_count != b->set_count)
		return false;
	for (size_t i = 0; i < a->set_count; i++) {
		const struct snap_set *one = &a->sets[i], *other = &b->sets[i];

		if (!same_tree(&one->tree, &other->tree) ||
			!same_trees(one->elements, one->element_count, other->elements,
				other->element_count))
			return false;
	}
	return true;
}

bool snapsame_table(
	const struct snapshot *a, const struct snapshot *b, uint8_t family, const char *name)
{
	const struct snap_table *left = snapshot_find_table(a, family, name);
	const struct snap_table *right = snapshot_find_table(b, family, name);

	return left && right && same_tree(&left->tree, &right->tree) && same_chains(left, right) &&
	       same_sets(left, right) &&
	       same_trees(left->objects, left->object_count, right->objects, right->object_count) &&
	       same_trees(left->flowtables, left->flowtable_count, right->flowtables,
		       right->flowtable_count);
}

bool snapsame_all(const struct snapshot *a, const struct snapshot *b)
{
	if (a->table_count != b->table_count)
		return false;
	for (size_t i = 0; i < a->table_count; i++)
		if (!snapsame_table(a, b, a->tables[i].family, snap_table_name(&a->tables[i])))
			return false;
	return true;
}
