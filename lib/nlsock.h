/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One netlink socket of NETLINK_NETFILTER: open, send a batch, dump, talk. With nftxact the only
 * place that talks to the kernel about rules.
 */
#ifndef HEDATE_NLSOCK_H
#define HEDATE_NLSOCK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

struct nlsock;

/* Open and bind, strict checking and extended acknowledgements on. 0, or negative errno:
 * -EPROTONOSUPPORT when the kernel has no nfnetlink. */
int nlsock_open(struct nlsock **ret_socket);
void nlsock_close(struct nlsock *socket);
int nlsock_fd(const struct nlsock *socket);
uint32_t nlsock_next_sequence(struct nlsock *socket);

/* What the kernel refused: sequence number of the message, errno, the kernel's own words. */
struct nlsock_error {
	uint32_t sequence;
	int error; /* positive errno */
	char text[128];
};

/*
 * Send a whole batch as one sendmsg (the only way it is atomic) and read the replies. The send
 * buffer is grown to fit (SO_SNDBUFFORCE), replies are drained to the end. Only the last message
 * of a batch asks for an acknowledgement; errors come for any.
 * 0; or the first error, negative, with up to max errors in ret_errors, *ret_error_count set.
 */
int nlsock_batch(struct nlsock *socket, const void *batch, size_t length, uint32_t last_sequence,
	struct nlsock_error *ret_errors, size_t max, size_t *ret_error_count);

/* One message of a dump's or a request's answer. Negative errno stops. */
typedef int (*nlsock_message)(const struct nlmsghdr *message, void *data);

/*
 * Send a request and hand every answer to callback until NLMSG_DONE (dump) or the
 * acknowledgement. -EINTR: the dump was interrupted by a change (NLM_F_DUMP_INTR); the
 * caller starts again. -ENOBUFS: messages were lost; the same. Other negative errno from the
 * kernel or from callback.
 */
int nlsock_request(struct nlsock *socket, const struct nlmsghdr *request, nlsock_message callback,
	void *data);

/* The generation of the rule set (NFT_MSG_GETGEN). 0, or negative errno: -EOPNOTSUPP when the
 * kernel has no nf_tables, -EPERM without CAP_NET_ADMIN. */
int nlsock_generation(struct nlsock *socket, uint32_t *ret_generation);

#endif
