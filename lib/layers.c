/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boxes are placed one after the other. For each, the layers of the boxes before it that overlap
 * it are collected in a 64-bit mask. To find those without looking at all, the boxes stand in a
 * binary tree: each node holds a bounding box and the mask of the layers that occur below it, so
 * a part of the tree that is elsewhere, or that could add no new layer, is passed over.
 */
#include "layers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LEAF_BOXES 8  /* boxes that are looked at one by one */
#define SAMPLE	   32 /* boxes that decide along which field a node is split */
#define NO_NODE	   UINT32_MAX
#define NO_LAYER   UINT32_MAX

struct node {
	uint64_t layers; /* that occur below */
	uint32_t parent;
	uint32_t left, right;  /* NO_NODE for a leaf */
	uint32_t begin, count; /* leaf: its boxes in tree.order */
};

struct tree {
	const struct layer_box *boxes;
	size_t count;
	const unsigned int *fields;
	unsigned int field_count;
	unsigned int key_length;
	struct node *nodes;
	uint8_t *bounds; /* of each node: first, last */
	uint32_t node_count;
	uint32_t *order;   /* the boxes, those of one leaf together */
	uint32_t *leaf_of; /* box → node */
	unsigned int *layers;
};

static uint8_t *node_first(const struct tree *tree, uint32_t node)
{
	return tree->bounds + (size_t)node * 2 * tree->key_length;
}

static uint8_t *node_last(const struct tree *tree, uint32_t node)
{
	return node_first(tree, node) + tree->key_length;
}

static bool overlaps(const struct tree *tree, const uint8_t *first, const uint8_t *last,
	const struct layer_box *box)
{
	for (unsigned int i = 0, at = 0; i < tree->field_count; at += tree->fields[i++])
		if (memcmp(first + at, box->last + at, tree->fields[i]) > 0 ||
			memcmp(last + at, box->first + at, tree->fields[i]) < 0)
			return false;
	return true;
}

static void bound(struct tree *tree, uint32_t node, size_t begin, size_t count)
{
	uint8_t *first = node_first(tree, node), *last = node_last(tree, node);

	memcpy(first, tree->boxes[tree->order[begin]].first, tree->key_length);
	memcpy(last, tree->boxes[tree->order[begin]].last, tree->key_length);
	for (size_t i = begin + 1; i < begin + count; i++) {
		const struct layer_box *box = &tree->boxes[tree->order[i]];

		for (unsigned int f = 0, at = 0; f < tree->field_count; at += tree->fields[f++]) {
			if (memcmp(box->first + at, first + at, tree->fields[f]) < 0)
				memcpy(first + at, box->first + at, tree->fields[f]);
			if (memcmp(box->last + at, last + at, tree->fields[f]) > 0)
				memcpy(last + at, box->last + at, tree->fields[f]);
		}
	}
}

/* Of a sample of a node's boxes, how many pairs does this field keep apart? */
static unsigned int pairs_apart(
	const struct tree *tree, size_t begin, size_t count, unsigned int at, unsigned int width)
{
	size_t step = count > SAMPLE ? count / SAMPLE : 1;
	unsigned int apart = 0;

	for (size_t i = 0; i + step < count; i += step) {
		const struct layer_box *a = &tree->boxes[tree->order[begin + i]];

		for (size_t j = i + step; j < count; j += step) {
			const struct layer_box *b = &tree->boxes[tree->order[begin + j]];

			apart += memcmp(a->last + at, b->first + at, width) < 0 ||
				 memcmp(b->last + at, a->first + at, width) < 0;
		}
	}
	return apart;
}

static void best_field(const struct tree *tree, size_t begin, size_t count, unsigned int *ret_at,
	unsigned int *ret_width)
{
	unsigned int best = 0;

	*ret_at = 0;
	*ret_width = tree->fields[0];
	for (unsigned int f = 0, at = 0; f < tree->field_count; at += tree->fields[f++]) {
		unsigned int apart = pairs_apart(tree, begin, count, at, tree->fields[f]);

		if (apart > best) {
			best = apart;
			*ret_at = at;
			*ret_width = tree->fields[f];
		}
	}
}

/* Ties are broken by the box's number, so that no two are equal. */
static bool before(
	const struct tree *tree, uint32_t a, uint32_t b, unsigned int at, unsigned int width)
{
	int order = memcmp(tree->boxes[a].first + at, tree->boxes[b].first + at, width);

	return order ? order < 0 : a < b;
}

static void swap(uint32_t *a, uint32_t *b)
{
	uint32_t old = *a;

	*a = *b;
	*b = old;
}

/* Hoare's selection: the half that begins lower first, in no order within a half. */
static void split(
	struct tree *tree, size_t begin, size_t count, unsigned int at, unsigned int width)
{
	uint32_t *order = tree->order;
	size_t low = begin, high = begin + count - 1, middle = begin + count / 2;

	while (low < high) {
		uint32_t pivot = order[low + (high - low) / 2];
		size_t i = low, j = high;

		for (;;) {
			while (before(tree, order[i], pivot, at, width))
				i++;
			while (before(tree, pivot, order[j], at, width))
				j--;
			if (i >= j)
				break;
			swap(&order[i++], &order[j--]);
		}
		/* All up to j are below all from j + 1 on, and j < high. */
		if (middle <= j)
			high = j;
		else
			low = j + 1;
	}
}

static uint32_t build(struct tree *tree, uint32_t parent, size_t begin, size_t count)
{
	uint32_t index = tree->node_count++;
	struct node *node = &tree->nodes[index];
	unsigned int at, width;

	*node = (struct node){ .parent = parent, .left = NO_NODE, .right = NO_NODE };
	bound(tree, index, begin, count);
	if (count <= LEAF_BOXES) {
		node->begin = (uint32_t)begin;
		node->count = (uint32_t)count;
		for (size_t i = begin; i < begin + count; i++)
			tree->leaf_of[tree->order[i]] = index;
		return index;
	}
	best_field(tree, begin, count, &at, &width);
	split(tree, begin, count, at, width);
	node->left = build(tree, index, begin, count / 2);
	node->right = build(tree, index, begin + count / 2, count - count / 2);
	return index;
}

/* Add to *found the layers of placed boxes below node that overlap box. */
static void collect(
	const struct tree *tree, uint32_t index, const struct layer_box *box, uint64_t *found)
{
	const struct node *node = &tree->nodes[index];

	if (!(node->layers & ~*found) ||
		!overlaps(tree, node_first(tree, index), node_last(tree, index), box))
		return;
	if (node->left != NO_NODE) {
		collect(tree, node->left, box, found);
		collect(tree, node->right, box, found);
		return;
	}
	for (uint32_t i = node->begin; i < node->begin + node->count; i++) {
		uint32_t other = tree->order[i];

		if (tree->layers[other] == NO_LAYER)
			continue;
		uint64_t layer = UINT64_C(1) << tree->layers[other];

		if (!(*found & layer) &&
			overlaps(tree, tree->boxes[other].first, tree->boxes[other].last, box))
			*found |= layer;
	}
}

static unsigned int lowest_free(uint64_t taken)
{
	unsigned int layer = 0;

	while (layer < LAYERS_MAX && taken >> layer & 1)
		layer++;
	return layer;
}

static unsigned int above_all(uint64_t taken)
{
	unsigned int layer = LAYERS_MAX;

	while (layer > 0 && !(taken >> (layer - 1) & 1))
		layer--;
	return layer;
}

static int place_all(struct tree *tree, bool keep_order, unsigned int *ret_layer_count)
{
	unsigned int layer_count = 0;

	for (uint32_t i = 0; i < tree->node_count; i++)
		tree->nodes[i].layers = 0;
	for (size_t i = 0; i < tree->count; i++)
		tree->layers[i] = NO_LAYER;
	for (size_t i = 0; i < tree->count; i++) {
		uint64_t taken = 0;

		collect(tree, 0, &tree->boxes[i], &taken);
		unsigned int layer = keep_order ? above_all(taken) : lowest_free(taken);

		if (layer >= LAYERS_MAX) {
			*ret_layer_count = (unsigned int)i;
			return -E2BIG;
		}
		tree->layers[i] = layer;
		if (layer >= layer_count)
			layer_count = layer + 1;
		for (uint32_t n = tree->leaf_of[i]; n != NO_NODE; n = tree->nodes[n].parent)
			tree->nodes[n].layers |= UINT64_C(1) << layer;
	}
	*ret_layer_count = layer_count;
	return 0;
}

/* A leaf holds at least half of LEAF_BOXES, so there are fewer than count / 2 nodes, plus one. */
static int tree_new(struct tree *tree)
{
	size_t nodes = tree->count / 2 + 1;

	tree->nodes = malloc(nodes * sizeof(*tree->nodes));
	tree->bounds = malloc(nodes * 2 * tree->key_length);
	tree->order = malloc(tree->count * sizeof(*tree->order));
	tree->leaf_of = malloc(tree->count * sizeof(*tree->leaf_of));
	if (!tree->nodes || !tree->bounds || !tree->order || !tree->leaf_of)
		return -ENOMEM;
	for (size_t i = 0; i < tree->count; i++)
		tree->order[i] = (uint32_t)i;
	build(tree, NO_NODE, 0, tree->count);
	return 0;
}

static void tree_clear(struct tree *tree)
{
	free(tree->nodes);
	free(tree->bounds);
	free(tree->order);
	free(tree->leaf_of);
}

int layers_assign(const struct layer_box *boxes, size_t count, const unsigned int *fields,
	unsigned int field_count, unsigned int *ret_layers, unsigned int *ret_layer_count)
{
	struct tree tree = { .boxes = boxes,
		.count = count,
		.fields = fields,
		.field_count = field_count,
		.layers = ret_layers };
	int error;

	*ret_layer_count = 0;
	for (unsigned int i = 0; i < field_count; i++)
		tree.key_length += fields[i];
	if (count == 0 || tree.key_length == 0)
		return 0;
	if (count >= NO_NODE)
		return -ENOMEM;
	error = tree_new(&tree);
	if (error == 0)
		error = place_all(&tree, true, ret_layer_count);
	if (error == -E2BIG)
		error = place_all(&tree, false, ret_layer_count);
	tree_clear(&tree);
	return error;
}
