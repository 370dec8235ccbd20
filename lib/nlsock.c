/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nlsock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/sockios.h>

#include "attr.h"

/* The kernel makes dump messages of at most 32 KiB; this is also the most that one datagram of
 * answers can be. */
#define RECEIVE_SIZE 65536
/* Accounting limit of queued answers, not memory that is taken: about a thousand single answers
 * wait at once when elements are asked for by their keys. */
#define RECEIVE_QUEUE (8 << 20)

#define OVERRUNS_MAX 64

struct nlsock {
	int fd;
	uint32_t sequence;
	uint32_t port;
	uint8_t family;
	unsigned int overruns; /* one after the other */
	size_t send_room;      /* what SO_SNDBUF was last grown to */
	uint8_t buffer[RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
};

static void set_option(int fd, int option)
{
	int on = 1;

	/* All of them only make answers better; what needs them does without. */
	(void)setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on));
}

static void set_options(int fd)
{
	int size = RECEIVE_QUEUE;

	set_option(fd, NETLINK_EXT_ACK);
	set_option(fd, NETLINK_CAP_ACK);
	set_option(fd, NETLINK_GET_STRICT_CHK);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int open_bound(int protocol)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

/* 0 for what has none. */
static uint32_t port_of(int fd)
{
	struct sockaddr_nl address = { 0 };
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0 ||
		address.nl_family != AF_NETLINK)
		return 0;
	return address.nl_pid;
}

/* Takes fd over when it succeeds. */
static int make(int fd, struct nlsock **ret_socket)
{
	struct nlsock *socket = malloc(sizeof(*socket));

	if (!socket)
		return -ENOMEM;
	set_options(fd);
	socket->fd = fd;
	socket->port = port_of(fd);
	socket->family = NFPROTO_INET;
	socket->sequence = 0;
	socket->send_room = 0;
	socket->overruns = 0;
	*ret_socket = socket;
	return 0;
}

static int open_for(int protocol, struct nlsock **ret_socket)
{
	int fd = open_bound(protocol);
	int error = fd < 0 ? fd : make(fd, ret_socket);

	if (error < 0 && fd >= 0)
		close(fd);
	return error;
}

int nlsock_open(struct nlsock **ret_socket)
{
	return open_for(NETLINK_NETFILTER, ret_socket);
}

int nlsock_open_route(struct nlsock **ret_socket)
{
	return open_for(NETLINK_ROUTE, ret_socket);
}

int nlsock_open_protocol(int protocol, struct nlsock **ret_socket)
{
	return open_for(protocol, ret_socket);
}

static bool is_netfilter(int fd)
{
	int domain = 0, protocol = 0;
	socklen_t length = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
	       domain == AF_NETLINK &&
	       getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 &&
	       protocol == NETLINK_NETFILTER && port_of(fd) != 0;
}

/* A namespace that cannot be looked at is taken for ours: what the socket says of the kernel is
 * read back all the same. */
static bool is_elsewhere(int fd)
{
	struct stat theirs, ours;
	int space = ioctl(fd, SIOCGSKNS);
	bool elsewhere = space >= 0 && fstat(space, &theirs) == 0 &&
			 stat("/proc/self/ns/net", &ours) == 0 &&
			 (theirs.st_dev != ours.st_dev || theirs.st_ino != ours.st_ino);

	if (space >= 0)
		close(space);
	return elsewhere;
}

int nlsock_adopt(int fd, struct nlsock **ret_socket)
{
	if (!is_netfilter(fd) || is_elsewhere(fd))
		return -EINVAL;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return make(fd, ret_socket);
}

void nlsock_close(struct nlsock *socket)
{
	if (!socket)
		return;
	close(socket->fd);
	free(socket);
}

uint32_t nlsock_port(const struct nlsock *socket)
{
	return socket->port;
}

int nlsock_fd(const struct nlsock *socket)
{
	return socket->fd;
}

void nlsock_set_family(struct nlsock *socket, uint8_t family)
{
	socket->family = family;
}

uint8_t nlsock_family(const struct nlsock *socket)
{
	return socket->family;
}

uint32_t nlsock_next_sequence(struct nlsock *socket)
{
	return ++socket->sequence;
}

/* Extended acknowledgement: attributes after the copy of the refused message. */
static void read_extended(const struct nlmsghdr *message, struct nlsock_error *ret_error)
{
	static const enum attr_kind kinds[] = {
		[NLMSGERR_ATTR_MSG] = ATTR_TEXT,
		[NLMSGERR_ATTR_OFFS] = ATTR_BYTES,
	};
	const struct nlmsgerr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[sizeof(kinds) / sizeof(kinds[0])];
	size_t length = mnl_nlmsg_get_payload_len(message);
	size_t skip = sizeof(*header);

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		skip = offsetof(struct nlmsgerr, msg) + NLMSG_ALIGN((size_t)header->msg.nlmsg_len);
	if (skip < sizeof(*header) || skip > length)
		return;
	struct attrs attrs = { (const uint8_t *)header + skip, length - skip };

	if (attrs_parse(attrs, kinds, sizeof(kinds) / sizeof(kinds[0]), table) == -EBADMSG)
		return;
	if (table[NLMSGERR_ATTR_MSG])
		strncpy(ret_error->text, attr_text(table[NLMSGERR_ATTR_MSG]),
			sizeof(ret_error->text) - 1);
	/* In host order, other than netfilter's own numbers. */
	if (table[NLMSGERR_ATTR_OFFS] &&
		attr_length(table[NLMSGERR_ATTR_OFFS]) == sizeof(ret_error->offset))
		memcpy(&ret_error->offset, attr_value(table[NLMSGERR_ATTR_OFFS]),
			sizeof(ret_error->offset));
}

static int error_outcome(const struct nlmsghdr *message, struct nlsock_error *ret_error)
{
	const struct nlmsgerr *header = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*header) || header->error > 0 ||
		header->error < -4095)
		return -EBADMSG;
	if (header->error == 0)
		return 1;
	if (ret_error) {
		*ret_error = (struct nlsock_error){
			.sequence = header->msg.nlmsg_seq,
			.error = -header->error,
		};
		read_extended(message, ret_error);
	}
	return header->error;
}

int nlsock_outcome(const struct nlmsghdr *message, struct nlsock_error *ret_error)
{
	int32_t status;

	switch (message->nlmsg_type) {
	case NLMSG_ERROR:
		return error_outcome(message, ret_error);
	case NLMSG_DONE:
		if (mnl_nlmsg_get_payload_len(message) < sizeof(status))
			return 1;
		memcpy(&status, mnl_nlmsg_get_payload(message), sizeof(status));
		return status < 0 && status >= -4095 ? status : 1;
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		return -EBADMSG;
	default:
		return 0;
	}
}

/* One datagram of answers from the kernel. Its length; 0 when nothing is queued; negative errno. */
static ssize_t receive(struct nlsock *socket)
{
	struct sockaddr_nl peer = { 0 };
	struct iovec part = { .iov_base = socket->buffer, .iov_len = sizeof(socket->buffer) };
	struct msghdr header = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	ssize_t length;

	do {
		length = recvmsg(socket->fd, &header, MSG_DONTWAIT);
	} while (length < 0 && errno == EINTR);
	/* A kernel that never has anything but losses to tell is not asked for ever. */
	if (length < 0 && errno == ENOBUFS)
		return ++socket->overruns < OVERRUNS_MAX ? -ENOBUFS : -EIO;
	socket->overruns = 0;
	if (length < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (header.msg_namelen != sizeof(peer) || peer.nl_pid != 0)
		return -EBADMSG;
	if (header.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	return length == 0 ? -EBADMSG : length;
}

/* Throw away answers that an earlier request left behind. */
static void discard(struct nlsock *socket)
{
	ssize_t length;

	do {
		length = receive(socket);
	} while (length != 0 && length != -EBADF && length != -ENOTSOCK && length != -EIO);
}

static int send_all(struct nlsock *socket, const void *bytes, size_t length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t sent;

	do {
		sent = sendto(
			socket->fd, bytes, length, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return (size_t)sent == length ? 0 : -EIO;
}

/* The kernel doubles what is asked for, and needs a little more than the message. */
static void grow_send_room(struct nlsock *socket, size_t length)
{
	int size = length > INT32_MAX / 2 ? INT32_MAX / 2 : (int)length + 4096;

	if (length <= socket->send_room)
		return;
	if (setsockopt(socket->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) == 0)
		socket->send_room = length;
	else /* as far as it goes */
		(void)setsockopt(socket->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

struct batch_reply {
	uint32_t last_sequence;
	struct nlsock_error *errors;
	size_t max, count;
	int first; /* first error, negative */
	bool acknowledged;
};

static void read_batch_reply(struct batch_reply *reply, const struct nlmsghdr *message)
{
	struct nlsock_error error = { 0 };
	int outcome = nlsock_outcome(message, &error);

	if (outcome == 1 && message->nlmsg_seq == reply->last_sequence)
		reply->acknowledged = true;
	if (outcome >= 0)
		return;
	if (!reply->first)
		reply->first = outcome;
	if (error.error && reply->count < reply->max)
		reply->errors[reply->count++] = error;
}

static int read_batch_replies(struct nlsock *socket, struct batch_reply *reply)
{
	bool lost = false;
	ssize_t length;

	while ((length = receive(socket)) != 0) {
		const struct nlmsghdr *message = (const void *)socket->buffer;
		int left = (int)length;

		if (length == -ENOBUFS || length == -EIO)
			lost = true;
		if (length == -EIO)
			break;
		if (length < 0 && length != -ENOBUFS)
			return (int)length;
		for (; attrs_message_ok(message, left); message = mnl_nlmsg_next(message, &left))
			read_batch_reply(reply, message);
	}
	if (reply->first)
		return reply->first;
	return lost || !reply->acknowledged ? -ENOBUFS : 0;
}

int nlsock_batch(struct nlsock *socket, const void *batch, size_t length, uint32_t last_sequence,
	struct nlsock_error *ret_errors, size_t max, size_t *ret_error_count)
{
	struct batch_reply reply = {
		.last_sequence = last_sequence,
		.errors = ret_errors,
		.max = max,
	};
	int error;

	*ret_error_count = 0;
	discard(socket);
	grow_send_room(socket, length);
	error = send_all(socket, batch, length);
	if (error < 0)
		return error;
	error = read_batch_replies(socket, &reply);
	*ret_error_count = reply.count;
	return error;
}

static void read_answer(struct nlsock_answer *answer, const struct nlmsghdr *message)
{
	int outcome;

	if (answer->ended || message->nlmsg_seq != answer->sequence)
		return;
	if ((message->nlmsg_flags & NLM_F_DUMP_INTR) && !answer->error)
		answer->error = -EINTR;
	outcome = nlsock_outcome(message, NULL);
	if (outcome != 0)
		answer->ended = true;
	else if (!answer->error && answer->callback)
		outcome = answer->callback(message, answer->data);
	if (outcome < 0 && !answer->error)
		answer->error = outcome;
}

int nlsock_begin(struct nlsock *socket, const struct nlmsghdr *request, nlsock_message callback,
	void *data, struct nlsock_answer *ret_answer)
{
	*ret_answer = (struct nlsock_answer){
		.sequence = request->nlmsg_seq,
		.callback = callback,
		.data = data,
	};
	discard(socket);
	return send_all(socket, request, request->nlmsg_len);
}

int nlsock_step(struct nlsock *socket, struct nlsock_answer *answer)
{
	ssize_t length = receive(socket);
	const struct nlmsghdr *message = (const void *)socket->buffer;
	int left = (int)length;

	if (length == 0) /* its end was lost */
		return answer->error ? answer->error : -ENOBUFS;
	if (length < 0 && length != -ENOBUFS)
		return (int)length;
	if (length == -ENOBUFS && !answer->error)
		answer->error = -ENOBUFS;
	for (; attrs_message_ok(message, left); message = mnl_nlmsg_next(message, &left))
		read_answer(answer, message);
	return answer->ended ? answer->error : 1;
}

int nlsock_request(
	struct nlsock *socket, const struct nlmsghdr *request, nlsock_message callback, void *data)
{
	struct nlsock_answer answer;
	int r = nlsock_begin(socket, request, callback, data, &answer);

	if (r < 0)
		return r;
	do {
		r = nlsock_step(socket, &answer);
	} while (r > 0);
	return r;
}

static int read_generation(const struct nlmsghdr *message, void *data)
{
	struct attrs attrs = attrs_of_message(message);
	const struct nlattr *attr;
	uint32_t *generation = data;

	while ((attr = attrs_next(&attrs)) != NULL)
		if (attr_type(attr) == NFTA_GEN_ID && attr_length(attr) == sizeof(*generation))
			*generation = attr_u32(attr, 0);
	return 0;
}

int nlsock_generation(struct nlsock *socket, uint32_t *ret_generation)
{
	uint8_t buffer[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *family;
	int error;

	request->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = nlsock_next_sequence(socket);
	family = mnl_nlmsg_put_extra_header(request, sizeof(*family));
	family->nfgen_family = AF_UNSPEC;
	family->version = NFNETLINK_V0;
	family->res_id = 0;
	*ret_generation = 0;
	error = nlsock_request(socket, request, read_generation, ret_generation);
	/* A message without attributes is only invalid when nobody knows its subsystem. */
	if (error == -EINVAL)
		return -EOPNOTSUPP;
	if (error < 0)
		return error;
	return *ret_generation ? 0 : -EBADMSG;
}
