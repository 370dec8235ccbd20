/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ruleset_new(const char *table, struct ruleset **ret_ruleset)
{
	struct ruleset *ruleset = calloc(1, sizeof(*ruleset));

	if (!ruleset)
		return -ENOMEM;
	ruleset->table = strdup(table);
	if (!ruleset->table) {
		free(ruleset);
		return -ENOMEM;
	}
	*ret_ruleset = ruleset;
	return 0;
}

static void rule_clear(struct rule *rule)
{
	for (size_t i = 0; i < rule->count; i++) {
		free(rule->statements[i].name);
		free(rule->statements[i].prefix);
	}
	free(rule->statements);
	free(rule->comment);
}

static void chain_clear(struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		rule_clear(&chain->rules[i]);
	free(chain->rules);
	free(chain->name);
}

static void set_clear(struct set *set)
{
	free(set->name);
	free(set->elements);
	free(set->lines);
	free(set->timeouts);
}

void ruleset_free(struct ruleset *ruleset)
{
	if (!ruleset)
		return;
	for (size_t i = 0; i < ruleset->chain_count; i++)
		chain_clear(&ruleset->chains[i]);
	for (size_t i = 0; i < ruleset->set_count; i++)
		set_clear(&ruleset->sets[i]);
	for (size_t i = 0; i < ruleset->counter_count; i++)
		free(ruleset->counters[i]);
	for (size_t i = 0; i < ruleset->limit_count; i++)
		free(ruleset->limits[i].name);
	for (size_t i = 0; i < ruleset->verdict_count; i++)
		free(ruleset->verdicts[i].chain);
	for (size_t i = 0; i < ruleset->unknown_count; i++)
		free(ruleset->unknown[i]);
	free(ruleset->unknown);
	strmap_clear(&ruleset->chain_names);
	strmap_clear(&ruleset->set_names);
	strmap_clear(&ruleset->counter_names);
	strmap_clear(&ruleset->limit_names);
	free(ruleset->chains);
	free(ruleset->sets);
	free(ruleset->counters);
	free(ruleset->limits);
	free(ruleset->verdicts);
	free(ruleset->table);
	free(ruleset);
}

/* Make room for one more item in a growing array. Returns the array, moved maybe; NULL when out of
 * memory (the old one stays). */
static void *make_room(void *items, size_t count, size_t *room, size_t size)
{
	size_t wanted = *room ? *room * 2 : 4;
	void *grown;

	if (count < *room)
		return items;
	if (wanted > SIZE_MAX / size)
		return NULL;
	grown = realloc(items, wanted * size);
	if (grown)
		*room = wanted;
	return grown;
}

/* Rules and statements have no room of their own: they grow when count is zero or a power of two,
 * which keeps a small rule small. */
static void *grow_by_one(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return realloc(items, (count ? count * 2 : 1) * size);
}

static char *copy_name(const char *name)
{
	size_t length = strlen(name);

	return length == 0 || length > RULESET_NAME_MAX ? NULL : strdup(name);
}

struct chain *ruleset_add_chain(struct ruleset *ruleset, const char *name)
{
	struct chain *chains = make_room(
		ruleset->chains, ruleset->chain_count, &ruleset->chain_room, sizeof(*chains));
	char *copy;

	if (!chains)
		return NULL;
	ruleset->chains = chains;
	copy = copy_name(name);
	if (!copy || strmap_add(&ruleset->chain_names, copy, ruleset->chain_count) < 0) {
		free(copy);
		return NULL;
	}
	struct chain *chain = &chains[ruleset->chain_count++];

	memset(chain, 0, sizeof(*chain));
	chain->name = copy;
	return chain;
}

struct rule *chain_add_rule(struct chain *chain)
{
	struct rule *rules = grow_by_one(chain->rules, chain->count, sizeof(*rules));

	if (!rules)
		return NULL;
	chain->rules = rules;
	struct rule *rule = &rules[chain->count++];

	memset(rule, 0, sizeof(*rule));
	return rule;
}

struct statement *rule_add_statement(struct rule *rule, enum statement_kind kind)
{
	struct statement *statements =
		grow_by_one(rule->statements, rule->count, sizeof(*statements));

	if (!statements)
		return NULL;
	rule->statements = statements;
	struct statement *statement = &statements[rule->count++];

	memset(statement, 0, sizeof(*statement));
	statement->kind = kind;
	return statement;
}

static bool fields_fit(const struct set *set)
{
	if (set->field_count == 0 || set->field_count > RULESET_FIELDS_MAX)
		return false;
	return set->key_length <= RULESET_KEY_MAX;
}

struct set *ruleset_add_set(struct ruleset *ruleset, const char *name, unsigned int flags,
	const enum field_type *fields, unsigned int field_count, enum field_type value)
{
	struct set *sets =
		make_room(ruleset->sets, ruleset->set_count, &ruleset->set_room, sizeof(*sets));
	struct set set = { .flags = flags, .field_count = field_count, .value = value };

	if (!sets)
		return NULL;
	ruleset->sets = sets;
	for (unsigned int i = 0; i < field_count && i < RULESET_FIELDS_MAX; i++) {
		set.fields[i] = fields[i];
		set.key_length += field_info(fields[i])->slot;
	}
	if (!fields_fit(&set))
		return NULL;
	set.stride = set.key_length * (flags & SET_INTERVAL ? 2 : 1) + (flags & SET_MAP ? 4 : 0);
	set.name = copy_name(name);
	if (!set.name || strmap_add(&ruleset->set_names, set.name, ruleset->set_count) < 0) {
		free(set.name);
		return NULL;
	}
	sets[ruleset->set_count] = set;
	return &sets[ruleset->set_count++];
}

/* Elements grow together with their lines and timeouts. */
static int set_grow(struct set *set)
{
	size_t wanted = set->room ? set->room * 2 : 8;

	if (wanted > SIZE_MAX / set->stride)
		return -ENOMEM;
	uint8_t *elements = realloc(set->elements, wanted * set->stride);

	if (!elements)
		return -ENOMEM;
	set->elements = elements;
	if (set->lines) {
		unsigned int *lines = realloc(set->lines, wanted * sizeof(*lines));

		if (!lines)
			return -ENOMEM;
		set->lines = lines;
	}
	if (set->timeouts) {
		uint64_t *timeouts = realloc(set->timeouts, wanted * sizeof(*timeouts));

		if (!timeouts)
			return -ENOMEM;
		set->timeouts = timeouts;
	}
	set->room = wanted;
	return 0;
}

/* lines is made when the first known line comes. */
static int set_make_room(struct set *set, unsigned int line)
{
	if (set->count == set->room && set_grow(set) < 0)
		return -ENOMEM;
	if (line && !set->lines) {
		set->lines = calloc(set->room + 1, sizeof(*set->lines));
		if (!set->lines)
			return -ENOMEM;
	}
	return 0;
}

int set_add_element(struct set *set, const uint8_t *key, const uint8_t *key_end, uint32_t value,
	unsigned int line)
{
	uint8_t *element;

	if (set_make_room(set, line) < 0)
		return -ENOMEM;
	element = set->elements + set->count * set->stride;
	memcpy(element, key, set->key_length);
	element += set->key_length;
	if (set->flags & SET_INTERVAL) {
		memcpy(element, key_end, set->key_length);
		element += set->key_length;
	}
	if (set->flags & SET_MAP)
		memcpy(element, &value, sizeof(value));
	if (set->lines)
		set->lines[set->count] = line;
	if (set->timeouts)
		set->timeouts[set->count] = 0;
	set->count++;
	return 0;
}

int set_put_timeout(struct set *set, size_t index, uint64_t milliseconds)
{
	if (!set->timeouts) {
		set->timeouts = calloc(set->room + 1, sizeof(*set->timeouts));
		if (!set->timeouts)
			return -ENOMEM;
	}
	set->timeouts[index] = milliseconds;
	return 0;
}

static bool same_verdict(const struct verdict_value *a, enum verdict verdict, const char *chain)
{
	if (a->verdict != verdict || !a->chain != !chain)
		return false;
	return !chain || strcmp(a->chain, chain) == 0;
}

int ruleset_verdict(
	struct ruleset *ruleset, enum verdict verdict, const char *chain, uint32_t *ret_index)
{
	struct verdict_value *verdicts, *added;

	/* Most often it is the one that was made last. */
	for (size_t i = ruleset->verdict_count; i-- > 0;) {
		if (same_verdict(&ruleset->verdicts[i], verdict, chain)) {
			*ret_index = (uint32_t)i;
			return 0;
		}
	}
	verdicts = make_room(ruleset->verdicts, ruleset->verdict_count, &ruleset->verdict_room,
		sizeof(*verdicts));
	if (!verdicts)
		return -ENOMEM;
	ruleset->verdicts = verdicts;
	added = &verdicts[ruleset->verdict_count];
	added->verdict = verdict;
	added->chain = chain ? strdup(chain) : NULL;
	if (chain && !added->chain)
		return -ENOMEM;
	*ret_index = (uint32_t)ruleset->verdict_count++;
	return 0;
}

int ruleset_add_counter(struct ruleset *ruleset, const char *name)
{
	char **counters = make_room(ruleset->counters, ruleset->counter_count,
		&ruleset->counter_room, sizeof(*counters));
	char *copy;
	int error;

	if (!counters)
		return -ENOMEM;
	ruleset->counters = counters;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	error = strmap_add(&ruleset->counter_names, copy, ruleset->counter_count);
	if (error < 0) {
		free(copy);
		return error;
	}
	counters[ruleset->counter_count++] = copy;
	return 0;
}

int ruleset_add_limit(struct ruleset *ruleset, const char *name, uint32_t rate,
	uint32_t per_seconds, uint32_t burst)
{
	struct limit *limits = make_room(
		ruleset->limits, ruleset->limit_count, &ruleset->limit_room, sizeof(*limits));
	char *copy;
	int error;

	if (!limits)
		return -ENOMEM;
	ruleset->limits = limits;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	error = strmap_add(&ruleset->limit_names, copy, ruleset->limit_count);
	if (error < 0) {
		free(copy);
		return error;
	}
	limits[ruleset->limit_count++] = (struct limit){ copy, rate, per_seconds, burst };
	return 0;
}

bool statement_refers_to_set(const struct statement *statement)
{
	switch (statement->kind) {
	case STMT_LOOKUP:
	case STMT_VMAP:
	case STMT_CT_MARK_MAP:
	case STMT_ADD:
		return true;
	case STMT_COMPARE:
	case STMT_SET_MARK:
	case STMT_COUNTER:
	case STMT_LIMIT:
	case STMT_LOG:
	case STMT_VERDICT:
	case STMT_OPAQUE:
		break;
	}
	return false;
}

struct chain *ruleset_find_chain(const struct ruleset *ruleset, const char *name)
{
	size_t index;

	return strmap_find(&ruleset->chain_names, name, &index) ? &ruleset->chains[index] : NULL;
}

struct set *ruleset_find_set(const struct ruleset *ruleset, const char *name)
{
	size_t index;

	return strmap_find(&ruleset->set_names, name, &index) ? &ruleset->sets[index] : NULL;
}

struct limit *ruleset_find_limit(const struct ruleset *ruleset, const char *name)
{
	size_t index;

	return strmap_find(&ruleset->limit_names, name, &index) ? &ruleset->limits[index] : NULL;
}

const char *limit_period(uint64_t seconds)
{
	switch (seconds) {
	case 1:
		return "second";
	case 60:
		return "minute";
	case 3600:
		return "hour";
	}
	return NULL;
}

static int compare_elements(const void *a, const void *b, void *data)
{
	const struct set *set = data;
	uint32_t i, j;

	memcpy(&i, a, sizeof(i));
	memcpy(&j, b, sizeof(j));
	return memcmp(set->elements + (size_t)i * set->stride,
		set->elements + (size_t)j * set->stride, set->stride);
}

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		void *swapped = (a);                                                               \
		(a) = (b);                                                                         \
		(b) = swapped;                                                                     \
	} while (0)

/* Elements, lines and timeouts must move together, so an order is sorted first and then applied.
 * Without memory for that the set stays as it is, unsorted: a comparison then finds differences
 * that are none, never the reverse. */
static void sort_set(struct set *set)
{
	uint32_t *order = malloc(set->count * sizeof(*order));
	uint8_t *elements = malloc(set->room * set->stride);
	unsigned int *lines = set->lines ? malloc(set->room * sizeof(*lines)) : NULL;
	uint64_t *timeouts = set->timeouts ? malloc(set->room * sizeof(*timeouts)) : NULL;

	if (!order || !elements || (set->lines && !lines) || (set->timeouts && !timeouts))
		goto out;
	for (uint32_t i = 0; i < set->count; i++)
		order[i] = i;
	qsort_r(order, set->count, sizeof(*order), compare_elements, set);
	for (size_t i = 0; i < set->count; i++) {
		memcpy(elements + i * set->stride, set->elements + order[i] * (size_t)set->stride,
			set->stride);
		if (lines)
			lines[i] = set->lines[order[i]];
		if (timeouts)
			timeouts[i] = set->timeouts[order[i]];
	}
	SWAP(set->elements, elements);
	SWAP(set->lines, lines);
	SWAP(set->timeouts, timeouts);
out:
	free(order);
	free(elements);
	free(lines);
	free(timeouts);
}

static bool is_sorted(const struct set *set)
{
	for (size_t i = 1; i < set->count; i++)
		if (memcmp(set->elements + (i - 1) * set->stride, set->elements + i * set->stride,
			    set->stride) > 0)
			return false;
	return true;
}

void ruleset_sort(struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->set_count; i++)
		if (!(ruleset->sets[i].flags & SET_DYNAMIC) && !is_sorted(&ruleset->sets[i]))
			sort_set(&ruleset->sets[i]);
}

void key_put(uint8_t *key, unsigned int *offset, enum field_type type, const void *value)
{
	const struct field_info *info = field_info(type);

	memset(key + *offset, 0, info->slot);
	memcpy(key + *offset, value, info->length);
	*offset += info->slot;
}

void key_put_u8(uint8_t *key, unsigned int *offset, enum field_type type, uint8_t value)
{
	key_put(key, offset, type, &value);
}

void key_put_be16(uint8_t *key, unsigned int *offset, enum field_type type, uint16_t host_value)
{
	uint8_t bytes[2] = { (uint8_t)(host_value >> 8), (uint8_t)host_value };

	key_put(key, offset, type, bytes);
}

void key_put_mark(uint8_t *key, unsigned int *offset, uint32_t mark)
{
	key_put(key, offset, FIELD_MARK, &mark);
}

void key_put_ifname(uint8_t *key, unsigned int *offset, const char *name)
{
	char padded[16] = { 0 };

	strncpy(padded, name, sizeof(padded) - 1);
	key_put(key, offset, FIELD_IFNAME, padded);
}
