/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of bypass.h share. */
#ifndef HEDATE_BYPASS_IMPL_H
#define HEDATE_BYPASS_IMPL_H

#include "bypass.h"
#include "hostsnap.h"

enum bypass_kind {
	BYPASS_FLOWTABLES,
	BYPASS_BRIDGES,
	BYPASS_STACKED,
	BYPASS_NAMESPACES,
	BYPASS_TUNNELS,
	BYPASS_VRF,
	BYPASS_OVS,
	BYPASS_XDP,
	BYPASS_TC,
	BYPASS_BPF_LINKS,
	BYPASS_SOCKMAP,
	BYPASS_HOOKS,
	BYPASS_XTABLES,
	BYPASS_EBTABLES,
	BYPASS_IPVS,
	BYPASS_MPLS,
	BYPASS_LWTUNNEL,
	BYPASS_XFRM,
	BYPASS_PACKET_SOCKETS,
	BYPASS_XDP_SOCKETS,
	BYPASS_LOCAL_PROXIES,
	BYPASS_TPROXY,
	BYPASS_FORWARD,
	BYPASS_QUEUE,
	BYPASS_CT_MARK,
	BYPASS_FOREIGN,
	BYPASS_POLICY_ROUTING,
	BYPASS_ROUTES,
	BYPASS_SOURCE_ROUTE,
	BYPASS_SWITCHES,
	BYPASS_FORWARDING,
	BYPASS_KINDS,
};

struct bypassing {
	const struct snapshot *snapshot;
	const struct policy *policy;
	const struct hostsnap *host; /* NULL: not in the snapshot */
	struct bypass_list *list;
	int error; /* -ENOMEM */
};

/* Add an item that is not OK. */
__attribute__((format(printf, 5, 6))) void bypass_found(struct bypassing *bypassing,
	enum bypass_kind kind, enum bypass_state state, bool harmless, const char *format, ...);
/* Was the part read? Says that it was not, else. */
bool bypass_can_read(struct bypassing *bypassing, enum bypass_kind kind, enum hostsnap_part part);
bool bypass_is_read(const struct bypassing *bypassing, enum hostsnap_part part);
/* The zone of an interface; zone_count: none. Its name, or "no zone". */
size_t bypass_zone_of(const struct bypassing *bypassing, const char *interface);
const char *bypass_zone_name(const struct bypassing *bypassing, const char *interface);

/* bypass_link.c: interfaces. */
void bypass_judge_host(struct bypassing *bypassing); /* what host_judge() finds, for many kinds */
void bypass_judge_stacked(struct bypassing *bypassing);
void bypass_judge_namespaces(struct bypassing *bypassing);
void bypass_judge_tunnels(struct bypassing *bypassing);
void bypass_judge_vrf(struct bypassing *bypassing);
void bypass_judge_ovs(struct bypassing *bypassing);
void bypass_judge_source_route(struct bypassing *bypassing);

/* bypass_kernel.c: what sees packets beside the rules. */
void bypass_judge_xdp(struct bypassing *bypassing);
void bypass_judge_tc(struct bypassing *bypassing);
void bypass_judge_bpf(struct bypassing *bypassing);
void bypass_judge_sockmap(struct bypassing *bypassing);
void bypass_judge_hooks(struct bypassing *bypassing);
void bypass_judge_xtables(struct bypassing *bypassing);
void bypass_judge_ebtables(struct bypassing *bypassing);
void bypass_judge_packets(struct bypassing *bypassing);
void bypass_judge_xdp_sockets(struct bypassing *bypassing);

/* bypass_route.c: what sends packets on. */
void bypass_judge_ipvs(struct bypassing *bypassing);
void bypass_judge_mpls(struct bypassing *bypassing);
void bypass_judge_lwtunnel(struct bypassing *bypassing);
void bypass_judge_xfrm(struct bypassing *bypassing);
void bypass_judge_policy_routing(struct bypassing *bypassing);

/* bypass_rule.c: rules of others, and the policy. */
void bypass_judge_rules(struct bypassing *bypassing); /* several kinds */
void bypass_judge_local_proxies(struct bypassing *bypassing);

#endif
