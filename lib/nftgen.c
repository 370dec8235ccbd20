/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftgen.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <libnftnl/chain.h>
#include <libnftnl/table.h>

#include "array.h"
#include "attr.h"
#include "i18n.h"
#include "nftgen_impl.h"

struct nftgen {
	struct nlsock *socket;
	uint8_t *bytes;
	size_t length, room;
	size_t zeroed;		/* bytes that were never anything but zero or a message */
	struct origin *origins; /* one a message, in order */
	struct origin last;	/* attempted */
	size_t count, origin_room;
};

/* Room for one more message, zeroed: libmnl leaves the padding of attributes as it finds it. */
static int reserve_bytes(struct nftgen *batch)
{
	size_t wanted = batch->length + NFTGEN_MESSAGE_MAX;
	size_t room = wanted + wanted / 2;
	uint8_t *bytes;

	if (wanted > batch->room) {
		bytes = realloc(batch->bytes, room);
		if (!bytes)
			return -ENOMEM;
		batch->bytes = bytes;
		batch->room = room;
	}
	if (wanted > batch->zeroed) {
		memset(batch->bytes + batch->zeroed, 0, wanted - batch->zeroed);
		batch->zeroed = wanted;
	}
	return 0;
}

static int reserve_origin(struct nftgen *batch)
{
	struct origin *origins =
		array_reserve(batch->origins, sizeof(*origins), batch->count, &batch->origin_room);

	if (!origins)
		return -ENOMEM;
	batch->origins = origins;
	return 0;
}

static struct nlmsghdr *begin_message(struct nftgen *batch, unsigned int type, unsigned int flags,
	const struct nfgenmsg *family, const struct origin *origin)
{
	struct nlmsghdr *message;

	if (reserve_bytes(batch) < 0 || reserve_origin(batch) < 0)
		return NULL;
	message = mnl_nlmsg_put_header(batch->bytes + batch->length);
	message->nlmsg_type = (uint16_t)type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq =
		batch->socket ? nlsock_next_sequence(batch->socket) : (uint32_t)batch->count + 1;
	memcpy(mnl_nlmsg_put_extra_header(message, sizeof(*family)), family, sizeof(*family));
	batch->origins[batch->count] = *origin;
	batch->origins[batch->count].offset = batch->length;
	return message;
}

/* That of the tables that the batch is about. */
static uint8_t family_of(const struct nftgen *batch)
{
	return batch->socket ? nlsock_family(batch->socket) : NFPROTO_INET;
}

struct nlmsghdr *nftgen_begin(
	struct nftgen *batch, unsigned int type, unsigned int flags, const struct origin *origin)
{
	struct nfgenmsg family = { .nfgen_family = family_of(batch) };

	return begin_message(batch, NFNL_SUBSYS_NFTABLES << 8 | type, flags, &family, origin);
}

void nftgen_attempt(struct nftgen *batch, const struct origin *origin)
{
	batch->last = *origin;
}

void nftgen_end(struct nftgen *batch, const struct nlmsghdr *message)
{
	batch->length += MNL_ALIGN(message->nlmsg_len);
	batch->count++;
}

static int add_boundary(struct nftgen *batch, unsigned int type, uint32_t generation)
{
	struct nfgenmsg family = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };
	struct origin origin = { .kind = ORIGIN_NONE };
	struct nlmsghdr *message = begin_message(batch, type, 0, &family, &origin);

	if (!message)
		return -ENOMEM;
	if (generation)
		mnl_attr_put_u32(message, NFNL_BATCH_GENID, htonl(generation));
	nftgen_end(batch, message);
	return 0;
}

int nftgen_new(struct nlsock *socket, uint32_t generation, struct nftgen **ret_batch)
{
	struct nftgen *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return -ENOMEM;
	batch->socket = socket;
	if (add_boundary(batch, NFNL_MSG_BATCH_BEGIN, generation) < 0) {
		nftgen_free(batch);
		return -ENOMEM;
	}
	*ret_batch = batch;
	return 0;
}

void nftgen_free(struct nftgen *batch)
{
	if (!batch)
		return;
	free(batch->bytes);
	free(batch->origins);
	free(batch);
}

int nftgen_finish(struct nftgen *batch, const void **ret_bytes, size_t *ret_length,
	uint32_t *ret_last_sequence)
{
	size_t last = batch->count - 1;
	struct nlmsghdr *message = (void *)(batch->bytes + batch->origins[last].offset);

	if (last == 0)
		return -EINVAL;
	message->nlmsg_flags |= NLM_F_ACK;
	*ret_last_sequence = message->nlmsg_seq;
	if (add_boundary(batch, NFNL_MSG_BATCH_END, 0) < 0)
		return -ENOMEM;
	*ret_bytes = batch->bytes;
	*ret_length = batch->length;
	return 0;
}

int nftgen_add_table(struct nftgen *batch, const struct ruleset *ruleset)
{
	struct origin origin = { .kind = ORIGIN_TABLE, .name = ruleset->table };
	struct nftnl_table *table = nftnl_table_alloc();
	struct nlmsghdr *message;
	int error = -ENOMEM;

	if (!table || nftnl_table_set_str(table, NFTNL_TABLE_NAME, ruleset->table) < 0)
		goto out;
	nftnl_table_set_u32(table, NFTNL_TABLE_FLAGS,
		(ruleset->owner ? NFT_TABLE_F_OWNER : 0) |
			(ruleset->persist ? NFTGEN_TABLE_PERSIST : 0));
	message = nftgen_begin(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, &origin);
	if (!message)
		goto out;
	nftnl_table_nlmsg_build_payload(message, table);
	nftgen_end(batch, message);
	error = 0;
out:
	if (table)
		nftnl_table_free(table);
	return error;
}

static unsigned int hook_number(enum hook hook)
{
	switch (hook) {
	case HOOK_NONE:
	case HOOK_PREROUTING:
		return NF_INET_PRE_ROUTING;
	case HOOK_INPUT:
		return NF_INET_LOCAL_IN;
	case HOOK_FORWARD:
		return NF_INET_FORWARD;
	case HOOK_OUTPUT:
		return NF_INET_LOCAL_OUT;
	case HOOK_EGRESS:
		return NF_NETDEV_EGRESS;
	}
	return NF_INET_PRE_ROUTING;
}

static int fill_chain(
	struct nftnl_chain *built, const struct ruleset *ruleset, const struct chain *chain)
{
	if (nftnl_chain_set_str(built, NFTNL_CHAIN_TABLE, ruleset->table) < 0 ||
		nftnl_chain_set_str(built, NFTNL_CHAIN_NAME, chain->name) < 0)
		return -ENOMEM;
	if (chain->hook == HOOK_NONE)
		return 0;
	if (nftnl_chain_set_str(built, NFTNL_CHAIN_TYPE, "filter") < 0 ||
		(chain->device && nftnl_chain_set_str(built, NFTNL_CHAIN_DEV, chain->device) < 0))
		return -ENOMEM;
	nftnl_chain_set_u32(built, NFTNL_CHAIN_HOOKNUM, hook_number(chain->hook));
	nftnl_chain_set_s32(built, NFTNL_CHAIN_PRIO, chain->priority);
	nftnl_chain_set_u32(built, NFTNL_CHAIN_POLICY, chain->policy_drop ? NF_DROP : NF_ACCEPT);
	return 0;
}

int nftgen_add_chain(struct nftgen *batch, const struct ruleset *ruleset, const struct chain *chain)
{
	struct origin origin = { .kind = ORIGIN_CHAIN, .name = chain->name };
	unsigned int flags = NLM_F_CREATE | (chain->hook == HOOK_NONE ? NLM_F_EXCL : 0);
	struct nftnl_chain *built = nftnl_chain_alloc();
	struct nlmsghdr *message;
	int error = -ENOMEM;

	if (!built || fill_chain(built, ruleset, chain) < 0)
		goto out;
	message = nftgen_begin(batch, NFT_MSG_NEWCHAIN, flags, &origin);
	if (!message)
		goto out;
	nftnl_chain_nlmsg_build_payload(message, built);
	nftgen_end(batch, message);
	error = 0;
out:
	if (built)
		nftnl_chain_free(built);
	return error;
}

int nftgen_add_all(struct nftgen *batch, const struct ruleset *ruleset)
{
	int error = nftgen_add_table(batch, ruleset);

	for (size_t i = 0; i < ruleset->counter_count && error == 0; i++)
		error = nftgen_add_counter(batch, ruleset->table, ruleset->counters[i]);
	for (size_t i = 0; i < ruleset->limit_count && error == 0; i++)
		error = nftgen_add_limit(batch, ruleset->table, &ruleset->limits[i]);
	for (size_t i = 0; i < ruleset->chain_count && error == 0; i++)
		error = nftgen_add_chain(batch, ruleset, &ruleset->chains[i]);
	for (size_t i = 0; i < ruleset->set_count && error == 0; i++)
		error = nftgen_add_set(batch, ruleset, &ruleset->sets[i]);
	for (size_t i = 0; i < ruleset->set_count && error == 0; i++)
		error = nftgen_add_elements(batch, ruleset, &ruleset->sets[i]);
	for (size_t i = 0; i < ruleset->chain_count && error == 0; i++)
		error = nftgen_add_rules(batch, ruleset, &ruleset->chains[i]);
	return error;
}

/* Deletions: a message with a table's name and one more. */
struct deletion {
	unsigned int message;
	enum origin_kind kind;
	unsigned int table_attribute, name_attribute;
	uint32_t object; /* its type; 0: what is deleted is no object */
};

static const struct deletion delete_chain = { NFT_MSG_DELCHAIN, ORIGIN_DELETE_CHAIN,
	NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, 0 };
static const struct deletion delete_set = { NFT_MSG_DELSET, ORIGIN_DELETE_SET, NFTA_SET_TABLE,
	NFTA_SET_NAME, 0 };
static const struct deletion delete_counter = { NFT_MSG_DELOBJ, ORIGIN_DELETE_COUNTER,
	NFTA_OBJ_TABLE, NFTA_OBJ_NAME, NFT_OBJECT_COUNTER };
static const struct deletion delete_limit = { NFT_MSG_DELOBJ, ORIGIN_DELETE_LIMIT, NFTA_OBJ_TABLE,
	NFTA_OBJ_NAME, NFT_OBJECT_LIMIT };
static const struct deletion flush_rules = { NFT_MSG_DELRULE, ORIGIN_FLUSH_RULES, NFTA_RULE_TABLE,
	NFTA_RULE_CHAIN, 0 };
static const struct deletion flush_set = { NFT_MSG_DELSETELEM, ORIGIN_FLUSH_SET,
	NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_LIST_SET, 0 };
static const struct deletion delete_table = { NFT_MSG_DELTABLE, ORIGIN_DELETE_TABLE,
	NFTA_TABLE_NAME, 0, 0 };

static int put_deletion(
	struct nftgen *batch, const struct deletion *deletion, const char *table, const char *name)
{
	struct origin origin = { .kind = deletion->kind, .name = name ? name : table };
	struct nlmsghdr *message = nftgen_begin(batch, deletion->message, 0, &origin);

	if (!message)
		return -ENOMEM;
	mnl_attr_put_strz(message, (uint16_t)deletion->table_attribute, table);
	if (name)
		mnl_attr_put_strz(message, (uint16_t)deletion->name_attribute, name);
	if (deletion->object)
		mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(deletion->object));
	nftgen_end(batch, message);
	return 0;
}

int nftgen_delete_table(struct nftgen *batch, const char *table)
{
	return put_deletion(batch, &delete_table, table, NULL);
}

int nftgen_delete_chain(struct nftgen *batch, const char *table, const char *chain)
{
	return put_deletion(batch, &delete_chain, table, chain);
}

int nftgen_delete_set(struct nftgen *batch, const char *table, const char *set)
{
	return put_deletion(batch, &delete_set, table, set);
}

int nftgen_delete_counter(struct nftgen *batch, const char *table, const char *counter)
{
	return put_deletion(batch, &delete_counter, table, counter);
}

int nftgen_delete_limit(struct nftgen *batch, const char *table, const char *limit)
{
	return put_deletion(batch, &delete_limit, table, limit);
}

int nftgen_delete_rule(struct nftgen *batch, const char *table, const char *chain, uint64_t handle)
{
	struct origin origin = { .kind = ORIGIN_FLUSH_RULES, .name = chain };
	struct nlmsghdr *message = nftgen_begin(batch, NFT_MSG_DELRULE, 0, &origin);

	if (!message)
		return -ENOMEM;
	mnl_attr_put_strz(message, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(handle));
	nftgen_end(batch, message);
	return 0;
}

int nftgen_flush_rules(struct nftgen *batch, const char *table, const char *chain)
{
	return put_deletion(batch, &flush_rules, table, chain);
}

int nftgen_flush_set(struct nftgen *batch, const char *table, const char *set)
{
	return put_deletion(batch, &flush_set, table, set);
}

static const struct origin *find_origin(const struct nftgen *batch, uint32_t sequence)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct nlmsghdr *message =
			(const void *)(batch->bytes + batch->origins[i].offset);

		if (message->nlmsg_seq == sequence)
			return &batch->origins[i];
	}
	return NULL;
}

/* Followed by the object's name. */
static const char *const origin_nouns[ORIGIN_COUNT] = {
	[ORIGIN_NONE] = N_("the transaction as a whole"),
	[ORIGIN_TABLE] = N_("table"),
	[ORIGIN_CHAIN] = N_("chain"),
	[ORIGIN_SET] = N_("set"),
	[ORIGIN_COUNTER] = N_("counter"),
	[ORIGIN_LIMIT] = N_("limit"),
	[ORIGIN_RULE] = N_("rule"),
	[ORIGIN_ELEMENTS] = N_("element"),
	[ORIGIN_DELETE_TABLE] = N_("removing table"),
	[ORIGIN_DELETE_CHAIN] = N_("removing chain"),
	[ORIGIN_DELETE_SET] = N_("removing set"),
	[ORIGIN_DELETE_COUNTER] = N_("removing counter"),
	[ORIGIN_DELETE_LIMIT] = N_("removing limit"),
	[ORIGIN_FLUSH_RULES] = N_("removing the rules of"),
	[ORIGIN_FLUSH_SET] = N_("emptying set"),
};

static void describe(
	const struct origin *origin, size_t index, char *text, size_t size, unsigned int *ret_line)
{
	*ret_line = origin->line;
	if (origin->kind == ORIGIN_NONE) {
		snprintf(text, size, "%s", _(origin_nouns[ORIGIN_NONE]));
	} else if (origin->kind == ORIGIN_RULE) {
		snprintf(text, size, _("rule %zu of chain %s"), index + 1, origin->name);
	} else if (origin->kind == ORIGIN_ELEMENTS) {
		if (origin->set->lines)
			*ret_line = origin->set->lines[index];
		snprintf(text, size, _("element %zu of set %s"), index + 1, origin->name);
	} else {
		snprintf(text, size, "%s %s", _(origin_nouns[origin->kind]), origin->name);
	}
}

void nftgen_describe(const struct nftgen *batch, const struct nlsock_error *error, char *text,
	size_t size, unsigned int *ret_line)
{
	static const struct origin none = { .kind = ORIGIN_NONE };
	const struct origin *origin = find_origin(batch, error->sequence);
	size_t index;

	if (!origin)
		origin = &none;
	index = origin->index;
	if (origin->kind == ORIGIN_ELEMENTS)
		index = nftgen_element_at(
			(const void *)(batch->bytes + origin->offset), origin, error->offset);
	describe(origin, index, text, size, ret_line);
}

void nftgen_describe_last(
	const struct nftgen *batch, char *text, size_t size, unsigned int *ret_line)
{
	describe(&batch->last, batch->last.index, text, size, ret_line);
}

bool nftgen_refused_expression(
	const struct nftgen *batch, const struct nlsock_error *error, char *name, size_t size)
{
	const struct origin *origin = find_origin(batch, error->sequence);
	struct attrs attrs;
	const struct nlattr *item, *attr;
	const struct nlmsghdr *message;

	if (origin && origin->kind == ORIGIN_LIMIT) {
		snprintf(name, size, "limit");
		return true;
	}
	if (!origin || origin->kind != ORIGIN_RULE)
		return false;
	message = (const void *)(batch->bytes + origin->offset);
	/* The kernel points at the list item: a nest of the expression's name and data. */
	if (error->offset < NLMSG_HDRLEN || error->offset > message->nlmsg_len ||
		error->offset % NLA_ALIGNTO != 0)
		return false;
	attrs.next = (const uint8_t *)message + error->offset;
	attrs.left = message->nlmsg_len - error->offset;
	item = attrs_next(&attrs);
	if (!item || attr_type(item) != NFTA_LIST_ELEM)
		return false;
	attrs = attrs_of_nest(item);
	attr = attrs_next(&attrs);
	if (!attr || attr_type(attr) != NFTA_EXPR_NAME || attr_length(attr) == 0)
		return false;
	snprintf(name, size, "%s", attr_text(attr));
	return true;
}
