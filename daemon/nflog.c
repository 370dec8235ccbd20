/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nflog.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/attr.h"

#define BUFFER_BYTES	(128u << 10) /* the kernel's messages are no longer (nlbufsiz) */
#define READ_AT_ONCE	64	     /* datagrams, of many packets each */
#define DEFAULT_RECEIVE (32 << 20)   /* bytes that may be queued, when the kernel does not say */

/* What each attribute that is looked at must be: its type, or its least length. */
static const struct {
	enum mnl_attr_data_type type;
	size_t length;
} attributes[NFULA_MAX + 1] = {
	[NFULA_MARK] = { MNL_TYPE_U32, 0 },
	[NFULA_TIMESTAMP] = { MNL_TYPE_UNSPEC, sizeof(struct nfulnl_msg_packet_timestamp) },
	[NFULA_IFINDEX_INDEV] = { MNL_TYPE_U32, 0 },
	[NFULA_IFINDEX_OUTDEV] = { MNL_TYPE_U32, 0 },
	[NFULA_HWADDR] = { MNL_TYPE_UNSPEC, sizeof(struct nfulnl_msg_packet_hw) },
	[NFULA_PAYLOAD] = { MNL_TYPE_BINARY, 0 },
	[NFULA_PREFIX] = { MNL_TYPE_NUL_STRING, 0 },
};

static bool attribute_valid(const struct nlattr *attribute, uint16_t type)
{
	if (attributes[type].length)
		return mnl_attr_get_payload_len(attribute) >= attributes[type].length;
	return mnl_attr_validate(attribute, attributes[type].type) >= 0;
}

/* The first of each type; what is not looked at or not valid is passed over. */
static int take_attribute(const struct nlattr *attribute, void *data)
{
	const struct nlattr **found = data;
	uint16_t type = mnl_attr_get_type(attribute);
	if (type > NFULA_MAX ||
		(attributes[type].type == MNL_TYPE_UNSPEC && !attributes[type].length))
		return MNL_CB_OK;
	if (!found[type] && attribute_valid(attribute, type))
		found[type] = attribute;
	return MNL_CB_OK;
}

static uint32_t number(const struct nlattr *attribute)
{
	return attribute ? ntohl(mnl_attr_get_u32(attribute)) : 0;
}

static void take_time(const struct nlattr *attribute, struct nflog_packet *packet)
{
	struct nfulnl_msg_packet_timestamp stamp;
	memcpy(&stamp, mnl_attr_get_payload(attribute), sizeof(stamp));
	uint64_t seconds = be64toh(stamp.sec), micros = be64toh(stamp.usec);
	if (seconds > INT64_MAX / 1000000000 - 1 || micros >= 1000000)
		return;
	packet->has_time = true;
	packet->time = (int64_t)(seconds * 1000000000 + micros * 1000);
}

static void take_mac(const struct nlattr *attribute, struct nflog_packet *packet)
{
	struct nfulnl_msg_packet_hw hardware;
	memcpy(&hardware, mnl_attr_get_payload(attribute), sizeof(hardware));
	if (ntohs(hardware.hw_addrlen) != MAC_LENGTH)
		return;
	packet->has_mac = true;
	memcpy(packet->mac, hardware.hw_addr, MAC_LENGTH);
}

int nflog_parse(const struct nlmsghdr *message, struct nflog_packet *ret_packet)
{
	const struct nlattr *found[NFULA_MAX + 1] = { 0 };
	struct nflog_packet packet = { 0 };
	if (message->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) ||
		mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg) ||
		mnl_attr_parse(message, sizeof(struct nfgenmsg), take_attribute, found) < 0)
		return -EINVAL;
	const struct nlattr *payload = found[NFULA_PAYLOAD];
	if (!payload || !found[NFULA_PREFIX] || !found[NFULA_MARK])
		return -EINVAL;
	int r = flow_packet_parse(mnl_attr_get_payload(payload), mnl_attr_get_payload_len(payload),
		number(found[NFULA_MARK]), &packet.flow);
	if (r < 0)
		return r;
	packet.bytes = mnl_attr_get_payload(payload);
	packet.captured = mnl_attr_get_payload_len(payload);
	packet.prefix = mnl_attr_get_str(found[NFULA_PREFIX]);
	packet.index_in = number(found[NFULA_IFINDEX_INDEV]);
	packet.index_out = number(found[NFULA_IFINDEX_OUTDEV]);
	if (found[NFULA_TIMESTAMP])
		take_time(found[NFULA_TIMESTAMP], &packet);
	if (found[NFULA_HWADDR])
		take_mac(found[NFULA_HWADDR], &packet);
	*ret_packet = packet;
	return 0;
}

struct nflog {
	int fd;
	nflog_function function;
	void *data;
	struct nflog_findings findings;
	union {
		struct nlmsghdr align;
		uint8_t bytes[BUFFER_BYTES];
	} buffer;
};

int nflog_new(int fd, nflog_function function, void *data, struct nflog **ret_nflog)
{
	struct nflog *nflog = calloc(1, sizeof(*nflog));
	if (!nflog)
		return -ENOMEM;
	nflog->fd = fd;
	nflog->function = function;
	nflog->data = data;
	*ret_nflog = nflog;
	return 0;
}

void nflog_free(struct nflog *nflog)
{
	if (!nflog)
		return;
	close(nflog->fd);
	free(nflog);
}

int nflog_fd(const struct nflog *nflog)
{
	return nflog->fd;
}

struct nflog_findings nflog_take_findings(struct nflog *nflog)
{
	struct nflog_findings findings = nflog->findings;
	nflog->findings = (struct nflog_findings){ 0 };
	return findings;
}

static void take_messages(struct nflog *nflog, size_t length)
{
	const struct nlmsghdr *message = &nflog->buffer.align;
	int left = (int)length;
	for (; attrs_message_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		struct nflog_packet packet;
		/* The end of a datagram of several packets, and answers to its configuration. */
		if (message->nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		if (nflog_parse(message, &packet) < 0)
			nflog->findings.malformed++;
		else
			nflog->function(&packet, nflog->data);
	}
	if (left > 0)
		nflog->findings.malformed++;
}

/* One datagram. Its length; 0 when there is none; or negative errno. */
static ssize_t receive(struct nflog *nflog)
{
	struct sockaddr_nl from = { 0 };
	struct iovec part = { .iov_base = nflog->buffer.bytes, .iov_len = BUFFER_BYTES };
	struct msghdr datagram = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	for (;;) {
		ssize_t length = recvmsg(nflog->fd, &datagram, MSG_DONTWAIT);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno == ENOBUFS) {
			nflog->findings.overruns++;
			return 1;
		}
		if (length < 0)
			return errno == EAGAIN ? 0 : -errno;
		/* Only the kernel has port 0. */
		if (datagram.msg_namelen != sizeof(from) || from.nl_pid != 0 ||
			datagram.msg_flags & MSG_TRUNC)
			nflog->findings.malformed++;
		else
			take_messages(nflog, (size_t)length);
		return length > 0 ? length : 1;
	}
}

int nflog_read(struct nflog *nflog)
{
	ssize_t r = 1;
	for (unsigned int i = 0; i < READ_AT_ONCE && r > 0; i++)
		r = receive(nflog);
	return r < 0 ? (int)r : 0;
}

int nflog_drain(struct nflog *nflog)
{
	/* No more bytes than its buffer holds can have been queued: what comes after them came
	 * later. Without this end a flood would never let us go. */
	int64_t queued = 0;
	int room = DEFAULT_RECEIVE;
	socklen_t size = sizeof(room);
	(void)getsockopt(nflog->fd, SOL_SOCKET, SO_RCVBUF, &room, &size);
	ssize_t r = 1;
	while (r > 0 && queued <= room) {
		r = receive(nflog);
		queued += r;
	}
	return r < 0 ? (int)r : 0;
}
