/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules of others do with packets beside a verdict (foreign.h), and what the policy itself
 * leaves open. See bypass.h. */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bypass_impl.h"
#include "foreign.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(risk)    (UINT32_C(1) << (risk))
#define OURS	     "hedate"
#define MESSAGE_ROOM (256 * 1024) /* the kernel's own messages are smaller */

/* Where something stands, for people. */
struct place {
	struct bypassing *bypassing;
	const struct snap_table *table;
	const char *chain;
	uint64_t handle; /* of a rule; 0: none */
	uint8_t *message;
};

/* What is decided by looking at rules is no way round them. */
static const struct {
	uint32_t risks;
	enum bypass_kind kind;
	bool harmless;
} known[] = {
	{ BIT(FOREIGN_OFFLOAD), BYPASS_FLOWTABLES, false },
	{ BIT(FOREIGN_FORWARD), BYPASS_FORWARD, false },
	{ BIT(FOREIGN_PROXY), BYPASS_TPROXY, false },
	{ BIT(FOREIGN_QUEUE), BYPASS_QUEUE, false },
	{ BIT(FOREIGN_CT_MARK), BYPASS_CT_MARK, false },
	{ BIT(FOREIGN_NAT) | BIT(FOREIGN_MARK) | BIT(FOREIGN_NOTRACK) | BIT(FOREIGN_EXPECT) |
			BIT(FOREIGN_REWRITE) | BIT(FOREIGN_LAYER2) | BIT(FOREIGN_OPAQUE),
		BYPASS_FOREIGN, true },
};

static void tell(const struct place *place, const struct foreign_table *table)
{
	char risks[128], where[64] = "";

	if (place->handle)
		snprintf(where, sizeof(where), " handle %llu", (unsigned long long)place->handle);
	for (size_t i = 0; i < COUNT(known); i++) {
		uint32_t found = table->risks & known[i].risks;

		if (!found)
			continue;
		foreign_risks_names(found, risks, sizeof(risks));
		bypass_found(place->bypassing, known[i].kind, BYPASS_PRESENT, known[i].harmless,
			"table %s %s%s%s%s: %s", foreign_family_name(place->table->family),
			snap_table_name(place->table), place->chain ? " chain " : "",
			place->chain ? place->chain : "", where, risks);
	}
}

/* As the kernel would tell it, for foreign.h; what it can do is told. */
static void judge_message(struct place *place, struct foreign_list *list, unsigned int type,
	const struct nltree *tree)
{
	struct nlmsghdr header = { .nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type) };
	struct nfgenmsg family = { .nfgen_family = place->table->family };
	size_t head = NLMSG_LENGTH(sizeof(family)), length;
	int r = nltree_put(tree, place->message + head, MESSAGE_ROOM - head, &length);

	if (r == 0) {
		header.nlmsg_len = (uint32_t)(head + length);
		memcpy(place->message, &header, sizeof(header));
		memcpy(place->message + NLMSG_HDRLEN, &family, sizeof(family));
		if (list->count > 0)
			list->tables[0].risks = 0;
		r = foreign_take(list, (const struct nlmsghdr *)(const void *)place->message);
	}
	if (r == -ENOMEM) {
		place->bypassing->error = r;
	} else if (r < 0) {
		/* The proof does not decide on what cannot be read, either. */
		bypass_found(place->bypassing, BYPASS_FOREIGN, BYPASS_UNREADABLE, false,
			"table %s %s handle %llu", foreign_family_name(place->table->family),
			snap_table_name(place->table), (unsigned long long)place->handle);
	} else if (list->count > 0 && !list->tables[0].dormant) {
		tell(place, &list->tables[0]);
	}
}

static void judge_chain(
	struct place *place, struct foreign_list *list, const struct snap_chain *chain)
{
	place->chain = snap_chain_name(chain);
	judge_message(place, list, NFT_MSG_NEWCHAIN, &chain->tree);
	for (size_t i = 0; i < chain->rule_count; i++) {
		place->handle = nltree_number(&chain->rules[i], NFTA_RULE_HANDLE, 0);
		judge_message(place, list, NFT_MSG_NEWRULE, &chain->rules[i]);
	}
	place->handle = 0;
	place->chain = NULL;
}

static void judge_table(struct place *place, const struct snap_table *table)
{
	struct foreign_list list = { 0 };

	place->table = table;
	judge_message(place, &list, NFT_MSG_NEWTABLE, &table->tree);
	for (size_t i = 0; i < table->set_count; i++)
		judge_message(place, &list, NFT_MSG_NEWSET, &table->sets[i].tree);
	for (size_t i = 0; i < table->flowtable_count; i++)
		judge_message(place, &list, NFT_MSG_NEWFLOWTABLE, &table->flowtables[i]);
	for (size_t i = 0; i < table->chain_count; i++)
		judge_chain(place, &list, &table->chains[i]);
	foreign_clear(&list);
}

/* Our own has no flow table, whoever put one there; its rules are compared with the policy. */
static void judge_own(struct bypassing *bypassing, const struct snap_table *table)
{
	for (size_t i = 0; i < table->flowtable_count; i++) {
		const char *name = nltree_text(&table->flowtables[i], NFTA_FLOWTABLE_NAME);

		bypass_found(bypassing, BYPASS_FLOWTABLES, BYPASS_PRESENT, false,
			"table inet " OURS " flowtable %s", name ? name : "?");
	}
}

void bypass_judge_rules(struct bypassing *bypassing)
{
	struct place place = { .bypassing = bypassing, .message = calloc(1, MESSAGE_ROOM) };

	if (!place.message)
		bypassing->error = -ENOMEM;
	for (size_t i = 0; i < bypassing->snapshot->table_count && place.message; i++) {
		const struct snap_table *table = &bypassing->snapshot->tables[i];

		if (table->family == NFPROTO_INET && strcmp(snap_table_name(table), OURS) == 0)
			judge_own(bypassing, table);
		else
			judge_table(&place, table);
	}
	free(place.message);
}

/* A way in from one zone, and a way out to another: as permitted. */
void bypass_judge_local_proxies(struct bypassing *bypassing)
{
	const struct policy *policy = bypassing->policy;

	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *in = &policy->paths[i];
		size_t k = 0;

		if (in->direction != PATH_INPUT)
			continue;
		while (k < policy->path_count &&
			(policy->paths[k].direction != PATH_OUTPUT ||
				policy_path_zone_to(policy, &policy->paths[k]) ==
					policy_path_zone_from(policy, in)))
			k++;
		if (k < policy->path_count)
			bypass_found(bypassing, BYPASS_LOCAL_PROXIES, BYPASS_PRESENT, true,
				"path %s, path %s", in->name, policy->paths[k].name);
	}
}
