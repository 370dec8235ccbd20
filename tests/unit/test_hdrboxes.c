/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many boxes in one go: the same set as one by one, in spaces that other tests have cut up. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/hdrspace.h"
#include "suite.h"

#define FIELDS	  4
#define BOXES_MAX 40
static const unsigned int widths[FIELDS] = { 5, 8, 3, 128 };

static hdr_value random_value(unsigned int field)
{
	hdr_value value = (hdr_value)rand() << 97 ^ (hdr_value)rand() << 64 ^
			  (hdr_value)rand() << 31 ^ (hdr_value)rand();

	return value >> (128 - widths[field]);
}

/* One value, all values, or a range. */
static struct hdr_range random_range(unsigned int field)
{
	hdr_value a = random_value(field), b = random_value(field);

	switch (rand() % 4) {
	case 0:
		return (struct hdr_range){ 0, ~(hdr_value)0 >> (128 - widths[field]) };
	case 1:
		return (struct hdr_range){ a < b ? a : b, a < b ? b : a };
	default:
		return (struct hdr_range){ a, a };
	}
}

static struct hdrspace *new_space(void)
{
	struct hdrspace *space = NULL;

	ck_assert_int_eq(hdrspace_new(&space), 0);
	for (unsigned int i = 0; i < FIELDS; i++)
		ck_assert_int_eq(hdrspace_add_field(space, widths[i]), (int)i);
	return space;
}

static bdd_node one_by_one(struct hdrspace *space, const struct hdr_boxes *boxes)
{
	struct bdd *bdd = hdrspace_bdd(space);
	bdd_node all = BDD_EMPTY;

	for (size_t i = 0; i < boxes->count; i++) {
		bdd_node box = BDD_ALL;

		for (unsigned int k = 0; k < boxes->field_count; k++) {
			struct hdr_slice slice = { boxes->fields[k], 0, widths[boxes->fields[k]] };

			box = bdd_and(bdd, box,
				hdrspace_test(
					space, slice, boxes->ranges[i * boxes->field_count + k]));
		}
		all = bdd_or(bdd, all, box);
	}
	return all;
}

START_TEST(all_at_once_is_one_by_one)
{
	static const unsigned int orders[][FIELDS] = { { 0, 1, 2, 3 }, { 3, 1, 0, 2 },
		{ 2, 3, 1, 0 } };

	srand(random_seed("all_at_once_is_one_by_one"));
	for (unsigned int run = 0; run < 600; run++) {
		struct hdr_range ranges[BOXES_MAX * FIELDS];
		struct hdr_boxes boxes = { .fields = orders[rand() % 3],
			.field_count = 1 + (unsigned int)rand() % FIELDS,
			.ranges = ranges,
			.count = (size_t)rand() % BOXES_MAX };
		struct hdrspace *space = new_space();
		struct bdd_budget budget = { 0 };

		for (size_t i = 0; i < boxes.count * boxes.field_count; i++)
			ranges[i] = random_range(boxes.fields[i % boxes.field_count]);
		ck_assert_int_eq(hdrspace_note_boxes(space, &boxes), 0);
		if (run % 2) /* bits of their own: segments */
			ck_assert_int_eq(hdrspace_note(space,
						 (struct hdr_slice){ 1, (unsigned int)run % 6, 2 },
						 (struct hdr_range){ 1, 2 }),
				0);
		ck_assert_int_eq(hdrspace_seal(space, &budget), 0);
		bdd_node node = hdrspace_boxes(space, &boxes);

		ck_assert_uint_ne(node, BDD_NONE);
		ck_assert_uint_eq(node, one_by_one(space, &boxes));
		hdrspace_free(space);
	}
}
END_TEST

/* As many nodes as there are in the answer, and none of what would be on the way to it. */
START_TEST(nothing_is_made_that_is_not_in_it)
{
	static struct hdr_range ranges[2 * 2000];
	static const unsigned int fields[] = { 3, 1 };
	const struct hdr_boxes boxes = { fields, 2, ranges, 2000 };
	struct hdrspace *space = new_space();
	struct bdd_budget budget = { 0 };

	srand(random_seed("nothing_is_made_that_is_not_in_it"));
	for (size_t i = 0; i < 2000; i++) {
		hdr_value wide = random_value(3), narrow = random_value(1);

		ranges[2 * i] = (struct hdr_range){ wide, wide };
		ranges[2 * i + 1] = (struct hdr_range){ narrow, narrow };
	}
	ck_assert_int_eq(hdrspace_note_boxes(space, &boxes), 0);
	ck_assert_int_eq(hdrspace_seal(space, &budget), 0);
	bdd_node node = hdrspace_boxes(space, &boxes);

	ck_assert_uint_eq(
		bdd_size(hdrspace_bdd(space)), bdd_count_nodes(hdrspace_bdd(space), node));
	hdrspace_free(space);
}
END_TEST

START_TEST(what_was_not_noted_has_no_answer)
{
	static const unsigned int field = 1;
	const struct hdr_range noted = { 3, 9 }, wider = { 3, 10 }, wrong = { 9, 3 };
	struct hdrspace *space = new_space();
	struct bdd_budget budget = { 0 };

	ck_assert_int_eq(
		hdrspace_note_boxes(space, &(struct hdr_boxes){ &field, 1, &wrong, 1 }), -EINVAL);
	ck_assert_int_eq(
		hdrspace_note_boxes(space, &(struct hdr_boxes){ &field, 1, &noted, 1 }), 0);
	ck_assert_int_eq(hdrspace_seal(space, &budget), 0);
	ck_assert_uint_ne(
		hdrspace_boxes(space, &(struct hdr_boxes){ &field, 1, &noted, 1 }), BDD_NONE);
	ck_assert_uint_eq(
		hdrspace_boxes(space, &(struct hdr_boxes){ &field, 1, &wider, 1 }), BDD_NONE);
	ck_assert_uint_eq(
		hdrspace_boxes(space, &(struct hdr_boxes){ &field, 1, &noted, 0 }), BDD_EMPTY);
	ck_assert_uint_eq(
		hdrspace_boxes(space, &(struct hdr_boxes){ &field, 0, &noted, 1 }), BDD_ALL);
	hdrspace_free(space);
}
END_TEST

START_TEST(past_the_budget_there_is_no_answer)
{
	static struct hdr_range ranges[2000];
	static const unsigned int field = 3;
	struct hdrspace *space = new_space();
	struct bdd_budget budget = { .nodes = 100 };

	srand(random_seed("past_the_budget_there_is_no_answer"));
	for (size_t i = 0; i < 2000; i++) {
		hdr_value value = random_value(field);

		ranges[i] = (struct hdr_range){ value, value };
	}
	const struct hdr_boxes boxes = { &field, 1, ranges, 2000 };

	ck_assert_int_eq(hdrspace_note_boxes(space, &boxes), 0);
	ck_assert_int_eq(hdrspace_seal(space, &budget), 0);
	/* All of them: alternating atoms, one node. Of one half, chosen by chance, many. */
	for (size_t i = 0; i < 1000; i++)
		ranges[2 * i] = ranges[0];
	ck_assert_uint_eq(hdrspace_boxes(space, &boxes), BDD_NONE);
	ck_assert_int_eq(bdd_error(hdrspace_bdd(space)), -E2BIG);
	hdrspace_free(space);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hdrboxes");
	TCase *tcase = tcase_create("hdrboxes");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, all_at_once_is_one_by_one);
	tcase_add_test(tcase, nothing_is_made_that_is_not_in_it);
	tcase_add_test(tcase, what_was_not_noted_has_no_answer);
	tcase_add_test(tcase, past_the_budget_there_is_no_answer);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
