/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hdrspace_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Fields and tests ----------------------------------------------------------------------------- */

int hdrspace_new(struct hdrspace **ret_space)
{
	*ret_space = calloc(1, sizeof(**ret_space));
	return *ret_space ? 0 : -ENOMEM;
}

void hdrspace_free(struct hdrspace *space)
{
	if (!space)
		return;
	for (unsigned int i = 0; i < space->field_count; i++)
		hdr_field_clear(&space->fields[i]);
	bdd_free(space->bdd);
	free(space);
}

int hdrspace_add_field(struct hdrspace *space, unsigned int bits)
{
	if (space->field_count == HDRSPACE_FIELDS_MAX)
		return -E2BIG;
	space->fields[space->field_count].bits = bits;
	space->order[space->field_count] = space->field_count;
	return (int)space->field_count++;
}

/* Bits from the field's first one on: a range of the whole field. False: there are no such bits, or
 * they are never in that range. */
static bool settle(const struct hdr_field *field, struct hdr_test *test)
{
	struct hdr_slice *slice = &test->slice;
	struct hdr_range *range = &test->range;

	if (slice->bits == 0 || slice->bits > field->bits ||
		slice->shift > field->bits - slice->bits || range->first > range->last ||
		range->last > hdr_low_bits(slice->bits))
		return false;
	if (slice->shift + slice->bits < field->bits)
		return true;
	range->first <<= slice->shift;
	range->last = range->last << slice->shift | hdr_low_bits(slice->shift);
	slice->bits = field->bits;
	slice->shift = 0;
	return true;
}

int hdrspace_note(struct hdrspace *space, struct hdr_slice slice, struct hdr_range range)
{
	struct hdr_test test = { slice, range };

	if (space->bdd || slice.field >= space->field_count ||
		!settle(&space->fields[slice.field], &test))
		return -EINVAL;
	return hdr_note(&space->fields[slice.field], &test);
}

size_t hdrspace_noted(
	const struct hdrspace *space, unsigned int field, hdr_value *ret_values, size_t max)
{
	const struct hdr_field *tested = &space->fields[field];
	size_t count = 0;

	for (size_t i = 0; i < tested->test_count && count < max; i++) {
		const struct hdr_test *test = &tested->tests[i];

		if (test->slice.bits == tested->bits && test->range.first == test->range.last)
			ret_values[count++] = test->range.first;
	}
	return count;
}

/* Sealing -------------------------------------------------------------------------------------- */

static unsigned int bits_for(size_t count)
{
	unsigned int bits = 0;

	while ((size_t)1 << bits < count)
		bits++;
	return bits;
}

void hdrspace_either_first(struct hdrspace *space, unsigned int a, unsigned int b)
{
	space->either[0] = a;
	space->either[1] = b;
}

static void settle_order(struct hdrspace *space)
{
	unsigned int a = space->either[0], b = space->either[1];

	if (2 * hdrspace_atoms(space, b) >= hdrspace_atoms(space, a))
		return;
	space->order[a] = b;
	space->order[b] = a;
}

int hdrspace_seal(struct hdrspace *space, const struct bdd_budget *budget)
{
	unsigned int level = 0;
	int r = 0;

	for (unsigned int i = 0; i < space->field_count && r == 0; i++)
		r = hdr_make_atoms(&space->fields[i]);
	if (r < 0)
		return r;
	settle_order(space);
	for (unsigned int i = 0; i < space->field_count; i++) {
		struct hdr_field *field = &space->fields[space->order[i]];

		for (size_t k = 0; k < field->segment_count; k++) {
			struct hdr_segment *segment = &field->segments[k];

			segment->level = level;
			segment->level_count = bits_for(segment->cuts.count);
			level += segment->level_count;
		}
	}
	if (level > BDD_LEVELS_MAX)
		return -E2BIG;
	return bdd_new(level ? level : 1, budget, &space->bdd);
}

struct bdd *hdrspace_bdd(struct hdrspace *space)
{
	return space->bdd;
}

size_t hdrspace_atoms(const struct hdrspace *space, unsigned int field)
{
	size_t atoms = 1;

	for (size_t i = 0; i < space->fields[field].segment_count; i++)
		atoms *= space->fields[field].segments[i].cuts.count;
	return atoms;
}

hdr_value hdrspace_bound(const struct hdrspace *space, unsigned int field, uint64_t number)
{
	hdr_value value = 0;

	for (size_t i = 0; i < space->fields[field].segment_count; i++) {
		const struct hdr_segment *segment = &space->fields[field].segments[i];

		value |= segment->cuts.values[number % segment->cuts.count] << segment->shift;
		number /= segment->cuts.count;
	}
	return value;
}

/* Sets ----------------------------------------------------------------------------------------- */

/*
 * Atoms first..last. Numbers from the count of atoms on stand for the last atom, so that each
 * assignment of the variables is a packet.
 * from: the least number below this point of the diagram, bits: how many variables are left.
 */
static bdd_node atoms_below(struct bdd *bdd, const struct hdr_segment *segment, size_t first,
	size_t last, size_t from, unsigned int bits)
{
	size_t to = from + ((size_t)1 << bits) - 1;

	if (from > last || to < first)
		return BDD_EMPTY;
	if (from >= first && to <= last)
		return BDD_ALL;
	unsigned int level = segment->level + segment->level_count - bits;
	size_t middle = from + ((size_t)1 << (bits - 1));

	return bdd_make(bdd, level, atoms_below(bdd, segment, first, last, from, bits - 1),
		atoms_below(bdd, segment, first, last, middle, bits - 1));
}

static bdd_node atoms(struct bdd *bdd, const struct hdr_segment *segment, size_t first, size_t last)
{
	if (first > last)
		return BDD_EMPTY;
	if (last + 1 == segment->cuts.count)
		last = ((size_t)1 << segment->level_count) - 1;
	return atoms_below(bdd, segment, first, last, 0, segment->level_count);
}

/* Segment values first..last; BDD_NONE when that was not noted. */
static bdd_node segment_range(
	struct bdd *bdd, const struct hdr_segment *segment, hdr_value first, hdr_value last)
{
	if (!hdr_is_cut(segment, first) ||
		(last != hdr_low_bits(segment->bits) && !hdr_is_cut(segment, last + 1)))
		return BDD_NONE;
	return atoms(bdd, segment, hdr_find_atom(segment, first), hdr_find_atom(segment, last));
}

/* The packets whose segments i .. end - 1 are at least (upwards) or at most those of a bound, which
 * stands where the field has them. */
static bdd_node beyond(struct bdd *bdd, const struct hdr_field *field, hdr_value bound,
	bool upwards, size_t i, size_t end)
{
	if (i == end)
		return BDD_ALL;
	const struct hdr_segment *segment = &field->segments[i];
	hdr_value here = hdr_part(segment, bound), most = hdr_low_bits(segment->bits);
	bdd_node equal = segment_range(bdd, segment, here, here), further = BDD_EMPTY;

	if (upwards && here < most)
		further = segment_range(bdd, segment, here + 1, most);
	else if (!upwards && here > 0)
		further = segment_range(bdd, segment, 0, here - 1);
	bdd_node rest = beyond(bdd, field, bound, upwards, i + 1, end);

	return bdd_or(bdd, further, bdd_and(bdd, equal, rest));
}

bdd_node hdrspace_test(struct hdrspace *space, struct hdr_slice slice, struct hdr_range range)
{
	const struct hdr_field *field = &space->fields[slice.field];
	struct hdr_test test = { slice, range };
	size_t first, end;

	if (!settle(field, &test) || !hdr_find_segments(field, test.slice, &first, &end))
		return BDD_NONE;
	if (end - first == 1)
		return segment_range(
			space->bdd, &field->segments[first], test.range.first, test.range.last);
	return bdd_and(space->bdd,
		beyond(space->bdd, field, test.range.first << test.slice.shift, true, first, end),
		beyond(space->bdd, field, test.range.last << test.slice.shift, false, first, end));
}

bdd_node hdrspace_tests(struct hdrspace *space, struct hdr_slice slice,
	const struct hdr_range *ranges, size_t count)
{
	bdd_node *nodes = calloc(count ? count : 1, sizeof(*nodes));

	if (!nodes)
		return BDD_NONE;
	for (size_t i = 0; i < count; i++)
		nodes[i] = hdrspace_test(space, slice, ranges[i]);
	bdd_node result = bdd_or_all(space->bdd, nodes, count);

	free(nodes);
	return result;
}

static void flag_segment(const struct hdr_segment *segment, bool *flags, bool flag)
{
	for (unsigned int i = 0; i < segment->level_count; i++)
		flags[segment->level + i] = flag;
}

bdd_node hdrspace_forget(struct hdrspace *space, bdd_node set, uint64_t fields)
{
	bool flags[BDD_LEVELS_MAX] = { false };

	for (unsigned int i = 0; i < space->field_count; i++)
		for (size_t k = 0; fields >> i & 1 && k < space->fields[i].segment_count; k++)
			flag_segment(&space->fields[i].segments[k], flags, true);
	return bdd_exists(space->bdd, set, flags);
}

/* Packets -------------------------------------------------------------------------------------- */

static void put_atom(const struct hdr_segment *segment, size_t atom, bool *variables)
{
	for (unsigned int i = 0; i < segment->level_count; i++)
		variables[segment->level + i] = atom >> (segment->level_count - 1 - i) & 1;
}

static size_t get_atom(const struct hdr_segment *segment, const bool *variables)
{
	size_t atom = 0;

	for (unsigned int i = 0; i < segment->level_count; i++)
		atom = atom << 1 | variables[segment->level + i];
	return atom < segment->cuts.count ? atom : segment->cuts.count - 1;
}

static void put_packet(
	const struct hdrspace *space, const struct hdr_packet *packet, bool *variables)
{
	for (unsigned int i = 0; i < space->field_count; i++)
		for (size_t k = 0; k < space->fields[i].segment_count; k++) {
			const struct hdr_segment *segment = &space->fields[i].segments[k];

			put_atom(segment,
				hdr_find_atom(segment, hdr_part(segment, packet->values[i])),
				variables);
		}
}

bool hdrspace_holds(const struct hdrspace *space, bdd_node set, const struct hdr_packet *packet)
{
	bool variables[BDD_LEVELS_MAX] = { false };

	put_packet(space, packet, variables);
	return bdd_holds(space->bdd, set, variables);
}

bool hdrspace_pick(const struct hdrspace *space, bdd_node set, struct hdr_packet *packet)
{
	bool variables[BDD_LEVELS_MAX] = { false };

	put_packet(space, packet, variables);
	if (!bdd_pick(space->bdd, set, variables))
		return false;
	for (unsigned int i = 0; i < space->field_count; i++)
		for (size_t k = 0; k < space->fields[i].segment_count; k++) {
			const struct hdr_segment *segment = &space->fields[i].segments[k];
			hdr_value *value = &packet->values[i];
			size_t atom = get_atom(segment, variables);

			if (hdr_find_atom(segment, hdr_part(segment, *value)) == atom)
				continue;
			*value &= ~(hdr_low_bits(segment->bits) << segment->shift);
			*value |= segment->cuts.values[atom] << segment->shift;
		}
	return true;
}

/* Columns -------------------------------------------------------------------------------------- */

int hdrspace_columns(
	const struct hdrspace *space, struct hdr_column **ret_columns, size_t *ret_count)
{
	struct hdr_column *columns = calloc(BDD_LEVELS_MAX, sizeof(*columns));
	size_t count = 0;

	if (!columns)
		return -ENOMEM;
	for (unsigned int i = 0; i < space->field_count; i++) {
		unsigned int number = space->order[i];

		for (size_t k = 0; k < space->fields[number].segment_count; k++) {
			const struct hdr_segment *segment = &space->fields[number].segments[k];

			if (segment->level_count > 0) /* at most as many as there are levels */
				columns[count++] = (struct hdr_column){ { number, segment->shift,
										segment->bits },
					segment->cuts.count, k };
		}
	}
	*ret_columns = columns;
	*ret_count = count;
	return 0;
}

static const struct hdr_segment *segment_of(
	const struct hdrspace *space, const struct hdr_column *column)
{
	return &space->fields[column->slice.field].segments[column->segment];
}

struct hdr_range hdrspace_atom(
	const struct hdrspace *space, const struct hdr_column *column, size_t atom)
{
	const struct hdr_segment *segment = segment_of(space, column);
	bool last = atom + 1 == segment->cuts.count;

	return (struct hdr_range){ segment->cuts.values[atom],
		last ? hdr_low_bits(segment->bits) : segment->cuts.values[atom + 1] - 1 };
}

size_t hdrspace_atom_of(const struct hdrspace *space, const struct hdr_column *column,
	const struct hdr_packet *packet)
{
	const struct hdr_segment *segment = segment_of(space, column);

	return hdr_find_atom(segment, hdr_part(segment, packet->values[column->slice.field]));
}

/* As atoms_below(), of those that are flagged. */
static bdd_node flagged_below(struct bdd *bdd, const struct hdr_segment *segment, const bool *flags,
	size_t from, unsigned int bits)
{
	size_t last = segment->cuts.count - 1;

	if (bits == 0 || from >= last)
		return flags[from < last ? from : last] ? BDD_ALL : BDD_EMPTY;
	unsigned int level = segment->level + segment->level_count - bits;
	size_t middle = from + ((size_t)1 << (bits - 1));

	return bdd_make(bdd, level, flagged_below(bdd, segment, flags, from, bits - 1),
		flagged_below(bdd, segment, flags, middle, bits - 1));
}

bdd_node hdrspace_in_column(
	struct hdrspace *space, const struct hdr_column *column, const bool *flags)
{
	const struct hdr_segment *segment = segment_of(space, column);

	return flagged_below(space->bdd, segment, flags, 0, segment->level_count);
}

void hdrspace_column_of(
	struct hdrspace *space, const struct hdr_column *column, bdd_node set, bool *ret_atoms)
{
	const struct hdr_segment *segment = segment_of(space, column);
	bool variables[BDD_LEVELS_MAX] = { false }, others[BDD_LEVELS_MAX];

	memset(others, true, sizeof(others));
	flag_segment(segment, others, false);
	set = bdd_exists(space->bdd, set, others);
	for (size_t atom = 0; atom < column->atoms; atom++) {
		put_atom(segment, atom, variables);
		ret_atoms[atom] = bdd_holds(space->bdd, set, variables);
	}
}
