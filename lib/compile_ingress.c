/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chain "prerouting": what is decided of every packet before conntrack sees it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"
#include "flowkey.h"

#define PRIORITY_INGRESS (-450) /* before reassembly (-400) and conntrack (-200) */

/* A source set of at most so many prefixes is written as rules, else as an interval set. */
#define SOURCE_RULES_MAX 4

/* What a rule that accepts asks of a packet's fragmentation. "Whole" says it all, but costs a call
 * for its mask; TEST_DONT_FRAGMENT (IPv4 only) is a plain comparison, and most packets pass it. */
enum fragment_test {
	TEST_NONE,
	TEST_WHOLE,	    /* no fragment */
	TEST_DONT_FRAGMENT, /* no fragment, and not to become one */
};

static const enum selector sources[] = { SEL_IP_SADDR, SEL_IP6_SADDR };
static const enum field_type addresses[] = { FIELD_IPV4_ADDR, FIELD_IPV6_ADDR };

static void segment_set_name(const struct policy_segment *segment, const char *what,
	unsigned int family, char name[RULESET_NAME_MAX + 1])
{
	snprintf(name, RULESET_NAME_MAX + 1, "%s.%s%c", segment->full_name, what,
		family == ADDR_IPV4 ? '4' : '6');
}

void source_set_name(const struct policy_segment *segment, enum addr_family family,
	char name[RULESET_NAME_MAX + 1])
{
	segment_set_name(segment, "source", family, name);
}

static void deny_fragments(struct compiler *compiler, const struct policy_segment *segment)
{
	struct maker *make = &compiler->make;

	make_rule(make, 0);
	make_family(make, ADDR_IPV4);
	make_test_mask(make, SEL_IP_FRAG_OFF, FLOW_FRAGMENT_BITS, 0, true);
	deny(compiler, REASON_FRAGMENT, segment->full_name, PLACE_UNKNOWN);
	make_rule(make, 0);
	make_family(make, ADDR_IPV6);
	make_test(make, SEL_IP6_NEXTHDR, IPPROTO_FRAGMENT);
	deny(compiler, REASON_FRAGMENT, segment->full_name, PLACE_UNKNOWN);
}

static void put_device(struct maker *make, const char *device_set, const char *bound_set,
	const struct policy_host *host, const struct addr *addr)
{
	struct set *devices = ruleset_find_set(make->ruleset, device_set);
	struct set *bound = ruleset_find_set(make->ruleset, bound_set);
	uint8_t key[RULESET_KEY_MAX];
	unsigned int offset = 0;

	key_put(key, &offset, addresses[addr->family], addr->bytes);
	make_element(make, bound, key, NULL, 0, host->loc.line);
	key_put(key, &offset, FIELD_ETHER_ADDR, host->mac);
	make_element(make, devices, key, NULL, 0, host->loc.line);
	bound->size = devices->size = (uint32_t)devices->count;
}

/* The sets of one family's bound hosts of a segment, if it has any. */
static void device_sets(struct compiler *compiler, size_t segment_index, enum addr_family family)
{
	const struct policy *policy = compiler->policy;
	const enum field_type fields[] = { addresses[family], FIELD_ETHER_ADDR };
	char device_set[RULESET_NAME_MAX + 1], bound_set[RULESET_NAME_MAX + 1];
	struct maker *make = &compiler->make;
	bool made = false;

	segment_set_name(&policy->segments[segment_index], "device", family, device_set);
	segment_set_name(&policy->segments[segment_index], "bound", family, bound_set);
	for (size_t i = 0; i < policy->host_count; i++) {
		const struct policy_host *host = &policy->hosts[i];

		if (!host->has_mac || host->segment != segment_index)
			continue;
		for (size_t j = 0; j < host->address_count && !make->error; j++) {
			if (host->addresses[j].family != family)
				continue;
			if (!made) {
				make_set(make, device_set, 0, fields, 2, FIELD_INVALID);
				make_set(make, bound_set, 0, fields, 1, FIELD_INVALID);
				made = true;
			}
			if (!make->error)
				put_device(make, device_set, bound_set, host, &host->addresses[j]);
		}
	}
}

/* A bound host that was not accepted with its MAC. */
static void deny_devices(struct compiler *compiler, const struct policy_segment *segment)
{
	struct maker *make = &compiler->make;

	for (unsigned int family = 0; family < ADDR_FAMILIES; family++) {
		const struct selectors bound = { { sources[family] }, 1 };
		char name[RULESET_NAME_MAX + 1];

		segment_set_name(segment, "bound", family, name);
		if (!ruleset_find_set(make->ruleset, name))
			continue;
		make_rule(make, 0);
		make_family(make, (enum addr_family)family);
		make_keyed(make, STMT_LOOKUP, &bound, name);
		deny(compiler, REASON_DEVICE, segment->full_name, PLACE_UNKNOWN);
	}
}

/* The range's prefix lengths when the set is few enough prefixes for rules. */
static bool is_few_prefixes(const struct addrset *set, unsigned int lengths[SOURCE_RULES_MAX])
{
	if (set->count > SOURCE_RULES_MAX)
		return false;
	for (size_t i = 0; i < set->count; i++) {
		int length = addr_range_prefix_length(set->family, &set->ranges[i]);

		if (length < 0)
			return false;
		lengths[i] = (unsigned int)length;
	}
	return true;
}

bool has_source_set(const struct policy_segment *segment, enum addr_family family)
{
	unsigned int lengths[SOURCE_RULES_MAX];

	return !is_few_prefixes(&segment->source[family], lengths);
}

static void begin_accept(struct maker *make, const struct policy_segment *segment,
	enum addr_family family, enum fragment_test test)
{
	make_rule(make, segment->loc.line);
	make_family(make, family);
	if (test == TEST_DONT_FRAGMENT)
		make_test(make, SEL_IP_FRAG_OFF, IP_DF);
	else if (test == TEST_WHOLE && family == ADDR_IPV4)
		make_test_mask(make, SEL_IP_FRAG_OFF, FLOW_FRAGMENT_BITS, 0, false);
	else if (test == TEST_WHOLE)
		make_test_mask(make, SEL_IP6_NEXTHDR, 0, IPPROTO_FRAGMENT, true);
}

static void address_set(struct maker *make, const struct addrset *addrs, const char *name)
{
	struct set *set =
		make_set(make, name, SET_INTERVAL, &addresses[addrs->family], 1, FIELD_INVALID);

	for (size_t i = 0; i < addrs->count && set; i++)
		make_element(make, set, addrs->ranges[i].first, addrs->ranges[i].last, 0, 0);
}

/* The addresses that are bound to a MAC, of one family of a segment; the number of them. ranges has
 * room for them, or is NULL to count. */
static size_t bound_ranges(const struct policy *policy, size_t segment, enum addr_family family,
	struct addr_range *ranges)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->host_count; i++) {
		const struct policy_host *host = &policy->hosts[i];

		if (!host->has_mac || host->segment != segment)
			continue;
		for (size_t j = 0; j < host->address_count; j++) {
			const struct addr *addr = &host->addresses[j];

			if (addr->family != family)
				continue;
			if (ranges) {
				memcpy(ranges[count].first, addr->bytes, sizeof(addr->bytes));
				memcpy(ranges[count].last, addr->bytes, sizeof(addr->bytes));
			}
			count++;
		}
	}
	return count;
}

/* The same as a set. 0, or -ENOMEM. */
static int bound_addresses(const struct policy *policy, size_t segment, struct addrset *addrs)
{
	size_t count = bound_ranges(policy, segment, addrs->family, NULL);
	struct addr_range *ranges;
	int error;

	if (count == 0)
		return 0;
	ranges = calloc(count, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	bound_ranges(policy, segment, addrs->family, ranges);
	error = addrset_add_ranges(addrs, ranges, count);
	free(ranges);
	return error;
}

/*
 * Where hosts are bound to MACs: the addresses that are not. While one rule set replaces another,
 * a packet on its way through the old rules finds the old sets empty, so nothing may be accepted
 * because an address is *not* in a set.
 */
static void free_set(struct maker *make, const struct policy_segment *segment,
	const struct addrset *source, const struct addrset *bound)
{
	char name[RULESET_NAME_MAX + 1];
	struct addrset free_addrs;
	int error;

	addrset_init(&free_addrs, source->family);
	error = addrset_copy(&free_addrs, source);
	if (error == 0)
		error = addrset_subtract(&free_addrs, bound);
	if (error < 0 && !make->error)
		make->error = error;
	if (error == 0 && free_addrs.count > 0) {
		segment_set_name(segment, "free", source->family, name);
		address_set(make, &free_addrs, name);
	}
	addrset_clear(&free_addrs);
}

/* The sets by which a segment's sources of one family are known. */
static void source_sets(struct compiler *compiler, size_t index, enum addr_family family)
{
	const struct policy_segment *segment = &compiler->policy->segments[index];
	struct maker *make = &compiler->make;
	char name[RULESET_NAME_MAX + 1];
	struct addrset bound;

	device_sets(compiler, index, family);
	source_set_name(segment, family, name);
	if (has_source_set(segment, family))
		address_set(make, &segment->source[family], name);
	addrset_init(&bound, family);
	if (bound_addresses(compiler->policy, index, &bound) < 0 && !make->error)
		make->error = -ENOMEM;
	if (bound.count > 0)
		free_set(make, segment, &segment->source[family], &bound);
	addrset_clear(&bound);
}

/* The set is one of segment's, or is not there, and so has nothing to accept. */
static void accept_from_set(struct maker *make, const struct policy_segment *segment,
	enum addr_family family, enum fragment_test test, const char *what,
	const struct selectors *selectors)
{
	char name[RULESET_NAME_MAX + 1];

	segment_set_name(segment, what, family, name);
	if (!ruleset_find_set(make->ruleset, name))
		return;
	begin_accept(make, segment, family, test);
	make_keyed(make, STMT_LOOKUP, selectors, name);
	make_verdict(make, VERDICT_ACCEPT, NULL);
}

static void accept_prefixes(struct maker *make, const struct policy_segment *segment,
	enum addr_family family, enum fragment_test test)
{
	const struct addrset *source = &segment->source[family];
	unsigned int lengths[SOURCE_RULES_MAX];

	if (!is_few_prefixes(source, lengths))
		return;
	for (size_t i = 0; i < source->count; i++) {
		begin_accept(make, segment, family, test);
		make_prefix(make, sources[family], family, source->ranges[i].first, lengths[i]);
		make_verdict(make, VERDICT_ACCEPT, NULL);
	}
}

/* Where hosts are bound, a source is one of them with its MAC (a packet that has no MAC to load
 * does not match), or not one of them; elsewhere any of the segment's. */
static void accept_sources(struct maker *make, const struct policy_segment *segment,
	enum addr_family family, enum fragment_test test)
{
	const struct selectors source = { { sources[family] }, 1 };
	const struct selectors device = { { sources[family], SEL_ETHER_SADDR }, 2 };
	char bound[RULESET_NAME_MAX + 1];

	segment_set_name(segment, "bound", family, bound);
	if (ruleset_find_set(make->ruleset, bound)) {
		accept_from_set(make, segment, family, test, "device", &device);
		accept_from_set(make, segment, family, test, "free", &source);
	} else {
		accept_from_set(make, segment, family, test, "source", &source);
		accept_prefixes(make, segment, family, test);
	}
}

/* Neighbour discovery, duplicate address detection and multicast listener reports come from
 * link-local addresses or none, and go no further than the link. */
static void accept_link_scope(struct maker *make)
{
	static const struct selectors from = { { SEL_IP6_SADDR }, 1 };
	static const struct selectors to = { { SEL_IP6_DADDR }, 1 };

	make_rule(make, 0);
	make_family(make, ADDR_IPV6);
	make_keyed(make, STMT_LOOKUP, &from, "link-local6");
	make_keyed(make, STMT_LOOKUP, &to, "link-scope6");
	make_verdict(make, VERDICT_ACCEPT, NULL);
}

/* Most packets are not to be fragmented: they pass by the first rules. */
static void accept_whole(struct maker *make, const struct policy_segment *segment)
{
	accept_sources(make, segment, ADDR_IPV4, TEST_DONT_FRAGMENT);
	accept_sources(make, segment, ADDR_IPV4, TEST_WHOLE);
	accept_sources(make, segment, ADDR_IPV6, TEST_WHOLE);
}

static void segment_chain(struct compiler *compiler, size_t index, const char *name)
{
	const struct policy_segment *segment = &compiler->policy->segments[index];
	struct maker *make = &compiler->make;

	for (unsigned int family = 0; family < ADDR_FAMILIES; family++)
		source_sets(compiler, index, (enum addr_family)family);
	make_chain(make, name);
	if (compiler->policy->fragments == POLICY_FRAGMENTS_DROP) {
		accept_whole(make, segment);
		deny_fragments(compiler, segment);
	} else {
		accept_sources(make, segment, ADDR_IPV4, TEST_NONE);
		accept_sources(make, segment, ADDR_IPV6, TEST_NONE);
	}
	deny_devices(compiler, segment);
	accept_link_scope(make);
	make_rule(make, segment->loc.line);
	deny(compiler, REASON_SPOOF, segment->full_name, PLACE_UNKNOWN);
}

static void link_set(struct maker *make, const char *name, const uint8_t ranges[2][2][16])
{
	static const enum field_type fields[] = { FIELD_IPV6_ADDR };
	struct set *set = make_set(make, name, SET_INTERVAL, fields, 1, FIELD_INVALID);

	for (unsigned int i = 0; i < 2 && set; i++)
		make_element(make, set, ranges[i][0], ranges[i][1], 0, 0);
}

#define ONES 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff

/* "::" and fe80::/10 as sources, fe80::/10 and ff02::/16 as destinations. */
static void link_sets(struct maker *make)
{
	static const uint8_t from[2][2][16] = { { { 0 }, { 0 } },
		{ { 0xfe, 0x80 }, { 0xfe, 0xbf, ONES } } };
	static const uint8_t to[2][2][16] = { { { 0xfe, 0x80 }, { 0xfe, 0xbf, ONES } },
		{ { 0xff, 0x02 }, { 0xff, 0x02, ONES } } };

	link_set(make, "link-local6", from);
	link_set(make, "link-scope6", to);
}

/* interface → chain, for verdict map "ingress". */
static void put_interface(struct maker *make, const char *interface, const char *chain)
{
	struct set *set = make->error ? NULL : ruleset_find_set(make->ruleset, "ingress");
	uint8_t key[RULESET_KEY_MAX];
	unsigned int offset = 0;

	if (!set)
		return;
	key_put_ifname(key, &offset, interface);
	make_element_goto(make, set, key, chain);
	set->size = (uint32_t)set->count;
}

void ingress_chains(struct compiler *compiler)
{
	static const struct selectors interface = { { SEL_META_IIFNAME }, 1 };
	static const enum field_type fields[] = { FIELD_IFNAME };
	struct maker *make = &compiler->make;

	link_sets(make);
	make_set(make, "ingress", SET_MAP, fields, 1, FIELD_VERDICT);
	put_interface(make, "lo", NULL);
	make_base_chain(make, "prerouting", HOOK_PREROUTING, PRIORITY_INGRESS);
	open_accept(compiler, false);
	make_rule(make, 0);
	make_keyed(make, STMT_VMAP, &interface, "ingress");
	make_rule(make, 0);
	deny(compiler, REASON_INTERFACE, PLACE_UNKNOWN, PLACE_UNKNOWN);
	for (size_t i = 0; i < compiler->policy->segment_count; i++) {
		const struct policy_segment *segment = &compiler->policy->segments[i];
		char name[RULESET_NAME_MAX + 1];

		snprintf(name, sizeof(name), "from-%s", segment->full_name);
		put_interface(make, segment->interface, name);
		segment_chain(compiler, i, name);
	}
}
