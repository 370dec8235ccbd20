/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans: a source that tries many targets in a short time. Fed with what was blocked, one try at a
 * time; a target is an address with a protocol and, where there is one, a port, so that many hosts,
 * many ports of one host, and a mixture are all the same thing.
 *
 * A source becomes a scan when it has tried so many different targets within the time, and stays
 * one until it has tried fewer than half as many within the time: it is said once, and its end.
 *
 * Memory is fixed, whoever sends. When there is no room, the oldest target is forgotten of the
 * sources that have tried a single one, which is what forged sources look like; only when there are
 * none, the oldest of all. What was forgotten before its time is counted.
 */
#ifndef HEDATE_SCAN_H
#define HEDATE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCAN_TARGETS_MAX 65535
/* What fits: 56 and 96 bytes each, touched only as they are needed; 26 MB with the index. */
#define SCAN_SIGHTINGS_MAX (1u << 18)
#define SCAN_SOURCES_MAX   (1u << 17)

enum scan_source_kind {
	SCAN_IPV4,
	SCAN_IPV6,
	SCAN_MAC, /* its addresses are forged */
};

/* Who tries. No padding, unused bytes zero: compared and hashed as bytes. */
struct scan_source {
	uint8_t bytes[16];
	uint8_t kind; /* enum scan_source_kind */
	uint8_t unused[3];
};

/* What is tried. The same. */
struct scan_target {
	uint8_t address[16];
	uint16_t port; /* host order; 0: none */
	uint8_t family;
	uint8_t protocol; /* IPPROTO_* */
};

struct scan_try {
	struct scan_source source;
	struct scan_target target;
	int64_t time; /* realtime ns */
};

/* A scan, when it is found and when it has ended. */
struct scan_found {
	struct scan_source source;
	int64_t since, last; /* of the tries that it consists of */
	uint64_t targets;    /* different ones; at its end, one counts again that was not among the
			      * last that are known */
	size_t hosts, ports; /* different addresses; protocol and port; 0 at its end */
};

struct scan;

/* sightings, sources: how many are kept, 0 for the above. 0, or -ENOMEM. */
int scan_new(size_t sightings, size_t sources, struct scan **ret_scan);
void scan_free(struct scan *scan); /* accepts NULL */

/* So many targets (2..SCAN_TARGETS_MAX, at most half of what is kept; 0: none is looked for) in so
 * many seconds. Other numbers than before begin anew: what is a scan has ended then. 0, or -ENOMEM.
 */
int scan_configure(struct scan *scan, unsigned int targets, unsigned int seconds);

/* Note a try. True, with ret_found, when it makes its source a scan. What comes late counts as if
 * it came now; more than a minute beyond the seconds: the clock was set, and all begins anew. */
bool scan_note(struct scan *scan, const struct scan_try *try, struct scan_found *ret_found);

/* Forget what is older than the seconds. */
void scan_expire(struct scan *scan, int64_t now);
/* The next scan that has ended, until false. */
bool scan_take_ended(struct scan *scan, struct scan_found *ret_found);

/* Targets that were forgotten before their time since it was last asked. */
uint64_t scan_take_forgotten(struct scan *scan);

#endif
