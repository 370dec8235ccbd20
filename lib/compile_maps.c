/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boxes of a pair → maps: a hash map for exact keys, interval maps in layers for the rest. The
 * hash map is looked up first, then the layers. So of paths that permit the same packet the one
 * that names it exactly gives the mark, then the one that stands first in the file; which of them
 * it is changes nothing of what passes. Timed paths have maps of their own in the same way, but of
 * equal keys each counts.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"
#include "i18n.h"
#include "keyorder.h"
#include "layers.h"

static const char *const kind_names[MAP_KINDS] = {
	[MAP_PORT] = "port",
	[MAP_ICMP] = "icmp",
	[MAP_PROTO] = "proto",
};

#define LAYER_EXACT UINT32_MAX

/* Which maps of which pair. */
struct place {
	struct compiler *compiler;
	size_t from, to;
	enum map_time time;
	enum map_kind kind;
	enum addr_family family;
};

static struct pair_maps *maps_at(const struct place *place)
{
	return &pair_of(place->compiler, place->from, place->to)->maps[place->time];
}

/* "lgwan-to-internet.port4", "lgwan-to-internet.timed-port4-range0" */
static void map_name(const struct place *place, unsigned int layer, char name[RULESET_NAME_MAX + 1])
{
	const char *timed = place->time == MAP_TIMED ? "timed-" : "";
	const char *kind = kind_names[place->kind];
	int family = place->family == ADDR_IPV4 ? 4 : 6;
	char pair[RULESET_NAME_MAX + 1];

	pair_name(place->compiler, place->from, place->to, pair);
	if (layer == LAYER_EXACT)
		snprintf(name, RULESET_NAME_MAX + 1, "%.90s.%s%s%d", pair, timed, kind, family);
	else
		snprintf(name, RULESET_NAME_MAX + 1, "%.90s.%s%s%d-range%u", pair, timed, kind,
			family, layer);
}

static enum path_direction direction_of(const struct compiler *compiler, size_t from, size_t to)
{
	if (from == gateway_zone(compiler))
		return PATH_OUTPUT;
	return to == gateway_zone(compiler) ? PATH_INPUT : PATH_FORWARD;
}

static const uint8_t *box_first(const struct boxes *boxes, size_t index)
{
	return boxes->bytes + index * 2 * boxes->key_length;
}

static const uint8_t *box_last(const struct boxes *boxes, size_t index)
{
	return box_first(boxes, index) + boxes->key_length;
}

static bool is_exact(const struct boxes *boxes, size_t index)
{
	return memcmp(box_first(boxes, index), box_last(boxes, index), boxes->key_length) == 0;
}

/* One map being made: where it belongs and the indexes of its boxes. */
struct map {
	struct place place;
	struct maker *make;
	struct boxes *boxes;
	uint32_t *order;
	size_t count;
};

static unsigned int fields_at(const struct place *place, enum field_type fields[RULESET_FIELDS_MAX],
	unsigned int *ret_key_length)
{
	return map_fields(direction_of(place->compiler, place->from, place->to), place->kind,
		place->family, fields, ret_key_length);
}

static struct set *new_map(const struct map *map, unsigned int layer)
{
	enum field_type fields[RULESET_FIELDS_MAX];
	char name[RULESET_NAME_MAX + 1];
	unsigned int key_length, count;

	count = fields_at(&map->place, fields, &key_length);
	map_name(&map->place, layer, name);
	return make_set(map->make, name, layer == LAYER_EXACT ? SET_MAP : SET_MAP | SET_INTERVAL,
		fields, count, FIELD_MARK);
}

/* Has the i-th of the sorted boxes, which are exact, the key of the one before it? */
static bool is_repeated(const struct map *map, size_t i)
{
	return i > 0 &&
	       memcmp(box_first(map->boxes, map->order[i]),
		       box_first(map->boxes, map->order[i - 1]), map->boxes->key_length) == 0;
}

/* Of equal keys the one that was given first stays. */
static int exact_map(const struct map *map)
{
	struct boxes *boxes = map->boxes;
	const struct keyorder by = { boxes->bytes, 2 * boxes->key_length, boxes->key_length };
	struct set *set = new_map(map, LAYER_EXACT);
	int error = keyorder_sort(&by, map->order, map->count);

	if (error < 0)
		return error;
	for (size_t i = 0; i < map->count && set; i++)
		if (!is_repeated(map, i))
			make_element(map->make, set, box_first(boxes, map->order[i]), NULL,
				boxes->marks[map->order[i]], boxes->lines[map->order[i]]);
	if (set)
		set->size = (uint32_t)set->count;
	return 0;
}

static int assign_layers(const struct map *map, unsigned int *layers, unsigned int *ret_layer_count)
{
	struct layer_box *ranges = malloc(map->count * sizeof(*ranges));
	enum field_type fields[RULESET_FIELDS_MAX];
	unsigned int widths[RULESET_FIELDS_MAX], key_length, field_count;
	int error;

	if (!ranges)
		return -ENOMEM;
	field_count = fields_at(&map->place, fields, &key_length);
	for (unsigned int i = 0; i < field_count; i++)
		widths[i] = field_info(fields[i])->slot;
	for (size_t i = 0; i < map->count; i++) {
		ranges[i].first = box_first(map->boxes, map->order[i]);
		ranges[i].last = box_last(map->boxes, map->order[i]);
	}
	error = layers_assign(ranges, map->count, widths, field_count, layers, ret_layer_count);
	free(ranges);
	return error;
}

static void layer_maps(const struct map *map, const unsigned int *layers, unsigned int layer_count)
{
	struct maker *make = map->make;
	size_t first = make->ruleset->set_count;

	for (unsigned int i = 0; i < layer_count; i++)
		new_map(map, i);
	for (size_t i = 0; i < map->count && !make->error; i++) {
		uint32_t box = map->order[i];

		make_element(make, &make->ruleset->sets[first + layers[i]],
			box_first(map->boxes, box), box_last(map->boxes, box),
			map->boxes->marks[box], map->boxes->lines[box]);
	}
}

static int range_maps(const struct map *map, unsigned int *ret_layer_count)
{
	unsigned int *layers = malloc(map->count * sizeof(*layers));
	int error = layers ? assign_layers(map, layers, ret_layer_count) : -ENOMEM;

	if (error == 0)
		layer_maps(map, layers, *ret_layer_count);
	free(layers);
	if (error != -E2BIG)
		return error;
	struct diag_loc loc = { .file = map->place.compiler->policy->file,
		.line = map->boxes->lines[map->order[*ret_layer_count]] };

	*ret_layer_count = 0;
	diag_add(map->place.compiler->diags, DIAG_ERROR, loc,
		_("write the paths so that their addresses and ports do not overlap"),
		_("more than %d paths overlap one another here"), LAYERS_MAX);
	return -EINVAL;
}

/* The indexes of the exact boxes, or of the others, behind those that are there. */
static void select_boxes(struct map *map, bool exact)
{
	for (size_t i = 0; i < map->boxes->count; i++)
		if (is_exact(map->boxes, i) == exact)
			map->order[map->count++] = (uint32_t)i;
}

/* Of the sorted exact boxes only those stay that are not in the map, their key being there. */
static void keep_repeated(struct map *map)
{
	size_t kept = 0;

	for (size_t i = 0; i < map->count; i++)
		if (is_repeated(map, i))
			map->order[kept++] = map->order[i];
	map->count = kept;
}

static int kind_maps(struct map *map)
{
	struct pair_maps *maps = maps_at(&map->place);
	int error = 0;

	map->count = 0;
	map->order = malloc(map->boxes->count * sizeof(*map->order));
	if (!map->order)
		return -ENOMEM;
	select_boxes(map, true);
	maps->has_exact[map->place.kind][map->place.family] = map->count > 0;
	if (map->count > 0)
		error = exact_map(map);
	if (map->place.time == MAP_TIMED)
		keep_repeated(map);
	else
		map->count = 0;
	select_boxes(map, false);
	if (error == 0 && map->count > 0)
		error = range_maps(map, &maps->layers[map->place.kind][map->place.family]);
	free(map->order);
	return error;
}

/* The i-th place of a pair. */
static struct place place_at(struct compiler *compiler, size_t from, size_t to, unsigned int i)
{
	return (struct place){ .compiler = compiler,
		.from = from,
		.to = to,
		.time = (enum map_time)(i / (MAP_KINDS * ADDR_FAMILIES)),
		.kind = (enum map_kind)(i / ADDR_FAMILIES % MAP_KINDS),
		.family = (enum addr_family)(i % ADDR_FAMILIES) };
}

int pair_maps(struct compiler *compiler, size_t from, size_t to)
{
	struct pair *pair = pair_of(compiler, from, to);
	struct map map = { .make = &compiler->make };
	int result = 0;

	for (unsigned int i = 0; i < MAP_TIMES * MAP_KINDS * ADDR_FAMILIES; i++) {
		map.place = place_at(compiler, from, to, i);
		map.boxes = &maps_at(&map.place)->boxes[map.place.kind][map.place.family];
		if (map.boxes->count == 0)
			continue;
		pair->permits = true;
		pair->timed |= map.place.time == MAP_TIMED;
		int error = kind_maps(&map);

		if (error == -ENOMEM)
			return error;
		if (error < 0)
			result = error;
	}
	return result;
}

/* What a packet is looked up by. A reply is looked up as its connection's first packet was: its
 * destination is the initiator. */
static struct selectors lookup_selectors(const struct place *place, bool reply)
{
	static const enum selector sources[] = { SEL_IP_SADDR, SEL_IP6_SADDR };
	static const enum selector destinations[] = { SEL_IP_DADDR, SEL_IP6_DADDR };
	static const enum selector types[] = { SEL_ICMP_TYPE, SEL_ICMPV6_TYPE };
	static const enum selector codes[] = { SEL_ICMP_CODE, SEL_ICMPV6_CODE };
	struct selectors selectors = { .count = 0 };
	enum addr_family family = place->family;

	if (place->from != gateway_zone(place->compiler))
		selectors.list[selectors.count++] = reply ? destinations[family] : sources[family];
	if (place->to != gateway_zone(place->compiler))
		selectors.list[selectors.count++] = reply ? sources[family] : destinations[family];
	switch (place->kind) {
	case MAP_PORT:
		selectors.list[selectors.count++] = SEL_META_L4PROTO;
		selectors.list[selectors.count++] = reply ? SEL_TH_SPORT : SEL_TH_DPORT;
		break;
	case MAP_ICMP:
		selectors.list[selectors.count++] = types[family];
		selectors.list[selectors.count++] = codes[family];
		break;
	case MAP_PROTO:
		selectors.list[selectors.count++] = SEL_META_L4PROTO;
		break;
	case MAP_KINDS:
		break;
	}
	return selectors;
}

static void lookup_rule(const struct place *place, unsigned int layer, bool reply)
{
	struct selectors selectors = lookup_selectors(place, reply);
	struct maker *make = &place->compiler->make;
	char name[RULESET_NAME_MAX + 1], permitted[RULESET_NAME_MAX + 1] = CHAIN_PERMITTED;

	if (!reply)
		permitted_name(place->compiler, place->from, place->to, permitted);
	map_name(place, layer, name);
	make_rule(make, 0);
	make_family(make, place->family);
	if (place->kind == MAP_ICMP)
		make_protocol(make, place->family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	make_keyed(make, STMT_CT_MARK_MAP, &selectors, name);
	if (place->time == MAP_TIMED)
		timed_require_open(place->compiler, reply ? place->to : place->from,
			reply ? place->from : place->to);
	make_verdict(make, VERDICT_GOTO, permitted);
}

/* In the order of the rules: first all that is always open, and IPv4 first. */
static struct place lookup_at(struct compiler *compiler, size_t from, size_t to, unsigned int i)
{
	struct place place = place_at(compiler, from, to, i);

	place.family = (enum addr_family)(i / MAP_KINDS % ADDR_FAMILIES);
	place.kind = (enum map_kind)(i % MAP_KINDS);
	return place;
}

static void lookups(struct compiler *compiler, size_t from, size_t to, bool reply)
{
	for (unsigned int i = 0; i < MAP_TIMES * MAP_KINDS * ADDR_FAMILIES; i++) {
		struct place place = lookup_at(compiler, from, to, i);
		const struct pair_maps *maps = maps_at(&place);

		/* A reply's type tells nothing of the type that was asked with. */
		if (reply && place.kind == MAP_ICMP)
			continue;
		if (maps->has_exact[place.kind][place.family])
			lookup_rule(&place, LAYER_EXACT, reply);
		for (unsigned int layer = 0; layer < maps->layers[place.kind][place.family];
			layer++)
			lookup_rule(&place, layer, reply);
	}
}

void pair_lookups(struct compiler *compiler, size_t from, size_t to)
{
	lookups(compiler, from, to, false);
}

void reply_lookups(struct compiler *compiler, size_t from, size_t to)
{
	lookups(compiler, from, to, true);
}
