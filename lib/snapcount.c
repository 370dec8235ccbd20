/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapcount.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "compile.h"

#define HITS "hits" /* compile_active.c */

static const struct snap_set *find_set(const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->table_count; i++) {
		const struct snap_table *table = &snapshot->tables[i];

		if (table->family != NFPROTO_INET ||
			strcmp(snap_table_name(table), TABLE_NAME) != 0)
			continue;
		for (size_t k = 0; k < table->set_count; k++) {
			const char *name = nltree_text(&table->sets[k].tree, NFTA_SET_NAME);

			if (name && strcmp(name, HITS) == 0)
				return &table->sets[k];
		}
	}
	return NULL;
}

/* A counter's packets; false: it is something else. */
static bool read_counter(const struct nltree *expression, uint64_t *ret_packets)
{
	const char *name = expression ? nltree_text(expression, NFTA_EXPR_NAME) : NULL;

	if (!name || strcmp(name, "counter") != 0)
		return false;
	*ret_packets =
		nltree_number(nltree_find(expression, NFTA_EXPR_DATA), NFTA_COUNTER_PACKETS, 0);
	return true;
}

/* Its key is a mark, as it stands in memory. */
static bool read_element(const struct nltree *element, struct snapcount_hit *hit)
{
	const struct nltree *list = nltree_find(element, NFTA_SET_ELEM_EXPRESSIONS);
	size_t length = 0;
	const uint8_t *key =
		nltree_bytes(nltree_find(element, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE, &length);

	if (!key || length != sizeof(hit->id))
		return false;
	memcpy(&hit->id, key, sizeof(hit->id));
	if (read_counter(nltree_find(element, NFTA_SET_ELEM_EXPR), &hit->connections))
		return true;
	for (size_t i = 0; list && i < list->count; i++)
		if (read_counter(&list->children[i], &hit->connections))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct snapcount_hit *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

int snapcount_read(const struct snapshot *snapshot, struct snapcount *ret_count)
{
	const struct snap_set *set = find_set(snapshot);
	struct snapcount count = { .known = set != NULL };

	if (set && set->element_count > 0) {
		count.hits = calloc(set->element_count, sizeof(*count.hits));
		if (!count.hits)
			return -ENOMEM;
		for (size_t i = 0; i < set->element_count; i++)
			count.count += read_element(&set->elements[i], &count.hits[count.count]);
		qsort(count.hits, count.count, sizeof(*count.hits), compare);
	}
	*ret_count = count;
	return 0;
}

void snapcount_clear(struct snapcount *count)
{
	free(count->hits);
	*count = (struct snapcount){ .known = false };
}

uint64_t snapcount_of(const struct snapcount *count, uint32_t id)
{
	const struct snapcount_hit key = { .id = id };
	const struct snapcount_hit *hit =
		count->count > 0 ? bsearch(&key, count->hits, count->count, sizeof(key), compare)
				 : NULL;

	return hit ? hit->connections : 0;
}
