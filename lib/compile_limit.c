/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits on new connections. What a pair's maps permit goes on to chain "permitted"; from a zone
 * that is limited, by way of chain "<from>-to-<to>.limit", which takes one from the zone's limit
 * object for each new connection and denies what is more. A packet of a connection that goes on
 * under another mark is no new one. The mark of a connection that is denied here was set already;
 * it goes with the connection, which is not confirmed when its first packet is dropped.
 */
#include <stdio.h>

#include "compile_internal.h"

static void limit_name(const struct policy_zone *zone, char name[RULESET_NAME_MAX + 1])
{
	snprintf(name, RULESET_NAME_MAX + 1, "limit-%s", zone->name);
}

/* What a zone sends to the gateway itself does not go through it. */
static bool is_limited(const struct compiler *compiler, size_t from, size_t to)
{
	return from != gateway_zone(compiler) && to != gateway_zone(compiler) &&
	       compiler->policy->zones[from].limit.rate > 0;
}

void limit_objects(struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->policy->zone_count; i++) {
		const struct policy_zone *zone = &compiler->policy->zones[i];
		char name[RULESET_NAME_MAX + 1];

		if (zone->limit.rate == 0)
			continue;
		limit_name(zone, name);
		make_limit_object(&compiler->make, name, zone->limit.rate, zone->limit.per_seconds,
			zone->limit.burst);
	}
}

void permitted_name(
	const struct compiler *compiler, size_t from, size_t to, char name[RULESET_NAME_MAX + 1])
{
	if (is_limited(compiler, from, to))
		snprintf(name, RULESET_NAME_MAX + 1, "%s-to-%s.limit", zone_place(compiler, from),
			zone_place(compiler, to));
	else
		snprintf(name, RULESET_NAME_MAX + 1, CHAIN_PERMITTED);
}

void limit_chain(struct compiler *compiler, size_t from, size_t to)
{
	struct maker *make = &compiler->make;
	char name[RULESET_NAME_MAX + 1];

	if (!is_limited(compiler, from, to) || !pair_of(compiler, from, to)->permits)
		return;
	permitted_name(compiler, from, to, name);
	make_chain(make, name);
	limit_name(&compiler->policy->zones[from], name);
	make_rule(make, compiler->policy->zones[from].limit.loc.line);
	make_test_mask(make, SEL_CT_STATE, CT_NEW, 0, true);
	make_limit(make, name);
	deny(compiler, REASON_LIMIT, zone_place(compiler, from), zone_place(compiler, to));
	make_rule(make, 0);
	make_verdict(make, VERDICT_GOTO, CHAIN_PERMITTED);
}
