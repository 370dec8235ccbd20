/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel would do with a packet: an interpreter of the rule set (ruleset.h). It is strict:
 * what it does not know, and what a sound rule set never has, makes the answer "cannot tell", never
 * "passes" or "is blocked". Slow and plain, since it is there to be believed: elements are searched
 * one by one.
 */
#ifndef HEDATE_EVALUATE_H
#define HEDATE_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "addrset.h"
#include "ruleset.h"

/* What flow sets have when the packet comes; their elements are no part of the rule set. */
enum eval_flow {
	EVAL_FLOW_NEW,	 /* nothing of this flow; they take it */
	EVAL_FLOW_KNOWN, /* this flow */
	EVAL_FLOW_FULL,	 /* those of TCP, UDP and ICMP take no more */
	EVAL_FLOW_FULL_ALL,
};

struct eval_packet {
	const char *iif, *oif; /* NULL: from or to the gateway itself, or not known yet */
	enum addr_family family;
	uint8_t saddr[16], daddr[16];
	uint8_t mac[MAC_LENGTH];
	bool no_mac; /* came by an interface without Ethernet */
	uint8_t protocol;
	bool truncated;	       /* ends after the IP header: no transport field can be loaded */
	uint16_t sport, dport; /* of ICMP: dport is type << 8 | code */
	uint8_t tcp_flags;
	uint16_t frag_off;   /* as in the header, flags included */
	uint8_t next_header; /* IPv6: of the first header */
	uint8_t hop_limit;
	bool no_ct; /* no connection: state is invalid or untracked, no mark, no direction */
	uint32_t ct_state;
	uint8_t ct_direction;
	uint32_t ct_mark;
	/* What the kernel holds beside the rule set. */
	enum eval_flow flow;
	bool over_limit; /* no limit has anything left */
	bool timed_open; /* SET_TIMEOUT sets hold all that they may hold; else nothing */
};

enum eval_verdict {
	EVAL_UNKNOWN,
	EVAL_ACCEPT,
	EVAL_DROP,
};

/* Why it cannot be told; name in the result says more. */
enum eval_doubt {
	DOUBT_NONE,
	DOUBT_STATEMENT, /* an expression of this name is not known */
	DOUBT_TABLE,	 /* the table has this, which is not known */
	DOUBT_MISSING,	 /* a chain, set, counter or limit of this name does not exist */
	DOUBT_SELECTOR,	 /* this is read of a packet that has it not: a test is missing before it */
	DOUBT_SET,	 /* this set cannot be used so */
	DOUBT_AMBIGUOUS, /* two elements of this set hold the packet */
	DOUBT_LOOP,	 /* jumps without end, in this chain */
};

/* Strings are the rule set's; "" when there is none. */
struct eval_result {
	enum eval_verdict verdict;
	enum eval_doubt doubt; /* with EVAL_UNKNOWN */
	const char *name;      /* of the doubt */
	const char *chain;     /* where the verdict, or the doubt, came up ... */
	size_t rule;	       /* ... and in which rule, from 0; the number of rules: the policy */
	bool timed;	       /* a SET_TIMEOUT set may hold it: at another time it may differ */
	uint32_t ct_mark;      /* after it */
	uint32_t mark;
	const char *prefix;  /* of the log; flow_prefix_parse() tells reason and places of it */
	const char *deny;    /* the last counter "deny-...", or "observe-...", that counted it */
	const char *blocked; /* "blocked-a", "blocked-b" */
	const char *flow;    /* the flow set that has it now */
	bool overflow;
	unsigned int hits; /* times an element of @hits was hit */
};

/* One step of its way. Of a rule that matched in part nothing is told. */
enum eval_event {
	EVAL_ENTERS,  /* a base chain */
	EVAL_MATCHES, /* a rule, all of it */
	EVAL_LEAVES,  /* the base chain, with the verdict of result */
};
struct eval_step {
	enum eval_event event;
	const struct chain *chain; /* of the rule; the base chain */
	size_t rule;		   /* EVAL_MATCHES: index in the chain */
	unsigned int depth;	   /* EVAL_MATCHES: of jumps */
	/* EVAL_MATCHES: the line of the configuration that the rule, or the last element that held
	 * the packet, comes from; 0: of none. */
	unsigned int line;
	const struct eval_result *result; /* as it is after the step */
};
typedef void (*eval_visitor)(const struct eval_step *step, void *data);

/* Through one base chain. */
void evaluate_chain(const struct ruleset *ruleset, const char *chain,
	const struct eval_packet *packet, struct eval_result *ret_result);

/*
 * All its way: each base chain of the hooks that it comes by, before conntrack without its
 * connection, in the order of their priorities. To the gateway itself when oif is NULL, from it
 * when iif is NULL. The result is that of the chain that decided; of the last one when it passes.
 */
void evaluate(const struct ruleset *ruleset, const struct eval_packet *packet,
	struct eval_result *ret_result);
/* The same, and each step is shown as it is made. */
void evaluate_steps(const struct ruleset *ruleset, const struct eval_packet *packet,
	eval_visitor visitor, void *data, struct eval_result *ret_result);

#endif
