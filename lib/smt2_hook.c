/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The base chains that packets meet on their way, by hooks and priorities. */
#include <string.h>

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include "smt2_impl.h"
#include "snaphook.h"

/* A packet on one way. */
struct walk {
	struct smt2 *smt;
	enum sym_way way;
	uint32_t hook;
	struct smt2_packet packet;
	struct smt2_list conditions;
};

/* Who comes to one -----------------------------------------------------------------------------
 */

static const char *of_device(const struct walk *walk, const char *name)
{
	const char *field =
		walk->smt->came.fields[walk->hook == SNAPHOOK_EGRESS ? SMT2_OIFNAME : SMT2_IIFNAME];
	uint8_t bytes[16] = { 0 };

	memcpy(bytes, name, strnlen(name, sizeof(bytes) - 1));
	return smt2_format(
		walk->smt, "(= %s %s)", field, smt2_hex(walk->smt, bytes, sizeof(bytes)));
}

static const char *who_comes(const struct walk *walk, const struct snaphook_base *base)
{
	bool of_devices = walk->hook == SNAPHOOK_INGRESS || walk->hook == SNAPHOOK_EGRESS;
	const char *name, *here = of_devices ? "false" : "true";
	struct smt2 *smt = walk->smt;

	for (size_t i = 0; of_devices && (name = snaphook_device(base->chain, i)) != NULL; i++)
		here = smt2_or(smt, here, of_device(walk, name));
	return smt2_name(smt, base->nat ? smt2_and(smt, here, smt->is_new) : here);
}

static struct smt2_stage stage_of(const struct walk *walk, int32_t priority)
{
	uint32_t hook = walk->hook;
	bool whole = hook != SNAPHOOK_INGRESS && hook != SNAPHOOK_EARLY;
	struct smt2_stage stage = { .hook = hook, .tracked = whole };

	if (hook == SNAPHOOK_INGRESS || hook == SNAPHOOK_EARLY)
		stage.hook = NF_INET_PRE_ROUTING;
	if (hook == SNAPHOOK_EGRESS)
		stage.hook = NF_INET_POST_ROUTING;
	if (hook == NF_INET_PRE_ROUTING || hook == NF_INET_LOCAL_OUT)
		stage.tracked = priority > NF_IP_PRI_CONNTRACK;
	stage.hop_less = walk->way == SYM_FORWARD && whole && hook != NF_INET_PRE_ROUTING;
	return stage;
}

/* One base chain: who comes to it must be accepted. */
static void walk_base(
	struct walk *walk, const struct snaphook_base *base, struct smt2_packet *packet)
{
	struct smt2 *smt = walk->smt;
	const struct smt2_place place = {
		.table = base->table, .chain = base->chain, .stage = stage_of(walk, base->priority)
	};
	uint64_t policy = nltree_number(&base->chain->tree, NFTA_CHAIN_POLICY, NF_ACCEPT);
	const char *here = who_comes(walk, base);

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
static void walk_equals(struct walk *walk, const struct snaphook_base *bases, size_t count)
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
	bool destination = snaphook_nat_priority(walk->hook) == NF_IP_PRI_NAT_DST;
	struct smt2 *smt = walk->smt;

	if (!smt->translates || walk->hook >= SNAPHOOK_INGRESS || walk->hook == NF_INET_FORWARD ||
		priority < snaphook_nat_priority(walk->hook))
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
	size_t end;
	const struct snaphook_base *bases;
	struct snaphook_bases found;
	bool translated = false;

	if (snaphook_bases(walk->smt->question->snapshot, walk->smt->world, walk->hook, &found) < 0)
		walk->smt->failed = true;
	bases = found.list;
	for (size_t i = 0; i < found.count; i = end) {
		for (end = i; end < found.count && bases[end].priority == bases[i].priority; end++)
			;
		if (!translated && bases[i].priority >= snaphook_nat_priority(walk->hook)) {
			pass_translation(walk, bases[i].priority);
			translated = true;
		}
		walk_equals(walk, bases + i, end - i);
	}
	if (!translated)
		pass_translation(walk, INT32_MAX);
	snaphook_bases_clear(&found);
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
		[SYM_FORWARD] = { SNAPHOOK_INGRESS, SNAPHOOK_EARLY, NF_INET_PRE_ROUTING,
			NF_INET_FORWARD, NF_INET_POST_ROUTING, SNAPHOOK_EGRESS, UINT32_MAX },
		[SYM_INPUT] = { SNAPHOOK_INGRESS, SNAPHOOK_EARLY, NF_INET_PRE_ROUTING,
			NF_INET_LOCAL_IN, UINT32_MAX },
		[SYM_OUTPUT] = { NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING, SNAPHOOK_EGRESS,
			UINT32_MAX },
	};
	struct walk walk = { .smt = smt, .way = way, .packet = smt->came };
	bool pieces = smt->keeps_connections && way != SYM_OUTPUT;

	smt->translates = snaphook_translates(smt->question->snapshot, smt->world);
	if (pieces)
		come_in_pieces(&walk);
	const struct smt2_packet first = walk.packet;

	for (const uint32_t *hook = hooks[way]; *hook != UINT32_MAX; hook++) {
		walk.hook = *hook;
		walk_hook(&walk);
		if (pieces && *hook == SNAPHOOK_EARLY)
			put_together(&walk, &first);
	}
	const char *passes = smt2_name(smt, smt2_join(smt, "and", &walk.conditions));

	smt2_list_free(&walk.conditions);
	return passes;
}
