/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proofs past their budget: place by place, then pair by pair. */
#include <errno.h>

#include "test_prove.h"

static void decide_within(size_t nodes)
{
	struct prove_question question = { .policy = policy, .budget = { .nodes = nodes } };

	forget_proof();
	ck_assert_int_eq(nlsnapshot_read(sock, NULL, &snapshot), 0);
	question.snapshot = snapshot;
	ck_assert_int_eq(prove(&question, &proof), 0);
}

/* Past its budget it says so, and takes nothing for separate. */
START_TEST(too_small_a_budget)
{
	the_city();
	decide_within(40);
	ck_assert_int_eq(proof->worlds[PKT_IPV4].error, -E2BIG);
	expect_worst(PROVE_BUDGET);
	EXPECT(IPV4, "internet", "mynumber", NEW, "budget");
	EXPECT(IPV6, "other", "gateway", STRAY, "budget");
}
END_TEST

/* What each cell was found to be, and what each has to do with doubts. */
struct kept {
	enum prove_verdict verdicts[PKT_WORLDS][200][PROVE_PHASES];
	size_t nodes, doubts[PKT_WORLDS];
};

static void keep(struct kept *kept)
{
	const struct sym_doubt *doubts;

	kept->nodes = 0;
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		const struct prove_world *world = &proof->worlds[i];

		ck_assert_int_eq(world->error, 0);
		ck_assert_uint_le(world->cell_count, 200);
		for (size_t k = 0; k < world->cell_count; k++)
			for (unsigned int phase = 0; phase < PROVE_PHASES; phase++)
				kept->verdicts[i][k][phase] = world->cells[k].phases[phase].verdict;
		kept->nodes = world->nodes > kept->nodes ? world->nodes : kept->nodes;
		kept->doubts[i] = symexec_doubts(world->exec, &doubts);
	}
}

/* Beside the city: tests of interfaces in each of the ways that they can be written, something
 * that is not understood, a mark that is written, and a map that leads on by interface. */
static const char *const beside[] = {
	"",
	"table inet beside {\n"
	" map ways { type ifname : verdict; elements = { \"eno1.110\" : jump one,"
	" \"eno2.210\" : jump two, \"unheard-of\" : drop } }\n"
	" set pairs { type ifname . ifname . ipv4_addr; flags interval;"
	" elements = { \"eno3.310\" . \"eno3.340\" . 192.0.2.0/24 } }\n"
	" chain one { oifname \"eno2.*\" limit rate 9/second accept; ip daddr 10.20.0.0/16 drop; "
	"}\n"
	" chain two { iifname != \"eno2.210\" drop; meta mark set 7; oifname \"eno4\" return; }\n"
	" chain forward { type filter hook forward priority -5; policy accept;\n"
	"  iifname vmap @ways; iifname . oifname . ip daddr @pairs drop;\n"
	"  iifname \"eno*\" oifname != { \"eno4\", \"eno3.340\" } ct mark 99 tcp dport 1-99 drop; "
	"}\n"
	" chain input { type filter hook input priority 5; iifname \"eno4\" tcp dport 23 drop; }\n"
	" chain output { type filter hook output priority 5; oifname \"eno3.340\" udp dport 9 "
	"drop; }\n"
	"}\n",
};

/* Place by place, or pair by pair, everything is as it is in one. */
START_TEST(parts_say_what_the_whole_does)
{
	struct kept whole = { .nodes = 0 }, parts = whole;

	the_city();
	nft(beside[_i]);
	decide_within(0);
	keep(&whole);
	for (unsigned int less = 2; less <= 3; less++) {
		decide_within(whole.nodes / less);
		keep(&parts);
		ck_assert_uint_lt(parts.nodes, whole.nodes);
		ck_assert_mem_eq(parts.verdicts, whole.verdicts, sizeof(whole.verdicts));
		ck_assert_mem_eq(parts.doubts, whole.doubts, sizeof(whole.doubts));
	}
}
END_TEST

/* Two addresses, and two ports. */
static void put_value(FILE *out, unsigned int field, unsigned int number)
{
	if (field < 2)
		fprintf(out, "10.%u.0.%u", field + 1, number);
	else
		fprintf(out, "%u", field * 1000 + number);
}

/* Four lists of pairs, each from a field to the next, round in a circle: of one pair of interfaces
 * alone. */
static void put_lists(FILE *out, const char *in)
{
	static const char *const types[] = { "ipv4_addr . ipv4_addr", "ipv4_addr . inet_service",
		"inet_service . inet_service", "inet_service . ipv4_addr" };
	static const char *const keys[] = { "ip saddr . ip daddr", "ip daddr . tcp dport",
		"tcp dport . tcp sport", "tcp sport . ip saddr" };

	fputs("table inet lists {\n", out);
	for (unsigned int list = 0; list < 4; list++) {
		fprintf(out, " set s%u { type %s; elements = { ", list, types[list]);
		for (unsigned int i = 0; i < 200; i++) {
			fputs(i ? ", " : "", out);
			put_value(out, list, i);
			fputs(" . ", out);
			put_value(out, (list + 1) % 4, (i * (37 + 2 * list) + list) % 199);
		}
		fprintf(out, " } }\n");
	}
	fputs(" chain hard {\n", out);
	for (unsigned int list = 0; list < 4; list++)
		fprintf(out, "  %s @s%u drop\n", keys[list], list);
	fprintf(out,
		" }\n chain forward { type filter hook forward priority 9;\n"
		"  iifname %s oifname eno3.320 jump hard; }\n}\n",
		in);
}

static size_t decide_with_lists(const char *in)
{
	char *text = NULL;
	size_t size, open = 0;
	FILE *out = open_memstream(&text, &size);

	put_lists(out, in);
	fclose(out);
	nft(text);
	free(text);
	decide_within(40000);
	for (size_t i = 0; i < proof->worlds[PKT_IPV4].cell_count; i++)
		open += prove_cell_verdict(&proof->worlds[PKT_IPV4].cells[i]) == PROVE_BUDGET;
	ck_assert_int_eq(proof->worlds[PKT_IPV4].error, open ? -E2BIG : 0);
	ck_assert_int_eq(proof->worlds[PKT_IPV6].error, 0);
	return open;
}

/* What is too big for one pair is decided for all others. */
START_TEST(one_hard_pair)
{
	the_city();
	ck_assert_uint_eq(decide_with_lists("eno2.210"), 1);
	EXPECT(IPV4, "lgwan", "internet", NEW, "budget");
	EXPECT(IPV4, "internet", "mynumber", NEW, "separate");
	ck_assert_int_eq(proof_worst(proof), PROVE_BUDGET);
}
END_TEST

/* Where our table has dropped everything, what comes then decides nothing. */
START_TEST(a_hard_pair_that_is_separate)
{
	the_city();
	ck_assert_uint_eq(decide_with_lists("eno1.110"), 0);
	EXPECT(IPV4, "mynumber", "internet", NEW, "separate");
	EXPECT(IPV4, "lgwan", "internet", NEW, "exact");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proveparts");
	TCase *tcase = tcase_create("proveparts");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, too_small_a_budget);
	tcase_add_loop_test(
		tcase, parts_say_what_the_whole_does, 0, sizeof(beside) / sizeof(beside[0]));
	tcase_add_test(tcase, one_hard_pair);
	tcase_add_test(tcase, a_hard_pair_that_is_separate);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}
