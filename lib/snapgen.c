/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapgen.h"

#include <errno.h>
#include <stdlib.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "attr.h"
#include "compile.h"
#include "nftgen.h"

/* For as long as it takes. */
#define OPEN_FOR_MS 86400000u

/* What the messages of a batch make, and where the kernel keeps the handle that it gives to it. */
static const struct made {
	unsigned int message; /* NFT_MSG_* */
	enum nftschema_message kind;
	uint16_t handle; /* attribute; 0: it has none of the table's own numbers */
} made[] = {
	{ NFT_MSG_NEWTABLE, NFTSCHEMA_TABLE, 0 },
	{ NFT_MSG_NEWCHAIN, NFTSCHEMA_CHAIN, NFTA_CHAIN_HANDLE },
	{ NFT_MSG_NEWRULE, NFTSCHEMA_RULE, NFTA_RULE_HANDLE },
	{ NFT_MSG_NEWSET, NFTSCHEMA_SET, NFTA_SET_HANDLE },
	{ NFT_MSG_NEWSETELEM, NFTSCHEMA_ELEMENTS, 0 },
	{ NFT_MSG_NEWOBJ, NFTSCHEMA_OBJECT, NFTA_OBJ_HANDLE },
};

static const struct made *find_made(const struct nlmsghdr *message)
{
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | made[i].message))
			return &made[i];
	return NULL;
}

/* As the kernel does: one number after the other within the table. */
static int put_handle(struct nltree *tree, const struct made *what, uint64_t *handle)
{
	const struct nltree_schema *schema = nftschema(what->kind);
	unsigned int i = 0;

	while (i < schema->count && schema->attrs[i].type != what->handle)
		i++;
	struct nltree *node = i < schema->count ? nltree_add(tree, &schema->attrs[i]) : NULL;
	if (!node)
		return -ENOMEM;
	node->number = ++*handle;
	return 0;
}

static int take_message(struct snapshot *snapshot, const struct nlmsghdr *message, uint64_t *handle)
{
	const struct nfgenmsg *header = (const void *)((const char *)message + NLMSG_HDRLEN);
	const struct made *what = find_made(message);
	struct nltree tree = { 0 };

	if (!what)
		return 0; /* the batch's own begin and end */
	int r = nltree_read(attrs_of_message(message), nftschema(what->kind), &tree);
	if (r == 0 && what->handle)
		r = put_handle(&tree, what, handle);
	if (r == 0)
		return snapshot_add(snapshot, what->kind, header->nfgen_family, &tree);
	nltree_clear(&tree);
	return r;
}

/* The messages were made by ourselves: one that makes no sense is a mistake in here. */
static int take_batch(struct snapshot *snapshot, const char *bytes, size_t length)
{
	uint64_t handle = 0;
	size_t at = 0;
	int r = 0;

	while (r == 0 && length - at >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *message = (const void *)(bytes + at);

		if (!attrs_message_ok(message, (int)(length - at)))
			return -EBADMSG;
		r = take_message(snapshot, message, &handle);
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	return r;
}

int snapgen_ruleset(const struct ruleset *ruleset, struct snapshot **ret_snapshot)
{
	struct snapshot *snapshot = snapshot_new();
	struct nftgen *batch = NULL;
	uint32_t last_sequence;
	const void *bytes;
	size_t length;
	int r = snapshot ? nftgen_new(NULL, 0, &batch) : -ENOMEM;

	if (r == 0)
		r = nftgen_add_all(batch, ruleset);
	if (r == 0)
		r = nftgen_finish(batch, &bytes, &length, &last_sequence);
	if (r == 0)
		r = take_batch(snapshot, bytes, length);
	nftgen_free(batch);
	if (r < 0)
		snapshot_free(snapshot);
	else
		*ret_snapshot = snapshot;
	return r == -EBADMSG || r == -ENOENT ? -EINVAL : r;
}

static uint64_t open_all(uint32_t id, void *data)
{
	(void)id;
	(void)data;
	return OPEN_FOR_MS;
}

int snapgen_open(struct ruleset *ruleset)
{
	return compile_timeouts(ruleset, open_all, NULL);
}

int snapgen_policy(struct policy *policy, enum snapgen_timed timed, struct diag_list *diags,
	struct snapshot **ret_snapshot)
{
	struct ruleset *ruleset;
	int r = compile_policy(policy, diags, &ruleset);

	if (r < 0)
		return r;
	if (timed == SNAPGEN_OPEN)
		r = snapgen_open(ruleset);
	if (r == 0)
		r = snapgen_ruleset(ruleset, ret_snapshot);
	ruleset_free(ruleset);
	return r;
}
