/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has protocols of netlink of its own: policies and states of IPsec, sockets that see or send
 * frames. See nlhost.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attr.h"
#include "nlhost_impl.h"

#define REQUEST_ROOM 64
#define VALUE_MAX    4096 /* of a filter of 255 instructions, in digits */

/* Ask for all of a kind, with a body that may be empty. */
static int dump(struct nlsock *socket, uint16_t type, const void *body, size_t length,
	nlsock_message callback, void *data)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[REQUEST_ROOM] = { 0 };
	struct nlmsghdr *request = (void *)buffer;

	request->nlmsg_len = (uint32_t)NLMSG_LENGTH(length);
	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = nlsock_next_sequence(socket);
	memcpy(NLMSG_DATA(request), body, length);
	return nlsock_request(socket, request, callback, data);
}

/* The body of a message, copied; false: it is of another kind, or too short. */
static bool get_body(const struct nlmsghdr *message, uint16_t type, void *body, size_t length)
{
	if (message->nlmsg_type != type || message->nlmsg_len < NLMSG_HDRLEN + length)
		return false;
	memcpy(body, (const uint8_t *)message + NLMSG_HDRLEN, length);
	return true;
}

/* IPsec ---------------------------------------------------------------------------------------- */

static void format_address(uint16_t family, const xfrm_address_t *address, char text[64])
{
	enum addr_family known = family == AF_INET6 ? ADDR_IPV6 : ADDR_IPV4;

	addr_format(known, (const uint8_t *)address, text);
}

static int take_policy(const struct xfrm_userpolicy_info *policy, struct hostsnap *snap)
{
	static const char *const directions[] = { "in", "out", "fwd" };
	char source[64], destination[64], value[192];

	format_address(policy->sel.family, &policy->sel.saddr, source);
	format_address(policy->sel.family, &policy->sel.daddr, destination);
	snprintf(value, sizeof(value), "%s %s/%u > %s/%u %s",
		policy->dir < 3 ? directions[policy->dir] : "socket", source,
		policy->sel.prefixlen_s, destination, policy->sel.prefixlen_d,
		policy->action == XFRM_POLICY_BLOCK ? "block" : "allow");
	return hostsnap_add(snap, HOSTSNAP_XFRM, "", "policy", value);
}

static int take_state(const struct xfrm_usersa_info *state, struct hostsnap *snap)
{
	char source[64], destination[64], value[192];

	format_address(state->family, &state->saddr, source);
	format_address(state->family, &state->id.daddr, destination);
	snprintf(value, sizeof(value), "%u %s > %s %s", state->id.proto, source, destination,
		state->mode == XFRM_MODE_TUNNEL ? "tunnel" : "other");
	return hostsnap_add(snap, HOSTSNAP_XFRM, "", "state", value);
}

int nlhost_take_xfrm(const struct nlmsghdr *message, struct hostsnap *snap)
{
	struct xfrm_userpolicy_info policy;
	struct xfrm_usersa_info state;

	if (get_body(message, XFRM_MSG_NEWPOLICY, &policy, sizeof(policy)))
		return take_policy(&policy, snap);
	if (get_body(message, XFRM_MSG_NEWSA, &state, sizeof(state)))
		return take_state(&state, snap);
	return -EBADMSG;
}

static int on_xfrm(const struct nlmsghdr *message, void *data)
{
	return nlhost_take_xfrm(message, data);
}

int nlhost_xfrm(struct nlhost *host)
{
	struct nlsock *socket;
	int r = nlsock_open_protocol(NETLINK_XFRM, &socket);

	/* Neither of the two interfaces by which policies are made. */
	if (r == -EPROTONOSUPPORT && access("/proc/net", R_OK) == 0 &&
		access("/proc/net/pfkey", F_OK) < 0 && errno == ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = dump(socket, XFRM_MSG_GETPOLICY, "", 0, on_xfrm, host->snap);
	if (r == 0)
		r = dump(socket, XFRM_MSG_GETSA, "", 0, on_xfrm, host->snap);
	nlsock_close(socket);
	return r;
}

/* Packet sockets ------------------------------------------------------------------------------- */

static void put_digits(const void *bytes, size_t length, char *text, size_t size)
{
	const uint8_t *next = bytes;

	text[0] = '\0';
	for (size_t i = 0; i < length && 2 * i + 2 < size; i++)
		snprintf(text + 2 * i, 3, "%02x", next[i]);
}

/* The filter stands in the value as digits, as struct sock_filter; "" without one. */
int nlhost_take_packet(const struct nlmsghdr *message, struct hostsnap *snap)
{
	struct packet_diag_msg packet;
	struct packet_diag_info info = { 0 };
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(packet));
	char name[IFNAMSIZ], protocol[16], value[VALUE_MAX + 64], filter[VALUE_MAX] = "";
	const struct nlattr *attr;

	if (!get_body(message, SOCK_DIAG_BY_FAMILY, &packet, sizeof(packet)) ||
		packet.pdiag_family != AF_PACKET)
		return -EBADMSG;
	struct attrs attrs = { (const uint8_t *)message + skip, 0 };

	if (message->nlmsg_len > skip)
		attrs.left = message->nlmsg_len - skip;
	while ((attr = attrs_next(&attrs)) != NULL) {
		if (attr_type(attr) == PACKET_DIAG_INFO && attr_length(attr) >= sizeof(info))
			memcpy(&info, attr_value(attr), sizeof(info));
		if (attr_type(attr) == PACKET_DIAG_FILTER)
			put_digits(attr_value(attr), attr_length(attr), filter, sizeof(filter));
	}
	if (attrs.left)
		return -EBADMSG;
	snprintf(protocol, sizeof(protocol), "0x%04x", packet.pdiag_num);
	snprintf(value, sizeof(value), "%s inode %u%s%s",
		packet.pdiag_type == SOCK_DGRAM ? "dgram" : "raw", packet.pdiag_ino,
		filter[0] ? " filter " : "", filter);
	return hostsnap_add(snap, HOSTSNAP_PACKETS, nlhost_name(snap, (int)info.pdi_index, name),
		protocol, value);
}

static int on_packet(const struct nlmsghdr *message, void *data)
{
	return nlhost_take_packet(message, data);
}

/* A kernel that does not tell of them by netlink has a list of them; without their filters. */
int nlhost_packets(struct nlhost *host)
{
	const struct packet_diag_req request = { .sdiag_family = AF_PACKET,
		.pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_FILTER };
	struct nlsock *socket;
	int r = nlsock_open_protocol(NETLINK_SOCK_DIAG, &socket);

	if (r < 0)
		return r;
	r = dump(socket, SOCK_DIAG_BY_FAMILY, &request, sizeof(request), on_packet, host->snap);
	nlsock_close(socket);
	return r;
}
