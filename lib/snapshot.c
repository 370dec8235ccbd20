/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "nftschema.h"

#define TRIES_MAX   16 /* as the rule set changes */
#define REQUEST_MAX 1024

/* Memory --------------------------------------------------------------------------------------- */

static void clear_trees(struct nltree *trees, size_t count)
{
	for (size_t i = 0; i < count; i++)
		nltree_clear(&trees[i]);
	free(trees);
}

static void clear_table(struct snap_table *table)
{
	for (size_t i = 0; i < table->chain_count; i++) {
		nltree_clear(&table->chains[i].tree);
		clear_trees(table->chains[i].rules, table->chains[i].rule_count);
	}
	for (size_t i = 0; i < table->set_count; i++) {
		nltree_clear(&table->sets[i].tree);
		clear_trees(table->sets[i].elements, table->sets[i].element_count);
	}
	free(table->chains);
	free(table->sets);
	clear_trees(table->objects, table->object_count);
	clear_trees(table->flowtables, table->flowtable_count);
	nltree_clear(&table->tree);
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->table_count; i++)
		clear_table(&snapshot->tables[i]);
	free(snapshot->tables);
	free(snapshot);
}

/* One more element, all zero, of an array; NULL: out of memory. */
#define ADD(array, count, room)                                                                    \
	add_element((void **)&(array), &(count), &(room), sizeof((array)[0]))

static void *add_element(void **array, size_t *count, size_t *room, size_t size)
{
	if (*count == *room) {
		size_t wanted = *room ? 2 * *room : 8;
		void *grown = reallocarray(*array, wanted, size);

		if (!grown)
			return NULL;
		*array = grown;
		*room = wanted;
	}
	return memset((char *)*array + (*count)++ * size, 0, size);
}

/* Finding -------------------------------------------------------------------------------------- */

const char *snap_table_name(const struct snap_table *table)
{
	return nltree_text(&table->tree, NFTA_TABLE_NAME);
}

const char *snap_chain_name(const struct snap_chain *chain)
{
	return nltree_text(&chain->tree, NFTA_CHAIN_NAME);
}

const char *snap_set_name(const struct snap_set *set)
{
	return nltree_text(&set->tree, NFTA_SET_NAME);
}

static struct snap_table *find_table(
	const struct snapshot *snapshot, uint8_t family, const char *name)
{
	for (size_t i = 0; name && i < snapshot->table_count; i++)
		if (snapshot->tables[i].family == family &&
			strcmp(snap_table_name(&snapshot->tables[i]), name) == 0)
			return &snapshot->tables[i];
	return NULL;
}

static struct snap_chain *find_chain(const struct snap_table *table, const char *name)
{
	/* Rules come chain by chain: the one that was asked for last is near the end. */
	for (size_t i = table->chain_count; name && i-- > 0;)
		if (strcmp(snap_chain_name(&table->chains[i]), name) == 0)
			return &table->chains[i];
	return NULL;
}

const struct snap_table *snapshot_find_table(
	const struct snapshot *snapshot, uint8_t family, const char *name)
{
	return find_table(snapshot, family, name);
}

const struct snap_chain *snap_find_chain(const struct snap_table *table, const char *name)
{
	return find_chain(table, name);
}

const struct snap_set *snap_find_set(const struct snap_table *table, const char *name)
{
	for (size_t i = 0; name && i < table->set_count; i++)
		if (strcmp(snap_set_name(&table->sets[i]), name) == 0)
			return &table->sets[i];
	return NULL;
}

const char *snap_family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_ARP:
		return "arp";
	case NFPROTO_BRIDGE:
		return "bridge";
	case NFPROTO_NETDEV:
		return "netdev";
	default:
		return NULL;
	}
}

/* Reading -------------------------------------------------------------------------------------- */

/* What a message of a dump is added to. */
struct reading {
	struct snapshot *snapshot;
	enum nftschema_message kind;
	struct snap_set *set; /* whose elements are read */
};

/* Where a tree of that kind belongs; NULL with *ret_error for what is not listed, or no memory. */
static struct nltree *place_in_table(
	struct snap_table *table, const struct nltree *tree, enum nftschema_message kind)
{
	struct snap_chain *chain;
	struct snap_set *set;

	switch (kind) {
	case NFTSCHEMA_CHAIN:
		chain = ADD(table->chains, table->chain_count, table->chain_room);
		return chain ? &chain->tree : NULL;
	case NFTSCHEMA_SET:
		set = ADD(table->sets, table->set_count, table->set_room);
		return set ? &set->tree : NULL;
	case NFTSCHEMA_RULE:
		chain = find_chain(table, nltree_text(tree, NFTA_RULE_CHAIN));
		return chain ? ADD(chain->rules, chain->rule_count, chain->rule_room) : NULL;
	case NFTSCHEMA_OBJECT:
		return ADD(table->objects, table->object_count, table->object_room);
	case NFTSCHEMA_FLOWTABLE:
		return ADD(table->flowtables, table->flowtable_count, table->flowtable_room);
	default:
		return NULL;
	}
}

/* The attribute that names the table is the first one of all these messages. */
static const char *table_of(const struct nltree *tree)
{
	return nltree_text(tree, 1);
}

/* Without its name a thing cannot be referred to; the kernel always tells it. */
static bool has_name(const struct nltree *tree, enum nftschema_message kind)
{
	static const uint16_t names[NFTSCHEMA_COUNT] = {
		[NFTSCHEMA_TABLE] = NFTA_TABLE_NAME,
		[NFTSCHEMA_CHAIN] = NFTA_CHAIN_NAME,
		[NFTSCHEMA_RULE] = NFTA_RULE_CHAIN,
		[NFTSCHEMA_SET] = NFTA_SET_NAME,
		[NFTSCHEMA_ELEMENTS] = NFTA_SET_ELEM_LIST_SET,
		[NFTSCHEMA_OBJECT] = NFTA_OBJ_NAME,
		[NFTSCHEMA_FLOWTABLE] = NFTA_FLOWTABLE_NAME,
	};

	return table_of(tree) && nltree_text(tree, names[kind]);
}

/* The tree is taken over, or cleared. */
static int add_tree(struct reading *reading, uint8_t family, struct nltree *tree)
{
	struct snapshot *snapshot = reading->snapshot;
	struct nltree *place = NULL;

	if (!has_name(tree, reading->kind)) {
		nltree_clear(tree);
		return -EBADMSG;
	}
	if (reading->kind == NFTSCHEMA_TABLE) {
		struct snap_table *table =
			ADD(snapshot->tables, snapshot->table_count, snapshot->table_room);

		if (table) {
			table->family = family;
			place = &table->tree;
		}
	} else {
		struct snap_table *table = find_table(snapshot, family, table_of(tree));

		/* It came between two dumps; the generation will tell. */
		if (!table) {
			nltree_clear(tree);
			return -EINTR;
		}
		place = place_in_table(table, tree, reading->kind);
	}
	if (!place) {
		nltree_clear(tree);
		return -ENOMEM;
	}
	*place = *tree;
	return 0;
}

/* The elements of a message move into the set; their list is left without children. */
static int take_elements(struct snap_set *set, struct nltree *message)
{
	struct nltree *list = NULL;

	for (size_t i = 0; i < message->count; i++) {
		struct nltree *node = &message->children[i];

		if (node->kind == NLTREE_UNKNOWN)
			return -EBADMSG;
		if (node->attr->type == NFTA_SET_ELEM_LIST_ELEMENTS)
			list = node;
	}
	for (size_t i = 0; list && i < list->count; i++) {
		struct nltree *element = ADD(set->elements, set->element_count, set->element_room);

		if (!element)
			return -ENOMEM;
		*element = list->children[i];
		list->children[i] = (struct nltree){ 0 };
	}
	return 0;
}

static int on_message(const struct nlmsghdr *message, void *data)
{
	struct reading *reading = data;
	const struct nfgenmsg *header = NLMSG_DATA(message);
	struct nltree tree = { 0 };

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*header)))
		return -EBADMSG;
	int r = nltree_read(attrs_of_message(message), nftschema(reading->kind), &tree);
	if (r == 0 && reading->set) {
		r = take_elements(reading->set, &tree);
		nltree_clear(&tree);
		return r;
	}
	if (r < 0) {
		nltree_clear(&tree);
		return r;
	}
	return add_tree(reading, header->nfgen_family, &tree);
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

int snapshot_read(struct nlsock *socket, struct snapshot **ret_snapshot)
{
	for (unsigned int i = 0; i < TRIES_MAX; i++) {
		struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
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

/* Writing -------------------------------------------------------------------------------------- */

static void write_trees(
	const char *key, const struct nltree *trees, size_t count, struct json *json)
{
	json_key(json, key);
	json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		nltree_write(&trees[i], json);
	json_array_end(json);
}

static void write_table(const struct snap_table *table, struct json *json)
{
	json_object_begin(json);
	json_key(json, "family");
	json_unsigned(json, table->family);
	json_key(json, "table");
	nltree_write(&table->tree, json);
	json_key(json, "chains");
	json_array_begin(json);
	for (size_t i = 0; i < table->chain_count; i++) {
		const struct snap_chain *chain = &table->chains[i];

		json_object_begin(json);
		json_key(json, "chain");
		nltree_write(&chain->tree, json);
		write_trees("rules", chain->rules, chain->rule_count, json);
		json_object_end(json);
	}
	json_array_end(json);
	json_key(json, "sets");
	json_array_begin(json);
	for (size_t i = 0; i < table->set_count; i++) {
		const struct snap_set *set = &table->sets[i];

		json_object_begin(json);
		json_key(json, "set");
		nltree_write(&set->tree, json);
		write_trees("elements", set->elements, set->element_count, json);
		json_object_end(json);
	}
	json_array_end(json);
	write_trees("objects", table->objects, table->object_count, json);
	write_trees("flowtables", table->flowtables, table->flowtable_count, json);
	json_object_end(json);
}

void snapshot_write(const struct snapshot *snapshot, struct json *json)
{
	json_object_begin(json);
	json_key(json, "generation");
	json_unsigned(json, snapshot->generation);
	json_key(json, "tables");
	json_array_begin(json);
	for (size_t i = 0; i < snapshot->table_count; i++)
		write_table(&snapshot->tables[i], json);
	json_array_end(json);
	json_object_end(json);
}
