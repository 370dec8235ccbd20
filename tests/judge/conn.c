/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The router's table of connections: emptied, and entries put into it. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"

#define LIFETIME 600 /* seconds */

static struct mnl_socket *netlink;
static unsigned int sequence;

void conn_open(void)
{
	netlink = mnl_socket_open(NETLINK_NETFILTER);
	if (!netlink || mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("netlink: %s", strerror(errno));
}

static struct nlmsghdr *begin(void *buffer, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *header;

	message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	message->nlmsg_seq = ++sequence;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->nfgen_family = family;
	header->version = NFNETLINK_V0;
	return message;
}

/* False: it is there already. */
static bool ask(const struct nlmsghdr *message, const char *what)
{
	char answer[8192];
	ssize_t length;

	if (mnl_socket_sendto(netlink, message, message->nlmsg_len) < 0)
		fail("%s: %s", what, strerror(errno));
	length = mnl_socket_recvfrom(netlink, answer, sizeof(answer));
	if (length >= 0 && mnl_cb_run(answer, (size_t)length, sequence,
				   mnl_socket_get_portid(netlink), NULL, NULL) >= 0)
		return true;
	if (errno != EEXIST)
		fail("%s: %s", what, strerror(errno));
	return false;
}

void conn_flush(void)
{
	char buffer[256];

	ask(begin(buffer, IPCTNL_MSG_CT_DELETE, 0, AF_UNSPEC), "emptying the table of connections");
}

static uint8_t answer_type(enum pkt_world world, uint8_t type)
{
	if (world == PKT_IPV6)
		return (uint8_t)(type + 1); /* echo, node information */
	return type == 8 ? 0 : (uint8_t)(type + 1);
}

static void put_ports(
	struct nlmsghdr *message, const struct conn *conn, bool answer, uint8_t protocol)
{
	bool six = conn->world == PKT_IPV6;

	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_GRE) {
		mnl_attr_put_u16(
			message, CTA_PROTO_SRC_PORT, htons(answer ? conn->dport : conn->sport));
		mnl_attr_put_u16(
			message, CTA_PROTO_DST_PORT, htons(answer ? conn->sport : conn->dport));
	} else if (protocol == (six ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
		uint8_t type = (uint8_t)(conn->dport >> 8);

		mnl_attr_put_u16(
			message, six ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID, htons(conn->sport));
		mnl_attr_put_u8(message, six ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE,
			answer ? answer_type(conn->world, type) : type);
		mnl_attr_put_u8(message, six ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE,
			(uint8_t)conn->dport);
	}
}

static void put_tuple(struct nlmsghdr *message, uint16_t type, const struct conn *conn, bool answer)
{
	bool six = conn->world == PKT_IPV6;
	size_t length = six ? 16 : 4;
	struct nlattr *tuple = mnl_attr_nest_start(message, type);
	struct nlattr *part = mnl_attr_nest_start(message, CTA_TUPLE_IP);

	mnl_attr_put(message, six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, length,
		answer ? conn->destination : conn->source);
	mnl_attr_put(message, six ? CTA_IP_V6_DST : CTA_IP_V4_DST, length,
		answer ? conn->source : conn->destination);
	mnl_attr_nest_end(message, part);
	part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(message, CTA_PROTO_NUM, conn->protocol);
	put_ports(message, conn, answer, conn->protocol);
	mnl_attr_nest_end(message, part);
	mnl_attr_nest_end(message, tuple);
}

/* The connection that all expected ones belong to. */
static struct conn master_of(enum pkt_world world)
{
	struct conn master = { .world = world, .protocol = IPPROTO_UDP, .sport = 9, .dport = 9 };

	memset(master.source, world == PKT_IPV6 ? 0xfc : 10, 16);
	memset(master.destination, world == PKT_IPV6 ? 0xfd : 11, 16);
	return master;
}

static void put_protocol(struct nlmsghdr *message)
{
	struct nlattr *info = mnl_attr_nest_start(message, CTA_PROTOINFO);
	struct nlattr *tcp = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);

	mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
	mnl_attr_nest_end(message, tcp);
	mnl_attr_nest_end(message, info);
}

/* The kernel makes the answers' addresses of it. */
static void put_translation(struct nlmsghdr *message, const struct conn *conn)
{
	bool six = conn->world == PKT_IPV6;
	struct nlattr *nat = mnl_attr_nest_start(message, CTA_NAT_SRC);

	mnl_attr_put(message, six ? CTA_NAT_V6_MINIP : CTA_NAT_V4_MINIP, six ? 16 : 4,
		conn->translation);
	mnl_attr_put(message, six ? CTA_NAT_V6_MAXIP : CTA_NAT_V4_MAXIP, six ? 16 : 4,
		conn->translation);
	mnl_attr_nest_end(message, nat);
}

static bool add(const struct conn *conn, uint16_t exclusive)
{
	uint32_t status = IPS_CONFIRMED | (conn->replied ? IPS_SEEN_REPLY | IPS_ASSURED : 0);
	struct conn master = master_of(conn->world);
	char buffer[1024], what[80];
	struct nlmsghdr *message = begin(buffer, IPCTNL_MSG_CT_NEW, NLM_F_CREATE | exclusive,
		conn->world == PKT_IPV6 ? AF_INET6 : AF_INET);

	put_tuple(message, CTA_TUPLE_ORIG, conn, false);
	put_tuple(message, CTA_TUPLE_REPLY, conn, true);
	if (conn->expected)
		put_tuple(message, CTA_TUPLE_MASTER, &master, false);
	mnl_attr_put_u32(message, CTA_STATUS, htonl(status));
	mnl_attr_put_u32(message, CTA_TIMEOUT, htonl(LIFETIME));
	if (conn->mark)
		mnl_attr_put_u32(message, CTA_MARK, htonl(conn->mark));
	if (conn->translated)
		put_translation(message, conn);
	if (conn->protocol == IPPROTO_TCP)
		put_protocol(message);
	snprintf(what, sizeof(what), "adding a connection of protocol %u, %u > %u%s%s",
		conn->protocol, conn->sport, conn->dport, conn->replied ? ", replied" : "",
		conn->expected ? ", expected" : "");
	return ask(message, what);
}

bool conn_add(const struct conn *conn)
{
	struct conn master = master_of(conn->world);

	if (conn->expected)
		add(&master, 0);
	return add(conn, NLM_F_EXCL);
}
