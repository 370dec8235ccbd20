/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy of a site: what the configuration says, resolved and checked, independent of how it
 * was written down and of nftables. conf.c and conf_check.c make it, everything else only reads
 * it. All arrays and strings belong to struct policy and die with policy_free(). Indexes, not
 * pointers, connect its parts.
 */
#ifndef HEDATE_POLICY_H
#define HEDATE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addrset.h"
#include "diag.h"

#define POLICY_NAME_MAX	       32  /* bytes of a zone, segment, host, service or path name */
#define POLICY_LABEL_MAX       256 /* bytes of a label or reason, UTF-8 */
#define POLICY_IFNAME_MAX      15  /* IFNAMSIZ - 1, linux/if.h */
#define POLICY_ZONES_MAX       32
#define POLICY_SEGMENTS_MAX    256
#define POLICY_PATHS_MAX       200000
#define POLICY_DIGEST_LENGTH   32 /* BLAKE2b-256 of the configuration file's bytes */
#define POLICY_REVISION_LENGTH 12 /* hex digits of that digest that name the revision */

enum zone_kind {
	ZONE_MYNUMBER,	 /* マイナンバー利用事務系 */
	ZONE_LGWAN,	 /* LGWAN接続系 */
	ZONE_INTERNET,	 /* インターネット接続系 */
	ZONE_MANAGEMENT, /* the gateway's own management network: never forwards */
};

struct policy_zone {
	char *name;
	char *label; /* Japanese label, or "" */
	enum zone_kind kind;
	bool open_inside; /* true: its segments reach each other without a path */
	size_t first_segment, segment_count; /* in policy.segments, contiguous */
	struct diag_loc loc;
};

/* A network of a segment as it was written, where it was written. */
struct policy_prefix {
	struct addr_prefix prefix;
	bool on_link; /* else remote */
	struct diag_loc loc;
};

struct policy_segment {
	char *name;	 /* "servers" */
	char *full_name; /* "mynumber.servers" */
	char *label;
	char *interface;
	size_t zone;
	struct addrset on_link[ADDR_FAMILIES]; /* the networks of the interface itself */
	struct addrset source[ADDR_FAMILIES];  /* every address that may come from or be behind it:
						* on_link, remote, and for "rest" what no other
						* segment has and a host on the Internet may
						* have (no loopback, multicast, link-local) */
	bool rest[ADDR_FAMILIES];	       /* 0.0.0.0/0 or ::/0 was given as remote */
	struct policy_prefix *prefixes;	       /* all of them, in the order of the file */
	size_t prefix_count;
	struct diag_loc loc, interface_loc;
};

struct policy_host {
	char *name;
	char *label;
	size_t segment;
	struct addr *addresses; /* at least one */
	size_t address_count;
	bool has_mac;
	uint8_t mac[MAC_LENGTH]; /* valid only for a host on_link of its segment */
	struct diag_loc loc;
};

struct policy_network {
	char *name;
	char *label;
	struct addrset addresses[ADDR_FAMILIES];
	struct diag_loc loc;
};

/* One alternative of a service. */
struct policy_service_entry {
	uint8_t protocol;	 /* IPPROTO_*: tcp, udp, icmp, icmpv6, or any other */
	bool whole;		 /* every port, or a protocol without ports */
	struct port_range ports; /* unless whole: ports; for ICMP type << 8 | code */
};

struct policy_service {
	char *name;
	char *label;
	bool any; /* every protocol: only for what is open inside a zone */
	struct policy_service_entry *entries;
	size_t entry_count;
	struct diag_loc loc;
};

/* One end of a path: addresses of one segment. A zone as an end becomes one part a segment. */
struct policy_part {
	size_t segment;
	struct addrset addresses[ADDR_FAMILIES];
};

struct policy_end {
	char *text; /* as written: "mynumber.servers", "eltax", "172.28.1.20" */
	struct policy_part *parts;
	size_t part_count;
};

enum path_data {
	PATH_DATA_FORWARD, /* data flows from the initiator to the target */
	PATH_DATA_REVERSE, /* data flows back, as in screen transfer (R15) */
	PATH_DATA_BOTH,
};

enum path_direction {
	PATH_FORWARD, /* through the gateway */
	PATH_INPUT,   /* to the gateway itself: "to" has no parts */
	PATH_OUTPUT,  /* from the gateway itself: "from" has no parts */
};

struct policy_path {
	char *name; /* unique: "F01"; made by the loader for what is open inside a zone */
	char *reason;
	enum path_direction direction;
	struct policy_end from, to; /* from: the initiator */
	size_t *services;
	size_t service_count;
	enum path_data data;
	uint32_t id; /* the connection mark, see compile.h; 0 until compiled */
	struct diag_loc loc;
};

enum policy_fragments {
	POLICY_FRAGMENTS_DROP,	     /* record and drop each fragment, reason "fragment" */
	POLICY_FRAGMENTS_REASSEMBLE, /* let the kernel reassemble, decide on the whole packet */
};

struct policy {
	char *site;
	char *label;
	char *file; /* where it was read from */
	uint8_t digest[POLICY_DIGEST_LENGTH];
	char revision[POLICY_REVISION_LENGTH + 1];
	enum policy_fragments fragments;
	unsigned int epoch_seconds; /* 1..3600, default 10 */
	unsigned int flow_limit;    /* elements of one flow set, 1024..4194304, default 262144 */
	unsigned int log_group;	    /* NFLOG group, 1..65535, default 100 */

	struct policy_zone *zones;
	size_t zone_count;
	struct policy_segment *segments;
	size_t segment_count;
	struct policy_host *hosts;
	size_t host_count;
	struct policy_network *networks;
	size_t network_count;
	struct policy_service *services;
	size_t service_count;
	struct policy_path *paths; /* forward, input and output, in the order of the file */
	size_t path_count;
};

/* An empty policy with the defaults above. 0, or -ENOMEM. */
int policy_new(struct policy **ret_policy);
/* Accepts NULL and half-built policies. */
void policy_free(struct policy *policy);

const char *zone_kind_name(enum zone_kind kind);		 /* "mynumber" */
int zone_kind_parse(const char *text, enum zone_kind *ret_kind); /* 0, or -EINVAL */
const char *path_data_name(enum path_data data);		 /* "forward" */

/* The segment whose source set holds this address; policy->segment_count when none does. */
size_t policy_segment_of(const struct policy *policy, const struct addr *addr);
/* The zone that a path's ends are in; an end that is the gateway gives policy->zone_count. */
size_t policy_path_zone_from(const struct policy *policy, const struct policy_path *path);
size_t policy_path_zone_to(const struct policy *policy, const struct policy_path *path);
/* Service of a path as text, "tcp 443, 8443; udp 53". Truncated to size. */
void policy_path_service_text(
	const struct policy *policy, const struct policy_path *path, char *text, size_t size);

#endif
