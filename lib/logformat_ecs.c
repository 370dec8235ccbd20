/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ecs: the members are called as in ECS already; here they become nested objects, those that ECS
 * has as arrays become arrays, and what it asks for of every event is added.
 */
#include <string.h>

#include "logformat_impl.h"

#define ECS_VERSION "8.11.0"

/* What every record has beside its own members. */
static const struct json_member added[] = {
	{ "ecs.version", ECS_VERSION, JSON_STRING },
	{ "event.module", LOGFORMAT_NAME, JSON_STRING },
	{ "event.dataset", LOGFORMAT_NAME ".log", JSON_STRING },
	{ "event.type", "info", JSON_STRING },
	{ "observer.vendor", LOGFORMAT_NAME, JSON_STRING },
	{ "observer.product", LOGFORMAT_NAME, JSON_STRING },
	{ "observer.type", "firewall", JSON_STRING },
};
#define ADDED (sizeof(added) / sizeof(added[0]))

/* Members, and those that are added where the record has none of that name. */
struct tree {
	struct json_member items[LOGMEMBERS_MAX + ADDED];
	size_t count;
	bool written[LOGMEMBERS_MAX + ADDED];
};

static void make_tree(const struct logmembers *members, struct tree *tree)
{
	memcpy(tree->items, members->items, members->count * sizeof(members->items[0]));
	tree->count = members->count;
	for (size_t i = 0; i < ADDED; i++)
		if (!logmembers_find(members, added[i].key))
			tree->items[tree->count++] = added[i];
	memset(tree->written, 0, sizeof(tree->written));
}

static bool is_array(const char *key)
{
	return strcmp(key, "event.category") == 0 || strcmp(key, "event.type") == 0;
}

static void put_leaf(struct json *json, const struct json_member *member, size_t from)
{
	json_key(json, member->key + from);
	if (is_array(member->key))
		json_array_begin(json);
	logmembers_value(json, member);
	if (is_array(member->key))
		json_array_end(json);
}

/* How long the name up to its next dot is, from there on; 0: there is no dot. */
static size_t part_length(const char *key, size_t from)
{
	const char *dot = strchr(key + from, '.');

	return dot ? (size_t)(dot - key) : 0;
}

/* Is the name so far a member itself, which cannot be an object, too? */
static bool is_leaf(const struct tree *tree, const char *key, size_t length)
{
	for (size_t i = 0; i < tree->count; i++)
		if (strncmp(tree->items[i].key, key, length) == 0 &&
			tree->items[i].key[length] == '\0')
			return true;
	return false;
}

static void put_level(struct json *json, struct tree *tree, const char *prefix, size_t from);

/* What begins with the same name goes into one object, where the first of them stands. */
static void put_object(
	struct json *json, struct tree *tree, const char *key, size_t from, size_t length)
{
	char name[256];

	memcpy(name, key + from, length - from);
	name[length - from] = '\0';
	json_key(json, name);
	json_object_begin(json);
	put_level(json, tree, key, length + 1);
	json_object_end(json);
}

/* All that is not written yet and begins with so many bytes of prefix. */
static void put_level(struct json *json, struct tree *tree, const char *prefix, size_t from)
{
	for (size_t i = 0; i < tree->count; i++) {
		const char *key = tree->items[i].key;
		size_t length;

		if (tree->written[i] || strncmp(key, prefix, from) != 0)
			continue;
		length = part_length(key, from);
		if (length > from && length - from < 256 && key[length + 1] != '\0' &&
			!is_leaf(tree, key, length)) {
			put_object(json, tree, key, from, length);
			continue;
		}
		tree->written[i] = true;
		put_leaf(json, &tree->items[i], from);
	}
}

void logformat_ecs(struct json *json, const struct logformat_record *record)
{
	struct tree tree;

	make_tree(&record->members, &tree);
	json_object_begin(json);
	put_level(json, &tree, "", 0);
	json_object_end(json);
	json_newline(json);
}
