/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule set that forwards nothing, while all else of the policy stays: see compile.h. */
#include "compile_internal.h"

/* No connection is accepted before the zones are looked at, whatever its mark. */
void island_forward(struct compiler *compiler)
{
	struct maker *make = &compiler->make;

	make_base_chain(make, "forward", HOOK_FORWARD, 0);
	make_rule(make, 0);
	make_verdict(make, VERDICT_GOTO, ISLAND_CHAIN);
	make_chain(make, ISLAND_CHAIN);
	crossing_rules(compiler);
}

void island_pair(struct compiler *compiler, size_t from, size_t to)
{
	char name[RULESET_NAME_MAX + 1];

	pair_name(compiler, from, to, name);
	make_chain(&compiler->make, name);
	make_rule(&compiler->make, 0);
	deny(compiler, REASON_ISLAND, zone_place(compiler, from), zone_place(compiler, to));
}
