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
#define POLICY_DIGEST_LENGTH   32   /* BLAKE2b-256 of the configuration file's bytes */
#define POLICY_REVISION_LENGTH 12   /* hex digits of that digest that name the revision */
#define POLICY_CONFIRM_LEAST   10   /* less than a person needs to try and to answer */
#define POLICY_CONFIRM_MAX     3600 /* seconds until a change must be confirmed */

enum zone_kind {
	ZONE_MYNUMBER,	 /* マイナンバー利用事務系 */
	ZONE_LGWAN,	 /* LGWAN接続系 */
	ZONE_INTERNET,	 /* インターネット接続系 */
	ZONE_MANAGEMENT, /* the gateway's own management network: never forwards */
};

/* What a zone is set apart for (R8): one that is not ordinary opens no connection into a zone of
 * kind lgwan or mynumber, where the profile says so. */
enum zone_role {
	ZONE_ORDINARY,
	ZONE_PUBLIC, /* used by people from outside */
	ZONE_IOT,    /* cameras, printers, sensors */
};

/* How many connections a zone may open through the gateway (R19). */
struct policy_limit {
	unsigned int rate;	  /* connections a period, 1..1000000; 0: no limit */
	unsigned int per_seconds; /* 1, 60, 3600 */
	unsigned int burst;	  /* at once, 1..1000000: at most rate + burst in any period */
	struct diag_loc loc;
};

struct policy_zone {
	char *name;
	char *label; /* Japanese label, or "" */
	enum zone_kind kind;
	enum zone_role role;
	struct policy_limit limit;
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

/* Who answers for a connection to a network of somebody else (R3). Texts are "" when not given. */
struct policy_external {
	bool given;
	char *owner;	  /* who runs the network at the other end */
	char *permission; /* number of the permission to connect */
	char *survey;	  /* reference of the survey of that network */
	struct diag_loc loc;
};

enum line_type {
	LINE_UNSTATED,
	LINE_DEDICATED, /* 専用回線 */
	LINE_LGWAN,
	LINE_VPN,
	LINE_INTERNET,
};

/* The line to what is remote of a segment (R2). */
struct policy_line {
	enum line_type type;
	char *encryption; /* how it is encrypted: "IPsec", or "" */
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
	struct policy_external external;
	struct policy_line line;
	struct diag_loc loc, interface_loc;
};

enum host_role {
	HOST_ORDINARY,
	HOST_SANITIZER, /* 無害化装置: makes text of mail, cleans files */
	HOST_VDI,	/* what a screen is transferred from */
};

struct policy_host {
	char *name;
	char *label;
	size_t segment;
	struct addr *addresses; /* at least one */
	size_t address_count;
	enum host_role role;
	bool has_mac;
	bool next_hop_mac;	 /* the MAC is that of the router that the host is behind (R11) */
	uint8_t mac[MAC_LENGTH]; /* of a host on_link of its segment, else next_hop_mac */
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

/* How data is made harmless between lgwan and internet (R13). */
enum sanitize {
	SANITIZE_NONE,
	SANITIZE_MAIL_TEXT,	  /* メールテキスト化 */
	SANITIZE_SCREEN_TRANSFER, /* 画面転送 */
	SANITIZE_FILE,		  /* ファイル無害化 */
};

/* 特定通信: why residents' data may cross the boundary on this path (R11, R12). */
struct policy_specified {
	bool given;
	/* Who says, and since which day: the peer has no Internet; or "". NULL unless given. */
	char *attested_by, *attested_on;
	bool public_body; /* or the peer is a public body's system ... */
	size_t via;	  /* ... reached through this zone; else zone_count; 0 unless
			   * given */
	struct diag_loc loc;
};

#define POLICY_WINDOWS_MAX 32
#define DAY_MINUTES	   1440

/* When a path is open, every week, in the local time of policy.time_zone. */
struct policy_window {
	uint8_t days;	    /* on which it begins: bit 0 is Monday, bit 6 Sunday; not 0 */
	unsigned int from;  /* minutes after 00:00 of that day, 0..1439 */
	unsigned int until; /* from < until <= from + DAY_MINUTES; may lie in the next day */
	struct diag_loc loc;
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
	enum sanitize sanitize;
	bool local_breakout; /* straight to a listed cloud, past the security cloud (R16) */
	struct policy_specified specified;
	struct policy_window *windows; /* none: always open */
	size_t window_count;
	/* Of a path that an exception (例外措置) grants; it is timed, like one with windows. */
	char *exception;	       /* its number, "X-2026-0001"; NULL for a path of the file */
	int64_t not_before, not_after; /* Unix time in seconds; 0: no bound */
	uint32_t id;		       /* the connection mark, see compile.h; 0 until compiled */
	struct diag_loc loc;
};

enum policy_fragments {
	POLICY_FRAGMENTS_DROP,	     /* record and drop each fragment, reason "fragment" */
	POLICY_FRAGMENTS_REASSEMBLE, /* let the kernel reassemble, decide on the whole packet */
};

/* Addresses on the Internet side with a name: a cloud that the site goes to directly. */
struct policy_breakout {
	char *name;
	char *label;
	struct addrset addresses[ADDR_FAMILIES];
	struct diag_loc loc;
};

/* A pair of zones between which nothing is blocked yet, only recorded. */
struct policy_observe {
	size_t from, to; /* zones */
	char *reason;
	uint32_t id; /* the mark of connections that only this lets through; 0 until compiled */
	struct diag_loc loc;
};

/* What must hold of the rule set (R29), whatever the time: a connection from one address to
 * another passes, or is blocked. */
struct policy_assertion {
	char *name;
	bool must_pass;
	struct policy_end from, to; /* addresses of one host; no parts: the gateway */
	bool has_mac;		    /* sent with this MAC instead of the one bound to from */
	uint8_t mac[MAC_LENGTH];
	size_t *services;
	size_t service_count;
	struct diag_loc loc;
};

#define POLICY_ASSERTIONS_MAX 1000

#define POLICY_ALERTS_MAX  100
#define POLICY_COMMAND_MAX 32 /* words */

/* When somebody is told (R49): so many of these records within so many seconds. "hedate alert" runs
 * the command, as a user of its own. Places are zones, segments, "gateway" or "unknown". */
struct policy_alert {
	char *name;
	char *action;	      /* event.action of the records, or NULL: blocked and observed flows */
	char *reason;	      /* of flows, or NULL: any */
	char *from, *to;      /* or NULL: any */
	unsigned int count;   /* records; 0: packets counts */
	unsigned int packets; /* of flows; 0: count counts */
	unsigned int seconds; /* 1..86400, default 60 */
	unsigned int every;   /* seconds from one run to the next, 1..86400, default 300 */
	char **command;	      /* words, the first begins with '/'; NULL behind the last */
	size_t command_count;
	struct diag_loc loc;
};

/* The other gateway of a pair (hedate-ha(7)): who it is, and what to run to be told what it has in
 * force. */
struct policy_ha {
	char *peer;	/* or NULL: there is none */
	char **command; /* as of an alert */
	size_t command_count;
};

struct profile; /* profile.h */

/* What the recorder is told of the log, beside the epochs: hedate.conf(5), "log". */
struct policy_log {
	bool island;		     /* on_log_failure: nothing is forwarded without a log */
	bool compress;		     /* closed segments; default true */
	unsigned int retention_days; /* 0..36500, 0: for ever; default 365 (R34) */
	unsigned long long size;     /* bytes that the log should not exceed; 0: no limit */
	unsigned long long segment;  /* bytes of the largest segment, 1 MiB or more */
	unsigned int scan_targets;   /* 0: scans are not looked for, 2..65535; default 20 (R20) */
	unsigned int scan_seconds;   /* 1..3600, default 60 */
	unsigned int payload;	     /* bytes of a first packet that are kept, 0..1500; default 0 */
};

struct policy {
	char *site;
	char *label;
	char *time_zone;    /* of tzdata, default "Asia/Tokyo" */
	char *profile_name; /* of the site's own security policy, or NULL (R4) */
	char *model_name;   /* "alpha", or NULL */
	struct diag_loc profile_loc, model_loc;
	struct profile *profile, *model; /* owned; NULL when none is named */
	/* Dates as YYYY-MM-DD of the last confirmation and audit by others (R45), or "". */
	char *confirmed_on, *audited_on;
	struct diag_loc confirmed_loc, audited_loc;
	unsigned int emergency_hours; /* longest emergency exception, 1..720, default 72 (R25) */
	unsigned int exception_days;  /* longest other exception, 1..366, default 90 */
	/* How the configuration is changed (R28). */
	bool two_person;	       /* a change is proposed, and approved by another person */
	unsigned int confirm_seconds;  /* until it is undone when not confirmed, 10..3600; 0, the
					* default: it is confirmed at once */
	unsigned int proposal_seconds; /* until a proposal lapses, 60..604800, default 86400 */
	/* The bounds of exceptions are compared with no time before this one: what is over stays
	 * over when the clock is set back. Unix time in seconds; 0: with the time that it is. */
	int64_t exceptions_since;
	char *file; /* where it was read from */
	uint8_t digest[POLICY_DIGEST_LENGTH];
	char revision[POLICY_REVISION_LENGTH + 1];
	enum policy_fragments fragments;
	unsigned int epoch_seconds; /* 1..3600, default 10 */
	unsigned int prove_seconds; /* from one proof to the next, 0..86400, default 3600; 0: only
				     * when something has changed */
	unsigned int flow_limit;    /* elements of one flow set, 1024..4194304, default 262144 */
	unsigned int log_group;	    /* NFLOG group, 1..65535, default 100 */
	struct policy_log log;

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
	char *cloud_label;		     /* the security cloud, or "" */
	struct addrset cloud[ADDR_FAMILIES]; /* its addresses (R17) */
	struct diag_loc cloud_loc;
	struct policy_breakout *breakouts;
	size_t breakout_count;
	struct policy_observe *observes;
	size_t observe_count;
	struct policy_assertion *assertions;
	size_t assertion_count;
	struct policy_alert *alerts;
	size_t alert_count;
	struct policy_ha ha;
};

/* An empty policy with the defaults above. 0, or -ENOMEM. */
int policy_new(struct policy **ret_policy);
/* Accepts NULL and half-built policies. */
void policy_free(struct policy *policy);
/* Free what an end holds; it is empty then. */
void policy_end_clear(struct policy_end *end);
/* Free what a path holds; it is empty then. */
void policy_path_clear(struct policy_path *path);
/* Put a path behind the others, and leave an empty one. 0; -ENOMEM: it is as it was. */
int policy_add_path(struct policy *policy, struct policy_path *path);

const char *zone_kind_name(enum zone_kind kind);		 /* "mynumber" */
int zone_kind_parse(const char *text, enum zone_kind *ret_kind); /* 0, or -EINVAL */
const char *path_data_name(enum path_data data);		 /* "forward" */
const char *zone_role_name(enum zone_role role);		 /* "public" */
const char *host_role_name(enum host_role role);		 /* "sanitizer" */
const char *line_type_name(enum line_type type);		 /* "dedicated" */
const char *sanitize_name(enum sanitize sanitize);		 /* "mail_text"; "none" */

/* Is the path open only at times? Then its connections end when its time does. */
static inline bool policy_path_timed(const struct policy_path *path)
{
	return path->window_count > 0 || path->exception != NULL;
}

/* The segment whose source set holds this address; policy->segment_count when none does. */
size_t policy_segment_of(const struct policy *policy, const struct addr *addr);
/* The zone that a path's ends are in; an end that is the gateway gives policy->zone_count. */
size_t policy_path_zone_from(const struct policy *policy, const struct policy_path *path);
size_t policy_path_zone_to(const struct policy *policy, const struct policy_path *path);
/* Is the pair of zones only observed? NULL: no. */
const struct policy_observe *policy_observe_of(const struct policy *policy, size_t from, size_t to);
/* Forget all services but the first count; no path needs the others. */
void policy_drop_services(struct policy *policy, size_t count);
/* Services as text, "tcp 443, 8443; udp 53"; one entry of them; those of a path. Truncated to size.
 */
void policy_services_text(
	const struct policy *policy, const size_t *services, size_t count, char *text, size_t size);
void policy_entry_text(const struct policy_service_entry *entry, char *text, size_t size);
void policy_path_service_text(
	const struct policy *policy, const struct policy_path *path, char *text, size_t size);

#endif
