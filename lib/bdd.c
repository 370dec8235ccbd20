/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes lie in one array, found again by a hash table of their numbers with linear probing (the
 * "unique table"); results of operations are remembered in a table that forgets what falls on the
 * same place (the "computed cache"). Recursion is as deep as there are levels.
 *
 * A set and what is not in it share their nodes (Brace, Rudell, Bryant 1990): a bdd_node is the
 * number of a node twice, plus one for what is not in it. Of what lies below a node, low is always
 * the set itself, so that each set is still one bdd_node.
 */
#include "bdd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_FIRST 4096u
#define NODES_MAX    (1u << 24) /* the default budget */
#define NODES_LIMIT  (1u << 30) /* bdd_node has no more numbers */
#define CACHE_FIRST  1024u
#define CACHE_MAX    (1u << 20) /* entries of 16 bytes, of each kind */
#define LEVEL_LEAF   UINT32_MAX /* behind all variables */
#define LEAF	     0u		/* the node's number; in the unique table, a free place */

enum operation {
	OP_NONE, /* a cache entry that was never used */
	OP_AND,
	OP_EXISTS, /* and the number of the question, see bdd_exists() */
};

struct node {
	uint32_t level;
	bdd_node low, high;
};

/* Most places that do not hold what is looked for are told by the hash. */
struct place {
	uint32_t number, hash;
};

struct cached {
	uint32_t operation;
	bdd_node a, b, result;
};

/* Of bdd_or_and(). */
struct cached3 {
	bdd_node a, b, c, result;
};

struct bdd {
	unsigned int levels;
	struct bdd_budget budget;
	int error;
	uint64_t steps;
	struct node *nodes;
	size_t count, room;
	struct place *places; /* unique table; room is three quarters of it */
	size_t place_mask;
	struct cached *cache;
	struct cached3 *cache3;
	size_t cache_mask; /* of both */
	/* Of bdd_exists(): each question has results of its own in the cache. */
	uint32_t questions;
	bool forgotten[BDD_LEVELS_MAX]; /* of the present one */
	unsigned int last;		/* the last of them */
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

static size_t room_for(size_t places)
{
	return places / 4 * 3;
}

int bdd_new(unsigned int levels, const struct bdd_budget *budget, struct bdd **ret_bdd)
{
	if (levels == 0 || levels > BDD_LEVELS_MAX)
		return -EINVAL;
	struct bdd *bdd = calloc(1, sizeof(*bdd));
	if (!bdd)
		return -ENOMEM;
	bdd->levels = levels;
	bdd->budget = *budget;
	if (bdd->budget.nodes == 0)
		bdd->budget.nodes = NODES_MAX;
	if (bdd->budget.nodes > NODES_LIMIT)
		bdd->budget.nodes = NODES_LIMIT;
	bdd->room = room_for(PLACES_FIRST);
	bdd->place_mask = PLACES_FIRST - 1;
	bdd->cache_mask = CACHE_FIRST - 1;
	bdd->nodes = calloc(bdd->room, sizeof(*bdd->nodes));
	bdd->places = calloc(bdd->place_mask + 1, sizeof(*bdd->places));
	bdd->cache = calloc(bdd->cache_mask + 1, sizeof(*bdd->cache));
	bdd->cache3 = calloc(bdd->cache_mask + 1, sizeof(*bdd->cache3));
	if (!bdd->nodes || !bdd->places || !bdd->cache || !bdd->cache3) {
		bdd_free(bdd);
		return -ENOMEM;
	}
	bdd->nodes[LEAF] = (struct node){ LEVEL_LEAF, BDD_EMPTY, BDD_EMPTY };
	bdd->count = 1;
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
	free(bdd->cache3);
	free(bdd);
}

/* In a table of twice the size what stood at one place goes to one of two. */
static int grow_nodes(struct bdd *bdd)
{
	size_t mask = 2 * bdd->place_mask + 1;
	size_t room = room_for(mask + 1);
	struct node *nodes = realloc(bdd->nodes, room * sizeof(*nodes));

	if (!nodes)
		return -ENOMEM;
	bdd->nodes = nodes;
	struct place *places = calloc(mask + 1, sizeof(*places));
	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i <= bdd->place_mask; i++) {
		size_t to = bdd->places[i].hash & mask;

		if (bdd->places[i].number == LEAF)
			continue;
		while (places[to].number != LEAF)
			to = (to + 1) & mask;
		places[to] = bdd->places[i];
	}
	free(bdd->places);
	bdd->places = places;
	bdd->place_mask = mask;
	bdd->room = room;
	return 0;
}

static uint32_t hash3(bdd_node a, bdd_node b, bdd_node c)
{
	return mix(a, b, c);
}

/* What was remembered goes along where it still has a place; without memory the small table stays.
 */
static void grow_caches(struct bdd *bdd)
{
	size_t count = 2 * (bdd->cache_mask + 1);
	struct cached *cache = count <= CACHE_MAX ? calloc(count, sizeof(*cache)) : NULL;
	struct cached3 *cache3 = cache ? calloc(count, sizeof(*cache3)) : NULL;

	if (!cache3) {
		free(cache);
		return;
	}
	for (size_t i = 0; i <= bdd->cache_mask; i++) {
		const struct cached *old = &bdd->cache[i];
		const struct cached3 *old3 = &bdd->cache3[i];

		if (old->operation != OP_NONE)
			cache[mix(old->operation, old->a, old->b) & (count - 1)] = *old;
		if (old3->a != old3->b)
			cache3[hash3(old3->a, old3->b, old3->c) & (count - 1)] = *old3;
	}
	free(bdd->cache);
	free(bdd->cache3);
	bdd->cache = cache;
	bdd->cache3 = cache3;
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

static bdd_node low_of(const struct node *node, bdd_node a)
{
	return node->low ^ (a & 1);
}

static bdd_node high_of(const struct node *node, bdd_node a)
{
	return node->high ^ (a & 1);
}

static bdd_node add_node(struct bdd *bdd, struct node node, size_t place, uint32_t hash)
{
	if (bdd->count >= bdd->budget.nodes)
		return fail(bdd, -E2BIG);
	if (bdd->count == bdd->room) {
		if (grow_nodes(bdd) < 0)
			return fail(bdd, -ENOMEM);
		grow_caches(bdd);
		place = hash & bdd->place_mask;
		while (bdd->places[place].number != LEAF)
			place = (place + 1) & bdd->place_mask;
	}
	bdd->nodes[bdd->count] = node;
	bdd->places[place] = (struct place){ (uint32_t)bdd->count, hash };
	return (bdd_node)bdd->count++ << 1;
}

bdd_node bdd_make(struct bdd *bdd, unsigned int level, bdd_node low, bdd_node high)
{
	if (low == BDD_NONE || high == BDD_NONE || bdd->error)
		return BDD_NONE;
	if (low == high)
		return low;
	bdd_node inverse = low & 1;
	struct node node = { level, low ^ inverse, high ^ inverse };
	uint32_t hash = mix(level, node.low, node.high);
	size_t place = hash & bdd->place_mask;

	for (uint32_t number; (number = bdd->places[place].number) != LEAF;
		place = (place + 1) & bdd->place_mask) {
		const struct node *other = &bdd->nodes[number];

		if (bdd->places[place].hash == hash && other->level == level &&
			other->low == node.low && other->high == node.high)
			return number << 1 | inverse;
	}
	bdd_node made = add_node(bdd, node, place, hash);

	return made == BDD_NONE ? made : made | inverse;
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

static bdd_node intersect(struct bdd *bdd, bdd_node a, bdd_node b)
{
	if (a == BDD_EMPTY || b == BDD_EMPTY || a == (b ^ 1))
		return BDD_EMPTY;
	if (a == BDD_ALL || a == b)
		return b;
	if (b == BDD_ALL)
		return a;
	if (bdd->error)
		return BDD_NONE;
	if (a > b) { /* both ways are one question */
		bdd_node other = a;

		a = b;
		b = other;
	}
	__builtin_prefetch(&bdd->nodes[a >> 1]);
	__builtin_prefetch(&bdd->nodes[b >> 1]);
	const struct cached *cached = cache_place(bdd, OP_AND, a, b);
	if (is_cached(cached, OP_AND, a, b))
		return cached->result;
	if (++bdd->steps > bdd->budget.steps && bdd->budget.steps)
		return fail(bdd, -ETIME);
	/* Copies: the array may move. */
	struct node left = bdd->nodes[a >> 1], right = bdd->nodes[b >> 1];
	uint32_t level = left.level < right.level ? left.level : right.level;
	bdd_node low = intersect(bdd, left.level == level ? low_of(&left, a) : a,
		right.level == level ? low_of(&right, b) : b);
	bdd_node high = intersect(bdd, left.level == level ? high_of(&left, a) : a,
		right.level == level ? high_of(&right, b) : b);
	bdd_node result = bdd_make(bdd, level, low, high);

	remember(bdd, OP_AND, a, b, result);
	return result;
}

bdd_node bdd_and(struct bdd *bdd, bdd_node a, bdd_node b)
{
	/* Not even what is plain: no answer and "empty" is no answer. */
	if (a == BDD_NONE || b == BDD_NONE || bdd->error)
		return BDD_NONE;
	return intersect(bdd, a, b);
}

bdd_node bdd_not(struct bdd *bdd, bdd_node a)
{
	return a == BDD_NONE || bdd->error ? BDD_NONE : a ^ 1;
}

bdd_node bdd_or(struct bdd *bdd, bdd_node a, bdd_node b)
{
	return bdd_not(bdd, bdd_and(bdd, bdd_not(bdd, a), bdd_not(bdd, b)));
}

bdd_node bdd_diff(struct bdd *bdd, bdd_node a, bdd_node b)
{
	return bdd_and(bdd, a, bdd_not(bdd, b));
}

/* The sets below the first level of any of three. */
static uint32_t first_level(const struct node *a, const struct node *b, const struct node *c)
{
	uint32_t level = a->level < b->level ? a->level : b->level;

	return level < c->level ? level : c->level;
}

static bdd_node unite(struct bdd *bdd, bdd_node a, bdd_node b)
{
	bdd_node neither = intersect(bdd, a ^ 1, b ^ 1);

	return neither == BDD_NONE ? neither : neither ^ 1;
}

/* a or (b and c), where two of them say it; false: they do not. */
static bool two_of_three(struct bdd *bdd, bdd_node a, bdd_node b, bdd_node c, bdd_node *ret_result)
{
	if (a == BDD_ALL || b == BDD_EMPTY || c == BDD_EMPTY || a == b || a == c || b == (c ^ 1))
		*ret_result = a;
	else if (a == BDD_EMPTY)
		*ret_result = intersect(bdd, b, c);
	else if (b == BDD_ALL || a == (b ^ 1))
		*ret_result = unite(bdd, a, c);
	else if (c == BDD_ALL || b == c || a == (c ^ 1))
		*ret_result = unite(bdd, a, b);
	else
		return false;
	return true;
}

static bdd_node or_and(struct bdd *bdd, bdd_node a, bdd_node b, bdd_node c)
{
	bdd_node result;

	if (two_of_three(bdd, a, b, c, &result))
		return result;
	if (bdd->error)
		return BDD_NONE;
	if (b > c) {
		bdd_node other = b;

		b = c;
		c = other;
	}
	__builtin_prefetch(&bdd->nodes[a >> 1]);
	__builtin_prefetch(&bdd->nodes[b >> 1]);
	__builtin_prefetch(&bdd->nodes[c >> 1]);
	const struct cached3 *cached = &bdd->cache3[hash3(a, b, c) & bdd->cache_mask];
	if (cached->a == a && cached->b == b && cached->c == c)
		return cached->result;
	if (++bdd->steps > bdd->budget.steps && bdd->budget.steps)
		return fail(bdd, -ETIME);
	struct node first = bdd->nodes[a >> 1], second = bdd->nodes[b >> 1],
		    third = bdd->nodes[c >> 1];
	uint32_t level = first_level(&first, &second, &third);
	bdd_node low = or_and(bdd, first.level == level ? low_of(&first, a) : a,
		second.level == level ? low_of(&second, b) : b,
		third.level == level ? low_of(&third, c) : c);
	bdd_node high = or_and(bdd, first.level == level ? high_of(&first, a) : a,
		second.level == level ? high_of(&second, b) : b,
		third.level == level ? high_of(&third, c) : c);
	result = bdd_make(bdd, level, low, high);
	if (result != BDD_NONE)
		bdd->cache3[hash3(a, b, c) & bdd->cache_mask] = (struct cached3){ a, b, c, result };
	return result;
}

bdd_node bdd_or_and(struct bdd *bdd, bdd_node a, bdd_node b, bdd_node c)
{
	if (a == BDD_NONE || b == BDD_NONE || c == BDD_NONE || bdd->error)
		return BDD_NONE;
	return or_and(bdd, a, b, c);
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
	struct node node = bdd->nodes[a >> 1];

	if (node.level > bdd->last) /* the leaf, too */
		return a;
	if (bdd->error)
		return BDD_NONE;
	const struct cached *cached = cache_place(bdd, operation, a, 0);
	if (is_cached(cached, operation, a, 0))
		return cached->result;
	if (++bdd->steps > bdd->budget.steps && bdd->budget.steps)
		return fail(bdd, -ETIME);
	bool forgotten = bdd->forgotten[node.level];
	bdd_node low = exists(bdd, low_of(&node, a));
	bool enough = low == BDD_NONE || (forgotten && low == BDD_ALL);
	bdd_node high = enough ? low : exists(bdd, high_of(&node, a));
	bdd_node result = forgotten ? bdd_or(bdd, low, high) : bdd_make(bdd, node.level, low, high);
	remember(bdd, operation, a, 0, result);
	return result;
}

bdd_node bdd_exists(struct bdd *bdd, bdd_node a, const bool *flags)
{
	size_t size = bdd->levels * sizeof(*flags);
	unsigned int last = bdd->levels;

	if (a == BDD_NONE || bdd->error)
		return BDD_NONE;
	while (last > 0 && !flags[last - 1])
		last--;
	if (last == 0)
		return a;
	if (memcmp(bdd->forgotten, flags, size) != 0) {
		memcpy(bdd->forgotten, flags, size);
		bdd->questions++;
	}
	bdd->last = last - 1;
	return exists(bdd, a);
}

/* Answers -------------------------------------------------------------------------------------- */

bool bdd_holds(const struct bdd *bdd, bdd_node a, const bool *values)
{
	while (a != BDD_NONE && a > BDD_ALL) {
		const struct node *node = &bdd->nodes[a >> 1];

		a = values[node->level] ? high_of(node, a) : low_of(node, a);
	}
	return a == BDD_ALL;
}

bool bdd_pick(const struct bdd *bdd, bdd_node a, bool *values)
{
	if (a == BDD_EMPTY || a == BDD_NONE)
		return false;
	while (a > BDD_ALL) { /* nothing but BDD_EMPTY itself is empty */
		const struct node *node = &bdd->nodes[a >> 1];
		bool wanted = values[node->level];

		if ((wanted ? high_of(node, a) : low_of(node, a)) == BDD_EMPTY)
			values[node->level] = wanted = !wanted;
		a = wanted ? high_of(node, a) : low_of(node, a);
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
		const struct node *node = &bdd->nodes[a >> 1];
		uint16_t low = shortest(bdd, low_of(node, a), known);
		uint16_t high = shortest(bdd, high_of(node, a), known);

		known[a] = (uint16_t)((low < high ? low : high) + 1);
	}
	return known[a];
}

static bdd_node way_of(struct bdd *bdd, bdd_node a, uint16_t *known)
{
	struct node node = bdd->nodes[a >> 1];

	if (a <= BDD_ALL)
		return a;
	bdd_node lower = low_of(&node, a), higher = high_of(&node, a);
	bool high = shortest(bdd, higher, known) < shortest(bdd, lower, known);
	bdd_node rest = way_of(bdd, high ? higher : lower, known);

	return bdd_make(bdd, node.level, high ? BDD_EMPTY : rest, high ? rest : BDD_EMPTY);
}

bdd_node bdd_widest(struct bdd *bdd, bdd_node a)
{
	if (a == BDD_NONE || bdd->error)
		return BDD_NONE;
	uint16_t *known = calloc(2 * bdd->count, sizeof(*known));
	bdd_node way = known ? way_of(bdd, a, known) : fail(bdd, -ENOMEM);

	free(known);
	return way;
}

static size_t count_from(const struct bdd *bdd, uint32_t number, uint8_t *seen)
{
	if (seen[number / 8] & 1u << number % 8)
		return 0;
	seen[number / 8] |= (uint8_t)(1u << number % 8);
	if (number == LEAF)
		return 1;
	return 1 + count_from(bdd, bdd->nodes[number].low >> 1, seen) +
	       count_from(bdd, bdd->nodes[number].high >> 1, seen);
}

size_t bdd_count_nodes(const struct bdd *bdd, bdd_node a)
{
	uint8_t *seen = a == BDD_NONE ? NULL : calloc(bdd->count / 8 + 1, 1);
	size_t count = seen ? count_from(bdd, a >> 1, seen) : 0;

	free(seen);
	return count;
}
