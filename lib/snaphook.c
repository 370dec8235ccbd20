/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snaphook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter_ipv4.h>

#define NO_HOOK UINT32_MAX

/* Base chains ---------------------------------------------------------------------------------- */

static bool is_base(const struct snap_chain *chain)
{
	return nltree_has(&chain->tree, NFTA_CHAIN_HOOK);
}

static int32_t priority_of(const struct snap_chain *chain)
{
	const struct nltree *hook = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);

	return (int32_t)nltree_number(hook, NFTA_HOOK_PRIORITY, 0);
}

/* Before fragments are put together. */
static bool is_early(const struct snap_chain *chain)
{
	return priority_of(chain) <= NF_IP_PRI_CONNTRACK_DEFRAG;
}

static bool is_nat(const struct snap_chain *chain)
{
	const char *type = nltree_text(&chain->tree, NFTA_CHAIN_TYPE);

	return type && strcmp(type, "nat") == 0;
}

static bool is_of_world(const struct snap_table *table, enum pkt_world world)
{
	static const uint8_t families[PKT_WORLDS] = { NFPROTO_IPV4, NFPROTO_IPV6 };

	return table->family == NFPROTO_INET || table->family == families[world];
}

/* The hook that a chain is at; NO_HOOK: none that packets of this world meet. */
static uint32_t hook_of(
	const struct snap_table *table, const struct snap_chain *chain, enum pkt_world world)
{
	const struct nltree *hook = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);
	uint32_t number = (uint32_t)nltree_number(hook, NFTA_HOOK_HOOKNUM, NO_HOOK);

	if (!hook)
		return NO_HOOK;
	if (table->family == NFPROTO_NETDEV)
		return number == NF_NETDEV_INGRESS  ? SNAPHOOK_INGRESS
		       : number == NF_NETDEV_EGRESS ? SNAPHOOK_EGRESS
						    : NO_HOOK;
	if (!is_of_world(table, world))
		return NO_HOOK;
	if (table->family == NFPROTO_INET && number == NF_INET_INGRESS)
		return SNAPHOOK_INGRESS;
	return number == NF_INET_PRE_ROUTING && is_early(chain) ? SNAPHOOK_EARLY : number;
}

int32_t snaphook_nat_priority(uint32_t hook)
{
	return hook == NF_INET_PRE_ROUTING || hook == NF_INET_LOCAL_OUT ? NF_IP_PRI_NAT_DST
									: NF_IP_PRI_NAT_SRC;
}

static int compare_bases(const void *a, const void *b)
{
	const struct snaphook_base *left = a, *right = b;

	return left->priority < right->priority ? -1 : left->priority > right->priority;
}

static void add_bases(struct snaphook_bases *bases, const struct snap_table *table,
	enum pkt_world world, uint32_t hook)
{
	for (size_t i = 0; i < table->chain_count; i++) {
		const struct snap_chain *chain = &table->chains[i];
		bool nat = is_nat(chain);

		if (hook_of(table, chain, world) == hook)
			bases->list[bases->count++] = (struct snaphook_base){ table, chain,
				nat ? snaphook_nat_priority(hook) : priority_of(chain), nat };
	}
}

int snaphook_bases(const struct snapshot *snapshot, enum pkt_world world, uint32_t hook,
	struct snaphook_bases *ret_bases)
{
	size_t room = 1;

	for (size_t i = 0; i < snapshot->table_count; i++)
		room += snapshot->tables[i].chain_count;
	*ret_bases = (struct snaphook_bases){ calloc(room, sizeof(*ret_bases->list)), 0 };
	if (!ret_bases->list)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->table_count; i++) {
		const struct snap_table *table = &snapshot->tables[i];

		if (!(nltree_number(&table->tree, NFTA_TABLE_FLAGS, 0) & NFT_TABLE_F_DORMANT))
			add_bases(ret_bases, table, world, hook);
	}
	qsort(ret_bases->list, ret_bases->count, sizeof(*ret_bases->list), compare_bases);
	return 0;
}

void snaphook_bases_clear(struct snaphook_bases *bases)
{
	free(bases->list);
	*bases = (struct snaphook_bases){ 0 };
}

const char *snaphook_device(const struct snap_chain *chain, size_t index)
{
	const struct nltree *hook = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);
	const struct nltree *list = nltree_find(hook, NFTA_HOOK_DEVS);
	const char *one = nltree_text(hook, NFTA_HOOK_DEV);

	if (one && index-- == 0)
		return one;
	for (size_t i = 0; list && i < list->count; i++)
		if (list->children[i].kind == NLTREE_TEXT && index-- == 0)
			return (const char *)list->children[i].bytes;
	return NULL;
}

bool snaphook_translates(const struct snapshot *snapshot, enum pkt_world world)
{
	for (size_t i = 0; i < snapshot->table_count; i++)
		for (size_t k = 0; k < snapshot->tables[i].chain_count; k++) {
			const struct snap_table *table = &snapshot->tables[i];

			if (is_nat(&table->chains[k]) &&
				hook_of(table, &table->chains[k], world) != NO_HOOK)
				return true;
		}
	return false;
}

/* Connections ---------------------------------------------------------------------------------- */

/* Expressions that need connections; those of iptables-nft by what they stand for. */
static const struct {
	const char *name;
	uint16_t attribute; /* that says what for; 0: it always does */
	const char *what;
} needs[] = {
	{ "ct", 0, NULL },
	{ "masq", 0, NULL },
	{ "match", NFTA_MATCH_NAME, "connmark" },
	{ "match", NFTA_MATCH_NAME, "conntrack" },
	{ "match", NFTA_MATCH_NAME, "state" },
	{ "nat", 0, NULL },
	{ "redir", 0, NULL },
	{ "target", NFTA_TARGET_NAME, "CONNMARK" },
	{ "target", NFTA_TARGET_NAME, "DNAT" },
	{ "target", NFTA_TARGET_NAME, "MASQUERADE" },
	{ "target", NFTA_TARGET_NAME, "REDIRECT" },
	{ "target", NFTA_TARGET_NAME, "SNAT" },
};

static bool needs_connections(const struct nltree *expression)
{
	const char *name = nltree_text(expression, NFTA_EXPR_NAME);
	const struct nltree *data = nltree_find(expression, NFTA_EXPR_DATA);

	for (size_t i = 0; name && i < sizeof(needs) / sizeof(needs[0]); i++) {
		const char *what =
			needs[i].attribute ? nltree_text(data, needs[i].attribute) : NULL;

		if (strcmp(name, needs[i].name) == 0 &&
			(!needs[i].what || (what && strcmp(what, needs[i].what) == 0)))
			return true;
	}
	return false;
}

/* They take packets out; of what is not known anything may be. */
static bool may_take_out(const struct nltree *expression)
{
	const char *name = nltree_text(expression, NFTA_EXPR_NAME);

	return !name || !nltree_is_known(expression) || strcmp(name, "notrack") == 0 ||
	       strcmp(name, "target") == 0;
}

bool snaphook_any_expression(
	const struct snap_chain *chain, bool (*is)(const struct nltree *expression))
{
	for (size_t i = 0; i < chain->rule_count; i++) {
		const struct nltree *list = nltree_find(&chain->rules[i], NFTA_RULE_EXPRESSIONS);

		for (size_t k = 0; list && k < list->count; k++)
			if (is(&list->children[k]))
				return true;
	}
	return false;
}

/* Regular chains may be jumped to from an early one. */
static bool takes_out(const struct snap_table *table)
{
	bool early = false;

	for (size_t i = 0; i < table->chain_count; i++)
		early |= is_base(&table->chains[i]) && is_early(&table->chains[i]);
	for (size_t i = 0; early && i < table->chain_count; i++) {
		const struct snap_chain *chain = &table->chains[i];

		if ((!is_base(chain) || is_early(chain)) &&
			snaphook_any_expression(chain, may_take_out))
			return true;
	}
	return false;
}

bool snaphook_keeps_connections(const struct snapshot *snapshot, enum pkt_world world)
{
	bool found = false;

	for (size_t i = 0; i < snapshot->table_count; i++) {
		const struct snap_table *table = &snapshot->tables[i];

		if (!is_of_world(table, world))
			continue;
		if (takes_out(table))
			return false;
		for (size_t k = 0; !found && k < table->chain_count; k++)
			found = snaphook_any_expression(&table->chains[k], needs_connections);
	}
	return found;
}
