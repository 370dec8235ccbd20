/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the enforcer said of the policy, as far as records need it: which segment an interface is,
 * and what the codes of denials stand for. Codes of earlier policies are kept, since flows that
 * they blocked may be yet to come.
 */
#ifndef HEDATE_TOPOLOGY_H
#define HEDATE_TOPOLOGY_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/flowrec.h"
#include "../lib/strmap.h"

#define TOPOLOGY_PLACES_MAX 4096
#define TOPOLOGY_CODES_MAX  (1u << 18)

struct topology_place {
	char interface[IFNAMSIZ];
	char segment[FLOW_PLACE_MAX]; /* full name */
	char zone[FLOW_PLACE_MAX];
};

struct topology_code {
	uint32_t code;
	char *reason; /* owned, the other two lie behind it */
	const char *from, *to;
};

struct topology_places {
	struct topology_place *items;
	size_t count, room;
	struct strmap by_interface;
};

/* All zero is an empty one. */
struct topology {
	char revision[16]; /* of the current policy */
	struct topology_places places;
	struct {
		char revision[16];
		struct topology_places places;
	} next;			     /* being received */
	struct topology_code *codes; /* open addressing; free: reason NULL */
	size_t code_count, code_room;
};

void topology_clear(struct topology *topology);

/* A policy is received: it takes the place of the current one at its end. Each 0, -ENOMEM,
 * -ENOSPC, or -EINVAL for texts that are too long. */
int topology_begin(struct topology *topology, const char *revision);
int topology_add_place(struct topology *topology, const struct topology_place *place);
int topology_add_code(struct topology *topology, uint32_t code, const char *reason,
	const char *from, const char *to);
int topology_end(struct topology *topology);

/* NULL: not known. */
const struct topology_place *topology_find_place(
	const struct topology *topology, const char *interface);
const struct topology_code *topology_find_code(const struct topology *topology, uint32_t code);

#endif
