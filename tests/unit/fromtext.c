/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fromtext.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "../../lib/compile_internal.h"
#include "../../lib/conf.h"

struct policy *policy;
struct ruleset *ruleset;

void from_text_set_up(void)
{
	ck_assert_int_eq(diag_list_new(&diags), 0);
	policy = NULL;
	ruleset = NULL;
}

void from_text_tear_down(void)
{
	forget();
	diag_list_free(diags);
	diags = NULL;
}

void forget(void)
{
	ruleset_free(ruleset);
	policy_free(policy);
	ruleset = NULL;
	policy = NULL;
}

static void succeed(int error)
{
	if (error < 0)
		show_diags();
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), 0);
}

void parse(const char *text)
{
	succeed(conf_parse(text, strlen(text), "test.conf", diags, &policy));
}

void parse_prefixes(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		from_text_tear_down();
		from_text_set_up();
		int r = conf_parse(text, i, "test.conf", diags, &policy);
		ck_assert_int_eq(r, diag_list_count(diags, DIAG_ERROR) > 0 ? -EINVAL : 0);
	}
}

void compile(const char *text)
{
	parse(text);
	succeed(compile_policy(policy, diags, &ruleset));
}

struct eval_packet packet(const char *iif, const char *oif, const char *from, const char *to)
{
	struct eval_packet made = { .iif = iif,
		.oif = oif,
		.mac = { 0, 0, 0x5e, 0, 0x53, 0x99 },
		.protocol = IPPROTO_TCP,
		.next_header = IPPROTO_TCP,
		.sport = 40000,
		.dport = 443,
		.tcp_flags = TCP_SYN,
		.hop_limit = 63,
		.ct_state = CT_NEW };
	struct addr addr;

	ck_assert_int_eq(addr_parse(from, &addr), 0);
	made.family = addr.family;
	memcpy(made.saddr, addr.bytes, 16);
	ck_assert_int_eq(addr_parse(to, &addr), 0);
	memcpy(made.daddr, addr.bytes, 16);
	return made;
}
