/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of a packet that was asked about through all tables of a host, ours and others', by a
 * snapshot of them: as symexec_trace() has it, kept. What is not understood may go either way.
 */
#ifndef HEDATE_EXPLAIN_TRACE_H
#define HEDATE_EXPLAIN_TRACE_H

#include "explain.h"
#include "symexec.h"

/* One step; pointers are those of the snapshot. */
struct explain_hop {
	struct sym_step step;
	size_t number;	 /* of the rule in its chain, from 1; 0: none */
	uint64_t handle; /* the kernel's number of the rule; 0: none */
};

struct explain_trace {
	struct explain_hop *list; /* owned */
	size_t count, room;
	struct sym_end end;
};

/* 0, to be cleared; -ELOOP: chains jump in a circle; -ENOMEM. */
int explain_trace(const struct explain *explain, const struct snapshot *snapshot,
	struct explain_trace *ret_trace);
void explain_trace_clear(struct explain_trace *trace);

/* "passes", "blocked", "unknown". */
const char *explain_trace_verdict(const struct explain_trace *trace);
/* "accept", "jump", ...; "inet"; "forward". None of them is translated. */
const char *explain_hop_verdict(const struct explain_hop *hop);
const char *explain_hop_family(const struct explain_hop *hop);
const char *explain_hop_hook(const struct explain_hop *hop);

#endif
