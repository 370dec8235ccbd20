/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule set of an island, packet by packet and in the kernel. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/ctstate.h"
#include "../../lib/evaluate.h"
#include "../../lib/nftxact.h"
#include "fromtext.h"
#include "inkernel.h"
#include "suite.h"

#define TEXT                                                                                       \
	"site = { name = \"town\"; }; log = { on_log_failure = \"island\"; }; zones = ("           \
	"{ name = \"core\"; kind = \"lgwan\"; segments = ("                                        \
	"{ name = \"a\"; interface = \"c1\"; networks = [\"10.1.0.0/24\", \"fd00:1::/64\"]; } ); " \
	"}, { name = \"internet\"; kind = \"internet\"; segments = ("                              \
	"{ name = \"up\"; interface = \"i1\"; networks = [\"192.0.2.0/29\", \"2001:db8::/64\"];"   \
	"remote = [\"0.0.0.0/0\", \"::/0\"]; } ); } );"                                            \
	"services = ( { name = \"https\"; tcp = 443; } );"                                         \
	"paths = ( { name = \"P\"; from = \"core\"; to = \"internet\"; service = \"https\"; "      \
	"reason = \"r\"; } ); "                                                                    \
	"gateway = { input = ( { name = \"G\"; from = \"core\"; service = \"https\"; reason = "    \
	"\"r\"; } ); };"

static void make_island(void)
{
	compile(TEXT);
	ruleset_free(ruleset);
	ruleset = NULL;
	ck_assert_int_eq(compile_island(policy, diags, &ruleset), 0);
}

static void is_denied(const struct eval_packet *made, uint32_t state, const char *words)
{
	struct eval_packet other = *made;
	struct eval_result result;
	char prefix[RULESET_PREFIX_MAX + 1];

	other.ct_state = state;
	/* What would be accepted otherwise, whatever it was before. */
	other.ct_mark = policy->paths[0].id;
	evaluate_chain(ruleset, "forward", &other, &result);
	snprintf(prefix, sizeof(prefix), "hedate %s %s", words, policy->revision);
	ck_assert_int_eq(result.verdict, EVAL_DROP);
	ck_assert_str_eq(result.prefix, prefix);
	ck_assert_str_eq(result.blocked, "blocked-a");
}

START_TEST(nothing_is_forwarded)
{
	struct eval_packet four = packet("c1", "i1", "10.1.0.9", "203.0.113.9");
	struct eval_packet six = packet("c1", "i1", "fd00:1::9", "2001:db8:9::1");
	struct eval_packet back = packet("i1", "c1", "203.0.113.9", "10.1.0.9");
	struct eval_packet nowhere = packet("c1", "x9", "10.1.0.9", "203.0.113.9");

	make_island();
	ck_assert_ptr_nonnull(ruleset_find_chain(ruleset, ISLAND_CHAIN));
	is_denied(&four, CT_NEW, "island core internet");
	is_denied(&four, CT_ESTABLISHED, "island core internet");
	is_denied(&six, CT_ESTABLISHED, "island core internet");
	is_denied(&back, CT_ESTABLISHED, "island internet core");
	is_denied(&back, CT_RELATED, "island internet core");
	is_denied(&four, CT_INVALID, "island core internet");
	is_denied(&nowhere, CT_NEW, "interface core unknown");
	/* And without it they are. */
	forget();
	compile(TEXT);
	ck_assert_ptr_null(ruleset_find_chain(ruleset, ISLAND_CHAIN));
	struct eval_result result;
	four.ct_mark = policy->paths[0].id;
	four.ct_state = CT_ESTABLISHED;
	evaluate_chain(ruleset, "forward", &four, &result);
	ck_assert_int_eq(result.verdict, EVAL_ACCEPT);
}
END_TEST

START_TEST(the_gateway_is_reached)
{
	struct eval_packet made = packet("c1", NULL, "10.1.0.9", "10.1.0.1");
	struct eval_result result;

	make_island();
	evaluate_chain(ruleset, "input", &made, &result);
	ck_assert_int_eq(result.verdict, EVAL_ACCEPT);
}
END_TEST

static void tear_down_kernel(void)
{
	forget();
	in_kernel_tear_down();
}

/* The kernel takes it by what differs, and back again; ids are the same in both. */
START_TEST(in_kernel)
{
	compile(TEXT);
	struct ruleset *open = ruleset;
	uint32_t id = policy->paths[0].id;

	ruleset = NULL;
	ck_assert_int_eq(compile_island(policy, diags, &ruleset), 0);
	ck_assert_uint_eq(policy->paths[0].id, id);
	ck_assert_int_eq(nftxact_change(sock, NULL, open, "test.conf", diags), 0);
	check_table(open);
	ck_assert_int_eq(nftxact_change(sock, open, ruleset, "test.conf", diags), 0);
	check_table(ruleset);
	ck_assert_int_eq(nftxact_change(sock, ruleset, open, "test.conf", diags), 0);
	check_table(open);
	ruleset_free(open);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("compile_island");
	TCase *plain = tcase_create("compile"), *kernel = tcase_create("kernel");

	tcase_add_checked_fixture(plain, from_text_set_up, from_text_tear_down);
	tcase_add_test(plain, nothing_is_forwarded);
	tcase_add_test(plain, the_gateway_is_reached);
	suite_add_tcase(all, plain);
	tcase_set_timeout(kernel, 60);
	tcase_add_checked_fixture(kernel, in_kernel_set_up, tear_down_kernel);
	tcase_add_test(kernel, in_kernel);
	suite_add_tcase(all, kernel);
	return all;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}
