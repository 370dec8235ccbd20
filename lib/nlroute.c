/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nlroute.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "nlroute_impl.h"
#include "nlrouteask.h"

/* What all readers need ------------------------------------------------------------------------ */

static int parse_known(struct attrs attrs, const enum attr_kind *kinds, unsigned int count,
	const struct nlattr **table)
{
	int r = attrs_parse(attrs, kinds, count, table);

	return r == -EOPNOTSUPP ? 0 : r;
}

int nlroute_open(const struct nlmsghdr *message, uint16_t type, uint16_t gone, void *header,
	size_t size, const enum attr_kind *kinds, unsigned int count, const struct nlattr **table)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(size);

	if (message->nlmsg_type != type && message->nlmsg_type != gone)
		return -ENOMSG;
	if (message->nlmsg_len < NLMSG_HDRLEN + size)
		return -EBADMSG;
	memcpy(header, (const uint8_t *)message + NLMSG_HDRLEN, size);
	struct attrs attrs = { NULL, 0 };

	if (message->nlmsg_len > skip)
		attrs = (struct attrs){ (const uint8_t *)message + skip,
			message->nlmsg_len - skip };
	return parse_known(attrs, kinds, count, table);
}

/* As attrs_parse(), but what is not known does not matter. */
static int parse_nest(const struct nlattr *nest, const enum attr_kind *kinds, unsigned int count,
	const struct nlattr **table)
{
	struct attrs attrs = { NULL, 0 };

	return parse_known(nest ? attrs_of_nest(nest) : attrs, kinds, count, table);
}

uint32_t nlroute_u32(const struct nlattr *attr, uint32_t absent)
{
	uint32_t value;

	if (!attr)
		return absent;
	memcpy(&value, attr_value(attr), sizeof(value));
	return value;
}

void nlroute_text(const struct nlattr *attr, char *text, size_t size)
{
	snprintf(text, size, "%s", attr ? attr_text(attr) : "");
}

bool nlroute_family(uint8_t family, enum addr_family *ret_family)
{
	*ret_family = family == AF_INET ? ADDR_IPV4 : ADDR_IPV6;
	return family == AF_INET || family == AF_INET6;
}

bool nlroute_addr(const struct nlattr *attr, uint8_t family, struct addr *ret_addr)
{
	struct addr addr = { 0 };

	if (!nlroute_family(family, &addr.family) || !attr ||
		attr_length(attr) != addr_length(addr.family))
		return false;
	memcpy(addr.bytes, attr_value(attr), addr_length(addr.family));
	*ret_addr = addr;
	return true;
}

/* Interfaces ----------------------------------------------------------------------------------- */

static const enum attr_kind link_kinds[] = {
	[IFLA_ADDRESS] = ATTR_BYTES,
	[IFLA_IFNAME] = ATTR_TEXT,
	[IFLA_MASTER] = ATTR_U32,
	[IFLA_LINK] = ATTR_U32,
	[IFLA_LINKINFO] = ATTR_NEST,
	[IFLA_AF_SPEC] = ATTR_NEST,
	[IFLA_XDP] = ATTR_NEST,
	[IFLA_LINK_NETNSID] = ATTR_U32,
	[IFLA_NEW_NETNSID] = ATTR_U32,
};
static const enum attr_kind info_kinds[] = {
	[IFLA_INFO_KIND] = ATTR_TEXT,
};
static const enum attr_kind xdp_kinds[] = {
	[IFLA_XDP_ATTACHED] = ATTR_BYTES,
	[IFLA_XDP_PROG_ID] = ATTR_U32,
};

static int take_kind(const struct nlattr *info, struct nlroute_link *link)
{
	const struct nlattr *table[COUNT(info_kinds)];
	int r = parse_nest(info, info_kinds, COUNT(table), table);

	nlroute_text(r < 0 ? NULL : table[IFLA_INFO_KIND], link->kind, sizeof(link->kind));
	return r;
}

static int take_xdp(const struct nlattr *xdp, struct nlroute_link *link)
{
	const struct nlattr *table[COUNT(xdp_kinds)];
	int r = parse_nest(xdp, xdp_kinds, COUNT(table), table);
	const struct nlattr *attached = r < 0 ? NULL : table[IFLA_XDP_ATTACHED];

	if (!attached)
		return r;
	link->xdp = attr_length(attached) == 1 && *(const uint8_t *)attr_value(attached) != 0;
	link->xdp_program = link->xdp ? nlroute_u32(table[IFLA_XDP_PROG_ID], 0) : 0;
	return 0;
}

static const enum attr_kind family_kinds[] = {
	[AF_INET] = ATTR_NEST,
	[AF_INET6] = ATTR_NEST,
};
static const enum attr_kind conf_kinds[] = {
	[IFLA_INET_CONF] = ATTR_BYTES,
};
static const enum attr_kind conf6_kinds[] = {
	[IFLA_INET6_CONF] = ATTR_BYTES,
};

/* Where each switch stands in the array of its family; IPv4's counts from 1. */
static const struct {
	bool six;
	unsigned int at;
} places[SWITCH_COUNT] = {
	[SWITCH_FORWARDING4] = { false, IPV4_DEVCONF_FORWARDING - 1 },
	[SWITCH_FORWARDING6] = { true, DEVCONF_FORWARDING },
	[SWITCH_PROXY_ARP] = { false, IPV4_DEVCONF_PROXY_ARP - 1 },
	[SWITCH_PROXY_NDP] = { true, DEVCONF_PROXY_NDP },
	[SWITCH_RP_FILTER] = { false, IPV4_DEVCONF_RP_FILTER - 1 },
	[SWITCH_ACCEPT_REDIRECTS4] = { false, IPV4_DEVCONF_ACCEPT_REDIRECTS - 1 },
	[SWITCH_ACCEPT_REDIRECTS6] = { true, DEVCONF_ACCEPT_REDIRECTS },
	[SWITCH_SOURCE_ROUTE4] = { false, IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE - 1 },
	[SWITCH_SOURCE_ROUTE6] = { true, DEVCONF_ACCEPT_SOURCE_ROUTE },
	[SWITCH_ROUTE_LOCALNET] = { false, IPV4_DEVCONF_ROUTE_LOCALNET - 1 },
};

static void take_array(const struct nlattr *array, bool six, struct nlroute_link *link)
{
	for (unsigned int i = 0; array && i < SWITCH_COUNT; i++) {
		size_t offset = places[i].at * sizeof(int32_t);
		int32_t value;

		if (places[i].six != six || offset + sizeof(value) > attr_length(array))
			continue;
		memcpy(&value, (const uint8_t *)attr_value(array) + offset, sizeof(value));
		link->switches[i] = value;
	}
}

static int take_switches(const struct nlattr *spec, struct nlroute_link *link)
{
	const struct nlattr *families[COUNT(family_kinds)];
	const struct nlattr *four[COUNT(conf_kinds)], *six[COUNT(conf6_kinds)];
	int r = parse_nest(spec, family_kinds, COUNT(families), families);

	for (unsigned int i = 0; i < SWITCH_COUNT; i++)
		link->switches[i] = -1;
	if (r == 0)
		r = parse_nest(families[AF_INET], conf_kinds, COUNT(four), four);
	if (r == 0)
		r = parse_nest(families[AF_INET6], conf6_kinds, COUNT(six), six);
	if (r < 0)
		return r;
	take_array(four[IFLA_INET_CONF], false, link);
	take_array(six[IFLA_INET6_CONF], true, link);
	return 0;
}

int nlroute_link(const struct nlmsghdr *message, struct nlroute_link *ret_link)
{
	const struct nlattr *table[COUNT(link_kinds)];
	struct nlroute_link link = { .gone = message->nlmsg_type == RTM_DELLINK };
	struct ifinfomsg info;
	int r = nlroute_open(message, RTM_NEWLINK, RTM_DELLINK, &info, sizeof(info), link_kinds,
		COUNT(table), table);

	if (r < 0)
		return r;
	/* Ports of a bridge send messages of another family about the same interfaces. */
	if (info.ifi_family != AF_UNSPEC)
		return -ENOMSG;
	if (info.ifi_index <= 0 || !table[IFLA_IFNAME] || !attr_text(table[IFLA_IFNAME])[0] ||
		attr_length(table[IFLA_IFNAME]) > sizeof(link.name))
		return -EBADMSG;
	link.index = info.ifi_index;
	link.flags = info.ifi_flags;
	link.type = info.ifi_type;
	nlroute_text(table[IFLA_IFNAME], link.name, sizeof(link.name));
	if (table[IFLA_ADDRESS] && attr_length(table[IFLA_ADDRESS]) == MAC_LENGTH)
		memcpy(link.mac, attr_value(table[IFLA_ADDRESS]), MAC_LENGTH);
	link.master = (int)nlroute_u32(table[IFLA_MASTER], 0);
	link.lower = (int)nlroute_u32(table[IFLA_LINK], 0);
	link.lower_elsewhere = table[IFLA_LINK_NETNSID] != NULL;
	link.lower_namespace = (int)nlroute_u32(table[IFLA_LINK_NETNSID], UINT32_MAX);
	link.moved = link.gone && table[IFLA_NEW_NETNSID];
	r = take_kind(table[IFLA_LINKINFO], &link);
	if (r == 0)
		r = take_xdp(table[IFLA_XDP], &link);
	if (r == 0)
		r = take_switches(table[IFLA_AF_SPEC], &link);
	if (r == 0)
		*ret_link = link;
	return r;
}

/* Addresses ------------------------------------------------------------------------------------ */

static const enum attr_kind address_kinds[] = {
	[IFA_ADDRESS] = ATTR_BYTES,
	[IFA_LOCAL] = ATTR_BYTES,
};

int nlroute_address(const struct nlmsghdr *message, struct nlroute_address *ret_address)
{
	const struct nlattr *table[COUNT(address_kinds)];
	struct nlroute_address address = { .gone = message->nlmsg_type == RTM_DELADDR };
	struct ifaddrmsg info;
	int r = nlroute_open(message, RTM_NEWADDR, RTM_DELADDR, &info, sizeof(info), address_kinds,
		COUNT(table), table);

	if (r < 0)
		return r;
	if (info.ifa_family != AF_INET && info.ifa_family != AF_INET6)
		return -ENOMSG;
	/* Of a point-to-point link IFA_ADDRESS is the other end. */
	if (!nlroute_addr(table[table[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], info.ifa_family,
		    &address.local) ||
		info.ifa_prefixlen > addr_length(address.local.family) * 8)
		return -EBADMSG;
	address.index = (int)info.ifa_index;
	address.length = info.ifa_prefixlen;
	*ret_address = address;
	return 0;
}

/* Asking --------------------------------------------------------------------------------------- */

/* The size of the header that each kind of question has. */
static size_t header_of(uint16_t type)
{
	switch (type) {
	case RTM_GETLINK:
		return sizeof(struct ifinfomsg);
	case RTM_GETADDR:
		return sizeof(struct ifaddrmsg);
	case RTM_GETNETCONF:
		return sizeof(struct netconfmsg);
	case RTM_GETNSID:
		return sizeof(struct rtgenmsg);
	case RTM_GETNEIGH:
		return sizeof(struct ndmsg);
	case RTM_GETQDISC:
	case RTM_GETTCLASS:
	case RTM_GETTFILTER:
		return sizeof(struct tcmsg);
	default:
		return sizeof(struct rtmsg); /* of a rule's it is as long */
	}
}

static struct nlmsghdr *put_question(
	void *buffer, struct nlsock *socket, uint16_t type, void **ret_header)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = nlsock_next_sequence(socket);
	*ret_header = mnl_nlmsg_put_extra_header(request, header_of(type));
	return request;
}

int nlroute_dump(struct nlsock *socket, uint16_t type, nlsock_message callback, void *data)
{
	uint8_t buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	void *header;

	return nlsock_request(socket, put_question(buffer, socket, type, &header), callback, data);
}

int nlroute_dump_filters(
	struct nlsock *socket, int index, uint32_t parent, nlsock_message callback, void *data)
{
	uint8_t buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	void *header;
	struct nlmsghdr *request = put_question(buffer, socket, RTM_GETTFILTER, &header);
	struct tcmsg *filter = header;

	filter->tcm_ifindex = index;
	filter->tcm_parent = parent;
	return nlsock_request(socket, request, callback, data);
}

int nlroute_dump_classes(struct nlsock *socket, int index, nlsock_message callback, void *data)
{
	uint8_t buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	void *header;
	struct nlmsghdr *request = put_question(buffer, socket, RTM_GETTCLASS, &header);
	struct tcmsg *class = header;

	class->tcm_ifindex = index;
	return nlsock_request(socket, request, callback, data);
}

int nlroute_dump_proxies(struct nlsock *socket, nlsock_message callback, void *data)
{
	uint8_t buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	void *header;
	struct nlmsghdr *request = put_question(buffer, socket, RTM_GETNEIGH, &header);
	struct ndmsg *neighbour = header;

	neighbour->ndm_flags = NTF_PROXY;
	return nlsock_request(socket, request, callback, data);
}

int nlroute_dump_listened(struct nlsock *socket, nlsock_message callback, void *data)
{
	uint8_t buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	void *header;
	struct nlmsghdr *request = put_question(buffer, socket, RTM_GETNEIGH, &header);
	struct ndmsg *neighbour = header;

	neighbour->ndm_family = AF_BRIDGE;
	return nlsock_request(socket, request, callback, data);
}

int nlroute_dump_namespaces_of(
	struct nlsock *socket, int namespace, nlsock_message callback, void *data)
{
	uint8_t buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	void *header;
	struct nlmsghdr *request = put_question(buffer, socket, RTM_GETNSID, &header);

	mnl_attr_put_u32(request, NETNSA_TARGET_NSID, (uint32_t) namespace);
	return nlsock_request(socket, request, callback, data);
}

int nlroute_dump_links_of(struct nlsock *socket, int namespace, nlsock_message callback, void *data)
{
	uint8_t buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	void *header;
	struct nlmsghdr *request = put_question(buffer, socket, RTM_GETLINK, &header);

	mnl_attr_put_u32(request, IFLA_TARGET_NETNSID, (uint32_t) namespace);
	return nlsock_request(socket, request, callback, data);
}

int nlroute_ask_own_number(struct nlsock *socket, nlsock_message callback, void *data)
{
	uint8_t buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	void *header;
	struct nlmsghdr *request = put_question(buffer, socket, RTM_GETNSID, &header);

	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	mnl_attr_put_u32(request, NETNSA_PID, (uint32_t)getpid());
	return nlsock_request(socket, request, callback, data);
}

int nlroute_number_ourselves(struct nlsock *socket)
{
	uint8_t buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	void *header;
	struct nlmsghdr *request = put_question(buffer, socket, RTM_GETNSID, &header);
	int r;

	request->nlmsg_type = RTM_NEWNSID;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	mnl_attr_put_u32(request, NETNSA_PID, (uint32_t)getpid());
	mnl_attr_put_u32(request, NETNSA_NSID, UINT32_MAX);
	r = nlsock_request(socket, request, NULL, NULL);
	return r == -EEXIST ? 0 : r;
}
