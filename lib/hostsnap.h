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
	HOSTSNAP_ELSEWHERE, /* in other namespaces, on top of an interface of ours: ours, kind, name;
			     * ours, "unseen", the address that something receives for that is not
			     * found; "", "namespace", "2 > 1": what our namespace 2 calls 1 and we
			     * have no number for */
	HOSTSNAP_ADDRESSES, /* interface, "address", address with length */
	HOSTSNAP_ROUTES,    /* (host.routes) */
	HOSTSNAP_RULES,	    /* (host.rules) */
	HOSTSNAP_SWITCHES,  /* "", file below /proc/sys/net, number */
	HOSTSNAP_PROXIES,   /* of ARP, NDP: interface or "", "proxy", address */
	HOSTSNAP_TRAFFIC, /* tc(8): interface, "qdisc" or "filter", kind, and its actions' kinds */
	HOSTSNAP_XFRM,	  /* "", "policy" or "state", direction or protocol and what it is about */
	HOSTSNAP_IPVS,	  /* "", "service", line of /proc/net/ip_vs */
	HOSTSNAP_XTABLES, /* "ip", "ip6", "arp"; table; entries besides its policies, or "?" */
	HOSTSNAP_HOOKS,	  /* family and hook, function, priority */
	HOSTSNAP_BPF,	  /* interface or "", kind of link or attachment, number of the program */
	HOSTSNAP_PACKETS, /* AF_PACKET: interface or "", protocol, "raw", "dgram", filter */
	HOSTSNAP_KERNEL,  /* "", what a kernel may have (HOSTSNAP_FEATURES), "yes" or "no" */
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
/* Forget the facts of a part, to be told anew. */
void hostsnap_forget(struct hostsnap *snap, enum hostsnap_part part);
/* The value of a fact; NULL: there is none, or the part was not read. */
const char *hostsnap_value(const struct hostsnap *snap, enum hostsnap_part part,
	const char *subject, const char *name);

void hostsnap_write(const struct hostsnap *snap, struct json *json);
/* Read what hostsnap_write() wrote, into one that is new. See jsonpull.h. */
bool hostsnap_load(struct jsonpull *pull, struct hostsnap *snap);

#endif
