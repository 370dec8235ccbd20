/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's network as the kernel told of it, and what of it weakens the separation of a policy's
 * zones: a route that sends one zone's networks out of another zone's interface, ports of two zones
 * in one bridge, a program that takes packets before the rule set sees them, a switch.
 */
#ifndef HEDATE_HOST_H
#define HEDATE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nlroute.h"
#include "policy.h"

#define HOST_ROUTES_MAX	  200000 /* more are not judged, which is a finding */
#define HOST_FINDINGS_MAX 1000	 /* more are counted */

struct host_link {
	struct nlroute_link link;
	struct nlroute_filter filter; /* of tc(8), that could take packets away; kind "": none */
	bool had_rp_filter; /* it was on when it was seen first: whoever watches says so */
};

struct host {
	struct host_link *links; /* owned, as all arrays */
	size_t link_count, link_room;
	struct nlroute_route *routes;
	size_t route_count, route_room;
	bool more_routes;
	struct nlroute_rule *rules;
	size_t rule_count, rule_room;
	int forwarding_all[ADDR_FAMILIES]; /* the switch of all interfaces; -1: not known */
	int redirects_all, source_route_all, rp_filter_all; /* of IPv4; -1: not known */
};

void host_init(struct host *host);
void host_clear(struct host *host);
/* Forget what was told of one kind, to be told anew. */
void host_forget_links(struct host *host);
void host_forget_routes(struct host *host);
void host_forget_rules(struct host *host);
/* Add one that is known. 0, or -ENOMEM. */
int host_add_link(struct host *host, const struct host_link *link);
int host_add_route(struct host *host, const struct nlroute_route *route);
int host_add_rule(struct host *host, const struct nlroute_rule *rule);
/* What a message tells is added; one of another kind, or that holds what it cannot, is passed over.
 * For nlsock_request(); data is the host. 0, or -ENOMEM. */
int host_take_link(const struct nlmsghdr *message, void *data);
int host_take_route(const struct nlmsghdr *message, void *data);
int host_take_rule(const struct nlmsghdr *message, void *data);
int host_take_switches(const struct nlmsghdr *message, void *data);
/* Of one interface, after the interfaces. */
int host_take_filter(const struct nlmsghdr *message, void *data);

struct host_link *host_find_link(const struct host *host, int index);
const struct host_link *host_find_name(const struct host *host, const char *name);

/* rp_filter as it is of effect on an interface: the larger of its own and that of all. -1: neither
 * is known. */
int host_rp_filter(const struct host *host, const struct nlroute_link *link);

enum host_risk {
	RISK_FORWARDING_OFF, /* what is permitted does not pass either */
	RISK_ROUTE,	     /* sends one zone's networks out of another's interface */
	RISK_ROUTES_MANY,    /* too many routes to judge */
	RISK_PORTS,   /* a bridge, bond, VRF ... with ports of two zones, or undeclared ones */
	RISK_STACKED, /* an interface on top of one of another zone */
	RISK_XDP,
	RISK_FILTER,
	RISK_SWITCH, /* proxy ARP, redirects, source routes, routes to 127.0.0.0/8 */
	RISK_COUNT,
};
const char *host_risk_name(enum host_risk risk); /* "route", for records and programs */
/* The action of its events: "forwarding", "route-contradiction", "bridge", "interface-risk". */
const char *host_risk_action(enum host_risk risk);

#define HOST_TEXT_MAX 320

struct host_finding {
	enum host_risk risk;
	char interface[IFNAMSIZ]; /* that it is about, or "" */
	char text[HOST_TEXT_MAX]; /* a sentence in English; no two findings have the same */
};

struct host_findings {
	struct host_finding *list; /* owned; sorted by text */
	size_t count, room;
	size_t left_out; /* over HOST_FINDINGS_MAX */
};

/* 0, or -ENOMEM (ret_findings is empty then). */
int host_judge(
	const struct host *host, const struct policy *policy, struct host_findings *ret_findings);
void host_findings_clear(struct host_findings *findings);

/* What of the new findings was not among the old, and the other way round. */
typedef void (*host_difference)(const struct host_finding *finding, bool began, void *data);
void host_findings_compare(const struct host_findings *before, const struct host_findings *after,
	host_difference callback, void *data);

#endif
