/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One netlink socket of NETLINK_NETFILTER: open, send a batch, dump, talk. With nftxact the only
 * place that talks to the kernel about rules.
 *
 * The kernel answers within the sendmsg or recvmsg call itself, so nothing here ever waits: an
 * answer that is not there when it is read is lost, and that is an error.
 */
#ifndef HEDATE_NLSOCK_H
#define HEDATE_NLSOCK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlsock;

/* Open and bind, strict checking and extended acknowledgements on. 0, or negative errno:
 * -EPROTONOSUPPORT when the kernel has no netfilter netlink. */
int nlsock_open(struct nlsock **ret_socket);
/* The same for NETLINK_ROUTE: for dumps of interfaces, addresses, routes and what hangs on them. */
int nlsock_open_route(struct nlsock **ret_socket);
/* The same for any protocol of netlink(7): NETLINK_XFRM, NETLINK_SOCK_DIAG. */
int nlsock_open_protocol(int protocol, struct nlsock **ret_socket);
/* The same with a descriptor that somebody kept, which is then the socket's own. -EINVAL, and the
 * descriptor is the caller's still: it is no bound socket of NETLINK_NETFILTER, or one of another
 * network namespace than ours. -ENOMEM. */
int nlsock_adopt(int fd, struct nlsock **ret_socket);
void nlsock_close(struct nlsock *socket);
/* Its number among the netlink sockets of the namespace, by which the kernel knows a table's
 * owner, and tells of who made a change. */
uint32_t nlsock_port(const struct nlsock *socket);
int nlsock_fd(const struct nlsock *socket);
/* The family of the tables that are meant on this socket (NFPROTO_*): inet as long as no other one
 * is set. */
void nlsock_set_family(struct nlsock *socket, uint8_t family);
uint8_t nlsock_family(const struct nlsock *socket);
uint32_t nlsock_next_sequence(struct nlsock *socket);

/* What the kernel refused: sequence number of the message, errno, the attribute it disliked as an
 * offset from the start of the message (0: it did not say), the kernel's own words. */
struct nlsock_error {
	uint32_t sequence;
	int error; /* positive errno */
	uint32_t offset;
	char text[128];
};

/*
 * Send a whole batch as one sendmsg (the only way it is atomic) and read the replies. The send
 * buffer is grown to fit (SO_SNDBUFFORCE), replies are drained to the end. Only the message
 * last_sequence, the last one before the batch's end, asks for an acknowledgement; errors come
 * for any. Kernels before 6.10 do not acknowledge the end itself, so the end is never asked.
 * 0: no error came and last_sequence was acknowledged. That alone does not prove a commit: look
 * at the generation and read back.
 * Or the first error, negative, with up to max errors in ret_errors, *ret_error_count set (0 when
 * the error is the socket's and not the kernel's judgement of a message). -ENOBUFS: replies were
 * lost, the batch may be in place or not. -EMSGSIZE: the send buffer may not be grown that far.
 */
int nlsock_batch(struct nlsock *socket, const void *batch, size_t length, uint32_t last_sequence,
	struct nlsock_error *ret_errors, size_t max, size_t *ret_error_count);

/* One message of a dump's or a request's answer. Negative errno stops. */
typedef int (*nlsock_message)(const struct nlmsghdr *message, void *data);

/*
 * Send a request and hand every answer to callback until NLMSG_DONE (dump) or the
 * acknowledgement, which a request that is no dump must ask for. -EINTR: the dump was interrupted
 * by a change (NLM_F_DUMP_INTR); the caller starts again. -ENOBUFS: messages were lost; the same.
 * Other negative errno from the kernel or from callback; the rest of the answer is then read and
 * thrown away, so that the socket is ready for the next request.
 */
int nlsock_request(
	struct nlsock *socket, const struct nlmsghdr *request, nlsock_message callback, void *data);

/*
 * The same by pieces, for a dump that takes long: nlsock_begin(), then nlsock_step() as long as it
 * returns 1. Each step reads one message of at most 32 KiB, which is also when the kernel makes the
 * next one: nothing is under way between two steps. Another request on the same socket ends it.
 * Both: 0 (of a step: the end of the answer), or the errors of nlsock_request().
 */
struct nlsock_answer {
	uint32_t sequence;
	nlsock_message callback;
	void *data;
	int error; /* the first one; the rest of the answer is thrown away */
	bool ended;
};
int nlsock_begin(struct nlsock *socket, const struct nlmsghdr *request, nlsock_message callback,
	void *data, struct nlsock_answer *ret_answer);
int nlsock_step(struct nlsock *socket, struct nlsock_answer *answer);

/* The generation of the rule set (NFT_MSG_GETGEN). 0, or negative errno: -EOPNOTSUPP when the
 * kernel has no nf_tables, -EPERM without CAP_NET_ADMIN. */
int nlsock_generation(struct nlsock *socket, uint32_t *ret_generation);

/*
 * Read one answer's header: 0 when it carries data; 1 when it ends the answer well; negative
 * errno when it ends it badly, with *ret_error filled if that is not NULL. Any bytes may come;
 * message must be complete (attrs_message_ok).
 */
int nlsock_outcome(const struct nlmsghdr *message, struct nlsock_error *ret_error);

#endif
