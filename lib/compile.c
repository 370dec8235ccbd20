/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"
#include "flowkey.h"
#include "i18n.h"

/* The closed rule set is made without a policy. */
#define CLOSED_REVISION	  "closed"
#define CLOSED_LOG_GROUP  100
#define CLOSED_FLOW_LIMIT 65536

const char *zone_place(const struct compiler *compiler, size_t zone)
{
	return zone == gateway_zone(compiler) ? PLACE_GATEWAY : compiler->policy->zones[zone].name;
}

static void byte_set(struct maker *make, const char *name, enum field_type type,
	const uint8_t *values, size_t count)
{
	struct set *set = make_set(make, name, 0, &type, 1, FIELD_INVALID);

	for (size_t i = 0; i < count && set; i++) {
		uint8_t key[RULESET_KEY_MAX];
		unsigned int offset = 0;

		key_put_u8(key, &offset, type, values[i]);
		make_element(make, set, key, NULL, 0, 0);
	}
	if (set)
		set->size = (uint32_t)set->count;
}

/* Numbers: IANA "ICMPv6 Parameters". */
static void constant_sets(struct maker *make)
{
	static const uint8_t extension[] = FLOW_EXTENSIONS;
	static const uint8_t discovery[] = { 135, 136 };
	static const uint8_t listener[] = { 130, 131, 132, 143 };

	byte_set(make, SET_EXTENSION, FIELD_INET_PROTO, extension, sizeof(extension));
	byte_set(make, SET_DISCOVERY, FIELD_ICMPV6_TYPE, discovery, sizeof(discovery));
	byte_set(make, SET_LISTENER, FIELD_ICMPV6_TYPE, listener, sizeof(listener));
}

/* All addresses. */
static const struct addr_range everything = { { 0 },
	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff } };

/*
 * Which addresses are behind which interface. Of segments with many ranges ("rest" is what all
 * others leave) this says only which family they have; their own set decides, see
 * compile_pair.c: a range of two fields takes the kernel a hundred times longer to insert.
 */
static void egress_set(struct compiler *compiler, enum addr_family family)
{
	const enum field_type fields[] = { FIELD_IFNAME,
		family == ADDR_IPV4 ? FIELD_IPV4_ADDR : FIELD_IPV6_ADDR };
	const struct policy *policy = compiler->policy;
	struct maker *make = &compiler->make;
	struct set *set = make_set(make, family == ADDR_IPV4 ? "egress4" : "egress6", SET_INTERVAL,
		fields, 2, FIELD_INVALID);

	for (size_t i = 0; i < policy->segment_count && set; i++) {
		const struct addrset *source = &policy->segments[i].source[family];
		bool whole = has_source_set(&policy->segments[i], family);

		for (size_t j = 0; j < (whole ? 1 : source->count); j++) {
			const struct addr_range *range = whole ? &everything : &source->ranges[j];
			uint8_t first[RULESET_KEY_MAX], last[RULESET_KEY_MAX];
			unsigned int offset = 0, end = 0;

			key_put_ifname(first, &offset, policy->segments[i].interface);
			key_put(first, &offset, fields[1], range->first);
			key_put_ifname(last, &end, policy->segments[i].interface);
			key_put(last, &end, fields[1], range->last);
			make_element(make, set, first, last, 0, policy->segments[i].loc.line);
		}
	}
}

/* Interfaces in and out → chain of the pair of zones. */
static void pairs_map(struct compiler *compiler)
{
	static const enum field_type fields[] = { FIELD_IFNAME, FIELD_IFNAME };
	const struct policy *policy = compiler->policy;
	struct maker *make = &compiler->make;
	struct set *set = make_set(make, "pairs", SET_MAP, fields, 2, FIELD_VERDICT);

	for (size_t i = 0; i < policy->segment_count * policy->segment_count && set; i++) {
		const struct policy_segment *from = &policy->segments[i / policy->segment_count];
		const struct policy_segment *to = &policy->segments[i % policy->segment_count];
		char name[RULESET_NAME_MAX + 1];
		uint8_t key[RULESET_KEY_MAX];
		unsigned int offset = 0;

		pair_name(compiler, from->zone, to->zone, name);
		key_put_ifname(key, &offset, from->interface);
		key_put_ifname(key, &offset, to->interface);
		make_element_goto(make, set, key, name);
	}
	if (set)
		set->size = (uint32_t)set->count;
}

/* Interface in → deny, for what would leave by an interface of no zone. */
static void undeclared_map(struct compiler *compiler)
{
	static const enum field_type fields[] = { FIELD_IFNAME };
	const struct policy *policy = compiler->policy;
	struct maker *make = &compiler->make;
	struct set *set = make_set(make, "undeclared", SET_MAP, fields, 1, FIELD_VERDICT);

	for (size_t i = 0; i < policy->segment_count && set; i++) {
		const struct policy_segment *segment = &policy->segments[i];
		const char *chain = deny_name(compiler, REASON_INTERFACE,
			zone_place(compiler, segment->zone), PLACE_UNKNOWN);
		uint8_t key[RULESET_KEY_MAX];
		unsigned int offset = 0;

		if (!chain)
			return;
		key_put_ifname(key, &offset, segment->interface);
		make_element_goto(make, set, key, chain);
	}
	if (set)
		set->size = (uint32_t)set->count;
}

void crossing_rules(struct compiler *compiler)
{
	static const struct selectors crossing = { { SEL_META_IIFNAME, SEL_META_OIFNAME }, 2 };
	static const struct selectors in = { { SEL_META_IIFNAME }, 1 };
	struct maker *make = &compiler->make;

	make_rule(make, 0);
	make_keyed(make, STMT_VMAP, &crossing, "pairs");
	make_rule(make, 0);
	make_keyed(make, STMT_VMAP, &in, "undeclared");
	make_rule(make, 0);
	deny(compiler, REASON_INTERFACE, PLACE_UNKNOWN, PLACE_UNKNOWN);
}

/*
 * A packet with an IPv6 extension header must not be accepted as part of an active connection, so
 * it passes by that rule and is denied in its pair's chain.
 */
static void forward_chains(struct compiler *compiler)
{
	static const struct selectors next = { { SEL_IP6_NEXTHDR }, 1 };
	static const struct selectors active = {
		{ SEL_META_IIFNAME, SEL_META_OIFNAME, SEL_CT_MARK }, 3
	};
	struct maker *make = &compiler->make;

	make_base_chain(make, "forward", HOOK_FORWARD, 0);
	open_accept(compiler, true);
	make_rule(make, 0);
	make_family(make, ADDR_IPV6);
	make_keyed(make, STMT_LOOKUP, &next, SET_EXTENSION);
	make_verdict(make, VERDICT_GOTO, "crossing");
	make_rule(make, 0);
	make_keyed(make, STMT_LOOKUP, &active, "active");
	make_verdict(make, VERDICT_ACCEPT, NULL);
	timed_accept_forward(compiler);
	make_rule(make, 0);
	make_verdict(make, VERDICT_GOTO, "crossing");

	make_chain(make, "crossing");
	crossing_rules(compiler);
}

static int all_pairs(struct compiler *compiler)
{
	size_t places = compiler->policy->zone_count + 1;
	int result = 0;

	for (size_t i = 0; i < places * places; i++) {
		int error = pair_maps(compiler, i / places, i % places);

		if (error == -ENOMEM)
			return error;
		if (error < 0)
			result = error;
	}
	for (size_t i = 0; i + 1 < places * places; i++)
		pair_chains(compiler, i / places, i % places);
	return result;
}

/* A failure of the maker as a diagnostic. */
static int maker_error(struct compiler *compiler)
{
	if (compiler->make.error != -EEXIST)
		return compiler->make.error;
	diag_add(compiler->diags, DIAG_ERROR, (struct diag_loc){ .file = compiler->policy->file },
		_("rename one of the zones or segments"),
		_("two parts of the rule set would have the same name, \"%s\""),
		compiler->make.taken);
	return -EINVAL;
}

static int compile_all(struct compiler *compiler)
{
	struct policy *policy = compiler->policy;
	int error = path_ids(compiler);

	if (error == 0)
		error = path_boxes(compiler);
	if (error < 0)
		return error;
	limit_objects(compiler);
	constant_sets(&compiler->make);
	egress_set(compiler, ADDR_IPV4);
	egress_set(compiler, ADDR_IPV6);
	open_set(compiler);
	ingress_chains(compiler);
	pairs_map(compiler);
	undeclared_map(compiler);
	if (compiler->island)
		island_forward(compiler);
	else
		forward_chains(compiler);
	gateway_chains(compiler);
	observe_sets(compiler);
	error = active_sets(compiler);
	if (error == 0)
		error = all_pairs(compiler);
	if (error == 0)
		error = maker_error(compiler);
	if (error == 0)
		error = deny_chains(compiler, policy->revision, (uint16_t)policy->log_group,
			policy->flow_limit);
	return error < 0 ? error : maker_error(compiler);
}

static void compiler_clear(struct compiler *compiler)
{
	size_t places = compiler->policy->zone_count + 1;

	for (size_t i = 0; compiler->pairs && i < places * places; i++)
		pair_clear(&compiler->pairs[i]);
	free(compiler->pairs);
	deny_clear(compiler);
}

/* Which of the rule sets of a policy it is to be. */
enum mode {
	MODE_POLICY,
	MODE_ISLAND,
	MODE_OPEN,
};

static int compile(struct policy *policy, enum mode mode, struct diag_list *diags,
	struct ruleset **ret_ruleset)
{
	struct compiler compiler = {
		.policy = policy,
		.diags = diags,
		.island = mode == MODE_ISLAND,
		.open = mode == MODE_OPEN,
	};
	size_t places = policy->zone_count + 1;
	int error = ruleset_new(TABLE_NAME, &compiler.make.ruleset);

	if (error < 0)
		return error;
	memcpy(compiler.make.ruleset->revision, policy->revision, sizeof(policy->revision));
	compiler.pairs = calloc(places * places, sizeof(*compiler.pairs));
	error = compiler.pairs ? compile_all(&compiler) : -ENOMEM;
	compiler_clear(&compiler);
	if (error < 0) {
		ruleset_free(compiler.make.ruleset);
		return error;
	}
	*ret_ruleset = compiler.make.ruleset;
	return 0;
}

int compile_policy(struct policy *policy, struct diag_list *diags, struct ruleset **ret_ruleset)
{
	return compile(policy, MODE_POLICY, diags, ret_ruleset);
}

int compile_island(struct policy *policy, struct diag_list *diags, struct ruleset **ret_ruleset)
{
	return compile(policy, MODE_ISLAND, diags, ret_ruleset);
}

int compile_opened(struct policy *policy, struct diag_list *diags, struct ruleset **ret_ruleset)
{
	return compile(policy, MODE_OPEN, diags, ret_ruleset);
}

static void closed_chain(struct compiler *compiler, const char *name, enum hook hook, int priority,
	enum reason reason, const char *from, const char *to)
{
	struct maker *make = &compiler->make;

	make_base_chain(make, name, hook, priority);
	if (hook != HOOK_FORWARD) {
		make_rule(make, 0);
		make_interface(
			make, hook == HOOK_OUTPUT ? SEL_META_OIFNAME : SEL_META_IIFNAME, "lo");
		make_verdict(make, VERDICT_ACCEPT, NULL);
	}
	make_rule(make, 0);
	deny(compiler, reason, from, to);
}

static int closed_all(struct compiler *compiler)
{
	int error;

	constant_sets(&compiler->make);
	closed_chain(compiler, "prerouting", HOOK_PREROUTING, -450, REASON_INTERFACE, PLACE_UNKNOWN,
		PLACE_UNKNOWN);
	closed_chain(compiler, "forward", HOOK_FORWARD, 0, REASON_INTERFACE, PLACE_UNKNOWN,
		PLACE_UNKNOWN);
	closed_chain(
		compiler, "input", HOOK_INPUT, 0, REASON_INTERFACE, PLACE_UNKNOWN, PLACE_GATEWAY);
	closed_chain(
		compiler, "output", HOOK_OUTPUT, 0, REASON_OUTPUT, PLACE_GATEWAY, PLACE_UNKNOWN);
	error = deny_chains(compiler, CLOSED_REVISION, CLOSED_LOG_GROUP, CLOSED_FLOW_LIMIT);
	return error < 0 ? error : compiler->make.error;
}

int compile_closed(struct ruleset **ret_ruleset)
{
	struct compiler compiler = { .policy = NULL };
	int error = ruleset_new(TABLE_NAME, &compiler.make.ruleset);

	if (error < 0)
		return error;
	strcpy(compiler.make.ruleset->revision, CLOSED_REVISION);
	error = closed_all(&compiler);
	deny_clear(&compiler);
	if (error < 0) {
		ruleset_free(compiler.make.ruleset);
		return error;
	}
	*ret_ruleset = compiler.make.ruleset;
	return 0;
}
