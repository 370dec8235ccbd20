/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says of the host's network (rtnetlink(7)), message by message: interfaces and
 * what they hang on, addresses, routes, policy rules, forwarding switches, filters and queueing of
 * an interface. Any bytes may come; attributes that are not known are passed over.
 *
 * Each function takes a complete message of its kind apart: 0; -ENOMSG for one of another kind;
 * -EBADMSG for one that holds what it cannot.
 */
#ifndef HEDATE_NLROUTE_H
#define HEDATE_NLROUTE_H

#include <linux/if.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addrset.h"

#define NLROUTE_KIND_MAX    16 /* "macvlan", with its NUL */
#define NLROUTE_ACTIONS_MAX 64

/* Switches that each interface has (Documentation/networking/ip-sysctl). -1: not told. */
enum nlroute_switch {
	SWITCH_FORWARDING4,
	SWITCH_FORWARDING6,
	SWITCH_PROXY_ARP,
	SWITCH_PROXY_NDP,
	SWITCH_RP_FILTER,
	SWITCH_ACCEPT_REDIRECTS4,
	SWITCH_ACCEPT_REDIRECTS6,
	SWITCH_SOURCE_ROUTE4,
	SWITCH_SOURCE_ROUTE6,
	SWITCH_ROUTE_LOCALNET,
	SWITCH_COUNT,
};

struct nlroute_link {
	bool gone; /* the message says that it is not there any more */
	int index;
	char name[IFNAMSIZ];
	unsigned int flags;	     /* IFF_... */
	unsigned short type;	     /* ARPHRD_... */
	int master;		     /* the interface that it is a port of, 0: none */
	int lower;		     /* the one that it lies on (a VLAN, a macvlan), 0: none */
	bool lower_elsewhere;	     /* that one is in another network namespace */
	int lower_namespace;	     /* our number of that namespace, -1: none */
	bool moved;		     /* gone, and in another namespace now */
	char kind[NLROUTE_KIND_MAX]; /* "bridge", "vlan", ...; "" for hardware */
	uint8_t mac[MAC_LENGTH];     /* all zero: it has none, or one of another length */
	bool xdp;		     /* a program takes its packets before anybody else */
	uint32_t xdp_program;	     /* its number, 0: not told */
	int switches[SWITCH_COUNT];
};
int nlroute_link(const struct nlmsghdr *message, struct nlroute_link *ret_link);

struct nlroute_address {
	bool gone;
	int index;
	struct addr local; /* our end, of a point-to-point link too */
	unsigned int length;
};
int nlroute_address(const struct nlmsghdr *message, struct nlroute_address *ret_address);

#define NLROUTE_HOPS_MAX 16

struct nlroute_route {
	bool gone;
	struct addr_prefix prefix; /* of the destination; length 0: of all */
	uint32_t table;
	uint32_t metric;
	uint8_t type; /* RTN_UNICAST, ... */
	uint8_t protocol;
	uint16_t encap;			  /* LWTUNNEL_ENCAP_* of any hop; 0: none */
	bool cloned;			  /* a cache's entry, no route */
	int interfaces[NLROUTE_HOPS_MAX]; /* of the next hops */
	size_t interface_count;
	bool more_hops; /* than there is room for */
};
int nlroute_route(const struct nlmsghdr *message, struct nlroute_route *ret_route);

struct nlroute_rule {
	bool gone;
	enum addr_family family;
	uint32_t priority;
	uint32_t table; /* that it sends to, 0: it does something else */
	uint8_t action; /* FR_ACT_... */
	bool selective; /* it looks at more than that there is a packet */
};
int nlroute_rule(const struct nlmsghdr *message, struct nlroute_rule *ret_rule);

/* The switches of an interface, or of all (index -1) or of those to come (-2). -1: not told. */
struct nlroute_switches {
	enum addr_family family;
	int index;
	int forwarding;
};
int nlroute_switches(const struct nlmsghdr *message, struct nlroute_switches *ret_switches);

/* A filter of tc(8), or a queueing discipline. */
struct nlroute_filter {
	bool gone;
	int index;
	uint32_t parent, handle;
	char kind[NLROUTE_KIND_MAX]; /* "bpf", "matchall", "clsact" */
	bool redirects;		     /* an action of it is "mirred" */
	bool program;		     /* an action or the filter itself is a program of BPF */
	/* The kinds of its actions, a space before each; "..." at the end: there are more. */
	char actions[NLROUTE_ACTIONS_MAX];
};
int nlroute_filter(const struct nlmsghdr *message, struct nlroute_filter *ret_filter);
int nlroute_qdisc(const struct nlmsghdr *message, struct nlroute_filter *ret_qdisc);
/* A class of one, whose number is in parent. */
int nlroute_class(const struct nlmsghdr *message, struct nlroute_filter *ret_class);

/* A number that we have for a namespace; -1: it has none. */
int nlroute_namespace(const struct nlmsghdr *message, int *ret_number);
/* One that another namespace has, and our number of the same; -1: we have none. */
int nlroute_namespace_of(const struct nlmsghdr *message, int *ret_theirs, int *ret_ours);

/* An address that an interface receives for beside its own: one that lies on it has asked for that,
 * wherever it is. Of many hosts' addresses is another kind. */
struct nlroute_listened {
	int index;
	uint8_t mac[MAC_LENGTH];
};
int nlroute_listened(const struct nlmsghdr *message, struct nlroute_listened *ret_listened);

/* What this host answers for in place of another (ARP, NDP). */
struct nlroute_proxy {
	int index; /* 0: of all interfaces */
	struct addr address;
};
int nlroute_proxy(const struct nlmsghdr *message, struct nlroute_proxy *ret_proxy);

/* An address beside this host, and the device that has said that it is its own (ARP, NDP). One that
 * has not answered is of another kind. */
struct nlroute_neighbour {
	int index;
	struct addr address;
	uint8_t mac[MAC_LENGTH];
};
int nlroute_neighbour(const struct nlmsghdr *message, struct nlroute_neighbour *ret_neighbour);

#endif
