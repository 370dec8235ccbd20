/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the flow sets of a generation that is not in use, by slices of a few milliseconds: of
 * hundreds of thousands of flows the kernel takes a second to tell, and the daemon has more to do.
 * On a netlink socket of its own, so that requests can go on beside it.
 */
#ifndef HEDATE_FLOWREAD_H
#define HEDATE_FLOWREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recproto.h"

struct flowread;

/* 0, or negative errno. */
int flowread_new(struct flowread **ret_reader);
void flowread_free(struct flowread *reader); /* accepts NULL */

/* Begin with the first set of this generation, or read only what overflowed; what was read before
 * is forgotten. */
void flowread_begin(struct flowread *reader, unsigned int generation, bool counts);
/* Read another slice. 1: there is more; 0: all is read; negative errno. A set that a change of
 * rules interrupted, ours or others', is begun again. An element that is told twice is taken once:
 * another one is missing then, and the sum says so. */
int flowread_next(struct flowread *reader);
/* Forget all, and give its memory back. */
void flowread_end(struct flowread *reader);

struct flowread_result {
	const struct rec_count *counts; /* each flow that was blocked */
	size_t count;
	const struct rec_overflow *codes; /* what no set could take, by denial */
	size_t code_count;
	uint64_t packets; /* of all counts */
};
/* Once all is read; valid until the next call of another function. */
struct flowread_result flowread_result(const struct flowread *reader);

#endif
