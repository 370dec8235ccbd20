/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces of other namespaces that lie on one of ours. The kernel gives us a number for a
 * namespace when an interface of ours is moved there, so those are known. One that was moved on
 * from there is in a namespace that we have no number for: that there is such a one is told, for it
 * cannot be read; and if it receives, the address that it receives for stands with our interface,
 * also when the namespace between is gone. See nlhost.h.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addrset.h"
#include "array.h"
#include "nlhost_impl.h"
#include "nlrouteask.h"

#define NAMESPACES_MAX 10000

/* An interface elsewhere, on top of ours. */
struct upper {
	int lower; /* index of ours */
	uint8_t mac[MAC_LENGTH];
};

struct elsewhere {
	struct nlhost *host;
	struct upper *uppers;
	size_t upper_count, upper_room;
	int asked;    /* the number of the namespace that is being asked */
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

static int add_upper(struct elsewhere *elsewhere, const struct nlroute_link *link)
{
	struct upper *uppers = array_reserve(
		elsewhere->uppers, sizeof(*uppers), elsewhere->upper_count, &elsewhere->upper_room);

	if (!uppers)
		return -ENOMEM;
	elsewhere->uppers = uppers;
	uppers[elsewhere->upper_count].lower = link->lower;
	memcpy(uppers[elsewhere->upper_count++].mac, link->mac, MAC_LENGTH);
	return 0;
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
	if (lower && add_upper(elsewhere, &link) < 0)
		return -ENOMEM;
	return lower ? hostsnap_add(snap, HOSTSNAP_ELSEWHERE, lower->link.name,
			       link.kind[0] ? link.kind : "?", link.name)
		     : 0;
}

/* A namespace that this one knows, and we have no number for. */
static int take_farther(const struct nlmsghdr *message, void *data)
{
	struct elsewhere *elsewhere = data;
	char text[64];
	int theirs, ours;

	if (nlroute_namespace_of(message, &theirs, &ours) < 0 || ours >= 0)
		return 0;
	snprintf(text, sizeof(text), "%d > %d", elsewhere->asked, theirs);
	return hostsnap_add(elsewhere->host->snap, HOSTSNAP_ELSEWHERE, "", "namespace", text);
}

/* Our own number may be made only by the answers of the namespace before. */
static int read_links(struct elsewhere *elsewhere, int number)
{
	struct nlhost *host = elsewhere->host;
	int r = nlroute_ask_own_number(host->route, take_own, elsewhere);

	elsewhere->asked = number;
	/* Without it we would be one of those that we do not know. */
	if (r == 0 && elsewhere->own < 0)
		r = nlroute_number_ourselves(host->route);
	if (r == 0)
		r = nlroute_ask_own_number(host->route, take_own, elsewhere);
	if (r == 0)
		r = nlroute_dump_links_of(host->route, number, take_link, elsewhere);
	if (r == 0 && number != elsewhere->own)
		r = nlroute_dump_namespaces_of(host->route, number, take_farther, elsewhere);
	/* It is gone, and its interfaces are gone or back here: then something changed, which is
	 * told. */
	return r == -EINVAL || r == -ENOENT ? 0 : r;
}

/* Is it known who wants it? An interface of ours that has it, for none asks for its own address;
 * or one elsewhere, on top of this one. */
static bool is_known(const struct elsewhere *elsewhere, const struct nlroute_listened *listened)
{
	const struct host *host = &elsewhere->host->snap->host;

	for (size_t i = 0; i < host->link_count; i++)
		if (memcmp(host->links[i].link.mac, listened->mac, MAC_LENGTH) == 0)
			return true;
	for (size_t i = 0; i < elsewhere->upper_count; i++)
		if (elsewhere->uppers[i].lower == listened->index &&
			memcmp(elsewhere->uppers[i].mac, listened->mac, MAC_LENGTH) == 0)
			return true;
	return false;
}

/* Tables of whole networks are of these. */
static bool has_table(const char *kind)
{
	return strcmp(kind, "bridge") == 0 || strcmp(kind, "vxlan") == 0;
}

static int take_listened(const struct nlmsghdr *message, void *data)
{
	struct elsewhere *elsewhere = data;
	struct hostsnap *snap = elsewhere->host->snap;
	struct nlroute_listened listened;
	const struct host_link *lower;
	char text[MAC_TEXT_MAX];

	if (nlroute_listened(message, &listened) < 0)
		return 0;
	lower = host_find_link(&snap->host, listened.index);
	if (!lower || has_table(lower->link.kind) || is_known(elsewhere, &listened))
		return 0;
	mac_format(listened.mac, text);
	return hostsnap_add(snap, HOSTSNAP_ELSEWHERE, lower->link.name, "unseen", text);
}

int nlhost_elsewhere(struct nlhost *host)
{
	struct elsewhere elsewhere = { .host = host, .own = -1 };
	int r = nlroute_dump(host->route, RTM_GETNSID, take_number, &elsewhere);

	for (size_t i = 0; i < elsewhere.count && r == 0; i++)
		r = read_links(&elsewhere, elsewhere.numbers[i]);
	if (r == 0)
		r = nlroute_dump_listened(host->route, take_listened, &elsewhere);
	free(elsewhere.numbers);
	free(elsewhere.uppers);
	return r;
}
