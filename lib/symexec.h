/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule set (snapshot.h) does with every packet at once: sets of packets (pktspace.h) go
 * through rules, chains and hooks.
 *
 * For each rule and chain it is found which packets MAY leave it in which way: accepted, dropped,
 * returned, or gone on. Since each packet leaves in some way, those that may leave in no other one
 * do so for sure. What is not understood may go any way, so it never makes a packet "dropped for
 * sure"; where it made a difference it is among the doubts, by handle and expression.
 *
 * Chains are put together from halves, each of which is a set of packets on its own and not what
 * came through the rules before: neighbouring rules share most of what they test (measured: 50
 * times faster than rule by rule on rule sets of thousands). A chain is done once for all that
 * jump to it.
 */
#ifndef HEDATE_SYMEXEC_H
#define HEDATE_SYMEXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pktspace.h"
#include "snapshot.h"

enum sym_exit {
	SYM_ACCEPT, /* in a regular chain too: accept ends the base chain that led to it */
	SYM_DROP,
	SYM_RETURN, /* to the chain that jumped here */
	SYM_CONTINUE,
	SYM_EXITS,
};

/* The packets that may leave in each way; their union is all packets. exact: each leaves in one,
 * and those that are dropped are told by the others; may[SYM_DROP] says nothing then. */
struct sym_outcome {
	bdd_node may[SYM_EXITS];
	bool exact;
	bdd_node may_log; /* may come to a log expression; BDD_EMPTY unless that is followed */
};

/* What a rule does that is not modelled, or beside letting packets go. */
enum sym_doubt_kind {
	SYM_DOUBT_TEST,	   /* whether a packet meets it is not known */
	SYM_DOUBT_REWRITE, /* what rules read afterwards may have changed */
	SYM_DOUBT_DIVERT,  /* packets may go elsewhere, past what comes after */
};

struct sym_doubt {
	enum sym_doubt_kind kind;
	uint8_t family;
	const char *table, *chain; /* of the snapshot */
	uint64_t handle;	   /* of the rule */
	const char *expression;	   /* its name */
};

struct symexec;

/* snapshot is borrowed. 0, or negative errno. */
int symexec_new(const struct snapshot *snapshot, enum pkt_world world, struct symexec **ret_exec);
/* The same in a space of that world (pktspace_new()), which is borrowed: what is found out about
 * two snapshots in one space can be compared. */
int symexec_new_in(const struct snapshot *snapshot, enum pkt_world world, struct hdrspace *space,
	struct symexec **ret_exec);
void symexec_free(struct symexec *exec); /* accepts NULL */

/*
 * Which packets are asked about. What is said of others means nothing, and in return what only they
 * could meet is not looked at: a rule set that is too big as a whole may be decided piece by piece.
 */
struct sym_names {
	const hdr_value *values; /* of interfaces (pkt_interface()), borrowed; NULL: any */
	size_t count;
	bool others; /* all but these */
};
/* The ways that packets take through the hooks of this host. */
enum sym_way {
	SYM_FORWARD, /* prerouting, forward, postrouting */
	SYM_INPUT,   /* prerouting, input */
	SYM_OUTPUT,  /* output, postrouting */
	SYM_WAYS,
};
struct sym_scope {
	unsigned int ways;	  /* 1 << SYM_FORWARD, ..., or-ed; 0: all */
	struct sym_names in, out; /* that they come in, go out by */
};
/* Before symexec_note(); without it, all packets are. */
void symexec_restrict(struct symexec *exec, const struct sym_scope *scope);

/* The space; tests may be noted in it (hdrspace_note()) until it is sealed. */
struct hdrspace *symexec_space(struct symexec *exec);

/* Note what the rules test; when all that share the space have, hdrspace_seal(); then go through
 * all base chains. 0; -E2BIG, -ETIME: past the budget; -ELOOP: chains jump in a circle, which the
 * kernel refuses; -ENOMEM. */
int symexec_note(struct symexec *exec);
int symexec_decide(struct symexec *exec);
/* All three, for one that has its space for itself. */
int symexec_run(struct symexec *exec, const struct bdd_budget *budget);

/* Which packets there are at all: one ct state, a next header that goes with the protocol, ... */
bdd_node symexec_valid(struct symexec *exec);

/* The packets that may be, and those that for sure are, accepted by every base chain on a way.
 * BDD_NONE past the budget, and of a way that was not asked about. */
bdd_node symexec_may_pass(struct symexec *exec, enum sym_way way);
bdd_node symexec_must_pass(struct symexec *exec, enum sym_way way);

/* The packets that may come to an expression of any chain on a way that logs them, where that is
 * followed: symexec_follow_logs() before symexec_note(). It costs time, and says nothing of rules
 * that are not understood, nor of what becomes of pieces before they are put together. */
void symexec_follow_logs(struct symexec *exec);
bdd_node symexec_may_log(struct symexec *exec, enum sym_way way);

/* What has been found not to be understood, in the order of tables, chains, rules. */
size_t symexec_doubts(const struct symexec *exec, const struct sym_doubt **ret_doubts);
/* Those of another, of the same snapshot, as well. 0, or -ENOMEM. */
int symexec_add_doubts(struct symexec *exec, const struct symexec *other);

/* What one packet meets --------------------------------------------------------------------------
 */

enum sym_step_kind {
	SYM_STEP_BASE,	 /* it comes to a base chain */
	SYM_STEP_RULE,	 /* it meets all tests of a rule */
	SYM_STEP_POLICY, /* it comes to the end of a base chain */
};

/* An element that its key was found in. */
struct sym_hit {
	const struct snap_set *set;
	const struct nltree *element;
};
#define SYM_HITS_MAX 4

struct sym_step {
	enum sym_step_kind kind;
	/* Does it come here, and does this apply to it, for sure? Else it may go on as if not. */
	bool sure;
	const char *doubt;  /* the name of the expression that is not understood; NULL: none here */
	uint32_t hook;	    /* NF_INET_*, SNAPHOOK_INGRESS, SNAPHOOK_EGRESS */
	int32_t priority;   /* of the base chain */
	unsigned int depth; /* of jumps; the base chain has 0 */
	const struct snap_table *table;
	const struct snap_chain *chain;
	const struct nltree *rule; /* SYM_STEP_RULE */
	/* What comes of it: NF_ACCEPT, NF_DROP (reject, too), NFT_CONTINUE to the next rule,
	 * NFT_JUMP and NFT_GOTO to target, NFT_RETURN. */
	int32_t verdict;
	const struct snap_chain *target;
	bool diverted;			   /* handed elsewhere: a queue, an interface, a proxy */
	struct sym_hit hits[SYM_HITS_MAX]; /* the first ones of the rule */
	size_t hit_count;
};

/* What becomes of it. */
struct sym_end {
	bool may_pass, must_pass;
};

/* steps are valid during the call; what they point to, as long as the snapshot is. 0, or what
 * symexec_trace() shall give back. */
typedef int (*sym_visit)(const struct sym_step *step, void *data);

/* The way of one packet through the base chains: each that it comes to, each rule whose tests it
 * meets, in this order. exec need not have been run. 0; what visit gave, unless 0; -ELOOP,
 * -ENOMEM. */
int symexec_trace(struct symexec *exec, enum sym_way way, const struct hdr_packet *packet,
	sym_visit visit, void *data, struct sym_end *ret_end);

#endif
