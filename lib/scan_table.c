/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has tried what: two pools of fixed size, with an index and queues by age. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan_impl.h"

_Static_assert(sizeof(struct scan_source) == 20, "hashed as bytes");
_Static_assert(sizeof(struct scan_target) == 20, "hashed as bytes");
_Static_assert(
	sizeof(struct scan_sighting) == 56 && sizeof(struct scan_suspect) <= 96, "said in scan.h");

/* Pools ---------------------------------------------------------------------------------------- */

/* Memory that is not touched costs nothing: so all of it is had at once, and nothing can fail
 * later. */
int scan_pools_new(struct scan *scan, unsigned int targets)
{
	scan->sightings = calloc(scan->sighting_room, sizeof(*scan->sightings));
	scan->sources = calloc(scan->source_room, sizeof(*scan->sources));
	scan->sighting_slots = calloc(scan->sighting_mask + 1, sizeof(*scan->sighting_slots));
	scan->source_slots = calloc(scan->source_mask + 1, sizeof(*scan->source_slots));
	scan->scratch = calloc(targets, sizeof(*scan->scratch));
	if (scan->sightings && scan->sources && scan->sighting_slots && scan->source_slots &&
		scan->scratch)
		return 0;
	scan_pools_free(scan);
	return -ENOMEM;
}

void scan_pools_free(struct scan *scan)
{
	free(scan->sightings);
	free(scan->sources);
	free(scan->sighting_slots);
	free(scan->source_slots);
	free(scan->scratch);
	scan->sightings = NULL;
	scan->sources = NULL;
	scan->sighting_slots = scan->source_slots = NULL;
	scan->scratch = NULL;
}

/* Hashing -------------------------------------------------------------------------------------- */

static uint32_t *suspect_slot(const struct scan *scan, const struct scan_source *id)
{
	uint64_t hash;
	crypto_shorthash(
		(unsigned char *)&hash, (const unsigned char *)id, sizeof(*id), scan->hash_key);
	return &scan->source_slots[hash & scan->source_mask];
}

static uint32_t *sighting_slot(
	const struct scan *scan, uint32_t owner, const struct scan_target *target)
{
	uint8_t bytes[sizeof(owner) + sizeof(*target)];
	uint64_t hash;
	memcpy(bytes, &owner, sizeof(owner));
	memcpy(bytes + sizeof(owner), target, sizeof(*target));
	crypto_shorthash((unsigned char *)&hash, bytes, sizeof(bytes), scan->hash_key);
	return &scan->sighting_slots[hash & scan->sighting_mask];
}

uint32_t scan_find_suspect(const struct scan *scan, const struct scan_source *id)
{
	uint32_t index = *suspect_slot(scan, id);
	while (index && memcmp(&scan->sources[index].id, id, sizeof(*id)) != 0)
		index = scan->sources[index].chain;
	return index;
}

uint32_t scan_find_sighting(
	const struct scan *scan, uint32_t owner, const struct scan_target *target)
{
	uint32_t index = *sighting_slot(scan, owner, target);
	while (index &&
		(scan->sightings[index].source != owner ||
			memcmp(&scan->sightings[index].target, target, sizeof(*target)) != 0))
		index = scan->sightings[index].chain;
	return index;
}

/* Lists ---------------------------------------------------------------------------------------- */

static void queue_add(struct scan *scan, enum scan_queue name, uint32_t index)
{
	struct scan_list *queue = &scan->queues[name];
	struct scan_sighting *sighting = &scan->sightings[index];
	sighting->before = queue->last;
	sighting->behind = SCAN_NONE;
	if (queue->last)
		scan->sightings[queue->last].behind = index;
	else
		queue->first = index;
	queue->last = index;
}

static void queue_remove(struct scan *scan, enum scan_queue name, uint32_t index)
{
	struct scan_list *queue = &scan->queues[name];
	const struct scan_sighting *sighting = &scan->sightings[index];
	if (sighting->before)
		scan->sightings[sighting->before].behind = sighting->behind;
	else
		queue->first = sighting->behind;
	if (sighting->behind)
		scan->sightings[sighting->behind].before = sighting->before;
	else
		queue->last = sighting->before;
}

/* The newest of its source. */
static void suspect_add(struct scan *scan, struct scan_suspect *source, uint32_t index)
{
	struct scan_sighting *sighting = &scan->sightings[index];
	sighting->older = source->newest;
	sighting->newer = SCAN_NONE;
	if (source->newest)
		scan->sightings[source->newest].newer = index;
	else
		source->oldest = index;
	source->newest = index;
	source->count++;
}

static void suspect_remove(struct scan *scan, struct scan_suspect *source, uint32_t index)
{
	const struct scan_sighting *sighting = &scan->sightings[index];
	if (sighting->older)
		scan->sightings[sighting->older].newer = sighting->newer;
	else
		source->oldest = sighting->newer;
	if (sighting->newer)
		scan->sightings[sighting->newer].older = sighting->older;
	else
		source->newest = sighting->older;
	source->count--;
}

/* Taking away ---------------------------------------------------------------------------------- */

static void unchain_suspect(struct scan *scan, uint32_t index)
{
	uint32_t *link = suspect_slot(scan, &scan->sources[index].id);
	while (*link != index)
		link = &scan->sources[*link].chain;
	*link = scan->sources[index].chain;
}

void scan_release_suspect(struct scan *scan, uint32_t index)
{
	scan->sources[index].chain = scan->free_source;
	scan->free_source = index;
}

/* Its end waits to be taken; the source itself, should it go on, is another one from here on. */
static void end_scan(struct scan *scan, uint32_t index)
{
	unchain_suspect(scan, index);
	scan->sources[index].chain = SCAN_NONE;
	if (scan->ended.last)
		scan->sources[scan->ended.last].chain = index;
	else
		scan->ended.first = index;
	scan->ended.last = index;
}

void scan_release_sighting(struct scan *scan, uint32_t index)
{
	struct scan_sighting *sighting = &scan->sightings[index];
	uint32_t *link = sighting_slot(scan, sighting->source, &sighting->target);
	while (*link != index)
		link = &scan->sightings[*link].chain;
	*link = sighting->chain;
	struct scan_suspect *source = &scan->sources[sighting->source];
	queue_remove(scan, source->queue, index);
	suspect_remove(scan, source, index);
	sighting->chain = scan->free_sighting;
	scan->free_sighting = index;
}

/* And what follows from it for its source. */
void scan_drop_sighting(struct scan *scan, uint32_t index)
{
	uint32_t owner = scan->sightings[index].source;
	struct scan_suspect *source = &scan->sources[owner];
	scan_release_sighting(scan, index);
	if (source->scanning && 2 * source->count < scan->targets) {
		while (source->oldest)
			scan_release_sighting(scan, source->oldest);
		end_scan(scan, owner);
	} else if (source->count == 0) {
		unchain_suspect(scan, owner);
		scan_release_suspect(scan, owner);
	}
}

static void forget_one(struct scan *scan)
{
	const struct scan_list *single = &scan->queues[SCAN_QUEUE_SINGLE];
	scan->forgotten++;
	scan_drop_sighting(
		scan, single->first ? single->first : scan->queues[SCAN_QUEUE_OTHER].first);
}

/* Adding --------------------------------------------------------------------------------------- */

/* Whoever has no sighting is free, or has ended. */
static uint32_t take_suspect(struct scan *scan)
{
	struct scan_found unsaid;
	while (!scan->free_source && scan->source_count + 1 >= scan->source_room) {
		if (scan->queues[SCAN_QUEUE_SINGLE].first || scan->queues[SCAN_QUEUE_OTHER].first)
			forget_one(scan);
		else
			(void)scan_take_ended(scan, &unsaid);
	}
	uint32_t index = scan->free_source;
	if (index)
		scan->free_source = scan->sources[index].chain;
	else
		index = (uint32_t)++scan->source_count;
	return index;
}

uint32_t scan_add_suspect(struct scan *scan, const struct scan_source *id)
{
	uint32_t index = take_suspect(scan);
	uint32_t *slot = suspect_slot(scan, id);
	scan->sources[index] =
		(struct scan_suspect){ .id = *id, .chain = *slot, .queue = SCAN_QUEUE_SINGLE };
	*slot = index;
	return index;
}

void scan_make_room(struct scan *scan)
{
	if (!scan->free_sighting && scan->sighting_count + 1 >= scan->sighting_room)
		forget_one(scan);
}

static uint32_t take_sighting(struct scan *scan)
{
	uint32_t index = scan->free_sighting;
	if (index)
		scan->free_sighting = scan->sightings[index].chain;
	else
		index = (uint32_t)++scan->sighting_count;
	return index;
}

/* The second target of a source: it is not one of the many that have a single one. */
static void leave_singles(struct scan *scan, struct scan_suspect *source)
{
	if (source->queue != SCAN_QUEUE_SINGLE || source->count == 0)
		return;
	queue_remove(scan, SCAN_QUEUE_SINGLE, source->oldest);
	source->queue = SCAN_QUEUE_OTHER;
	queue_add(scan, SCAN_QUEUE_OTHER, source->oldest);
}

void scan_add_sighting(struct scan *scan, uint32_t owner, const struct scan_target *target)
{
	struct scan_suspect *source = &scan->sources[owner];
	uint32_t index = take_sighting(scan);
	uint32_t *slot = sighting_slot(scan, owner, target);
	struct scan_sighting *sighting = &scan->sightings[index];
	leave_singles(scan, source);
	sighting->target = *target;
	sighting->source = owner;
	sighting->time = scan->now;
	sighting->chain = *slot;
	*slot = index;
	suspect_add(scan, source, index);
	queue_add(scan, source->queue, index);
}

void scan_refresh(struct scan *scan, uint32_t index)
{
	struct scan_sighting *sighting = &scan->sightings[index];
	struct scan_suspect *source = &scan->sources[sighting->source];
	sighting->time = scan->now;
	queue_remove(scan, source->queue, index);
	queue_add(scan, source->queue, index);
	suspect_remove(scan, source, index);
	suspect_add(scan, source, index);
}
