/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots of the kernel beside each other: which tables are the same, and how often each path was
 * taken. */
#include <check.h>
#include <linux/netfilter.h>
#include <stdlib.h>

#include "../../lib/snapcount.h"
#include "../../lib/snapsame.h"
#include "inkernel.h"
#include "nftload.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define BASE(settings, rules)                                                                      \
	"table inet t {\nchain c {\ntype filter hook forward " settings "\n" rules "\n}\n}\n"
#define CHAIN(rules)	BASE("priority 0; policy drop;", rules)
#define SET(elements)	"table inet t {\nset s {\ntype ipv4_addr\nelements = { " elements " }\n}\n}\n"
#define COUNTER(values) "table inet t {\ncounter k {\n" values "\n}\n}\n"

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
	{ CHAIN("tcp dport 443 accept"), CHAIN("tcp dport 443 accept"), true },
	/* What has been counted says nothing, nor what a log's line begins with. */
	{ CHAIN("counter packets 5 bytes 300 accept"), CHAIN("counter accept"), true },
	{ CHAIN("log prefix \"a\" group 3"), CHAIN("log prefix \"b\" group 3"), true },
	{ CHAIN("log prefix \"a\" group 3"), CHAIN("log prefix \"a\" group 4"), false },
	{ CHAIN("tcp dport 443 accept"), CHAIN("tcp dport 444 accept"), false },
	{ CHAIN("tcp dport 443 accept"), CHAIN("tcp dport 443 drop"), false },
	{ CHAIN("tcp dport 443 accept"), CHAIN("tcp dport 443 accept\nudp dport 53 accept"),
		false },
	{ CHAIN("tcp dport 1 accept\ntcp dport 2 accept"),
		CHAIN("tcp dport 2 accept\ntcp dport 1 accept"), false },
	{ CHAIN("accept"), BASE("priority 1; policy drop;", "accept"), false },
	{ CHAIN("accept"), BASE("priority 0; policy accept;", "accept"), false },
	{ CHAIN("accept"), CHAIN("accept") "table inet other {\n}\n", true },
	{ CHAIN("accept"), "table ip t {\n}\n", false },
	{ SET("10.0.0.1"), SET("10.0.0.1"), true },
	{ SET("10.0.0.1"), SET("10.0.0.2"), false },
	{ SET("10.0.0.1"), SET("10.0.0.1, 10.0.0.2"), false },
	{ COUNTER("packets 1 bytes 2"), COUNTER("packets 0 bytes 0"), true },
	{ COUNTER("packets 0 bytes 0"), "table inet t {\ncounter l {\npackets 0 bytes 0\n}\n}\n",
		false },
};

START_TEST(table)
{
	struct snapshot *a = load_rules(pairs[_i].a), *b = load_rules(pairs[_i].b);

	ck_assert_int_eq(snapsame_table(a, b, NFPROTO_INET, "t"), pairs[_i].same);
	ck_assert_int_eq(snapsame_table(b, a, NFPROTO_INET, "t"), pairs[_i].same);
	ck_assert(snapsame_table(a, a, NFPROTO_INET, "t"));
	ck_assert(!snapsame_table(a, b, NFPROTO_INET, "none"));
	snapshot_free(a);
	snapshot_free(b);
}
END_TEST

START_TEST(all_tables)
{
	struct snapshot *a = load_rules(CHAIN("accept") "table ip u {\n}\n"),
			*b = load_rules("table ip u {\n}\n" CHAIN("accept")),
			*more = load_rules("table ip u {\n}\ntable inet u {\n}\n" CHAIN("accept")),
			*other = load_rules("table ip u {\n}\n" CHAIN("drop"));

	ck_assert(snapsame_all(a, b));
	ck_assert(!snapsame_all(a, more));
	ck_assert(!snapsame_all(more, a));
	ck_assert(!snapsame_all(a, other));
	snapshot_free(a);
	snapshot_free(b);
	snapshot_free(more);
	snapshot_free(other);
}
END_TEST

#define HITS                                                                                       \
	"set hits {\ntype mark\nflags dynamic\nsize 16\ncounter\nelements = { "                    \
	"0x9 counter packets 3 bytes 180, 0x7 counter packets 5 bytes 300, "                       \
	"0x8 counter packets 0 bytes 0 }\n}\n"

START_TEST(hits)
{
	struct snapshot *snapshot = load_rules("table inet hedate {\n" HITS "}\n");
	struct snapcount count;

	ck_assert_int_eq(snapcount_read(snapshot, &count), 0);
	ck_assert(count.known);
	ck_assert_uint_eq(count.count, 3);
	ck_assert_uint_eq(snapcount_of(&count, 7), 5);
	ck_assert_uint_eq(snapcount_of(&count, 8), 0);
	ck_assert_uint_eq(snapcount_of(&count, 9), 3);
	ck_assert_uint_eq(snapcount_of(&count, 10), 0);
	snapcount_clear(&count);
	ck_assert_uint_eq(snapcount_of(&count, 7), 0);
	snapshot_free(snapshot);
}
END_TEST

/* Of that table alone. */
START_TEST(no_hits)
{
	static const char *const rules[] = { "table inet other {\n" HITS "}\n",
		"table ip hedate {\n" HITS "}\n", "table inet hedate {\n}\n" };
	struct snapshot *snapshot = load_rules(rules[_i]);
	struct snapcount count;

	ck_assert_int_eq(snapcount_read(snapshot, &count), 0);
	ck_assert(!count.known);
	ck_assert_uint_eq(snapcount_of(&count, 7), 0);
	snapcount_clear(&count);
	snapshot_free(snapshot);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapsame");
	TCase *tests = tcase_create("snapsame");

	tcase_add_checked_fixture(tests, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_loop_test(tests, table, 0, COUNT(pairs));
	tcase_add_test(tests, all_tables);
	tcase_add_test(tests, hits);
	tcase_add_loop_test(tests, no_hits, 0, 3);
	suite_add_tcase(suite, tests);
	return suite_run_in_netspace(suite);
}
