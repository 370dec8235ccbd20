/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostnet.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../lib/nlroute.h"

#define MESSAGE_BYTES 32768

/* Which index has which name: routes tell of indexes only. */
struct reader {
	struct setup *setup;
	int *indexes; /* of setup->interfaces; owned */
	int error;    /* negative errno of a callback */
};

/* Attributes by type, of those that are known. */
struct attributes {
	const struct nlattr *list[RTA_MAX + 1];
};

static int collect(const struct nlattr *attribute, void *data)
{
	struct attributes *attributes = data;
	uint16_t type = mnl_attr_get_type(attribute);

	if (type <= RTA_MAX)
		attributes->list[type] = attribute;
	return MNL_CB_OK;
}

static int stop(struct reader *reader, int error)
{
	reader->error = error;
	return MNL_CB_ERROR;
}

static struct setup_interface *find_index(const struct reader *reader, int index)
{
	for (size_t i = 0; i < reader->setup->interface_count; i++)
		if (reader->indexes[i] == index)
			return &reader->setup->interfaces[i];
	return NULL;
}

/* An address of the family; false when the attribute is not there or too short. */
static bool take_address(const struct nlattr *attribute, int family, struct addr *ret_addr)
{
	struct addr addr = { .family = family == AF_INET ? ADDR_IPV4 : ADDR_IPV6 };
	size_t length = addr_length(addr.family);

	if (!attribute || mnl_attr_get_payload_len(attribute) < length)
		return false;
	memcpy(addr.bytes, mnl_attr_get_payload(attribute), length);
	*ret_addr = addr;
	return true;
}

/* The prefix of so many bits that holds the address. */
static struct addr_prefix prefix_of(const struct addr *addr, unsigned int length)
{
	unsigned int bits = (unsigned int)addr_length(addr->family) * 8;
	struct addr_prefix prefix = { .addr = *addr, .length = length < bits ? length : bits };

	for (unsigned int i = prefix.length; i < bits; i++)
		prefix.addr.bytes[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	return prefix;
}

/* The body of a message of this type; NULL for another, or one that is too short for it. */
static const void *body_of(const struct nlmsghdr *header, uint16_t type, size_t size)
{
	return header->nlmsg_type == type && mnl_nlmsg_get_payload_len(header) >= size
		       ? mnl_nlmsg_get_payload(header)
		       : NULL;
}

/* Links ---------------------------------------------------------------------------------------- */

static int on_link(const struct nlmsghdr *header, void *data)
{
	struct reader *reader = data;
	struct nlroute_link link;
	int *indexes;

	if (nlroute_link(header, &link) < 0 || link.gone || link.flags & IFF_LOOPBACK)
		return MNL_CB_OK;
	indexes =
		reallocarray(reader->indexes, reader->setup->interface_count + 1, sizeof(*indexes));
	if (!indexes)
		return stop(reader, -ENOMEM);
	reader->indexes = indexes;
	indexes[reader->setup->interface_count] = link.index;
	if (!setup_add_interface(reader->setup, link.name, link.flags & IFF_UP))
		return stop(reader,
			reader->setup->interface_count >= SETUP_INTERFACES_MAX ? -E2BIG : -ENOMEM);
	return MNL_CB_OK;
}

/* Addresses ------------------------------------------------------------------------------------ */

static int on_address(const struct nlmsghdr *header, void *data)
{
	const struct ifaddrmsg *info = body_of(header, RTM_NEWADDR, sizeof(*info));
	struct reader *reader = data;
	struct setup_interface *interface;
	struct attributes attributes = { { NULL } };
	struct addr_prefix prefix;
	struct addr addr;

	if (!info)
		return MNL_CB_OK;
	interface = find_index(reader, (int)info->ifa_index);
	mnl_attr_parse(header, sizeof(*info), collect, &attributes);
	/* Of a point-to-point link IFA_ADDRESS is the other end. */
	if (!interface || (info->ifa_family != AF_INET && info->ifa_family != AF_INET6) ||
		!take_address(attributes.list[IFA_ADDRESS], info->ifa_family, &addr))
		return MNL_CB_OK;
	prefix = prefix_of(&addr, info->ifa_prefixlen);
	if (setup_add_network(interface, &prefix) < 0)
		return stop(reader, -ENOMEM);
	return MNL_CB_OK;
}

/* Routes --------------------------------------------------------------------------------------- */

static int add_route(struct reader *reader, int index, const struct setup_route *route)
{
	struct setup_interface *interface = find_index(reader, index);

	if (!interface)
		return MNL_CB_OK;
	/* The way to a network of the interface itself. */
	for (size_t i = 0; i < interface->network_count; i++)
		if (addr_prefix_same(&interface->networks[i], &route->prefix))
			return MNL_CB_OK;
	return setup_add_route(interface, route) < 0 ? stop(reader, -ENOMEM) : MNL_CB_OK;
}

static int add_hops(
	struct reader *reader, const struct nlattr *attribute, const struct setup_route *route)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attribute);
	int left = mnl_attr_get_payload_len(attribute);

	while (left >= (int)sizeof(*hop) && RTNH_OK(hop, left)) {
		if (add_route(reader, hop->rtnh_ifindex, route) != MNL_CB_OK)
			return MNL_CB_ERROR;
		left -= (int)RTNH_ALIGN(hop->rtnh_len);
		hop = (const void *)((const char *)hop + RTNH_ALIGN(hop->rtnh_len));
	}
	return MNL_CB_OK;
}

static uint32_t number(const struct nlattr *attribute, uint32_t otherwise)
{
	if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
		return otherwise;
	return mnl_attr_get_u32(attribute);
}

static int on_route(const struct nlmsghdr *header, void *data)
{
	const struct rtmsg *info = body_of(header, RTM_NEWROUTE, sizeof(*info));
	struct reader *reader = data;
	struct attributes attributes = { { NULL } };
	struct setup_route route = { 0 };
	struct addr addr = { 0 };

	if (!info)
		return MNL_CB_OK;
	mnl_attr_parse(header, sizeof(*info), collect, &attributes);
	if (info->rtm_type != RTN_UNICAST ||
		(info->rtm_family != AF_INET && info->rtm_family != AF_INET6) ||
		number(attributes.list[RTA_TABLE], info->rtm_table) != RT_TABLE_MAIN)
		return MNL_CB_OK;
	/* The default route has no destination. */
	addr.family = info->rtm_family == AF_INET ? ADDR_IPV4 : ADDR_IPV6;
	if (info->rtm_dst_len > 0 &&
		!take_address(attributes.list[RTA_DST], info->rtm_family, &addr))
		return MNL_CB_OK;
	route.prefix = prefix_of(&addr, info->rtm_dst_len);
	route.metric = number(attributes.list[RTA_PRIORITY], 0);
	if (attributes.list[RTA_MULTIPATH])
		return add_hops(reader, attributes.list[RTA_MULTIPATH], &route);
	return add_route(reader, (int)number(attributes.list[RTA_OIF], 0), &route);
}

/* Asking --------------------------------------------------------------------------------------- */

static int receive(struct mnl_socket *socket, mnl_cb_t function, struct reader *reader)
{
	unsigned int port = mnl_socket_get_portid(socket);
	char *buffer = malloc(MESSAGE_BYTES);
	int r = buffer ? MNL_CB_OK : -ENOMEM;

	while (r > MNL_CB_STOP) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, MESSAGE_BYTES);

		r = length < 0 ? MNL_CB_ERROR
			       : mnl_cb_run(buffer, (size_t)length, 0, port, function, reader);
		if (r == MNL_CB_ERROR)
			r = reader->error < 0 ? reader->error : -errno;
	}
	free(buffer);
	return r;
}

static int dump(struct reader *reader, uint16_t type, mnl_cb_t function)
{
	char buffer[NLMSG_LENGTH(sizeof(struct rtmsg)) + NLMSG_ALIGNTO] = { 0 };
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int r;

	if (!socket)
		return -errno;
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(header, sizeof(struct rtgenmsg));
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
		mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		r = -errno;
	else
		r = receive(socket, function, reader);
	mnl_socket_close(socket);
	return r;
}

/* An interface may go between the dumps; what then is told of it is passed over. */
int hostnet_read(struct setup *setup)
{
	static const struct {
		uint16_t type;
		mnl_cb_t function;
	} dumps[] = {
		{ RTM_GETLINK, on_link },
		{ RTM_GETADDR, on_address },
		{ RTM_GETROUTE, on_route },
	};
	struct reader reader = { .setup = setup };
	int r = 0;

	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]) && r == 0; i++)
		r = dump(&reader, dumps[i].type, dumps[i].function);
	free(reader.indexes);
	return r;
}
