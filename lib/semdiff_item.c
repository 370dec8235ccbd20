/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of what differs, as it is put together from parts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "semdiff_impl.h"

static bool same_item(const struct semdiff_item *a, const struct semdiff_item *b)
{
	return a->kind == b->kind && a->phase == b->phase && a->world == b->world &&
	       a->from == b->from && a->to == b->to;
}

struct semdiff_item *semdiff_item(struct semdiff *diff, const struct semdiff_item *wanted)
{
	for (size_t i = 0; i < diff->count; i++)
		if (same_item(&diff->items[i], wanted))
			return &diff->items[i];
	if (diff->count == diff->room) {
		size_t room = diff->room ? 2 * diff->room : 16;
		struct semdiff_item *grown = reallocarray(diff->items, room, sizeof(*diff->items));

		if (!grown)
			return NULL;
		diff->items = grown;
		diff->room = room;
	}
	struct semdiff_item *item = &diff->items[diff->count++];

	*item = *wanted;
	item->regions = NULL;
	return item;
}

void semdiff_forget(struct semdiff *diff, enum pkt_world world)
{
	size_t kept = 0;

	for (size_t i = 0; i < diff->count; i++) {
		if (diff->items[i].world == world)
			pktregions_free(diff->items[i].regions);
		else
			diff->items[kept++] = diff->items[i];
	}
	diff->count = kept;
}

int semdiff_join(struct semdiff *diff, struct semdiff *other)
{
	int r = 0;

	for (size_t i = 0; i < other->count && r == 0; i++) {
		struct semdiff_item *item = semdiff_item(diff, &other->items[i]);

		if (!item)
			return -ENOMEM;
		if (item->regions) {
			r = pktregions_join(item->regions, other->items[i].regions, PKT_IIFNAME);
			continue;
		}
		item->regions = other->items[i].regions;
		other->items[i].regions = NULL;
	}
	return r;
}

/* Interfaces ----------------------------------------------------------------------------------- */

static bool holds(const struct pktregion_part *part, struct hdr_range range)
{
	for (size_t i = 0; i < part->count; i++)
		if (part->ranges[i].first <= range.first && part->ranges[i].last >= range.last)
			return true;
	return false;
}

static int compare_values(const void *a, const void *b)
{
	const hdr_value *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

/* All interfaces of no zone. */
static bool holds_others(const struct pktregion_part *part, const struct policy *policy)
{
	size_t count = policy ? policy->segment_count : 0;
	hdr_value *values = calloc(count + 1, sizeof(*values)), first = 0;
	bool held = values != NULL;

	for (size_t i = 0; i < count && values; i++)
		values[i] = pkt_interface(policy->segments[i].interface);
	if (values && count)
		qsort(values, count, sizeof(*values), compare_values);
	for (size_t i = 0; i < count && held; i++) {
		if (values[i] > first)
			held = holds(part, (struct hdr_range){ first, values[i] - 1 });
		first = values[i] + 1;
	}
	free(values);
	return held && holds(part, (struct hdr_range){ first, ~(hdr_value)0 });
}

/* Does a part name all interfaces that packets from a place come in by? */
static bool holds_place(
	const struct pktregion_part *part, const struct policy *policy, size_t place)
{
	size_t zones = policy ? policy->zone_count : 0;

	if (place > zones)
		return holds_others(part, policy);
	for (size_t i = 0; place < zones && i < policy->zones[place].segment_count; i++) {
		size_t segment = policy->zones[place].first_segment + i;
		hdr_value value = pkt_interface(policy->segments[segment].interface);

		if (!holds(part, (struct hdr_range){ value, value }))
			return false;
	}
	return true;
}

static void leave_out(struct semdiff_item *item, const struct policy *policy)
{
	for (size_t i = 0; i < item->regions->count; i++) {
		struct pktregion *region = &item->regions->regions[i];

		for (size_t k = region->count; k-- > 0;)
			if (region->parts[k].field == PKT_IIFNAME &&
				region->parts[k].mask == ~(hdr_value)0 &&
				holds_place(&region->parts[k], policy, item->from))
				pktregion_drop_part(region, k);
	}
}

void semdiff_settle(
	struct semdiff *diff, const struct semdiff_question *question, enum pkt_world world)
{
	for (size_t i = 0; i < diff->count; i++) {
		struct semdiff_item *item = &diff->items[i];

		if (item->world != world)
			continue;
		leave_out(item, question->policy);
		pktregions_cut(item->regions, question->regions[item->phase]);
	}
}
