/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain_trace.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "array.h"
#include "pktregion.h"
#include "snaphook.h"

/* ---- the packet ---- */

static void put_service(const struct eval_packet *packet, hdr_value *values)
{
	bool icmp = packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6;

	values[PKT_L4PROTO] = values[PKT_NEXTHDR] = packet->protocol;
	values[PKT_TCP_FLAGS] = packet->protocol == IPPROTO_TCP ? packet->tcp_flags : 0;
	values[PKT_SPORT] = icmp ? 0 : packet->sport;
	values[PKT_DPORT] = icmp ? 0 : packet->dport;
	values[PKT_ICMP_TYPE] = icmp ? packet->dport >> 8 : 0;
	values[PKT_ICMP_CODE] = icmp ? packet->dport & UINT8_MAX : 0;
}

static struct hdr_packet packet_of(const struct explain *explain)
{
	const struct eval_packet *asked = &explain->packet;
	enum pkt_world world = asked->family == ADDR_IPV4 ? PKT_IPV4 : PKT_IPV6;
	size_t length = addr_length(asked->family);
	struct hdr_packet packet = pktregion_everyday(world);
	hdr_value *values = packet.values;

	values[PKT_IIFNAME] = pkt_interface(asked->iif);
	values[PKT_OIFNAME] = pkt_interface(asked->oif);
	if (asked->iif == NULL)
		values[PKT_IIFTYPE] = 0;
	if (asked->oif == NULL)
		values[PKT_OIFTYPE] = 0;
	values[PKT_SADDR] = pkt_number(asked->saddr, length);
	values[PKT_DADDR] = pkt_number(asked->daddr, length);
	values[PKT_ETHER_SADDR] = pkt_number(asked->mac, MAC_LENGTH);
	values[PKT_TTL] = asked->hop_limit;
	values[PKT_FRAG_OFF] = 0;
	put_service(asked, values);
	return packet;
}

/* ---- its way ---- */

static size_t number_of(const struct sym_step *step)
{
	return step->kind == SYM_STEP_RULE ? (size_t)(step->rule - step->chain->rules) + 1 : 0;
}

static int keep(const struct sym_step *step, void *data)
{
	struct explain_trace *trace = data;
	struct explain_hop *list =
		array_reserve(trace->list, sizeof(*list), trace->count, &trace->room);

	if (list == NULL)
		return -ENOMEM;
	trace->list = list;
	trace->list[trace->count++] = (struct explain_hop){ *step, number_of(step),
		step->kind == SYM_STEP_RULE ? nltree_number(step->rule, NFTA_RULE_HANDLE, 0) : 0 };
	return 0;
}

int explain_trace(const struct explain *explain, const struct snapshot *snapshot,
	struct explain_trace *ret_trace)
{
	enum pkt_world world = explain->packet.family == ADDR_IPV4 ? PKT_IPV4 : PKT_IPV6;
	struct hdr_packet packet = packet_of(explain);
	enum sym_way way = SYM_FORWARD;
	struct symexec *exec;
	int error;

	*ret_trace = (struct explain_trace){ 0 };
	if (explain->in.gateway)
		way = SYM_OUTPUT;
	else if (explain->out.gateway)
		way = SYM_INPUT;
	error = symexec_new(snapshot, world, &exec);
	if (error == 0) {
		error = symexec_trace(exec, way, &packet, keep, ret_trace, &ret_trace->end);
		symexec_free(exec);
	}
	if (error < 0)
		explain_trace_clear(ret_trace);
	return error;
}

void explain_trace_clear(struct explain_trace *trace)
{
	free(trace->list);
	*trace = (struct explain_trace){ 0 };
}

/* ---- words ---- */

const char *explain_trace_verdict(const struct explain_trace *trace)
{
	if (trace->end.must_pass)
		return "passes";
	return trace->end.may_pass ? "unknown" : "blocked";
}

struct name {
	int64_t number;
	const char *text;
};

static const char *name_of(const struct name *names, size_t count, int64_t number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].text;
	return "?";
}
#define NAME_OF(names, number) name_of(names, sizeof(names) / sizeof((names)[0]), number)

const char *explain_hop_verdict(const struct explain_hop *hop)
{
	static const struct name names[] = {
		{ NF_ACCEPT, "accept" },
		{ NF_DROP, "drop" },
		{ NFT_CONTINUE, "continue" },
		{ NFT_JUMP, "jump" },
		{ NFT_GOTO, "goto" },
		{ NFT_RETURN, "return" },
	};

	return NAME_OF(names, hop->step.verdict);
}

const char *explain_hop_family(const struct explain_hop *hop)
{
	static const struct name names[] = {
		{ NFPROTO_INET, "inet" },
		{ NFPROTO_IPV4, "ip" },
		{ NFPROTO_IPV6, "ip6" },
		{ NFPROTO_ARP, "arp" },
		{ NFPROTO_NETDEV, "netdev" },
		{ NFPROTO_BRIDGE, "bridge" },
	};

	return NAME_OF(names, hop->step.table->family);
}

const char *explain_hop_hook(const struct explain_hop *hop)
{
	static const struct name names[] = {
		{ NF_INET_PRE_ROUTING, "prerouting" },
		{ NF_INET_LOCAL_IN, "input" },
		{ NF_INET_FORWARD, "forward" },
		{ NF_INET_LOCAL_OUT, "output" },
		{ NF_INET_POST_ROUTING, "postrouting" },
		{ SNAPHOOK_INGRESS, "ingress" },
		{ SNAPHOOK_EGRESS, "egress" },
	};

	return NAME_OF(names, hop->step.hook);
}
