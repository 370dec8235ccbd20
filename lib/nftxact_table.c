/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftxact_table.h"

#include <errno.h>
#include <string.h>

#include "decode.h"
#include "drift.h"

void table_clear(struct table *table)
{
	ruleset_free(table->names);
	ruleset_free(table->blocked);
	ruleset_free(table->gone);
	ruleset_free(table->added);
	*table = (struct table){ 0 };
}

bool table_blocked(
	const struct ruleset *ruleset, unsigned int *ret_generation, const char **ret_comment)
{
	const struct chain *chain = ruleset ? ruleset_find_chain(ruleset, BLOCKED_CHAIN) : NULL;
	const struct statement *statement;

	if (!chain || chain->count != 1 || chain->rules[0].count != 1)
		return false;
	statement = &chain->rules[0].statements[0];
	if (statement->kind != STMT_VERDICT || statement->verdict != VERDICT_GOTO)
		return false;
	*ret_comment = chain->rules[0].comment;
	*ret_generation = strcmp(statement->name, "blocked-b") == 0;
	return *ret_generation || strcmp(statement->name, "blocked-a") == 0;
}

static bool is_same_base(const struct chain *a, const struct chain *b)
{
	return a && b && a->hook != HOOK_NONE && drift_same_hook(a, b);
}

/* A base chain of ours that is somewhere else cannot be moved, and a table that was made without
 * flags cannot be given any. */
bool table_is_foreign(const struct table *table, const struct ruleset *ruleset)
{
	if (table->foreign || (ruleset->persist && !table->names->persist) ||
		(ruleset->owner && !table->names->owner && !table->names->persist))
		return true;
	for (size_t i = 0; i < table->names->chain_count; i++) {
		const struct chain *chain = &table->names->chains[i];
		const struct chain *wanted = ruleset_find_chain(ruleset, chain->name);

		if (wanted && (wanted->hook != HOOK_NONE || chain->hook != HOOK_NONE) &&
			!is_same_base(chain, wanted))
			return true;
	}
	return false;
}

/* Sets ---------------------------------------------------------------------------------------- */

/* A set whose elements count and that is neither map nor ranges stays, with the counts of those
 * elements that stay: single elements are deleted and added. */
static bool is_counting(const struct set *set)
{
	return set->flags == SET_COUNTER;
}

static bool is_kept(const struct set *set, const struct set *other)
{
	if (!set || !other || set->flags != other->flags || set->value != other->value ||
		set->field_count != other->field_count)
		return false;
	/* A size cannot be changed: that of a flow set waits until its generation is emptied. */
	if (!(set->flags & SET_DYNAMIC) &&
		!(is_counting(set) && set->size == 0 && other->size == 0))
		return false;
	return memcmp(set->fields, other->fields, set->field_count * sizeof(set->fields[0])) == 0;
}

static bool keeps_set(const struct ruleset *names, const struct set *set)
{
	return names && is_kept(ruleset_find_set(names, set->name), set);
}

/* What a limit has left stays with it. */
static bool keeps_limit(const struct ruleset *ruleset, const struct limit *limit)
{
	const struct limit *other = ruleset ? ruleset_find_limit(ruleset, limit->name) : NULL;

	return other && drift_same_limit(other, limit);
}

static struct set *add_like(struct ruleset *ruleset, const struct set *set)
{
	return ruleset_add_set(
		ruleset, set->name, set->flags, set->fields, set->field_count, set->value);
}

static int add_key(struct set *set, const uint8_t *key)
{
	return set_add_element(set, key, NULL, 0, 0);
}

/* Both are sorted. */
static int find_changes(struct table *table, const struct set *old, const struct set *new)
{
	struct set *gone = add_like(table->gone, old), *added = add_like(table->added, new);
	size_t i = 0, j = 0;
	int error = gone && added ? 0 : -ENOMEM;

	while (error == 0 && (i < old->count || j < new->count)) {
		const uint8_t *a = i < old->count ? old->elements + i * old->stride : NULL;
		const uint8_t *b = j < new->count ? new->elements + j *new->stride : NULL;
		int order = !a ? 1 : !b ? -1 : memcmp(a, b, old->stride);

		if (order < 0)
			error = add_key(gone, a);
		else if (order > 0)
			error = add_key(added, b);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

/* Read the elements of counting sets that may stay, and see which change. */
static int read_counting(struct nlsock *socket, const struct ruleset *ruleset, struct table *table)
{
	int error = ruleset_new(ruleset->table, &table->gone);

	if (error == 0)
		error = ruleset_new(ruleset->table, &table->added);
	for (size_t i = 0; i < table->names->set_count && error == 0; i++) {
		struct set *set = &table->names->sets[i];
		const struct set *wanted = ruleset_find_set(ruleset, set->name);
		bool known;

		if (!is_kept(set, wanted) || !is_counting(set))
			continue;
		error = decode_contents(socket, table->names, set->name, &known);
		if (error == 0 && known)
			error = find_changes(table, set, wanted);
		else
			set->flags = 0; /* not to be kept */
	}
	return error;
}

int table_read(struct nlsock *socket, const struct ruleset *ruleset, struct table *ret_table)
{
	uint32_t generation;
	int error;

	*ret_table = (struct table){ 0 };
	error = decode_names(socket, ruleset->table, &ret_table->names, &ret_table->generation,
		&ret_table->foreign);
	if (error == -ENOENT)
		return nlsock_generation(socket, &ret_table->generation);
	if (error < 0)
		return error;
	/* Elements are read without looking at the generation: the batch is bound to it. */
	error = read_counting(socket, ruleset, ret_table);
	if (error == 0) {
		error = decode_chain(
			socket, ruleset->table, BLOCKED_CHAIN, &ret_table->blocked, &generation);
		if (error == 0 && generation != ret_table->generation)
			error = -ERESTART;
		if (error == -ENOENT)
			error = 0;
	} else if (error == -ENOENT || error == -EINTR || error == -ENOBUFS) {
		error = -ERESTART;
	}
	if (error < 0)
		table_clear(ret_table);
	return error;
}

/* The transaction ---------------------------------------------------------------------------------
 */

/* Delete what does not stay. */
static int delete_sets(
	struct nftgen *batch, const struct table *table, const struct ruleset *ruleset)
{
	int error = 0;

	for (size_t i = 0; i < table->names->set_count && error == 0; i++) {
		const struct set *set = &table->names->sets[i];

		if (is_kept(set, ruleset_find_set(ruleset, set->name)))
			continue;
		/* Older kernels let go of a map's chains only when its elements are deleted. */
		if (set->value == FIELD_VERDICT)
			error = nftgen_flush_set(batch, ruleset->table, set->name);
		if (error == 0)
			error = nftgen_delete_set(batch, ruleset->table, set->name);
	}
	for (size_t i = 0; i < table->gone->set_count && error == 0; i++)
		error = nftgen_delete_elements(batch, ruleset, &table->gone->sets[i]);
	return error;
}

static int delete_old(
	struct nftgen *batch, const struct table *table, const struct ruleset *ruleset)
{
	int error = nftgen_flush_rules(batch, ruleset->table, NULL);

	if (error == 0)
		error = delete_sets(batch, table, ruleset);
	for (size_t i = 0; i < table->names->limit_count && error == 0; i++)
		if (!keeps_limit(ruleset, &table->names->limits[i]))
			error = nftgen_delete_limit(
				batch, ruleset->table, table->names->limits[i].name);
	for (size_t i = 0; i < table->names->chain_count && error == 0; i++) {
		const struct chain *chain = &table->names->chains[i];

		if (!is_same_base(chain, ruleset_find_chain(ruleset, chain->name)))
			error = nftgen_delete_chain(batch, ruleset->table, chain->name);
	}
	return error;
}

/* names is what stayed, NULL for nothing. */
static int add_sets(struct nftgen *batch, const struct table *table, const struct ruleset *names,
	const struct ruleset *ruleset)
{
	int error = 0;

	for (size_t i = 0; i < ruleset->set_count && error == 0; i++)
		if (!keeps_set(names, &ruleset->sets[i]))
			error = nftgen_add_set(batch, ruleset, &ruleset->sets[i]);
	for (size_t i = 0; i < ruleset->set_count && error == 0; i++)
		/* To add what a flow set has is nothing to the kernel. */
		if (ruleset->sets[i].flags & SET_DYNAMIC || !keeps_set(names, &ruleset->sets[i]))
			error = nftgen_add_elements(batch, ruleset, &ruleset->sets[i]);
	for (size_t i = 0; names && i < table->added->set_count && error == 0; i++)
		error = nftgen_add_elements(batch, ruleset, &table->added->sets[i]);
	return error;
}

static int add_new(struct nftgen *batch, const struct table *table, const struct ruleset *names,
	const struct ruleset *ruleset)
{
	size_t index;
	int error = 0;

	for (size_t i = 0; i < ruleset->counter_count && error == 0; i++)
		if (!names || !strmap_find(&names->counter_names, ruleset->counters[i], &index))
			error = nftgen_add_counter(batch, ruleset->table, ruleset->counters[i]);
	for (size_t i = 0; i < ruleset->limit_count && error == 0; i++)
		if (!keeps_limit(names, &ruleset->limits[i]))
			error = nftgen_add_limit(batch, ruleset->table, &ruleset->limits[i]);
	for (size_t i = 0; i < ruleset->chain_count && error == 0; i++)
		error = nftgen_add_chain(batch, ruleset, &ruleset->chains[i]);
	if (error == 0)
		error = add_sets(batch, table, names, ruleset);
	for (size_t i = 0; i < ruleset->chain_count && error == 0; i++)
		error = nftgen_add_rules(batch, ruleset, &ruleset->chains[i]);
	return error;
}

int table_replace(struct nftgen *batch, const struct table *table, const struct ruleset *ruleset)
{
	bool keep = table->names && !table_is_foreign(table, ruleset);
	int error = 0;

	if (table->names && !keep)
		error = nftgen_delete_table(batch, ruleset->table);
	/* An add that finds the table wakes it up where it is dormant. */
	if (error == 0)
		error = nftgen_add_table(batch, ruleset);
	if (error == 0 && keep)
		error = delete_old(batch, table, ruleset);
	return error < 0 ? error : add_new(batch, table, keep ? table->names : NULL, ruleset);
}
