/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assertion.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertion_impl.h"
#include "ctstate.h"
#include "i18n.h"

#define DIRECTION_ANSWER 1
#define TCP_SYN		 0x02u
#define TCP_ACK		 0x10u
#define SOURCE_PORT	 49152 /* any: no rule reads it to decide */

/* One assertion being tried. */
struct trial {
	const struct policy *policy;
	const struct ruleset *ruleset;
	const struct policy_assertion *assertion;
	struct assertion_result *result;
	bool over; /* it does not hold, or too many packets were tried */
};

/* ---- packets ---- */

/* The MAC that packets from this address come with. */
static void mac_of(const struct policy *policy, const struct addr *address, uint8_t mac[MAC_LENGTH])
{
	/* Locally administered: that of a host of which nothing is known. */
	static const uint8_t unknown[MAC_LENGTH] = { 0x02, 0, 0, 0, 0, 0x01 };

	memcpy(mac, unknown, MAC_LENGTH);
	for (size_t i = 0; i < policy->host_count; i++) {
		const struct policy_host *host = &policy->hosts[i];

		for (size_t j = 0; host->has_mac && j < host->address_count; j++)
			if (addr_compare(&host->addresses[j], address) == 0)
				memcpy(mac, host->mac, MAC_LENGTH);
	}
}

static bool is_icmp(uint8_t protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static const struct policy_segment *segment_of(
	const struct policy *policy, const struct policy_end *end)
{
	return end->part_count > 0 ? &policy->segments[end->parts[0].segment] : NULL;
}

static struct eval_packet first_packet(const struct trial *trial, const struct addr *from,
	const struct addr *to, uint8_t protocol, uint16_t port)
{
	const struct policy_segment *in = segment_of(trial->policy, &trial->assertion->from);
	const struct policy_segment *out = segment_of(trial->policy, &trial->assertion->to);
	struct eval_packet packet = { .iif = in ? in->interface : NULL,
		.oif = out ? out->interface : NULL,
		.family = from->family,
		.protocol = protocol,
		.next_header = protocol,
		.sport = SOURCE_PORT,
		.dport = port,
		.tcp_flags = TCP_SYN,
		.hop_limit = 63,
		.ct_state = CT_NEW,
		.timed_open = !trial->assertion->must_pass };

	memcpy(packet.saddr, from->bytes, sizeof(packet.saddr));
	memcpy(packet.daddr, to->bytes, sizeof(packet.daddr));
	if (trial->assertion->has_mac)
		memcpy(packet.mac, trial->assertion->mac, MAC_LENGTH);
	else
		mac_of(trial->policy, from, packet.mac);
	return packet;
}

static struct eval_packet answer_to(
	const struct trial *trial, const struct eval_packet *first, const struct eval_result *met)
{
	struct eval_packet packet = *first;
	struct addr sender = { .family = first->family };

	packet.iif = first->oif;
	packet.oif = first->iif;
	memcpy(packet.saddr, first->daddr, sizeof(packet.saddr));
	memcpy(packet.daddr, first->saddr, sizeof(packet.daddr));
	memcpy(sender.bytes, first->daddr, sizeof(sender.bytes));
	mac_of(trial->policy, &sender, packet.mac);
	if (!is_icmp(first->protocol)) {
		packet.sport = first->dport;
		packet.dport = first->sport;
	}
	packet.tcp_flags = TCP_SYN | TCP_ACK;
	packet.ct_state = CT_ESTABLISHED;
	packet.ct_direction = DIRECTION_ANSWER;
	packet.ct_mark = met->ct_mark;
	return packet;
}

/* ---- what it met ---- */

static const struct policy_path *path_of(const struct policy *policy, uint32_t mark)
{
	for (size_t i = 0; mark != 0 && i < policy->path_count; i++)
		if (policy->paths[i].id == mark)
			return &policy->paths[i];
	return NULL;
}

static const struct policy_observe *observe_of(const struct policy *policy, uint32_t mark)
{
	for (size_t i = 0; mark != 0 && i < policy->observe_count; i++)
		if (policy->observes[i].id == mark)
			return &policy->observes[i];
	return NULL;
}

static void note(const struct trial *trial, const struct eval_packet *packet,
	const struct eval_result *met, enum assertion_outcome outcome, bool answer)
{
	struct assertion_result *result = trial->result;
	const struct policy *policy = trial->policy;
	bool icmp = is_icmp(packet->protocol);
	uint16_t port = answer && !icmp ? packet->sport : packet->dport;

	result->outcome = outcome;
	result->from = result->to = (struct addr){ .family = packet->family };
	memcpy(result->from.bytes, packet->saddr, sizeof(result->from.bytes));
	memcpy(result->to.bytes, packet->daddr, sizeof(result->to.bytes));
	result->service = (struct policy_service_entry){
		.protocol = packet->protocol, .whole = port == 0 && !icmp, .ports = { port, port }
	};
	result->answer = answer;
	result->met = *met;
	result->path = met->verdict == EVAL_ACCEPT ? path_of(policy, met->ct_mark) : NULL;
	result->observe = met->verdict == EVAL_ACCEPT ? observe_of(policy, met->ct_mark) : NULL;
	if (met->verdict != EVAL_DROP || flow_prefix_parse(met->prefix, &result->denial) < 0)
		result->denial = (struct flow_prefix){ 0 };
}

static enum assertion_outcome judge(const struct trial *trial, const struct eval_result *met)
{
	if (met->verdict == EVAL_UNKNOWN)
		return ASSERTION_UNKNOWN;
	return (met->verdict == EVAL_ACCEPT) == trial->assertion->must_pass ? ASSERTION_HOLDS
									    : ASSERTION_FAILS;
}

/* One packet, and the answer to one that must pass. */
static void try_packet(struct trial *trial, const struct eval_packet *packet)
{
	struct eval_result met, met_by_answer;
	struct eval_packet answer;
	enum assertion_outcome outcome;

	if (trial->over)
		return;
	if (++trial->result->tried > ASSERTION_TRIES_MAX) {
		trial->over = true;
		return;
	}
	evaluate(trial->ruleset, packet, &met);
	outcome = judge(trial, &met);
	if (outcome != ASSERTION_HOLDS || trial->result->tried == 1)
		note(trial, packet, &met, outcome, false);
	trial->over = outcome != ASSERTION_HOLDS;
	if (trial->over || !trial->assertion->must_pass)
		return;
	answer = answer_to(trial, packet, &met);
	evaluate(trial->ruleset, &answer, &met_by_answer);
	outcome = judge(trial, &met_by_answer);
	trial->over = outcome != ASSERTION_HOLDS;
	if (trial->over)
		note(trial, &answer, &met_by_answer, outcome, true);
}

/* ---- all packets of an assertion ---- */

static bool is_of_family(uint8_t protocol, enum addr_family family)
{
	return protocol != (family == ADDR_IPV4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

/* The first and last of what an entry holds. Where it holds all, port 0 is no port. */
static struct port_range bounds_of(const struct policy_service_entry *entry)
{
	switch (entry->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_UDPLITE:
		return entry->whole ? (struct port_range){ 1, UINT16_MAX } : entry->ports;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return entry->whole ? (struct port_range){ 0, UINT16_MAX } : entry->ports;
	default:
		return (struct port_range){ 0, 0 };
	}
}

static void try_entry(struct trial *trial, const struct addr *from, const struct addr *to,
	const struct policy_service_entry *entry)
{
	struct port_range bounds = bounds_of(entry);
	struct eval_packet packet;

	if (!is_of_family(entry->protocol, from->family))
		return;
	packet = first_packet(trial, from, to, entry->protocol, bounds.first);
	try_packet(trial, &packet);
	if (bounds.last == bounds.first)
		return;
	packet.dport = bounds.last;
	try_packet(trial, &packet);
}

static void try_services(struct trial *trial, const struct addr *from, const struct addr *to)
{
	for (size_t i = 0; i < trial->assertion->service_count; i++) {
		const struct policy_service *service =
			&trial->policy->services[trial->assertion->services[i]];

		for (size_t j = 0; j < service->entry_count; j++)
			try_entry(trial, from, to, &service->entries[j]);
	}
}

/* Add one to an address. False: it was the last. */
static bool advance(struct addr *address, const uint8_t *last)
{
	size_t i = addr_length(address->family);

	if (memcmp(address->bytes, last, i) == 0)
		return false;
	while (i > 0 && ++address->bytes[i - 1] == 0)
		i--;
	return true;
}

typedef void (*visitor)(struct trial *trial, const struct addr *from, const struct addr *to);

/* The gateway's own address is in no configuration: one of the network that it is asked by, as it
 * stands for all of them: no rule reads it to decide. */
static struct addr gateway_address(
	const struct policy *policy, const struct policy_end *other, enum addr_family family)
{
	const struct policy_segment *segment = segment_of(policy, other);
	struct addr address = { .family = family };

	if (segment != NULL && segment->on_link[family].count > 0)
		memcpy(address.bytes, segment->on_link[family].ranges[0].first,
			sizeof(address.bytes));
	address.bytes[addr_length(family) - 1] |= 1;
	return address;
}

/* Each address of an end and family; fixed is the other end's, or NULL while from is visited. */
static void visit(struct trial *trial, const struct policy_end *end, enum addr_family family,
	const struct addr *fixed, visitor function)
{
	for (size_t i = 0; i < end->part_count; i++) {
		const struct addrset *set = &end->parts[i].addresses[family];

		for (size_t j = 0; j < set->count && !trial->over; j++) {
			struct addr address = { .family = family };

			memcpy(address.bytes, set->ranges[j].first, sizeof(address.bytes));
			do
				function(trial, fixed ? fixed : &address, &address);
			while (!trial->over && advance(&address, set->ranges[j].last));
		}
	}
}

static void try_to(struct trial *trial, const struct addr *from, const struct addr *unused)
{
	const struct policy_assertion *assertion = trial->assertion;

	(void)unused;
	if (assertion->to.part_count == 0) {
		struct addr to = gateway_address(trial->policy, &assertion->from, from->family);

		try_services(trial, from, &to);
	} else {
		visit(trial, &assertion->to, from->family, from, try_services);
	}
}

static bool end_has(const struct policy_end *end, enum addr_family family)
{
	for (size_t i = 0; i < end->part_count; i++)
		if (end->parts[i].addresses[family].count > 0)
			return true;
	return false;
}

static void try_assertion(struct trial *trial)
{
	const struct policy_assertion *assertion = trial->assertion;

	for (int i = 0; i < ADDR_FAMILIES; i++) {
		enum addr_family family = (enum addr_family)i;
		struct addr from;

		if (assertion->from.part_count > 0) {
			visit(trial, &assertion->from, family, NULL, try_to);
		} else if (end_has(&assertion->to, family)) {
			from = gateway_address(trial->policy, &assertion->to, family);
			try_to(trial, &from, &from);
		}
	}
}

int assertion_check(const struct policy *policy, const struct ruleset *ruleset,
	struct diag_list *diags, struct assertion_results *ret_results)
{
	*ret_results = (struct assertion_results){ .count = policy->assertion_count };
	if (policy->assertion_count == 0)
		return 0;
	ret_results->list = calloc(policy->assertion_count, sizeof(*ret_results->list));
	if (ret_results->list == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < policy->assertion_count; i++) {
		struct assertion_result *result = &ret_results->list[i];
		struct trial trial = { policy, ruleset, &policy->assertions[i], result, false };

		try_assertion(&trial);
		/* Nothing tried, or not all: nothing is known. */
		if (result->tried == 0 || result->tried > ASSERTION_TRIES_MAX)
			result->outcome = ASSERTION_UNKNOWN;
		if (result->outcome == ASSERTION_HOLDS)
			continue;
		ret_results->failed++;
		assertion_report(policy, trial.assertion, result, diags);
	}
	return ret_results->failed > 0 ? -EINVAL : 0;
}

void assertion_results_clear(struct assertion_results *results)
{
	free(results->list);
	*results = (struct assertion_results){ 0 };
}
