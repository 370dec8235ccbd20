/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains "input" and "output": the gateway itself, closed but for what is declared. */
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>

#include "compile_internal.h"

static void accept_loopback(struct maker *make, enum selector interface)
{
	make_rule(make, 0);
	make_interface(make, interface, "lo");
	make_verdict(make, VERDICT_ACCEPT, NULL);
}

/* What IPv6 itself needs on a link. The hop limits prove that it was not forwarded: RFC 4861
 * section 6.1, RFC 3810 section 5. */
static void accept_discovery(struct maker *make)
{
	static const struct selectors type = { { SEL_ICMPV6_TYPE }, 1 };

	for (unsigned int i = 0; i < 2; i++) {
		make_rule(make, 0);
		make_family(make, ADDR_IPV6);
		make_protocol(make, IPPROTO_ICMPV6);
		make_test(make, SEL_IP6_HOPLIMIT, i == 0 ? 255 : 1);
		make_keyed(make, STMT_LOOKUP, &type, i == 0 ? SET_DISCOVERY : SET_LISTENER);
		make_verdict(make, VERDICT_ACCEPT, NULL);
	}
}

static void accept_active(struct maker *make, enum selector interface)
{
	const struct selectors selectors = { { interface, SEL_CT_MARK }, 2 };

	make_rule(make, 0);
	make_keyed(make, STMT_LOOKUP, &selectors, "active-gateway");
	make_verdict(make, VERDICT_ACCEPT, NULL);
}

/* Interface → chain of the zone that it is in. */
static void zone_map(struct compiler *compiler, const char *map, bool input)
{
	static const enum field_type fields[] = { FIELD_IFNAME };
	const struct policy *policy = compiler->policy;
	struct maker *make = &compiler->make;
	struct set *set = make_set(make, map, SET_MAP, fields, 1, FIELD_VERDICT);
	size_t gateway = gateway_zone(compiler);

	for (size_t i = 0; i < policy->segment_count && set; i++) {
		size_t zone = policy->segments[i].zone;
		char name[RULESET_NAME_MAX + 1];
		uint8_t key[RULESET_KEY_MAX];
		unsigned int offset = 0;

		pair_name(compiler, input ? zone : gateway, input ? gateway : zone, name);
		key_put_ifname(key, &offset, policy->segments[i].interface);
		make_element_goto(make, set, key, name);
	}
	if (set)
		set->size = (uint32_t)set->count;
}

static void zone_lookup(struct maker *make, enum selector interface, const char *map)
{
	const struct selectors selectors = { { interface }, 1 };

	make_rule(make, 0);
	make_keyed(make, STMT_VMAP, &selectors, map);
}

static void input_chain(struct compiler *compiler)
{
	struct maker *make = &compiler->make;

	zone_map(compiler, "inputs", true);
	make_base_chain(make, "input", HOOK_INPUT, 0);
	open_accept(compiler, false);
	accept_loopback(make, SEL_META_IIFNAME);
	accept_active(make, SEL_META_IIFNAME);
	timed_accept_gateway(compiler, true);
	accept_discovery(make);
	zone_lookup(make, SEL_META_IIFNAME, "inputs");
	make_rule(make, 0);
	deny(compiler, REASON_INTERFACE, PLACE_UNKNOWN, PLACE_GATEWAY);
}

/* Errors that the gateway sends as a router: about connections that are tracked, and "too big" also
 * about the very first packet of one, which is not tracked yet when the kernel refuses it. */
static void accept_errors(struct maker *make)
{
	static const struct {
		enum addr_family family;
		uint8_t protocol;
		enum selector type, code;
		uint8_t too_big_type, too_big_code;
	} errors[] = {
		{ ADDR_IPV4, IPPROTO_ICMP, SEL_ICMP_TYPE, SEL_ICMP_CODE, ICMP_DEST_UNREACH,
			ICMP_FRAG_NEEDED },
		{ ADDR_IPV6, IPPROTO_ICMPV6, SEL_ICMPV6_TYPE, SEL_ICMPV6_CODE, ICMP6_PACKET_TOO_BIG,
			0 },
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		make_rule(make, 0);
		make_family(make, errors[i].family);
		make_protocol(make, errors[i].protocol);
		make_test_mask(make, SEL_CT_STATE, CT_RELATED, 0, true);
		make_verdict(make, VERDICT_ACCEPT, NULL);
		make_rule(make, 0);
		make_family(make, errors[i].family);
		make_protocol(make, errors[i].protocol);
		make_test(make, errors[i].type, errors[i].too_big_type);
		make_test(make, errors[i].code, errors[i].too_big_code);
		make_verdict(make, VERDICT_ACCEPT, NULL);
	}
}

static void output_chain(struct compiler *compiler)
{
	struct maker *make = &compiler->make;

	zone_map(compiler, "outputs", false);
	make_base_chain(make, "output", HOOK_OUTPUT, 0);
	open_accept(compiler, false);
	accept_loopback(make, SEL_META_OIFNAME);
	accept_active(make, SEL_META_OIFNAME);
	timed_accept_gateway(compiler, false);
	accept_discovery(make);
	accept_errors(make);
	zone_lookup(make, SEL_META_OIFNAME, "outputs");
	make_rule(make, 0);
	deny(compiler, REASON_INTERFACE, PLACE_GATEWAY, PLACE_UNKNOWN);
}

void gateway_chains(struct compiler *compiler)
{
	input_chain(compiler);
	output_chain(compiler);
}
