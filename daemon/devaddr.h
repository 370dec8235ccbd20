/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses that the kernel knows of a device beside this host: what the device itself has said
 * (ARP, NDP), so perhaps not all of them, and perhaps such as are not its own. */
#ifndef HEDATE_DEVADDR_H
#define HEDATE_DEVADDR_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/addrset.h"

/* At most max of them into addresses, each once, without those that never leave a link; no right is
 * needed. *ret_count also counts those past max. 0, or negative errno. */
int devaddr_find(
	const uint8_t mac[MAC_LENGTH], struct addr *addresses, size_t max, size_t *ret_count);

#endif
