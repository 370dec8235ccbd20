/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "randrules.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CHAINS_MAX   9 /* a packet may go through 16 chains at most */

struct generator {
	unsigned int state;
	struct ruleset *ruleset;
};

static unsigned int pick(struct generator *generator, unsigned int below)
{
	return below ? (unsigned int)rand_r(&generator->state) % below : 0;
}

static void pick_bytes(struct generator *generator, void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		((uint8_t *)bytes)[i] = (uint8_t)pick(generator, 256);
}

/* Elements of a set with ranges: a kernel of Linux 6.1 takes time by the square of their number,
 * and minutes where its processor is emulated (tests/vm/run). */
static unsigned int ranges_max(void)
{
	const char *text = getenv("HEDATE_RANGES");

	return text ? (unsigned int)strtoul(text, NULL, 0) : UINT_MAX;
}

/* Key layouts that selectors can fill, as those of the compiler are. */
static const enum selector keys[][RULESET_FIELDS_MAX + 1] = {
	{ SEL_META_IIFNAME, SEL_COUNT },
	{ SEL_META_OIFNAME, SEL_IP_DADDR, SEL_COUNT },
	{ SEL_META_OIFNAME, SEL_IP6_DADDR, SEL_COUNT },
	{ SEL_META_IIFNAME, SEL_META_OIFNAME, SEL_CT_MARK, SEL_COUNT },
	{ SEL_CT_MARK, SEL_COUNT },
	{ SEL_IP_SADDR, SEL_COUNT },
	{ SEL_IP6_SADDR, SEL_COUNT },
	{ SEL_TH_DPORT, SEL_COUNT },
	{ SEL_IP6_NEXTHDR, SEL_COUNT },
	{ SEL_META_L4PROTO, SEL_COUNT },
	{ SEL_ETHER_SADDR, SEL_COUNT },
	{ SEL_IP_SADDR, SEL_ETHER_SADDR, SEL_COUNT },
	{ SEL_IP_SADDR, SEL_IP_DADDR, SEL_META_L4PROTO, SEL_TH_DPORT, SEL_COUNT },
	{ SEL_IP6_SADDR, SEL_IP6_DADDR, SEL_META_L4PROTO, SEL_TH_DPORT, SEL_COUNT },
	{ SEL_IP_SADDR, SEL_IP_DADDR, SEL_ICMP_TYPE, SEL_ICMP_CODE, SEL_COUNT },
	{ SEL_IP6_SADDR, SEL_IP6_DADDR, SEL_ICMPV6_TYPE, SEL_ICMPV6_CODE, SEL_COUNT },
	{ SEL_META_MARK, SEL_IP_SADDR, SEL_IP_DADDR, SEL_TH_SPORT, SEL_TH_DPORT, SEL_COUNT },
	{ SEL_META_MARK, SEL_IP6_SADDR, SEL_IP6_DADDR, SEL_TH_SPORT, SEL_TH_DPORT, SEL_COUNT },
};

static unsigned int key_fields(unsigned int layout)
{
	unsigned int count = 0;

	while (keys[layout][count] != SEL_COUNT)
		count++;
	return count;
}

static enum field_type key_field(unsigned int layout, unsigned int index)
{
	return selector_info(keys[layout][index])->field;
}

/* Which layout a set has can be seen from its fields. */
static bool has_layout(const struct set *set, unsigned int layout)
{
	if (set->field_count != key_fields(layout))
		return false;
	for (unsigned int i = 0; i < set->field_count; i++)
		if (set->fields[i] != key_field(layout, i))
			return false;
	return true;
}

static void add_chains(struct generator *generator)
{
	static const struct {
		const char *name;
		enum hook hook;
		int priority;
	} bases[] = {
		{ "prerouting", HOOK_PREROUTING, -450 },
		{ "input", HOOK_INPUT, 0 },
		{ "forward", HOOK_FORWARD, 0 },
		{ "output", HOOK_OUTPUT, 7 },
	};
	unsigned int regular = 1 + pick(generator, CHAINS_MAX - 1);
	char name[64];

	for (unsigned int i = 0; i < COUNT(bases); i++) {
		struct chain *chain = ruleset_add_chain(generator->ruleset, bases[i].name);

		chain->hook = bases[i].hook;
		chain->priority = bases[i].priority;
		chain->policy_drop = pick(generator, 2);
	}
	for (unsigned int i = 0; i < regular; i++) {
		snprintf(name, sizeof(name), "zone%u-to-zone%u.x_y", i, i + 1);
		ruleset_add_chain(generator->ruleset, name);
	}
}

/* A verdict of chain "from" that leads into no circle. */
static const char *pick_verdict(struct generator *generator, size_t from, enum verdict *ret_verdict)
{
	static const enum verdict ends[] = { VERDICT_ACCEPT, VERDICT_DROP, VERDICT_RETURN };
	const struct ruleset *ruleset = generator->ruleset;
	size_t first = from < 4 ? 4 : from + 1;

	if (first >= ruleset->chain_count || pick(generator, 3) == 0) {
		*ret_verdict = ends[pick(generator, COUNT(ends))];
		return NULL;
	}
	*ret_verdict = pick(generator, 2) ? VERDICT_GOTO : VERDICT_JUMP;
	return ruleset
		->chains[first + pick(generator, (unsigned int)(ruleset->chain_count - first))]
		.name;
}

static void put_field(struct generator *generator, uint8_t *key, unsigned int *offset,
	enum field_type type, uint32_t serial)
{
	uint8_t value[16] = { 0 };
	char name[16];

	pick_bytes(generator, value, sizeof(value));
	if (type == FIELD_IFNAME) {
		snprintf(name, sizeof(name), "eno%u.%u", pick(generator, 4), serial % 1000);
		key_put_ifname(key, offset, name);
		return;
	}
	if (serial != UINT32_MAX) { /* so that keys differ */
		uint32_t number = htonl(serial);
		unsigned int length = field_info(type)->length;

		memcpy(value, (const uint8_t *)&number + (length < 4 ? 4 - length : 0),
			length < 4 ? length : 4);
	}
	key_put(key, offset, type, value);
}

/* Element number serial of a set: keys differ in their first field, in which ranges are apart or
 * touch each other. */
static void add_element(struct generator *generator, struct set *set, uint32_t serial)
{
	uint8_t key[RULESET_KEY_MAX] = { 0 }, end[RULESET_KEY_MAX] = { 0 };
	unsigned int offset = 0;
	uint32_t value = 0;

	for (unsigned int i = 0; i < set->field_count; i++)
		put_field(
			generator, key, &offset, set->fields[i], i == 0 ? serial * 4 : UINT32_MAX);
	memcpy(end, key, sizeof(end));
	if (set->flags & SET_INTERVAL && set->fields[0] != FIELD_IFNAME) {
		unsigned int last = field_info(set->fields[0])->length < 4
					    ? field_info(set->fields[0])->length - 1
					    : 3;

		end[last] |= (uint8_t)pick(generator, 4);
		if (set->field_count == 1)
			memset(end + last + 1, 0xff, field_info(set->fields[0])->length - last - 1);
	}
	if (set->value == FIELD_VERDICT) {
		enum verdict verdict;
		/* Any rule may look it up: lead only to the last chain. */
		const char *chain =
			pick_verdict(generator, generator->ruleset->chain_count - 2, &verdict);

		ruleset_verdict(generator->ruleset, verdict, chain, &value);
	} else {
		value = pick(generator, UINT16_MAX) << 12 | serial;
	}
	set_add_element(set, key, end, value, serial + 1);
	/* As long as any test takes, and some more. */
	if (set->flags & SET_TIMEOUT)
		set_put_timeout(set, set->count - 1, 1000 * (300 + pick(generator, 100000)));
}

static bool may_be_interval(const struct set *set)
{
	for (unsigned int i = 0; i < set->field_count; i++)
		if (field_info(set->fields[i])->host_order ||
			(set->field_count == 1 && set->fields[i] == FIELD_IFNAME))
			return false;
	return true;
}

static void add_set(struct generator *generator, unsigned int number)
{
	static const enum field_type values[] = { FIELD_INVALID, FIELD_VERDICT, FIELD_MARK };
	unsigned int layout = pick(generator, COUNT(keys));
	enum field_type value = values[pick(generator, COUNT(values))];
	enum field_type fields[RULESET_FIELDS_MAX] = { FIELD_INVALID };
	unsigned int flags = value == FIELD_INVALID ? 0 : SET_MAP;
	unsigned int count = pick(generator, 4) ? pick(generator, 40) : pick(generator, 1500);
	char name[32];
	struct set *set;

	for (unsigned int i = 0; i < key_fields(layout); i++)
		fields[i] = key_field(layout, i);
	if (!flags && pick(generator, 3) == 0)
		flags = SET_DYNAMIC | SET_COUNTER;
	else if (!flags && pick(generator, 4) == 0)
		flags = SET_TIMEOUT;
	else if (pick(generator, 4) == 0)
		flags |= SET_COUNTER;
	snprintf(name, sizeof(name), "set-%u.x", number);
	set = ruleset_add_set(generator->ruleset, name, flags, fields, key_fields(layout), value);
	if (flags & SET_DYNAMIC) {
		set->size = 1024 + pick(generator, 1000);
		return;
	}
	if (!(flags & SET_TIMEOUT) && pick(generator, 2) && may_be_interval(set)) {
		set->flags |= SET_INTERVAL;
		set->stride += set->key_length;
		if (count > ranges_max())
			count = ranges_max();
	}
	if (field_info(fields[0])->length == 1 && count > 60)
		count = 60;
	if (fields[0] == FIELD_IFNAME && count > 250) /* names repeat after 1000 / 4 */
		count = 250;
	for (unsigned int i = 0; i < count; i++)
		add_element(generator, set, i);
}

/* The length of its name: see end_object_names() in test_decode.c. */
static void add_limit(struct generator *generator)
{
	static const uint32_t periods[] = { 1, 60, 3600 };
	uint32_t rate = 1 + pick(generator, 1000000), burst = 1 + pick(generator, 1000000);

	ruleset_add_limit(generator->ruleset, "limit-a", rate,
		periods[pick(generator, COUNT(periods))], burst);
}

static void add_compare(struct generator *generator, struct rule *rule)
{
	struct statement *statement = rule_add_statement(rule, STMT_COMPARE);
	const struct selector_info *info;

	statement->selectors[0] = (enum selector)pick(generator, SEL_COUNT);
	statement->selector_count = 1;
	statement->negate = pick(generator, 3) == 0;
	if (statement->selectors[0] == SEL_TH_SPORT) /* of ICMP, that is its type and code */
		statement->selectors[0] = SEL_TH_DPORT;
	info = selector_info(statement->selectors[0]);
	pick_bytes(generator, statement->data, info->length);
	if (info->field == FIELD_IFNAME) {
		memset(statement->data, 0, sizeof(statement->data));
		memcpy(statement->data, "eno1", 4);
	} else if ((info->field == FIELD_IPV4_ADDR || info->field == FIELD_IPV6_ADDR) &&
		   pick(generator, 2)) {
		statement->length = 1 + pick(generator, info->length - 1);
		memset(statement->data + statement->length, 0, info->length - statement->length);
	} else if (pick(generator, 2)) {
		pick_bytes(generator, statement->mask, info->length);
		statement->mask[0] |= 1;
	}
	/* What a test of the protocol may be. */
	if (statement->selectors[0] == SEL_META_NFPROTO)
		statement->data[0] = pick(generator, 2) ? 2 : 10;
	if (statement->selectors[0] == SEL_META_L4PROTO)
		statement->data[0] = (uint8_t[]){ 1, 6, 17, 58 }[pick(generator, 4)];
}

/* A statement about a random set, of the kind that the set is for. */
static void add_set_statement(struct generator *generator, struct rule *rule, bool last)
{
	const struct ruleset *ruleset = generator->ruleset;
	const struct set *set = &ruleset->sets[pick(generator, (unsigned int)ruleset->set_count)];
	enum statement_kind kind = STMT_LOOKUP;
	struct statement *statement;
	unsigned int layout = 0;

	while (!has_layout(set, layout))
		layout++;
	if (set->value == FIELD_VERDICT && last) { /* it leads to this very chain */
		add_compare(generator, rule);
		return;
	}
	if (set->value == FIELD_VERDICT)
		kind = STMT_VMAP;
	else if (set->value == FIELD_MARK)
		kind = STMT_CT_MARK_MAP;
	else if (set->flags & SET_DYNAMIC && pick(generator, 2))
		kind = STMT_ADD;
	statement = rule_add_statement(rule, kind);
	memcpy(statement->selectors, keys[layout], set->field_count * sizeof(keys[0][0]));
	statement->selector_count = set->field_count;
	statement->negate = kind == STMT_LOOKUP && pick(generator, 3) == 0;
	statement->name = strdup(set->name);
}

static void add_mark(struct generator *generator, struct rule *rule)
{
	struct statement *statement = rule_add_statement(rule, STMT_SET_MARK);
	uint32_t data = (uint32_t)rand_r(&generator->state), mask = 0;

	if (pick(generator, 2))
		mask = (uint32_t)rand_r(&generator->state) | 1;
	memcpy(statement->data, &data, sizeof(data));
	memcpy(statement->mask, &mask, sizeof(mask));
}

static void add_log(struct generator *generator, struct rule *rule)
{
	struct statement *statement = rule_add_statement(rule, STMT_LOG);

	statement->group = (uint16_t)pick(generator, 65536);
	statement->snaplen = pick(generator, 2) ? 128 : 0;
	statement->prefix = pick(generator, 2) ? strdup("hedate no-path a b 0123456789ab") : NULL;
}

static void add_statement(struct generator *generator, struct rule *rule, bool last)
{
	struct statement *statement;

	switch (pick(generator, 9)) {
	case 0:
	case 1:
	case 2:
		add_compare(generator, rule);
		break;
	case 3:
	case 4:
		add_set_statement(generator, rule, last);
		break;
	case 5:
		add_mark(generator, rule);
		break;
	case 6:
		add_log(generator, rule);
		break;
	case 7:
		statement = rule_add_statement(rule, STMT_LIMIT);
		statement->name = strdup(generator->ruleset->limits[0].name);
		break;
	default:
		statement = rule_add_statement(rule, STMT_COUNTER);
		statement->name = strdup(generator->ruleset->counters[pick(
			generator, (unsigned int)generator->ruleset->counter_count)]);
	}
}

static void add_rule(struct generator *generator, size_t index)
{
	struct rule *rule = chain_add_rule(&generator->ruleset->chains[index]);
	unsigned int count = pick(generator, 6);
	struct statement *statement;
	const char *chain;

	for (unsigned int i = 0; i < count; i++)
		add_statement(generator, rule, index + 1 == generator->ruleset->chain_count);
	rule->line = 100 + (unsigned int)index;
	if (pick(generator, 3) == 0)
		rule->comment = strdup("epoch 7 of 00-11; 青葉野");
	if (count && pick(generator, 3) == 0)
		return;
	statement = rule_add_statement(rule, STMT_VERDICT);
	chain = pick_verdict(generator, index, &statement->verdict);
	statement->name = chain ? strdup(chain) : NULL;
}

struct ruleset *random_ruleset(unsigned int seed)
{
	struct generator generator = { .state = seed };
	unsigned int sets;

	if (ruleset_new("hedate", &generator.ruleset) < 0)
		return NULL;
	add_chains(&generator);
	ruleset_add_counter(generator.ruleset, "deny-no-path-a-bc");
	ruleset_add_counter(generator.ruleset, "blocked-a");
	add_limit(&generator);
	sets = 1 + pick(&generator, 12);
	for (unsigned int i = 0; i < sets; i++)
		add_set(&generator, i);
	for (size_t i = 0; i < generator.ruleset->chain_count; i++) {
		unsigned int rules = pick(&generator, 8);

		for (unsigned int j = 0; j < rules; j++)
			add_rule(&generator, i);
	}
	ruleset_sort(generator.ruleset);
	return generator.ruleset;
}
