/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is made without a kernel against what a kernel tells after the same was put in place, down
 * to the last attribute but those that the kernel adds by itself.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "../../lib/nlsnapshot.h"
#include "../../lib/snapgen.h"
#include "inkernel.h"
#include "netspace.h"
#include "randrules.h"
#include "suite.h"

#define ROUNDS 25

/* As text, with members sorted and without what says nothing by being there -------------------- */

struct text {
	char *bytes;
	size_t length, room;
};

static void put(struct text *text, const char *bytes, size_t length)
{
	if (text->length + length + 1 > text->room) {
		text->room = 2 * (text->length + length + 1);
		text->bytes = realloc(text->bytes, text->room);
		ck_assert_ptr_nonnull(text->bytes);
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

static void put_text(struct text *text, const char *bytes)
{
	put(text, bytes, strlen(bytes));
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(((const struct text *)a)->bytes, ((const struct text *)b)->bytes);
}

static void put_sorted(struct text *text, struct text *parts, size_t count)
{
	qsort(parts, count, sizeof(*parts), compare_texts);
	for (size_t i = 0; i < count; i++) {
		put(text, parts[i].bytes, parts[i].length);
		free(parts[i].bytes);
	}
	free(parts);
}

static bool is_told(const char *path, const struct nltree *node);
static uint64_t number_of(const char *path, const struct nltree *node);

static void put_tree(struct text *text, const char *path, const struct nltree *tree)
{
	struct text *parts = calloc(tree->count + 1, sizeof(*parts));
	char digits[32], below[200];
	size_t count = 0;

	for (size_t i = 0; i < tree->count; i++) {
		const struct nltree *node = &tree->children[i];
		struct text *part = &parts[count];

		ck_assert_msg(node->kind != NLTREE_UNKNOWN, "%s: type %u", path, node->type);
		snprintf(below, sizeof(below), "%s.%s", path, node->attr->name);
		if (!is_told(below, node))
			continue;
		count++;
		put_text(part, below);
		put_text(part, "=");
		snprintf(
			digits, sizeof(digits), "%llu", (unsigned long long)number_of(below, node));
		put_text(part, node->bytes || node->count ? "" : digits);
		for (size_t k = 0; k < node->length; k++) {
			snprintf(digits, sizeof(digits), "%02x", node->bytes[k]);
			put_text(part, digits);
		}
		put_text(part, "\n");
		put_tree(part, below, node);
	}
	/* Lists keep their order. */
	if (tree->attr && tree->kind == NLTREE_LIST)
		for (size_t i = 0; i < count; i++) {
			put(text, parts[i].bytes, parts[i].length);
			free(parts[i].bytes);
		}
	else
		put_sorted(text, parts, count);
	if (tree->attr && tree->kind == NLTREE_LIST)
		free(parts);
}

/* What the kernel tells without having been told: it is not compared. */
static const struct {
	const char *end; /* of the path */
	bool whatever;	 /* else only when it is this number */
	uint64_t number;
} added[] = {
	{ "table.handle", true, 0 },
	{ "set.flags", false, 0 },
	{ "chain.flags", false, NFT_CHAIN_BASE },
	{ "rule.position", true, 0 },
	{ "expression.data.flags", false, 0 },
	{ "expression.data.timeout", false, 0 },
	/* Counters, of which each element has one; those of a set that is filled by packets are
	 * told with the set. */
	{ "element.expr", true, 0 },
	{ "set.expr.data", true, 0 },
	{ "expression.data.expr", true, 0 },
	{ "element.expiration", true, 0 },
};

/* That sets count is a flag, too, which newer kernels set by themselves. */
static uint64_t number_of(const char *path, const struct nltree *node)
{
	return strcmp(path, "set.flags") == 0 ? node->number & ~(uint64_t)NFT_SET_EXPR
					      : node->number;
}

static bool is_told(const char *path, const struct nltree *node)
{
	if (node->kind == NLTREE_NEST && node->count == 0 && strcmp(path, "set.desc") == 0)
		return false;
	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
		size_t length = strlen(added[i].end);

		if (strlen(path) >= length &&
			strcmp(path + strlen(path) - length, added[i].end) == 0 &&
			(added[i].whatever || number_of(path, node) == added[i].number))
			return false;
	}
	return true;
}

static struct text *tree_texts(const char *name, const struct nltree *trees, size_t count)
{
	struct text *texts = calloc(count + 1, sizeof(*texts));

	for (size_t i = 0; i < count; i++) {
		put_text(&texts[i], "");
		put_tree(&texts[i], name, &trees[i]);
	}
	return texts;
}

static void put_set(struct text *text, const struct snap_set *set)
{
	put_tree(text, "set", &set->tree);
	put_sorted(
		text, tree_texts("element", set->elements, set->element_count), set->element_count);
}

static void put_chain(struct text *text, const struct snap_chain *chain)
{
	put_tree(text, "chain", &chain->tree);
	for (size_t i = 0; i < chain->rule_count; i++)
		put_tree(text, "rule", &chain->rules[i]);
}

static char *table_text(const struct snapshot *snapshot)
{
	const struct snap_table *table = snapshot_find_table(snapshot, NFPROTO_INET, TABLE_NAME);
	struct text text = { 0 };

	ck_assert_ptr_nonnull(table);
	ck_assert_uint_eq(snapshot->table_count, 1);
	struct text *chains = calloc(table->chain_count + 1, sizeof(*chains));
	struct text *sets = calloc(table->set_count + 1, sizeof(*sets));

	put_tree(&text, "table", &table->tree);
	for (size_t i = 0; i < table->chain_count; i++)
		put_chain(&chains[i], &table->chains[i]);
	put_sorted(&text, chains, table->chain_count);
	for (size_t i = 0; i < table->set_count; i++)
		put_set(&sets[i], &table->sets[i]);
	put_sorted(&text, sets, table->set_count);
	put_sorted(&text, tree_texts("object", table->objects, table->object_count),
		table->object_count);
	ck_assert_uint_eq(table->flowtable_count, 0);
	return text.bytes;
}

static void check_equal(const char *made, const char *told)
{
	while (*made && *told) {
		size_t length = strcspn(made, "\n"), other = strcspn(told, "\n");

		ck_assert_msg(length == other && memcmp(made, told, length) == 0,
			"made \"%.*s\", the kernel tells \"%.*s\"", (int)length, made, (int)other,
			told);
		made += length + 1;
		told += other + 1;
	}
	ck_assert_str_eq(made, told);
}

/* In place it has what the snapshot that is made of it has. */
static void check_made(struct ruleset *rules)
{
	struct snapshot *generated, *read;

	netspace_run(0, "nft delete table inet hedate 2>/dev/null; true");
	apply(rules);
	ck_assert_int_eq(nlsnapshot_read(sock, NULL, &read), 0);
	ck_assert_int_eq(snapgen_ruleset(rules, &generated), 0);
	char *made = table_text(generated), *told = table_text(read);

	check_equal(made, told);
	free(made);
	free(told);
	snapshot_free(generated);
	snapshot_free(read);
}

START_TEST(the_city_is_as_the_kernel_tells_it)
{
	struct ruleset *city = compile_city();

	check_made(city);
	ruleset_free(city);
}
END_TEST

/* All that a rule set can hold, chains of every hook and sets of every kind. */
START_TEST(random_rules_are_as_the_kernel_tells_them)
{
	for (unsigned int seed = 1; seed <= ROUNDS; seed++) {
		struct ruleset *rules = random_ruleset(seed);

		printf("seed %u\n", seed);
		check_made(rules);
		ruleset_free(rules);
	}
}
END_TEST

/* How many elements the set of timed paths has. */
static size_t open_paths(struct snapshot *snapshot)
{
	const struct snap_table *table = snapshot_find_table(snapshot, NFPROTO_INET, TABLE_NAME);

	ck_assert_ptr_nonnull(table);
	const struct snap_set *set = snap_find_set(table, "active-timed");

	ck_assert_ptr_nonnull(set);
	size_t count = set->element_count;

	for (size_t i = 0; i < count; i++)
		ck_assert(nltree_has(&set->elements[i], NFTA_SET_ELEM_TIMEOUT));
	snapshot_free(snapshot);
	return count;
}

START_TEST(timed_paths_are_open_or_shut)
{
	struct snapshot *shut, *open;
	struct conf_options options = { .roots = NULL };
	struct policy *timed;

	ck_assert_int_eq(
		conf_read_file("tests/golden/compile/timed/policy.conf", &options, diags, &timed),
		0);
	ck_assert_int_eq(snapgen_policy(timed, SNAPGEN_SHUT, diags, &shut), 0);
	ck_assert_int_eq(snapgen_policy(timed, SNAPGEN_OPEN, diags, &open), 0);
	policy_free(timed);
	ck_assert_uint_eq(open_paths(shut), 0);
	ck_assert_uint_gt(open_paths(open), 0);
}
END_TEST

/* No set is filled by packets and has ranges. */
START_TEST(what_cannot_be_expressed_is_refused)
{
	const enum field_type mark = FIELD_MARK;
	struct snapshot *snapshot = NULL;
	struct ruleset *rules;

	ck_assert_int_eq(ruleset_new(TABLE_NAME, &rules), 0);
	ck_assert_ptr_nonnull(ruleset_add_set(
		rules, "marks", SET_INTERVAL | SET_DYNAMIC, &mark, 1, FIELD_INVALID));
	ck_assert_int_eq(snapgen_ruleset(rules, &snapshot), -EINVAL);
	ck_assert_ptr_null(snapshot);
	ruleset_free(rules);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapgen");
	TCase *tcase = tcase_create("snapgen");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_test(tcase, the_city_is_as_the_kernel_tells_it);
	tcase_add_test(tcase, random_rules_are_as_the_kernel_tells_them);
	tcase_add_test(tcase, timed_paths_are_open_or_shut);
	tcase_add_test(tcase, what_cannot_be_expressed_is_refused);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}
