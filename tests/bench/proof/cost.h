/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a question has cost. */
#ifndef BENCH_PROOF_COST_H
#define BENCH_PROOF_COST_H

#include <sys/resource.h>
#include <time.h>

/* Of this process alone, whatever else the machine does. */
static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long megabytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss / 1024;
}

#endif
