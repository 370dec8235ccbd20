/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nlconntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "attr.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MESSAGE_ROOM 512 /* of a deletion: headers, a tuple of IPv6 addresses, zone and id */

/* Reading -------------------------------------------------------------------------------------- */

static const enum attr_kind entry_kinds[] = {
	[CTA_TUPLE_ORIG] = ATTR_NEST,
	[CTA_TUPLE_REPLY] = ATTR_NEST,
	[CTA_MARK] = ATTR_U32,
	[CTA_ID] = ATTR_U32,
	[CTA_ZONE] = ATTR_U16,
};
static const enum attr_kind tuple_kinds[] = {
	[CTA_TUPLE_IP] = ATTR_NEST,
	[CTA_TUPLE_PROTO] = ATTR_NEST,
	[CTA_TUPLE_ZONE] = ATTR_U16,
};
static const enum attr_kind address_kinds[] = {
	[CTA_IP_V4_SRC] = ATTR_BYTES,
	[CTA_IP_V4_DST] = ATTR_BYTES,
	[CTA_IP_V6_SRC] = ATTR_BYTES,
	[CTA_IP_V6_DST] = ATTR_BYTES,
};
static const enum attr_kind protocol_kinds[] = {
	[CTA_PROTO_NUM] = ATTR_BYTES,
	[CTA_PROTO_SRC_PORT] = ATTR_U16,
	[CTA_PROTO_DST_PORT] = ATTR_U16,
	[CTA_PROTO_ICMP_ID] = ATTR_U16,
	[CTA_PROTO_ICMP_TYPE] = ATTR_BYTES,
	[CTA_PROTO_ICMP_CODE] = ATTR_BYTES,
	[CTA_PROTO_ICMPV6_ID] = ATTR_U16,
	[CTA_PROTO_ICMPV6_TYPE] = ATTR_BYTES,
	[CTA_PROTO_ICMPV6_CODE] = ATTR_BYTES,
};

/* Later kernels tell more than is known here: that is no fault. */
static int parse_known(struct attrs attrs, const enum attr_kind *kinds, unsigned int count,
	const struct nlattr **ret_table)
{
	int r = attrs_parse(attrs, kinds, count, ret_table);

	return r == -EOPNOTSUPP ? 0 : r;
}

static bool take_address(const struct nlattr *attr, enum addr_family family, uint8_t bytes[16])
{
	if (!attr || attr_length(attr) != addr_length(family))
		return false;
	memset(bytes, 0, 16);
	memcpy(bytes, attr_value(attr), addr_length(family));
	return true;
}

static int take_addresses(const struct nlattr *nest, enum addr_family family, uint8_t source[16],
	uint8_t destination[16])
{
	const struct nlattr *table[COUNT(address_kinds)];
	bool six = family == ADDR_IPV6;
	int r = nest ? parse_known(attrs_of_nest(nest), address_kinds, COUNT(table), table)
		     : -EBADMSG;

	if (r < 0)
		return r;
	return take_address(table[six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC], family, source) &&
			       take_address(table[six ? CTA_IP_V6_DST : CTA_IP_V4_DST], family,
				       destination)
		       ? 0
		       : -EBADMSG;
}

static bool take_byte(const struct nlattr *attr, uint8_t *ret_byte)
{
	if (!attr || attr_length(attr) != 1)
		return false;
	*ret_byte = *(const uint8_t *)attr_value(attr);
	return true;
}

/* What the protocol adds to the addresses: all of its parts, or none. */
static int take_protocol(const struct nlattr *nest, struct conntrack_entry *entry)
{
	const struct nlattr *table[COUNT(protocol_kinds)];
	int r = nest ? parse_known(attrs_of_nest(nest), protocol_kinds, COUNT(table), table)
		     : -EBADMSG;

	if (r < 0)
		return r;
	if (!take_byte(table[CTA_PROTO_NUM], &entry->protocol))
		return -EBADMSG;
	bool six = entry->protocol == IPPROTO_ICMPV6;
	const struct nlattr *id = table[six ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID];

	entry->has_ports = table[CTA_PROTO_SRC_PORT] && table[CTA_PROTO_DST_PORT];
	entry->sport = attr_u16(entry->has_ports ? table[CTA_PROTO_SRC_PORT] : NULL, 0);
	entry->dport = attr_u16(entry->has_ports ? table[CTA_PROTO_DST_PORT] : NULL, 0);
	entry->icmp_id = attr_u16(id, 0);
	entry->has_icmp = id &&
			  take_byte(table[six ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE],
				  &entry->icmp_type) &&
			  take_byte(table[six ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE],
				  &entry->icmp_code);
	if ((entry->protocol == IPPROTO_TCP || entry->protocol == IPPROTO_UDP) && !entry->has_ports)
		return -EBADMSG;
	return 0;
}

static int take_tuple(const struct nlattr *nest, bool first, struct conntrack_entry *entry)
{
	const struct nlattr *table[COUNT(tuple_kinds)];
	int r = nest ? parse_known(attrs_of_nest(nest), tuple_kinds, COUNT(table), table)
		     : -EBADMSG;

	if (r < 0)
		return r;
	if (!first)
		return take_addresses(table[CTA_TUPLE_IP], entry->family, entry->reply_source,
			entry->reply_destination);
	entry->tuple_zone = attr_u16(table[CTA_TUPLE_ZONE], 0);
	r = take_addresses(table[CTA_TUPLE_IP], entry->family, entry->source, entry->destination);
	return r < 0 ? r : take_protocol(table[CTA_TUPLE_PROTO], entry);
}

int conntrack_parse(const struct nlmsghdr *message, struct conntrack_entry *ret_entry)
{
	const struct nlattr *table[COUNT(entry_kinds)];
	struct conntrack_entry entry = { 0 };
	struct nfgenmsg header;
	int r;

	if (message->nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW) ||
		message->nlmsg_len < NLMSG_HDRLEN + sizeof(header))
		return -ENOMSG;
	memcpy(&header, (const uint8_t *)message + NLMSG_HDRLEN, sizeof(header));
	if (header.nfgen_family != AF_INET && header.nfgen_family != AF_INET6)
		return -ENOMSG;
	entry.family = header.nfgen_family == AF_INET ? ADDR_IPV4 : ADDR_IPV6;
	r = parse_known(attrs_of_message(message), entry_kinds, COUNT(table), table);
	if (r == 0)
		r = take_tuple(table[CTA_TUPLE_ORIG], true, &entry);
	if (r == 0)
		r = take_tuple(table[CTA_TUPLE_REPLY], false, &entry);
	if (r < 0)
		return r;
	entry.mark = attr_u32(table[CTA_MARK], 0);
	entry.has_id = table[CTA_ID] != NULL;
	entry.id = attr_u32(table[CTA_ID], 0);
	entry.zone = attr_u16(table[CTA_ZONE], 0);
	*ret_entry = entry;
	return 0;
}

/* Asking --------------------------------------------------------------------------------------- */

static struct nlmsghdr *put_header(
	void *buffer, struct nlsock *socket, unsigned int type, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *header;

	request->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	request->nlmsg_seq = nlsock_next_sequence(socket);
	header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	header->nfgen_family = family;
	header->version = NFNETLINK_V0;
	header->res_id = 0;
	return request;
}

int conntrack_begin(struct nlsock *socket, nlsock_message callback, void *data,
	struct nlsock_answer *ret_answer)
{
	uint8_t buffer[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *request =
		put_header(buffer, socket, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC);

	return nlsock_begin(socket, request, callback, data, ret_answer);
}

static void put_tuple(struct nlmsghdr *request, const struct conntrack_entry *entry)
{
	bool six = entry->family == ADDR_IPV6, icmp6 = entry->protocol == IPPROTO_ICMPV6;
	size_t length = addr_length(entry->family);
	struct nlattr *tuple = mnl_attr_nest_start(request, CTA_TUPLE_ORIG);
	struct nlattr *nest = mnl_attr_nest_start(request, CTA_TUPLE_IP);

	mnl_attr_put(request, six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, length, entry->source);
	mnl_attr_put(request, six ? CTA_IP_V6_DST : CTA_IP_V4_DST, length, entry->destination);
	mnl_attr_nest_end(request, nest);
	nest = mnl_attr_nest_start(request, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(request, CTA_PROTO_NUM, entry->protocol);
	if (entry->has_ports) {
		mnl_attr_put_u16(request, CTA_PROTO_SRC_PORT, htons(entry->sport));
		mnl_attr_put_u16(request, CTA_PROTO_DST_PORT, htons(entry->dport));
	}
	if (entry->has_icmp) {
		mnl_attr_put_u16(request, icmp6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID,
			htons(entry->icmp_id));
		mnl_attr_put_u8(request, icmp6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE,
			entry->icmp_type);
		mnl_attr_put_u8(request, icmp6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE,
			entry->icmp_code);
	}
	mnl_attr_nest_end(request, nest);
	if (entry->tuple_zone)
		mnl_attr_put_u16(request, CTA_TUPLE_ZONE, htons(entry->tuple_zone));
	mnl_attr_nest_end(request, tuple);
}

int conntrack_delete(struct nlsock *socket, const struct conntrack_entry *entry)
{
	uint8_t buffer[MESSAGE_ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = put_header(buffer, socket, IPCTNL_MSG_CT_DELETE, NLM_F_ACK,
		entry->family == ADDR_IPV6 ? AF_INET6 : AF_INET);

	put_tuple(request, entry);
	if (entry->zone)
		mnl_attr_put_u16(request, CTA_ZONE, htons(entry->zone));
	if (entry->has_id)
		mnl_attr_put_u32(request, CTA_ID, htonl(entry->id));
	return nlsock_request(socket, request, NULL, NULL);
}
