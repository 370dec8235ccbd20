/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateway's own addresses, from the kernel: what comes to them or from them is its own. */
#ifndef HEDATE_OWNADDR_H
#define HEDATE_OWNADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/addrset.h"

struct ownaddr {
	struct addr *list; /* owned; sorted */
	size_t count, room;
};

/* Read them all; what was there before is forgotten. 0, or negative errno. */
int ownaddr_read(struct ownaddr *own);
void ownaddr_clear(struct ownaddr *own);
bool ownaddr_has(const struct ownaddr *own, enum addr_family family, const uint8_t bytes[16]);

#endif
