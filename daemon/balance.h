/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The equation: packets that the kernel's deny counters count (those of observed pairs with them) =
 * packets in records + packets counted as lost + packets not yet handed over (pending). The kernel
 * cannot be stopped for reading, so pending is read between two readings of the deny counters.
 */
#ifndef HEDATE_BALANCE_H
#define HEDATE_BALANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/decode.h"

/* One dump of the counters. */
struct balance_reading {
	uint64_t denied;     /* sum of all deny counters, packets */
	uint64_t blocked[2]; /* counter blocked-a, blocked-b */
	uint64_t blocked_bytes[2];
	uint64_t overflow[2];
	uint64_t overflow_bytes[2];
};

/* 0, or negative errno: -ENOENT no table. */
int balance_read(struct nlsock *socket, struct balance_reading *ret_reading);

struct balance {
	uint64_t kernel;
	uint64_t accounted; /* recorded + lost */
	uint64_t pending;
	bool balanced;
};

/*
 * before and after are read around pending. accounted + pending must lie between the two; when
 * it does, kernel is that number: the counters, which only grow, passed through it while they
 * were read. When it does not, kernel is the bound it missed.
 */
struct balance balance_judge(const struct balance_reading *before,
	const struct balance_reading *after, uint64_t accounted, uint64_t pending);

#endif
