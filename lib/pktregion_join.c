/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regions of several lists as one: what was found of packets by their interfaces, one after the
 * other. */
#include "pktregion.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The part of a field as a whole; the number of parts: there is none. */
static size_t find_part(const struct pktregion *region, enum pkt_field field)
{
	size_t i = 0;

	while (i < region->count && region->parts[i].field != field)
		i++;
	return i;
}

static bool same_part(const struct pktregion_part *a, const struct pktregion_part *b)
{
	return a->field == b->field && a->mask == b->mask && a->count == b->count &&
	       memcmp(a->ranges, b->ranges, a->count * sizeof(*a->ranges)) == 0;
}

/* Do they say the same of all fields but one? */
static bool same_but(const struct pktregion *a, const struct pktregion *b, enum pkt_field field)
{
	size_t i = 0, k = 0;

	for (;;) {
		i += i < a->count && a->parts[i].field == field;
		k += k < b->count && b->parts[k].field == field;
		if (i == a->count || k == b->count)
			return i == a->count && k == b->count;
		if (!same_part(&a->parts[i++], &b->parts[k++]))
			return false;
	}
}

static int compare_ranges(const void *a, const void *b)
{
	const struct hdr_range *left = a, *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

/* Ranges that touch become one. */
static void join_neighbours(struct pktregion_part *part)
{
	size_t kept = 0;

	qsort(part->ranges, part->count, sizeof(*part->ranges), compare_ranges);
	for (size_t i = 1; i < part->count; i++) {
		struct hdr_range *last = &part->ranges[kept];

		if (last->last + 1 != 0 && part->ranges[i].first > last->last + 1)
			part->ranges[++kept] = part->ranges[i];
		else if (part->ranges[i].last > last->last)
			last->last = part->ranges[i].last;
	}
	part->count = kept + 1;
}

void pktregion_drop_part(struct pktregion *region, size_t number)
{
	free(region->parts[number].ranges);
	region->count--;
	memmove(&region->parts[number], &region->parts[number + 1],
		(region->count - number) * sizeof(*region->parts));
}

/* The values of a field in either; where one of them does not tell it, any. */
static int unite(struct pktregion *to, const struct pktregion *from, enum pkt_field field)
{
	size_t here = find_part(to, field), there = find_part(from, field);

	if (here == to->count)
		return 0;
	if (there == from->count) {
		pktregion_drop_part(to, here);
		return 0;
	}
	struct pktregion_part *part = &to->parts[here];
	const struct pktregion_part *other = &from->parts[there];
	struct hdr_range *ranges =
		reallocarray(part->ranges, part->count + other->count, sizeof(*ranges));

	if (!ranges)
		return -ENOMEM;
	memcpy(&ranges[part->count], other->ranges, other->count * sizeof(*ranges));
	part->ranges = ranges;
	part->count += other->count;
	join_neighbours(part);
	to->share += from->share;
	return 0;
}

/* A region that has such a part has it as a whole: with all of its bits. */
static bool is_whole(const struct pktregion *region, enum pkt_field field)
{
	size_t number = find_part(region, field), parts = 0;

	for (size_t i = 0; i < region->count; i++)
		parts += region->parts[i].field == field;
	return parts == 0 || (parts == 1 && region->parts[number].mask == ~(hdr_value)0);
}

static struct pktregion *find_same(
	struct pktregions *to, const struct pktregion *region, enum pkt_field field)
{
	for (size_t i = 0; i < to->count && is_whole(region, field); i++)
		if (is_whole(&to->regions[i], field) && same_but(&to->regions[i], region, field))
			return &to->regions[i];
	return NULL;
}

int pktregions_join(struct pktregions *to, struct pktregions *from, enum pkt_field field)
{
	struct pktregion *regions =
		reallocarray(to->regions, to->count + from->count + 1, sizeof(*regions));
	int r = regions ? 0 : -ENOMEM;

	if (regions)
		to->regions = regions;
	for (size_t i = 0; i < from->count && r == 0; i++) {
		struct pktregion *same = find_same(to, &from->regions[i], field);

		if (same) {
			r = unite(same, &from->regions[i], field);
			continue;
		}
		to->regions[to->count++] = from->regions[i];
		from->regions[i] = (struct pktregion){ .parts = NULL };
	}
	to->more |= from->more;
	return r;
}

static int by_share(const void *a, const void *b)
{
	const struct pktregion *left = a, *right = b;

	return left->share > right->share ? -1 : left->share < right->share;
}

void pktregions_cut(struct pktregions *regions, size_t max)
{
	qsort(regions->regions, regions->count, sizeof(*regions->regions), by_share);
	while (max && regions->count > max) {
		struct pktregion *last = &regions->regions[--regions->count];

		while (last->count > 0)
			pktregion_drop_part(last, last->count - 1);
		free(last->parts);
		regions->more = true;
	}
}
