/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes to the router itself, and what it sends. All addresses are its own as long as it is
 * asked what comes to it; a chain behind all others of the input hook tells what they have
 * accepted (NFLOG), and nothing is answered. What it sends comes from raw sockets, as it is.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "judge.h"

#define GROUP	      77
#define ETHER_SIZE    14
#define RECEIVE_BYTES (64 << 20)

/* To the router -------------------------------------------------------------------------------- */

static struct mnl_socket *netlink;

static struct nlmsghdr *begin(void *buffer)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *header;

	message->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->version = NFNETLINK_V0;
	header->res_id = htons(GROUP);
	return message;
}

static void ask(const struct nlmsghdr *message)
{
	char answer[8192];
	ssize_t length;

	if (mnl_socket_sendto(netlink, message, message->nlmsg_len) < 0 ||
		(length = mnl_socket_recvfrom(netlink, answer, sizeof(answer))) < 0 ||
		mnl_cb_run(answer, (size_t)length, 0, mnl_socket_get_portid(netlink), NULL, NULL) <
			0)
		fail("nflog: %s", strerror(errno));
}

static void open_log(void)
{
	const struct nfulnl_msg_config_cmd bind = { .command = NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode mode = { .copy_mode = NFULNL_COPY_PACKET,
		.copy_range = htonl(0xffff) };
	int bytes = RECEIVE_BYTES;
	char buffer[512];

	netlink = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!netlink || mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0 ||
		setsockopt(mnl_socket_get_fd(netlink), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
			sizeof(bytes)) < 0)
		fail("nflog: %s", strerror(errno));
	struct nlmsghdr *message = begin(buffer);

	mnl_attr_put(message, NFULA_CFG_CMD, sizeof(bind), &bind);
	ask(message);
	message = begin(buffer);
	mnl_attr_put(message, NFULA_CFG_MODE, sizeof(mode), &mode);
	mnl_attr_put_u32(message, NFULA_CFG_QTHRESH, htonl(1));
	ask(message);
}

void host_listen(void)
{
	open_log();
	run("sysctl -qw net.ipv4.conf.all.accept_local=1 && "
	    "ip route replace local default dev lo table local && "
	    "ip -6 route replace local default dev lo table local && nft -f - <<'END'\n"
	    "table inet judge_host {\n"
	    "chain in {\ntype filter hook input priority 2147483646;\nlog group %d\n}\n"
	    "chain out {\ntype filter hook output priority -500; policy drop;\n}\n}\nEND",
		GROUP);
}

void host_ignore(void)
{
	run("nft delete table inet judge_host && "
	    "ip route del local default dev lo table local && "
	    "ip -6 route del local default dev lo table local");
	mnl_socket_close(netlink);
	netlink = NULL;
}

struct hearing {
	wires_heard heard;
	size_t link;
	void *data;
};

static int hear_one(const struct nlmsghdr *message, void *data)
{
	const struct hearing *hearing = data;
	const struct nlattr *attribute;
	static uint8_t bytes[2 * FRAME_MAX];

	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
	{
		size_t length = mnl_attr_get_payload_len(attribute);
		const uint8_t *packet = mnl_attr_get_payload(attribute);

		if (mnl_attr_get_type(attribute) != NFULA_PAYLOAD || length == 0 ||
			length > sizeof(bytes) - ETHER_SIZE)
			continue;
		memset(bytes, 0, ETHER_SIZE);
		put_number(bytes + 12, 2, packet[0] >> 4 == 6 ? 0x86dd : 0x0800);
		memcpy(bytes + ETHER_SIZE, packet, length);
		hearing->heard(hearing->link, bytes, length + ETHER_SIZE, hearing->data);
	}
	return MNL_CB_OK;
}

void host_hear(size_t link, wires_heard heard, void *data)
{
	struct hearing hearing = { heard, link, data };
	static char buffer[1 << 17];

	for (;;) {
		ssize_t length =
			recv(mnl_socket_get_fd(netlink), buffer, sizeof(buffer), MSG_DONTWAIT);

		if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (length < 0 || mnl_cb_run(buffer, (size_t)length, 0, 0, hear_one, &hearing) < 0)
			fail("nflog: %s", strerror(errno));
	}
}

/* From the router ------------------------------------------------------------------------------ */

static int raw_socket(int family)
{
	int bytes = RECEIVE_BYTES, fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		fail("raw socket: %s", strerror(errno));
	return fd;
}

void host_send(const struct frame *frame)
{
	static int fds[2];
	const uint8_t *ip = frame->bytes + ETHER_SIZE;
	bool six = ip[0] >> 4 == 6;
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *address = six ? (struct sockaddr *)&to6 : (struct sockaddr *)&to;

	if (!fds[six])
		fds[six] = raw_socket(six ? AF_INET6 : AF_INET);
	memcpy(&to.sin_addr, ip + 16, sizeof(to.sin_addr));
	if (six)
		memcpy(&to6.sin6_addr, ip + 24, sizeof(to6.sin6_addr));
	if (setsockopt(fds[six], SOL_SOCKET, SO_MARK, &frame->mark, sizeof(frame->mark)) < 0)
		fail("mark: %s", strerror(errno));
	/* What a rule drops is no error of ours. */
	if (sendto(fds[six], ip, frame->length - ETHER_SIZE, 0, address,
		    six ? sizeof(to6) : sizeof(to)) < 0 &&
		errno != EPERM && errno != ENOBUFS)
		fail("raw socket: %s", strerror(errno));
}
