/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "simulate.h"

#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define STEPS_MAX 10000
#define DEPTH_MAX 16 /* NFT_JUMP_STACK_SIZE */

struct run {
	const struct ruleset *ruleset;
	const struct sim_packet *packet;
	enum sim_flow flow;
	struct sim_result *result;
	unsigned int steps;
};

enum outcome {
	NEXT_STATEMENT,
	NEXT_RULE,
	STOP, /* accepted or dropped */
	GOTO,
	JUMP,
	RETURN,
};

struct step {
	enum outcome outcome;
	const char *chain;
};

static void put_be(uint8_t *bytes, uint32_t value, unsigned int length)
{
	while (length-- > 0) {
		bytes[length] = (uint8_t)value;
		value >>= 8;
	}
}

static void put_host(uint8_t *bytes, uint32_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

static bool load_meta(const struct run *run, enum selector selector, uint8_t *bytes)
{
	const struct sim_packet *packet = run->packet;

	switch (selector) {
	case SEL_META_IIFNAME:
		strncpy((char *)bytes, packet->iif ? packet->iif : "", 15);
		return packet->iif != NULL;
	case SEL_META_OIFNAME:
		strncpy((char *)bytes, packet->oif ? packet->oif : "", 15);
		return packet->oif != NULL;
	case SEL_META_NFPROTO:
		bytes[0] = packet->family == ADDR_IPV4 ? 2 : 10;
		return true;
	case SEL_META_L4PROTO:
		bytes[0] = packet->protocol;
		return true;
	case SEL_META_MARK:
		put_host(bytes, run->result->mark);
		return true;
	case SEL_CT_STATE:
		put_host(bytes, packet->ct_state);
		return true;
	case SEL_CT_DIRECTION:
		bytes[0] = packet->ct_direction;
		return !packet->no_ct;
	case SEL_CT_MARK:
		put_host(bytes, run->result->ct_mark);
		return !packet->no_ct;
	default:
		ck_abort_msg("not a meta selector");
	}
	return false;
}

static bool load_network(const struct sim_packet *packet, enum selector selector, uint8_t *bytes)
{
	size_t length = addr_length(packet->family);

	switch (selector) {
	case SEL_ETHER_SADDR:
		memcpy(bytes, packet->mac, MAC_LENGTH);
		return !packet->no_mac;
	case SEL_IP_SADDR:
	case SEL_IP6_SADDR:
		memcpy(bytes, packet->saddr, length);
		return true;
	case SEL_IP_DADDR:
	case SEL_IP6_DADDR:
		memcpy(bytes, packet->daddr, length);
		return true;
	case SEL_IP_FRAG_OFF:
		put_be(bytes, packet->frag_off, 2);
		return true;
	case SEL_IP6_NEXTHDR:
		bytes[0] = packet->next_header;
		return true;
	case SEL_IP6_HOPLIMIT:
		bytes[0] = packet->hop_limit;
		return true;
	default:
		ck_abort_msg("not a network selector");
	}
	return false;
}

static bool load_transport(const struct sim_packet *packet, enum selector selector, uint8_t *bytes)
{
	if (packet->truncated)
		return false;
	switch (selector) {
	case SEL_TH_SPORT:
		put_be(bytes, packet->sport, 2);
		return true;
	case SEL_TH_DPORT:
		put_be(bytes, packet->dport, 2);
		return true;
	case SEL_TCP_FLAGS:
		bytes[0] = packet->tcp_flags;
		return true;
	case SEL_ICMP_TYPE:
	case SEL_ICMPV6_TYPE:
		bytes[0] = (uint8_t)(packet->dport >> 8);
		return true;
	case SEL_ICMP_CODE:
	case SEL_ICMPV6_CODE:
		bytes[0] = (uint8_t)packet->dport;
		return true;
	default:
		ck_abort_msg("not a transport selector");
	}
	return false;
}

/* False: the kernel's expression would break off, the rule does not match. A selector whose
 * condition (family, protocol) is not tested before it would read nonsense. */
static bool load(const struct run *run, enum selector selector, uint8_t *bytes)
{
	const struct selector_info *info = selector_info(selector);
	uint8_t nfproto = run->packet->family == ADDR_IPV4 ? 2 : 10;

	ck_assert_msg(!info->needs_nfproto || info->needs_nfproto == nfproto,
		"%s is read of the wrong family", info->name);
	ck_assert_msg(!info->needs_l4proto || info->needs_l4proto == run->packet->protocol,
		"%s is read of protocol %u", info->name, run->packet->protocol);
	memset(bytes, 0, 16);
	if (selector < SEL_ETHER_SADDR)
		return load_meta(run, selector, bytes);
	if (selector < SEL_TH_SPORT)
		return load_network(run->packet, selector, bytes);
	return load_transport(run->packet, selector, bytes);
}

static bool load_key(const struct run *run, const struct statement *statement,
	const struct set *set, uint8_t *key)
{
	unsigned int at = 0;

	ck_assert_uint_eq(statement->selector_count, set->field_count);
	for (unsigned int i = 0; i < statement->selector_count; i++) {
		uint8_t bytes[16];

		ck_assert_int_eq(selector_info(statement->selectors[i])->field, set->fields[i]);
		if (!load(run, statement->selectors[i], bytes))
			return false;
		memcpy(key + at, bytes, field_info(set->fields[i])->slot);
		at += field_info(set->fields[i])->slot;
	}
	ck_assert_uint_eq(at, set->key_length);
	return true;
}

static bool holds(const struct set *set, const uint8_t *element, const uint8_t *key)
{
	unsigned int at = 0;

	if (!(set->flags & SET_INTERVAL))
		return memcmp(element, key, set->key_length) == 0;
	for (unsigned int i = 0; i < set->field_count; i++) {
		unsigned int length = field_info(set->fields[i])->slot;

		if (memcmp(key + at, element + at, length) < 0 ||
			memcmp(key + at, element + set->key_length + at, length) > 0)
			return false;
		at += length;
	}
	return true;
}

static const uint8_t *find(const struct set *set, const uint8_t *key)
{
	const uint8_t *found = NULL;

	for (size_t i = 0; i < set->count; i++) {
		const uint8_t *element = set->elements + i * set->stride;

		if (!holds(set, element, key))
			continue;
		ck_assert_msg(!found, "set %s: two elements hold one key", set->name);
		found = element;
	}
	return found;
}

static const struct set *set_of(const struct run *run, const struct statement *statement)
{
	const struct set *set = ruleset_find_set(run->ruleset, statement->name);

	ck_assert_msg(set != NULL, "no set %s", statement->name);
	return set;
}

static bool compare(const struct run *run, const struct statement *statement)
{
	const struct selector_info *info = selector_info(statement->selectors[0]);
	unsigned int length = statement->length ? statement->length : info->length;
	uint8_t bytes[16], any = 0;
	bool equal;

	if (!load(run, statement->selectors[0], bytes))
		return false;
	for (unsigned int i = 0; i < info->length; i++)
		any |= statement->mask[i];
	for (unsigned int i = 0; i < info->length && any; i++)
		bytes[i] &= statement->mask[i];
	equal = memcmp(bytes, statement->data, length) == 0;
	return equal != statement->negate;
}

static bool lookup(const struct run *run, const struct statement *statement)
{
	const struct set *set = set_of(run, statement);
	uint8_t key[RULESET_KEY_MAX];
	bool found;

	if (!load_key(run, statement, set, key))
		return false;
	if (set->flags & SET_DYNAMIC)
		found = run->flow == SIM_FLOW_KNOWN;
	else
		found = find(set, key) != NULL;
	if (found && set->flags & SET_DYNAMIC)
		snprintf(run->result->flow, sizeof(run->result->flow), "%s", set->name);
	if (found && strcmp(set->name, "hits") == 0)
		run->result->hits++;
	return found != statement->negate;
}

static struct step do_verdict(struct run *run, enum verdict verdict, const char *chain)
{
	switch (verdict) {
	case VERDICT_ACCEPT:
	case VERDICT_DROP:
		run->result->accepted = verdict == VERDICT_ACCEPT;
		return (struct step){ STOP, NULL };
	case VERDICT_JUMP:
		return (struct step){ JUMP, chain };
	case VERDICT_GOTO:
		return (struct step){ GOTO, chain };
	case VERDICT_RETURN:
		return (struct step){ RETURN, NULL };
	}
	ck_abort_msg("no such verdict");
	return (struct step){ STOP, NULL };
}

static struct step verdict_map(struct run *run, const struct statement *statement)
{
	const struct set *set = set_of(run, statement);
	uint8_t key[RULESET_KEY_MAX];
	const uint8_t *element;
	uint32_t value;

	ck_assert_int_eq(set->value, FIELD_VERDICT);
	element = load_key(run, statement, set, key) ? find(set, key) : NULL;
	if (!element)
		return (struct step){ NEXT_RULE, NULL };
	memcpy(&value, element + set->stride - 4, sizeof(value));
	ck_assert_uint_lt(value, run->ruleset->verdict_count);
	return do_verdict(
		run, run->ruleset->verdicts[value].verdict, run->ruleset->verdicts[value].chain);
}

static bool ct_mark_map(struct run *run, const struct statement *statement)
{
	const struct set *set = set_of(run, statement);
	uint8_t key[RULESET_KEY_MAX];
	const uint8_t *element;

	ck_assert_int_eq(set->value, FIELD_MARK);
	element = load_key(run, statement, set, key) ? find(set, key) : NULL;
	if (element && !run->packet->no_ct)
		memcpy(&run->result->ct_mark, element + set->stride - 4, 4);
	return element != NULL;
}

static bool add(struct run *run, const struct statement *statement)
{
	const struct set *set = set_of(run, statement);
	uint8_t key[RULESET_KEY_MAX];
	bool is_other = strncmp(set->name, "flow-other", 10) == 0;

	ck_assert(set->flags & SET_DYNAMIC);
	if (!load_key(run, statement, set, key) || run->flow == SIM_FLOW_FULL_ALL ||
		(run->flow == SIM_FLOW_FULL && !is_other))
		return false;
	snprintf(run->result->flow, sizeof(run->result->flow), "%s", set->name);
	return true;
}

static void count(struct run *run, const char *name)
{
	size_t index;

	ck_assert_msg(
		strmap_find(&run->ruleset->counter_names, name, &index), "no counter %s", name);
	if (strncmp(name, "deny-", 5) == 0)
		snprintf(run->result->deny, sizeof(run->result->deny), "%s", name);
	else if (strncmp(name, "blocked-", 8) == 0)
		snprintf(run->result->blocked, sizeof(run->result->blocked), "%s", name);
	else
		run->result->overflow = true;
}

static struct step evaluate(struct run *run, const struct statement *statement)
{
	const struct step next = { NEXT_STATEMENT, NULL }, no_match = { NEXT_RULE, NULL };
	uint32_t mask, data;

	switch (statement->kind) {
	case STMT_COMPARE:
		return compare(run, statement) ? next : no_match;
	case STMT_LOOKUP:
		return lookup(run, statement) ? next : no_match;
	case STMT_VMAP:
		return verdict_map(run, statement);
	case STMT_CT_MARK_MAP:
		return ct_mark_map(run, statement) ? next : no_match;
	case STMT_SET_MARK:
		memcpy(&mask, statement->mask, sizeof(mask));
		memcpy(&data, statement->data, sizeof(data));
		run->result->mark = (run->result->mark & mask) | data;
		return next;
	case STMT_ADD:
		return add(run, statement) ? next : no_match;
	case STMT_COUNTER:
		count(run, statement->name);
		return next;
	case STMT_LIMIT:
		ck_assert_ptr_nonnull(ruleset_find_limit(run->ruleset, statement->name));
		return run->packet->over_limit ? next : no_match;
	case STMT_LOG:
		snprintf(run->result->prefix, sizeof(run->result->prefix), "%s", statement->prefix);
		return next;
	case STMT_VERDICT:
		return do_verdict(run, statement->verdict, statement->name);
	case STMT_OPAQUE:
		break;
	}
	ck_abort_msg("a statement that cannot be evaluated");
	return no_match;
}

static const struct chain *chain_of(const struct run *run, const char *name)
{
	const struct chain *chain = ruleset_find_chain(run->ruleset, name);

	ck_assert_msg(chain != NULL, "no chain %s", name);
	return chain;
}

static struct step evaluate_rule(struct run *run, const struct rule *rule)
{
	struct step step = { NEXT_STATEMENT, NULL };

	for (size_t i = 0; i < rule->count && step.outcome == NEXT_STATEMENT; i++)
		step = evaluate(run, &rule->statements[i]);
	return step;
}

/* True when a verdict was reached; false: the end of the chain, or a return. */
static bool run_chain(struct run *run, const struct chain *chain, unsigned int depth)
{
	ck_assert_msg(depth < DEPTH_MAX, "jumps too deep");
	for (size_t i = 0; i < chain->count; i++) {
		struct step step = evaluate_rule(run, &chain->rules[i]);

		ck_assert_msg(++run->steps < STEPS_MAX, "a loop");
		if (step.outcome == STOP)
			return true;
		if (step.outcome == RETURN)
			return false;
		if (step.outcome == GOTO) {
			chain = chain_of(run, step.chain);
			i = SIZE_MAX;
		} else if (step.outcome == JUMP &&
			   run_chain(run, chain_of(run, step.chain), depth + 1)) {
			return true;
		}
	}
	return false;
}

void sim_run(const struct ruleset *ruleset, const char *chain, const struct sim_packet *packet,
	enum sim_flow flow, struct sim_result *ret_result)
{
	struct run run = {
		.ruleset = ruleset, .packet = packet, .flow = flow, .result = ret_result
	};
	const struct chain *base = chain_of(&run, chain);

	ck_assert_int_ne(base->hook, HOOK_NONE);
	memset(ret_result, 0, sizeof(*ret_result));
	ret_result->ct_mark = packet->ct_mark;
	if (!run_chain(&run, base, 0))
		ret_result->accepted = !base->policy_drop;
}
