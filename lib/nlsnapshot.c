/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nlsnapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define TRIES_MAX   16 /* as the rule set changes */
#define REQUEST_MAX 1024

/* What a message of a dump is added to. */
struct reading {
	struct snapshot *snapshot;
	enum nftschema_message kind;
	struct snap_set *set; /* whose elements are read */
};

static int on_message(const struct nlmsghdr *message, void *data)
{
	struct reading *reading = data;
	const struct nfgenmsg *header = NLMSG_DATA(message);
	struct nltree tree = { 0 };

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*header)))
		return -EBADMSG;
	int r = nltree_read(attrs_of_message(message), nftschema(reading->kind), &tree);
	if (r == 0 && reading->set) {
		r = snap_take_elements(reading->set, &tree);
		nltree_clear(&tree);
		return r;
	}
	if (r < 0) {
		nltree_clear(&tree);
		return r;
	}
	return snapshot_add(reading->snapshot, reading->kind, header->nfgen_family, &tree);
}

static struct nlmsghdr *put_request(
	struct nlsock *socket, void *buffer, unsigned int type, uint8_t family)
{
	struct nlmsghdr *request = buffer;
	struct nfgenmsg header = { .nfgen_family = family };

	memset(buffer, 0, REQUEST_MAX);
	request->nlmsg_len = NLMSG_LENGTH(sizeof(header));
	request->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = nlsock_next_sequence(socket);
	memcpy(NLMSG_DATA(request), &header, sizeof(header));
	return request;
}

static void put_text(struct nlmsghdr *request, uint16_t type, const char *text)
{
	struct nlattr *attr = (void *)((char *)request + NLMSG_ALIGN(request->nlmsg_len));
	size_t length = strlen(text) + 1; /* names are 255 bytes at most: there is room for two */

	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + length);
	memcpy((char *)attr + NLA_HDRLEN, text, length);
	request->nlmsg_len = NLMSG_ALIGN(request->nlmsg_len) + (uint32_t)NLA_ALIGN(attr->nla_len);
}

static int dump(struct nlsock *socket, struct reading *reading)
{
	static const unsigned int types[NFTSCHEMA_COUNT] = {
		[NFTSCHEMA_TABLE] = NFT_MSG_GETTABLE,
		[NFTSCHEMA_CHAIN] = NFT_MSG_GETCHAIN,
		[NFTSCHEMA_RULE] = NFT_MSG_GETRULE,
		[NFTSCHEMA_SET] = NFT_MSG_GETSET,
		[NFTSCHEMA_OBJECT] = NFT_MSG_GETOBJ,
		[NFTSCHEMA_FLOWTABLE] = NFT_MSG_GETFLOWTABLE,
	};
	_Alignas(struct nlmsghdr) char buffer[REQUEST_MAX];

	return nlsock_request(socket,
		put_request(socket, buffer, types[reading->kind], NFPROTO_UNSPEC), on_message,
		reading);
}

static int dump_elements(
	struct nlsock *socket, const struct snap_table *table, struct snap_set *set)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_MAX];
	struct nlmsghdr *request = put_request(socket, buffer, NFT_MSG_GETSETELEM, table->family);
	struct reading reading = { .kind = NFTSCHEMA_ELEMENTS, .set = set };

	if (strlen(snap_table_name(table)) > 255 || strlen(snap_set_name(set)) > 255)
		return -EBADMSG;
	put_text(request, NFTA_SET_ELEM_LIST_TABLE, snap_table_name(table));
	put_text(request, NFTA_SET_ELEM_LIST_SET, snap_set_name(set));
	return nlsock_request(socket, request, on_message, &reading);
}

static int read_all(struct nlsock *socket, struct snapshot *snapshot)
{
	static const enum nftschema_message order[] = { NFTSCHEMA_TABLE, NFTSCHEMA_CHAIN,
		NFTSCHEMA_RULE, NFTSCHEMA_SET, NFTSCHEMA_OBJECT, NFTSCHEMA_FLOWTABLE };
	uint32_t after;
	int r = nlsock_generation(socket, &snapshot->generation);

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && r == 0; i++)
		r = dump(socket, &(struct reading){ .snapshot = snapshot, .kind = order[i] });
	for (size_t i = 0; i < snapshot->table_count && r == 0; i++)
		for (size_t k = 0; k < snapshot->tables[i].set_count && r == 0; k++)
			r = dump_elements(
				socket, &snapshot->tables[i], &snapshot->tables[i].sets[k]);
	if (r == 0)
		r = nlsock_generation(socket, &after);
	return r < 0 ? r : after != snapshot->generation ? -EINTR : 0;
}

int nlsnapshot_read(struct nlsock *socket, struct nlsock *route, struct snapshot **ret_snapshot)
{
	(void)route;
	for (unsigned int i = 0; i < TRIES_MAX; i++) {
		struct snapshot *snapshot = snapshot_new();
		int r = snapshot ? read_all(socket, snapshot) : -ENOMEM;

		if (r == 0) {
			*ret_snapshot = snapshot;
			return 0;
		}
		snapshot_free(snapshot);
		/* A set that is gone between two questions is a change, too. */
		if (r != -EINTR && r != -ENOENT && r != -ENOBUFS)
			return r;
	}
	return -EAGAIN;
}
