/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The base chains that packets meet on their way, by hooks and priorities. */
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include "smt2_impl.h"

struct base {
	const struct snap_table *table;
	const struct snap_chain *chain;
	int32_t priority;
};

/* Where on the way; beside NF_INET_*. */
#define INGRESS 200 /* of a device */
#define EARLY	201 /* of prerouting, before packets are put together */
#define EGRESS	202

/* A packet on one way. */
struct walk {
	struct smt2 *smt;
	enum sym_way way;
	uint32_t hook;
	struct smt2_packet packet;
	struct smt2_list conditions;
};

/* Which base chains -----------------------------------------------------------------------------
 */

static uint32_t hook_of(
	const struct smt2 *smt, const struct snap_table *table, const struct snap_chain *chain)
{
	const struct nltree *hook = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);
	uint64_t number = nltree_number(hook, NFTA_HOOK_HOOKNUM, UINT32_MAX);
	uint8_t family = smt->world == PKT_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	if (!hook)
		return UINT32_MAX;
	if (table->family == NFPROTO_NETDEV)
		return number == NF_NETDEV_INGRESS  ? INGRESS
		       : number == NF_NETDEV_EGRESS ? EGRESS
						    : UINT32_MAX;
	if (table->family != NFPROTO_INET && table->family != family)
		return UINT32_MAX;
	if (table->family == NFPROTO_INET && number == NF_INET_INGRESS)
		return INGRESS;
	if (number == NF_INET_PRE_ROUTING &&
		(int32_t)nltree_number(hook, NFTA_HOOK_PRIORITY, 0) <= NF_IP_PRI_CONNTRACK_DEFRAG)
		return EARLY;
	return (uint32_t)number;
}

static bool is_nat(const struct snap_chain *chain)
{
	const char *type = nltree_text(&chain->tree, NFTA_CHAIN_TYPE);

	return type && strcmp(type, "nat") == 0;
}

/* Where addresses are translated, whatever the chain says. */
static int32_t nat_priority(uint32_t hook)
{
	return hook == NF_INET_PRE_ROUTING || hook == NF_INET_LOCAL_OUT ? NF_IP_PRI_NAT_DST
									: NF_IP_PRI_NAT_SRC;
}

static int compare_bases(const void *a, const void *b)
{
	const struct base *left = a, *right = b;

	return left->priority < right->priority ? -1 : left->priority > right->priority;
}

/* Those at the walk's hook, by priority. NULL: no memory. */
static struct base *find_bases(const struct walk *walk, size_t *ret_count)
{
	const struct snapshot *snapshot = walk->smt->question->snapshot;
	struct base *bases;
	size_t room = 0;

	for (size_t i = 0; i < snapshot->table_count; i++)
		room += snapshot->tables[i].chain_count;
	bases = calloc(room + 1, sizeof(*bases));
	*ret_count = 0;
	for (size_t i = 0; bases && i < snapshot->table_count; i++) {
		const struct snap_table *table = &snapshot->tables[i];

		if (nltree_number(&table->tree, NFTA_TABLE_FLAGS, 0) & NFT_TABLE_F_DORMANT)
			continue;
		for (size_t k = 0; k < table->chain_count; k++) {
			const struct snap_chain *chain = &table->chains[k];
			const struct nltree *at = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);

			if (hook_of(walk->smt, table, chain) == walk->hook)
				bases[(*ret_count)++] = (struct base){ table, chain,
					is_nat(chain) ? nat_priority(walk->hook)
						      : (int32_t)nltree_number(
								at, NFTA_HOOK_PRIORITY, 0) };
		}
	}
	if (bases)
		qsort(bases, *ret_count, sizeof(*bases), compare_bases);
	return bases;
}

static bool any_translates(const struct smt2 *smt)
{
	const struct snapshot *snapshot = smt->question->snapshot;

	for (size_t i = 0; i < snapshot->table_count; i++)
		for (size_t k = 0; k < snapshot->tables[i].chain_count; k++)
			if (is_nat(&snapshot->tables[i].chains[k]) &&
				hook_of(smt, &snapshot->tables[i],
					&snapshot->tables[i].chains[k]) != UINT32_MAX)
				return true;
	return false;
}

/* Who comes to one -----------------------------------------------------------------------------
 */

static const char *of_device(const struct walk *walk, const char *name)
{
	const char *field =
		walk->smt->came.fields[walk->hook == EGRESS ? SMT2_OIFNAME : SMT2_IIFNAME];
	uint8_t bytes[16] = { 0 };

	memcpy(bytes, name, strnlen(name, sizeof(bytes) - 1));
	return smt2_format(
		walk->smt, "(= %s %s)", field, smt2_hex(walk->smt, bytes, sizeof(bytes)));
}

static const char *who_comes(const struct walk *walk, const struct snap_chain *chain)
{
	const struct nltree *at = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);
	const char *name = nltree_text(at, NFTA_HOOK_DEV), *here = "false";
	const struct nltree *list = nltree_find(at, NFTA_HOOK_DEVS);
	struct smt2 *smt = walk->smt;

	if (walk->hook == INGRESS || walk->hook == EGRESS) {
		if (name)
			here = of_device(walk, name);
		for (size_t i = 0; list && i < list->count; i++)
			if (list->children[i].kind == NLTREE_TEXT)
				here = smt2_or(smt, here,
					of_device(walk, (const char *)list->children[i].bytes));
	} else {
		here = "true";
	}
	/* A chain of type nat sees the first packet of each connection. */
	return smt2_name(smt, is_nat(chain) ? smt2_and(smt, here, smt->is_new) : here);
}

static struct smt2_stage stage_of(const struct walk *walk, int32_t priority)
{
	uint32_t hook = walk->hook;
	bool whole = hook != INGRESS && hook != EARLY;
	struct smt2_stage stage = { .hook = hook, .tracked = whole };

	if (hook == INGRESS || hook == EARLY)
		stage.hook = NF_INET_PRE_ROUTING;
	if (hook == EGRESS)
		stage.hook = NF_INET_POST_ROUTING;
	if (hook == NF_INET_PRE_ROUTING || hook == NF_INET_LOCAL_OUT)
		stage.tracked = priority > NF_IP_PRI_CONNTRACK;
	stage.hop_less = walk->way == SYM_FORWARD && whole && hook != NF_INET_PRE_ROUTING;
	return stage;
}

/* One base chain: who comes to it must be accepted. */
static void walk_base(struct walk *walk, const struct base *base, struct smt2_packet *packet)
{
	struct smt2 *smt = walk->smt;
	const struct smt2_place place = {
		.table = base->table, .chain = base->chain, .stage = stage_of(walk, base->priority)
	};
	uint64_t policy = nltree_number(&base->chain->tree, NFTA_CHAIN_POLICY, NF_ACCEPT);
	const char *here = who_comes(walk, base->chain);

	fprintf(smt->body, "; base chain %s %s, priority %d\n", snap_table_name(base->table),
		snap_chain_name(base->chain), (int)base->priority);
	const struct smt2_chain chain = smt2_follow(smt, &place, packet);
	const char *accepted =
		policy == NF_DROP ? chain.accepted : smt2_or(smt, chain.accepted, chain.returned);

	for (unsigned int i = 0; i < SMT2_FIELDS; i++)
		if (chain.after.fields[i] != packet->fields[i])
			packet->fields[i] = smt2_name_bits(smt, smt2_field_bits(smt->world, i),
				smt2_format(smt, "(ite %s %s %s)", here, chain.after.fields[i],
					packet->fields[i]));
	smt2_list_add(smt, &walk->conditions,
		smt2_name(smt, smt2_or(smt, smt2_not(smt, here), accepted)));
}

static void forget(struct walk *walk, struct smt2_packet *packet, enum smt2_field field)
{
	unsigned int bits = smt2_field_bits(walk->smt->world, field);

	if (bits)
		packet->fields[field] = smt2_any_bits(walk->smt, bits);
}

/* Chains of one priority: which comes first is not known. What any of them writes is free for each,
 * and behind them. */
static void walk_equals(struct walk *walk, const struct base *bases, size_t count)
{
	bool written[SMT2_FIELDS] = { false }, more = true;
	struct smt2_packet before = walk->packet;

	if (count == 1) {
		walk_base(walk, bases, &walk->packet);
		return;
	}
	while (more && !walk->smt->failed) {
		size_t conditions = walk->conditions.count;

		more = false;
		for (size_t i = 0; i < count; i++) {
			struct smt2_packet mine = before, at;

			for (unsigned int k = 0; k < SMT2_FIELDS; k++)
				if (written[k])
					forget(walk, &mine, k);
			at = mine;
			walk_base(walk, &bases[i], &mine);
			for (unsigned int k = 0; k < SMT2_FIELDS; k++)
				if (mine.fields[k] != at.fields[k] && !written[k])
					written[k] = more = true;
		}
		if (more) /* once more, with that */
			walk->conditions.count = conditions;
	}
	for (unsigned int k = 0; k < SMT2_FIELDS; k++)
		if (written[k])
			forget(walk, &walk->packet, k);
}

/* Packets of known connections have had one of their ends translated here. */
static void pass_translation(struct walk *walk, int32_t priority)
{
	static const enum smt2_field ends[2][2] = { { SMT2_SADDR, SMT2_SPORT },
		{ SMT2_DADDR, SMT2_DPORT } };
	bool destination = nat_priority(walk->hook) == NF_IP_PRI_NAT_DST;
	struct smt2 *smt = walk->smt;

	if (!smt->translates || walk->hook >= INGRESS || walk->hook == NF_INET_FORWARD ||
		priority < nat_priority(walk->hook))
		return;
	bool known = walk->packet.fields[SMT2_CT_STATE] == smt->came.fields[SMT2_CT_STATE];

	for (size_t i = 0; i < 2; i++) {
		enum smt2_field field = ends[destination][i];
		const char *other = smt2_any_bits(smt, smt2_field_bits(smt->world, field));

		walk->packet.fields[field] =
			!known ? other
			       : smt2_name_bits(smt, smt2_field_bits(smt->world, field),
					 smt2_format(smt, "(ite (or %s %s) %s %s)", smt->is_new,
						 smt->no_connection, walk->packet.fields[field],
						 other));
	}
}

static void walk_hook(struct walk *walk)
{
	size_t count, end;
	struct base *bases = find_bases(walk, &count);
	bool translated = false;

	walk->smt->failed |= !bases;
	for (size_t i = 0; bases && i < count; i = end) {
		for (end = i; end < count && bases[end].priority == bases[i].priority; end++)
			;
		if (!translated && bases[i].priority >= nat_priority(walk->hook)) {
			pass_translation(walk, bases[i].priority);
			translated = true;
		}
		walk_equals(walk, bases + i, end - i);
	}
	if (!translated)
		pass_translation(walk, INT32_MAX);
	free(bases);
}

/* Pieces ---------------------------------------------------------------------------------------
 */

/* What else tells a packet's first piece from the whole. */
static const enum smt2_field of_pieces[] = { SMT2_FRAGMENT, SMT2_LENGTH, SMT2_NEXTHDR, SMT2_CUT,
	SMT2_TCP_FLAGS };

/* Is a piece the first of several, as far as can be told? In IPv6 the header that tells may stand
 * behind others. */
static const char *may_be_first(struct smt2 *smt, const struct smt2_packet *piece)
{
	static const uint8_t before[] = { IPPROTO_FRAGMENT, IPPROTO_HOPOPTS, IPPROTO_ROUTING,
		IPPROTO_AH, IPPROTO_DSTOPTS };
	const char *fragment = piece->fields[SMT2_FRAGMENT], *any = "false";

	if (smt->world == PKT_IPV4)
		return smt2_format(smt, "(= ((_ extract 13 0) %s) #b10000000000000)", fragment);
	for (size_t i = 0; i < sizeof(before); i++)
		any = smt2_or(smt, any,
			smt2_format(smt, "(= %s #x%02x)", piece->fields[SMT2_NEXTHDR], before[i]));
	return smt2_and(smt, any, smt2_not(smt, smt2_later(smt, fragment)));
}

/* Before packets are put together the first piece comes by, or the packet in one piece. */
static void come_in_pieces(struct walk *walk)
{
	const char *same = "true";
	struct smt2 *smt = walk->smt;

	for (size_t i = 0; i < sizeof(of_pieces) / sizeof(of_pieces[0]); i++) {
		enum smt2_field field = of_pieces[i];

		if (!smt->came.fields[field])
			continue;
		forget(walk, &walk->packet, field);
		same = smt2_and(smt, same,
			smt2_format(smt, "(= %s %s)", walk->packet.fields[field],
				smt->came.fields[field]));
	}
	smt2_list_add(smt, &walk->conditions,
		smt2_name(smt, smt2_or(smt, same, may_be_first(smt, &walk->packet))));
}

/* What rules have written to the pieces is free in the whole. */
static void put_together(struct walk *walk, const struct smt2_packet *pieces)
{
	for (size_t i = 0; i < sizeof(of_pieces) / sizeof(of_pieces[0]); i++) {
		enum smt2_field field = of_pieces[i];

		if (walk->packet.fields[field] == pieces->fields[field])
			walk->packet.fields[field] = walk->smt->came.fields[field];
		else
			forget(walk, &walk->packet, field);
	}
}

const char *smt2_way(struct smt2 *smt, enum sym_way way)
{
	static const uint32_t hooks[SYM_WAYS][7] = {
		[SYM_FORWARD] = { INGRESS, EARLY, NF_INET_PRE_ROUTING, NF_INET_FORWARD,
			NF_INET_POST_ROUTING, EGRESS, UINT32_MAX },
		[SYM_INPUT] = { INGRESS, EARLY, NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN, UINT32_MAX },
		[SYM_OUTPUT] = { NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING, EGRESS, UINT32_MAX },
	};
	struct walk walk = { .smt = smt, .way = way, .packet = smt->came };
	bool pieces = smt->keeps_connections && way != SYM_OUTPUT;

	smt->translates = any_translates(smt);
	if (pieces)
		come_in_pieces(&walk);
	const struct smt2_packet first = walk.packet;

	for (const uint32_t *hook = hooks[way]; *hook != UINT32_MAX; hook++) {
		walk.hook = *hook;
		walk_hook(&walk);
		if (pieces && *hook == EARLY)
			put_together(&walk, &first);
	}
	const char *passes = smt2_name(smt, smt2_join(smt, "and", &walk.conditions));

	smt2_list_free(&walk.conditions);
	return passes;
}
