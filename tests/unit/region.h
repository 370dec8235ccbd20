/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets, held against regions of them. */
#ifndef HEDATE_TEST_REGION_H
#define HEDATE_TEST_REGION_H

#include <stdbool.h>

#include "../../lib/pktregion.h"

/* Is the packet in the region? */
static inline bool region_meets(const struct pktregion *region, const struct hdr_packet *packet)
{
	for (size_t i = 0; i < region->count; i++) {
		const struct pktregion_part *part = &region->parts[i];
		hdr_value value = packet->values[part->field] & part->mask;
		bool found = false;

		for (size_t k = 0; k < part->count; k++)
			found |= value >= part->ranges[k].first && value <= part->ranges[k].last;
		if (!found)
			return false;
	}
	return true;
}

#endif
