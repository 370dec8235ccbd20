/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zones, segments and pairs as the daemon answers them (ZONES). */
#ifndef HEDATE_ZONEVIEW_H
#define HEDATE_ZONEVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctlclient.h"

struct zoneview_zone {
	char *name, *label, *kind;
	bool open;
	uint64_t limit, limit_seconds, limit_burst; /* limit 0: none */
};

struct zoneview_segment {
	char *zone, *name, *interface, *networks;
	bool present, up;
};

struct zoneview_pair {
	char *from, *to;
	uint64_t paths, blocked;
	bool only_observed;
	uint64_t observed, closed;
};

struct zoneview_denied {
	char *from, *to, *reason;
	uint64_t packets;
};

/* What ZONES is answered with. All is owned. */
struct zoneview {
	struct zoneview_zone *zones;
	size_t zone_count;
	struct zoneview_segment *segments;
	size_t segment_count;
	struct zoneview_pair *pairs;
	size_t pair_count;
	struct zoneview_denied *denied;
	size_t denied_count;
};

/* Take one message, as ctl_answer does; data is struct zoneview, zeroed before the first. */
int zoneview_take(struct message *message, void *data);
void zoneview_clear(struct zoneview *view);

#endif
