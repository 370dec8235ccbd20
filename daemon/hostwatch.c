/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostwatch.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/attr.h"
#include "../lib/nlsock.h"
#include "clock.h"
#include "hostwatch_impl.h"

#define MESSAGE_BYTES 32768
#define PERIOD_MS     10000 /* switches that no event tells of */
#define QUICK_LOOKS   60
#define REFILL_MS     5000
#define START_MS      5000 /* forwarding is turned on when we are ready */
#define READ_AT_ONCE  64

/* Looking -------------------------------------------------------------------------------------- */

static void arm(struct hostwatch *watch)
{
	int64_t since = (clock_monotonic() - watch->looked) / 1000000;
	/* Looking never takes more than a tenth of the time. */
	int64_t pause =
		watch->pause_ms > 10 * watch->cost_ms ? watch->pause_ms : 10 * watch->cost_ms;
	uint64_t wait = since < pause ? (uint64_t)(pause - since) : 0;

	if (watch->armed)
		return;
	watch->armed = loop_set_timer(watch->timer, wait, 0) == 0;
}

/* So many looks that find a change may follow each other quickly; one more is allowed every few
 * seconds. */
static void set_pause(struct hostwatch *watch, bool changed)
{
	int64_t refilled = (clock_monotonic() - watch->refilled) / (REFILL_MS * INT64_C(1000000));

	if (refilled > 0) {
		watch->refilled = clock_monotonic();
		watch->quick = refilled < QUICK_LOOKS - watch->quick
				       ? watch->quick + (unsigned int)refilled
				       : QUICK_LOOKS;
	}
	if (changed && watch->quick > 0)
		watch->quick--;
	watch->pause_ms = watch->quick > 0 ? HOSTWATCH_QUICK_MS : HOSTWATCH_SLOW_MS;
}

/* Before we were ready forwarding was off, as it should be. */
static void pass_over_start(const struct hostwatch *watch, struct host_findings *findings)
{
	size_t kept = 0;

	if (clock_monotonic() - watch->started > START_MS * INT64_C(1000000))
		return;
	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].risk != RISK_FORWARDING_OFF)
			findings->list[kept++] = findings->list[i];
	findings->count = kept;
}

static void compare(struct hostwatch *watch, struct host_findings *findings)
{
	struct host_findings before = watch->findings;

	watch->findings = *findings;
	hostwatch_record_differences(watch, &before);
	host_findings_clear(&before);
	set_pause(watch, watch->began + watch->ended > 0);
	if (watch->tell && watch->began + watch->ended > 0)
		watch->tell(watch->data);
}

void hostwatch_tell(struct hostwatch *watch, void (*function)(void *data), void *data)
{
	watch->tell = function;
	watch->data = data;
}

static bool is_of_zone(const struct hostwatch *watch, const char *interface)
{
	for (size_t i = 0; watch->policy && i < watch->policy->segment_count; i++)
		if (strcmp(watch->policy->segments[i].interface, interface) == 0)
			return true;
	return false;
}

/* Rules go by names: an interface that went and came back has those that it had. */
static void look_for_anew(struct hostwatch *watch)
{
	for (size_t i = 0; i < watch->host.link_count; i++) {
		const struct nlroute_link *link = &watch->host.links[i].link;
		size_t at = 0;
		bool other;

		if (!is_of_zone(watch, link->name))
			continue;
		while (at < watch->seen_count && strcmp(watch->seen[at].name, link->name) != 0)
			at++;
		if (at == POLICY_SEGMENTS_MAX)
			continue;
		other = at < watch->seen_count && watch->seen[at].index != link->index;
		if (other)
			hostwatch_record_anew(watch, link->name);
		if (other || at == watch->seen_count)
			watch->seen[at].had_rp_filter = host_rp_filter(&watch->host, link) > 0;
		if (at == watch->seen_count)
			watch->seen_count++;
		memcpy(watch->seen[at].name, link->name, sizeof(link->name));
		watch->seen[at].index = link->index;
		watch->host.links[i].had_rp_filter = watch->seen[at].had_rp_filter;
	}
}

static void look(struct hostwatch *watch)
{
	struct host_findings findings = { 0 };
	int64_t began = clock_monotonic();
	int r = hostwatch_read(watch);

	if (r == 0) {
		look_for_anew(watch);
		r = host_judge(&watch->host, watch->policy, &findings);
	}
	if (r < 0) {
		watch->looked = clock_monotonic();
		watch->dirty = PART_ALL;
		(void)loop_set_timer(watch->timer, HOSTWATCH_SLOW_MS, 0);
		watch->armed = true;
		return;
	}
	pass_over_start(watch, &findings);
	compare(watch, &findings);
	hostwatch_record_switched(watch);
	causer_forget(&watch->causer);
	watch->looked = clock_monotonic();
	watch->cost_ms = (unsigned int)((watch->looked - began) / 1000000);
}

static void on_timer(struct loop *loop, void *data)
{
	struct hostwatch *watch = data;

	(void)loop;
	watch->armed = false;
	if (watch->policy)
		look(watch);
}

static void on_period(struct loop *loop, void *data)
{
	struct hostwatch *watch = data;

	(void)loop;
	watch->dirty |= PART_LINKS;
	arm(watch);
}

/* The kernel's events -------------------------------------------------------------------------- */

static unsigned int part_of(const struct nlmsghdr *message)
{
	switch (message->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return PART_ROUTES;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return PART_RULES;
	case RTM_NEWLINK:
	case RTM_DELLINK:
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		return PART_LINKS;
	default:
		return 0;
	}
}

static void take_event(struct hostwatch *watch, const struct nlmsghdr *message)
{
	unsigned int part = part_of(message);
	struct nlroute_switches switches;
	struct nlroute_link link;

	if (!part)
		return;
	watch->dirty |= part;
	causer_add(&watch->causer, message->nlmsg_pid);
	if (nlroute_switches(message, &switches) == 0 && switches.index == -1)
		watch->switched[switches.family] += switches.forwarding >= 0;
	if (nlroute_link(message, &link) == 0 && link.moved && is_of_zone(watch, link.name))
		hostwatch_record_move(watch, link.name);
}

/* 1: there may be more. */
static int read_events(struct hostwatch *watch)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[MESSAGE_BYTES];
	} buffer;
	const struct nlmsghdr *message = &buffer.header;
	ssize_t length = recv(watch->fd, &buffer, sizeof(buffer), MSG_DONTWAIT);
	int left = (int)length;

	if (length < 0 && errno == ENOBUFS) {
		watch->dirty = PART_ALL;
		return 1;
	}
	if (length < 0)
		return errno == EINTR;
	for (; attrs_message_ok(message, left);) {
		take_event(watch, message);
		int step = (int)NLMSG_ALIGN(message->nlmsg_len);

		if (step >= left)
			break;
		left -= step;
		message = (const void *)((const uint8_t *)message + step);
	}
	return 1;
}

static void on_events(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct hostwatch *watch = data;

	(void)loop;
	(void)fd;
	(void)events;
	for (int i = 0; i < READ_AT_ONCE && read_events(watch); i++)
		;
	if (watch->dirty)
		arm(watch);
}

/* ---------------------------------------------------------------------------------------------- */

static int open_events(struct hostwatch *watch)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
		RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF,
		RTNLGRP_TC };
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK };

	watch->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (watch->fd < 0 ||
		bind(watch->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (setsockopt(watch->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			    sizeof(groups[i])) < 0)
			return -errno;
	return 0;
}

int hostwatch_new(struct loop *loop, struct reclink *reclink, struct hostwatch **ret_watch)
{
	struct hostwatch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	watch->reclink = reclink;
	watch->pause_ms = HOSTWATCH_QUICK_MS;
	watch->started = watch->refilled = clock_monotonic();
	watch->quick = QUICK_LOOKS;
	host_init(&watch->host);
	r = open_events(watch);
	if (r == 0)
		r = nlsock_open_route(&watch->socket);
	if (r == 0)
		r = loop_add_fd(loop, watch->fd, EPOLLIN, on_events, watch, &watch->source);
	if (r == 0)
		r = loop_add_timer(loop, on_timer, watch, &watch->timer);
	if (r == 0)
		r = loop_add_timer(loop, on_period, watch, &watch->period);
	if (r == 0)
		r = loop_set_timer(watch->period, PERIOD_MS, PERIOD_MS);
	if (r < 0) {
		hostwatch_free(watch);
		return r;
	}
	*ret_watch = watch;
	return 0;
}

void hostwatch_free(struct hostwatch *watch)
{
	if (!watch)
		return;
	loop_remove(watch->source);
	loop_remove(watch->timer);
	loop_remove(watch->period);
	if (watch->fd >= 0)
		close(watch->fd);
	nlsock_close(watch->socket);
	host_findings_clear(&watch->findings);
	host_clear(&watch->host);
	free(watch);
}

void hostwatch_policy(struct hostwatch *watch, const struct policy *policy)
{
	if (!watch)
		return;
	watch->policy = policy;
	watch->dirty = PART_ALL;
	arm(watch);
}

const struct host_findings *hostwatch_findings(const struct hostwatch *watch)
{
	return &watch->findings;
}
