/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chain "blocked", its two generations and their flow sets: see compile.h. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"
#include "flowkey.h"

/* The flow sets: what identifies a blocked flow of each class. */
struct flow_class_info {
	const char *name;
	uint8_t protocol; /* 0: all that the others do not take */
	struct selectors selectors;
};

#define FLOW(name, protocol, ...)                                                                  \
	{                                                                                          \
		name, protocol,                                                                    \
		{                                                                                  \
			{ SEL_META_MARK, __VA_ARGS__ }, 5                                          \
		}                                                                                  \
	}

static const struct flow_class_info flow_classes[ADDR_FAMILIES][4] = {
	[ADDR_IPV4] = {
		FLOW("flow-tcp4", IPPROTO_TCP, SEL_IP_SADDR, SEL_IP_DADDR, SEL_TH_SPORT, SEL_TH_DPORT),
		FLOW("flow-udp4", IPPROTO_UDP, SEL_IP_SADDR, SEL_IP_DADDR, SEL_TH_SPORT, SEL_TH_DPORT),
		FLOW("flow-icmp4", IPPROTO_ICMP, SEL_IP_SADDR, SEL_IP_DADDR, SEL_ICMP_TYPE,
			SEL_ICMP_CODE),
		{ "flow-other4", 0,
			{ { SEL_META_MARK, SEL_IP_SADDR, SEL_IP_DADDR, SEL_META_L4PROTO }, 4 } },
	},
	[ADDR_IPV6] = {
		FLOW("flow-tcp6", IPPROTO_TCP, SEL_IP6_SADDR, SEL_IP6_DADDR, SEL_TH_SPORT,
			SEL_TH_DPORT),
		FLOW("flow-udp6", IPPROTO_UDP, SEL_IP6_SADDR, SEL_IP6_DADDR, SEL_TH_SPORT,
			SEL_TH_DPORT),
		FLOW("flow-icmp6", IPPROTO_ICMPV6, SEL_IP6_SADDR, SEL_IP6_DADDR, SEL_ICMPV6_TYPE,
			SEL_ICMPV6_CODE),
		{ "flow-other6", 0,
			{ { SEL_META_MARK, SEL_IP6_SADDR, SEL_IP6_DADDR, SEL_META_L4PROTO }, 4 } },
	},
};

#define FLOW_CLASSES 4

/* The kernel makes a hash for as many elements as the last 16 bits of the size say, and lets it
 * grow while packets are added, which fails for some of them: so those bits are all set. A spare
 * set never has so many that its hash would have to grow. */
#define SPARE_MAX UINT16_MAX

static uint32_t kernel_size(uint32_t flow_limit)
{
	return flow_limit > UINT16_MAX ? flow_limit | UINT16_MAX : flow_limit;
}

static void flow_set(
	struct maker *make, const char *name, const struct selectors *selectors, uint32_t size)
{
	enum field_type fields[RULESET_FIELDS_MAX];
	struct set *set;

	for (unsigned int i = 0; i < selectors->count; i++)
		fields[i] = selector_info(selectors->list[i])->field;
	set = make_set(
		make, name, SET_DYNAMIC | SET_COUNTER, fields, selectors->count, FIELD_INVALID);
	if (set)
		set->size = size;
}

/* What no set could take is logged one by one. How many of them each denial had stands in a set
 * that has all its elements already, so that it needs no memory when there is none. */
static void overflow(struct maker *make, unsigned int generation)
{
	static const struct selectors code = { { SEL_META_MARK }, 1 };
	char name[FLOW_NAME_MAX];

	flow_name(name, FLOW_CODES, generation);
	make_rule(make, 0);
	make_keyed(make, STMT_ADD, &code, name);
	make_rule(make, 0);
	flow_name(name, FLOW_OVERFLOW, generation);
	make_counter(make, name);
	make_mark(make, UINT32_MAX, DENY_MARK_OVERFLOW);
	make_verdict(make, VERDICT_RETURN, NULL);
}

/* Known flow → drop, new one → return to be logged; one that the set refuses goes on. */
static void flow_rules(struct maker *make, const struct flow_class_info *class,
	enum addr_family family, unsigned int generation, const char *set, bool observed)
{
	char added[FLOW_NAME_MAX];

	flow_name(added, FLOW_ADDED, generation);
	for (unsigned int i = 0; i < 2; i++) {
		make_rule(make, 0);
		make_family(make, family);
		if (class->protocol == IPPROTO_ICMP || class->protocol == IPPROTO_ICMPV6)
			make_protocol(make, class->protocol);
		make_keyed(make, i == 0 ? STMT_LOOKUP : STMT_ADD, &class->selectors, set);
		if (i == 1)
			make_counter(make, added);
		if (i == 0 && observed)
			make_verdict(make, VERDICT_GOTO, CHAIN_REPEATED);
		else
			make_verdict(make, i == 0 ? VERDICT_DROP : VERDICT_RETURN, NULL);
	}
}

/* A chain of the same name as its set. */
static void flow_chain(struct maker *make, enum flow_class class, enum addr_family family,
	unsigned int generation, bool observed)
{
	const struct flow_class_info *info = &flow_classes[family][class];
	const char *name = flow_set_name(generation, class, family);
	const char *spare = flow_spare_name(generation, class, family);

	make_chain(make, name);
	flow_rules(make, info, family, generation, name, observed);
	if (spare)
		flow_rules(make, info, family, generation, spare, observed);
	if (class == FLOW_OTHER) {
		overflow(make, generation);
		return;
	}
	make_rule(make, 0);
	make_verdict(make, VERDICT_GOTO, flow_set_name(generation, FLOW_OTHER, family));
}

static void flow_family(struct maker *make, enum addr_family family, unsigned int generation,
	uint32_t flow_limit, bool observed)
{
	for (unsigned int i = 0; i < FLOW_CLASSES; i++) {
		enum flow_class class = (enum flow_class)i;
		const struct selectors *selectors = &flow_classes[family][i].selectors;
		const char *spare = flow_spare_name(generation, class, family);

		flow_set(make, flow_set_name(generation, class, family), selectors,
			kernel_size(flow_limit));
		if (spare)
			flow_set(make, spare, selectors,
				flow_limit < SPARE_MAX ? flow_limit : SPARE_MAX);
		flow_chain(make, class, family, generation, observed);
	}
}

/* Fragments, and packets with IPv6 extension headers: see flowkey.h. */
static void flow_without_ports(struct maker *make, enum addr_family family, const char *other)
{
	static const struct selectors next = { { SEL_IP6_NEXTHDR }, 1 };

	make_rule(make, 0);
	make_family(make, family);
	if (family == ADDR_IPV4)
		make_test_mask(make, SEL_IP_FRAG_OFF, FLOW_FRAGMENT_BITS, 0, true);
	else
		make_keyed(make, STMT_LOOKUP, &next, SET_EXTENSION);
	make_verdict(make, VERDICT_GOTO, other);
}

/* Which class by family and protocol; to the chains that flow_family() makes. */
static void flow_dispatch(struct maker *make, enum addr_family family, unsigned int generation)
{
	static const struct selectors protocol = { { SEL_META_L4PROTO }, 1 };
	static const enum field_type fields[] = { FIELD_INET_PROTO };
	const struct flow_class_info *classes = flow_classes[family];
	char name[FLOW_NAME_MAX], chain[FLOW_NAME_MAX];
	char other[FLOW_NAME_MAX];
	struct set *map;

	flow_name(other, classes[FLOW_CLASSES - 1].name, generation);
	flow_without_ports(make, family, other);
	flow_name(name, family == ADDR_IPV4 ? "flows4" : "flows6", generation);
	map = make_set(make, name, SET_MAP, fields, 1, FIELD_VERDICT);
	for (unsigned int i = 0; i < FLOW_CLASSES - 1; i++) {
		uint8_t key[RULESET_KEY_MAX];
		unsigned int offset = 0;

		key_put_u8(key, &offset, FIELD_INET_PROTO, classes[i].protocol);
		flow_name(chain, classes[i].name, generation);
		make_element_goto(make, map, key, chain);
	}
	if (map)
		map->size = FLOW_CLASSES - 1;
	make_rule(make, 0);
	make_family(make, family);
	make_keyed(make, STMT_VMAP, &protocol, name);
	make_rule(make, 0);
	make_family(make, family);
	make_verdict(make, VERDICT_GOTO, other);
}

/* As many as any policy has denials; more than that have no element, and are only in the sum. */
#define CODES_MAX 65535

static void code_set(struct maker *make, unsigned int generation)
{
	static const enum field_type mark[] = { FIELD_MARK };
	char name[FLOW_NAME_MAX];

	flow_name(name, FLOW_CODES, generation);
	struct set *set = make_set(make, name, SET_DYNAMIC | SET_COUNTER, mark, 1, FIELD_INVALID);

	if (set)
		set->size = CODES_MAX;
}

void flow_code(struct maker *make, uint32_t code)
{
	for (unsigned int generation = 0; generation < 2 && !make->error; generation++) {
		char name[FLOW_NAME_MAX];
		uint8_t key[RULESET_KEY_MAX] = { 0 };
		unsigned int offset = 0;

		flow_name(name, FLOW_CODES, generation);
		key_put_mark(key, &offset, generation ? code | DENY_MARK_B : code);
		make_element(make, ruleset_find_set(make->ruleset, name), key, NULL, 0, 0);
	}
}

static void generation_chains(
	struct maker *make, unsigned int generation, uint32_t flow_limit, bool observed)
{
	static const char *const counters[] = { FLOW_OVERFLOW, FLOW_ADDED, FLOW_BLOCKED };
	char blocked[FLOW_NAME_MAX];

	for (unsigned int i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		flow_name(blocked, counters[i], generation);
		make_counter_object(make, blocked);
	}
	code_set(make, generation);
	make_chain(make, blocked);
	make_rule(make, 0);
	make_counter(make, blocked);
	if (generation)
		make_mark(make, UINT32_MAX, DENY_MARK_B);
	for (unsigned int family = 0; family < ADDR_FAMILIES; family++)
		flow_dispatch(make, (enum addr_family)family, generation);
	for (unsigned int family = 0; family < ADDR_FAMILIES; family++)
		flow_family(make, (enum addr_family)family, generation, flow_limit, observed);
}

void flow_chains(struct maker *make, uint32_t flow_limit, bool observed)
{
	make_chain(make, "blocked");
	make_rule(make, 0);
	make_verdict(make, VERDICT_GOTO, "blocked-a");
	if (!make->error)
		make->ruleset->chains[make->chain].switched = true;
	generation_chains(make, 0, flow_limit, observed);
	generation_chains(make, 1, flow_limit, observed);
}

int compile_generation(struct ruleset *ruleset, unsigned int generation, const char *comment)
{
	struct chain *chain = ruleset_find_chain(ruleset, "blocked");
	char *name, *text;

	if (!chain || chain->count != 1 || chain->rules[0].count != 1)
		return -EINVAL;
	name = strdup(generation ? "blocked-b" : "blocked-a");
	text = comment ? strdup(comment) : NULL;
	if (!name || (comment && !text)) {
		free(name);
		free(text);
		return -ENOMEM;
	}
	struct rule *rule = &chain->rules[0];

	free(rule->statements[0].name);
	free(rule->comment);
	rule->statements[0].name = name;
	rule->comment = text;
	rule->handle = 0;
	return 0;
}
