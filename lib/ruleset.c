/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

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
	free(chain->device);
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

static char *copy_name(const char *name)
{
	size_t length = strlen(name);

	return length == 0 || length > RULESET_NAME_MAX ? NULL : strdup(name);
}

struct chain *ruleset_add_chain(struct ruleset *ruleset, const char *name)
{
	struct chain *chains = array_reserve(
		ruleset->chains, sizeof(*chains), ruleset->chain_count, &ruleset->chain_room);
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
	struct rule *rules = array_reserve_next(chain->rules, sizeof(*rules), chain->count);

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
		array_reserve_next(rule->statements, sizeof(*statements), rule->count);

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
		array_reserve(ruleset->sets, sizeof(*sets), ruleset->set_count, &ruleset->set_room);
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
	verdicts = array_reserve(ruleset->verdicts, sizeof(*verdicts), ruleset->verdict_count,
		&ruleset->verdict_room);
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
	char **counters = array_reserve(ruleset->counters, sizeof(*counters),
		ruleset->counter_count, &ruleset->counter_room);
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
	struct limit *limits = array_reserve(
		ruleset->limits, sizeof(*limits), ruleset->limit_count, &ruleset->limit_room);
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
