/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/array.h"
#include "../lib/attr.h"
#include "../lib/nlroute.h"

#define MESSAGE_BYTES 32768
#define DUMP_SEQUENCE 1
#define DATAGRAMS_MAX 4096 /* in one go: then the loop has its turn */

struct link {
	int index;
	char name[IFNAMSIZ];
	bool up;
	bool loopback;
	bool seen; /* in the dump that is being read */
};

struct links {
	int fd;
	struct loop_source *source;
	links_function function;
	void *data;
	const struct policy *policy;
	struct link *items;
	size_t count, room;
	bool dumping; /* an answer to our question for all links is on its way */
	bool overrun; /* events were lost: ask again */
};

const char *links_event_name(enum links_event event)
{
	static const char *const names[] = {
		[LINKS_UP] = "link-up",
		[LINKS_DOWN] = "link-down",
		[LINKS_MISSING] = "link-missing",
		[LINKS_UNDECLARED] = "link-undeclared",
	};

	return names[event];
}

static const struct link *find_name(const struct links *links, const char *name)
{
	for (size_t i = 0; i < links->count; i++) {
		if (strcmp(links->items[i].name, name) == 0)
			return &links->items[i];
	}
	return NULL;
}

static struct link *find_index(struct links *links, int index)
{
	for (size_t i = 0; i < links->count; i++) {
		if (links->items[i].index == index)
			return &links->items[i];
	}
	return NULL;
}

bool links_present(const struct links *links, const char *interface)
{
	return find_name(links, interface);
}

bool links_up(const struct links *links, const char *interface)
{
	const struct link *link = find_name(links, interface);

	return link && link->up;
}

static const char *segment_of(const struct links *links, const char *interface)
{
	for (size_t i = 0; links->policy && i < links->policy->segment_count; i++) {
		if (strcmp(links->policy->segments[i].interface, interface) == 0)
			return links->policy->segments[i].full_name;
	}
	return NULL;
}

static void report(const struct links *links, enum links_event event, const char *interface)
{
	if (links->policy)
		links->function(event, interface, segment_of(links, interface), links->data);
}

static void report_change(const struct links *links, const struct link *link)
{
	if (link->loopback)
		return;
	if (segment_of(links, link->name))
		report(links, link->up ? LINKS_UP : LINKS_DOWN, link->name);
	else if (link->up)
		report(links, LINKS_UNDECLARED, link->name);
}

static void remove_link(struct links *links, struct link *link)
{
	char name[IFNAMSIZ];

	memcpy(name, link->name, sizeof(name));
	*link = links->items[--links->count];
	if (segment_of(links, name))
		report(links, LINKS_MISSING, name);
}

static struct link *add_link(struct links *links, int index)
{
	struct link *items =
		array_reserve(links->items, sizeof(*items), links->count, &links->room);

	if (!items)
		return NULL;
	links->items = items;
	struct link *link = &links->items[links->count++];

	*link = (struct link){ .index = index };
	return link;
}

static void update_link(struct links *links, const struct nlroute_link *told)
{
	const unsigned int needed = IFF_UP | IFF_RUNNING;
	bool up = (told->flags & needed) == needed;
	struct link *link = find_index(links, told->index);

	/* A renamed interface is, for the rules, another one. */
	if (link && strcmp(link->name, told->name) != 0) {
		remove_link(links, link);
		link = NULL;
	}
	bool is_new = !link;

	if (is_new && !(link = add_link(links, told->index)))
		return;
	bool changed = is_new || link->up != up;

	memcpy(link->name, told->name, sizeof(link->name));
	link->up = up;
	link->loopback = told->flags & IFF_LOOPBACK;
	link->seen = true;
	if (changed)
		report_change(links, link);
}

/* What the dump did not show is gone. */
static void end_dump(struct links *links)
{
	links->dumping = false;
	for (size_t i = links->count; i-- > 0;) {
		if (!links->items[i].seen)
			remove_link(links, &links->items[i]);
	}
}

static void read_link(struct links *links, const struct nlmsghdr *header)
{
	struct nlroute_link told;

	if (nlroute_link(header, &told) < 0)
		return;
	struct link *link = find_index(links, told.index);

	if (told.gone && link)
		remove_link(links, link);
	else if (!told.gone)
		update_link(links, &told);
}

static void read_messages(struct links *links, const struct nlmsghdr *header, int length)
{
	for (; attrs_message_ok(header, length); header = mnl_nlmsg_next(header, &length)) {
		bool ours = links->dumping && header->nlmsg_seq == DUMP_SEQUENCE;

		if (header->nlmsg_flags & NLM_F_DUMP_INTR)
			links->overrun = true;
		if (header->nlmsg_type == NLMSG_DONE && ours)
			end_dump(links);
		else if (header->nlmsg_type == NLMSG_ERROR && ours)
			links->dumping = false;
		else
			read_link(links, header);
	}
}

static int ask_for_all(struct links *links)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[128];
	} buffer;
	struct nlmsghdr *header = mnl_nlmsg_put_header(&buffer);

	header->nlmsg_type = RTM_GETLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = DUMP_SEQUENCE;
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	info->ifi_family = AF_UNSPEC;
	for (size_t i = 0; i < links->count; i++)
		links->items[i].seen = false;
	links->overrun = false;
	if (send(links->fd, header, header->nlmsg_len, 0) < 0)
		return -errno;
	links->dumping = true;
	return 0;
}

/* 0 when nothing is left to read. */
static int read_socket(struct links *links)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[MESSAGE_BYTES];
	} buffer;
	ssize_t length = recv(links->fd, &buffer, sizeof(buffer), MSG_DONTWAIT);

	if (length < 0 && errno == ENOBUFS) {
		links->overrun = true;
		return 1;
	}
	if (length < 0)
		return errno == EINTR ? 1 : 0;
	read_messages(links, &buffer.header, (int)length);
	return 1;
}

static void on_messages(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct links *links = data;

	(void)loop;
	(void)fd;
	(void)events;
	unsigned int count = 0;

	while (count < DATAGRAMS_MAX && read_socket(links))
		count++;
	if (links->overrun && !links->dumping)
		(void)ask_for_all(links);
}

static int set_up(struct links *links, struct loop *loop)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };

	links->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (links->fd < 0)
		return -errno;
	if (bind(links->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	int r = ask_for_all(links);

	if (r < 0)
		return r;
	/* A dump is answered at once up to the socket's buffer: read it now, so that what is
	 * missing is known when the first policy is watched. */
	for (unsigned int i = 0; i < DATAGRAMS_MAX && links->dumping && read_socket(links); i++)
		;
	return loop_add_fd(loop, links->fd, EPOLLIN, on_messages, links, &links->source);
}

int links_new(struct loop *loop, links_function function, void *data, struct links **ret_links)
{
	struct links *links = calloc(1, sizeof(*links));

	if (!links)
		return -ENOMEM;
	links->fd = -1;
	links->function = function;
	links->data = data;
	int r = set_up(links, loop);

	if (r < 0) {
		links_free(links);
		return r;
	}
	*ret_links = links;
	return 0;
}

void links_free(struct links *links)
{
	if (!links)
		return;
	loop_remove(links->source);
	if (links->fd >= 0)
		close(links->fd);
	free(links->items);
	free(links);
}

void links_watch(struct links *links, const struct policy *policy)
{
	links->policy = policy;
	for (size_t i = 0; i < policy->segment_count; i++) {
		const struct link *link = find_name(links, policy->segments[i].interface);

		if (!link)
			report(links, LINKS_MISSING, policy->segments[i].interface);
		else if (!link->up)
			report(links, LINKS_DOWN, link->name);
	}
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->items[i];

		if (link->up && !link->loopback && !segment_of(links, link->name))
			report(links, LINKS_UNDECLARED, link->name);
	}
}
