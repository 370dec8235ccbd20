/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a summary says of two rule sets that the kernel has taken. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/changepackets.h"
#include "inkernel.h"
#include "nftload.h"
#include "suite.h"

/* Two rule sets; what is said of them, with such a budget. */
static void check_rules(const char *before, const char *after, const struct bdd_budget *budget,
	const char *expected)
{
	const struct policy nowhere = { .zone_count = 0 };
	struct snapshot *old = load_rules(before), *new = load_rules(after);
	struct change *owned = calloc(1, sizeof(*owned));
	char text[4000] = "";

	ck_assert_int_eq(changepackets_compare(&nowhere, old, new, budget, owned), 0);
	for (size_t i = 0; i < owned->count; i++) {
		const struct change_item *item = &owned->items[i];
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length, "%c%s %s %u %s=%s%s\n",
			"+-~"[item->action], change_what_name(item->what), item -> name,
			item -> effects, item -> fields[0].key, item->fields[0].before,
			item->fields[0].after);
	}
	ck_assert_str_eq(text, expected);
	change_free(owned);
	snapshot_free(old);
	snapshot_free(new);
}

#define FORWARD(rules)                                                                             \
	"table ip t { chain c { type filter hook forward priority 0; policy drop;\n" rules "}\n}"  \
	"\n"

START_TEST(what_is_recorded_is_told)
{
	static const char with[] = FORWARD("ct state new tcp dport 22 log drop\n");
	static const char without[] = FORWARD("ct state new tcp dport 22 drop\n");
	const struct bdd_budget budget = { 0 };

	check_rules(without, with, &budget, "+records other > other 0 ipv4=* > * tcp 22\n");
	check_rules(with, without, &budget, "-records other > other 4 ipv4=* > * tcp 22\n");
}
END_TEST

START_TEST(what_is_not_known_is_said)
{
	static const char one[] = FORWARD("tcp dport 22 accept\n");
	static const char two[] = FORWARD("tcp dport 22 accept\nudp dport 53 accept\n");
	static const char odd[] = FORWARD("tcp dport 22 numgen random mod 2 0 accept\n");
	const struct bdd_budget steps = { .steps = 10 }, nodes = { .nodes = 10 }, all = { 0 };
	static const char past[] = "~packets not decided 3 why=it would take too much time or "
				   "memory\n";

	check_rules(one, two, &steps, past);
	check_rules(one, two, &nodes, past);
	check_rules(one, odd, &all, "~packets not decided 3 why=rules that are not understood\n");
	check_rules(one, one, &steps, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("changerules");
	TCase *tcase = tcase_create("changerules");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_test(tcase, what_is_recorded_is_told);
	tcase_add_test(tcase, what_is_not_known_is_said);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}
