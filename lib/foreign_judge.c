/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an expression of a rule can do, by its name and attributes: see foreign.h. */
#include <stdio.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include "foreign_impl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOTHING	     0
/* Of kernels later than the headers that this is built with. */
#define META_BRI_BROUTE 34

/* A name, and what it can do. */
struct meaning {
	const char *name;
	uint32_t risks;
};

static const struct meaning *find(const struct meaning *meanings, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(meanings[i].name, name) == 0)
			return &meanings[i];
	return NULL;
}

/* The value of an attribute that is a number; absent where it is not there or none. */
static uint32_t number_of(struct attrs attrs, unsigned int type, uint32_t absent)
{
	const struct nlattr *attr;

	while ((attr = attrs_next(&attrs)) != NULL)
		if (attr_type(attr) == type && attr_length(attr) == sizeof(uint32_t))
			return attr_u32(attr, absent);
	return absent;
}

static const struct nlattr *nest_of(struct attrs attrs, unsigned int type)
{
	const struct nlattr *attr;

	while ((attr = attrs_next(&attrs)) != NULL)
		if (attr_type(attr) == type)
			return attr;
	return NULL;
}

static const char *text_of(struct attrs attrs, unsigned int type)
{
	const struct nlattr *attr = nest_of(attrs, type);

	if (!attr || attr_length(attr) == 0 ||
		strnlen(attr_value(attr), attr_length(attr)) == attr_length(attr))
		return NULL;
	return attr_value(attr);
}

/* Expressions that do more than their name says ------------------------------------------------ */

static void judge_immediate(struct foreign_table *table, struct attrs attrs)
{
	const struct nlattr *data = nest_of(attrs, NFTA_IMMEDIATE_DATA);
	const struct nlattr *verdict =
		data ? nest_of(attrs_of_nest(data), NFTA_DATA_VERDICT) : NULL;

	if (!data)
		foreign_opaque(table, "immediate");
	if (!verdict)
		return;
	switch ((int32_t)number_of(attrs_of_nest(verdict), NFTA_VERDICT_CODE, NF_STOLEN)) {
	case NF_ACCEPT:
	case NF_DROP:
	case NFT_CONTINUE:
	case NFT_BREAK:
	case NFT_JUMP:
	case NFT_GOTO:
	case NFT_RETURN:
		break;
	case NF_QUEUE:
		table->risks |= FOREIGN_BIT(FOREIGN_QUEUE);
		break;
	default:
		foreign_opaque(table, "verdict");
	}
}

static void judge_meta(struct foreign_table *table, struct attrs attrs)
{
	if (!nest_of(attrs, NFTA_META_SREG))
		return;
	switch (number_of(attrs, NFTA_META_KEY, UINT32_MAX)) {
	case NFT_META_PRIORITY:
	case NFT_META_NFTRACE:
	case NFT_META_SECMARK:
		break;
	case NFT_META_MARK:
		table->risks |= FOREIGN_BIT(FOREIGN_MARK);
		break;
	case NFT_META_PKTTYPE:
		table->risks |= FOREIGN_BIT(FOREIGN_REWRITE);
		break;
	case META_BRI_BROUTE:
		table->risks |= FOREIGN_BIT(FOREIGN_LAYER2);
		break;
	default:
		foreign_opaque(table, "meta set");
	}
}

static void judge_ct(struct foreign_table *table, struct attrs attrs)
{
	if (!nest_of(attrs, NFTA_CT_SREG))
		return;
	switch (number_of(attrs, NFTA_CT_KEY, UINT32_MAX)) {
	case NFT_CT_LABELS:
	case NFT_CT_EVENTMASK:
	case NFT_CT_SECMARK:
		break;
	case NFT_CT_MARK:
		table->risks |= FOREIGN_BIT(FOREIGN_CT_MARK);
		break;
	case NFT_CT_ZONE:
		table->risks |= FOREIGN_BIT(FOREIGN_NOTRACK);
		break;
	default:
		foreign_opaque(table, "ct set");
	}
}

static void judge_payload(struct foreign_table *table, struct attrs attrs)
{
	if (nest_of(attrs, NFTA_PAYLOAD_SREG))
		table->risks |= FOREIGN_BIT(FOREIGN_REWRITE);
}

/* The source is changed after our rules have judged it. */
static void judge_nat(struct foreign_table *table, struct attrs attrs)
{
	if (number_of(attrs, NFTA_NAT_TYPE, NFT_NAT_DNAT) != NFT_NAT_SNAT)
		table->risks |= FOREIGN_BIT(FOREIGN_NAT);
}

void foreign_judge_object(struct foreign_table *table, uint32_t type)
{
	switch (type) {
	case NFT_OBJECT_COUNTER:
	case NFT_OBJECT_QUOTA:
	case NFT_OBJECT_LIMIT:
	case NFT_OBJECT_CONNLIMIT:
	case NFT_OBJECT_CT_TIMEOUT:
	case NFT_OBJECT_SECMARK:
		break;
	case NFT_OBJECT_CT_HELPER:
	case NFT_OBJECT_CT_EXPECT:
		table->risks |= FOREIGN_BIT(FOREIGN_EXPECT);
		break;
	case NFT_OBJECT_SYNPROXY:
		table->risks |= FOREIGN_BIT(FOREIGN_PROXY);
		break;
	case NFT_OBJECT_TUNNEL:
		table->risks |= FOREIGN_BIT(FOREIGN_FORWARD);
		break;
	default:
		foreign_opaque(table, "object");
	}
}

/* One of a map is judged with the map. */
static void judge_objref(struct foreign_table *table, struct attrs attrs)
{
	if (nest_of(attrs, NFTA_OBJREF_IMM_TYPE))
		foreign_judge_object(table, number_of(attrs, NFTA_OBJREF_IMM_TYPE, UINT32_MAX));
	else if (!nest_of(attrs, NFTA_OBJREF_SET_NAME))
		foreign_opaque(table, "objref");
}

/* What iptables-nft and its like leave to the older modules. */
static void judge_target(struct foreign_table *table, struct attrs attrs)
{
	static const struct meaning targets[] = {
		{ "ACCEPT", NOTHING },
		{ "AUDIT", NOTHING },
		{ "CHECKSUM", NOTHING },
		{ "CLASSIFY", NOTHING },
		{ "CONNMARK", FOREIGN_BIT(FOREIGN_CT_MARK) },
		{ "CT", FOREIGN_BIT(FOREIGN_NOTRACK) | FOREIGN_BIT(FOREIGN_EXPECT) },
		{ "DNAT", FOREIGN_BIT(FOREIGN_NAT) },
		{ "DNPT", FOREIGN_BIT(FOREIGN_NAT) },
		{ "DROP", NOTHING },
		{ "DSCP", FOREIGN_BIT(FOREIGN_REWRITE) },
		{ "ECN", FOREIGN_BIT(FOREIGN_REWRITE) },
		{ "HL", FOREIGN_BIT(FOREIGN_REWRITE) },
		{ "LOG", NOTHING },
		{ "MARK", FOREIGN_BIT(FOREIGN_MARK) },
		{ "MASQUERADE", NOTHING },
		{ "NETMAP", FOREIGN_BIT(FOREIGN_NAT) },
		{ "NFLOG", NOTHING },
		{ "NFQUEUE", FOREIGN_BIT(FOREIGN_QUEUE) },
		{ "NOTRACK", FOREIGN_BIT(FOREIGN_NOTRACK) },
		{ "REDIRECT", FOREIGN_BIT(FOREIGN_NAT) },
		{ "REJECT", NOTHING },
		{ "SNAT", NOTHING },
		{ "SYNPROXY", FOREIGN_BIT(FOREIGN_PROXY) },
		{ "TCPMSS", NOTHING },
		{ "TEE", FOREIGN_BIT(FOREIGN_FORWARD) },
		{ "TOS", FOREIGN_BIT(FOREIGN_REWRITE) },
		{ "TPROXY", FOREIGN_BIT(FOREIGN_PROXY) },
		{ "TRACE", NOTHING },
		{ "TTL", FOREIGN_BIT(FOREIGN_REWRITE) },
	};
	const char *name = text_of(attrs, NFTA_TARGET_NAME);
	const struct meaning *meaning = name ? find(targets, COUNT(targets), name) : NULL;

	if (meaning)
		table->risks |= meaning->risks;
	else
		foreign_opaque(table, name ? name : "target");
}

/* By name -------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*judge)(struct foreign_table *table, struct attrs attrs);
} judged[] = {
	{ "ct", judge_ct },
	{ "immediate", judge_immediate },
	{ "meta", judge_meta },
	{ "nat", judge_nat },
	{ "objref", judge_objref },
	{ "payload", judge_payload },
	{ "target", judge_target },
};

static const struct meaning plain[] = {
	{ "bitwise", NOTHING },
	{ "byteorder", NOTHING },
	{ "cmp", NOTHING },
	{ "connlimit", NOTHING },
	{ "counter", NOTHING },
	{ "dup", FOREIGN_BIT(FOREIGN_FORWARD) },
	{ "dynset", NOTHING },
	{ "exthdr", NOTHING }, /* what it can write is options of TCP */
	{ "fib", NOTHING },
	{ "flow_offload", FOREIGN_BIT(FOREIGN_OFFLOAD) },
	{ "fwd", FOREIGN_BIT(FOREIGN_FORWARD) },
	{ "hash", NOTHING },
	{ "inner", NOTHING },
	{ "last", NOTHING },
	{ "limit", NOTHING },
	{ "log", NOTHING },
	{ "lookup", NOTHING },
	{ "masq", NOTHING },
	{ "match", NOTHING },
	{ "notrack", FOREIGN_BIT(FOREIGN_NOTRACK) },
	{ "numgen", NOTHING },
	{ "osf", NOTHING },
	{ "queue", FOREIGN_BIT(FOREIGN_QUEUE) },
	{ "quota", NOTHING },
	{ "range", NOTHING },
	{ "redir", FOREIGN_BIT(FOREIGN_NAT) },
	{ "reject", NOTHING },
	{ "rt", NOTHING },
	{ "socket", NOTHING },
	{ "synproxy", FOREIGN_BIT(FOREIGN_PROXY) },
	{ "tproxy", FOREIGN_BIT(FOREIGN_PROXY) },
	{ "tunnel", NOTHING },
	{ "xfrm", NOTHING },
};

static void judge_named(struct foreign_table *table, const char *name, struct attrs attrs)
{
	const struct meaning *meaning = find(plain, COUNT(plain), name);

	for (size_t i = 0; i < COUNT(judged); i++) {
		if (strcmp(judged[i].name, name) == 0) {
			judged[i].judge(table, attrs);
			return;
		}
	}
	if (meaning)
		table->risks |= meaning->risks;
	else
		foreign_opaque(table, name);
}

static void judge_expression(struct foreign_table *table, const struct nlattr *expression)
{
	struct attrs attrs = attrs_of_nest(expression);
	const char *name = text_of(attrs, NFTA_EXPR_NAME);
	const struct nlattr *data = nest_of(attrs, NFTA_EXPR_DATA);

	if (!name) {
		foreign_opaque(table, "an expression without a name");
		return;
	}
	table->digest = foreign_digest(table->digest, name, strlen(name) + 1);
	/* One without data does what its name says. */
	judge_named(table, name, data ? attrs_of_nest(data) : (struct attrs){ NULL, 0 });
}

void foreign_judge(struct foreign_table *table, const struct nlattr *expressions)
{
	struct attrs attrs = attrs_of_nest(expressions);
	const struct nlattr *expression;

	while ((expression = attrs_next(&attrs)) != NULL)
		judge_expression(table, expression);
	if (attrs.left)
		foreign_opaque(table, "a malformed rule");
}
