/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of replay share. */
#ifndef HEDATE_REPLAY_IMPL_H
#define HEDATE_REPLAY_IMPL_H

#include "evaluate.h"
#include "flowrec.h"
#include "replay.h"

/* By what a connection is known. No padding: hashed and compared as bytes. */
struct replay_tuple {
	uint8_t source[16], destination[16];
	uint16_t sport, dport;
	uint8_t family, protocol, unused[2];
};

/* What a packet is, for rules and for following connections. */
struct replay_seen {
	struct flow_packet packet;
	struct replay_tuple tuple;
	uint16_t frag_off;
	uint8_t next_header, hop_limit;
	bool cut;	/* the capture ends before what rules read */
	bool truncated; /* the packet does */
	bool error;	/* an ICMP error; quoted is what it quotes, if it can be read */
	bool has_quoted;
	struct replay_tuple quoted;
};

/* replay_packet.c: 0, or -EINVAL: no IP packet. */
int replay_see(const struct replay_frame *frame, struct replay_seen *ret_seen);
/* That of the answer. False: there is no answer to such a packet. */
bool replay_answer(const struct replay_tuple *tuple, struct replay_tuple *ret_answer);
/* Can such a packet begin a connection? Else conntrack calls it invalid. */
bool replay_begins(const struct replay_seen *seen);
/* Does conntrack leave it alone? */
bool replay_untracked(const struct replay_seen *seen);

/* replay_table.c: tuples → indexes of flows. */
struct replay_table {
	struct {
		struct replay_tuple tuple;
		uint32_t flow; /* index + 1; 0: free */
	} * slots;
	size_t count, room;
};
void replay_table_clear(struct replay_table *table);
bool replay_table_find(
	const struct replay_table *table, const struct replay_tuple *tuple, size_t *ret_flow);
/* One that is not in it. 0, or -ENOMEM. */
int replay_table_add(struct replay_table *table, const struct replay_tuple *tuple, size_t flow);
uint64_t replay_hash(const void *bytes, size_t length);

#define REPLAY_RECENT 4096 /* packets among which one that leaves is looked for */
#define REPLAY_SECOND INT64_C(1000000000)

/* What a decision depends on. */
struct replay_signature {
	const char *iif, *oif;
	uint32_t ct_state, ct_mark;
	uint16_t frag_off;
	uint8_t mac[MAC_LENGTH];
	uint8_t ct_direction, tcp_flags, next_header, local;
	bool no_ct, truncated;
};

struct replay_decision {
	struct replay_signature signature;
	bool valid;
	enum eval_verdict verdict;
	uint32_t ct_mark;
	const char *prefix;
};

/* A flow, and the connection that it may be. */
struct replay_follow {
	bool confirmed, answered, ending;
	uint32_t mark;
	struct replay_decision decisions[2]; /* the last of each direction */
};

/* A packet that came, to know it again when it leaves. */
struct replay_recent {
	uint64_t hash;
	int64_t time;
	uint8_t hop_limit;
};

struct replay {
	const struct policy *policy;
	const struct ruleset *ruleset;
	const struct zonetime *zone;
	const struct replay_options *options;
	struct replay_table table;
	struct replay_flow *flows;
	struct replay_follow *follows; /* of each flow */
	size_t count, room;
	struct replay_totals totals;
	struct replay_recent recent[REPLAY_RECENT];
	bool timed; /* some path is */
};

struct replay_route {
	size_t in, out; /* segments; segment_count: the gateway itself */
	const char *iif, *oif;
};

/* What a packet is part of. */
struct replay_membership {
	bool found; /* flow is its index */
	size_t flow;
	bool answer;  /* of the flow's connection */
	bool related; /* an ICMP error about it */
	bool known;   /* the connection is there, not only the flow */
};

/* replay_decide.c: what the rule set does with a packet. *ret_no_ct: conntrack takes no notice. */
const struct replay_decision *replay_decide(struct replay *replay, const struct replay_frame *frame,
	const struct replay_seen *seen, const struct replay_route *route,
	const struct replay_membership *membership, bool *ret_no_ct);
/* The path of a connection's mark, or NULL. */
const struct policy_path *replay_path_of(const struct policy *policy, uint32_t mark);

#endif
