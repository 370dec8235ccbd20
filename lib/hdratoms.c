/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tests that were noted of a field, each once; the segments that their bits part it into, and
 * the atoms of those.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "hdrspace_impl.h"

#define PLACES_FIRST 64
#define INDEX_FROM   32		/* atoms; fewer are found soon enough */
#define INDEX_MAX    (1u << 18) /* entries */

hdr_value hdr_low_bits(unsigned int bits)
{
	return bits >= 128 ? ~(hdr_value)0 : ((hdr_value)1 << bits) - 1;
}

hdr_value hdr_part(const struct hdr_segment *segment, hdr_value value)
{
	return (value >> segment->shift) & hdr_low_bits(segment->bits);
}

/* Tests ---------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, hdr_value value)
{
	hash = (hash ^ (uint64_t)value) * 0x9e3779b97f4a7c15u;
	hash = (hash ^ (hash >> 32) ^ (uint64_t)(value >> 64)) * 0xc2b2ae3d27d4eb4fu;
	return hash ^ (hash >> 29);
}

static uint64_t hash_test(const struct hdr_test *test)
{
	uint64_t hash = (uint64_t)test->slice.shift << 8 | test->slice.bits;

	return mix(mix(hash, test->range.first), test->range.last);
}

static bool same_test(const struct hdr_test *a, const struct hdr_test *b)
{
	return a->range.first == b->range.first && a->range.last == b->range.last &&
	       a->slice.shift == b->slice.shift && a->slice.bits == b->slice.bits;
}

/* Where a test is, or where it goes. */
static uint32_t *test_place(struct hdr_field *field, const struct hdr_test *test)
{
	size_t at = hash_test(test) & field->place_mask;

	while (field->places[at] && !same_test(&field->tests[field->places[at] - 1], test))
		at = (at + 1) & field->place_mask;
	return &field->places[at];
}

/* Twice the tests, and twice again the places. */
static int grow_tests(struct hdr_field *field)
{
	size_t count = field->places ? 2 * (field->place_mask + 1) : PLACES_FIRST;
	uint32_t *places = calloc(count, sizeof(*places));
	struct hdr_test *tests = reallocarray(field->tests, count / 2, sizeof(*tests));

	if (tests)
		field->tests = tests;
	if (!places || !tests || count / 2 > UINT32_MAX) {
		free(places);
		return -ENOMEM;
	}
	free(field->places);
	field->places = places;
	field->place_mask = count - 1;
	for (size_t i = 0; i < field->test_count; i++)
		*test_place(field, &field->tests[i]) = (uint32_t)i + 1;
	return 0;
}

int hdr_note(struct hdr_field *field, const struct hdr_test *test)
{
	if (!field->places || field->test_count == (field->place_mask + 1) / 2) {
		int r = grow_tests(field);

		if (r < 0)
			return r;
	}
	uint32_t *place = test_place(field, test);

	if (*place == 0) {
		field->tests[field->test_count++] = *test;
		*place = (uint32_t)field->test_count;
	}
	return 0;
}

/* Segments ------------------------------------------------------------------------------------- */

bool hdr_find_segments(
	const struct hdr_field *field, struct hdr_slice slice, size_t *ret_first, size_t *ret_end)
{
	size_t i = 0;

	while (i < field->segment_count &&
		field->segments[i].shift + field->segments[i].bits != slice.shift + slice.bits)
		i++;
	*ret_first = i;
	while (i < field->segment_count && field->segments[i].shift != slice.shift)
		i++;
	*ret_end = i + 1;
	return i < field->segment_count;
}

/* A field is cut where the bits that a test looks at begin and end. */
static int make_segments(struct hdr_field *field)
{
	hdr_value edges = 0; /* bit i: between bits i and i - 1 */
	unsigned int from = field->bits;

	for (size_t i = 0; i < field->test_count; i++) {
		const struct hdr_slice *slice = &field->tests[i].slice;

		edges |= (hdr_value)1 << slice->shift;
		if (slice->shift + slice->bits < field->bits)
			edges |= (hdr_value)1 << (slice->shift + slice->bits);
	}
	field->segments = calloc(field->bits, sizeof(*field->segments));
	if (!field->segments)
		return -ENOMEM;
	for (unsigned int bit = field->bits; bit-- > 0;) {
		if (bit > 0 && !((edges >> bit) & 1))
			continue;
		field->segments[field->segment_count++] =
			(struct hdr_segment){ .shift = bit, .bits = from - bit };
		from = bit;
	}
	return 0;
}

/* Cuts ----------------------------------------------------------------------------------------- */

static int add_cut(struct hdr_segment *segment, hdr_value value)
{
	struct hdr_values *cuts = &segment->cuts;

	if (value > hdr_low_bits(segment->bits))
		return 0; /* behind the last value there is nothing to cut off */
	hdr_value *grown = array_reserve(cuts->values, sizeof(*grown), cuts->count, &cuts->room);

	if (!grown)
		return -ENOMEM;
	cuts->values = grown;
	cuts->values[cuts->count++] = value;
	return 0;
}

/* Where a value begins, and where what is greater does. */
static int cut_around(struct hdr_segment *segment, hdr_value value)
{
	int r = add_cut(segment, value);

	/* The greatest 128-bit value has nothing behind it. */
	if (r == 0 && value != hdr_low_bits(segment->bits))
		r = add_cut(segment, value + 1);
	return r;
}

/* Where a test is of one segment, it needs no more than its two ends; where of several, each part
 * of an end is compared for itself. */
static int cut_by_test(struct hdr_field *field, const struct hdr_test *test)
{
	size_t first, end;
	int r = 0;

	if (!hdr_find_segments(field, test->slice, &first, &end))
		return -EINVAL; /* never: the segments are made of the tests */
	if (end - first == 1) {
		r = add_cut(&field->segments[first], test->range.first);
		if (r == 0 && test->range.last != hdr_low_bits(test->slice.bits))
			r = add_cut(&field->segments[first], test->range.last + 1);
		return r;
	}
	for (size_t i = first; i < end && r == 0; i++) {
		struct hdr_segment *segment = &field->segments[i];

		r = cut_around(segment, hdr_part(segment, test->range.first << test->slice.shift));
		if (r == 0)
			r = cut_around(
				segment, hdr_part(segment, test->range.last << test->slice.shift));
	}
	return r;
}

/* By each byte in which they differ, from the last one on. *values and *spare change places. */
static void sort_values(hdr_value **values, hdr_value **spare, size_t count)
{
	hdr_value differ = 0;

	for (size_t i = 1; i < count; i++)
		differ |= (*values)[i] ^ (*values)[0];
	for (unsigned int shift = 0; shift < 128; shift += 8) {
		hdr_value *from = *values, *to = *spare;
		size_t starts[256] = { 0 }, sum = 0;

		if (!(differ >> shift & 0xff))
			continue;
		for (size_t i = 0; i < count; i++)
			starts[from[i] >> shift & 0xff]++;
		for (unsigned int byte = 0; byte < 256; byte++) {
			size_t here = starts[byte];

			starts[byte] = sum;
			sum += here;
		}
		for (size_t i = 0; i < count; i++)
			to[starts[from[i] >> shift & 0xff]++] = from[i];
		*values = to;
		*spare = from;
	}
}

static int sort_cuts(struct hdr_values *cuts)
{
	hdr_value *spare = calloc(cuts->room, sizeof(*spare));
	size_t kept = 1;

	if (!spare)
		return -ENOMEM;
	sort_values(&cuts->values, &spare, cuts->count);
	free(spare);
	for (size_t i = 1; i < cuts->count; i++)
		if (cuts->values[i] != cuts->values[kept - 1])
			cuts->values[kept++] = cuts->values[i];
	cuts->count = kept;
	return 0;
}

/* Finding an atom ------------------------------------------------------------------------------ */

/* The atom from low to high - 1 that a value is in. */
static size_t search(const struct hdr_values *cuts, size_t low, size_t high, hdr_value value)
{
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (cuts->values[middle] <= value)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* For values that are spread evenly between the first cut and the last, as most are. */
static int make_index(struct hdr_segment *segment)
{
	const struct hdr_values *cuts = &segment->cuts;
	struct hdr_index *index = &segment->index;
	size_t entries = 0, atom = 1;

	if (cuts->count < INDEX_FROM)
		return 0;
	hdr_value base = cuts->values[1], span = cuts->values[cuts->count - 1] - base;

	while (span >> index->shift >= cuts->count || span >> index->shift >= INDEX_MAX)
		index->shift++;
	entries = (size_t)(span >> index->shift) + 1;
	index->atoms = calloc(entries + 1, sizeof(*index->atoms));
	if (!index->atoms)
		return -ENOMEM;
	for (size_t i = 0; i < entries; i++) {
		hdr_value value = base + ((hdr_value)i << index->shift);

		while (atom + 1 < cuts->count && cuts->values[atom + 1] <= value)
			atom++;
		index->atoms[i] = (uint32_t)atom;
	}
	index->atoms[entries] = (uint32_t)cuts->count - 1;
	return 0;
}

size_t hdr_find_atom(const struct hdr_segment *segment, hdr_value value)
{
	const struct hdr_values *cuts = &segment->cuts;
	const struct hdr_index *index = &segment->index;

	if (!index->atoms)
		return search(cuts, 0, cuts->count, value);
	if (value < cuts->values[1])
		return 0;
	if (value >= cuts->values[cuts->count - 1])
		return cuts->count - 1;
	size_t entry = (size_t)((value - cuts->values[1]) >> index->shift);

	return search(cuts, index->atoms[entry], (size_t)index->atoms[entry + 1] + 1, value);
}

bool hdr_is_cut(const struct hdr_segment *segment, hdr_value value)
{
	return segment->cuts.values[hdr_find_atom(segment, value)] == value;
}

/* Atoms ---------------------------------------------------------------------------------------- */

int hdr_make_atoms(struct hdr_field *field)
{
	int r = make_segments(field);

	for (size_t i = 0; i < field->segment_count && r == 0; i++)
		r = add_cut(&field->segments[i], 0);
	for (size_t i = 0; i < field->test_count && r == 0; i++)
		r = cut_by_test(field, &field->tests[i]);
	for (size_t i = 0; i < field->segment_count && r == 0; i++)
		r = sort_cuts(&field->segments[i].cuts);
	for (size_t i = 0; i < field->segment_count && r == 0; i++)
		r = make_index(&field->segments[i]);
	/* Whoever notes a test now comes too late. */
	free(field->tests);
	free(field->places);
	field->tests = NULL;
	field->places = NULL;
	field->test_count = 0;
	return r;
}

void hdr_field_clear(struct hdr_field *field)
{
	for (size_t i = 0; i < field->segment_count; i++) {
		free(field->segments[i].cuts.values);
		free(field->segments[i].index.atoms);
	}
	free(field->segments);
	free(field->tests);
	free(field->places);
}
