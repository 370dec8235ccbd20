/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where repeated packets are counted, in both generations; and the rule set that lets nothing pass.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/compile_internal.h"
#include "city.h"
#include "suite.h"

START_TEST(test_flow_sets)
{
	static const struct {
		uint8_t protocol;
		enum eval_flow flow;
		bool v6, truncated;
		const char *set;
		bool logged, overflow;
	} cases[] = {
		{ IPPROTO_TCP, EVAL_FLOW_NEW, false, false, "flow-tcp4-", true, false },
		{ IPPROTO_TCP, EVAL_FLOW_KNOWN, false, false, "flow-tcp4-", false, false },
		{ IPPROTO_UDP, EVAL_FLOW_NEW, true, false, "flow-udp6-", true, false },
		{ IPPROTO_ICMP, EVAL_FLOW_NEW, false, false, "flow-icmp4-", true, false },
		{ IPPROTO_ICMPV6, EVAL_FLOW_KNOWN, true, false, "flow-icmp6-", false, false },
		{ IPPROTO_ICMPV6, EVAL_FLOW_NEW, false, false, "flow-other4-", true, false },
		{ IPPROTO_GRE, EVAL_FLOW_NEW, false, false, "flow-other4-", true, false },
		{ IPPROTO_TCP, EVAL_FLOW_NEW, false, true, "flow-other4-", true, false },
		{ IPPROTO_TCP, EVAL_FLOW_KNOWN, true, true, "flow-other6-", false, false },
		{ IPPROTO_TCP, EVAL_FLOW_FULL, false, false, "flow-other4-", true, false },
		{ IPPROTO_UDP, EVAL_FLOW_FULL_ALL, true, false, "", true, true },
	};

	compile(CITY "paths = (" PATHS ");");
	for (unsigned int i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int c = i / 2, generation = i % 2;
		struct eval_packet made = packet("x9", NULL, cases[c].v6 ? "fd00::1" : "10.0.0.1",
			cases[c].v6 ? "fd00::2" : "10.0.0.2");
		uint32_t mark = deny_code(REASON_INTERFACE, "unknown", "unknown");
		char name[64];
		struct eval_result result;

		ck_assert_int_eq(compile_generation(ruleset, generation, NULL), 0);
		made.protocol = made.next_header = cases[c].protocol;
		made.truncated = cases[c].truncated;
		made.flow = cases[c].flow;
		evaluate_chain(ruleset, "prerouting", &made, &result);
		ck_assert(result.verdict == EVAL_DROP);
		snprintf(name, sizeof(name), "%s%c", cases[c].set, generation ? 'b' : 'a');
		ck_assert_str_eq(result.flow, cases[c].overflow ? "" : name);
		ck_assert_int_eq(result.prefix[0] != 0, cases[c].logged);
		ck_assert_int_eq(result.overflow, cases[c].overflow);
		ck_assert_str_eq(result.blocked, generation ? "blocked-b" : "blocked-a");
		mark |= generation ? DENY_MARK_B : 0;
		ck_assert_uint_eq(
			result.mark, cases[c].overflow ? mark | DENY_MARK_OVERFLOW : mark);
	}
}
END_TEST

START_TEST(test_generation)
{
	const struct chain *chain;

	compile(CITY "paths = (" PATHS ");");
	chain = ruleset_find_chain(ruleset, "blocked");
	ck_assert(chain->switched && chain->count == 1);
	ck_assert_ptr_null(chain->rules[0].comment);
	ck_assert_int_eq(compile_generation(ruleset, 1, "epoch 7 of x"), 0);
	chain = ruleset_find_chain(ruleset, "blocked");
	ck_assert_str_eq(chain->rules[0].comment, "epoch 7 of x");
	ck_assert_str_eq(chain->rules[0].statements[0].name, "blocked-b");
	ck_assert_int_eq(compile_generation(ruleset, 0, NULL), 0);
	ck_assert_ptr_null(chain->rules[0].comment);
	ck_assert_str_eq(chain->rules[0].statements[0].name, "blocked-a");
}
END_TEST

START_TEST(test_closed)
{
	struct eval_packet made = packet("c1", "l1", "10.1.0.10", "10.2.0.10");
	struct eval_result result;

	ck_assert_int_eq(compile_closed(&ruleset), 0);
	for (const char **chain =
			(const char *[]){ "prerouting", "input", "forward", "output", NULL };
		*chain; chain++) {
		evaluate_chain(ruleset, *chain, &made, &result);
		ck_assert(result.verdict == EVAL_DROP);
		ck_assert_str_eq(result.blocked, "blocked-a");
		ck_assert_int_eq(strncmp(result.prefix, "hedate ", 7), 0);
		ck_assert_ptr_nonnull(strstr(result.prefix, " closed"));
	}
	made = packet("lo", "lo", "127.0.0.1", "127.0.0.1");
	for (const char **chain = (const char *[]){ "prerouting", "input", "output", NULL }; *chain;
		chain++) {
		evaluate_chain(ruleset, *chain, &made, &result);
		ck_assert(result.verdict == EVAL_ACCEPT);
	}
	evaluate_chain(ruleset, "forward", &made, &result);
	ck_assert(result.verdict == EVAL_DROP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compile_flow");
	TCase *tests = tcase_create("compile_flow");

	tcase_add_checked_fixture(tests, from_text_set_up, from_text_tear_down);
	tcase_add_test(tests, test_flow_sets);
	tcase_add_test(tests, test_generation);
	tcase_add_test(tests, test_closed);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
