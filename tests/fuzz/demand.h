/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fuzzer says of what it found. */
#ifndef HEDATE_FUZZ_DEMAND_H
#define HEDATE_FUZZ_DEMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static inline void demand(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

#endif
