/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policy → rule set.
 *
 * Base chains (family inet, policy drop):
 *
 *	prerouting -450	 before reassembly (-400) and conntrack (-200), on every packet:
 *			 iifname → chain "from-<zone>.<segment>": fragments, MAC bindings, source
 *			 networks; undeclared interface → reason "interface"
 *	forward 0	 iifname . oifname . ct mark in @active → accept, unless the packet has an
 *			 IPv6 extension header
 *			 iifname . oifname in map @pairs → chain "<zone>-to-<zone>"
 *			 anything else → reason "interface"
 *	input 0, output 0  the gateway as a zone: @active-gateway, what IPv6 needs on a link, ICMP
 *			 errors that a router owes, then chain "<zone>-to-gateway" or
 *			 "gateway-to-<zone>"
 *
 * Chain "<zone>-to-<zone>": a connection state ("invalid"; untracked as well, but for the gateway
 * itself); no IPv6 extension header ("extension"); new TCP begins with a SYN ("invalid"); the
 * destination belongs to the egress segment ("route", by set @egress4 and, for segments of many
 * ranges, their own source set); then one lookup a layer of the path maps, which set the
 * connection mark → chain "permitted". Else "revoked" for a connection that was established,
 * "no-path" ("input", "output") for a new one. Packets of a connection that was opened the other
 * way go to chain "<initiator's zone>-to-<zone>.replies", where they are looked up by that other
 * direction: so a connection that a changed policy still permits takes its new mark and goes on,
 * whichever end sends first.
 *
 * Path maps of a pair, a key of exact hosts and ports in a hash map, ranges in interval maps, in
 * as few layers as overlaps need; family 4 or 6; port maps hold (saddr . daddr . protocol .
 * dport), icmp maps (saddr . daddr . type . code), protocol maps (saddr . daddr . protocol) for
 * services without ports or with all of them:
 *	<pair>.port4, <pair>.port4-range<layer>, <pair>.icmp4..., <pair>.proto4...
 *
 * Timed paths, which are open in windows of time or as long as an exception lasts, are in the rule
 * set at any time, but closed: the elements of @active-timed and @active-gateway-timed are no part
 * of it. Whoever holds the clock (hedated) adds them with a timeout that ends when the path closes,
 * so that the kernel itself closes it, whatever becomes of the daemon. Packets of a connection with
 * an active mark never come so far; only then they are looked up there:
 *	forward		 after @active: iifname . oifname . ct mark in @active-timed → accept
 *	input, output	 after @active-gateway: @active-gateway-timed in the same way
 * A pair's timed paths have maps of their own, "<pair>.timed-port4" and so on, looked up after all
 * others: the mark they give counts only when it is in @active-timed, else the next map is looked
 * up. Of the same key in two timed paths the second becomes a range, in a layer of its own, so that
 * each has its time. What then has a mark of @timed (the ids of all timed paths) fits none but
 * closed ones, or is of a connection that was cut: "expired". Where no path is timed, none of this
 * is there.
 *
 * The connection mark is the path's id: BLAKE2b of the path's content (interfaces, address
 * ranges, services; not its name, reason or place in the file), cut to 32 bits, never 0; a
 * collision takes the next 32 bits of the digest, decided in order of the full digests so that it
 * does not depend on the order of the file. Nor does it depend on when the path is open: a
 * connection that is permitted before and after its windows changed goes on, with the mark it has,
 * also one of ICMP, whose replies cannot be looked up. Paths that are the same but for their times
 * have one id, which is open while one of them is. Set @hits counts new connections a path, by
 * mark.
 *
 * Deny chains "deny-<reason>-<from>-<to>" (a place is a zone, "gateway", a segment for what is
 * decided before routing, or "unknown"):
 *	counter name "<chain's name>", meta mark set <code>, jump blocked,
 *	log prefix "hedate <reason> <from> <to> <revision>" group G snaplen 128, drop
 * (or more bytes, when the policy has them kept: log.payload).
 * Of what is observed and passes, chain and counter are "observe-<from>-<to>"; connections get that
 * pair's mark, packets lose theirs at the end (compile_observe.c). What is over a zone's limit goes
 * from chain "<from>-to-<to>.limit" to its deny chain (compile_limit.c).
 *
 * The code is a digest of "<reason> <from> <to>", 30 bits, not 0; what it stands for can be found
 * again from the counters' names in the kernel, whatever became of the policy.
 *
 * Chain "blocked" (switched: its one rule is "goto blocked-a" or "goto blocked-b") collapses
 * repeats: a flow that is in a flow set is counted on its element and dropped there; a new one is
 * added, counted on flows-<g>, and returns to be logged; one that cannot be added is counted on
 * overflow-<g>, and on the element of its mark in set overflow-codes-<g>, marked with
 * DENY_MARK_OVERFLOW, and returns to be logged. Packets of generation b carry DENY_MARK_B from the
 * start. So, for each generation, exactly:
 *	counter blocked-<g> = sum of the element counters + counter overflow-<g>
 *	counter overflow-<g> = sum of the element counters of overflow-codes-<g>
 * Flow sets, per generation: tcp4 udp4 tcp6 udp6 (mark . saddr . daddr . sport . dport),
 * icmp4 icmp6 (mark . saddr . daddr . type . code), other4 other6 (mark . saddr . daddr .
 * protocol), named "flow-tcp4-a" and so on; TCP and UDP have a spare set each, "flow-tcp4-spare-a",
 * for what the other refuses while its hash grows. A packet whose own sets are full or that is too
 * short for ports falls to other<family>, and so do fragments and packets with IPv6 extension
 * headers.
 */
#ifndef HEDATE_COMPILE_H
#define HEDATE_COMPILE_H

#include "diag.h"
#include "policy.h"
#include "ruleset.h"

#define TABLE_NAME	   "hedate"
#define DENY_MARK_OVERFLOW 0x80000000u
#define DENY_MARK_B	   0x40000000u
#define DENY_CODE_MASK	   0x3fffffffu

/* Reasons that a packet is blocked for, as they stand in records. */
enum reason {
	REASON_NO_PATH,	  /* no path between these zones permits it */
	REASON_SPOOF,	  /* its source does not belong to the segment it came from (R6) */
	REASON_DEVICE,	  /* the source is bound to another MAC (R7) */
	REASON_INTERFACE, /* an interface that is in no zone */
	REASON_ROUTE,	  /* the destination is not of the segment it would leave by (R5) */
	REASON_INVALID,	  /* no valid connection state, or TCP that does not begin with SYN */
	REASON_FRAGMENT,
	REASON_EXTENSION, /* IPv6 extension header */
	REASON_INPUT,	  /* to the gateway itself, not declared */
	REASON_OUTPUT,	  /* from the gateway itself, not declared */
	REASON_REVOKED,	  /* of a connection whose path was withdrawn */
	REASON_LIMIT,	  /* permitted, but more new connections of a zone than its limit (R19) */
	REASON_OBSERVED,  /* no path permits it, but it passes: its pair of zones is observed */
	REASON_EXPIRED,	  /* only a path that is closed at this time permits it */
	REASON_ISLAND,	  /* nothing is forwarded at this time (compile_island()) */
	REASON_COUNT,
};

const char *reason_name(enum reason reason);
int reason_parse(const char *text, enum reason *ret_reason); /* 0, or -EINVAL */
/* What the names of the chain and the counter of such a denial begin with; "<from>-<to>" follows.
 * prefix may hold it. */
#define DENY_PREFIX	  "deny-"
#define OBSERVE_PREFIX	  "observe-"
#define DENIAL_PREFIX_MAX 32
const char *denial_prefix(enum reason reason, char prefix[DENIAL_PREFIX_MAX]);
/* Is this the name of such a counter, of whatever reason? */
bool denial_counts(const char *name);
/* The 30-bit code of a denial, see above. from and to are places. */
uint32_t deny_code(enum reason reason, const char *from, const char *to);

/*
 * Compile. Sets the ids of policy->paths. 0 with *ret_ruleset (the caller owns it); -EINVAL with
 * a located diagnostic (for example two denials with one code); -ENOMEM.
 */
int compile_policy(struct policy *policy, struct diag_list *diags, struct ruleset **ret_ruleset);

/*
 * The same rule set as an island: nothing is forwarded, not even of open connections; what would
 * cross from one zone to another is blocked for reason "island". Chain "forward" goes to chain
 * ISLAND_CHAIN, which stands in the rule set only then. The gateway's own traffic is as ever, and
 * so are paths, their ids and connections' marks: what is open then goes on afterwards.
 */
#define ISLAND_CHAIN "island"
int compile_island(struct policy *policy, struct diag_list *diags, struct ruleset **ret_ruleset);

/*
 * The same rule set opened: nothing is blocked, and nothing recorded, for each base chain begins by
 * accepting what finds its packet mark, 0, in set SET_OPEN; what is forwarded so is counted. The
 * element has a timeout of OPEN_MS, given to it by compile_timeouts() like those of timed paths: a
 * gateway whose daemon is gone shuts by itself. All else of the rule set stands there as ever.
 */
#define SET_OPEN     "open"
#define COUNTER_OPEN "open"
#define OPEN_MS	     60000
int compile_opened(struct policy *policy, struct diag_list *diags, struct ruleset **ret_ruleset);

/* Say for how long each timed path is open from now on, by its id: what open returns, milliseconds,
 * 0 for not now. This is what is put into the sets with a timeout when the rule set is put in place
 * (struct set.timeouts); before it is said they stay empty. 0, or -ENOMEM. */
typedef uint64_t (*compile_open)(uint32_t id, void *data);
int compile_timeouts(struct ruleset *ruleset, compile_open open, void *data);

/* The rule set that forwards nothing and lets nothing in or out but lo. 0, or -ENOMEM. */
int compile_closed(struct ruleset **ret_ruleset);

/* Make chain "blocked" go to generation 0 (a) or 1 (b), with this comment on its rule. The comment
 * is "epoch <number> of <table id>": the kernel itself keeps which epoch is being counted, so that
 * a daemon that died can go on where it was. 0, -EINVAL for a rule set without it, -ENOMEM. */
int compile_generation(struct ruleset *ruleset, unsigned int generation, const char *comment);

#endif
