/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rulemake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(struct maker *maker, int error, const char *name)
{
	if (maker->error)
		return;
	maker->error = error;
	if (name)
		snprintf(maker->taken, sizeof(maker->taken), "%s", name);
}

static void *check(struct maker *maker, void *pointer)
{
	if (!pointer)
		fail(maker, -ENOMEM, NULL);
	return pointer;
}

static struct rule *last_rule(struct maker *maker)
{
	struct chain *chain;

	if (maker->error)
		return NULL;
	chain = &maker->ruleset->chains[maker->chain];
	return &chain->rules[chain->count - 1];
}

static struct statement *add_statement(struct maker *maker, enum statement_kind kind)
{
	struct rule *rule = last_rule(maker);

	return rule ? check(maker, rule_add_statement(rule, kind)) : NULL;
}

static void set_name(struct maker *maker, char **where, const char *name)
{
	*where = check(maker, strdup(name));
}

void make_chain(struct maker *maker, const char *name)
{
	if (maker->error)
		return;
	if (ruleset_find_chain(maker->ruleset, name))
		fail(maker, -EEXIST, name);
	else if (check(maker, ruleset_add_chain(maker->ruleset, name)))
		maker->chain = maker->ruleset->chain_count - 1;
}

void make_base_chain(struct maker *maker, const char *name, enum hook hook, int priority)
{
	make_chain(maker, name);
	if (maker->error)
		return;
	struct chain *chain = &maker->ruleset->chains[maker->chain];

	chain->hook = hook;
	chain->priority = priority;
	chain->policy_drop = true;
}

void make_rule(struct maker *maker, unsigned int line)
{
	struct rule *rule;

	if (maker->error)
		return;
	rule = check(maker, chain_add_rule(&maker->ruleset->chains[maker->chain]));
	if (rule)
		rule->line = line;
}

/* A number as it stands in a register: host order where nftables has it so, else network order. */
static void put_number(uint8_t *bytes, const struct selector_info *info, uint32_t value)
{
	if (info->host_order && info->length == sizeof(value)) {
		memcpy(bytes, &value, sizeof(value));
		return;
	}
	for (unsigned int i = info->length; i-- > 0; value >>= 8)
		bytes[i] = (uint8_t)value;
}

static struct statement *add_compare(struct maker *maker, enum selector selector)
{
	struct statement *statement = add_statement(maker, STMT_COMPARE);

	if (statement) {
		statement->selectors[0] = selector;
		statement->selector_count = 1;
	}
	return statement;
}

void make_test_mask(
	struct maker *maker, enum selector selector, uint32_t mask, uint32_t value, bool negate)
{
	struct statement *statement = add_compare(maker, selector);

	if (!statement)
		return;
	statement->negate = negate;
	put_number(statement->data, selector_info(selector), value);
	put_number(statement->mask, selector_info(selector), mask);
}

void make_test(struct maker *maker, enum selector selector, uint32_t value)
{
	make_test_mask(maker, selector, 0, value, false);
}

/* NFPROTO_IPV4, NFPROTO_IPV6 of linux/netfilter.h, which cannot be included beside
 * netinet/in.h. */
void make_family(struct maker *maker, enum addr_family family)
{
	make_test(maker, SEL_META_NFPROTO, family == ADDR_IPV4 ? 2 : 10);
}

void make_protocol(struct maker *maker, uint8_t protocol)
{
	make_test(maker, SEL_META_L4PROTO, protocol);
}

void make_interface(struct maker *maker, enum selector selector, const char *name)
{
	struct statement *statement = add_compare(maker, selector);
	unsigned int offset = 0;

	if (statement)
		key_put_ifname(statement->data, &offset, name);
}

void make_device(struct maker *maker, enum selector selector, const uint8_t mac[MAC_LENGTH])
{
	struct statement *statement = add_compare(maker, selector);

	if (statement)
		memcpy(statement->data, mac, MAC_LENGTH);
}

void make_prefix(struct maker *maker, enum selector selector, enum addr_family family,
	const uint8_t *bytes, unsigned int length)
{
	struct statement *statement;
	size_t size = addr_length(family);

	if (length == 0)
		return;
	statement = add_compare(maker, selector);
	if (!statement)
		return;
	memcpy(statement->data, bytes, size);
	if (length % 8 == 0) {
		statement->length = length / 8 == size ? 0 : length / 8;
		return;
	}
	memset(statement->mask, 0xff, length / 8);
	statement->mask[length / 8] = (uint8_t)(0xff00u >> length % 8);
}

void make_keyed(struct maker *maker, enum statement_kind kind, const struct selectors *selectors,
	const char *set)
{
	struct statement *statement = add_statement(maker, kind);

	if (!statement)
		return;
	memcpy(statement->selectors, selectors->list, sizeof(statement->selectors));
	statement->selector_count = selectors->count;
	set_name(maker, &statement->name, set);
}

void make_lookup_not(struct maker *maker, const struct selectors *selectors, const char *set)
{
	struct rule *rule;

	make_keyed(maker, STMT_LOOKUP, selectors, set);
	rule = last_rule(maker);
	if (rule)
		rule->statements[rule->count - 1].negate = true;
}

void make_mark(struct maker *maker, uint32_t mask, uint32_t value)
{
	struct statement *statement = add_statement(maker, STMT_SET_MARK);

	if (!statement)
		return;
	memcpy(statement->data, &value, sizeof(value));
	memcpy(statement->mask, &mask, sizeof(mask));
}

void make_counter(struct maker *maker, const char *counter)
{
	struct statement *statement = add_statement(maker, STMT_COUNTER);

	if (statement)
		set_name(maker, &statement->name, counter);
}

void make_limit(struct maker *maker, const char *limit)
{
	struct statement *statement = add_statement(maker, STMT_LIMIT);

	if (statement)
		set_name(maker, &statement->name, limit);
}

void make_log(struct maker *maker, const char *prefix, uint16_t group, uint32_t snaplen)
{
	struct statement *statement = add_statement(maker, STMT_LOG);

	if (!statement)
		return;
	statement->group = group;
	statement->snaplen = snaplen;
	set_name(maker, &statement->prefix, prefix);
}

void make_verdict(struct maker *maker, enum verdict verdict, const char *chain)
{
	struct statement *statement = add_statement(maker, STMT_VERDICT);

	if (!statement)
		return;
	statement->verdict = verdict;
	if (chain)
		set_name(maker, &statement->name, chain);
}

void make_comment(struct maker *maker, const char *comment)
{
	struct rule *rule = last_rule(maker);

	if (!rule)
		return;
	free(rule->comment);
	set_name(maker, &rule->comment, comment);
}

void make_counter_object(struct maker *maker, const char *name)
{
	int error;

	if (maker->error)
		return;
	error = ruleset_add_counter(maker->ruleset, name);
	if (error < 0)
		fail(maker, error, name);
}

void make_limit_object(
	struct maker *maker, const char *name, uint32_t rate, uint32_t per_seconds, uint32_t burst)
{
	int error;

	if (maker->error)
		return;
	error = ruleset_add_limit(maker->ruleset, name, rate, per_seconds, burst);
	if (error < 0)
		fail(maker, error, name);
}

struct set *make_set(struct maker *maker, const char *name, unsigned int flags,
	const enum field_type *fields, unsigned int field_count, enum field_type value)
{
	if (maker->error)
		return NULL;
	if (ruleset_find_set(maker->ruleset, name)) {
		fail(maker, -EEXIST, name);
		return NULL;
	}
	return check(
		maker, ruleset_add_set(maker->ruleset, name, flags, fields, field_count, value));
}

void make_element(struct maker *maker, struct set *set, const uint8_t *key, const uint8_t *key_end,
	uint32_t value, unsigned int line)
{
	if (!maker->error && set_add_element(set, key, key_end, value, line) < 0)
		fail(maker, -ENOMEM, NULL);
}

void make_element_goto(struct maker *maker, struct set *set, const uint8_t *key, const char *chain)
{
	enum verdict verdict = chain ? VERDICT_GOTO : VERDICT_ACCEPT;
	uint32_t index;

	if (maker->error)
		return;
	if (ruleset_verdict(maker->ruleset, verdict, chain, &index) < 0)
		fail(maker, -ENOMEM, NULL);
	else
		make_element(maker, set, key, NULL, index, 0);
}
