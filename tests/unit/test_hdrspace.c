/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of packets against every packet of a small space, and at the bounds of a big one. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/hdrspace.h"
#include "suite.h"

#define FIELDS 3
#define TESTS  12
static const unsigned int widths[FIELDS] = { 4, 6, 5 };
#define PACKETS (1u << 15)

struct test {
	struct hdr_slice slice;
	struct hdr_range range;
	bdd_node node;
};

static struct hdr_packet packet_of(unsigned int number)
{
	struct hdr_packet packet = { 0 };

	for (unsigned int i = 0; i < FIELDS; i++) {
		packet.values[i] = number & ((1u << widths[i]) - 1);
		number >>= widths[i];
	}
	return packet;
}

static bool meets(const struct test *test, const struct hdr_packet *packet)
{
	hdr_value value = packet->values[test->slice.field] >> test->slice.shift;

	value &= ((hdr_value)1 << test->slice.bits) - 1;
	return value >= test->range.first && value <= test->range.last;
}

static void random_test(struct test *ret_test)
{
	unsigned int field = (unsigned int)rand() % FIELDS, bits = widths[field], shift = 0;

	if (rand() % 2) {
		shift = (unsigned int)rand() % bits;
		bits = 1 + (unsigned int)rand() % (bits - shift);
	}
	hdr_value most = ((hdr_value)1 << bits) - 1;
	hdr_value a = (hdr_value)rand() & most, b = (hdr_value)rand() & most;

	*ret_test = (struct test){ .slice = { field, shift, bits } };
	ret_test->range = (struct hdr_range){ a < b ? a : b, a < b ? b : a };
}

static struct hdrspace *new_space(void)
{
	struct hdrspace *space = NULL;

	ck_assert_int_eq(hdrspace_new(&space), 0);
	for (unsigned int i = 0; i < FIELDS; i++)
		ck_assert_int_eq(hdrspace_add_field(space, widths[i]), (int)i);
	hdrspace_either_first(space, 1, 2);
	return space;
}

static struct hdrspace *space_of(struct test *tests, size_t count)
{
	struct bdd_budget budget = { 0 };
	struct hdrspace *space = new_space();

	for (size_t i = 0; i < count; i++) {
		random_test(&tests[i]);
		ck_assert_int_eq(hdrspace_note(space, tests[i].slice, tests[i].range), 0);
	}
	ck_assert_int_eq(hdrspace_seal(space, &budget), 0);
	for (size_t i = 0; i < count; i++)
		tests[i].node = hdrspace_test(space, tests[i].slice, tests[i].range);
	return space;
}

START_TEST(every_packet_of_a_small_space)
{
	struct test tests[TESTS];

	srand(random_seed("every_packet_of_a_small_space"));
	for (unsigned int run = 0; run < 30; run++) {
		struct hdrspace *space = space_of(tests, TESTS);

		for (unsigned int number = 0; number < PACKETS;
			number += 1 + (unsigned int)rand() % 5) {
			struct hdr_packet packet = packet_of(number);

			for (size_t i = 0; i < TESTS; i++)
				ck_assert(hdrspace_holds(space, tests[i].node, &packet) ==
					  meets(&tests[i], &packet));
		}
		hdrspace_free(space);
	}
}
END_TEST

/* Whatever is picked is a packet of the set, and nothing is picked of what no packet is in. */
START_TEST(what_is_picked_is_in_the_set)
{
	struct test tests[4];

	srand(random_seed("what_is_picked_is_in_the_set"));
	for (unsigned int run = 0; run < 300; run++) {
		struct hdrspace *space = space_of(tests, 4);
		struct bdd *bdd = hdrspace_bdd(space);
		bdd_node set =
			bdd_diff(bdd, bdd_and(bdd, tests[0].node, bdd_not(bdd, tests[1].node)),
				bdd_and(bdd, tests[2].node, tests[3].node));
		struct hdr_packet wished = packet_of((unsigned int)rand() % PACKETS);
		struct hdr_packet packet = wished;
		bool found = hdrspace_pick(space, set, &packet), any = false;

		for (unsigned int number = 0; number < PACKETS && !any; number++) {
			struct hdr_packet other = packet_of(number);

			any = meets(&tests[0], &other) && !meets(&tests[1], &other) &&
			      !(meets(&tests[2], &other) && meets(&tests[3], &other));
		}
		ck_assert(found == any);
		if (found)
			ck_assert(meets(&tests[0], &packet) && !meets(&tests[1], &packet) &&
				  !(meets(&tests[2], &packet) && meets(&tests[3], &packet)));
		if (hdrspace_holds(space, set, &wished))
			ck_assert_mem_eq(&packet, &wished, sizeof(packet));
		hdrspace_free(space);
	}
}
END_TEST

/* Is there a packet of a set with the same values in the fields that were not forgotten? */
static bool any_like(const struct hdrspace *space, bdd_node set, const struct hdr_packet *packet,
	uint64_t forgotten)
{
	bool any = false;

	for (unsigned int number = 0; number < PACKETS && !any; number++) {
		struct hdr_packet other = packet_of(number);
		bool like = true;

		for (unsigned int field = 0; field < FIELDS; field++)
			like &= forgotten & HDRSPACE_FIELD(field) ||
				other.values[field] == packet->values[field];
		any = like && hdrspace_holds(space, set, &other);
	}
	return any;
}

START_TEST(fields_are_forgotten)
{
	struct test tests[6];

	srand(random_seed("fields_are_forgotten"));
	for (unsigned int run = 0; run < 20; run++) {
		struct hdrspace *space = space_of(tests, 6);
		struct bdd *bdd = hdrspace_bdd(space);
		bdd_node set = bdd_and(bdd, bdd_or(bdd, tests[0].node, tests[1].node),
			bdd_or(bdd, tests[2].node, tests[3].node));
		uint64_t fields = (uint64_t)rand() % HDRSPACE_FIELD(FIELDS);
		bdd_node rest = hdrspace_forget(space, set, fields);

		for (unsigned int k = 0; k < 8; k++) {
			struct hdr_packet packet = packet_of((unsigned int)rand() % PACKETS);

			ck_assert(hdrspace_holds(space, rest, &packet) ==
				  any_like(space, set, &packet, fields));
		}
		hdrspace_free(space);
	}
}
END_TEST

/* 128 bits, the first and the last value, and neighbours of bounds. */
START_TEST(the_ends_of_a_wide_field)
{
	const hdr_value most = ~(hdr_value)0;
	const struct hdr_slice whole = { 0, 0, 128 };
	const struct hdr_range ranges[] = { { 0, 0 }, { most, most }, { 5, most - 5 }, { 0, most },
		{ (hdr_value)1 << 64, ((hdr_value)1 << 65) - 1 } };
	const hdr_value values[] = { 0, 1, 4, 5, most, most - 1, most - 5, most - 4,
		((hdr_value)1 << 64) - 1, (hdr_value)1 << 64, ((hdr_value)1 << 65) - 1,
		(hdr_value)1 << 65 };
	struct bdd_budget budget = { 0 };
	struct hdrspace *space;
	struct hdr_packet packet = { 0 };

	ck_assert_int_eq(hdrspace_new(&space), 0);
	ck_assert_int_eq(hdrspace_add_field(space, 128), 0);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(hdrspace_note(space, whole, ranges[i]), 0);
	ck_assert_int_eq(hdrspace_seal(space, &budget), 0);
	for (size_t i = 0; i < 5; i++) {
		bdd_node node = hdrspace_test(space, whole, ranges[i]);

		for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
			packet.values[0] = values[k];
			ck_assert(hdrspace_holds(space, node, &packet) ==
				  (values[k] >= ranges[i].first && values[k] <= ranges[i].last));
		}
	}
	ck_assert_uint_eq(hdrspace_atoms(space, 0), 7);
	bdd_node some = hdrspace_tests(space, whole, ranges, 2);
	ck_assert_uint_eq(some, bdd_or(hdrspace_bdd(space), hdrspace_test(space, whole, ranges[0]),
					hdrspace_test(space, whole, ranges[1])));
	hdrspace_free(space);
}
END_TEST

/* A test that nobody noted has no answer, not a wrong one. */
START_TEST(what_was_not_noted_has_no_answer)
{
	struct bdd_budget budget = { 0 };
	struct hdrspace *space = new_space();

	const struct hdr_slice four = { 0, 0, 4 }, middle = { 1, 2, 3 };

	ck_assert_int_eq(hdrspace_note(space, four, (struct hdr_range){ 3, 7 }), 0);
	ck_assert_int_eq(hdrspace_note(space, four, (struct hdr_range){ 3, 16 }), -EINVAL);
	ck_assert_int_eq(hdrspace_note(space, four, (struct hdr_range){ 7, 3 }), -EINVAL);
	ck_assert_int_eq(
		hdrspace_note(space, (struct hdr_slice){ 1, 3, 4 }, (struct hdr_range){ 0, 0 }),
		-EINVAL);
	ck_assert_int_eq(
		hdrspace_note(space, (struct hdr_slice){ 1, 3, 0 }, (struct hdr_range){ 0, 0 }),
		-EINVAL);
	ck_assert_int_eq(hdrspace_note(space, (struct hdr_slice){ FIELDS, 0, 1 },
				 (struct hdr_range){ 0, 0 }),
		-EINVAL);
	ck_assert_int_eq(hdrspace_note(space, middle, (struct hdr_range){ 5, 5 }), 0);
	ck_assert_int_eq(hdrspace_seal(space, &budget), 0);
	ck_assert_int_eq(hdrspace_note(space, four, (struct hdr_range){ 3, 7 }), -EINVAL);
	ck_assert_uint_ne(hdrspace_test(space, four, (struct hdr_range){ 3, 7 }), BDD_NONE);
	ck_assert_uint_eq(hdrspace_test(space, four, (struct hdr_range){ 3, 8 }), BDD_NONE);
	ck_assert_uint_eq(hdrspace_test(space, four, (struct hdr_range){ 4, 7 }), BDD_NONE);
	ck_assert_uint_ne(hdrspace_test(space, middle, (struct hdr_range){ 5, 5 }), BDD_NONE);
	ck_assert_uint_eq(hdrspace_test(space, middle, (struct hdr_range){ 6, 6 }), BDD_NONE);
	ck_assert_uint_eq(
		hdrspace_test(space, (struct hdr_slice){ 1, 1, 3 }, (struct hdr_range){ 5, 5 }),
		BDD_NONE);
	hdrspace_free(space);
}
END_TEST

START_TEST(fields_are_bounded)
{
	struct hdrspace *space;

	ck_assert_int_eq(hdrspace_new(&space), 0);
	for (int i = 0; i < HDRSPACE_FIELDS_MAX; i++)
		ck_assert_int_eq(hdrspace_add_field(space, 1), i);
	ck_assert_int_eq(hdrspace_add_field(space, 1), -E2BIG);
	hdrspace_free(space);
	hdrspace_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hdrspace");
	TCase *tcase = tcase_create("hdrspace");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, every_packet_of_a_small_space);
	tcase_add_test(tcase, what_is_picked_is_in_the_set);
	tcase_add_test(tcase, fields_are_forgotten);
	tcase_add_test(tcase, the_ends_of_a_wide_field);
	tcase_add_test(tcase, what_was_not_noted_has_no_answer);
	tcase_add_test(tcase, fields_are_bounded);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
