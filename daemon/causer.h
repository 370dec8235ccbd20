/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who did what the kernel tells of: a netlink event has the port of the socket that asked for the
 * change, which is by default the number of its process. Programs end quickly, so it is looked up
 * at once; what cannot be known is said to be unknown.
 */
#ifndef HEDATE_CAUSER_H
#define HEDATE_CAUSER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CAUSER_PROGRAM_MAX 32

struct causer {
	uint32_t port; /* 0: nobody, or several, or the kernel did not say */
	bool several;
	bool known; /* it ran still: program and uid are its */
	char program[CAUSER_PROGRAM_MAX];
	uid_t uid;
};

/* The port of another event of the same look. */
void causer_add(struct causer *causer, uint32_t port);
void causer_forget(struct causer *causer);

#define CAUSER_PAIRS 6
/* Up to CAUSER_PAIRS strings for an event, key and value; pid and uid hold their texts. How many.
 */
struct causer_text {
	char pid[16], uid[16];
};
unsigned int causer_pairs(
	const struct causer *causer, struct causer_text *text, const char *pairs[CAUSER_PAIRS]);

#endif
