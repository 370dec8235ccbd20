/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evaluate.h"

#include <string.h>

#include "ctstate.h"
#include "evaluate_impl.h"

#define STEPS_MAX 10000 /* rules */
#define DEPTH_MAX 16	/* NFT_JUMP_STACK_SIZE */

#define PRIORITY_CONNTRACK (-200)

/* Names that compile.h gives. */
#define SET_HITS	 "hits"
#define FLOW_OTHER	 "flow-other"
#define COUNTER_DENY	 "deny-"
#define COUNTER_OBSERVE	 "observe-" /* of what would be denied, but passes */
#define COUNTER_BLOCKED	 "blocked-"
#define COUNTER_OVERFLOW "overflow-"

enum outcome {
	NEXT_STATEMENT,
	NEXT_RULE,
	STOP, /* accepted, dropped, or it cannot be told */
	GOTO,
	JUMP,
	RETURN,
};

struct step {
	enum outcome outcome;
	const char *chain;
};

static const struct step next_statement = { NEXT_STATEMENT, NULL };
static const struct step next_rule = { NEXT_RULE, NULL };
static const struct step stop = { STOP, NULL };

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

void eval_doubt(struct evaluation *run, enum eval_doubt doubt, const char *name)
{
	struct eval_result *result = run->result;

	if (result->doubt != DOUBT_NONE)
		return;
	result->doubt = doubt;
	result->name = name;
}

/* ---- statements ---- */

static bool compare(struct evaluation *run, const struct statement *statement)
{
	const struct selector_info *info = selector_info(statement->selectors[0]);
	unsigned int length = statement->length ? statement->length : info->length;
	uint8_t bytes[16], any = 0;
	bool equal;

	if (!eval_load(run, statement->selectors[0], bytes))
		return false;
	for (unsigned int i = 0; i < info->length; i++)
		any |= statement->mask[i];
	for (unsigned int i = 0; i < info->length && any; i++)
		bytes[i] &= statement->mask[i];
	equal = memcmp(bytes, statement->data, length) == 0;
	return equal != statement->negate;
}

static bool in_set(struct evaluation *run, const struct set *set, const uint8_t *key)
{
	struct eval_result *result = run->result;
	bool found;

	if (set->flags & SET_TIMEOUT) {
		found = eval_find(run, set, key) != NULL;
		result->timed |= found;
		return found && run->packet->timed_open;
	}
	if (set->flags & SET_DYNAMIC) {
		found = run->packet->flow == EVAL_FLOW_KNOWN;
		if (found)
			result->flow = set->name;
		return found;
	}
	found = eval_find(run, set, key) != NULL;
	if (found && strcmp(set->name, SET_HITS) == 0)
		result->hits++;
	return found;
}

static bool lookup(struct evaluation *run, const struct statement *statement)
{
	const struct set *set = eval_set(run, statement);
	uint8_t key[RULESET_KEY_MAX];

	if (set == NULL || !eval_load_key(run, statement, set, key))
		return false;
	return in_set(run, set, key) != statement->negate;
}

static struct step give_verdict(struct evaluation *run, enum verdict verdict, const char *chain)
{
	switch (verdict) {
	case VERDICT_ACCEPT:
		run->result->verdict = EVAL_ACCEPT;
		return stop;
	case VERDICT_DROP:
		run->result->verdict = EVAL_DROP;
		return stop;
	case VERDICT_JUMP:
		return (struct step){ JUMP, chain };
	case VERDICT_GOTO:
		return (struct step){ GOTO, chain };
	case VERDICT_RETURN:
		return (struct step){ RETURN, NULL };
	}
	eval_doubt(run, DOUBT_STATEMENT, "verdict");
	return stop;
}

/* The value of the element that holds the packet. False: there is none, or a doubt. */
static bool map_value(struct evaluation *run, const struct statement *statement,
	enum field_type type, uint32_t *ret_value)
{
	const struct set *set = eval_set(run, statement);
	uint8_t key[RULESET_KEY_MAX];
	const uint8_t *element;

	if (set == NULL)
		return false;
	if (set->value != type) {
		eval_doubt(run, DOUBT_SET, set->name);
		return false;
	}
	if (!eval_load_key(run, statement, set, key))
		return false;
	element = eval_find(run, set, key);
	if (element == NULL)
		return false;
	memcpy(ret_value, element + set->stride - sizeof(*ret_value), sizeof(*ret_value));
	return true;
}

static struct step verdict_map(struct evaluation *run, const struct statement *statement)
{
	const struct ruleset *ruleset = run->ruleset;
	uint32_t value;

	/* As in the kernel, no element ends the rule, too. */
	if (!map_value(run, statement, FIELD_VERDICT, &value))
		return next_rule;
	if (value >= ruleset->verdict_count) {
		eval_doubt(run, DOUBT_SET, statement->name);
		return stop;
	}
	return give_verdict(run, ruleset->verdicts[value].verdict, ruleset->verdicts[value].chain);
}

static bool ct_mark_map(struct evaluation *run, const struct statement *statement)
{
	uint32_t mark;

	if (!map_value(run, statement, FIELD_MARK, &mark))
		return false;
	if (!run->packet->no_ct)
		run->result->ct_mark = mark;
	return true;
}

static bool set_mark(struct evaluation *run, const struct statement *statement)
{
	uint32_t mask, data;

	memcpy(&mask, statement->mask, sizeof(mask));
	memcpy(&data, statement->data, sizeof(data));
	run->result->mark = (run->result->mark & mask) | data;
	return true;
}

static bool add(struct evaluation *run, const struct statement *statement)
{
	const struct set *set = eval_set(run, statement);
	enum eval_flow flow = run->packet->flow;
	uint8_t key[RULESET_KEY_MAX];

	if (set == NULL)
		return false;
	if (!(set->flags & SET_DYNAMIC)) {
		eval_doubt(run, DOUBT_SET, set->name);
		return false;
	}
	if (!eval_load_key(run, statement, set, key) || flow == EVAL_FLOW_FULL_ALL ||
		(flow == EVAL_FLOW_FULL && !begins_with(set->name, FLOW_OTHER)))
		return false;
	run->result->flow = set->name;
	return true;
}

static bool count(struct evaluation *run, const struct statement *statement)
{
	struct eval_result *result = run->result;
	const char *name = statement->name;
	size_t index;

	if (!strmap_find(&run->ruleset->counter_names, name, &index))
		eval_doubt(run, DOUBT_MISSING, name);
	if (begins_with(name, COUNTER_DENY) || begins_with(name, COUNTER_OBSERVE))
		result->deny = name;
	else if (begins_with(name, COUNTER_BLOCKED))
		result->blocked = name;
	else if (begins_with(name, COUNTER_OVERFLOW))
		result->overflow = true;
	return true;
}

static bool limit(struct evaluation *run, const struct statement *statement)
{
	if (ruleset_find_limit(run->ruleset, statement->name) == NULL)
		eval_doubt(run, DOUBT_MISSING, statement->name);
	return run->packet->over_limit;
}

static bool log_prefix(struct evaluation *run, const struct statement *statement)
{
	run->result->prefix = statement->prefix ? statement->prefix : "";
	return true;
}

/* Statements that match or do not. */
typedef bool (*matcher)(struct evaluation *run, const struct statement *statement);
static const matcher matchers[] = {
	[STMT_COMPARE] = compare,
	[STMT_LOOKUP] = lookup,
	[STMT_CT_MARK_MAP] = ct_mark_map,
	[STMT_SET_MARK] = set_mark,
	[STMT_ADD] = add,
	[STMT_COUNTER] = count,
	[STMT_LIMIT] = limit,
	[STMT_LOG] = log_prefix,
};

static struct step evaluate_statement(struct evaluation *run, const struct statement *statement)
{
	unsigned int kind = (unsigned int)statement->kind;

	if (kind == STMT_VMAP)
		return verdict_map(run, statement);
	if (kind == STMT_VERDICT)
		return give_verdict(run, statement->verdict, statement->name);
	if (kind >= sizeof(matchers) / sizeof(matchers[0]) || matchers[kind] == NULL) {
		eval_doubt(run, DOUBT_STATEMENT, statement->name ? statement->name : "");
		return stop;
	}
	return matchers[kind](run, statement) ? next_statement : next_rule;
}

/* ---- chains ---- */

static void show(struct evaluation *run, enum eval_event event, const struct chain *chain,
	size_t rule, unsigned int depth)
{
	struct eval_step step = { event, chain, rule, depth, 0, run->result };

	if (run->visitor == NULL)
		return;
	if (event == EVAL_MATCHES)
		step.line = run->line != 0 ? run->line : chain->rules[rule].line;
	run->visitor(&step, run->data);
}

static struct step evaluate_rule(struct evaluation *run, const struct rule *rule)
{
	struct step step = next_statement;

	run->line = 0;

	for (size_t i = 0; i < rule->count && step.outcome == NEXT_STATEMENT; i++) {
		step = evaluate_statement(run, &rule->statements[i]);
		if (run->result->doubt != DOUBT_NONE)
			return stop;
	}
	return step;
}

static const struct chain *chain_of(struct evaluation *run, const char *name)
{
	const struct chain *chain = name ? ruleset_find_chain(run->ruleset, name) : NULL;

	if (chain == NULL)
		eval_doubt(run, DOUBT_MISSING, name ? name : "");
	return chain;
}

static void note_place(struct evaluation *run, const struct chain *chain, size_t rule)
{
	run->result->chain = chain->name;
	run->result->rule = rule;
}

/* True when it ended; false: the end of the chain, or a return. */
static bool run_chain(struct evaluation *run, const struct chain *chain, unsigned int depth)
{
	size_t i = 0;

	while (i < chain->count) {
		struct step step;

		note_place(run, chain, i);
		if (++run->steps > STEPS_MAX || depth > DEPTH_MAX) {
			eval_doubt(run, DOUBT_LOOP, chain->name);
			return true;
		}
		step = evaluate_rule(run, &chain->rules[i]);
		if (step.outcome != NEXT_RULE && run->result->doubt == DOUBT_NONE)
			show(run, EVAL_MATCHES, chain, i, depth);
		i++;
		if (step.outcome == STOP)
			return true;
		if (step.outcome == RETURN)
			return false;
		if (step.outcome != GOTO && step.outcome != JUMP)
			continue;

		const struct chain *other = chain_of(run, step.chain);

		if (other == NULL)
			return true;
		if (step.outcome == JUMP && run_chain(run, other, depth + 1))
			return true;
		if (step.outcome == GOTO) {
			chain = other;
			i = 0;
		}
	}
	return false;
}

static void run_base(struct evaluation *run, const struct chain *base)
{
	struct eval_result *result = run->result;

	show(run, EVAL_ENTERS, base, 0, 0);
	if (base->hook == HOOK_NONE) {
		eval_doubt(run, DOUBT_SET, base->name);
	} else if (!run_chain(run, base, 0)) {
		note_place(run, base, base->count);
		result->verdict = base->policy_drop ? EVAL_DROP : EVAL_ACCEPT;
	}
	if (result->doubt != DOUBT_NONE)
		result->verdict = EVAL_UNKNOWN;
	show(run, EVAL_LEAVES, base, 0, 0);
}

static struct evaluation begin(
	const struct ruleset *ruleset, const struct eval_packet *packet, struct eval_result *result)
{
	*result = (struct eval_result){ .ct_mark = packet->ct_mark,
		.name = "",
		.chain = "",
		.prefix = "",
		.deny = "",
		.blocked = "",
		.flow = "" };
	return (struct evaluation){ .ruleset = ruleset, .packet = packet, .result = result };
}

void evaluate_chain(const struct ruleset *ruleset, const char *chain,
	const struct eval_packet *packet, struct eval_result *ret_result)
{
	struct evaluation run = begin(ruleset, packet, ret_result);
	const struct chain *base = chain_of(&run, chain);

	if (base != NULL)
		run_base(&run, base);
}

/* ---- all the way ---- */

/* The base chain of a hook that comes next; NULL: there is none. */
static const struct chain *next_base(
	const struct ruleset *ruleset, enum hook hook, const struct chain *after)
{
	const struct chain *next = NULL;

	for (size_t i = 0; i < ruleset->chain_count; i++) {
		const struct chain *chain = &ruleset->chains[i];

		/* Those of one priority come in the order in which they were made. */
		if (chain->hook != hook ||
			(after != NULL &&
				(chain->priority < after->priority ||
					(chain->priority == after->priority && chain <= after))))
			continue;
		if (next == NULL || chain->priority < next->priority)
			next = chain;
	}
	return next;
}

/* What a chain sees of it before conntrack has looked at it, and before its route is known. */
static struct eval_packet as_seen_by(const struct eval_packet *packet, const struct chain *base)
{
	struct eval_packet seen = *packet;

	if (base->hook == HOOK_PREROUTING)
		seen.oif = NULL;
	if (base->hook == HOOK_PREROUTING && base->priority < PRIORITY_CONNTRACK) {
		seen.no_ct = true;
		seen.ct_state = CT_UNTRACKED;
		seen.ct_mark = 0;
	}
	return seen;
}

/* False: it goes no further. */
static bool pass_hook(const struct evaluation *way, enum hook hook)
{
	const struct chain *base = NULL;

	while ((base = next_base(way->ruleset, hook, base)) != NULL) {
		struct eval_packet seen = as_seen_by(way->packet, base);
		struct evaluation run = begin(way->ruleset, &seen, way->result);

		run.visitor = way->visitor;
		run.data = way->data;
		run_base(&run, base);
		if (run.result->verdict != EVAL_ACCEPT)
			return false;
	}
	return true;
}

void evaluate_steps(const struct ruleset *ruleset, const struct eval_packet *packet,
	eval_visitor visitor, void *data, struct eval_result *ret_result)
{
	struct evaluation run = begin(ruleset, packet, ret_result);
	enum hook last = HOOK_FORWARD;

	run.visitor = visitor;
	run.data = data;

	if (ruleset->unknown_count > 0) {
		eval_doubt(&run, DOUBT_TABLE, ruleset->unknown[0]);
		return;
	}
	/* Without any base chain it passes. */
	ret_result->verdict = EVAL_ACCEPT;
	if (packet->iif == NULL)
		last = HOOK_OUTPUT;
	else if (packet->oif == NULL)
		last = HOOK_INPUT;
	if (packet->iif == NULL || pass_hook(&run, HOOK_PREROUTING))
		(void)pass_hook(&run, last);
}

void evaluate(const struct ruleset *ruleset, const struct eval_packet *packet,
	struct eval_result *ret_result)
{
	evaluate_steps(ruleset, packet, NULL, NULL, ret_result);
}
