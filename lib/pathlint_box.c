/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths as boxes, and the order in which they are found. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "pathlint_impl.h"

#define GATEWAY	     SIZE_MAX
#define ALL_SERVICES ((pathbox_value)UINT8_MAX << 16 | UINT16_MAX)

static pathbox_value address_value(enum addr_family family, const uint8_t *bytes)
{
	pathbox_value value = 0;

	for (size_t i = 0; i < addr_length(family); i++)
		value = value << 8 | bytes[i];
	return value;
}

/* ---- making them ---- */

static int add_box(struct pathboxes *boxes, const struct pathbox *box)
{
	struct pathbox *list =
		array_reserve(boxes->by_path, sizeof(*list), boxes->count, &boxes->room);

	if (list == NULL)
		return -ENOMEM;
	boxes->by_path = list;
	boxes->by_path[boxes->count++] = *box;
	return 0;
}

/* ... or types and codes. */
static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE ||
	       protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static struct pathside service_side(
	const struct policy_service *service, const struct policy_service_entry *entry)
{
	pathbox_value protocol = (pathbox_value)entry->protocol << 16;

	if (service->any)
		return (struct pathside){ 0, ALL_SERVICES };
	if (entry->whole)
		return (struct pathside){ protocol,
			has_ports(entry->protocol) ? protocol | UINT16_MAX : protocol };
	return (struct pathside){ protocol | entry->ports.first, protocol | entry->ports.last };
}

static int add_services(struct pathboxes *boxes, const struct policy *policy, struct pathbox *box)
{
	static const struct policy_service_entry any;
	const struct policy_path *path = &policy->paths[box->path];
	int error = 0;

	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service = &policy->services[path->services[i]];

		if (service->any) {
			box->sides[PATHBOX_SERVICE] = service_side(service, &any);
			return add_box(boxes, box);
		}
		for (size_t j = 0; error == 0 && j < service->entry_count; j++) {
			box->sides[PATHBOX_SERVICE] = service_side(service, &service->entries[j]);
			error = add_box(boxes, box);
		}
	}
	return error;
}

static struct pathside range_side(enum addr_family family, const struct addr_range *range)
{
	return (struct pathside){ address_value(family, range->first),
		address_value(family, range->last) };
}

static int add_destinations(
	struct pathboxes *boxes, const struct policy *policy, struct pathbox *box)
{
	const struct policy_end *end = &policy->paths[box->path].to;
	int error = 0;

	box->to = GATEWAY;
	box->sides[PATHBOX_DESTINATION] = (struct pathside){ 0, 0 };
	if (end->part_count == 0)
		return add_services(boxes, policy, box);
	for (size_t i = 0; error == 0 && i < end->part_count; i++) {
		const struct addrset *set = &end->parts[i].addresses[box->family];

		box->to = end->parts[i].segment;
		for (size_t j = 0; error == 0 && j < set->count; j++) {
			box->sides[PATHBOX_DESTINATION] = range_side(box->family, &set->ranges[j]);
			error = add_services(boxes, policy, box);
		}
	}
	return error;
}

static int add_sources(struct pathboxes *boxes, const struct policy *policy, struct pathbox *box)
{
	const struct policy_end *end = &policy->paths[box->path].from;
	int error = 0;

	box->from = GATEWAY;
	box->sides[PATHBOX_SOURCE] = (struct pathside){ 0, 0 };
	if (end->part_count == 0)
		return add_destinations(boxes, policy, box);
	for (size_t i = 0; error == 0 && i < end->part_count; i++) {
		const struct addrset *set = &end->parts[i].addresses[box->family];

		box->from = end->parts[i].segment;
		for (size_t j = 0; error == 0 && j < set->count; j++) {
			box->sides[PATHBOX_SOURCE] = range_side(box->family, &set->ranges[j]);
			error = add_destinations(boxes, policy, box);
		}
	}
	return error;
}

static int add_path(struct pathboxes *boxes, const struct policy *policy, size_t index)
{
	int error = 0;

	boxes->first[index] = boxes->count;
	for (int family = 0; error == 0 && family < ADDR_FAMILIES; family++) {
		struct pathbox box = { .path = index,
			.direction = policy->paths[index].direction,
			.family = (enum addr_family)family };

		error = add_sources(boxes, policy, &box);
	}
	return error;
}

/* ---- finding them ---- */

static int compare_groups(const struct pathbox *a, const struct pathbox *b)
{
	if (a->direction != b->direction)
		return a->direction < b->direction ? -1 : 1;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return (a->to > b->to) - (a->to < b->to);
}

bool pathbox_same_group(const struct pathbox *a, const struct pathbox *b)
{
	return compare_groups(a, b) == 0;
}

static int compare_boxes(const void *left, const void *right)
{
	const struct pathbox *a = left, *b = right;
	pathbox_value first = a->sides[PATHBOX_SOURCE].first,
		      other = b->sides[PATHBOX_SOURCE].first;
	int order = compare_groups(a, b);

	return order != 0 ? order : (first > other) - (first < other);
}

size_t pathboxes_end(const struct pathboxes *boxes, const struct pathbox *box)
{
	size_t low = 0, high = boxes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct pathbox *other = &boxes->list[middle];
		int order = compare_groups(other, box);

		if (order < 0 || (order == 0 && other->sides[PATHBOX_SOURCE].first <=
							box->sides[PATHBOX_SOURCE].last))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int order_boxes(struct pathboxes *boxes)
{
	boxes->list = calloc(boxes->count + 1, sizeof(*boxes->list));
	boxes->reach = calloc(boxes->count + 1, sizeof(*boxes->reach));
	if (boxes->list == NULL || boxes->reach == NULL)
		return -ENOMEM;
	if (boxes->count > 0)
		memcpy(boxes->list, boxes->by_path, boxes->count * sizeof(*boxes->list));
	qsort(boxes->list, boxes->count, sizeof(*boxes->list), compare_boxes);
	for (size_t i = 0; i < boxes->count; i++) {
		boxes->reach[i] = boxes->list[i].sides[PATHBOX_SOURCE].last;
		if (i > 0 && pathbox_same_group(&boxes->list[i - 1], &boxes->list[i]) &&
			boxes->reach[i - 1] > boxes->reach[i])
			boxes->reach[i] = boxes->reach[i - 1];
	}
	return 0;
}

int pathboxes_of(const struct policy *policy, struct pathboxes *ret_boxes)
{
	int error = 0;

	*ret_boxes = (struct pathboxes){ .first = calloc(policy->path_count + 1,
						 sizeof(*ret_boxes->first)) };
	if (ret_boxes->first == NULL)
		return -ENOMEM;
	for (size_t i = 0; error == 0 && i < policy->path_count; i++)
		error = add_path(ret_boxes, policy, i);
	ret_boxes->first[policy->path_count] = ret_boxes->count;
	return error < 0 ? error : order_boxes(ret_boxes);
}

void pathboxes_clear(struct pathboxes *boxes)
{
	free(boxes->by_path);
	free(boxes->first);
	free(boxes->list);
	free(boxes->reach);
	*boxes = (struct pathboxes){ 0 };
}
