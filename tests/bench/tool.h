/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bench's tools share: stopping with a message, time, numbers on the command line. */
#ifndef HEDATE_BENCH_TOOL_H
#define HEDATE_BENCH_TOOL_H

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Print the message, and what errno says when it says something, and end with status 1. */
__attribute__((format(printf, 1, 2), noreturn)) static inline void die(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	if (error)
		fprintf(stderr, ": %s", strerror(error));
	fputc('\n', stderr);
	exit(1);
}

static inline uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		die("clock_gettime");
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline unsigned long number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || value > max) {
		errno = 0;
		die("\"%s\" is not a number from 0 to %lu", text, max);
	}
	return value;
}

/* Stay on one processor, so that a sample does not depend on where the scheduler put it. */
static inline void pin(unsigned long cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		die("cannot stay on processor %lu", cpu);
}

#endif
