/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

void host_init(struct host *host)
{
	*host = (struct host){ .forwarding_all = { -1, -1 },
		.redirects_all = -1,
		.source_route_all = -1,
		.rp_filter_all = -1 };
}

void host_clear(struct host *host)
{
	free(host->links);
	free(host->routes);
	free(host->rules);
	host_init(host);
}

void host_forget_links(struct host *host)
{
	host->link_count = 0;
}

void host_forget_routes(struct host *host)
{
	host->route_count = 0;
	host->more_routes = false;
}

void host_forget_rules(struct host *host)
{
	host->rule_count = 0;
}

struct host_link *host_find_link(const struct host *host, int index)
{
	for (size_t i = 0; i < host->link_count; i++)
		if (host->links[i].link.index == index)
			return &host->links[i];
	return NULL;
}

const struct host_link *host_find_name(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->link_count; i++)
		if (strcmp(host->links[i].link.name, name) == 0)
			return &host->links[i];
	return NULL;
}

/* Room for one more; NULL: there is no memory. */
static void *add(void **list, size_t size, size_t *count, size_t *room)
{
	void *grown = array_reserve(*list, size, *count, room);

	if (!grown)
		return NULL;
	*list = grown;
	return (char *)*list + (*count)++ * size;
}

#define ADD(host, what)                                                                            \
	add((void **)&(host)->what##s, sizeof(*(host)->what##s), &(host)->what##_count,            \
		&(host)->what##_room)

int host_add_link(struct host *host, const struct host_link *link)
{
	struct host_link *added = ADD(host, link);

	if (added)
		*added = *link;
	return added ? 0 : -ENOMEM;
}

int host_add_route(struct host *host, const struct nlroute_route *route)
{
	struct nlroute_route *added = ADD(host, route);

	if (added)
		*added = *route;
	return added ? 0 : -ENOMEM;
}

int host_add_rule(struct host *host, const struct nlroute_rule *rule)
{
	struct nlroute_rule *added = ADD(host, rule);

	if (added)
		*added = *rule;
	return added ? 0 : -ENOMEM;
}

int host_take_link(const struct nlmsghdr *message, void *data)
{
	struct host *host = data;
	struct nlroute_link link;

	if (nlroute_link(message, &link) < 0 || link.gone || host_find_link(host, link.index))
		return 0;
	return host_add_link(host, &(struct host_link){ .link = link });
}

int host_take_route(const struct nlmsghdr *message, void *data)
{
	struct host *host = data;
	struct nlroute_route route;

	if (nlroute_route(message, &route) < 0 || route.gone || route.cloned)
		return 0;
	if (host->route_count >= HOST_ROUTES_MAX) {
		host->more_routes = true;
		return 0;
	}
	return host_add_route(host, &route);
}

int host_take_rule(const struct nlmsghdr *message, void *data)
{
	struct host *host = data;
	struct nlroute_rule rule;

	if (nlroute_rule(message, &rule) < 0 || rule.gone)
		return 0;
	return host_add_rule(host, &rule);
}

int host_take_switches(const struct nlmsghdr *message, void *data)
{
	struct host *host = data;
	struct nlroute_switches switches;

	if (nlroute_switches(message, &switches) == 0 && switches.index == -1 &&
		switches.forwarding >= 0)
		host->forwarding_all[switches.family] = switches.forwarding;
	return 0;
}

int host_take_filter(const struct nlmsghdr *message, void *data)
{
	struct nlroute_filter filter;
	struct host_link *link;

	if (nlroute_filter(message, &filter) < 0 || filter.gone)
		return 0;
	link = host_find_link(data, filter.index);
	/* One that redirects says more than one of which only that it is there is known. */
	if (link && (!link->filter.kind[0] || filter.redirects))
		link->filter = filter;
	return 0;
}
