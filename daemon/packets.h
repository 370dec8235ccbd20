/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first bytes of packets, where the policy asks for them (log.payload), one behind the other:
 * each its length (u16) and its bytes. Places are kept by whoever has the packet's entry. Bounded:
 * what there is no room for is counted.
 */
#ifndef HEDATE_PACKETS_H
#define HEDATE_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKETS_BYTES_MAX (64u << 20)

/* All zero keeps nothing. */
struct packets {
	unsigned int keep; /* bytes of each, at most; 0: none */
	uint8_t *bytes;	   /* owned */
	size_t used, room;
	uint64_t dropped; /* packets that there was no room for */
	bool broken;	  /* a part is missing: none can be found any more */
};

/* Its place; 0: it is not kept. */
uint32_t packets_add(struct packets *packets, const uint8_t *bytes, size_t length);
/* NULL: there is none at this place. Valid until the next packets_add(). */
const uint8_t *packets_get(const struct packets *packets, uint32_t place, size_t *ret_length);
/* Forget all, but how much is to be kept. */
void packets_clear(struct packets *packets);

/* A part as it was in another one's bytes, for reading them back from disk. */
void packets_append(struct packets *packets, const uint8_t *bytes, size_t length);

#endif
