/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devaddr.h"

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>

#include "../lib/nlroute.h"
#include "../lib/nlrouteask.h"

struct search {
	const uint8_t *mac;
	struct addr *addresses;
	size_t max, count;
};

/* 169.254.0.0/16, fe80::/10. */
static bool is_of_link(const struct addr *address)
{
	return address->family == ADDR_IPV4
		       ? address->bytes[0] == 169 && address->bytes[1] == 254
		       : address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

static bool is_known(const struct search *search, const struct addr *address)
{
	for (size_t i = 0; i < search->count && i < search->max; i++)
		if (addr_compare(&search->addresses[i], address) == 0)
			return true;
	return false;
}

static int take(const struct nlmsghdr *message, void *data)
{
	struct search *search = data;
	struct nlroute_neighbour neighbour;

	if (nlroute_neighbour(message, &neighbour) < 0 ||
		memcmp(neighbour.mac, search->mac, MAC_LENGTH) != 0 ||
		is_of_link(&neighbour.address) || is_known(search, &neighbour.address))
		return 0;
	if (search->count < search->max)
		search->addresses[search->count] = neighbour.address;
	search->count++;
	return 0;
}

int devaddr_find(
	const uint8_t mac[MAC_LENGTH], struct addr *addresses, size_t max, size_t *ret_count)
{
	struct search search = { mac, addresses, max, 0 };
	struct nlsock *socket;
	int r = nlsock_open_route(&socket);

	if (r < 0)
		return r;
	r = nlroute_dump(socket, RTM_GETNEIGH, take, &search);
	nlsock_close(socket);
	*ret_count = search.count;
	return r;
}
