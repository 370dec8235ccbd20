/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many boxes made into one diagram, from its root on. At each variable the boxes are parted into
 * those with both halves of what is left of the segment's atoms, which go on to the next segment
 * together, and those with a part of it, which go to the half or halves that they touch. So a range
 * is met no more than twice at each variable, as in a tree of segments (Bentley 1977), and one
 * value once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hdrspace_impl.h"

struct atoms {
	uint32_t first, last;
};

struct building {
	struct bdd *bdd;
	const struct hdr_segment **columns; /* in the order of variables */
	unsigned int column_count;
	struct atoms *atoms; /* column_count for each box */
	uint32_t *stack;     /* lists of boxes; the lowest ones are used */
	size_t used, room;
	bool failed; /* no memory */
};

static const struct atoms *atoms_of(
	const struct building *building, uint32_t box, unsigned int column)
{
	return &building->atoms[(size_t)box * building->column_count + column];
}

/* One box ------------------------------------------------------------------------------------- */

/* Atoms of a column from those below this point of the diagram, and then the rest. */
static bdd_node range_then(const struct building *building, unsigned int column,
	const struct atoms *atoms, uint32_t from, unsigned int bits, bdd_node rest)
{
	const struct hdr_segment *segment = building->columns[column];
	uint32_t to = from + (uint32_t)(((uint64_t)1 << bits) - 1);

	if (from > atoms->last || to < atoms->first)
		return BDD_EMPTY;
	if (from >= atoms->first && to <= atoms->last)
		return rest;
	uint32_t middle = from + ((uint32_t)1 << (bits - 1));

	return bdd_make(building->bdd, segment->level + segment->level_count - bits,
		range_then(building, column, atoms, from, bits - 1, rest),
		range_then(building, column, atoms, middle, bits - 1, rest));
}

static bdd_node one_box(const struct building *building, uint32_t box, unsigned int column)
{
	bdd_node node = BDD_ALL;

	for (unsigned int i = building->column_count; i-- > column;)
		node = range_then(building, i, atoms_of(building, box, i), 0,
			building->columns[i]->level_count, node);
	return node;
}

/* Several ------------------------------------------------------------------------------------- */

/* A place for so many boxes on top of the stack; SIZE_MAX: no memory. */
static size_t push(struct building *building, size_t count)
{
	size_t at = building->used;

	if (at + count > building->room) {
		size_t room = 2 * (at + count);
		uint32_t *grown = reallocarray(building->stack, room, sizeof(*grown));

		if (!grown) {
			building->failed = true;
			return SIZE_MAX;
		}
		building->stack = grown;
		building->room = room;
	}
	building->used += count;
	return at;
}

static bdd_node build(struct building *building, unsigned int column, size_t list, size_t count);

/* Those of a list that touch from..to go on top of the stack; their number. */
static size_t push_touching(struct building *building, unsigned int column, size_t list,
	size_t count, uint32_t from, uint32_t to)
{
	size_t at = push(building, count), kept = 0;

	if (at == SIZE_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t box = building->stack[list + i];
		const struct atoms *atoms = atoms_of(building, box, column);

		if (atoms->first <= to && atoms->last >= from)
			building->stack[at + kept++] = box;
	}
	building->used = at + kept;
	return kept;
}

/* Boxes that cover from..to are moved to the front of the list; their number. */
static size_t covering_first(struct building *building, unsigned int column, size_t list,
	size_t count, uint32_t from, uint32_t to)
{
	uint32_t *boxes = building->stack + list;
	size_t covering = 0;

	for (size_t i = 0; i < count; i++) {
		const struct atoms *atoms = atoms_of(building, boxes[i], column);
		uint32_t box = boxes[i];

		if (atoms->first > from || atoms->last < to)
			continue;
		boxes[i] = boxes[covering];
		boxes[covering++] = box;
	}
	return covering;
}

/* The boxes of a list, all of which touch the atoms from here on, of so many bits. */
static bdd_node build_atoms(struct building *building, unsigned int column, size_t list,
	size_t count, uint32_t from, unsigned int bits)
{
	const struct hdr_segment *segment = building->columns[column];
	uint32_t to = from + (uint32_t)(((uint64_t)1 << bits) - 1);

	if (count == 0)
		return BDD_EMPTY;
	size_t covering = covering_first(building, column, list, count, from, to), top;
	bdd_node whole = build(building, column + 1, list, covering), halves[2];

	if (covering == count || building->failed)
		return whole;
	for (unsigned int i = 0; i < 2; i++) {
		uint32_t half = (uint32_t)1 << (bits - 1), begin = from + i * half;

		top = building->used;
		size_t kept = push_touching(building, column, list + covering, count - covering,
			begin, begin + half - 1);

		halves[i] = build_atoms(building, column, top, kept, begin, bits - 1);
		building->used = top;
	}
	return bdd_or(building->bdd, whole,
		bdd_make(building->bdd, segment->level + segment->level_count - bits, halves[0],
			halves[1]));
}

static bdd_node build(struct building *building, unsigned int column, size_t list, size_t count)
{
	if (count == 0)
		return BDD_EMPTY;
	if (column == building->column_count)
		return BDD_ALL;
	if (count == 1)
		return one_box(building, building->stack[list], column);
	/* The stack may move, and the list may be put into another order: both are its own. */
	return build_atoms(
		building, column, list, count, 0, building->columns[column]->level_count);
}

/* Boxes as atoms ------------------------------------------------------------------------------- */

/* Atoms of a segment; numbers from the count of atoms on stand for the last one. False: a test was
 * not noted. */
static bool to_atoms(
	const struct hdr_segment *segment, hdr_value first, hdr_value last, struct atoms *ret_atoms)
{
	const struct hdr_values *cuts = &segment->cuts;
	size_t low = hdr_find_atom(segment, first), high = low;

	if (cuts->values[low] != first)
		return false;
	*ret_atoms = (struct atoms){ (uint32_t)low,
		(uint32_t)(((uint64_t)1 << segment->level_count) - 1) };
	if (last == hdr_low_bits(segment->bits))
		return true;
	if (high + 1 == cuts->count || cuts->values[high + 1] != last + 1)
		high = hdr_find_atom(segment, last); /* more than one atom */
	ret_atoms->last = (uint32_t)high;
	return high + 1 < cuts->count && cuts->values[high + 1] == last + 1;
}

/* A range of a field of several segments is a box only when it is one value, or all of them. */
static bool is_box(const struct hdr_field *field, struct hdr_range range)
{
	return field->segment_count == 1 || range.first == range.last ||
	       (range.first == 0 && range.last == hdr_low_bits(field->bits));
}

/* A box's atoms, column by column as add_columns() has put them. False: not noted. */
static bool fill_atoms(struct building *building, const struct hdrspace *space,
	const struct hdr_boxes *boxes, const struct hdr_range *ranges, struct atoms *atoms)
{
	for (unsigned int i = 0; i < building->column_count; i++) {
		const struct hdr_segment *segment = building->columns[i];
		unsigned int k = 0;

		while (segment < space->fields[boxes->fields[k]].segments ||
			segment >= space->fields[boxes->fields[k]].segments +
					   space->fields[boxes->fields[k]].segment_count)
			k++;
		if (!to_atoms(segment, hdr_part(segment, ranges[k].first),
			    hdr_part(segment, ranges[k].last), &atoms[i]))
			return false;
	}
	return true;
}

static int compare_columns(const void *a, const void *b)
{
	const struct hdr_segment *const *left = a, *const *right = b;

	return (*left)->level < (*right)->level ? -1 : (*left)->level > (*right)->level;
}

static int add_columns(
	struct building *building, const struct hdrspace *space, const struct hdr_boxes *boxes)
{
	size_t count = 0;

	for (unsigned int i = 0; i < boxes->field_count; i++)
		count += space->fields[boxes->fields[i]].segment_count;
	building->columns = calloc(count + 1, sizeof(*building->columns));
	if (!building->columns)
		return -ENOMEM;
	for (unsigned int i = 0; i < boxes->field_count; i++) {
		const struct hdr_field *field = &space->fields[boxes->fields[i]];

		for (size_t k = 0; k < field->segment_count; k++)
			building->columns[building->column_count++] = &field->segments[k];
	}
	qsort(building->columns, count, sizeof(*building->columns), compare_columns);
	return 0;
}

/* A box by itself, whatever its ranges. */
static bdd_node odd_box(
	struct hdrspace *space, const struct hdr_boxes *boxes, const struct hdr_range *ranges)
{
	bdd_node node = BDD_ALL;

	for (unsigned int i = 0; i < boxes->field_count; i++) {
		const struct hdr_slice slice = { boxes->fields[i], 0,
			space->fields[boxes->fields[i]].bits };

		node = bdd_and(space->bdd, node, hdrspace_test(space, slice, ranges[i]));
	}
	return node;
}

/* All boxes: in lists, or where that cannot be, one by one. */
static bdd_node build_all(
	struct building *building, struct hdrspace *space, const struct hdr_boxes *boxes)
{
	bdd_node odd = BDD_EMPTY;
	uint32_t count = 0;

	for (size_t i = 0; i < boxes->count; i++) {
		const struct hdr_range *ranges = &boxes->ranges[i * boxes->field_count];
		bool plain = true;

		for (unsigned int k = 0; k < boxes->field_count && plain; k++)
			plain = is_box(&space->fields[boxes->fields[k]], ranges[k]);
		if (!plain) {
			odd = bdd_or(space->bdd, odd, odd_box(space, boxes, ranges));
			continue;
		}
		if (!fill_atoms(building, space, boxes, ranges,
			    &building->atoms[(size_t)count * building->column_count]))
			return BDD_NONE;
		building->stack[count] = count;
		count++;
	}
	building->used = count;
	bdd_node node = bdd_or(space->bdd, odd, build(building, 0, 0, count));

	return building->failed ? BDD_NONE : node;
}

bdd_node hdrspace_boxes(struct hdrspace *space, const struct hdr_boxes *boxes)
{
	struct building building = { .bdd = space->bdd };
	bdd_node node = BDD_NONE;

	if (boxes->count >= UINT32_MAX || add_columns(&building, space, boxes) < 0)
		return BDD_NONE;
	building.room = boxes->count + 1;
	building.stack = calloc(building.room, sizeof(*building.stack));
	building.atoms = calloc(boxes->count * building.column_count + 1, sizeof(*building.atoms));
	if (building.stack && building.atoms)
		node = build_all(&building, space, boxes);
	free(building.columns);
	free(building.stack);
	free(building.atoms);
	return node;
}

int hdrspace_note_boxes(struct hdrspace *space, const struct hdr_boxes *boxes)
{
	int r = 0;

	for (size_t i = 0; i < boxes->count && r == 0; i++)
		for (unsigned int k = 0; k < boxes->field_count && r == 0; k++) {
			const struct hdr_slice slice = { boxes->fields[k], 0,
				space->fields[boxes->fields[k]].bits };

			r = hdrspace_note(space, slice, boxes->ranges[i * boxes->field_count + k]);
		}
	return r;
}
