/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Was this there before? Remembers 64 bits of a keyed hash of what it is given: who chooses
 * addresses and ports cannot choose that two are taken for one.
 */
#ifndef HEDATE_SEENSET_H
#define HEDATE_SEENSET_H

#include <stddef.h>
#include <stdint.h>

#define SEENSET_KEY 16

struct seenset {
	uint8_t key[SEENSET_KEY];
	uint64_t *slots;    /* owned; 0: free */
	size_t count, room; /* room is 0 or a power of two */
};

void seenset_init(struct seenset *set);
/* Forget all and free the memory. */
void seenset_clear(struct seenset *set);

/* 0: it was not there, and is now; 1: it was; -ENOMEM. */
int seenset_add(struct seenset *set, const void *bytes, size_t length);

#endif
