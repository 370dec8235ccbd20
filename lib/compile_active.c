/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is permitted now: the marks of all paths with the interfaces that each goes by. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "compile_internal.h"
#include "keyorder.h"

/* Keys of one width, gathered, then sorted and made unique. */
struct keys {
	unsigned int length;
	uint8_t *bytes;
	size_t count, room;
};

static uint8_t *add_key(struct keys *keys)
{
	uint8_t *bytes = array_reserve(keys->bytes, keys->length, keys->count, &keys->room);

	if (!bytes)
		return NULL;
	keys->bytes = bytes;
	return keys->bytes + keys->count++ * keys->length;
}

/* The numbers of the keys in their order; NULL: out of memory. */
static uint32_t *sort_keys(const struct keys *keys)
{
	const struct keyorder by = { keys->bytes, keys->length, keys->length };
	uint32_t *order = malloc((keys->count + 1) * sizeof(*order));

	for (uint32_t i = 0; order && i < keys->count; i++)
		order[i] = i;
	if (order && keyorder_sort(&by, order, keys->count) == 0)
		return order;
	free(order);
	return NULL;
}

static void make_elements(struct maker *make, struct set *set, const struct keys *keys)
{
	uint32_t *order = sort_keys(keys);
	const uint8_t *last = NULL;

	if (!order && make->error == 0)
		make->error = -ENOMEM;
	for (size_t i = 0; i < keys->count && set && order; i++) {
		const uint8_t *key = keys->bytes + order[i] * (size_t)keys->length;

		if (!last || memcmp(key, last, keys->length) != 0)
			make_element(make, set, key, NULL, 0, 0);
		last = key;
	}
	free(order);
	/* A set that counts stays from policy to policy, so it must be able to grow. */
	if (set && !(set->flags & (SET_COUNTER | SET_TIMEOUT)))
		set->size = (uint32_t)set->count;
}

static int add_crossing(struct keys *keys, const char *in, const char *out, uint32_t id)
{
	uint8_t *key = add_key(keys);
	unsigned int offset = 0;

	if (!key)
		return -ENOMEM;
	key_put_ifname(key, &offset, in);
	if (out)
		key_put_ifname(key, &offset, out);
	key_put_mark(key, &offset, id);
	return 0;
}

static bool have_common_family(const struct policy_part *from, const struct policy_part *to)
{
	for (unsigned int i = 0; i < ADDR_FAMILIES; i++)
		if (from->addresses[i].count && to->addresses[i].count)
			return true;
	return false;
}

/* A connection's packets go both ways. */
static int add_forward(
	struct keys *keys, const struct policy *policy, const struct policy_path *path)
{
	for (size_t i = 0; i < path->from.part_count * path->to.part_count; i++) {
		const struct policy_part *from = &path->from.parts[i / path->to.part_count];
		const struct policy_part *to = &path->to.parts[i % path->to.part_count];
		const char *in = policy->segments[from->segment].interface;
		const char *out = policy->segments[to->segment].interface;

		if (!have_common_family(from, to))
			continue;
		if (add_crossing(keys, in, out, path->id) < 0 ||
			add_crossing(keys, out, in, path->id) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_gateway(
	struct keys *keys, const struct policy *policy, const struct policy_path *path)
{
	const struct policy_end *end = path->direction == PATH_INPUT ? &path->from : &path->to;

	for (size_t i = 0; i < end->part_count; i++)
		if (add_crossing(keys, policy->segments[end->parts[i].segment].interface, NULL,
			    path->id) < 0)
			return -ENOMEM;
	return 0;
}

static int add_hit(struct keys *keys, uint32_t id)
{
	uint8_t *key = add_key(keys);
	unsigned int offset = 0;

	if (!key)
		return -ENOMEM;
	key_put_mark(key, &offset, id);
	return 0;
}

static int add_observed(const char *in, const char *out, uint32_t id, void *data)
{
	if (add_crossing(data, in, out, id) < 0)
		return -ENOMEM;
	return add_crossing(data, out, in, id);
}

/* The keys of all these sets. */
struct gathered {
	struct keys forward[MAP_TIMES], gateway[MAP_TIMES];
	struct keys hits, timed;
};

static int gather(const struct policy *policy, struct gathered *gathered)
{
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];
		enum map_time time = policy_path_timed(path) ? MAP_TIMED : MAP_ALWAYS;
		int error = path->direction == PATH_FORWARD
				    ? add_forward(&gathered->forward[time], policy, path)
				    : add_gateway(&gathered->gateway[time], policy, path);

		if (error == 0)
			error = add_hit(&gathered->hits, path->id);
		if (error == 0 && time == MAP_TIMED)
			error = add_hit(&gathered->timed, path->id);
		if (error < 0)
			return error;
	}
	for (size_t i = 0; i < policy->observe_count; i++)
		if (observe_crossings(policy, &policy->observes[i], add_observed,
			    &gathered->forward[MAP_ALWAYS]) < 0)
			return -ENOMEM;
	return 0;
}

static void gathered_clear(struct gathered *gathered)
{
	for (unsigned int i = 0; i < MAP_TIMES; i++) {
		free(gathered->forward[i].bytes);
		free(gathered->gateway[i].bytes);
	}
	free(gathered->hits.bytes);
	free(gathered->timed.bytes);
}

static void permitted_chain(struct maker *make)
{
	static const struct selectors mark = { { SEL_CT_MARK }, 1 };

	make_chain(make, CHAIN_PERMITTED);
	make_rule(make, 0);
	make_keyed(make, STMT_LOOKUP, &mark, "hits");
	make_verdict(make, VERDICT_ACCEPT, NULL);
	make_rule(make, 0);
	make_verdict(make, VERDICT_ACCEPT, NULL);
}

/* Those of timed paths, where there are some. */
static void timed_sets(struct maker *make, struct gathered *gathered,
	const enum field_type *crossing, const enum field_type *mark)
{
	struct keys *forward = &gathered->forward[MAP_TIMED];
	struct keys *gateway = &gathered->gateway[MAP_TIMED];

	if (forward->count > 0)
		make_elements(make,
			make_set(make, SET_ACTIVE_TIMED, SET_TIMEOUT, crossing, 3, FIELD_INVALID),
			forward);
	if (gateway->count > 0)
		make_elements(make,
			make_set(make, SET_GATEWAY_TIMED, SET_TIMEOUT, crossing + 1, 2,
				FIELD_INVALID),
			gateway);
	if (gathered->timed.count > 0)
		make_elements(make, make_set(make, SET_TIMED, 0, mark, 1, FIELD_INVALID),
			&gathered->timed);
}

int active_sets(struct compiler *compiler)
{
	static const enum field_type crossing[] = { FIELD_IFNAME, FIELD_IFNAME, FIELD_MARK };
	static const enum field_type mark[] = { FIELD_MARK };
	struct maker *make = &compiler->make;
	struct gathered gathered = {
		.forward = { { .length = 36 }, { .length = 36 } },
		.gateway = { { .length = 20 }, { .length = 20 } },
		.hits = { .length = 4 },
		.timed = { .length = 4 },
	};
	int error = gather(compiler->policy, &gathered);

	if (error == 0) {
		make_elements(make, make_set(make, "active", 0, crossing, 3, FIELD_INVALID),
			&gathered.forward[MAP_ALWAYS]);
		make_elements(make,
			make_set(make, "active-gateway", 0, crossing + 1, 2, FIELD_INVALID),
			&gathered.gateway[MAP_ALWAYS]);
		timed_sets(make, &gathered, crossing, mark);
		make_elements(make, make_set(make, "hits", SET_COUNTER, mark, 1, FIELD_INVALID),
			&gathered.hits);
		permitted_chain(make);
	}
	gathered_clear(&gathered);
	return error;
}
