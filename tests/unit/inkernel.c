/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inkernel.h"

#include <stdio.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "../../lib/decode.h"
#include "../../lib/drift.h"
#include "../../lib/nftxact.h"
#include "netspace.h"

struct nlsock *sock;

void in_kernel_set_up(void)
{
	netspace_enter();
	ck_assert_int_eq(nlsock_open(&sock), 0);
	ck_assert_int_eq(diag_list_new(&diags), 0);
}

void in_kernel_tear_down(void)
{
	nlsock_close(sock);
	diag_list_free(diags);
}

static int add_difference(const char *text, void *data)
{
	fprintf(data, "%s\n", text);
	return 0;
}

const char *table_differences(struct ruleset *expected)
{
	static char text[20000];
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct ruleset *actual;
	uint32_t generation;
	size_t count;

	memset(text, 0, sizeof(text));
	ruleset_sort(expected);
	ck_assert_int_eq(decode_table(sock, "hedate", NULL, &actual, &generation), 0);
	ck_assert_int_eq(drift_compare(expected, actual, add_difference, out, &count), 0);
	fclose(out);
	ck_assert_int_eq(count > 0, text[0] != '\0');
	ruleset_free(actual);
	return text;
}

void check_table(struct ruleset *expected)
{
	ck_assert_str_eq(table_differences(expected), "");
}

void apply(struct ruleset *ruleset)
{
	int error = nftxact_apply(sock, ruleset, CITY, diags);

	if (error)
		show_diags();
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(diag_list_length(diags), 0);
}

struct ruleset *compile_city(void)
{
	struct ruleset *ruleset;
	struct policy *policy;
	static const char *const roots[] = { "conf" };
	const struct conf_options options = { .roots = roots, .root_count = 1 };
	int error = conf_read_file(CITY, &options, diags, &policy);

	if (error == 0)
		error = compile_policy(policy, diags, &ruleset);
	show_diags();
	ck_assert_int_eq(error, 0);
	policy_free(policy);
	return ruleset;
}

struct ruleset *compile_blocking(void)
{
	struct ruleset *ruleset;
	struct statement *verdict;
	struct chain *chain;

	ck_assert_int_eq(compile_closed(&ruleset), 0);
	chain = ruleset_find_chain(ruleset, "output");
	ck_assert_ptr_nonnull(chain);
	verdict = &chain->rules[0].statements[chain->rules[0].count - 1];
	ck_assert_int_eq(verdict->kind, STMT_VERDICT);
	ck_assert_int_eq(verdict->verdict, VERDICT_ACCEPT);
	verdict->verdict = VERDICT_GOTO;
	verdict->name = strdup("deny-output-gateway-unknown");
	ck_assert_ptr_nonnull(ruleset_find_chain(ruleset, verdict->name));
	return ruleset;
}
