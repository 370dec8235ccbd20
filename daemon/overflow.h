/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What no flow set of an epoch could take, by denial: packets that the kernel counted, and how many
 * of them NFLOG told of, so that they are in records. The rest is lost, and known to the number for
 * each reason and pair of zones.
 */
#ifndef HEDATE_OVERFLOW_H
#define HEDATE_OVERFLOW_H

#include <stddef.h>
#include <stdint.h>

#include "recproto.h"

struct overflow_code {
	uint32_t code; /* 0: of denials that the kernel had no element for */
	uint64_t packets, bytes;
	uint64_t recorded; /* packets */
};

/* All zero at first. */
struct overflow {
	struct overflow_code *codes; /* sorted by code once overflow_total() was called */
	size_t count, room;
};

/* 0; -EPROTO when there are more than a kernel can have; -ENOMEM. */
int overflow_add(struct overflow *overflow, const struct rec_overflow *codes, size_t count);
/* All were added: packets is their sum. What it has beyond them becomes a code of its own. 0, or
 * -ENOMEM. */
int overflow_total(struct overflow *overflow, uint64_t packets);
/* How many of so many packets with this code may be recorded: never more than were counted. They
 * are from now on. */
uint64_t overflow_take(struct overflow *overflow, uint32_t code, uint64_t packets);
void overflow_clear(struct overflow *overflow);

#endif
