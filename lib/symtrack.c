/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the kernel keeps connections. It does as soon as any rule asks for one, and then puts
 * fragments together first of all: what comes to most rules is whole. Unless a rule that sees
 * packets before that takes them out.
 */
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter_ipv4.h>

#include "symexec_impl.h"

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

static bool any_expression(
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

/* Before fragments are put together; regular chains may be jumped to from such a chain. */
static bool is_early(const struct snap_chain *chain)
{
	const struct nltree *hook = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);

	return !hook ||
	       (int32_t)nltree_number(hook, NFTA_HOOK_PRIORITY, 0) <= NF_IP_PRI_CONNTRACK_DEFRAG;
}

static bool has_early_base(const struct snap_table *table)
{
	for (size_t i = 0; i < table->chain_count; i++)
		if (nltree_has(&table->chains[i].tree, NFTA_CHAIN_HOOK) &&
			is_early(&table->chains[i]))
			return true;
	return false;
}

bool sym_keeps_connections(const struct snapshot *snapshot, enum pkt_world world)
{
	const uint8_t family = world == PKT_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	bool found = false;

	for (size_t i = 0; i < snapshot->table_count; i++) {
		const struct snap_table *table = &snapshot->tables[i];

		if (table->family != NFPROTO_INET && table->family != family)
			continue;
		for (size_t k = 0; k < table->chain_count; k++) {
			const struct snap_chain *chain = &table->chains[k];

			found = found || any_expression(chain, needs_connections);
			if (is_early(chain) && has_early_base(table) &&
				any_expression(chain, may_take_out))
				return false;
		}
	}
	return found;
}

/* A packet in pieces comes by when its first piece does. That has the addresses and the first eight
 * bytes of the transport header; of what else tells pieces from the whole nothing is known. */
bdd_node sym_put_together(struct symexec *exec, bdd_node accepted)
{
	static const uint64_t fields = HDRSPACE_FIELD(PKT_FRAG_OFF) | HDRSPACE_FIELD(PKT_LENGTH) |
				       HDRSPACE_FIELD(PKT_NEXTHDR) | HDRSPACE_FIELD(PKT_TRUNCATED) |
				       HDRSPACE_FIELD(PKT_TCP_FLAGS);

	if (!exec->keeps_connections || exec->noting || exec->trace)
		return accepted;
	bdd_node pieces = sym_and(exec, exec->may_be_first, accepted);

	return sym_or(exec, accepted, hdrspace_forget(exec->space, pieces, fields));
}
