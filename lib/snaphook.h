/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The base chains of a snapshot: which of them packets meet at a hook, in which order, and whether
 * there is one that makes the kernel keep connections or translate their addresses. Read once for
 * all who decide about packets; what becomes of packets each decides in its own way (symexec.h,
 * smt2.h).
 */
#ifndef HEDATE_SNAPHOOK_H
#define HEDATE_SNAPHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pktspace.h"
#include "snapshot.h"

/* Hooks are NF_INET_*, and these, each bigger than all of them. */
#define SNAPHOOK_INGRESS 100 /* of a device; before NF_INET_PRE_ROUTING */
#define SNAPHOOK_EARLY	 101 /* of NF_INET_PRE_ROUTING, before fragments are put together */
#define SNAPHOOK_EGRESS	 102 /* of a device; behind NF_INET_POST_ROUTING */

/* A base chain. All of it is the snapshot's. */
struct snaphook_base {
	const struct snap_table *table;
	const struct snap_chain *chain;
	int32_t priority; /* of a chain of type nat the one at which the kernel asks it */
	bool nat;	  /* of that type: it sees the first packet of each connection */
};

struct snaphook_bases {
	struct snaphook_base *list;
	size_t count;
};

/* Those that packets of a world meet at a hook, by priority; the order among equal ones is not
 * known, and here that of the snapshot. Not those of tables that are dormant. 0, or -ENOMEM; in
 * every case snaphook_bases_clear(). */
int snaphook_bases(const struct snapshot *snapshot, enum pkt_world world, uint32_t hook,
	struct snaphook_bases *ret_bases);
void snaphook_bases_clear(struct snaphook_bases *bases);

/* The name of a device that a chain of SNAPHOOK_INGRESS or SNAPHOOK_EGRESS is bound to, index from
 * 0 on; NULL: there are no more. The kernel tells the only one twice. */
const char *snaphook_device(const struct snap_chain *chain, size_t index);

/* Where addresses are translated, and chains of type nat are asked, whatever they say. */
int32_t snaphook_nat_priority(uint32_t hook);

/* Are addresses of connections of a world translated? As soon as there is a chain of that type. */
bool snaphook_translates(const struct snapshot *snapshot, enum pkt_world world);

/* Does the kernel keep connections of a world? It does as soon as any rule asks for one, and then
 * puts fragments together: what comes to all hooks but SNAPHOOK_INGRESS and SNAPHOOK_EARLY is
 * whole. Not when a rule that sees packets before that may take some out. */
bool snaphook_keeps_connections(const struct snapshot *snapshot, enum pkt_world world);

/* Is there an expression of that kind in the rules of a chain? */
bool snaphook_any_expression(
	const struct snap_chain *chain, bool (*is)(const struct nltree *expression));

#endif
