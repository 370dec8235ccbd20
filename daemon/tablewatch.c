/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tablewatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "../lib/attr.h"
#include "../lib/compile.h"
#include "../lib/nftclosed.h"
#include "../lib/tableevent.h"
#include "clock.h"

#define MESSAGE_BYTES  65536
#define RECEIVE_QUEUE  (16 << 20)
#define DATAGRAMS_MAX  4096 /* in one go: then what is known is told, and the loop has its turn */
#define CULPRITS_MAX   8    /* processes that are looked at in one go */
#define PROC_DIRECTORY "/proc"

struct tablewatch {
	int fd;
	uint32_t port;
	struct loop_source *source;
	tablewatch_alarm alarm;
	tablewatch_function function;
	void *data;
	struct tablewatch_news news;
	/* The transaction that is being told. */
	bool ours, gone, others;
	bool alarmed; /* since it was begun to hear */
	unsigned int looked_at;
	uint8_t buffer[MESSAGE_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
};

static bool is_our_table(const struct tableevent *event)
{
	return event->family == NFPROTO_INET && event->table &&
	       (strcmp(event->table, TABLE_NAME) == 0 || strcmp(event->table, CLOSED_TABLE) == 0);
}

static void sound_alarm(struct tablewatch *watch)
{
	if (!watch->alarmed)
		watch->alarm(watch->news.seen, watch->data);
	watch->alarmed = true;
}

static void hear_change(struct tablewatch *watch, const struct tableevent *event)
{
	bool ours = is_our_table(event);

	if (event->port == watch->port)
		return;
	if (ours || !event->table) {
		watch->ours = true;
		sound_alarm(watch);
	}
	watch->gone = watch->gone ||
		      (ours && event->deletes_table && strcmp(event->table, TABLE_NAME) == 0);
	watch->others = watch->others || !ours;
}

/* A process that changes rules all the time is looked at once. */
static void hear_culprit(struct tablewatch *watch, const struct tableevent *event)
{
	struct culprit *known = &watch->news.culprit;

	if (watch->news.ours && !watch->ours)
		return;
	if ((known->pid == event->pid && strcmp(known->name, event->name) == 0 && known->found) ||
		watch->looked_at >= CULPRITS_MAX)
		return;
	watch->looked_at++;
	culprit_find(PROC_DIRECTORY, event->pid, event->port, event->name, known);
}

static void hear_commit(struct tablewatch *watch, const struct tableevent *event)
{
	struct tablewatch_news *news = &watch->news;

	if (event->port != watch->port) {
		hear_culprit(watch, event);
		news->commits++;
		news->ours = news->ours || watch->ours;
		news->gone = news->gone || watch->gone;
		news->others = news->others || watch->others;
	}
	news->generation = event->generation;
	watch->ours = watch->gone = watch->others = false;
}

static void hear_message(struct tablewatch *watch, const struct nlmsghdr *message)
{
	struct tableevent event;

	tableevent_read(message, &event);
	if (event.kind == TABLEEVENT_CHANGE)
		hear_change(watch, &event);
	else if (event.kind == TABLEEVENT_COMMIT)
		hear_commit(watch, &event);
}

/* One datagram, of the kernel: nobody else may send to the group. false when there is none. */
static bool hear_datagram(struct tablewatch *watch)
{
	struct sockaddr_nl peer = { 0 };
	socklen_t peer_length = sizeof(peer);
	ssize_t length = recvfrom(watch->fd, watch->buffer, sizeof(watch->buffer),
		MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&peer, &peer_length);

	if (length < 0 && errno == EINTR)
		return true;
	if (length < 0 && errno != ENOBUFS)
		return false;
	if (!watch->news.seen)
		watch->news.seen = clock_monotonic();
	if (length < 0 || (size_t)length > sizeof(watch->buffer)) {
		watch->news.lost = true;
		sound_alarm(watch);
		return true;
	}
	const struct nlmsghdr *message = (const void *)watch->buffer;
	int left = (int)length;

	for (; peer.nl_pid == 0 && attrs_message_ok(message, left);
		message = (const void *)((const uint8_t *)message +
					 NLMSG_ALIGN(message->nlmsg_len))) {
		hear_message(watch, message);
		left -= (int)NLMSG_ALIGN(message->nlmsg_len);
	}
	return true;
}

void tablewatch_hear(struct tablewatch *watch)
{
	unsigned int datagrams = 0;

	watch->news = (struct tablewatch_news){ 0 };
	watch->looked_at = 0;
	watch->alarmed = false;
	while (datagrams < DATAGRAMS_MAX && hear_datagram(watch))
		datagrams++;
	/* A table that is gone is not waited for: the rest of its transaction may be long. */
	watch->news.gone = watch->news.gone || watch->gone;
	watch->news.ours = watch->news.ours || watch->gone;
	if (datagrams > 0)
		watch->function(&watch->news, watch->data);
}

static void on_messages(struct loop *loop, int fd, uint32_t events, void *data)
{
	(void)loop;
	(void)fd;
	(void)events;
	tablewatch_hear(data);
}

static int set_up(struct tablewatch *watch, struct loop *loop)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	const int group = NFNLGRP_NFTABLES, size = RECEIVE_QUEUE;

	watch->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (watch->fd < 0)
		return -errno;
	if (setsockopt(watch->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(watch->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(watch->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	if (setsockopt(watch->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	return loop_add_fd(loop, watch->fd, EPOLLIN, on_messages, watch, &watch->source);
}

int tablewatch_new(struct loop *loop, uint32_t port, tablewatch_alarm alarm,
	tablewatch_function function, void *data, struct tablewatch **ret_watch)
{
	struct tablewatch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->fd = -1;
	watch->port = port;
	watch->alarm = alarm;
	watch->function = function;
	watch->data = data;
	int r = set_up(watch, loop);

	if (r < 0) {
		tablewatch_free(watch);
		return r;
	}
	*ret_watch = watch;
	return 0;
}

void tablewatch_free(struct tablewatch *watch)
{
	if (!watch)
		return;
	loop_remove(watch->source);
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch);
}
