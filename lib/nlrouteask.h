/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to rtnetlink(7), whose answers nlroute.h takes apart. */
#ifndef HEDATE_NLROUTEASK_H
#define HEDATE_NLROUTEASK_H

#include <stdint.h>

#include "nlsock.h"

/* Ask for all of a kind (RTM_GETLINK, ...): nlsock_request() with a message of the right shape.
 * Of filters (nlroute_dump_filters) those of one interface at one place. */
int nlroute_dump(struct nlsock *socket, uint16_t type, nlsock_message callback, void *data);
int nlroute_dump_filters(
	struct nlsock *socket, int index, uint32_t parent, nlsock_message callback, void *data);
/* The classes of the queueing disciplines of one interface. */
int nlroute_dump_classes(struct nlsock *socket, int index, nlsock_message callback, void *data);
/* All interfaces of another namespace, by our number of it. -EPERM: that takes CAP_NET_ADMIN there.
 */
int nlroute_dump_links_of(
	struct nlsock *socket, int namespace, nlsock_message callback, void *data);
/* Our own namespace's number; the message of RTM_NEWNSID has it. */
int nlroute_ask_own_number(struct nlsock *socket, nlsock_message callback, void *data);
/* Give our own namespace a number of ours, any, as the kernel does when it needs one. -EPERM. */
int nlroute_number_ourselves(struct nlsock *socket);
/* The numbers that another namespace has for others. -EPERM: as above. */
int nlroute_dump_namespaces_of(
	struct nlsock *socket, int namespace, nlsock_message callback, void *data);
/* What interfaces receive for beside their own addresses. */
int nlroute_dump_listened(struct nlsock *socket, nlsock_message callback, void *data);
/* What this host answers for in place of others. */
int nlroute_dump_proxies(struct nlsock *socket, nlsock_message callback, void *data);

#endif
