/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of nlhost.h share. */
#ifndef HEDATE_NLHOST_IMPL_H
#define HEDATE_NLHOST_IMPL_H

#include "nlhost.h"

struct nlhost {
	struct nlsock *netfilter, *route;
	struct hostsnap *snap;
	/* What is being asked about, for who takes the answers. */
	int index;
	const char *subject;
};

/* Each reads one part. 0, or negative errno: why it could not. */
int nlhost_elsewhere(struct nlhost *host);
int nlhost_traffic(struct nlhost *host);
int nlhost_xfrm(struct nlhost *host);
int nlhost_packets(struct nlhost *host);
int nlhost_hooks(struct nlhost *host);

/* What messages tell becomes facts of snap; message may be of any kind. 0, -EBADMSG, -ENOMEM. */
int nlhost_take_xfrm(const struct nlmsghdr *message, struct hostsnap *snap);
int nlhost_take_packet(const struct nlmsghdr *message, struct hostsnap *snap);
int nlhost_take_hook(const struct nlmsghdr *message, struct hostsnap *snap);

/* The name of an interface, "" for 0, "#7" for one that is not among the links. */
const char *nlhost_name(const struct hostsnap *snap, int index, char text[IFNAMSIZ]);

#endif
