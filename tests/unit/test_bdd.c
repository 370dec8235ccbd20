/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decision diagrams against truth tables: every assignment of a few variables. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/bdd.h"
#include "suite.h"

#define LEVELS 9
#define ROWS   (1u << LEVELS)

/* A set both ways. */
struct both {
	bdd_node node;
	bool rows[ROWS];
};

static struct bdd *new_bdd(const struct bdd_budget *budget)
{
	struct bdd *bdd = NULL;

	ck_assert_int_eq(bdd_new(LEVELS, budget, &bdd), 0);
	return bdd;
}

static bool value_of(unsigned int row, unsigned int level)
{
	return row >> (LEVELS - 1 - level) & 1;
}

static void spread(unsigned int row, bool *values)
{
	for (unsigned int level = 0; level < LEVELS; level++)
		values[level] = value_of(row, level);
}

static bdd_node from_rows(struct bdd *bdd, const bool *rows, unsigned int level, size_t count)
{
	if (count == 1)
		return rows[0] ? BDD_ALL : BDD_EMPTY;
	return bdd_make(bdd, level, from_rows(bdd, rows, level + 1, count / 2),
		from_rows(bdd, rows + count / 2, level + 1, count / 2));
}

static void check_same(struct bdd *bdd, const struct both *set)
{
	bool values[LEVELS];

	for (unsigned int row = 0; row < ROWS; row++) {
		spread(row, values);
		ck_assert_msg(bdd_holds(bdd, set->node, values) == set->rows[row], "row %u", row);
	}
	/* Equal sets are the same node. */
	ck_assert_uint_eq(set->node, from_rows(bdd, set->rows, 0, ROWS));
}

static void check_pick(struct bdd *bdd, const struct both *set, unsigned int row)
{
	bool values[LEVELS], any = false;
	unsigned int found = 0;

	for (unsigned int i = 0; i < ROWS; i++)
		any |= set->rows[i];
	spread(row, values);
	ck_assert(bdd_pick(bdd, set->node, values) == any);
	for (unsigned int level = 0; level < LEVELS; level++)
		found = found << 1 | values[level];
	if (any)
		ck_assert(set->rows[found]);
	if (set->rows[row])
		ck_assert_uint_eq(found, row); /* nothing nearer than the packet itself */
}

static void random_set(struct bdd *bdd, struct both *ret_set)
{
	unsigned int share = (unsigned int)rand() % 4;

	for (unsigned int row = 0; row < ROWS; row++)
		ret_set->rows[row] = share == 0	  ? rand() % 2
				     : share == 1 ? rand() % 40 == 0
				     : share == 2 ? (row & 0x63) == 0x21
						  : row % 7 < 3;
	ret_set->node = from_rows(bdd, ret_set->rows, 0, ROWS);
}

static void check_operations(struct bdd *bdd, const struct both *a, const struct both *b)
{
	struct both both, any, but, none;

	both.node = bdd_and(bdd, a->node, b->node);
	any.node = bdd_or(bdd, a->node, b->node);
	but.node = bdd_diff(bdd, a->node, b->node);
	none.node = bdd_not(bdd, a->node);
	for (unsigned int row = 0; row < ROWS; row++) {
		both.rows[row] = a->rows[row] && b->rows[row];
		any.rows[row] = a->rows[row] || b->rows[row];
		but.rows[row] = a->rows[row] && !b->rows[row];
		none.rows[row] = !a->rows[row];
	}
	check_same(bdd, &both);
	check_same(bdd, &any);
	check_same(bdd, &but);
	check_same(bdd, &none);
	check_pick(bdd, &but, (unsigned int)rand() % ROWS);
}

static void check_exists(struct bdd *bdd, const struct both *a)
{
	unsigned int free_bits = (unsigned int)rand() % ROWS;
	bool flags[LEVELS];

	for (unsigned int level = 0; level < LEVELS; level++)
		flags[level] = free_bits >> (LEVELS - 1 - level) & 1;
	struct both some = { .node = bdd_exists(bdd, a->node, flags) };

	for (unsigned int row = 0; row < ROWS; row++)
		if (a->rows[row])
			for (unsigned int other = 0; other < ROWS; other++)
				if ((row & ~free_bits) == (other & ~free_bits))
					some.rows[other] = true;
	check_same(bdd, &some);
}

START_TEST(operations_are_those_of_sets)
{
	struct bdd_budget budget = { 0 };
	struct bdd *bdd = new_bdd(&budget);
	static struct both sets[24];

	srand(random_seed("operations_are_those_of_sets"));
	for (size_t i = 0; i < 24; i++) {
		random_set(bdd, &sets[i]);
		check_same(bdd, &sets[i]);
		check_exists(bdd, &sets[i]);
		check_operations(bdd, &sets[i], &sets[(size_t)rand() % (i + 1)]);
	}
	ck_assert_int_eq(bdd_error(bdd), 0);
	bdd_free(bdd);
}
END_TEST

static void check_three(
	struct bdd *bdd, const struct both *a, const struct both *b, const struct both *c)
{
	struct both all = { .node = bdd_or_and(bdd, a->node, b->node, c->node) };

	for (unsigned int row = 0; row < ROWS; row++)
		all.rows[row] = a->rows[row] || (b->rows[row] && c->rows[row]);
	check_same(bdd, &all);
}

START_TEST(three_at_once)
{
	struct bdd_budget budget = { 0 };
	struct bdd *bdd = new_bdd(&budget);
	static struct both sets[8];

	srand(random_seed("three_at_once"));
	for (size_t i = 0; i < 6; i++)
		random_set(bdd, &sets[i]);
	sets[6].node = bdd_not(bdd, sets[0].node);
	for (unsigned int row = 0; row < ROWS; row++)
		sets[6].rows[row] = !sets[0].rows[row];
	sets[7].node = BDD_ALL;
	memset(sets[7].rows, true, sizeof(sets[7].rows));
	for (size_t i = 0; i < 512; i++)
		check_three(bdd, &sets[i / 64], &sets[i / 8 % 8], &sets[i % 8]);
	ck_assert_uint_eq(bdd_or_and(bdd, BDD_ALL, BDD_NONE, BDD_EMPTY), BDD_NONE);
	bdd_free(bdd);
}
END_TEST

START_TEST(many_are_joined)
{
	struct bdd_budget budget = { 0 };
	struct bdd *bdd = new_bdd(&budget);
	bdd_node nodes[ROWS];
	struct both all = { 0 };
	size_t count = 0;

	for (unsigned int row = 0; row < ROWS; row += 3) {
		struct both one = { 0 };

		one.rows[row] = all.rows[row] = true;
		nodes[count++] = from_rows(bdd, one.rows, 0, ROWS);
	}
	all.node = bdd_or_all(bdd, nodes, count);
	check_same(bdd, &all);
	ck_assert_uint_eq(bdd_or_all(bdd, nodes, 0), BDD_EMPTY);
	ck_assert_uint_gt(bdd_count_nodes(bdd, all.node), 2);
	ck_assert_uint_eq(bdd_count_nodes(bdd, BDD_ALL), 1);
	bdd_free(bdd);
}
END_TEST

/* What is past the budget is no set: not empty, not all, and nothing that it goes into is. */
static void check_no_answer(struct bdd *bdd, int error)
{
	bool values[LEVELS] = { false }, flags[LEVELS] = { true };

	ck_assert_int_eq(bdd_error(bdd), error);
	ck_assert_uint_eq(bdd_and(bdd, BDD_NONE, BDD_EMPTY), BDD_NONE);
	ck_assert_uint_eq(bdd_or(bdd, BDD_ALL, BDD_NONE), BDD_NONE);
	ck_assert_uint_eq(bdd_diff(bdd, BDD_EMPTY, BDD_NONE), BDD_NONE);
	ck_assert_uint_eq(bdd_not(bdd, BDD_NONE), BDD_NONE);
	ck_assert_uint_eq(bdd_exists(bdd, BDD_NONE, flags), BDD_NONE);
	ck_assert_uint_eq(bdd_make(bdd, 0, BDD_EMPTY, BDD_ALL), BDD_NONE);
	ck_assert(!bdd_holds(bdd, BDD_NONE, values));
	ck_assert(!bdd_pick(bdd, BDD_NONE, values));
	ck_assert_uint_eq(bdd_count_nodes(bdd, BDD_NONE), 0);
}

START_TEST(a_budget_of_nodes)
{
	struct bdd_budget budget = { .nodes = 40 };
	struct bdd *bdd = new_bdd(&budget);
	struct both a;

	srand(1);
	for (unsigned int row = 0; row < ROWS; row++)
		a.rows[row] = rand() % 2;
	ck_assert_uint_eq(from_rows(bdd, a.rows, 0, ROWS), BDD_NONE);
	ck_assert_uint_le(bdd_size(bdd), 40);
	check_no_answer(bdd, -E2BIG);
	bdd_free(bdd);
}
END_TEST

START_TEST(a_budget_of_steps)
{
	struct bdd_budget budget = { .steps = 50 };
	struct bdd *bdd = new_bdd(&budget);
	struct both a, b;

	srand(2);
	for (unsigned int row = 0; row < ROWS; row++) {
		a.rows[row] = rand() % 2;
		b.rows[row] = rand() % 2;
	}
	a.node = from_rows(bdd, a.rows, 0, ROWS);
	b.node = from_rows(bdd, b.rows, 0, ROWS);
	ck_assert_uint_ne(a.node, BDD_NONE);
	ck_assert_uint_eq(bdd_and(bdd, a.node, b.node), BDD_NONE);
	ck_assert_uint_le(bdd_steps(bdd), 51);
	check_no_answer(bdd, -ETIME);
	bdd_free(bdd);
}
END_TEST

START_TEST(tables_grow)
{
	struct bdd_budget budget = { 0 };
	struct bdd *bdd = NULL;
	bdd_node nodes[4000], all;
	bool values[40];

	/* Sets of single rows of 40 variables: far more nodes than there is room for at first. */
	ck_assert_int_eq(bdd_new(40, &budget, &bdd), 0);
	srand(3);
	for (size_t i = 0; i < 4000; i++) {
		nodes[i] = BDD_ALL;
		for (unsigned int level = 40; level-- > 0;)
			nodes[i] = rand() % 2 ? bdd_make(bdd, level, BDD_EMPTY, nodes[i])
					      : bdd_make(bdd, level, nodes[i], BDD_EMPTY);
	}
	bdd_node first = nodes[0], last = nodes[3999];
	all = bdd_or_all(bdd, nodes, 4000);
	ck_assert_uint_gt(bdd_size(bdd), 100000);
	ck_assert_uint_eq(bdd_diff(bdd, first, all), BDD_EMPTY);
	ck_assert_uint_eq(bdd_and(bdd, last, all), last);
	memset(values, 0, sizeof(values));
	ck_assert(bdd_pick(bdd, last, values));
	ck_assert(bdd_holds(bdd, all, values));
	memset(values, 1, sizeof(values));
	ck_assert_uint_eq(bdd_exists(bdd, all, values), BDD_ALL);
	bdd_free(bdd);
}
END_TEST

START_TEST(levels_are_bounded)
{
	struct bdd_budget budget = { 0 };
	struct bdd *bdd;

	ck_assert_int_eq(bdd_new(0, &budget, &bdd), -EINVAL);
	ck_assert_int_eq(bdd_new(BDD_LEVELS_MAX + 1, &budget, &bdd), -EINVAL);
	bdd_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bdd");
	TCase *tcase = tcase_create("bdd");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, operations_are_those_of_sets);
	tcase_add_test(tcase, three_at_once);
	tcase_add_test(tcase, many_are_joined);
	tcase_add_test(tcase, a_budget_of_nodes);
	tcase_add_test(tcase, a_budget_of_steps);
	tcase_add_test(tcase, tables_grow);
	tcase_add_test(tcase, levels_are_bounded);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
