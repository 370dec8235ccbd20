/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces of other namespaces that lie on one of ours. The kernel gives us a number for a
 * namespace when an interface of ours is moved there, so those are known; one that is moved on from
 * there to a third is not. See nlhost.h.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "nlhost_impl.h"
#include "nlrouteask.h"

#define NAMESPACES_MAX 10000

struct elsewhere {
	struct nlhost *host;
	int *numbers; /* of namespaces */
	size_t count, room;
	int own; /* our own one; -1: it has none yet */
};

static int take_number(const struct nlmsghdr *message, void *data)
{
	struct elsewhere *elsewhere = data;
	int number;

	if (nlroute_namespace(message, &number) < 0 || number < 0)
		return 0;
	if (elsewhere->count == NAMESPACES_MAX)
		return -E2BIG;
	int *numbers = array_reserve(
		elsewhere->numbers, sizeof(*numbers), elsewhere->count, &elsewhere->room);

	if (!numbers)
		return -ENOMEM;
	elsewhere->numbers = numbers;
	elsewhere->numbers[elsewhere->count++] = number;
	return 0;
}

static int take_own(const struct nlmsghdr *message, void *data)
{
	struct elsewhere *elsewhere = data;

	(void)nlroute_namespace(message, &elsewhere->own);
	return 0;
}

/* The ends of a pair are two interfaces, of which ours is among ours. */
static bool is_pair(const char *kind)
{
	return strcmp(kind, "veth") == 0 || strcmp(kind, "netkit") == 0;
}

static int take_link(const struct nlmsghdr *message, void *data)
{
	struct elsewhere *elsewhere = data;
	struct hostsnap *snap = elsewhere->host->snap;
	const struct host_link *lower;
	struct nlroute_link link;

	if (nlroute_link(message, &link) < 0 || link.gone || !link.lower_elsewhere ||
		is_pair(link.kind))
		return 0;
	/* Not known whose it is: it may be ours. */
	if (elsewhere->own >= 0 && link.lower_namespace != elsewhere->own)
		return 0;
	lower = host_find_link(&snap->host, link.lower);
	return lower ? hostsnap_add(snap, HOSTSNAP_ELSEWHERE, lower->link.name,
			       link.kind[0] ? link.kind : "?", link.name)
		     : 0;
}

/* Our own number may be made only by the answers of the namespace before. */
static int read_links(struct elsewhere *elsewhere, int number)
{
	struct nlhost *host = elsewhere->host;
	int r = nlroute_ask_own_number(host->route, take_own, elsewhere);

	if (r == 0)
		r = nlroute_dump_links_of(host->route, number, take_link, elsewhere);
	/* It is gone, and its interfaces are gone or back here: then something changed, which is
	 * told. */
	return r == -EINVAL || r == -ENOENT ? 0 : r;
}

int nlhost_elsewhere(struct nlhost *host)
{
	struct elsewhere elsewhere = { .host = host, .own = -1 };
	int r = nlroute_dump(host->route, RTM_GETNSID, take_number, &elsewhere);

	for (size_t i = 0; i < elsewhere.count && r == 0; i++)
		r = read_links(&elsewhere, elsewhere.numbers[i]);
	free(elsewhere.numbers);
	return r;
}
