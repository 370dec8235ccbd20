/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the host's network: see hostwatch.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/nlrouteask.h"
#include "hostwatch_impl.h"

#define ATTEMPTS 5

static int dump(struct hostwatch *watch, uint16_t type, nlsock_message callback,
	void (*forget)(struct host *host))
{
	int r = 0;

	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		if (forget)
			forget(&watch->host);
		r = nlroute_dump(watch->socket, type, callback, &watch->host);
		if (r != -EINTR && r != -ENOBUFS)
			break;
	}
	return r;
}

/* tc(8): what hangs at the place where packets come in, and where they go out. */
static void read_filters(struct hostwatch *watch)
{
	static const uint32_t parents[] = { TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), TC_H_ROOT };

	for (size_t i = 0; i < watch->host.link_count; i++) {
		struct host_link *link = &watch->host.links[i];

		if (link->link.flags & IFF_LOOPBACK)
			continue;
		/* A kernel without filters has none; one interface that cannot be asked is no
		 * reason not to ask the others. */
		for (size_t j = 0; j < sizeof(parents) / sizeof(parents[0]); j++)
			(void)nlroute_dump_filters(watch->socket, link->link.index, parents[j],
				host_take_filter, &watch->host);
	}
}

/* A switch of all interfaces, where /proc/sys can be seen. */
static int read_switch(const char *name)
{
	char path[96], value[16] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/all/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t length = read(fd, value, sizeof(value) - 1);

	close(fd);
	return length > 0 ? atoi(value) : -1;
}

static int read_links(struct hostwatch *watch)
{
	int r = dump(watch, RTM_GETLINK, host_take_link, host_forget_links);

	if (r == 0)
		r = dump(watch, RTM_GETNETCONF, host_take_switches, NULL);
	watch->host.redirects_all = read_switch("accept_redirects");
	watch->host.source_route_all = read_switch("accept_source_route");
	watch->host.rp_filter_all = read_switch("rp_filter");
	if (r == 0)
		read_filters(watch);
	return r;
}

/* What could not be read is read with the next look. */
int hostwatch_read(struct hostwatch *watch)
{
	static const struct {
		enum part part;
		uint16_t type;
		nlsock_message callback;
		void (*forget)(struct host *host);
	} parts[] = {
		{ PART_ROUTES, RTM_GETROUTE, host_take_route, host_forget_routes },
		{ PART_RULES, RTM_GETRULE, host_take_rule, host_forget_rules },
	};
	int r = watch->dirty & PART_LINKS ? read_links(watch) : 0;

	if (r == 0)
		watch->dirty &= ~(unsigned int)PART_LINKS;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && r == 0; i++) {
		if (!(watch->dirty & parts[i].part))
			continue;
		r = dump(watch, parts[i].type, parts[i].callback, parts[i].forget);
		if (r == 0)
			watch->dirty &= ~(unsigned int)parts[i].part;
	}
	return r;
}
