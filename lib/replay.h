/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a policy would do with traffic that was captured: each packet goes through the rule set
 * (evaluate.h) with the connection state that it would have, and is counted on its flow.
 *
 * Connections are followed as nf_conntrack does it, as far as the rules look: by addresses,
 * protocol and ports (of ICMP: identifier), new until the first answer, established after it,
 * related for ICMP errors that quote it, invalid for TCP that cannot begin one; forgotten after the
 * kernel's default times. A connection begins only when its first packet passes. Windows of TCP and
 * checksums are not looked at, addresses are not translated, helpers expect nothing.
 *
 * A packet comes in where its source belongs by the policy's segments, and goes out where its
 * destination does. A gateway's capture has forwarded packets twice, coming and going: the second,
 * whose time to live is less by one, is left out.
 */
#ifndef HEDATE_REPLAY_H
#define HEDATE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compile.h"
#include "policy.h"
#include "ruleset.h"
#include "zonetime.h"

#define REPLAY_FLOWS_MAX 500000
#define REPLAY_OWN_MAX	 64

struct replay_options {
	const char *iif; /* what is no answer comes in there; NULL: by its source */
	bool no_mac;	 /* MAC addresses are not those of the senders: those bound to them count */
	const struct addr *own; /* addresses of the gateway itself */
	size_t own_count;	/* at most REPLAY_OWN_MAX */
};

/* A packet as it was captured: from its IP header on. */
struct replay_frame {
	int64_t time; /* nanoseconds since 1970 */
	const uint8_t *bytes;
	size_t length, whole; /* captured, and as it was sent */
	bool has_mac, leaving;
	uint8_t mac[MAC_LENGTH];
};

/* One connection, or what would have been one. Pointers are those of policy and rule set. */
struct replay_flow {
	enum addr_family family;
	uint8_t protocol;
	uint8_t source[16], destination[16]; /* of the first packet */
	uint16_t sport, dport;		     /* of ICMP: identifier; type << 8 | code */
	size_t in, out; /* segments; segment_count: the gateway itself; SIZE_MAX: none */
	uint64_t permitted, blocked, bytes; /* packets of both directions, bytes of all */
	int64_t first, last;
	const struct policy_path *path;	      /* that let its first one pass; or */
	const struct policy_observe *observe; /* that did */
	const char *prefix;		      /* of the record of the first blocked one, or NULL */
	bool unknown;			      /* the rule set has something that is not known */
};

enum replay_skip {
	REPLAY_NO_IP,	   /* neither IPv4 nor IPv6, or no IP header */
	REPLAY_CUT,	   /* captured only in part: its ports are missing */
	REPLAY_LEAVING,	   /* seen before, when it came */
	REPLAY_INSIDE,	   /* both ends on one segment: it does not come by */
	REPLAY_NO_SEGMENT, /* multicast, broadcast, or an address that no segment has */
	REPLAY_TOO_MANY,   /* of more flows than REPLAY_FLOWS_MAX */
	REPLAY_SKIPS,
};

struct replay_totals {
	uint64_t packets, permitted, blocked, unknown;
	uint64_t skipped[REPLAY_SKIPS];
	int64_t first, last; /* times */
};

struct replay;

/* policy (compiled), ruleset, zone (NULL: no path has windows) and options are borrowed. 0, or
 * -ENOMEM. */
int replay_new(const struct policy *policy, const struct ruleset *ruleset,
	const struct zonetime *zone, const struct replay_options *options,
	struct replay **ret_replay);
void replay_free(struct replay *replay); /* accepts NULL */

/* The next packet, in the order of time. Whatever the bytes are. 0, or -ENOMEM. */
int replay_packet(struct replay *replay, const struct replay_frame *frame);

/* In the order in which they began. */
size_t replay_flows(const struct replay *replay, const struct replay_flow **ret_flows);
struct replay_totals replay_totals(const struct replay *replay);
const char *replay_skip_name(enum replay_skip skip); /* "no-ip" */

/* What is in a captured frame: linktype is libpcap's DLT_*, time is not set. False: no IP in it. A
 * linktype that is not known has none: replay_link_known(). */
bool replay_link(int linktype, const uint8_t *bytes, size_t length, size_t whole,
	struct replay_frame *ret_frame);
bool replay_link_known(int linktype);

#endif
