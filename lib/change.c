/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "change_impl.h"
#include "strmap.h"

/* ---- the list that is made ---- */

struct finding {
	struct change *change;
	struct change_text before, after; /* of one key, used again and again */
};

static void clear_item(struct change_item *item)
{
	for (size_t i = 0; i < item->field_count; i++) {
		free(item->fields[i].before);
		free(item->fields[i].after);
	}
	free(item->fields);
	free(item->name);
}

void change_free(struct change *change)
{
	if (!change)
		return;
	for (size_t i = 0; i < change->count; i++)
		clear_item(&change->items[i]);
	free(change->items);
	free(change);
}

/* The item is the list's from now on, or is cleared. */
static int add_item(struct change *change, struct change_item *item)
{
	struct change_item *items =
		array_reserve(change->items, sizeof(*change->items), change->count, &change->room);

	if (!items) {
		clear_item(item);
		return -ENOMEM;
	}
	change->items = items;
	change->items[change->count++] = *item;
	return 0;
}

static int add_field(struct change_item *item, const char *key, const char *before,
	const char *after, unsigned int effects)
{
	struct change_field *fields =
		reallocarray(item->fields, item->field_count + 1, sizeof(*fields));
	struct change_field field = { .key = key, .effects = effects };

	if (!fields)
		return -ENOMEM;
	item->fields = fields;
	field.before = strdup(before);
	field.after = strdup(after);
	fields[item->field_count++] = field;
	item->effects |= effects;
	return field.before && field.after ? 0 : -ENOMEM;
}

int change_add_item(struct change *change, enum change_action action, enum change_what what,
	const char *name, unsigned int effects)
{
	struct change_item item = {
		.action = action,
		.what = what,
		.name = strdup(name),
		.effects = effects,
	};

	return item.name ? add_item(change, &item) : -ENOMEM;
}

int change_add_field(struct change *change, const char *key, const char *before, const char *after,
	unsigned int effects)
{
	return add_field(&change->items[change->count - 1], key, before, after, effects);
}

/* ---- comparing one thing ---- */

/* The text of a key, "" of what is not there; valid until the next use. NULL: out of memory. */
static const char *text_of(
	struct change_text *text, const struct change_key *key, const struct change_side *side)
{
	text->length = 0;
	if (side->object)
		key->put(text, side, key->offset);
	change_put_text(text, "");
	return text->failed ? NULL : text->bytes;
}

static int find_effects(const struct change_key *key, const struct change_side *before,
	const struct change_side *after, unsigned int *ret_effects)
{
	int relations = CHANGE_OTHER;

	*ret_effects = 0;
	if (!before->object)
		*ret_effects = key->added;
	else if (!after->object)
		*ret_effects = key->removed;
	if (!before->object || !after->object)
		return 0;
	if (key->relate && (relations = key->relate(before, after, key->offset)) < 0)
		return relations;
	*ret_effects = (relations & CHANGE_GREW ? key->grew : 0) |
		       (relations & CHANGE_SHRANK ? key->shrank : 0);
	return 0;
}

static int compare_key(struct finding *finding, const struct change_key *key,
	const struct change_side *before, const struct change_side *after, struct change_item *item)
{
	const char *old = text_of(&finding->before, key, before);
	const char *new = text_of(&finding->after, key, after);
	unsigned int effects;
	int r;

	if (!old || !new)
		return -ENOMEM;
	if (strcmp(old, new) == 0)
		return 0;
	r = find_effects(key, before, after, &effects);
	return r < 0 ? r : add_field(item, key->name, old, new, effects);
}

static int compare(struct finding *finding, const struct change_kind *kind, const char *name,
	const struct change_side *before, const struct change_side *after)
{
	struct change_item item = { .what = kind->what, .action = CHANGE_CHANGED };
	int r = 0;

	if (!before->object) {
		item.action = CHANGE_ADDED;
		item.effects = kind->added;
	} else if (!after->object) {
		item.action = CHANGE_REMOVED;
		item.effects = kind->removed;
	}
	for (const struct change_key *key = kind->keys; key->name && r == 0; key++)
		r = compare_key(finding, key, before, after, &item);
	if (r == 0 && !item.field_count && item.action == CHANGE_CHANGED)
		return 0;
	item.name = strdup(name);
	if (r == 0 && item.name)
		return add_item(finding->change, &item);
	clear_item(&item);
	return -ENOMEM;
}

/* ---- things with names ---- */

/* What a policy has of a kind. */
struct names {
	char **names; /* owned; NULL: left out */
	size_t count;
	struct strmap map;
};

static void clear_names(struct names *names)
{
	for (size_t i = 0; names->names && i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	strmap_clear(&names->map);
}

static int add_name(struct names *names, size_t index, const char *name)
{
	int r;

	names->names[index] = strdup(name);
	r = names->names[index] ? strmap_add(&names->map, names->names[index], index) : -ENOMEM;
	return r == -EEXIST ? 0 : r;
}

static int collect_names(
	const struct change_kind *kind, const struct policy *policy, struct names *ret_names)
{
	struct change_text text = { 0 };
	int r = 0;

	*ret_names = (struct names){ .count = kind->count(policy) };
	ret_names->names = calloc(ret_names->count + 1, sizeof(*ret_names->names));
	if (!ret_names->names)
		return -ENOMEM;
	for (size_t i = 0; i < ret_names->count && r == 0; i++) {
		const struct change_side side = { policy, kind->at(policy, i) };

		text.length = 0;
		kind->name(&text, &side);
		if (text.failed)
			r = -ENOMEM;
		else if (text.length > 0)
			r = add_name(ret_names, i, text.bytes);
	}
	free(text.bytes);
	return r;
}

static int compare_names(struct finding *finding, const struct change_kind *kind,
	const struct policy *before, const struct policy *after, const struct names *old,
	const struct names *new)
{
	struct change_side nothing = { 0 };
	size_t index;
	int r = 0;

	for (size_t i = 0; i < new->count &&r == 0; i++) {
		struct change_side side = { after, kind->at(after, i) }, other = nothing;

		if (new->names[i] && strmap_find(&old->map, new->names[i], &index))
			other = (struct change_side){ before, kind->at(before, index) };
		if (new->names[i])
			r = compare(finding, kind, new->names[i], &other, &side);
	}
	for (size_t i = 0; i < old->count && r == 0; i++) {
		struct change_side side = { before, kind->at(before, i) };

		if (old->names[i] && !strmap_find(&new->map, old->names[i], &index))
			r = compare(finding, kind, old->names[i], &side, &nothing);
	}
	return r;
}

static int compare_kind(struct finding *finding, const struct change_kind *kind,
	const struct policy *before, const struct policy *after)
{
	struct names old = { 0 }, new = { 0 };
	int r = collect_names(kind, before, &old);

	if (r == 0)
		r = collect_names(kind, after, &new);
	if (r == 0)
		r = compare_names(finding, kind, before, after, &old, &new);
	clear_names(&old);
	clear_names(&new);
	return r;
}

/* ---- whole policies ---- */

/* Each setting is an item. */
static int compare_settings(
	struct finding *finding, const struct policy *before, const struct policy *after)
{
	const struct change_side old = { before, before }, new = { after, after };
	int r = 0;

	for (const struct change_key *key = change_settings; key->name && r == 0; key++) {
		const struct change_key keys[] = { *key, { 0 } };
		const struct change_kind kind = { .what = CHANGE_SETTING, .keys = keys };

		r = compare(finding, &kind, key->name, &old, &new);
	}
	return r;
}

static int compare_policies(
	struct finding *finding, const struct policy *before, const struct policy *after)
{
	const struct change_kind *const lists[] = { change_places, change_paths, change_claims };
	int r = compare_settings(finding, before, after);

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct change_kind *kind = lists[i]; kind->count && r == 0; kind++)
			r = compare_kind(finding, kind, before, after);
	return r;
}

int change_find(const struct policy *before, const struct policy *after, struct change **ret_change)
{
	struct finding finding = { .change = calloc(1, sizeof(*finding.change)) };
	struct policy *empty = NULL;
	int r = finding.change ? 0 : -ENOMEM;

	if (r == 0 && !before)
		r = policy_new(&empty);
	if (r == 0)
		r = compare_policies(&finding, before ? before : empty, after);
	policy_free(empty);
	free(finding.before.bytes);
	free(finding.after.bytes);
	if (r < 0) {
		change_free(finding.change);
		return r;
	}
	*ret_change = finding.change;
	return 0;
}

static const char *find_key(const struct change_key *keys, const char *name)
{
	while (keys->name && strcmp(keys->name, name) != 0)
		keys++;
	return keys->name;
}

/* Of both that are about packets. */
static const struct change_key packet_keys[] = { { .name = "ipv4" }, { .name = "ipv4-example" },
	{ .name = "ipv4-known" }, { .name = "ipv4-known-example" }, { .name = "ipv4-stray" },
	{ .name = "ipv4-stray-example" }, { .name = "ipv6" }, { .name = "ipv6-example" },
	{ .name = "ipv6-known" }, { .name = "ipv6-known-example" }, { .name = "ipv6-stray" },
	{ .name = "ipv6-stray-example" }, { .name = "why" }, { .name = "count" },
	{ .name = NULL } };

static bool is_of_packets(enum change_what what)
{
	return what == CHANGE_PACKETS || what == CHANGE_RECORDS;
}

const char *change_key_name(enum change_what what, const char *name)
{
	const struct change_kind *const lists[] = { change_places, change_paths, change_claims };

	if (what == CHANGE_SETTING)
		return find_key(change_settings, name);
	if (is_of_packets(what))
		return find_key(packet_keys, name);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct change_kind *kind = lists[i]; kind->count; kind++)
			if (kind->what == what)
				return find_key(kind->keys, name);
	return NULL;
}

struct change_counts change_count(const struct change *change)
{
	struct change_counts counts = { 0 };

	for (size_t i = 0; i < change->count; i++) {
		const struct change_item *item = &change->items[i];

		if (is_of_packets(item->what))
			continue;
		counts.added += item->action == CHANGE_ADDED;
		counts.removed += item->action == CHANGE_REMOVED;
		counts.changed += item->action == CHANGE_CHANGED;
		counts.opens += (item->effects & CHANGE_OPENS) != 0;
		counts.closes += (item->effects & CHANGE_CLOSES) != 0;
		counts.weakens += (item->effects & CHANGE_WEAKENS) != 0;
	}
	return counts;
}
