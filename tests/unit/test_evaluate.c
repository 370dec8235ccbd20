/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interpreter's own answers: above all that it says so when it cannot tell. What whole rule
 * sets do with packets is tried in test_compile.c. */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/compile_internal.h"
#include "../../lib/evaluate.h"
#include "../../lib/rulemake.h"
#include "suite.h"

static struct maker make;

static void set_up(void)
{
	make = (struct maker){ 0 };
	ck_assert_int_eq(ruleset_new("hedate", &make.ruleset), 0);
}

static void tear_down(void)
{
	ruleset_free(make.ruleset);
}

static struct eval_packet packet(void)
{
	return (struct eval_packet){ .iif = "a1",
		.oif = "b1",
		.saddr = { 10, 0, 0, 1 },
		.daddr = { 10, 0, 1, 1 },
		.protocol = IPPROTO_TCP,
		.dport = 443,
		.ct_state = CT_NEW };
}

static struct eval_result run_packet(const struct eval_packet *made)
{
	struct eval_result result;

	ck_assert_int_eq(make.error, 0);
	evaluate(make.ruleset, made, &result);
	return result;
}

static struct eval_result run(void)
{
	struct eval_packet made = packet();

	return run_packet(&made);
}

/* A base chain of forward with one rule begun. */
static void begin_forward(void)
{
	make_base_chain(&make, "forward", HOOK_FORWARD, 0);
	make_rule(&make, 0);
}

static void expect_doubt(enum eval_doubt doubt, const char *name)
{
	struct eval_result result = run();

	ck_assert_int_eq(result.verdict, EVAL_UNKNOWN);
	ck_assert_int_eq(result.doubt, doubt);
	ck_assert_str_eq(result.name, name);
}

static void expect_at(enum eval_verdict verdict, const char *chain, size_t rule)
{
	struct eval_result result = run();

	ck_assert_int_eq(result.verdict, verdict);
	ck_assert_int_eq(result.doubt, DOUBT_NONE);
	ck_assert_str_eq(result.chain, chain);
	ck_assert_uint_eq(result.rule, rule);
}

static const struct selectors source = { { SEL_IP_SADDR }, 1 };
static const struct selectors destination = { { SEL_IP_DADDR }, 1 };
static const enum field_type address[] = { FIELD_IPV4_ADDR };

static struct set *address_set(const char *name, unsigned int flags, enum field_type value)
{
	return make_set(&make, name, flags, address, 1, value);
}

static void add_range(struct set *set, uint8_t first, uint8_t last, uint32_t value)
{
	const uint8_t from[RULESET_KEY_MAX] = { 10, 0, 0, first },
		      to[RULESET_KEY_MAX] = { 10, 0, 0, last };

	make_element(&make, set, from, to, value, 0);
}

/* ---- verdicts, and where they came up ---- */

START_TEST(test_policy)
{
	make_base_chain(&make, "forward", HOOK_FORWARD, 0);
	expect_at(EVAL_DROP, "forward", 0);
	ruleset_find_chain(make.ruleset, "forward")->policy_drop = false;
	expect_at(EVAL_ACCEPT, "forward", 0);
	make_rule(&make, 0);
	make_test(&make, SEL_META_L4PROTO, IPPROTO_UDP);
	make_verdict(&make, VERDICT_DROP, NULL);
	expect_at(EVAL_ACCEPT, "forward", 1);
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_RETURN, NULL);
	expect_at(EVAL_ACCEPT, "forward", 2);
}
END_TEST

START_TEST(test_chains)
{
	begin_forward();
	make_verdict(&make, VERDICT_JUMP, "first");
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_GOTO, "second");
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_ACCEPT, NULL);
	make_chain(&make, "first");
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_RETURN, NULL);
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_ACCEPT, NULL);
	make_chain(&make, "second");
	make_rule(&make, 0);
	make_test(&make, SEL_META_L4PROTO, IPPROTO_UDP);
	make_verdict(&make, VERDICT_DROP, NULL);
	/* What is gone to does not come back. */
	expect_at(EVAL_DROP, "forward", 3);
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_DROP, NULL);
	expect_at(EVAL_DROP, "second", 1);
}
END_TEST

static void drop_in(const char *name, enum hook hook, int priority, const char *interface)
{
	make_base_chain(&make, name, hook, priority);
	make_rule(&make, 0);
	make_interface(&make, SEL_META_IIFNAME, interface);
	make_verdict(&make, VERDICT_DROP, NULL);
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_ACCEPT, NULL);
}

START_TEST(test_hooks)
{
	struct eval_packet made = packet();

	drop_in("late", HOOK_FORWARD, 5, "a1");
	drop_in("early", HOOK_FORWARD, -5, "a2");
	drop_in("prerouting", HOOK_PREROUTING, -450, "a3");
	drop_in("input", HOOK_INPUT, 0, "a1");
	make_base_chain(&make, "output", HOOK_OUTPUT, 0);
	/* Each hook's chains by priority, all of them, until one drops it. */
	expect_at(EVAL_DROP, "late", 0);
	made.iif = "a2";
	ck_assert_str_eq(run_packet(&made).chain, "early");
	made.iif = "a3";
	ck_assert_str_eq(run_packet(&made).chain, "prerouting");
	made.iif = "a4";
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_ACCEPT);
	ck_assert_str_eq(run_packet(&made).chain, "late");
	made.iif = "a1";
	made.oif = NULL;
	ck_assert_str_eq(run_packet(&made).chain, "input");
	made.iif = NULL;
	made.oif = "b1";
	ck_assert_str_eq(run_packet(&made).chain, "output");
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_DROP);
}
END_TEST

START_TEST(test_same_priority)
{
	drop_in("one", HOOK_FORWARD, 0, "a9");
	drop_in("two", HOOK_FORWARD, 0, "a1");
	expect_at(EVAL_DROP, "two", 0);
}
END_TEST

/* Before conntrack there is no connection and no route. */
START_TEST(test_before_conntrack)
{
	struct eval_packet made = packet();

	made.ct_mark = 7;
	made.ct_state = CT_ESTABLISHED;
	make_base_chain(&make, "prerouting", HOOK_PREROUTING, -450);
	make_rule(&make, 0);
	make_test(&make, SEL_CT_MARK, 7);
	make_verdict(&make, VERDICT_DROP, NULL);
	make_rule(&make, 0);
	make_interface(&make, SEL_META_OIFNAME, "b1");
	make_verdict(&make, VERDICT_DROP, NULL);
	make_rule(&make, 0);
	make_test_mask(&make, SEL_CT_STATE, CT_UNTRACKED, 0, true);
	make_verdict(&make, VERDICT_ACCEPT, NULL);
	make_base_chain(&make, "forward", HOOK_FORWARD, 0);
	make_rule(&make, 0);
	make_test(&make, SEL_CT_MARK, 7);
	make_verdict(&make, VERDICT_ACCEPT, NULL);
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_ACCEPT);
	ck_assert_str_eq(run_packet(&made).chain, "forward");
}
END_TEST

START_TEST(test_no_chain)
{
	struct eval_packet made = packet();
	struct eval_result result;

	ck_assert_int_eq(run().verdict, EVAL_ACCEPT);
	evaluate_chain(make.ruleset, "forward", &made, &result);
	ck_assert_int_eq(result.verdict, EVAL_UNKNOWN);
	ck_assert_int_eq(result.doubt, DOUBT_MISSING);
	make_chain(&make, "other");
	evaluate_chain(make.ruleset, "other", &made, &result);
	ck_assert_int_eq(result.verdict, EVAL_UNKNOWN);
	ck_assert_int_eq(result.doubt, DOUBT_SET);
}
END_TEST

START_TEST(test_maps)
{
	struct eval_packet made = packet();
	struct set *marks = address_set("marks", SET_MAP | SET_INTERVAL, FIELD_MARK);
	struct set *chains;

	add_range(marks, 1, 5, 0xabcd);
	chains = address_set("chains", SET_MAP, FIELD_VERDICT);
	make_element_goto(&make, chains, (const uint8_t[RULESET_KEY_MAX]){ 10, 0, 0, 1 }, NULL);
	make_element_goto(&make, chains, (const uint8_t[RULESET_KEY_MAX]){ 10, 0, 0, 2 }, "other");
	make_chain(&make, "other");
	begin_forward();
	make_family(&make, ADDR_IPV4);
	make_keyed(&make, STMT_CT_MARK_MAP, &source, "marks");
	make_mark(&make, 0, 0x12);
	make_mark(&make, 0xf0, 0x3);
	make_keyed(&make, STMT_VMAP, &source, "chains");
	ck_assert_uint_eq(run().ct_mark, 0xabcd);
	ck_assert_uint_eq(run().mark, 0x13);
	expect_at(EVAL_ACCEPT, "forward", 0);
	made.saddr[3] = 2; /* to a chain that ends */
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_DROP);
	made.saddr[3] = 6; /* in no element: the mark stays */
	ck_assert_uint_eq(run_packet(&made).ct_mark, 0);
	ck_assert_uint_eq(run_packet(&made).mark, 0);
	/* Without a connection there is none to mark, yet the rule goes on. */
	made.saddr[3] = 1;
	made.no_ct = true;
	ck_assert_uint_eq(run_packet(&made).ct_mark, 0);
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_ACCEPT);
}
END_TEST

START_TEST(test_limit)
{
	struct eval_packet made = packet();

	make_limit_object(&make, "limit-core", 10, 1, 5);
	begin_forward();
	make_limit(&make, "limit-core");
	make_verdict(&make, VERDICT_DROP, NULL);
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_ACCEPT, NULL);
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_ACCEPT);
	made.over_limit = true;
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_DROP);
}
END_TEST

/* ---- what cannot be told ---- */

START_TEST(test_opaque)
{
	struct rule *rule;

	begin_forward();
	make_verdict(&make, VERDICT_ACCEPT, NULL);
	expect_at(EVAL_ACCEPT, "forward", 0);
	make_base_chain(&make, "later", HOOK_FORWARD, 10);
	rule = chain_add_rule(ruleset_find_chain(make.ruleset, "later"));
	rule_add_statement(rule, STMT_OPAQUE)->name = strdup("numgen");
	expect_doubt(DOUBT_STATEMENT, "numgen");
	ck_assert_str_eq(run().chain, "later");
	/* It does not matter to what never comes there. */
	make_base_chain(&make, "sooner", HOOK_FORWARD, 5);
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_DROP, NULL);
	expect_at(EVAL_DROP, "sooner", 0);
}
END_TEST

START_TEST(test_unknown_table)
{
	begin_forward();
	make_verdict(&make, VERDICT_DROP, NULL);
	make.ruleset->unknown = calloc(1, sizeof(char *));
	make.ruleset->unknown[0] = strdup("flowtable f");
	make.ruleset->unknown_count = 1;
	expect_doubt(DOUBT_TABLE, "flowtable f");
}
END_TEST

START_TEST(test_missing)
{
	static const enum statement_kind kinds[] = { STMT_LOOKUP, STMT_VMAP, STMT_CT_MARK_MAP,
		STMT_ADD, STMT_COUNTER, STMT_LIMIT };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		tear_down();
		set_up();
		begin_forward();
		make_family(&make, ADDR_IPV4);
		if (kinds[i] == STMT_COUNTER)
			make_counter(&make, "nowhere");
		else if (kinds[i] == STMT_LIMIT)
			make_limit(&make, "nowhere");
		else
			make_keyed(&make, kinds[i], &source, "nowhere");
		make_verdict(&make, VERDICT_ACCEPT, NULL);
		expect_doubt(DOUBT_MISSING, "nowhere");
	}
	tear_down();
	set_up();
	begin_forward();
	make_verdict(&make, VERDICT_JUMP, "nowhere");
	expect_doubt(DOUBT_MISSING, "nowhere");
}
END_TEST

START_TEST(test_selectors)
{
	static const struct selectors type = { { SEL_ICMP_TYPE }, 1 };
	static const enum field_type types[] = { FIELD_ICMP_TYPE };

	begin_forward();
	make_test(&make, SEL_ICMP_TYPE, 8);
	make_verdict(&make, VERDICT_DROP, NULL);
	expect_doubt(DOUBT_SELECTOR, "icmp type");
	tear_down();
	set_up();
	make_set(&make, "types", 0, types, 1, FIELD_INVALID);
	begin_forward();
	make_keyed(&make, STMT_LOOKUP, &type, "types");
	expect_doubt(DOUBT_SELECTOR, "icmp type");
	tear_down();
	set_up();
	begin_forward();
	make_test(&make, SEL_IP6_HOPLIMIT, 255);
	expect_doubt(DOUBT_SELECTOR, "ip6 hoplimit");
}
END_TEST

START_TEST(test_sets)
{
	struct eval_packet made = packet();
	struct set *set = address_set("ranges", SET_INTERVAL, FIELD_INVALID);

	add_range(set, 1, 5, 0);
	add_range(set, 5, 9, 0);
	begin_forward();
	make_family(&make, ADDR_IPV4);
	make_keyed(&make, STMT_LOOKUP, &source, "ranges");
	make_verdict(&make, VERDICT_ACCEPT, NULL);
	ck_assert_int_eq(run().verdict, EVAL_ACCEPT);
	made.saddr[3] = 10;
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_DROP);
	made.saddr[3] = 5;
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_UNKNOWN);
	ck_assert_int_eq(run_packet(&made).doubt, DOUBT_AMBIGUOUS);
	ck_assert_str_eq(run_packet(&made).name, "ranges");
}
END_TEST

START_TEST(test_misused_sets)
{
	static const struct selectors both = { { SEL_IP_SADDR, SEL_IP_DADDR }, 2 };
	static const struct selectors port = { { SEL_TH_DPORT }, 1 };
	static const struct {
		enum statement_kind kind;
		const struct selectors *selectors;
		const char *set;
	} cases[] = {
		{ STMT_LOOKUP, &both, "hosts" }, { STMT_LOOKUP, &port, "hosts" },
		{ STMT_VMAP, &source, "hosts" }, { STMT_VMAP, &source, "marks" },
		{ STMT_CT_MARK_MAP, &source, "hosts" }, { STMT_ADD, &source, "hosts" },
		{ STMT_VMAP, &destination, "chains" }, /* its value is no verdict */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tear_down();
		set_up();
		address_set("hosts", 0, FIELD_INVALID);
		address_set("marks", SET_MAP, FIELD_MARK);
		make_element(&make, address_set("chains", SET_MAP, FIELD_VERDICT),
			(const uint8_t[RULESET_KEY_MAX]){ 10, 0, 1, 1 }, NULL, 99, 0);
		begin_forward();
		make_family(&make, ADDR_IPV4);
		make_keyed(&make, cases[i].kind, cases[i].selectors, cases[i].set);
		make_verdict(&make, VERDICT_ACCEPT, NULL);
		expect_doubt(DOUBT_SET, cases[i].set);
	}
}
END_TEST

START_TEST(test_loops)
{
	begin_forward();
	make_verdict(&make, VERDICT_GOTO, "a");
	make_chain(&make, "a");
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_GOTO, "a");
	expect_doubt(DOUBT_LOOP, "a");
	tear_down();
	set_up();
	begin_forward();
	make_verdict(&make, VERDICT_JUMP, "a");
	make_chain(&make, "a");
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_JUMP, "a");
	expect_doubt(DOUBT_LOOP, "a");
}
END_TEST

/* ---- timed paths ---- */

START_TEST(test_timed)
{
	static const struct selectors key = { { SEL_META_IIFNAME, SEL_META_OIFNAME, SEL_CT_MARK },
		3 };
	static const enum field_type fields[] = { FIELD_IFNAME, FIELD_IFNAME, FIELD_MARK };
	struct eval_packet made = packet();
	uint8_t element[RULESET_KEY_MAX] = { 0 };
	unsigned int offset = 0;

	key_put_ifname(element, &offset, "a1");
	key_put_ifname(element, &offset, "b1");
	key_put_mark(element, &offset, 5);
	make_element(&make, make_set(&make, "active-timed", SET_TIMEOUT, fields, 3, FIELD_INVALID),
		element, NULL, 0, 0);
	begin_forward();
	make_keyed(&make, STMT_LOOKUP, &key, "active-timed");
	make_verdict(&make, VERDICT_ACCEPT, NULL);
	made.ct_mark = 5;
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_DROP);
	ck_assert(run_packet(&made).timed);
	made.timed_open = true;
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_ACCEPT);
	made.ct_mark = 6; /* of a path that is not timed */
	ck_assert_int_eq(run_packet(&made).verdict, EVAL_DROP);
	ck_assert(!run_packet(&made).timed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_policy, test_chains, test_hooks, test_same_priority,
		test_before_conntrack, test_no_chain, test_maps, test_limit, test_opaque,
		test_unknown_table, test_missing, test_selectors, test_sets, test_misused_sets,
		test_loops, test_timed };
	Suite *suite = suite_create("evaluate");
	TCase *tcase = tcase_create("evaluate");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
