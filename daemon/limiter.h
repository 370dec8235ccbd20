/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often something may be put on record that anybody can cause: the log must not be filled by
 * those who may not even read it. What is left out is counted. */
#ifndef HEDATE_LIMITER_H
#define HEDATE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#define LIMITER_EVENTS	10 /* in a period */
#define LIMITER_SECONDS 60

struct limiter {
	uint64_t since; /* seconds; when the period began */
	unsigned int count;
	uint64_t left_out; /* since the last one that passed */
};

/* Once more, at this time. true: put it on record, and that *ret_left_out others were not. */
bool limiter_pass(struct limiter *limiter, uint64_t now, uint64_t *ret_left_out);

#endif
