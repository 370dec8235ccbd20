/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the NFLOG socket that the enforcer made (nflogsock.h). Everything in it but the
 * netlink framing was sent by whoever sent the packet.
 */
#ifndef HEDATE_NFLOG_H
#define HEDATE_NFLOG_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/addrset.h"
#include "../lib/flowrec.h"

struct nflog_packet {
	struct flow_packet flow;
	const char *prefix;	      /* of the log statement; borrowed from the message */
	const uint8_t *bytes;	      /* of the packet, from its IP header; borrowed likewise */
	size_t captured;	      /* how many of them there are */
	uint32_t index_in, index_out; /* interfaces, 0: none */
	bool has_time, has_mac;
	int64_t time; /* realtime ns, when the kernel received it */
	uint8_t mac[MAC_LENGTH];
};

/* One netlink message. 0; -EINVAL for what is no packet of NFLOG, or one without a mark, a prefix
 * or addresses. The message's length has been checked (attrs_message_ok). */
int nflog_parse(const struct nlmsghdr *message, struct nflog_packet *ret_packet);

struct nflog;

typedef void (*nflog_function)(const struct nflog_packet *packet, void *data);

/* What happened beside packets, since the last nflog_take_findings(). */
struct nflog_findings {
	uint64_t overruns;  /* times that the socket was full and the kernel dropped messages */
	uint64_t malformed; /* messages that nflog_parse() refused */
};

/* fd becomes ours. 0, or -ENOMEM (fd is still the caller's). */
int nflog_new(int fd, nflog_function function, void *data, struct nflog **ret_nflog);
void nflog_free(struct nflog *nflog); /* closes the socket; accepts NULL */
int nflog_fd(const struct nflog *nflog);

/* Some of what is there: for when the loop says that it can be read, so that a flood does not
 * keep the loop from other things. 0, or negative errno: the socket is of no use any more. */
int nflog_read(struct nflog *nflog);
/* All that was queued when it was called. Same result. */
int nflog_drain(struct nflog *nflog);

struct nflog_findings nflog_take_findings(struct nflog *nflog);

#endif
