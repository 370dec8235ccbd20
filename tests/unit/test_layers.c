/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lib/layers.h"
#include "suite.h"

#define KEY 12 /* three fields of four bytes */
static const unsigned int fields[] = { 4, 4, 4 };

struct boxes {
	size_t count;
	uint8_t (*bytes)[2][KEY];
	struct layer_box *boxes;
	unsigned int *layers;
};

static void boxes_new(struct boxes *boxes, size_t count)
{
	boxes->count = count;
	boxes->bytes = calloc(count + 1, sizeof(*boxes->bytes));
	boxes->boxes = calloc(count + 1, sizeof(*boxes->boxes));
	boxes->layers = calloc(count + 1, sizeof(*boxes->layers));
	for (size_t i = 0; i < count; i++) {
		boxes->boxes[i].first = boxes->bytes[i][0];
		boxes->boxes[i].last = boxes->bytes[i][1];
	}
}

static void boxes_free(struct boxes *boxes)
{
	free(boxes->bytes);
	free(boxes->boxes);
	free(boxes->layers);
}

static void put(uint8_t *bytes, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void set_range(
	struct boxes *boxes, size_t box, unsigned int field, uint32_t first, uint32_t last)
{
	put(boxes->bytes[box][0] + field * 4, first);
	put(boxes->bytes[box][1] + field * 4, last);
}

static bool overlap(const struct boxes *boxes, size_t a, size_t b)
{
	for (unsigned int f = 0; f < KEY; f += 4)
		if (memcmp(boxes->bytes[a][0] + f, boxes->bytes[b][1] + f, 4) > 0 ||
			memcmp(boxes->bytes[b][0] + f, boxes->bytes[a][1] + f, 4) > 0)
			return false;
	return true;
}

static int assign(struct boxes *boxes, unsigned int *ret_count)
{
	return layers_assign(boxes->boxes, boxes->count, fields, 3, boxes->layers, ret_count);
}

/* The definition: one above the highest of those before it that it overlaps; where that takes too
 * many layers, the lowest that none of them has. Returns the number of layers. */
static unsigned int expect(const struct boxes *boxes, bool keep_order, unsigned int *expected)
{
	unsigned int count = 0;

	for (size_t box = 0; box < boxes->count; box++) {
		bool taken[256] = { false };
		unsigned int layer = 0;

		for (size_t i = 0; i < box; i++) {
			if (!overlap(boxes, i, box))
				continue;
			taken[expected[i]] = true;
			if (keep_order && expected[i] >= layer)
				layer = expected[i] + 1;
		}
		while (!keep_order && taken[layer])
			layer++;
		expected[box] = layer;
		if (layer >= count)
			count = layer + 1;
	}
	return count;
}

/* spread is the size of the space, size the largest extent of a box: many or few overlaps. */
static void random_boxes(struct boxes *boxes, size_t count, uint32_t spread, uint32_t size)
{
	boxes_new(boxes, count);
	for (size_t i = 0; i < count; i++) {
		for (unsigned int f = 0; f < 3; f++) {
			uint32_t first = (uint32_t)rand() % spread;
			uint32_t last = first + (uint32_t)rand() % size;

			/* Some fields are the same in many boxes, as a zone's addresses are. */
			if (rand() % 3 == 0)
				first = 0, last = spread;
			set_range(boxes, i, f, first, last);
		}
	}
}

static void random_round(void)
{
	unsigned int expected[200], expected_count, layer_count;
	size_t count = 1 + (size_t)rand() % 200;
	struct boxes boxes;

	random_boxes(&boxes, count, 300, 1 + (uint32_t)rand() % 20);
	expected_count = expect(&boxes, true, expected);
	if (expected_count > LAYERS_MAX)
		expected_count = expect(&boxes, false, expected);
	ck_assert_int_eq(assign(&boxes, &layer_count), expected_count > LAYERS_MAX ? -E2BIG : 0);
	if (expected_count <= LAYERS_MAX) {
		ck_assert_uint_eq(layer_count, expected_count);
		for (size_t i = 0; i < count; i++)
			ck_assert_uint_eq(boxes.layers[i], expected[i]);
	}
	boxes_free(&boxes);
}

START_TEST(test_random)
{
	for (unsigned int round = 0; round < 400; round++)
		random_round();
}
END_TEST

START_TEST(test_none)
{
	unsigned int layer_count = 7;

	ck_assert_int_eq(layers_assign(NULL, 0, fields, 3, NULL, &layer_count), 0);
	ck_assert_uint_eq(layer_count, 0);
}
END_TEST

START_TEST(test_identical)
{
	unsigned int layer_count;
	struct boxes boxes;

	boxes_new(&boxes, LAYERS_MAX);
	ck_assert_int_eq(assign(&boxes, &layer_count), 0);
	ck_assert_uint_eq(layer_count, LAYERS_MAX);
	for (unsigned int i = 0; i < LAYERS_MAX; i++)
		ck_assert_uint_eq(boxes.layers[i], i);
	boxes_free(&boxes);

	boxes_new(&boxes, LAYERS_MAX + 1);
	ck_assert_int_eq(assign(&boxes, &layer_count), -E2BIG);
	ck_assert_uint_eq(layer_count, LAYERS_MAX);
	boxes_free(&boxes);
}
END_TEST

/* Each overlaps the next: in order that would take as many layers as boxes, without it two. */
START_TEST(test_long_chain)
{
	unsigned int layer_count;
	struct boxes boxes;

	boxes_new(&boxes, 500);
	for (uint32_t i = 0; i < 500; i++)
		set_range(&boxes, i, 1, i * 10, i * 10 + 10);
	ck_assert_int_eq(assign(&boxes, &layer_count), 0);
	ck_assert_uint_eq(layer_count, 2);
	for (size_t i = 0; i < 500; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert(!overlap(&boxes, i, j) || boxes.layers[i] != boxes.layers[j]);
	boxes_free(&boxes);
}
END_TEST

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* One box over everything, and a grid below it that no single field tells apart. */
START_TEST(test_many)
{
	const uint32_t side = 316;
	unsigned int layer_count;
	struct boxes boxes;
	double start;

	boxes_new(&boxes, side * side);
	set_range(&boxes, 0, 0, 0, UINT32_MAX);
	set_range(&boxes, 0, 1, 0, UINT32_MAX);
	for (uint32_t i = 1; i < side * side; i++) {
		set_range(&boxes, i, 0, i / side * 8, i / side * 8 + 7);
		set_range(&boxes, i, 1, i % side * 8, i % side * 8 + 7);
	}
	start = seconds();
	ck_assert_int_eq(assign(&boxes, &layer_count), 0);
	printf("%u boxes: %.3f s\n", side * side, seconds() - start);
	ck_assert_uint_eq(layer_count, 2);
	/* A quadratic search takes half a minute. */
	ck_assert_msg(seconds() - start < 5, "%.1f s", seconds() - start);
	boxes_free(&boxes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layers");
	TCase *tests = tcase_create("layers");

	srand(random_seed("layers"));
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_random);
	tcase_add_test(tests, test_none);
	tcase_add_test(tests, test_identical);
	tcase_add_test(tests, test_long_chain);
	tcase_add_test(tests, test_many);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
