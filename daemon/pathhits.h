/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hit counts of paths: the kernel's set @hits, by connection mark (compile.h). */
#ifndef HEDATE_PATHHITS_H
#define HEDATE_PATHHITS_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/decode.h"

struct path_hit {
	uint32_t id;
	struct counter_value value;
};

struct path_hits {
	struct path_hit *items; /* sorted by id; owned */
	size_t count, room;
};

/* 0, or negative errno; a table without the set has no hits. */
int path_hits_read(struct nlsock *socket, struct path_hits *ret_hits);
void path_hits_clear(struct path_hits *hits);
struct counter_value path_hits_of(const struct path_hits *hits, uint32_t id);

#endif
