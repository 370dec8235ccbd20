/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of packets, and what became of them. */
#ifndef HEDATE_TRIAL_H
#define HEDATE_TRIAL_H

#include "judge.h"

struct shot {
	struct hdr_packet packet;
	bool may, must, passed, elsewhere;
	bool has_id; /* in its frame; else it is known by key */
	uint32_t id;
	size_t length;
	uint64_t key, flow;
};

struct figures {
	size_t sent, must, perhaps, never, passed, wrong;
};

/* A rule set in one of the worlds. */
struct trial {
	struct craft craft;
	struct hdrspace *space;
	struct symexec *exec;
	bdd_node valid, may, must;
	bdd_node here; /* what can be sent, out of the interface at hand */
	struct shot shots[BATCH];
	struct frame frames[BATCH];
	size_t count;
	uint32_t next_id;
	struct figures figures;
};

/* Choose so many packets (at most BATCH), send them, judge. */
void trial_fire(struct trial *trial, size_t count);
/* Send this one, as it is; the shot says what became of it. NULL: there is no such packet. */
const struct shot *trial_fire_one(struct trial *trial, const struct hdr_packet *packet);

/* decide.c: what rules test; and whether they do what is said of them, asked with so many packets
 * of a way. Nothing is left in the rules. */
struct snapshot;
void trial_find_tested(const struct snapshot *snapshot, struct craft *craft);
bool trial_way(size_t packets, const struct snapshot *snapshot, const struct craft *craft,
	const char *name);

/* replay.c: what the proof of a configuration says of the rules that are there now, and whether the
 * packets that it shows do what it says. False: they do not. */
struct policy;
bool replay_witnesses(const struct policy *policy, const struct snapshot *snapshot,
	const struct wires *wires, size_t *ret_count);

#endif
