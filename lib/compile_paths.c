/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths → boxes. A path is a product: parts of its from × parts of its to × families × service
 * entries, each a closed range in every field of a map's key.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"
#include "flowkey.h"
#include "i18n.h"

#define BOXES_MAX (4u << 20) /* of all paths: beyond this is a mistake, not a policy */

/* A rectangle of a map's last fields, one byte-string each end. */
struct tail {
	enum map_kind kind;
	uint8_t first[8], last[8];
	unsigned int length;
};

struct expansion {
	struct compiler *compiler;
	const struct policy_path *path;
	struct pair *pair;
	size_t box_count; /* of all paths */
	bool extension;	  /* the path asks for what IPv6 has as an extension header */
};

unsigned int map_fields(enum path_direction direction, enum map_kind kind, enum addr_family family,
	enum field_type ret_fields[RULESET_FIELDS_MAX], unsigned int *ret_key_length)
{
	static const enum field_type addresses[] = { FIELD_IPV4_ADDR, FIELD_IPV6_ADDR };
	static const enum field_type tails[MAP_KINDS][ADDR_FAMILIES][2] = {
		[MAP_PORT] = { { FIELD_INET_PROTO, FIELD_INET_SERVICE },
			{ FIELD_INET_PROTO, FIELD_INET_SERVICE } },
		[MAP_ICMP] = { { FIELD_ICMP_TYPE, FIELD_ICMP_CODE },
			{ FIELD_ICMPV6_TYPE, FIELD_ICMPV6_CODE } },
		[MAP_PROTO] = { { FIELD_INET_PROTO, FIELD_INVALID },
			{ FIELD_INET_PROTO, FIELD_INVALID } },
	};
	unsigned int count = 0;

	ret_fields[count++] = addresses[family];
	if (direction == PATH_FORWARD)
		ret_fields[count++] = addresses[family];
	for (unsigned int i = 0; i < 2 && tails[kind][family][i] != FIELD_INVALID; i++)
		ret_fields[count++] = tails[kind][family][i];
	*ret_key_length = 0;
	for (unsigned int i = 0; i < count; i++)
		*ret_key_length += field_info(ret_fields[i])->slot;
	return count;
}

void pair_clear(struct pair *pair)
{
	for (unsigned int i = 0; i < MAP_TIMES * MAP_KINDS * ADDR_FAMILIES; i++) {
		struct pair_maps *maps = &pair->maps[i / (MAP_KINDS * ADDR_FAMILIES)];
		struct boxes *boxes =
			&maps->boxes[i / ADDR_FAMILIES % MAP_KINDS][i % ADDR_FAMILIES];

		free(boxes->bytes);
		free(boxes->marks);
		free(boxes->lines);
	}
}

static int grow(struct boxes *boxes)
{
	size_t room = boxes->room ? boxes->room * 2 : 8;
	uint8_t *bytes = realloc(boxes->bytes, room * 2 * boxes->key_length);

	if (!bytes)
		return -ENOMEM;
	boxes->bytes = bytes;
	uint32_t *marks = realloc(boxes->marks, room * sizeof(*marks));

	if (!marks)
		return -ENOMEM;
	boxes->marks = marks;
	unsigned int *lines = realloc(boxes->lines, room * sizeof(*lines));

	if (!lines)
		return -ENOMEM;
	boxes->lines = lines;
	boxes->room = room;
	return 0;
}

/* from and to are the address ranges; NULL where the gateway is that end. */
static int add_box(struct expansion *expansion, enum addr_family family,
	const struct addr_range *from, const struct addr_range *to, const struct tail *tail)
{
	enum map_time time = policy_path_timed(expansion->path) ? MAP_TIMED : MAP_ALWAYS;
	struct boxes *boxes = &expansion->pair->maps[time].boxes[tail->kind][family];
	enum field_type fields[RULESET_FIELDS_MAX];
	size_t length = addr_length(family);
	uint8_t *first, *last;

	if (boxes->room == 0)
		map_fields(
			expansion->path->direction, tail->kind, family, fields, &boxes->key_length);
	if (boxes->count == boxes->room && grow(boxes) < 0)
		return -ENOMEM;
	first = boxes->bytes + boxes->count * 2 * boxes->key_length;
	last = first + boxes->key_length;
	for (unsigned int i = 0; i < 2; i++) {
		const struct addr_range *range = i == 0 ? from : to;

		if (!range)
			continue;
		memcpy(first, range->first, length);
		memcpy(last, range->last, length);
		first += length;
		last += length;
	}
	memcpy(first, tail->first, tail->length);
	memcpy(last, tail->last, tail->length);
	boxes->marks[boxes->count] = expansion->path->id;
	boxes->lines[boxes->count++] = expansion->path->loc.line;
	return 0;
}

/* Count boxes that are about to be made. */
static int count_boxes(struct expansion *expansion, size_t count)
{
	expansion->box_count += count;
	if (expansion->box_count <= BOXES_MAX)
		return 0;
	diag_add(expansion->compiler->diags, DIAG_ERROR, expansion->path->loc, NULL,
		_("path \"%s\": the paths need more than %u rules"), expansion->path->name,
		BOXES_MAX);
	return -EINVAL;
}

/* Every address range of one end with every one of the other. */
static int add_product(struct expansion *expansion, enum addr_family family,
	const struct policy_part *from, const struct policy_part *to, const struct tail *tail)
{
	size_t from_count = from ? from->addresses[family].count : 1;
	size_t to_count = to ? to->addresses[family].count : 1;
	int error = count_boxes(expansion, from_count * to_count);

	for (size_t i = 0; i < from_count && error == 0; i++)
		for (size_t j = 0; j < to_count && error == 0; j++)
			error = add_box(expansion, family,
				from ? &from->addresses[family].ranges[i] : NULL,
				to ? &to->addresses[family].ranges[j] : NULL, tail);
	return error;
}

static void proto_tail(struct tail *tail, uint8_t first, uint8_t last)
{
	unsigned int offset = 0;

	tail->kind = MAP_PROTO;
	key_put_u8(tail->first, &offset, FIELD_INET_PROTO, first);
	tail->length = offset;
	offset = 0;
	key_put_u8(tail->last, &offset, FIELD_INET_PROTO, last);
}

static void port_tail(struct tail *tail, const struct policy_service_entry *entry)
{
	unsigned int first = 0, last = 0;

	tail->kind = MAP_PORT;
	key_put_u8(tail->first, &first, FIELD_INET_PROTO, entry->protocol);
	key_put_u8(tail->last, &last, FIELD_INET_PROTO, entry->protocol);
	key_put_be16(tail->first, &first, FIELD_INET_SERVICE, entry->ports.first);
	key_put_be16(tail->last, &last, FIELD_INET_SERVICE, entry->ports.last);
	tail->length = first;
}

static void icmp_tail(
	struct tail *tail, enum addr_family family, const uint8_t types[2], const uint8_t codes[2])
{
	enum field_type type = family == ADDR_IPV4 ? FIELD_ICMP_TYPE : FIELD_ICMPV6_TYPE;
	enum field_type code = family == ADDR_IPV4 ? FIELD_ICMP_CODE : FIELD_ICMPV6_CODE;
	unsigned int first = 0, last = 0;

	tail->kind = MAP_ICMP;
	key_put_u8(tail->first, &first, type, types[0]);
	key_put_u8(tail->last, &last, type, types[1]);
	key_put_u8(tail->first, &first, code, codes[0]);
	key_put_u8(tail->last, &last, code, codes[1]);
	tail->length = first;
}

/* A range of type << 8 | code is not one rectangle of types and codes, but up to three: the codes
 * left of its first type, the types between with all codes, the codes of its last type. */
static unsigned int icmp_tails(
	struct tail tails[3], enum addr_family family, const struct port_range *range)
{
	uint8_t first_type = (uint8_t)(range->first >> 8), first_code = (uint8_t)range->first;
	uint8_t last_type = (uint8_t)(range->last >> 8), last_code = (uint8_t)range->last;
	unsigned int count = 0;

	if (first_type == last_type) {
		icmp_tail(&tails[0], family, (uint8_t[]){ first_type, last_type },
			(uint8_t[]){ first_code, last_code });
		return 1;
	}
	icmp_tail(&tails[count++], family, (uint8_t[]){ first_type, first_type },
		(uint8_t[]){ first_code, 255 });
	if (last_type - first_type > 1)
		icmp_tail(&tails[count++], family,
			(uint8_t[]){ (uint8_t)(first_type + 1), (uint8_t)(last_type - 1) },
			(uint8_t[]){ 0, 255 });
	icmp_tail(&tails[count++], family, (uint8_t[]){ last_type, last_type },
		(uint8_t[]){ 0, last_code });
	return count;
}

/* What a service entry is in a family's maps; 0 when that family does not have its protocol. */
static unsigned int entry_tails(
	struct tail tails[3], enum addr_family family, const struct policy_service_entry *entry)
{
	bool is_icmp = entry->protocol == IPPROTO_ICMP || entry->protocol == IPPROTO_ICMPV6;
	uint8_t foreign = family == ADDR_IPV4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	if (entry->protocol == foreign)
		return 0;
	if (is_icmp && !entry->whole)
		return icmp_tails(tails, family, &entry->ports);
	if (entry->whole)
		proto_tail(&tails[0], entry->protocol, entry->protocol);
	else
		port_tail(&tails[0], entry);
	return 1;
}

/* A "protocol" that is an extension header in IPv6 is never the protocol of an IPv6 packet. */
static bool is_extension(enum addr_family family, uint8_t protocol)
{
	static const uint8_t extensions[] = FLOW_EXTENSIONS;

	return family == ADDR_IPV6 && memchr(extensions, protocol, sizeof(extensions)) != NULL;
}

static int add_service(struct expansion *expansion, enum addr_family family,
	const struct policy_part *from, const struct policy_part *to,
	const struct policy_service *service)
{
	struct tail tails[3];

	if (service->any) {
		proto_tail(&tails[0], 0, UINT8_MAX);
		return add_product(expansion, family, from, to, &tails[0]);
	}
	for (size_t i = 0; i < service->entry_count; i++) {
		unsigned int count = entry_tails(tails, family, &service->entries[i]);

		if (is_extension(family, service->entries[i].protocol)) {
			expansion->extension = true;
			continue;
		}
		for (unsigned int j = 0; j < count; j++) {
			int error = add_product(expansion, family, from, to, &tails[j]);

			if (error < 0)
				return error;
		}
	}
	return 0;
}

/* One part of each end; NULL is the gateway. */
static int add_parts(
	struct expansion *expansion, const struct policy_part *from, const struct policy_part *to)
{
	const struct policy *policy = expansion->compiler->policy;
	const struct policy_path *path = expansion->path;

	for (unsigned int family = 0; family < ADDR_FAMILIES; family++) {
		if ((from && from->addresses[family].count == 0) ||
			(to && to->addresses[family].count == 0))
			continue;
		for (size_t i = 0; i < path->service_count; i++) {
			int error = add_service(expansion, (enum addr_family)family, from, to,
				&policy->services[path->services[i]]);

			if (error < 0)
				return error;
		}
	}
	return 0;
}

static size_t part_zone(const struct compiler *compiler, const struct policy_part *part)
{
	return part ? compiler->policy->segments[part->segment].zone : gateway_zone(compiler);
}

/* The i-th part of an end; NULL when the end is the gateway. */
static const struct policy_part *part_at(const struct policy_end *end, size_t i)
{
	return end->part_count ? &end->parts[i] : NULL;
}

static int expand(struct expansion *expansion)
{
	const struct policy_path *path = expansion->path;
	struct compiler *compiler = expansion->compiler;
	size_t before = expansion->box_count;
	size_t from_count = path->from.part_count ? path->from.part_count : 1;
	size_t to_count = path->to.part_count ? path->to.part_count : 1;

	for (size_t i = 0; i < from_count * to_count; i++) {
		const struct policy_part *from = part_at(&path->from, i / to_count);
		const struct policy_part *to = part_at(&path->to, i % to_count);
		int error;

		expansion->pair =
			pair_of(compiler, part_zone(compiler, from), part_zone(compiler, to));
		error = add_parts(expansion, from, to);
		if (error < 0)
			return error;
	}
	if (expansion->extension)
		diag_add(compiler->diags, DIAG_WARNING, path->loc, NULL,
			_("path \"%s\": in IPv6 one of its protocols is an extension header, "
			  "which is never forwarded"),
			path->name);
	if (expansion->box_count > before)
		return 0;
	diag_add(compiler->diags, DIAG_ERROR, path->loc, NULL,
		_("path \"%s\" permits nothing: its ends and its service have no address family in "
		  "common"),
		path->name);
	return -EINVAL;
}

int path_boxes(struct compiler *compiler)
{
	struct expansion expansion = { .compiler = compiler };
	int result = 0;

	for (size_t i = 0; i < compiler->policy->path_count; i++) {
		expansion.path = &compiler->policy->paths[i];
		expansion.extension = false;
		int error = expand(&expansion);

		if (error == -ENOMEM || expansion.box_count > BOXES_MAX)
			return error;
		if (error < 0)
			result = error;
	}
	return result;
}
