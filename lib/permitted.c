/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "permitted.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* A path, where it is found by its mark and by its zones. */
struct known_path {
	uint32_t id;
	uint32_t pair; /* of zones; the gateway is a zone behind the last */
	const struct policy_path *path;
	bool open;
};

struct permitted {
	const struct policy *policy;
	struct known_path *by_id, *by_pair; /* each all paths, sorted */
	size_t count;
};

static uint32_t pair_of(const struct policy *policy, size_t from, size_t to)
{
	return (uint32_t)(from * (policy->zone_count + 1) + to);
}

static int compare_ids(const void *a, const void *b)
{
	const struct known_path *one = a, *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct known_path *one = a, *other = b;

	return (one->pair > other->pair) - (one->pair < other->pair);
}

/* Openings come in the order of the paths. */
static void fill(struct permitted *permitted, const struct openings *openings)
{
	const struct policy *policy = permitted->policy;
	size_t next = 0;

	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];
		bool open = !policy_path_timed(path);

		if (openings && next < openings->count && openings->items[next].path == i)
			open = openings->items[next++].state.open;
		permitted->by_id[i] = (struct known_path){
			.id = path->id,
			.pair = pair_of(policy, policy_path_zone_from(policy, path),
				policy_path_zone_to(policy, path)),
			.path = path,
			.open = open,
		};
	}
}

int permitted_new(const struct policy *policy, const struct openings *openings,
	struct permitted **ret_permitted)
{
	struct permitted *permitted = calloc(1, sizeof(*permitted));
	size_t count = policy->path_count;

	if (!permitted)
		return -ENOMEM;
	permitted->policy = policy;
	permitted->count = count;
	permitted->by_id = calloc(count + 1, sizeof(*permitted->by_id));
	permitted->by_pair = calloc(count + 1, sizeof(*permitted->by_pair));
	if (!permitted->by_id || !permitted->by_pair) {
		permitted_free(permitted);
		return -ENOMEM;
	}
	fill(permitted, openings);
	memcpy(permitted->by_pair, permitted->by_id, count * sizeof(*permitted->by_pair));
	qsort(permitted->by_id, count, sizeof(*permitted->by_id), compare_ids);
	qsort(permitted->by_pair, count, sizeof(*permitted->by_pair), compare_pairs);
	*ret_permitted = permitted;
	return 0;
}

void permitted_free(struct permitted *permitted)
{
	if (!permitted)
		return;
	free(permitted->by_id);
	free(permitted->by_pair);
	free(permitted);
}

/* One connection against one path -------------------------------------------------------------- */

/* Where the ends of a connection are; of the gateway none. */
struct places {
	size_t from, to; /* segments */
};

static bool end_has(const struct policy_end *end, size_t segment, enum addr_family family,
	const uint8_t *address)
{
	for (size_t i = 0; i < end->part_count; i++)
		if (end->parts[i].segment == segment &&
			addrset_contains(&end->parts[i].addresses[family], address))
			return true;
	return false;
}

static bool entry_has(const struct policy_service_entry *entry, const struct permitted_flow *flow)
{
	/* ICMP belongs to IPv4, ICMPv6 to IPv6. */
	uint8_t foreign = flow->family == ADDR_IPV4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	if (entry->protocol != flow->protocol || entry->protocol == foreign)
		return false;
	return entry->whole ||
	       (flow->port >= entry->ports.first && flow->port <= entry->ports.last);
}

static bool service_has(const struct policy_service *service, const struct permitted_flow *flow)
{
	if (service->any)
		return true;
	for (size_t i = 0; i < service->entry_count; i++)
		if (entry_has(&service->entries[i], flow))
			return true;
	return false;
}

bool permitted_service(const struct policy *policy, const struct policy_path *path,
	const struct permitted_flow *flow)
{
	for (size_t i = 0; i < path->service_count; i++)
		if (service_has(&policy->services[path->services[i]], flow))
			return true;
	return false;
}

static bool path_has(const struct policy *policy, const struct known_path *known,
	const struct permitted_flow *flow, const struct places *places)
{
	const struct policy_path *path = known->path;

	if (!known->open || path->direction != flow->direction)
		return false;
	if (path->direction != PATH_OUTPUT &&
		!end_has(&path->from, places->from, flow->family, flow->source))
		return false;
	if (path->direction != PATH_INPUT &&
		!end_has(&path->to, places->to, flow->family, flow->destination))
		return false;
	return permitted_service(policy, path, flow);
}

/* Among many ----------------------------------------------------------------------------------- */

typedef int (*comparison)(const void *a, const void *b);

/* The first that is not before the key; count when there is none. */
static size_t lower_bound(const struct known_path *paths, size_t count,
	const struct known_path *key, comparison compare)
{
	size_t first = 0, last = count;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (compare(&paths[middle], key) < 0)
			first = middle + 1;
		else
			last = middle;
	}
	return first;
}

static bool any_has(const struct permitted *permitted, const struct known_path *paths,
	const struct known_path *key, comparison compare, const struct permitted_flow *flow,
	const struct places *places)
{
	size_t i = lower_bound(paths, permitted->count, key, compare);

	for (; i < permitted->count && compare(&paths[i], key) == 0; i++)
		if (path_has(permitted->policy, &paths[i], flow, places))
			return true;
	return false;
}

static size_t segment_of(
	const struct policy *policy, enum addr_family family, const uint8_t bytes[16])
{
	struct addr addr = { .family = family };

	memcpy(addr.bytes, bytes, sizeof(addr.bytes));
	return policy_segment_of(policy, &addr);
}

bool permitted_has(const struct permitted *permitted, const struct permitted_flow *flow)
{
	const struct policy *policy = permitted->policy;
	const size_t none = policy->segment_count, gateway = policy->zone_count;
	size_t from = gateway, to = gateway;
	struct places places = { none, none };
	struct known_path key = { .id = flow->mark };

	if (flow->direction != PATH_OUTPUT) {
		places.from = segment_of(policy, flow->family, flow->source);
		if (places.from == none)
			return false;
		from = policy->segments[places.from].zone;
	}
	if (flow->direction != PATH_INPUT) {
		places.to = segment_of(policy, flow->family, flow->destination);
		if (places.to == none)
			return false;
		to = policy->segments[places.to].zone;
	}
	if (flow->mark && any_has(permitted, permitted->by_id, &key, compare_ids, flow, &places))
		return true;
	if (flow->direction == PATH_FORWARD && policy_observe_of(policy, from, to))
		return true;
	key.pair = pair_of(policy, from, to);
	return any_has(permitted, permitted->by_pair, &key, compare_pairs, flow, &places);
}
