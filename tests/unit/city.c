/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "city.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/compile_internal.h"

const uint8_t bound_mac[MAC_LENGTH] = { 0, 0, 0x5e, 0, 0x53, 0x10 };

struct eval_result run_to(const char *chain, const struct eval_packet *made)
{
	struct eval_packet early = *made;
	struct eval_result result;

	early.oif = NULL;
	early.ct_state = CT_UNTRACKED;
	early.no_ct = true;
	if (made->iif) {
		evaluate_chain(ruleset, "prerouting", &early, &result);
		if (result.verdict != EVAL_ACCEPT)
			return result;
	}
	evaluate_chain(ruleset, chain, made, &result);
	return result;
}

uint32_t path_id(const char *name)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (strcmp(policy->paths[i].name, name) == 0)
			return policy->paths[i].id;
	ck_abort_msg("no path %s", name);
	return 0;
}

void expect_accept(const char *chain, struct eval_packet made, const char *path)
{
	struct eval_result result = run_to(chain, &made);

	ck_assert_msg(
		result.verdict == EVAL_ACCEPT, "not accepted: %s%s", result.deny, result.name);
	if (path)
		ck_assert_uint_eq(result.ct_mark, path_id(path));
}

void expect_deny(const char *chain, struct eval_packet made, const char *words)
{
	struct eval_result result = run_to(chain, &made);
	char reason[16], from[40], to[40], expected[RULESET_PREFIX_MAX + 1];
	enum reason parsed;

	ck_assert_msg(
		result.verdict == EVAL_DROP, "not dropped %s, expected %s", result.name, words);
	snprintf(expected, sizeof(expected), "hedate %s %s", words, policy->revision);
	ck_assert_str_eq(result.prefix, expected);
	ck_assert_int_eq(sscanf(words, "%15s %39s %39s", reason, from, to), 3);
	ck_assert_int_eq(reason_parse(reason, &parsed), 0);
	ck_assert_uint_eq(result.mark, deny_code(parsed, from, to));
	snprintf(expected, sizeof(expected), "deny-%s-%s-%s", reason, from, to);
	ck_assert_str_eq(result.deny, expected);
	ck_assert_str_eq(result.blocked, "blocked-a");
}

void swap_ends(struct eval_packet *made)
{
	const char *interface = made->iif;
	uint16_t port = made->sport;
	uint8_t address[16];

	made->iif = made->oif;
	made->oif = interface;
	made->sport = made->dport;
	made->dport = port;
	memcpy(address, made->saddr, 16);
	memcpy(made->saddr, made->daddr, 16);
	memcpy(made->daddr, address, 16);
	made->ct_direction = !made->ct_direction;
}
