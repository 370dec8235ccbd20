/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftclosed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>

#include "attr.h"

#define CHAIN_FORWARD  "forward"
#define CHAIN_ERRORS   "errors"
#define CHAIN_PRIORITY (-300) /* before whatever accepts */
#define BATCH_BYTES    4096
#define USERDATA_MAX   (2 + CLOSED_COMMENT_MAX)
#define COMMENT_TYPE   0 /* NFTNL_UDATA_TABLE_COMMENT: as nft writes and reads it */

/* A transaction in memory that is there already. */
struct batch {
	struct nlsock *socket;
	uint8_t family;
	union {
		struct nlmsghdr header;
		uint8_t bytes[BATCH_BYTES];
	} buffer;
	size_t length;
	uint32_t last; /* sequence number of the message before the end */
};

static struct nlmsghdr *begin(struct batch *batch, unsigned int type, unsigned int flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(batch->buffer.bytes + batch->length);
	const struct nfgenmsg family = { .nfgen_family = batch->family };

	message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = nlsock_next_sequence(batch->socket);
	memcpy(mnl_nlmsg_put_extra_header(message, sizeof(family)), &family, sizeof(family));
	return message;
}

static void end(struct batch *batch, const struct nlmsghdr *message)
{
	batch->length += MNL_ALIGN(message->nlmsg_len);
	batch->last = message->nlmsg_seq;
}

static void put_boundary(struct batch *batch, uint16_t type)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(batch->buffer.bytes + batch->length);
	const struct nfgenmsg family = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST;
	message->nlmsg_seq = nlsock_next_sequence(batch->socket);
	memcpy(mnl_nlmsg_put_extra_header(message, sizeof(family)), &family, sizeof(family));
	batch->length += MNL_ALIGN(message->nlmsg_len);
}

static void put_table(struct batch *batch, unsigned int type, const char *why, bool last)
{
	struct nlmsghdr *message = begin(batch, type,
		(type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0u) | (last ? NLM_F_ACK : 0u));
	uint8_t userdata[USERDATA_MAX] = { COMMENT_TYPE };
	size_t length = why ? strnlen(why, CLOSED_COMMENT_MAX - 1) : 0;

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, CLOSED_TABLE);
	if (length > 0) {
		userdata[1] = (uint8_t)(length + 1);
		memcpy(userdata + 2, why, length);
		mnl_attr_put(message, NFTA_TABLE_USERDATA, 2 + length + 1, userdata);
	}
	end(batch, message);
}

static void put_chain(
	struct batch *batch, const char *name, uint32_t hook_number, uint32_t policy, bool last)
{
	struct nlmsghdr *message =
		begin(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE | (last ? NLM_F_ACK : 0u));
	struct nlattr *hook;

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, CLOSED_TABLE);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, name);
	hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(message, NFTA_HOOK_HOOKNUM, htonl(hook_number));
	mnl_attr_put_u32(message, NFTA_HOOK_PRIORITY, htonl((uint32_t)CHAIN_PRIORITY));
	mnl_attr_nest_end(message, hook);
	mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "filter");
	mnl_attr_put_u32(message, NFTA_CHAIN_POLICY, htonl(policy));
	end(batch, message);
}

/* Errors that quote a packet (RFC 792, RFC 4443): types first..last of a protocol. */
static const struct {
	uint8_t protocol, first, last;
} errors[] = {
	{ IPPROTO_ICMP, 3, 5 },	    /* unreachable, source quench, redirect */
	{ IPPROTO_ICMP, 11, 12 },   /* time exceeded, parameter problem */
	{ IPPROTO_ICMPV6, 1, 127 }, /* all of its errors */
};

static struct nlattr *begin_expression(struct nlmsghdr *message, const char *name)
{
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	mnl_attr_put_strz(message, NFTA_EXPR_NAME, name);
	return element;
}

static void put_load(struct nlmsghdr *message, bool protocol)
{
	struct nlattr *element = begin_expression(message, protocol ? "meta" : "payload");
	struct nlattr *data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);

	if (protocol) {
		mnl_attr_put_u32(message, NFTA_META_DREG, htonl(NFT_REG_1));
		mnl_attr_put_u32(message, NFTA_META_KEY, htonl(NFT_META_L4PROTO));
	} else { /* the type: the first byte of the message */
		mnl_attr_put_u32(message, NFTA_PAYLOAD_DREG, htonl(NFT_REG_1));
		mnl_attr_put_u32(message, NFTA_PAYLOAD_BASE, htonl(NFT_PAYLOAD_TRANSPORT_HEADER));
		mnl_attr_put_u32(message, NFTA_PAYLOAD_OFFSET, htonl(0));
		mnl_attr_put_u32(message, NFTA_PAYLOAD_LEN, htonl(1));
	}
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

static void put_compare(struct nlmsghdr *message, uint32_t operation, uint8_t value)
{
	struct nlattr *element = begin_expression(message, "cmp");
	struct nlattr *data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);

	mnl_attr_put_u32(message, NFTA_CMP_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(message, NFTA_CMP_OP, htonl(operation));
	struct nlattr *bytes = mnl_attr_nest_start(message, NFTA_CMP_DATA);

	mnl_attr_put(message, NFTA_DATA_VALUE, sizeof(value), &value);
	mnl_attr_nest_end(message, bytes);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

static void put_drop(struct nlmsghdr *message)
{
	struct nlattr *element = begin_expression(message, "immediate");
	struct nlattr *data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);

	mnl_attr_put_u32(message, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	struct nlattr *value = mnl_attr_nest_start(message, NFTA_IMMEDIATE_DATA);
	struct nlattr *verdict = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);

	mnl_attr_put_u32(message, NFTA_VERDICT_CODE, htonl(NF_DROP));
	mnl_attr_nest_end(message, verdict);
	mnl_attr_nest_end(message, value);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

static void put_error_rule(struct batch *batch, size_t i, bool last)
{
	struct nlmsghdr *message = begin(
		batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | (last ? NLM_F_ACK : 0u));

	mnl_attr_put_strz(message, NFTA_RULE_TABLE, CLOSED_TABLE);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, CHAIN_ERRORS);
	struct nlattr *list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);

	put_load(message, true);
	put_compare(message, NFT_CMP_EQ, errors[i].protocol);
	put_load(message, false);
	put_compare(message, NFT_CMP_GTE, errors[i].first);
	put_compare(message, NFT_CMP_LTE, errors[i].last);
	put_drop(message);
	mnl_attr_nest_end(message, list);
	end(batch, message);
}

/* A bridge makes no errors. */
static void put_chains(struct batch *batch)
{
	const size_t count = sizeof(errors) / sizeof(errors[0]);
	bool inet = batch->family == NFPROTO_INET;

	/* The same number as NF_BR_FORWARD. */
	put_chain(batch, CHAIN_FORWARD, NF_INET_FORWARD, NF_DROP, !inet);
	if (!inet)
		return;
	put_chain(batch, CHAIN_ERRORS, NF_INET_LOCAL_OUT, NF_ACCEPT, false);
	for (size_t i = 0; i < count; i++)
		put_error_rule(batch, i, i + 1 == count);
}

/* Whatever table of this name is there goes; with why another one comes. An add before the removal
 * makes that one always there. */
static int replace(struct nlsock *socket, uint8_t family, const char *why)
{
	struct batch batch = { .socket = socket, .family = family };
	struct nlsock_error error;
	size_t count;

	put_boundary(&batch, NFNL_MSG_BATCH_BEGIN);
	put_table(&batch, NFT_MSG_NEWTABLE, NULL, false);
	put_table(&batch, NFT_MSG_DELTABLE, NULL, !why);
	if (why) {
		put_table(&batch, NFT_MSG_NEWTABLE, why, false);
		put_chains(&batch);
	}
	put_boundary(&batch, NFNL_MSG_BATCH_END);
	return nlsock_batch(
		socket, batch.buffer.bytes, batch.length, batch.last, &error, 1, &count);
}

/* Reading -------------------------------------------------------------------------------------- */

static int request(struct nlsock *socket, uint8_t family, unsigned int type,
	uint16_t table_attribute, const char *chain, nlsock_message callback, void *data)
{
	struct batch batch = { .socket = socket, .family = family };
	struct nlmsghdr *message = begin(&batch, type, NLM_F_ACK);

	mnl_attr_put_strz(message, table_attribute, CLOSED_TABLE);
	if (chain)
		mnl_attr_put_strz(message, NFTA_CHAIN_NAME, chain);
	return nlsock_request(socket, message, callback, data);
}

static int take_chain(const struct nlmsghdr *message, void *data)
{
	static const enum attr_kind kinds[NFTA_CHAIN_MAX + 1] = {
		[NFTA_CHAIN_HOOK] = ATTR_NEST,
		[NFTA_CHAIN_POLICY] = ATTR_U32,
	};
	static const enum attr_kind hook_kinds[NFTA_HOOK_MAX + 1] = {
		[NFTA_HOOK_HOOKNUM] = ATTR_U32,
	};
	const struct nlattr *table[NFTA_CHAIN_MAX + 1], *hook[NFTA_HOOK_MAX + 1];
	bool *closed = data;

	/* What else a chain says does not matter here. */
	if (attrs_parse(attrs_of_message(message), kinds, NFTA_CHAIN_MAX + 1, table) == -EBADMSG ||
		!table[NFTA_CHAIN_HOOK] ||
		attrs_parse(attrs_of_nest(table[NFTA_CHAIN_HOOK]), hook_kinds, NFTA_HOOK_MAX + 1,
			hook) == -EBADMSG)
		return -EBADMSG;
	*closed = attr_u32(table[NFTA_CHAIN_POLICY], NF_ACCEPT) == NF_DROP &&
		  attr_u32(hook[NFTA_HOOK_HOOKNUM], NF_INET_LOCAL_IN) == NF_INET_FORWARD;
	return 0;
}

static int read_back(struct nlsock *socket, uint8_t family)
{
	bool closed = false;
	int error = request(socket, family, NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, CHAIN_FORWARD,
		take_chain, &closed);

	if (error == -ENOENT || (error == 0 && !closed))
		return -EILSEQ;
	return error;
}

static int put(struct nlsock *socket, uint8_t family, const char *why)
{
	int error = replace(socket, family, why);

	/* Lost answers: what is read back tells. */
	return error < 0 && error != -ENOBUFS ? error : read_back(socket, family);
}

/* A kernel without tables of bridges: it may have bridges, which no rule set could judge. */
static bool is_missing(int error)
{
	return error == -EOPNOTSUPP || error == -EAFNOSUPPORT || error == -EPROTONOSUPPORT ||
	       error == -ENOENT;
}

int nftclosed_put(struct nlsock *socket, const char *why, int *ret_bridge)
{
	int error = put(socket, NFPROTO_INET, why);

	*ret_bridge = put(socket, NFPROTO_BRIDGE, why);
	if (is_missing(*ret_bridge))
		*ret_bridge = 0;
	return error;
}

int nftclosed_remove(struct nlsock *socket)
{
	int error = replace(socket, NFPROTO_INET, NULL);
	int bridge = replace(socket, NFPROTO_BRIDGE, NULL);

	return error < 0 ? error : is_missing(bridge) ? 0 : bridge;
}

int nftclosed_stopgap(struct nlsock *socket, const char *why)
{
	int error = replace(socket, NFPROTO_INET, why);

	return error == -ENOBUFS ? 0 : error;
}

/* The text of a comment; anything else is none. */
static void take_comment(const struct nlattr *userdata, char why[CLOSED_COMMENT_MAX])
{
	const uint8_t *bytes = userdata ? attr_value(userdata) : NULL;
	size_t length = userdata ? attr_length(userdata) : 0;

	if (length < 3 || bytes[0] != COMMENT_TYPE || (size_t)bytes[1] + 2 > length ||
		bytes[1] == 0 || bytes[1] > CLOSED_COMMENT_MAX || bytes[bytes[1] + 1] != '\0')
		return;
	memcpy(why, bytes + 2, bytes[1]);
}

static int take_table(const struct nlmsghdr *message, void *data)
{
	static const enum attr_kind kinds[NFTA_TABLE_MAX + 1] = {
		[NFTA_TABLE_USERDATA] = ATTR_BYTES,
	};
	const struct nlattr *table[NFTA_TABLE_MAX + 1];

	if (attrs_parse(attrs_of_message(message), kinds, NFTA_TABLE_MAX + 1, table) == -EBADMSG)
		return -EBADMSG;
	take_comment(table[NFTA_TABLE_USERDATA], data);
	return 0;
}

int nftclosed_find(struct nlsock *socket, char why[CLOSED_COMMENT_MAX])
{
	int error, bridge;

	why[0] = '\0';
	error = request(
		socket, NFPROTO_INET, NFT_MSG_GETTABLE, NFTA_TABLE_NAME, NULL, take_table, why);
	if (error != -ENOENT)
		return error;
	bridge = request(
		socket, NFPROTO_BRIDGE, NFT_MSG_GETTABLE, NFTA_TABLE_NAME, NULL, take_table, why);
	return is_missing(bridge) ? -ENOENT : bridge;
}
