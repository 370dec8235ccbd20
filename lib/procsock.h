/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that wait for somebody, by the files tcp, udp ... of /proc/net. */
#ifndef HEDATE_PROCSOCK_H
#define HEDATE_PROCSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addrset.h"

struct procsock {
	uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP */
	struct addr addr; /* all zeros: any of the host's */
	uint16_t port;
	uint64_t inode; /* by which a process's descriptor is known */
};

struct procsocks {
	struct procsock *items; /* owned */
	size_t count, room;
};

/*
 * Add those of one file's text that take what anybody sends: TCP that listens, UDP that is not
 * connected. Those bound to a loopback address are left out, as nobody else reaches them. 0;
 * -EBADMSG: the text is not of that form; -ENOMEM.
 */
int procsock_read(const char *text, size_t length, uint8_t protocol, enum addr_family family,
	struct procsocks *sockets);
/* Sorted by protocol, port, address, inode; each once. */
void procsock_sort(struct procsocks *sockets);
/* Do they wait at the same place? Several sockets may, also of several programs. */
bool procsock_is_same(const struct procsock *a, const struct procsock *b);
void procsock_clear(struct procsocks *sockets);

#endif
