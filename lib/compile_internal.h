/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the compiler share. Zones are indexes of policy->zones; the gateway is the
 * zone with the index policy->zone_count.
 */
#ifndef HEDATE_COMPILE_INTERNAL_H
#define HEDATE_COMPILE_INTERNAL_H

#include "compile.h"
#include "ctstate.h"
#include "rulemake.h"

#define PLACE_UNKNOWN "unknown"
#define PLACE_GATEWAY "gateway"

#define DIGEST_LENGTH 32

#define CHAIN_PERMITTED "permitted" /* counts in @hits, accepts */
#define CHAIN_REPEATED	"repeated"  /* packets that a flow set has already, see compile_observe.c */
#define DENY_SNAPLEN	128

/* Constant sets that more than one chain uses; compile.c makes them. */
#define SET_EXTENSION "extension6" /* IPv6 extension headers */
#define SET_DISCOVERY "discovery6" /* neighbour discovery */
#define SET_LISTENER  "listener6"  /* multicast listener discovery */

/* Sets of timed paths. */
#define SET_TIMED	  "timed"		 /* the ids of all of them */
#define SET_ACTIVE_TIMED  "active-timed"	 /* of those that are open, with a timeout */
#define SET_GATEWAY_TIMED "active-gateway-timed" /* the same for the gateway itself */

/* States of linux/netfilter/nf_conntrack_common.h as nftables has them in "ct state". */

#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_ACK 0x10u

/* A kind of path map, by what its key holds after the addresses. */
enum map_kind {
	MAP_PORT,  /* protocol . destination port */
	MAP_ICMP,  /* type . code */
	MAP_PROTO, /* protocol */
	MAP_KINDS,
};

/* Boxes of one future map, packed as the elements of an interval map are. */
struct boxes {
	unsigned int key_length;
	uint8_t *bytes; /* first[key_length] last[key_length] each */
	uint32_t *marks;
	unsigned int *lines;
	size_t count, room;
};

/* Paths that are always open, and those that are at times. */
enum map_time {
	MAP_ALWAYS,
	MAP_TIMED,
	MAP_TIMES,
};

struct pair_maps {
	struct boxes boxes[MAP_KINDS][ADDR_FAMILIES];
	/* Once the maps are made: is there a map of exact keys, and how many layers of ranges? */
	bool has_exact[MAP_KINDS][ADDR_FAMILIES];
	unsigned int layers[MAP_KINDS][ADDR_FAMILIES];
};

/* Everything permitted from one zone to another. */
struct pair {
	struct pair_maps maps[MAP_TIMES];
	bool permits; /* has any map */
	bool timed;   /* has maps of timed paths */
};

/* A deny chain that some rule goes to. */
struct denial {
	enum reason reason;
	char *from, *to;
	char name[RULESET_NAME_MAX + 1];
};

struct compiler {
	struct policy *policy;
	struct diag_list *diags;
	bool island; /* nothing is forwarded */
	bool open;   /* nothing is blocked */
	struct maker make;
	uint8_t *digests;   /* of each path, DIGEST_LENGTH bytes */
	struct pair *pairs; /* see pair_of() */
	struct denial **denials;
	size_t denial_count, denial_room;
	struct strmap denial_names;
};

static inline size_t gateway_zone(const struct compiler *compiler)
{
	return compiler->policy->zone_count;
}

static inline struct pair *pair_of(struct compiler *compiler, size_t from, size_t to)
{
	return &compiler->pairs[from * (compiler->policy->zone_count + 1) + to];
}

/* "mynumber", or "gateway". */
const char *zone_place(const struct compiler *compiler, size_t zone);

/* compile_deny.c: end the rule with a goto to the chain of this denial; the chain itself is made
 * by deny_chains(), so only those exist that something goes to. */
void deny(struct compiler *compiler, enum reason reason, const char *from, const char *to);
/* The name of that chain, for verdict maps; NULL when out of memory. Valid as long as the
 * compiler. */
const char *deny_name(
	struct compiler *compiler, enum reason reason, const char *from, const char *to);
/* All deny chains asked for, and what they need: chain "blocked", flow sets. 0, -EINVAL with a
 * diagnostic. */
int deny_chains(
	struct compiler *compiler, const char *revision, uint16_t log_group, uint32_t flow_limit);
void deny_clear(struct compiler *compiler);

/* compile_island.c: nothing is forwarded: chain "forward"; the chain of two zones. */
void island_forward(struct compiler *compiler);
void island_pair(struct compiler *compiler, size_t from, size_t to);
/* compile_open.c: the set of what passes while nothing is blocked; the rule of a base chain that
 * lets it pass, its first one. Nothing unless the gateway is to be open. */
void open_set(struct compiler *compiler);
void open_accept(struct compiler *compiler, bool count);
/* compile.c: by interfaces in and out to the pair's chain, or "interface". */
void crossing_rules(struct compiler *compiler);
/* compile_flow.c: chain "blocked" and all that it leads to. observed: repeated packets are not all
 * dropped, but go to chain "repeated". */
void flow_chains(struct maker *make, uint32_t flow_limit, bool observed);
/* Then, for each code of a denial: it has an element to be counted on when it overflows. */
void flow_code(struct maker *make, uint32_t code);

/* compile_limit.c: the limit objects; the chain that new connections from one zone to another go
 * to once a map has permitted them; that chain itself, where it is not "permitted". */
void limit_objects(struct compiler *compiler);
void permitted_name(
	const struct compiler *compiler, size_t from, size_t to, char name[RULESET_NAME_MAX + 1]);
void limit_chain(struct compiler *compiler, size_t from, size_t to);

/* compile_observe.c: the digest that an observed pair's id is made from; the interfaces in and out
 * that its connections are opened by, one call for each two, in that direction alone. */
void observe_digest(
	const struct policy *policy, const struct policy_observe *observe, uint8_t *ret_digest);
typedef int (*observe_crossing)(const char *in, const char *out, uint32_t id, void *data);
int observe_crossings(const struct policy *policy, const struct policy_observe *observe,
	observe_crossing function, void *data);
/* What the chains of observed pairs need; nothing when there are none. */
void observe_sets(struct compiler *compiler);
/* What such a chain does more than a deny chain: its first rule, and the end of its last one, which
 * passes the packet on where the other drops it. */
void observe_mark(struct maker *make);
void observe_pass(struct maker *make);

/* compile_ids.c: the ids of all paths and observed pairs, see compile.h. 0, -EINVAL, -ENOMEM. */
int path_ids(struct compiler *compiler);
/* Ids of count digests; bits (1..32) is the width of an id, less than 32 only in tests. Equal
 * digests get equal ids. 0, -ENOMEM, or -ERANGE when a digest has no free id left, with
 * *ret_failed its index. */
int assign_ids(const uint8_t *digests, size_t count, unsigned int bits, uint32_t *ret_ids,
	size_t *ret_failed);

/* compile_paths.c: expand the paths into pairs. 0, -EINVAL with diagnostics, -ENOMEM. */
int path_boxes(struct compiler *compiler);
void pair_clear(struct pair *pair);
/* The fields of a path map and the bytes of its key. */
unsigned int map_fields(enum path_direction direction, enum map_kind kind, enum addr_family family,
	enum field_type ret_fields[RULESET_FIELDS_MAX], unsigned int *ret_key_length);

/* compile_active.c: @active, @active-gateway, those of timed paths and @hits, and chain
 * "permitted". 0, -ENOMEM. */
int active_sets(struct compiler *compiler);

/* compile_timed.c: the rules that accept what is of an open timed path; none where no path is
 * timed. */
void timed_accept_forward(struct compiler *compiler);
void timed_accept_gateway(struct compiler *compiler, bool input);
/* Go on in this rule only when the mark is of an open path. from and to as the packet goes. */
void timed_require_open(struct compiler *compiler, size_t from, size_t to);
/* Deny what has the mark of a timed path, and one of these states (0: any). */
void timed_deny(struct compiler *compiler, uint32_t state, const char *from, const char *to);

/* compile_maps.c: the maps of a pair, 0, -EINVAL, -ENOMEM; the rules that look a packet of a new
 * connection up in them; those that look a reply up by the other direction. */
int pair_maps(struct compiler *compiler, size_t from, size_t to);
void pair_lookups(struct compiler *compiler, size_t from, size_t to);
void reply_lookups(struct compiler *compiler, size_t from, size_t to);

/* compile_pair.c: chain "<from>-to-<to>" and its reply chain, for the gateway as well. */
void pair_chains(struct compiler *compiler, size_t from, size_t to);
void pair_name(
	const struct compiler *compiler, size_t from, size_t to, char name[RULESET_NAME_MAX + 1]);

/* compile_ingress.c: chain "prerouting" and one chain a segment. */
void ingress_chains(struct compiler *compiler);
/* Are the segment's addresses so many ranges that they have an interval set of their own, and how
 * is it called ("internet.uplink.source4")? */
bool has_source_set(const struct policy_segment *segment, enum addr_family family);
void source_set_name(const struct policy_segment *segment, enum addr_family family,
	char name[RULESET_NAME_MAX + 1]);

/* compile_gateway.c: chains "input" and "output". */
void gateway_chains(struct compiler *compiler);

#endif
