/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftdelta.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drift.h"

struct nftdelta {
	const struct ruleset *old, *next;
	const struct strmap *counters;
	bool *made;	       /* sets of next that are made, or made anew */
	size_t *kept;	       /* rules at the beginning of each chain of next that stay */
	struct ruleset *gone;  /* sets that stay, with the elements to delete, */
	struct ruleset *added; /* and to add */
};

/* Sets ---------------------------------------------------------------------------------------- */

/* May single elements of it be exchanged? */
static bool takes_elements(const struct set *set)
{
	return !(set->flags & SET_INTERVAL) && set->value != FIELD_VERDICT;
}

static bool may_stay(const struct set *old, const struct set *next)
{
	if (!old || !drift_same_shape(old, next))
		return false;
	/* The size of a flow set waits until its generation is emptied. */
	return next->flags & SET_DYNAMIC || nftgen_set_size(old) == nftgen_set_size(next);
}

static const uint8_t *element_at(const struct set *set, size_t index)
{
	return index < set->count ? set->elements + index * set->stride : NULL;
}

/* One element that only one of them has, or that has another value there: old, next or both. */
typedef int (*difference)(const uint8_t *old, const uint8_t *next, void *data);

/* Both are sorted. Ends at the first negative result. */
static int compare_elements(const struct nftdelta *delta, const struct set *old,
	const struct set *next, difference differs, void *data)
{
	size_t length = next->key_length * (next->flags & SET_INTERVAL ? 2u : 1u);
	size_t i = 0, j = 0;
	int error = 0;

	while (error == 0 && (i < old->count || j < next->count)) {
		const uint8_t *a = element_at(old, i), *b = element_at(next, j);
		int order = !a ? 1 : !b ? -1 : memcmp(a, b, length);

		if (order != 0)
			error = differs(order < 0 ? a : NULL, order > 0 ? b : NULL, data);
		else if (!drift_same_value(delta->old, delta->next, next, a, b))
			error = differs(a, b, data);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

static int refuse_difference(const uint8_t *old, const uint8_t *next, void *data)
{
	(void)old;
	(void)next;
	(void)data;
	return -EEXIST;
}

/* What is deleted is named by its keys, what is added has its values. */
struct exchange {
	struct set *gone, *added;
};

static int add_difference(const uint8_t *old, const uint8_t *next, void *data)
{
	const struct exchange *exchange = data;
	uint32_t value = 0;
	int error = 0;

	if (old)
		error = set_add_element(exchange->gone, old, NULL, 0, 0);
	if (!next || error < 0)
		return error;
	if (exchange->added->flags & SET_MAP)
		memcpy(&value, next + exchange->added->stride - sizeof(value), sizeof(value));
	return set_add_element(exchange->added, next, NULL, value, 0);
}

static int exchange_elements(struct nftdelta *delta, const struct set *old, const struct set *next)
{
	struct exchange exchange = {
		ruleset_add_set(delta->gone, next->name, next->flags & ~(unsigned int)SET_MAP,
			next->fields, next->field_count, FIELD_INVALID),
		ruleset_add_set(delta->added, next->name, next->flags, next->fields,
			next->field_count, next->value),
	};

	if (!exchange.gone || !exchange.added)
		return -ENOMEM;
	return compare_elements(delta, old, next, add_difference, &exchange);
}

/* A flow set loses nothing. */
static int add_missing(const uint8_t *old, const uint8_t *next, void *data)
{
	return old ? 0 : set_add_element(data, next, NULL, 0, 0);
}

static int fill_flow_set(struct nftdelta *delta, const struct set *old, const struct set *next)
{
	struct set *added = next->count ? ruleset_add_set(delta->added, next->name, next->flags,
						  next->fields, next->field_count, next->value)
					: NULL;

	if (next->count && !added)
		return -ENOMEM;
	return next->count ? compare_elements(delta, old, next, add_missing, added) : 0;
}

/* Which sets are made, and which elements are exchanged. */
static int compare_sets(struct nftdelta *delta)
{
	for (size_t i = 0; i < delta->next->set_count; i++) {
		const struct set *next = &delta->next->sets[i];
		const struct set *old = ruleset_find_set(delta->old, next->name);

		if (!may_stay(old, next)) {
			delta->made[i] = true;
			continue;
		}
		if (next->flags & SET_DYNAMIC && fill_flow_set(delta, old, next) < 0)
			return -ENOMEM;
		if (next->flags & (SET_DYNAMIC | SET_TIMEOUT) ||
			compare_elements(delta, old, next, refuse_difference, NULL) == 0)
			continue;
		delta->made[i] = !takes_elements(next);
		if (!delta->made[i] && exchange_elements(delta, old, next) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Chains -------------------------------------------------------------------------------------- */

/* Has the other rule set the same limit? Then it stays, with what it has left. */
static bool has_limit(const struct ruleset *ruleset, const struct limit *limit)
{
	const struct limit *other = ruleset_find_limit(ruleset, limit->name);

	return other && drift_same_limit(other, limit);
}

/* Does it refer to what is made? */
static bool names_made(const struct nftdelta *delta, const struct statement *statement)
{
	const struct ruleset *next = delta->next;
	size_t index;

	if (statement_refers_to_set(statement))
		return strmap_find(&next->set_names, statement->name, &index) && delta->made[index];
	return statement->kind == STMT_LIMIT &&
	       strmap_find(&next->limit_names, statement->name, &index) &&
	       !has_limit(delta->old, &next->limits[index]);
}

static bool rule_stays(
	const struct nftdelta *delta, const struct rule *old, const struct rule *next)
{
	for (size_t i = 0; i < next->count; i++)
		if (names_made(delta, &next->statements[i]))
			return false;
	return drift_same_rule(old, next);
}

/* Rules are only added behind others. To delete those that do not stay their handles are needed;
 * without them, all are deleted. */
static size_t count_kept(
	const struct nftdelta *delta, const struct chain *old, const struct chain *next)
{
	size_t kept = 0;

	while (kept < old->count && kept < next->count &&
		rule_stays(delta, &old->rules[kept], &next->rules[kept]))
		kept++;
	for (size_t i = kept; i < old->count; i++)
		if (!old->rules[i].handle)
			return 0;
	return kept;
}

static int compare_chains(struct nftdelta *delta)
{
	for (size_t i = 0; i < delta->next->chain_count; i++) {
		const struct chain *next = &delta->next->chains[i];
		const struct chain *old = ruleset_find_chain(delta->old, next->name);

		if (old && (old->hook != next->hook || old->priority != next->priority))
			return -EOPNOTSUPP;
		delta->kept[i] = old ? count_kept(delta, old, next) : 0;
	}
	return 0;
}

/* All of it ----------------------------------------------------------------------------------- */

int nftdelta_new(const struct ruleset *old, const struct ruleset *next,
	const struct strmap *counters, struct nftdelta **ret_delta)
{
	struct nftdelta *delta = calloc(1, sizeof(*delta));
	int error = -ENOMEM;

	if (!delta)
		return error;
	delta->old = old;
	delta->next = next;
	delta->counters = counters;
	delta->made = calloc(next->set_count + 1, sizeof(*delta->made));
	delta->kept = calloc(next->chain_count + 1, sizeof(*delta->kept));
	if (delta->made && delta->kept)
		error = ruleset_new(next->table, &delta->gone);
	if (error == 0)
		error = ruleset_new(next->table, &delta->added);
	if (error == 0)
		error = compare_sets(delta);
	if (error == 0)
		error = compare_chains(delta);
	if (error < 0) {
		nftdelta_free(delta);
		return error;
	}
	*ret_delta = delta;
	return 0;
}

void nftdelta_free(struct nftdelta *delta)
{
	if (!delta)
		return;
	ruleset_free(delta->gone);
	ruleset_free(delta->added);
	free(delta->made);
	free(delta->kept);
	free(delta);
}

/* The transaction ------------------------------------------------------------------------------ */

static bool is_chain_of_next(
	const struct nftdelta *delta, const struct chain *old, size_t *ret_index)
{
	return strmap_find(&delta->next->chain_names, old->name, ret_index);
}

static int delete_rules_of(
	const struct nftdelta *delta, struct nftgen *batch, const struct chain *old, size_t kept)
{
	const char *table = delta->next->table;
	int error = 0;

	if (kept == 0)
		return old->count > 0 ? nftgen_flush_rules(batch, table, old->name) : 0;
	for (size_t i = kept; i < old->count && error == 0; i++)
		error = nftgen_delete_rule(batch, table, old->name, old->rules[i].handle);
	return error;
}

/* Rules go first: they hold sets and chains. */
static int delete_rules(const struct nftdelta *delta, struct nftgen *batch)
{
	int error = 0;

	for (size_t i = 0; i < delta->old->chain_count && error == 0; i++) {
		const struct chain *chain = &delta->old->chains[i];
		size_t index;

		error = delete_rules_of(delta, batch, chain,
			is_chain_of_next(delta, chain, &index) ? delta->kept[index] : 0);
	}
	return error;
}

static int delete_set(struct nftgen *batch, const char *table, const struct set *set)
{
	int error = 0;

	/* Older kernels let go of a map's chains only when its elements are deleted. */
	if (set->value == FIELD_VERDICT)
		error = nftgen_flush_set(batch, table, set->name);
	return error < 0 ? error : nftgen_delete_set(batch, table, set->name);
}

/* Elements that end by themselves cannot be compared: of a set that stays all are put there anew.
 */
static bool is_refilled(const struct nftdelta *delta, size_t index)
{
	return !delta->made[index] && delta->next->sets[index].flags & SET_TIMEOUT;
}

static int delete_sets(const struct nftdelta *delta, struct nftgen *batch)
{
	int error = 0;

	for (size_t i = 0; i < delta->old->set_count && error == 0; i++) {
		const struct set *set = &delta->old->sets[i];
		size_t index;

		if (!strmap_find(&delta->next->set_names, set->name, &index) || delta->made[index])
			error = delete_set(batch, delta->next->table, set);
	}
	for (size_t i = 0; i < delta->next->set_count && error == 0; i++)
		if (is_refilled(delta, i))
			error = nftgen_flush_set(
				batch, delta->next->table, delta->next->sets[i].name);
	for (size_t i = 0; i < delta->gone->set_count && error == 0; i++)
		error = nftgen_delete_elements(batch, delta->gone, &delta->gone->sets[i]);
	return error;
}

static int delete_limits(const struct nftdelta *delta, struct nftgen *batch)
{
	int error = 0;

	for (size_t i = 0; i < delta->old->limit_count && error == 0; i++) {
		const struct limit *limit = &delta->old->limits[i];

		if (!has_limit(delta->next, limit))
			error = nftgen_delete_limit(batch, delta->next->table, limit->name);
	}
	return error;
}

static int delete_chains(const struct nftdelta *delta, struct nftgen *batch)
{
	int error = 0;

	for (size_t i = 0; i < delta->old->chain_count && error == 0; i++) {
		const struct chain *chain = &delta->old->chains[i];
		size_t index;

		if (!is_chain_of_next(delta, chain, &index))
			error = nftgen_delete_chain(batch, delta->next->table, chain->name);
	}
	return error;
}

/* A base chain that is there already takes its policy from what is added. */
static bool is_chain_added(const struct nftdelta *delta, const struct chain *next)
{
	const struct chain *old = ruleset_find_chain(delta->old, next->name);

	return !old || (next->hook != HOOK_NONE && old->policy_drop != next->policy_drop);
}

static int add_objects(const struct nftdelta *delta, struct nftgen *batch)
{
	const struct ruleset *next = delta->next;
	size_t index;
	int error = 0;

	for (size_t i = 0; i < next->counter_count && error == 0; i++)
		if (!strmap_find(delta->counters, next->counters[i], &index))
			error = nftgen_add_counter(batch, next->table, next->counters[i]);
	for (size_t i = 0; i < next->limit_count && error == 0; i++)
		if (!has_limit(delta->old, &next->limits[i]))
			error = nftgen_add_limit(batch, next->table, &next->limits[i]);
	for (size_t i = 0; i < next->chain_count && error == 0; i++)
		if (is_chain_added(delta, &next->chains[i]))
			error = nftgen_add_chain(batch, next, &next->chains[i]);
	return error;
}

static int add_sets(const struct nftdelta *delta, struct nftgen *batch)
{
	const struct ruleset *next = delta->next;
	int error = 0;

	for (size_t i = 0; i < next->set_count && error == 0; i++)
		if (delta->made[i])
			error = nftgen_add_set(batch, next, &next->sets[i]);
	for (size_t i = 0; i < next->set_count && error == 0; i++)
		if (delta->made[i] || is_refilled(delta, i))
			error = nftgen_add_elements(batch, next, &next->sets[i]);
	for (size_t i = 0; i < delta->added->set_count && error == 0; i++)
		error = nftgen_add_elements(batch, delta->added, &delta->added->sets[i]);
	return error;
}

static int add_rules(const struct nftdelta *delta, struct nftgen *batch)
{
	const struct ruleset *next = delta->next;
	int error = 0;

	for (size_t i = 0; i < next->chain_count && error == 0; i++)
		error = nftgen_add_rules_from(batch, next, &next->chains[i], delta->kept[i]);
	return error;
}

int nftdelta_write(const struct nftdelta *delta, struct nftgen *batch)
{
	static int (*const steps[])(const struct nftdelta *, struct nftgen *) = {
		delete_rules,
		delete_sets,
		delete_limits,
		delete_chains,
		add_objects,
		add_sets,
		add_rules,
	};
	/* The table is there; to add it again is what makes a batch of no difference a batch. */
	int error = nftgen_add_table(batch, delta->next);

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && error == 0; i++)
		error = steps[i](delta, batch);
	return error;
}
