/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes, policy rules, forwarding switches, filters: see nlroute.h. */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "nlroute_impl.h"

/* Routes --------------------------------------------------------------------------------------- */

static const enum attr_kind route_kinds[] = {
	[RTA_DST] = ATTR_BYTES,
	[RTA_OIF] = ATTR_U32,
	[RTA_PRIORITY] = ATTR_U32,
	[RTA_MULTIPATH] = ATTR_BYTES,
	[RTA_TABLE] = ATTR_U32,
	[RTA_ENCAP_TYPE] = ATTR_U16,
};
static const enum attr_kind hop_kinds[] = {
	[RTA_ENCAP_TYPE] = ATTR_U16,
};

static void add_hop(struct nlroute_route *route, int index)
{
	if (index <= 0)
		return;
	if (route->interface_count == NLROUTE_HOPS_MAX)
		route->more_hops = true;
	else
		route->interfaces[route->interface_count++] = index;
}

/* Other than of netfilter, numbers are in host order. */
static uint16_t encap_of(const struct nlattr *attr)
{
	uint16_t value = 0;

	if (attr)
		memcpy(&value, attr_value(attr), sizeof(value));
	return value;
}

/* What wraps packets of one hop, among the attributes behind it. */
static int take_hop_encap(const uint8_t *hop, size_t length, struct nlroute_route *route)
{
	const struct nlattr *table[COUNT(hop_kinds)];
	struct attrs attrs = { hop + sizeof(struct rtnexthop), length - sizeof(struct rtnexthop) };
	int r = attrs_parse(attrs, hop_kinds, COUNT(table), table);

	if (r == -EBADMSG)
		return r;
	if (table[RTA_ENCAP_TYPE])
		route->encap = encap_of(table[RTA_ENCAP_TYPE]);
	return 0;
}

/* Next hops stand one behind the other, each with its length. */
static int take_hops(const struct nlattr *attr, struct nlroute_route *route)
{
	const uint8_t *next = attr_value(attr);
	size_t left = attr_length(attr);
	struct rtnexthop hop;

	while (left >= sizeof(hop)) {
		memcpy(&hop, next, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left)
			return -EBADMSG;
		add_hop(route, hop.rtnh_ifindex);
		if (take_hop_encap(next, hop.rtnh_len, route) < 0)
			return -EBADMSG;
		size_t step = RTNH_ALIGN((size_t)hop.rtnh_len);

		step = step < left ? step : left;
		next += step;
		left -= step;
	}
	return left ? -EBADMSG : 0;
}

/* Bits past the prefix are none of it. */
static void cut(struct addr_prefix *prefix)
{
	unsigned int bits = (unsigned int)addr_length(prefix->addr.family) * 8;

	for (unsigned int i = prefix->length; i < bits; i++)
		prefix->addr.bytes[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
}

int nlroute_route(const struct nlmsghdr *message, struct nlroute_route *ret_route)
{
	const struct nlattr *table[COUNT(route_kinds)];
	struct nlroute_route route = { .gone = message->nlmsg_type == RTM_DELROUTE };
	struct rtmsg info;
	int r = nlroute_open(message, RTM_NEWROUTE, RTM_DELROUTE, &info, sizeof(info), route_kinds,
		COUNT(table), table);

	if (r < 0)
		return r;
	if (!nlroute_family(info.rtm_family, &route.prefix.addr.family))
		return -ENOMSG;
	if (info.rtm_dst_len > addr_length(route.prefix.addr.family) * 8 ||
		(info.rtm_dst_len > 0 &&
			!nlroute_addr(table[RTA_DST], info.rtm_family, &route.prefix.addr)))
		return -EBADMSG;
	route.prefix.length = info.rtm_dst_len;
	cut(&route.prefix);
	route.table = nlroute_u32(table[RTA_TABLE], info.rtm_table);
	route.metric = nlroute_u32(table[RTA_PRIORITY], 0);
	route.type = info.rtm_type;
	route.protocol = info.rtm_protocol;
	route.cloned = info.rtm_flags & RTM_F_CLONED;
	route.encap = encap_of(table[RTA_ENCAP_TYPE]);
	if (table[RTA_MULTIPATH])
		r = take_hops(table[RTA_MULTIPATH], &route);
	else
		add_hop(&route, (int)nlroute_u32(table[RTA_OIF], 0));
	if (r == 0)
		*ret_route = route;
	return r;
}

/* Rules ---------------------------------------------------------------------------------------- */

static const enum attr_kind rule_kinds[] = {
	[FRA_DST] = ATTR_BYTES,
	[FRA_SRC] = ATTR_BYTES,
	[FRA_IIFNAME] = ATTR_TEXT,
	[FRA_PRIORITY] = ATTR_U32,
	[FRA_FWMARK] = ATTR_U32,
	[FRA_TABLE] = ATTR_U32,
	[FRA_OIFNAME] = ATTR_TEXT,
	[FRA_L3MDEV] = ATTR_BYTES,
	[FRA_UID_RANGE] = ATTR_BYTES,
	[FRA_IP_PROTO] = ATTR_BYTES,
	[FRA_SPORT_RANGE] = ATTR_BYTES,
	[FRA_DPORT_RANGE] = ATTR_BYTES,
};

int nlroute_rule(const struct nlmsghdr *message, struct nlroute_rule *ret_rule)
{
	static const unsigned int selectors[] = { FRA_DST, FRA_SRC, FRA_IIFNAME, FRA_FWMARK,
		FRA_OIFNAME, FRA_UID_RANGE, FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE };
	const struct nlattr *table[COUNT(rule_kinds)];
	struct nlroute_rule rule = { .gone = message->nlmsg_type == RTM_DELRULE };
	struct fib_rule_hdr info;
	int r = nlroute_open(message, RTM_NEWRULE, RTM_DELRULE, &info, sizeof(info), rule_kinds,
		COUNT(table), table);

	if (r < 0)
		return r;
	if (!nlroute_family(info.family, &rule.family))
		return -ENOMSG;
	rule.priority = nlroute_u32(table[FRA_PRIORITY], 0);
	rule.action = info.action;
	rule.table = info.action == FR_ACT_TO_TBL ? nlroute_u32(table[FRA_TABLE], info.table) : 0;
	rule.selective = info.tos != 0 || (info.flags & FIB_RULE_INVERT);
	for (size_t i = 0; i < COUNT(selectors); i++)
		rule.selective |= table[selectors[i]] != NULL;
	*ret_rule = rule;
	return 0;
}

/* Switches ------------------------------------------------------------------------------------- */

static const enum attr_kind switch_kinds[] = {
	[NETCONFA_IFINDEX] = ATTR_U32,
	[NETCONFA_FORWARDING] = ATTR_U32,
};

int nlroute_switches(const struct nlmsghdr *message, struct nlroute_switches *ret_switches)
{
	const struct nlattr *table[COUNT(switch_kinds)];
	struct nlroute_switches switches = { 0 };
	struct netconfmsg info;
	int r = nlroute_open(message, RTM_NEWNETCONF, RTM_NEWNETCONF, &info, sizeof(info),
		switch_kinds, COUNT(table), table);

	if (r < 0)
		return r;
	if (!nlroute_family(info.ncm_family, &switches.family))
		return -ENOMSG;
	if (!table[NETCONFA_IFINDEX])
		return -EBADMSG;
	switches.index = (int)nlroute_u32(table[NETCONFA_IFINDEX], 0);
	switches.forwarding = (int)nlroute_u32(table[NETCONFA_FORWARDING], UINT32_MAX);
	*ret_switches = switches;
	return 0;
}

/* Filters -------------------------------------------------------------------------------------- */

static const enum attr_kind filter_kinds[] = {
	[TCA_KIND] = ATTR_TEXT,
	[TCA_OPTIONS] = ATTR_NEST,
};

#define ACTIONS_DEPTH 3 /* a filter's options, its list of actions, an action */

static bool is_text(const struct nlattr *attr, const char *text)
{
	size_t length = strlen(text) + 1;

	return attr_length(attr) == length && memcmp(attr_value(attr), text, length) == 0;
}

/* A text of letters, as kinds are; numbers of another meaning are not. */
static void note_action(const struct nlattr *attr, struct nlroute_filter *filter)
{
	const char *kind = attr_value(attr);
	size_t length = attr_length(attr), used = strlen(filter->actions);

	if (length < 3 || length > NLROUTE_KIND_MAX || kind[length - 1] != '\0')
		return;
	for (size_t i = 0; i + 1 < length; i++)
		if ((kind[i] < 'a' || kind[i] > 'z') && kind[i] != '_')
			return;
	if (used + length + strlen(" ...") < sizeof(filter->actions))
		snprintf(filter->actions + used, sizeof(filter->actions) - used, " %s", kind);
	else if (!strstr(filter->actions, "..."))
		memcpy(filter->actions + used, " ...", strlen(" ...") + 1);
}

/*
 * Each kind of filter has its list of actions under a number of its own; an action says what it is
 * under TCA_ACT_KIND. So texts of that number are looked for in whatever can be read as attributes:
 * one that is found by accident is worth a look by a person as well.
 */
static void look_for_actions(
	const struct nlattr *nest, unsigned int depth, struct nlroute_filter *filter)
{
	struct attrs attrs = attrs_of_nest(nest);
	const struct nlattr *attr;

	while ((attr = attrs_next(&attrs)) != NULL) {
		if (attr_type(attr) == TCA_ACT_KIND)
			note_action(attr, filter);
		if (attr_type(attr) == TCA_ACT_KIND && is_text(attr, "mirred"))
			filter->redirects = true;
		if (attr_type(attr) == TCA_ACT_KIND && is_text(attr, "bpf"))
			filter->program = true;
		if (depth > 1 && attr_length(attr) >= NLA_HDRLEN)
			look_for_actions(attr, depth - 1, filter);
	}
}

static int take_filter(const struct nlmsghdr *message, uint16_t type, uint16_t gone,
	struct nlroute_filter *ret_filter)
{
	const struct nlattr *table[COUNT(filter_kinds)];
	struct nlroute_filter filter = { .gone = message->nlmsg_type == gone };
	struct tcmsg info;
	int r = nlroute_open(
		message, type, gone, &info, sizeof(info), filter_kinds, COUNT(table), table);

	if (r < 0)
		return r;
	if (!table[TCA_KIND])
		return -EBADMSG;
	filter.index = info.tcm_ifindex;
	filter.parent = info.tcm_parent;
	filter.handle = info.tcm_handle;
	nlroute_text(table[TCA_KIND], filter.kind, sizeof(filter.kind));
	filter.program = strcmp(filter.kind, "bpf") == 0;
	if (table[TCA_OPTIONS])
		look_for_actions(table[TCA_OPTIONS], ACTIONS_DEPTH, &filter);
	*ret_filter = filter;
	return 0;
}

int nlroute_filter(const struct nlmsghdr *message, struct nlroute_filter *ret_filter)
{
	return take_filter(message, RTM_NEWTFILTER, RTM_DELTFILTER, ret_filter);
}

int nlroute_qdisc(const struct nlmsghdr *message, struct nlroute_filter *ret_qdisc)
{
	return take_filter(message, RTM_NEWQDISC, RTM_DELQDISC, ret_qdisc);
}

int nlroute_class(const struct nlmsghdr *message, struct nlroute_filter *ret_class)
{
	return take_filter(message, RTM_NEWTCLASS, RTM_DELTCLASS, ret_class);
}

/* Proxies, neighbours -------------------------------------------------------------------------- */

static const enum attr_kind neighbour_kinds[] = {
	[NDA_DST] = ATTR_BYTES,
	[NDA_LLADDR] = ATTR_BYTES,
};

int nlroute_proxy(const struct nlmsghdr *message, struct nlroute_proxy *ret_proxy)
{
	const struct nlattr *table[COUNT(neighbour_kinds)];
	struct nlroute_proxy proxy = { 0 };
	struct ndmsg info;
	int r = nlroute_open(message, RTM_NEWNEIGH, RTM_NEWNEIGH, &info, sizeof(info),
		neighbour_kinds, COUNT(table), table);

	if (r < 0)
		return r;
	if (!nlroute_family(info.ndm_family, &proxy.address.family) ||
		!(info.ndm_flags & NTF_PROXY))
		return -ENOMSG;
	if (!nlroute_addr(table[NDA_DST], info.ndm_family, &proxy.address))
		return -EBADMSG;
	proxy.index = info.ndm_ifindex;
	*ret_proxy = proxy;
	return 0;
}

int nlroute_neighbour(const struct nlmsghdr *message, struct nlroute_neighbour *ret_neighbour)
{
	const struct nlattr *table[COUNT(neighbour_kinds)];
	struct nlroute_neighbour neighbour = { 0 };
	struct ndmsg info;
	int r = nlroute_open(message, RTM_NEWNEIGH, RTM_NEWNEIGH, &info, sizeof(info),
		neighbour_kinds, COUNT(table), table);

	if (r < 0)
		return r;
	if (!nlroute_family(info.ndm_family, &neighbour.address.family) ||
		info.ndm_flags & NTF_PROXY || info.ndm_state & (NUD_INCOMPLETE | NUD_FAILED) ||
		!table[NDA_LLADDR] || attr_length(table[NDA_LLADDR]) != MAC_LENGTH)
		return -ENOMSG;
	if (!nlroute_addr(table[NDA_DST], info.ndm_family, &neighbour.address))
		return -EBADMSG;
	neighbour.index = info.ndm_ifindex;
	memcpy(neighbour.mac, attr_value(table[NDA_LLADDR]), MAC_LENGTH);
	*ret_neighbour = neighbour;
	return 0;
}

int nlroute_listened(const struct nlmsghdr *message, struct nlroute_listened *ret_listened)
{
	const struct nlattr *table[COUNT(neighbour_kinds)];
	struct ndmsg info;
	int r = nlroute_open(message, RTM_NEWNEIGH, RTM_NEWNEIGH, &info, sizeof(info),
		neighbour_kinds, COUNT(table), table);

	if (r < 0)
		return r;
	if (info.ndm_family != AF_BRIDGE || !(info.ndm_flags & NTF_SELF) ||
		info.ndm_flags & NTF_EXT_LEARNED || !(info.ndm_state & NUD_PERMANENT) ||
		!table[NDA_LLADDR] || attr_length(table[NDA_LLADDR]) != MAC_LENGTH)
		return -ENOMSG;
	ret_listened->index = info.ndm_ifindex;
	memcpy(ret_listened->mac, attr_value(table[NDA_LLADDR]), MAC_LENGTH);
	return ret_listened->mac[0] & 1 ? -ENOMSG : 0;
}

/* Namespaces ----------------------------------------------------------------------------------- */

static const enum attr_kind namespace_kinds[] = {
	[NETNSA_NSID] = ATTR_U32,
	[NETNSA_CURRENT_NSID] = ATTR_U32,
};

int nlroute_namespace_of(const struct nlmsghdr *message, int *ret_theirs, int *ret_ours)
{
	const struct nlattr *table[COUNT(namespace_kinds)];
	struct rtgenmsg info;
	int r = nlroute_open(message, RTM_NEWNSID, RTM_NEWNSID, &info, sizeof(info),
		namespace_kinds, COUNT(table), table);

	if (r == 0)
		*ret_theirs = (int)nlroute_u32(table[NETNSA_NSID], UINT32_MAX);
	if (r == 0)
		*ret_ours = (int)nlroute_u32(table[NETNSA_CURRENT_NSID], UINT32_MAX);
	return r;
}

int nlroute_namespace(const struct nlmsghdr *message, int *ret_number)
{
	int ours;

	return nlroute_namespace_of(message, ret_number, &ours);
}
