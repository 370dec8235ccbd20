/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cutoff.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/isolation.h"
#include "cmd.h"
#include "isolatefile.h"
#include "sshpeer.h"

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

/* The address of this host that packets to the peer leave with; nothing is sent. */
static bool own_address(const struct addr *peer, union address *ret_own)
{
	union address to = { 0 };
	socklen_t length = sizeof(*ret_own);
	bool four = peer->family == ADDR_IPV4;

	to.any.sa_family = four ? AF_INET : AF_INET6;
	if (four) {
		memcpy(&to.four.sin_addr, peer->bytes, 4);
		to.four.sin_port = htons(9);
	} else {
		memcpy(&to.six.sin6_addr, peer->bytes, 16);
		to.six.sin6_port = htons(9);
	}
	int fd = socket(to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done = fd >= 0 && connect(fd, &to.any, sizeof(to)) == 0 &&
		    getsockname(fd, &ret_own->any, &length) == 0;

	if (fd >= 0)
		close(fd);
	return done;
}

static bool same_address(const struct sockaddr *a, const union address *b)
{
	if (!a || a->sa_family != b->any.sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)(const void *)a)->sin_addr,
			       &b->four.sin_addr, 4) == 0;
	return a->sa_family == AF_INET6 &&
	       memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, &b->six.sin6_addr,
		       16) == 0;
}

/* The interface that the session comes in by. */
static bool find_interface(const struct addr *peer, char interface[IF_NAMESIZE])
{
	struct ifaddrs *all;
	union address own = { 0 };

	interface[0] = '\0';
	if (!own_address(peer, &own) || getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next)
		if (same_address(one->ifa_addr, &own))
			snprintf(interface, IF_NAMESIZE, "%s", one->ifa_name);
	freeifaddrs(all);
	return interface[0] != '\0';
}

struct carries {
	const char *zone, *interface;
	bool found;
};

static int look_at(const char *zone, const char *interface, void *data)
{
	struct carries *carries = data;

	if (strcmp(zone, carries->zone) == 0 && strcmp(interface, carries->interface) == 0)
		carries->found = true;
	return 0;
}

static bool zone_has(const char *config_file, const char *zone, const char *interface)
{
	struct carries carries = { zone, interface, false };
	char *text = NULL;
	int directory;

	if (isolatefile_open(config_file, false, &directory) < 0)
		return false;
	(void)isolatefile_zones(directory, look_at, &carries, &text);
	free(text);
	close(directory);
	return carries.found;
}

static bool in_prefix(const struct addr *address, const struct addr_prefix *prefix)
{
	struct addr_range range = addr_prefix_range(prefix);
	size_t length = addr_length(address->family);

	return address->family == prefix->addr.family &&
	       memcmp(range.first, address->bytes, length) <= 0 &&
	       memcmp(address->bytes, range.last, length) <= 0;
}

static bool cuts_off(const char *config_file, const char *name, const struct addr *peer)
{
	struct isolation_target target;
	char interface[IF_NAMESIZE];
	int r = isolation_target_parse(name, &target);

	if (r == 0 && target.kind == ISOLATION_ADDRESS)
		return in_prefix(peer, &target.prefix);
	return find_interface(peer, interface) &&
	       (strcmp(name, interface) == 0 || zone_has(config_file, name, interface));
}

void cutoff_warn(const char *config_file, const char *target)
{
	struct sshpeer peer;
	struct addr address;

	if (!sshpeer_find(&peer) || addr_parse(peer.client, &address) < 0 ||
		!cuts_off(config_file, target, &address))
		return;
	cmd_failed(_("WARNING: your own session comes from %s, and is cut off by this; go on at a "
		     "console"),
		peer.client);
	fflush(stderr);
}
