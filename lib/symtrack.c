/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the kernel keeps connections. It does as soon as any rule asks for one, and then puts
 * fragments together first of all: what comes to most rules is whole. Unless a rule that sees
 * packets before that takes them out.
 */
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include "symexec_impl.h"

static bool has_expression(const struct snap_chain *chain, const char *const *names, size_t count)
{
	for (size_t i = 0; i < chain->rule_count; i++) {
		const struct nltree *list = nltree_find(&chain->rules[i], NFTA_RULE_EXPRESSIONS);

		for (size_t k = 0; list && k < list->count; k++) {
			const char *name = nltree_text(&list->children[k], NFTA_EXPR_NAME);

			for (size_t n = 0; name && n < count; n++)
				if (strcmp(name, names[n]) == 0)
					return true;
		}
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
	static const char *const names[] = { "ct", "nat", "masq", "redir" };
	static const char *const against[] = { "notrack" };
	const uint8_t family = world == PKT_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	bool found = false;

	for (size_t i = 0; i < snapshot->table_count; i++) {
		const struct snap_table *table = &snapshot->tables[i];

		if (table->family != NFPROTO_INET && table->family != family)
			continue;
		for (size_t k = 0; k < table->chain_count; k++) {
			const struct snap_chain *chain = &table->chains[k];

			found |= has_expression(chain, names, sizeof(names) / sizeof(names[0]));
			if (is_early(chain) && has_early_base(table) &&
				has_expression(chain, against, 1))
				return false;
		}
	}
	return found;
}

/* A packet in pieces comes by when its first piece does. That has the addresses and the first eight
 * bytes of the transport header; of what else tells pieces from the whole nothing is known. */
bdd_node sym_put_together(struct symexec *exec, bdd_node accepted)
{
	static const enum pkt_field fields[] = { PKT_FRAG_OFF, PKT_LENGTH, PKT_NEXTHDR,
		PKT_TRUNCATED, PKT_TCP_FLAGS };

	if (!exec->keeps_connections || exec->noting || exec->trace)
		return accepted;
	bdd_node pieces = sym_and(exec, exec->may_be_first, accepted);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (pkt_field_bits(exec->world, fields[i]))
			pieces = hdrspace_forget(exec->space, pieces, fields[i]);
	return sym_or(exec, accepted, pieces);
}
