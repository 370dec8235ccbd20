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

#endif
