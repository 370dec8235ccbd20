/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tc(8): queueing disciplines and the filters that hang at them. See nlhost.h. */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "nlhost_impl.h"
#include "nlrouteask.h"

/* Where filters may hang: a discipline, or a class of one. */
struct place {
	int index;
	uint32_t handle;
};

struct places {
	struct nlhost *host;
	struct place *list;
	size_t count, room;
};

static int add_place(struct places *places, int index, uint32_t handle)
{
	void *list =
		array_reserve(places->list, sizeof(*places->list), places->count, &places->room);

	if (!list)
		return -ENOMEM;
	places->list = list;
	places->list[places->count++] = (struct place){ index, handle };
	return 0;
}

static int take_qdisc(const struct nlmsghdr *message, void *data)
{
	struct places *places = data;
	struct nlroute_filter qdisc;
	char name[IFNAMSIZ];

	if (nlroute_qdisc(message, &qdisc) < 0)
		return 0;
	int r = hostsnap_add(places->host->snap, HOSTSNAP_TRAFFIC,
		nlhost_name(places->host->snap, qdisc.index, name), "qdisc", qdisc.kind);

	if (r < 0 || strcmp(qdisc.kind, "noqueue") == 0)
		return r;
	if (strcmp(qdisc.kind, "clsact") == 0) {
		r = add_place(places, qdisc.index, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
		return r < 0 ? r
			     : add_place(places, qdisc.index,
				       TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
	}
	return add_place(places, qdisc.index, qdisc.handle);
}

static int take_class(const struct nlmsghdr *message, void *data)
{
	struct places *places = data;
	struct nlroute_filter class;

	if (nlroute_class(message, &class) < 0)
		return 0;
	return add_place(places, class.index, class.handle);
}

/* The filter says of whom it is, but one of a block that several interfaces share does not. */
static int take_filter(const struct nlmsghdr *message, void *data)
{
	struct nlhost *host = data;
	struct nlroute_filter filter;
	struct host_link *link = host_find_link(&host->snap->host, host->index);
	char value[NLROUTE_KIND_MAX + NLROUTE_ACTIONS_MAX];

	if (nlroute_filter(message, &filter) < 0)
		return 0;
	filter.index = host->index;
	if (link && (!link->filter.kind[0] || filter.redirects))
		link->filter = filter;
	snprintf(value, sizeof(value), "%s%s", filter.kind, filter.actions);
	return hostsnap_add(host->snap, HOSTSNAP_TRAFFIC, host->subject, "filter", value);
}

/* A discipline that takes no filters answers so; it has none. */
static int read_filters(struct nlhost *host, const struct place *place)
{
	char name[IFNAMSIZ];

	host->index = place->index;
	host->subject = nlhost_name(host->snap, place->index, name);
	int r = nlroute_dump_filters(host->route, place->index, place->handle, take_filter, host);

	return r == -EOPNOTSUPP || r == -EINVAL || r == -ENOENT ? 0 : r;
}

int nlhost_traffic(struct nlhost *host)
{
	struct places places = { .host = host };
	int r = nlroute_dump(host->route, RTM_GETQDISC, take_qdisc, &places);
	size_t disciplines = places.count;

	for (size_t i = 0; i < host->snap->host.link_count; i++)
		host->snap->host.links[i].filter = (struct nlroute_filter){ 0 };
	/* Classes of an interface come all at once. */
	for (size_t i = 0; i < disciplines && r == 0; i++)
		if (i == 0 || places.list[i].index != places.list[i - 1].index)
			r = nlroute_dump_classes(
				host->route, places.list[i].index, take_class, &places);
	for (size_t i = 0; i < places.count && r == 0; i++)
		r = read_filters(host, &places.list[i]);
	free(places.list);
	/* A kernel without them answers so. */
	return r == -EOPNOTSUPP ? 0 : r;
}
