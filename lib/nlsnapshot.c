/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nlsnapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "nlconntrack.h"
#include "nlhost.h"

#define TRIES_MAX	16 /* as the rule set changes */
#define REQUEST_MAX	1024
#define CONNECTIONS_MAX 4000000 /* more are an error of theirs */

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

/* What tells elements of a set apart: an interval's start and end may have one key. */
struct element_key {
	const uint8_t *key, *end;
	size_t length, end_length;
	uint64_t flags;
};

static struct element_key key_of(const struct nltree *element)
{
	struct element_key key = { .flags = nltree_number(element, NFTA_SET_ELEM_FLAGS, 0) };

	key.key =
		nltree_bytes(nltree_find(element, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE, &key.length);
	key.end = nltree_bytes(
		nltree_find(element, NFTA_SET_ELEM_KEY_END), NFTA_DATA_VALUE, &key.end_length);
	return key;
}

static int compare_bytes(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	return a_length ? memcmp(a, b, a_length) : 0;
}

static int compare_keys(const void *one, const void *other)
{
	const struct element_key *a = one, *b = other;
	int order = compare_bytes(a->key, a->length, b->key, b->length);

	if (order == 0)
		order = compare_bytes(a->end, a->end_length, b->end, b->end_length);
	return order ? order : (a->flags > b->flags) - (a->flags < b->flags);
}

/* While the kernel enlarges a hash table, a dump of it tells of some elements twice, and of as many
 * others not at all: then it is to be read again. */
static int check_once(const struct snap_set *set)
{
	struct element_key *keys = calloc(set->element_count + 1, sizeof(*keys));
	int r = keys ? 0 : -ENOMEM;

	for (size_t i = 0; i < set->element_count && r == 0; i++)
		keys[i] = key_of(&set->elements[i]);
	if (r == 0 && set->element_count > 1)
		qsort(keys, set->element_count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < set->element_count && r == 0; i++)
		if (compare_keys(&keys[i - 1], &keys[i]) == 0)
			r = -EINTR;
	free(keys);
	return r;
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
	int r = nlsock_request(socket, request, on_message, &reading);

	/* A catch-all element has no key and stands once; keys of others are never without bytes.
	 */
	return r < 0 ? r : check_once(set);
}

static int on_connection(const struct nlmsghdr *message, void *data)
{
	struct snap_connections *connections = data;
	struct conntrack_entry entry;
	int r = conntrack_parse(message, &entry);

	if (r == -ENOMSG)
		return 0;
	if (r == 0 && connections->count >= CONNECTIONS_MAX)
		r = -E2BIG;
	return r < 0 ? r : snap_add_connection(connections, &entry);
}

/* They come and go while they are read: an audit is of those that were there at some time of it. */
static int read_connections(struct nlsock *socket, struct snap_connections *connections)
{
	struct nlsock_answer answer;
	int r = 1;

	connections->error = conntrack_begin(socket, on_connection, connections, &answer);
	while (connections->error == 0 && r == 1)
		r = nlsock_step(socket, &answer);
	if (r < 0)
		connections->error = r;
	if (connections->error < 0)
		connections->count = 0;
	return connections->error == -ENOMEM ? -ENOMEM : 0;
}

static int read_rest(struct nlsock *socket, struct nlsock *route, struct snapshot *snapshot)
{
	struct utsname name;
	int r = nlhost_read(socket, route, &snapshot->host);

	for (unsigned int i = 0; i < TRIES_MAX && r == 0; i++) {
		r = read_connections(socket, &snapshot->connections);
		if (snapshot->connections.error != -EINTR &&
			snapshot->connections.error != -ENOBUFS)
			break;
	}
	if (r == 0 && uname(&name) == 0 &&
		asprintf(&snapshot->machine, "%s %s", name.nodename, name.release) < 0) {
		snapshot->machine = NULL;
		r = -ENOMEM;
	}
	snapshot->time = time(NULL);
	return r;
}

static int read_all(struct nlsock *socket, struct nlsock *route, struct snapshot *snapshot)
{
	static const enum nftschema_message order[] = { NFTSCHEMA_TABLE, NFTSCHEMA_CHAIN,
		NFTSCHEMA_RULE, NFTSCHEMA_SET, NFTSCHEMA_OBJECT, NFTSCHEMA_FLOWTABLE };
	uint32_t after = 0;
	int r = nlsock_generation(socket, &snapshot->generation);

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && r == 0; i++)
		r = dump(socket, &(struct reading){ .snapshot = snapshot, .kind = order[i] });
	for (size_t i = 0; i < snapshot->table_count && r == 0; i++)
		for (size_t k = 0; k < snapshot->tables[i].set_count && r == 0; k++)
			r = dump_elements(
				socket, &snapshot->tables[i], &snapshot->tables[i].sets[k]);
	if (r == 0 && route)
		r = read_rest(socket, route, snapshot);
	if (r == 0)
		r = nlsock_generation(socket, &after);
	return r < 0 ? r : after != snapshot->generation ? -EINTR : 0;
}

int nlsnapshot_read(struct nlsock *socket, struct nlsock *route, struct snapshot **ret_snapshot)
{
	for (unsigned int i = 0; i < TRIES_MAX; i++) {
		struct snapshot *snapshot = snapshot_new();
		int r = snapshot ? read_all(socket, route, snapshot) : -ENOMEM;

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
