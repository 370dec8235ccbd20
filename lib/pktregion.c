/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A region begins as one packet, from the widest place of what is left of the set, and grows column
 * by column (hdrspace.h): to all values with which it holds no packet that it must not. What a
 * reader does not ask for grows first.
 */
#include "pktregion.h"

#include <errno.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "ctstate.h"

/* The later one stands here, the more it is worth to be told shortly. */
static const enum pkt_field growing[] = { PKT_TRUNCATED, PKT_FRAG_OFF, PKT_ID, PKT_LENGTH, PKT_TTL,
	PKT_TOS, PKT_FLOW, PKT_NEXTHDR, PKT_PKTTYPE, PKT_IIFTYPE, PKT_OIFTYPE, PKT_ETHER_SADDR,
	PKT_ETHER_DADDR, PKT_CT_STATUS, PKT_TCP_FLAGS, PKT_MARK, PKT_CT_MARK, PKT_CT_DIRECTION,
	PKT_CT_STATE, PKT_SPORT, PKT_ICMP_CODE, PKT_ICMP_TYPE, PKT_SADDR, PKT_DADDR, PKT_DPORT,
	PKT_L4PROTO, PKT_IIFNAME, PKT_OIFNAME };

/* Fields of few values, however rules test their bits: what grows are the values. */
static const struct {
	enum pkt_field field;
	bool host_order;
	uint32_t values[6];
	size_t count;
} chosen[] = {
	{ PKT_CT_STATE, true, { CT_NEW, CT_ESTABLISHED, CT_RELATED, CT_INVALID, CT_UNTRACKED }, 5 },
};
#define CHOSEN (sizeof(chosen) / sizeof(chosen[0]))

struct listing {
	struct hdrspace *space;
	struct bdd *bdd;
	struct hdr_column *columns;
	size_t column_count;
	bool **atoms;	 /* of the region that grows, by column */
	bool **cared;	 /* that packets of care have */
	bdd_node *nodes; /* the packets with one of those atoms; BDD_ALL where values are held */
	bool by_value[CHOSEN];
	bool held[CHOSEN][6];
	bdd_node values[CHOSEN]; /* the packets with one of the values that are held */
	bdd_node care, outside;
};

static void listing_clear(struct listing *listing)
{
	for (size_t i = 0; listing->atoms && i < listing->column_count; i++)
		free(listing->atoms[i]);
	for (size_t i = 0; listing->cared && i < listing->column_count; i++)
		free(listing->cared[i]);
	free(listing->atoms);
	free(listing->cared);
	free(listing->nodes);
	free(listing->columns);
}

static int listing_set_up(struct listing *listing, struct hdrspace *space, bdd_node care)
{
	int r = hdrspace_columns(space, &listing->columns, &listing->column_count);

	if (r < 0)
		return r;
	listing->space = space;
	listing->bdd = hdrspace_bdd(space);
	listing->atoms = calloc(listing->column_count + 1, sizeof(*listing->atoms));
	listing->nodes = calloc(listing->column_count + 1, sizeof(*listing->nodes));
	listing->cared = calloc(listing->column_count + 1, sizeof(*listing->cared));
	if (!listing->atoms || !listing->nodes || !listing->cared)
		return -ENOMEM;
	for (size_t i = 0; i < listing->column_count; i++) {
		listing->atoms[i] = calloc(listing->columns[i].atoms, sizeof(bool));
		listing->cared[i] = calloc(listing->columns[i].atoms, sizeof(bool));
		if (!listing->atoms[i] || !listing->cared[i])
			return -ENOMEM;
		hdrspace_column_of(space, &listing->columns[i], care, listing->cared[i]);
	}
	return 0;
}

/* Growing -------------------------------------------------------------------------------------- */

/* The region in all columns but one, and in all chosen fields but one. */
static bdd_node product(struct listing *listing, size_t column, size_t field)
{
	bdd_node set = BDD_ALL;

	for (size_t i = listing->column_count; i-- > 0;)
		if (i != column)
			set = bdd_and(listing->bdd, listing->nodes[i], set);
	for (size_t i = 0; i < CHOSEN; i++)
		if (i != field && listing->by_value[i])
			set = bdd_and(listing->bdd, listing->values[i], set);
	return set;
}

static bdd_node whole(struct listing *listing)
{
	return product(listing, listing->column_count, CHOSEN);
}

static void take_column(struct listing *listing, size_t number)
{
	listing->nodes[number] = hdrspace_in_column(
		listing->space, &listing->columns[number], listing->atoms[number]);
}

static void begin_column(struct listing *listing, size_t number, const struct hdr_packet *packet)
{
	const struct hdr_column *column = &listing->columns[number];

	memset(listing->atoms[number], 0, column->atoms * sizeof(bool));
	listing->atoms[number][hdrspace_atom_of(listing->space, column, packet)] = true;
	take_column(listing, number);
}

/* The packets that have that value in the field, as far as columns tell it from others. */
static bdd_node with_value(struct listing *listing, size_t field, hdr_value value)
{
	struct hdr_packet packet = { .values = { [0] = 0 } };
	bdd_node set = BDD_ALL;

	packet.values[chosen[field].field] = value;
	for (size_t i = listing->column_count; i-- > 0;) {
		if (listing->columns[i].slice.field != chosen[field].field)
			continue;
		begin_column(listing, i, &packet);
		set = bdd_and(listing->bdd, listing->nodes[i], set);
		listing->nodes[i] = BDD_ALL;
		memset(listing->atoms[i], true, listing->columns[i].atoms * sizeof(bool));
	}
	return set;
}

static hdr_value chosen_value(size_t field, size_t value)
{
	uint32_t number = chosen[field].values[value];

	return chosen[field].host_order ? pkt_number(&number, sizeof(number)) : number;
}

/* By values, if it is one of them that the packet has. */
static void begin_values(struct listing *listing, size_t field, const struct hdr_packet *packet)
{
	listing->by_value[field] = false;
	for (size_t i = 0; i < chosen[field].count; i++) {
		hdr_value value = chosen_value(field, i);

		listing->held[field][i] = packet->values[chosen[field].field] == value;
		if (!listing->held[field][i])
			continue;
		listing->by_value[field] = true;
		listing->values[field] = with_value(listing, field, value);
	}
}

static void begin_at(struct listing *listing, const struct hdr_packet *packet)
{
	for (size_t i = 0; i < listing->column_count; i++)
		begin_column(listing, i, packet);
	for (size_t i = 0; i < CHOSEN; i++)
		begin_values(listing, i, packet);
}

static void grow_values(struct listing *listing, size_t field)
{
	bdd_node others = product(listing, listing->column_count, field);
	bdd_node wrong = bdd_and(listing->bdd, others, listing->outside);

	for (size_t i = 0; i < chosen[field].count; i++) {
		bdd_node set = with_value(listing, field, chosen_value(field, i));

		if (listing->held[field][i] || bdd_and(listing->bdd, wrong, set) != BDD_EMPTY)
			continue;
		listing->held[field][i] = true;
		listing->values[field] = bdd_or(listing->bdd, listing->values[field], set);
	}
}

static void grow_column(struct listing *listing, size_t number)
{
	const struct hdr_column *column = &listing->columns[number];
	bool *atoms = listing->atoms[number];
	bdd_node others = product(listing, number, CHOSEN);
	bdd_node wrong = bdd_and(listing->bdd, others, listing->outside);

	if (wrong == BDD_NONE)
		return;
	hdrspace_column_of(listing->space, column, wrong, atoms);
	for (size_t i = 0; i < column->atoms; i++)
		atoms[i] = !atoms[i];
	take_column(listing, number);
}

static void grow(struct listing *listing, enum pkt_field field)
{
	for (size_t i = 0; i < CHOSEN; i++)
		if (chosen[i].field == field && listing->by_value[i]) {
			grow_values(listing, i);
			return;
		}
	for (size_t i = 0; i < listing->column_count; i++)
		if (listing->columns[i].slice.field == field)
			grow_column(listing, i);
}

static void grow_all(struct listing *listing)
{
	for (size_t i = 0; i < sizeof(growing) / sizeof(growing[0]); i++)
		grow(listing, growing[i]);
}

/* What became of it ----------------------------------------------------------------------------
 */

static void region_clear(struct pktregion *region)
{
	for (size_t i = 0; i < region->count; i++)
		free(region->parts[i].ranges);
	free(region->parts);
}

/* NULL: out of memory. */
static struct pktregion_part *add_part(
	struct pktregion *region, enum pkt_field field, hdr_value mask, size_t ranges)
{
	struct pktregion_part *part = &region->parts[region->count];

	*part = (struct pktregion_part){ .field = field, .mask = mask };
	part->ranges = calloc(ranges, sizeof(*part->ranges));
	if (!part->ranges)
		return NULL;
	region->count++;
	return part;
}

static hdr_value low_bits(unsigned int bits)
{
	return bits >= 128 ? ~(hdr_value)0 : ((hdr_value)1 << bits) - 1;
}

/* The atoms of a column that packets of care have as well. True: they are all of these. */
static bool leave_cared(struct listing *listing, size_t number)
{
	bool *atoms = listing->atoms[number];
	const bool *cared = listing->cared[number];
	bool all = true;

	for (size_t i = 0; i < listing->columns[number].atoms; i++) {
		all = all && (atoms[i] || !cared[i]);
		atoms[i] = atoms[i] && cared[i];
	}
	return all;
}

/* The flagged atoms of a column, neighbours as one range. */
static int take_ranges(const struct listing *listing, size_t number, struct pktregion *region)
{
	const struct hdr_column *column = &listing->columns[number];
	const struct hdr_slice *slice = &column->slice;
	const bool *atoms = listing->atoms[number];
	struct pktregion_part *part = add_part(region, (enum pkt_field)slice->field,
		low_bits(slice->bits) << slice->shift, column->atoms);
	double values = 0;

	if (!part)
		return -ENOMEM;
	for (size_t i = 0; i < column->atoms; i++) {
		struct hdr_range range = hdrspace_atom(listing->space, column, i);

		if (!atoms[i])
			continue;
		values += (double)(range.last - range.first) + 1;
		range.first <<= slice->shift;
		range.last <<= slice->shift;
		if (i > 0 && atoms[i - 1])
			part->ranges[part->count - 1].last = range.last;
		else
			part->ranges[part->count++] = range;
	}
	region->share *= values / ((double)low_bits(slice->bits) + 1);
	return 0;
}

/* All bits of a field have one value: one part. */
static void join_single(struct pktregion *region, struct pktregion_part *part)
{
	struct pktregion_part *last = region->count > 1 ? part - 1 : NULL;

	if (!last || last->field != part->field || last->count != 1 || part->count != 1 ||
		last->ranges[0].first != last->ranges[0].last ||
		part->ranges[0].first != part->ranges[0].last)
		return;
	last->mask |= part->mask;
	last->ranges[0].first |= part->ranges[0].first;
	last->ranges[0].last = last->ranges[0].first;
	free(part->ranges);
	region->count--;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct hdr_range *left = a, *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

/* The values that are held and that packets of care have. */
static int take_values(
	struct listing *listing, size_t field, enum pkt_world world, struct pktregion *region)
{
	bool all = true;

	for (size_t i = 0; i < chosen[field].count && listing->by_value[field]; i++) {
		bdd_node set = with_value(listing, field, chosen_value(field, i));
		bool cared = bdd_and(listing->bdd, set, listing->care) != BDD_EMPTY;

		all = all && (listing->held[field][i] || !cared);
		listing->held[field][i] = listing->held[field][i] && cared;
	}
	if (all)
		return 0;
	struct pktregion_part *part = add_part(region, chosen[field].field,
		low_bits(pkt_field_bits(world, chosen[field].field)), chosen[field].count);
	if (!part)
		return -ENOMEM;
	for (size_t i = 0; i < chosen[field].count; i++) {
		hdr_value value = chosen_value(field, i);

		if (listing->held[field][i])
			part->ranges[part->count++] = (struct hdr_range){ value, value };
	}
	qsort(part->ranges, part->count, sizeof(*part->ranges), compare_ranges);
	region->share *= (double)part->count / (double)chosen[field].count;
	return 0;
}

static int take_region(struct listing *listing, enum pkt_world world, struct pktregion *region)
{
	int r = 0;

	region->share = 1;
	region->parts = calloc(listing->column_count + CHOSEN + 1, sizeof(*region->parts));
	if (!region->parts)
		return -ENOMEM;
	for (size_t i = 0; i < listing->column_count && r == 0; i++) {
		if (leave_cared(listing, i))
			continue;
		r = take_ranges(listing, i, region);
		if (r == 0)
			join_single(region, &region->parts[region->count - 1]);
	}
	for (size_t i = 0; i < CHOSEN && r == 0; i++)
		r = take_values(listing, i, world, region);
	return r;
}

static int by_share(const void *a, const void *b)
{
	const struct pktregion *left = a, *right = b;

	return left->share > right->share ? -1 : left->share < right->share;
}

static struct pktregion *add_region(struct pktregions *regions)
{
	struct pktregion *region =
		array_reserve_next(regions->regions, sizeof(*region), regions->count);

	if (!region)
		return NULL;
	regions->regions = region;
	region += regions->count++;
	*region = (struct pktregion){ .parts = NULL };
	return region;
}

/* Of a network that had to be picked, not its first address, which is no host's. */
static void make_ordinary(const struct listing *listing, bdd_node set,
	const struct hdr_packet *near, struct hdr_packet *packet)
{
	static const enum pkt_field addresses[] = { PKT_SADDR, PKT_DADDR };

	for (size_t i = 0; i < 2; i++) {
		struct hdr_packet next = *packet;

		next.values[addresses[i]]++;
		if (packet->values[addresses[i]] != near->values[addresses[i]] &&
			hdrspace_holds(listing->space, set, &next))
			*packet = next;
	}
}

/* One region of what is left of a set, which then has it no more. */
static int list_one(struct listing *listing, bdd_node set, bdd_node *left,
	const struct hdr_packet *near, struct pktregions *regions)
{
	bdd_node widest = bdd_widest(listing->bdd, *left);
	struct hdr_packet seed = *near;

	if (!hdrspace_pick(listing->space, widest, &seed)) /* no answer is not "nothing" */
		return bdd_error(listing->bdd) ? bdd_error(listing->bdd) : -EINVAL;
	begin_at(listing, &seed);
	grow_all(listing);
	bdd_node grown = whole(listing);
	bdd_node here = bdd_and(listing->bdd, grown, set);

	*left = bdd_diff(listing->bdd, *left, grown);
	if (bdd_error(listing->bdd))
		return bdd_error(listing->bdd);
	struct pktregion *region = add_region(regions);
	if (!region)
		return -ENOMEM;
	region->witness = *near;
	hdrspace_pick(listing->space, here, &region->witness);
	make_ordinary(listing, here, near, &region->witness);
	return take_region(listing, regions->world, region);
}

static int list_all(struct listing *listing, bdd_node set, const struct hdr_packet *near,
	size_t max, struct pktregions *regions)
{
	bdd_node left = set;
	int r = bdd_error(listing->bdd);

	while (r == 0 && left != BDD_EMPTY && (max == 0 || regions->count < max))
		r = list_one(listing, set, &left, near, regions);
	regions->more = left != BDD_EMPTY;
	if (regions->count > 1)
		qsort(regions->regions, regions->count, sizeof(*regions->regions), by_share);
	return r;
}

int pktregion_list(struct hdrspace *space, enum pkt_world world, bdd_node set, bdd_node care,
	const struct hdr_packet *near, size_t max, struct pktregions **ret_regions)
{
	struct pktregions *regions = calloc(1, sizeof(*regions));
	struct listing listing = { .space = NULL };
	int r = regions ? listing_set_up(&listing, space, care) : -ENOMEM;

	if (r == 0) {
		regions->world = world;
		listing.care = care;
		listing.outside = bdd_diff(listing.bdd, care, set);
		r = list_all(&listing, bdd_and(listing.bdd, set, care), near, max, regions);
	}
	listing_clear(&listing);
	if (r < 0)
		pktregions_free(regions);
	else
		*ret_regions = regions;
	return r;
}

void pktregions_free(struct pktregions *regions)
{
	for (size_t i = 0; regions && i < regions->count; i++)
		region_clear(&regions->regions[i]);
	if (regions)
		free(regions->regions);
	free(regions);
}

struct hdr_packet pktregion_everyday(enum pkt_world world)
{
	static const uint16_t ethernet = ARPHRD_ETHER;
	static const uint32_t new = CT_NEW;
	struct hdr_packet packet = { .values = { [0] = 0 } };
	hdr_value *values = packet.values;

	values[PKT_IIFTYPE] = values[PKT_OIFTYPE] = pkt_number(&ethernet, sizeof(ethernet));
	values[PKT_CT_STATE] = pkt_number(&new, sizeof(new));
	values[PKT_L4PROTO] = values[PKT_NEXTHDR] = IPPROTO_TCP;
	values[PKT_TCP_FLAGS] = 0x02; /* SYN */
	values[PKT_TTL] = 64;
	values[PKT_LENGTH] = world == PKT_IPV4 ? 60 : 40;
	values[PKT_FRAG_OFF] = world == PKT_IPV4 ? 0x4000 : 0; /* may not be fragmented */
	values[PKT_SPORT] = 40000;
	values[PKT_DPORT] = 443;
	values[PKT_ETHER_SADDR] = 0x020000000001;
	values[PKT_ETHER_DADDR] = 0x020000000002;
	if (world == PKT_IPV4) { /* RFC 5737 */
		values[PKT_SADDR] = 0xc0000201;
		values[PKT_DADDR] = 0xc6336401;
	} else { /* RFC 3849 */
		values[PKT_SADDR] = (hdr_value)0x20010db8 << 96 | 1;
		values[PKT_DADDR] = (hdr_value)0x20010db8 << 96 | 2;
	}
	return packet;
}
