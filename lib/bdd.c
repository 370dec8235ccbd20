/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes lie in one array, found again by a hash table of their numbers with linear probing (the
 * "unique table"); results of operations are remembered in a table that forgets what falls on the
 * same place (the "computed cache"). Recursion is as deep as there are levels.
 */
#include "bdd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NODES_FIRST 4096u
#define NODES_MAX   (1u << 24) /* the default budget */
#define CACHE_FIRST 4096u
#define CACHE_MAX   (1u << 20) /* entries of 16 bytes */
#define LEVEL_LEAF  UINT32_MAX /* of BDD_EMPTY and BDD_ALL: behind all variables */
#define FREE_PLACE  0u	       /* in the unique table; BDD_EMPTY is never looked for */

enum operation {
	OP_NONE, /* a cache entry that was never used */
	OP_AND,
	OP_OR,
	OP_DIFF,
	OP_EXISTS, /* and the number of the question, see bdd_exists() */
};

struct node {
	uint32_t level;
	bdd_node low, high;
};

struct cached {
	uint32_t operation;
	bdd_node a, b, result;
};

struct bdd {
	unsigned int levels;
	struct bdd_budget budget;
	int error;
	uint64_t steps;
	struct node *nodes;
	size_t count, room;
	bdd_node *places; /* unique table */
	size_t place_mask;
	struct cached *cache;
	size_t cache_mask;
	uint32_t questions;	  /* of bdd_exists(), each with results of its own in the cache */
	unsigned int first, last; /* levels of the present one */
};

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
	uint64_t hash = (uint64_t)a * 0x9e3779b97f4a7c15u;

	hash = (hash ^ b) * 0xc2b2ae3d27d4eb4fu;
	hash = (hash ^ (hash >> 29) ^ c) * 0x165667b19e3779f9u;
	return (uint32_t)(hash >> 32);
}

static bdd_node fail(struct bdd *bdd, int error)
{
	if (!bdd->error)
		bdd->error = error;
	return BDD_NONE;
}

/* Memory --------------------------------------------------------------------------------------- */

int bdd_new(unsigned int levels, const struct bdd_budget *budget, struct bdd **ret_bdd)
{
	if (levels == 0 || levels > BDD_LEVELS_MAX)
		return -EINVAL;
	struct bdd *bdd = calloc(1, sizeof(*bdd));
	if (!bdd)
		return -ENOMEM;
	bdd->levels = levels;
	bdd->budget = *budget;
	if (bdd->budget.nodes == 0 || bdd->budget.nodes > BDD_NONE - 1)
		bdd->budget.nodes = NODES_MAX;
	bdd->room = NODES_FIRST;
	bdd->place_mask = 2 * NODES_FIRST - 1;
	bdd->cache_mask = CACHE_FIRST - 1;
	bdd->nodes = calloc(bdd->room, sizeof(*bdd->nodes));
	bdd->places = calloc(bdd->place_mask + 1, sizeof(*bdd->places));
	bdd->cache = calloc(bdd->cache_mask + 1, sizeof(*bdd->cache));
	if (!bdd->nodes || !bdd->places || !bdd->cache) {
		bdd_free(bdd);
		return -ENOMEM;
	}
	bdd->nodes[BDD_EMPTY] = (struct node){ LEVEL_LEAF, BDD_EMPTY, BDD_EMPTY };
	bdd->nodes[BDD_ALL] = (struct node){ LEVEL_LEAF, BDD_ALL, BDD_ALL };
	bdd->count = 2;
	*ret_bdd = bdd;
	return 0;
}

void bdd_free(struct bdd *bdd)
{
	if (!bdd)
		return;
	free(bdd->nodes);
	free(bdd->places);
	free(bdd->cache);
	free(bdd);
}

static size_t hash_node(const struct node *node)
{
	return mix(node->level, node->low, node->high);
}

/* The unique table has twice as many places as there is room for nodes. */
static int grow_nodes(struct bdd *bdd)
{
	size_t room = 2 * bdd->room;
	size_t mask = 2 * room - 1;
	struct node *nodes = realloc(bdd->nodes, room * sizeof(*nodes));

	if (!nodes)
		return -ENOMEM;
	bdd->nodes = nodes;
	bdd_node *places = calloc(mask + 1, sizeof(*places));
	if (!places)
		return -ENOMEM;
	for (size_t i = 2; i < bdd->count; i++) {
		size_t place = hash_node(&nodes[i]) & mask;

		while (places[place] != FREE_PLACE)
			place = (place + 1) & mask;
		places[place] = (bdd_node)i;
	}
	free(bdd->places);
	bdd->places = places;
	bdd->place_mask = mask;
	bdd->room = room;
	return 0;
}

/* What was remembered is made again where it is needed; without memory the small one stays. */
static void grow_cache(struct bdd *bdd)
{
	size_t count = 2 * (bdd->cache_mask + 1);
	struct cached *cache = count <= CACHE_MAX ? calloc(count, sizeof(*cache)) : NULL;

	if (!cache)
		return;
	free(bdd->cache);
	bdd->cache = cache;
	bdd->cache_mask = count - 1;
}

int bdd_error(const struct bdd *bdd)
{
	return bdd->error;
}

size_t bdd_size(const struct bdd *bdd)
{
	return bdd->count;
}

uint64_t bdd_steps(const struct bdd *bdd)
{
	return bdd->steps;
}

/* Nodes ---------------------------------------------------------------------------------------- */

bdd_node bdd_make(struct bdd *bdd, unsigned int level, bdd_node low, bdd_node high)
{
	struct node node = { level, low, high };

	if (low == BDD_NONE || high == BDD_NONE || bdd->error)
		return BDD_NONE;
	if (low == high)
		return low;
	size_t place = hash_node(&node) & bdd->place_mask;
	for (bdd_node there; (there = bdd->places[place]) != FREE_PLACE;
		place = (place + 1) & bdd->place_mask) {
		const struct node *other = &bdd->nodes[there];

		if (other->level == level && other->low == low && other->high == high)
			return there;
	}
	if (bdd->count >= bdd->budget.nodes)
		return fail(bdd, -E2BIG);
	if (bdd->count == bdd->room) {
		if (grow_nodes(bdd) < 0)
			return fail(bdd, -ENOMEM);
		if (bdd->cache_mask + 1 < bdd->room)
			grow_cache(bdd);
		return bdd_make(bdd, level, low, high);
	}
	bdd->nodes[bdd->count] = node;
	bdd->places[place] = (bdd_node)bdd->count;
	return (bdd_node)bdd->count++;
}

static struct cached *cache_place(struct bdd *bdd, uint32_t operation, bdd_node a, bdd_node b)
{
	return &bdd->cache[mix(operation, a, b) & bdd->cache_mask];
}

static bool is_cached(const struct cached *cached, uint32_t operation, bdd_node a, bdd_node b)
{
	return cached->operation == operation && cached->a == a && cached->b == b;
}

static void remember(struct bdd *bdd, uint32_t operation, bdd_node a, bdd_node b, bdd_node result)
{
	if (result != BDD_NONE)
		*cache_place(bdd, operation, a, b) = (struct cached){ operation, a, b, result };
}

/* Operations ----------------------------------------------------------------------------------- */

/* What needs no look at the nodes; false: it does. */
static bool is_plain(enum operation operation, bdd_node a, bdd_node b, bdd_node *ret_result)
{
	if (operation == OP_AND) {
		if (a == BDD_EMPTY || b == BDD_EMPTY)
			*ret_result = BDD_EMPTY;
		else if (a == BDD_ALL || a == b)
			*ret_result = b;
		else if (b == BDD_ALL)
			*ret_result = a;
		else
			return false;
	} else if (operation == OP_OR) {
		if (a == BDD_ALL || b == BDD_ALL)
			*ret_result = BDD_ALL;
		else if (a == BDD_EMPTY || a == b)
			*ret_result = b;
		else if (b == BDD_EMPTY)
			*ret_result = a;
		else
			return false;
	} else {
		if (a == BDD_EMPTY || b == BDD_ALL || a == b)
			*ret_result = BDD_EMPTY;
		else if (b == BDD_EMPTY)
			*ret_result = a;
		else
			return false;
	}
	return true;
}

static bdd_node combine(struct bdd *bdd, enum operation operation, bdd_node a, bdd_node b)
{
	bdd_node result;

	if (is_plain(operation, a, b, &result))
		return result;
	if (bdd->error)
		return BDD_NONE;
	if (operation != OP_DIFF && a > b) { /* both ways are one question */
		bdd_node other = a;

		a = b;
		b = other;
	}
	const struct cached *cached = cache_place(bdd, operation, a, b);
	if (is_cached(cached, operation, a, b))
		return cached->result;
	if (++bdd->steps > bdd->budget.steps && bdd->budget.steps)
		return fail(bdd, -ETIME);
	/* Copies: the array may move. */
	struct node left = bdd->nodes[a], right = bdd->nodes[b];
	uint32_t level = left.level < right.level ? left.level : right.level;
	bdd_node low = combine(bdd, operation, left.level == level ? left.low : a,
		right.level == level ? right.low : b);
	bdd_node high = combine(bdd, operation, left.level == level ? left.high : a,
		right.level == level ? right.high : b);
	result = bdd_make(bdd, level, low, high);
	remember(bdd, operation, a, b, result);
	return result;
}

static bdd_node operate(struct bdd *bdd, enum operation operation, bdd_node a, bdd_node b)
{
	/* Not even what is plain: no answer and "empty" is no answer. */
	if (a == BDD_NONE || b == BDD_NONE || bdd->error)
		return BDD_NONE;
	return combine(bdd, operation, a, b);
}

bdd_node bdd_and(struct bdd *bdd, bdd_node a, bdd_node b)
{
	return operate(bdd, OP_AND, a, b);
}

bdd_node bdd_or(struct bdd *bdd, bdd_node a, bdd_node b)
{
	return operate(bdd, OP_OR, a, b);
}

bdd_node bdd_diff(struct bdd *bdd, bdd_node a, bdd_node b)
{
	return operate(bdd, OP_DIFF, a, b);
}

bdd_node bdd_not(struct bdd *bdd, bdd_node a)
{
	return operate(bdd, OP_DIFF, BDD_ALL, a);
}

bdd_node bdd_or_all(struct bdd *bdd, bdd_node *nodes, size_t count)
{
	if (count == 0)
		return bdd->error ? BDD_NONE : BDD_EMPTY;
	while (count > 1) {
		size_t half = 0;

		for (size_t i = 0; i < count; i += 2)
			nodes[half++] =
				i + 1 < count ? bdd_or(bdd, nodes[i], nodes[i + 1]) : nodes[i];
		count = half;
	}
	return bdd->error ? BDD_NONE : nodes[0];
}

static bdd_node exists(struct bdd *bdd, bdd_node a)
{
	uint32_t operation = OP_EXISTS + bdd->questions;
	struct node node = bdd->nodes[a];

	if (node.level > bdd->last) /* the leaves, too */
		return a;
	if (bdd->error)
		return BDD_NONE;
	const struct cached *cached = cache_place(bdd, operation, a, 0);
	if (is_cached(cached, operation, a, 0))
		return cached->result;
	if (++bdd->steps > bdd->budget.steps && bdd->budget.steps)
		return fail(bdd, -ETIME);
	bdd_node low = exists(bdd, node.low);
	bdd_node high = low == BDD_NONE ? BDD_NONE : exists(bdd, node.high);
	bdd_node result = node.level >= bdd->first ? bdd_or(bdd, low, high)
						   : bdd_make(bdd, node.level, low, high);
	remember(bdd, operation, a, 0, result);
	return result;
}

bdd_node bdd_exists(struct bdd *bdd, bdd_node a, unsigned int first, unsigned int last)
{
	if (a == BDD_NONE || bdd->error)
		return BDD_NONE;
	if (bdd->questions == 0 || first != bdd->first || last != bdd->last)
		bdd->questions++;
	bdd->first = first;
	bdd->last = last;
	return exists(bdd, a);
}

/* Answers -------------------------------------------------------------------------------------- */

bool bdd_holds(const struct bdd *bdd, bdd_node a, const bool *values)
{
	while (a != BDD_NONE && a > BDD_ALL) {
		const struct node *node = &bdd->nodes[a];

		a = values[node->level] ? node->high : node->low;
	}
	return a == BDD_ALL;
}

bool bdd_pick(const struct bdd *bdd, bdd_node a, bool *values)
{
	if (a == BDD_EMPTY || a == BDD_NONE)
		return false;
	while (a > BDD_ALL) { /* no node but BDD_EMPTY itself is empty */
		const struct node *node = &bdd->nodes[a];
		bool wanted = values[node->level];

		if ((wanted ? node->high : node->low) == BDD_EMPTY)
			values[node->level] = wanted = !wanted;
		a = wanted ? node->high : node->low;
	}
	return true;
}

/* How many variables the shortest way from a node to BDD_ALL decides, and one more; 0: not known
 * yet. */
static uint16_t shortest(const struct bdd *bdd, bdd_node a, uint16_t *known)
{
	if (a == BDD_EMPTY)
		return UINT16_MAX;
	if (a == BDD_ALL)
		return 1;
	if (!known[a]) {
		uint16_t low = shortest(bdd, bdd->nodes[a].low, known);
		uint16_t high = shortest(bdd, bdd->nodes[a].high, known);

		known[a] = (uint16_t)((low < high ? low : high) + 1);
	}
	return known[a];
}

static bdd_node way_of(struct bdd *bdd, bdd_node a, uint16_t *known)
{
	struct node node = bdd->nodes[a];

	if (a <= BDD_ALL)
		return a;
	bool high = shortest(bdd, node.high, known) < shortest(bdd, node.low, known);
	bdd_node rest = way_of(bdd, high ? node.high : node.low, known);

	return bdd_make(bdd, node.level, high ? BDD_EMPTY : rest, high ? rest : BDD_EMPTY);
}

bdd_node bdd_widest(struct bdd *bdd, bdd_node a)
{
	if (a == BDD_NONE || bdd->error)
		return BDD_NONE;
	uint16_t *known = calloc(bdd->count, sizeof(*known));
	bdd_node way = known ? way_of(bdd, a, known) : fail(bdd, -ENOMEM);

	free(known);
	return way;
}

static size_t count_from(const struct bdd *bdd, bdd_node a, uint8_t *seen)
{
	if (seen[a / 8] & 1u << a % 8)
		return 0;
	seen[a / 8] |= (uint8_t)(1u << a % 8);
	if (a <= BDD_ALL)
		return 1;
	return 1 + count_from(bdd, bdd->nodes[a].low, seen) +
	       count_from(bdd, bdd->nodes[a].high, seen);
}

size_t bdd_count_nodes(const struct bdd *bdd, bdd_node a)
{
	uint8_t *seen = a == BDD_NONE ? NULL : calloc(bdd->count / 8 + 1, 1);
	size_t count = seen ? count_from(bdd, a, seen) : 0;

	free(seen);
	return count;
}
