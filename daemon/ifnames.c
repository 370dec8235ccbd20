/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ifnames.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define CACHED	    256 /* a power of two; interfaces that share a place ask more often */
#define OLD_SECONDS 5

struct cached {
	uint32_t index;
	int64_t asked; /* clock_monotonic(), in seconds */
	char name[IFNAMSIZ];
};

struct ifnames {
	int socket; /* any socket answers, for the network namespace that it was made in */
	struct cached cache[CACHED];
};

int ifnames_new(struct ifnames **ret_names)
{
	struct ifnames *names = calloc(1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	names->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (names->socket < 0) {
		int r = -errno;
		free(names);
		return r;
	}
	*ret_names = names;
	return 0;
}

void ifnames_free(struct ifnames *names)
{
	if (!names)
		return;
	close(names->socket);
	free(names);
}

int ifnames_ask_at(struct ifnames *names, int socket)
{
	int copy = fcntl(socket, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return -errno;
	close(names->socket);
	names->socket = copy;
	memset(names->cache, 0, sizeof(names->cache));
	return 0;
}

static void ask(const struct ifnames *names, struct cached *cached, uint32_t index)
{
	struct ifreq request = { .ifr_ifindex = (int)index };
	if (cached->index != index)
		memset(cached, 0, sizeof(*cached));
	cached->index = index;
	if (ioctl(names->socket, SIOCGIFNAME, &request) == 0) {
		memcpy(cached->name, request.ifr_name, sizeof(cached->name));
		cached->name[sizeof(cached->name) - 1] = '\0';
	}
}

const char *ifnames_get(struct ifnames *names, uint32_t index)
{
	int64_t now = clock_monotonic() / CLOCK_SECOND;
	struct cached *cached = &names->cache[index % CACHED];
	if (index == 0)
		return "";
	if (cached->index != index || now - cached->asked >= OLD_SECONDS) {
		ask(names, cached, index);
		cached->asked = now;
	}
	return cached->name;
}
