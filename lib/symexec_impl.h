/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of symexec.h share. */
#ifndef HEDATE_SYMEXEC_IMPL_H
#define HEDATE_SYMEXEC_IMPL_H

#include "symexec.h"

/* The packets that may meet a test, and those that do for sure. */
struct sym_match {
	bdd_node may, must;
};

/* What rules have written to the packets at a place. Marks, as bytes in memory, are known to lie
 * between two bounds; of other fields it is known only that they were written. */
enum sym_write {
	SYM_AS_IT_CAME,
	SYM_TRANSLATED, /* as its connection says, unless that is new */
	SYM_WRITTEN,
	SYM_BOUNDED,
};
struct sym_written {
	bool nobody; /* no packet comes there */
	uint8_t fields[PKT_FIELDS];
	struct sym_bounds {
		uint8_t first[4], last[4];
	} mark, ct_mark; /* all zero but for SYM_BOUNDED */
};
#define SYM_NOBODY ((struct sym_written){ .nobody = true })

/* In packets that go on behind a rule or chain, and in those that leave for good or go back to
 * where the chain was jumped from. */
struct sym_dirt {
	struct sym_written on, gone;
};
/* Packets of both come to one place. */
void sym_join_written(struct sym_written *to, const struct sym_written *from);
/* The bounds of a field; NULL: it has none. */
struct sym_bounds *sym_bounds_of(struct sym_written *written, enum pkt_field field);

/* Nothing is done: all go on. */
#define SYM_GOES_ON                                                                                \
	((struct sym_outcome){ { BDD_EMPTY, BDD_EMPTY, BDD_EMPTY, BDD_ALL }, false, BDD_EMPTY })

/* How far packets have come. */
struct sym_stage {
	bool whole;    /* fragments have been put together, where the kernel does that */
	bool tracked;  /* behind conntrack */
	bool hop_less; /* forwarded, and one taken off its hop limit */
};

/* A chain, done for packets in which these fields may have been rewritten. */
struct sym_summary {
	const struct snap_chain *chain;
	uint32_t hook;
	struct sym_stage stage;
	struct sym_written dirty_before, dirty_after;
	struct sym_outcome outcome;
	bool busy; /* it is being done: who jumps to it now is in a circle */
	struct sym_summary *next;
};

/* One packet on its way. */
struct sym_trace {
	struct hdr_packet packet; /* as it has been rewritten */
	sym_visit visit;
	void *data;
	int stopped;   /* what visit gave */
	uint32_t hook; /* of the base chain, as a step has it */
	int32_t priority;
	unsigned int depth;
	struct sym_here {  /* of the present rule */
		bool sure; /* it comes there */
		const char *doubt;
		struct sym_hit hits[SYM_HITS_MAX];
		size_t hit_count;
	} here;
};

struct symexec {
	const struct snapshot *snapshot;
	enum pkt_world world;
	struct hdrspace *space;
	bool own_space;
	struct sym_scope scope;
	bool keeps_connections; /* the kernel does, for these rules, and puts fragments together */
	bool translates;	/* connections may have other addresses than their packets */
	bool noting;		/* tests are noted, and every set is BDD_ALL */
	/* NULL, or the only packet there is: sets are BDD_ALL or BDD_EMPTY. */
	struct sym_trace *trace;
	int error; /* the first one */
	struct sym_summary *summaries;
	struct sym_boxes *sets; /* that were read */
	struct sym_doubt *doubts;
	size_t doubt_count, doubt_room;
	bdd_node valid;
	bdd_node transports[PKT_TRANSPORTS]; /* by protocol */
	bdd_node later_fragment;	     /* it reads anything, or fails */
	bdd_node first_fragment;	     /* the packet is one, and others follow */
	bdd_node may_be_first;		     /* as far as can be told */
	bdd_node no_connection;		     /* invalid or untracked */
	bdd_node new_connection;
	bdd_node untranslated; /* new, or of no connection */
	bdd_node ethernet;     /* came by an interface with that header */
	bdd_node pass_may[SYM_WAYS], pass_drop[SYM_WAYS];
	bool follows_logs;
	bdd_node reach; /* comes to the chains of a hook's priority; while logs are followed */
	bdd_node log[SYM_WAYS], may_log; /* of each way; of the present one */
};

/* Where in the snapshot something is; and which hook's chain led to it. */
struct sym_place {
	const struct snap_table *table;
	const struct snap_chain *chain;
	const struct nltree *rule;
	uint32_t hook;
	struct sym_stage stage;
};

/* symvalue.c: sets, while noting as well. */
bdd_node sym_and(struct symexec *exec, bdd_node a, bdd_node b);
bdd_node sym_or(struct symexec *exec, bdd_node a, bdd_node b);
bdd_node sym_or_and(struct symexec *exec, bdd_node a, bdd_node b, bdd_node c); /* a or (b and c) */
bdd_node sym_or_all(struct symexec *exec, bdd_node *nodes, size_t count);      /* overwritten */
bdd_node sym_not(struct symexec *exec, bdd_node a);
bdd_node sym_test(struct symexec *exec, struct hdr_slice slice, struct hdr_range range);
/* symscope.c: of the packets that are asked about, how many meet that? */
enum sym_share {
	SYM_NONE,
	SYM_SOME, /* or it is not known before they are sets */
	SYM_ALL,
};
enum sym_share sym_share(
	const struct symexec *exec, struct hdr_slice slice, struct hdr_range range);
struct sym_match sym_match_and(struct symexec *exec, struct sym_match a, struct sym_match b);
struct sym_match sym_match_or(struct symexec *exec, struct sym_match a, struct sym_match b);
struct sym_match sym_match_not(struct symexec *exec, struct sym_match a);
#define SYM_UNKNOWN ((struct sym_match){ BDD_ALL, BDD_EMPTY })
#define SYM_ALWAYS  ((struct sym_match){ BDD_ALL, BDD_ALL })
#define SYM_NEVER   ((struct sym_match){ BDD_EMPTY, BDD_EMPTY })
/* Are the bytes, as a string, at least first and at most last, as memcmp() says? */
struct sym_match sym_between(struct symexec *exec, const struct pkt_byte *bytes, size_t length,
	const uint8_t *first, const uint8_t *last);
void sym_fail(struct symexec *exec, int error);

/* symexec.c: what rules need before they are read: notes of its own, and the sets made of them. */
void sym_prepare(struct symexec *exec);
void sym_doubt(struct symexec *exec, enum sym_doubt_kind kind, const struct sym_place *place,
	const char *expression);

/* Tell what is dropped, too. */
void sym_tell_drops(struct symexec *exec, struct sym_outcome *outcome);

/* symset.c: the elements of a set, read once. */
struct sym_verdict {
	uint32_t code;	   /* NF_*, NFT_* */
	const char *chain; /* or NULL */
};
/* An element as a box, each field from first to last. The bytes are the snapshot's. */
struct sym_box {
	const struct nltree *element;
	const uint8_t *first, *last; /* last NULL: all ones */
	bool before;		     /* up to the one before last */
	bool unsure;		     /* it may be there or not */
};

#define SYM_KEY_FIELDS_MAX 16 /* a key has at most 64 bytes, a field at least 4 */

struct sym_boxes {
	const struct snap_set *set;
	bool understood; /* else nothing is known of it */
	bool points;	 /* elements are single values */
	bool overlap;	 /* elements may: which of them is found is not known then */
	struct sym_box *boxes;
	size_t count;
	unsigned int lengths[SYM_KEY_FIELDS_MAX]; /* of the fields, padded as in registers */
	unsigned int field_count;
	unsigned int key_length;
	const struct nltree *catchall; /* what is in no other element, or NULL */
	struct sym_verdict *verdicts;  /* of a verdict map, each once; of the catch-all, the last */
	bool bounded;		       /* a data map with values of four bytes: between these */
	struct sym_bounds data;
	size_t *starts; /* the first box of each verdict, and the end */
	unsigned int verdict_count;
	struct sym_boxes *next;
};
/* NULL: no memory. */
const struct sym_boxes *sym_boxes(struct symexec *exec, const struct snap_set *set);
void sym_boxes_free(struct sym_boxes *boxes); /* all of them */

struct sym_key {
	struct pkt_byte bytes[PKT_BYTES_MAX];
	unsigned int length;
	unsigned int transports; /* asked for packets of these alone, or PKT_ANY */
};
/* Is a key in it? */
struct sym_match sym_in_set(
	struct symexec *exec, const struct sym_boxes *boxes, const struct sym_key *key);
/* symkey.c: is it in one of count boxes? */
struct sym_match sym_in_boxes(struct symexec *exec, const struct sym_boxes *boxes, size_t first,
	size_t count, const struct sym_key *key);
/* Is it in an element with that verdict? */
struct sym_match sym_in_group(struct symexec *exec, const struct sym_boxes *boxes,
	const struct sym_key *key, unsigned int verdict);

/* symrule.c: which packets leave a rule how. What may be rewritten is added to dirt. */
struct sym_outcome sym_rule(struct symexec *exec, const struct sym_place *place,
	const struct sym_written *before, struct sym_dirt *dirt);

/* symtrace.c, for who has a trace: nothing else is done there. What a rule does with the packets of
 * match, or all that have come so far; an element that its key may be in. */
struct sym_effect {
	int32_t verdict;
	const struct snap_chain *target;
	bool diverted;
};
void sym_trace_rule(struct symexec *exec, const struct sym_place *place, struct sym_match match,
	const struct sym_effect *effect);
void sym_trace_hit(struct symexec *exec, const struct snap_set *set, const struct nltree *element);
/* A base chain; false: the packet does not come to it, or nobody wants to know. */
bool sym_trace_base(struct symexec *exec, const struct sym_place *place, uint32_t hook,
	int32_t priority, bdd_node here, bdd_node may_accept, bdd_node may_drop);
void sym_trace_policy(struct symexec *exec, const struct sym_place *place,
	const struct sym_outcome *outcome, int32_t policy);
struct sym_outcome sym_trace_chain(
	struct symexec *exec, const struct sym_place *place, struct sym_written *dirty);
/* symhook.c: a way, with the packets that may pass, and those that may be dropped. */
void sym_run_way(struct symexec *exec, enum sym_way way);

/* symchain.c: a chain, from its first rule on; SYM_CONTINUE and SYM_RETURN are one: both go back
 * to where it was jumped from. */
struct sym_outcome sym_chain(
	struct symexec *exec, const struct sym_place *place, struct sym_written *dirty);
/* What was found out about them is not kept any longer. */
void sym_forget_chains(struct symexec *exec);

#endif
