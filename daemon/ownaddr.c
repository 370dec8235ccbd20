/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ownaddr.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"
#include "../lib/nlroute.h"
#include "../lib/nlrouteask.h"

#define ATTEMPTS 5

static int compare(const void *a, const void *b)
{
	return addr_compare(a, b);
}

static int take(const struct nlmsghdr *message, void *data)
{
	struct ownaddr *own = data;
	struct nlroute_address address;

	if (nlroute_address(message, &address) < 0)
		return 0;
	struct addr *list = array_reserve(own->list, sizeof(*list), own->count, &own->room);

	if (!list)
		return -ENOMEM;
	own->list = list;
	own->list[own->count++] = address.local;
	return 0;
}

int ownaddr_read(struct ownaddr *own)
{
	struct nlsock *socket;
	int r = nlsock_open_route(&socket);

	if (r < 0)
		return r;
	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		own->count = 0;
		r = nlroute_dump(socket, RTM_GETADDR, take, own);
		if (r != -EINTR && r != -ENOBUFS)
			break;
	}
	nlsock_close(socket);
	if (r < 0)
		ownaddr_clear(own);
	else if (own->count > 0)
		qsort(own->list, own->count, sizeof(*own->list), compare);
	return r;
}

void ownaddr_clear(struct ownaddr *own)
{
	free(own->list);
	*own = (struct ownaddr){ 0 };
}

bool ownaddr_has(const struct ownaddr *own, enum addr_family family, const uint8_t bytes[16])
{
	struct addr key = { .family = family };

	memcpy(key.bytes, bytes, sizeof(key.bytes));
	return own->count > 0 && bsearch(&key, own->list, own->count, sizeof(*own->list), compare);
}
