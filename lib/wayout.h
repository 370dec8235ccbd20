/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which interface a host's routes send what goes to an address. For many questions to the same
 * routes; what the rules of policy routing choose by anything but the destination is not told.
 */
#ifndef HEDATE_WAYOUT_H
#define HEDATE_WAYOUT_H

#include "host.h"

#define WAYOUT_TABLES 3 /* local, main, default */

struct wayout_hop; /* a route, in the order in which they are asked */

struct wayout {
	const struct host *host;
	struct wayout_hop *hops; /* owned */
	size_t count;
	bool untold[ADDR_FAMILIES]; /* more decides than the routes of the usual tables */
	bool used[ADDR_FAMILIES][WAYOUT_TABLES]; /* a rule leads there */
};

enum wayout_answer {
	WAYOUT_ONLY,   /* by this interface, always */
	WAYOUT_OTHER,  /* by another one, or perhaps; to the host itself; nowhere */
	WAYOUT_UNTOLD, /* not known */
};

/* The host is borrowed. 0, or -ENOMEM. */
int wayout_init(struct wayout *wayout, const struct host *host);
void wayout_clear(struct wayout *wayout);
/* Does what goes to the address leave by the interface of this name? */
enum wayout_answer wayout_leaves_by(const struct wayout *wayout, enum addr_family family,
	const uint8_t *address, const char *interface);

#endif
