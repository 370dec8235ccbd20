/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chain "<from>-to-<to>": everything that goes from one zone to another, the gateway included,
 * and is not of a connection whose mark is active.
 */
#include <netinet/in.h>
#include <stdio.h>

#include "compile_internal.h"

void pair_name(
	const struct compiler *compiler, size_t from, size_t to, char name[RULESET_NAME_MAX + 1])
{
	snprintf(name, RULESET_NAME_MAX + 1, "%s-to-%s", zone_place(compiler, from),
		zone_place(compiler, to));
}

static void replies_name(
	const struct compiler *compiler, size_t from, size_t to, char name[RULESET_NAME_MAX + 1])
{
	snprintf(name, RULESET_NAME_MAX + 1, "%s-to-%s.replies", zone_place(compiler, from),
		zone_place(compiler, to));
}

static void deny_state(struct compiler *compiler, uint32_t states, enum reason reason,
	const char *from, const char *to)
{
	make_rule(&compiler->make, 0);
	make_test_mask(&compiler->make, SEL_CT_STATE, states, 0, true);
	deny(compiler, reason, from, to);
}

/* What goes to the gateway itself may be untracked: neighbour and router discovery are. */
static void deny_invalid(struct compiler *compiler, bool forward, const char *from, const char *to)
{
	deny_state(compiler, forward ? CT_INVALID | CT_UNTRACKED : CT_INVALID, REASON_INVALID, from,
		to);
}

static void deny_extension(struct compiler *compiler, const char *from, const char *to)
{
	static const struct selectors next = { { SEL_IP6_NEXTHDR }, 1 };

	make_rule(&compiler->make, 0);
	make_family(&compiler->make, ADDR_IPV6);
	make_keyed(&compiler->make, STMT_LOOKUP, &next, SET_EXTENSION);
	deny(compiler, REASON_EXTENSION, from, to);
}

/* The same for segments with a set of their own (see egress_set() in compile.c). */
static void deny_route_large(
	struct compiler *compiler, size_t zone_index, const char *from, const char *to)
{
	static const struct selectors selectors[] = { { { SEL_IP_DADDR }, 1 },
		{ { SEL_IP6_DADDR }, 1 } };
	const struct policy_zone *zone = &compiler->policy->zones[zone_index];

	for (size_t i = 0; i < zone->segment_count * ADDR_FAMILIES; i++) {
		const struct policy_segment *segment =
			&compiler->policy->segments[zone->first_segment + i / ADDR_FAMILIES];
		enum addr_family family = (enum addr_family)(i % ADDR_FAMILIES);
		char name[RULESET_NAME_MAX + 1];

		if (!has_source_set(segment, family))
			continue;
		source_set_name(segment, family, name);
		make_rule(&compiler->make, segment->loc.line);
		make_interface(&compiler->make, SEL_META_OIFNAME, segment->interface);
		make_family(&compiler->make, family);
		make_lookup_not(&compiler->make, &selectors[family], name);
		deny(compiler, REASON_ROUTE, from, to);
	}
}

/* Leaving towards a zone by an interface that the destination does not belong to. */
static void deny_route(struct compiler *compiler, size_t zone, const char *from, const char *to)
{
	static const struct selectors selectors[] = { { { SEL_META_OIFNAME, SEL_IP_DADDR }, 2 },
		{ { SEL_META_OIFNAME, SEL_IP6_DADDR }, 2 } };

	for (unsigned int family = 0; family < ADDR_FAMILIES; family++) {
		make_rule(&compiler->make, 0);
		make_family(&compiler->make, (enum addr_family)family);
		make_lookup_not(&compiler->make, &selectors[family],
			family == ADDR_IPV4 ? "egress4" : "egress6");
		deny(compiler, REASON_ROUTE, from, to);
	}
	deny_route_large(compiler, zone, from, to);
}

/* A packet of a connection that was opened the other way: to the reply chain of that pair. */
static void replies(struct compiler *compiler, size_t from, size_t to)
{
	char name[RULESET_NAME_MAX + 1];

	make_rule(&compiler->make, 0);
	make_test(&compiler->make, SEL_CT_DIRECTION, 1);
	if (pair_of(compiler, to, from)->permits) {
		replies_name(compiler, to, from, name);
		make_verdict(&compiler->make, VERDICT_GOTO, name);
	} else {
		deny(compiler, REASON_REVOKED, zone_place(compiler, from),
			zone_place(compiler, to));
	}
}

/* Conntrack takes up TCP in the middle; we do not. */
static void deny_not_syn(struct compiler *compiler, const char *from, const char *to)
{
	make_rule(&compiler->make, 0);
	make_protocol(&compiler->make, IPPROTO_TCP);
	make_test_mask(&compiler->make, SEL_CT_STATE, CT_NEW, 0, true);
	make_test_mask(&compiler->make, SEL_TCP_FLAGS, TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK,
		TCP_SYN, true);
	deny(compiler, REASON_INVALID, from, to);
}

static bool is_observed(const struct compiler *compiler, size_t from, size_t to)
{
	return from != gateway_zone(compiler) && to != gateway_zone(compiler) &&
	       policy_observe_of(compiler->policy, from, to);
}

static enum reason last_reason(const struct compiler *compiler, size_t from, size_t to)
{
	if (from == gateway_zone(compiler))
		return REASON_OUTPUT;
	if (to == gateway_zone(compiler))
		return REASON_INPUT;
	return is_observed(compiler, from, to) ? REASON_OBSERVED : REASON_NO_PATH;
}

static void first_packets(struct compiler *compiler, size_t from, size_t to)
{
	const char *from_place = zone_place(compiler, from), *to_place = zone_place(compiler, to);
	bool to_gateway = to == gateway_zone(compiler),
	     from_gateway = from == gateway_zone(compiler);
	char name[RULESET_NAME_MAX + 1];

	pair_name(compiler, from, to, name);
	make_chain(&compiler->make, name);
	deny_invalid(compiler, !to_gateway && !from_gateway, from_place, to_place);
	if (!from_gateway)
		deny_extension(compiler, from_place, to_place);
	replies(compiler, from, to);
	/* ICMP errors and helpers' connections whose own connection is not active. */
	if (pair_of(compiler, from, to)->timed)
		timed_deny(compiler, CT_RELATED, from_place, to_place);
	deny_state(compiler, CT_RELATED, REASON_REVOKED, from_place, to_place);
	deny_not_syn(compiler, from_place, to_place);
	if (!to_gateway)
		deny_route(compiler, to, from_place, to_place);
	pair_lookups(compiler, from, to);
	/* Where no path permits it, a new connection is only observed; then nothing else is closed
	 * to it either. */
	if (pair_of(compiler, from, to)->timed)
		timed_deny(compiler, is_observed(compiler, from, to) ? CT_ESTABLISHED : 0,
			from_place, to_place);
	deny_state(compiler, CT_ESTABLISHED, REASON_REVOKED, from_place, to_place);
	make_rule(&compiler->make, 0);
	deny(compiler, last_reason(compiler, from, to), from_place, to_place);
}

/* Replies of connections from one zone to another: they go the other way. */
static void reply_packets(struct compiler *compiler, size_t from, size_t to)
{
	const char *from_place = zone_place(compiler, from), *to_place = zone_place(compiler, to);
	char name[RULESET_NAME_MAX + 1];

	replies_name(compiler, from, to, name);
	make_chain(&compiler->make, name);
	if (from != gateway_zone(compiler))
		deny_route(compiler, from, to_place, from_place);
	reply_lookups(compiler, from, to);
	if (pair_of(compiler, from, to)->timed)
		timed_deny(compiler, 0, to_place, from_place);
	make_rule(&compiler->make, 0);
	deny(compiler, REASON_REVOKED, to_place, from_place);
}

void pair_chains(struct compiler *compiler, size_t from, size_t to)
{
	if (compiler->island && from != gateway_zone(compiler) && to != gateway_zone(compiler)) {
		island_pair(compiler, from, to);
		return;
	}
	limit_chain(compiler, from, to);
	first_packets(compiler, from, to);
	if (pair_of(compiler, from, to)->permits)
		reply_packets(compiler, from, to);
}
