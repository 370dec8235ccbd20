/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots as files: written, and read back. See snapshot.h. */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <sodium.h>

#include "hostsnap.h"
#include "i18n.h"
#include "jsonfield.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct jsonfield connection_fields[] = {
	JSONFIELD(conntrack_entry, family, UNSIGNED),
	JSONFIELD(conntrack_entry, protocol, UNSIGNED),
	JSONFIELD(conntrack_entry, source, BYTES),
	JSONFIELD(conntrack_entry, destination, BYTES),
	JSONFIELD(conntrack_entry, reply_source, BYTES),
	JSONFIELD(conntrack_entry, reply_destination, BYTES),
	JSONFIELD(conntrack_entry, has_ports, BOOL),
	JSONFIELD(conntrack_entry, sport, UNSIGNED),
	JSONFIELD(conntrack_entry, dport, UNSIGNED),
	JSONFIELD(conntrack_entry, has_icmp, BOOL),
	JSONFIELD(conntrack_entry, icmp_id, UNSIGNED),
	JSONFIELD(conntrack_entry, icmp_type, UNSIGNED),
	JSONFIELD(conntrack_entry, icmp_code, UNSIGNED),
	JSONFIELD(conntrack_entry, mark, UNSIGNED),
	JSONFIELD(conntrack_entry, has_id, BOOL),
	JSONFIELD(conntrack_entry, id, UNSIGNED),
	JSONFIELD(conntrack_entry, zone, UNSIGNED),
	JSONFIELD(conntrack_entry, tuple_zone, UNSIGNED),
};

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

static void write_connections(const struct snap_connections *connections, struct json *json)
{
	if (connections->error == -ENODATA) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_key(json, "error");
	json_signed(json, connections->error);
	json_key(json, "list");
	json_array_begin(json);
	for (size_t i = 0; i < connections->count; i++) {
		json_object_begin(json);
		jsonfield_write(
			connection_fields, COUNT(connection_fields), &connections->list[i], json);
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}

void snapshot_write(const struct snapshot *snapshot, struct json *json)
{
	json_object_begin(json);
	json_key(json, "hedate.snapshot");
	json_unsigned(json, SNAPSHOT_VERSION);
	json_key(json, "generation");
	json_unsigned(json, snapshot->generation);
	json_key(json, "time");
	json_signed(json, snapshot->time);
	json_key(json, "machine");
	json_string(json, snapshot->machine ? snapshot->machine : "");
	json_key(json, "tables");
	json_array_begin(json);
	for (size_t i = 0; i < snapshot->table_count; i++)
		write_table(&snapshot->tables[i], json);
	json_array_end(json);
	json_key(json, "host");
	if (snapshot->host)
		hostsnap_write(snapshot->host, json);
	else
		json_null(json);
	json_key(json, "connections");
	write_connections(&snapshot->connections, json);
	json_object_end(json);
}

/* Loading -------------------------------------------------------------------------------------- */

struct loading {
	struct jsonpull pull;
	struct snapshot *snapshot;
};

/* Add a tree that was read; its table is the last one. */
static bool take(struct loading *loading, enum nftschema_message kind, struct nltree *tree)
{
	struct snapshot *snapshot = loading->snapshot;
	const struct snap_table *table = &snapshot->tables[snapshot->table_count - 1];
	const char *name = nltree_text(tree, 1); /* of its table, in all these messages */
	int r;

	if (!name || strcmp(name, snap_table_name(table)) != 0) {
		nltree_clear(tree);
		return jsonpull_refuse(
			&loading->pull, N_("this names another table than the one it is in"), NULL);
	}
	r = snapshot_add(snapshot, kind, table->family, tree);
	if (r == -ENOMEM)
		return jsonpull_no_memory(&loading->pull);
	return r == 0 || jsonpull_refuse(&loading->pull, N_("this has no name"), NULL);
}

static bool load_tree(struct loading *loading, enum nftschema_message kind, struct nltree *ret_tree)
{
	*ret_tree = (struct nltree){ 0 };
	if (nltree_load(&loading->pull, nftschema(kind), ret_tree))
		return true;
	nltree_clear(ret_tree);
	return false;
}

static bool load_trees(struct loading *loading, const char *key, enum nftschema_message kind)
{
	struct nltree tree;

	if (!jsonpull_member(&loading->pull, key) || !jsonpull_array(&loading->pull))
		return false;
	while (jsonpull_element(&loading->pull))
		if (!load_tree(loading, kind, &tree) || !take(loading, kind, &tree))
			return false;
	return !loading->pull.error;
}

static struct snap_table *last_table(struct loading *loading)
{
	return &loading->snapshot->tables[loading->snapshot->table_count - 1];
}

static bool load_rules(struct loading *loading)
{
	struct jsonpull *pull = &loading->pull;
	struct snap_table *table = last_table(loading);
	const char *chain = snap_chain_name(&table->chains[table->chain_count - 1]);
	struct nltree tree;

	if (!jsonpull_member(pull, "rules") || !jsonpull_array(pull))
		return false;
	while (jsonpull_element(pull)) {
		if (!load_tree(loading, NFTSCHEMA_RULE, &tree))
			return false;
		const char *name = nltree_text(&tree, NFTA_RULE_CHAIN);

		if (!name || strcmp(name, chain) != 0) {
			nltree_clear(&tree);
			return jsonpull_refuse(
				pull, N_("this names another chain than the one it is in"), NULL);
		}
		if (!take(loading, NFTSCHEMA_RULE, &tree))
			return false;
	}
	return !pull->error;
}

static bool load_chain(struct loading *loading)
{
	struct jsonpull *pull = &loading->pull;
	struct nltree tree;

	if (!jsonpull_object(pull) || !jsonpull_member(pull, "chain") ||
		!load_tree(loading, NFTSCHEMA_CHAIN, &tree))
		return false;
	if (snap_find_chain(last_table(loading), nltree_text(&tree, NFTA_CHAIN_NAME))) {
		nltree_clear(&tree);
		return jsonpull_refuse(pull, N_("this name stands twice"), "chain");
	}
	return take(loading, NFTSCHEMA_CHAIN, &tree) && load_rules(loading) &&
	       jsonpull_object_end(pull);
}

static bool load_elements(struct loading *loading)
{
	static const uint16_t list = NFTA_SET_ELEM_LIST_ELEMENTS;
	const struct nltree_schema *message = nftschema(NFTSCHEMA_ELEMENTS);
	const struct nltree_schema *elements = NULL;
	struct snap_table *table = last_table(loading);
	struct snap_set *set = &table->sets[table->set_count - 1];

	for (unsigned int i = 0; i < message->count; i++)
		if (message->attrs[i].type == list)
			elements = message->attrs[i].nest;
	if (!elements || !jsonpull_member(&loading->pull, "elements") ||
		!jsonpull_array(&loading->pull))
		return false;
	while (jsonpull_element(&loading->pull)) {
		struct nltree tree = { 0 };

		if (!nltree_load(&loading->pull, elements->attrs[0].nest, &tree)) {
			nltree_clear(&tree);
			return false;
		}
		tree.attr = &elements->attrs[0];
		tree.kind = NLTREE_NEST;
		if (snap_add_element(set, &tree) < 0)
			return jsonpull_no_memory(&loading->pull);
	}
	return !loading->pull.error;
}

static bool load_set(struct loading *loading)
{
	struct jsonpull *pull = &loading->pull;
	struct nltree tree;

	if (!jsonpull_object(pull) || !jsonpull_member(pull, "set") ||
		!load_tree(loading, NFTSCHEMA_SET, &tree))
		return false;
	if (snap_find_set(last_table(loading), nltree_text(&tree, NFTA_SET_NAME))) {
		nltree_clear(&tree);
		return jsonpull_refuse(pull, N_("this name stands twice"), "set");
	}
	return take(loading, NFTSCHEMA_SET, &tree) && load_elements(loading) &&
	       jsonpull_object_end(pull);
}

static bool load_each(struct loading *loading, const char *key, bool (*load)(struct loading *))
{
	if (!jsonpull_member(&loading->pull, key) || !jsonpull_array(&loading->pull))
		return false;
	while (jsonpull_element(&loading->pull))
		if (!load(loading))
			return false;
	return !loading->pull.error;
}

static bool load_table(struct loading *loading)
{
	struct jsonpull *pull = &loading->pull;
	struct snapshot *snapshot = loading->snapshot;
	struct nltree tree;
	uint64_t family = 0;

	if (!jsonpull_object(pull) || !jsonpull_member(pull, "family") ||
		!jsonpull_unsigned(pull, UINT8_MAX, &family) || !jsonpull_member(pull, "table") ||
		!load_tree(loading, NFTSCHEMA_TABLE, &tree))
		return false;
	if (snapshot_find_table(snapshot, (uint8_t)family, nltree_text(&tree, NFTA_TABLE_NAME))) {
		nltree_clear(&tree);
		return jsonpull_refuse(pull, N_("this name stands twice"), "table");
	}
	int r = snapshot_add(snapshot, NFTSCHEMA_TABLE, (uint8_t)family, &tree);

	if (r < 0)
		return r == -ENOMEM ? jsonpull_no_memory(pull)
				    : jsonpull_refuse(pull, N_("this has no name"), NULL);
	return load_each(loading, "chains", load_chain) && load_each(loading, "sets", load_set) &&
	       load_trees(loading, "objects", NFTSCHEMA_OBJECT) &&
	       load_trees(loading, "flowtables", NFTSCHEMA_FLOWTABLE) && jsonpull_object_end(pull);
}

static bool load_connection(struct loading *loading)
{
	struct conntrack_entry entry = { 0 };

	if (!jsonpull_object(&loading->pull) ||
		!jsonfield_read(
			connection_fields, COUNT(connection_fields), &loading->pull, &entry))
		return false;
	if ((unsigned int)entry.family >= ADDR_FAMILIES)
		return jsonpull_refuse(&loading->pull, N_("this is no family"), NULL);
	if (snap_add_connection(&loading->snapshot->connections, &entry) < 0)
		return jsonpull_no_memory(&loading->pull);
	return jsonpull_object_end(&loading->pull);
}

static bool load_connections(struct loading *loading)
{
	struct jsonpull *pull = &loading->pull;
	int64_t error = 0;

	if (jsonpull_peek(pull) == 'n')
		return jsonpull_null(pull);
	if (!jsonpull_object(pull) || !jsonpull_member(pull, "error") ||
		!jsonpull_signed(pull, -4095, 0, &error))
		return false;
	loading->snapshot->connections.error = (int)error;
	return load_each(loading, "list", load_connection) && jsonpull_object_end(pull);
}

static bool load_host(struct loading *loading)
{
	if (jsonpull_peek(&loading->pull) == 'n')
		return jsonpull_null(&loading->pull);
	if (hostsnap_new(&loading->snapshot->host) < 0)
		return jsonpull_no_memory(&loading->pull);
	return hostsnap_load(&loading->pull, loading->snapshot->host);
}

static bool load_head(struct loading *loading)
{
	struct jsonpull *pull = &loading->pull;
	uint64_t version = 0, generation = 0;

	if (!jsonpull_object(pull) || !jsonpull_member(pull, "hedate.snapshot") ||
		!jsonpull_unsigned(pull, UINT32_MAX, &version))
		return false;
	if (version != SNAPSHOT_VERSION)
		return jsonpull_refuse(
			pull, N_("this version of the format is not known"), "hedate.snapshot");
	if (!jsonpull_member(pull, "generation") ||
		!jsonpull_unsigned(pull, UINT32_MAX, &generation) ||
		!jsonpull_member(pull, "time") ||
		!jsonpull_signed(pull, 0, INT64_MAX, &loading->snapshot->time) ||
		!jsonpull_member(pull, "machine") || !jsonpull_string(pull))
		return false;
	loading->snapshot->generation = (uint32_t)generation;
	loading->snapshot->machine = pull->string[0] ? strdup(pull->string) : NULL;
	return loading->snapshot->machine || !pull->string[0] || jsonpull_no_memory(pull);
}

static bool load_all(struct loading *loading)
{
	struct jsonpull *pull = &loading->pull;

	return load_head(loading) && load_each(loading, "tables", load_table) &&
	       jsonpull_member(pull, "host") && load_host(loading) &&
	       jsonpull_member(pull, "connections") && load_connections(loading) &&
	       jsonpull_object_end(pull) && jsonpull_end(pull);
}

static void tell(const struct jsonpull *pull, const char *file, struct diag_list *diags)
{
	struct diag_loc loc = { .file = file };

	jsonpull_where(pull, &loc.line, &loc.column);
	if (pull->about)
		diag_add(diags, DIAG_ERROR, loc, _("take the snapshot again"),
			_("this is no snapshot: %s: \"%s\""), _(pull->cause), pull->about);
	else
		diag_add(diags, DIAG_ERROR, loc, _("take the snapshot again"),
			_("this is no snapshot: %s"), _(pull->cause));
}

int snapshot_load(const char *text, size_t length, const char *file, struct diag_list *diags,
	struct snapshot **ret_snapshot)
{
	struct loading loading = { .snapshot = snapshot_new() };
	int r = 0;

	if (!loading.snapshot)
		return -ENOMEM;
	jsonpull_init(&loading.pull, text, length);
	if (!load_all(&loading)) {
		tell(&loading.pull, file, diags);
		r = loading.pull.error;
	}
	jsonpull_clear(&loading.pull);
	if (r < 0)
		snapshot_free(loading.snapshot);
	else
		*ret_snapshot = loading.snapshot;
	return r;
}

void snapshot_digest(const char *text, size_t length, uint8_t ret_digest[SNAPSHOT_DIGEST_LENGTH])
{
	crypto_hash_sha256(ret_digest, (const unsigned char *)text, length);
}
