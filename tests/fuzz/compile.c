/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiler on whatever policy the configuration's reader accepts. What it makes must be sound:
 * every name that is used exists, keys have the types of their sets, elements of one set do not
 * overlap, each path has an id, and everything can be printed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertion.h"
#include "compile.h"
#include "conf.h"
#include "nftprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void demand(bool condition, const char *what, const char *name)
{
	if (condition)
		return;
	fprintf(stderr, "not so: %s: %s\n", what, name);
	abort();
}

static void check_verdict(const struct ruleset *ruleset, enum verdict verdict, const char *chain)
{
	const struct chain *target;

	if (verdict != VERDICT_GOTO && verdict != VERDICT_JUMP) {
		demand(chain == NULL, "a verdict has no chain", chain);
		return;
	}
	target = ruleset_find_chain(ruleset, chain);
	demand(target != NULL, "the chain exists", chain);
	demand(target->hook == HOOK_NONE, "the chain has no hook", chain);
}

static void check_keyed(const struct ruleset *ruleset, const struct statement *statement)
{
	const struct set *set = ruleset_find_set(ruleset, statement->name);

	demand(set != NULL, "the set exists", statement->name);
	demand(set->field_count == statement->selector_count, "as many fields", set->name);
	for (unsigned int i = 0; i < set->field_count; i++)
		demand(selector_info(statement->selectors[i])->field == set->fields[i],
			"the types of the fields", set->name);
	if (statement->kind == STMT_VMAP || statement->kind == STMT_CT_MARK_MAP)
		demand(set->value == (statement->kind == STMT_VMAP ? FIELD_VERDICT : FIELD_MARK),
			"the type of the map", set->name);
	demand((set->flags & SET_DYNAMIC) != 0 || statement->kind != STMT_ADD,
		"added to a dynamic set", set->name);
}

static void check_statement(const struct ruleset *ruleset, const struct statement *statement)
{
	size_t index;

	switch (statement->kind) {
	case STMT_LOOKUP:
	case STMT_VMAP:
	case STMT_CT_MARK_MAP:
	case STMT_ADD:
		check_keyed(ruleset, statement);
		break;
	case STMT_COUNTER:
		demand(strmap_find(&ruleset->counter_names, statement->name, &index),
			"the counter exists", statement->name);
		break;
	case STMT_LIMIT:
		demand(ruleset_find_limit(ruleset, statement->name) != NULL, "the limit exists",
			statement->name);
		break;
	case STMT_VERDICT:
		check_verdict(ruleset, statement->verdict, statement->name);
		break;
	case STMT_LOG:
		demand(strlen(statement->prefix) <= RULESET_PREFIX_MAX, "the prefix fits",
			statement->prefix);
		break;
	case STMT_COMPARE:
	case STMT_SET_MARK:
		break;
	case STMT_OPAQUE:
		demand(false, "every statement is known", "opaque");
	}
}

static bool overlap(const struct set *set, const uint8_t *a, const uint8_t *b)
{
	unsigned int end = set->flags & SET_INTERVAL ? set->key_length : 0, at = 0;

	for (unsigned int i = 0; i < set->field_count; i++) {
		unsigned int width = field_info(set->fields[i])->slot;

		if (memcmp(a + at, b + end + at, width) > 0 ||
			memcmp(b + at, a + end + at, width) > 0)
			return false;
		at += width;
	}
	return true;
}

#define COMPARED_MAX 300 /* elements of a set that are compared with each other */

static void check_set(const struct ruleset *ruleset, const struct set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const uint8_t *element = set->elements + i * set->stride;
		uint32_t value;

		demand(overlap(set, element, element), "first is not above last", set->name);
		for (size_t j = 0; j < i && i < COMPARED_MAX; j++)
			demand(!overlap(set, element, set->elements + j * set->stride),
				"elements do not overlap", set->name);
		if (!(set->flags & SET_MAP))
			continue;
		memcpy(&value, element + set->stride - 4, sizeof(value));
		if (set->value == FIELD_VERDICT)
			check_verdict(ruleset, ruleset->verdicts[value].verdict,
				ruleset->verdicts[value].chain);
		else
			demand(value != 0, "a mark", set->name);
	}
}

static void check_ruleset(const struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->chain_count; i++)
		for (size_t j = 0; j < ruleset->chains[i].count; j++)
			for (size_t k = 0; k < ruleset->chains[i].rules[j].count; k++)
				check_statement(
					ruleset, &ruleset->chains[i].rules[j].statements[k]);
	for (size_t i = 0; i < ruleset->set_count; i++)
		check_set(ruleset, &ruleset->sets[i]);
}

static void print(const struct ruleset *ruleset)
{
	FILE *out = fopen("/dev/null", "w");

	if (!out)
		return;
	demand(nftprint(ruleset, out) == 0, "it can be printed", "nft");
	demand(nftprint_json(ruleset, 1, out) == 0, "it can be printed", "JSON");
	fclose(out);
}

/* Of a rule set that was compiled, it can always be told what becomes of a packet. */
static void check_assertions(
	const struct policy *policy, const struct ruleset *ruleset, struct diag_list *diags)
{
	struct assertion_results results;
	int error = assertion_check(policy, ruleset, diags, &results);

	demand(error == 0 || error == -EINVAL, "assertions can be tried", strerror(-error));
	demand((error == 0) == (results.failed == 0), "one that fails refuses", "");
	for (size_t i = 0; i < results.count; i++)
		demand(results.list[i].outcome != ASSERTION_UNKNOWN ||
				results.list[i].tried > ASSERTION_TRIES_MAX,
			"it can be told", policy->assertions[i].name);
	assertion_results_clear(&results);
}

static void compile(struct policy *policy, struct diag_list *diags)
{
	struct ruleset *ruleset = NULL;
	size_t errors = diag_list_count(diags, DIAG_ERROR);
	int error = compile_policy(policy, diags, &ruleset);

	if (error < 0) {
		demand(error == -EINVAL && diag_list_count(diags, DIAG_ERROR) > errors,
			"a refusal says why", strerror(-error));
		return;
	}
	for (size_t i = 0; i < policy->path_count; i++)
		demand(policy->paths[i].id != 0, "the path has an id", policy->paths[i].name);
	check_ruleset(ruleset);
	print(ruleset);
	check_assertions(policy, ruleset, diags);
	ruleset_free(ruleset);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct policy *policy = NULL;
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		return 0;
	if (conf_parse((const char *)bytes, length, "fuzz.conf", diags, &policy) == 0)
		compile(policy, diags);
	policy_free(policy);
	diag_list_free(diags);
	return 0;
}
