/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of one packet, and why: its way through the rule set, rule by rule, the path or the
 * reason that decided, the clause that stands behind it, and the place of the configuration.
 *
 * Where it comes in and goes out is by the policy's segments, unless it is said: that the host's
 * routes lead there too is an assumption (hedated watches over it, R5).
 */
#ifndef HEDATE_EXPLAIN_H
#define HEDATE_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compile.h"
#include "evaluate.h"
#include "flowrec.h"
#include "opening.h"
#include "policy.h"
#include "profile.h"
#include "ruleset.h"

#define EXPLAIN_GATEWAY "gateway"

/* What is asked, as it was written. Borrowed. */
struct explain_question {
	const char *from, *to; /* an address, the name of a host, or "gateway" */
	const char *service;   /* "tcp/443", "icmp/echo-request", "icmp/3/4", "gre", "47" */
	const char *iif;       /* the interface that it comes in by; NULL: by its source */
	const char *mac;       /* that it comes with; NULL: the one bound to its source */
	bool bare;	       /* TCP: not a SYN, but an ACK of no known connection */
	bool ipv6;	       /* of a name's addresses, one of IPv6 */
};

/* An end of its way. */
struct explain_place {
	bool gateway;
	size_t segment; /* of the policy; segment_count: none has it */
	const char *interface;
	bool said; /* by the question; else by the policy's segments */
};

/* A rule that matched, all of it. */
struct explain_rule {
	const struct chain *base, *chain;
	size_t index;
	unsigned int depth; /* of jumps */
	unsigned int line;  /* of the configuration, 0: of none */
};

/* What a base chain made of it. */
struct explain_base {
	const struct chain *chain;
	enum eval_verdict verdict;
	size_t first_rule, rule_count; /* of explain.rules */
};

/* Strings and pointers are those of the policy, the rule set and the question. */
struct explain {
	const struct policy *policy;
	const struct ruleset *ruleset;
	const struct explain_question *question;
	struct addr from, to;
	struct policy_service_entry service; /* one port, or a protocol without ports */
	struct explain_place in, out;
	bool mac_said, mac_bound; /* else nothing is known of it */
	struct eval_packet packet;
	struct eval_result met;
	struct explain_base *bases;
	size_t base_count;
	struct explain_rule *rules;
	size_t rule_count, rule_room;
	size_t decisive; /* index in rules of the one that decided; rule_count: a chain's end did */
	bool out_of_memory;
	/* Of what passes. */
	const struct policy_path *path;
	const struct policy_observe *observe;
	/* Of what is blocked. */
	struct flow_prefix denial;	  /* "" when it has none */
	enum reason reason;		  /* REASON_COUNT: none that is known */
	const struct policy_path *closed; /* would let it pass while it is open, or NULL */
	struct diag_loc loc; /* what decided it; line 0: nothing that is written there */
	/* The clause that it rests on; NULL: none is known. */
	const struct profile *document;
	const struct profile_clause *clause;
};

/*
 * Find out. ruleset is compiled from policy; openings: which timed paths are open now, or NULL:
 * none is. 0, to be cleared; -EINVAL with the reason in diags: the question cannot be understood;
 * -ENOMEM.
 */
int explain_packet(const struct policy *policy, const struct ruleset *ruleset,
	const struct openings *openings, const struct explain_question *question,
	struct diag_list *diags, struct explain *ret_explain);
void explain_clear(struct explain *explain);

/* Does the rule only count and record what was decided before it? */
bool explain_is_bookkeeping(const struct explain_rule *rule);

/* "passes", "blocked", "unknown": never translated. */
const char *explain_verdict_name(const struct explain *explain);

#endif
