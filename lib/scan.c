/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan_impl.h"

#define SECOND INT64_C(1000000000)
/* Packets may come late, and not in order, by a minute at most; what lies further back: the clock
 * was set. */
#define LATE (60 * SECOND)

/* Set-up -------------------------------------------------------------------------------------- */

/* A power of two, at least as many. */
static size_t slots_for(size_t count)
{
	size_t slots = 64;
	while (slots < count)
		slots *= 2;
	return slots;
}

int scan_new(size_t sightings, size_t sources, struct scan **ret_scan)
{
	struct scan *scan = calloc(1, sizeof(*scan));
	if (!scan)
		return -ENOMEM;
	scan->sighting_room = (sightings ? sightings : SCAN_SIGHTINGS_MAX) + 1;
	scan->source_room = (sources ? sources : SCAN_SOURCES_MAX) + 1;
	scan->sighting_mask = slots_for(scan->sighting_room) - 1;
	scan->source_mask = slots_for(scan->source_room) - 1;
	randombytes_buf(scan->hash_key, sizeof(scan->hash_key));
	*ret_scan = scan;
	return 0;
}

void scan_free(struct scan *scan)
{
	if (!scan)
		return;
	scan_pools_free(scan);
	free(scan);
}

/* Time ---------------------------------------------------------------------------------------- */

static bool is_over(const struct scan *scan, uint32_t index)
{
	return scan->sightings[index].time <= scan->now - scan->period;
}

/* All that is a scan has ended, all else is forgotten. */
static void begin_anew(struct scan *scan)
{
	scan->now = INT64_MIN / 2;
	for (int i = 0; i < SCAN_QUEUE_COUNT; i++) {
		while (scan->queues[i].first) {
			uint32_t index = scan->sightings[scan->queues[i].first].source;
			struct scan_suspect *source = &scan->sources[index];
			while (source->count > 1)
				scan_release_sighting(scan, source->oldest);
			scan_drop_sighting(scan, source->oldest);
		}
	}
}

void scan_expire(struct scan *scan, int64_t now)
{
	if (now < scan->now - scan->period - LATE)
		begin_anew(scan);
	if (now > scan->now)
		scan->now = now;
	for (int i = 0; i < SCAN_QUEUE_COUNT; i++)
		while (scan->queues[i].first && is_over(scan, scan->queues[i].first))
			scan_drop_sighting(scan, scan->queues[i].first);
}

/* Found ---------------------------------------------------------------------------------------- */

static int compare_hosts(const void *a, const void *b)
{
	const struct scan_target *one = a, *other = b;
	int order = (int)one->family - (int)other->family;
	return order ? order : memcmp(one->address, other->address, sizeof(one->address));
}

static int compare_ports(const void *a, const void *b)
{
	const struct scan_target *one = a, *other = b;
	int order = (int)one->protocol - (int)other->protocol;
	return order ? order : (int)one->port - (int)other->port;
}

static size_t count_different(
	struct scan_target *targets, size_t count, int (*compare)(const void *a, const void *b))
{
	size_t different = 0;
	qsort(targets, count, sizeof(*targets), compare);
	for (size_t i = 0; i < count; i++)
		different += i == 0 || compare(&targets[i - 1], &targets[i]) != 0;
	return different;
}

static void count_targets(
	const struct scan *scan, const struct scan_suspect *source, struct scan_found *found)
{
	size_t count = 0, with_port = 0;
	for (uint32_t i = source->oldest; i; i = scan->sightings[i].newer)
		scan->scratch[count++] = scan->sightings[i].target;
	found->hosts = count_different(scan->scratch, count, compare_hosts);
	for (size_t i = 0; i < count; i++)
		if (scan->scratch[i].port)
			scan->scratch[with_port++] = scan->scratch[i];
	found->ports = count_different(scan->scratch, with_port, compare_ports);
}

static void describe(const struct scan_suspect *source, struct scan_found *ret_found)
{
	*ret_found = (struct scan_found){
		.source = source->id,
		.since = source->since,
		.last = source->last,
		.targets = source->targets,
	};
}

static bool find(struct scan *scan, struct scan_suspect *source, struct scan_found *ret_found)
{
	if (source->scanning || source->count < scan->targets)
		return false;
	source->scanning = true;
	source->since = scan->sightings[source->oldest].time;
	source->targets = source->count;
	describe(source, ret_found);
	count_targets(scan, source, ret_found);
	return true;
}

/* Its sightings in order of age, without those that are over; SCAN_NONE when none is left. */
static uint32_t find_current(struct scan *scan, const struct scan_source *id)
{
	uint32_t index;
	while ((index = scan_find_suspect(scan, id)) && is_over(scan, scan->sources[index].oldest))
		scan_drop_sighting(scan, scan->sources[index].oldest);
	return index;
}

bool scan_note(struct scan *scan, const struct scan_try *try, struct scan_found *ret_found)
{
	if (!scan->targets)
		return false;
	scan_expire(scan, try->time);
	scan_make_room(scan);
	uint32_t index = find_current(scan, &try->source);
	uint32_t known = index ? scan_find_sighting(scan, index, &try->target) : SCAN_NONE;
	if (!index)
		index = scan_add_suspect(scan, &try->source);
	struct scan_suspect *source = &scan->sources[index];
	source->last = scan->now;
	if (known) {
		scan_refresh(scan, known);
		return false;
	}
	/* Of a scan the last targets are enough. */
	if (source->scanning && source->count == scan->targets)
		scan_release_sighting(scan, source->oldest);
	scan_add_sighting(scan, index, &try->target);
	source->targets += source->scanning;
	return find(scan, source, ret_found);
}

bool scan_take_ended(struct scan *scan, struct scan_found *ret_found)
{
	uint32_t index = scan->ended.first;
	if (!index)
		return false;
	describe(&scan->sources[index], ret_found);
	scan->ended.first = scan->sources[index].chain;
	if (!scan->ended.first)
		scan->ended.last = SCAN_NONE;
	scan_release_suspect(scan, index);
	return true;
}

uint64_t scan_take_forgotten(struct scan *scan)
{
	uint64_t forgotten = scan->forgotten;
	scan->forgotten = 0;
	return forgotten;
}

int scan_configure(struct scan *scan, unsigned int targets, unsigned int seconds)
{
	if (targets == scan->targets && seconds * SECOND == scan->period)
		return 0;
	begin_anew(scan);
	scan->targets = 0;
	scan->period = seconds * SECOND;
	if (!targets)
		return 0;
	int r = 0;
	if (!scan->sightings) {
		r = scan_pools_new(scan, targets);
	} else {
		free(scan->scratch);
		scan->scratch = calloc(targets, sizeof(*scan->scratch));
		r = scan->scratch ? 0 : -ENOMEM;
	}
	scan->targets = r == 0 ? targets : 0;
	return r;
}
