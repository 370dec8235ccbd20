/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matrix of places, decided on what the kernel really holds: the fictional city as it is
 * compiled, and what becomes of the proof when something is added, changed or taken away.
 */
#include "test_prove.h"
#include "../../lib/isolation.h"
#include "../../lib/nftclosed.h"

START_TEST(the_city_is_proved)
{
	the_city();
	decide();
	expect_worst(PROVE_EXACT);
	ck_assert(proof_holds(proof));
	EXPECT(IPV4, "mynumber", "lgwan", NEW, "exact");
	EXPECT(IPV4, "lgwan", "mynumber", NEW, "separate");
	EXPECT(IPV4, "lgwan", "mynumber", ESTABLISHED, "exact");
	EXPECT(IPV4, "mynumber", "internet", NEW, "separate");
	EXPECT(IPV4, "mynumber", "internet", ESTABLISHED, "separate");
	EXPECT(IPV4, "internet", "mynumber", STRAY, "separate");
	EXPECT(IPV6, "mynumber", "internet", NEW, "separate");
	EXPECT(IPV4, "other", "mynumber", NEW, "separate");
	EXPECT(IPV4, "mynumber", "other", ESTABLISHED, "separate");
	EXPECT(IPV4, "other", "gateway", NEW, "separate");
	EXPECT(IPV4, "management", "gateway", NEW, "exact");
	EXPECT(IPV4, "gateway", "management", NEW, "exact");
	EXPECT(IPV4, "mynumber", "gateway", NEW, "separate");
	/* Neighbour discovery. */
	EXPECT(IPV6, "mynumber", "gateway", STRAY, "exact");
}
END_TEST

/* The policy says less than the kernel: what it says no more still passes. */
START_TEST(what_the_policy_does_not_say_is_more)
{
	static const char path[] = "name = \"F06\"; from = \"mynumber-wsus\"; to = \"lgwan-wsus\"";
	const struct prove_answer *answer;
	char text[PKTTEXT_MAX];

	the_city();
	ruleset_free(read_city(path,
		"name = \"F06\"; from = \"mynumber-wsus\"; to = \"lgwan-antivirus\"",
		compile_policy));
	decide();
	ck_assert(!proof_holds(proof));
	ck_assert_int_eq(proof_worst(proof), PROVE_MORE);
	answer = &cell(PKT_IPV4, "mynumber", "lgwan")->phases[PROVE_NEW];
	ck_assert_int_eq(answer->verdict, PROVE_MORE);
	ck_assert(answer->has_witness);
	pkttext(PKT_IPV4, &answer->witness, PKTTEXT_IN | PKTTEXT_OUT, text);
	ck_assert_str_eq(text, "eno1.120 10.10.0.30 > eno2.220 10.20.0.30 tcp 49152 > 8530, new");
	/* Nor is it there for what was never said. */
	EXPECT(IPV4, "mynumber", "internet", NEW, "separate");
}
END_TEST

/* The policy says more than the kernel. */
START_TEST(what_is_not_there_is_less_and_named)
{
	static const char path[] = "{ name = \"F12\";";
	const struct prove_answer *answer;

	the_city();
	ruleset_free(read_city(path,
		"{ name = \"NEW\"; from = \"lgwan-mail\"; to = \"lgwan-relay\"; "
		"service = \"ssh\"; reason = \"r\"; }, { name = \"F12\";",
		compile_policy));
	decide();
	ck_assert_int_eq(proof_worst(proof), PROVE_LESS);
	ck_assert(!proof_restrained(proof));
	answer = &cell(PKT_IPV4, "lgwan", "lgwan")->phases[PROVE_NEW];
	ck_assert_int_eq(answer->verdict, PROVE_LESS);
	ck_assert_str_eq(answer->path->name, "NEW");
	ck_assert(answer->has_witness);
}
END_TEST

/* Tables of others, beside ours: what they do, and whether the proof still holds. */
static const struct {
	const char *commands;
	enum prove_verdict worst;
} others[] = {
	/* Accepting ends their own chain only. */
	{ "table inet x { chain f { type filter hook forward priority -100; policy accept; "
	  "accept\n}\n"
	  "}\n",
		PROVE_EXACT },
	{ "table ip x { chain f { type filter hook forward priority 10; policy accept; "
	  "counter\n}\n}\n",
		PROVE_EXACT },
	/* Less than the policy. */
	{ "table ip x { chain f { type filter hook forward priority 10; policy drop; }\n}\n",
		PROVE_LESS },
	{ "table inet x { chain f { type filter hook input priority 10; tcp dport 22 drop\n}\n}\n",
		PROVE_LESS },
	/* Perhaps less. */
	{ "table ip x { chain f { type filter hook forward priority 10; limit rate over "
	  "10/second drop\n}\n}\n",
		PROVE_UNDECIDED },
	/* Addresses that our rules see are no more those that came in. */
	{ "table ip x { chain p { type nat hook prerouting priority -100; tcp dport 80 dnat to "
	  "10.10.0.30\n}\n}\n",
		PROVE_UNDECIDED },
	/* Marks that our rules take for their own. */
	{ "table inet x { chain p { type filter hook prerouting priority 0; ct mark set "
	  "numgen inc mod 4\n}\n}\n",
		PROVE_UNDECIDED },
	/* Replies come with other addresses than our rules see. */
	{ "table ip x { chain p { type nat hook postrouting priority 100; masquerade\n}\n}\n",
		PROVE_UNDECIDED },
};

START_TEST(tables_of_others)
{
	the_city();
	nft(others[_i].commands);
	decide();
	expect_worst(others[_i].worst);
}
END_TEST

START_TEST(an_island_is_less_and_restrained)
{
	city("", "", compile_island);
	decide();
	expect_worst(PROVE_LESS);
	ck_assert_uint_eq(proof->restraints, PROVE_ISLAND);
	ck_assert(proof_restrained(proof));
	EXPECT(IPV4, "mynumber", "lgwan", NEW, "less");
	EXPECT(IPV4, "management", "gateway", NEW, "exact");
	EXPECT(IPV4, "mynumber", "internet", NEW, "separate");
}
END_TEST

/* Nothing is blocked, as long as an element stays in a set. */
START_TEST(an_open_gateway_is_no_proof)
{
	struct ruleset *made = read_city("", "", compile_opened);

	ck_assert_int_eq(compile_timeouts(made, NULL, NULL), 0);
	apply(made);
	ruleset_free(made);
	decide();
	ck_assert_int_ge(proof_worst(proof), PROVE_UNDECIDED);
	EXPECT(IPV4, "internet", "mynumber", NEW, "undecided");
	EXPECT(IPV4, "other", "mynumber", STRAY, "undecided");
	EXPECT(IPV6, "internet", "gateway", NEW, "undecided");
}
END_TEST

START_TEST(without_our_table_everything_passes)
{
	struct ruleset *made = read_city("", "", compile_policy);

	ruleset_free(made);
	decide();
	EXPECT(IPV4, "internet", "mynumber", NEW, "more");
	EXPECT(IPV6, "other", "other", ESTABLISHED, "more");
	EXPECT(IPV4, "internet", "gateway", NEW, "more");
}
END_TEST

START_TEST(what_is_isolated_is_less)
{
	struct isolation isolation = { 0 };
	struct isolation_step step = { .time = 1, .user = "root", .reason = "r" };
	struct isolation_target target;
	struct isolation_entry *entry;
	struct ruleset *made;

	the_city();
	ck_assert_int_eq(isolation_target_parse("eno2.220", &target), 0);
	ck_assert_int_eq(isolation_add(&isolation, &target, "", &step, &entry), 0);
	ck_assert_int_eq(isolation_rules(&isolation, &made), 0);
	apply(made);
	ruleset_free(made);
	isolation_clear(&isolation);
	decide();
	expect_worst(PROVE_LESS);
	ck_assert_uint_eq(proof->restraints, PROVE_ISOLATION);
	EXPECT(IPV4, "mynumber", "lgwan", NEW, "less");
	EXPECT(IPV4, "internet", "internet", NEW, "exact");
}
END_TEST

START_TEST(the_closed_tables_are_less)
{
	int bridge;

	the_city();
	ck_assert_int_eq(nftclosed_put(sock, "test", &bridge), 0);
	decide();
	expect_worst(PROVE_LESS);
	ck_assert_uint_eq(proof->restraints, PROVE_GUARD);
}
END_TEST

/* A small city without a profile. */
#define TOWN                                                                                       \
	"site = { name = \"town\"; };\n"                                                           \
	"zones = (\n"                                                                              \
	" { name = \"lgwan\"; kind = \"lgwan\"; segments = ( { name = \"a\"; interface = \"l1\"; " \
	"networks = [\"10.2.0.0/24\"]; } ); },\n"                                                  \
	" { name = \"internet\"; kind = \"internet\"; segments = ( { name = \"a\"; "               \
	"interface = \"i1\"; networks = [\"10.3.0.0/24\"]; } ); } );\n"                            \
	"services = ( { name = \"https\"; tcp = 443; } );\n"

static void apply_town(void)
{
	/* What there is to say of a town without hosts and profile. */
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
	apply(ruleset);
}

START_TEST(an_observed_pair)
{
	compile(TOWN "observe = ( { from = \"lgwan\"; to = \"internet\"; reason = \"r\"; } );\n"
		     "paths = ( { name = \"P\"; from = \"10.2.0.5\"; to = \"10.3.0.5\"; "
		     "service = \"https\"; reason = \"r\"; } );\n");
	apply_town();
	decide();
	expect_worst(PROVE_OBSERVED);
	ck_assert(proof_holds(proof));
	EXPECT(IPV4, "lgwan", "internet", NEW, "observed");
	EXPECT(IPV4, "lgwan", "internet", STRAY, "separate");
	EXPECT(IPV4, "internet", "lgwan", NEW, "separate");
	EXPECT(IPV4, "internet", "lgwan", ESTABLISHED, "exact");
}
END_TEST

static uint64_t for_an_hour(uint32_t id, void *data)
{
	(void)id;
	(void)data;
	return 3600000;
}

/* A path that is open at times: whether it is, and whether it should be. */
START_TEST(a_timed_path)
{
	struct opening opening = { .state = { .open = _i & 2 } };
	struct openings openings = { .items = &opening, .count = 1 };
	bool is_open = _i & 1;

	compile(TOWN "paths = ( { name = \"P\"; from = \"10.2.0.5\"; to = \"10.3.0.5\"; "
		     "service = \"https\"; reason = \"r\"; windows = ( { days = \"mon\"; "
		     "from = \"01:00\"; until = \"02:00\"; } ); } );\n");
	if (is_open)
		ck_assert_int_eq(compile_timeouts(ruleset, for_an_hour, NULL), 0);
	apply_town();
	decide();
	expect_worst(PROVE_EXACT);
	proof_free(proof);
	struct prove_question question = {
		.policy = policy, .snapshot = snapshot, .openings = &openings
	};

	ck_assert_int_eq(prove(&question, &proof), 0);
	ck_assert_int_eq(proof_holds(proof), !is_open || opening.state.open);
}
END_TEST

START_TEST(one_pair_alone)
{
	struct prove_question question = { .one_pair = true };

	the_city();
	ck_assert_int_eq(nlsnapshot_read(sock, NULL, &snapshot), 0);
	question.policy = policy;
	question.snapshot = snapshot;
	question.from = place("internet");
	question.to = place("mynumber");
	ck_assert_int_eq(prove(&question, &proof), 0);
	ck_assert_uint_eq(proof->worlds[PKT_IPV4].cell_count, 1);
	ck_assert_uint_eq(proof->worlds[PKT_IPV6].cell_count, 1);
	EXPECT(IPV4, "internet", "mynumber", NEW, "separate");
	ck_assert_int_eq(proof_worst(proof), PROVE_SEPARATE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prove");
	TCase *tcase = tcase_create("prove");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, the_city_is_proved);
	tcase_add_test(tcase, what_the_policy_does_not_say_is_more);
	tcase_add_test(tcase, what_is_not_there_is_less_and_named);
	tcase_add_loop_test(tcase, tables_of_others, 0, sizeof(others) / sizeof(others[0]));
	tcase_add_test(tcase, an_island_is_less_and_restrained);
	tcase_add_test(tcase, an_open_gateway_is_no_proof);
	tcase_add_test(tcase, without_our_table_everything_passes);
	tcase_add_test(tcase, what_is_isolated_is_less);
	tcase_add_test(tcase, the_closed_tables_are_less);
	tcase_add_test(tcase, an_observed_pair);
	tcase_add_loop_test(tcase, a_timed_path, 0, 4);
	tcase_add_test(tcase, one_pair_alone);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}
