/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a host besides its rules decides where packets go, as the kernel tells it: part of a
 * snapshot (snapshot.h). Interfaces, routes and policy rules as host.h has them; of everything else
 * plain facts. Each part was read, or there is the reason why it could not be: an empty part that
 * was read says that there is nothing, one that was not read says nothing.
 */
#ifndef HEDATE_HOSTSNAP_H
#define HEDATE_HOSTSNAP_H

#include "host.h"
#include "json.h"
#include "jsonpull.h"

/* Subject, name and value of the facts of each part; an interface as subject is its name. */
enum hostsnap_part {
	HOSTSNAP_LINKS,	    /* (host.links) */
	HOSTSNAP_ADDRESSES, /* interface, "ipv4" or "ipv6", address with length */
	HOSTSNAP_ROUTES,    /* (host.routes) */
	HOSTSNAP_RULES,	    /* (host.rules) */
	HOSTSNAP_SWITCHES,  /* "all", "default", interface or ""; file below net/; number */
	HOSTSNAP_PROXIES,   /* of ARP, NDP: interface or "", "proxy", address */
	HOSTSNAP_TRAFFIC,   /* tc(8): interface, "qdisc" or "filter", kind and what it does */
	HOSTSNAP_XFRM,	    /* "policy" or "state", direction or protocol, what it is about */
	HOSTSNAP_MPLS,	    /* interface or "", switch, number; "route", label, interface */
	HOSTSNAP_IPVS,	    /* "service", line of /proc/net/ip_vs */
	HOSTSNAP_XTABLES, /* "ip", "ip6", "arp"; table; number of its entries beyond its policies */
	HOSTSNAP_EBTABLES, /* "bridge", table, number of its entries */
	HOSTSNAP_HOOKS,	   /* family and hook, function, module and priority */
	HOSTSNAP_BPF,	   /* of links and attachments: interface or "", kind, program */
	HOSTSNAP_PACKETS,  /* AF_PACKET: interface or "", protocol, user and inode */
	HOSTSNAP_XDP,	   /* AF_XDP: interface, queue, inode */
	HOSTSNAP_OVS,	   /* datapaths of Open vSwitch: name, "", "" */
	HOSTSNAP_KERNEL,   /* "", what a kernel may be built with, "yes" or "no" */
	HOSTSNAP_PARTS,
};
const char *hostsnap_part_name(enum hostsnap_part part); /* "links" */

#define HOSTSNAP_FACTS_MAX 1000000 /* of a part; more are an error of it, -E2BIG */

struct hostsnap_fact {
	char *subject, *name, *value; /* owned, never NULL */
};

struct hostsnap_facts {
	int error; /* 0: it was read; -ENODATA: nobody tried; negative errno: why it was not */
	struct hostsnap_fact *list; /* owned */
	size_t count, room;
};

struct hostsnap {
	struct host host;
	struct hostsnap_facts parts[HOSTSNAP_PARTS];
};

/* Nothing of it is read yet. 0, or -ENOMEM. */
int hostsnap_new(struct hostsnap **ret_snap);
void hostsnap_free(struct hostsnap *snap); /* accepts NULL */
/* Add a fact; the texts are copied. 0, -E2BIG, -ENOMEM. */
int hostsnap_add(struct hostsnap *snap, enum hostsnap_part part, const char *subject,
	const char *name, const char *value);
/* The value of a fact; NULL: there is none, or the part was not read. */
const char *hostsnap_value(const struct hostsnap *snap, enum hostsnap_part part,
	const char *subject, const char *name);

void hostsnap_write(const struct hostsnap *snap, struct json *json);
/* Read what hostsnap_write() wrote, into one that is new. See jsonpull.h. */
bool hostsnap_load(struct jsonpull *pull, struct hostsnap *snap);

#endif
