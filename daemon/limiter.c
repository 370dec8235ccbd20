/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "limiter.h"

bool limiter_pass(struct limiter *limiter, uint64_t now, uint64_t *ret_left_out)
{
	if (limiter->count == 0 || now - limiter->since >= LIMITER_SECONDS) {
		limiter->since = now;
		limiter->count = 0;
	}
	if (limiter->count == LIMITER_EVENTS) {
		limiter->left_out++;
		return false;
	}
	limiter->count++;
	*ret_left_out = limiter->left_out;
	limiter->left_out = 0;
	return true;
}
