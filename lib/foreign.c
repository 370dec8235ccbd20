/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "foreign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "array.h"
#include "foreign_impl.h"
#include "i18n.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define OURS	      "hedate"
#define DIGEST_START  UINT64_C(14695981039346656037) /* FNV-1a */
#define DIGEST_PRIME  UINT64_C(1099511628211)
#define KNOWN_FLAGS   (NFT_TABLE_F_DORMANT | NFT_TABLE_F_OWNER | 0x4) /* and persist */
#define CHAIN_BINDING 0x4					      /* an unnamed one of a rule */

static const struct {
	const char *name, *text;
} risks[FOREIGN_RISKS] = {
	[FOREIGN_NAT] = { "nat", N_("changes addresses before the rules of hedate see them") },
	[FOREIGN_CT_MARK] = { "ct-mark",
		N_("sets the mark by which hedate knows a permitted connection") },
	[FOREIGN_MARK] = { "mark", N_("sets packet marks, which routing may follow") },
	[FOREIGN_NOTRACK] = { "notrack", N_("takes packets out of connection tracking") },
	[FOREIGN_EXPECT] = { "expect", N_("makes other connections expected") },
	[FOREIGN_OFFLOAD] = { "offload", N_("lets connections pass by all rules") },
	[FOREIGN_FORWARD] = { "forward", N_("sends packets or copies out by itself") },
	[FOREIGN_QUEUE] = { "queue", N_("gives packets to a program, which may change them") },
	[FOREIGN_PROXY] = { "proxy", N_("answers packets of others on this host") },
	[FOREIGN_REWRITE] = { "rewrite", N_("changes what is in packets") },
	[FOREIGN_LAYER2] = { "layer2",
		N_("accepts frames of bridges or devices, which the rules of hedate do not see") },
	[FOREIGN_OPAQUE] = { "opaque", N_("has something that this version does not know") },
};

/* Tables of hedate beside the one that is guarded: they only drop. */
static const char *const others_of_ours[] = { "hedate-guard", "hedate-isolate", "hedate-lock",
	"hedate-probe" };

const char *foreign_risk_name(enum foreign_risk risk)
{
	return risks[risk].name;
}

const char *foreign_risk_text(enum foreign_risk risk)
{
	return risks[risk].text;
}

static void join(uint32_t set, bool names, const char *between, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < FOREIGN_RISKS && used < size; i++)
		if (set & FOREIGN_BIT(i))
			used += (size_t)snprintf(text + used, size - used, "%s%s",
				used ? between : "", names ? risks[i].name : _(risks[i].text));
}

void foreign_risks_names(uint32_t set, char *text, size_t size)
{
	join(set, true, ", ", text, size);
}

void foreign_risks_texts(uint32_t set, char *text, size_t size)
{
	join(set, false, "; ", text, size);
}

const char *foreign_family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_ARP:
		return "arp";
	case NFPROTO_BRIDGE:
		return "bridge";
	case NFPROTO_NETDEV:
		return "netdev";
	default:
		return "unknown";
	}
}

void foreign_clear(struct foreign_list *list)
{
	free(list->tables);
	*list = (struct foreign_list){ 0 };
}

void foreign_opaque(struct foreign_table *table, const char *what)
{
	if (table->opaque[0] == '\0')
		snprintf(table->opaque, sizeof(table->opaque), "%s", what);
	table->risks |= FOREIGN_BIT(FOREIGN_OPAQUE);
}

uint64_t foreign_digest(uint64_t digest, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	for (size_t i = 0; i < length; i++)
		digest = (digest ^ next[i]) * DIGEST_PRIME;
	return digest;
}

static void digest_number(struct foreign_table *table, uint64_t number)
{
	table->digest = foreign_digest(table->digest, &number, sizeof(number));
}

/* Messages ------------------------------------------------------------------------------------- */

static struct foreign_table *find(struct foreign_list *list, uint8_t family, const char *name)
{
	/* Rules come table by table. */
	for (size_t i = list->count; i-- > 0;)
		if (list->tables[i].family == family && strcmp(list->tables[i].name, name) == 0)
			return &list->tables[i];
	return NULL;
}

static bool is_ours(const char *name)
{
	for (size_t i = 0; i < COUNT(others_of_ours); i++)
		if (strcmp(others_of_ours[i], name) == 0)
			return true;
	return false;
}

static int add(struct foreign_list *list, uint8_t family, const char *name, uint32_t flags)
{
	if (list->count == FOREIGN_MAX) {
		list->left_out++;
		return 0;
	}
	struct foreign_table *tables =
		array_reserve(list->tables, sizeof(list->tables[0]), list->count, &list->room);

	if (!tables)
		return -ENOMEM;
	list->tables = tables;
	struct foreign_table *table = &list->tables[list->count++];

	*table = (struct foreign_table){ .family = family,
		.digest = DIGEST_START,
		.dormant = flags & NFT_TABLE_F_DORMANT,
		.ours = is_ours(name) };
	snprintf(table->name, sizeof(table->name), "%s", name);
	digest_number(table, flags & NFT_TABLE_F_DORMANT);
	if (flags & ~(uint32_t)KNOWN_FLAGS)
		foreign_opaque(table, "table flags");
	return 0;
}

static int take_table(struct foreign_list *list, uint8_t family, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_TABLE_NAME] = ATTR_TEXT,
		[NFTA_TABLE_FLAGS] = ATTR_U32,
	};
	const struct nlattr *table[COUNT(kinds)];

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) == -EBADMSG || !table[NFTA_TABLE_NAME])
		return -EBADMSG;
	const char *name = attr_text(table[NFTA_TABLE_NAME]);

	if (strlen(name) >= FOREIGN_NAME_MAX)
		return -EBADMSG;
	if ((family == NFPROTO_INET && strcmp(name, OURS) == 0) || find(list, family, name))
		return 0;
	return add(list, family, name, attr_u32(table[NFTA_TABLE_FLAGS], 0));
}

static bool is_known_type(const char *type)
{
	return type && (strcmp(type, "filter") == 0 || strcmp(type, "nat") == 0 ||
			       strcmp(type, "route") == 0);
}

/* Those of which an accept is nothing that our rules see. Ours of devices only drops. */
static bool sees_frames(const struct foreign_table *table)
{
	return table->family == NFPROTO_BRIDGE || (table->family == NFPROTO_NETDEV && !table->ours);
}

/* A chain that packets come to by themselves. */
static void judge_base(struct foreign_table *table, const struct nlattr *const *chain)
{
	static const enum attr_kind kinds[] = {
		[NFTA_HOOK_HOOKNUM] = ATTR_U32,
		[NFTA_HOOK_PRIORITY] = ATTR_U32,
	};
	const struct nlattr *hook[COUNT(kinds)];
	uint32_t policy = attr_u32(chain[NFTA_CHAIN_POLICY], NF_ACCEPT);

	if (attrs_parse(attrs_of_nest(chain[NFTA_CHAIN_HOOK]), kinds, COUNT(kinds), hook) ==
		-EBADMSG) {
		foreign_opaque(table, "chain");
		return;
	}
	digest_number(table, attr_u32(hook[NFTA_HOOK_HOOKNUM], UINT32_MAX));
	digest_number(table, attr_u32(hook[NFTA_HOOK_PRIORITY], 0));
	digest_number(table, policy);
	if (!is_known_type(attr_text(chain[NFTA_CHAIN_TYPE])) ||
		(policy != NF_ACCEPT && policy != NF_DROP))
		foreign_opaque(table, "chain");
	if (sees_frames(table) && policy != NF_DROP)
		table->risks |= FOREIGN_BIT(FOREIGN_LAYER2);
}

static int take_chain(struct foreign_list *list, uint8_t family, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_CHAIN_TABLE] = ATTR_TEXT,
		[NFTA_CHAIN_NAME] = ATTR_TEXT,
		[NFTA_CHAIN_HOOK] = ATTR_NEST,
		[NFTA_CHAIN_POLICY] = ATTR_U32,
		[NFTA_CHAIN_TYPE] = ATTR_TEXT,
		[NFTA_CHAIN_FLAGS] = ATTR_U32,
	};
	const struct nlattr *chain[COUNT(kinds)];

	if (attrs_parse(attrs, kinds, COUNT(kinds), chain) == -EBADMSG ||
		!chain[NFTA_CHAIN_TABLE] || !chain[NFTA_CHAIN_NAME])
		return -EBADMSG;
	struct foreign_table *table = find(list, family, attr_text(chain[NFTA_CHAIN_TABLE]));
	const char *name = attr_text(chain[NFTA_CHAIN_NAME]);
	uint32_t flags = attr_u32(chain[NFTA_CHAIN_FLAGS], 0);

	if (!table)
		return 0;
	table->chains++;
	table->digest = foreign_digest(table->digest, name, strlen(name) + 1);
	if (chain[NFTA_CHAIN_HOOK])
		judge_base(table, chain);
	if (flags & NFT_CHAIN_HW_OFFLOAD)
		table->risks |= FOREIGN_BIT(FOREIGN_OFFLOAD);
	if (flags & ~(uint32_t)(NFT_CHAIN_BASE | NFT_CHAIN_HW_OFFLOAD | CHAIN_BINDING))
		foreign_opaque(table, "chain flags");
	return 0;
}

static int take_rule(struct foreign_list *list, uint8_t family, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_RULE_TABLE] = ATTR_TEXT,
		[NFTA_RULE_CHAIN] = ATTR_TEXT,
		[NFTA_RULE_HANDLE] = ATTR_U64,
		[NFTA_RULE_EXPRESSIONS] = ATTR_NEST,
		[NFTA_RULE_COMPAT] = ATTR_IGNORED,
		[NFTA_RULE_POSITION] = ATTR_IGNORED,
		[NFTA_RULE_USERDATA] = ATTR_IGNORED,
		[NFTA_RULE_PAD] = ATTR_IGNORED,
		[NFTA_RULE_ID] = ATTR_IGNORED,
		[NFTA_RULE_POSITION_ID] = ATTR_IGNORED,
		[NFTA_RULE_CHAIN_ID] = ATTR_IGNORED,
	};
	const struct nlattr *rule[COUNT(kinds)];
	int error = attrs_parse(attrs, kinds, COUNT(kinds), rule);

	if (error == -EBADMSG || !rule[NFTA_RULE_TABLE])
		return -EBADMSG;
	struct foreign_table *table = find(list, family, attr_text(rule[NFTA_RULE_TABLE]));

	if (!table)
		return 0;
	table->rules++;
	digest_number(table, attr_u64(rule[NFTA_RULE_HANDLE], 0));
	if (error < 0)
		foreign_opaque(table, "rule attribute");
	if (rule[NFTA_RULE_EXPRESSIONS])
		foreign_judge(table, rule[NFTA_RULE_EXPRESSIONS]);
	return 0;
}

/* A map of objects: which of them a rule takes is not said by the rule. */
static int take_set(struct foreign_list *list, uint8_t family, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_SET_TABLE] = ATTR_TEXT,
		[NFTA_SET_OBJ_TYPE] = ATTR_U32,
	};
	const struct nlattr *set[COUNT(kinds)];

	if (attrs_parse(attrs, kinds, COUNT(kinds), set) == -EBADMSG || !set[NFTA_SET_TABLE])
		return -EBADMSG;
	struct foreign_table *table = find(list, family, attr_text(set[NFTA_SET_TABLE]));

	if (table && set[NFTA_SET_OBJ_TYPE])
		foreign_judge_object(table, attr_u32(set[NFTA_SET_OBJ_TYPE], UINT32_MAX));
	return 0;
}

static int take_flowtable(struct foreign_list *list, uint8_t family, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_FLOWTABLE_TABLE] = ATTR_TEXT,
	};
	const struct nlattr *flowtable[COUNT(kinds)];

	if (attrs_parse(attrs, kinds, COUNT(kinds), flowtable) == -EBADMSG ||
		!flowtable[NFTA_FLOWTABLE_TABLE])
		return -EBADMSG;
	struct foreign_table *table =
		find(list, family, attr_text(flowtable[NFTA_FLOWTABLE_TABLE]));

	if (table)
		table->risks |= FOREIGN_BIT(FOREIGN_OFFLOAD);
	return 0;
}

int foreign_take(struct foreign_list *list, const struct nlmsghdr *message)
{
	struct attrs attrs = attrs_of_message(message);
	struct nfgenmsg header;

	if (message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES ||
		message->nlmsg_len < NLMSG_LENGTH(sizeof(header)))
		return -EBADMSG;
	memcpy(&header, (const uint8_t *)message + NLMSG_HDRLEN, sizeof(header));
	switch (message->nlmsg_type & 0xff) {
	case NFT_MSG_NEWTABLE:
		return take_table(list, header.nfgen_family, attrs);
	case NFT_MSG_NEWCHAIN:
		return take_chain(list, header.nfgen_family, attrs);
	case NFT_MSG_NEWRULE:
		return take_rule(list, header.nfgen_family, attrs);
	case NFT_MSG_NEWSET:
		return take_set(list, header.nfgen_family, attrs);
	case NFT_MSG_NEWFLOWTABLE:
		return take_flowtable(list, header.nfgen_family, attrs);
	default:
		return 0;
	}
}

/* Two lists ------------------------------------------------------------------------------------ */

static int order_of(const struct foreign_table *a, const struct foreign_table *b)
{
	return a->family != b->family ? (a->family < b->family ? -1 : 1) : strcmp(a->name, b->name);
}

static int by_name(const void *a, const void *b)
{
	return order_of(a, b);
}

void foreign_sort(struct foreign_list *list)
{
	if (list->count > 1)
		qsort(list->tables, list->count, sizeof(list->tables[0]), by_name);
}

static bool is_same(const struct foreign_table *a, const struct foreign_table *b)
{
	return a->digest == b->digest && a->risks == b->risks && a->chains == b->chains &&
	       a->rules == b->rules;
}

int foreign_compare(const struct foreign_list *before, const struct foreign_list *after,
	foreign_function function, void *data)
{
	size_t i = 0, j = 0;
	int r = 0;

	while (r >= 0 && (i < before->count || j < after->count)) {
		const struct foreign_table *a = i < before->count ? &before->tables[i] : NULL;
		const struct foreign_table *b = j < after->count ? &after->tables[j] : NULL;
		int order = !a ? 1 : !b ? -1 : order_of(a, b);

		if (order < 0)
			r = function(FOREIGN_GONE, a, data);
		else if (order > 0)
			r = function(FOREIGN_ADDED, b, data);
		else if (!is_same(a, b))
			r = function(FOREIGN_CHANGED, b, data);
		i += order <= 0;
		j += order >= 0;
	}
	return r < 0 ? r : 0;
}
