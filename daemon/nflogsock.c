/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nflogsock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/capability.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../lib/attr.h"
#include "sandbox.h"

#define PACKET_BYTES   1500  /* at most: each rule's snaplen says how many */
#define MESSAGE_BYTES  32768 /* of the kernel's buffer for one netlink message */
#define PACKETS	       64    /* collected before a message is sent */
#define CENTISECONDS   2     /* after which it is sent with what it has */
#define RECEIVE_BUFFER (16 << 20)
#define ANSWER_SECONDS 5

/* One message with everything, so that no packet is logged before its copy mode is set. */
static struct nlmsghdr *make_request(void *buffer, uint16_t group)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	const struct nfulnl_msg_config_cmd bind_group = { .command = NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode mode = { .copy_range = htonl(PACKET_BYTES),
		.copy_mode = NFULNL_COPY_PACKET };

	header->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	struct nfgenmsg *family = mnl_nlmsg_put_extra_header(header, sizeof(*family));

	family->nfgen_family = AF_UNSPEC;
	family->version = NFNETLINK_V0;
	family->res_id = htons(group);
	mnl_attr_put(header, NFULA_CFG_CMD, sizeof(bind_group), &bind_group);
	mnl_attr_put(header, NFULA_CFG_MODE, sizeof(mode), &mode);
	mnl_attr_put_u32(header, NFULA_CFG_NLBUFSIZ, htonl(MESSAGE_BYTES));
	mnl_attr_put_u32(header, NFULA_CFG_QTHRESH, htonl(PACKETS));
	mnl_attr_put_u32(header, NFULA_CFG_TIMEOUT, htonl(CENTISECONDS));
	mnl_attr_put_u16(header, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
	return header;
}

/* The acknowledgement is queued before sendto() returns; a packet that came in between is read
 * over (it is counted in its flow set all the same). */
static int read_answer(int fd)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[MESSAGE_BYTES + 4096];
	} buffer;

	for (;;) {
		ssize_t length = recv(fd, &buffer, sizeof(buffer), 0);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (!attrs_message_ok(&buffer.header, (int)length))
			return -EPROTO;
		if (buffer.header.nlmsg_type != NLMSG_ERROR)
			continue;
		if (mnl_nlmsg_get_payload_len(&buffer.header) < sizeof(struct nlmsgerr))
			return -EPROTO;
		const struct nlmsgerr *answer = mnl_nlmsg_get_payload(&buffer.header);

		return answer->error;
	}
}

static int configure(int fd, uint16_t group)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[512];
	} buffer;
	const struct nlmsghdr *request = make_request(&buffer, group);
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(fd, request, request->nlmsg_len, 0, (const struct sockaddr *)&kernel,
		    sizeof(kernel)) < 0)
		return -errno;
	return read_answer(fd);
}

/* SO_RCVBUFFORCE needs CAP_NET_ADMIN of the initial user namespace; without it the kernel's limit
 * holds, and floods lose more detail. */
static void grow_receive_buffer(int fd)
{
	const int size = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int set_receive_timeout(int fd, int seconds)
{
	const struct timeval timeout = { .tv_sec = seconds };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ? -errno : 0;
}

static int set_up(int fd, uint16_t group)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int r;

	grow_receive_buffer(fd);
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	if ((r = set_receive_timeout(fd, ANSWER_SECONDS)) < 0)
		return r;
	if ((r = configure(fd, group)) < 0)
		return r;
	return set_receive_timeout(fd, 0);
}

int nflogsock_open(uint16_t group, int *ret_fd)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0)
		return errno == EPROTONOSUPPORT ? -EOPNOTSUPP : -errno;
	int r = set_up(fd, group);

	if (r < 0) {
		close(fd);
		/* It is EPERM too when another process has the group. */
		if (r == -EPERM && sandbox_has_capability(CAP_NET_ADMIN))
			return -EBUSY;
		/* nfnetlink answers EINVAL for a subsystem that it does not have. */
		return r == -EINVAL ? -EOPNOTSUPP : r;
	}
	*ret_fd = fd;
	return 0;
}

bool nflogsock_is_one(int fd)
{
	int domain = 0, protocol = 0;
	socklen_t length = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0 || domain != AF_NETLINK)
		return false;
	length = sizeof(protocol);
	return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 &&
	       protocol == NETLINK_NETFILTER;
}

/* A netlink socket's port is unique in its network namespace. */
static uint32_t port_of(int fd)
{
	struct sockaddr_nl address = { 0 };
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return 0;
	return address.nl_pid;
}

bool nflogsock_same(int fd, int other)
{
	return nflogsock_is_one(fd) && nflogsock_is_one(other) && port_of(fd) != 0 &&
	       port_of(fd) == port_of(other);
}
